"""What earlier runs and clerks have established, as the library takes it."""

import polars as pl
from django.db.models import Max, Q

from huimin.registry import facts as fact_room
from huimin.registry import joining
from huimin.registry.thresholds import Thresholds
from huimin_platform.base import bulk, secrets
from huimin_platform.registry.models import Pair, PairState, Person, Threshold

WHERE = "registry.person.national_id"
WHERE_OTHERS = "registry.othernationalid.national_id"


def persons() -> pl.DataFrame:
    """The persons there ever were, with each number they ever bore: person, national_id, name, born_on, and whether the number
    is the `own`, first one. Whoever was `merged` can be told apart again.
    """
    first = bulk.copy_out(
        "select id, id as person, name, born_on, merged_into_id is not null as merged, national_id_sealed"
        " from registry_person"
    )
    others = bulk.copy_out(
        "select other.id, person.id as person, name, born_on, merged_into_id is not null as merged,"
        " other.national_id_sealed from registry_othernationalid other"
        " join registry_person person on person.id = other.person_id"
    )
    return pl.concat([_unsealed(first, WHERE, own=True), _unsealed(others, WHERE_OTHERS, own=False)])


def _unsealed(found: pl.DataFrame, where: str, *, own: bool) -> pl.DataFrame:
    numbers = secrets.unseal_many(found["national_id_sealed"].to_list(), where, found["id"].to_list())
    number = pl.Series("national_id", numbers, dtype=pl.String)
    return found.select("person", number, "name", "born_on", "merged", own=pl.lit(own))


def memberships() -> pl.DataFrame:
    """Who has lived in which household: household, person."""
    return bulk.copy_out(
        "select distinct household_id as household, person_id as person from registry_membership"
    )


def decided(*, whole: bool = False) -> list[tuple[int, str]]:
    """The pairs of a row and a person that clerks have settled, and how; or those of two whole files."""
    found = Pair.objects.filter(whole=whole, state__in=[PairState.SAME, PairState.DIFFERENT]).order_by("pk")
    return list(found.values_list("pk", "state"))


def looked_at() -> pl.DataFrame:
    """The rows that clerks have said anything of, also what they took back: file, line."""
    found = Pair.objects.filter(
        Q(state__in=[PairState.SAME, PairState.DIFFERENT]) | Q(opinions__isnull=False), whole=False
    )
    rows = [(str(file), line) for file, line in found.values_list("file", "line").distinct()]
    return pl.DataFrame(rows, schema={"file": pl.String, "line": pl.Int64}, orient="row")


def others_rest_on(files: list[int]) -> bool:
    """Whether rows of other files are linked as they are because of rows of these: by a number that only these told, or
    to a person whom only these made known.
    """
    found = bulk.copy_out(
        "select exists (select from registry_link where file_id = any(%(files)s) and how = 'id_completed') or exists"
        " (select from registry_link made join registry_link other on other.person_id = made.person_id"
        " join intake_deliveryfile counts on counts.id = other.file_id and counts.current"
        " where made.file_id = any(%(files)s) and made.how = 'new' and other.file_id <> all(%(files)s)"
        " and other.how <> 'new') as rest",
        {"files": files},
    )
    return bool(found["rest"][0])


def weighed_beside(files: list[int]) -> pl.DataFrame:
    """The rows of other files that are linked by likeness to persons whom rows of these are about: file, line."""
    return bulk.copy_out(
        "select distinct file_id::text as file, line from registry_link where how = 'weighed' and file_id <> all(%(files)s)"
        " and person_id in (select person_id from registry_link where file_id = any(%(files)s))",
        {"files": files},
    )


def thresholds() -> Thresholds:
    """The thresholds that a person adopted last, else those that were measured."""
    kept = Threshold.objects.order_by("-pk").values_list("sure", "grey", "doubt").first()
    return Thresholds(*kept) if kept else Thresholds()


def highest() -> int:
    """The greatest number that a person ever had."""
    return Person.objects.aggregate(highest=Max("pk"))["highest"] or 0


def told(kinds: list[str], without: list[int]) -> pl.DataFrame:
    """Facts of some kinds as the library takes them, without those of files that count no more."""
    return bulk.copy_out(
        "select person_id as person, household_id as household, kind, value, nullif(words, '') as words, started_on,"
        " ended_on, occurred_on, nullif(key, '') as key, source_file_id::text as file, source_line as line"
        " from registry_fact where withdrawn_at is null and kind = any(%(kinds)s) and source_file_id <> all(%(without)s)",
        {"kinds": kinds, "without": without},
        fact_room.SCHEMA,
    )


def homes() -> pl.DataFrame:
    """Who lives where now: person, household."""
    return bulk.copy_out(
        "select person_id as person, household_id as household from registry_membership"
        " where withdrawn_at is null and ended_on is null"
    )


def lived() -> pl.DataFrame:
    """Who lives where, or lived until the own death: household, person."""
    return bulk.copy_out(
        "select household_id as household, person_id as person from registry_membership where withdrawn_at is null"
    )


def links_of(persons: list[int], files: list[int]) -> pl.DataFrame:
    """The links of some persons to rows of some files: file, line, role, person."""
    return bulk.copy_out(
        "select file_id::text as file, line, role, person_id as person from registry_link"
        " where person_id = any(%(persons)s) and file_id = any(%(files)s)",
        {"persons": persons, "files": files},
    )


def decisions() -> pl.DataFrame:
    """What clerks have decided of rows: file, line, role, person, same."""
    decided = Pair.objects.filter(whole=False, state__in=[PairState.SAME, PairState.DIFFERENT])
    merged = dict(Person.objects.exclude(merged_into=None).values_list("pk", "merged_into"))

    def last(person: int) -> int:
        while person in merged:
            person = merged[person]
        return person

    rows = [
        (str(file), line, role, last(person), state == PairState.SAME)
        for file, line, role, person, state in decided.values_list("file", "line", "role", "person", "state")
    ]
    schema = {"file": pl.String, "line": pl.Int64, "role": pl.String, "person": pl.Int64, "same": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def kept() -> pl.DataFrame:
    """Who keeps the file of those whom clerks hold for one: person, kept."""
    found = joining.kept_by(_whole(PairState.SAME))
    return pl.DataFrame(list(found.items()), schema=joining.SCHEMA, orient="row")


def apart() -> pl.DataFrame:
    """The identity numbers of those whom clerks hold for two: one, other."""
    pairs = _whole(PairState.DIFFERENT)
    sealed = dict(
        Person.objects.filter(pk__in={person for pair in pairs for person in pair}).values_list(
            "pk", "national_id_sealed"
        )
    )
    numbers = dict(zip(sealed, secrets.unseal_many(list(sealed.values()), WHERE, list(sealed)), strict=True))
    rows = [(numbers[one], numbers[other]) for one, other in pairs]
    return pl.DataFrame(rows, schema={"one": pl.String, "other": pl.String}, orient="row").drop_nulls()


def _whole(state: str) -> list[tuple[int, int]]:
    """The persons of the pairs of whole files that clerks have settled so."""
    found = Pair.objects.filter(whole=True, state=state).order_by("pk")
    return [(one, other) for one, other in found.values_list("person", "other") if other is not None]
