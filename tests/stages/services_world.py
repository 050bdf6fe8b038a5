"""A small world of purchased services: a provider with a signed contract, and a grant that buys care at home."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from tests.stages.funds_world import (
    COUNTY,
    TODAY,
    VILLAGE,
    World,
    make_entitlement,
    make_household,
    make_person,
    make_world,
)

from huimin_platform.cases.models import Case, CaseItem
from huimin_platform.delivery import actions, steps
from huimin_platform.delivery.models import Grant, ServiceOrder, Visit
from huimin_platform.registry.models import Person
from huimin_platform.supply import actions as supply
from huimin_platform.supply.models import ServiceContract

POLICY = "zhejiang_elder_care_service"
CODE, OTHER_CODE = "91330127MADEM0001T", "91330127MADEM0002X"
DAY = date(2026, 8, 10)
WORTH_FEN, PRICE_FEN = 60_000, 3_000


def at(day: date, hour: int = 12) -> datetime:
    """A moment of a day, by the clock of the county."""
    return datetime.combine(day, time(hour), tzinfo=UTC) - timedelta(hours=8)


@dataclass
class Services:
    """What was made, to be found again."""

    world: World
    person: Person
    grant: Grant
    order: ServiceOrder
    contract: ServiceContract
    provider: Any
    resident: Any
    officer: Any


def make_contract(make_user: Any, *, code: str = CODE, number: str = "C1", **changed: Any) -> ServiceContract:
    """A signed contract of a provider whose account is confirmed."""
    one, two = make_user("county", division=COUNTY), make_user("county", division=COUNTY)
    supply.register_provider(
        code=code,
        name=f"示例{code[-2:]}服务中心",
        division=COUNTY,
        account="6222020000000000001",
        at=at(TODAY),
        by=one,
    )
    supply.confirm_account(code=code, at=at(TODAY), by=two)
    values: dict[str, Any] = {
        "policy": POLICY, "service": "home_care", "unit": "hour", "division": COUNTY, "price_fen": PRICE_FEN,
        "ceiling_fen": 3_500, "own_percent": 0, "least_minutes": 60, "late_days": 3, "started_on": date(2026, 6, 1),
        "ended_on": date(2027, 1, 1),
    } | changed  # fmt: skip
    supply.propose_contract(number=number, provider=code, at=at(TODAY), by=one, **values)
    return supply.sign_contract(number=number, at=at(TODAY), by=two)


def make_service_grant(world: World, person: Person) -> Grant:
    """A grant of services for somebody who lives alone, as a decision gives it."""
    household = make_household(world, person)
    entitlement = make_entitlement(world, household, POLICY, WORTH_FEN)
    case = Case.objects.create(
        number=f"S-{household.pk}", household=household, applicant=person, division=VILLAGE, department="civil_affairs",
        state="approved", opened_on=TODAY, due_on=TODAY, decided_at=at(TODAY),
    )  # fmt: skip
    CaseItem.objects.create(
        case=case, household=household, policy=POLICY, policy_version=entitlement.policy_version, entitlement=entitlement,
        amount_fen=WORTH_FEN, per="month",
    )  # fmt: skip
    advance(TODAY)
    return Grant.objects.get(household=household)


def make_services(make_user: Any, **changed: Any) -> Services:
    """A person whose order a provider has accepted."""
    contract = make_contract(make_user, **changed)
    world = make_world()
    person = make_person(world, 1)
    grant = make_service_grant(world, person)
    order = ServiceOrder.objects.get(grant=grant)
    provider = make_user("provider", division=COUNTY, department=contract.provider_id)
    actions.accept_order(order=order.pk, at=at(TODAY), by=provider)
    order.refresh_from_db()
    return Services(
        world, person, grant, order, contract, provider, make_user("resident", person_id=person.pk),
        make_user("village", division=VILLAGE),
    )  # fmt: skip


def advance(day: date) -> dict[str, int]:
    """The delivery stage takes up what there is."""
    return steps.advance(today=day, at=at(day), progress=lambda words: None)


def visit(
    made: Services, *, on: date = DAY, begins: int = 9, hours: int = 2, key: UUID | None = None, worker: str = "12",
    order: ServiceOrder | None = None, entered: datetime | None = None, by: Any = None,
) -> Visit:  # fmt: skip
    """A visit as the provider enters it, in the evening of the day."""
    entry = actions.Entry(
        worker=worker,
        worker_name="李护理",
        on=on,
        started_at=at(on, begins),
        ended_at=at(on, begins) + timedelta(hours=hours),
        place="家中",
    )
    return actions.enter_visit(
        order=(order or made.order).pk,
        key=key or uuid4(),
        entry=entry,
        at=entered or at(on, 20),
        by=by or made.provider,
    )
