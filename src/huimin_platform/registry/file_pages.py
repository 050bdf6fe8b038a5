"""Pages on whole files: whether two of them are one person's, and the question itself."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from huimin.units.money import format_yuan
from huimin_platform.base import access, audit, clock
from huimin_platform.design import compare
from huimin_platform.intake import queries as intake
from huimin_platform.registry import actions, file_queries, pages, queries
from huimin_platform.registry.models import Pair


class OtherFile(forms.Form):
    """Which file is meant."""

    other = forms.CharField(
        label=gettext_lazy("Number of the other file, or identity number"),
        max_length=40,
        error_messages={
            "required": gettext_lazy("Type the number of the other file, or an identity number.")
        },
    )


def files(request: HttpRequest, pair: Pair, standing: dict[str, Any]) -> HttpResponse:
    """The page of a question about two whole files; `standing` tells how far it is."""
    assert pair.other is not None
    held = file_queries.held_by([pair.person_id, pair.other_id])
    one, other = held[pair.person_id], held[pair.other_id]
    hangs = [
        (_("Household"), _home(other), _home(one)),
        (_("Benefits drawn"), _benefits(other), _benefits(one)),
        *_rows(one, other),
    ]
    context = {
        **standing,
        "rows": compare.rows(pages.compared_files(pair.person, pair.other)),
        "hangs": hangs,
        "merged": pair.other.merged_into_id is not None,
        "both_draw": bool(one.benefits and other.benefits),
    }
    return render(request, "registry/files.html", context)


@access.page("decides", "pair")
def ask(request: HttpRequest, person: int) -> HttpResponse:
    """Which other file could be this person's too; put as a question for two clerks."""
    found = queries.person_for(request.user, person)
    if found is None or not access.allow(request.user, "decides", "pair", division=found.division or None):
        raise Http404
    form = OtherFile(request.POST or None)
    if request.method == "POST" and form.is_valid():
        other = file_queries.file_named(request.user, form.cleaned_data["other"])
        audit.write(
            by=request.user, action="searches", kind="person", object_id="",
            details={"by": "number", "found": int(other is not None)},
        )  # fmt: skip
        if other is not None and other.pk != found.pk:
            return _asked(request, found.pk, other.pk)
        none = _(
            "No file of your area has this number. Type the number of a file, or a whole identity number."
        )
        same = _("This is the same file. Type the number of the other one.")
        form.add_error("other", none if other is None else same)
    context = {
        "person": found,
        "alike": file_queries.alike(request.user, found),
        "merged": file_queries.merged_into(found.pk),
        "form": form,
        "crumbs": [(_("Review desk"), reverse("registry:review")), (_("Two files"), "")],
    }
    return render(request, "registry/ask_files.html", context)


@access.page("decides", "pair")
def part(request: HttpRequest, person: int, other: int) -> HttpResponse:
    """The question about a file and one that went into it, so that they can be told apart again."""
    found = queries.person_for(request.user, person)
    if (
        request.method != "POST"
        or found is None
        or not file_queries.merged_into(found.pk).filter(pk=other).exists()
    ):
        raise Http404
    return _asked(request, found.pk, other)


def _asked(request: HttpRequest, person: int, other: int) -> HttpResponse:
    try:
        pair = actions.ask_about_files(person=person, other=other, at=clock.now(), by=request.user)  # pyright: ignore[reportArgumentType]
    except actions.NoTwoFiles:
        messages.error(
            request, _("No row is about these files any more, so there is nothing to join or part.")
        )
        return redirect("registry:ask", person)
    return redirect("registry:pair", pair.pk)


def _home(held: file_queries.Held) -> str:
    if held.home is None:
        return ""
    return _("Household %(number)s, %(relation)s") % {
        "number": held.home.household_id,
        "relation": queries.fact_words(held.home.relation),
    }


def _benefits(held: file_queries.Held) -> str:
    kinds, language = intake.fact_kinds(), get_language() or "zh-hans"
    return _("; ").join(
        f"{kinds[fact.kind].title.say(language)} {format_yuan(fact.value)}" if fact.value else fact.kind
        for fact in held.benefits
        if fact.kind in kinds
    )


def _rows(one: file_queries.Held, other: file_queries.Held) -> list[tuple[str, str, str]]:
    """How many rows of each data set are about either person."""
    contracts, language = intake.contracts(), get_language() or "zh-hans"
    names = sorted({*one.rows, *other.rows})
    titles = {name: contracts[name].title.say(language) for name in names if name in contracts}
    return [
        (titles.get(name, name), str(other.rows.get(name, "")), str(one.rows.get(name, ""))) for name in names
    ]
