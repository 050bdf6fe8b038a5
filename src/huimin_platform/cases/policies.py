"""The policy book as cases need it: titles, departments, steps and periods of policies in force."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from huimin.cases.plan import Joint, joint
from huimin.rules.policy import Policy
from huimin.units.divisions import prefix
from huimin.units.words import Words
from huimin_platform.registry.tables import book


def policy(name: str, on: date) -> Policy:
    """The version of a policy in force on a day."""
    return book().policy(name, on)


def in_force(on: date) -> list[Policy]:
    """The versions in force on a day, in the order of the book."""
    return [each for each in book().policies if each.in_force(on)]


def names() -> tuple[str, ...]:
    """The policies there are, in the order of the book."""
    return book().names


def versions(name: str) -> list[Policy]:
    """Every text of a policy, the first one in front."""
    return sorted((each for each in book().policies if each.name == name), key=lambda each: each.started_on)


def titles() -> dict[str, Words]:
    """policy -> its title, of the version last in force."""
    return {each.name: each.title for each in book().policies}


def titles_in(division: str, on: date) -> dict[str, Words]:
    """policy -> its title, of those in force on a day in a division, around it or inside; all where there is no division."""
    here = prefix(division) if division else ""
    return {
        each.name: each.title
        for each in in_force(on)
        if here.startswith(at := prefix(each.division) if each.division else "") or at.startswith(here)
    }


def pays(name: str) -> bool:
    """Whether a policy pays money; else it gives a standing."""
    return any(each.amount is not None for each in book().policies if each.name == name)


def in_services(names: Iterable[str]) -> set[str]:
    """Those of some policies whose amount is not paid out, because services are bought with it."""
    served = {each.name for each in book().policies if each.service is not None}
    return served.intersection(names)


def steps_of(policies: Sequence[str], on: date) -> tuple[Joint, ...]:
    """The steps of a case about these policies, each department asked once."""
    return _steps(id(book()), tuple(policies), on)


@lru_cache(maxsize=256)
def _steps(known: int, policies: tuple[str, ...], on: date) -> tuple[Joint, ...]:
    return joint({name: policy(name, on).steps for name in policies})
