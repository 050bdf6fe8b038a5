"""The form of one that is in a sample: filled in on the spot, on a phone, by the appraiser who has the appraisal."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huimin.funds import appraisal as frames
from huimin.funds.appraisal import Frame
from huimin_platform.base import access, audit, clock
from huimin_platform.base.places import division_name
from huimin_platform.design.templatetags.design import say
from huimin_platform.funds import appraisals, appraising
from huimin_platform.funds.appraisal_models import Appraisal, AppraisedUnit
from huimin_platform.funds.pages.appraisals import strata_words
from huimin_platform.funds.refusals import NotNow


class UnitForm(forms.Form):
    """The questions of a frame."""

    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("What you saw. No names, no numbers of cards."),
    )  # fmt: skip

    def __init__(self, *arguments: Any, frame: Frame, **named: Any) -> None:
        super().__init__(*arguments, **named)
        note = self.fields.pop("note")
        for each in frame.questions:
            assert each.question is not None
            self.fields[each.name] = forms.ChoiceField(
                label=say(each.question), choices=[(code, say(words)) for code, (_worth, words) in each.choices.items()],
                widget=forms.RadioSelect,
                error_messages={"required": _("Answer every question; what nobody knows is no.")},
            )  # fmt: skip
        self.fields["note"] = note


@never_cache
@access.page("appraises", "appraisal")
def unit(request: HttpRequest, number: str, unit_id: int) -> HttpResponse:
    """The form of a unit; POST takes it in and goes on to the next."""
    found = _unit(request, number, unit_id)
    frame = frames.of_told(found.appraisal.frame)
    last = found.forms.order_by("-id").first()  # pyright: ignore[reportAttributeAccessIssue]
    first = {**last.answers, "note": last.note} if last else {}
    form = UnitForm(request.POST or None, frame=frame, initial=first)
    if request.method == "POST" and form.is_valid():
        answers = dict(form.cleaned_data)
        note = answers.pop("note")
        try:
            appraising.fill(unit=unit_id, answers=answers, note=note, at=clock.now(), by=_actor(request))
        except NotNow as problem:
            form.add_error(None, str(problem))
        else:
            return redirect(_next(found))
    return _shown(request, found, form)


@access.page("appraises", "appraisal")
@require_POST
def absent(request: HttpRequest, number: str, unit_id: int) -> HttpResponse:
    """Puts a unit down as not reached; the next of its stratum is asked instead."""
    found = _unit(request, number, unit_id)
    try:
        following = appraising.put_down_absent(
            unit=unit_id, reason=request.POST.get("reason", "")[:500], at=clock.now(), by=_actor(request)
        )
    except NotNow as problem:
        messages.error(request, str(problem))
        return redirect("funds:appraised_unit", number, unit_id)
    if following is None:
        messages.success(request, _("Put down. Nobody is left in this stratum to ask instead."))
    else:
        messages.success(request, _("Put down. Another of this stratum is asked instead."))
    return redirect("funds:appraisal", found.appraisal.number)


@never_cache
@access.page("reveals", "appraisal")
@require_POST
def name(request: HttpRequest, number: str, unit_id: int) -> HttpResponse:
    """The name of who is to be visited, for this appraisal only, on record."""
    found = _unit(request, number, unit_id)
    if found.grant is None or found.grant.payee is None:
        raise Http404
    purpose = f"{number}/{unit_id}"
    audit.write(by=_actor(request), action="reveals", kind="person", object_id=found.grant.payee_id or "", purpose=purpose)  # fmt: skip
    frame = frames.of_told(found.appraisal.frame)
    return _shown(request, found, UnitForm(frame=frame), name=found.grant.payee.name)


def _shown(request: HttpRequest, found: AppraisedUnit, form: UnitForm, name: str = "") -> HttpResponse:
    number, grant = found.appraisal.number, found.grant
    context = {
        "unit": found, "form": form, "name": name, "stratum": strata_words([found.stratum])[found.stratum],
        "months": appraisals.months_of(found) if grant else [],
        "place": division_name(grant.division) if grant else "",
        "open": found.appraisal.state == Appraisal.State.OPEN and found.state != AppraisedUnit.State.ABSENT,
        "crumbs": [(_("Appraisals"), reverse("funds:appraisals")), (number, reverse("funds:appraisal", args=[number])), (str(found), "")],
    }  # fmt: skip
    return render(request, "funds/appraised_unit.html", context, status=422 if form.errors else 200)


def _next(found: AppraisedUnit) -> str:
    """Where to go on: the next that is still to be asked, or the appraisal."""
    waiting = (
        found.appraisal.units.filter(state=AppraisedUnit.State.ASKED).order_by("stratum", "rank").first()
    )
    number = found.appraisal.number
    if waiting is None:
        return reverse("funds:appraisal", args=[number])
    return reverse("funds:appraised_unit", args=[number, waiting.pk])


def _unit(request: HttpRequest, number: str, unit_id: int) -> AppraisedUnit:
    """The unit of an appraisal that is the actor's own; one in reserve is nobody's to see."""
    found = (
        AppraisedUnit.objects.select_related(
            "appraisal", "grant__payee", "grant__household", "voucher__project"
        )
        .exclude(state=AppraisedUnit.State.RESERVE)
        .filter(pk=unit_id, appraisal__number=number, appraisal__appraiser=request.user)
        .first()
    )
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
