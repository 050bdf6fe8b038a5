"""What reading a file gives, and how its problems are told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from huimin.intake.checking import PROBLEMS
from huimin.tables.contract import Contract
from huimin.tables.problem import text
from huimin.units.words import Words

STATES = ("accepted", "partly", "refused", "unknown_kind", "ambiguous", "unreadable")


@dataclass(frozen=True)
class Reading:
    """A file as its contract reads it.

    `rows`: accepted rows, `line` and the contract's columns. `problems`: `line` (0 is the file itself),
    `column`, `code`, `value`, `params` (JSON), `severity`. `refused`: refused rows as they came, `line` and
    the file's headings. `unsure`: the same rows in the contract's types, null where a cell could not be read;
    a household such a row may be about is not decided without it. `raw`: rows as they came, all of a small
    file, of a large one those with problems. `skipped`: lines that are no rows, with their `kind`. `sample`: the first rows
    as they came, whatever is made of them. `nearest`: of an unknown file the data set that it comes nearest to.
    `guessed`: the columns whose heading the contract does not know.
    """

    name: str
    contract: Contract | None
    rows: pl.DataFrame
    problems: pl.DataFrame
    refused: pl.DataFrame
    unsure: pl.DataFrame
    raw: pl.DataFrame
    skipped: pl.DataFrame
    encoding: str
    sha256: str
    heading_line: int
    headings: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    raw_is_whole: bool = True
    sample: pl.DataFrame = field(default_factory=pl.DataFrame)
    nearest: str = ""
    guessed: frozenset[str] = frozenset()

    @property
    def state(self) -> str:
        """How the file fared: one of `STATES`."""
        if self.contract is None:
            codes = self.problems["code"].to_list()
            named = [state for state in ("unknown_kind", "ambiguous") if state in codes]
            return named[0] if named else "unreadable"
        if self.refused.is_empty():
            return "accepted"
        return "refused" if self.rows.is_empty() else "partly"

    def messages(self, language: str) -> pl.Series:
        """What each problem says in a language, in the order of `problems`."""
        return messages(self.problems, language)


def messages(problems: pl.DataFrame, language: str) -> pl.Series:
    """What each problem says in a language; each kind of message is written once."""
    kinds = problems.select("code", "params").unique(maintain_order=True)
    said = [message_of(code, params, language) for code, params in kinds.iter_rows()]
    told = problems.select("code", "params").join(
        kinds.with_columns(pl.Series("message", said, dtype=pl.String)),
        on=["code", "params"],
        how="left",
        maintain_order="left",
    )
    return told["message"]


def message_of(code: str, params: str, language: str) -> str:
    """The message of a code, its parameters given as JSON."""
    return text(code, json.loads(params or "{}"), language)


def problem_groups(problems: pl.DataFrame) -> pl.DataFrame:
    """The problems by kind: `severity`, `code`, `column`, `count`, `first_line`, `params`; the most frequent
    first within errors, then within warnings.
    """
    return (
        problems.group_by("severity", "code", "column", maintain_order=True)
        .agg(
            count=pl.len().cast(pl.Int64),
            first_line=pl.col("line").min(),
            params=pl.col("params").first(),
        )
        .sort(
            "severity", "count", "first_line", "code", "column", descending=[False, True, False, False, False]
        )
    )


def file_problem(code: str, severity: str, **params: object) -> pl.DataFrame:
    """One problem of the file as a whole."""
    plain = {name: _plain(value) for name, value in params.items()}
    row = (0, "", code, "", json.dumps(plain, ensure_ascii=False), severity)
    return pl.DataFrame([row], schema=PROBLEMS, orient="row")


def _plain(value: object) -> object:
    return {"zh": value.zh, "en": value.en} if isinstance(value, Words) else value
