"""The policy book as cases need it: titles, departments, steps and periods of policies in force."""

from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings

from huimin import rules
from huimin.cases.plan import Joint, joint
from huimin.rules.policy import Policy
from huimin.units.words import Words


def policy(name: str, on: date) -> Policy:
    """The version of a policy in force on a day."""
    return _book(Path(settings.HUIMIN_POLICIES)).policy(name, on)


def names() -> tuple[str, ...]:
    """The policies there are, in the order of the book."""
    return _book(Path(settings.HUIMIN_POLICIES)).names


def titles() -> dict[str, Words]:
    """policy -> its title, of the version last in force."""
    return {each.name: each.title for each in _book(Path(settings.HUIMIN_POLICIES)).policies}


def steps_of(policies: Sequence[str], on: date) -> tuple[Joint, ...]:
    """The steps of a case about these policies, each department asked once."""
    return _steps(Path(settings.HUIMIN_POLICIES), tuple(policies), on)


@cache
def _book(folder: Path) -> rules.PolicyBook:
    return rules.load(folder)


@lru_cache(maxsize=256)
def _steps(folder: Path, policies: tuple[str, ...], on: date) -> tuple[Joint, ...]:
    book = _book(folder)
    return joint({name: book.policy(name, on).steps for name in policies})
