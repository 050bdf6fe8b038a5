"""The policy book 一本通: every policy, definition, fact and parameter, checked."""

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huimin.rules.errors import PolicyError
from huimin.rules.facts import Facts
from huimin.rules.parameters import (
    NATION,
    ParameterDeclaration,
    ParameterSet,
    ParameterValue,
    Resolver,
    regional,
    values_of,
)
from huimin.rules.places import Area, inside
from huimin.rules.policy import Definition, Policy
from huimin.rules.tree import Node, Reference, walk

if TYPE_CHECKING:
    from huimin.rules.explanation import Explanation
    from huimin.rules.simulation import Simulation


@dataclass(frozen=True)
class PolicyBook:
    """A checked set of policies. Nothing in it changes; a new text is a new book."""

    policies: tuple[Policy, ...]
    definitions: Mapping[str, Definition]
    facts: Facts
    parameters: Mapping[str, ParameterDeclaration]
    values: tuple[ParameterValue, ...]

    def __getstate__(self) -> dict[str, Any]:
        """What travels to another process: the book, without what was worked out of it here."""
        return {name: value for name, value in self.__dict__.items() if name not in ("kept", "_stand_ins")}

    @cached_property
    def kept(self) -> dict[Any, Any]:
        """What is worked out of the book once and kept with it, since nothing in it changes."""
        return {}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the policies, each once."""
        return tuple(dict.fromkeys(policy.name for policy in self.policies))

    def explain(
        self,
        household: Mapping[str, Any],
        members: Sequence[Mapping[str, Any]],
        *,
        on: date,
        division: str = NATION,
        policies: Iterable[str] | None = None,
        parameters: Mapping[str, Any] | Sequence[ParameterSet] = (),
    ) -> "list[Explanation]":
        """What policies say of one household described in words and numbers, with every step and reason.

        Facts that are not told are not known. Without `policies`, those in force where the household lives are asked.
        `parameters` are dated sets, or plain values that hold everywhere.
        """
        from huimin.rules import library

        return library.explained(self, household, members, on, division, policies, parameters)

    def evaluate(
        self,
        households: Any,
        persons: Any,
        *,
        on: date,
        policies: Iterable[str] | None = None,
        parameters: Mapping[str, Any] | Sequence[ParameterSet] = (),
    ) -> Any:
        """What policies say of every household of a table: policy, household, status, amount_fen, missing.

        Tables are Polars, pandas or Arrow; the answer is of the kind that `households` is. Without a column division
        everyone lives somewhere in the nation; without a column person, members are numbered.
        """
        from huimin.rules import library

        return library.evaluated(self, households, persons, on, policies, parameters)

    def simulate(
        self,
        reform: "PolicyBook | Mapping[str, Any]",
        households: Any,
        persons: Any,
        *,
        on: date,
        policies: Iterable[str] | None = None,
        parameters: Mapping[str, Any] | Sequence[ParameterSet] = (),
        income: str | None = None,
    ) -> "Simulation":
        """Who gains and who loses by a reform, which is another book or other values of some parameters.

        `income` names the definition of a household's yearly income, by which tenths are formed.
        """
        from huimin.rules import library

        return library.simulated(self, reform, households, persons, on, policies, parameters, income)

    def versions(self, on: date) -> tuple[tuple[str, date], ...]:
        """The names and first days of what is in force on a day: while they are the same, so is every question."""
        return tuple((policy.name, policy.started_on) for policy in self.policies if policy.in_force(on))

    def version(self, name: str, on: date) -> Policy | None:
        """The version of a policy in force on a day; nothing where there is none."""
        found = (policy for policy in self.policies if policy.name == name and policy.in_force(on))
        return next(found, None)

    def policy(self, name: str, on: date) -> Policy:
        """The version of a policy in force on a day."""
        versions = [policy for policy in self.policies if policy.name == name]
        if not versions:
            raise PolicyError("unknown_policy", name, allowed=sorted(self.names))
        found = self.version(name, on)
        if found is None:
            raise PolicyError("not_in_force", name, file=versions[0].file, on=on.isoformat())
        return found

    def asked_in(self, division: str | None, on: date) -> tuple[str, ...]:
        """The names of the policies in force on a day that a household of a division may be asked about.

        What a policy of the place stands in for is left out. A household whose division is not known may be asked
        about all of them.
        """
        current = (policy for policy in self.policies if policy.in_force(on))
        found = (each.name for each in current if inside(division, self.area(each, on)) is not False)
        return tuple(dict.fromkeys(found))

    def area_of(self, name: str, on: date) -> Area:
        """Where the version of a policy in force on a day is asked."""
        return self.area(self.policy(name, on), on)

    def area(self, policy: Policy, on: date) -> Area:
        """Where a version is asked on a day: its division, without the places where another stands in for it."""
        others = self._stand_ins.get(policy.name)
        if others is None:
            return Area(policy.division)
        return Area(policy.division, tuple(sorted({each.division for each in others if each.in_force(on)})))

    def stand_ins(self, name: str, division: str | None, on: date) -> list[Policy]:
        """The policies that stand in for one in a division on a day."""
        found = self._stand_ins.get(name, ())
        return [each for each in found if each.in_force(on) and inside(division, Area(each.division))]

    def around(self, divisions: Iterable[str | None], names: Iterable[str]) -> "PolicyBook":
        """The book without what can concern none of some divisions, but for the policies named; the answers are the same."""
        places, wanted = list(divisions), set(names)
        kept = tuple(
            policy
            for policy in self.policies
            if policy.name in wanted
            or any(inside(place, Area(policy.division)) is not False for place in places)
        )
        key = ("around", tuple(id(policy) for policy in kept))
        if key not in self.kept:
            self.kept[key] = self if len(kept) == len(self.policies) else replace(self, policies=kept)
        return self.kept[key]

    @cached_property
    def _stand_ins(self) -> dict[str, list[Policy]]:
        """policy -> the versions of others that stand in for it where they hold."""
        found: dict[str, list[Policy]] = {}
        for policy in self.policies:
            for name in policy.instead_of:
                found.setdefault(name, []).append(policy)
        return found

    def resolver(self, parameter_sets: Iterable[ParameterSet], on: date) -> Resolver:
        """The parameters in force on a day: the book's own, and those given here."""
        sets, known = tuple(parameter_sets), self.kept.get("resolver")
        if known is None or known[0] != on or not _same(known[1], sets):
            given = [value for each in sets for value in values_of(each, self.parameters)]
            known = self.kept["resolver"] = on, sets, Resolver(self.parameters, [*self.values, *given], on)
        return known[2]

    def with_region(self, path: Path) -> "PolicyBook":
        """The book with one more region's parameter file."""
        return replace(self, values=(*self.values, *regional(path, self.parameters)))

    def references(self, nodes: Iterable[Node]) -> dict[str, Definition]:
        """The definitions that some values rest on, each after those it needs."""
        found: dict[str, Definition] = {}
        for node in nodes:
            self._gather(node, found)
        return found

    def _gather(self, node: Node, found: dict[str, Definition]) -> None:
        for step in walk(node):
            if isinstance(step, Reference) and step.key not in found:
                definition = self.definitions[step.key]
                self._gather(definition.node, found)
                found[step.key] = definition


def _same(former: tuple[ParameterSet, ...], latter: tuple[ParameterSet, ...]) -> bool:
    """Whether two calls gave the very same sets, as they do who ask of one household after another."""
    return len(former) == len(latter) and all(map(operator.is_, former, latter))
