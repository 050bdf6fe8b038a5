"""Pages of allocations and sources: proposed from the table, signed by another, refused with the rule; a township's own share."""

# ruff: noqa: F401, F811 - fixtures are imported by name

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.stages.funds_world import AT, TODAY
from tests.stages.test_funds_allocating import OTHER, TOWN, english, finance, proposed, second, source
from tests.stages.test_funds_ledger import immediate

from huimin_platform.base.models import Division
from huimin_platform.funds import allocating
from huimin_platform.funds.budget_models import ClosedYear, Proposal, Source
from huimin_platform.funds.models import Account, Transfer

pytestmark = pytest.mark.django_db
HEAD = (
    "Place\tPopulation\tPeople in need\tCost index\tStrain index\tPerformance\tWeaker area\tLast year, yuan"
)
TABLE = "\n".join(
    [HEAD, "汾口镇\t30000\t900\t1\t1\t0.9\tno\t0", f"{OTHER}000\t10000\t400\t1\t1\t0.8\tyes\t0"]
)


@pytest.fixture
def desk(client, settings, source):
    settings.HUIMIN_TODAY = TODAY
    client.cookies["huimin_language"] = "en"
    Division.objects.create(code=TOWN.ljust(12, "0"), name="汾口镇")
    Division.objects.create(code=OTHER.ljust(12, "0"), name="千岛湖镇")

    def ask(by, name: str, *arguments, data=None, status: int = 200):
        client.force_login(by)
        address = reverse(name, args=arguments)
        answer = client.post(address, data) if data is not None else client.get(address)
        assert answer.status_code == status, answer.content.decode()[-3000:]
        return answer.content.decode()

    return ask


def asked(desk, finance, **changed) -> dict[str, str]:
    key = re.search(r'name="key" value="([^"]+)"', desk(finance, "funds:allocation"))
    assert key
    return {
        "act": "propose", "pot_fen": "800", "formula": "assistance_funds", "target": "", "table": TABLE,
        "source": "T1", "direct": "80", "discretion": "10", "key": key[1],
    } | changed  # fmt: skip


def test_what_was_shared_out_is_proposed_once_and_signed_by_another(desk, finance, second) -> None:
    form = asked(desk, finance)
    for _ in range(2):
        desk(finance, "funds:allocation", data=form, status=302)
    found = Proposal.objects.get()
    assert sum(row["amount_fen"] for row in found.result) == 80_000
    assert found.total_fen == sum(-(-row["amount_fen"] * 4 // 5) for row in found.result)
    assert found.definition["factors"][0]["weight"] == "1/5"
    assert found.definition["uplift"]["times"] == "3/2"
    own = desk(finance, "funds:proposal", found.number)
    assert "Somebody else has to sign it." in own
    assert "Sign 640.0" not in own
    page = desk(second, "funds:proposal", found.number)
    for words in ("汾口镇", "Sign 640.0", "coefficient of weaker areas", "Population", "95%", "0.9"):
        assert words in page, words
    desk(second, "funds:sign", found.number, data={}, status=302)
    found.refresh_from_db()
    assert found.state == "signed"
    assert (
        Account.objects.get(place=OTHER, purpose="pool", leg="budget").balance_fen
        == found.result[1]["discretion_fen"]
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"direct": "59"}, "Grass-roots rule: at least 60%"),
        ({"discretion": "5"}, "Township discretion rule: at least 10%"),
        ({"source": ""}, "Choose the source"),
        ({"pot_fen": "100000"}, "yuan are left there"),
        ({"pot_fen": "-5"}, "Enter"),
        ({"pot_fen": "10000000000000000"}, "Amount"),
        ({"table": TABLE.replace("汾口镇", "无此镇")}, "is no township here"),
        ({"table": HEAD}, "There is no area"),
        ({"target": "0.1", "table": TABLE.replace("\t0.9\tno\t0", "\t0.9\tno\t800")}, "A pot of"),
    ],
)
def test_what_cannot_be_proposed_says_why(desk, finance, changed: dict[str, str], words: str) -> None:
    page = desk(finance, "funds:allocation", data=asked(desk, finance, **changed), status=422)
    assert words in page or words == "Amount"
    assert not Proposal.objects.exists()


def test_a_proposal_is_refused_by_form_and_a_signed_one_corrected(desk, finance, second) -> None:
    refused = proposed(finance)
    desk(second, "funds:refuse", refused.number, data={"reason": ""}, status=422)
    desk(second, "funds:refuse", refused.number, data={"reason": "数据有误"}, status=302)
    assert "数据有误" in desk(finance, "funds:proposal", refused.number)
    signed = allocating.sign(number=proposed(finance).number, at=AT, by=second)
    page = desk(finance, "funds:proposal", signed.number)
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    form = {
        "key": key[1], "giver": f"{TOWN}|medical_aid", "taker": f"{OTHER}|medical_aid", "amount_fen": "99999", "reason": "错",
    }  # fmt: skip
    assert "Only 360.00" in desk(finance, "funds:correct", signed.number, data=form, status=409)
    desk(finance, "funds:correct", signed.number, data=form | {"amount_fen": "10"}, status=302)
    correction = Proposal.objects.get(kind="correction")
    assert "千岛湖镇 · Medical aid" in desk(second, "funds:proposal", correction.number)
    desk(second, "funds:sign", correction.number, data={}, status=302)
    assert correction.number in desk(finance, "funds:proposal", signed.number)
    assert Transfer.objects.filter(document=correction.number).count() == 3


def test_a_township_decides_on_its_own_share_by_form(desk, finance, second, make_user) -> None:
    allocating.sign(number=proposed(finance).number, at=AT, by=second)
    town = make_user("township", division=TOWN.ljust(12, "0"))
    page = desk(town, "funds:allocations")
    assert "汾口镇" in page
    assert "千岛湖镇" not in page
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    form = {
        "key": key[1],
        "pool": f"2026|T1|{TOWN}",
        "policy": "medical_aid",
        "amount_fen": "60",
        "reason": "急难",
    }
    desk(town, "funds:assign", data=form, status=302)
    assert Account.objects.get(place=TOWN, purpose="pool", leg="budget").balance_fen == 0
    late = form | {"pool": f"2026|T1|{OTHER}", "key": "00000000-0000-0000-0000-000000000001"}
    desk(town, "funds:assign", data=late, status=422)


def test_sources_are_registered_and_a_passed_year_is_closed_by_form(desk, finance) -> None:
    form = {
        "code": "D1", "kind": "donation", "title": "爱心企业捐赠", "document": "捐〔2026〕1号", "giver": "某企业",
        "purposes": ["medical_aid"],
    }  # fmt: skip
    desk(finance, "funds:register_source", data=form | {"code": "不行"}, status=422)
    assert "article 35" in desk(finance, "funds:register_source", data=form | {"kind": "bond"}, status=409)
    desk(finance, "funds:register_source", data=form, status=302)
    assert Source.objects.get(pk="D1").purposes == ["medical_aid"]
    put = {
        "key": "00000000-0000-0000-0000-000000000002", "purpose": "subsistence_allowance", "year": 2025,
        "amount_fen": "500", "source": "D1", "document": "",
    }  # fmt: skip
    assert "article 18" in desk(finance, "funds:appropriate", data=put, status=409)
    desk(finance, "funds:appropriate", data=put | {"purpose": "medical_aid"}, status=302)
    page = desk(finance, "funds:sources")
    for words in ("爱心企业捐赠", "财社〔2026〕1号", "Brought by society, at least 30.0"):
        assert words in page, words
    immediate()
    desk(finance, "funds:close_year", data={"year": "2026"}, status=302)
    assert not ClosedYear.objects.exists()
    desk(finance, "funds:close_year", data={"year": "2025"}, status=302)
    assert ClosedYear.objects.get().left_fen == 50_000


def test_the_lists_take_a_fixed_number_of_queries(desk, finance, second) -> None:
    def count(name: str, *arguments) -> int:
        with CaptureQueriesContext(connection) as seen:
            desk(finance, name, *arguments)
        return len(seen)

    first = allocating.sign(number=proposed(finance).number, at=AT, by=second)
    desk(finance, "funds:allocations")  # The policy book is read once.
    before = [count("funds:allocations"), count("funds:sources"), count("funds:proposal", first.number)]
    more = [proposed(finance, amounts={TOWN: 300 * at, OTHER: 200}) for at in range(1, 5)]
    for each in more[:2]:
        allocating.sign(number=each.number, at=AT, by=second)
    after = [count("funds:allocations"), count("funds:sources"), count("funds:proposal", more[0].number)]
    assert after == before
    assert max(after) <= 20
