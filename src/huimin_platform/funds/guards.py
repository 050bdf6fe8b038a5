"""What the database itself holds of public money: triggers and constraints, without which a rule is only a habit."""

from collections.abc import Iterator
from functools import cache

from django.apps import apps
from django.db import models

from huimin_platform.funds import guard_texts

TRIGGERS = {
    "funds_transfer": ("append_only", "transfer_whole", "transfer_within"),
    "funds_entry": ("append_only", "entries_post", "entry_whole"),
    "funds_paymentmove": ("append_only",),
    "funds_batchapproval": ("append_only", "approval_guard"),
    "funds_statementline": ("append_only",),
    "funds_account": ("account_guard", "account_purpose"),
    "funds_payment": (
        *("payment_guard", "payment_named", "payment_source"),
        *("payment_committed", "payment_posted"),
    ),
    "funds_batch": ("batch_guard",),
    "funds_holdrelease": ("holdrelease_guard",),
    "funds_bankmessage": ("message_guard",),
    "funds_cardcheck": ("cardcheck_guard",),
    "funds_cardmove": ("append_only",),
    "funds_notpaid": ("notpaid_guard",),
    "funds_servicepayment": ("service_payment_guard", "service_payment_posted"),
    "funds_source": ("append_only", "source_guard"),
    "funds_closedyear": ("append_only",),
    "funds_proposal": ("proposal_guard", "proposal_posted"),
    "funds_project": ("project_guard",),
    "funds_voucher": ("voucher_guard", "voucher_posted"),
    "funds_verdict": ("append_only",),
    "funds_formulatext": ("formulatext_guard",),
    "funds_appraisal": ("appraisal_guard",),
    "funds_appraisalform": ("append_only",),
    "funds_appraisedunit": ("appraisedunit_guard",),
    "funds_shortcoming": ("shortcoming_guard",),
    "delivery_ordermove": ("append_only",),
    "delivery_settlement": ("settlement_guard", "settlement_whole"),
    "delivery_settlementline": ("append_only", "line_within"),
    "delivery_visit": ("visit_guard",),
    "supply_provider": ("provider_guard",),
    "supply_servicecontract": ("service_contract_guard",),
    "cases_decision": ("append_only",),
    "cases_pathmove": ("append_only",),
    "base_auditline": ("append_only",),
}
# Tables whose constraints guard money too, though no trigger stands on them.
ORDERS = ("delivery_order",)

AWAKE = """
select wanted.relation as table, wanted.guard
from (values {triggers}) wanted (relation, guard)
where not exists (
    select from pg_trigger held
    where held.tgrelid = to_regclass(wanted.relation) and held.tgname = wanted.guard and held.tgenabled in ('O', 'A'))
"""
# A constraint, or the unique index that Django makes of one with a condition; proven of the rows that were there.
PROVEN = """
select wanted.relation, wanted.guard
from (values {constraints}) wanted (relation, guard)
where not exists (
    select from pg_constraint held
    where held.conrelid = to_regclass(wanted.relation) and held.conname = wanted.guard and held.convalidated)
  and not exists (
    select from pg_index held
    where held.indrelid = to_regclass(wanted.relation) and held.indexrelid = to_regclass(wanted.guard)
      and held.indisunique and held.indisvalid)
"""
# Columns whose value stands once, whatever the index is called.
ONCE = """
select wanted.relation, wanted.guard || ' stands once'
from (values {columns}) wanted (relation, guard)
where not exists (
    select from pg_index held
    join pg_attribute field on field.attrelid = held.indrelid and field.attnum = held.indkey[0]
    where held.indrelid = to_regclass(wanted.relation) and field.attname = wanted.guard and held.indnkeyatts = 1
      and held.indisunique and held.indisvalid and held.indpred is null)
"""
# Keys to other rows; the triggers that hold one can be put to sleep as well.
THERE = """
select wanted.relation, wanted.guard || ' is there'
from (values {keys}) wanted (relation, guard)
where not exists (
    select from pg_constraint held
    join pg_attribute field on field.attrelid = held.conrelid and held.conkey = array[field.attnum]
    where held.conrelid = to_regclass(wanted.relation) and held.contype = 'f' and held.convalidated
      and field.attname = wanted.guard
      and not exists (
          select from pg_trigger asleep where asleep.tgconstraint = held.oid and asleep.tgenabled not in ('O', 'A')))
"""


@cache
def missing() -> str:
    """A statement that gives the guards that are missing, asleep, altered, or never proven of the rows that are there."""
    asked = [
        AWAKE.format(triggers=_rows(triggers())),
        PROVEN.format(constraints=_rows(constraints())),
        ONCE.format(columns=_rows(columns())),
        THERE.format(keys=_rows(keys())),
        guard_texts.altered(tables()),
    ]
    return " union all ".join(asked) + " order by 1, 2"


def triggers() -> Iterator[tuple[str, str]]:
    """Each trigger with its table."""
    return ((table, guard) for table, guards in TRIGGERS.items() for guard in guards)


def constraints() -> Iterator[tuple[str, str]]:
    """Each constraint of the models with its table."""
    for model in _models():
        for each in model._meta.constraints:
            yield model._meta.db_table, each.name


def columns() -> Iterator[tuple[str, str]]:
    """Each column whose value stands once, with its table."""
    for model in _models():
        for field in model._meta.local_fields:
            if field.unique:
                yield model._meta.db_table, str(field.column)


def keys() -> Iterator[tuple[str, str]]:
    """Each column that is a key to another row, with its table."""
    for model in _models():
        for field in model._meta.local_fields:
            if isinstance(field, models.ForeignKey) and field.db_constraint:
                yield model._meta.db_table, str(field.column)


def tables() -> list[str]:
    """The tables whose rows are money, or say whose and why."""
    return sorted({*TRIGGERS, *(model._meta.db_table for model in _models())})


def _models() -> Iterator[type[models.Model]]:
    """The models whose rows are money, or say whose and why."""
    tables = {*TRIGGERS, *ORDERS}
    for model in apps.get_models():
        if model._meta.app_label == "funds" or model._meta.db_table in tables:
            yield model


def _rows(pairs: Iterator[tuple[str, str]]) -> str:
    """The pairs as rows of a statement; they are names of our own tables, columns and guards."""
    return ", ".join(f"('{table}', '{guard}')" for table, guard in pairs)
