"""Care at home in the make-believe county: a contract, a few old people, and visits in every state."""

from datetime import date, datetime, timedelta
from typing import Any

CARE, PROVIDER = "zhejiang_elder_care_service", "91330127MADEM0001T"
CARED_FOR = 4


def buy(users: dict[str, Any], county_code: str, day: date) -> None:
    """A contract of care at home, signed; and a few old people of poor households for whom the village applies."""
    from huimin_platform.cases import actions
    from huimin_platform.matching import applying
    from huimin_platform.matching.models import Entitlement
    from huimin_platform.registry.models import Membership
    from huimin_platform.supply import actions as supply

    moment, county = at(day), users["county"]
    supply.register_provider(
        code=PROVIDER,
        name="示例居家照护服务中心",
        division=county_code,
        account="6222020000000000017",
        at=moment,
        by=county,
    )
    supply.confirm_account(code=PROVIDER, at=moment, by=users["finance"])
    supply.propose_contract(
        number="FW-2026-01", provider=PROVIDER, policy=CARE, service="home_care", unit="hour", division=county_code,
        price_fen=3_000, ceiling_fen=3_500, own_percent=0, least_minutes=60, late_days=3, started_on=day,
        ended_on=date(day.year + 1, day.month, day.day), at=moment, by=county,
    )  # fmt: skip
    supply.sign_contract(number="FW-2026-01", at=moment, by=users["leader"])
    poor = Entitlement.objects.filter(
        policy__in=("subsistence_allowance", "low_income_edge"), status="entitled", current=True
    )
    old = Membership.objects.filter(
        household__in=poor.values("household"), withdrawn_at=None, ended_on=None, person__died_on=None,
        person__born_on__lte=date(day.year - 61, 1, 1), household__division__startswith=county_code[:6],
    ).order_by("household__division", "household", "person")  # fmt: skip
    asked: set[int] = set()
    for number, (household, person) in enumerate(old.values_list("household", "person")):
        if household in asked or len(asked) == CARED_FOR:
            continue
        said = {("person.self_care", person): ("partly", "unable")[number % 2]}
        if applying.answers(household, [CARE], said, day)[0]["status"] != "entitled":
            continue
        asked.add(household)
        actions.apply(
            key=f"demo:care:{person}",
            person_id=person,
            chosen=[CARE],
            said=said,
            at=moment,
            by=users["casework"],
        )


def visit(users: dict[str, Any], elder: str, password: str, day: date) -> None:
    """The provider takes the orders and has been there: some visits confirmed, one disputed, one set aside, some open."""
    from huimin_platform.base.models import User
    from huimin_platform.delivery import actions
    from huimin_platform.delivery.models import ServiceOrder

    offered = list(ServiceOrder.objects.filter(state="offered").order_by("pk"))
    for order in offered[1:]:
        actions.accept_order(order=order.pk, at=at(day), by=users["provider"])
    for turn, order in enumerate(offered[1:3]):
        visits = [_visited(order, day, hour + turn * 2, users["provider"]) for hour in (9, 13)]
        visits.append(_visited(order, day, 17 + turn, users["provider"]))
        person = User.objects.filter(username=elder).first() or User.objects.create_user(
            elder,
            password,
            name="居家老人",
            role="resident",
            division=order.division,
            person_id=order.recipient_id,
        )
        if person.person_id != order.recipient_id:
            continue
        evening = at(day) + timedelta(hours=12)
        actions.confirm_visit(visit=visits[0].pk, at=evening, by=person)
        actions.dispute_visit(visit=visits[1].pk, reason="只来了半个小时", at=evening, by=person)


def _visited(order: Any, on: date, hour: int, by: Any) -> Any:
    """A visit of two hours by the one worker there is, so that two at once are found."""
    from uuid import UUID

    from huimin_platform.base import clock
    from huimin_platform.delivery import actions

    began = clock.start_of(on) + timedelta(hours=hour)
    entry = actions.Entry("HL-07", "李护理", on, began, began + timedelta(hours=2), "家中")
    return actions.enter_visit(
        order=order.pk,
        key=UUID(int=order.pk * 100 + hour),
        entry=entry,
        at=at(on) + timedelta(hours=11),
        by=by,
    )


def at(day: date) -> datetime:
    """Nine in the morning of a day."""
    from huimin_platform.base import clock

    return clock.start_of(day) + timedelta(hours=9)
