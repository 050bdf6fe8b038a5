"""Appraisals by an outsider: drawn by finance, what came out, what departments answer, and what everybody may read."""

import secrets
from collections.abc import Callable, Collection, Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huimin.funds import appraisal as frames
from huimin.funds import sampling
from huimin.units.divisions import padded
from huimin.units.words import Words
from huimin_platform.base import access, clock
from huimin_platform.base.places import division_names
from huimin_platform.design import tables
from huimin_platform.design.fields import DateField
from huimin_platform.design.templatetags.design import say
from huimin_platform.funds import appraisals, appraising, reach
from huimin_platform.funds.appraisal_models import Appraisal, AppraisedUnit
from huimin_platform.funds.project_models import Voucher
from huimin_platform.funds.purposes import purpose_words
from huimin_platform.funds.refusals import NotNow
from huimin_platform.supply import queries as supply

LISTED = (
    tables.Column(gettext_lazy("Appraisal")),
    tables.Column(gettext_lazy("Programme or project")),
    tables.Column(gettext_lazy("Year"), number=True),
    tables.Column(gettext_lazy("Have answered"), number=True),
    tables.Column(gettext_lazy("Score"), number=True),
    tables.Column(gettext_lazy("State")),
)
SCORED = (
    tables.Column(gettext_lazy("Place")),
    tables.Column(gettext_lazy("Score"), number=True),
    tables.Column(gettext_lazy("Between"), number=True),
    tables.Column(gettext_lazy("Have answered"), number=True),
    tables.Column(gettext_lazy("Drawn from"), number=True),
    tables.Column(gettext_lazy("Grade")),
)
ASKED = (
    tables.Column(gettext_lazy("What is asked")),
    tables.Column(gettext_lazy("Part")),
    tables.Column(gettext_lazy("Weight"), number=True),
    tables.Column(gettext_lazy("Score"), number=True),
    tables.Column(gettext_lazy("Between"), number=True),
)
STRATA = (
    tables.Column(gettext_lazy("Stratum")),
    tables.Column(gettext_lazy("Drawn from"), number=True),
    tables.Column(gettext_lazy("Asked"), number=True),
)
MARGINS = (("0.05", "5%"), ("0.08", "8%"), ("0.1", "10%"))
CONFIDENCES = (("0.95", "95%"), ("0.9", "90%"))
TONES = {"excellent": "good", "good": "good", "fair": "warning", "poor": "bad"}


class DrawForm(forms.Form):
    """What is appraised, by whom, and how sure the score is to be."""

    purpose = forms.ChoiceField(label=gettext_lazy("Programme or project"))
    year = forms.IntegerField(label=gettext_lazy("Year"), widget=forms.HiddenInput)
    appraiser = forms.ChoiceField(label=gettext_lazy("Outside appraiser"))
    margin = forms.ChoiceField(label=gettext_lazy("Margin, at most"), choices=MARGINS)
    confidence = forms.ChoiceField(label=gettext_lazy("Confidence"), choices=CONFIDENCES)
    way = forms.ChoiceField(label=gettext_lazy("How many of each stratum"))
    due_on = DateField(label=gettext_lazy("Done by"))

    def __init__(self, *arguments: Any, actor: Any, year: int, **named: Any) -> None:
        named.setdefault("initial", {"year": year, "way": "proportional"})
        super().__init__(*arguments, **named)
        known = [(each, purpose_words(each)) for each in appraisals.purposes(actor, year, clock.today())]
        self.fields["purpose"].choices = known  # pyright: ignore[reportAttributeAccessIssue]
        outsiders = appraisals.outsiders(actor)
        self.fields["appraiser"].choices = [(each.username, str(each)) for each in outsiders]  # pyright: ignore[reportAttributeAccessIssue]
        self.fields["way"].choices = [(name, say(words)) for name, words in sampling.WAYS.items()]  # pyright: ignore[reportAttributeAccessIssue]


class WantingForm(forms.Form):
    """What was found wanting, whose it is, and until when."""

    text = forms.CharField(label=gettext_lazy("What is wanting"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))  # fmt: skip
    owner = forms.ChoiceField(label=gettext_lazy("Department"))
    due_on = DateField(label=gettext_lazy("To be mended by"))

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        language = get_language() or "zh-hans"
        known = [(code, each.name.say(language)) for code, each in supply.departments().items()]
        self.fields["owner"].choices = known  # pyright: ignore[reportAttributeAccessIssue]


class OpinionForm(forms.Form):
    """The appraiser's opinion, published with the score."""

    opinion = forms.CharField(label=gettext_lazy("Opinion"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))  # fmt: skip


@access.page("lists", "appraisal")
def listed(request: HttpRequest) -> HttpResponse:
    """The appraisals, what waits for the actor's department, and the draw."""
    return _listed(request)


@access.page("draws", "appraisal")
@require_POST
def draw(request: HttpRequest) -> HttpResponse:
    """Draws a sample; the seed is made by chance here and kept."""
    year = request.POST.get("year", "")[:4]
    form = DrawForm(
        request.POST, actor=request.user, year=int(year) if year.isdecimal() else clock.today().year
    )
    if not form.is_valid():
        return _listed(request, form=form, status=422)
    given = form.cleaned_data
    try:
        made = appraising.draw(
            purpose=given["purpose"], year=given["year"], appraiser=given["appraiser"], margin=float(given["margin"]),
            confidence=float(given["confidence"]), way=given["way"], seed=secrets.token_hex(16), due_on=given["due_on"],
            at=clock.now(), by=_actor(request),
        )  # fmt: skip
    except NotNow as problem:
        form.add_error(None, str(problem))
        return _listed(request, form=form, status=409)
    return redirect("funds:appraisal", made.number)


@access.page("opens", "appraisal")
def appraisal(request: HttpRequest, number: str) -> HttpResponse:
    """One appraisal: to the appraiser the sample, to all others how it was drawn and what came out."""
    return _shown(request, number)


@access.page("appraises", "appraisal")
@require_POST
def find_wanting(request: HttpRequest, number: str) -> HttpResponse:
    """Takes in what was found wanting."""
    form = WantingForm(request.POST)
    if not form.is_valid():
        return _shown(request, number, wanting=form, status=422)
    return _done(request, number, lambda: appraising.find_wanting(number=number, **form.cleaned_data, at=clock.now(), by=_actor(request)))  # fmt: skip


@access.page("appraises", "appraisal")
@require_POST
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Closes an appraisal, which works out its scores."""
    form = OpinionForm(request.POST)
    if not form.is_valid():
        return _shown(request, number, opinion=form, status=422)
    return _done(request, number, lambda: appraising.close(number=number, **form.cleaned_data, at=clock.now(), by=_actor(request)))  # fmt: skip


@access.page("answers", "appraisal")
@require_POST
def answer(request: HttpRequest, number: str, shortcoming: int) -> HttpResponse:
    """Takes a department's answer."""
    found = _found(request, number)
    if not found.shortcomings.filter(pk=shortcoming).exists():
        raise Http404
    text = request.POST.get("text", "")[:2000]
    return _done(request, number, lambda: appraising.answer(shortcoming=shortcoming, text=text, at=clock.now(), by=_actor(request)))  # fmt: skip


@access.page("publishes", "appraisal")
@require_POST
def publish(request: HttpRequest, number: str) -> HttpResponse:
    """Lets everybody read an appraisal."""
    return _done(request, number, lambda: appraising.publish(number=number, at=clock.now(), by=_actor(request)))  # fmt: skip


@require_safe
def published(request: HttpRequest) -> HttpResponse:
    """For everybody: what was appraised and published."""
    return render(request, "funds/published.html", {"rows": [_line(each) for each in appraisals.published()]})


@require_safe
def published_one(request: HttpRequest, number: str) -> HttpResponse:
    """For everybody: one appraisal, without anybody's answers."""
    found = appraisals.published().filter(number=number).first()
    if found is None:
        raise Http404
    return render(request, "funds/published_one.html", _told(found))


def _listed(request: HttpRequest, *, form: DrawForm | None = None, status: int = 200) -> HttpResponse:
    actor, today = _actor(request), clock.today()
    may, year = bool(access.allow(actor, "draws", "appraisal")), _drawable(request, today.year)
    context = {
        "may_draw": may, "may_export": bool(access.allow(actor, "exports", "appraisal")), "rows": [_line(each) for each in appraisals.appraisals_for(actor)], "heads": tables.heads(request, LISTED),
        "waiting": appraisals.shortcomings_for(actor) if access.allow(actor, "answers", "appraisal") else [],
        "today": today, "form": form or (DrawForm(actor=actor, year=year) if may and appraisals.purposes(actor, year, today) else None),
        "wrong_form": form, "outside": bool(access.allow(actor, "appraises", "appraisal")),
        "years": [(str(each), str(each)) for each in (today.year, today.year - 1)], "year": year,
    }  # fmt: skip
    return render(request, "funds/appraisals.html", context, status=status)


def _drawable(request: HttpRequest, year: int) -> int:
    """The year to draw for: this one or the last."""
    return year - 1 if request.GET.get("year", "") == str(year - 1) else year


def _shown(
    request: HttpRequest, number: str, *, wanting: WantingForm | None = None, opinion: OpinionForm | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    found, actor = _found(request, number), _actor(request)
    outside = found.appraiser_id == actor.pk
    still_open = found.state == Appraisal.State.OPEN
    context = _told(found, None if found.appraiser_id == actor.pk else actor) | {
        "outside": outside, "units": _units(found) if outside else [],
        "wanting": (wanting or WantingForm()) if outside and still_open else None,
        "opinion": (opinion or OpinionForm()) if outside and still_open else None,
        "wrong_form": wanting or opinion, "actor": actor,
        "answers": bool(access.allow(actor, "answers", "appraisal")),
        "may_publish": reach.decides(actor, found.place) and bool(access.allow(actor, "publishes", "appraisal")) and found.state == Appraisal.State.CLOSED,
        "crumbs": [(_("Appraisals"), reverse("funds:appraisals")), (number, "")],
    }  # fmt: skip
    return render(request, "funds/appraisal.html", context, status=status)


def _told(found: Appraisal, actor: Any = None) -> dict[str, Any]:
    """What came out, for the page; of places outside the reader's division nothing. Everybody, who reads what is published, is
    None.
    """
    frame, words = frames.of_told(found.frame), strata_words(found.strata)
    result = found.result
    context: dict[str, Any] = {
        "appraisal": found, "title": purpose_words(found.purpose), "frame": frame,
        "strata": [(words[name], size, asked) for name, (size, _spread, asked) in found.strata.items() if _told_to(actor, found, name.partition("/")[0])],
        "strata_heads": STRATA, "way": sampling.WAYS[found.way],
        "shortcomings": [(each, supply.department_name(each.owner)) for each in found.shortcomings.order_by("due_on", "pk")],
    }  # fmt: skip
    if result is None:
        return context | {"asked": [(each, frames.PARTS[each.part], None, None) for each in frame.indicators], "asked_heads": ASKED}  # fmt: skip
    places = {place: appraisals.estimate_of(each) for place, each in result["places"].items()}
    names, told = place_names(places), appraisals.told_places(places, found.purpose)
    return context | {
        "overall": appraisals.estimate_of(result["overall"]), "grade": frames.grade_words(result["grade"]),
        "tone": TONES[result["grade"]], "absent": result["absent"],
        "places": [
            (names[place], each if place in told else None, *_graded(each.score), each)
            for place, each in sorted(places.items(), key=lambda item: names[item[0]])
            if _told_to(actor, found, place)
        ],
        "place_heads": SCORED, "asked_heads": ASKED,
        "asked": [
            (
                each, frames.PARTS[each.part],
                appraisals.estimate_of(result["questions"][each.name]) if each.choices else None,
                None if each.choices else result["figures"][each.kind] * 100,
            )
            for each in frame.indicators
        ],
    }  # fmt: skip


def _told_to(actor: Any, found: Appraisal, place: str) -> bool:
    """Whether somebody is told of a place of an appraisal; of a project the places are kinds of vouchers."""
    return reach.decides(actor, found.place) or reach.inside(actor, place)


def place_names(places: Collection[str]) -> dict[str, str]:
    """place -> its name: a township, or what a project's money was for."""
    kinds = dict(Voucher.Kind.choices)
    names = division_names(padded(place) for place in places if place not in kinds)
    return {place: str(kinds.get(place) or names.get(padded(place), place)) for place in places}


def strata_words(names: Iterable[str]) -> dict[str, str]:
    """stratum -> it in words."""
    parted = {name: name.partition("/") for name in names}
    places = place_names({place for place, _slash, _band in parted.values()})
    return {
        name: f"{places[place]} · {say(sampling.BANDS[band])}"
        for name, (place, _slash, band) in parted.items()
    }


def _line(found: Appraisal) -> dict[str, Any]:
    """An appraisal in a list."""
    score = (found.result or {}).get("overall", {}).get("score")
    grade = (found.result or {}).get("grade", "")
    return {
        "appraisal": found, "title": purpose_words(found.purpose), "score": score,
        "grade": frames.grade_words(grade) if grade else None, "tone": TONES.get(grade, "neutral"),
    }  # fmt: skip


def _graded(score: float) -> tuple[Words, str]:
    """The grade of a score in words, and its tone."""
    grade = frames.grade(score)
    return frames.grade_words(grade), TONES[grade]


def _units(found: Appraisal) -> list[tuple[AppraisedUnit, str]]:
    units = list(appraisals.units_of(found))
    names = place_names({each.place for each in units})
    return [(each, names[each.place]) for each in units]


def _done(request: HttpRequest, number: str, act: Callable[[], object]) -> HttpResponse:
    """The page of an appraisal after an act, or with what stopped it."""
    _found(request, number)
    try:
        act()
    except NotNow as problem:
        messages.error(request, str(problem))
    return redirect("funds:appraisal", number)


def _found(request: HttpRequest, number: str) -> Appraisal:
    found = appraisals.appraisals_for(request.user).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
