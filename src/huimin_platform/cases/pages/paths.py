"""The pages of what follows a decision: for the case worker, and for the resident it is about."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huimin.cases.paths import AGAINST
from huimin.cases.process import LEVEL_WORDS, LEVELS, UNDECIDED
from huimin.units.words import Words
from huimin_platform.base import access, audit, clock
from huimin_platform.cases import actions, path_queries, paths, policies, queries
from huimin_platform.cases.models import Case, Path
from huimin_platform.cases.pages.forms import BeginForm, ClassForm, MoveForm
from huimin_platform.design.templatetags.design import joined, say
from huimin_platform.supply.queries import department_name, officers

RESIDENT = Words("当事人", "The person")
BY_TIME = Words("期限已过", "The term has passed")


@access.page("opens", "case")
def of_case(request: HttpRequest, number: str) -> HttpResponse:
    """What followed the decision on a case, and what may begin now."""
    return _shown(request, _found(request, number))


@access.page("decides", "case")
@require_POST
def begin(request: HttpRequest, number: str) -> HttpResponse:
    """Begins a path with its reason."""
    return _begin(request, _found(request, number))


@access.page("decides", "case")
@require_POST
def move(request: HttpRequest, number: str, path: int) -> HttpResponse:
    """Makes a move on a path."""
    return _move(request, _found(request, number), path)


@never_cache
@access.page("opens_own", "own_page")
def own(request: HttpRequest) -> HttpResponse:
    """The resident's own cases and notices."""
    person = _actor(request).person_id
    cases = list(path_queries.own_cases(person)) if person else []
    found = list(path_queries.own_notices(person)[:50]) if person else []
    context = {"cases": cases, "notices": found, "titles": policies.titles(), "reader": "resident"}
    return render(request, "cases/own.html", context)


@never_cache
@access.page("opens_own", "own_page")
def own_case(request: HttpRequest, number: str) -> HttpResponse:
    """One of the resident's own cases: what followed the decision, and the right to reply and to appeal."""
    found = _own(request, number)
    audit.write(by=_actor(request), action="opens_own", kind="case", object_id=number)
    return _shown(request, found)


@access.page("answers", "own_page")
@require_POST
def own_begin(request: HttpRequest, number: str) -> HttpResponse:
    """The resident appeals, or tells of a change."""
    return _begin(request, _own(request, number))


@access.page("answers", "own_page")
@require_POST
def own_move(request: HttpRequest, number: str, path: int) -> HttpResponse:
    """The resident replies."""
    return _move(request, _own(request, number), path)


def _begin(request: HttpRequest, found: Case) -> HttpResponse:
    form = BeginForm(request.POST, definitions=_can_begin(request, found))
    if not form.is_valid():
        return _shown(request, found, begin_form=form, status=422)
    given = form.cleaned_data
    try:
        actions.begin_path(
            case=found, name=given["name"], cause=given["cause"], amount_fen=given["amount_fen"],
            at=clock.now(), by=_actor(request),
        )  # fmt: skip
    except actions.CannotBe as problem:
        form.add_error(None, str(problem))
        return _shown(request, found, begin_form=form, status=409)
    messages.success(request, _("It is recorded, and the person is told."))
    return redirect(_address(request, found))


def _move(request: HttpRequest, found: Case, path: int) -> HttpResponse:
    if path not in {each.pk for each in found.paths.all()}:
        raise Http404
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, move_form=(path, form), status=422)
    given = form.cleaned_data
    try:
        actions.move_path(
            path=path, turn=given["turn"], move=given["move"], reason=given["reason"],
            at=clock.now(), by=_actor(request),
        )  # fmt: skip
    except actions.CannotBe as problem:
        form.add_error(None, str(problem))
        return _shown(request, found, move_form=(path, form), status=409)
    messages.success(request, _("It is recorded."))
    return redirect(_address(request, found))


def _found(request: HttpRequest, number: str) -> Case:
    found = queries.case_for(request.user, number)
    if found is None:
        raise Http404
    return found


def _own(request: HttpRequest, number: str) -> Case:
    person = _actor(request).person_id
    found = path_queries.own_cases(person).filter(number=number).first() if person else None
    if found is None:
        raise Http404
    return found


def _shown(
    request: HttpRequest,
    found: Case,
    *,
    begin_form: BeginForm | None = None,
    move_form: tuple[int, MoveForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = _actor(request)
    resident = actor.role == "resident"
    startable = _can_begin(request, found)
    context = {
        "case": found,
        "title": joined(policies.titles()[item.policy] for item in found.items.all()),
        "rows": [_row(request, found, path, move_form) for path in path_queries.paths_of(found)],
        "steps": _steps(found) if resident and found.state in UNDECIDED else [],
        "notices": found.notices.all() if resident or access.allow(actor, "opens", "notice") else [],
        "begin_form": begin_form or (BeginForm(definitions=startable) if startable else None),
        "wrong_form": begin_form or (move_form[1] if move_form else None),
        "class_form": ClassForm() if startable and not resident and found.state == "approved" else None,
        "resident": resident,
        "reader": "resident" if resident else "staff",
        "today": clock.today(),
        "crumbs": _crumbs(found, resident),
    }
    return render(request, "cases/paths.html", context, status=status)


def _steps(found: Case) -> list[dict[str, Any]]:
    """What happens with an undecided case: each step, who does it, by when; what a step was sent back for."""
    return [
        {
            "step": step,
            "who": f"{department_name(step.department)} · {say(LEVEL_WORDS[step.level])}",
            "sent_back": step.reason if step.state == "returned" else None,
        }
        for step in found.steps.all()
    ]


def _can_begin(request: HttpRequest, found: Case) -> list[Any]:
    actor = _actor(request)
    if actor.role != "resident" and not access.allow(actor, "decides", "case", division=found.division):
        return []
    return paths.can_begin(found, actor)


def _row(request: HttpRequest, found: Case, path: Path, wrong: tuple[int, MoveForm] | None) -> dict[str, Any]:
    definition = paths.definition_of(path)
    task = definition.tasks.get(path.task)
    form = None
    if task is not None and paths.may_move(_actor(request), path, task):
        given = wrong[1] if wrong and wrong[0] == path.pk else None
        form = given or MoveForm(initial={"turn": path.turn}, auto_id=f"path-{path.pk}-%s")
    return {
        "path": path,
        "title": definition.title,
        "law": definition.law,
        "state": definition.ends[path.end].name if path.end else definition.tasks[path.task].name,
        "against": bool(path.end) and definition.ends[path.end].effect in AGAINST,
        "who": _who(task.who) if task else "",
        "superior": _superior(found, task.who) if path.escalated_on and task else "",
        "moves": [
            {"name": _move_name(definition, each), "reason": each.reason, "by": each.by, "at": each.at}
            for each in path.moves.all()
        ],
        "form": form,
        "choices": list(task.moves.items()) if task and form else [],
    }  # fmt: skip


def _move_name(definition: Any, made: Any) -> Words:
    moves = definition.tasks[made.task].moves
    return moves[made.move].name if made.move in moves else BY_TIME


def _who(who: str) -> str:
    return say(RESIDENT if who == "resident" else LEVEL_WORDS[who])


def _superior(found: Case, who: str) -> str:
    """The name of the officer who is told of a late task: of the deciding department, at the level above."""
    level = LEVELS[min(LEVELS.index(who) + 1, len(LEVELS) - 1)] if who in LEVELS else "county"
    leader = officers(found.department, found.division).filter(role__in=(level, "leader")).first()
    return str(leader) if leader else say(LEVEL_WORDS[level])


def _crumbs(found: Case, resident: bool) -> list[tuple[str, str]]:
    if resident:
        return [
            (_("My page"), reverse("portal:mine")),
            (_("My cases"), reverse("cases:own")),
            (found.number, ""),
        ]
    case = (found.number, reverse("cases:case", args=[found.number]))
    return [(_("Cases"), reverse("cases:cases")), case, (_("After the decision"), "")]


def _address(request: HttpRequest, found: Case) -> str:
    name = "cases:own_case" if _actor(request).role == "resident" else "cases:paths"
    return reverse(name, args=[found.number])


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
