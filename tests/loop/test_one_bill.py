"""One medical bill, from the health file to the card, the answer and the figure, through the public doors only."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from huimin.units.national_id import check_digit
from huimin_county import bank
from huimin_platform.cases import actions as cases
from huimin_platform.cases import queries as case_queries
from huimin_platform.evaluation.models import Figure
from huimin_platform.feedback import actions as feedback
from huimin_platform.feedback import queries as questions
from huimin_platform.funds import actions as funds
from huimin_platform.funds import queries as money
from huimin_platform.intake import actions as intake
from huimin_platform.matching import queries as matching
from huimin_platform.needs import queries as needs
from huimin_platform.portal import loop
from huimin_platform.registry import queries as registry

COUNTY = "510181000000"
DAY = date(2026, 7, 1)


def number(birth: str, sequence: str = "001") -> str:
    """A valid identity number of the county."""
    head = f"510181{birth}{sequence}"
    return head + check_digit(head)


MOTHER, FATHER, NEIGHBOUR = number("19620305", "002"), number("19600911", "001"), number("19711212", "003")
VILLAGE = "510181101201"
HEADS = {
    "公安局_常住人口.csv": "户号,与户主关系,姓名,公民身份号码,性别,出生日期,民族,区划代码,住址,户口性质,状态,数据日期",
    "税务局_个人收入.csv": "纳税人姓名,纳税人识别号,年度,工资薪金所得,经营所得",
    "医保局_医疗结算.csv": "结算流水号,姓名,身份证号,结算日期,医疗机构,总费用,基金支付,个人自付",
    "人社局_养老待遇.csv": "姓名,证件号码,待遇类别,月待遇金额,起始月,截止月,社保卡号",
    "人社局_失业待遇.csv": "姓名,证件号码,待遇类别,月待遇金额,起始月,截止月,社保卡号",
    "人社局_伤残津贴.csv": "姓名,证件号码,待遇类别,月待遇金额,起始月,截止月,社保卡号",
    "公安局_机动车.csv": "号牌号码,所有人,身份证明号码,车辆类型,初次登记日期",
    "自然资源局_不动产.csv": "不动产权证号,权利人,证件号,坐落,建筑面积,用途",
    "农业农村局_惠农补贴.csv": "户主姓名,身份证号,补贴项目,面积（亩）,补贴金额,一卡通账号",
}
ROWS = {
    "公安局_常住人口.csv": [
        f"5101810001,户主,余望山,{FATHER},男,1960-09-11,汉族,{VILLAGE},都江堰市青河镇柳溪村12号,农村,正常,2026-06-30",
        f"5101810001,配偶,郑巧云,{MOTHER},女,1962-03-05,汉族,{VILLAGE},都江堰市青河镇柳溪村12号,农村,正常,2026-06-30",
        f"5101810002,户主,葛长林,{NEIGHBOUR},男,1971-12-12,汉族,{VILLAGE},都江堰市青河镇柳溪村14号,农村,正常,2026-06-30",
    ],
    "税务局_个人收入.csv": [f"葛长林,{NEIGHBOUR},2025,96000.00,0.00", f"余望山,{FATHER},2025,31000.00,0.00"],
    "医保局_医疗结算.csv": [f"B1,郑巧云,{MOTHER},2026-02-03,市人民医院,70000.00,40000.00,30000.00"],
    "人社局_养老待遇.csv": [f"余望山,{FATHER},城乡居民养老,210.00,2025-07,2026-06,6217000012345678901"],
    "人社局_失业待遇.csv": [f"葛长林,{NEIGHBOUR},失业保险金,80.00,2025-07,2025-08,6217000012345678902"],
    "人社局_伤残津贴.csv": [f"葛长林,{NEIGHBOUR},伤残津贴,50.00,2025-07,2026-06,6217000012345678902"],
    "公安局_机动车.csv": [f"川A12345,葛长林,{NEIGHBOUR},小型轿车,2019-05-01"],
    "自然资源局_不动产.csv": [f"川(2015)不动产权第0000001号,余望山,{FATHER},柳溪村12号,96.00,住宅"],
    "农业农村局_惠农补贴.csv": [f"余望山,{FATHER},耕地地力保护补贴,3.00,360.00,6217000012345678901"],
}
STANDARDS = {
    "as_of": "2026-06-30",
    "low_income_standard_yuan_per_month": {"urban": 1000, "rural": 850},
    "edge_multiple": 1.5,
    "medical_share": 0.3,
    "property_limit": {"vehicles": 0, "homes": 1},
    "income_period": ["2025-07-01", "2026-06-30"],
}


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    """What nine departments send of three people, and the local standards."""
    folder = tmp_path / "delivery"
    folder.mkdir()
    for name, head in HEADS.items():
        (folder / name).write_text("\n".join([head, *ROWS[name]]) + "\n", encoding="utf-8-sig")
    (folder / "标准.json").write_text(json.dumps(STANDARDS), encoding="utf-8")
    return folder


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 1, tzinfo=UTC)


def advance(day: date) -> dict[str, dict[str, int]]:
    return loop.advance(today=day, at=at(day), progress=lambda words: None)


@pytest.mark.django_db
@pytest.mark.slow
def test_a_bill_becomes_money_an_answer_and_a_figure(
    delivery: Path, make_user: Any, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    officer = make_user("county", division=COUNTY, department="medical_insurance")
    treasurers = [make_user("finance", division=COUNTY, department="finance") for _ in range(2)]

    intake.receive(paths=[delivery], at=at(DAY), by="system")
    advance(DAY)
    mother = registry.persons().get(name="郑巧云")
    home = registry.membership_of(mother.pk)
    assert home is not None
    household = home.household_id
    assert registry.facts_of(mother.pk).get(kind="medical_own_expense").value == 3_000_000
    assert needs.needs_of(household_id=household).exists()
    answer = matching.entitlements_of(household).get(policy="medical_aid")
    # 31,000 + 12 x 210 + 360 = 33,880 a year; 30,000 out of pocket is more than 30 % of it.
    assert answer.status == "entitled"
    assert answer.amount_fen

    case = case_queries.cases_of(household).get()
    for step in case.steps.exclude(state__in=["done", "skipped"]).exclude(key__in=["publicity", "decide"]):
        who = make_user("county", division=COUNTY, department=step.department)
        cases.complete_step(step=step.pk, reason="核对无误。", at=at(DAY), by=who)
    # The neighbours read it for the days of the law; nobody objects. It is decided on the Monday after.
    decided = DAY + timedelta(days=12)
    advance(decided)
    case.refresh_from_db()
    cases.decide(case=case, outcome="approve", reason="", at=at(decided), by=officer)
    funds.appropriate(
        year=2026, purpose="medical_aid", amount_fen=100_000_000, key="test", at=at(decided), by=treasurers[0]
    )
    exchange = Path(settings.HUIMIN_EXCHANGE)
    with django_capture_on_commit_callbacks(execute=True):
        advance(decided)
    # Before the first payment the bank says that the card is hers.
    assert not money.payments().exists()
    bank.run(exchange, profile=bank.PROFILES["honest"], once=True, today=lambda: decided)
    with django_capture_on_commit_callbacks(execute=True):
        advance(decided)
    for treasurer in treasurers:
        for batch in money.batches(treasurer).filter(state="prepared"):
            funds.approve_batch(batch=batch.number, at=at(decided), by=treasurer)
    with django_capture_on_commit_callbacks(execute=True):
        advance(decided)
    for day in (decided + timedelta(days=1), decided + timedelta(days=2)):
        bank.run(exchange, profile=bank.PROFILES["honest"], once=True, today=lambda day=day: day)
        advance(day)
    last = decided + timedelta(days=2)

    payment = money.payments().get()
    assert payment.state == "settled"
    assert payment.amount_fen == answer.amount_fen
    (line,) = bank.book(exchange)
    assert (line.card, line.debited_fen) == ("6217000012345678901", answer.amount_fen)

    question = questions.questions().get()
    feedback.answer(question_id=question.pk, score=1, words="来得太晚", at=at(last), by=officer)
    advance(last)
    assert needs.needs_of(household_id=household).filter(source="feedback").exists()
    assert Figure.objects.filter(indicator="satisfaction").exists()

    before = {
        "payments": money.payments().count(), "facts": registry.facts().count(), "needs": needs.needs().count(),
        "answers": matching.entitlements().count(), "cases": case_queries.cases().count(),
    }  # fmt: skip
    intake.receive(paths=[delivery], at=at(last), by="system")
    changed = advance(last)
    assert before == {
        "payments": money.payments().count(), "facts": registry.facts().count(), "needs": needs.needs().count(),
        "answers": matching.entitlements().count(), "cases": case_queries.cases().count(),
    }  # fmt: skip
    assert {
        stage: {name: count for name, count in counts.items() if count} for stage, counts in changed.items()
    } == {stage: {} for stage in changed}
