"""The portrait of a place tells no small group, and nothing outside the reader's division."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.stages.county_world import AT, DAY

from huimin_platform.base.models import Division
from huimin_platform.needs import actions, place_portraits
from huimin_platform.needs.models import Need
from huimin_platform.registry.changes import Within
from huimin_platform.registry.models import Household, Person

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
                        key=f"{kind}/{home.pk}", household=home, division=village, kind=kind, level="subsistence", source="indicator",
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


def test_needs_count_where_their_household_is_registered_by_now(county: None) -> None:
    poor = Need.objects.order_by("pk")[0]
    assert poor.household is not None
    alone = Person.objects.create(name="王", division=TOWNS[0])
    said = actions.raise_need(
        key="x", kind="dissatisfied", level="social", household_id=None, person_id=alone.pk, reason={}, source="feedback",
        at=AT, by="system",
    )  # fmt: skip
    assert said.division == TOWNS[0]
    Household.objects.filter(pk=poor.household.pk).update(division=TOWNS[2])
    Person.objects.filter(pk=alone.pk).update(division=TOWNS[1])
    actions.follow_places(Within([]))
    assert {*Need.objects.filter(pk__in=[poor.pk, said.pk]).values_list("division", flat=True)} == {
        poor.division,
        TOWNS[0],
    }, "only those of whom anything changed are looked at"
    actions.follow_places(Within([poor.household.pk], [alone.pk]))
    assert Need.objects.get(pk=poor.pk).division == TOWNS[2]
    assert Need.objects.get(pk=said.pk).division == TOWNS[1]
    Household.objects.update(division=TOWNS[1])
    actions.follow_places(None)
    assert {need.division for need in Need.objects.all()} == {TOWNS[1]}


@pytest.mark.parametrize("address", ["/needs/", "/needs/?state=", "/needs/places/", "/needs/alerts/"])
def test_lists_join_no_homes_and_take_the_same_questions_for_more(
    county: None, make_user: Any, client: Client, address: str
) -> None:
    client.force_login(make_user("county", division=COUNTY))

    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return [each["sql"] for each in seen.captured_queries]

    before = asked()
    for home in Household.objects.order_by("pk")[50:]:
        Need.objects.create(
            key=f"more/{home.pk}", household=home, division=home.division, kind="medical_burden", level="safety",
            source="indicator", raised_on=DAY,
        )  # fmt: skip
    assert len(asked()) == len(before) <= 14
    counts = [sql for sql in before if "COUNT(" in sql and '"needs_need"' in sql]
    assert not [sql for sql in counts if "registry_household" in sql or "registry_person" in sql]
