"""Money and persons of another division stay unseen: pages of funds, their sums, letters and batches, and the exports."""

# ruff: noqa: F401, F811 - fixtures are imported by name

import csv
import io

import pytest
from tests.stages.funds_world import AT, COUNTY, TODAY, VILLAGE
from tests.stages.test_funds_allocating import TOWN, finance, proposed, second, source
from tests.stages.test_funds_origins import pay
from tests.stages.test_portal_exports import asked, clock, taken

from huimin_platform.funds import actions, allocating, batches, differences, queries
from huimin_platform.funds.budget_models import Proposal
from huimin_platform.funds.models import Batch, Difference, Entry, Payment
from huimin_platform.funds.refusals import NotNow
from huimin_platform.portal import exporting

pytestmark = pytest.mark.django_db
OUTSIDE = ("330128000000", "330128201000", "440103000000")
SUMS = ("/flow/", "/accounts/", "/letters/", "/payments/")


@pytest.fixture
def paid(source, finance, second, settings):
    """A county that has handed money to a township and to a programme, and has paid a person from it."""
    settings.HUIMIN_TODAY = TODAY
    allocating.sign(number=proposed(finance).number, at=AT, by=second)
    actions.appropriate(
        year=2026,
        purpose="medical_aid",
        amount_fen=77_777,
        document="县财〔2026〕1号",
        key="own",
        at=AT,
        by=finance,
    )
    [payment] = pay(1, fen=[10_000])
    batches.prepare(at=AT)
    differences.open_many("returned", [payment], at=AT)
    return Payment.objects.get()


@pytest.fixture
def seen(client):
    """What a page says to somebody: the status and the text."""

    def get(user, address):
        client.force_login(user)
        client.cookies["huimin_language"] = "en"
        answer = client.get(address)
        return answer.status_code, answer.content.decode()

    return get


@pytest.mark.parametrize("role", ["finance", "auditor", "leader"])
@pytest.mark.parametrize("division", OUTSIDE)
def test_an_officer_of_another_division_sees_no_money_and_no_person(
    paid, seen, make_user, role, division
) -> None:
    stranger = make_user(role, division=division)
    letters = Entry.objects.filter(transfer__reason="appropriate", amount_fen__gt=0)
    for address in SUMS:
        status, text = seen(stranger, address)
        assert status == 200
        for secret in ("777.77", "县财", "100.00", paid.pk[:8], Batch.objects.get().number):
            assert secret not in text, (address, secret)
    assert queries.flows(stranger) == []
    for letter in letters:
        assert seen(stranger, f"/letters/{letter.transfer_id}/")[0] == 404
    assert seen(stranger, f"/payments/{paid.pk}/")[0] == 404
    if role != "leader":
        assert seen(stranger, f"/batches/{paid.batch.number}/")[0] == 404


@pytest.mark.parametrize("division", [COUNTY, "330100000000", ""])
def test_an_officer_of_the_county_or_above_sees_it(paid, seen, make_user, division) -> None:
    auditor = make_user("auditor", division=division)
    assert "777.77" in seen(auditor, "/letters/")[1]
    assert paid.batch.number in seen(auditor, "/payments/")[1]
    assert [flow.paid_fen for flow in queries.flows(auditor)] == [
        flow.paid_fen for flow in queries.flows(None)
    ]


def test_an_officer_of_a_township_sees_the_money_of_the_township_alone(paid, seen, make_user) -> None:
    leader = make_user("leader", division=TOWN.ljust(12, "0"))
    status, text = seen(leader, "/flow/")
    assert status == 200
    assert "777.77" not in text
    assert sum(flow.received_fen for flow in queries.flows(leader)) == 60_000
    assert seen(leader, "/letters/")[1].count("县财") == 0


def test_a_township_reads_its_own_part_of_an_allocation(paid, seen, make_user) -> None:
    number = Proposal.objects.get().number
    whole = seen(make_user("leader", division=COUNTY), f"/allocations/{number}/")[1]
    assert all(words in whole for words in ("800.00", "200.00", "The figures it rests on"))
    for address in (f"/allocations/{number}/", "/allocations/"):
        own = seen(make_user("township", division=TOWN.ljust(12, "0")), address)[1]
        assert "600.00" in own
        assert not any(words in own for words in ("800.00", "200.00", "The figures it rests on")), address


def test_nobody_of_a_township_signs_or_refuses_for_the_county(paid, make_user, finance) -> None:
    waiting = proposed(finance, amounts={TOWN: 100})
    leader = make_user("leader", division=TOWN.ljust(12, "0"))
    with pytest.raises(NotNow):
        allocating.sign(number=waiting.number, at=AT, by=leader)
    with pytest.raises(NotNow):
        allocating.refuse(number=waiting.number, reason="x", at=AT, by=leader)


def test_strangers_neither_take_nor_approve_what_is_not_theirs(paid, client, make_user) -> None:
    stranger = make_user("finance", division="330128000000")
    client.force_login(stranger)
    number = Batch.objects.get().number
    assert client.post(f"/batches/{number}/approval/").status_code == 404
    assert client.post(f"/differences/{Difference.objects.get().pk}/", {"act": "own"}).status_code == 404
    assert Batch.objects.get().approvals.count() == 0


@pytest.mark.parametrize("table", ["budget", "moves"])
def test_exports_of_the_ledger_hold_the_rows_of_the_own_division(paid, make_user, table) -> None:
    def rows(user):
        export = asked(user, table)
        exporting.make(export.pk, clock)
        text = taken(export).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text)))[1:]

    assert rows(make_user("finance", division=COUNTY))
    for division in OUTSIDE:
        assert not rows(make_user("finance", division=division)), division
    of_town = rows(make_user("finance", division=TOWN.ljust(12, "0")))
    assert of_town
    assert all(TOWN in row for row in of_town)
