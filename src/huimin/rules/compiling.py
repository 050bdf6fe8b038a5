"""Questions into one function over all households: the program that the kernel runs."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from huimin.rules.book import PolicyBook
from huimin.rules.emitting import Emitter, Integer, call, compare, load
from huimin.rules.errors import PolicyError
from huimin.rules.lowered import Names, NotComputable, Truth
from huimin.rules.lowering import Lowering
from huimin.rules.places import NATIONWIDE, Area
from huimin.rules.population import narrowest
from huimin.rules.questions import MOST_FACTS, Asked, Level, Question, of_policies, of_values
from huimin.rules.resting import Resting
from huimin.rules.room import Room
from huimin.rules.summing import added
from huimin.rules.tree import Due, Entitled, Members, Node, walk

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

    It is called as kernel(first, last, region, room, hall, offsets, parameters, parameters_known, on, ages, youngest,
    for each fact: values, known; for each question: status, missing, and amount where there is one), for households
    of one region of parameters. A `certain` one is for households of which every fact is known: it is told only the
    values, and says nothing of what is missing.
    """

    function: ast.FunctionDef
    facts: tuple[str, ...]
    outputs: tuple[Output, ...]
    certain: bool
    # How many parameters a region has, and how many numbers of a block's members and households are kept meanwhile.
    width: int
    room: int
    hall: int

    def rooms(self) -> tuple[np.ndarray, np.ndarray]:
        """Where a run of the function keeps what is known of the members and households of a block."""
        return np.empty(self.room, dtype=np.int64), np.empty(self.hall, dtype=np.int64)

    @property
    def names(self) -> tuple[str, ...]:
        """What the bits of a missing-word stand for, the lowest first."""
        return "household.division", *self.facts


def program(asked: Asked, *, certain: bool = False) -> Program:
    """The function that answers the questions for a run of households; a certain one where all facts are known, and alike the parameters."""
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
        self.resting = Resting(asked)
        self.emitter = Emitter()
        self.lowering = Lowering(
            self.emitter, self._names(), self.book.definitions, asked.persons, self.resting
        )
        self.room = Room(self.emitter, self.lowering)
        self.outputs: list[Output] = []
        self.used = {name for node in asked.nodes for name in _asked_after(node)}

    def _names(self) -> Names:
        facts = {key: (f"f{n}", f"k{n}", 1 << n) for n, key in enumerate(self.facts, start=1)}
        declared = {name: self.book.parameters[name] for name in self.layout.slots}
        scales = {name: 10**each.decimals for name, each in declared.items()}
        thresholds = {name: each.thresholds for name, each in declared.items() if each.thresholds}
        rates = {name: each.type for name, each in declared.items()}
        return Names(facts, self.layout.slots, scales, thresholds, rates, self.layout.areas, self.certain)

    def program(self) -> Program:
        """The finished program: block by block, turn by turn, members and then households.

        Every sum over members, and every question, has a loop of its own over the whole block: one that touches few
        arrays is what the compiler can do for several members or households at once.
        """
        sums = {
            node: question for question in self.asked.questions for node in self.resting.sums(question.nodes)
        }
        turn_of_sum = {node: self.resting.turn_of_sum(node) for node in sums}
        turn_of = {question.name: self.resting.turn(question) for question in self.asked.questions}
        with self.emitter.within([]) as passes:
            for turn in sorted({*turn_of_sum.values(), *turn_of.values()}):
                due = [question for question in self.asked.questions if turn_of[question.name] == turn]
                self._members(
                    {node: sums[node] for node in sums if turn_of_sum[node] == turn},
                    [question for question in due if question.level == "person"],
                )
                for question in due:
                    if question.level == "household":
                        self._household(question)
        return self._program(passes)

    def _members(self, sums: dict[Members, Question], persons: list[Question]) -> None:
        """Loops over members: for each sum what every member adds, for each question of persons the answer."""
        made = []
        together: dict[Node | None, list[Members]] = {}
        for node in sums:
            together.setdefault(node.picked or node.item, []).append(node)
        for nodes in together.values():
            with self.room.through_members():
                for node in nodes:
                    with self._named(sums[node]):
                        made.append(self.room.items(node, *added(self.lowering, node)))
        for question in persons:
            with self.room.through_members(), self._named(question):
                verdict, amount = self.lowering.verdict(question)
                self._answer(question, verdict, amount)
        if made:
            self.room.sum_up(made)

    def _household(self, question: Question) -> None:
        with self.room.through_households(), self._named(question):
            verdict, amount = self.lowering.verdict(question)
            self._answer(question, verdict, amount)
            if question.name in self.used:
                self.lowering.told[question.name] = self.room.keep(verdict, amount)

    def _answer(self, question: Question, verdict: Truth, amount: Integer | None) -> None:
        """What is written about a question that is asked for itself."""
        if question.name not in self.asked.answered:
            return
        place, index = len(self.outputs), question.level
        unknown = ast.IfExp(load(verdict.value), ast.Constant(MET), ast.Constant(NOT_MET))
        if verdict.missing != 0:
            unknown = ast.IfExp(compare("!=", verdict.missing, 0), ast.Constant(UNKNOWN), unknown)
        self.room.write(f"status{place}", index, unknown)
        if not self.certain:
            self.room.write(f"missing{place}", index, load(verdict.missing))
        if amount is not None:
            due = ast.IfExp(load(verdict.value), load(amount.atom), ast.Constant(0))
            self.room.write(f"amount{place}", index, due)
        kind = "" if amount is None else np.dtype(narrowest(min(amount.low, 0), max(amount.high, 0))).name
        self.outputs.append(Output(question.name, question.level, kind))

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

    def _program(self, passes: list[ast.stmt]) -> Program:
        arguments = [
            "first", "last", "region", "room", "hall", "offsets", "parameters", "parameters_known", "on", "ages", "youngest",
        ]  # fmt: skip
        for place in range(1, len(self.facts) + 1):
            arguments += [f"f{place}", *([] if self.certain else [f"k{place}"])]
        for place, output in enumerate(self.outputs):
            arguments += [f"status{place}", *([] if self.certain else [f"missing{place}"])]
            arguments += [f"amount{place}"] if output.amount else []
        with self.emitter.within([]) as whole:
            self.emitter.set("zero", ast.BinOp(load("on"), ast.Sub(), load("on")))
            self.emitter.set("one", ast.BinOp(load("zero"), ast.Add(), ast.Constant(1)))
            self.emitter.set("nought", call("place", 0))
            self.emitter.set("step", call("place", 1))
        whole += [*self.lowering.head, *self.room.blocks(passes)]
        signature = ast.arguments([], [ast.arg(name) for name in arguments], None, [], [], None, [])
        function = ast.FunctionDef(FUNCTION, signature, whole, [])
        outputs = tuple(self.outputs)
        return Program(function, self.facts, outputs, self.certain, self.layout.width, **self.room.sizes)


def _asked_after(node: Node) -> Iterator[str]:
    """The policies whose answers to a household a value rests on."""
    return (
        each.policy for each in walk(node) if isinstance(each, (Entitled, Due)) and each.level == "household"
    )
