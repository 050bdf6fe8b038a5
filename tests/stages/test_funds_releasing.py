"""A hold by a finding is released by a person: reason, second person, what undoes it, and never to the card of the dead."""

# ruff: noqa: F401, F811 - fixtures are imported by name

from datetime import date

import pytest
from django.db import DatabaseError, transaction
from tests.stages.funds_world import (
    AT,
    TODAY,
    VILLAGE,
    make_finance,
    make_grant,
    make_household,
    make_order,
    make_person,
)
from tests.stages.test_funds_payments import (
    advance,
    bank,
    finance,
    finding,
    money,
    order,
    release_all,
    rules,
    world,
)

from huimin_platform.base import access
from huimin_platform.base.models import AuditLine
from huimin_platform.funds import actions, books, queries, releasing
from huimin_platform.funds.hold_models import HoldRelease
from huimin_platform.funds.models import Batch, Hold, Payment
from huimin_platform.funds.refusals import NotNow
from huimin_platform.matching.models import Finding

pytestmark = pytest.mark.django_db
DOUBLE = "same_benefit_twice"


def another_finding(made, kind, key="another"):
    return Finding.objects.create(key=key, kind=kind, household=made.grant.household, found_on=TODAY)


@pytest.fixture
def held(world, money):
    """An order that a finding about the household holds."""
    made = order(world)
    finding(made, kind=DOUBLE)
    advance()
    assert Payment.objects.count() == 0
    return Hold.objects.get()


def proposed(hold, by, **given):
    return releasing.propose(hold=hold.pk, reason="已电话核实", at=AT, by=by, **given)


def acts():
    return list(AuditLine.objects.filter(kind="hold").order_by("pk").values_list("action", flat=True))


def test_below_the_threshold_one_officer_releases_and_the_money_arrives(held, finance, bank) -> None:
    release = proposed(held, finance)
    assert (release.state, release.approvals_needed, release.kinds) == ("released", 1, [DOUBLE])
    assert proposed(held, finance) == release
    assert acts() == ["releases"]
    assert advance()["payments"] == 1
    held.refresh_from_db()
    assert held.lifted_at == AT
    release_all(finance)
    assert advance()["sent"] == 1
    [payment] = bank.collect()
    bank.pay(payment)
    bank.report({payment: ("ACSC", "")})
    assert advance()["settled"] == 1
    assert books.disagreements() == {}


def test_above_the_threshold_another_person_agrees_before_anything_is_paid(held, finance, rules) -> None:
    rules(two_persons_yuan=50)
    release = proposed(held, finance)
    assert release.state == "proposed"
    assert advance()["payments"] == 0
    with pytest.raises(NotNow):
        releasing.agree(release=release.pk, at=AT, by=finance)
    with pytest.raises(DatabaseError), transaction.atomic():
        HoldRelease.objects.filter(pk=release.pk).update(state="released", decided_by=finance, decided_at=AT)
    assert advance()["payments"] == 0
    second = make_finance("finance-b")
    for _ in range(2):
        assert releasing.agree(release=release.pk, at=AT, by=second).state == "released"
    assert acts() == ["proposes", "releases"]
    assert advance()["payments"] == 1


def test_a_refused_release_pays_nothing_and_may_be_proposed_anew(held, finance, rules) -> None:
    rules(two_persons_yuan=50)
    release, second = proposed(held, finance), make_finance("finance-b")
    with pytest.raises(NotNow):
        releasing.refuse(release=release.pk, reason=" ", at=AT, by=second)
    assert releasing.refuse(release=release.pk, reason="证据不足", at=AT, by=second).state == "refused"
    assert advance()["payments"] == 0
    assert proposed(held, finance).pk != release.pk


def test_without_a_reason_or_the_right_nothing_is_released(held, finance, make_user) -> None:
    with pytest.raises(NotNow):
        releasing.propose(hold=held.pk, reason=" ", at=AT, by=finance)
    for role in ("county", "auditor", "leader", "township"):
        with pytest.raises(access.NotAllowed):
            proposed(held, make_user(role))
    assert not HoldRelease.objects.exists()


@pytest.mark.parametrize("when", ["before", "in_a_batch"])
def test_a_finding_of_another_kind_undoes_the_release(held, finance, when) -> None:
    made = held.order
    proposed(held, finance)
    if when == "in_a_batch":
        advance()
        release_all(finance)
    another = another_finding(made, "paid_after_death")
    counts = advance()
    assert (counts["payments"], counts["sent"]) == (0, 0)
    assert HoldRelease.objects.get().state == "undone"
    assert Hold.objects.filter(order=made, lifted_at=None).exists()
    assert acts() == ["releases", "withdraws"]
    # Undone stays undone, whatever becomes of the other finding: a person has to say it again.
    another.state, another.decided_at = "dismissed", AT
    another.save()
    assert advance()["sent"] == 0
    assert HoldRelease.objects.get().state == "undone"


def test_another_finding_of_the_same_kind_does_not_undo_it(held, finance) -> None:
    proposed(held, finance)
    another_finding(held.order, DOUBLE)
    assert advance()["payments"] == 1


def test_a_proposal_that_another_finding_has_overtaken_is_not_agreed_to(held, finance, rules) -> None:
    rules(two_persons_yuan=50)
    release = proposed(held, finance)
    another_finding(held.order, "paid_after_death")
    with pytest.raises(NotNow):
        releasing.agree(release=release.pk, at=AT, by=make_finance("finance-b"))
    assert advance()["payments"] == 0


def test_money_never_goes_to_the_card_of_the_dead(world, money, finance) -> None:
    dead, said_dead = order(world, 1, died_on=TODAY), order(world, 2)
    finding(said_dead, kind="paid_after_death")
    advance()
    for made in (dead, said_dead):
        with pytest.raises(NotNow):
            proposed(Hold.objects.get(order=made), finance)
    assert advance()["payments"] == 0


def test_a_death_that_becomes_known_after_the_release_stops_the_payment(held, finance) -> None:
    """Also where the release answers a death of somebody else in the household."""
    made = held.order
    another_finding(made, "paid_after_death")
    proposed(held, finance)
    assert HoldRelease.objects.get().kinds == ["paid_after_death", DOUBLE]
    advance()
    release_all(finance)
    finding(made, kind="paid_after_death")
    assert advance()["sent"] == 0
    assert Payment.objects.get().state == "approved"


def test_a_release_until_a_day_covers_the_payments_due_until_then(world, finance) -> None:
    actions.appropriate(
        year=2026, purpose="subsistence_allowance", amount_fen=1_000_000, key="s", at=AT, by=finance
    )
    grant = make_grant(world, make_household(world, make_person(world, 1)), policy="subsistence_allowance")
    first = make_order(grant, "2026-07")
    finding(first, kind="on_roll_not_entitled")
    advance()
    hold = Hold.objects.get()
    for wrong in (date(2026, 6, 1), date(2028, 1, 1)):
        with pytest.raises(NotNow):
            proposed(hold, finance, until_on=wrong)
    release = proposed(hold, finance, until_on=date(2026, 8, 31))
    assert release.amount_fen == 2 * first.amount_fen
    for month in (8, 9):
        later = make_order(grant, f"2026-0{month}")
        later.due_on = date(2026, month, 1)
        later.save()
    advance(at=AT.replace(month=9, day=2))
    assert set(Payment.objects.values_list("order__period", flat=True)) == {"2026-07", "2026-08"}
    assert Hold.objects.get(lifted_at=None).order.period == "2026-09"


def test_a_hold_for_another_reason_cannot_be_released(world, money, finance) -> None:
    order(world, card=False)
    advance()
    with pytest.raises(NotNow):
        proposed(Hold.objects.get(), finance)


def test_what_was_proposed_and_decided_never_changes(held, finance) -> None:
    release = proposed(held, finance)
    for change in ({"reason": "别的"}, {"until_on": TODAY}, {"state": "proposed"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            HoldRelease.objects.filter(pk=release.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        HoldRelease.objects.filter(pk=release.pk).delete()


def test_release_by_form_and_the_desk_and_another_division(
    held, finance, rules, client, make_user, settings
) -> None:
    settings.HUIMIN_TODAY = TODAY
    rules(two_persons_yuan=50)
    client.force_login(finance)
    client.cookies["huimin_language"] = "en"
    assert f"/holds/{held.pk}/" in client.get("/holds/").content.decode()
    assert client.post(f"/holds/{held.pk}/release/", {"reason": ""}).status_code == 422
    assert client.post(f"/holds/{held.pk}/release/", {"reason": "已电话核实"}).status_code == 302
    assert "已电话核实" in client.get("/payments/").content.decode()
    assert "Somebody else has to agree" in client.get(f"/holds/{held.pk}/").content.decode()
    stranger = make_user("finance", division="330128000000")
    client.force_login(stranger)
    assert client.get(f"/holds/{held.pk}/").status_code == 404
    assert client.post(f"/holds/{held.pk}/decision/", {"act": "agree"}).status_code == 404
    assert "已电话核实" not in client.get("/payments/").content.decode()
    assert not queries.holds_for(stranger).exists()
    client.force_login(make_finance("finance-b"))
    assert "Agree to release 100.00 yuan" in client.get(f"/holds/{held.pk}/").content.decode()
    assert client.post(f"/holds/{held.pk}/decision/", {"act": "agree"}).status_code == 302
    assert HoldRelease.objects.get().state == "released"
    events = queries.timeline(
        {name: list(rows) for name, rows in queries.about(held.order.payee_id, None).items()}
    )
    assert [event.title for event in events] == [
        "Payment held",
        "Release of a held payment: Released",
        "Bank card checked: Confirmed by the bank",
    ]


def test_the_first_page_says_what_waits_for_whom(held, finance, rules, client, settings) -> None:
    settings.HUIMIN_TODAY = TODAY
    client.cookies["huimin_language"] = "en"
    rules(two_persons_yuan=50)
    release = proposed(held, finance)
    waiting = {}
    for officer in (finance, make_finance("finance-b")):
        client.force_login(officer)
        text = client.get("/").content.decode()
        waiting[officer.username] = text.split("Releases to decide")[1].split("</a>")[0]
    assert "1 July 2026" not in waiting["finance-a"], "nobody decides on the own proposal"
    for words in (f"{release.amount_fen / 100:,.2f} yuan", "the oldest since 1 July 2026"):
        assert words in waiting["finance-b"], words
