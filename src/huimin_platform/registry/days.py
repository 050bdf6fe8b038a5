"""A day's rows taken up against the registry as it stands, without resolving everything anew.

What only a whole run finds waits for the next one, as `huimin.registry.standing` says; also names of divisions.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
from django.db import connection, transaction

from huimin.registry import households as household_room
from huimin.registry import standing
from huimin.tables.fact_kinds import load_kinds
from huimin_platform.base import audit
from huimin_platform.intake import queries as intake
from huimin_platform.intake.models import DeliveryFile, Way
from huimin_platform.registry import changes, keeping, known, rates, remembering, rows
from huimin_platform.registry.models import Run

PLACE = ["file", "line"]
# More than this share of all rows new, and a whole run takes no longer.
LARGEST_SHARE = 0.2
# Facts that say who lives together.
FORMING = ["death", "marriage"]
# What a fact says, whichever row says it.
SAID = [name for name in keeping.FACT_KEY if not name.startswith("source_")]


# Files, their rows by file, and the links of those of the rows that are meant.
Beside = tuple[list[DeliveryFile], dict[int, pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Day:
    """What a day brought: rows to link (`tables` and `refused` by file), and rows of days before that are `gone`: they
    count no more, or are linked anew because of what clerks decided or a withdrawn file said (file, line). `before` is the registry without those,
    `left` are the persons whom they were about.
    """

    files: list[DeliveryFile]
    touched: list[DeliveryFile]
    tables: dict[int, pl.DataFrame]
    refused: dict[int, pl.DataFrame]
    before: standing.Standing
    gone: pl.DataFrame
    left: pl.Series

    def in_question(self) -> pl.DataFrame:
        """The rows whose links, pairs, doubts and facts the day may change: file_id, line."""
        taken = [
            table.select(file_id=pl.lit(file, pl.Int64), line=pl.col("line").cast(pl.Int64))
            for file, table in (*self.tables.items(), *self.refused.items())
        ]
        file = pl.col("file").str.strip_suffix(rows.REFUSED).cast(pl.Int64)
        return pl.concat([*taken, self.gone.select(file_id=file, line="line")]).unique()


def of(files: list[DeliveryFile], run: Run) -> Day | Run.Why:
    """What a day brought, if that alone can be taken up; else why everything is to be resolved."""
    runs = remembering.chain()
    if not runs:
        return Run.Why.FIRST
    if runs[-1].release != run.release:
        return Run.Why.RELEASE
    # All that hangs on either person may move, in both directions.
    if runs[-1].joined != run.joined:
        return Run.Why.FILES
    last, now = set(runs[-1].files), {file.pk for file in files}
    fresh = [file for file in files if file.pk not in last]
    left = list(DeliveryFile.objects.filter(pk__in=last - now))
    if any(map(_is_booklet, left)):
        return Run.Why.BOOKLET
    if sum(each.rows_accepted for each in fresh) > LARGEST_SHARE * sum(each.rows_accepted for each in files):
        return Run.Why.LARGE
    withdrawn = [file.pk for file in left if file.withdrawn_at is not None]
    if withdrawn and known.others_rest_on(withdrawn):
        return Run.Why.RESTED
    before = remembering.recalled(runs)
    looked_at = known.looked_at() if runs[-1].decisions != run.decisions else known.looked_at().clear()
    # Likeness to what a withdrawn file said of somebody may have linked rows of other files: they are linked anew.
    anew = pl.concat([looked_at, known.weighed_beside(withdrawn)]).unique()
    return _day(files, fresh, left, before, anew) or Run.Why.BOOKLET


def _day(
    files: list[DeliveryFile], fresh: list[DeliveryFile], left: list[DeliveryFile], before: standing.Standing,
    looked_at: pl.DataFrame,
) -> Day | None:  # fmt: skip
    """The rows that stand now and did not, and those that did and do not, file by file; None where a booklet's do not."""
    touched = _touched(files, fresh, left, looked_at)
    tables, refused = intake.rows_that_count(touched), rows.refused(touched)
    concerned = [f"{file.pk}{end}" for file in (*touched, *left) for end in ("", rows.REFUSED)]
    stood = before.rows.filter(pl.col("file").is_in(concerned)).select(PLACE).unique()
    stands = pl.concat(
        [pl.DataFrame(schema=remembering.GONE), *_places(tables), *_places(refused, rows.REFUSED)]
    )
    gone = pl.concat([stood.join(stands, on=PLACE, how="anti"), stood.join(looked_at, on=PLACE, how="semi")])
    replaced = gone["file"].unique().to_list()
    if any(_is_booklet(file) and str(file.pk) in replaced for file in files):
        return None
    stays = stood.join(gone, on=PLACE, how="anti")
    tables, refused = _without(tables, stays), _without(refused, stays, rows.REFUSED)
    changed = [file for file in touched if file.pk in tables or file.pk in refused]
    for file in changed:
        tables.setdefault(file.pk, intake.rows_of(file).clear())
    left_by = before.rows.join(gone, on=PLACE, how="semi")["person"].drop_nulls().unique()
    return Day(files, changed, tables, refused, before.without(gone), gone, left_by)


def _touched(
    files: list[DeliveryFile], fresh: list[DeliveryFile], left: list[DeliveryFile], looked_at: pl.DataFrame
) -> list[DeliveryFile]:
    """The files of which rows may stand otherwise than before: new ones, and all of a data set that goes on by increments."""
    changed = {file.dataset for file in (*fresh, *left)}
    by_increments = {file.dataset for file in (*files, *left) if file.way == Way.INCREMENT}
    seen = set(looked_at["file"])
    named = {file.dataset for file in files if str(file.pk) in seen}
    whole = by_increments & (changed | named)
    return [file for file in files if file in fresh or file.dataset in whole or str(file.pk) in seen]


def _places(tables: dict[int, pl.DataFrame], end: str = "") -> list[pl.DataFrame]:
    return [
        table.select(file=pl.lit(f"{file}{end}"), line=pl.col("line").cast(pl.Int64))
        for file, table in tables.items()
    ]


def _without(tables: dict[int, pl.DataFrame], stays: pl.DataFrame, end: str = "") -> dict[int, pl.DataFrame]:
    """The rows that did not stand before, of files that have any."""
    found = {}
    for file, table in tables.items():
        mine = stays.filter(pl.col("file") == f"{file}{end}").select(
            pl.col("line").cast(table.schema["line"])
        )
        fresh = table.join(mine, on="line", how="anti", maintain_order="left")
        if fresh.height:
            found[file] = fresh
    return found


def take_up(day: Day, run: Run, progress: Callable[[str], None]) -> dict[str, int]:
    """How many persons, households, facts, links and pairs the day made or changed, in one transaction."""
    mentions = rows.mentions(day.touched, day.tables, day.refused)
    found = standing.attach(
        mentions, day.before, known.highest(), known.decisions(), known.thresholds(), day.left
    )
    brought = standing.of(found, mentions)
    run.kind = Run.Kind.DAY
    run.standing = remembering.keep(run, brought, day.gone)
    resolution, refused = rows.accepted(found, mentions)
    progress("households")
    told = rows.facts(day.touched, day.tables, resolution.links)
    beside = _beside(day, day.left.to_list(), _facts_of(day.in_question())["kind"].unique().to_list())
    both = pl.concat([told, rows.facts(*beside)]).filter(pl.col("kind").is_in(FORMING))
    forming = pl.concat([_told_before(day), both])
    formed = _formed(day.before.with_later(brought), forming) if _may_form(day) else None
    homes = _homes(formed)
    told = pl.concat([told, rows.facts(day.touched, day.tables, resolution.links, homes, of_households=True)])
    progress("keeping")
    touched = changes.Touched()
    with transaction.atomic():
        counts = keeping.persons(rows.persons(resolution, forming), touched, alone=True)
        counts |= _keep_facts(day, run, formed, told, beside, touched)
        counts |= keeping.links(rows.links(resolution), run.at, day.in_question())
        counts |= keeping.pairs(rows.pairs(resolution), day.in_question())
        counts |= keeping.doubts(rows.doubts(resolution, refused), touched, day.in_question())
        keeping.set_sequences()
        run.counts = counts
        run.save()
        changes.keep(run, touched)
        rates.keep(run, resolution.links, day.touched)
        audit.write(
            by=audit.SYSTEM, action="resolves", kind="registry", object_id=run.pk, at=run.at, details=counts
        )
    return counts


def _may_form(day: Day) -> bool:
    """Whether anything of the day says who lives together: rows of a booklet, a death or a marriage, or one that is gone."""
    gone = {int(file.removesuffix(rows.REFUSED)) for file in day.gone["file"].unique()}
    sets = {file.dataset for file in day.touched}
    sets |= set(DeliveryFile.objects.filter(pk__in=gone).values_list("dataset", flat=True))
    contracts = [intake.contracts()[name] for name in sets]
    return any(
        rows.is_booklet(each) or any(rule.kind in FORMING for rule in each.facts) for each in contracts
    )


def _told_before(day: Day) -> pl.DataFrame:
    """Deaths and marriages as rows tell them that stand as they did."""
    gone = day.gone.select("file", "line").unique()
    return known.told(FORMING, []).join(gone, on=PLACE, how="anti")


def _formed(now: standing.Standing, forming: pl.DataFrame) -> household_room.Households:
    entries = now.rows.filter(pl.col("household_no").is_not_null())
    return household_room.form(entries.drop("person", "sure"), entries, forming, known.memberships())


def _homes(formed: household_room.Households | None) -> pl.DataFrame:
    """Who lives where, as formed anew or else as it was: household, person."""
    return known.lived() if formed is None else formed.memberships.select("household", "person")


def _keep_facts(
    day: Day, run: Run, formed: household_room.Households | None, told: pl.DataFrame, beside: Beside,
    touched: changes.Touched,
) -> dict[str, int]:  # fmt: skip
    """Keeps the households where they were formed anew, and what rows say of persons and households.

    `beside` are rows of earlier days that may say still what rows said that are gone.
    """
    counts = dict.fromkeys(("households", "memberships"), 0)
    homes = _homes(formed)
    asked, moved = day.in_question(), []
    if formed is not None:
        moved = _moved(formed)
        with connection.cursor() as cursor:
            cursor.execute("set constraints all deferred")
        counts |= keeping.homes(formed, run.at, touched)
    following, left_behind = _following(day, moved, homes)
    before = pl.concat([_facts_of(asked), left_behind]).unique("id", maintain_order=True)
    fresh = keeping.as_kept(rows.facts_to_keep(pl.concat([told, following])))
    fresh = _not_said_elsewhere(fresh, asked)
    still = _said_beside(beside, before, homes).join(fresh, on=SAID, how="anti", nulls_equal=True)
    return counts | keeping.facts(pl.concat([fresh, still]), run.at, touched, before)


def _moved(formed: household_room.Households) -> list[int]:
    """The persons who live in another household than before."""
    now = formed.memberships.filter(pl.col("ended_on").is_null()).select("person", now="household")
    both = known.homes().join(now, on="person")
    return both.filter(pl.col("household") != pl.col("now"))["person"].to_list()


def _following(day: Day, moved: list[int], homes: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What rows of earlier days say of the households that persons have moved to, and what they said of the former."""
    kinds = [name for name, kind in load_kinds().items() if kind.of == "household"]
    files, tables, links = _beside(day, moved, kinds)
    told = rows.facts(files, tables, links, homes, of_households=True)
    ours = links.select(file_id=pl.col("file").cast(pl.Int64), line="line").unique()
    return told, _facts_of(ours).filter(pl.col("household_id").is_not_null())


def _said_beside(beside: Beside, before: pl.DataFrame, homes: pl.DataFrame) -> pl.DataFrame:
    """What rows beside say that no fact kept but those in question says: it was kept once, with another as its source."""
    told = [rows.facts(*beside, homes, of_households=each) for each in (False, True)]
    fresh = keeping.as_kept(rows.facts_to_keep(pl.concat(told)))
    said = _kept_of_the_same(fresh).join(before, on="id", how="anti")
    return fresh.join(said, on=SAID, how="anti", nulls_equal=True)


def _beside(day: Day, persons: list[int], kinds: list[str]) -> Beside:
    """The rows out of question about some persons, of data sets that tell some kinds of facts: files, rows, links."""
    contracts = intake.contracts()
    telling = [
        each for each in day.files if any(rule.kind in kinds for rule in contracts[each.dataset].facts)
    ]
    links = known.links_of(persons, [file.pk for file in telling] if persons else [])
    asked = day.in_question().select(file=pl.col("file_id").cast(pl.String), line="line")
    links = links.join(asked, on=PLACE, how="anti")
    sets = {file.dataset for file in telling if str(file.pk) in set(links["file"])}
    files = [file for file in telling if file.dataset in sets]
    return files, intake.rows_that_count(files), links


def _facts_of(places: pl.DataFrame) -> pl.DataFrame:
    """The facts that some rows say (file_id, line)."""
    found = keeping.facts_kept(
        "source_file_id = any(%(files)s)", {"files": places["file_id"].unique().to_list()}
    )
    here = places.select(source_file_id="file_id", source_line="line")
    return found.join(here, on=["source_file_id", "source_line"], how="semi")


def _not_said_elsewhere(fresh: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """The facts that no row out of question says of the same persons and households already."""
    here = asked.select(source_file_id="file_id", source_line="line")
    said = _kept_of_the_same(fresh).join(here, on=["source_file_id", "source_line"], how="anti")
    # What a row says that it said already stays as it is.
    own = fresh.join(said, on=list(keeping.FACT_KEY), how="semi", nulls_equal=True)
    others = fresh.join(said, on=SAID, how="anti", nulls_equal=True)
    return pl.concat([others, own])


def _kept_of_the_same(fresh: pl.DataFrame) -> pl.DataFrame:
    """The facts that are kept of the persons and households that some facts are about."""
    return keeping.facts_kept(
        "person_id = any(%(persons)s) or household_id = any(%(homes)s)",
        {
            "persons": fresh["person_id"].drop_nulls().unique().to_list(),
            "homes": fresh["household_id"].drop_nulls().unique().to_list(),
        },
    )


def _is_booklet(file: DeliveryFile) -> bool:
    return rows.is_booklet(intake.contracts()[file.dataset])
