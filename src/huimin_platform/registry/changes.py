"""Of whom runs of the registry changed anything, so that needs and answers follow a change and ask nobody else."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from django.db.models import Exists, OuterRef, Q, QuerySet

from huimin_platform.base import bulk
from huimin_platform.intake import queries as intake
from huimin_platform.registry import verified
from huimin_platform.registry.models import Doubt, Link, Pair, PairState, Person, Run, Touch

# Two files of which clerks are asked whether they are one person's, because the registry itself found that likely.
ASKED_ALIKE = "whole and state = 'open' and second is null and reasons = '[\"registered_twice\"]'"
WHO: dict[str, Any] = {"person_id": pl.Int64, "household_id": pl.Int64}
# More than this share of all persons, and to ask everybody takes no longer.
LARGEST_SHARE = 0.2
# Needs and answers follow within minutes; who is so far behind asks everybody.
KEPT = timedelta(days=31)


class Touched:
    """The persons and households of whom a run changed anything, gathered while what it found is kept."""

    def __init__(self) -> None:
        self._parts = [pl.DataFrame(schema=WHO)]

    def add(self, rows: pl.DataFrame) -> None:
        """Takes note of the rows' `person_id` and `household_id`, whichever they have."""
        self._parts.append(rows.select(name for name in WHO if name in rows.columns))

    def persons(self, numbers: Collection[int]) -> None:
        """Takes note of persons."""
        self._parts.append(pl.DataFrame({"person_id": list(numbers)}, schema={"person_id": pl.Int64}))

    def found(self) -> pl.DataFrame:
        """Whom: person_id, household_id; one of them or both in a row."""
        return pl.concat(self._parts, how="diagonal").unique()


def keep(run: Run, touched: Touched) -> None:
    """Keeps with a run of whom it changed anything; nobody by name where that is a large share of all.

    What files said that count no more is remembered as well: it is what was so before.
    """
    _add_those_of_files_that_left(run, touched)
    found = touched.found()
    limit = Person.objects.count() * LARGEST_SHARE
    run.everybody = found["person_id"].n_unique() > limit or not Run.objects.exclude(pk=run.pk).exists()
    run.save(update_fields=["everybody"])
    if not run.everybody:
        bulk.copy_in(Touch, found.with_columns(run_id=pl.lit(run.pk)))


def _add_those_of_files_that_left(run: Run, touched: Touched) -> None:
    last = Run.objects.filter(pk__lt=run.pk).order_by("-pk").first()
    if last is None:
        return
    given = {"left": sorted({*last.files} - {*run.files}), "at": last.at}
    touched.add(
        bulk.copy_out(
            "select distinct person_id, household_id from registry_fact where source_file_id in (select id from"
            " intake_deliveryfile where id = any(%(left)s) or withdrawn_at >= %(at)s)",
            given,
        )
    )


def forget(run: Run) -> None:
    """Forgets of whom runs of long ago changed anything."""
    former = Run.objects.filter(at__lt=run.at - KEPT, everybody=False)
    Touch.objects.filter(run__in=former).delete()
    former.update(everybody=True)


@dataclass(frozen=True)
class Within:
    """Some households and persons. Without `persons`, whoever ever was in one of the households."""

    households: Collection[int]
    persons: Collection[int] | None = None


# Whoever ever was in one of some households.
MEMBERS_OF = "select person_id from registry_membership where household_id = any(%(homes)s)"


def of_persons(column: str, within: Within | None) -> str:
    """A further condition in SQL, that a row is about one of the persons; none where it may be anybody."""
    return f" and {_among(column, within)}" if within else ""


def of_either(within: Within | None) -> str:
    """A further condition in SQL, that a row is about one of the households or persons."""
    return f" and (household_id = any(%(homes)s) or {_among('person_id', within)})" if within else ""


def given_of(within: Within | None, as_of: datetime | None = None) -> dict[str, Any] | None:
    """What such conditions are given: homes, persons and the moment."""
    said: dict[str, Any] = {"as_of": as_of} if as_of else {}
    if within:
        said |= {"homes": list(within.households), "persons": list(within.persons or ())}
    return said or None


def _among(column: str, within: Within) -> str:
    return f"{column} in ({MEMBERS_OF})" if within.persons is None else f"{column} = any(%(persons)s)"


# Of whom a run changed anything, and of whom officers verified something, confirmed it or took it back.
TOUCHED = (
    "with touched as (select person_id, household_id from registry_touch where run_id > %(run)s union"
    f" select person_id, household_id from {verified.of_whom()} said where changed > %(verified)s) "
)


def since(run: int, mark: int) -> Within | None:
    """Of whom anything changed since a run and a writing of what officers verified, with the households they ever lived in,
    who ever lived there, and whom a row that waits may join to them.

    None where that may be everybody.
    """
    if Run.objects.filter(pk__gt=run, everybody=True).exists():
        return None
    touched = bulk.copy_out(
        TOUCHED + "select person_id, household_id from touched", {"run": run, "verified": mark}
    )
    return _with_all_beside(*({*touched[name].drop_nulls()} for name in ("household_id", "person_id")))


def beside(household: int) -> Within:
    """A household with all households and persons that what waits for clerks may make one with it."""
    return _with_all_beside({household}, set())


def _with_all_beside(homes: set[int], persons: set[int]) -> Within:
    """Households and persons, with where those ever lived, who ever lived there, and whom a row that waits may join to them."""
    persons = persons | _ids(
        "select person_id as id from registry_membership where household_id = any(%(ids)s)", homes
    )
    told_of = pl.concat([_several_spoken_of(), _alike()])
    while True:
        homes |= _ids(
            "select household_id as id from registry_membership where person_id = any(%(ids)s)", persons
        )
        persons |= _ids(
            "select person_id as id from registry_membership where household_id = any(%(ids)s)", homes
        )
        theirs = told_of.filter(pl.col("person_id").is_in(list(persons))).select("file_id", "line")
        further = {*told_of.join(theirs, on=["file_id", "line"], how="semi")["person_id"]} - persons
        if not further:
            return Within(sorted(homes), sorted(persons))
        persons |= further


def _ids(asked: str, given: Collection[int]) -> set[int]:
    return {*bulk.copy_out(asked, {"ids": list(given)}, {"id": pl.Int64})["id"]} if given else set()


def _several_spoken_of() -> pl.DataFrame:
    """Rows that speak of two and wait for one of them: file_id, line, person_id of whoever it is or could be.

    What holds of the one hangs on who the other is: whether they live together.
    """
    several = [name for name, contract in intake.contracts().items() if len(contract.mentions) > 1]
    waiting = "(select distinct file_id, line from registry_doubt where dataset = any(%(several)s)) waiting"
    return bulk.copy_out(
        f"select file_id, line, person_id from registry_doubt join {waiting} using (file_id, line)"
        f" union select file_id, line, person_id from registry_link join {waiting} using (file_id, line)"
        " where person_id is not null",
        {"several": several},
    )


def waiting_for(people: Collection[int]) -> dict[str, QuerySet[Any]]:
    """What waits for clerks and may make a household of these people one with another: questions about two files, and rows that
    speak of two.
    """
    several = [name for name, contract in intake.contracts().items() if len(contract.mentions) > 1]
    spoken_of = Link.objects.filter(person__in=people, file=OuterRef("file"), line=OuterRef("line"))
    asked = Pair.objects.filter(
        whole=True, state=PairState.OPEN, second__isnull=True, reasons=["registered_twice"]
    )
    return {
        "asked_alike": asked.filter(Q(person__in=people) | Q(other__in=people)),
        "waiting_rows": Doubt.objects.filter(Q(person__in=people) | Exists(spoken_of), dataset__in=several),
    }


def _alike() -> pl.DataFrame:
    """Files that may be one person's, each two as if a row spoke of both: what holds of the one hangs on the other."""
    return bulk.copy_out(
        "select -id as file_id, 0::bigint as line, unnest(array[person_id, other_id]) as person_id from registry_pair"
        f" where {ASKED_ALIKE}"
    )


def between(last: Any, now: Any) -> Within | None:
    """Of whom what needs and answers rest on is another than at the last run of their stage; None where of anybody.

    `last` has what that run rested on: `registry`, `verified`, `grounds` and `on`, as `tables.inputs` has it of today.
    """
    if last is None or last.registry is None or (last.grounds, last.on) != (now.grounds, now.on):
        return None
    return since(last.registry, last.verified)
