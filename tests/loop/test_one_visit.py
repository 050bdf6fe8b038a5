"""One visit, from an application to the provider's money, its rating and a need that is open again, through the public doors only."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.stages import village

from huimin.units.national_id import check_digit
from huimin_platform.cases import actions as cases
from huimin_platform.cases import queries as case_queries
from huimin_platform.delivery import actions as delivery
from huimin_platform.delivery import queries as orders
from huimin_platform.delivery import service_queries as services
from huimin_platform.evaluation.models import Figure
from huimin_platform.feedback import actions as feedback
from huimin_platform.feedback import queries as feedback_queries
from huimin_platform.funds import actions as funds
from huimin_platform.funds import invariants, serving
from huimin_platform.funds import queries as money
from huimin_platform.intake import actions as intake
from huimin_platform.needs import queries as needs
from huimin_platform.portal import loop
from huimin_platform.registry import queries as registry
from huimin_platform.supply import actions as supply
from huimin_platform.supply import queries as ratings

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
COUNTY, PLACE = "330127000000", "330127201201"
POLICY, PROVIDER = "zhejiang_elder_care_service", "91330127MADEM0001T"
DAY, DECIDED, LAST = date(2026, 7, 1), date(2026, 7, 15), date(2026, 8, 1)


def number(birth: str, sequence: str) -> str:
    """A valid identity number of the county."""
    head = f"330127{birth}{sequence}"
    return head + check_digit(head)


OLD, NEIGHBOUR = number("19440305", "001"), number("19711212", "003")


def delivery_of(folder: Path) -> Path:
    """What departments send of an old man with nothing, and of a neighbour who has enough."""
    found = village.village()
    place = f"{PLACE},富阳区示例镇示例村12号,农村,正常,2026-06-30"
    found.rows = {
        name: [row.replace(village.NEIGHBOUR, NEIGHBOUR) for row in rows if village.NEIGHBOUR in row]
        for name, rows in found.rows.items()
    }
    found.rows[village.BOOKLET] = [
        f"3301270001,户主,余望山,{OLD},男,1944-03-05,汉族,{place}",
        f"3301270002,户主,葛长林,{NEIGHBOUR},男,1971-12-12,汉族,{place}",
    ]
    found.rows[village.PENSIONS] = [
        f"葛长林,{NEIGHBOUR},城乡居民养老,210.00,2025-07,2026-06,6217000012345678902"
    ]
    found.rows[village.MEDICAL] = [f"B1,余望山,{OLD},2026-02-03,区人民医院,700.00,400.00,90.00"]
    found.rows[village.HOMES] = [f"浙(2015)不动产权第0000001号,葛长林,{NEIGHBOUR},示例村14号,96.00,住宅"]
    found.rows[village.FARM] = [f"葛长林,{NEIGHBOUR},耕地地力保护补贴,3.00,360.00,6217000012345678901"]
    return found.write(folder)


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=8)


def advance(day: date) -> None:
    loop.advance(today=day, at=at(day), progress=lambda words: None)


def contract(one: Any, two: Any) -> None:
    supply.register_provider(
        code=PROVIDER, name="示例照护中心", division=COUNTY, account="6222020000000000017", at=at(DAY), by=one
    )
    supply.confirm_account(code=PROVIDER, at=at(DAY), by=two)
    supply.propose_contract(
        number="FW-1", provider=PROVIDER, policy=POLICY, service="home_care", unit="hour", division=COUNTY,
        price_fen=3_000, ceiling_fen=3_500, own_percent=10, least_minutes=60, late_days=3, started_on=DAY,
        ended_on=date(2027, 1, 1), at=at(DAY), by=one,
    )  # fmt: skip
    supply.sign_contract(number="FW-1", at=at(DAY), by=two)


def test_an_application_becomes_visits_a_settlement_and_money_to_the_provider(
    tmp_path: Path, make_user: Any
) -> None:
    officer, leader = make_user("county", department="civil_affairs"), make_user("leader")
    treasurers = [make_user("finance", department="finance") for _ in range(2)]
    intake.receive(paths=[delivery_of(tmp_path / "delivery")], at=at(DAY), by="system")
    advance(DAY)
    contract(officer, leader)

    person = registry.persons().get(name="余望山")
    resident = make_user("resident", person_id=person.pk)
    said = {("person.self_care", person.pk): "unable"}
    case = cases.apply(
        key="one", person_id=person.pk, chosen=[POLICY], said=said, at=at(DAY), by=resident
    ).case
    (item,) = case.items.filter(policy=POLICY)
    assert (item.lapsed_on, item.amount_fen) == (None, 120_000)
    # The allowance that the data show is in the same case; its posting takes a week.
    for day in (DAY, DAY, DAY + timedelta(days=8), DECIDED, DECIDED):
        for step in case_queries.blocking_steps(case):
            if step.state == "open" and not step.key.endswith("publicity"):
                who = make_user("county", department=step.department)
                cases.complete_step(step=step.pk, reason="核对无误。", at=at(day), by=who)
        advance(day)
    case.refresh_from_db()
    cases.decide(case=case, outcome="approve", reason="", at=at(DECIDED), by=officer)
    advance(DECIDED)

    grant = orders.grants_of_case(case.number).get(policy=POLICY)
    assert (grant.kind, grant.amount_fen) == ("service", 120_000)
    provider = make_user("provider", department=PROVIDER)
    # Nobody is known to be able to care for who cannot look after themselves; as soon as somebody is, the order goes out.
    assert not services.services_for(provider)
    (waiting,) = services.services_for(officer, state="stuck")
    assert (waiting.stuck, waiting.skills) == ("skills", ["care_unable"])
    held = supply.add_qualification(
        provider=PROVIDER,
        skill="care_unable",
        paper="培训证明 3 号",
        ends_on=None,
        at=at(DECIDED),
        by=officer,
    )
    supply.confirm_qualification(qualification=held.pk, at=at(DECIDED), by=leader)
    advance(DECIDED)
    (order,) = services.services_for(provider)
    assert order.recipient_id == person.pk
    delivery.accept_order(order=order.pk, at=at(DECIDED), by=provider)
    for day in (16, 18, 19):
        on = DAY.replace(day=day)
        entry = delivery.Entry("HL-07", "李护理", on, at(on), at(on, 11), "家中")
        delivery.enter_visit(order=order.pk, key=UUID(int=day), entry=entry, at=at(on, 20), by=provider)
    first, second, third = services.visits_of(order).order_by("on")
    delivery.confirm_visit(visit=first.pk, at=at(DAY.replace(day=17)), by=resident)
    delivery.confirm_visit(visit=second.pk, at=at(DAY.replace(day=19)), by=resident)
    delivery.dispute_visit(visit=third.pk, reason="没有来", at=at(DAY.replace(day=20)), by=resident)

    advance(LAST)
    settlement = orders.settlements_for(officer).get()
    # Four hours at 30 yuan; the person bears a tenth.
    assert (settlement.units, settlement.own_fen, settlement.public_fen) == (4, 1_200, 10_800)
    delivery.sign_settlement(number=settlement.number, at=at(LAST), by=officer)
    funds.appropriate(
        year=2026, purpose=POLICY, amount_fen=1_000_000, key="care", at=at(LAST), by=treasurers[0]
    )
    serving.prepare(settlement=settlement.number, document="国库支付1", at=at(LAST), by=treasurers[0])
    serving.approve(settlement=settlement.number, at=at(LAST), by=treasurers[1])

    # The old man was asked after the first visit; what he says opens a need and is what the provider is rated by.
    (question,) = feedback_queries.open_for_person(person.pk)
    assert (question.month, question.service_contract_id) == (DAY, "FW-1")
    feedback.answer(question_id=question.pk, score=2, words="总是迟到", at=at(LAST), by=resident)
    need = needs.needs_of(person_id=person.pk).get(source="feedback")
    assert (need.owner, "示例照护中心2026年7月起" in need.reason["zh"]) == (officer, True)
    advance(LAST + timedelta(days=1))
    (rating,) = ratings.latest_ratings().values()
    assert (rating.persons, rating.mean, rating.released) == (1, 2, False)
    figures = {
        each.indicator: each for each in Figure.objects.filter(division=COUNTY, on=LAST + timedelta(days=1))
    }
    assert [figures[name].denominator for name in ("satisfaction", "satisfaction_with_services")] == [1, 1]
    assert "satisfaction_with_payments" not in figures

    assert not money.payments().exists()
    (flow,) = [flow for flow in money.flows(None) if flow.fund.purpose == POLICY]
    assert (flow.received_fen, flow.budget_fen, flow.paid_fen) == (1_000_000, 989_200, 10_800)
    assert [verdict.row for verdict in invariants.verify() if verdict.row] == []
    states = set(services.visits_of(order).values_list("on__day", "state"))
    assert states == {(16, "paid"), (18, "paid"), (19, "disputed")}
    advance(LAST)
    assert orders.settlements_for(officer).count() == 1
