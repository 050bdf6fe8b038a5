"""Allocations: proposed with all they rest on, signed by another, posted from the county down to people; sources bound to purposes."""

from datetime import UTC, datetime
from fractions import Fraction
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import translation
from tests.stages.funds_world import (
    AT,
    COUNTY,
    TODAY,
    VILLAGE,
    make_finance,
    make_grant,
    make_household,
    make_order,
    make_person,
    make_world,
)
from tests.stages.test_funds_ledger import immediate, refused

from huimin.funds import ledger, levels
from huimin_platform.base import access
from huimin_platform.base.models import AuditLine, User
from huimin_platform.funds import actions, allocating, books, paying, sourcing
from huimin_platform.funds.budget_models import Proposal, Source
from huimin_platform.funds.models import Account, Hold, Payment, Transfer
from huimin_platform.funds.refusals import NotNow

pytestmark = pytest.mark.django_db
TOWN, OTHER, HERE = VILLAGE[:9], "330127201", COUNTY[:6]
POLICIES = ("medical_aid", "subsistence_allowance")


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def finance() -> User:
    return make_finance("finance-a")


@pytest.fixture
def second() -> User:
    return make_finance("finance-b")


@pytest.fixture
def source(finance) -> Source:
    found = sourcing.register(
        code="T1", kind="transfer", title="中央困难群众救助补助", document="财社〔2026〕1号",
        purposes=POLICIES, at=AT, by=finance,
    )  # fmt: skip
    actions.appropriate(
        year=2026, purpose=levels.POOL, source="T1", amount_fen=100_000, key="letter-1", at=AT, by=finance
    )
    return found


def proposed(by: User, *, key=None, amounts: dict[str, int] | None = None) -> Proposal:
    amounts = amounts or {TOWN: 60_000, OTHER: 20_000}
    shares = levels.shares(
        amounts, direct=Fraction(1), discretion=Fraction(1, 10), least_discretion=Fraction(1, 10),
        needs={TOWN: {"medical_aid": 2, "subsistence_allowance": 1}, OTHER: {"medical_aid": 1}},
    )  # fmt: skip
    return allocating.propose(
        key=key or uuid4(), year=2026, source="T1", definition={"name": "assistance_funds", "version": "1"},
        figures=[{"area": place, "people": 1} for place in amounts], figures_on=TODAY, shares=shares,
        steps={}, at=AT, by=by,
    )  # fmt: skip


def budget(purpose: str, place: str = HERE) -> int:
    return Account.objects.get(purpose=purpose, place=place, source="T1", leg="budget").balance_fen


def test_a_signed_allocation_stands_in_the_ledger_down_to_programmes(source, finance, second) -> None:
    found = proposed(finance)
    assert budget("pool") == 100_000, "a proposal moves no money"
    signed = allocating.sign(number=found.number, at=AT, by=second)
    immediate()
    assert signed.state == "signed"
    assert budget("pool") == 20_000
    assert (budget("pool", TOWN), budget("medical_aid", TOWN), budget("subsistence_allowance", TOWN)) == (
        6_000, 36_000, 18_000,
    )  # fmt: skip
    assert (budget("pool", OTHER), budget("medical_aid", OTHER)) == (2_000, 18_000)
    assert books.disagreements() == {}
    moves = Transfer.objects.filter(document=found.number)
    assert sorted(moves.values_list("reason", flat=True)) == [
        "allocate",
        "allocate",
        "assign",
        "assign",
        "assign",
    ]
    assert {move.audit.action for move in moves} == {"signs"}


def test_proposing_and_signing_again_change_nothing(source, finance, second) -> None:
    key = uuid4()
    found = proposed(finance, key=key)
    assert proposed(finance, key=key) == found
    allocating.sign(number=found.number, at=AT, by=second)
    before = Transfer.objects.count()
    allocating.sign(number=found.number, at=AT, by=second)
    assert Transfer.objects.count() == before
    assert AuditLine.objects.filter(action="signs", kind="allocation").count() == 1


def test_who_proposed_does_not_sign_not_even_past_the_action(source, finance) -> None:
    found = proposed(finance)
    with pytest.raises(NotNow, match="Somebody else"):
        allocating.sign(number=found.number, at=AT, by=finance)
    with pytest.raises(IntegrityError, match="proposal_signed_by_another"), transaction.atomic():
        Proposal.objects.filter(pk=found.pk).update(state="signed", decided_by=finance, decided_at=AT)


def test_a_signature_without_its_money_in_the_ledger_is_refused(source, finance, second) -> None:
    found = proposed(finance)
    with refused("stands in the ledger with 0 of 80000"):
        Proposal.objects.filter(pk=found.pk).update(state="signed", decided_by=second, decided_at=AT)


def test_what_was_proposed_or_decided_never_changes(source, finance, second) -> None:
    found = proposed(finance)
    with pytest.raises(IntegrityError, match="keeps what was proposed"), transaction.atomic():
        Proposal.objects.filter(pk=found.pk).update(total_fen=1)
    allocating.sign(number=found.number, at=AT, by=second)
    with pytest.raises(IntegrityError, match="correct it by another"), transaction.atomic():
        Proposal.objects.filter(pk=found.pk).update(state="refused")
    with pytest.raises(IntegrityError, match="cannot be removed"), transaction.atomic():
        Proposal.objects.filter(pk=found.pk).delete()
    with pytest.raises(NotNow, match="decided already"):
        allocating.refuse(number=found.number, reason="late", at=AT, by=second)


def test_a_proposal_is_refused_by_another_or_withdrawn_by_its_maker(source, finance, second) -> None:
    refused = allocating.refuse(number=proposed(finance).number, reason="数据有误", at=AT, by=second)
    withdrawn = allocating.refuse(number=proposed(finance).number, reason="重算", at=AT, by=finance)
    assert (refused.state, withdrawn.state) == ("refused", "withdrawn")
    with pytest.raises(NotNow, match="reason"):
        allocating.refuse(number=proposed(finance).number, reason=" ", at=AT, by=second)


def test_more_than_the_pool_holds_is_not_handed_down(source, finance, second) -> None:
    with pytest.raises(NotNow, match=r"Only 1,000\.00 yuan are left"):
        proposed(finance, amounts={TOWN: 100_001})
    first, other = proposed(finance), proposed(finance)
    allocating.sign(number=first.number, at=AT, by=second)
    with pytest.raises(NotNow, match=r"Only 200\.00 yuan"):
        allocating.sign(number=other.number, at=AT, by=second)


def test_a_correction_is_a_new_posting_of_what_is_left(source, finance, second) -> None:
    first = proposed(finance)
    allocating.sign(number=first.number, at=AT, by=second)
    asked = {
        "key": uuid4(), "corrects": first.number, "giver": (TOWN, "medical_aid"), "taker": (OTHER, "subsistence_allowance"),
        "reason": "人数填错", "at": AT, "by": finance,
    }  # fmt: skip
    with pytest.raises(NotNow, match=r"Only 360\.00"):
        allocating.propose_correction(amount_fen=36_001, **asked)
    found = allocating.propose_correction(amount_fen=6_000, **asked)
    allocating.sign(number=found.number, at=AT, by=second)
    immediate()
    assert budget("medical_aid", TOWN) == 30_000
    assert budget("subsistence_allowance", OTHER) == 6_000
    assert budget("pool") == 20_000
    assert list(Transfer.objects.filter(document=found.number).order_by("pk").values_list("reason", flat=True)) == [
        "take_back", "allocate", "assign",
    ]  # fmt: skip
    assert books.disagreements() == {}


def test_a_township_puts_its_own_share_on_a_programme_of_the_source(
    source, finance, second, make_user
) -> None:
    allocating.sign(number=proposed(finance).number, at=AT, by=second)
    town = make_user("township", division=TOWN.ljust(12, "0"))
    asked = {
        "place": TOWN,
        "source": "T1",
        "year": 2026,
        "reason": "突发困难",
        "key": uuid4(),
        "at": AT,
        "by": town,
    }
    for _ in range(2):
        allocating.assign(policy="medical_aid", amount_fen=6_000, **asked)
    assert (budget("pool", TOWN), budget("medical_aid", TOWN)) == (0, 42_000)
    with pytest.raises(NotNow, match="article 16"):
        allocating.assign(policy="school_meals", amount_fen=1, **(asked | {"key": uuid4()}))
    with pytest.raises(NotNow, match="another place"):
        allocating.assign(policy="medical_aid", amount_fen=1, **(asked | {"place": OTHER, "key": uuid4()}))
    with pytest.raises(NotNow, match="decides on this money itself"):
        allocating.assign(policy="medical_aid", amount_fen=1, **(asked | {"by": finance, "key": uuid4()}))


def test_people_are_paid_from_their_townships_money_then_from_the_countys(source, finance, second) -> None:
    allocating.sign(number=proposed(finance).number, at=AT, by=second)
    actions.appropriate(year=2026, purpose="medical_aid", amount_fen=50_000, key="own", at=AT, by=finance)
    world = make_world()
    for number, fen in enumerate((30_000, 20_000, 40_000)):
        household = make_household(world, make_person(world, number))
        make_order(make_grant(world, household, amount_fen=fen))
    assert paying.take_up(today=TODAY, at=AT) == {"payments": 2, "held": 1}
    immediate()
    drawn = list(Payment.objects.order_by("order_id").values_list("amount_fen", "payer", "source"))
    assert drawn == [(30_000, TOWN, "T1"), (20_000, HERE, "")]
    assert Hold.objects.get(lifted_at=None).reason == "no_budget"
    assert books.disagreements() == {}


def test_a_payment_keeps_where_it_is_paid_from(source, finance, second) -> None:
    allocating.sign(number=proposed(finance).number, at=AT, by=second)
    world = make_world()
    make_order(make_grant(world, make_household(world, make_person(world, 1))))
    paying.take_up(today=TODAY, at=AT)
    immediate()
    with pytest.raises(DatabaseError, match="keeps the place and source"), transaction.atomic():
        Payment.objects.update(source="")


def test_money_of_a_source_cannot_even_stand_on_an_account_of_another_purpose(source, finance) -> None:
    with pytest.raises(NotNow, match="article 16: an earmarked transfer"):
        actions.appropriate(year=2026, purpose="school_meals", source="T1", amount_fen=1, at=AT, by=finance)
    with (
        pytest.raises(IntegrityError, match="money of source T1 is not for school_meals: 《预算法》第十六条"),
        transaction.atomic(),
    ):
        Account.objects.create(
            code="x", line="20899", year=2026, purpose="school_meals", source="T1", leg="budget"
        )
    with pytest.raises(IntegrityError, match="not registered"), transaction.atomic():
        Account.objects.create(
            code="x", line="20899", year=2026, purpose="school_meals", source="T9", leg="budget"
        )


def test_a_transfer_between_sources_is_refused_by_the_database(source, finance) -> None:
    actions.appropriate(year=2026, purpose="medical_aid", amount_fen=500, key="own", at=AT, by=finance)
    fund = levels.programme("medical_aid", 2026, "T1", HERE)
    from huimin_platform.funds import posting

    posting.open_accounts(fund)
    moved = ledger.Transfer(
        "assign:x", "assign", levels.pool(2026, "T1", HERE).account("budget"),
        ledger.fund_of("medical_aid", 2026, HERE).account("budget"), 100,
    )  # fmt: skip
    line = AuditLine.objects.latest("pk")
    with refused("leaves its year or source"):
        posting.post([posting.Posting(moved)], audit=line, at=AT)
    back = ledger.Transfer(
        "allocate:x", "allocate", levels.pool(2026, "T1", HERE).account("budget"), fund.account("budget"), 100
    )
    with refused("does not go from"):
        posting.post([posting.Posting(back)], audit=line, at=AT)


def test_a_bond_is_never_for_allowances(finance) -> None:
    asked = {"code": "B1", "title": "专项债", "document": "债〔2026〕1号", "at": AT, "by": finance}
    with pytest.raises(NotNow, match="article 35"):
        sourcing.register(kind="bond", purposes=["medical_aid"], **asked)
    with pytest.raises(IntegrityError, match="第三十五条"), transaction.atomic():
        Source.objects.create(
            code="B1", kind="bond", title="x", document="y", purposes=["medical_aid"], registered_at=AT, registered_by=finance
        )  # fmt: skip
    assert sourcing.register(kind="bond", purposes=["project:P1"], **asked).pk == "B1"


def test_a_registered_source_never_changes(source, finance) -> None:
    same = {
        "code": "T1", "kind": "transfer", "title": source.title, "document": source.document, "at": AT, "by": finance,
    }  # fmt: skip
    assert sourcing.register(purposes=POLICIES, **same) == source
    with pytest.raises(NotNow, match="stands for"):
        sourcing.register(purposes=["medical_aid"], **same)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Source.objects.update(purposes=["school_meals"])


def test_a_closed_year_takes_and_gives_no_money(finance, second) -> None:
    actions.appropriate(year=2025, purpose="medical_aid", amount_fen=50_000, key="old", at=AT, by=finance)
    immediate()
    with pytest.raises(NotNow, match="2026 is not over"):
        sourcing.close_year(year=2026, at=AT, by=finance)
    assert sourcing.close_year(year=2025, at=AT, by=finance).left_fen == 50_000
    with pytest.raises(NotNow, match="2025 is closed"):
        actions.appropriate(year=2025, purpose="medical_aid", amount_fen=1, key="late", at=AT, by=finance)
    again = actions.appropriate(
        year=2025, purpose="medical_aid", amount_fen=50_000, key="old", at=AT, by=finance
    )
    assert again.key == "appropriation:old"
    world = make_world()
    order = make_order(make_grant(world, make_household(world, make_person(world, 1))))
    type(order).objects.update(due_on=datetime(2025, 12, 1, tzinfo=UTC).date())
    assert paying.take_up(today=TODAY, at=AT) == {"payments": 0, "held": 1}
    assert Hold.objects.get(lifted_at=None).reason == "year_closed"


def test_a_closed_year_is_closed_in_the_database_too(finance) -> None:
    actions.appropriate(year=2025, purpose="medical_aid", amount_fen=50_000, key="old", at=AT, by=finance)
    immediate()
    sourcing.close_year(year=2025, at=AT, by=finance)
    from huimin_platform.funds import posting

    late = ledger.appropriation(ledger.fund_of("medical_aid", 2025, HERE), 1, "late")
    with refused("budget year 2025 is closed"):
        posting.post([posting.Posting(late)], audit=AuditLine.objects.latest("pk"), at=AT)


def test_roles_propose_sign_and_register_by_the_table(source, finance, make_user) -> None:
    with pytest.raises(access.NotAllowed):
        proposed(make_user("county"))
    found = proposed(finance)
    with pytest.raises(access.NotAllowed):
        allocating.sign(number=found.number, at=AT, by=make_user("auditor"))
    assert allocating.sign(number=found.number, at=AT, by=make_user("leader")).decided_by.role == "leader"
    with pytest.raises(access.NotAllowed):
        sourcing.register(
            code="X",
            kind="budget",
            title="t",
            document="d",
            purposes=POLICIES,
            at=AT,
            by=make_user("auditor"),
        )
    assert finance.division == COUNTY
