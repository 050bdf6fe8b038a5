"""The tables that can be exported: which rows, which columns, how confidential each is, and who may have them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from django.db.models import QuerySet
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from huimin.cases.process import LEVEL_WORDS
from huimin.funds.ledger import LEGS
from huimin.funds.levels import STEPS
from huimin.funds.sources import KINDS
from huimin.privacy.masking import mask_name
from huimin.tables.vocabulary import vocabulary
from huimin_platform.base import access, clock
from huimin_platform.base.classes import DataClass
from huimin_platform.cases import lists
from huimin_platform.cases import queries as cases
from huimin_platform.cases.models import Case, Step
from huimin_platform.design.templatetags.design import say
from huimin_platform.funds import appraisals, budgets, differences, reach, watching
from huimin_platform.funds import queries as funds
from huimin_platform.funds.appraisal_models import Appraisal
from huimin_platform.funds.budget_models import Proposal
from huimin_platform.funds.models import Difference, Payment
from huimin_platform.funds.project_models import Project, Voucher
from huimin_platform.matching import queries as matching
from huimin_platform.matching.models import FindingState, Status
from huimin_platform.needs import queries as needs
from huimin_platform.needs.models import NeedSource, NeedState
from huimin_platform.portal import need_lists
from huimin_platform.registry import queries as registry

spoken = lazy(say, str)
DEPARTMENTS = {code: spoken(words) for code, words in vocabulary().departments.items()}


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
    return need_lists.so_far(actor, today=clock.today(), **{"state": "", **filters})


def _cases(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    found = _scoped(cases.cases(), actor, "division")
    return _only(found, filters, {"state": "state", "policy": "items__policy", "number": "number__icontains"})


def _tasks(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    asked = {name: value for name, value in filters.items() if name != "late"}
    found = lists.tasks(actor, late_on=clock.today() if filters.get("late") else None, **asked)
    return lists.told(found, get_language() or "zh-hans")


def _payments(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    return funds.payments() if actor is None else funds.payments_for(actor, **filters)


def _budget(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    return _only(reach.accounts(actor, budgets.accounts()), filters, {"year": "year"})


def _moves(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    found = reach.entries(actor, budgets.moves())
    return _only(found, filters, {"year": "account__year", "document": "transfer__document"})


def _sources(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    return budgets.sources(actor)


def _proposals(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    return _only(reach.within(actor, budgets.proposals(actor)), filters, {"state": "state"})


def _projects(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    return watching.projects(actor)


def _exceptions(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    late_on = clock.today() if filters.get("late") == "1" else None
    asked = {name: filters.get(name, "") for name in ("state", "kind", "owner")}
    return funds.exceptions(actor, late_on=late_on, **asked)


def _vouchers(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    return _only(watching.vouchers(actor), filters, {"project": "project"})


def _appraisals(actor: Any, filters: dict[str, str], as_of: datetime | None) -> QuerySet[Any]:
    return appraisals.scored(actor)


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
        "tasks", "case", _("Task list"), _tasks,
        (
            Column("case", "case__number", _("Case")), Column("said", "said", _("What to do")),
            Column("department", "department", _("Department"), words=DEPARTMENTS),
            Column("level", "level", _("Level"), words={code: spoken(words) for code, words in LEVEL_WORDS.items()}),
            Column("division", "case__division", _("Code of the place")), Column("state", "state", _("State"), words=dict(Step.State.choices)),
            Column("due_on", "due_on", _("Due")), Column("officer", "officer", _("Officer")), Column("told_to", "told_to", _("Told to")),
        ),
        filters=("department", "level", "division", "late"), order=("due_on", "pk"),
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
    Table(
        "budget", "ledger", _("Budget and what became of it"), _budget,
        (
            Column("year", "year", _("Budget year")), Column("line", "line", _("Budget line")), Column("purpose", "purpose", _("Purpose")),
            Column("source", "source", _("Source")), Column("place", "place", _("Code of the place")),
            Column("leg", "leg", _("Where it stands"), words={code: spoken(words) for code, words in LEGS.items()}),
            Column("balance_fen", "balance_fen", _("Amount, yuan"), fen=True),
        ),
        filters=("year",), order=("year", "purpose", "source", "place", "pk"),
    ),
    Table(
        "exceptions", "batch", _("Exceptions of the bank"), _exceptions,
        (
            Column("kind", "kind", _("What it is"), words={name: spoken(words) for name, words in differences.KINDS.items()}),
            Column("payment", "payment_id", _("Payment")), Column("amount_fen", "payment__amount_fen", _("Amount, yuan"), fen=True),
            Column("batch", "payment__batch__number", _("Batch")), Column("file", "message__name", _("File")),
            Column("opened_at", "opened_at", _("Since")), Column("owner", "owner__username", _("Looked after by")),
            Column("state", "state", _("State"), words=dict(Difference.State.choices)), Column("closed_at", "closed_at", _("Closed")),
            Column("closed_by", "closed_by__username", _("Closed by")), Column("reason", "reason", _("Reason"), words={code: spoken(words) for code, words in differences.EXPLAINED.items()}),
        ),
        filters=("state", "kind", "owner", "late"),
    ),
    Table(
        "moves", "ledger", _("Money on its way down"), _moves,
        (
            Column("at", "transfer__at", _("When")),
            Column("reason", "transfer__reason", _("Step"), words={code: spoken(words) for code, words in STEPS.items()}),
            Column("document", "transfer__document", _("Document")), Column("year", "account__year", _("Budget year")),
            Column("source", "account__source", _("Source")), Column("place", "account__place", _("Code of the place")),
            Column("purpose", "account__purpose", _("Purpose")), Column("amount_fen", "amount_fen", _("Amount, yuan"), fen=True),
            Column("by", "transfer__audit__by", _("Put on the fund by")), Column("key", "transfer__key", _("Key in the ledger")),
        ),
        filters=("year", "document"), order=("transfer__at", "pk"),
    ),
    Table(
        "sources", "source", _("Sources of money"), _sources,
        (
            Column("code", "code", _("Code")), Column("kind", "kind", _("Kind"), words={code: spoken(kind.title) for code, kind in KINDS.items()}),
            Column("title", "title", _("Name of the source")), Column("document", "document", _("Number of the letter or contract")),
            Column("giver", "giver", _("Who gives it")), Column("registered_at", "registered_at", _("Registered")),
            Column("by", "registered_by__username", _("Registered by")),
        ),
    ),
    Table(
        "allocations", "allocation", _("Allocations"), _proposals,
        (
            Column("number", "number", _("Allocation")), Column("year", "year", _("Budget year")), Column("source", "source", _("Source")),
            Column("total_fen", "total_fen", _("Amount, yuan"), fen=True), Column("state", "state", _("State"), words=dict(Proposal.State.choices)),
            Column("figures_on", "figures_on", _("Figures as of")), Column("corrects", "corrects__number", _("Corrects")), Column("reason", "reason", _("Reason")),
            Column("proposed_at", "proposed_at", _("Proposed")), Column("proposed_by", "proposed_by__username", _("Proposed by")),
            Column("decided_at", "decided_at", _("Decided")), Column("decided_by", "decided_by__username", _("Decided by")),
            Column("digest", "digest", _("Digest")),
        ),
        filters=("state",),
    ),
    Table(
        "projects", "project", _("Projects"), _projects,
        (
            Column("code", "code", _("Code")), Column("title", "title", _("Name of the project")), Column("division", "division", _("Code of the place")),
            Column("state", "state", _("State"), words=dict(Project.State.choices)), Column("build_fen", "build_fen", _("Building, yuan"), fen=True),
            Column("running_fen", "running_fen", _("Running a year, yuan"), fen=True), Column("promised_fen", "promised_fen", _("Provided for a year, yuan"), fen=True),
            Column("life_years", "life_years", _("Years of use")), Column("opens_year", "opens_year", _("First year of use")),
            Column("planned_by", "planned_by__username", _("Planned by")), Column("approved_by", "approved_by__username", _("Approved by")),
        ),
    ),
    Table(
        "vouchers", "project", _("What was spent on projects"), _vouchers,
        (
            Column("project", "project_id", _("Project")), Column("document", "document", _("Document")), Column("year", "year", _("Budget year")),
            Column("source", "source", _("Source")), Column("kind", "kind", _("For"), words=dict(Voucher.Kind.choices)), Column("payee", "payee", _("To")),
            Column("amount_fen", "amount_fen", _("Amount, yuan"), fen=True), Column("prepared_by", "prepared_by__username", _("Prepared by")),
            Column("approved_by", "approved_by__username", _("Approved by")), Column("approved_at", "approved_at", _("Approved")),
        ),
        filters=("project",),
    ),
    Table(
        "appraisals", "appraisal", _("Appraisals"), _appraisals,
        (
            Column("number", "number", _("Appraisal")), Column("purpose", "purpose", _("Purpose")), Column("year", "year", _("Year")),
            Column("state", "state", _("State"), words=dict(Appraisal.State.choices)), Column("population", "population", _("Drawn from")),
            Column("answered", "answered", _("Have answered")), Column("score", "score", _("Score")), Column("margin", "score_margin", _("Margin of the score")),
            Column("seed", "seed", _("Seed")), Column("digest", "population_digest", _("Digest")), Column("closed_at", "closed_at", _("Closed")),
        ),
    ),
)  # fmt: skip
TABLES = {table.name: table for table in _ALL}
