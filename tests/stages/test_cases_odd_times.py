"""A clock set back, a calendar that ends, a department that never answers: nothing is lost, nothing silently wrong."""

# ruff: noqa: F401, F811 - fixtures are imported by name

from datetime import date, timedelta

import pytest
from tests.stages.funds_world import AT, COUNTY, TODAY
from tests.stages.test_cases_decisions import case, county, in_english, review, township, world

from huimin.units.workdays import KNOWN_YEARS, deadline
from huimin_platform.base import audit
from huimin_platform.cases import actions, keeping, lists, queries, steps
from huimin_platform.cases.models import Case, Step, Telling

pytestmark = pytest.mark.django_db


def advance(today: date, at=AT) -> dict[str, int]:
    return steps.advance(today=today, at=at, progress=lambda text: None)


def test_a_clock_set_back_undoes_nothing_and_does_nothing_twice(case) -> None:
    late = case.steps.get(key="review").due_on + timedelta(days=1)
    assert advance(late)["escalated"] == 1
    before = list(Step.objects.order_by("pk").values())
    for today in (TODAY, TODAY - timedelta(days=400), late):
        assert not any(advance(today).values())
    assert list(Step.objects.order_by("pk").values()) == before
    assert Telling.objects.count() == 1


def test_a_decision_on_a_clock_set_back_is_kept_with_the_time_it_says_and_the_order_it_came_in(
    case, township, county
) -> None:
    review(case, township)
    earlier = AT - timedelta(days=30)
    decision = actions.decide(case=case, outcome="return", reason="补材料", at=AT, by=county)
    for step in case.steps.filter(state="returned"):
        actions.complete_step(step=step.pk, reason="已补", at=earlier, by=township)
    case.refresh_from_db()
    second = actions.decide(case=case, outcome="approve", reason="", at=earlier, by=county)
    case.refresh_from_db()
    assert second.pk > decision.pk
    assert (case.state, case.decided_at) == ("approved", earlier)


def test_a_deadline_beyond_the_calendar_says_that_it_is_not_certain() -> None:
    last = date(KNOWN_YEARS[-1], 12, 25)
    assert deadline(date(KNOWN_YEARS[-1], 6, 1), 5).certain
    found = deadline(last, 10)
    assert not found.certain
    # Monday to Friday are taken for what is not published; that this may be wrong is said, not hidden.
    assert found.on.weekday() < 5


def test_a_department_that_never_answers_is_told_upwards_and_stays_on_the_lists(case, county) -> None:
    step = case.steps.get(key="review")
    for weeks in range(1, 60):
        advance(step.due_on + timedelta(weeks=weeks))
    step.refresh_from_db()
    assert (step.state, step.escalated_level) == ("open", "county")
    office = f"{step.level} {step.department} {case.division}"
    assert audit.looks("office", office).filter(action="escalates").count() == 1
    assert step in list(queries.steps_for(county)) or step in list(lists.tasks(county))
    # Time alone decides nothing: the case waits for a person, who may take the step up or leave it out.
    assert Case.objects.get(pk=case.pk).decided_at is None
    assert actions.skip_step(
        step=step.pk, reason="逾期未办，县级提级办理", at=AT + timedelta(weeks=60), by=county
    )
