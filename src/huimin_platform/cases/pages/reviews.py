"""What runs after decisions in an officer's division, and who is to be looked at again."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huimin.cases.process import LEVEL_WORDS
from huimin_platform.base import access, clock
from huimin_platform.cases import actions, path_queries, paths, queries
from huimin_platform.cases.pages.forms import ClassForm
from huimin_platform.design.templatetags.design import say

AHEAD = timedelta(days=60)
MOST = 200


@access.page("lists", "case")
def reviews(request: HttpRequest) -> HttpResponse:
    """The paths that run, the one due first in front, and the reviews that come due."""
    actor: Any = request.user
    today = clock.today()
    running = list(path_queries.paths_for(actor)[:MOST])
    context = {
        "running": [_running(each) for each in running],
        "reviews": path_queries.reviews_for(actor, today + AHEAD),
        "until": today + AHEAD,
        "today": today,
        "most": MOST if len(running) == MOST else 0,
    }
    return render(request, "cases/reviews.html", context)


@access.page("decides", "case")
@require_POST
def put_in_class(request: HttpRequest, number: str) -> HttpResponse:
    """Puts a household in a class of reviews; what cannot be is said on the page it came from."""
    actor: Any = request.user
    found = queries.case_for(actor, number)
    if found is None:
        raise Http404
    form = ClassForm(request.POST)
    try:
        if not form.is_valid():
            raise actions.CannotBe(str(next(iter(form.errors.values()))[0]))
        given = form.cleaned_data
        actions.put_in_class(case=found, name=given["name"], reason=given["reason"], at=clock.now(), by=actor)
    except actions.CannotBe as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("It is recorded; the next review follows from it."))
    return redirect("cases:paths", number)


def _running(path: Any) -> dict[str, Any]:
    definition = paths.definition_of(path)
    task = definition.tasks[path.task]
    who = _("The person") if task.who == "resident" else say(LEVEL_WORDS[task.who])
    return {"path": path, "title": definition.title, "task": task.name, "who": who}
