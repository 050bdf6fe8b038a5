"""Pages of corrections: what people say is wrong in their files, and the answer of the department."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from huimin_platform.base import access, clock
from huimin_platform.design import tables
from huimin_platform.intake import queries as intake
from huimin_platform.registry import correcting, queries
from huimin_platform.registry.models import Correction, Fact

LONGEST_ANSWER = 500
COLUMNS = (
    tables.Column(gettext_lazy("Request")),
    tables.Column(gettext_lazy("About")),
    tables.Column(gettext_lazy("Department")),
    tables.Column(gettext_lazy("Answer by"), sort="answer_by"),
    tables.Column(gettext_lazy("State"), sort="state"),
)


@access.page("lists", "correction")
def corrections(request: HttpRequest) -> HttpResponse:
    """Requests in the viewer's division."""
    state = request.GET.get("state", Correction.State.ASKED)
    found = queries.corrections_for(request.user, state=state)
    page = tables.page_of(request, tables.ordered(request, found, COLUMNS, default="answer_by"))
    context = {
        "heads": tables.heads(request, COLUMNS, default="answer_by"), "page": page, "state": state,
        "rows": [(each, about(each.fact), department(each)) for each in page],
        "states": Correction.State.choices, "today": clock.today(),
    }  # fmt: skip
    return render(request, "registry/corrections.html", context)


@never_cache
@access.page("opens", "correction", sends=("answers", "correction"))
def correction(request: HttpRequest, correction: int) -> HttpResponse:
    """One request, and its answer."""
    found = queries.corrections_for(request.user).filter(pk=correction).first()
    if found is None:
        raise Http404
    words = request.POST.get("answer", "").strip()[:LONGEST_ANSWER]
    if request.method == "POST" and words:
        try:
            correcting.answer(
                correction=correction, corrected=request.POST.get("outcome") == "corrected", words=words,
                at=clock.now(), by=request.user,
            )  # fmt: skip
            messages.success(request, _("The answer is kept, and the person reads it on the own page."))
        except correcting.AnsweredAlready:
            messages.info(request, _("Somebody has answered this request already."))
        return redirect("registry:corrections")
    if request.method == "POST":
        messages.error(request, _("Write to the person what you found."))
    context = {
        "correction": found,
        "text": queries.correction_text(found),
        "about": about(found.fact),
        "department": department(found),
        "may_answer": bool(access.allow(request.user, "answers", "correction"))
        and found.state == Correction.State.ASKED,
        "crumbs": [(_("Corrections"), reverse("registry:corrections")), (str(found.pk), "")],
    }
    return render(
        request, "registry/correction.html", context, status=422 if request.method == "POST" else 200
    )


def about(fact: Fact | None) -> str:
    """What a request is about: the kind of fact and its row."""
    if fact is None:
        return _("Something is missing")
    kind = intake.fact_kinds().get(fact.kind)
    title = kind.title.say(get_language() or "zh-hans") if kind else fact.kind
    return f"{title} · {fact.source_file.name}:{fact.source_line}"


def department(correction: Correction) -> str:
    """The department that answers, in words."""
    return intake.department_words(correction.department).say(get_language() or "zh-hans")
