"""To apply: a resident alone, or with an officer who helps and stays on record."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from huimin_platform.base import access, audit, clock
from huimin_platform.cases import actions
from huimin_platform.cases.models import Application
from huimin_platform.portal import applying, asking, policies, purposes, told
from huimin_platform.registry import queries as registry


@never_cache
@access.page("raises", "own_page")
def apply(request: HttpRequest) -> HttpResponse:
    """The resident chooses policies, sees one form filled as far as it goes, and sends it."""
    person = request.user.person_id
    found = asking.sitting(request, clock.today())
    if not person or found is None:
        return redirect("portal:mine")
    return _apply(request, found, None)


@never_cache
@access.page("opens_own", "own_page")
def applied(request: HttpRequest, application: int) -> HttpResponse:
    """The receipt: the number of the case, what happens next, who does it and by when."""
    found = _application(application, request.user.person_id)
    audit.write(by=request.user, action="opens_own", kind="case", object_id=found.case.number)
    return _receipt(request, found, None)


@never_cache
@access.page("raises", "case")
def help_apply(request: HttpRequest, person_id: int) -> HttpResponse:
    """The same with an officer who fills it in for the applicant, and who said what the file is opened for."""
    person = _person(request, person_id)
    purpose = purposes.said(request, "person", person_id)
    if not purpose:
        return redirect("portal:person", person_id)
    found = asking.sitting_of(person_id, told.Told(), clock.today())
    if found is None:
        raise Http404
    audit.write(by=request.user, action="opens", kind="person", object_id=person_id, purpose=purpose)
    return _apply(request, found, person)


@never_cache
@access.page("raises", "case")
def help_applied(request: HttpRequest, person_id: int, application: int) -> HttpResponse:
    """The receipt, for the officer to hand over."""
    person = _person(request, person_id)
    found = _application(application, person_id)
    audit.write(by=request.user, action="opens", kind="case", object_id=found.case.number)
    return _receipt(request, found, person)


def _apply(request: HttpRequest, found: asking.Sitting, helped: Any) -> HttpResponse:
    sent = request.method == "POST"
    wanted = (request.POST if sent else request.GET).getlist("policy")
    choices = applying.choices(found, wanted)
    if sent and (known := _known(request, found.person_id)):
        return redirect(_receipt_address(known, helped))
    chosen = [each for each in choices if each.chosen and each.case is None and not each.received]
    context = {"helped": helped, "reader": "staff" if helped else "resident", "crumbs": _crumbs(helped)}
    if not chosen:
        context |= {"choices": choices, "empty": bool(request.GET.get("go_on") or sent)}
        return render(request, "portal/apply_choose.html", context, status=422 if context["empty"] else 200)
    sheet = applying.sheet(found, chosen, request.POST if sent else None)
    form = applying.ApplyForm(
        request.POST if sent and sheet.whole else None,
        initial={"key": request.POST.get("key")} if sent else None,
    )
    status = 200
    if sent and sheet.whole and form.is_valid():
        try:
            made = actions.apply(
                key=str(form.cleaned_data["key"]), person_id=found.person_id, chosen=[each.policy for each in chosen],
                said=sheet.said, at=clock.now(), by=request.user,  # pyright: ignore[reportArgumentType]
            )  # fmt: skip
            return redirect(_receipt_address(made, helped))
        except actions.CannotBe as problem:
            form.add_error(None, str(problem))
            status = 409
    wrong = next((each.form for each in sheet.asks if each.form.is_bound and each.form.errors), None)
    if wrong or (form.errors and status == 200):
        status = 422
    context |= {
        "sheet": sheet, "form": form, "wrong": wrong or (form if form.errors else None),
        "more": sent and not sheet.whole and wrong is None,
    }  # fmt: skip
    return render(request, "portal/apply.html", context, status=status)


def _known(request: HttpRequest, person_id: int) -> Application | None:
    """The application that this form has made already: sent twice, it leads to the same receipt."""
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        return None
    return Application.objects.filter(key=str(key), person_id=person_id).first()


def _receipt(request: HttpRequest, found: Application, helped: Any) -> HttpResponse:
    context = {
        "application": found,
        "case": found.case,
        "titles": [policies.title(name) for name in found.policies],
        "unsupported": [
            policies.title(item.policy) for item in found.case.items.all() if item.policy in found.policies and item.lapsed_on
        ],
        "steps": applying.next_steps(found),
        "stated": applying.lines(found, clock.today()),
        "helped": helped,
        "reader": "staff" if helped else "resident",
        "crumbs": _crumbs(helped),
    }  # fmt: skip
    return render(request, "portal/applied.html", context)


def _application(number: int, person_id: int | None) -> Application:
    found = (
        Application.objects.filter(pk=number, person_id=person_id)
        .select_related("case", "by")
        .prefetch_related("case__items", "case__steps")
        .first()
        if person_id
        else None
    )
    if found is None:
        raise Http404
    return found


def _person(request: HttpRequest, person_id: int) -> Any:
    found = registry.persons().filter(pk=person_id).first()
    if found is None:
        raise Http404
    decision = access.allow(request.user, "raises", "case", division=found.division)
    if not decision:
        audit.write(by=request.user, action="applies", kind="person", object_id=person_id, decision="deny")
        raise access.NotAllowed(decision.reasons)
    return found


def _receipt_address(made: Application, helped: Any) -> str:
    if helped:
        return reverse("portal:help_applied", args=[made.person_id, made.pk])
    return reverse("portal:applied", args=[made.pk])


def _crumbs(helped: Any) -> list[tuple[str, str]]:
    if helped:
        return [(_("A person’s file"), reverse("portal:person", args=[helped.pk])), (_("Apply"), "")]
    return [(_("My page"), reverse("portal:mine")), (_("Apply"), "")]
