"""Writing a new text of a policy: checked, tried on the county, put before a second person, signed or refused."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from huimin import rules
from huimin.rules.located import LARGEST_FILE_BYTES
from huimin_platform.base import access, audit, clock
from huimin_platform.design import compare
from huimin_platform.design.templatetags.design import yuan_words
from huimin_platform.matching import simulating
from huimin_platform.matching.models import Status
from huimin_platform.matching.pages.simulated import shown
from huimin_platform.portal import policybook
from huimin_platform.registry import drafting, numbering
from huimin_platform.registry.models import Proposal

ROWS = 32


class TextForm(forms.Form):
    """The text, and on what it rests."""

    text = forms.CharField(
        label=gettext_lazy("Text of the policy"),
        max_length=LARGEST_FILE_BYTES,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": ROWS, "spellcheck": "false", "class": "code", "lang": "zh-Hans"}
        ),
    )
    reason = forms.CharField(label=gettext_lazy("Rests on"), required=False, max_length=500)

    def clean_text(self) -> str:
        """The text with the line ends of the book."""
        return self.cleaned_data["text"].replace("\r\n", "\n")


@access.page("lists", "policy")
def drafts(request: HttpRequest) -> HttpResponse:
    """The texts that were written for the reader's part of the country, and what became of them."""
    context = {
        "drafts": drafting.drafts(request.user),
        "aside": {each.proposal.pk for each in drafting.set_aside()},
        "crumbs": _crumbs(""),
    }
    return render(request, "portal/drafts.html", context)


@access.page("proposes", "policy")
def write(request: HttpRequest, name: str) -> HttpResponse:
    """The text to begin with; POST says what is wrong with it, tries it, or puts it before a second person."""
    today = clock.today()
    found = policybook.version_of(name, "", today)
    if found is None:
        raise Http404
    place = getattr(request.user, "division", "")
    form = TextForm(request.POST or None, initial={"text": drafting.begun(found, place, today)})
    context: dict[str, Any] = {"form": form, "policy": found, "crumbs": _crumbs(_("A new text"))}
    status = 200
    if form.is_bound:
        try:
            if form.is_valid() and "propose" in request.POST:
                return _put(request, form)
            context |= _looked_at(request, form.cleaned_data["text"]) if form.is_valid() else {}
        except rules.PolicyError as problem:
            form.add_error("text", problem.say(policybook.language()))
        except numbering.NotSigned as problem:
            form.add_error(None, str(problem))
        status = 422 if form.errors else 200
    return render(request, "portal/write_draft.html", context, status=status)


@access.page("opens", "policy", sends=("simulates", "policy"))
def draft(request: HttpRequest, draft: int) -> HttpResponse:
    """One text with what it changes; POST tries it on the county."""
    kept = _kept(request, draft)
    context: dict[str, Any] = {
        "draft": kept,
        "may_sign": bool(access.allow(request.user, "signs", "policy", division=kept.division)),
        "may_try": bool(access.allow(request.user, "simulates", "policy")),
        "crumbs": _crumbs(str(kept.policy)),
        "aside": next(
            (
                each.problem.say(policybook.language())
                for each in drafting.set_aside()
                if each.proposal.pk == kept.pk
            ),
            "",
        ),
    }
    try:
        context |= _looked_at(request, kept.text)
    except rules.PolicyError as problem:
        # What was signed since has made it impossible, or it has been signed itself.
        context["problem"] = problem.say(policybook.language())
    return render(request, "portal/draft.html", context)


@require_POST
@access.page("signs", "policy")
def sign(request: HttpRequest, draft: int) -> HttpResponse:
    """Publishes or refuses a text."""
    kept, publish = _kept(request, draft), request.POST.get("outcome") == "publish"
    try:
        numbering.sign(
            proposal=kept.pk, publish=publish, reason=request.POST.get("reason", "")[:500], today=clock.today(),
            at=clock.now(), by=request.user,  # pyright: ignore[reportArgumentType]
        )  # fmt: skip
        messages.success(request, _("The text is published.") if publish else _("The text is refused."))
    except numbering.NotSigned as problem:
        messages.error(request, str(problem))
    return redirect("portal:draft", kept.pk)


def _kept(request: HttpRequest, draft: int) -> Proposal:
    found = numbering.of(request.user).exclude(text="").filter(pk=draft).first()
    if found is None:
        raise Http404
    return found


def _put(request: HttpRequest, form: TextForm) -> HttpResponse:
    kept = drafting.put(
        **form.cleaned_data, today=clock.today(), at=clock.now(), by=request.user,  # pyright: ignore[reportArgumentType]
    )  # fmt: skip
    messages.success(
        request, _("The text is kept. It holds from its day on as soon as another person has signed it.")
    )
    return redirect("portal:draft", kept.pk)


def _looked_at(request: HttpRequest, text: str) -> dict[str, Any]:
    """What a text changes in words and in worked cases, and where asked, in the county. `PolicyError` where it is wrong."""
    today, found = clock.today(), drafting.checked(text)
    division = policybook.place_of(request.user)
    sides = [
        policybook.guideline_in(book, policy, found.policy.started_on, division)
        for book, policy in ((found.former_book, found.former), (found.book, found.policy))
        if policy is not None
    ]
    context: dict[str, Any] = {
        "found": found.policy, "former": found.former, "cases": _cases(found),
        "rows": policybook.compared(*sides) if len(sides) == 2 else [], "texts": _texts(found),
    }  # fmt: skip
    if request.method == "POST":
        simulation = simulating.simulate_text(found, today)
        details = {"policy": found.policy.name, "version": found.policy.version}
        audit.write(
            by=request.user, action="simulates", kind="policy", object_id=found.policy.name, details=details
        )
        context |= {"tried": True} | (shown(simulation) if simulation else {})
    return context


def _cases(found: drafting.Draft) -> list[tuple[str, str, str]]:
    """The worked cases that are answered otherwise: name, answer now, answer then."""
    return [
        (each.name.say(policybook.language()), _answer(each.before), _answer(each.after))
        for each in drafting.changed_cases(found)
    ]


def _answer(found: rules.Explanation) -> str:
    said = str(Status(found.status).label)
    return f"{said} {yuan_words(found.amount_fen)}" if found.amount_fen else said


def _texts(found: drafting.Draft) -> list[compare.Row]:
    """The lines that differ."""
    if found.former is None:
        return []
    return policybook.changed_lines(drafting.text_of(found.former), found.text)


def _crumbs(last: str) -> list[tuple[str, str]]:
    first = (_("Policy book"), reverse("portal:policies"))
    drafts = _("New texts")
    return [first, (drafts, reverse("portal:drafts")), (last, "")] if last else [first, (drafts, "")]
