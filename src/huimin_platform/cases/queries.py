"""Reads of the cases stage: cases and their steps, an officer's work, what a case rests on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin.cases.process import DECIDABLE, UNDECIDED, UNFINISHED_STEPS
from huimin.rules.policy import POSTED_STEP
from huimin_platform.base import access, together
from huimin_platform.base.models import User
from huimin_platform.base.timeline import Event
from huimin_platform.base.together import Kept
from huimin_platform.cases import path_queries
from huimin_platform.cases.models import Case, CaseItem, Decision, Step

WORKABLE = ("open", "returned")
UNFINISHED = UNFINISHED_STEPS
DECIDES_AT = "county"
OFFICES = ("village", "township", "county")
Recovery = path_queries.Recovery
Rating = path_queries.Rating
decided_recoveries = path_queries.decided_recoveries
decided_ratings = path_queries.decided_ratings
TONES = {"approved": "good", "refused": "bad", "returned": "warning", "closed": "neutral"}


@dataclass(frozen=True)
class Work:
    """How much an officer has to do: steps late and due, cases to decide, sent back, waiting on others."""

    late: int
    due: int
    decide: int
    returned: int
    waiting: int


def cases() -> QuerySet[Case]:
    """All cases; narrow them with `access.scope`."""
    return Case.objects.all()


def decisions() -> QuerySet[Decision]:
    """All decisions."""
    return Decision.objects.all()


def cases_of(household_id: int) -> QuerySet[Case]:
    """The cases of a household, the newest first."""
    return (
        Case.objects.filter(household_id=household_id).prefetch_related("items").order_by("-opened_on", "-pk")
    )


def items() -> QuerySet[CaseItem]:
    """What cases cover, an item for each policy."""
    return CaseItem.objects.all()


def approved_items() -> QuerySet[CaseItem]:
    """The policies of approved cases, without those that were refused in the same decision."""
    return CaseItem.objects.filter(case__state="approved", refused="").select_related("case").order_by("pk")


def cases_for(
    actor: Any, *, state: str = "", policy: str = "", number: str = "", late_on: date | None = None
) -> QuerySet[Case]:
    """The cases in the actor's division with their policies; `late_on`: only those late on that day."""
    found = access.scope(actor, Case.objects.select_related("applicant", "household"))
    left = Step.objects.filter(case=OuterRef("pk"), state__in=UNFINISHED).order_by().values("case")
    # Counted for the cases that are shown; a join would count the steps of all before it shows fifty.
    found = found.prefetch_related("items").annotate(
        steps_left=Coalesce(Subquery(left.annotate(many=Count("pk")).values("many")), 0)
    )
    if state:
        found = found.filter(state=state)
    if policy:
        found = found.filter(Exists(CaseItem.objects.filter(case=OuterRef("pk"), policy=policy)))
    if number:
        found = found.filter(number__icontains=number.strip())
    if late_on:
        found = found.filter(state__in=UNDECIDED, due_on__lt=late_on)
    return found


def case_for(actor: Any, number: str) -> Case | None:
    """One case in the actor's division with its policies, steps and decisions; None where there is none."""
    found = Case.objects.select_related("applicant", "household").prefetch_related(
        "items", "steps__done_by", "steps__assigned_to", "decisions__by"
    )
    return access.scope(actor, found).filter(number=number).first()


def steps_for(actor: Any) -> QuerySet[Step]:
    """The steps that are the actor's to do: of the actor's level and department, or told to it because they
    are late.
    """
    found = access.scope(
        actor, Step.objects.filter(state__in=WORKABLE, case__state__in=UNDECIDED), "case__division"
    )
    found = found.select_related("case__applicant").prefetch_related("case__items")
    return found.filter(_of(actor)) if actor.role in OFFICES else found.none()


def to_decide(actor: Any) -> QuerySet[Case]:
    """The cases that the actor can decide now: nothing is left to do but by the one who decides."""
    if not may_decide(actor):
        return Case.objects.none()
    others = Step.objects.filter(case=OuterRef("pk"), state__in=UNFINISHED).exclude(
        level=DECIDES_AT, department=OuterRef("department")
    )
    found = cases_for(actor).filter(state__in=DECIDABLE).exclude(Exists(others))
    return found.filter(department=actor.department) if actor.department else found


def waiting_on_others(actor: Any) -> QuerySet[Case]:
    """The undecided cases in the actor's division that somebody else has to move."""
    mine = Step.objects.filter(_of(actor), case=OuterRef("pk"), state__in=WORKABLE)
    ready = to_decide(actor).values("pk")
    return cases_for(actor).filter(state__in=UNDECIDED).exclude(Exists(mine)).exclude(pk__in=ready)


def sent_back(actor: Any) -> QuerySet[Case]:
    """The cases in the actor's division that were sent back."""
    return cases_for(actor).filter(state="returned")


def work(actor: Any, today: date) -> Work:
    """How much the actor has to do today."""
    steps = (
        steps_for(actor)
        .order_by()
        .aggregate(late=Count("pk", filter=Q(due_on__lt=today)), due=Count("pk", filter=Q(due_on__gte=today)))
    )
    return Work(
        late=steps["late"],
        due=steps["due"],
        decide=to_decide(actor).order_by().count(),
        returned=sent_back(actor).order_by().count(),
        waiting=waiting_on_others(actor).order_by().count(),
    )


def officers_around(case: Case) -> QuerySet[User]:
    """The officers who work on cases of the case's place, by level and name."""
    around = [case.division[:length].ljust(12, "0") for length in (2, 4, 6, 9, 12)]
    return User.objects.filter(is_active=True, role__in=OFFICES, division__in=around).order_by(
        "role", "name", "pk"
    )


def may_decide(actor: Any) -> bool:
    """Whether the actor is one who decides cases: at the county."""
    return actor.role == DECIDES_AT


def blocking_steps(case: Case) -> list[Step]:
    """The steps that must be done before the case can be approved: all but those of the one who decides."""
    return [step for step in case.steps.all() if step.state in UNFINISHED and not is_own(step, case)]


def own_steps(case: Case) -> list[Step]:
    """The unfinished steps that the decision itself completes."""
    return [step for step in case.steps.all() if step.state in UNFINISHED and is_own(step, case)]


def state_counts(actor: Any) -> Mapping[str, int]:
    """state -> number of cases in the actor's division."""
    found = (
        access.scope(actor, Case.objects.all()).order_by().values_list("state").annotate(count=Count("pk"))
    )
    return dict(found)


def about(person_id: int | None, household_id: int | None) -> dict[str, QuerySet[Any]]:
    """What this stage keeps of a person or a household, to be asked together with the rest."""
    of = Q(household_id=household_id) if household_id is not None else Q(applicant_id=person_id)
    cases = Case.objects.filter(of)
    mine = cases.values("pk")
    return {
        "cases": cases.order_by("-opened_on", "-pk"),
        "case_items": CaseItem.objects.filter(case__in=mine).order_by("pk"),
        "case_steps": Step.objects.filter(case__in=mine),
        "decisions": Decision.objects.filter(case__in=mine).order_by("pk"),
    }


def joined(kept: Kept) -> list[Case]:
    """The cases of what was kept, each with its policies, steps and decisions."""
    cases = kept["cases"]
    for name, rows in (("items", "case_items"), ("steps", "case_steps"), ("decisions", "decisions")):
        together.gather(cases, name, kept[rows], "case")
    return cases


def timeline(kept: Kept) -> list[Event]:
    """What was opened, done step by step, and decided."""
    events = []
    for case in joined(kept):
        url = reverse("cases:case", args=[case.number])
        source = _("Case %(number)s") % {"number": case.number}
        events.append(
            Event(case.opened_on, _("Case opened"), source=source, url=url, tone="info", stage="cases")
        )
        key = "zh" if (get_language() or "zh").startswith("zh") else "en"
        events += [
            Event(
                timezone.localdate(step.done_at), step.name.get(key, step.key), detail=step.get_state_display(),
                source=source, url=url, stage="cases",
            )
            for step in case.steps.all()
            if step.done_at
        ]  # fmt: skip
        for decision in case.decisions.all():
            events.append(
                Event(
                    timezone.localdate(decision.at),
                    decision.get_outcome_display(),
                    detail=decision.reason,
                    source=source,
                    url=url,
                    tone={"approve": "good", "refuse": "bad", "return": "warning"}[decision.outcome],
                    stage="cases",
                )
            )
    return events


def _of(actor: Any) -> Q:
    """The steps of the actor's level and department; an officer of the whole county office has the levels
    below too.
    """
    level, told = Q(level=actor.role), Q(escalated_level=actor.role)
    if actor.role == "county" and actor.department:
        # What is late in another department's offices is not this one's to do.
        level, told = level & Q(department=actor.department), told & Q(department=actor.department)
    elif actor.role == "county":
        level = Q(level__in=OFFICES)
    # A posting is nobody's work: it ends by itself.
    return (level | told | Q(assigned_to=actor.pk)) & ~Q(key__endswith=POSTED_STEP)


def is_own(step: Step, case: Case) -> bool:
    """Whether a step is the deciding department's own, done by the decision itself."""
    return step.level == DECIDES_AT and step.department == case.department
