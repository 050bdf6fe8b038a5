"""What the library resolved, kept: only differences are written, nothing is overwritten or lost."""

import json
from datetime import datetime
from typing import Any

import polars as pl
from django.db import connection

from huimin.registry.households import Households
from huimin_platform.base import bulk, secrets
from huimin_platform.registry.changes import Touched
from huimin_platform.registry.models import (
    Doubt,
    Fact,
    Household,
    IdentityEvent,
    Link,
    Membership,
    OtherNationalId,
    Pair,
    PairState,
    Person,
)

SEALED = ("national_id", "phone", "card", "address")
PLAIN = ("name", "sex", "born_on", "died_on", "division")
FACT_KEY = ("person_id", "household_id", "kind", "value", "words", "started_on", "ended_on", "occurred_on", "key",
            "source_file_id", "source_line")  # fmt: skip
PLACE = ("file_id", "line", "role")


def persons(found: pl.DataFrame, touched: Touched, *, alone: bool = False) -> dict[str, int]:
    """Adds persons who are new and brings others up to date; counts of both. `found` has an `id` for each.

    `alone` says that only these persons are in question, not all there are.
    """
    frame = found.with_columns(
        pl.col("name").fill_null(""), pl.col("sex").fill_null(""), pl.col("division").fill_null("")
    )
    frame = frame.with_columns(
        pl.Series(f"{field}_index", secrets.blind_many(frame[field].to_list(), field), dtype=pl.Binary)
        for field in SEALED
    )
    seen = ["id", *PLAIN, *(f"{field}_index" for field in SEALED)]
    only = {"ids": frame["id"].to_list()} if alone else None
    before = bulk.copy_out(
        f"select {', '.join(seen)} from registry_person" + (" where id = any(%(ids)s)" if only else ""), only
    )
    fresh = frame.join(before.select("id"), on="id", how="anti")
    changed = frame.join(before.select("id"), on="id", how="semi").join(
        before, on=seen, how="anti", nulls_equal=True
    )
    bulk.copy_in(Person, _sealed(fresh, "registry.person").drop("other_ids"))
    bulk.change(Person, _sealed(changed, "registry.person").drop("other_ids"))
    touched.persons([*fresh["id"], *changed["id"]])
    numbers = _other_numbers(found)
    return {"persons": fresh.height, "persons_changed": changed.height, "other_numbers": numbers}


def _sealed(frame: pl.DataFrame, model: str) -> pl.DataFrame:
    present = [field for field in SEALED if field in frame.columns]
    rows = frame["id"].to_list()
    sealed = [
        pl.Series(
            f"{field}_sealed",
            secrets.seal_many(frame[field].to_list(), f"{model}.{field}", rows),
            dtype=pl.Binary,
        )
        for field in present
    ]
    return frame.with_columns(sealed).drop(present)


def _other_numbers(found: pl.DataFrame) -> int:
    others = found.select(person_id="id", number="other_ids").explode("number").drop_nulls()
    index = pl.Series(
        "national_id_index", secrets.blind_many(others["number"].to_list(), "national_id"), dtype=pl.Binary
    )
    others = others.with_columns(index).unique(
        ["person_id", "national_id_index"], keep="first", maintain_order=True
    )
    before = bulk.copy_out("select id, person_id, national_id_index from registry_othernationalid")
    said = ["person_id", "national_id_index"]
    # Whose file was parted again does not bear the other's number any more.
    gone = before.filter(pl.col("person_id").is_in(found["id"].implode())).join(others, on=said, how="anti")
    OtherNationalId.objects.filter(pk__in=gone["id"].to_list()).delete()
    fresh = others.join(before, on=said, how="anti")
    fresh = fresh.with_columns(id=_ids("registry_othernationalid", fresh.height))
    where = "registry.othernationalid.national_id"
    sealed = secrets.seal_many(fresh["number"].to_list(), where, fresh["id"].to_list())
    return bulk.copy_in(
        OtherNationalId,
        fresh.with_columns(pl.Series("national_id_sealed", sealed, dtype=pl.Binary)).drop("number"),
    )


def back_persons(found: pl.DataFrame, at: datetime, touched: Touched) -> int:
    """Brings back persons who had been merged into another and are told apart again."""
    merged = dict(Person.objects.exclude(merged_into=None).values_list("pk", "merged_into"))
    back = [person for person in found["id"].to_list() if person in merged]
    Person.objects.filter(pk__in=back).update(merged_into=None)
    touched.persons([*back, *(merged[person] for person in back)])
    IdentityEvent.objects.bulk_create(
        IdentityEvent(at=at, by="system", kind="parted", person_id=person, other_id=merged[person])
        for person in back
    )
    return len(back)


def gone_persons(
    found: pl.DataFrame,
    links: pl.DataFrame,
    went: pl.DataFrame,
    kept: pl.DataFrame,
    at: datetime,
    touched: Touched,
) -> int:
    """Marks persons whom no row is about any more, where all their rows went to one other, or where that one bears their number
    now: merged into that one.

    `went` says whose number another bears now (person, kept), `kept` into whom clerks have merged somebody.
    """
    before = bulk.copy_out(
        "select l.file_id, l.line, l.role, l.person_id as person from registry_link l join registry_person p"
        " on p.id = l.person_id where p.merged_into_id is null"
    )
    lost = before.join(found.select(person="id"), on="person", how="anti")
    now = links.select(*PLACE, target="person_id").drop_nulls()
    moved = lost.join(now, on=list(PLACE)).group_by("person").agg(pl.col("target").unique())
    merged = moved.filter(pl.col("target").list.len() == 1).select("person", pl.col("target").list.first())
    of_clerks = kept.join(found.select(person="id"), on="person", how="anti")
    known = dict(Person.objects.exclude(merged_into=None).values_list("pk", "merged_into"))
    into = dict(merged.iter_rows()) | dict(went.iter_rows()) | dict(of_clerks.iter_rows())
    fresh = {person: target for person, target in into.items() if known.get(person) != target}
    touched.persons([*fresh, *fresh.values()])
    for person, target in fresh.items():
        Person.objects.filter(pk=person).update(merged_into=target)
        IdentityEvent.objects.create(at=at, by="system", kind="merged", person_id=person, other_id=target)
    return len(fresh)


def homes(formed: Households, at: datetime, touched: Touched) -> dict[str, int]:
    """Keeps households and memberships as they were formed."""
    found = formed.households.rename({"household": "id", "head": "head_id"})
    members = formed.memberships.rename(
        {"household": "household_id", "person": "person_id", "line": "source_line"}
    )
    members = members.with_columns(source_file_id=pl.col("file").cast(pl.Int64)).drop("file")
    counts = households(found, touched) | memberships(members, at, touched)
    return counts | {"households_ended": end_households(found, at, touched)}


def set_sequences() -> None:
    """Numbers that the library gave are taken; the sequences go on from there."""
    with connection.cursor() as cursor:
        for table in ("registry_person", "registry_household"):
            cursor.execute(
                f"select setval(pg_get_serial_sequence('{table}', 'id'), greatest((select max(id) from {table}), 1))"
            )


def households(found: pl.DataFrame, touched: Touched) -> dict[str, int]:
    """Adds households that are new and brings others up to date, those too that had ended."""
    frame = found.with_columns(pl.col("division").fill_null(""))
    index = pl.Series(
        "address_index", secrets.blind_many(frame["address"].to_list(), "address"), dtype=pl.Binary
    )
    frame = frame.with_columns(index)
    seen = ["id", "residence", "division", "head_id", "address_index"]
    before = bulk.copy_out(f"select {', '.join(seen)}, ended_on from registry_household")
    fresh = frame.join(before.select("id"), on="id", how="anti")
    alive = before.filter(pl.col("ended_on").is_null())
    changed = frame.join(before.select("id"), on="id", how="semi").join(
        alive, on=seen, how="anti", nulls_equal=True
    )
    bulk.copy_in(Household, _sealed(fresh, "registry.household"))
    back = _sealed(changed, "registry.household").with_columns(ended_on=pl.lit(None, pl.Date))
    bulk.change(Household, back)
    for each in (fresh, changed):
        touched.add(each.select(household_id="id"))
    return {"households": fresh.height, "households_changed": changed.height}


def end_households(found: pl.DataFrame, on: datetime, touched: Touched) -> int:
    """Ends households that no register forms any more."""
    before = bulk.copy_out("select id from registry_household where ended_on is null")
    gone = before.join(found.select("id"), on="id", how="anti")
    touched.add(gone.select(household_id="id"))
    return Household.objects.filter(pk__in=gone["id"].to_list()).update(ended_on=on.date())


def memberships(found: pl.DataFrame, at: datetime, touched: Touched) -> dict[str, int]:
    """Adds memberships that are new; withdraws those that no register says any more."""
    key = ["person_id", "household_id", "relation", "started_on", "ended_on"]
    before = bulk.copy_out(f"select id, {', '.join(key)} from registry_membership where withdrawn_at is null")
    fresh = found.unique(key, keep="first", maintain_order=True).join(
        before, on=key, how="anti", nulls_equal=True
    )
    gone = before.join(found, on=key, how="anti", nulls_equal=True)
    Membership.objects.filter(pk__in=gone["id"].to_list()).update(withdrawn_at=at)
    bulk.copy_in(Membership, fresh.with_columns(received_at=pl.lit(at).dt.convert_time_zone("UTC")))
    for each in (fresh, gone):
        touched.add(each)
    return {"memberships": fresh.height, "memberships_withdrawn": gone.height}


def facts(
    found: pl.DataFrame, at: datetime, touched: Touched, before: pl.DataFrame | None = None
) -> dict[str, int]:
    """Adds facts that are new; withdraws those that no current row says any more.

    `before` are the facts in question (id and `FACT_KEY`), where these are not all.
    """
    frame = as_kept(found)
    before = facts_kept("true") if before is None else before
    fresh = frame.join(before, on=list(FACT_KEY), how="anti", nulls_equal=True)
    gone = before.join(frame, on=list(FACT_KEY), how="anti", nulls_equal=True)
    for part in gone["id"].to_frame().iter_slices(50_000):
        Fact.objects.filter(pk__in=part["id"].to_list()).update(withdrawn_at=at)
    # In the order of the index by which a file is opened: a county's first load is written in half the time.
    ordered = fresh.select(FACT_KEY).sort("person_id", maintain_order=True)
    bulk.copy_in(Fact, ordered.with_columns(received_at=pl.lit(at).dt.convert_time_zone("UTC")))
    for each in (fresh, gone):
        touched.add(each)
    return {"facts": fresh.height, "facts_withdrawn": gone.height}


def as_kept(found: pl.DataFrame) -> pl.DataFrame:
    """Facts as the table holds them, where a text is never null."""
    return found.with_columns(
        pl.col("words").fill_null("").str.slice(0, 200), pl.col("key").fill_null("").str.slice(0, 200)
    )


def facts_kept(condition: str, given: dict[str, Any] | None = None) -> pl.DataFrame:
    """Facts that a current row says, under a condition in SQL: id and `FACT_KEY`."""
    columns = ", ".join(FACT_KEY)
    return bulk.copy_out(
        f"select id, {columns} from registry_fact where withdrawn_at is null and ({condition})", given
    )


def links(found: pl.DataFrame, at: datetime, among: pl.DataFrame | None = None) -> dict[str, int]:
    """Adds links of new rows, and moves those that are about somebody else now, each with an event.

    `among` are the rows in question (file_id, line), where these are not all.
    """
    before = _kept("id, file_id, line, role, person_id as was, how as was_how from registry_link", among)
    fresh = found.join(before, on=list(PLACE), how="anti")
    both = found.join(before, on=list(PLACE))
    moved = both.filter(pl.col("person_id").ne_missing(pl.col("was")) | (pl.col("how") != pl.col("was_how")))
    bulk.copy_in(Link, fresh)
    bulk.change(Link, moved.select("id", "person_id", "how", "score", "evidence"))
    elsewhere = moved.filter(pl.col("was").is_not_null() & pl.col("person_id").ne_missing(pl.col("was")))
    IdentityEvent.objects.bulk_create(
        IdentityEvent(
            at=at, by="system", kind="moved", person_id=row["was"], other_id=row["person_id"],
            file_id=row["file_id"], line=row["line"], role=row["role"],
        )
        for row in elsewhere.iter_rows(named=True)
    )  # fmt: skip
    return {"links": fresh.height, "links_moved": moved.height}


def pairs(found: pl.DataFrame, among: pl.DataFrame | None = None) -> dict[str, int]:
    """Adds grey pairs that are new; an open one that is no longer in question is marked gone, and back if it is again.

    What the second opinion asks stays as it is, unless the registry now asks the same.
    """
    keyed = found.with_columns(key=pl.format("{}/{}/{}/{}", "file_id", "line", "role", "person_id"))
    keyed = keyed.unique("key", keep="first", maintain_order=True)
    asked_of_files = "(second is not null or whole) as second"
    before = _kept(f"id, key, state, {asked_of_files}, file_id, line from registry_pair", among)
    before = before.select("id", "key", "state", "second")
    fresh = keyed.join(before, on="key", how="anti")
    Pair.objects.bulk_create(
        (
            Pair(
                key=row["key"], file_id=row["file_id"], line=row["line"], role=row["role"], person_id=row["person_id"],
                other_id=row["other_id"], score=row["score"], reasons=row["reasons"],
                evidence=json.loads(row["evidence"]) if row["evidence"] else None,
            )
            for row in fresh.iter_rows(named=True)
        ),
        batch_size=2000,
    )  # fmt: skip
    now = set(keyed["key"])
    ours = before.filter(~pl.col("second")).drop("second")
    gone = [pk for pk, key, state in ours.iter_rows() if state == PairState.OPEN and key not in now]
    again = [pk for pk, key, state in ours.iter_rows() if state == PairState.GONE and key in now]
    again += _asked_by_both(keyed, before.filter("second"))
    Pair.objects.filter(pk__in=gone).update(state=PairState.GONE)
    Pair.objects.filter(pk__in=again).update(state=PairState.OPEN)
    return {"pairs": fresh.height + len(again), "pairs_gone": len(gone)}


def _asked_by_both(keyed: pl.DataFrame, second: pl.DataFrame) -> list[int]:
    """Pairs of the second opinion that are now asked by the registry itself, with what it says of them."""
    undecided = second.filter(pl.col("state").is_in([PairState.OPEN, PairState.GONE]))
    both = keyed.join(undecided.select("id", "key"), on="key")
    for row in both.iter_rows(named=True):
        Pair.objects.filter(pk=row["id"]).update(
            other_id=row["other_id"], score=row["score"], reasons=row["reasons"], second=None,
            evidence=json.loads(row["evidence"]) if row["evidence"] else None,
        )  # fmt: skip
    return both["id"].to_list()


def doubts(found: pl.DataFrame, touched: Touched, among: pl.DataFrame | None = None) -> dict[str, int]:
    """Keeps the doubts of today: adds new ones, removes those that are none any more."""
    key = ["file_id", "line", "role", "person_id"]
    found = found.unique(key, keep="first", maintain_order=True)
    before = _kept("id, file_id, line, role, person_id from registry_doubt", among)
    gone, fresh = before.join(found, on=key, how="anti"), found.join(before, on=key, how="anti")
    Doubt.objects.filter(pk__in=gone["id"].to_list()).delete()
    bulk.copy_in(Doubt, fresh)
    for each in (fresh, gone):
        touched.add(each)
    touched.add(_beside(pl.concat(each.select("file_id", "line") for each in (fresh, gone)).unique()))
    return {"doubts": fresh.height, "doubts_gone": gone.height}


def _beside(rows: pl.DataFrame) -> pl.DataFrame:
    """Who else some rows speak of, linked or in doubt (person_id): whether those live with somebody hangs on that one."""
    columns = {"files": rows["file_id"].to_list(), "lines": rows["line"].to_list()}
    asked = "join unnest(%(files)s::bigint[], %(lines)s::bigint[]) row(file, line) on file_id = row.file and said.line = row.line"
    return bulk.copy_out(
        f"select person_id from registry_link said {asked} where person_id is not null"
        f" union select person_id from registry_doubt said {asked}",
        columns,
    )


def _kept(columns: str, among: pl.DataFrame | None) -> pl.DataFrame:
    """What a table holds of rows in question, or of all."""
    if among is None:
        return bulk.copy_out(f"select {columns}")
    files = {"files": among["file_id"].unique().to_list()}
    found = bulk.copy_out(f"select {columns} where file_id = any(%(files)s)", files)
    return found.join(among, on=["file_id", "line"], how="semi")


def _ids(table: str, count: int) -> pl.Series:
    """So many new numbers of a table's sequence."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)", [table, count]
        )
        return pl.Series("id", [row[0] for row in cursor.fetchall()], dtype=pl.Int64)
