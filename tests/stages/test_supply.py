"""Departments have names, and a place finds its officers."""

from typing import Any

import pytest

from huimin.tables import contract
from huimin_platform.supply import queries

COUNTY, TOWN, VILLAGE, OTHER = "330127000000", "330127201000", "330127201206", "330182000000"


def test_departments_have_names_in_both_languages() -> None:
    for one in queries.departments().values():
        assert one.name.zh
        assert one.name.en
    assert queries.department_name("civil_affairs", "zh-hans") == "民政局"
    assert queries.department_name("civil_affairs", "en") == "Civil affairs bureau"
    assert queries.department_name("unheard_of") == "unheard_of"
    with pytest.raises(queries.NoSuchDepartment, match="unheard_of"):
        queries.department("unheard_of")


def test_every_contract_names_a_department_that_is_there() -> None:
    assert {one.department for one in contract.load_all().values()} <= set(queries.departments())


@pytest.mark.django_db
def test_the_nearest_officers_come_first(make_user: Any) -> None:
    county = make_user("county", division=COUNTY, department="civil_affairs", username="county")
    town = make_user("county", division=TOWN, department="civil_affairs", username="town")
    make_user("county", division=OTHER, department="civil_affairs")
    make_user("county", division=COUNTY, department="tax")
    make_user("county", division=TOWN, department="civil_affairs", is_active=False)
    make_user("resident", division=TOWN, department="civil_affairs")
    assert list(queries.officers("civil_affairs", VILLAGE)) == [town, county]
    assert list(queries.officers("civil_affairs", COUNTY)) == [county]
    assert queries.officer_for("civil_affairs", VILLAGE) == town
    assert queries.officer_for("education", VILLAGE) is None


@pytest.mark.django_db
def test_village_and_township_are_told_by_role_and_take_turns(make_user: Any) -> None:
    one = make_user("village", division=VILLAGE, username="one")
    two = make_user("village", division=VILLAGE, username="two")
    town = make_user("township", division=TOWN, username="town")
    assert [queries.officer_for("village", VILLAGE, number) for number in range(3)] == [one, two, one]
    assert queries.officer_for("township", VILLAGE) == town
    assert queries.officer_for("village", TOWN) is None
