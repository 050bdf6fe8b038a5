"""The catalogue: who delivers in time, how good it is, and who uses each column."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.stages.village import COUNTY, FARM, HEADS, HUSBAND, village

from huimin.intake.freshness import freshness, sharing
from huimin_platform.intake import actions, catalogue, queries, staging, withdrawing
from huimin_platform.portal import uses

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 1, 1, tzinfo=UTC)


@pytest.fixture
def delivered(tmp_path: Path) -> None:
    folder = village().write(tmp_path / "village")
    refused = f"{HEADS[FARM]}\n余望山,{HUSBAND},耕地地力保护补贴,3.00,若干,6217000012345678901\n"
    (folder / FARM).write_text(refused, encoding="utf-8")
    actions.receive(paths=[folder], at=AT, by="system")


@pytest.mark.parametrize(
    ("last_on", "days", "state", "late"),
    [
        (None, 31, "never", 0),
        (date(2026, 6, 1), 31, "in_time", 0),
        (date(2026, 5, 31), 31, "in_time", 0),
        (date(2026, 5, 30), 31, "late", 1),
        (date(2026, 7, 1), 1, "in_time", 0),
    ],
)
def test_a_data_set_is_late_from_the_day_after_it_was_due(
    last_on: date | None, days: int, state: str, late: int
) -> None:
    found = freshness(last_on, days, date(2026, 7, 1))
    assert (found.state, found.late_days) == (state, late)


def test_a_department_counts_when_all_its_data_sets_are_in_time() -> None:
    found = sharing([("tax", "in_time"), ("police", "in_time"), ("police", "late"), ("housing", "never")])
    assert (found.data_sets, found.data_sets_in_time, found.departments, found.departments_in_time) == (
        4,
        2,
        3,
        1,
    )
    assert (found.rate, found.departments_rate) == (0.5, 1 / 3)
    assert sharing([]).rate is None


def test_each_data_set_stands_by_its_own_rhythm(delivered: None) -> None:
    def states(today: date) -> dict[str, str]:
        return {each.contract.name: each.freshness.state for each in catalogue.entries(today)}

    first = states(date(2026, 7, 1))
    assert (first["residents"], first["marriages"], first["incomes"]) == ("in_time", "never", "in_time")
    later = states(date(2026, 9, 1))
    assert (later["residents"], later["incomes"]) == ("late", "in_time")
    shared = catalogue.shared(catalogue.entries(date(2026, 7, 1)))
    assert shared.data_sets == len(queries.contracts())
    assert shared.data_sets_in_time == sum(state == "in_time" for state in first.values())


def test_a_refused_file_is_no_delivery_but_shows_in_the_quality(delivered: None) -> None:
    found = catalogue.entry("farm_subsidies", date(2026, 7, 1))
    assert found is not None
    assert found.freshness.state == "never"
    files = catalogue.deliveries_of("farm_subsidies")
    codes = {(each.code, each.column): each.counts for each in catalogue.problems_over(files)}
    assert codes[("amount_unreadable", "amount_fen")] == (1,)


def test_what_is_only_staged_or_was_withdrawn_is_no_delivery(tmp_path: Path, make_user: Any) -> None:
    def stands() -> tuple[str, int]:
        found = catalogue.entry("residents", date(2026, 7, 1))
        assert found is not None
        return found.freshness.state, found.rows_accepted

    folder = village().write(tmp_path / "village")
    staged = actions.receive(paths=[folder], at=AT, by="system", terms=actions.Terms(stage=True))
    assert staged is not None
    assert stands() == ("never", 0)
    staging.commit(delivery=staged.pk, at=AT, by="system")
    assert stands() == ("in_time", 3)
    steward = make_user("steward", division=COUNTY)
    withdrawing.withdraw(delivery=staged.pk, reason="wrong month", at=AT, by=steward)
    assert stands() == ("never", 0)


def test_consumers_are_read_from_the_definitions() -> None:
    contracts = queries.contracts()

    def used(data_set: str, column: str) -> set[tuple[str, str]]:
        return {(use.kind, use.name) for use in uses.of_columns(contracts[data_set])[column]}

    own = used("medical_settlements", "own_fen")
    assert {("fact", "medical_own_expense"), ("policy", "medical_aid")} <= own
    assert any(kind == "need" for kind, _ in own)
    assert any(kind == "indicator" for kind, _ in own)
    assert ("policy", "subsistence_allowance") in used("vehicles", "status")
    assert ("identity", "national_id") in used("vehicles", "national_id")
    assert (
        used(
            "medical_settlements",
            "hospital" if "hospital" in contracts["medical_settlements"].by_name else "institution",
        )
        == set()
    )
    assert ("policy", "subsistence_allowance") in used("local_standards", "rural_standard_fen")
    assert ("policy", "medical_aid") not in used("vehicles", "phone")
    assert any(use.kind == "paper" for use in uses.of_data_set(contracts["incomes"]))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_show_it(
    delivered: None, client: Client, make_user: Any, settings: Any, language: str
) -> None:
    settings.HUIMIN_TODAY = date(2026, 9, 1)
    client.force_login(make_user("auditor", language=language))
    page = client.get("/catalogue/").content.decode()
    assert ("Late · 31 days" if language == "en" else "已超期 · 31 天") in page
    one = client.get("/catalogue/vehicles/").content.decode()
    assert queries.contracts()["vehicles"].legal_basis.say(language) in one
    assert not re.search(r"\{[a-z_]+\}", client.get("/catalogue/farm_subsidies/").content.decode())
    assert client.get("/catalogue/nothing/").status_code == 404


def test_the_pages_ask_the_database_a_fixed_number_of_times(
    delivered: None, client: Client, make_user: Any, django_assert_max_num_queries: Any
) -> None:
    client.force_login(make_user("steward"))
    with django_assert_max_num_queries(6):
        client.get("/catalogue/")
    with django_assert_max_num_queries(10):
        client.get("/catalogue/vehicles/")
    with django_assert_max_num_queries(6):
        client.get("/catalogue/contracts/")
