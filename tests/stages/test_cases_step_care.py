"""Steps paused, handed over, told to a named superior, posted; and joint meetings with what follows."""

# ruff: noqa: F401, F811 - fixtures are imported by name

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from tests.stages.funds_world import AT, COUNTY, TODAY, VILLAGE
from tests.stages.test_cases_decisions import case, county, in_english, open_case, review, township, world

from huimin_platform.base import access, audit
from huimin_platform.cases import actions, keeping, meetings, queries, superiors
from huimin_platform.cases.meetings import Agreed
from huimin_platform.cases.models import FollowUp, Meeting, Step

pytestmark = pytest.mark.django_db


def days(count: int):
    return AT + timedelta(days=count)


def test_a_pause_stops_the_deadline_and_is_told_why(case, township, county) -> None:
    step = case.steps.get(key="review")
    due_on = step.due_on
    with pytest.raises(actions.CannotBe, match="reason"):
        actions.pause_step(step=step.pk, reason=" ", at=AT, by=township)
    for _ in range(2):
        actions.pause_step(step=step.pk, reason="等待法院文书", at=AT, by=township)
    assert keeping.escalate(today=due_on + timedelta(days=30), at=days(40)) == 0
    with pytest.raises(actions.CannotBe):
        actions.complete_step(step=step.pk, reason="x", at=AT, by=township)
    with pytest.raises(actions.CannotBe):
        actions.decide(case=case, outcome="approve", reason="", at=AT, by=county)
    # Paused on Wednesday 1 July with two working days left; gone on with on Monday 13 July.
    assert (due_on.isoformat(), step.working_days) == ("2026-07-03", 2)
    found = actions.resume_step(step=step.pk, at=days(12), by=township)
    assert (found.state, found.paused_on, found.due_on.isoformat()) == ("open", None, "2026-07-15")
    assert audit.looks("case", case.number).filter(action="pauses_step").count() == 1


def test_a_late_step_stays_as_late_as_it_was(case, township) -> None:
    step = case.steps.get(key="review")
    actions.pause_step(step=step.pk, reason="x", at=days(12), by=township)
    found = actions.resume_step(step=step.pk, at=days(30), by=township)
    assert found.due_on < days(30).date()


def test_a_paused_step_is_paused_in_the_database_too(case) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Step.objects.filter(case=case, key="review").update(state="paused")


def test_a_step_is_handed_to_another_officer_of_the_place(case, township, make_user) -> None:
    step = case.steps.get(key="review")
    helper = make_user("village", division=VILLAGE, name="周村")
    stranger = make_user("village", division="330182001001")
    with pytest.raises(access.NotAllowed):
        actions.complete_step(step=step.pk, reason="x", at=AT, by=helper)
    with pytest.raises(actions.CannotBe, match="does not work"):
        actions.hand_step(step=step.pk, to=stranger, reason="就近", at=AT, by=township)
    with pytest.raises(access.NotAllowed):
        actions.hand_step(step=step.pk, to=helper, reason="就近", at=AT, by=helper)
    actions.hand_step(step=step.pk, to=helper, reason="就近", at=AT, by=township)
    assert list(queries.steps_for(helper)) == [step]
    assert actions.complete_step(step=step.pk, reason="已入户", at=AT, by=helper).pk == step.pk
    step.refresh_from_db()
    assert (step.state, step.done_by) == ("done", helper)


def test_a_late_step_is_told_to_a_superior_by_name(case, county, make_user) -> None:
    step = case.steps.get(key="review")
    other = make_user("county", division=COUNTY, department="tax")
    boss = make_user("county", division=COUNTY, department=step.department, name="钱科")
    assert keeping.escalate(today=step.due_on + timedelta(days=1), at=days(5)) == 1
    step.refresh_from_db()
    assert step.escalated_level == "county"
    told = superiors.told_of(case, [step])[step.pk]
    assert told in (str(boss), str(county))
    assert told != str(other)
    assert superiors.with_names(Step.objects.filter(pk=step.pk)).get().told_to == told


def test_without_an_officer_above_a_leader_is_told(case, make_user) -> None:
    leader = make_user("leader", division=COUNTY)
    elsewhere = make_user("leader", division="330182000000")
    step = case.steps.get(key="review")
    keeping.escalate(today=step.due_on + timedelta(days=1), at=days(5))
    step.refresh_from_db()
    assert superiors.told_of(case, [step]) == {step.pk: str(leader)}
    assert str(leader) != str(elsewhere)


def test_what_is_posted_stays_posted_to_the_end(case, township) -> None:
    case.steps.filter(key="publicity").delete()
    step = case.steps.get(key="review")
    Step.objects.filter(pk=step.pk).update(key="publicity")
    with pytest.raises(actions.CannotBe, match="posted until 2026-07-03"):
        actions.complete_step(step=step.pk, reason="无异议", at=days(2), by=township)
    assert actions.complete_step(step=step.pk, reason="无异议", at=days(3), by=township).pk == step.pk


def meet(by, **more):
    given = {
        "key": uuid4(), "division": COUNTY, "subject": "收入核对口径", "held_on": TODAY,
        "attended": ["civil_affairs", "tax"], "minutes": "同意", "at": AT, "by": by,
        "agreed": [Agreed("提供季度数据", "tax", date(2026, 7, 10))],
    }  # fmt: skip
    return meetings.record(**(given | more))


def test_a_joint_review_is_recorded_once_and_followed_up(case, county, make_user) -> None:
    key = uuid4()
    first = meet(county, key=key, case=case)
    assert meet(county, key=key, case=case) == first
    assert meetings.meetings_for(county).get().left == 1
    tax = make_user("county", division=COUNTY, department="tax")
    todo = FollowUp.objects.get()
    with pytest.raises(access.NotAllowed):
        meetings.finish(follow_up=todo.pk, result="已提供", at=AT, by=county)
    with pytest.raises(actions.CannotBe):
        meetings.finish(follow_up=todo.pk, result="", at=AT, by=tax)
    for _ in range(2):
        meetings.finish(follow_up=todo.pk, result="已提供", at=AT, by=tax)
    assert meetings.meetings_for(county).get().left == 0
    assert audit.looks("case", case.number).filter(action="meets").count() == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Meeting.objects.update(minutes="改")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"attended": ["civil_affairs"]}, "at least two"),
        ({"attended": ["civil_affairs", "magic"]}, "no department"),
        ({"minutes": " "}, "minutes"),
        ({"held_on": TODAY + timedelta(days=1)}, "not been held"),
    ],
)
def test_a_meeting_that_cannot_be_is_refused(county, change, says) -> None:
    with pytest.raises(actions.CannotBe, match=says):
        meet(county, **change)


def test_meetings_elsewhere_are_not_seen(county, make_user) -> None:
    meet(county)
    far = make_user("county", division="330182000000")
    assert not meetings.meetings_for(far).exists()
    with pytest.raises(access.NotAllowed):
        meet(far)
