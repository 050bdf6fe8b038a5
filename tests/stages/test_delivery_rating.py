"""A running benefit changes: more with arrears, less only from the next month, nothing after a death; to the fen."""

# ruff: noqa: F401, F811 - fixtures are imported by name

from datetime import date, timedelta

import pytest
from tests.stages.funds_world import AT, COUNTY, TODAY, VILLAGE
from tests.stages.test_cases_decisions import deliver, in_english, world
from tests.stages.test_cases_paths import boss, days, go, paid, resident, second, third

from huimin_platform.base import access
from huimin_platform.cases import actions, path_queries, path_sweeps
from huimin_platform.cases.models import Case, CaseItem, Notice, Path
from huimin_platform.delivery.models import Grant, Order, Rate
from huimin_platform.matching.models import Entitlement

pytestmark = pytest.mark.django_db


def money() -> dict[str, int]:
    """month -> what was ordered for it and not dropped, in fen."""
    found: dict[str, int] = {}
    for period, fen in Order.objects.exclude(state="dropped").values_list("period", "amount_fen"):
        found[period[:7]] = found.get(period[:7], 0) + fen
    return found


def until(day: date) -> dict[str, int]:
    deliver(day)
    return money()


def answered(amount_fen: int) -> None:
    """The data answer another amount."""
    Entitlement.objects.update(amount_fen=amount_fen)


def at(day: date):
    return AT + (day - TODAY)


def test_more_is_decided_by_a_person_and_paid_from_the_month_after_it_was_known(paid, boss, resident) -> None:
    assert until(date(2026, 9, 2)) == {"2026-08": 34_000, "2026-09": 34_000}
    answered(36_055)
    assert path_sweeps.begin_by_data(today=date(2026, 8, 20), at=at(date(2026, 8, 20))) == 1
    assert path_sweeps.begin_by_data(today=date(2026, 8, 21), at=at(date(2026, 8, 21))) == 0
    path = Path.objects.get()
    assert (path.name, path.before_fen, path.amount_fen, path.task) == ("increase", 34_000, 36_055, "decide")
    assert until(date(2026, 9, 2)) == {"2026-08": 34_000, "2026-09": 34_000}
    go(path, "raise", boss, at(date(2026, 9, 10)))
    path.refresh_from_db()
    assert path.counts_from_on == date(2026, 9, 1)
    for _ in range(2):
        assert until(date(2026, 10, 2)) == {"2026-08": 34_000, "2026-09": 36_055, "2026-10": 36_055}
    assert Order.objects.get(period=f"2026-09+{path.pk}").amount_fen == 2_055
    assert Grant.objects.get().amount_fen == CaseItem.objects.get().amount_fen == 36_055
    assert (
        "每月由 340.00 元调整为 360.55 元" in Notice.objects.filter(path=path, kind="ended").get().text["zh"]
    )
    assert path_sweeps.begin_by_data(today=date(2026, 12, 1), at=at(date(2026, 12, 1))) == 0


def test_less_is_heard_first_and_never_for_months_that_have_passed(
    paid, boss, second, third, resident
) -> None:
    until(date(2026, 8, 2))
    answered(30_001)
    path_sweeps.begin_by_data(today=date(2026, 8, 3), at=at(date(2026, 8, 3)))
    path = Path.objects.get()
    assert (path.name, path.task) == ("decrease", "reply")
    with pytest.raises(actions.CannotBe):
        go(path, "lower", boss, at(date(2026, 8, 4)))
    path_sweeps.go_on_when_due(today=date(2026, 9, 1), at=at(date(2026, 9, 1)))
    assert until(date(2026, 9, 2)) == {"2026-08": 34_000, "2026-09": 34_000}
    go(path, "lower", second, at(date(2026, 9, 5)))
    assert until(date(2026, 11, 2)) == {
        "2026-08": 34_000, "2026-09": 34_000, "2026-10": 30_001, "2026-11": 30_001,
    }  # fmt: skip
    appeal = actions.begin_path(
        case=paid, name="appeal", cause="计算有误", at=at(date(2026, 11, 3)), by=resident
    )
    go(appeal, "reverse", third, at(date(2026, 11, 5)))
    for _ in range(2):
        assert until(date(2026, 12, 2)) == dict.fromkeys(
            ["2026-08", "2026-09", "2026-10", "2026-11", "2026-12"], 34_000
        )
    assert Grant.objects.get().amount_fen == CaseItem.objects.get().amount_fen == 34_000
    assert Rate.objects.filter(annulled=True).count() == 1


def test_more_after_less_counts_as_last_decided(paid, boss, second, resident) -> None:
    until(date(2026, 8, 2))
    for fen, name in ((30_000, "decrease"), (35_000, "increase")):
        path = actions.begin_path(
            case=paid, name=name, cause="复核", amount_fen=fen, at=at(date(2026, 8, 10)), by=boss
        )
        if name == "decrease":
            go(path, "agree", resident, at(date(2026, 8, 11)))
        go(path, "lower" if name == "decrease" else "raise", second, at(date(2026, 8, 20)))
    assert until(date(2026, 9, 2)) == {"2026-08": 34_000, "2026-09": 35_000}


def test_an_amount_that_goes_the_wrong_way_is_refused(paid, boss) -> None:
    for name, fen in (("increase", 34_000), ("decrease", 34_000), ("increase", 1)):
        with pytest.raises(actions.CannotBe, match="new amount"):
            actions.begin_path(case=paid, name=name, cause="复核", amount_fen=fen, at=AT, by=boss)


def died(paid: Case, day: date) -> None:
    assert paid.applicant is not None
    paid.applicant.died_on = day
    paid.applicant.save()


def test_after_a_death_what_was_paid_is_looked_at_by_a_person_and_nothing_is_owed_by_itself(
    paid, boss, second, third
) -> None:
    until(date(2026, 10, 2))
    Order.objects.filter(period__in=["2026-08", "2026-09"]).update(state="paid")
    died(paid, date(2026, 8, 15))
    path_sweeps.begin_by_data(today=date(2026, 10, 5), at=at(date(2026, 10, 5)))
    death = Path.objects.get(name="death")
    assert until(date(2026, 10, 20)).keys() == {"2026-08", "2026-09", "2026-10"}
    path_sweeps.go_on_when_due(today=date(2026, 10, 30), at=at(date(2026, 10, 30)))
    go(death, "stop", boss, at(date(2026, 10, 30)))
    paid.refresh_from_db()
    assert paid.stopped_on == date(2026, 8, 15)
    for _ in range(2):
        assert until(date(2026, 12, 2)).keys() == {"2026-08", "2026-09"}
    assert Order.objects.get(period="2026-10").state == "dropped"
    path = Path.objects.get(name="overpayment")
    assert (path.amount_fen, path.task, path.begun_by) == (34_000, "look", None)
    assert "2026-09" in path.cause
    assert path_queries.decided_recoveries() == []
    path_sweeps.go_on_when_due(today=date(2027, 5, 1), at=at(date(2027, 5, 1)))
    path.refresh_from_db()
    assert path.task == "look"
    go(path, "ask", boss, at(date(2026, 12, 5)))
    path_sweeps.go_on_when_due(today=date(2027, 5, 1), at=at(date(2027, 5, 1)))
    with pytest.raises(access.NotAllowed):
        go(path, "recover", boss, at(date(2027, 5, 1)))
    go(path, "recover", second, at(date(2027, 5, 2)))
    [recovery] = path_queries.decided_recoveries()
    assert (recovery.amount_fen, recovery.annulled) == (34_000, False)


def test_an_officer_drops_the_proposal_and_it_does_not_come_back(paid, boss) -> None:
    until(date(2026, 10, 2))
    Order.objects.update(state="paid")
    Case.objects.update(stopped_on=date(2026, 8, 15))
    until(date(2026, 10, 2))
    go(Path.objects.get(name="overpayment"), "drop", boss, at(date(2026, 10, 6)))
    until(date(2026, 10, 7))
    assert Path.objects.filter(name="overpayment").count() == 1


def test_what_was_dropped_is_due_again_when_the_stop_is_lifted(paid) -> None:
    until(date(2026, 10, 2))
    Case.objects.update(stopped_on=date(2026, 8, 15))
    assert until(date(2026, 10, 2)).keys() == {"2026-08"}
    Case.objects.update(stopped_on=None)
    assert until(date(2026, 10, 2)).keys() == {"2026-08", "2026-09", "2026-10"}


def test_moving_inside_the_county_hands_the_case_to_the_other_township(paid, make_user) -> None:
    paid.household.division = "330127201201"
    paid.household.save()
    path_sweeps.begin_by_data(today=TODAY, at=AT)
    path = Path.objects.get()
    assert path.name == "relocation"
    go(path, "hand_over", make_user("township", division="330127208000"))
    paid.refresh_from_db()
    assert paid.division == "330127201201"


def test_a_class_says_how_often_a_household_is_looked_at_again(paid, boss) -> None:
    def due(day: date) -> list[date]:
        return [review.due_on for review in path_queries.reviews_for(boss, day)]

    assert due(date(2027, 6, 30)) == []
    assert due(date(2027, 7, 1)) == [date(2027, 7, 1)]
    with pytest.raises(actions.CannotBe, match="reason"):
        actions.put_in_class(case=paid, name="C", reason="", at=AT, by=boss)
    with pytest.raises(actions.CannotBe, match="class"):
        actions.put_in_class(case=paid, name="D", reason="x", at=AT, by=boss)
    actions.put_in_class(case=paid, name="C", reason="有劳动能力未就业", at=AT, by=boss)
    assert due(date(2026, 10, 1)) == [date(2026, 10, 1)]
    assert path_sweeps.begin_by_data(today=date(2026, 9, 30), at=at(date(2026, 9, 30))) == 0
    assert path_sweeps.begin_by_data(today=date(2026, 10, 1), at=at(date(2026, 10, 1))) == 1
    path = Path.objects.get()
    go(path, "same", boss, at(date(2026, 10, 8)))
    assert due(date(2027, 1, 7)) == []
    assert due(date(2027, 1, 8)) == [date(2027, 1, 8)]


def test_the_page_lists_what_runs_and_who_comes_due(paid, boss, client, settings) -> None:
    settings.HUIMIN_TODAY = TODAY
    client.cookies["huimin_language"] = "en"
    client.force_login(boss)
    answered(36_055)
    path_sweeps.begin_by_data(today=TODAY, at=AT)
    answer = client.post(f"/cases/{paid.number}/class/", {"name": "C", "reason": "有劳动能力未就业"})
    assert answer.status_code == 302
    text = client.get("/reviews/").content.decode()
    assert "340.00 → 360.55 yuan" in text
    assert "Nobody comes due by then." in text
    settings.HUIMIN_TODAY = date(2026, 9, 1)
    assert paid.number in client.get("/reviews/").content.decode().split('id="reviews"')[1]
    assert "This household is in class C." in client.get(f"/cases/{paid.number}/paths/").content.decode()


def test_chongqing_pays_from_the_month_of_the_approval(paid) -> None:
    from huimin_platform.delivery.terms import terms_of

    item = CaseItem.objects.select_related("case").get()
    assert terms_of(item).starts == "next_month"
    item.policy = "chongqing_subsistence_allowance"
    assert terms_of(item).starts == "this_month"
