"""Whose money it is: no county pays for its neighbour, none takes from it, and what is everybody's is named."""

from uuid import uuid4

import pytest
from django.db import connection
from django.utils import translation
from tests.stages.funds_world import (
    AT,
    TODAY,
    make_grant,
    make_household,
    make_order,
    make_person,
    make_world,
)
from tests.stages.test_funds_ledger import immediate, refused

from huimin.funds import ledger, levels
from huimin_platform.base.models import AuditLine
from huimin_platform.funds import actions, allocating, batches, books, invariants, paying, posting, sourcing
from huimin_platform.funds.models import Account, Hold, Payment
from huimin_platform.funds.refusals import NotNow

pytestmark = pytest.mark.django_db
HERE, THERE, CITY = "330127", "330182", "3301"


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def officers(make_user):
    """A finance officer of each county, of the city, and of the whole country."""
    return {
        place: make_user(
            "finance", division=place.ljust(12, "0") if place else "", username=f"finance-{place}"
        )
        for place in (HERE, THERE, CITY, "")
    }


def letter(officer, fen: int = 100_000, **other):
    asked = {"year": 2026, "purpose": "medical_aid", "amount_fen": fen, "key": str(uuid4())} | other
    return actions.appropriate(**asked, at=AT, by=officer)


@pytest.fixture
def order():
    """Makes an order of somebody in a county."""
    world = make_world()

    def make(county: str, fen: int = 10_000):
        person = make_person(world, 1, village=f"{county}201101")
        return make_order(make_grant(world, make_household(world, person), amount_fen=fen))

    return make


@pytest.fixture
def pools(officers):
    """A pool of the city's source in each place, and a township's."""
    sourcing.register(
        code="C1",
        kind="transfer",
        title="市级",
        document="市〔2026〕1号",
        purposes=["medical_aid"],
        at=AT,
        by=officers[CITY],
    )
    letter(officers[CITY], purpose=levels.POOL, source="C1")
    funds = {
        place: levels.pool(2026, "C1", place)
        for place in (CITY, HERE, THERE, f"{HERE}201", f"{THERE}201", "")
    }
    for fund in funds.values():
        posting.open_accounts(fund)
    down = levels.handed_down(funds[CITY], funds[HERE], 5_000, "down")
    posting.post([posting.Posting(down, document="A1")], audit=AuditLine.objects.latest("pk"), at=AT)
    immediate()
    return funds


def post(transfer, document: str = "A2") -> None:
    posting.post([posting.Posting(transfer, document=document)], audit=AuditLine.objects.latest("pk"), at=AT)


def move(reason: str, giver, taker, fen: int = 100):
    return ledger.Transfer(
        f"{reason}:{giver.place}:{taker.place}", reason, giver.account("budget"), taker.account("budget"), fen
    )


@pytest.mark.parametrize("document", ["", "A2"])
@pytest.mark.parametrize("reason", ["allocate", "take_back"])
@pytest.mark.parametrize("taker", [THERE, f"{THERE}201"])
def test_money_never_goes_to_a_neighbour(pools, reason, taker, document) -> None:
    with refused("takes money of"):
        post(move(reason, pools[HERE], pools[taker]), document)


def test_money_goes_down_and_back_by_a_document_only(pools) -> None:
    down, back = pools[f"{HERE}201"], pools[CITY]
    for transfer in (move("allocate", pools[HERE], down), move("take_back", pools[HERE], back)):
        with refused("without a letter"):
            post(transfer, "")
        post(transfer)
        immediate()
    with refused("takes money of"):
        post(move("allocate", pools[HERE], pools[CITY]))
    with refused("takes money of"):
        post(move("take_back", pools[CITY], pools[HERE]))


def test_a_programme_is_paid_from_the_own_pool(pools) -> None:
    programme = levels.programme("medical_aid", 2026, "C1", THERE)
    posting.open_accounts(programme)
    with refused("takes money of"):
        post(move("assign", pools[HERE], programme))


def test_nobody_is_paid_from_a_neighbours_money(officers, order) -> None:
    letter(officers[THERE])
    order(HERE)
    assert paying.take_up(today=TODAY, at=AT) == {"payments": 0, "held": 1}
    assert Hold.objects.get(lifted_at=None).reason == "no_budget"
    letter(officers[HERE], 10_000)
    assert paying.take_up(today=TODAY, at=AT)["payments"] == 1
    assert Payment.objects.get().payer == HERE
    assert Account.objects.get(place=THERE, leg="budget").balance_fen == 100_000
    immediate()
    with refused("is not paid by 330182"), connection.cursor() as cursor:
        cursor.execute("alter table funds_payment disable trigger payment_named")
        cursor.execute("create temporary table copied on commit drop as select * from funds_payment")
        cursor.execute("update copied set id = 'X', payer = '330182', component = '2'")
        cursor.execute("insert into funds_payment select * from copied")


def test_the_nearest_money_pays_first(officers, order) -> None:
    for place in ("", CITY, HERE):
        letter(officers[place], 10_000)
    for _ in range(4):
        order(HERE)
    paying.take_up(today=TODAY, at=AT)
    assert list(Payment.objects.order_by("order_id").values_list("payer", flat=True)) == [HERE, CITY, ""]


def test_a_batch_pays_in_one_county(officers, order) -> None:
    for county in (HERE, THERE):
        letter(officers[county])
        order(county)
    paying.take_up(today=TODAY, at=AT)
    made = batches.prepare(at=AT)
    counties = [{payment.division[:6] for payment in batch.payments.all()} for batch in made]
    assert sorted(map(sorted, counties)) == [[HERE], [THERE]]


def test_a_batch_of_two_counties_is_decided_by_who_works_for_both(officers, order) -> None:
    letter(officers[""])
    for county in (HERE, THERE):
        order(county)
    paying.take_up(today=TODAY, at=AT)
    batch, other = batches.prepare(at=AT)
    Payment.objects.filter(batch=other).update(batch=batch)
    with pytest.raises(NotNow):
        actions.approve_batch(batch=batch.number, at=AT, by=officers[HERE])
    with pytest.raises(NotNow):
        actions.resend(batch=batch.number, reason="x", at=AT, by=officers[HERE])
    assert actions.approve_batch(batch=batch.number, at=AT, by=officers[CITY]).state == "released"


def test_a_page_of_a_batch_of_two_counties_shows_the_own_part_and_says_so(
    officers, order, client, settings
) -> None:
    settings.HUIMIN_TODAY = TODAY
    letter(officers[""])
    for county, fen in ((HERE, 10_011), (THERE, 20_022)):
        order(county, fen)
    paying.take_up(today=TODAY, at=AT)
    batch, other = batches.prepare(at=AT)
    Payment.objects.filter(batch=other).update(batch=batch)
    type(batch).objects.filter(pk=batch.pk).update(released_at=AT)
    client.cookies["huimin_language"] = "en"
    client.force_login(officers[HERE])
    for address in (f"/batches/{batch.number}/", "/payments/"):
        page = client.get(address).content.decode()
        assert "100.11" in page
        assert "pays in other places" in page
        assert "200.22" not in page
        assert "300.33" not in page
    client.force_login(officers[CITY])
    page = client.get(f"/batches/{batch.number}/").content.decode()
    assert "200.22" in page
    assert "pays in other places" not in page


def test_a_county_closes_its_own_year(officers) -> None:
    for county in (HERE, THERE):
        letter(officers[county], year=2025)
    immediate()
    sourcing.close_year(year=2025, at=AT, by=officers[HERE])
    with pytest.raises(NotNow, match="2025"):
        letter(officers[HERE], 1, year=2025)
    letter(officers[THERE], 1, year=2025)
    immediate()
    late = ledger.appropriation(ledger.fund_of("medical_aid", 2025, HERE), 1, "late")
    with refused("budget year 2025 is closed"):
        post(late)
    immediate()
    sourcing.close_year(year=2025, at=AT, by=officers[""])
    with pytest.raises(NotNow, match="2025"):
        letter(officers[THERE], 2, year=2025)


def test_an_allocation_stays_inside_the_place_whose_money_it_is(officers, pools) -> None:
    shares = levels.shares({f"{THERE}201": 100}, direct=1, discretion=0, least_discretion=0, needs={})
    with pytest.raises(NotNow, match="never to another"):
        allocating.propose(
            key=uuid4(), year=2026, source="C1", definition={}, figures=[], figures_on=TODAY, shares=shares, steps={},
            at=AT, by=officers[HERE],
        )  # fmt: skip


def test_money_of_everybody_pays_anybody_and_is_named(officers, order) -> None:
    letter(officers[""])
    letter(officers[HERE])
    order(THERE)
    assert paying.take_up(today=TODAY, at=AT)["payments"] == 1
    immediate()
    assert Payment.objects.get().payer == ""
    [left] = invariants.everybodys()
    assert (left.fund, left.fen, left.brought_by) == ("21013/2026/medical_aid", 100_000, [""])
    assert all(verdict.row is None for verdict in invariants.verify())
    assert books.disagreements() == {}
    with refused("is changed by entries only"):
        Account.objects.update(place=THERE)
