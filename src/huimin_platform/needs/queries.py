"""Reads of the needs stage."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from django.db.models import (
    Avg,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
)
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin.needs import NEED_LEVELS as LEVELS
from huimin.needs.terms import RESPONSE
from huimin_platform.base import access, bulk, secrets
from huimin_platform.base.models import Division
from huimin_platform.base.timeline import Event
from huimin_platform.base.together import Kept as Read
from huimin_platform.needs.models import Message, Need, NeedState, Run
from huimin_platform.registry import queries as registry
from huimin_platform.registry.changes import Within

LATELY = timedelta(days=30)
MOST_OWNERS = 10


def last_run() -> Run | None:
    """The latest time that the registry was looked through."""
    return Run.objects.order_by("-pk").first()


def needs() -> QuerySet[Need]:
    """Every need there ever was."""
    return Need.objects.all()


def needs_for(
    actor: Any, *, state: str = "open", level: str = "", kind: str = "", place: str = ""
) -> QuerySet[Need]:
    """Needs in the actor's division, or in a place inside it, the latest first."""
    found = Need.objects.select_related("household", "person")
    leading = access.prefix_of(actor)
    if leading is None:
        return found.none()
    if leading:
        found = found.filter(division__startswith=leading)
    for name, value in (("division", place), ("state", state), ("level", level), ("kind", kind)):
        found = found.filter(**{name: value}) if value else found
    return found.order_by("-raised_on", "kind", "pk")


def unanswered() -> QuerySet[Need]:
    """Needs and drafts to which nobody has answered."""
    return Need.objects.filter(responded_at=None, state__in=[NeedState.DRAFT, NeedState.OPEN])


def alerts_for(
    actor: Any, *, owner: str = "", level: str = "", kind: str = "", place: str = ""
) -> QuerySet[Need]:
    """What the actor's division still has to answer for, the one due first in front.

    `owner`: mine, nobody, or passed on because nobody answered in time.
    """
    found = needs_for(actor, state="", level=level, kind=kind, place=place)
    found = found.filter(responded_at=None, state__in=[NeedState.DRAFT, NeedState.OPEN])
    wanted = {
        "mine": Q(owner=actor.pk), "nobody": Q(owner=None), "passed": ~Q(escalated_level=""), "": Q()
    }.get(owner, Q())  # fmt: skip
    found = found.filter(wanted).select_related("household__head", "person", "owner")
    return found.order_by("respond_by", "pk")


def alert_counts(actor: Any, now: datetime) -> dict[str, int]:
    """How many alerts are late, due within a day, within three days, and later; and how many are the actor's own."""
    day, response = now + timedelta(hours=24), now + RESPONSE
    late, soon = Q(respond_by__lt=now), Q(respond_by__gte=now, respond_by__lt=day)
    return alerts_for(actor).order_by().aggregate(
        late=Count("pk", filter=late), today=Count("pk", filter=soon),
        soon=Count("pk", filter=Q(respond_by__gte=day, respond_by__lt=response)),
        later=Count("pk", filter=Q(respond_by__gte=response) | Q(respond_by=None)), mine=Count("pk", filter=Q(owner=actor.pk)),
    )  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """How alerts of the last days were answered: how many there were, how many in time, after how many hours on average."""

    alerts: int
    in_time: int
    hours: float | None


def kept_lately(actor: Any, now: datetime) -> Kept:
    """How the alerts of the actor's division that were answered, or fell due, in the last thirty days were kept."""
    since = now - LATELY
    answered = Q(responded_at__gte=since)
    over = Q(
        responded_at=None,
        state__in=[NeedState.DRAFT, NeedState.OPEN],
        respond_by__gte=since,
        respond_by__lt=now,
    )
    taken = ExpressionWrapper(F("responded_at") - F("raised_at"), output_field=DurationField())
    found = needs_for(actor, state="").filter(answered | over).order_by().aggregate(
        alerts=Count("pk"), in_time=Count("pk", filter=Q(responded_at__lte=F("respond_by"))), taken=Avg(taken)
    )  # fmt: skip
    hours = found["taken"].total_seconds() / 3600 if found["taken"] is not None else None
    return Kept(found["alerts"], found["in_time"], hours)


def late_by_owner(actor: Any, now: datetime) -> list[tuple[str, str, int, datetime]]:
    """Who has late alerts in the actor's division, the most first: user name, name, how many, the term of the oldest."""
    late = alerts_for(actor).filter(respond_by__lt=now).order_by()
    found = late.values("owner__username", "owner__name").annotate(many=Count("pk"), oldest=Min("respond_by"))
    rows = found.order_by("-many", "owner__username")[:MOST_OWNERS]
    return [
        (row["owner__username"] or "", row["owner__name"] or "", row["many"], row["oldest"]) for row in rows
    ]


def places_of(households: list[int]) -> pl.DataFrame:
    """Where some households live: household, place."""
    return registry.homes_frame(Within(households)).select("household", place="division")


def found_in_data(within: Within | None = None) -> pl.DataFrame:
    """The needs that were ever found in the data, of all or of some households and persons, as a run compares them.

    `waits` says that nobody has answered it nor passed it on.
    """
    given = {"homes": list(within.households), "persons": list(within.persons or ())} if within else None
    return bulk.copy_out(FOUND_IN_DATA + OF_SOME if within else FOUND_IN_DATA, given)


FOUND_IN_DATA = (
    "select id, key, state, household_id, person_id, owner_id as owner_before, responded_at is null and"
    " escalated_level = '' as waits from needs_need where source = 'indicator'"
)
OF_SOME = " and (household_id = any(%(homes)s) or person_id = any(%(persons)s))"


def places_for(actor: Any) -> list[tuple[str, str]]:
    """The places in the actor's division where somebody lacks something today: code, name."""
    lacking = Exists(Need.objects.filter(state=NeedState.OPEN, division=OuterRef("code")))
    found = access.scope(actor, Division.objects.filter(lacking), "code").order_by("code")
    return list(found.values_list("code", "name"))


def need_for(actor: Any, need: int) -> Need | None:
    """One need in the actor's division."""
    return needs_for(actor, state="").select_related("message").filter(pk=need).first()


def division_of(need: Need) -> str:
    """The place of the household, or of the person where there is no household."""
    owner = need.household or need.person
    return owner.division if owner else ""


def division_by(household_id: int | None, person_id: int | None) -> str:
    """The place where a need of a household, or of a person without one, counts."""
    owner = (
        registry.households().filter(pk=household_id)
        if household_id
        else registry.persons().filter(pk=person_id)
    )
    return owner.values_list("division", flat=True).first() or ""


def text_of(message: Message) -> str:
    """What a resident wrote."""
    return secrets.unseal(message.text_sealed, "needs.message.text", message.pk)


def told_by(person_id: int) -> QuerySet[Need]:
    """What a person's own messages have become, the latest first."""
    return (
        Need.objects.filter(message__person__in=registry.numbers_of([person_id]).values("pk"))
        .select_related("message")
        .order_by("-pk")
    )


def needs_of(*, household_id: int | None = None, person_id: int | None = None) -> QuerySet[Need]:
    """Open needs of a household or a person."""
    mine = Q(household=household_id) if household_id is not None else Q(person=person_id)
    return Need.objects.filter(mine, state=NeedState.OPEN).order_by("kind")


def open_needs(person_id: int | None, household_id: int | None) -> list[Need]:
    """Open needs of a person and of the household, the most pressing first; of a household, its members' too."""
    return still_open(Need.objects.filter(_of(person_id, household_id)))


def still_open(needs: Iterable[Need]) -> list[Need]:
    """Those of some needs that are open, the most pressing first."""
    found = [each for each in needs if each.state == NeedState.OPEN]
    return sorted(found, key=lambda need: (LEVELS.index(need.level), need.kind, need.pk))


def _of(person_id: int | None, household_id: int | None) -> Q:
    """Needs of a person and of the household; of a household, its members' too."""
    mine = Q(pk=None)
    if person_id is not None:
        mine |= Q(person=person_id)
    if household_id is not None:
        mine |= Q(household=household_id) if person_id is None else Q(household=household_id, person=None)
    return mine


def kinds() -> list[str]:
    """The kinds of needs there are."""
    return list(Need.objects.order_by("kind").values_list("kind", flat=True).distinct())


def about(person_id: int | None, household_id: int | None) -> dict[str, QuerySet[Any]]:
    """What this stage keeps of a person or a household, to be asked together with the rest."""
    return {"needs": Need.objects.filter(_of(person_id, household_id)).order_by("-raised_on", "-pk")}


def timeline(kept: Read) -> list[Event]:
    """Needs as events: raised, answered by somebody, closed."""
    key = "zh" if (get_language() or "zh").startswith("zh") else "en"
    return [event for need in kept["needs"] for event in _events(need, need.reason.get(key, need.kind))]


def _events(need: Need, words: str) -> list[Event]:
    found = [
        Event(
            on=need.raised_on, title=words, detail=need.get_state_display(), source=need.get_source_display(),
            url=reverse("portal:need", args=[need.pk]), tone="warning", stage="needs",
        )
    ]  # fmt: skip
    if need.responded_at:
        found.append(
            Event(
                on=timezone.localdate(need.responded_at), title=_("Somebody looks after a need"), detail=words,
                source=need.responded_by, tone="info", stage="needs",
            )
        )  # fmt: skip
    if need.closed_on:
        found.append(
            Event(on=need.closed_on, title=_("A need is over"), detail=words, tone="good", stage="needs")
        )
    return found
