"""Questions into one function over all households: the program that the kernel runs."""

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from huimin.rules.book import PolicyBook
from huimin.rules.emitting import Atom, Emitter, Integer, binary, call, compare, load, loop, put
from huimin.rules.errors import PolicyError
from huimin.rules.lowered import Names, NotComputable, Truth
from huimin.rules.lowering import Lowering
from huimin.rules.places import NATIONWIDE, Area
from huimin.rules.population import narrowest
from huimin.rules.questions import MOST_FACTS, Asked, Level, Question, of_policies, of_values
from huimin.rules.resting import Resting
from huimin.rules.summing import Turn, total
from huimin.rules.tree import Members, Node

FUNCTION = "kernel"
# So many households at a time: their members' running sums stay in the processor's nearest memory.
BLOCK = 512
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

    It is called as kernel(first, last, offsets, regions, parameters, parameters_known, on, ages, youngest,
    for each fact: values, known, stride; for each question: status, missing, and amount where there is one).
    A `certain` one is for households of which every fact is known and whose parameters are those of the first one's
    region: it is told only the values, and says nothing of what is missing.
    """

    function: ast.FunctionDef
    facts: tuple[str, ...]
    outputs: tuple[Output, ...]
    certain: bool

    def missing(self, bits: int) -> list[str]:
        """The names of the facts that a missing-word stands for."""
        return self.spelled(np.array([bits], dtype=np.int64))[0].to_list()

    def spelled(self, words: np.ndarray) -> tuple[pl.Series, np.ndarray]:
        """The names of the missing facts of many missing-words one after the other, and where each word's begin and the last's end."""
        names = pl.Series(["household.division", *self.facts])
        rows, places = np.nonzero(words[:, np.newaxis] >> np.arange(len(names)) & 1)
        return names.gather(places.astype(np.uint32)), np.searchsorted(rows, np.arange(len(words) + 1))


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
        # What is the same for all households of a portion is computed once, before them.
        self.head: list[ast.stmt] = []
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
        they rest on each other; last the members to whom a household's answer matters. A certain program goes
        straight through the members of many households before that, for what rests on nothing of a household.
        """
        persons = [question for question in self.asked.questions if question.level == "person"]
        if not self.certain:
            return self._program([self._each("first", "last", self._of_households({}, persons))])
        alone = [question for question in persons if not self.resting.on_household(question.nodes)]
        loops, running = self._straight(alone)
        body = self._of_households(running, [each for each in persons if each not in alone])
        return self._program(self._blocks(loops, body))

    def _of_households(self, running: dict[Members, str], persons: list[Question]) -> list[ast.stmt]:
        """What is done for one household."""
        questions = self.asked.questions
        with self.emitter.within([]) as body:
            for node, name in running.items():
                self.lowering.known[node] = total(self.lowering, node, self._grown(name), 0)
            early = [each for each in persons if not self.resting.waits(each)]
            self._loops(questions, early, before_answers=True)
            for question in questions:
                if question.level == "household":
                    self._loops([question], [])
                    with self._named(question):
                        self._household(question)
            self._loops(persons, [each for each in persons if self.resting.waits(each)])
        return body

    def _straight(self, persons: list[Question]) -> tuple[list[ast.stmt], dict[Members, str]]:
        """Loops through the members of many households, and the sums that they make, as arrays that run on.

        Here is all that rests on nothing of a member's household. Every question has a loop of its own: one that
        touches few arrays is what the compiler can do for several members at once. A household's sum is what the
        running one grew by from its first member to its last.
        """
        sums = {
            node: question
            for question in self.asked.questions
            for node in self.resting.stages(question)[1]
            if not self.resting.on_household(node.parts)
        }
        running = {node: self.emitter.fresh("c") for node in sums}
        with self.emitter.within([]) as loops:
            for question in persons:
                body = self._turns({}, {}, [question], self.head)
                loops.append(loop("person", "origin", "beyond", body))
            for node, name in running.items():
                self._items(node, sums[node], name)
            self._run_on(list(running.values()))
        return loops, running

    def _items(self, node: Members, question: Question, name: str) -> None:
        """What each member adds to a sum, in the places that follow theirs."""
        self.emitter.set(name, call("running", "members"))
        with self.emitter.within([]) as body:
            one = self._start()
            following = self._following("person", "origin")
        body += self._turns({node: one}, {node: question}, [], self.head)
        body.append(put(name, following, load(one[0])))
        self.emitter.block.append(loop("person", "origin", "beyond", body))

    def _run_on(self, names: list[str]) -> None:
        """Each member's share added to those of all before."""
        totals = [self._start()[0] for _ in names]
        with self.emitter.within([]) as body:
            for name, sum_of in zip(names, totals, strict=True):
                self.emitter.set(sum_of, ast.BinOp(load(sum_of), ast.Add(), _at(name, "turn")))
                body.append(put(name, "turn", load(sum_of)))
        self.emitter.block.append(loop("turn", "step", self._following("members"), body))

    def _following(self, place: str, origin: str | None = None) -> str:
        """The place after one, counted from an origin."""
        found = load(place) if origin is None else ast.BinOp(load(place), ast.Sub(), load(origin))
        return self.emitter.assign(ast.BinOp(found, ast.Add(), load("step")))

    def _grown(self, running: str) -> str:
        """What a running sum grew by from a household's first member to its last."""
        ends = [ast.BinOp(load(end), ast.Sub(), load("origin")) for end in ("end", "start")]
        return self.emitter.assign(ast.BinOp(_at(running, ends[0]), ast.Sub(), _at(running, ends[1])))

    def _household(self, question: Question) -> None:
        verdict, amount = self.lowering.verdict(question)
        self._write(question, verdict, "household", amount)
        self.lowering.verdicts[question.name] = verdict
        self.lowering.amounts[question.name] = amount

    def _write(self, question: Question, verdict: Truth, index: str, amount: Integer | None) -> None:
        if question.name not in self.asked.answered:
            return
        place = len(self.outputs)
        unknown = ast.IfExp(load(verdict.value), ast.Constant(MET), ast.Constant(NOT_MET))
        if verdict.missing != 0:
            unknown = ast.IfExp(compare("!=", verdict.missing, 0), ast.Constant(UNKNOWN), unknown)
        self.emitter.block.append(put(f"status{place}", index, unknown))
        if not self.certain:
            self.emitter.block.append(put(f"missing{place}", index, load(verdict.missing)))
        if amount is not None:
            due = ast.IfExp(load(verdict.value), load(amount.atom), ast.Constant(0))
            self.emitter.block.append(put(f"amount{place}", index, due))
        kind = "" if amount is None else np.dtype(narrowest(min(amount.low, 0), max(amount.high, 0))).name
        self.outputs.append(Output(question.name, question.level, kind))

    def _loops(
        self, questions: Iterable[Question], persons: Iterable[Question], *, before_answers: bool = False
    ) -> None:
        """All sums over members that questions rest on, and questions of persons, in as few loops as they allow."""
        sums: dict[Members, tuple[int, Question]] = {}
        for question in questions:
            for node, stage in self.resting.stages(question)[1].items():
                if node not in self.lowering.known and not (before_answers and self.resting.on_answers(node)):
                    sums.setdefault(node, (stage, question))
        asked = [(self.resting.stages(question)[0] + 1, question) for question in persons]
        for turn in sorted({stage for stage, _ in (*sums.values(), *asked)}):
            self._loop(
                {node: question for node, (stage, question) in sums.items() if stage == turn},
                [question for stage, question in asked if stage == turn],
            )

    def _loop(self, sums: dict[Members, Question], persons: list[Question]) -> None:
        """A loop over the members of the household at hand."""
        totals = {node: self._start() for node in sums}
        body = self._turns(totals, sums, persons, self.emitter.block)
        self.emitter.block.append(loop("person", "start", "end", body))
        for node in sums:
            self.lowering.known[node] = total(self.lowering, node, *totals[node])

    def _turns(
        self,
        totals: dict[Members, tuple[str, Atom]],
        sums: dict[Members, Question],
        persons: list[Question],
        outer: list[ast.stmt],
    ) -> list[ast.stmt]:
        """What is done for one member; what is the same for all of them is done in the outer block, before."""
        self.lowering.outer_block, self.lowering.inner = outer, {}
        with self.emitter.within([]) as body:
            for node, question in sums.items():
                with self._named(question):
                    Turn(self.lowering, node, *totals[node]).emit()
            for question in persons:
                with self._named(question):
                    verdict, amount = self.lowering.verdict(question)
                    self._write(question, verdict, "person", amount)
        self.lowering.inner = None
        return body

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

    def _program(self, statements: list[ast.stmt]) -> Program:
        arguments = [
            "first",
            "last",
            "offsets",
            "regions",
            "parameters",
            "parameters_known",
            "on",
            "ages",
            "youngest",
        ]
        for place in range(1, len(self.facts) + 1):
            arguments += [f"f{place}", *([] if self.certain else [f"k{place}", f"s{place}"])]
        for place, output in enumerate(self.outputs):
            arguments += [f"status{place}", *([] if self.certain else [f"missing{place}"])]
            arguments += [f"amount{place}"] if output.amount else []
        with self.emitter.within([]) as whole:
            self.emitter.set("zero", ast.BinOp(load("on"), ast.Sub(), load("on")))
            self.emitter.set("one", ast.BinOp(load("zero"), ast.Add(), ast.Constant(1)))
            self.emitter.set("step", call("place", 1))
        signature = ast.arguments([], [ast.arg(name) for name in arguments], None, [], [], None, [])
        function = ast.FunctionDef(FUNCTION, signature, [*whole, *statements], [])
        return Program(function, self.facts, tuple(self.outputs), self.certain)

    def _each(self, first: str, last: str, body: list[ast.stmt]) -> ast.stmt:
        """A loop over households, with where their members begin and end."""
        with self.emitter.within([]) as head:
            self.emitter.set("start", _at("offsets", "household"))
            self.emitter.set("end", _at("offsets", ast.BinOp(load("household"), ast.Add(), load("step"))))
            if not self.certain:
                self.emitter.set("region", _at("regions", "household"))
        return loop("household", first, last, [*head, *body])

    def _blocks(self, loops: list[ast.stmt], body: list[ast.stmt]) -> list[ast.stmt]:
        """Households a block at a time: what the loops through their members touch is still near for them."""
        emitter = self.emitter
        with emitter.within([]) as before:
            emitter.set("region", _at("regions", "first"))
            emitter.set("width", call("place", BLOCK))
        with emitter.within([]) as block:
            past = ast.BinOp(load("block"), ast.Add(), load("width"))
            emitter.set("past", ast.Call(load("min"), [past, load("last")], []))
            emitter.set("origin", _at("offsets", "block"))
            emitter.set("beyond", _at("offsets", "past"))
            emitter.set("members", binary("-", "beyond", "origin"))
        block += [*loops, self._each("block", "past", body)]
        return [*before, *self.head, loop("block", "first", "last", block, "width")]


def _at(array: str, index: ast.expr | str) -> ast.expr:
    return ast.Subscript(load(array), load(index) if isinstance(index, str) else index, ast.Load())
