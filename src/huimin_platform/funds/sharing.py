"""The table by which a pot is shared out among places: begun from what the registry knows, read back from what people write."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl
from django.db.models import Count, Q, Sum
from django.db.models.functions import Substr
from django.utils.translation import gettext as _

from huimin.funds.allocation import Formula
from huimin.units.divisions import level, padded
from huimin.units.money import parse_fen
from huimin_platform.base import access
from huimin_platform.base.models import Division
from huimin_platform.base.places import division_names
from huimin_platform.delivery import queries as delivery
from huimin_platform.funds import performance
from huimin_platform.funds.models import Payment
from huimin_platform.matching.models import Entitlement, Status
from huimin_platform.registry.models import Membership

TOWN_DIGITS, MOST_ROWS = 9, 5_000
LAST = "last_fen"
USUAL = {"weaker": "否"}
TRUTHS = {
    "是": True,
    "yes": True,
    "1": True,
    "true": True,
    "否": False,
    "no": False,
    "0": False,
    "false": False,
    "": False,
}


class TableError(ValueError):
    """What is wrong with the table, with its line and column."""


def headings(formula: Formula) -> dict[str, str]:
    """column -> how it is headed."""
    return headings_of(["area", *formula.columns, LAST])


def headings_of(columns: Iterable[str]) -> dict[str, str]:
    """column -> how it is headed; a column that is not known by its name."""
    known = {
        "area": _("Place"), "people": _("Population"), "people_in_need": _("People in need"), "cost_index": _("Cost index"),
        "strain_index": _("Strain index"), "performance_score": _("Performance"), "weaker": _("Weaker area"),
        LAST: _("Last year, yuan"),
    }  # fmt: skip
    return {column: known.get(column, column) for column in columns}


def begun(actor: Any, formula: Formula, year: int) -> str:
    """The table to begin with: the towns in the actor's division, their people, those in need, last year's payments and scores."""
    counted = {"people": _people(actor), "people_in_need": _in_need(actor), LAST: _paid(actor, year - 1)}
    towns = sorted({town for each in counted.values() for town in each if town})
    names = division_names(padded(town) for town in towns)
    scores = performance.measured(actor, year - 1, towns)
    rows = [list(headings(formula).values())]
    for town in towns:
        row = [names.get(padded(town), town)]
        for column in (*formula.columns, LAST):
            number = counted[column].get(town, 0) if column in counted else None
            row.append(
                f"{scores[town]:.4f}"
                if column == performance.COLUMN and scores[town] != 1
                else USUAL.get(column, "1")
                if number is None
                else f"{number / 100:.2f}"
                if column == LAST
                else str(number)
            )
        rows.append(row)
    return "\n".join("\t".join(row) for row in rows)


def read(text: str, formula: Formula) -> pl.DataFrame:
    """The table that somebody wrote or pasted from a workbook, columns apart by tabs. `TableError` names line and column."""
    names = {heading: column for column, heading in headings(formula).items()} | {
        column: column for column in headings(formula)
    }
    lines = [(at, line.split("\t")) for at, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise TableError(_("The table is empty. Load the page again to begin anew."))
    if len(lines) > MOST_ROWS:
        raise TableError(_("The table has more than %(most)s rows.") % {"most": MOST_ROWS})
    head = [names.get(cell.strip()) for cell in lines[0][1]]
    for column, heading in headings(formula).items():
        if column not in head:
            raise TableError(
                _("There is no column “%(name)s”. Keep the first line as it was.") % {"name": heading}
            )
    rows = [_row(at, cells, head, formula) for at, cells in lines[1:]]
    return pl.DataFrame(rows, orient="row", infer_schema_length=None)


def places(actor: Any, names: Iterable[str]) -> dict[str, str]:
    """name or code as written -> the leading digits of the town it is, in the actor's division. `TableError` for one that is none."""
    by_name, found = _by_name(actor), {}
    for name in names:
        codes = by_name.get(name, [])
        if len(codes) != 1:
            text = (
                _("“%(name)s” is no township here. Write it as in the list of divisions, or its code.")
                if not codes
                else _("There are several townships called “%(name)s”. Write the code.")
            )
            raise TableError(text % {"name": name[:50]})
        found[name] = codes[0][:TOWN_DIGITS]
    return found


def codes_of(actor: Any) -> dict[str, str]:
    """name or code -> the leading digits of the town, of every town in the actor's division whose name is its own."""
    return {name: codes[0][:TOWN_DIGITS] for name, codes in _by_name(actor).items() if len(codes) == 1}


def needs(actor: Any, policies: Collection[str], year: int) -> dict[str, dict[str, int]]:
    """town -> programme -> fen ordered for people there in the year before and in this one, by which money is put on programmes."""
    found = access.scope(actor, delivery.orders().filter(due_on__year__in=(year - 1, year)))
    rows = (
        found.filter(grant__policy__in=policies)
        .order_by()
        .values_list("grant__policy", Substr("division", 1, TOWN_DIGITS))
        .annotate(fen=Sum("amount_fen"))
    )
    ordered: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(sorted(policies), 0))
    for policy, town, fen in rows:
        ordered[town][policy] = fen
    return ordered


def _by_name(actor: Any) -> dict[str, list[str]]:
    """name and code -> the towns in the actor's division that are called so."""
    towns = access.scope(actor, Division.objects.filter(code__endswith="000"), "code")
    found: dict[str, list[str]] = defaultdict(list)
    for code, name in towns.values_list("code", "name"):
        if level(code) == "town":
            found[name].append(code)
            found[code].append(code)
    return found


def _row(at: int, cells: list[str], head: list[str | None], formula: Formula) -> dict[str, Any]:
    if len(cells) < len(head):
        raise TableError(
            _("Line %(line)s has %(count)s cells, not %(wanted)s. Keep the columns apart by tabs.")
            % {"line": at, "count": len(cells), "wanted": len(head)}
        )
    flag = formula.uplift[0] if formula.uplift else ""
    found = {}
    for column, cell in zip(head, cells, strict=False):
        if column is not None:
            value = _value(column, cell.strip(), flag)
            if value is None:
                raise TableError(
                    _(
                        "Line %(line)s, “%(name)s”: “%(text)s” cannot be read. Write a number of 0 or more, yes or no."
                    )
                    % {"line": at, "name": headings(formula)[column], "text": cell.strip()[:50]}
                )
            found[column] = value
    return found


def _value(column: str, cell: str, flag: str) -> Any:
    if column == "area":
        return cell or None
    if column == flag:
        return TRUTHS.get(cell.lower())
    if column == LAST:
        fen = parse_fen(cell)
        return None if fen is None or fen < 0 else fen
    try:
        number = Decimal(cell.replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None
    return float(number) if number.is_finite() and 0 <= number < 10**12 else None


def _people(actor: Any) -> dict[str, int]:
    """town -> the people who live there."""
    found = access.scope(
        actor, Membership.objects.filter(withdrawn_at=None, ended_on=None), "household__division"
    )
    return _by_town(found, "household__division", Count("pk"))


def _in_need(actor: Any) -> dict[str, int]:
    """town -> the people in households that are entitled to anything."""
    here = Q(household__memberships__withdrawn_at=None, household__memberships__ended_on=None)
    found = access.scope(
        actor, Entitlement.objects.filter(here, current=True, status=Status.ENTITLED), "household__division"
    )
    return _by_town(found, "household__division", Count("household__memberships", distinct=True))


def _paid(actor: Any, year: int) -> dict[str, int]:
    """town -> what was paid to people there in a year, in fen."""
    found = access.scope(actor, Payment.objects.filter(year=year, state=Payment.State.SETTLED))
    return _by_town(found, "division", Sum("amount_fen"))


def _by_town(rows: Any, field: str, counted: Any) -> dict[str, int]:
    town = Substr(field, 1, TOWN_DIGITS)
    return dict(rows.order_by().values_list(town).annotate(size=counted))
