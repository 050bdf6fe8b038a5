"""Where the fen of a payment came from: the query against a book kept fen by fen; on the payment's page and the resident's."""

# ruff: noqa: F401, F811 - fixtures are imported by name

import random
from collections import defaultdict, deque
from fractions import Fraction
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.stages.funds_world import (
    AT,
    COUNTY,
    TODAY,
    VILLAGE,
    World,
    make_grant,
    make_household,
    make_order,
    make_person,
    make_world,
)
from tests.stages.test_funds_allocating import OTHER, TOWN, english, finance, proposed, second, source
from tests.stages.test_funds_ledger import immediate

from huimin.funds import levels
from huimin_platform.base.models import Division
from huimin_platform.funds import actions, allocating, origins, paying
from huimin_platform.funds.models import Batch, Payment, Transfer
from huimin_platform.funds.moving import move
from huimin_platform.intake.models import DeliveryFile
from huimin_platform.matching.models import Run

pytestmark = pytest.mark.django_db


def pay(count: int, *, fen: list[int]) -> list[Payment]:
    """People who are paid from what budgets hold; those of before come first."""
    file, run = DeliveryFile.objects.first(), Run.objects.first()
    world = World(file, run) if file and run else make_world()
    for number in range(count):
        make_order(
            make_grant(world, make_household(world, make_person(world, number)), amount_fen=fen[number])
        )
    paying.take_up(today=TODAY, at=AT)
    immediate()
    return list(Payment.objects.order_by("order_id"))


def bounce(payment: Payment) -> None:
    """Sends a payment and has it come back, in the ledger's own steps."""
    line = payment.moves.get().audit
    batch = Batch.objects.create(
        number=f"B{payment.pk[:8]}", line=payment.line, year=payment.year, purpose=payment.policy, count=1,
        total_fen=payment.amount_fen, approvals_needed=0, rule={}, prepared_at=AT,
    )  # fmt: skip
    Payment.objects.filter(pk=payment.pk).update(batch=batch)
    for step in ("send", "return"):
        move([Payment.objects.get(pk=payment.pk)], step, at=AT, line=line)
    immediate()


def book_by_fen() -> dict[str, dict[str, int]]:
    """payment -> appropriation -> fen, by moving every single fen through queues, first in, first out."""
    queues: dict[int, deque[str]] = defaultdict(deque)
    origin: dict[str, list[str]] = {}
    for transfer in Transfer.objects.order_by("pk").prefetch_related("entries"):
        giver, taker = sorted(transfer.entries.all(), key=lambda entry: entry.amount_fen)
        if transfer.reason == "appropriate":
            fens = [transfer.key] * taker.amount_fen
        elif transfer.reason in ("send", "settle"):
            continue
        elif transfer.reason in ("return", "return_late"):
            fens = origin[transfer.payment_id]
        else:
            fens = [queues[giver.account_id].popleft() for _ in range(taker.amount_fen)]
        if transfer.reason == "commit":
            origin[transfer.payment_id] = fens
        else:
            queues[taker.account_id].extend(fens)
    return {payment: {key: fens.count(key) for key in set(fens)} for payment, fens in origin.items()}


@pytest.mark.parametrize("seed", range(4))
def test_every_fen_has_the_origin_that_a_book_kept_fen_by_fen_gives_it(
    seed: int, source, finance, second
) -> None:
    chance = random.Random(seed)
    for letter in range(3):
        actions.appropriate(
            year=2026, purpose=levels.POOL, source="T1", amount_fen=chance.randint(500, 5_000), key=f"more-{letter}",
            at=AT, by=finance,
        )  # fmt: skip
        parts = {TOWN: chance.randint(10_000, 20_000), OTHER: chance.randint(1_000, 9_000)}
        allocating.sign(number=proposed(finance, amounts=parts).number, at=AT, by=second)
    payments = pay(6, fen=[chance.randint(1_000, 6_000) for _ in range(6)])
    for payment in payments[:3]:
        bounce(payment)
    actions.appropriate(year=2026, purpose="medical_aid", amount_fen=90_000, key="own", at=AT, by=finance)
    again = pay(8, fen=[chance.randint(1_000, 9_000) for _ in range(8)])
    book = book_by_fen()
    assert len(book) > 6
    for payment in again:
        hops = origins.of(payment.pk)
        by_letter: dict[str, int] = defaultdict(int)
        for hop in hops:
            if hop.reason == "appropriate":
                by_letter[hop.key] += hop.fen
        assert by_letter == book[payment.pk], payment.pk


def test_the_way_leads_from_the_letter_over_county_and_township_to_the_programme(
    source, finance, second
) -> None:
    number = allocating.sign(number=proposed(finance).number, at=AT, by=second).number
    [payment] = pay(1, fen=[10_000])
    hops = origins.of(payment.pk)
    assert [(hop.reason, hop.document, hop.place, hop.purpose, hop.fen) for hop in hops] == [
        ("appropriate", "财社〔2026〕1号", COUNTY[:6], "pool", 10_000),
        ("allocate", number, TOWN, "pool", 10_000),
        ("assign", number, TOWN, "medical_aid", 10_000),
    ]


@pytest.fixture
def shown(client, finance, settings):
    settings.HUIMIN_TODAY = TODAY
    client.cookies["huimin_language"] = "en"
    Division.objects.create(code=TOWN.ljust(12, "0"), name="汾口镇")
    Division.objects.create(code=COUNTY, name="淳安县")

    def text(address: str, by, status: int = 200) -> str:
        client.force_login(by)
        answer = client.get(address)
        assert answer.status_code == status, address
        return answer.content.decode()

    return text


def test_the_payments_page_says_where_its_money_came_from(shown, source, finance, second) -> None:
    number = allocating.sign(number=proposed(finance).number, at=AT, by=second).number
    [payment] = pay(1, fen=[10_000])
    page = shown(reverse("funds:payment", args=[payment.pk]), finance)
    for words in ("Where this money came from", "财社〔2026〕1号", number, "汾口镇", "Put on the programme"):
        assert words in page, words


def test_a_resident_reads_it_in_plain_words_of_the_own_payment_only(
    shown, source, finance, second, make_user
) -> None:
    allocating.sign(number=proposed(finance).number, at=AT, by=second)
    [payment] = pay(1, fen=[10_000])
    own = make_user("resident", person_id=payment.payee_id)
    address = reverse("funds:own_money", args=[payment.pk])
    page = shown(address, own)
    for words in ("中央困难群众救助补助", "The county gave it to 汾口镇", "It was approved for you"):
        assert words in page, words
    assert address in shown("/mine/", own)
    shown(address, make_user("resident", person_id=payment.payee_id + 1_000_000), 404)


def test_the_flow_shows_every_level_and_asks_as_often_for_many_as_for_few(
    shown, source, finance, second
) -> None:
    allocating.sign(number=proposed(finance).number, at=AT, by=second)
    pay(1, fen=[10_000])
    page = shown("/flow/", finance)
    for words in ("中央困难群众救助补助 → 淳安县", "淳安县 → 汾口镇", "汾口镇 → Medical aid", "For the township to decide",
                  "Not yet handed down", f"payer={TOWN}"):  # fmt: skip
        assert words in page, words
    found = shown(f"/payments/?payer={TOWN}&policy=medical_aid&year=2026", finance)
    assert found.count('data-label="Payee"') == 1
    for other in (COUNTY[:6], "all"):
        address = f"/payments/?payer={other}&policy=medical_aid&year=2026"
        assert shown(address, finance).count('data-label="Payee"') == 0
    with CaptureQueriesContext(connection) as few:
        shown("/flow/", finance)
    actions.appropriate(year=2026, purpose="medical_aid", amount_fen=90_000, key="own", at=AT, by=finance)
    allocating.sign(number=proposed(finance, amounts={"330127203": 900}).number, at=AT, by=second)
    pay(5, fen=[1_000] * 5)
    with CaptureQueriesContext(connection) as many:
        shown("/flow/", finance)
    assert len(many) == len(few)
