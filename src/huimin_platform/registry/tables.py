"""The registry as tables that needs and matching compute on, with the local standards in force."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings
from django.db.models import QuerySet

from huimin import matching, rules
from huimin.rules.parameters import values_of
from huimin.units.divisions import padded
from huimin.units.words import Words
from huimin_platform.base import lake
from huimin_platform.intake import queries as intake
from huimin_platform.intake.models import DeliveryFile
from huimin_platform.registry import queries, verified
from huimin_platform.registry.changes import Within
from huimin_platform.registry.doubting import doubtful
from huimin_platform.registry.models import Fact, Household, Membership, Person, Proposal, Verified

STANDARDS = "local_standards"
COUNTY_DIGITS = 6


@dataclass(frozen=True)
class Standards:
    """Local standards as delivered: of which division, from which file, with their parameters and income period."""

    file: DeliveryFile
    division: str
    parameters: rules.ParameterSet
    period: matching.Period


# The signed texts as they were last looked at, by name; None before the first look.
_texts: tuple[tuple[str, str], ...] | None = None


def book() -> rules.PolicyBook:
    """The policies of this installation: those that came with it and the texts that were signed here and stand."""
    return book_with(standing())


def standing() -> tuple[tuple[str, str], ...]:
    """The signed texts that this release can hold, (name, text) each, in their order."""
    return _sorted_out(_signed_texts())[0]


def set_aside() -> dict[str, rules.PolicyError]:
    """The signed texts that this release cannot hold, by name, with what is wrong: they decide nothing until mended."""
    return dict(_sorted_out(_signed_texts())[1])


def _signed_texts() -> tuple[tuple[str, str], ...]:
    global _texts
    if _texts is None:
        _texts = tuple((text_name(each.pk), each.text) for each in signed().exclude(text=""))
    return _texts


@lru_cache(maxsize=4)
def _sorted_out(
    texts: tuple[tuple[str, str], ...],
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, rules.PolicyError], ...]]:
    """The texts that stand together beside the policies of this release, and those that do not, in their order.

    A release may take away what a text rests on; the others go on without it, and nobody's policy stops for it.
    """
    try:
        book_with(texts)
    except rules.PolicyError:
        # Where the release is broken by itself, there is nothing to sort out.
        book_with(())
    else:
        return texts, ()
    stand: tuple[tuple[str, str], ...] = ()
    aside: list[tuple[str, rules.PolicyError]] = []
    for name, text in texts:
        try:
            rules.load(Path(settings.HUIMIN_POLICIES), dict([*stand, (name, text)]))
        except rules.PolicyError as problem:
            aside.append((name, problem))
        else:
            stand = (*stand, (name, text))
    return stand, tuple(aside)


@cache
def book_with(texts: tuple[tuple[str, str], ...]) -> rules.PolicyBook:
    """The policies that came with this installation and some later texts, (name, text) each."""
    return rules.load(Path(settings.HUIMIN_POLICIES), dict(texts))


def look_again(**_sent: object) -> None:
    """Lets the next question read anew which texts were signed: at the start of a request or a turn of the loop."""
    global _texts
    _texts = None


def text_name(proposal: int) -> str:
    """How errors call the text of a proposal."""
    return f"signed/{proposal}.yaml"


def cache_folder() -> Path:
    """Where compiled kernels are kept between runs."""
    return Path(settings.HUIMIN_HOME) / "cache"


@contextmanager
def one_look(files: list[DeliveryFile], signed: list[Proposal]) -> Iterator[None]:
    """Within it, questions about standards rest on these files that count and these signed proposals, read once.

    For pages, which ask several times within one request and would ask the database each time.
    """
    token = _look.set((files, signed))
    try:
        yield
    finally:
        _look.reset(token)


_look: ContextVar[tuple[list[DeliveryFile], list[Proposal]] | None] = ContextVar("look", default=None)


def files_that_count() -> list[DeliveryFile]:
    """The files whose rows count."""
    look = _look.get()
    return intake.current_files() if look is None else look[0]


def delivered() -> set[str]:
    """The data sets of which rows have come."""
    return {file.dataset for file in files_that_count() if file.rows_accepted}


def county() -> str:
    """The county that most households live in; empty while there are none."""
    run = queries.last_run()
    return _county((run.pk, run.inputs) if run else None)


@lru_cache(maxsize=4)
def _county(run: tuple[int, str] | None) -> str:
    """The county as of a run of the registry; a run changes where households live, and nothing else does."""
    codes = queries.homes_frame()["division"].drop_nulls().str.slice(0, COUNTY_DIGITS)
    return padded(codes.mode().sort()[0]) if codes.len() else ""


@lru_cache(maxsize=64)
def _rows_of_standards(rows_path: str, sha256: str) -> tuple[dict[str, Any], ...]:
    """The rows of one file of standards, which never change."""
    return tuple(lake.frame(rows_path).iter_rows(named=True))


def standards(today: date) -> list[Standards]:
    """The local standards of the files that count, each for its own division or else for the county."""
    found: list[Standards] = []
    for file in files_that_count():
        if file.dataset != STANDARDS:
            continue
        for row in _rows_of_standards(file.rows_path, file.sha256):
            division = row.get("division") or county()
            if not division:
                continue
            period = matching.period_from_standards(row, today)
            parameters = matching.parameters_from_standards(
                row, division, source=own_standards(row.get("as_of_on")), started_on=period.started_on
            )
            found.append(Standards(file, parameters.division, parameters, period))
    return found


def own_standards(as_of: date | None) -> Words:
    """What people are told that a number of delivered standards rests on: the place's own standards, with their day.

    >>> own_standards(date(2026, 6, 30)).zh, own_standards(None).en
    ('本地公布的标准（2026-06-30）', 'the standards of the place')
    """
    if as_of is None:
        return Words("本地公布的标准", "the standards of the place")
    return Words(f"本地公布的标准（{as_of}）", f"the standards of the place ({as_of})")


def signed() -> QuerySet[Proposal]:
    """What was signed, numbers and texts, in the order in which it came."""
    return Proposal.objects.filter(signature__published=True).order_by("pk")


def published() -> list[rules.ParameterSet]:
    """The numbers that were signed and that this release can hold, in the order in which they came."""
    return [holding(each)[0] for each in _signed() if not each.text]


def holding(proposal: Proposal) -> tuple[rules.ParameterSet, list[rules.PolicyError]]:
    """The numbers of a proposal that this release can hold, and what is wrong with the others.

    A release may know a number no more, or narrow its range. Such a number decides nothing until it is proposed anew:
    the one before it holds, and nobody's policy stops for it.
    """
    on, number = proposal.effective_on, proposal.pk
    source = Words(f"{on} 起执行的第 {number} 号标准", f"numbers {number}, in force from {on}")
    values, problems, known = {}, [], book().parameters
    for name, value in proposal.values.items():
        try:
            values_of(rules.ParameterSet(proposal.division, on, {name: value}, source), known)
        except rules.PolicyError as problem:
            problems.append(problem)
        else:
            values[name] = value
    return rules.ParameterSet(proposal.division, on, values, source), problems


def _signed() -> list[Proposal]:
    look = _look.get()
    return list(signed()) if look is None else look[1]


def parameter_sets(today: date) -> list[rules.ParameterSet]:
    """The numbers of all divisions: those that departments delivered, then those that were signed here."""
    return [*(each.parameters for each in standards(today)), *published()]


def period(today: date) -> matching.Period:
    """The months that incomes are counted for: as the standards name them, else the twelve before today."""
    known = standards(today)
    return known[-1].period if known else matching.twelve_months_before(today)


@dataclass(frozen=True)
class Inputs:
    """All that needs and answers rest on: the registry as a run left it, what officers `verified` so far, and a digest of
    `grounds`, which are the release, standards, policies, and which data sets have come; and the day.
    """

    registry: int
    verified: int
    grounds: str
    on: date

    @property
    def digest(self) -> str:
        """Another one, and there is something to work out."""
        return hashlib.sha256(
            repr((self.registry, self.verified, self.grounds, self.on)).encode()
        ).hexdigest()


def inputs(today: date) -> Inputs:
    """What needs and answers of a day rest on."""
    run = queries.last_run()
    known = [(each.file.sha256, each.division, each.parameters, each.period) for each in standards(today)]
    signed = [(each.division, each.started_on, each.values) for each in published()]
    policies = [(policy.name, policy.version) for policy in book().policies]
    said = (version("huimin"), sorted(intake.delivered()), known, signed, policies)
    grounds = hashlib.sha256(repr(said).encode()).hexdigest()
    return Inputs(run.pk if run else 0, verified.mark(), grounds, today)


def without_parameters(names: Collection[str], homes: pl.DataFrame, today: date) -> dict[str, list[str]]:
    """The counties of some households that lack parameters which policies need: county digits, parameters."""
    counties = homes["division"].drop_nulls().str.slice(0, COUNTY_DIGITS).unique().sort().to_list()
    sets = parameter_sets(today)
    found: dict[str, list[str]] = {}
    for name, division in rules.missing_parameters(book(), names, map(padded, counties), today, sets):
        found.setdefault(division[:COUNTY_DIGITS], []).append(name)
    return found


def asked(today: date) -> list[str]:
    """The policies in force on a day that look for people in the data 政策找人; the others wait for who applies."""
    return [
        name
        for name in book().names
        if any(p.name == name and p.in_force(today) and p.found_by == "data" for p in book().policies)
    ]


def of_counties(homes: pl.DataFrame, counties: Collection[str]) -> pl.DataFrame:
    """The households that lie in some counties, named by their digits."""
    return homes.filter(pl.col("division").str.slice(0, COUNTY_DIGITS).is_in(list(counties)))


def tables(
    within: Within | None = None,
    *,
    under_doubt: bool = True,
    with_earlier: bool = False,
    as_of: datetime | None = None,
) -> matching.Tables:
    """Persons, households, memberships, facts and doubtful facts, all or those of some households and persons.

    `with_earlier` adds what earlier deliveries said, which portraits and needs look at and policies do not. `as_of`
    gives memberships and facts as they were known at a moment.
    """
    return matching.Tables(
        persons=queries.persons_frame(within), households=queries.homes_frame(within),
        memberships=queries.memberships_frame(within, as_of), facts=queries.facts_frame(within, as_of),
        **({"doubtful": doubtful(within), "alike": queries.alike_frame(within)} if under_doubt else {}),
        **({"earlier": _earlier(within)} if with_earlier else {}),
    )  # fmt: skip


def of_household(
    household: Household, memberships: Iterable[Membership], persons: Collection[Person], facts: Iterable[Fact],
    earlier: Iterable[Fact] = (), verified: Iterable[Verified] = (),
) -> matching.Tables:  # fmt: skip
    """The same tables of one household, from rows that were read already."""
    people = [
        (each.pk, each.sex, each.born_on, each.died_on, each.division)
        for each in persons
        if each.merged_into_id is None
    ]
    named = {
        "person": pl.Int64,
        "sex": pl.String,
        "born_on": pl.Date,
        "died_on": pl.Date,
        "division": pl.String,
    }
    home = {
        "household": [household.pk], "division": [household.division or None], "residence": [household.residence],
        "head": [household.head_id],
    }  # fmt: skip
    lived = [(each.household_id, each.person_id, each.started_on, each.ended_on) for each in memberships]
    keepers = queries.keepers_among(persons)
    return matching.Tables(
        persons=pl.DataFrame(people, schema=named, orient="row"),
        households=pl.DataFrame(home, schema={"household": pl.Int64, "division": pl.String, "residence": pl.String, "head": pl.Int64}),
        memberships=pl.DataFrame(lived, schema=matching.tables.MEMBERSHIP, orient="row"),
        facts=pl.concat([_fact_rows(facts), _verified_rows(verified, keepers)]), earlier=_fact_rows(earlier),
    )  # fmt: skip


def _verified_rows(verified: Iterable[Verified], keepers: Mapping[int, int]) -> pl.DataFrame:
    """What officers verified, as facts of whoever keeps the file; of each fact the latest that counts."""
    latest = {
        (whose, each.household_id, each.fact): (
            whose, each.household_id, each.fact, None, each.value, each.verified_on, each.holds_until, None, None,
            "", each.pk,
        )
        for each in sorted(verified, key=lambda each: (each.at, each.pk))
        for whose in [keepers.get(each.person_id or 0, each.person_id)]
        if each.withdrawn_at is None and not each.waits
    }  # fmt: skip
    return pl.DataFrame(list(latest.values()), schema=matching.tables.FACT, orient="row")


def _fact_rows(facts: Iterable[Fact]) -> pl.DataFrame:
    rows = [
        (
            each.person_id, each.household_id, each.kind, each.value, each.words or None, each.started_on, each.ended_on,
            each.occurred_on, each.key or None, str(each.source_file_id), each.source_line,
        )
        for each in facts
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=matching.tables.FACT, orient="row")


def earlier_kinds() -> list[str]:
    """The kinds of facts of which a portrait asks what earlier deliveries said."""
    sources = (fact.source for fact in book().facts.values())
    return sorted({source["kind"] for source in sources if source.get("over") == matching.EARLIER})


def _earlier(within: Within | None) -> pl.DataFrame:
    """What earlier deliveries said, of the kinds that a declared fact asks for."""
    return queries.earlier_facts_frame(earlier_kinds(), within)
