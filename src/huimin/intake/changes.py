"""What a delivery changes against its contract and the delivery before it: found and explained before anything is taken in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

import polars as pl

from huimin.intake import cells
from huimin.intake.checking import PROBLEMS
from huimin.intake.layout import USUAL_UNIT
from huimin.intake.profile import FEWEST_ROWS, ColumnProfile, Profile, profile
from huimin.intake.reading import Reading, file_problem
from huimin.tables.contract import Column, Contract
from huimin.tables.headings import plain
from huimin.tables.problem import catalogue
from huimin.units.money import format_yuan
from huimin.units.words import Words

# A file with one of these waits until somebody has looked at it.
HOLDING = ("change_renamed", "change_dropped", "change_unit", "change_dates_unread")
# A renaming is told from this likeness on (0 to 1); name, cells and place count so much.
LIKELY = 0.5
NAME_WEIGHT, CELLS_WEIGHT, PLACE_WEIGHT = 0.35, 0.5, 0.15
# Types whose cells are hardly ever those of another column; cells of the others prove less.
TELLING = ("national_id", "date", "month", "phone", "card", "division", "disability_certificate", "enum")
PROOF_OF_OTHERS = 0.5
# A column that had values in fewer rows than this is no loss.
WORTH_MISSING = 0.02
# Powers of ten between units, and how far the medians of two deliveries may lie from them.
FACTORS = (100, 1_000, 10_000, 1_000_000)
NEARNESS = 2.5
UNITS = {
    100: Words("元与分", "yuan and fen"),
    1_000: Words("元与千元", "yuan and thousands of yuan"),
    10_000: Words("元与万元", "yuan and ten thousands of yuan"),
    1_000_000: Words("分与万元", "fen and ten thousands of yuan"),
}
SHAPE_IS_USUAL = 0.6
UNREAD_SHARE = 0.2
SAMPLE_ROWS = 2_000


@dataclass(frozen=True)
class Renaming:
    """A column that is gone and the heading it may have now, with what speaks for it."""

    column: Column
    former: str
    heading: str
    score: float
    evidence: Words


def found(
    reading: Reading, before: Profile | None, contracts: Mapping[str, Contract], today: date
) -> pl.DataFrame:
    """The changes as problems of the file as a whole; none where the file is no table.

    `before` is the profile of the data set's last delivery, if there was one.
    """
    contract = reading.contract or contracts.get(reading.nearest)
    if contract is None or reading.sample.is_empty():
        return pl.DataFrame(schema=PROBLEMS)
    now = profile(reading)
    places = _columns(reading, contract, before)
    problems = _headings(reading, contract, now, before, places, today)
    if before is not None and reading.contract is not None:
        problems += _units(contract, now, before)
        problems += _days(reading, contract, now, before)
    return pl.concat([pl.DataFrame(schema=PROBLEMS), *problems])


def _columns(reading: Reading, contract: Contract, before: Profile | None) -> dict[str, str]:
    """The contract's columns that the file has, each with its heading. A guessed one counts where it was so before."""
    if reading.columns:
        had = {name: each.heading for name, each in before.by_column.items()} if before else {}
        return {
            column: heading
            for column, heading in reading.columns.items()
            if column not in reading.guessed or had.get(column) == heading
        }
    known = (
        (contract.by_heading.get(plain(heading), ("", 0))[0], heading)
        for heading in reading.sample.columns[1:]
    )
    return {column: heading for column, heading in known if column}


def _headings(
    reading: Reading,
    contract: Contract,
    now: Profile,
    before: Profile | None,
    places: Mapping[str, str],
    today: date,
) -> list[pl.DataFrame]:
    """Columns renamed, dropped and added."""
    used = set(places.values())
    fresh = [
        each
        for each in now.columns
        if each.heading not in used and plain(each.heading) not in contract.by_heading
    ]
    fresh = [each for each in fresh if not each.heading.startswith("(") and each.filled]
    had = before.by_column if before else {}
    missing = [
        column for column in contract.columns
        if column.name not in places and (column.name in had or (before is None and column.must_be_there))
        and had.get(column.name, _SOMETHING).filled >= WORTH_MISSING
    ]  # fmt: skip
    known_before = {each.heading for each in before.columns} if before else set()
    renamed = _renamings(
        reading, missing, [each for each in fresh if each.heading not in known_before], had, today
    )
    gone = {each.column.name for each in renamed}
    taken = {each.heading for each in renamed}
    problems = [_renamed(each) for each in renamed]
    problems += [
        _problem(
            "change_dropped",
            column.name,
            former=had[column.name].heading,
            filled=_percent(had[column.name].filled),
        )
        for column in missing
        if column.name not in gone and column.name in had
    ]
    return problems + [
        _problem("change_added", each.heading, heading=each.heading)
        for each in fresh
        if each.heading not in taken | known_before
    ]


_SOMETHING = ColumnProfile("", "", -1, 1.0, "", 0.0)


def _renamings(
    reading: Reading,
    missing: Iterable[Column],
    fresh: Iterable[ColumnProfile],
    had: Mapping[str, ColumnProfile],
    today: date,
) -> list[Renaming]:
    """The likeliest pairs of a missing column and a heading nobody knows, each used once."""
    fresh = list(fresh)
    pairs = [
        _likeness(reading, column, each, had.get(column.name), today) for column in missing for each in fresh
    ]
    chosen: dict[str, Renaming] = {}
    for pair in sorted(pairs, key=lambda pair: -pair.score):
        free = pair.column.name not in chosen and all(
            pair.heading != other.heading for other in chosen.values()
        )
        if free and pair.score >= LIKELY:
            chosen[pair.column.name] = pair
    return list(chosen.values())


def _likeness(
    reading: Reading, column: Column, fresh: ColumnProfile, had: ColumnProfile | None, today: date
) -> Renaming:
    """How like a heading nobody knows is to a column that is missing: by name, by cells, by place."""
    heading = plain(fresh.heading)
    name = max((SequenceMatcher(None, heading, known).ratio() for known in column.headings), default=0.0)
    fits, said = _cells_fit(reading, column, fresh, had, today)
    same_place = had is not None and had.place == fresh.place
    score = NAME_WEIGHT * name + CELLS_WEIGHT * fits + PLACE_WEIGHT * same_place
    zh = [f"名称相近程度 {_percent(name)}", said.zh, *(["位置与上次相同"] if same_place else [])]
    en = [
        f"the names are {_percent(name)} alike",
        said.en,
        *(["it stands where the other stood"] if same_place else []),
    ]
    former = had.heading if had else column.title.zh
    return Renaming(column, former, fresh.heading, score, Words("，".join(zh), ", ".join(en)))


def _cells_fit(
    reading: Reading, column: Column, fresh: ColumnProfile, had: ColumnProfile | None, today: date
) -> tuple[float, Words]:
    """Which share of the cells under a heading could stand in a column (0 to 1), and that in words."""
    text = cells.tidy(reading.sample[fresh.heading].head(SAMPLE_ROWS)).drop_nulls()
    read = cells.parsed(column, text, unit=USUAL_UNIT, today=today)
    share = float((read.values.is_not_null() & read.codes.is_null()).mean() or 0.0)  # pyright: ignore[reportArgumentType]
    telling = column.type in TELLING and column.otherwise is None
    words = Words(
        f"{_percent(share)}的值可读作“{column.title.zh}”",
        f"{_percent(share)} of its cells read as “{column.title.en}”",
    )
    if telling:
        return share, words
    shape = had is not None and (fresh.shape == had.shape or _alike_in_kind(fresh.shape, had.shape))
    return share * (1.0 if shape else PROOF_OF_OTHERS if had is None else 0.0), words


def _alike_in_kind(one: str, other: str) -> bool:
    """Whether two shapes are of the same signs, whatever their number."""
    return set(one) == set(other)


def _renamed(renaming: Renaming) -> pl.DataFrame:
    return _problem(
        "change_renamed", renaming.column.name,
        former=renaming.former, heading=renaming.heading, evidence=renaming.evidence,
    )  # fmt: skip


def _units(contract: Contract, now: Profile, before: Profile) -> list[pl.DataFrame]:
    """Amounts whose median has jumped as if they were written in another unit."""
    problems = []
    for name, column in now.by_column.items():
        was = before.by_column.get(name)
        if was is None or not was.median_fen or not column.median_fen:
            continue
        apart = max(was.median_fen, column.median_fen) / min(was.median_fen, column.median_fen)
        factor = min(FACTORS, key=lambda factor: max(apart / factor, factor / apart))
        if max(apart / factor, factor / apart) > NEARNESS:
            continue
        problems.append(
            _problem(
                "change_unit", name, column=contract.column(name).title, before=format_yuan(was.median_fen),
                now=format_yuan(column.median_fen), factor=round(apart), units=UNITS[factor],
            )
        )  # fmt: skip
    return problems


def _days(reading: Reading, contract: Contract, now: Profile, before: Profile) -> list[pl.DataFrame]:
    """Days and months that are written in another way than before."""
    problems = []
    for name, column in now.by_column.items():
        was, kind = before.by_column.get(name), contract.column(name).type
        if was is None or kind not in ("date", "month") or was.shape == column.shape or not column.filled:
            continue
        if min(was.shape_share, column.shape_share) < SHAPE_IS_USUAL or now.rows < FEWEST_ROWS:
            continue
        wrong = reading.problems.filter(
            (pl.col("column") == name) & pl.col("code").str.contains("^(?:date|month)_")
        )
        unread = wrong.height / max(reading.rows.height + reading.refused.height, 1)
        code = "change_dates_unread" if unread > UNREAD_SHARE else "change_dates"
        problems.append(
            _problem(
                code, name, column=contract.column(name).title, before=was.shape, now=column.shape, unread=_percent(unread)
            )
        )  # fmt: skip
    return problems


def _problem(code: str, about: str, /, **params: object) -> pl.DataFrame:
    return file_problem(code, catalogue()[code].severity, **params).with_columns(column=pl.lit(about))


def _percent(share: float) -> str:
    return f"{share:.0%}"
