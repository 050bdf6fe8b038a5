"""The values that the API takes and gives. The words of a field stand in the reference."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

# Text that people read later: no control characters, which some of them cannot keep.
Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Word = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")]
Cursor = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.-]*$")]
Way = Literal["snapshot", "register", "records", "increment"]


class Strict(Schema):
    """What is sent: a field that nobody knows is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid")


class Place(Schema):
    """One problem of a request: where, and what to do."""

    field: str
    message: str


class Problem(Schema):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[Place] = []


class CellProblem(Schema):
    """Something wrong in a file: its row (0 is the file itself), its field, and what to do about it."""

    file: str
    row: int
    field: str
    title: str
    value: str | None
    severity: Literal["error", "warning"]
    code: str
    message: str


class ProblemKind(Schema):
    """Problems of one kind in one field, counted."""

    severity: Literal["error", "warning"]
    code: str
    field: str
    count: int
    first_row: int | None
    message: str


class File(Schema):
    """One file of a delivery, and what became of it."""

    name: str
    data_set: str
    sha256: str
    state: str
    state_words: str
    counts: bool
    rows_accepted: int
    rows_refused: int
    problems: int
    message: str
    withdrawn_at: datetime | None
    kinds: list[ProblemKind]


class Change(Schema):
    """What committing would change in a data set."""

    data_set: str
    rows_new: int
    rows_changed: int
    rows_gone: int
    rows_same: int


class Delivery(Schema):
    """A delivery: looked at (`staged`), taken in (`received`), or left out (`discarded`)."""

    id: int
    name: str
    state: Literal["receiving", "received", "staged", "discarded"]
    state_words: str
    received_at: datetime
    counts_since: datetime | None
    as_of: date | None
    files: list[File]
    changes: list[Change] | None = None
    problems: list[CellProblem] | None = None
    next: str | None = None


class Deliveries(Schema):
    """Deliveries of a system, the latest first; `next` is the cursor of the page after this one."""

    deliveries: list[Delivery]
    next: str | None = None


class Withdrawal(Strict):
    """Why a delivery is withdrawn. It stays on record, so it names no people."""

    reason: Annotated[Text, Field(min_length=1)]


class Records(Strict):
    """Single rows: each an object of headings and values."""

    records: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1000)]


class DataSet(Schema):
    """A data set of the catalogue 数据目录."""

    name: str
    title: str
    department: str
    purpose: str
    legal_basis: str
    contract_version: str
    delivers: Way
    freshness_days: int
    state: Literal["in_time", "late", "never"]
    last_on: date | None
    due_on: date | None
    rows_accepted: int
    rows_refused: int
    accepted_share: float | None
    problems: int
    consumers: list[str]


class Sharing(Schema):
    """Which data sets and departments come in time, of all that there are."""

    data_sets: int
    data_sets_in_time: int
    departments: int
    departments_in_time: int
    rate: float | None


class Catalogue(Schema):
    """The data sets of a key, and how sharing stands over all of them."""

    data_sets: list[DataSet]
    sharing: Sharing


class Column(Schema):
    """A column of a contract: its headings, what stands in it, and how confidential it is."""

    name: str
    title: str
    headings: list[str]
    type: str
    required: Literal["value", "filled", "heading", "optional"]
    data_class: Literal["public", "internal", "personal", "sensitive"]
    values: list[str]


class Contract(Schema):
    """What a data set holds, and how its deliveries stand to each other."""

    name: str
    title: str
    version: str
    department: str
    purpose: str
    legal_basis: str
    delivers: Way
    freshness_days: int
    key: list[str]
    fields: list[Column]
    text: str


class ExportWish(Strict):
    """A table to export: which, as what kind of file, what for, as known on which day, and of which rows."""

    table: Word
    form: Literal["csv", "xlsx", "parquet"] = "csv"
    purpose: Literal["work", "report", "data", "audit"]
    as_of: date | None = None
    filters: dict[Word, Text] = {}


class ExportFile(Schema):
    """One file of an export."""

    name: str
    bytes: int
    sha256: str
    href: str


class Export(Schema):
    """An export: how far it is, and its files once it is done."""

    id: int
    table: str
    form: str
    purpose: str
    state: Literal["waiting", "reading", "writing", "done", "failed", "expired"]
    state_words: str
    asked_at: datetime
    expires_at: datetime
    rows: int
    share_done: int
    hidden: list[str]
    files: list[ExportFile]


class PolicyShort(Schema):
    """A policy in force."""

    name: str
    title: str
    department: str
    holds_in: str
    version: str
    in_force_from: date
    href: str


class Policies(Schema):
    """The policies of the book that are in force."""

    policies: list[PolicyShort]


class Condition(Schema):
    """A condition with its clause."""

    words: str
    formula: str
    clause: str


class Policy(PolicyShort):
    """A policy for people: who, how much, which papers, which steps, by which law."""

    summary: str
    conditions: list[Condition]
    amount: str | None
    period: str
    papers: list[str]
    steps: list[str]
    working_days: int
    clauses: list[str]


class Figure(Schema):
    """An indicator as it stood on a day. `value` is nothing where so few people stand behind it that it would tell of them."""

    indicator: str
    title: str
    meaning: str
    unit: str
    value: float | None
    target: float | None
    status: str
    hidden: bool


class Figures(Schema):
    """The figures of a division on the last day that has some."""

    division: str
    on: date | None
    figures: list[Figure]
