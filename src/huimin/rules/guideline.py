"""The operating guideline 执行指引 of a policy, drawn from the same text that is computed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from huimin.rules.book import PolicyBook
from huimin.rules.parameters import NATION, ParameterSet, ParameterValue, Resolver
from huimin.rules.policy import Clause, Condition, Definition, Paper, Policy, Step
from huimin.rules.rendering import value_words
from huimin.rules.tree import Node, Parameter, Reference, Scaled, Type, walk
from huimin.rules.wording import in_words
from huimin.units.words import Words

PERIODS = {"month": Words("按月", "every month"), "once": Words("一次性", "once")}
IN_SERVICES = Words("按月，用于购买服务，不发放现金", "every month, in services; nobody is paid it")
ROUNDED = {
    "half_up": Words("四舍五入到分", "rounded half up to the fen"),
    "down": Words("不足一分的舍去", "rounded down to the fen"),
    "up": Words("不足一分的进到一分", "rounded up to the fen"),
}
CELL = Words("{title}：{key}", "{title}: {key}")
# A bracket of a scale: from its threshold to the next one.
FIRST_BRACKET = Words("不满 {end}", "below {end}")
BRACKET = Words("{start}以上、不满 {end}", "from {start} to below {end}")
LAST_BRACKET = Words("{start}以上", "from {start}")
ANY_NUMBER = Words("不分档", "whatever the number")


@dataclass(frozen=True)
class Requirement:
    """One condition: in words, as a formula, with its clause."""

    words: Words
    formula: Words
    clause: Clause


@dataclass(frozen=True)
class Term:
    """A value that conditions or amounts rest on, and how it is worked out."""

    title: Words
    formula: Words
    clause: Clause | None


@dataclass(frozen=True)
class Figure:
    """A number that a region sets: its value where known, since when, by whom."""

    title: Words
    value: Words | None
    since: date | None
    division: str
    source: Words | None
    illustrative: bool
    clause: Clause


@dataclass(frozen=True)
class Guideline:
    """Who, how much, which papers, which steps and days, by which law: the whole policy for people.

    `gives` is what is given besides money: for how long, how many days, of which kind.
    """

    policy: Policy
    requirements: tuple[Requirement, ...]
    amount: Words | None
    rounding: Words | None
    period: Words
    gives: tuple[Term, ...]
    terms: tuple[Term, ...]
    figures: tuple[Figure, ...]
    papers: tuple[Paper, ...]
    steps: tuple[Step, ...]
    working_days: int
    clauses: tuple[Clause, ...]
    versions: tuple[Policy, ...]


def guideline(
    book: PolicyBook,
    policy: Policy,
    on: date,
    division: str = NATION,
    parameters: Iterable[ParameterSet] = (),
) -> Guideline:
    """The guideline of a version of a policy, with the numbers of a division on a day."""
    nodes = [condition.node for condition in policy.conditions]
    nodes += [policy.amount.node] if policy.amount else []
    given = tuple(book.definitions[key] for key in policy.gives)
    nodes += [definition.node for definition in given]
    terms = tuple(term for term in book.references(nodes).values() if term not in given)
    everything = [*nodes, *(term.node for term in terms)]
    return Guideline(
        policy=policy,
        requirements=tuple(_requirement(condition, book) for condition in policy.conditions),
        amount=in_words(policy.amount.node, book) if policy.amount else None,
        rounding=ROUNDED[policy.amount.rounding] if policy.amount else None,
        period=IN_SERVICES if policy.service else PERIODS[policy.period],
        gives=tuple(_term(definition, book) for definition in given),
        terms=tuple(_term(term, book) for term in terms),
        figures=tuple(_figures(everything, book, book.resolver(parameters, on), division)),
        papers=policy.papers,
        steps=policy.steps,
        working_days=working_days(policy.steps),
        clauses=_cited(policy, [term.clause for term in (*given, *terms)]),
        versions=tuple(
            sorted(
                (each for each in book.policies if each.name == policy.name), key=lambda each: each.started_on
            )
        ),
    )


def working_days(steps: Sequence[Step]) -> int:
    """The working days that the steps take when departments work side by side: the longest way through them."""
    ends: dict[str, int] = {}
    for step in steps:
        ends[step.key] = step.working_days + max((ends[key] for key in step.after), default=0)
    return max(ends.values(), default=0)


def _term(definition: Definition, book: PolicyBook) -> Term:
    return Term(definition.title, in_words(definition.node, book), definition.clause)


def _requirement(condition: Condition, book: PolicyBook) -> Requirement:
    node: Node = condition.node
    # A condition that is only a name says nothing; what stands behind the name does.
    while isinstance(node, Reference):
        node = book.definitions[node.key].node
    return Requirement(condition.met, in_words(node, book), condition.clause)


def _figures(nodes: Iterable[Node], book: PolicyBook, resolver: Resolver, division: str) -> Iterable[Figure]:
    steps = [step for node in nodes for step in walk(node)]
    names = [
        step.name if isinstance(step, Parameter) else step.scale
        for step in steps
        if isinstance(step, (Parameter, Scaled))
    ]
    for name in dict.fromkeys(names):
        declared = book.parameters[name]
        found = resolver.find(name, division)
        if found is None:
            yield Figure(declared.title, None, None, "", None, illustrative=False, clause=declared.clause)
            continue
        if declared.brackets:
            yield from _brackets(name, found, book)
            continue
        for place, key in enumerate(declared.cells):
            # That who is of no kind gets nothing needs no line.
            if key.split(",")[0] != "none" or found.cells[place]:
                yield _figure(cell_title(name, key, book), place, declared.type, found, book)


def _figure(title: Words, place: int, kind: Type, found: ParameterValue, book: PolicyBook) -> Figure:
    value, clause = value_words(found.cells[place], kind, book), book.parameters[found.name].clause
    return Figure(title, value, found.started_on, found.division, found.source, found.illustrative, clause)


def _brackets(name: str, found: ParameterValue, book: PolicyBook) -> Iterable[Figure]:
    """One line for each bracket that is written: from where to where, and its value."""
    declared = book.parameters[name]
    assert declared.thresholds is not None
    thresholds = list(dict.fromkeys(found.cells[: declared.brackets]))
    said = [value_words(each, declared.thresholds, book) for each in thresholds]
    for place, start in enumerate(said):
        first, last = not thresholds[place], place == len(said) - 1
        template = (
            ANY_NUMBER if first and last else FIRST_BRACKET if first else LAST_BRACKET if last else BRACKET
        )
        span = template.filled(start=start, end=start if last else said[place + 1])
        title = CELL.filled(title=declared.title, key=span)
        yield _figure(title, declared.brackets + place, declared.type, found, book)


def cell_title(name: str, key: str, book: PolicyBook) -> Words:
    """The title of a parameter, with the categories of one of its cells."""
    title = book.parameters[name].title
    return CELL.filled(title=title, key=_key_words(name, key, book)) if key else title


def _key_words(name: str, key: str, book: PolicyBook) -> Words:
    """The categories of a cell of a table, by their titles."""
    declared = book.parameters[name]
    if declared.brackets:
        part, number = key.split()
        return Words(
            f"第 {number} 档{'起点' if part == 'from' else ''}",
            f"bracket {number}{' from' if part == 'from' else ''}",
        )
    parts = [_category(values, each, book) for values, each in zip(declared.by, key.split(","), strict=True)]
    return Words("、".join(part.zh for part in parts), ", ".join(part.en for part in parts))


def _category(values: tuple[str, ...], key: str, book: PolicyBook) -> Words:
    titles = (fact.value_titles for fact in book.facts.values() if fact.type.values == values)
    return next((each[key] for each in titles if key in each), Words(key, key))


def _cited(policy: Policy, more: Iterable[Clause | None]) -> tuple[Clause, ...]:
    """The clauses that the policy cites, those of its terms too, each once."""
    cited = [*policy.clauses.values(), *(clause for clause in more if clause is not None)]
    return tuple({(clause.law, clause.article, clause.text): clause for clause in cited}.values())
