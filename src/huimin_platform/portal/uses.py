"""Who uses what of a data set: facts, policies, indicators, needs and papers, read from their definitions."""

from collections.abc import Iterable
from dataclasses import dataclass

from huimin.matching import standards
from huimin.needs import NeedBook
from huimin.rules import PolicyBook
from huimin.rules.facts import FactDeclaration
from huimin.rules.policy import Policy
from huimin.rules.tree import Fact, Node, Parameter, walk
from huimin.tables.contract import Contract, FactRule
from huimin.units.words import Words
from huimin_platform.needs import portraits
from huimin_platform.registry import tables


@dataclass(frozen=True)
class Use:
    """One use: of what kind (`identity`, `fact`, `policy`, `indicator`, `need`, `paper`), its name and its title."""

    kind: str
    name: str
    title: Words


KINDS = ("identity", "fact", "policy", "indicator", "need", "paper")
# What the rules call by another name than the row about a person does.
MENTIONED = {"residence": "residence", "born_on": "born_on", "sex": "sex", "relation": "relation"}


def of_columns(contract: Contract) -> dict[str, list[Use]]:
    """For each column of a data set its uses: what of a person it tells, the facts, and what rests on these."""
    readers = _readers()
    return {column.name: _of_column(contract, column.name, readers) for column in contract.columns}


def of_data_set(contract: Contract) -> list[Use]:
    """All that uses a data set, each once, by kind."""
    found = [use for uses in of_columns(contract).values() for use in uses]
    found += [
        Use("paper", f"{policy.name}.{paper.key}", paper.title)
        for policy in tables.book().policies
        for paper in policy.papers
        if contract.name in paper.data_sets
    ]
    once = {(use.kind, use.name): use for use in found}
    return sorted(once.values(), key=lambda use: (KINDS.index(use.kind), use.name))


@dataclass(frozen=True)
class _Reader:
    """A policy, indicator or need with the facts and parameters that it asks, definitions followed."""

    use: Use
    facts: frozenset[str]
    parameters: frozenset[str]


def _of_column(contract: Contract, name: str, readers: tuple[_Reader, ...]) -> list[Use]:
    told = [rule for rule in contract.facts if name in _columns_of(rule)]
    roles = {
        field
        for mention in contract.mentions
        for field, columns in mention.columns.items()
        if name in columns
    }
    found = [Use("identity", field, FIELDS[field]) for field in sorted(roles)]
    kinds = dict.fromkeys(rule.kind for rule in told)
    found += [Use("fact", kind, contract.kinds[kind].title) for kind in kinds]
    declared = portraits.definitions().book.facts
    asked = {key for key, fact in declared.items() if _comes_from(fact, contract, set(kinds), roles)}
    given = _parameters(contract, name)
    # A policy has several versions; a use by one of them is a use by the policy.
    found += [each.use for each in readers if each.facts & asked or each.parameters & given]
    return list({(use.kind, use.name): use for use in found}.values())


def _comes_from(fact: FactDeclaration, contract: Contract, kinds: set[str], roles: set[str]) -> bool:
    """Whether a fact that rules ask is told by facts of these kinds or by these fields of a person, in this data set."""
    if "kind" in fact.source:
        return fact.source["kind"] in kinds and (not fact.data_sets or contract.name in fact.data_sets)
    column = fact.source.get("column")
    return column is not None and MENTIONED.get(column) in roles


def _parameters(contract: Contract, column: str) -> frozenset[str]:
    """The parameters that a column of the local standards gives."""
    if contract.name != tables.STANDARDS:
        return frozenset()
    given = {standards.PLAIN[column]} if column in standards.PLAIN else set()
    return frozenset(given | ({"subsistence_standard"} if column in standards.STANDARD.values() else set()))


def _columns_of(rule: FactRule) -> set[str]:
    period = rule.period
    dates = (period.year, period.start, period.through, period.until) if period else ()
    named = (rule.value, rule.words, rule.occurred, *dates, *rule.key, *rule.where, *rule.unless)
    return {name for name in named if name}


def _readers() -> tuple[_Reader, ...]:
    """Who asks which facts and parameters; read once for the policies as they are signed now."""
    kept = tables.book().kept
    if "uses" not in kept:
        kept["uses"] = _read(portraits.definitions())
    return kept["uses"]


def _read(needs: NeedBook) -> tuple[_Reader, ...]:
    book = needs.book
    found = [_reader(Use("policy", each.name, each.title), _nodes(each), book) for each in book.policies]
    found += [
        _reader(Use("indicator", each.name, each.title), (each.node,), book) for each in needs.indicators
    ]
    found += [_reader(Use("need", each.name, each.title), each.question.nodes, book) for each in needs.needs]
    return tuple(found)


def _reader(use: Use, nodes: Iterable[Node], book: PolicyBook) -> _Reader:
    nodes = tuple(nodes)
    every = (*nodes, *(definition.node for definition in book.references(nodes).values()))
    steps = [step for node in every for step in walk(node)]
    return _Reader(
        use,
        frozenset(step.key for step in steps if isinstance(step, Fact)),
        frozenset(step.name for step in steps if isinstance(step, Parameter)),
    )


def _nodes(policy: Policy) -> tuple[Node, ...]:
    conditions = tuple(condition.node for condition in policy.conditions)
    return (*conditions, *((policy.amount.node,) if policy.amount else ()))


FIELDS = {
    "name": Words("姓名", "name"),
    "national_id": Words("身份证号", "identity number"),
    "born_on": Words("出生日期", "date of birth"),
    "sex": Words("性别", "sex"),
    "phone": Words("电话", "phone"),
    "card": Words("账号", "account"),
    "address": Words("住址", "address"),
    "division": Words("区划", "division"),
    "village": Words("村（社区）", "village"),
    "household_no": Words("户号", "household number"),
    "relation": Words("与户主关系", "relation to the head"),
    "residence": Words("户口性质", "kind of residence"),
}
