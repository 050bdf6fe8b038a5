"""Reads of the registry: persons, households, facts, links, doubts, and the tables that other stages compute on."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin.matching.tables import FACT
from huimin_platform.base import access, bulk, secrets, together
from huimin_platform.base.timeline import Event
from huimin_platform.base.together import Kept
from huimin_platform.intake import queries as intake
from huimin_platform.intake.models import DeliveryFile
from huimin_platform.registry import verified
from huimin_platform.registry.changes import Within, given_of, of_either, of_persons
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
    found = access.scope(actor, Pair.objects.filter(state=PairState.OPEN), "person__division")
    mine = Opinion.objects.filter(withdrawn_at=None, by=getattr(actor, "username", ""))
    found = found.exclude(pk__in=mine.values("pair"))
    return found.select_related("file", "person", "other").order_by(
        F("skipped_at").asc(nulls_first=True), F("score").desc(nulls_first=True), "pk"
    )


def pair_for(actor: Any, pair: int) -> Pair | None:
    """One grey pair in the actor's division."""
    found = access.scope(actor, Pair.objects.all(), "person__division")
    return found.select_related("file", "person", "other").filter(pk=pair).first()


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


@dataclass(frozen=True)
class Agreement:
    """How often two clerks who judged the same pair said the same. `kappa` leaves out what chance alone would give."""

    pairs: int
    agreed: int
    share: float | None
    kappa: float | None


def agreement(actor: Any) -> Agreement:
    """How far clerks agree on the pairs of the actor's division that two of them judged, withdrawn opinions too.

    The second clerk does not see what the first one said. `kappa` is Cohen's, with the clerks taken as one kind.
    """
    pairs = access.scope(actor, Pair.objects.all(), "person__division").values("pk")
    said: dict[int, list[bool]] = {}
    for pair, same in Opinion.objects.filter(pair__in=pairs).order_by("pk").values_list("pair", "same"):
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


def household_frame(within: Within | None = None) -> pl.DataFrame:
    """Who lives in which household on the last day of the deliveries: household, person, relation."""
    return bulk.copy_out(
        "select household_id as household, person_id as person, relation from registry_membership"
        f" where withdrawn_at is null and ended_on is null{of_persons('person_id', within)}"
        " order by household_id, person_id",
        given_of(within),
    )


def persons_frame(within: Within | None = None) -> pl.DataFrame:
    """The persons that count, all or some: person, sex, born_on, died_on, division."""
    return bulk.copy_out(
        "select id as person, sex, born_on, died_on, division from registry_person where merged_into_id is null"
        + of_persons("id", within),
        given_of(within),
    )


def homes_frame(within: Within | None = None) -> pl.DataFrame:
    """The households that count, all or some: household, division, residence, head."""
    limit = " and id = any(%(homes)s)" if within else ""
    return bulk.copy_out(
        "select id as household, nullif(division, '') as division, residence, head_id as head"
        f" from registry_household where ended_on is null{limit}",
        given_of(within),
    )


def memberships_frame(within: Within | None = None, as_of: datetime | None = None) -> pl.DataFrame:
    """Memberships that a register says, or said at a moment, of all or of some persons: household, person, started_on,
    ended_on. Of these persons all of them: who lives elsewhere by now is told by that one.
    """
    return bulk.copy_out(
        "select household_id as household, person_id as person, started_on, ended_on"
        f" from registry_membership where {KNOWN_AT if as_of else KNOWN}{of_persons('person_id', within)}",
        given_of(within, as_of),
    )


# What is known today, and what was known at a moment.
KNOWN = "withdrawn_at is null"
KNOWN_AT = "coalesce(received_at <= %(as_of)s, true) and coalesce(withdrawn_at > %(as_of)s, true)"


def facts_frame(within: Within | None = None, as_of: datetime | None = None) -> pl.DataFrame:
    """Facts that a current row says, or said at a moment, and those that officers verified, all or those of some households
    and persons, as matching takes them.
    """
    given = {"as_of": as_of} if as_of else {}
    return _facts_frame(KNOWN_AT if as_of else KNOWN, within, given, verified.facts(as_of))


# What was withdrawn sooner was wrong and was put right by a corrected delivery; what stood as long was so, and ended.
STOOD = timedelta(days=30)


def earlier_facts_frame(kinds: Collection[str], within: Within | None = None) -> pl.DataFrame:
    """Facts of some kinds that only a delivery says which a later one has replaced, as matching takes them.

    Only of who was so for a month, however many deliveries said it: else a row that a corrected delivery leaves out
    would look like a child that left school.
    """
    replaced = "select id from intake_deliveryfile where not current and withdrawn_at is null"
    withdrawn = f"withdrawn_at is not null and kind = any(%(kinds)s) and source_file_id in ({replaced})"
    stood = (
        "select coalesce(person_id, 0), coalesce(household_id, 0), kind from registry_fact where kind = any(%(kinds)s)"
        f"{of_either(within)} group by 1, 2, 3 having max(coalesce(withdrawn_at, received_at)) - min(received_at) >= %(stood)s"
    )
    condition = f"{withdrawn} and (coalesce(person_id, 0), coalesce(household_id, 0), kind) in ({stood})"
    return _facts_frame(condition, within, {"kinds": list(kinds), "stood": STOOD})


def that_stood(facts_before: Iterable[Fact]) -> list[Fact]:
    """Of facts that a replaced delivery said, those that stood for a month, as `earlier_facts_frame` has them."""
    kept: dict[tuple[int | None, int | None, str], list[Fact]] = {}
    for fact in facts_before:
        kept.setdefault((fact.person_id, fact.household_id, fact.kind), []).append(fact)
    return [
        fact
        for said in kept.values()
        if max(each.withdrawn_at or each.received_at for each in said)
        - min(each.received_at for each in said)
        >= STOOD
        for fact in said
    ]


def _facts_frame(
    condition: str, within: Within | None, given: dict[str, Any], more: str = ""
) -> pl.DataFrame:
    limit = of_either(within)
    return bulk.copy_out(
        "select person_id as person, household_id as household, kind, value, nullif(words, '') as words, started_on,"
        " ended_on, occurred_on, nullif(key, '') as key, source_file_id::text as file, source_line as line"
        f" from registry_fact where {condition}{limit}{more.format(limit=limit)}",
        (given | (given_of(within) or {})) or None,
        FACT,
    )


def doubts_frame(within: Within | None = None) -> pl.DataFrame:
    """Rows that could belong to a person, all or some: file (its number), line, dataset, person, weight."""
    return bulk.copy_out(
        "select d.file_id as file, d.line, d.dataset, d.person_id as person, d.weight from registry_doubt d"
        f" join intake_deliveryfile f on f.id = d.file_id where f.current{of_persons('d.person_id', within)}",
        given_of(within),
    )


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
    # A key that is not given must not become one that is empty: facts of households have no person.
    decided = Q(person=person_id) | Q(other=person_id) if person_id is not None else Q(pk=None)
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
        "persons": Person.objects.filter(pk__in=people),
        "facts": said.order_by("-started_on", "-occurred_on", "kind", "pk"),
        "facts_before": replaced,
        "source_files": DeliveryFile.objects.filter(pk__in=said.values("source_file")).defer("profile"),
        "corrections": Correction.objects.filter(person=person_id).defer("text_sealed"),
        "verified": verified.about(mine),
        "identity": IdentityEvent.objects.filter(decided, kind__in=["merged", "parted"]),
        "files": DeliveryFile.objects.filter(current=True).order_by("dataset", "name"),
        "signed": Proposal.objects.filter(signature__published=True).order_by("pk"),
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
    joined, parted = _("Two files were found to be one person’s"), _("Two files were told apart again")
    return events + [
        Event(
            on=timezone.localdate(each.at), title=joined if each.kind == "merged" else parted, source=each.by,
            stage="registry",
        )
        for each in kept["identity"]
    ]  # fmt: skip


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
