"""What am I entitled to: the answers, the questions that would decide what is still open, and what is kept of them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huimin import rules
from huimin_platform.base import access, audit, clock
from huimin_platform.cases import applying as cases
from huimin_platform.matching.fact_form import AskForm, nothing
from huimin_platform.portal import asking, policies, policybook
from huimin_platform.registry import tables

OPEN = "unknown"


@never_cache
@access.page("opens_own", "own_page")
def my_policies(request: HttpRequest) -> HttpResponse:
    """Every policy: which I am entitled to, of which not enough is known, and of the others why not."""
    found = asking.sitting(request, clock.today())
    answers = asking.answers(found) if found else []
    if found:
        audit.write(by=request.user, action="opens_own", kind="person", object_id=found.person_id)
    context = {
        "groups": [
            (_("Yes"), "entitled", [each for each in answers if each["status"] == "entitled"]),
            (_("Not enough is known"), OPEN, [each for each in answers if each["status"] == OPEN]),
            (_("No"), "not_entitled", [each for each in answers if each["status"] == "not_entitled"]),
        ],
        "found": answers,
        "left": len(asking.inquiries(found)) if found else 0,
        "told": asking.told_lines(found) if found else [],
        "reader": "resident",
    }
    return render(request, "portal/my_policies.html", context)


@never_cache
@access.page("opens_own", "own_page")
def my_policy(request: HttpRequest, policy: str) -> HttpResponse:
    """One policy: the answer, why and why not, what would change it, and what else may help."""
    found = _sitting(request)
    answers = asking.answers(found)
    answer = next((each for each in answers if each["policy"] == policy), None)
    if answer is None:
        raise Http404
    audit.write(by=request.user, action="opens_own", kind="person", object_id=found.person_id)
    refused = answer["status"] == "not_entitled"
    context = {
        "answer": answer,
        "left": len(asking.inquiries(found, policy)) if answer["status"] == OPEN else 0,
        "others": [each for each in answers if each["status"] != "not_entitled"] if refused else [],
        "case": cases.covered(found.household_id).get(policy),
        "roll": cases.received(found.household_id, found.today).get(policy),
        "known": asking.known_lines(found, [policy]),
        "told": asking.told_lines(found),
        "crumbs": [(_("What am I entitled to?"), reverse("portal:my_policies")), (answer["title"], "")],
        "reader": "resident",
    }
    return render(request, "portal/my_policy.html", context)


@never_cache
@access.page("answers", "own_page")
def questions(request: HttpRequest, policy: str = "") -> HttpResponse:
    """The next question, for one policy or for all; POST takes the answer and goes on to the next."""
    found = _sitting(request)
    if policy and policy not in tables.book().asked_in(found.known.division, found.today):
        raise Http404
    asked = request.GET.get("about", "")
    left = asking.inquiries(found, *([policy] if policy else []))
    # Who went back, or had the page open twice, answers the question that the page showed.
    inquiry = _inquiry(found, left, asked)
    if inquiry is None and asked:
        return redirect(_next(policy))
    if inquiry is None:
        return redirect("portal:my_policy", policy) if policy else redirect("portal:my_policies")
    return _question(request, found, policy, inquiry, len(left))


@require_POST
@access.page("answers", "own_page")
def my_answers(request: HttpRequest) -> HttpResponse:
    """Keeps what was told as the resident's own statement, or forgets all of it."""
    found = _sitting(request)
    if request.POST.get("act") == "keep":
        count = asking.keep(request, found, clock.now())
        messages.success(
            request, _("%(count)s answers are kept as your own statement. No department has changed anything by it.") % {"count": count}
        )  # fmt: skip
    elif request.POST.get("act") == "forget":
        asking.forget(request, found, clock.now())
        messages.success(request, _("What you told is forgotten."))
    return redirect("portal:my_policies")


def _question(
    request: HttpRequest, found: asking.Sitting, policy: str, inquiry: rules.Inquiry, left: int
) -> HttpResponse:
    fact = tables.book().facts[inquiry.fact]
    names = asking.people(found)
    labels: dict[int | None, str] = (
        {place: names[found.known.persons[place]] for place in inquiry.members}
        if fact.level == "person"
        else {None: fact.title.say(policybook.language())}
    )
    before = {
        found.place(about): value for (key, about), value in found.told.answers.items() if key == fact.key
    }
    form = AskForm(fact, labels, request.POST if "go_on" in request.POST else None, before)
    if request.method == "POST":
        values = _values(request, form, fact, labels)
        if values is not None:
            asking.tell(request, found, fact.key, values)
            return redirect(_next(policy))
    concerned = list(inquiry.policies) or ([policy] if policy else [])
    context = {
        "form": form,
        "question": fact.question.say(policybook.language()) if fact.question else fact.title.say(policybook.language()),
        "fact": fact.key,
        "left": left,
        "decides": [policies.title(name) for name in concerned],
        "known": asking.known_lines(found, concerned),
        "told": asking.told_lines(found),
        "policy": policy,
        "back": reverse("portal:my_policy", args=[policy]) if policy else reverse("portal:my_policies"),
        "reader": "resident",
    }  # fmt: skip
    return render(request, "portal/question.html", context, status=422 if form.errors else 200)


def _values(
    request: HttpRequest, form: AskForm, fact: Any, labels: dict[int | None, str]
) -> dict[int | None, str | None] | None:
    """What the buttons say; nothing where the form has to be mended."""
    if "none" in request.POST and form.has_none:
        return nothing(fact, labels)
    if "unknown" in request.POST:
        return dict.fromkeys(labels)
    return form.values() if form.is_bound and form.is_valid() else None


def _inquiry(found: asking.Sitting, left: list[rules.Inquiry], asked: str) -> rules.Inquiry | None:
    if not asked:
        return left[0] if left else None
    return next((each for each in left if each.fact == asked), None) or asking.again(found, asked)


def _next(policy: str) -> str:
    return reverse("portal:policy_questions", args=[policy]) if policy else reverse("portal:questions")


def _sitting(request: HttpRequest) -> asking.Sitting:
    found = asking.sitting(request, clock.today())
    if found is None:
        raise Http404
    return found
