"""What earlier runs and clerks have established, as the library takes it."""

import polars as pl

from huimin_platform.base import bulk, secrets
from huimin_platform.registry.models import Pair, PairState, Person

WHERE = "registry.person.national_id"


def persons() -> pl.DataFrame:
    """The persons there ever were: person, national_id, name, born_on. Whoever was merged can be told apart again."""
    found = bulk.copy_out("select id as person, name, born_on, national_id_sealed from registry_person")
    numbers = secrets.unseal_many(found["national_id_sealed"].to_list(), WHERE, found["person"].to_list())
    return found.select("person", pl.Series("national_id", numbers, dtype=pl.String), "name", "born_on")


def memberships() -> pl.DataFrame:
    """Who has lived in which household: household, person."""
    return bulk.copy_out(
        "select distinct household_id as household, person_id as person from registry_membership"
    )


def decisions() -> pl.DataFrame:
    """What clerks have decided: file, line, role, person, same."""
    decided = Pair.objects.filter(state__in=[PairState.SAME, PairState.DIFFERENT])
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
