"""Care at home in the make-believe county: two providers, old people, visits in every state, and what they say of them."""

from datetime import date, datetime, timedelta
from typing import Any

from huimin_platform.command.cast import enrolled

CARE = "zhejiang_elder_care_service"
PROVIDER, OTHER_PROVIDER = "91330127MADEM0001T", "91330127MADEM0002X"
# code, name, number of the contract, persons served at most; the second one serves few, and not so well.
PROVIDERS = (
    (PROVIDER, "示例居家照护服务中心", "FW-2026-01", None),
    (OTHER_PROVIDER, "示例社区养老驿站", "FW-2026-02", 8),
)
# What each may give, by which paper; the second one has nobody for those who cannot look after themselves.
SKILLS = {
    PROVIDER: (
        ("care_partly", "养老护理员证书 12 份"), ("care_unable", "失能照护培训证明 8 份"), ("night_care", "夜间排班表 2026"),
    ),
    OTHER_PROVIDER: (("care_partly", "养老护理员证书 4 份"),),
}  # fmt: skip
DISPATCHERS = {PROVIDER: "provider", OTHER_PROVIDER: "provider2"}
CARED_FOR = 60
# So many of the orders that come last are left for whoever tries the pages.
LEFT = 3
# What is said in turn of the two: a score, and words for a low one.
SAID = {PROVIDER: (5, 4, 5, 4, 4, 5, 2), OTHER_PROVIDER: (3, 2, 4, 3)}
COMPLAINTS = ("约好的时间常常晚到。", "每次来的人都不一样。")


def buy(users: dict[str, Any], county_code: str, day: date) -> None:
    """Contracts of care at home, signed; and old people of poor households for whom somebody applies."""
    from huimin_platform.cases import actions
    from huimin_platform.matching import applying
    from huimin_platform.matching.models import Entitlement
    from huimin_platform.registry.models import Membership
    from huimin_platform.supply import actions as supply

    moment, county = at(day), users["county"]
    for code, name, number, most in PROVIDERS:
        supply.register_provider(
            code=code, name=name, division=county_code, account="6222020000000000017", at=moment, by=county
        )
        supply.confirm_account(code=code, at=moment, by=users["finance"])
        for skill, paper in SKILLS[code]:
            held = supply.add_qualification(
                provider=code, skill=skill, paper=paper, ends_on=None, at=moment, by=county
            )
            supply.confirm_qualification(qualification=held.pk, at=moment, by=users["finance"])
        supply.propose_contract(
            number=number, provider=code, policy=CARE, service="home_care", unit="hour", division=county_code,
            price_fen=3_000, ceiling_fen=3_500, own_percent=0, least_minutes=60, late_days=3, started_on=day,
            ended_on=date(day.year + 1, day.month, day.day), at=moment, by=county, most_persons=most,
        )  # fmt: skip
        supply.sign_contract(number=number, at=moment, by=users["leader"])
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


def serve(users: dict[str, Any], days: tuple[date, ...]) -> None:
    """The providers take all orders but one and have been there on these days; the code of the day confirms most visits."""
    from huimin_platform.delivery import actions, confirming
    from huimin_platform.delivery.models import ServiceOrder

    offered = ServiceOrder.objects.filter(state="offered").select_related("contract").order_by("pk")
    for turn, order in enumerate(offered[1:]):
        by = users[DISPATCHERS[order.contract.provider_id]]
        actions.accept_order(order=order.pk, at=at(days[0]), by=by)
        for day in days:
            visited = _visited(order, day, 9, by, worker=f"HL-{10 + turn}")
            evening = at(day) + timedelta(hours=12)
            if turn % 5:
                code = confirming.code_of(order.pk, day)
                actions.read_code(visit=visited.pk, code=code, at=evening, by=by)
            else:
                actions.decide_visit(
                    visit=visited.pk, outcome="accept", reason="电话核实。", at=evening, by=users["casework"]
                )


def said(question: Any) -> tuple[int, str]:
    """What somebody who is served says: the score, and words where it is low."""
    said = SAID[question.service_contract.provider_id]
    score = said[question.pk % len(said)]
    return score, COMPLAINTS[question.pk % len(COMPLAINTS)] if score <= 2 else ""


def visit(users: dict[str, Any], elder: str, day: date) -> None:
    """The provider has taken most new orders and has been there today: some visits confirmed, one disputed, one set aside,
    some open. The elder is somebody who has been asked and has not answered yet.
    """
    from huimin_platform.base.models import User
    from huimin_platform.delivery import actions
    from huimin_platform.delivery.models import ServiceOrder
    from huimin_platform.feedback.models import Question

    mine = ServiceOrder.objects.filter(contract__provider=PROVIDER).order_by("pk")
    for order in list(mine.filter(state="offered"))[:-LEFT]:
        actions.accept_order(order=order.pk, at=at(day), by=users["provider"])
    waiting = set(Question.objects.filter(state="open").values_list("service_order", flat=True))
    served = sorted(mine.filter(state="under_way"), key=lambda order: order.pk not in waiting)
    for turn, order in enumerate(served[:2]):
        visits = [_visited(order, day, hour + turn * 2, users["provider"]) for hour in (9, 13)]
        visits.append(_visited(order, day, 17 + turn, users["provider"]))
        person = User.objects.filter(username=elder).first() or enrolled(
            elder,
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


def _visited(order: Any, on: date, hour: int, by: Any, worker: str = "HL-07") -> Any:
    """A visit of two hours; the one worker of a day in several places at once is found."""
    from uuid import UUID

    from huimin_platform.base import clock
    from huimin_platform.delivery import actions

    began = clock.start_of(on) + timedelta(hours=hour)
    entry = actions.Entry(worker, "李护理", on, began, began + timedelta(hours=2), "家中")
    return actions.enter_visit(
        order=order.pk,
        key=UUID(int=(order.pk * 100 + on.day) * 100 + hour),
        entry=entry,
        at=at(on) + timedelta(hours=11),
        by=by,
    )


def at(day: date) -> datetime:
    """Nine in the morning of a day."""
    from huimin_platform.base import clock

    return clock.start_of(day) + timedelta(hours=9)
