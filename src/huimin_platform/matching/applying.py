"""What policies say of a household that applies, with what the applicant stated."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from huimin import rules
from huimin_platform.matching import explaining, queries
from huimin_platform.matching.models import Entitlement, Run
from huimin_platform.matching.stating import Said
from huimin_platform.registry import tables


class NotAskedYet(Exception):
    """The policies were never asked about anybody: the loop has to run first."""


def with_stated(known: rules.Household, said: Mapping[Said, str]) -> rules.Household:
    """The household with what was stated of it; what a department has sent, and who left it, is passed over."""
    facts, places = tables.book().facts, {}
    for (key, about), value in said.items():
        if key not in facts or (about is not None and about not in known.persons):
            continue
        place = None if about is None else known.persons.index(about)
        holder = known.facts if place is None else known.members[place]
        if holder[facts[key].name] is None:
            places[key, place] = value
    return rules.told(tables.book(), known, places)


def last_run() -> Run:
    """The turn of the data that answers of today rest on; raises `NotAskedYet` before the first."""
    found = queries.last_run()
    if found is None:
        raise NotAskedYet
    return found


def answers(household: int, names: Sequence[str], said: Mapping[Said, str], on: date) -> list[dict[str, Any]]:
    """The explanation of each policy that is asked where a household lives, with what was stated; as JSON takes it."""
    seen = with_stated(explaining.described(household, on), said)
    here = set(tables.book().asked_in(seen.division, on))
    found = explaining.asked_of([name for name in names if name in here], seen, on)
    return json.loads(json.dumps(found, ensure_ascii=False, default=str))


def keep(household: int, found: Sequence[Mapping[str, Any]], run: Run, on: date) -> dict[str, Entitlement]:
    """policy -> the answer as kept with an application.

    It is no answer of the registry, so it is never `current`: no finding, figure or case of the loop counts it.
    """
    return {
        each["policy"]: Entitlement.objects.create(
            policy=each["policy"], policy_version=each["version"], household_id=household, status=each["status"],
            amount_fen=each["amount_fen"], missing=list(each["missing"]), trace=dict(each), on=on, run=run, current=False,
        )
        for each in found
    }  # fmt: skip
