"""Questions into one function over all households: the program that the kernel runs."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor

from huimin.rules.book import PolicyBook
from huimin.rules.checking import MOST_MEMBERS
from huimin.rules.emitting import Emitter, Integer, TooLarge, compare, integer, load, loop, put
from huimin.rules.errors import PolicyError
from huimin.rules.lowered import Names, NotComputable, Number, Truth
from huimin.rules.lowering import Lowering
from huimin.rules.parameters import NATION
from huimin.rules.questions import MOST_FACTS, Asked, Question, of_policies, of_values
from huimin.rules.tree import Due, Entitled, Joined, Members, Node, Opposite, Reference

FUNCTION = "kernel"
NOT_MET, MET, UNKNOWN = 0, 1, 2


@dataclass(frozen=True)
class Program:
    """One function for many questions, and the arrays it wants, in order.

    It is called as kernel(first, last, offsets, regions, parameters, parameters_known, on,
    for each fact: values, known, stride; for each question: status, missing, and amount where there is one).
    Of the parameters, `places` says in which divisions each is needed, and `divisions` which column says whether a
    household's region lies inside a division.
    """

    function: ast.FunctionDef
    facts: tuple[str, ...]
    parameters: tuple[str, ...]
    slots: dict[str, int]
    width: int
    places: dict[str, tuple[str, ...]]
    divisions: dict[str, int]
    outputs: tuple[tuple[str, str, bool], ...]

    def missing(self, bits: int) -> list[str]:
        """The names of the facts that a missing-word stands for."""
        names = ["household.division"] if bits & 1 else []
        return names + [fact for place, fact in enumerate(self.facts, start=1) if bits >> place & 1]


def program(asked: Asked) -> Program:
    """The function that answers the questions for a run of households."""
    return _Builder(asked).program()


def check(book: PolicyBook) -> None:
    """Make sure that every policy of a book can be computed exactly, whatever the facts are."""
    for policy in book.policies:
        program(of_policies(book, [policy.name], policy.started_on))
        if policy.gives:
            program(of_values(book, policy.gives, policy.started_on))


class _Builder:
    """Builds the function of one program."""

    def __init__(self, asked: Asked) -> None:
        self.asked, self.book = asked, asked.book
        self.facts, self.parameters = asked.facts, asked.parameters
        places = {question.division for question in (*asked.questions, *asked.persons.values())}
        if len(self.facts) > MOST_FACTS - 1:
            name = ", ".join(asked.answered)
            raise PolicyError("too_many_facts", name, size=len(self.facts), limit=MOST_FACTS - 1)
        self.slots: dict[str, int] = {}
        self.width = 0
        for name in self.parameters:
            self.slots[name] = self.width
            self.width += len(self.book.parameters[name].cells)
        self.divisions: dict[str, int] = {}
        for division in sorted(places - {NATION}):
            self.divisions[division] = self.width
            self.width += 1
        self.emitter = Emitter()
        self.lowering = Lowering(self.emitter, self._names(), self.book.definitions, asked.persons)
        self.outputs: list[tuple[str, str, bool]] = []

    def _names(self) -> Names:
        facts = {key: (f"f{n}", f"k{n}", f"s{n}", 1 << n) for n, key in enumerate(self.facts, start=1)}
        scales = {name: 10 ** self.book.parameters[name].decimals for name in self.parameters}
        declared = {name: self.book.parameters[name] for name in self.parameters}
        thresholds = {name: each.thresholds for name, each in declared.items() if each.thresholds}
        rates = {name: each.type for name, each in declared.items()}
        return Names(facts, self.slots, scales, thresholds, rates, self.divisions)

    def program(self) -> Program:
        """The finished program."""
        body: list[ast.stmt] = []
        with self.emitter.within(body):
            self.lowering.outer_block = body
            for question in self.asked.questions:
                try:
                    self._question(question)
                except NotComputable as error:
                    raise self._named(error, question) from None
        return Program(
            self._function(body),
            self.facts,
            self.parameters,
            dict(self.slots),
            self.width,
            self.asked.places,
            dict(self.divisions),
            tuple(self.outputs),
        )

    def _question(self, question: Question) -> None:
        self._sum_members(question.nodes)
        if question.level == "household":
            self._household(question)
        else:
            self._person(question)

    def _household(self, question: Question) -> None:
        verdict, amount = self.lowering.verdict(question)
        self._write(question, verdict, "household", amount)
        self.lowering.verdicts[question.name] = verdict
        self.lowering.amounts[question.name] = amount

    def _person(self, question: Question) -> None:
        body: list[ast.stmt] = []
        self._inside(body)
        with self.emitter.within(body):
            verdict, amount = self.lowering.verdict(question)
            self._write(question, verdict, "person", amount)
        self._outside(body)

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
        self.outputs.append((question.name, question.level, amount is not None))

    def _sum_members(self, nodes: Iterable[Node]) -> None:
        """All sums over members that some values rest on, in as few loops as they allow."""
        stages: dict[Members, int] = {}
        for node in nodes:
            self._stage(node, stages, {})
        waiting = [node for node in stages if node not in self.lowering.known]
        ordered = sorted(waiting, key=lambda node: stages[node])
        for _, group in groupby(ordered, key=lambda node: stages[node]):
            self._loop(list(group))

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

    def _loop(self, group: list[Members]) -> None:
        body: list[ast.stmt] = []
        self._inside(body)
        totals = {node: self._start(node) for node in group}
        with self.emitter.within(body):
            for node in group:
                try:
                    _Turn(self.lowering, node, *totals[node]).emit()
                except TooLarge as error:
                    raise NotComputable("overflow", node, error.size) from None
        self._outside(body)
        for node in group:
            self.lowering.known[node] = _total(self.lowering, node, *totals[node])

    def _start(self, node: Members) -> tuple[str, str]:
        total, missing = self.emitter.fresh("t"), self.emitter.fresh("m")
        # `any` starts from no, `all` from yes; both remember whether a known member has settled the answer.
        self.emitter.set(total, load("zero"))
        self.emitter.set(missing, load("zero"))
        return total, missing

    def _named(self, error: NotComputable, question: Question) -> PolicyError:
        place = error.definition
        if place is None and question.name in self.book.names:
            versions = [policy for policy in self.book.policies if policy.name == question.name]
            parts = [
                part
                for policy in versions
                for part in (*policy.conditions, policy.amount)
                if part is not None
            ]
            place = next((part for part in parts if error.node in (part.node, *part.node.parts)), None)
        file, line = (place.file, place.line) if place is not None else ("", 0)
        return PolicyError(error.code, error.node.text, file=file, line=line, size=error.size)

    def _function(self, body: list[ast.stmt]) -> ast.FunctionDef:
        arguments = ["first", "last", "offsets", "regions", "parameters", "parameters_known", "on", "ages"]
        for place in range(1, len(self.facts) + 1):
            arguments += [f"f{place}", f"k{place}", f"s{place}"]
        for place, (_, _, has_amount) in enumerate(self.outputs):
            arguments += [f"status{place}", f"missing{place}", *([f"amount{place}"] if has_amount else [])]
        with self.emitter.within([]) as head:
            self.emitter.set("start", _at("offsets", "household"))
            self.emitter.set("end", _at("offsets", ast.BinOp(load("household"), ast.Add(), ast.Constant(1))))
            self.emitter.set("region", _at("regions", "household"))
        with self.emitter.within([]) as whole:
            self.emitter.set("zero", ast.BinOp(load("on"), ast.Sub(), load("on")))
            self.emitter.set("one", ast.BinOp(load("zero"), ast.Add(), ast.Constant(1)))
            whole.append(loop("household", "first", "last", [*head, *body]))
        signature = ast.arguments([], [ast.arg(name) for name in arguments], None, [], [], None, [])
        return ast.FunctionDef(FUNCTION, signature, whole, [])


class _Turn:
    """What one member adds to a sum, count, any or all."""

    def __init__(self, lowering: Lowering, node: Members, total: str, missing: str) -> None:
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
            if max(abs(item.numerator.low), abs(item.numerator.high)) * MOST_MEMBERS >= 2**63:
                raise TooLarge(max(abs(item.numerator.low), abs(item.numerator.high)) * MOST_MEMBERS)
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


def _total(lowering: Lowering, node: Members, total: str, missing: str) -> Number | Truth:
    emitter = lowering.emitter
    if node.operator in ("any", "all"):
        settled = emitter.compare(">", total, 0)
        left = emitter.assign(ast.IfExp(load(settled), load("zero"), load(missing)))
        value = load(settled) if node.operator == "any" else ast.UnaryOp(ast.Not(), load(settled))
        return Truth(emitter.assign(value), left)
    scale = lowering.scales.get(node, 1)
    whole = Integer(total, floor(node.type.low * scale), ceil(node.type.high * scale))
    return Number(whole, integer(scale), missing)


def _at(array: str, index: ast.expr | str) -> ast.expr:
    return ast.Subscript(load(array), load(index) if isinstance(index, str) else index, ast.Load())
