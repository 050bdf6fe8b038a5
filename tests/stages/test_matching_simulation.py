"""Trying other numbers on the page: who gains, where, what it costs, where earning more leaves less, and the rows."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.stages.county_world import advance_matching, advance_needs, advance_registry, receive
from tests.stages.village import COUNTY, village

from huimin.rules.simulation import Cliff, Point, cliffs
from huimin_platform.matching.models import Entitlement
from huimin_platform.matching.pages import simulated

pytestmark = pytest.mark.django_db
ADDRESS = "/simulation/"


@pytest.fixture
def leader(tmp_path: Path, client: Client, make_user: Any) -> Client:
    receive(village().write(tmp_path / "delivery"))
    advance_registry()
    advance_needs()
    advance_matching()
    client.force_login(make_user("leader", division=COUNTY))
    client.cookies["huimin_language"] = "en"
    return client


def numbers(client: Client, **changes: str) -> dict[str, str]:
    form = client.get(ADDRESS).context["form"]
    present = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else str(value) for name, value in present.items()} | changes


def test_a_higher_standard_says_who_gains_and_where(
    leader: Client, django_assert_max_num_queries: Any
) -> None:
    before = Entitlement.objects.count()
    asked = numbers(leader, **{"subsistence_standard.rural": "2000"})
    with django_assert_max_num_queries(60):
        page = leader.post(ADDRESS, asked)
    gain, cost = page.context["gain"], page.context["gain_fen"]
    assert gain >= 1
    # What gains and losses come to is the change of the cost.
    assert cost - page.context["lose_fen"] == page.context["change_fen"]
    words = page.content.decode()
    assert "of what changes falls on the poorest three tenths" in words
    assert "100 % of what changes falls on households of this residence: rural" in words
    assert "1 (poorest)" in words
    assert Entitlement.objects.count() == before, "nothing is changed by trying"


def test_without_a_change_nothing_changes(leader: Client) -> None:
    page = leader.post(ADDRESS, numbers(leader)).content.decode()
    assert page.count("Nothing changes") == 4


@pytest.mark.parametrize("group", ["decile", "residence", "members", "town"])
def test_the_rows_behind_a_card_can_be_taken(leader: Client, group: str) -> None:
    asked = numbers(leader, **{"subsistence_standard.rural": "2000"})
    shown = leader.post(ADDRESS, asked).context
    answer = leader.post(ADDRESS, asked | {"download": group})
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert sum(int(row["change_fen"]) for row in rows) == shown["change_fen"]
    assert sum(int(row["gain"]) for row in rows) == shown["gain"]


def test_the_curve_can_be_taken_and_a_strange_name_is_no_download(leader: Client) -> None:
    answer = leader.post(ADDRESS, numbers(leader) | {"download": "curve"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert int(rows[0]["net_fen"]) == int(rows[0]["benefits_fen"])
    # The allowance makes up the difference to the standard: of each further yuan all of it is lost.
    assert float(rows[0]["lost_share"]) == pytest.approx(1)
    page = leader.post(ADDRESS, numbers(leader) | {"download": "households"})
    assert page["Content-Type"].startswith("text/html")


def test_a_cliff_is_marked_where_more_than_all_is_lost() -> None:
    points = [Point(0, 600), Point(100, 600), Point(200, 550), Point(300, 0), Point(400, 0)]
    assert [share for _at, share in simulated.losses(points)] == [0, 0.5, 5.5, 0]
    found = cliffs(points)
    assert found == [Cliff(points[2], points[3])]
    [left, rate] = simulated.curve_cards(points, found)
    for title, _unit, chart in (left, rate):
        assert title
        # From 200 to 300 of 400: half way along the scale, a quarter of it wide.
        assert '<rect class="cliff" x="50.00" width="25.00"' in chart
    assert "550%" in rate[2]
    assert "cliff" not in simulated.curve_cards([Point(0, 0), Point(100, 0)], [])[0][2]


def test_after_the_loop_a_trial_finds_all_machine_code_made(leader: Client, settings: Any) -> None:
    def kept() -> set[str]:
        return {each.name for each in (Path(settings.HUIMIN_HOME) / "cache").glob("kernels/*.o")}

    made = kept()
    assert made
    leader.post(ADDRESS, numbers(leader, **{"subsistence_standard.rural": "2000"}))
    assert kept() == made
