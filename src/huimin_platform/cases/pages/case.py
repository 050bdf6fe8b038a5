"""One case: what it rests on, why, its steps, its decisions, and the forms to move it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huimin.cases.process import DECIDABLE, LEVEL_WORDS
from huimin.units.workdays import KNOWN_YEARS, is_known
from huimin_platform.base import access, audit, clock
from huimin_platform.base.timeline import Event
from huimin_platform.cases import actions, explanations, guards, policies, posting_sweeps, queries, superiors
from huimin_platform.cases.models import Case, Decision
from huimin_platform.cases.pages import evidence, verifying
from huimin_platform.cases.pages.forms import DecisionForm, StepForm
from huimin_platform.design import why
from huimin_platform.design.templatetags.design import say
from huimin_platform.matching import explaining
from huimin_platform.matching.models import Status
from huimin_platform.supply.queries import department_name


@access.page("opens", "case")
def case(request: HttpRequest, number: str) -> HttpResponse:
    """The case; opening it is kept in the record of the applicant too, with the case as the purpose."""
    found = _found(request, number)
    response = _shown(request, found)
    if found.applicant_id is not None:
        audit.write(
            by=_actor(request),
            action="opens",
            kind="person",
            object_id=found.applicant_id,
            purpose=f"case {found.number}",
        )
    return response


@access.page("decides", "case")
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Takes the decision form; what cannot be is said above the form, and nothing that was typed is lost."""
    found = _found(request, number)
    if request.method != "POST":
        return redirect("cases:case", number)
    form = DecisionForm(request.POST, case=found)
    if not form.is_valid():
        return _shown(request, found, form=form, status=422)
    given = form.cleaned_data
    try:
        actions.decide(
            case=found,
            outcome=given["outcome"],
            reason=given["reason"],
            steps=[int(step) for step in given["steps"]],
            refused=[int(item) for item in given["refused"]] if given["outcome"] == "approve" else [],
            key=str(given["key"]),
            version=given["version"],
            at=clock.now(),
            by=_actor(request),
        )
    except actions.CannotBe as problem:
        form.add_error(None, str(problem))
        return _shown(request, _found(request, number), form=form, status=409)
    messages.success(request, _("The decision on case %(number)s is recorded.") % {"number": number})
    return redirect("cases:case", number)


@access.page("decides", "case")
@require_POST
def step(request: HttpRequest, number: str, step: int) -> HttpResponse:
    """Takes the form of a step: done, or left out."""
    found = _found(request, number)
    if step not in {each.pk for each in found.steps.all()}:
        raise Http404
    form = StepForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, step_form=(step, form), status=422)
    act = {
        "complete": actions.complete_step, "skip": actions.skip_step, "pause": actions.pause_step,
        "resume": actions.resume_step,
    }[form.cleaned_data["act"]]  # fmt: skip
    try:
        act(step=step, reason=form.cleaned_data["reason"], at=clock.now(), by=_actor(request))
    except actions.CannotBe as problem:
        form.add_error(None, str(problem))
        return _shown(request, _found(request, number), step_form=(step, form), status=409)
    messages.success(request, _("The step is recorded."))
    return redirect("cases:case", number)


def _found(request: HttpRequest, number: str) -> Case:
    found = queries.case_for(request.user, number)
    if found is None:
        raise Http404
    return found


def _shown(
    request: HttpRequest,
    found: Case,
    *,
    form: DecisionForm | None = None,
    step_form: tuple[int, StepForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = _actor(request)
    names = evidence.names_of(found)
    decides = guards.may_decide(actor, found) and found.state in DECIDABLE
    blocking = queries.blocking_steps(found)
    told = superiors.told_of(found, found.steps.all())
    last = next(iter(sorted(found.decisions.all(), key=lambda each: -each.pk)), None)
    context = {
        "case": found,
        "items": _items(found, last),
        "steps": [
            {**_step(each, found, actor, names, step_form), "told": told.get(each.pk, "")}
            for each in found.steps.all()
        ],
        "form": (form or DecisionForm(case=found)) if decides else None,
        "wrong_form": form or (step_form[1] if step_form else None),
        "blocking": blocking,
        "decides": decides,
        "lapsed": [item for item in found.items.all() if item.lapsed_on and not item.applied_on],
        "unsupported": [item for item in found.items.all() if item.lapsed_on and item.applied_on],
        "open_facts": verifying.open_names(found),
        "may_approve": any(item.lapsed_on is None for item in found.items.all()),
        "applications": found.applications.select_related("by").order_by("pk"),
        "department": department_name(found.department),
        "others": _others(found) if found.state == "refused" else [],
        "events": _events(found),
        "today": clock.today(),
        "calendar_ends": _calendar_ends(found),
        "crumbs": [(_("Cases"), reverse("cases:cases")), (found.number, "")],
    }
    return render(request, "cases/case.html", context, status=status)


def _calendar_ends(found: Case) -> int | None:
    """The last year of the calendar, where a step that is still to be done has its deadline beyond it."""
    beyond = any(
        step.state in queries.UNFINISHED and not is_known(step.due_on.year) for step in found.steps.all()
    )
    return KNOWN_YEARS[-1] if beyond else None


def _items(found: Case, last: Decision | None) -> list[dict[str, Any]]:
    """Each policy with its amount and its reasons: those of the decision where there is one, today's else."""
    decided = found.decided_at is not None and last is not None
    kept = last.trace["items"] if decided and last else explanations.of_case(found)["items"]
    titles = policies.titles()
    return [
        {
            "policy": item["policy"],
            "title": titles.get(item["policy"], item["policy"]),
            "amount_fen": item["amount_fen"],
            "pays": policies.pays(item["policy"]),
            "version": item["policy_version"],
            "on": item["on"],
            "tree": why.tree(item["explanation"]),
        }
        for item in kept
    ]


def _others(found: Case) -> list[dict[str, Any]]:
    """The policies that may help a household that was refused: those that say yes, then those that cannot say yet."""
    asked, titles = {item.policy for item in found.items.all()}, policies.titles()
    return [
        {
            "policy": each["policy"],
            "title": titles.get(each["policy"], each["policy"]),
            "entitled": each["status"] == "entitled",
            "amount_fen": each["amount_fen"],
            "missing": explaining.to_verify(each["missing"]),
        }
        for each in explaining.everything(found.household_id, clock.today())
        if each["policy"] not in asked and each["status"] != "not_entitled"
    ]


def _step(
    each: Any, found: Case, actor: Any, names: dict[int, str], wrong: tuple[int, StepForm] | None
) -> dict[str, Any]:
    workable = each.state in (*queries.WORKABLE, "paused") and found.state not in (
        "approved",
        "refused",
        "closed",
    )
    own = queries.is_own(each, found) and guards.may_decide(actor, found)
    mine = workable and not own and guards.may_do(actor, each)
    may_skip = mine and guards.may_decide(actor, found) and not each.key.startswith(guards.CHECK_STEP)
    # A posting ends by itself and a check with an answer, both on the page of the posting.
    posted = posting_sweeps.is_posted(each) or each.key.startswith(guards.CHECK_STEP)
    return {
        "step": each,
        "office": _office(each),
        "late": each.state in queries.WORKABLE and each.due_on < clock.today(),
        "cards": evidence.cards(each, names),
        "posted": posted,
        "form": (wrong[1] if wrong and wrong[0] == each.pk else StepForm(auto_id=f"step-{each.pk}-%s"))
        if may_skip or (mine and not posted)
        else None,
        "may_skip": may_skip,
        "own": own and workable,
    }


def _office(step: Any) -> str:
    level = LEVEL_WORDS.get(step.level)
    return f"{department_name(step.department)} · {say(level)}" if level else department_name(step.department)


def _events(found: Case) -> list[Event]:
    """What was done with the case, the latest first."""
    words = {
        "opens_case": (_("Opened, because the data say that the household is entitled"), "info"),
        "applies": (_("The household applied"), "info"),
        "joins": (_("Another policy joined the case"), "info"),
        "follows_data": (_("The answer of the data has changed"), "warning"),
        "loses_ground": (_("The data no longer support the case"), "bad"),
        "completes_step": (_("Step done"), "good"),
        "skips_step": (_("Step left out"), "neutral"),
        "pauses_step": (_("Step paused"), "warning"),
        "resumes_step": (_("Step under way again"), "info"),
        "hands_over": (_("Step handed to another officer"), "info"),
        "verifies": (_("An officer verified what was not known"), "info"),
        "confirms": (_("A second officer confirmed what was verified"), "good"),
        "takes_back": (_("What was verified was taken back"), "warning"),
        "meets": (_("Joint review held"), "info"),
        "begins_path": (_("Something followed the decision"), "info"),
        "posts_case": (_("Posted in the village"), "info"),
        "objects": (_("Somebody objected to the posting"), "warning"),
        "answers": (_("An objection was answered"), "info"),
        "withholds": (_("The name was kept off the public lists"), "info"),
        "escalates": (_("Late: the level above was told"), "warning"),
        "decides": (_("Decided"), "info"),
        "closes": (_("Closed"), "neutral"),
    }
    lines = audit.looks("case", found.number).filter(action__in=words)[:100]
    steps = {each.key: each for each in found.steps.all()}
    # A message upwards is audited office by office; each step keeps the day.
    told = [
        Event(
            on=each.escalated_on, title=words["escalates"][0], detail=say(each.name), source=_("The calendar"),
            tone="warning", stage="cases",
        )
        for each in steps.values() if each.escalated_on
    ]  # fmt: skip
    done = [
        Event(
            on=timezone.localdate(line.at),
            title=_("Opened, because the household applied")
            if line.action == "opens_case" and line.by != audit.SYSTEM
            else words[line.action][0],
            detail=_detail(line.details or {}, steps, found),
            source=_("The data") if line.by == audit.SYSTEM else str(line.by_user or line.by),
            tone=words[line.action][1],
            stage="cases",
        )
        for line in lines
    ]
    return sorted([*told, *done], key=lambda event: event.on, reverse=True)


def _detail(details: dict[str, Any], steps: dict[str, Any], found: Case) -> str:
    if details.get("step") in steps:
        return say(steps[details["step"]].name)
    if "changes" in details:
        titles, said = policies.titles(), dict(Status.choices)
        return "；".join(
            f"{say(titles.get(name, name))}：{said.get(before, before)} → {said.get(now, now)}"
            for name, (before, now) in details["changes"].items()
        )
    if "outcome" in details:
        return str(dict(Decision.Outcome.choices).get(details["outcome"], ""))
    return str(details.get("reason", ""))


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
