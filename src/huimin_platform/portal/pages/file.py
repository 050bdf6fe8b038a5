"""The file of a person and of a household, and the separate act of seeing a sealed value."""

from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huimin_platform.base import access, audit, clock
from huimin_platform.design import tables, why
from huimin_platform.design.fields import DateField
from huimin_platform.matching import queries as matching
from huimin_platform.needs import pages as needs_pages
from huimin_platform.portal import files, policies, purposes, sealed
from huimin_platform.registry import queries as registry

FACT_HEADS = (
    tables.Column(gettext_lazy("Fact")),
    tables.Column(gettext_lazy("Value")),
    tables.Column(gettext_lazy("When")),
    tables.Column(gettext_lazy("Source")),
)


@never_cache
@access.page("lists", "person")
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """A person's file; who opens it says first what for, and that is written down."""
    found = _scoped(request, "person", registry.persons(), person_id)
    if found.merged_into_id:
        return redirect("portal:person", found.merged_into_id)
    home = files.household_of(person_id) if request.GET.get("case") else None
    purpose = _purpose(request, "person", person_id, {home} if home else set())
    if not purpose:
        return _ask(request, "person", person_id)
    may = _may_open(request, "person", found.division, purpose)
    audit.write(by=request.user, action="opens", kind="person", object_id=person_id, purpose=purpose)
    context = {
        "person": found,
        "shown_name": may["personal"],
        "age": files.age_on(found.born_on, found.died_on or clock.today()),
        "purpose": purposes.words(purpose),
        "sealed": sealed.of(found),
        "may_reveal": bool(access.allow(request.user, "reveals", "person", division=found.division)),
        "may_help": bool(access.allow(request.user, "raises", "case", division=found.division)),
        "purposes": purposes.choices(),
        **_shown(
            request, files.file_of(person_id=person_id, today=clock.today(), sensitive=may["sensitive"])
        ),
    }
    return render(request, "portal/person.html", context)


@never_cache
@access.page("lists", "household")
def household(request: HttpRequest, household_id: int) -> HttpResponse:
    """A household's file."""
    found = _scoped(request, "household", registry.households(), household_id)
    purpose = _purpose(request, "household", household_id, {household_id})
    if not purpose:
        return _ask(request, "household", household_id)
    may = _may_open(request, "household", found.division, purpose)
    audit.write(by=request.user, action="opens", kind="household", object_id=household_id, purpose=purpose)
    known_on, form = _known_on(request)
    file = files.file_of(
        household_id=household_id, today=known_on or clock.today(), sensitive=may["sensitive"],
        as_of=clock.end_of(known_on) if known_on else None,
    )  # fmt: skip
    context = {
        "shown_name": may["personal"],
        "purpose": purposes.words(purpose),
        "known_on": known_on,
        "known_form": form,
        **_shown(request, file),
    }
    if known_on:
        context |= {"events": [], "portrait": [], "needs": [], "statements": [], "verified": []}
    return render(request, "portal/household.html", context, status=422 if form.errors else 200)


class KnownForm(forms.Form):
    """The day as of which a file is asked for; none is today."""

    known_on = DateField(label=gettext_lazy("As known on"), required=False)

    def clean_known_on(self) -> date | None:
        """The day, where it is over."""
        asked = self.cleaned_data["known_on"]
        if asked and asked > clock.today():
            raise forms.ValidationError(_("This day is still to come. Enter a day that is over."))
        return asked if asked != clock.today() else None


def _known_on(request: HttpRequest) -> tuple[date | None, KnownForm]:
    """The day as of which the file is asked for, none where it is today or cannot be read, and the form that says so."""
    form = KnownForm(request.GET if request.GET.get("known_on") else None)
    return (form.cleaned_data["known_on"] if form.is_valid() else None), form


def _shown(request: HttpRequest, file: files.File) -> dict[str, Any]:
    """What the pages of persons and households show alike."""
    return {
        "home": file.home,
        "card": file.card,
        "place": file.place,
        "fact_heads": tables.heads(request, FACT_HEADS),
        "facts": file.facts,
        "statements": file.statements,
        "verified": file.verified,
        "events": [replace(each, url=access.reachable(request.user, each.url)) for each in file.events],
        "portrait": file.portrait,
        "needs": needs_pages.shown(file.needs),
        "looks": file.looks,
    }


@never_cache
@access.page("lists", "household")
def why_answer(request: HttpRequest, household_id: int, policy: str) -> HttpResponse:
    """Why a policy says what it says of a household, condition by condition."""
    found = _scoped(request, "household", registry.households(), household_id)
    purpose = _purpose(request, "household", household_id, {household_id})
    if not purpose:
        return _ask(request, "household", household_id)
    known_on, _form = _known_on(request)
    as_of = clock.end_of(known_on) if known_on else None
    explanation = matching.explain(household_id=household_id, policy=policy, as_of=as_of)
    if explanation is None:
        raise Http404
    audit.write(by=request.user, action="opens", kind="household", object_id=household_id, purpose=purpose)
    context = {
        "household": found,
        "title": policies.title(policy),
        "tree": why.tree(explanation),
        "explanation": explanation,
        "known_on": known_on,
    }
    return render(request, "portal/why.html", context)


@require_POST
@access.page("lists", "person", sends=("opens", "person"))
def say_purpose(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """Takes the purpose and leads to the file."""
    if not purposes.say(request, kind, number, request.POST.get("purpose", "")):
        messages.error(request, _("Choose what you open the file for."))
    onward = request.POST.get("onward", "")
    if url_has_allowed_host_and_scheme(
        onward, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return redirect(onward)
    return redirect(f"portal:{kind}", number)


@require_POST
@never_cache
@access.page("reveals", "person", data_class="sensitive")
def reveal(request: HttpRequest, person_id: int) -> HttpResponse:
    """One sealed value in full, with a purpose of its own; written to the log before it is shown."""
    found = _scoped(request, "person", registry.persons(), person_id)
    field, purpose = request.POST.get("field", ""), request.POST.get("purpose", "")
    if field not in sealed.MASKS or purpose not in dict(purposes.choices()):
        messages.error(request, _("Choose which value you need to see and what for."))
        return redirect("portal:person", person_id)
    decision = access.allow(
        request.user, "reveals", "person", division=found.division, data_class="sensitive", purpose=purpose
    )
    if not decision:
        raise access.NotAllowed(decision.reasons)
    audit.write(
        by=request.user,
        action="reveals",
        kind="person",
        object_id=person_id,
        purpose=purpose,
        details={"field": field},
    )
    context = {
        "person": found,
        "label": sealed.labels()[field],
        "value": sealed.reveal(found, field),
        "purpose": purposes.words(purpose),
    }
    return render(request, "portal/revealed.html", context)


def _scoped(request: HttpRequest, kind: str, rows: Any, number: int) -> Any:
    """The row if it lies in the actor's division; an attempt outside it is written down and refused."""
    found = rows.filter(pk=number).first()
    if found is None:
        raise Http404
    decision = access.allow(request.user, "opens", kind, division=found.division)
    if not decision:
        audit.write(by=request.user, action="opens", kind=kind, object_id=number, decision="deny")
        raise access.NotAllowed(decision.reasons)
    return found


def _purpose(request: HttpRequest, kind: str, number: int, households: set[int]) -> str:
    return purposes.said(request, kind, number) or purposes.from_case(request, kind, number, households)


def _ask(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    context = {
        "onward": request.get_full_path(),
        "action": reverse("portal:say_purpose", args=[kind, number]),
        "purposes": purposes.choices(),
    }
    return render(request, "portal/purpose.html", context)


def _may_open(request: HttpRequest, kind: str, division: str, purpose: str) -> dict[str, bool]:
    """Data class -> whether its values are shown in full to this reader for this purpose."""
    return {
        name: access.allow(
            request.user, "opens", kind, division=division, data_class=name, purpose=purpose
        ).verdict
        == "allow"
        for name in ("personal", "sensitive")
    }
