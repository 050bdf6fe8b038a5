"""Reads about whole files: what hangs on them, which are alike, which one somebody means."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from huimin.units import national_id
from huimin_platform.base import access, secrets
from huimin_platform.registry import queries
from huimin_platform.registry.models import Fact, Membership, Person

MOST_ALIKE = 20
# Identity numbers have fifteen digits and more.
LONGEST_FILE_NUMBER = 12


def key_of_files(one: int, other: int) -> str:
    """The key of the question whether two files are one person's: asked once, however it comes up."""
    return f"persons/{min(one, other)}/{max(one, other)}"


@dataclass(frozen=True)
class Held:
    """What hangs on one file: its rows by data set, where the person lives, which benefits person and household draw."""

    rows: dict[str, int]
    home: Membership | None
    benefits: list[Fact]


def held_by(people: Collection[int]) -> dict[int, Held]:
    """What hangs on each of some files: what would move if two became one."""
    counted = (
        queries.links()
        .filter(person__in=people)
        .values_list("person", "file__dataset")
        .annotate(rows=Count("pk"))
    )
    rows: dict[int, dict[str, int]] = {person: {} for person in people}
    for person, dataset, count in counted.order_by("file__dataset"):
        rows[person][dataset] = count
    homes = {
        each.person_id: each
        for each in queries.memberships().filter(person__in=people, ended_on=None).select_related("household")
    }
    drawn: dict[int, list[Fact]] = {person: [] for person in people}
    living = {person: each.household_id for person, each in homes.items()}
    paid = Q(person__in=people) | Q(household__in=living.values())
    for fact in queries.facts().filter(paid, kind__in=queries.BENEFITS).order_by("kind", "-started_on", "pk"):
        for person in people:
            if person == fact.person_id or living.get(person, 0) == fact.household_id:
                drawn[person].append(fact)
    return {person: Held(rows[person], homes.get(person), drawn[person]) for person in people}


def merged_into(person: int) -> QuerySet[Person]:
    """The persons whose files went into this one's."""
    return Person.objects.filter(merged_into=person).order_by("pk")


def alike(actor: Any, person: Person) -> list[Person]:
    """Others of the actor's division who bear the same name and birth date, or share birth date and card or telephone."""
    same_name = Q(name=person.name, born_on=person.born_on) if person.born_on else Q(pk=None)
    contacts = Q(pk=None)
    for field in ("card_index", "phone_index"):
        if (index := getattr(person, field)) is not None:
            contacts |= Q(**{field: index}, born_on=person.born_on)
    found = access.scope(actor, queries.persons().filter(same_name | contacts)).filter(merged_into=None)
    return list(found.exclude(pk=person.pk).order_by("name", "pk")[:MOST_ALIKE])


def file_named(actor: Any, text: str) -> Person | None:
    """The file in the actor's division that somebody means by its number or by an identity number."""
    plain = text.strip().upper().removeprefix("P")
    mine = access.scope(actor, queries.persons()).filter(merged_into=None)
    if plain.isascii() and plain.isdigit() and len(plain) <= LONGEST_FILE_NUMBER:
        return queries.person_for(actor, int(plain))
    index = secrets.blind_index(national_id.clean(text), "national_id")
    return mine.filter(Q(national_id_index=index) | Q(other_national_ids__national_id_index=index)).first()
