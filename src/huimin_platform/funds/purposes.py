"""What money is for, in words: a policy that pays people, a project, or nothing yet."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from huimin.funds.levels import POOL
from huimin.funds.sources import PROJECT
from huimin_platform.cases import policies
from huimin_platform.design.templatetags.design import say


def purpose_words(purpose: str) -> str:
    """A purpose in the reader's language."""
    if purpose == POOL:
        return _("Not yet on a programme")
    if purpose.startswith(PROJECT):
        return _("Project %(code)s") % {"code": purpose.removeprefix(PROJECT)}
    titles = policies.titles()
    return say(titles[purpose]) if purpose in titles else purpose


def all_words(purposes: Iterable[str]) -> str:
    """Several purposes, one after the other."""
    return " · ".join(purpose_words(each) for each in purposes)
