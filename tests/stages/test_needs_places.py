"""The portrait of a place tells no small group, and nothing outside the reader's division."""

from typing import Any

import pytest
from django.test import Client
from tests.stages.county_world import DAY

from huimin_platform.base.models import Division
from huimin_platform.needs import place_portraits
from huimin_platform.needs.models import Need
from huimin_platform.registry.models import Household

pytestmark = pytest.mark.django_db
COUNTY, TOWNS = "330127000000", ("330127201000", "330127202000", "330127203000")


@pytest.fixture
def county() -> None:
    """Three towns: 40, 30 and 20 households, of which 25, 12 and 3 lack the means to live."""
    for town, homes, poor in zip(TOWNS, (40, 30, 20), (25, 12, 3), strict=True):
        Division.objects.create(code=town, name=f"镇{town[6:9]}")
        village = town[:9] + "201"
        for number in range(homes):
            home = Household.objects.create(residence="rural", division=village)
            if number < poor:
                for kind in ("income_below_standard", "medical_burden"):
                    Need.objects.create(
                        key=f"{kind}/{home.pk}", household=home, kind=kind, level="subsistence", source="indicator",
                        raised_on=DAY,
                    )  # fmt: skip


def test_small_counts_are_hidden_with_a_partner(county: None, make_user: Any) -> None:
    found = place_portraits.of_place(make_user("county", division=COUNTY))
    assert found is not None
    assert [row.code for row in found.rows] == list(TOWNS)
    assert [row.households for row in found.rows] == [40, 30, 20]
    # Three alone could be told from the total of forty, so the next smallest is hidden too.
    assert [row.levels[0] for row in found.rows] == [25, None, None]
    assert found.total.levels == (40, 0, 0, 0, 0)
    assert {kind: count for kind, _level, count in found.kinds} == {
        "income_below_standard": 40,
        "medical_burden": 40,
    }


def test_a_place_is_looked_into_and_no_place_outside(county: None, make_user: Any) -> None:
    officer = make_user("township", division=TOWNS[0])
    inside = place_portraits.of_place(officer)
    assert inside is not None
    assert [(row.code, row.households, row.levels[0]) for row in inside.rows] == [("330127201201", 40, 25)]
    outside = place_portraits.of_place(officer, TOWNS[1])
    assert outside == inside
    leader = place_portraits.of_place(make_user("leader", division=COUNTY), TOWNS[2])
    assert leader is not None
    assert [row.levels[0] for row in leader.rows] == [None]


def test_the_page_says_what_it_hides(
    county: None, make_user: Any, client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(make_user("leader", division=COUNTY))
    client.cookies["huimin_language"] = "en"
    with django_assert_max_num_queries(10):
        page = client.get("/needs/places/").content.decode()
    assert "A number above zero and below 10" in page
    assert "镇201" in page
    assert client.get("/needs/places/?place=330127201000").status_code == 200
    assert client.get("/needs/places/?place=nonsense").status_code == 200
