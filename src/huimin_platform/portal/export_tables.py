"""The tables that can be exported: which rows, which columns, how confidential each is, and who may have them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from huimin.privacy.masking import mask_name
from huimin_platform.base import access
from huimin_platform.base.classes import DataClass
from huimin_platform.cases import queries as cases
from huimin_platform.cases.models import Case
from huimin_platform.funds import queries as funds
from huimin_platform.funds.models import Payment
from huimin_platform.matching import queries as matching
from huimin_platform.matching.models import FindingState, Status
from huimin_platform.needs import queries as needs
from huimin_platform.needs.models import NeedSource, NeedState
from huimin_platform.registry import queries as registry


@dataclass(frozen=True)
class Column:
    """A column: where its value stands, its title, how confidential it is; `words` of its codes; `fen` where it is money."""

    name: str
    path: str
    title: Any
    data_class: DataClass = "internal"
    words: dict[str, Any] | None = None
    fen: bool = False
    is_name: bool = False


Rows = Callable[[Any, dict[str, str], datetime | None], QuerySet[Any]]


@dataclass(frozen=True)
class Table:
    """A table: what access calls it, its rows for an actor by filters and as of a moment, and its columns.

    Only the filters that are named here are taken from an address. `dated` says that past answers are kept. The
    command writes rows in the `order`, and `once` each: a row that names two people is told by the first of its roles.
    """

    name: str
    kind: str
    title: Any
    rows: Rows
    columns: tuple[Column, ...]
    filters: tuple[str, ...] = ()
    dated: bool = False
    order: tuple[str, ...] = ("pk",)
    once: tuple[str, ...] = ()


def tables_for(actor: Any) -> list[Table]:
    """The tables that an actor may export."""
    return [each for each in TABLES.values() if access.allow(actor, "exports", each.kind)]


def hidden(actor: Any, table: Table, purpose: str) -> list[str]:
    """The columns that the actor sees in part only, for this purpose."""
    return [
        column.name
        for column in table.columns
        if access.allow(actor, "exports", table.kind, data_class=column.data_class, purpose=purpose).verdict
        != "allow"
    ]


def masked(table: Table, block: pl.DataFrame, hidden: Collection[str]) -> pl.DataFrame:
    """The block with what is hidden masked: of a name its first character stays, of anything else nothing."""
    of_names = {column.name for column in table.columns if column.is_name}
    return block.with_columns(
        pl.col(name).map_elements(mask_name, return_dtype=pl.String) if name in of_names else pl.lit(None, block.schema[name]).alias(name)
        for name in hidden
    )  # fmt: skip


def in_words(table: Table, block: pl.DataFrame) -> pl.DataFrame:
    """The block as a clerk reads it: codes in words, money in yuan."""
    said = []
    for column in table.columns:
        if column.words is not None:
            words = {code: str(word) for code, word in column.words.items()}
            said.append(pl.col(column.name).replace(words))
        elif column.fen:
            yuan = pl.col(column.name).cast(pl.Decimal(38, 2)) / pl.lit(100).cast(pl.Decimal(38, 0))
            said.append(yuan.cast(pl.Decimal(38, 2)).alias(column.name))
    return block.with_columns(said)


def heads(table: Table) -> list[str]:
    """The titles of the columns in the language in force."""
    return [str(column.title) for column in table.columns]


def _scoped(rows: QuerySet[Any], actor: Any, field: str) -> QuerySet[Any]:
    return rows if actor is None else access.scope(actor, rows, field)


def _only(rows: QuerySet[Any], filters: dict[str, str], fields: dict[str, str]) -> QuerySet[Any]:
    return rows.filter(**{fields[name]: value for name, value in filters.items() if value})


def _links(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    return _scoped(registry.links(), actor, "person__division")


def _households(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    return _scoped(registry.memberships(as_of).filter(ended_on=None), actor, "household__division")


def _facts(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    if actor is None:
        return registry.facts(as_of)
    return registry.facts_for(actor, as_of)


def _entitlements(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    found = _scoped(matching.entitlements_known(as_of), actor, "household__division")
    return _only(found, filters, {"policy": "policy", "status": "status"})


def _findings(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    found = _scoped(matching.findings(), actor, "division")
    if actor is None:
        found = found.filter(state__in=[FindingState.OPEN, FindingState.CONFIRMED])
    return _only(found, filters, {"state": "state", "kind": "kind"})


def _needs(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    if actor is None:
        return needs.needs()
    return needs.needs_for(actor, **{"state": "", **filters})


def _cases(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    found = _scoped(cases.cases(), actor, "division")
    return _only(found, filters, {"state": "state", "policy": "items__policy", "number": "number__icontains"})


def _payments(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    return funds.payments() if actor is None else funds.payments_for(actor, **filters)


HOUSEHOLD = Column("household", "household_id", _("Household"), "personal")
PERSON = Column("person", "person_id", _("Person"), "personal")

_ALL = (
    Table(
        "links", "file", _("Which row is about whom"), _links,
        (
            Column("file", "file__name", _("File")), Column("line", "line", _("Row")), PERSON,
            Column("role", "role", _("Role")), Column("how", "how", _("How we know")), Column("score", "score", _("Score")),
        ),
        order=("file__name", "line", "pk"), once=("file__name", "line"),
    ),
    Table(
        "households", "household", _("Households and members"), _households,
        (HOUSEHOLD, PERSON, Column("relation", "relation", _("Relation"), "personal")), dated=True,
        order=("household_id", "person_id", "pk"),
    ),
    Table(
        "facts", "fact", _("Facts with their source"), _facts,
        (
            PERSON, HOUSEHOLD, Column("kind", "kind", _("Kind")),
            Column("value", "value", _("Value"), "sensitive"), Column("words", "words", _("Words"), "sensitive"),
            Column("started_on", "started_on", _("From"), "personal"), Column("ended_on", "ended_on", _("Until before"), "personal"),
            Column("occurred_on", "occurred_on", _("Day"), "personal"), Column("file", "source_file__name", _("File")),
            Column("line", "source_line", _("Row")), Column("received_at", "received_at", _("Received")),
        ),
        dated=True,
    ),
    Table(
        "entitlements", "entitlement", _("Entitlements"), _entitlements,
        (
            Column("policy", "policy", _("Policy")), HOUSEHOLD,
            Column("status", "status", _("Answer"), "personal", words=dict(Status.choices)),
            Column("amount_fen", "amount_fen", _("Amount, yuan"), "sensitive", fen=True),
            Column("missing", "missing", _("What is missing"), "personal"),
        ),
        filters=("policy", "status"), dated=True, order=("policy", "household_id"),
    ),
    Table(
        "findings", "finding", _("Findings"), _findings,
        (
            Column("kind", "kind", _("Finding")), HOUSEHOLD, PERSON,
            Column("state", "state", _("State"), words=dict(FindingState.choices)), Column("found_on", "found_on", _("Found")),
        ),
        filters=("state", "kind"), order=("kind", "household_id", "person_id", "pk"),
    ),
    Table(
        "needs", "need", _("Needs"), _needs,
        (
            Column("need", "pk", _("Number")), Column("kind", "kind", _("Need"), "personal"),
            Column("level", "level", _("Level"), "personal"), HOUSEHOLD, PERSON,
            Column("state", "state", _("State"), words=dict(NeedState.choices)),
            Column("source", "source", _("Source"), words=dict(NeedSource.choices)),
            Column("department", "department", _("Department")), Column("raised_on", "raised_on", _("Since")),
            Column("respond_by", "respond_by", _("Answer by")), Column("responded_at", "responded_at", _("Answered")),
            Column("closed_on", "closed_on", _("Closed")),
        ),
        filters=("state", "level", "kind", "place"),
    ),
    Table(
        "cases", "case", _("Cases"), _cases,
        (
            Column("number", "number", _("Case")), HOUSEHOLD, Column("applicant", "applicant__name", _("Applicant"), "personal", is_name=True),
            Column("division", "division", _("Code of the place")), Column("department", "department", _("Department")),
            Column("state", "state", _("State"), "personal", words=dict(Case.State.choices)), Column("opened_on", "opened_on", _("Opened")),
            Column("due_on", "due_on", _("Due")), Column("decided_at", "decided_at", _("Decided")),
        ),
        filters=("state", "policy", "number"),
    ),
    Table(
        "payments", "payment", _("Payments"), _payments,
        (
            Column("payment", "pk", _("Payment")), Column("policy", "policy", _("Policy"), "personal"), Column("case", "case_number", _("Case")),
            Column("period", "order__period", _("Period")), HOUSEHOLD, Column("payee", "payee__name", _("Payee"), "personal", is_name=True),
            Column("division", "division", _("Code of the place")), Column("amount_fen", "amount_fen", _("Amount, yuan"), "personal", fen=True),
            Column("state", "state", _("State"), words=dict(Payment.State.choices)), Column("approved_at", "approved_at", _("Approved")),
            Column("answered_at", "answered_at", _("Answered")), Column("return_code", "return_code", _("Why it came back")),
        ),
        filters=("state", "policy", "period"),
    ),
)  # fmt: skip
TABLES = {table.name: table for table in _ALL}
