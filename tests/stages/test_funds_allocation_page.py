"""Sharing out money on its page: begun from the registry, told what is wrong by line and column, explained to the fen."""

import re

import pytest
from django.urls import reverse
from tests.stages.funds_world import TODAY, make_finance

from huimin_platform.base.models import AuditLine

pytestmark = pytest.mark.django_db
HEAD = (
    "Place\tPopulation\tPeople in need\tCost index\tStrain index\tPerformance\tWeaker area\tLast year, yuan"
)
ROWS = [
    "东镇\t30000\t900\t1.0\t1.0\t0.9\t否\t100,000.00",
    "西镇\t10000\t400\t1.2\t1.5\t0.8\t是\t40000",
    "南镇\t20000\t300\t1\t1\t1\tno\t60000",
]


@pytest.fixture
def signed_in(client, settings):
    settings.HUIMIN_TODAY = TODAY
    client.force_login(make_finance("finance-a"))
    client.cookies["huimin_language"] = "en"
    return client


def shared(
    client, *, table: str = "\n".join([HEAD, *ROWS]), pot: str = "220000", target: str = ""
) -> tuple[int, str]:
    data = {"pot_fen": pot, "formula": "assistance_funds", "target": target, "table": table}
    answer = client.post(reverse("funds:allocation"), data)
    return answer.status_code, answer.content.decode()


def amounts(page: str, label: str) -> list[float]:
    return [float(each.replace(",", "")) for each in re.findall(rf'data-label="{label}">([0-9,.]+)<', page)]


def test_a_pot_is_shared_out_to_the_fen_and_explained(signed_in) -> None:
    status, page = shared(signed_in, target="0.2")
    assert status == 200
    assert sum(amounts(page, "Amount, yuan")) == pytest.approx(220_000)
    assert sum(amounts(page, "Evened out")) == pytest.approx(220_000)
    assert page.count("coefficient of weaker areas") == 3
    assert "Proportional cuts would move" in page
    assert AuditLine.objects.filter(action="computes", kind="fund").count() == 1


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("\n".join([HEAD, ROWS[0].replace("900", "many")]), "Line 2, “People in need”"),
        ("\n".join([HEAD, ROWS[0], ROWS[1].replace("是", "maybe")]), "Line 3, “Weaker area”"),
        ("\n".join([HEAD, ROWS[0].replace("30000", "-1")]), "Line 2, “Population”"),
        ("\n".join([HEAD, "东镇\t1"]), "Line 2 has 2 cells, not 8"),
        ("\n".join([HEAD.replace("Cost index", "Costs"), *ROWS]), "There is no column “Cost index”"),
        ("\n".join([HEAD, ROWS[0], ROWS[0]]), "listed twice"),
        (HEAD, "There is no area"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_told_by_line_and_column(signed_in, table: str, words: str) -> None:
    status, page = shared(signed_in, table=table)
    assert status == 422
    assert words in page


def test_what_cannot_be_shared_out_says_what_would_do(signed_in) -> None:
    assert "Raise the pot or lower the floors" in shared(signed_in, pot="1000")[1]
    assert "lower the pot" in shared(signed_in, pot="900000000")[1]


def test_the_page_opens_with_a_table_for_an_empty_county(signed_in) -> None:
    page = signed_in.get(reverse("funds:allocation"))
    assert page.status_code == 200
    assert "People in need" in page.content.decode()
