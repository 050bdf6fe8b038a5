"""How soon somebody responds to an alert, and the household then has its case: from the platform's own records."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.stages.county_world import AT, DAY, advance_matching, advance_needs, advance_registry, receive
from tests.stages.village import CODE, COUNTY, village

from huimin.needs.terms import RESPONSE
from huimin_platform.cases import steps as cases
from huimin_platform.cases.models import CaseItem
from huimin_platform.evaluation.queries import measure
from huimin_platform.evaluation.queries.catalogue import COMPUTATIONS
from huimin_platform.needs import actions
from huimin_platform.needs.models import Need

pytestmark = pytest.mark.django_db


def figure(name: str, day: Any = DAY) -> tuple[float, float]:
    found = measure.fractions(COMPUTATIONS[name](day)).get(COUNTY)
    return (float(found.numerator), float(found.denominator)) if found else (0, 0)


def test_hours_from_the_alert_to_the_response_and_from_there_to_the_case(
    tmp_path: Path, make_user: Any, client: Client
) -> None:
    officer = make_user("village", division=CODE)
    receive(village().write(tmp_path / "delivery"))
    advance_registry()
    advance_needs()
    found = {need.kind: need for need in Need.objects.order_by("pk")}
    # The allowance answers that income is too low; that only elders live there is answered by something else.
    first, second = found.pop("income_below_standard"), found.pop("elders_only")
    rest = list(found.values())
    assert first.household == second.household
    assert {need.raised_at for need in (first, second, *rest)} == {AT}
    assert figure("response_hours") == (0, 0)
    actions.respond(need=first.pk, at=AT + timedelta(hours=10), by=officer)
    actions.respond(need=second.pk, at=AT + RESPONSE + timedelta(hours=8), by=officer)
    assert figure("response_hours") == (90, 2)
    # Those whose term is over count too, as soon as it is.
    assert figure("response_in_time") == (1, 2)
    assert figure("response_in_time", DAY + timedelta(days=5)) == (1, 2 + len(rest))
    assert figure("response_match_hours") == (0, 0)
    later = AT + timedelta(hours=16)
    advance_matching(DAY, later)
    cases.advance(today=DAY, at=later, progress=lambda words: None)
    helped = CaseItem.objects.filter(household=first.household, live=True).exists()
    assert helped, "the village has a household that is entitled"
    assert figure("response_match_hours") == (6, 1)
    client.force_login(make_user("county", division=COUNTY))
    page = client.get("/indicators/response_in_time/rows/?part=missing").content.decode()
    assert f"/needs/{second.pk}/" in page
    assert f"/needs/{first.pk}/" not in page
