"""What money is for, in words: a policy that pays people, a project, or nothing yet."""

from collections.abc import Iterable
from contextvars import ContextVar

from django.utils.translation import gettext as _

from huimin.funds.levels import POOL
from huimin.funds.sources import PROJECT
from huimin_platform.cases import policies
from huimin_platform.design.templatetags.design import say
from huimin_platform.funds.project_models import Project

# Asked for once in a request that names a project; what a project is called never changes.
_projects: ContextVar[dict[str, str] | None] = ContextVar("projects", default=None)


def purpose_words(purpose: str) -> str:
    """A purpose in the reader's language."""
    if purpose == POOL:
        return _("Not yet on a programme")
    if purpose.startswith(PROJECT):
        code = purpose.removeprefix(PROJECT)
        title = _title(code)
        return f"{title} ({code})" if title else _("Project %(code)s") % {"code": code}
    titles = policies.titles()
    return say(titles[purpose]) if purpose in titles else purpose


def all_words(purposes: Iterable[str]) -> str:
    """Several purposes, one after the other."""
    return " · ".join(purpose_words(each) for each in purposes)


def look_again(**_sent: object) -> None:
    """Lets the next question read anew which projects there are: at the start of a request."""
    _projects.set(None)


def _title(code: str) -> str | None:
    known = _projects.get()
    # A worker has no requests, and outlives the planning of projects.
    if known is None or code not in known:
        known = dict(Project.objects.values_list("code", "title"))
        _projects.set(known)
    return known.get(code)
