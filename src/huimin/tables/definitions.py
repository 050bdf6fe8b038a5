"""What a contract is: the columns of a data set, how they are headed, whom it mentions, what it tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from huimin.tables.fact_kinds import DataClass, FactKind
from huimin.units.words import Words

ColumnType = Literal[
    "text", "name", "national_id", "phone", "card", "address", "date", "month", "money", "decimal", "integer",
    "enum", "division", "disability_certificate", "reference",
]  # fmt: skip
COLUMN_TYPES: tuple[str, ...] = (
    "text", "name", "national_id", "phone", "card", "address", "date", "month", "money", "decimal", "integer",
    "enum", "division", "disability_certificate", "reference",
)  # fmt: skip
# value: heading and a value in every row. filled: where the heading is there, a value in every row.
# heading: the heading must be there, its cells may be empty. optional: neither.
# snapshot: a delivery names everything; what it no longer names ends.
# register: each part names everything of its part; a part is a file's name without its date.
# records: each file stands for itself; the same name again takes its place.
# increment: every file adds; of two rows with the same key the later one counts.
Way = Literal["snapshot", "register", "records", "increment"]
WAYS: tuple[str, ...] = ("snapshot", "register", "records", "increment")
Required = Literal["value", "filled", "heading", "optional"]
REQUIRED: tuple[str, ...] = ("value", "filled", "heading", "optional")
MENTION_FIELDS = (
    "name", "national_id", "born_on", "sex", "phone", "card", "address", "division", "village",
    "household_no", "relation", "residence",
)  # fmt: skip


@dataclass(frozen=True)
class Value:
    """One value of a list: its key, its words, other ways to write it, and a pattern for still others."""

    key: str
    title: Words
    spellings: tuple[str, ...]
    pattern: str | None = None


@dataclass(frozen=True)
class Column:
    """A column of a data set and what may stand in it.

    `headings` are the accepted ones, the usual one first, as `headings.plain` writes them. `low` and `high`
    bound integers and decimals. `usual_fen` is the amount above which a clerk looks again. `latest` is
    "today" where a later day cannot be. `source` and `pattern` say from which other column the value is
    read where its own cell is missing or empty.
    """

    name: str
    title: Words
    type: ColumnType
    data_class: DataClass
    required: Required = "optional"
    headings: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    usual_fen: int | None = None
    latest: Literal["today"] | None = None
    values: tuple[Value, ...] = ()
    otherwise: str | None = None
    source: str | None = None
    pattern: str | None = None

    @property
    def must_be_there(self) -> bool:
        """Whether a file without this heading is not of this data set."""
        return self.required in ("value", "heading")

    @property
    def must_be_filled(self) -> bool:
        """Whether a row without a value here is refused."""
        return self.required in ("value", "filled")


@dataclass(frozen=True)
class Mention:
    """Somebody a row is about: for each field of identity the columns that hold it, the most trusted first.

    The first that holds a value counts; for identity numbers the first valid one, else the first value.
    `constants` are fields the role itself tells, as the sex of a husband.
    """

    role: str
    columns: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Period:
    """The columns that say when a fact holds: a `year`, or `start` with `through` (the last day or month,
    included) or `until` (the first day or month that no longer counts).
    """

    year: str | None = None
    start: str | None = None
    through: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class FactRule:
    """A fact each row yields: its kind, about which role, and the columns of value, words, period and key.

    `count` is the value itself where no column holds it, `word` the words. `where` keeps rows whose column
    has one of the values, `unless` leaves those out; a row with nothing in the column is kept by `unless`
    and not by `where`. For facts of a household, the role is its head.
    """

    kind: str
    of: str
    value: str | None = None
    count: int | None = None
    words: str | None = None
    word: str | None = None
    period: Period | None = None
    occurred: str | None = None
    key: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class TellTale:
    """The column whose values tell data sets with the same headings apart, and the pattern they match."""

    column: str
    pattern: str


@dataclass(frozen=True)
class Contract:
    """A data set of a department: its columns, when two rows are the same, whom it mentions, what it tells.

    `any_of` are columns of which one must be there. `order` are pairs of columns that come in this order in
    time. `file_words` tell by the file's name what headings leave open. `kinds` are the kinds of facts it tells,
    with those that it declares itself in `own_kinds`. `delivers` says how a delivery stands to those before it,
    `record` by which columns a later row of an increment takes the place of an earlier one.
    """

    name: str
    title: Words
    department: str
    department_title: Words
    purpose: Words
    legal_basis: Words
    freshness_days: int
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    version: str = "1"
    delivers: Way = "records"
    record: tuple[str, ...] = ()
    own_kinds: tuple[str, ...] = ()
    kinds: Mapping[str, FactKind] = field(default_factory=dict)
    any_of: tuple[str, ...] = ()
    told_by: TellTale | None = None
    file_words: tuple[str, ...] = ()
    order: tuple[tuple[str, str], ...] = ()
    mentions: tuple[Mention, ...] = ()
    facts: tuple[FactRule, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}

    @cached_property
    def by_heading(self) -> Mapping[str, tuple[str, int]]:
        """For each accepted heading the column it stands for and its rank among that column's headings."""
        return {
            heading: (column.name, rank)
            for column in self.columns
            for rank, heading in enumerate(column.headings)
        }

    def column(self, name: str) -> Column:
        """The column of that name."""
        return self.by_name[name]

    def mention(self, role: str) -> Mention:
        """The mention of that role."""
        return next(mention for mention in self.mentions if mention.role == role)
