"""A folder of policies read into a book: every text checked, every error named."""

import hashlib
import itertools
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from huimin.rules import checking, compiling, facts, parameters
from huimin.rules.book import PolicyBook
from huimin.rules.casework import read_cases
from huimin.rules.definitions import Level, Scope, Shelf, level_of, stand_ins
from huimin.rules.errors import PolicyError
from huimin.rules.extending import clauses_of
from huimin.rules.located import Located, parse, read
from huimin.rules.measures import NAMED
from huimin.rules.parameters import NATION, ParameterDeclaration, ParameterValue, cited
from huimin.rules.policy import Amount, Clause, Condition, Paper, Policy, Step, Within
from huimin.rules.posting import read_posting
from huimin.rules.questions import due_type
from huimin.rules.serving import read_service
from huimin.rules.tree import Due, Entitled, Node, Reference, Type, walk
from huimin.units.divisions import encloses, padded

# fmt: off
POLICY_KEYS = (
    "name", "title", "summary", "department", "division", "in_force", "uses", "clauses", "facts", "parameters",
    "definitions", "conditions", "amount", "period", "papers", "steps", "excludes", "of", "gives",
    "found_by", "instead_of", "posting", "starts", "service", "within",
)
# fmt: on
LEVELS = ("village", "township", "county", "city", "province")
YES_OR_NO = ("true", "false")
# The longest that a step, or all of them, may take.
MOST_DAYS = 250
ROUNDINGS = ("half_up", "down", "up")
_DIVISION = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}")


def load(folder: Path | str, later: Mapping[str, str] | None = None) -> PolicyBook:
    """The policies of a folder, checked. Raises `PolicyError` naming file, line, term and cure.

    The folder holds `facts.yaml`, `REGION/definitions/*.yaml`, `REGION/POLICY/policy.yaml` with `cases.yaml`
    beside it, and `parameters/*.yaml`. `later` are texts of policies that came after the folder, by the name that
    errors call them: such a text ends the version before it on the day it begins, may declare that version's
    parameters once more, and sets values inside its own division only.
    """
    root = Path(folder)
    try:
        return _Loader(root, later or {}).book()
    except RecursionError:
        raise PolicyError("too_deep", root.name, file=root.name) from None


class _Loader:
    """Reads one folder; each document is read once."""

    def __init__(self, root: Path, later: Mapping[str, str]) -> None:
        self.root, self.later = root, later
        self.texts: dict[str, str] = dict(later)
        self.shared = {path.stem: self._read(path) for path in sorted(root.glob("*/definitions/*.yaml"))}
        self.documents = [self._read(path) for path in sorted(root.glob("*/*/policy.yaml"))]
        self.documents += [parse(text, name) for name, text in later.items()]
        self.facts = facts.load(root / "facts.yaml", "facts.yaml")
        self.levels: dict[str, Level] = {_name(document): level_of(document) for document in self.documents}
        self.clauses = {
            document.file: clauses_of(document) for document in (*self.shared.values(), *self.documents)
        }
        self.parameters = self._parameters()
        listed = (
            (_name(document), document.file, [item.text() for item in document.listed("instead_of")])
            for document in self.documents
        )
        self.shelf = Shelf(self.facts, self.parameters, self.levels, self._due, stand_ins(listed))
        self.scopes: dict[str, Scope] = {}
        self.amounts: dict[str, Amount | None] = {}

    def _read(self, path: Path) -> Located:
        name = path.relative_to(self.root).as_posix()
        document = read(path, name)
        self.texts[name] = path.read_text(encoding="utf-8-sig")
        return document

    def book(self) -> PolicyBook:
        """The checked book."""
        for stem, document in self.shared.items():
            document.only("uses", "clauses", "parameters", "definitions")
            self._scope(stem, document)
        policies = _ended(tuple(self._policy(document) for document in self.documents), self.later)
        _check_versions(policies)
        _check_stand_ins(policies)
        for key in self.shelf.places:
            self.shelf.definition(key)
        values = [value for document in self._all() for value in self._values(document)]
        for path in sorted((self.root / "parameters").glob("*.yaml")):
            values += parameters.regional(path, self.parameters, path.relative_to(self.root).as_posix())
        book = PolicyBook(policies, self.shelf.checked, self.facts, self.parameters, tuple(values))
        _check_entitled(book)
        compiling.check(book)
        return book

    def _all(self) -> tuple[Located, ...]:
        return (*self.shared.values(), *self.documents)

    def _parameters(self) -> dict[str, ParameterDeclaration]:
        found: dict[str, ParameterDeclaration] = {}
        for document in self._all():
            for name, parameter in parameters.declared(
                document, self.facts, self.clauses[document.file]
            ).items():
                place, known = document.at("parameters").at(name), found.setdefault(name, parameter)
                if known is not parameter and document.file not in self.later:
                    place.fail("duplicate_name", name, other=known.file)
                if not known.alike(parameter):
                    place.fail("parameter_differs", name, other=known.file)
        return found

    def _values(self, document: Located) -> list[ParameterValue]:
        """The values that a document gives with its parameters; a later text has no say over other places."""
        found = parameters.defaults(document, self.parameters)
        if document.file in self.later:
            own = _division(document)
            for value in found:
                if not encloses(own, value.division):
                    document.at("parameters").at(value.name).fail(
                        "outside_division", value.name, place=value.division, division=own
                    )
        return found

    def _scope(self, owner: str, document: Located) -> Scope:
        if owner in self.scopes:
            return self.scopes[owner]
        scope = self.scopes[owner] = Scope(self.shelf)
        for used in document.listed("uses"):
            if used.text() not in self.shared:
                used.fail("unknown_name", used.text(), allowed=sorted(self.shared))
            scope.use(self._scope(used.text(), self.shared[used.text()]), used)
        self.shelf.add(document, owner, scope, self.clauses[document.file])
        return scope

    def _policy(self, document: Located) -> Policy:
        document.only(*POLICY_KEYS)
        name = document.at("name").text()
        in_force = document.at("in_force")
        level, scope = level_of(document), self._scope(_owner(document), document)
        clauses = self.clauses[document.file]
        conditions = tuple(
            _condition(key, place, scope, level, clauses) for key, place in document.named("conditions")
        )
        if not conditions:
            document.fail("missing_key", "conditions")
        amount = self._amount(document)
        gives = _gives(document, scope)
        period: Any = _one_of(document.at("period"), ("month", "once"))
        steps = _steps(document, clauses)
        ended = in_force.get("ended_on")
        return Policy(
            name=name,
            title=document.at("title").words(),
            summary=document.at("summary").words(),
            department=document.at("department").text(),
            level=level,
            division=_division(document),
            started_on=in_force.at("started_on").day(),
            ended_on=ended.day() if ended else None,
            clauses=clauses,
            facts=self._facts(
                document, [*(each.node for each in (*conditions, *((amount,) if amount else ()))), *gives]
            ),
            conditions=conditions,
            amount=amount,
            period=period,
            papers=tuple(_paper(key, place) for key, place in document.named("papers")),
            steps=steps,
            found_by=_found_by(document),
            excludes=tuple(item.text() for item in document.listed("excludes")),
            instead_of=self._instead_of(document),
            gives=tuple(reference.key for reference in gives),
            file=document.file,
            digest=self._digest(document),
            cases=read_cases((self.root / document.file).with_name("cases.yaml"), name, self.root),
            starts=_starts(document),
            posting=read_posting(document, clauses, [step.key for step in steps]),
            service=read_service(document, clauses),
            within=_within(document, clauses),
        )

    def _facts(self, document: Located, nodes: list[Node]) -> tuple[str, ...]:
        listed = {item.text(): item for item in document.listed("facts")}
        found = set().union(*(self.shelf.facts_in(node) for node in nodes))
        used = {self.facts[key].base for key in found}
        for name, item in listed.items():
            if name not in self.facts:
                item.fail("unknown_fact", name, allowed=sorted(self.facts))
            if name not in used:
                item.fail("unused_fact", name)
        for name in sorted(used - set(listed)):
            document.at("facts").fail("undeclared_fact", name)
        return tuple(listed)

    def _instead_of(self, document: Located) -> tuple[str, ...]:
        """The policies that this one stands in for inside its division; the nation has nothing to stand in for."""
        listed = document.listed("instead_of")
        for item in listed:
            if item.text() not in self.levels or item.text() == document.at("name").text():
                item.fail("unknown_policy", item.text(), allowed=sorted(self.levels))
            if not document.has("division"):
                document.fail("missing_key", "division")
        return tuple(item.text() for item in listed)

    def _amount(self, document: Located) -> Amount | None:
        """The amount of a policy's text, checked when it is first asked for: another policy may build on it."""
        if not document.has("amount"):
            return None
        if document.file in self.amounts:
            found = self.amounts[document.file]
            if found is None:
                document.at("amount").fail("cycle", document.at("name").text(), path="amount → due → amount")
            return found
        self.amounts[document.file] = None
        scope, clauses = self._scope(_owner(document), document), self.clauses[document.file]
        found = _amount(document.at("amount"), scope, level_of(document), clauses)
        self.amounts[document.file] = found
        return found

    def _due(self, name: str, level: Level) -> Type | None:
        texts = [document for document in self.documents if document.at("name").text() == name]
        return due_type((self._amount(text) for text in texts), self.levels[name], level)

    def _digest(self, document: Located) -> str:
        files = [document.file, *(self.shared[used.text()].file for used in document.listed("uses"))]
        return hashlib.sha256("\0".join(self.texts[file] for file in files).encode()).hexdigest()


def _name(document: Located) -> str:
    """The name of a policy, by which others ask after it."""
    place = document.at("name")
    if not place.text().isidentifier():
        place.fail("wrong_shape", place.text(), expected="name")
    return place.text()


def _owner(document: Located) -> str:
    """What a policy's own definitions are named after: its name and the day it came into force."""
    in_force = document.at("in_force").only("started_on", "ended_on")
    return f"{document.at('name').text()}@{in_force.at('started_on').day().isoformat()}"


def _condition(
    name: str, place: Located, scope: Scope, level: Level, clauses: Mapping[str, Clause]
) -> Condition:
    place.only("is", "met", "not_met", "unknown", "clause")
    expression = place.at("is")
    node = checking.check(expression.text(), scope, level, place.file, expression.line)
    if node.type.shape != "condition":
        expression.fail("type_wrong", node.text, found=node.type.shape, expected="condition")
    scope.shelf.depth(node, expression)
    met, not_met, unknown = (place.at(key).words() for key in ("met", "not_met", "unknown"))
    return Condition(name, node, met, not_met, unknown, cited(place, clauses), place.file, expression.line)


def _amount(place: Located, scope: Scope, level: Level, clauses: Mapping[str, Clause]) -> Amount:
    place.only("is", "unit", "rounding", "clause")
    expression, unit = place.at("is"), place.at("unit")
    node = checking.check(expression.text(), scope, level, place.file, expression.line)
    scope.shelf.depth(node, expression)
    if unit.text() not in ("fen", "fen_per_month"):
        unit.fail("unknown_unit", unit.text(), allowed=("fen", "fen_per_month"))
    if node.type.shape != "number" or node.type.unit not in (NAMED[unit.text()], None):
        expression.fail("unit_wrong", node.text, found=node.type.words, expected=unit.text())
    rounding: Any = _one_of(place.at("rounding"), ROUNDINGS)
    return Amount(node, unit.text(), rounding, cited(place, clauses), place.file, expression.line)


def _gives(document: Located, scope: Scope) -> list[Reference]:
    """The definitions that a policy's answer holds besides the amount."""
    found = []
    for item in document.listed("gives"):
        known = {*scope.names("household"), *scope.names("person")}
        if item.text() not in known:
            item.fail("unknown_name", item.text(), allowed=sorted(known))
        found.append(scope.definition(item.text()))
    return found


def _division(document: Located) -> str:
    """The division that a policy is made for: the whole nation where none is written."""
    place = document.get("division")
    if place is None:
        return NATION
    if not _DIVISION.fullmatch(place.text()):
        place.fail("division_wrong", place.text())
    return padded(place.text())


def _paper(key: str, place: Located) -> Paper:
    place.only("title", "data_sets")
    return Paper(key, place.at("title").words(), tuple(item.text() for item in place.listed("data_sets")))


def _within(document: Located, clauses: Mapping[str, Clause]) -> Within | None:
    place = document.get("within")
    if place is None:
        return None
    place.only("days", "clause")
    days = place.at("days")
    if not 1 <= days.whole() <= MOST_DAYS:
        days.fail("out_of_range", value=days.whole(), low=1, high=MOST_DAYS)
    return Within(days.whole(), cited(place, clauses))


def _steps(document: Located, clauses: Mapping[str, Clause]) -> tuple[Step, ...]:
    found: dict[str, Step] = {}
    for key, place in document.named("steps"):
        place.only(
            "name",
            "department",
            "level",
            "working_days",
            "evidence",
            "after",
            "second_officer",
            "days_clause",
        )
        level: Any = _one_of(place.at("level"), LEVELS)
        after = place.listed("after")
        for item in after:
            if item.text() not in found:
                item.fail("unknown_name", item.text(), allowed=sorted(found))
        days = place.at("working_days")
        if not 1 <= days.whole() <= MOST_DAYS:
            days.fail("out_of_range", value=days.whole(), low=1, high=MOST_DAYS)
        law = place.get("days_clause")
        found[key] = Step(
            key=key,
            name=place.at("name").words(),
            department=place.at("department").text(),
            level=level,
            working_days=days.whole(),
            evidence=tuple(item.text() for item in place.listed("evidence")),
            after=tuple(item.text() for item in after),
            second_officer=place.has("second_officer")
            and _one_of(place.at("second_officer"), YES_OR_NO) == "true",
            days_clause=clauses[_one_of(law, tuple(clauses))] if law is not None else None,
        )
    return tuple(found.values())


def _one_of(place: Located, allowed: tuple[str, ...]) -> str:
    if place.text() not in allowed:
        place.fail("unknown_value", place.text(), allowed=allowed)
    return place.text()


def _found_by(document: Located) -> Any:
    """Whether the data are asked for whom the policy is meant for, or somebody has to ask."""
    place = document.get("found_by")
    return _one_of(place, ("data", "application")) if place else "application"


def _starts(document: Located) -> Any:
    """From which month on a monthly amount is paid."""
    place = document.get("starts")
    return _one_of(place, ("next_month", "this_month")) if place else "next_month"


def _ended(policies: tuple[Policy, ...], later: Mapping[str, str]) -> tuple[Policy, ...]:
    """The policies, each version ended by the one after it where one of both came later than the folder."""
    starts: dict[str, list[Policy]] = {}
    for policy in sorted(policies, key=lambda policy: policy.started_on):
        starts.setdefault(policy.name, []).append(policy)
    ends = {
        id(former): latter.started_on
        for versions in starts.values()
        for former, latter in itertools.pairwise(versions)
        if former.started_on < latter.started_on and former.in_force(latter.started_on)
        if later.keys() & {former.file, latter.file}
    }
    return tuple(replace(each, ended_on=ends.get(id(each), each.ended_on)) for each in policies)


def _check_versions(policies: tuple[Policy, ...]) -> None:
    ordered = sorted(policies, key=lambda policy: (policy.name, policy.started_on))
    for former, latter in itertools.pairwise(ordered):
        if former.name != latter.name:
            continue
        if former.in_force(latter.started_on):
            raise PolicyError("versions_overlap", latter.name, file=latter.file, other=former.file)
        if former.level != latter.level or _unit(former) != _unit(latter):
            what = "of" if former.level != latter.level else "amount"
            raise PolicyError("versions_differ", latter.name, file=latter.file, other=former.file, what=what)


def _check_stand_ins(policies: tuple[Policy, ...]) -> None:
    """Who stands in for a policy is asked of the same, and gives the same kind of amount."""
    known = {policy.name: policy for policy in policies}
    for policy in policies:
        for other in (known[name] for name in policy.instead_of):
            if policy.level != other.level or _unit(policy) != _unit(other):
                what = "of" if policy.level != other.level else "amount"
                raise PolicyError(
                    "stand_in_differs", policy.name, file=policy.file, other=other.name, what=what
                )


def _check_entitled(book: PolicyBook) -> None:
    """No policy rests on itself, and who is excluded says so in a condition."""
    needs = {
        policy.name: {name for node in _nodes(policy, book) for name in _asked(node)}
        for policy in book.policies
    }
    for policy in book.policies:
        _follow(policy, needs, (policy.name,))
        for other in policy.excludes:
            if other not in needs:
                raise PolicyError("unknown_policy", other, file=policy.file, allowed=sorted(needs))
            if policy.name not in needs[other]:
                raise PolicyError("exclusion_open", other, file=policy.file, policy=policy.name)


def _unit(policy: Policy) -> str | None:
    return policy.amount.unit if policy.amount else None


def _nodes(policy: Policy, book: PolicyBook) -> list[Node]:
    own = [condition.node for condition in policy.conditions] + (
        [policy.amount.node] if policy.amount else []
    )
    own += [book.definitions[key].node for key in policy.gives]
    return own + [book.definitions[key].node for key in book.references(own)]


def _asked(node: Node) -> set[str]:
    return {step.policy for step in walk(node) if isinstance(step, (Entitled, Due))}


def _follow(policy: Policy, needs: Mapping[str, set[str]], path: tuple[str, ...]) -> None:
    for name in sorted(needs.get(path[-1], ())):
        if name in path:
            raise PolicyError("cycle", name, file=policy.file, path=" → ".join((*path, name)))
        _follow(policy, needs, (*path, name))
