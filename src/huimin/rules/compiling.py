"""Questions into one function over all households: the program that the kernel runs."""

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np

from huimin.rules.book import PolicyBook
from huimin.rules.checking import MOST_MEMBERS
from huimin.rules.emitting import LARGEST, Atom, Emitter, Integer, call, compare, integer, load, loop, put
from huimin.rules.errors import PolicyError
from huimin.rules.lowered import Names, NotComputable, Number, Truth
from huimin.rules.lowering import Lowering
from huimin.rules.places import NATIONWIDE, Area
from huimin.rules.population import narrowest
from huimin.rules.questions import MOST_FACTS, Asked, Level, Question, of_policies, of_values
from huimin.rules.tree import Due, Entitled, Joined, Members, Node, Opposite, Reference

FUNCTION = "kernel"
NOT_MET, MET, UNKNOWN = 0, 1, 2


@dataclass(frozen=True)
class Layout:
    """Where in a region's row each parameter begins and the row's width.

    `places` says in which areas each parameter is needed, and `areas` which column says whether a household's
    region lies inside an area.
    """

    slots: dict[str, int]
    width: int
    places: dict[str, tuple[Area, ...]]
    areas: dict[Area, int]


@dataclass(frozen=True)
class Output:
    """What is written about one question: of which level, and what kind of integer its amounts are ("" for none)."""

    name: str
    level: Level
    amount: str


@dataclass(frozen=True)
class Program:
    """One function for many questions, and the arrays it wants, in order.

    It is called as kernel(first, last, offsets, regions, parameters, parameters_known, on, ages,
    for each fact: values, known, stride; for each question: status, missing, and amount where there is one).
    A `certain` one is for a population of which every fact is known: it is told only the values, and says nothing
    of what is missing.
    """

    function: ast.FunctionDef
    facts: tuple[str, ...]
    outputs: tuple[Output, ...]
    certain: bool

    def missing(self, bits: int) -> list[str]:
        """The names of the facts that a missing-word stands for."""
        names = ["household.division"] if bits & 1 else []
        return names + [fact for place, fact in enumerate(self.facts, start=1) if bits >> place & 1]


def program(asked: Asked, *, certain: bool = False) -> Program:
    """The function that answers the questions for a run of households; a certain one where all facts are known."""
    return _Builder(asked, certain).program()


def check(book: PolicyBook) -> None:
    """Make sure that every policy of a book can be computed exactly, whatever the facts are."""
    for policy in book.policies:
        program(of_policies(book, [policy.name], policy.started_on))
        if policy.gives:
            program(of_values(book, policy.gives, policy.started_on))


def layout(asked: Asked) -> Layout:
    """Where the kernel finds the parameters."""
    slots: dict[str, int] = {}
    width = 0
    for name in asked.parameters:
        slots[name] = width
        width += len(asked.book.parameters[name].cells)
    areas = {question.area for question in (*asked.questions, *asked.persons.values())}
    columns = {area: width + n for n, area in enumerate(sorted(areas - {NATIONWIDE}))}
    return Layout(slots, width + len(columns), asked.places, columns)


class _Builder:
    """Builds the function of one program."""

    def __init__(self, asked: Asked, certain: bool) -> None:
        self.asked, self.book, self.certain = asked, asked.book, certain
        self.facts, self.layout = asked.facts, layout(asked)
        if len(self.facts) > MOST_FACTS - 1:
            name = ", ".join(asked.answered)
            raise PolicyError("too_many_facts", name, size=len(self.facts), limit=MOST_FACTS - 1)
        self._resting: dict[Node, bool] = {}
        self.emitter = Emitter()
        self.lowering = Lowering(self.emitter, self._names(), self.book.definitions, asked.persons)
        self.outputs: list[Output] = []

    def _names(self) -> Names:
        facts = {key: (f"f{n}", f"k{n}", f"s{n}", 1 << n) for n, key in enumerate(self.facts, start=1)}
        declared = {name: self.book.parameters[name] for name in self.layout.slots}
        scales = {name: 10**each.decimals for name, each in declared.items()}
        thresholds = {name: each.thresholds for name, each in declared.items() if each.thresholds}
        rates = {name: each.type for name, each in declared.items()}
        return Names(facts, self.layout.slots, scales, thresholds, rates, self.layout.areas, self.certain)

    def program(self) -> Program:
        """The finished program.

        What needs nobody's answer comes first, all members in one loop; then households in the order in which
        they rest on each other; last the members to whom a household's answer matters.
        """
        body: list[ast.stmt] = []
        questions = self.asked.questions
        persons = [question for question in questions if question.level == "person"]
        with self.emitter.within(body):
            self.lowering.outer_block = body
            self._loops(questions, [each for each in persons if not self._waits(each)], before_answers=True)
            for question in questions:
                if question.level == "household":
                    self._loops([question], [])
                    with self._named(question):
                        self._household(question)
            self._loops(persons, [each for each in persons if self._waits(each)])
        return Program(self._function(body), self.facts, tuple(self.outputs), self.certain)

    def _household(self, question: Question) -> None:
        verdict, amount = self.lowering.verdict(question)
        self._write(question, verdict, "household", amount)
        self.lowering.verdicts[question.name] = verdict
        self.lowering.amounts[question.name] = amount

    def _inside(self, body: list[ast.stmt]) -> None:
        self.lowering.outer_block, self.lowering.inner = self.emitter.block, {}

    def _outside(self, body: list[ast.stmt]) -> None:
        self.lowering.inner = None
        self.emitter.block.append(loop("person", "start", "end", body))

    def _write(self, question: Question, verdict: Truth, index: str, amount: Integer | None) -> None:
        if question.name not in self.asked.answered:
            return
        place = len(self.outputs)
        unknown = ast.IfExp(load(verdict.value), ast.Constant(MET), ast.Constant(NOT_MET))
        if verdict.missing != 0:
            unknown = ast.IfExp(compare("!=", verdict.missing, 0), ast.Constant(UNKNOWN), unknown)
        self.emitter.block.append(put(f"status{place}", index, unknown))
        if verdict.missing != 0:
            # The array begins as zeros; where nothing is missing its memory is never touched.
            kept = put(f"missing{place}", index, load(verdict.missing))
            self.emitter.block.append(ast.If(compare("!=", verdict.missing, 0), [kept], []))
        if amount is not None:
            due = ast.IfExp(load(verdict.value), load(amount.atom), ast.Constant(0))
            self.emitter.block.append(put(f"amount{place}", index, due))
        kind = "" if amount is None else np.dtype(narrowest(min(amount.low, 0), max(amount.high, 0))).name
        self.outputs.append(Output(question.name, question.level, kind))

    def _waits(self, question: Question) -> bool:
        """Whether a question rests on what is said of a household."""
        return any(self._rests_on_answers(node) for node in question.nodes)

    def _rests_on_answers(self, node: Node) -> bool:
        if node not in self._resting:
            self._resting[node] = self._found_resting(node)
        return self._resting[node]

    def _found_resting(self, node: Node) -> bool:
        if isinstance(node, Reference):
            return self._rests_on_answers(self.book.definitions[node.key].node)
        if isinstance(node, (Entitled, Due)):
            return node.level == "household" or self._waits(self.asked.persons[node.policy])
        return any(self._rests_on_answers(part) for part in node.parts)

    def _loops(
        self, questions: Iterable[Question], persons: Iterable[Question], *, before_answers: bool = False
    ) -> None:
        """All sums over members that questions rest on, and questions of persons, in as few loops as they allow."""
        sums: dict[Members, tuple[int, Question]] = {}
        for question in questions:
            for node, stage in self._stages(question)[1].items():
                if node not in self.lowering.known and not (before_answers and self._rests_on_answers(node)):
                    sums.setdefault(node, (stage, question))
        asked = [(self._stages(question)[0] + 1, question) for question in persons]
        for turn in sorted({stage for stage, _ in (*sums.values(), *asked)}):
            self._loop(
                {node: question for node, (stage, question) in sums.items() if stage == turn},
                [question for stage, question in asked if stage == turn],
            )

    def _stages(self, question: Question) -> tuple[int, dict[Members, int]]:
        """How many loops must have run before a question can be answered, and in which loop each sum is made."""
        stages: dict[Members, int] = {}
        seen: dict[str, int] = {}
        last = max((self._stage(node, stages, seen) for node in question.nodes), default=0)
        return last, stages

    def _stage(self, node: Node, stages: dict[Members, int], seen: dict[str, int]) -> int:
        """How many loops must have run before a value can be computed."""
        if isinstance(node, Reference):
            if node.key not in seen:
                seen[node.key] = self._stage(self.book.definitions[node.key].node, stages, seen)
            return seen[node.key]
        if isinstance(node, (Entitled, Due)):
            return self._stage_of_policy(node, stages, seen)
        inner = max((self._stage(child, stages, seen) for child in node.parts), default=0)
        if isinstance(node, Members):
            stages[node] = inner + 1
            return inner + 1
        return inner

    def _stage_of_policy(self, node: Entitled | Due, stages: dict[Members, int], seen: dict[str, int]) -> int:
        """The household's answer is there before; a person's is computed wherever it is asked for."""
        if node.level == "household":
            return 0
        nodes = self.asked.persons[node.policy].nodes
        return max((self._stage(each, stages, seen) for each in nodes), default=0)

    def _loop(self, sums: dict[Members, Question], persons: list[Question]) -> None:
        body: list[ast.stmt] = []
        self._inside(body)
        totals = {node: self._start() for node in sums}
        with self.emitter.within(body):
            for node, question in sums.items():
                with self._named(question):
                    _Turn(self.lowering, node, *totals[node]).emit()
            for question in persons:
                with self._named(question):
                    verdict, amount = self.lowering.verdict(question)
                    self._write(question, verdict, "person", amount)
        self._outside(body)
        for node in sums:
            self.lowering.known[node] = _total(self.lowering, node, *totals[node])

    def _start(self) -> tuple[str, Atom]:
        total = self.emitter.fresh("t")
        # `any` starts from no, `all` from yes; both remember whether a known member has settled the answer.
        self.emitter.set(total, load("zero"))
        if self.certain:
            return total, 0
        missing = self.emitter.fresh("m")
        self.emitter.set(missing, load("zero"))
        return total, missing

    @contextmanager
    def _named(self, question: Question) -> Iterator[None]:
        """A value that cannot be computed exactly is an error that names its place in the policy's text."""
        try:
            yield
        except NotComputable as error:
            place = error.definition or self._place(error.node, question)
            file, line = (place.file, place.line) if place is not None else ("", 0)
            raise PolicyError(error.code, error.node.text, file=file, line=line, size=error.size) from None

    def _place(self, node: Node, question: Question) -> Any:
        versions = [policy for policy in self.book.policies if policy.name == question.name]
        parts = [
            part for policy in versions for part in (*policy.conditions, policy.amount) if part is not None
        ]
        return next((part for part in parts if node in (part.node, *part.node.parts)), None)

    def _function(self, body: list[ast.stmt]) -> ast.FunctionDef:
        arguments = ["first", "last", "offsets", "regions", "parameters", "parameters_known", "on", "ages"]
        for place in range(1, len(self.facts) + 1):
            arguments += [f"f{place}", *([] if self.certain else [f"k{place}", f"s{place}"])]
        for place, output in enumerate(self.outputs):
            arguments += [f"status{place}", *([] if self.certain else [f"missing{place}"])]
            arguments += [f"amount{place}"] if output.amount else []
        with self.emitter.within([]) as head:
            self.emitter.set("start", _at("offsets", "household"))
            self.emitter.set("end", _at("offsets", ast.BinOp(load("household"), ast.Add(), load("step"))))
            self.emitter.set("region", _at("regions", "household"))
        with self.emitter.within([]) as whole:
            self.emitter.set("zero", ast.BinOp(load("on"), ast.Sub(), load("on")))
            self.emitter.set("one", ast.BinOp(load("zero"), ast.Add(), ast.Constant(1)))
            self.emitter.set("step", call("place", 1))
            whole.append(loop("household", "first", "last", [*head, *body]))
        signature = ast.arguments([], [ast.arg(name) for name in arguments], None, [], [], None, [])
        return ast.FunctionDef(FUNCTION, signature, whole, [])


class _Turn:
    """What one member adds to a sum, count, any or all."""

    def __init__(self, lowering: Lowering, node: Members, total: str, missing: Atom) -> None:
        self.lowering, self.emitter, self.node = lowering, lowering.emitter, node
        self.total, self.missing = total, missing

    def emit(self) -> None:
        """Append the statements."""
        if self.node.operator in ("any", "all"):
            self._settle()
        else:
            self._add()

    def _add(self) -> None:
        node, item = self.node, None
        if node.item is not None:
            item = self.lowering.number(node.item)
            if item.scale is None:
                raise NotComputable("needs_rounding", node.item)
            size = max(abs(item.numerator.low), abs(item.numerator.high)) * MOST_MEMBERS
            if size > LARGEST:
                raise NotComputable("overflow", node, size)
            self.lowering.scales[node] = item.scale
        added = item.numerator.atom if item is not None else 1
        lacking = item.missing if item is not None else 0
        if node.picked is None:
            self._grow(load(added), load(lacking))
            return
        picked = self.lowering.truth(node.picked)
        # A member who may or may not count leaves the sum unknown for that reason alone.
        missing: ast.expr = ast.IfExp(load(picked.value), load(lacking), load("zero"))
        if picked.missing != 0:
            missing = ast.IfExp(compare("!=", picked.missing, 0), load(picked.missing), missing)
        self._grow(ast.IfExp(load(picked.value), load(added), load("zero")), missing)

    def _grow(self, added: ast.expr, lacking: ast.expr) -> None:
        self.emitter.set(self.total, ast.BinOp(load(self.total), ast.Add(), added))
        if isinstance(self.missing, str):
            self.emitter.set(self.missing, ast.BinOp(load(self.missing), ast.BitOr(), lacking))

    def _settle(self) -> None:
        """A known member settles: one that is so for `any`, one that is not for `all`."""
        node = self.node
        assert node.item is not None
        parts: tuple[Node, ...] = (node.item,)
        if node.picked is not None:
            turned = Opposite(node.type, node.text, node.picked)
            parts = (node.picked if node.operator == "any" else turned, node.item)
        operator = "and" if node.operator == "any" else "or"
        found = self.lowering.truth(
            parts[0] if len(parts) == 1 else Joined(node.type, node.text, operator, parts)
        )
        settles = load(found.value) if node.operator == "any" else ast.UnaryOp(ast.Not(), load(found.value))
        if found.missing != 0:
            settles = ast.BoolOp(ast.And(), [settles, compare("==", found.missing, 0)])
        self._grow(ast.IfExp(settles, load("one"), load("zero")), load(found.missing))


def _total(lowering: Lowering, node: Members, total: str, missing: Atom) -> Number | Truth:
    emitter = lowering.emitter
    if node.operator in ("any", "all"):
        settled = emitter.compare(">", total, 0)
        left = missing and emitter.assign(ast.IfExp(load(settled), load("zero"), load(missing)))
        value = load(settled) if node.operator == "any" else ast.UnaryOp(ast.Not(), load(settled))
        return Truth(emitter.assign(value), left)
    scale = lowering.scales.get(node, 1)
    whole = Integer(total, floor(node.type.low * scale), ceil(node.type.high * scale))
    return Number(whole, integer(scale), missing)


def _at(array: str, index: ast.expr | str) -> ast.expr:
    return ast.Subscript(load(array), load(index) if isinstance(index, str) else index, ast.Load())
