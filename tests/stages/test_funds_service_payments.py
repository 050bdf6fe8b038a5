"""Providers are paid what signed settlements say, by two finance officers, from the programme's own fund; the ledger shows it."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation
from tests.stages.funds_world import TODAY, make_finance
from tests.stages.services_world import DAY, POLICY, PRICE_FEN, Services, advance, at, make_services, visit

from huimin_platform.base import access
from huimin_platform.base.models import AuditLine
from huimin_platform.delivery import actions as delivery
from huimin_platform.delivery.models import Settlement, Visit
from huimin_platform.funds import actions, books, invariants, serving, sourcing
from huimin_platform.funds.models import Account, Payment, Transfer
from huimin_platform.funds.refusals import NotNow
from huimin_platform.funds.service_payment_models import ServicePayment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


LATER = at(date(2026, 9, 2))


@pytest.fixture
def made(make_user) -> Services:
    """A month with two accepted visits of two hours, drawn up."""
    made = make_services(make_user)
    for day in (9, 10):
        found = visit(made, on=DAY.replace(day=day))
        delivery.confirm_visit(visit=found.pk, at=at(DAY, 21), by=made.resident)
    advance(date(2026, 9, 1))
    return made


@pytest.fixture
def signed(made, make_user) -> Settlement:
    number = Settlement.objects.get().number
    return delivery.sign_settlement(number=number, at=LATER, by=make_user("county"))


@pytest.fixture
def two(db) -> list:
    return [make_finance("finance-a"), make_finance("finance-b")]


def fund(by, fen: int = 100_000, purpose: str = POLICY, source: str = "") -> None:
    actions.appropriate(
        year=2026,
        purpose=purpose,
        amount_fen=fen,
        source=source,
        key=f"{purpose}{source}",
        at=at(TODAY),
        by=by,
    )


def balances(purpose: str = POLICY) -> dict[str, int]:
    found = Account.objects.filter(purpose=purpose, source="").values_list("leg", "balance_fen")
    return {leg: fen for leg, fen in found if fen}


def paid(number: str, two: list, document: str = "国库支付2026-0001") -> ServicePayment:
    serving.prepare(settlement=number, document=document, at=LATER, by=two[0])
    return serving.approve(settlement=number, at=LATER, by=two[1])


def broken() -> dict[str, dict]:
    return {verdict.name: verdict.row for verdict in invariants.verify() if verdict.row}


def test_two_officers_pay_a_settlement_once_from_its_programme(signed, two) -> None:
    fund(two[0])
    for _ in range(2):
        found = paid(signed.number, two)
    assert (found.amount_fen, found.policy, found.line) == (4 * PRICE_FEN, POLICY, "20899")
    assert balances() == {"treasury": -100_000, "budget": 100_000 - 4 * PRICE_FEN, "paid": 4 * PRICE_FEN}
    transfer = Transfer.objects.get(reason="spend")
    assert (transfer.document, transfer.audit.object_id) == ("国库支付2026-0001", signed.number)
    assert set(Visit.objects.values_list("state", flat=True)) == {"paid"}
    assert AuditLine.objects.filter(kind="settlement", action="approves").count() == 1
    assert not Payment.objects.exists()
    assert broken() == {}
    assert books.disagreements() == {}
    advance(date(2026, 10, 1))
    assert Settlement.objects.count() == 1


def test_who_may_not_and_when_not(made, two, make_user) -> None:
    number = Settlement.objects.get().number
    with pytest.raises(NotNow, match="not signed"):
        serving.prepare(settlement=number, document="1", at=LATER, by=two[0])
    county = make_user("county")
    delivery.sign_settlement(number=number, at=LATER, by=county)
    elsewhere = make_user("finance", division="330182000000")
    for stranger in (county, elsewhere):
        with pytest.raises(access.NotAllowed):
            serving.prepare(settlement=number, document="1", at=LATER, by=stranger)
    with pytest.raises(NotNow, match="prepared this payment yet"):
        serving.approve(settlement=number, at=LATER, by=two[0])
    with pytest.raises(NotNow, match="voucher"):
        serving.prepare(settlement=number, document=" ", at=LATER, by=two[0])
    serving.prepare(settlement=number, document="1", at=LATER, by=two[0])
    with pytest.raises(NotNow, match="Somebody else"):
        serving.approve(settlement=number, at=LATER, by=two[0])
    with pytest.raises(NotNow, match="not enough left"):
        serving.approve(settlement=number, at=LATER, by=two[1])
    assert not Transfer.objects.exists()
    assert ServicePayment.objects.get().approved_by is None


def test_money_for_something_else_does_not_pay_a_provider(signed, two) -> None:
    fund(two[0], purpose="medical_aid")
    sourcing.register(
        code="D1",
        kind="donation",
        title="助医捐款",
        document="协议1",
        purposes=["medical_aid"],
        at=at(TODAY),
        by=two[0],
    )
    with pytest.raises(NotNow):
        fund(two[0], source="D1")
    serving.prepare(settlement=signed.number, document="1", at=LATER, by=two[0])
    with pytest.raises(NotNow, match="not enough left"):
        serving.approve(settlement=signed.number, at=LATER, by=two[1])
    assert balances("medical_aid") == {"treasury": -100_000, "budget": 100_000}


def test_a_closed_year_pays_no_provider(signed, two) -> None:
    fund(two[0])
    serving.prepare(settlement=signed.number, document="1", at=LATER, by=two[0])
    later = at(date(2027, 2, 1))
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")
    sourcing.close_year(year=2026, at=later, by=two[0])
    with pytest.raises(NotNow, match="2026 is closed"):
        serving.approve(settlement=signed.number, at=later, by=two[1])


def test_a_document_pays_one_settlement(made, signed, two, make_user) -> None:
    fund(two[0])
    paid(signed.number, two)
    late = visit(made, on=date(2026, 9, 1), entered=at(date(2026, 9, 1), 20))
    delivery.confirm_visit(visit=late.pk, at=LATER, by=made.resident)
    advance(date(2026, 10, 1))
    second = Settlement.objects.exclude(pk=signed.pk).get()
    delivery.sign_settlement(number=second.number, at=LATER, by=make_user("county"))
    with pytest.raises(NotNow, match="taken in before"):
        serving.prepare(settlement=second.number, document="国库支付2026-0001", at=LATER, by=two[0])
    paid(second.number, two, "国库支付2026-0002")
    assert balances()["paid"] == 6 * PRICE_FEN
    assert broken() == {}


def execute(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
        cursor.execute("set constraints all immediate")


@pytest.mark.parametrize(
    "change",
    [
        "update funds_servicepayment set amount_fen = 1",
        "update funds_servicepayment set approved_by_id = null, approved_at = null",
        "update funds_servicepayment set document = 'other'",
        "delete from funds_servicepayment",
        "update delivery_visit set state = 'accepted'",
        "update delivery_visit set settlement_id = null",
    ],
)
def test_what_was_paid_is_not_changed_behind_the_back(signed, two, change) -> None:
    fund(two[0])
    paid(signed.number, two)
    with pytest.raises(IntegrityError):
        execute(change)


def approved(number: str, by) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        serving.approve(settlement=number, at=LATER, by=by)
        cursor.execute("set constraints all immediate")


def test_a_programme_is_spent_on_nothing_but_signed_settlements(signed, two, monkeypatch) -> None:
    """The same code with a fault planted in it: another amount, another key, no posting; each meets the database."""
    from huimin.funds import ledger
    from huimin_platform.funds import posting

    fund(two[0])
    serving.prepare(settlement=signed.number, document="1", at=LATER, by=two[0])
    right = posting.post
    faults = (
        lambda items: [posting.Posting(ledger.Transfer(each.transfer.key, "spend", each.transfer.debit, each.transfer.credit, 1)) for each in items],
        lambda items: [posting.Posting(ledger.Transfer("spend:free", "spend", each.transfer.debit, each.transfer.credit, each.transfer.amount_fen)) for each in items],
        lambda items: [],
    )  # fmt: skip
    for fault in faults:
        monkeypatch.setattr(posting, "post", lambda items, fault=fault, **named: right(fault(items), **named))
        with pytest.raises(IntegrityError):
            approved(signed.number, two[1])
    assert balances() == {"treasury": -100_000, "budget": 100_000}


@pytest.mark.parametrize(
    ("change", "invariant"),
    [
        ("update delivery_visit set units = 1", "I8"),
        ("update funds_servicepayment set amount_fen = amount_fen + 1", "I3"),
        ("update delivery_settlement set public_fen = public_fen + 1", "I8"),
        ("update delivery_settlement set signed_by_id = null, signed_at = null", "I8"),
    ],
)
def test_verify_finds_what_was_done_with_the_guards_switched_off(signed, two, change, invariant) -> None:
    fund(two[0])
    paid(signed.number, two)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(change)
        cursor.execute("set local session_replication_role = origin")
    assert any(name.startswith(invariant) for name in broken())


def test_the_page_of_finance(signed, two, client) -> None:
    fund(two[0])
    client.cookies["huimin_language"] = "en"
    client.force_login(two[0])
    page = client.get("/service-payments/").content.decode()
    assert signed.number in page
    assert "6222020000000000001" not in page
    shown = client.post(f"/service-payments/{signed.number}/account/").content.decode()
    assert "6222020000000000001" in shown
    assert AuditLine.objects.get(kind="provider", action="reveals").purpose == signed.number
    client.post(f"/service-payments/{signed.number}/voucher/", {"document": "V1"})
    client.force_login(two[1])
    client.post(f"/service-payments/{signed.number}/approval/")
    assert ServicePayment.objects.get().approved_by == two[1]
    assert "Posted to the ledger" in client.get("/service-payments/").content.decode()
