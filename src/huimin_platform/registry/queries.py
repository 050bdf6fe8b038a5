"""Reads of the registry: persons, households, facts, links, doubts; the tables that other stages compute on are in `frames`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin_platform.base import access, secrets, together
from huimin_platform.base.timeline import Event
from huimin_platform.base.together import Kept
from huimin_platform.intake import queries as intake
from huimin_platform.intake.models import DeliveryFile
from huimin_platform.registry import changes, verified, whose
from huimin_platform.registry.frames import alike_frame as alike_frame
from huimin_platform.registry.frames import doubts_frame as doubts_frame
from huimin_platform.registry.frames import earlier_facts_frame as earlier_facts_frame
from huimin_platform.registry.frames import facts_frame as facts_frame
from huimin_platform.registry.frames import homes_frame as homes_frame
from huimin_platform.registry.frames import household_frame as household_frame
from huimin_platform.registry.frames import memberships_frame as memberships_frame
from huimin_platform.registry.frames import persons_frame as persons_frame
from huimin_platform.registry.frames import that_stood as that_stood
from huimin_platform.registry.models import (
    Correction,
    Doubt,
    Fact,
    Household,
    IdentityEvent,
    Link,
    Membership,
    Opinion,
    Pair,
    PairState,
    Person,
    Proposal,
    Run,
)
from huimin_platform.registry.whose import keepers_among as keepers_among
from huimin_platform.registry.whose import numbers_of as numbers_of

# What is paid by the departments' own data: a wrong merge here stops or doubles money.
BENEFITS = ("allowance_on_roll", "pension", "unemployment_benefit", "injury_benefit")


def persons() -> QuerySet[Person]:
    """Every person there ever was, merged ones too."""
    return Person.objects.all()


def households() -> QuerySet[Household]:
    """Every household there ever was."""
    return Household.objects.all()


def memberships(as_of: datetime | None = None) -> QuerySet[Membership]:
    """Memberships that a register says, or said at a moment."""
    return Membership.objects.filter(_known(as_of))


def facts(as_of: datetime | None = None) -> QuerySet[Fact]:
    """Facts that a current row says, or said at a moment."""
    return Fact.objects.filter(_known(as_of))


def _known(as_of: datetime | None) -> Q:
    """What is known today, or was known at a moment: received by then, and not yet withdrawn."""
    if as_of is None:
        return Q(withdrawn_at=None)
    received = Q(received_at=None) | Q(received_at__lte=as_of)
    return received & (Q(withdrawn_at=None) | Q(withdrawn_at__gt=as_of))


def links() -> QuerySet[Link]:
    """Whom the rows of the files that count are about."""
    return Link.objects.filter(file__current=True)


def facts_for(actor: Any, as_of: datetime | None = None) -> QuerySet[Fact]:
    """Facts about persons and households of the actor's division."""
    leading = access.prefix_of(actor)
    if leading is None:
        return Fact.objects.none()
    mine = Q(person__division__startswith=leading) | Q(household__division__startswith=leading)
    return facts(as_of).filter(mine) if leading else facts(as_of)


def last_run() -> Run | None:
    """The latest time that the registry changed."""
    return Run.objects.order_by("-pk").first()


def person_for(actor: Any, person: int) -> Person | None:
    """A person in the actor's division; who was merged answers with the one they were merged into."""
    found = Person.objects.filter(pk=person).first()
    while found is not None and found.merged_into_id is not None:
        found = Person.objects.filter(pk=found.merged_into_id).first()
    if found is None or (actor.role == "resident" and actor.person_id != found.pk):
        return None
    return found if actor.role == "resident" or access.within(actor, found.division) else None


def household_for(actor: Any, household: int) -> Household | None:
    """A household in the actor's division."""
    found = Household.objects.select_related("head").filter(pk=household).first()
    return found if found is not None and access.within(actor, found.division) else None


def members_of(household: int) -> QuerySet[Membership]:
    """The memberships of a household, those of today first."""
    return memberships().filter(household=household).select_related("person").order_by("-ended_on", "pk")


def membership_of(person: int) -> Membership | None:
    """The household a person belongs to, or belonged to last."""
    found = memberships().filter(person=person).select_related("household")
    return (
        found.order_by("ended_on", "pk").filter(ended_on=None).first() or found.order_by("-ended_on").first()
    )


def facts_of(person: int | None = None, household: int | None = None) -> QuerySet[Fact]:
    """Facts of a person or a household with their source files, the latest first."""
    mine = Q(person=person) if person is not None else Q(household=household)
    return (
        facts()
        .filter(mine)
        .select_related("source_file")
        .order_by("-started_on", "-occurred_on", "kind", "pk")
    )


def open_pairs(actor: Any) -> QuerySet[Pair]:
    """Grey pairs that the actor can still decide: what clerks ask, then the likeliest; those somebody skipped come last.

    A pair of which the actor has already said something waits for somebody else.
    """
    found = _pairs_of(actor).filter(state=PairState.OPEN)
    mine = Opinion.objects.filter(withdrawn_at=None, by=getattr(actor, "username", ""))
    found = found.exclude(pk__in=mine.values("pair"))
    return found.select_related("file", "person", "other").order_by(
        F("skipped_at").asc(nulls_first=True), F("score").desc(nulls_first=True), "pk"
    )


def pair_for(actor: Any, pair: int) -> Pair | None:
    """One grey pair in the actor's division."""
    return _pairs_of(actor).select_related("file", "person", "other").filter(pk=pair).first()


def rivals_of(actor: Any, pair: Pair) -> QuerySet[Pair]:
    """The other persons whom a clerk is asked about for the row of a pair, the likeliest first."""
    same_row = Pair.objects.filter(
        file=pair.file_id, line=pair.line, role=pair.role, whole=False, state=PairState.OPEN
    )
    found = access.scope(actor, same_row.exclude(pk=pair.pk), "person__division")
    return found.select_related("person").order_by("-score", "pk")


def _pairs_of(actor: Any) -> QuerySet[Pair]:
    """The pairs of the actor's division: where two whole files are asked about, both lie in it."""
    found = access.scope(actor, Pair.objects.all(), "person__division")
    both = access.scope(actor, found.filter(whole=True), "other__division")
    return found.filter(Q(whole=False) | Q(pk__in=both.values("pk")))


def needs_two(pair: Pair) -> bool:
    """Whether two clerks must agree on a pair: it is about two whole files, or somebody whom it is about draws a benefit,
    or lives on one.
    """
    if pair.whole:
        return True
    people = [each for each in (pair.person_id, pair.other_id) if each is not None]
    homes = memberships().filter(person__in=people, ended_on=None).values("household")
    drawn = facts().filter(kind__in=BENEFITS)
    return drawn.filter(Q(person__in=people) | Q(household__in=homes)).exists()


def opinions_of(pair: Pair) -> QuerySet[Opinion]:
    """What clerks say of a pair, the first one first."""
    return Opinion.objects.filter(pair=pair, withdrawn_at=None).order_by("pk")


def opinion_to_take_back(pair: Pair, given: Collection[Opinion], actor: Any) -> Opinion | None:
    """Which of the opinions given is the actor's and can be taken back: it has settled nothing yet, and nobody else has spoken.

    Of an open pair every opinion waits; of a settled one about whole files what was said against it since.
    """
    waiting, against = list(given), pair.state != PairState.SAME
    if pair.decided_at is not None:
        waiting = [
            each for each in given if pair.whole and each.same == against and each.at >= pair.decided_at
        ]
    return waiting[0] if len(waiting) == 1 and waiting[0].by == actor.username else None


@dataclass(frozen=True)
class Agreement:
    """How often two clerks who judged the same pair said the same. `kappa` leaves out what chance alone would give."""

    pairs: int
    agreed: int
    share: float | None
    kappa: float | None


def agreement(actor: Any) -> Agreement:
    """How far clerks agree on the pairs of the actor's division that two of them judged; what was taken back counts no more.

    The second clerk does not see what the first one said. `kappa` is Cohen's, with the clerks taken as one kind.
    """
    pairs = access.scope(actor, Pair.objects.all(), "person__division").values("pk")
    said: dict[int, list[bool]] = {}
    standing = Opinion.objects.filter(pair__in=pairs, withdrawn_at=None).order_by("pk")
    for pair, same in standing.values_list("pair", "same"):
        said.setdefault(pair, []).append(same)
    both = [each[:2] for each in said.values() if len(each) > 1]
    if not both:
        return Agreement(0, 0, None, None)
    agreed = sum(first == second for first, second in both)
    share, same = agreed / len(both), sum(sum(each) for each in both) / (2 * len(both))
    by_chance = same**2 + (1 - same) ** 2
    kappa = (share - by_chance) / (1 - by_chance) if by_chance < 1 else None
    return Agreement(len(both), agreed, share, kappa)


def corrections_for(actor: Any, *, state: str = "") -> QuerySet[Correction]:
    """What people of the actor's division say is wrong, the one to be answered first in front."""
    found = access.scope(actor, Correction.objects.all(), "person__division")
    found = found.filter(state=state) if state else found
    return found.select_related("person", "fact__source_file").order_by("answer_by", "pk")


def corrections_of(person: int) -> QuerySet[Correction]:
    """What a person has said is wrong in the own file, the latest first."""
    return Correction.objects.filter(person=person).select_related("fact").order_by("-pk")


def correction_text(correction: Correction) -> str:
    """What the person wrote."""
    return secrets.unseal(correction.text_sealed, "registry.correction.text", correction.pk)


def links_of(person: int) -> QuerySet[Link]:
    """The rows of the files that count which are about a person."""
    mine = Link.objects.filter(person=person, file__current=True)
    return mine.select_related("file").order_by("file__name", "line", "pk")


def history_of(person: int) -> QuerySet[IdentityEvent]:
    """What was ever decided about who a person is: links moved, merged, parted, opinions, undone; the latest first."""
    mine = IdentityEvent.objects.filter(Q(person=person) | Q(other=person))
    return mine.select_related("file").order_by("-pk")


def doubts_of(person: int) -> QuerySet[Doubt]:
    """Rows that could belong to a person."""
    return Doubt.objects.filter(person=person).select_related("file")


def links_of_row(file: int, line: int) -> QuerySet[Link]:
    """Whom a row is about."""
    return Link.objects.filter(file=file, line=line).select_related("person")


def last_day() -> date | None:
    """The last day that any member of a household was seen."""
    return (
        Membership.objects.filter(withdrawn_at=None)
        .order_by("-started_on")
        .values_list("started_on", flat=True)
        .first()
    )


def fact_words(words: str) -> str:
    """What a fact says in words: a value of a contract in the reader's language, else as the department wrote it."""
    known = intake.value_words().get(words)
    return known.say(get_language() or "zh-hans") if known else words


def about(
    person_id: int | None,
    household_id: int | None,
    kinds_of_earlier: Collection[str] = (),
    as_of: datetime | None = None,
) -> dict[str, QuerySet[Any]]:
    """What this stage keeps of a person or a household, or kept at a moment, to be asked together with the rest.

    Of a household: who ever was a member, with the facts about all of them, those of `kinds_of_earlier` too that
    only a replaced delivery says.
    """
    lived = memberships(as_of).filter(household=household_id)
    # Their numbers are asked for first: with a query inside, the database would look through all facts there are.
    people = {*lived.values_list("person", flat=True)} | ({person_id} if person_id is not None else set())
    theirs = whose.numbers_of(people)
    # A key that is not given must not become one that is empty: facts of households have no person.
    decided = Q(person=person_id) | Q(other=person_id) if person_id is not None else Q(pk=None)
    went_in = Q(person__merged_into=person_id) if person_id is not None else Q(pk=None)
    mine = Q(person__in=people)
    if household_id is not None:
        mine |= Q(household=household_id)
    said = facts(as_of).filter(mine)
    replaced = Fact.objects.filter(
        mine, withdrawn_at__isnull=False, kind__in=kinds_of_earlier, source_file__current=False
    )
    return {
        "households": Household.objects.filter(pk=household_id),
        "memberships": lived.order_by("pk"),
        "persons": theirs,
        "facts": said.order_by("-started_on", "-occurred_on", "kind", "pk"),
        "facts_before": replaced,
        "source_files": DeliveryFile.objects.filter(pk__in=said.values("source_file")).defer("profile"),
        "corrections": Correction.objects.filter(person=person_id).defer("text_sealed"),
        "verified": verified.about(Q(person__in=theirs.values("pk")) | Q(household=household_id, household__isnull=False)),
        "went_in": Membership.objects.filter(went_in).order_by("pk"),
        "identity": IdentityEvent.objects.filter(decided, kind__in=["merged", "parted"]),
        "files": DeliveryFile.objects.filter(current=True).order_by("dataset", "name"),
        "signed": Proposal.objects.filter(signature__published=True).order_by("pk"),
        **changes.waiting_for([] if as_of else people),
    }  # fmt: skip


def of_whom(kept: Kept, person_id: int | None) -> list[Fact]:
    """The facts that are a person's own, or else the household's, each with its source file."""
    together.join(kept["facts"], "source_file", kept["source_files"])
    return [
        fact
        for fact in kept["facts"]
        if (fact.person_id == person_id if person_id is not None else fact.household_id is not None)
    ]


def timeline(kept: Kept, person_id: int | None) -> list[Event]:
    """What registers say of a person or a household, what the person had put right, and who was found to be whom."""
    events = [_told(fact) for fact in of_whom(kept, person_id)[:500]]
    for each in kept["corrections"]:
        about = {"tone": "info", "stage": "registry", "detail": each.get_state_display()}
        events.append(
            Event(on=timezone.localdate(each.asked_at), title=_("Asked to put the file right"), **about)
        )
        if each.answered_at:
            events.append(
                Event(
                    on=timezone.localdate(each.answered_at), title=_("The request to put the file right was answered"),
                    source=each.answered_by, **about,
                )
            )  # fmt: skip
    return events + [_identified(each, kept) for each in kept["identity"]]


def _identified(event: IdentityEvent, kept: Kept) -> Event:
    """That two files became one, or two again; with the household where the cases and payments of the other one stand."""
    joined, parted = _("Two files were found to be one person’s"), _("Two files were told apart again")
    homes = {each.person_id: each.household_id for each in kept["went_in"]}
    home = homes.get(event.person_id) if event.kind == "merged" else None
    stands = _(
        "File %(file)s went into this one. What was decided and paid under it stands with household %(home)s."
    )
    return Event(
        on=timezone.localdate(event.at), title=joined if event.kind == "merged" else parted, source=event.by,
        detail=stands % {"file": event.person_id, "home": home} if home else "",
        url=reverse("portal:household", args=[home]) if home else "", stage="registry",
    )  # fmt: skip


def _told(fact: Fact) -> Event:
    from huimin.units.money import format_yuan

    kind = intake.fact_kinds().get(fact.kind)
    money = kind is not None and kind.unit in ("fen", "fen_per_month") and fact.value is not None
    said = [fact_words(fact.words), format_yuan(fact.value) if money and fact.value is not None else ""]
    return Event(
        on=fact.occurred_on or fact.started_on or fact.received_at.date(),
        title=kind.title.say(get_language() or "zh-hans") if kind else fact.kind,
        detail=" ".join(filter(None, said)),
        sensitive=kind is not None and kind.data_class == "sensitive",
        source=f"{fact.source_file.name}:{fact.source_line}",
        stage="registry",
    )
