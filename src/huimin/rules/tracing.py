"""Policies as one plain Python function of a household, which keeps every value that an explanation shows.

It is made from the checked nodes, once for all households that lie alike in all areas.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from huimin.rules.book import PolicyBook
from huimin.rules.emitting import Atom, load
from huimin.rules.executing import function
from huimin.rules.outlines import OfAnswer, OfMember, Outline, Shown, Turned
from huimin.rules.outlining import Inside, Outliner
from huimin.rules.reasons import Reason
from huimin.rules.rendering import fact_title
from huimin.rules.tree import CONDITION, Due, Entitled, Node, Opposite
from huimin.rules.valuing import Block, Valuing

FUNCTION = "told"


@dataclass(frozen=True, eq=False)
class Trace:
    """The function that tells what policies say of a household, and what it wants, in order.

    It is called as told(facts, columns, members, parameters, sources, on): the household's facts, for each fact of
    persons those of all members, how many members there are, each parameter's value and where it comes from, the day.
    For each policy it gives the verdict, what is due, the reasons, what the amount rests on, and what else is given.
    """

    told: Callable[..., list[tuple[Any, ...]]]
    answers: tuple[OfAnswer, ...]
    facts: tuple[str, ...]
    columns: tuple[str, ...]
    parameters: tuple[str, ...]


def trace(book: PolicyBook, names: tuple[str, ...], on: date, inside: Inside) -> Trace:
    """The function for some policies on a day, for households that lie in areas as `inside` says."""
    return _Tracer(book, on, inside).trace(names)


class _Tracer(Valuing):
    """Writes the function of some policies: their values, and the steps that hold them."""

    def __init__(self, book: PolicyBook, on: date, inside: Inside) -> None:
        super().__init__(book, on, inside)
        self.outliner = Outliner(book, on, inside)
        self.constants |= {"Reason": Reason, "titled": lambda key: fact_title(key, book)}

    def trace(self, names: tuple[str, ...]) -> Trace:
        """The finished function."""
        answers = tuple(map(self.outliner.answer, names))
        told = [self._answer(each) for each in answers]
        body = [*self.body(), ast.Return(ast.List(told, ast.Load()))]
        arguments = [ast.arg(name) for name in ("facts", "columns", "members", "parameters", "sources", "on")]
        signature = ast.arguments([], arguments, None, [], [], None, [])
        made = function(ast.FunctionDef(FUNCTION, signature, body, []), self.constants)
        # Every member's facts are shown, whether or not a value rests on them here.
        shown = [key for each in answers for key in each.policy.facts if key.startswith("person.")]
        columns = tuple(dict.fromkeys([*self.columns(), *shown]))
        return Trace(made, answers, tuple(self.facts), columns, tuple(self.parameters))

    def _answer(self, answer: OfAnswer) -> ast.expr:
        policy = answer.policy
        verdict = self.value(Entitled(CONDITION, "", policy.name))
        due = self.value(Due(CONDITION, "", policy.name))
        if answer.each is not None:
            reasons: ast.expr = load(self._of_each(answer.each))
        else:
            reasons = _tuple([load(self.reason(each)) for each in answer.conditions])
        amount, gives = (
            _tuple(list(map(self._shown, shown, [None] * len(shown))))
            for shown in (answer.amount, answer.gives)
        )
        return _tuple([load(verdict), load(due), reasons, amount, gives])

    def reason(self, outline: Outline, turn: int | None = None) -> Atom:
        """A step told of the household, or of the member at hand in a loop."""
        turn = turn if self._of_member(outline) else None
        block = self.block(self.level(outline), turn)
        cache = block.made if turn is not None else self.shared
        if outline not in cache:
            cache[outline] = self._reason(outline, turn, block)
        return cache[outline]

    def _reason(self, outline: Outline, turn: int | None, block: Block) -> Atom:
        value = self._turned(outline.node, outline.turned, turn)
        held = [load(self._held(each, turn)) for each in outline.held]
        if isinstance(outline, OfMember):
            held = [load("number")]
        shown = [self._shown(each, turn) for each in outline.shown]
        if outline.each is not None:
            children: ast.expr = load(self._of_each(outline.each))
        else:
            children = _tuple([load(self.reason(each, turn)) for each in outline.children])
        made = ast.Call(
            load("Reason"),
            [
                load(self.constant(outline)),
                load("titled"),
                load(value),
                _tuple(held),
                _tuple(shown),
                children,
            ],
            [],
        )
        return self.set(block, made)

    def _of_each(self, outline: Outline) -> Atom:
        """The step told of every member in turn."""
        key = ("each", outline)
        if key not in self.shared:
            turn = self.level(outline)
            every = self.set(self.block(turn, None), ast.List([], ast.Load()))
            one = self.reason(outline, turn)
            add = ast.Call(ast.Attribute(load(every), "append", ast.Load()), [load(one)], [])
            self.loops[turn].statements.append(ast.Expr(add))
            head = self.block(turn + 1, None)
            self.shared[key] = self.set(head, ast.Call(load("tuple"), [load(every)], []))
        return self.shared[key]

    def _held(self, each: Node | Turned, turn: int | None) -> Atom:
        return (
            self._turned(each.node, each.turned, turn) if isinstance(each, Turned) else self.value(each, turn)
        )

    def _turned(self, node: Node, turned: bool, turn: int | None) -> Atom:
        return self.value(Opposite(CONDITION, "", node) if turned else node, turn)

    def _shown(self, shown: Shown, turn: int | None) -> ast.expr:
        value = load(self.value(shown.node, turn))
        if not shown.parameter:
            return value
        return _tuple([value, load(self.listed("sources", self.slot(shown.parameter)))])

    def level_of(self, what: Any) -> int:
        """The level of a node, or of a step by those of what it holds and what is below."""
        if isinstance(what, Turned):
            return self.level(what.node)
        if not isinstance(what, Outline):
            return super().level_of(what)
        parts = [what.node, *what.held, *(each.node for each in what.shown), *what.children]
        return max(*map(self.level, parts), self.level(what.each) + 1 if what.each else 0)

    def _of_member(self, outline: Outline) -> bool:
        nodes = [outline.node, *outline.held, *(each.node for each in outline.shown)]
        own = (each.node if isinstance(each, Turned) else each for each in nodes)
        return any(each.of_person for each in own) or any(map(self._of_member, outline.children))


def _tuple(items: list[ast.expr]) -> ast.expr:
    return ast.Tuple(items, ast.Load())
