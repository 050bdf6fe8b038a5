"""The values of checked nodes in a plain Python function of one household, each told once.

Values are those of `reference`: exact, and unknown where a fact is not known. What is the same for all members is told
between the loops over them; a value of a member that a later loop needs is told there again.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from huimin.rules.book import PolicyBook
from huimin.rules.emitting import COMPARE, Atom, binary, both, call, either, item, load
from huimin.rules.outlining import Inside
from huimin.rules.questions import Question, of_person, of_policy
from huimin.rules.reference import Unknown, plain
from huimin.rules.steps import STEPS
from huimin.rules.tree import (
    CONDITION,
    Arithmetic,
    Between,
    Choice,
    Comparison,
    Constant,
    Due,
    Entitled,
    Extreme,
    Fact,
    Joined,
    Members,
    Node,
    Opposite,
    Parameter,
    Reference,
    Rounded,
    Scaled,
    Shifted,
    Today,
)

LACKS_DIVISION = Unknown(frozenset({"household.division"}))
TRUE, FALSE = "True", "False"


@dataclass(eq=False)
class Block:
    """Statements that run one after the other, and the names of the values they make."""

    statements: list[ast.stmt] = field(default_factory=list)
    made: dict[Any, Atom] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)


class Valuing:
    """Tells values of nodes in blocks: `heads[n]` runs before the loop `loops[n]` over the members.

    The loop in which a member's value can first be told is its level; a household's value of a level is told before
    that loop.
    """

    def __init__(self, book: PolicyBook, on: date, inside: Inside) -> None:
        self.book, self.on, self.inside = book, on, inside
        self.heads, self.loops = [Block()], [Block()]
        self.constants: dict[str, Any] = dict(STEPS)
        self.facts: dict[str, int] = {}
        self.parameters: dict[str, int] = {}
        # Nodes are kept with what is found of them, so that no other comes to stand at their place in memory.
        self.levels: dict[int, tuple[Any, int]] = {}
        self.shared: dict[Any, Atom] = {}
        self.told_at: dict[Atom, int] = {}
        self.count = 0

    def columns(self) -> tuple[str, ...]:
        """The facts of members that the loops read."""
        return tuple(dict.fromkeys(key for block in self.loops for key in block.columns))

    def level(self, what: Any) -> int:
        """The loop in which a member's value can first be told, or before which the household's is."""
        found = self.levels.get(id(what))
        if found is None:
            found = self.levels[id(what)] = what, self.level_of(what)
        return found[1]

    def level_of(self, what: Any) -> int:
        """The level of a node by those of its parts."""
        if isinstance(what, Members):
            return 1 + max(map(self.level, what.parts), default=0)
        if isinstance(what, Reference):
            return self.level(self.book.definitions[what.key].node)
        if isinstance(what, (Entitled, Due)):
            question = self._question(what)
            return max(map(self.level, question.nodes), default=0) if question else 0
        return max(map(self.level, what.parts), default=0)

    def block(self, level: int, turn: int | None) -> Block:
        """The block of a level, or the loop at hand."""
        while len(self.heads) <= max(level, turn or 0):
            self.heads.append(Block())
            self.loops.append(Block())
        return self.heads[level] if turn is None else self.loops[turn]

    def body(self) -> list[ast.stmt]:
        """The blocks one after the other, each loop with the facts it reads."""
        columns = {key: place for place, key in enumerate(self.columns())}
        body: list[ast.stmt] = []
        for head, each in zip(self.heads, self.loops, strict=True):
            body += head.statements
            if not each.statements:
                continue
            counted = ast.Assign(
                [ast.Name("number", ast.Store())], ast.BinOp(load("number"), ast.Add(), ast.Constant(1))
            )
            targets = [ast.Name(name, ast.Store()) for name in each.columns.values()]
            lists = [item("columns", columns[key]) for key in each.columns]
            body.append(ast.Assign([ast.Name("number", ast.Store())], ast.Constant(0)))
            body.append(_for(targets, lists, [counted, *each.statements]))
        return body

    def value(self, node: Node, turn: int | None = None) -> Atom:
        """The name of a node's value, told once: of the household, or of the member at hand in a loop."""
        turn = turn if node.of_person else None
        assert not node.of_person or turn is not None, "a member's value is told of a member"
        known = self.loops[turn].made if turn is not None else self.shared
        key = ("node", id(node))
        if key not in known:
            self.level(node)
            known[key] = VALUES[type(node)](self, node, turn)
        return known[key]

    def _once(self, turn: int | None, how: str, of: Sequence[Atom], made: Callable[[], ast.expr]) -> Atom:
        """The name of a value; what is computed of the same values in the same way is computed once."""
        known = self.loops[turn].made if turn is not None else self.shared
        key = (how, *of)
        if key not in known:
            level = max((self.told_at.get(each, 0) for each in of), default=0)
            known[key] = self.set(self.block(level, turn), made())
            if turn is None:
                self.told_at[known[key]] = level
        return known[key]

    def set(self, block: Block, value: ast.expr) -> str:
        """A new name for a value, told in a block."""
        self.count += 1
        name = f"v{self.count}"
        block.statements.append(ast.Assign([ast.Name(name, ast.Store())], value))
        return name

    def _step(self, turn: int | None, step: str, *of: Atom) -> Atom:
        return self._once(turn, step, of, lambda: call(step, *of))

    def constant(self, value: Any) -> str:
        """The name of what is the same whenever the function is called."""
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def slot(self, parameter: str) -> int:
        """The place of a parameter among those that the function is given."""
        return self.parameters.setdefault(parameter, len(self.parameters))

    def _given(self, parameter: str) -> Atom:
        return self.listed("parameters", self.slot(parameter))

    def listed(self, name: str, place: int) -> Atom:
        """The name of one of several values that the function is given together."""
        return self._once(None, name, (place,), lambda: item(name, place))

    def _written(self, node: Constant, turn: int | None) -> Atom:
        value = bool(node.value) if node.type.shape == "condition" else plain(node.value)
        if isinstance(value, int):
            return str(value) if isinstance(value, bool) else value
        key = ("constant", value)
        if key not in self.shared:
            self.shared[key] = self.constant(value)
        return self.shared[key]

    def _fact(self, node: Fact, turn: int | None) -> Atom:
        if turn is not None:
            columns = self.loops[turn].columns
            return columns.setdefault(node.key, f"p{turn}_{len(columns)}")
        return self.listed("facts", self.facts.setdefault(node.key, len(self.facts)))

    def _parameter(self, node: Parameter, turn: int | None) -> Atom:
        given = self._given(node.name)
        if not node.keys:
            return given
        place, stride = None, 1
        for key in reversed(node.keys):
            code = self.value(key, turn)
            code = code if stride == 1 else self._operation(turn, "*", code, stride)
            place = code if place is None else self._operation(turn, "+", code, place)
            stride *= len(key.type.values)
        assert place is not None
        return self._step(turn, "cell", given, place)

    def _operation(self, turn: int | None, operator: str, left: Atom, right: Atom) -> Atom:
        return self._once(turn, operator, (left, right), lambda: binary(operator, left, right))

    def _reference(self, node: Reference, turn: int | None) -> Atom:
        return self.value(self.book.definitions[node.key].node, turn)

    def _entitled(self, node: Entitled, turn: int | None) -> Atom:
        question = self._question(node)
        if question is None:
            return FALSE
        parts = [self.value(each, turn) for each in question.conditions]
        if self.inside(question.area) is None:
            parts.insert(0, self.constant(LACKS_DIVISION))
        found = self._joint(turn, "and", parts)
        if question.amount is None:
            return found
        # Entitled only where the amount is known too; a known refusal stays one.
        return self._step(turn, "with_amount", found, self.value(question.amount, turn))

    def _due(self, node: Due, turn: int | None) -> Atom:
        question = self._question(node)
        if question is None:
            return 0
        verdict = self.value(Entitled(CONDITION, "", node.policy, node.level), turn)
        if question.amount is None:
            return self._step(turn, "due", verdict, 0)
        amount = self.value(question.amount, turn)
        whole = self._step(turn, f"rounded_{question.rounding}", amount)
        return self._step(turn, "due", verdict, whole)

    def _today(self, node: Today, turn: int | None) -> Atom:
        return "on"

    def _arithmetic(self, node: Arithmetic, turn: int | None) -> Atom:
        left, right = self.value(node.left, turn), self.value(node.right, turn)
        if node.operator == "/":
            return self._step(turn, "divided", left, right)
        return self._operation(turn, node.operator, left, right)

    def _extreme(self, node: Extreme, turn: int | None) -> Atom:
        name = "least" if node.operator == "min" else "largest"
        return self._step(turn, name, *(self.value(each, turn) for each in node.items))

    def _scaled(self, node: Scaled, turn: int | None) -> Atom:
        return self._step(turn, node.operator, self._given(node.scale), self.value(node.item, turn))

    def _shifted(self, node: Shifted, turn: int | None) -> Atom:
        first, count = self.value(node.first, turn), self.value(node.count, turn)
        return self._step(turn, f"{node.measure}_after", first, count)

    def _rounded(self, node: Rounded, turn: int | None) -> Atom:
        return self._step(turn, f"rounded_{node.mode}", self.value(node.item, turn))

    def _between(self, node: Between, turn: int | None) -> Atom:
        first, last = self.value(node.first, turn), self.value(node.last, turn)
        return self._step(turn, f"{node.measure}_between", first, last)

    def _comparison(self, node: Comparison, turn: int | None) -> Atom:
        left, right = self.value(node.left, turn), self.value(node.right, turn)
        made = lambda: ast.Compare(load(left), [COMPARE[node.operator]()], [load(right)])  # noqa: E731
        return self._once(turn, node.operator, (left, right), made)

    def _joined(self, node: Joined, turn: int | None) -> Atom:
        return self._joint(turn, node.operator, [self.value(each, turn) for each in node.items])

    def _joint(self, turn: int | None, operator: str, parts: list[Atom]) -> Atom:
        """An `and` or `or`: a known part that settles the answer settles it."""
        parts = list(dict.fromkeys(parts))
        if len(parts) == 1:
            return parts[0]
        settling, other = (FALSE, TRUE) if operator == "and" else (TRUE, FALSE)

        def made() -> ast.expr:
            settled = either(*(_is(part, settling) for part in parts))
            known = both(*(_is(part, other) for part in parts))
            return ast.IfExp(settled, load(settling), ast.IfExp(known, load(other), call("lacking", *parts)))

        return self._once(turn, operator, parts, made)

    def _opposite(self, node: Opposite, turn: int | None) -> Atom:
        value = self.value(node.item, turn)

        def made() -> ast.expr:
            other = ast.IfExp(_is(value, FALSE), load(TRUE), load(value))
            return ast.IfExp(_is(value, TRUE), load(FALSE), other)

        return self._once(turn, "not", (value,), made)

    def _choice(self, node: Choice, turn: int | None) -> Atom:
        test, met, otherwise = (self.value(each, turn) for each in (node.condition, node.met, node.otherwise))
        return self._chosen(turn, test, met, otherwise)

    def _chosen(self, turn: int | None, test: Atom, met: Atom, otherwise: Atom) -> Atom:
        def made() -> ast.expr:
            other = ast.IfExp(_is(test, FALSE), load(otherwise), load(test))
            return ast.IfExp(_is(test, TRUE), load(met), other)

        return self._once(turn, "choice", (test, met, otherwise), made)

    def _members(self, node: Members, _turn: int | None) -> Atom:
        """A sum, count, any or all: every member adds to it in a loop."""
        turn = self.level(node) - 1
        self.block(turn, turn)
        adds = self._adds(node, turn)
        key = (node.operator, "members", turn, adds)
        if key not in self.shared:
            start: Atom = {"any": FALSE, "all": TRUE}.get(node.operator, 0)
            total = self.set(self.heads[turn], load(start))
            if node.operator in ("sum", "count"):
                grown = binary("+", total, adds)
            else:
                grown = call("any_of" if node.operator == "any" else "all_of", total, adds)
            self.loops[turn].statements.append(ast.Assign([ast.Name(total, ast.Store())], grown))
            self.shared[key], self.told_at[total] = total, turn + 1
        return self.shared[key]

    def _adds(self, node: Members, turn: int) -> Atom:
        """What one member adds: a number, or for any and all a condition."""
        whole = 1 if node.item is None else self.value(node.item, turn)
        if node.picked is None:
            return whole
        picked = self.value(node.picked, turn)
        if node.operator == "any":
            return self._joint(turn, "and", [picked, whole])
        if node.operator == "all":
            return self._joint(turn, "or", [self._chosen(turn, picked, FALSE, TRUE), whole])
        return self._chosen(turn, picked, whole, 0)

    def _question(self, node: Entitled | Due) -> Question | None:
        """The question that another policy answers; nothing where nobody is asked it."""
        if self.book.version(node.policy, self.on) is None:
            return None
        of = of_person if node.level == "person" else of_policy
        question = of(self.book, node.policy, self.on)
        return None if self.inside(question.area) is False else question


def _for(targets: list[ast.Name], lists: list[ast.expr], body: list[ast.stmt]) -> ast.stmt:
    if not targets:
        return ast.For(ast.Name("_", ast.Store()), call("range", "members"), body, [])
    if len(targets) == 1:
        return ast.For(targets[0], lists[0], body, [])
    zipped = ast.Call(load("zip"), lists, [])
    return ast.For(ast.Tuple([*targets], ast.Store()), zipped, body, [])


def _is(value: Atom, what: str) -> ast.expr:
    return ast.Compare(load(value), [ast.Is()], [load(what)])


VALUES: Mapping[type[Node], Callable[[Valuing, Any, int | None], Atom]] = {
    Constant: Valuing._written,
    Fact: Valuing._fact,
    Parameter: Valuing._parameter,
    Reference: Valuing._reference,
    Entitled: Valuing._entitled,
    Due: Valuing._due,
    Scaled: Valuing._scaled,
    Shifted: Valuing._shifted,
    Today: Valuing._today,
    Arithmetic: Valuing._arithmetic,
    Extreme: Valuing._extreme,
    Rounded: Valuing._rounded,
    Between: Valuing._between,
    Comparison: Valuing._comparison,
    Joined: Valuing._joined,
    Opposite: Valuing._opposite,
    Choice: Valuing._choice,
    Members: Valuing._members,
}
