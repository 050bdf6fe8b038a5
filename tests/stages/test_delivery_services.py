"""Services are ordered from providers under signed contracts, and only what is proven and accepted comes to money."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation
from tests.stages.funds_world import COUNTY, TODAY, VILLAGE, make_person
from tests.stages.services_world import (
    CODE,
    DAY,
    OTHER_CODE,
    PRICE_FEN,
    WORTH_FEN,
    Services,
    advance,
    at,
    make_contract,
    make_service_grant,
    make_services,
    visit,
)  # fmt: skip

from huimin_platform.base import access
from huimin_platform.base.models import AuditLine
from huimin_platform.delivery import actions, confirming, service_queries
from huimin_platform.delivery.models import Order, OrderMove, ServiceOrder, Settlement, Visit
from huimin_platform.funds.models import Payment
from huimin_platform.supply import actions as supply
from huimin_platform.supply.models import Provider, ServiceContract

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def made(make_user) -> Services:
    return make_services(make_user)


def states(*visits: Visit) -> list[str]:
    return [Visit.objects.get(pk=each.pk).state for each in visits]


def test_an_approved_case_orders_the_service_and_pays_nobody(made) -> None:
    assert (made.grant.kind, made.grant.amount_fen, made.grant.started_on) == ("service", WORTH_FEN, TODAY)
    assert (made.order.recipient, made.order.service, made.order.unit) == (made.person, "home_care", "hour")
    assert made.order.contract == made.contract
    for day in (TODAY, DAY, date(2026, 10, 1)):
        advance(day)
    assert ServiceOrder.objects.count() == 1
    assert not Order.objects.exists()
    assert not Payment.objects.exists()
    assert [(each.move, each.state_after) for each in OrderMove.objects.order_by("pk")] == [
        ("offer", "offered"), ("accept", "accepted"),
    ]  # fmt: skip
    (month,) = service_queries.months([made.order], DAY)
    assert (month.ordered, month.missing) == (20, 20)


def test_a_contract_takes_two_persons_a_confirmed_account_and_a_price_within_its_ceiling(make_user) -> None:
    one, two, elsewhere = (
        make_user("county"),
        make_user("county"),
        make_user("county", division="330182000000"),
    )
    terms = {
        "provider": CODE, "policy": "x", "service": "home_care", "unit": "hour", "division": COUNTY, "own_percent": 0,
        "least_minutes": 60, "late_days": 3, "started_on": TODAY, "ended_on": date(2027, 1, 1), "at": at(TODAY),
    }  # fmt: skip
    with pytest.raises(supply.CannotBe, match="last character"):
        supply.register_provider(
            code=CODE[:-1] + "9", name="某", division=COUNTY, account="62220200000", at=at(TODAY), by=one
        )
    for _ in range(2):
        supply.register_provider(
            code=CODE, name="某", division=COUNTY, account="6222 0200 000", at=at(TODAY), by=one
        )
    with pytest.raises(supply.CannotBe, match="another name or account"):
        supply.register_provider(
            code=CODE, name="某", division=COUNTY, account="62220200009", at=at(TODAY), by=one
        )
    assert supply.account_of(Provider.objects.get()) == "62220200000"
    with pytest.raises(supply.CannotBe, match="ceiling"):
        supply.propose_contract(number="C1", price_fen=3_600, ceiling_fen=3_500, by=one, **terms)
    for _ in range(2):
        supply.propose_contract(number="C1", price_fen=3_000, ceiling_fen=3_500, by=one, **terms)
    with pytest.raises(supply.CannotBe, match="another contract"):
        supply.propose_contract(number="C1", price_fen=3_100, ceiling_fen=3_500, by=one, **terms)
    with pytest.raises(supply.CannotBe, match="account is not confirmed"):
        supply.sign_contract(number="C1", at=at(TODAY), by=two)
    with pytest.raises(supply.CannotBe, match="entered this account"):
        supply.confirm_account(code=CODE, at=at(TODAY), by=one)
    supply.confirm_account(code=CODE, at=at(TODAY), by=two)
    with pytest.raises(supply.CannotBe, match="proposed this contract"):
        supply.sign_contract(number="C1", at=at(TODAY), by=one)
    with pytest.raises(access.NotAllowed):
        supply.sign_contract(number="C1", at=at(TODAY), by=elsewhere)
    assert supply.sign_contract(number="C1", at=at(TODAY), by=two).signed_by == two
    assert AuditLine.objects.filter(kind="purchase").count() == 2


@pytest.mark.parametrize(
    "change",
    [
        "update supply_servicecontract set price_fen = 1",
        "update supply_servicecontract set signed_by_id = null, signed_at = null",
        "update supply_provider set account_sealed = 'x'",
        "delete from supply_servicecontract",
        "update delivery_visit set units = 20",
        "update delivery_visit set state = 'paid'",
        "update delivery_ordermove set reason = 'x'",
        "delete from delivery_visit",
    ],
)
def test_what_was_signed_or_entered_is_not_changed_behind_the_back(made, change) -> None:
    visit(made)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_a_provider_that_declines_gives_a_reason_and_the_next_is_asked(make_user) -> None:
    made = make_services(make_user)
    make_contract(make_user, code=OTHER_CODE, number="C2")
    second = make_user("provider", department=OTHER_CODE)
    with pytest.raises(actions.CannotBe, match="not yours"):
        actions.accept_order(order=made.order.pk, at=at(DAY), by=second)
    actions.take_back_order(order=made.order.pk, reason="一周没有人来", at=at(DAY), by=made.officer)
    advance(DAY)
    order = ServiceOrder.objects.get()
    assert (order.state, order.contract_id, order.declined) == ("offered", "C2", ["C1"])
    assert not service_queries.services_for(made.provider).exists()
    with pytest.raises(actions.CannotBe, match="reason"):
        actions.decline_order(order=order.pk, reason=" ", at=at(DAY), by=second)
    actions.decline_order(order=order.pk, reason="人手不足", at=at(DAY), by=second)
    advance(DAY)
    order.refresh_from_db()
    assert (order.state, order.contract_id, order.declined) == ("waiting", None, ["C1", "C2"])
    actions.ask_providers_again(order=order.pk, reason="已增加人手", at=at(DAY), by=made.officer)
    advance(DAY)
    order.refresh_from_db()
    assert (order.state, order.contract_id) == ("offered", "C1")


def test_the_same_form_twice_is_one_visit(made) -> None:
    key = uuid4()
    assert visit(made, key=key) == visit(made, key=key)
    assert Visit.objects.get().units == 2
    made.order.refresh_from_db()
    assert made.order.state == "under_way"


def test_a_visit_counts_once_the_resident_says_so(made, make_user) -> None:
    found = visit(made)
    assert found.state == "proven"
    stranger = make_user("resident", person_id=make_person(made.world, 9).pk)
    with pytest.raises(access.NotAllowed):
        actions.confirm_visit(visit=found.pk, at=at(DAY, 21), by=stranger)
    with pytest.raises(access.NotAllowed):
        actions.confirm_visit(visit=found.pk, at=at(DAY, 21), by=made.provider)
    for _ in range(2):
        assert actions.confirm_visit(visit=found.pk, at=at(DAY, 21), by=made.resident).how == "resident"
    assert AuditLine.objects.filter(kind="visit", action="confirms").count() == 1


def test_the_code_of_the_day_is_read_out_once_and_cannot_be_guessed(made) -> None:
    found, second = visit(made), visit(made, begins=13)
    right = confirming.code_of(made.order.pk, DAY)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    assert not actions.read_code(visit=found.pk, code=wrong, at=at(DAY, 21), by=made.provider)
    assert actions.read_code(
        visit=found.pk, code=f"{right[:3]} {right[3:]}", at=at(DAY, 21), by=made.provider
    )
    assert Visit.objects.get(pk=found.pk).how == "code"
    with pytest.raises(actions.CannotBe, match="is used"):
        actions.read_code(visit=second.pk, code=right, at=at(DAY, 21), by=made.provider)
    for _ in range(5):
        actions.read_code(visit=second.pk, code=wrong, at=at(DAY, 21), by=made.provider)
    with pytest.raises(actions.CannotBe, match="Too many"):
        actions.read_code(visit=second.pk, code=right, at=at(DAY, 21), by=made.provider)
    assert confirming.code_of(made.order.pk, DAY + timedelta(days=1)) != right


def test_who_cannot_confirm_is_asked_by_an_officer_of_the_place(made, make_user) -> None:
    found = visit(made)
    elsewhere = make_user("village", division="330127201201")
    with pytest.raises(access.NotAllowed):
        actions.decide_visit(
            visit=found.pk, outcome="accept", reason="电话核实", at=at(DAY, 21), by=elsewhere
        )
    with pytest.raises(actions.CannotBe, match="reason"):
        actions.decide_visit(visit=found.pk, outcome="accept", reason="", at=at(DAY, 21), by=made.officer)
    kept = actions.decide_visit(
        visit=found.pk, outcome="accept", reason="电话核实", at=at(DAY, 21), by=made.officer
    )
    assert (kept.state, kept.how, kept.reason) == ("accepted", "officer", "电话核实")


def test_a_dispute_stops_the_money_until_an_officer_decides(made) -> None:
    found, other = visit(made), visit(made, on=DAY + timedelta(days=1))
    actions.confirm_visit(visit=other.pk, at=at(DAY, 21), by=made.resident)
    actions.dispute_visit(visit=found.pk, reason="没有来", at=at(DAY, 21), by=made.resident)
    advance(date(2026, 9, 1))
    assert states(found, other) == ["disputed", "settled"]
    actions.decide_visit(
        visit=found.pk, outcome="refuse", reason="查实未到", at=at(date(2026, 9, 2)), by=made.officer
    )
    advance(date(2026, 10, 1))
    assert Settlement.objects.get().units == 2
    with pytest.raises(actions.CannotBe):
        actions.decide_visit(
            visit=found.pk, outcome="accept", reason="再议", at=at(date(2026, 9, 2)), by=made.officer
        )


# Planted misuse: each is kept with its name, and no officer can accept it.


def refused(made: Services, found: Visit, *names: str) -> None:
    assert (found.state, found.faults) == ("set_aside", list(names))
    with pytest.raises(actions.CannotBe, match="cannot be accepted"):
        actions.decide_visit(
            visit=found.pk, outcome="accept", reason="放行", at=found.entered_at, by=made.officer
        )
    advance(date(2026, 12, 1))
    assert not Settlement.objects.filter(visits=found).exists()


def test_one_worker_in_two_places(made) -> None:
    other = make_service_grant(made.world, make_person(made.world, 2))
    order = ServiceOrder.objects.get(grant=other)
    actions.accept_order(order=order.pk, at=at(TODAY), by=made.provider)
    first = visit(made)
    refused(made, visit(made, order=order, begins=10), "worker_elsewhere")
    assert visit(made, order=order, begins=11).state == "proven"
    assert visit(made, order=order, worker="13", begins=15).state == "proven"
    assert first.state == "proven"


def test_a_visit_to_the_dead(made) -> None:
    made.person.died_on = DAY - timedelta(days=1)
    made.person.save()
    refused(made, visit(made), "dead")


def test_a_death_that_is_known_later_takes_the_visit_out_of_the_settlement(made) -> None:
    found, before = visit(made), visit(made, on=DAY - timedelta(days=3))
    for each in (found, before):
        actions.confirm_visit(visit=each.pk, at=at(DAY, 21), by=made.resident)
    made.person.died_on = DAY - timedelta(days=1)
    made.person.save()
    advance(date(2026, 9, 1))
    assert states(found, before) == ["set_aside", "settled"]
    assert Visit.objects.get(pk=found.pk).faults == ["dead"]
    assert Settlement.objects.get().public_fen == 2 * PRICE_FEN
    assert ServiceOrder.objects.get().state == "ended"


def test_a_visit_to_who_has_moved_away(made) -> None:
    made.person.division = "330182101200"
    made.person.save()
    refused(made, visit(made), "moved")


def test_more_than_ordered(made) -> None:
    for day in range(1, 6):
        assert visit(made, on=date(2026, 8, day), hours=4).state == "proven"
    refused(made, visit(made, on=date(2026, 8, 6), hours=1), "beyond_order")
    assert visit(made, on=date(2026, 9, 1), hours=1).state == "proven"


def test_outside_the_contract_or_the_order(made) -> None:
    refused(made, visit(made, on=date(2026, 6, 30)), "outside_order")
    refused(made, visit(made, on=date(2027, 1, 2), entered=at(date(2027, 1, 2), 20)), "outside_contract")


def test_too_short_or_while_the_case_is_suspended(made) -> None:
    from huimin_platform.cases.models import Case

    entry = actions.Entry("12", "李护理", DAY, at(DAY, 9), at(DAY, 9) + timedelta(minutes=59), "家中")
    found = actions.enter_visit(
        order=made.order.pk, key=uuid4(), entry=entry, at=at(DAY, 20), by=made.provider
    )
    refused(made, found, "too_short")
    Case.objects.update(suspended_on=DAY)
    refused(made, visit(made), "outside_order")


def test_what_comes_late_waits_for_an_officer(made) -> None:
    found = visit(made, entered=at(DAY + timedelta(days=4)))
    assert (found.state, found.faults) == ("set_aside", ["late"])
    with pytest.raises(actions.CannotBe):
        actions.confirm_visit(visit=found.pk, at=at(DAY, 21), by=made.resident)
    actions.decide_visit(visit=found.pk, outcome="accept", reason="手机损坏", at=at(DAY, 21), by=made.officer)
    advance(date(2026, 9, 1))
    assert states(found) == ["settled"]


@pytest.mark.parametrize(("begins", "hours", "words"), [(21, 2, "not over yet"), (22, 4, "within one day")])
def test_an_impossible_visit_is_not_kept(made, begins, hours, words) -> None:
    late = at(DAY, 20) if begins == 21 else at(DAY + timedelta(days=1))
    with pytest.raises(actions.CannotBe, match=words):
        visit(made, begins=begins, hours=hours, entered=late)
    assert not Visit.objects.exists()


def test_a_month_is_settled_once_and_what_comes_later_has_its_own(made, make_user) -> None:
    first, later = visit(made, hours=4), visit(made, on=DAY + timedelta(days=1))
    actions.confirm_visit(visit=first.pk, at=at(DAY, 21), by=made.resident)
    advance(date(2026, 8, 31))
    assert not Settlement.objects.exists()
    for day in (date(2026, 9, 1), date(2026, 9, 1), date(2026, 9, 20)):
        advance(day)
    settlement = Settlement.objects.get()
    assert (settlement.number, settlement.units, settlement.public_fen) == ("C1-202608-1", 4, 4 * PRICE_FEN)
    actions.confirm_visit(visit=later.pk, at=at(date(2026, 9, 2)), by=made.resident)
    advance(date(2026, 9, 21))
    assert Settlement.objects.count() == 1
    advance(date(2026, 10, 1))
    second = Settlement.objects.get(number="C1-202608-2")
    assert (second.units, second.public_fen) == (2, 2 * PRICE_FEN)
    with pytest.raises(access.NotAllowed):
        actions.sign_settlement(number=second.number, at=at(date(2026, 10, 1)), by=made.officer)
    county = make_user("county")
    for _ in range(2):
        actions.sign_settlement(number=second.number, at=at(date(2026, 10, 1)), by=county)
    assert AuditLine.objects.filter(kind="settlement", action="signs").count() == 1
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update delivery_settlement set public_fen = public_fen + 1")


def test_a_settlement_that_is_not_proven_cannot_be_written(made) -> None:
    """A hand that writes a settlement past the code meets the database."""
    from huimin_platform.delivery.models import SettlementLine

    def written(units: int, fen: int) -> None:
        with transaction.atomic():
            found = Settlement.objects.create(
                number="X", contract=made.contract, month=date(2026, 8, 1), units=units, own_fen=0, public_fen=fen, drawn_at=at(DAY)
            )  # fmt: skip
            SettlementLine.objects.create(
                settlement=found,
                order=made.order,
                worth_fen=WORTH_FEN,
                units=units,
                own_fen=0,
                public_fen=fen,
            )
            connection.check_constraints()
            with connection.cursor() as cursor:
                cursor.execute("set constraints all immediate")

    for units, fen in ((1, 3_000), (30, WORTH_FEN + 1)):
        with pytest.raises(IntegrityError):
            written(units, fen)


def test_the_persons_own_share_is_left_out_of_public_money(make_user) -> None:
    made = make_services(make_user, own_percent=10)
    (month,) = service_queries.months([made.order], DAY)
    assert month.ordered == 22  # 60,000 fen at 2,700 a unit.
    found = visit(made, hours=3)
    actions.confirm_visit(visit=found.pk, at=at(DAY, 21), by=made.resident)
    advance(date(2026, 9, 1))
    settlement = Settlement.objects.get()
    assert (settlement.own_fen, settlement.public_fen) == (900, 8_100)


def test_a_stop_ends_the_order_and_lifting_it_goes_on(made) -> None:
    from huimin_platform.cases.models import Case

    Case.objects.update(stopped_on=date(2026, 8, 5))
    advance(date(2026, 8, 6))
    order = ServiceOrder.objects.get()
    assert (order.state, order.ended_on) == ("accepted", date(2026, 9, 1))
    assert visit(made).state == "proven"
    advance(date(2026, 9, 1))
    order.refresh_from_db()
    assert order.state == "ended"
    assert visit(made, on=date(2026, 9, 1)).faults == ["outside_order"]
    Case.objects.update(stopped_on=None)
    advance(date(2026, 9, 2))
    order.refresh_from_db()
    assert (order.state, order.ended_on) == ("offered", None)


def test_a_contract_that_is_over_gives_the_order_to_the_next(made, make_user) -> None:
    make_contract(
        make_user, code=OTHER_CODE, number="C2", started_on=date(2027, 1, 1), ended_on=date(2028, 1, 1)
    )
    advance(date(2027, 1, 3))
    assert visit(made, on=date(2026, 12, 31), entered=at(date(2027, 1, 2))).state == "proven"
    advance(date(2027, 1, 4))
    order = ServiceOrder.objects.get()
    assert (order.contract_id, order.state) == ("C2", "offered")


def test_another_amount_orders_another_quantity_from_its_month_on(made, make_user) -> None:
    from huimin_platform.cases.models import CaseItem, Path
    from huimin_platform.delivery.models import Rate

    path = Path.objects.create(
        case=made.grant.case_item.case, name="increase", cause="额度提高", version="1", task="decide", begun_at=at(DAY), due_on=DAY,
        item=CaseItem.objects.get(), before_fen=WORTH_FEN, amount_fen=90_000,
    )  # fmt: skip
    Rate.objects.create(grant=made.grant, started_on=made.grant.started_on, amount_fen=WORTH_FEN)
    Rate.objects.create(grant=made.grant, path=path, started_on=date(2026, 9, 1), amount_fen=90_000)
    by_month = [service_queries.months([made.order], day)[0].ordered for day in (DAY, date(2026, 9, 1))]
    assert by_month == [20, 30]


def test_a_provider_sees_its_own_orders_only_and_nothing_of_income(made, make_user, client) -> None:
    make_contract(make_user, code=OTHER_CODE, number="C2")
    other = make_user("provider", department=OTHER_CODE)
    nobody = make_user("provider")
    client.force_login(made.provider)
    client.cookies["huimin_language"] = "en"
    page = client.get(f"/provider/{made.order.pk}/")
    assert page.status_code == 200
    assert made.person.name in page.content.decode()
    assert "600.00" not in page.content.decode()
    looked = AuditLine.objects.get(kind="person", object_id=str(made.person.pk), action="opens")
    assert (looked.by_user, looked.purpose) == (made.provider, f"service:{made.order.pk}")
    for stranger in (other, nobody):
        client.force_login(stranger)
        assert client.get(f"/provider/{made.order.pk}/").status_code == 404
        assert made.person.name not in client.get("/provider/").content.decode()
    assert ServiceContract.objects.count() == 2


VISITED = {
    "on": "2026-8-10", "begins": "09:00", "ends": "11:00", "worker": "12", "worker_name": "李护理", "place": "家中",
}  # fmt: skip


def test_the_pages_from_entering_to_signing(made, make_user, client, monkeypatch) -> None:
    from huimin_platform.base import clock

    monkeypatch.setattr(clock, "now", lambda: at(DAY, 20))
    monkeypatch.setattr(clock, "today", lambda: DAY)
    client.cookies["huimin_language"] = "en"
    client.force_login(made.provider)
    key = str(uuid4())
    wrong = client.post(f"/provider/{made.order.pk}/", VISITED | {"key": key, "ends": "08:00"})
    assert wrong.status_code == 422
    assert "ends after it begins" in wrong.content.decode()
    for _ in range(2):
        assert client.post(f"/provider/{made.order.pk}/", VISITED | {"key": key}).status_code == 302
    found = Visit.objects.get()
    client.force_login(made.resident)
    mine = client.get("/mine/services/").content.decode()
    assert "Was somebody here" in mine
    assert confirming.code_of(made.order.pk, DAY) in mine
    client.post(f"/mine/services/{found.pk}/", {"act": "dispute", "reason": "只来了半小时"})
    assert states(found) == ["disputed"]
    client.force_login(made.officer)
    assert "1 visit to look at" in client.get("/services/").content.decode()
    assert "只来了半小时" in client.get("/services/visits/").content.decode()
    assert "只来了半小时" in client.get(f"/services/{made.order.pk}/").content.decode()
    client.post(f"/services/{made.order.pk}/visits/{found.pk}/", {"outcome": "accept", "reason": "查看照片"})
    assert states(found) == ["accepted"]
    advance(date(2026, 9, 1))
    number = Settlement.objects.get().number
    client.force_login(make_user("county"))
    assert number in client.get("/settlements/").content.decode()
    assert "60.00" in client.get(f"/settlements/{number}/").content.decode()
    client.post(f"/settlements/{number}/sign/")
    assert Settlement.objects.get().signed_by is not None
    client.force_login(make_user("county", division="330182000000"))
    assert client.get(f"/settlements/{number}/").status_code == 404
    assert client.get(f"/services/{made.order.pk}/").status_code == 404


def test_contracts_are_made_on_pages(client, make_user) -> None:
    client.cookies["huimin_language"] = "en"
    one, two = make_user("county"), make_user("leader", division=COUNTY)
    client.force_login(one)
    bad = client.post(
        "/purchases/providers/", {"code": CODE[:-1] + "9", "name": "某", "account": "62220200000"}
    )
    assert bad.status_code == 422
    assert (
        client.post(
            "/purchases/providers/", {"code": CODE, "name": "某", "account": "62220200000"}
        ).status_code
        == 302
    )
    contract = {
        "number": "C9", "provider": CODE, "policy": "zhejiang_elder_care_service", "price_fen": "30", "ceiling_fen": "35",
        "own_percent": "0", "least_minutes": "60", "late_days": "3", "started_on": "2026-7-1", "ended_on": "2027-1-1",
    }  # fmt: skip
    high = client.post("/purchases/contracts/", contract | {"price_fen": "36"})
    assert (high.status_code, "ceiling of the tender" in high.content.decode()) == (422, True)
    assert client.post("/purchases/contracts/", contract).status_code == 302
    client.post("/purchases/contracts/C9/sign/")
    assert ServiceContract.objects.get().signed_by is None
    client.force_login(two)
    client.post(f"/purchases/providers/{CODE}/confirm/")
    client.post("/purchases/contracts/C9/sign/")
    assert ServiceContract.objects.get().signed_by == two


def test_the_pages_ask_a_fixed_number_of_questions(
    made, make_user, client, django_assert_max_num_queries
) -> None:
    for number in range(2, 6):
        grant = make_service_grant(made.world, make_person(made.world, number))
        actions.accept_order(order=ServiceOrder.objects.get(grant=grant).pk, at=at(TODAY), by=made.provider)
    for order in ServiceOrder.objects.all():
        visit(made, order=order, worker=str(order.pk))
        visit(made, order=order, worker=str(order.pk), on=DAY + timedelta(days=1))
    for user, address, most in (
        (made.provider, "/provider/", 12), (made.provider, f"/provider/{made.order.pk}/", 16), (made.officer, "/services/", 14),
        (made.officer, "/services/visits/", 10), (made.officer, f"/services/{made.order.pk}/", 16),
        (made.resident, "/mine/services/", 14), (make_user("county"), "/purchases/", 14), (make_user("county"), "/settlements/", 10),
    ):  # fmt: skip
        client.force_login(user)
        client.get(address)
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200, address
    assert VILLAGE
