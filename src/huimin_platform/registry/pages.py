"""Pages of the review desk: a row and a person side by side, and the clerk's decision."""

from typing import Any

import polars as pl
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huimin.privacy.masking import mask_address, mask_card, mask_id, mask_name, mask_phone
from huimin.tables.contract import Column
from huimin_platform.base import access, clock, secrets
from huimin_platform.design import compare, tables
from huimin_platform.design.templatetags.design import yuan_words
from huimin_platform.intake import queries as intake
from huimin_platform.registry import actions, evidence, file_pages, queries
from huimin_platform.registry.models import Pair, PairState, Person

COLUMNS = (
    tables.Column(gettext_lazy("Row")),
    tables.Column(gettext_lazy("Name in the row")),
    tables.Column(gettext_lazy("Could be")),
    tables.Column(gettext_lazy("How likely"), number=True),
)
MASKS = {
    "national_id": mask_id,
    "phone": mask_phone,
    "card": mask_card,
    "address": mask_address,
    "name": mask_name,
}


@access.page("lists", "pair")
def review(request: HttpRequest) -> HttpResponse:
    """The queue of pairs to be decided, the likeliest first."""
    pairs = queries.open_pairs(request.user)
    page = tables.page_of(request, pairs)
    names = _names_in_rows(list(page))
    context = {
        "heads": tables.heads(request, COLUMNS, default=""),
        "page": page,
        "rows": [(each, mask_name(names.get(each.pk, "")), mask_name(each.person.name)) for each in page],
        "first": page[0] if len(page) else None,
        "agreement": queries.agreement(request.user),
    }
    return render(request, "registry/review.html", context)


@access.page("opens", "pair")
def pair(request: HttpRequest, pair: int) -> HttpResponse:
    """One pair side by side, with its differences marked."""
    found = queries.pair_for(request.user, pair)
    if found is None:
        raise Http404
    if found.whole:
        return file_pages.files(request, found, standing_of(request, found))
    row = row_of(found)
    context = {
        **standing_of(request, found),
        "evidence": evidence.told(found.evidence),
        "rows": compare.rows(_compared(row, found.person)),
        "others": [(title, value) for title, value in row["others"]],
        "rivals": [
            (each, compare.rows(_compared(row, each.person)))
            for each in queries.rivals_of(request.user, found)
        ],
    }
    return render(request, "registry/pair.html", context)


def standing_of(request: HttpRequest, found: Pair) -> dict[str, Any]:
    """How far the question is: what was said of it, and what this clerk may still say."""
    given = list(queries.opinions_of(found))
    own = next((each for each in given if each.by == request.user.username), None)
    settled_as = found.state == PairState.SAME
    is_open = found.state in (PairState.OPEN, PairState.GONE)
    may_decide = bool(access.allow(request.user, "decides", "pair"))
    return {
        "pair": found,
        "second": evidence.second(found.second),
        "two": queries.needs_two(found),
        "given": len(given),
        "own": own,
        "to_undo": not is_open and any(each.same != settled_as for each in given),
        "own_undo": not is_open and own is not None and own.same != settled_as,
        "may_take_back": may_decide and queries.opinion_to_take_back(found, given, request.user) is not None,
        "may_decide": may_decide,
        "open": is_open,
        "crumbs": [(_("Review desk"), reverse("registry:review")), (str(found.pk), "")],
    }


@access.page("decides", "pair")
@require_POST
def decide(request: HttpRequest, pair: int) -> HttpResponse:
    """Takes the clerk's decision and goes on to the next pair."""
    if queries.pair_for(request.user, pair) is None:
        raise Http404
    outcome, at, by = request.POST.get("outcome", ""), clock.now(), request.user
    try:
        if outcome in ("same", "different"):
            kept = actions.decide_pair(pair=pair, same=outcome == "same", at=at, by=by)  # pyright: ignore[reportArgumentType]
            waits = (
                _("Your opinion is recorded. A second person must agree.")
                if kept.whole
                else _("Your opinion is recorded. A second person must agree, because a benefit hangs on it.")
            )
            messages.success(
                request,
                waits
                if kept.state == PairState.OPEN
                else _("The decision is recorded and counts from the next run of the loop."),
            )
        elif outcome == "skip":
            actions.skip_pair(pair=pair, at=at, by=by)  # pyright: ignore[reportArgumentType]
        elif outcome == "undo":
            kept = actions.undo_pair(pair=pair, at=at, by=by)  # pyright: ignore[reportArgumentType]
            messages.success(
                request,
                _("The decision is undone. The pair waits again.")
                if kept.state == PairState.OPEN
                else _("Your opinion is recorded. Two files are parted when a second person says so too."),
            )
            return redirect("registry:pair", pair)
        elif outcome == "take_back":
            actions.take_back_opinion(pair=pair, at=at, by=by)  # pyright: ignore[reportArgumentType]
            messages.success(request, _("Your opinion is taken back. The pair waits for you again."))
            return redirect("registry:pair", pair)
    except actions.NothingToTakeBack:
        messages.warning(
            request, _("Somebody else has given an opinion meanwhile. Yours can be taken back no more.")
        )
        return redirect("registry:pair", pair)
    except actions.AlreadyDecided as problem:
        messages.warning(request, _("%(name)s has decided this pair already.") % {"name": problem})
        return redirect("registry:pair", pair)
    following = queries.open_pairs(request.user).exclude(pk=pair).first()
    return redirect("registry:pair", following.pk) if following else redirect("registry:review")


def row_of(found: Pair) -> dict[str, Any]:
    """The row of a pair: its fields of identity, and its other cells in the reader's words."""
    contract = intake.contracts()[found.file.dataset]
    rows = intake.rows_of(found.file).filter(pl.col("line") == found.line)
    cells = rows.row(0, named=True) if rows.height else {}
    mention = contract.mention(found.role)
    fields = {
        name: next((cells[column] for column in columns if cells.get(column) is not None), None)
        for name, columns in mention.columns.items()
    }
    used = {column for columns in mention.columns.values() for column in columns}
    language = get_language() or "zh-hans"
    others = [
        (contract.column(name).title.say(language), _in_words(contract.column(name), value, language))
        for name, value in cells.items()
        if name in contract.by_name and name not in used and value is not None
        and contract.column(name).data_class != "sensitive"
    ]  # fmt: skip
    return {"fields": {**mention.constants, **fields}, "others": others}


def _in_words(column: Column, value: Any, language: str) -> Any:
    """The value of a cell as a clerk reads it: codes in words, money in yuan."""
    if column.type == "money":
        return yuan_words(value)
    return next((each.title.say(language) for each in column.values if each.key == value), value)


def compared_files(one: Person, other: Person) -> list[tuple[str, str, str]]:
    """What two files say of their persons, field by field, masked."""
    sex = {"male": _("Male"), "female": _("Female")}

    def both(field: str) -> tuple[str, str]:
        return _masked(field, unsealed(other, field)), _masked(field, unsealed(one, field))

    return [
        (_("Name"), other.name, one.name),
        (_("Id number"), *both("national_id")),
        (_("Telephone"), *both("phone")),
        (_("Card"), *both("card")),
        (_("Sex"), sex.get(other.sex, ""), sex.get(one.sex, "")),
        (_("Born"), str(other.born_on or ""), str(one.born_on or "")),
        (_("Died"), str(other.died_on or ""), str(one.died_on or "")),
        (_("Address"), *both("address")),
    ]


def _compared(row: dict[str, Any], person: Person) -> list[tuple[str, str, str]]:
    fields = row["fields"]
    sex = {"male": _("Male"), "female": _("Female")}
    lines = [(_("Name"), str(fields.get("name") or ""), person.name)]
    for field, title in (("national_id", _("Id number")), ("phone", _("Telephone")), ("card", _("Card"))):
        lines.append((title, _masked(field, fields.get(field)), _masked(field, unsealed(person, field))))
    lines.append((_("Sex"), sex.get(str(fields.get("sex")), ""), sex.get(person.sex, "")))
    lines.append((_("Born"), str(fields.get("born_on") or ""), str(person.born_on or "")))
    lines.append((_("Village or community"), str(fields.get("village") or ""), ""))
    lines.append(
        (
            _("Address"),
            _masked("address", fields.get("address")),
            _masked("address", unsealed(person, "address")),
        )
    )
    return lines


def unsealed(person: Person, field: str) -> str:
    """A sealed value of a person; empty where there is none."""
    blob = getattr(person, f"{field}_sealed")
    return secrets.unseal(blob, f"registry.person.{field}", person.pk) if blob else ""


def _masked(field: str, value: Any) -> str:
    return MASKS[field](str(value)) if value else ""


def _names_in_rows(pairs: list[Pair]) -> dict[int, str]:
    """pair -> the name as it stands in its row, one look into the lake for each file."""
    found = {each.pk: each.other.name for each in pairs if each.whole and each.other is not None}
    of_rows = [each for each in pairs if not each.whole]
    for file in {each.file_id: each.file for each in of_rows}.values():
        mine = [each for each in of_rows if each.file_id == file.pk]
        contract = intake.contracts()[file.dataset]
        rows = intake.rows_of(file).filter(pl.col("line").is_in([each.line for each in mine]))
        by_line = {row["line"]: row for row in rows.iter_rows(named=True)}
        for each in mine:
            columns = contract.mention(each.role).columns.get("name", ())
            cells = by_line.get(each.line, {})
            found[each.pk] = next((str(cells[column]) for column in columns if cells.get(column)), "")
    return found
