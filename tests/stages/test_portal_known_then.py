"""A past answer can be had again as it was, whatever was put right since."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.stages.county_world import advance_matching, advance_needs, advance_registry, receive
from tests.stages.village import COUNTY, HUSBAND, TAX, Village, village

from huimin_platform.base import clock
from huimin_platform.command import export
from huimin_platform.command.export import Kind
from huimin_platform.command.session import CommandProblem, moment
from huimin_platform.matching import queries
from huimin_platform.matching.models import Entitlement
from huimin_platform.registry.models import Membership

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 7, 1, 1, tzinfo=UTC)
SECOND = datetime(2026, 7, 3, 1, tzinfo=UTC)
DATED = (Kind.HOUSEHOLDS, Kind.FACTS, Kind.ENTITLEMENTS)
ALLOWANCE = "subsistence_allowance"


def turn(made: Village, folder: Path, at: datetime) -> None:
    """Receives a delivery and advances as far as answers."""
    receive(made.write(folder), at)
    advance_registry(at.date(), at)
    advance_needs(at.date(), at)
    advance_matching(at.date(), at)


def corrected() -> Village:
    """The village a delivery later: the couple earned more than was said, and the neighbour's car is gone."""
    made = village()
    made.rows[TAX][1] = f"余望山,{HUSBAND},2025,60000.00,0.00"
    made.rows["公安局_机动车.csv"] = ["川A99999,别人,510181197112120993,小型轿车,2019-05-01"]
    return made


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_an_export_as_of_the_first_day_is_the_same_to_the_byte(tmp_path: Path, suffix: str) -> None:
    turn(village(), tmp_path / "first", FIRST)
    before = {}
    for kind in DATED:
        export.write(kind, tmp_path / f"{kind}{suffix}", None)
        before[kind] = (tmp_path / f"{kind}{suffix}").read_bytes()
    turn(corrected(), tmp_path / "second", SECOND)
    then = clock.end_of(date(2026, 7, 1))
    for kind in DATED:
        export.write(kind, tmp_path / f"then{suffix}", then)
        assert (tmp_path / f"then{suffix}").read_bytes() == before[kind], kind
        export.write(kind, tmp_path / f"now{suffix}", None)
        if kind != Kind.HOUSEHOLDS:
            assert (tmp_path / f"now{suffix}").read_bytes() != before[kind], kind
        export.write(kind, tmp_path / f"late{suffix}", SECOND)
        assert (tmp_path / f"late{suffix}").read_bytes() == (tmp_path / f"now{suffix}").read_bytes()


def test_before_anything_came_nothing_was_known(tmp_path: Path) -> None:
    turn(village(), tmp_path / "first", FIRST)
    for kind in DATED:
        rows, _ = export.write(kind, tmp_path / "none.csv", clock.end_of(date(2026, 6, 30)))
        assert rows == 0, kind


def test_an_explanation_as_of_a_day_gives_the_answer_and_its_reasons_of_then(tmp_path: Path) -> None:
    turn(village(), tmp_path / "first", FIRST)
    couple = Membership.objects.get(person__name="余望山", ended_on=None).household_id
    neighbour = Membership.objects.get(person__name="葛长林", ended_on=None).household_id
    before = {
        (home, policy): queries.explain(household_id=home, policy=policy)
        for home in (couple, neighbour)
        for policy in (ALLOWANCE, "low_income_edge")
    }
    turn(corrected(), tmp_path / "second", SECOND)
    then = clock.end_of(date(2026, 7, 1))
    for (home, policy), answer in before.items():
        again = queries.explain(household_id=home, policy=policy, as_of=then)
        assert answer is not None
        assert again is not None
        assert not again["forgotten"]
        assert again["status"] == answer["status"]
        assert again["conditions"] == answer["conditions"], (home, policy)
    now = queries.explain(household_id=couple, policy=ALLOWANCE)
    assert now is not None
    assert now["status"] != before[couple, ALLOWANCE]["status"]


def test_reasons_that_no_longer_lead_to_the_answer_are_not_told(tmp_path: Path) -> None:
    turn(village(), tmp_path / "first", FIRST)
    neighbour = Membership.objects.get(person__name="葛长林", ended_on=None).household_id
    Entitlement.objects.filter(household=neighbour, policy=ALLOWANCE).update(
        status="entitled", amount_fen=5, trace=None
    )
    told = queries.explain(household_id=neighbour, policy=ALLOWANCE, as_of=FIRST)
    assert told is not None
    assert (told["forgotten"], told["status"], told["amount_fen"], told["conditions"]) == (
        True,
        "entitled",
        5,
        [],
    )


def test_a_table_whose_past_is_not_kept_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandProblem, match="as-of"):
        export.write(Kind.NEEDS, tmp_path / "needs.csv", FIRST)
    assert list(tmp_path.glob("*needs*")) == []


def test_a_day_means_its_end_and_a_moment_itself() -> None:
    assert moment("2026-07-01") == clock.end_of(date(2026, 7, 1))
    assert moment("2026-07-01T09:30:00+00:00") == datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
    assert moment("2026-07-01T09:30").tzinfo is not None
    with pytest.raises(CommandProblem, match="someday"):
        moment("someday")


def test_the_page_of_a_household_shows_what_was_known_then(
    tmp_path: Path, client: Client, make_user: Any, settings: Any, django_assert_max_num_queries: Any
) -> None:
    settings.HUIMIN_TODAY = SECOND.date()
    turn(village(), tmp_path / "first", FIRST)
    turn(corrected(), tmp_path / "second", SECOND)
    couple = Membership.objects.get(person__name="余望山", ended_on=None).household_id
    client.force_login(make_user("county", division=COUNTY))
    client.cookies["huimin_language"] = "en"
    client.post(f"/purpose/household/{couple}/", {"purpose": "visit"})
    now = client.get(f"/households/{couple}/")
    with django_assert_max_num_queries(12):
        then = client.get(f"/households/{couple}/?known_on=2026-07-01")
    status = lambda page: {each.policy: each.status for each in page.context["home"].answers}[ALLOWANCE]  # noqa: E731
    assert (status(then), status(now)) == ("entitled", "not_entitled")
    assert "As known on" in then.content.decode()
    why = client.get(f"/households/{couple}/why/{ALLOWANCE}/?known_on=2026-07-01")
    assert why.context["explanation"]["status"] == "entitled"
    assert status(client.get(f"/households/{couple}/?known_on=2026年7月1日")) == "entitled"
    for wrong, said in (("someday", "not a date we can read"), ("2199-1-1", "still to come")):
        today = client.get(f"/households/{couple}/?known_on={wrong}")
        assert (today.status_code, status(today)) == (422, "not_entitled")
        assert said in today.content.decode()
