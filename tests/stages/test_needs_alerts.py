"""Alerts: with reason, owner and time to answer by; late ones go to the township, then to the county."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.stages.county_world import AT, DAY, advance_needs, advance_registry, receive
from tests.stages.village import CODE, COUNTY, village

from huimin.needs.terms import RESPONSE
from huimin_platform.base.models import AuditLine
from huimin_platform.needs import actions, queries
from huimin_platform.needs.models import Need

pytestmark = pytest.mark.django_db
TOWN = "510181101000"


@pytest.fixture
def officers(make_user: Any) -> dict[str, Any]:
    return {
        "village": make_user("village", division=CODE), "other": make_user("village", division="510181101202"),
        "township": make_user("township", division=TOWN), "county": make_user("county", division=COUNTY),
    }  # fmt: skip


@pytest.fixture
def found(tmp_path: Path, officers: dict[str, Any]) -> list[Need]:
    receive(village().write(tmp_path / "delivery"))
    advance_registry()
    advance_needs()
    return list(Need.objects.order_by("pk"))


def test_an_alert_has_an_owner_at_its_place_and_72_hours(found: list[Need], officers: dict[str, Any]) -> None:
    assert found
    assert {need.owner for need in found} == {officers["village"]}
    assert {need.respond_by for need in found} == {AT + RESPONSE}
    assert {need.found_with for need in found} == {0}
    assert {need.division for need in found} == {queries.division_of(need) for need in found} == {CODE}


def test_a_first_delivery_of_many_is_not_overdue_at_once(
    tmp_path: Path, settings: Any, officers: dict[str, Any]
) -> None:
    settings.HUIMIN_NEEDS_A_DAY = 1
    receive(village().write(tmp_path / "delivery"))
    advance_registry()
    advance_needs()
    needs = list(Need.objects.order_by("respond_by", "pk"))
    assert len(needs) > 3
    assert [need.respond_by - AT for need in needs] == [
        timedelta(days=max(3, n + 1)) for n in range(len(needs))
    ]
    assert needs[-1].found_with == len(needs)
    levels = [queries.LEVELS.index(need.level) for need in needs[3:]]
    assert levels == sorted(levels)


def test_what_nobody_answers_goes_up_and_stops_when_somebody_does(
    found: list[Need], officers: dict[str, Any]
) -> None:
    answered, late = found[0], found[1]
    actions.respond(need=answered.pk, at=AT, by=officers["village"])
    assert actions.escalate(at=AT + RESPONSE) == {"township": 0, "county": 0}
    moment = AT + RESPONSE + timedelta(minutes=1)
    assert actions.escalate(at=moment) == {"township": len(found) - 1, "county": 0}
    assert actions.escalate(at=moment) == {"township": 0, "county": 0}
    late.refresh_from_db()
    assert (late.owner, late.escalated_level, late.escalated_at) == (officers["township"], "township", moment)
    answered.refresh_from_db()
    assert (answered.owner, answered.escalated_level) == (officers["village"], "")
    assert AuditLine.objects.filter(action="escalates", kind="need", object_id=str(late.pk)).count() == 1
    actions.respond(need=late.pk, at=moment, by=officers["township"])
    day_later = moment + timedelta(hours=24, minutes=1)
    assert actions.escalate(at=day_later) == {"township": 0, "county": len(found) - 2}
    assert Need.objects.filter(escalated_level="county", owner=officers["county"]).count() == len(found) - 2


def test_a_need_that_comes_back_starts_anew(
    found: list[Need], officers: dict[str, Any], tmp_path: Path
) -> None:
    moment = AT + RESPONSE + timedelta(minutes=1)
    actions.escalate(at=moment)
    Need.objects.update(state="closed", closed_on=DAY)
    from huimin_platform.needs.models import Run

    Run.objects.all().delete()
    advance_needs(moment.date(), moment)
    need = Need.objects.get(pk=found[0].pk)
    assert (need.state, need.escalated_level, need.escalated_at) == ("open", "", None)
    assert need.respond_by == moment + RESPONSE


def test_the_page_shows_what_is_due_to_whom(
    found: list[Need],
    officers: dict[str, Any],
    client: Client,
    settings: Any,
    django_assert_max_num_queries: Any,
) -> None:
    settings.HUIMIN_TODAY = (AT + timedelta(days=4)).date()
    actions.escalate(at=AT + RESPONSE + timedelta(minutes=1))
    client.force_login(officers["township"])
    client.cookies["huimin_language"] = "en"
    with django_assert_max_num_queries(14):
        page = client.get("/needs/alerts/?owner=passed")
    assert [row[0].pk for row in page.context["rows"]] == [need.pk for need in found]
    assert page.context["counts"]["late"] == page.context["counts"]["mine"] == len(found)
    assert "Passed to the township" in page.content.decode()
    assert page.context["late_owners"] == [("township-3", "", len(found), AT + RESPONSE)]
    assert (page.context["kept"].alerts, page.context["kept"].in_time) == (len(found), 0)
    assert "Visit and check the income" in page.content.decode()
    assert client.get("/needs/alerts/?owner=nobody").context["rows"] == []
    client.force_login(officers["other"])
    assert client.get("/needs/alerts/").context["rows"] == []
