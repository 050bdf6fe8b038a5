"""A make-believe county on this machine: made, received, decided, paid, and served on pages.

    python -m huimin_platform.command.demo --home .demo --port 8000

Run again, it takes up where it was. The password it prints is for this home only.
"""

import argparse
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from huimin_platform.command import caring, session
from huimin_platform.command.caring import OTHER_PROVIDER, PROVIDER
from huimin_platform.command.cast import PASSWORD, enrolled

PERSONS = 3_000
COUNTY = "330127000000"
TOWN = "330127201000"
FIRST_DAY, LAST_DAY = date(2026, 7, 1), date(2026, 7, 10)
# For each fund: about what the make-believe county spends in half a year.
BUDGET_FEN_PER_PERSON = 10_000
PURPOSES = ("subsistence_allowance", "low_income_edge", "medical_aid")

# user name, name, role, department, division
OFFICERS = (
    ("village", "村干部", "village", "", "330127201201"),
    ("township", "乡镇经办", "township", "", TOWN),
    ("county", "民政经办", "county", "civil_affairs", COUNTY),
    ("insurance", "医保经办", "county", "medical_insurance", COUNTY),
    ("casework", "县级督办", "county", "", COUNTY),
    ("steward", "数据管理", "steward", "civil_affairs", COUNTY),
    ("finance", "财政经办", "finance", "finance", COUNTY),
    ("finance2", "财政复核", "finance", "finance", COUNTY),
    ("auditor", "审计", "auditor", "", COUNTY),
    ("leader", "分管领导", "leader", "", COUNTY),
    ("operator", "系统管理", "operator", "", COUNTY),
    ("appraiser", "第三方评价员", "appraiser", "", COUNTY),
    ("provider", "照护机构调度", "provider", PROVIDER, COUNTY),
    ("provider2", "养老驿站调度", "provider", OTHER_PROVIDER, COUNTY),
)
# Somebody who was paid, somebody whose card the bank did not confirm, and somebody who is cared for at home.
RESIDENT, RESIDENT_WAITING, ELDER = "resident", "resident2", "elder"
# One card in twenty is in another's name, one in fifty is shut.
REFUSED_CARDS = {"other_holder_share": 0.05, "shut_card_share": 0.02}


def main() -> int:
    """Makes what is missing, then serves until interrupted."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--persons", type=int, default=PERSONS)
    parser.add_argument("--no-pages", action="store_true", help="end when the county is there")
    asked = parser.parse_args()
    started = time.monotonic()
    session.choose_home(asked.home)
    with session.opened():
        prepare(asked.home.absolute(), asked.persons)
    print(f"Ready after {time.monotonic() - started:.0f} s.")
    names = ", ".join([*(name for name, *_ in OFFICERS), RESIDENT, RESIDENT_WAITING, ELDER])
    print(f"Sign in as {names}; the password of each is {PASSWORD}", flush=True)
    return 0 if asked.no_pages else serve(asked.port)


def serve(port: int) -> int:
    """Serves the pages on the last day of the demonstration."""
    import os

    from huimin_platform.command.app import run

    os.environ["HUIMIN_TODAY"] = str(LAST_DAY)
    run(["up", "--port", str(port)])
    return 0


def prepare(home: Path, persons: int) -> None:
    """A county that has gone through the loop; nothing more is done where money was paid already."""
    from huimin_platform.funds.queries import payments

    users = officers()
    if payments().exists():
        return
    receive(home / "county", persons, users["steward"])
    appropriate(users["finance"], persons * BUDGET_FEN_PER_PERSON)
    decided, paid, answered = FIRST_DAY, FIRST_DAY + timedelta(days=1), LAST_DAY
    advance(decided)
    hand_down(users, persons * BUDGET_FEN_PER_PERSON // 2, decided)
    say("Buying care at home")
    caring.buy(users, COUNTY, decided)
    decide(users, decided)
    advance(decided)
    # The bank says which cards are the payees' own; only then are they paid.
    bank(home, decided)
    advance(decided)
    approve(users, decided)
    advance(decided)
    look_after(users["casework"], paid)
    bank(home, paid)
    bank(home, answered)
    say("Caring at home")
    caring.serve(users, (FIRST_DAY + timedelta(days=2), FIRST_DAY + timedelta(days=5)))
    advance(answered)
    answer(users["village"], answered)
    # By now nobody has objected to what was posted on the first day.
    decide(users, answered)
    post_some(users["casework"], answered)
    advance(answered)
    bank(home, answered)
    advance(answered)
    caring.visit(users, ELDER, LAST_DAY)
    appraise(users, answered)
    resident()


def appraise(users: dict[str, Any], day: date) -> None:
    """Somebody from outside appraises what can be: one until it is published, the others half-way."""
    from huimin.funds.appraisal import of_told
    from huimin_platform.funds import appraisals, appraising
    from huimin_platform.funds.refusals import NotNow

    say("Appraising what the money did")
    published = False
    for purpose in appraisals.purposes(users["finance"], day.year, day):
        try:
            found = appraising.draw(
                purpose=purpose, year=day.year, appraiser="appraiser", margin=0.1, confidence=0.95, way="proportional",
                seed="demonstration", due_on=day + timedelta(days=90), at=at(day), by=users["finance"],
            )  # fmt: skip
        except NotNow:
            continue  # Too few households got it.
        questions = of_told(found.frame).questions
        waiting = list(found.units.filter(state="asked").order_by("pk"))
        for unit in waiting[::2] if published else waiting:
            answers = {each.name: list(each.choices)[unit.pk % 7 == 0] for each in questions}
            appraising.fill(unit=unit.pk, answers=answers, note="", at=at(day), by=users["appraiser"])
        appraising.find_wanting(
            number=found.number, text="部分群众反映到账较晚，未收到短信告知。", owner="civil_affairs",
            due_on=day + timedelta(days=60), at=at(day), by=users["appraiser"],
        )  # fmt: skip
        if not published:
            opinion = "资金总体使用规范，个别环节较慢。"
            appraising.close(number=found.number, opinion=opinion, at=at(day), by=users["appraiser"])
            appraising.publish(number=found.number, at=at(day), by=users["leader"])
            published = True


def officers() -> dict[str, Any]:
    """The users of the demonstration by name."""
    from huimin_platform.base.models import User

    found = {user.username: user for user in User.objects.all()}
    for username, name, role, department, division in OFFICERS:
        if username not in found:
            found[username] = enrolled(
                username, name=name, role=role, department=department, division=division
            )
    return found


def resident() -> None:
    """Two residents, so that the resident's page can be seen."""
    from huimin_platform.base.models import User
    from huimin_platform.funds.queries import cards_for, payments

    paid = payments().filter(state="settled").order_by("pk").first()
    if paid is not None and not User.objects.filter(username=RESIDENT).exists():
        enrolled(RESIDENT, name="居民", role="resident", division=paid.division, person_id=paid.payee_id)
    refused = cards_for(None, state="refused").first()
    if refused is not None and not User.objects.filter(username=RESIDENT_WAITING).exists():
        enrolled(
            RESIDENT_WAITING, name="居民二", role="resident", division=refused.division,
            person_id=refused.person_id,
        )  # fmt: skip


def receive(folder: Path, persons: int, by: Any) -> None:
    """Makes the county's files, if they are not there, and takes them in."""
    import huimin_county
    from huimin_platform.intake import actions

    if not (folder / "delivery").exists():
        say(f"Making a county of {persons} people")
        huimin_county.make(folder, persons=persons, seed=11, division=COUNTY[:6])
    say("Receiving the departments' files")
    actions.receive(paths=[folder / "delivery"], at=at(FIRST_DAY), progress=quiet, by=by)


def appropriate(by: Any, budget_fen: int) -> None:
    """Puts money on the funds, once."""
    from huimin_platform.funds import actions

    for purpose in PURPOSES:
        actions.appropriate(
            year=FIRST_DAY.year,
            purpose=purpose,
            amount_fen=budget_fen,
            key=f"demo:{purpose}",
            at=at(FIRST_DAY),
            by=by,
        )


def hand_down(users: dict[str, Any], fen: int, day: date) -> None:
    """Shares a transfer from above out among the townships, signed by a second person; and builds."""
    from fractions import Fraction
    from uuid import UUID

    from huimin.funds import levels
    from huimin.funds.allocation import allocate, load_all
    from huimin_platform.funds import actions, allocating, sharing, sourcing

    say("Handing money down to the townships")
    finance, moment = users["finance"], at(day)
    sourcing.register(
        code="T2026", kind="transfer", title="中央困难群众救助补助资金（示例）", document="示例〔2026〕1号",
        purposes=PURPOSES, at=moment, by=finance,
    )  # fmt: skip
    actions.appropriate(
        year=day.year,
        purpose=levels.POOL,
        source="T2026",
        amount_fen=fen,
        key="demo:pool",
        at=moment,
        by=finance,
    )
    formula = load_all()["assistance_funds"]
    areas = sharing.read(sharing.begun(finance, formula, day.year), formula)
    found = allocate(formula, areas, fen)
    towns = sharing.places(finance, areas["area"].to_list())
    needs = sharing.needs(finance, PURPOSES, day.year)
    shares = levels.shares(
        {towns[area]: amount for area, amount in found.areas.select("area", "amount_fen").iter_rows()},
        direct=Fraction(8, 10), discretion=formula.discretion, least_discretion=formula.discretion,
        needs={town: needs.get(town) or dict.fromkeys(PURPOSES, 0) for town in towns.values()},
    )  # fmt: skip
    steps = {
        towns[area]: [({"zh": words.zh, "en": words.en}, part) for words, part in found.explained(area)]
        for area in towns
    }
    proposal = allocating.propose(
        key=UUID(int=1), year=day.year, source="T2026", definition=formula.told(), figures=areas.to_dicts(),
        figures_on=day, shares=shares, steps=steps, at=moment, by=finance,
    )  # fmt: skip
    allocating.sign(number=proposal.number, at=moment, by=users["finance2"])
    build(users, day)


def build(users: dict[str, Any], day: date) -> None:
    """Two projects, their money, and what was spent on them so far."""
    from uuid import UUID

    from huimin_platform.funds import actions, projecting

    moment, finance = at(day), users["finance"]
    for code, title, fen in (
        ("P1", "乡镇养老服务中心（示例）", 12_000_000_00),
        ("P2", "村级文化广场（示例）", 800_000_00),
    ):
        projecting.plan(
            code=code, title=title, division=COUNTY, build_fen=fen, running_fen=fen // 24, life_years=20,
            opens_year=day.year, promises=[("本级预算", fen // 24)], at=moment, by=finance,
        )  # fmt: skip
        projecting.approve(code=code, at=moment, by=users["leader"])
        actions.appropriate(
            year=day.year,
            purpose=f"project:{code}",
            amount_fen=fen,
            key=f"demo:{code}",
            at=moment,
            by=finance,
        )
        for place, (kind, part) in enumerate((("build", 4), ("build", 6), ("running", 40))):
            key = UUID(int=int(code[1:]) * 100 + place)
            projecting.prepare_voucher(
                key=key, code=code, year=day.year, source="", kind=kind, document=f"示例-{place + 1}",
                payee="示例建筑有限公司", amount_fen=fen // part, at=moment, by=finance,
            )  # fmt: skip
            projecting.approve_voucher(key=key, at=moment, by=users["finance2"])


def advance(day: date) -> None:
    """One turn of the loop."""
    from huimin_platform.portal import loop

    say(f"Running the loop for {day}")
    loop.advance(today=day, at=at(day), progress=quiet)


def decide(users: dict[str, Any], day: date) -> None:
    """Officers do their steps and approve; every fourth case is left for whoever tries the pages."""
    from huimin_platform.cases import actions, queries

    say("Deciding three cases of four")
    for step in queries.steps_for(users["casework"]):
        if step.case_id % 4:
            actions.complete_step(
                step=step.pk, reason="入户核实，情况属实。", at=at(day), by=users["casework"]
            )
    for case in queries.to_decide(users["casework"]):
        if case.pk % 4:
            actions.decide(case=case, outcome="approve", reason="", at=at(day), by=users["casework"])


def post_some(by: Any, day: date) -> None:
    """Half of the cases that were left are reviewed now, so that the villages have something to read."""
    from huimin_platform.cases import actions, queries

    for step in queries.steps_for(by).filter(key="review"):
        if step.case_id % 8 == 0:
            actions.complete_step(step=step.pk, reason="入户核实，情况属实。", at=at(day), by=by)


def approve(users: dict[str, Any], day: date) -> None:
    """Two people release the batches."""
    from huimin_platform.funds import actions
    from huimin_platform.funds.models import Batch

    for name in ("finance", "finance2"):
        for number in Batch.objects.filter(state="prepared").values_list("number", flat=True):
            actions.approve_batch(batch=number, at=at(day), by=users[name])


def bank(home: Path, day: date) -> None:
    """The make-believe bank answers what was sent; some cards are refused, some bounce."""
    from dataclasses import replace

    from huimin_county import bank as county_bank

    exchange = home / "exchange"
    exchange.mkdir(exist_ok=True)
    profile = replace(county_bank.PROFILES["bounces"], **REFUSED_CARDS)
    county_bank.run(exchange, profile=profile, once=True, today=lambda: day)


def answer(by: Any, day: date) -> None:
    """Most people asked are content, one in ten is not, one in four has not answered yet; of services they say what they
    have to say.
    """
    from huimin_platform.feedback import actions
    from huimin_platform.feedback.models import Question

    asked = Question.objects.filter(state="open").select_related("service_contract").order_by("pk")
    elder = asked.filter(service_contract__provider=PROVIDER).first()
    for question in asked:
        if question.pk % 4 and question != elder:
            score, words = 2 if question.pk % 10 == 0 else 4 + question.pk % 2, ""
            if question.service_contract:
                score, words = caring.said(question)
            actions.answer(question_id=question.pk, score=score, words=words, at=at(day), by=by)


def look_after(by: Any, day: date) -> None:
    """Somebody looks after nine of ten needs the day after they were found."""
    from huimin_platform.needs import actions, queries

    say("Answering nine needs of ten")
    for number in queries.unanswered().order_by("pk").values_list("pk", flat=True):
        if number % 10:
            actions.respond(need=number, at=at(day), by=by)


def at(day: date) -> datetime:
    """Nine in the morning of a day."""
    from huimin_platform.base import clock

    return clock.start_of(day) + timedelta(hours=9)


def say(words: str) -> None:
    """Says what is going on."""
    print(words, flush=True)


def quiet(words: str) -> None:
    """Keeps the steps inside a stage to itself."""


if __name__ == "__main__":
    sys.exit(main())
