"""The room of a block of households: what one loop leaves there the next ones find, while it is still near.

A block is so many households that what is kept of them and their members stays in the processor's near memory. Each
shelf holds a number for every member of the block ("room") or for every household ("hall"). The shelves of each are
parts of one array, at written distances from each other, so that the compiler sees that what is written on one changes
no other.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce

from huimin.rules.checking import MOST_MEMBERS
from huimin.rules.emitting import Atom, Emitter, Integer, binary, call, compare, load, loop, put
from huimin.rules.lowered import Lowered, Told, Truth
from huimin.rules.lowering import Lowering
from huimin.rules.summing import total
from huimin.rules.tree import Members

# So many households, and so many members, a block at most.
BLOCK = 256
CROWD = max(1024, MOST_MEMBERS)
# Shelves begin this much further from each other than they are long: places that lie a large power of two apart share
# the few lines of near memory.
BETWEEN = 24
# Households of up to so many members are added up without a loop, whose end would be guessed wrong half the time.
SMALL = 4
# In larger ones so many sums are made in one loop: as many as the processor can hold at hand.
AT_ONCE = 6


@dataclass(frozen=True)
class Shelf:
    """A shelf: in which array, and the name of where it begins."""

    array: str
    begins: str

    def at(self, place: Atom) -> ast.expr:
        """What is at a place on it."""
        return _at(self.array, binary("+", self.begins, place))

    def put(self, place: Atom, value: ast.expr) -> ast.stmt:
        """The statement that puts something on it."""
        index = binary("+", self.begins, place)
        return ast.Assign([ast.Subscript(load(self.array), index, ast.Store())], value)


@dataclass(frozen=True)
class Items:
    """The shelves that hold what every member adds to a sum, and what is missing of it where anything may be."""

    node: Members
    value: Shelf
    missing: Shelf | None


class Room:
    """Hands out shelves, and makes the loops over the members and households of a block."""

    def __init__(self, emitter: Emitter, lowering: Lowering) -> None:
        self._emitter, self._lowering = emitter, lowering
        self.sizes = {"room": 0, "hall": 0}
        self._homes: Shelf | None = None
        # What the members at hand lack, where it is on a shelf already.
        self._lacking: dict[str, Shelf] = {}
        # Where the household of the pass at hand is in the block.
        self._home: Callable[[], Atom] = lambda: "turn"

    def _shelf(self, place: str, size: int) -> "Shelf":
        """A new shelf."""
        name = self._emitter.fresh("b")
        with self._emitter.within(self._lowering.head):
            self._emitter.set(name, call("place", self.sizes[place]))
        self.sizes[place] += size + BETWEEN
        return Shelf(place, name)

    # Passes

    @contextmanager
    def through_members(self) -> Iterator[None]:
        """What is done for one member, as a loop over all of the block."""
        known: dict[str, str] = {}

        def home() -> str:
            if not known:
                self._homes = self._homes or self._shelf("room", CROWD)
                known["home"] = self._emitter.assign(self._homes.at("turn"))
            return known["home"]

        def household() -> str:
            if "household" not in known:
                known["household"] = self._emitter.assign(binary("+", "block", home()))
            return known["household"]

        with self._pass(home, household) as body:
            self._emitter.set("person", binary("+", "origin", "turn"))
            yield
        self._emitter.block.append(loop("turn", "nought", "members", body))

    @contextmanager
    def through_households(self) -> Iterator[None]:
        """What is done for one household, as a loop over all of the block."""
        with self._pass(lambda: "turn", lambda: "household") as body:
            self._emitter.set("household", binary("+", "block", "turn"))
            yield
        self._emitter.block.append(loop("turn", "nought", "count", body))

    @contextmanager
    def _pass(self, home: Callable[[], Atom], household: Callable[[], str]) -> Iterator[list[ast.stmt]]:
        self._home, self._lowering.household, self._lowering.at_hand = home, household, {}
        self._lacking = {}
        with self._emitter.within([]) as body:
            yield body

    # What passes leave

    def write(self, array: str, index: str, value: ast.expr) -> None:
        """Writes an element of an array that is not of the room."""
        self._emitter.block.append(put(array, index, value))

    def keep(self, verdict: Truth, amount: Integer | None) -> Told:
        """What was said of the household at hand, for the passes after."""
        value, missing = self._kept(load(verdict.value)), self._kept_if_any(verdict.missing)
        due = None if amount is None else self._kept(load(amount.atom))
        return Told(
            lambda: self._emitter.compare("!=", self._found(value), 0),
            lambda: self._found(missing) if missing else 0,
            None
            if due is None or amount is None
            else lambda: Integer(self._found(due), amount.low, amount.high),
        )

    def _kept(self, value: ast.expr) -> Shelf:
        shelf = self._shelf("hall", BLOCK)
        self._emitter.block.append(shelf.put("turn", value))
        return shelf

    def _kept_if_any(self, missing: Atom) -> Shelf | None:
        return self._kept(load(missing)) if missing != 0 else None

    def _found(self, shelf: Shelf) -> str:
        """What is on a shelf for the household at hand."""
        return self._emitter.assign(shelf.at(self._home()))

    # Sums over members

    def items(self, node: Members, value: ast.expr, missing: ast.expr | None) -> Items:
        """Puts what the member at hand adds to a sum on shelves."""
        # A sum that runs on begins with nothing: its shelf is longer by one.
        shelf = self._shelf("room", CROWD + 1)
        place = "following" if self._lowering.names.certain else "turn"
        if place == "following":
            self._emitter.set(place, binary("+", "turn", "step"))
        self._emitter.block.append(shelf.put(place, value))
        return Items(node, shelf, None if missing is None else self._lacking_on(missing))

    def _lacking_on(self, missing: ast.expr) -> Shelf:
        """What the member at hand lacks is put on a shelf once, whatever rests on it."""
        key = ast.dump(missing)
        if key not in self._lacking:
            shelf = self._lacking[key] = self._shelf("room", CROWD)
            self._emitter.block.append(shelf.put("turn", missing))
        return self._lacking[key]

    def sum_up(self, made: Sequence[Items]) -> None:
        """Adds up for each household what its members add."""
        if self._lowering.names.certain:
            self._run_on(made)
        with self._emitter.within([]) as body:
            self._emitter.set("household", binary("+", "block", "turn"))
            ends = ("start", load("household")), ("end", binary("+", "household", "step"))
            for name, place in ends:
                self._emitter.set(name, ast.BinOp(_at("offsets", place), ast.Sub(), load("origin")))
            if self._lowering.names.certain:
                self._grown(made)
            else:
                self._added(made)
        self._emitter.block.append(loop("turn", "nought", "count", body))

    def _run_on(self, made: Sequence[Items]) -> None:
        """Each member's share added to those of all before: a household's sum is what that grows by."""
        totals = [self._start() for _ in made]
        with self._emitter.within([]) as body:
            for items, sum_of in zip(made, totals, strict=True):
                self._grow(sum_of, ast.Add(), items.value.at("turn"))
                body.append(items.value.put("turn", load(sum_of)))
        self._emitter.block += [items.value.put("nought", load("zero")) for items in made]
        self._emitter.set("following", binary("+", "members", "step"))
        self._emitter.block.append(loop("turn", "step", "following", body))

    def _grown(self, made: Sequence[Items]) -> None:
        for items in made:
            total_of = self._kept(ast.BinOp(items.value.at("end"), ast.Sub(), items.value.at("start")))
            self._made(items, total_of, None)

    def _added(self, made: Sequence[Items]) -> None:
        """Where something may be missing, that is put together member by member too."""
        values = [(items.value, self._shelf("hall", BLOCK)) for items in made]
        shelves = {items.missing: self._shelf("hall", BLOCK) for items in made if items.missing is not None}
        for items, (_, total_of) in zip(made, values, strict=True):
            self._made(items, total_of, shelves[items.missing] if items.missing is not None else None)
        pairs = [(*pair, ast.Add()) for pair in values] + [(*pair, ast.BitOr()) for pair in shelves.items()]
        self._emitter.set("size", binary("-", "end", "start"))
        for size in range(SMALL + 1):
            with self._emitter.within([]) as few:
                places = [self._emitter.assign(binary("+", "start", place)) for place in range(size)]
                for items, total_of, operator in pairs:
                    parts = [items.at(place) for place in places] or [load("zero")]
                    together = reduce(lambda one, other, by=operator: ast.BinOp(one, by, other), parts)
                    few.append(total_of.put("turn", together))
            self._emitter.block.append(ast.If(compare("==", "size", size), few, []))
        with self._emitter.within([]) as many:
            for first in range(0, len(pairs), AT_ONCE):
                self._one_by_one(pairs[first : first + AT_ONCE])
        self._emitter.block.append(ast.If(compare(">", "size", SMALL), many, []))

    def _one_by_one(self, pairs: Sequence[tuple[Shelf, Shelf, ast.operator]]) -> None:
        totals = [self._start() for _ in pairs]
        with self._emitter.within([]) as body:
            for (items, _, operator), sum_of in zip(pairs, totals, strict=True):
                self._grow(sum_of, operator, items.at("member"))
        self._emitter.block.append(loop("member", "start", "end", body))
        for (_, total_of, _), sum_of in zip(pairs, totals, strict=True):
            self._emitter.block.append(total_of.put("turn", load(sum_of)))

    def _start(self) -> str:
        name = self._emitter.fresh("t")
        self._emitter.set(name, load("zero"))
        return name

    def _grow(self, name: str, operator: ast.operator, value: ast.expr) -> None:
        self._emitter.set(name, ast.BinOp(load(name), operator, value))

    def _made(self, items: Items, total_of: Shelf, lacking: Shelf | None) -> None:
        """Says where the passes after find a household's sum."""

        def found() -> Lowered:
            left = self._found(lacking) if lacking is not None else 0
            return total(self._lowering, items.node, self._found(total_of), left)

        self._lowering.made[items.node] = found

    # Blocks

    def blocks(self, passes: list[ast.stmt]) -> list[ast.stmt]:
        """The loop over blocks that does all passes for each."""
        emit = self._emitter
        with emit.within([]) as before:
            emit.set("width", call("place", BLOCK))
            emit.set("crowd", call("place", CROWD))
            emit.set("block", load("first"))
        with emit.within([]) as block:
            emit.set("origin", _at("offsets", load("block")))
            emit.set("past", binary("+", "block", "step"))
            block.append(_while_it_fits())
            emit.set("count", binary("-", "past", "block"))
            emit.set("members", ast.BinOp(_at("offsets", load("past")), ast.Sub(), load("origin")))
            if self._homes is not None:
                block.append(self._at_home(self._homes))
            block += passes
            emit.set("block", load("past"))
        return [*before, ast.While(ast.Compare(load("block"), [ast.Lt()], [load("last")]), block, [])]

    def _at_home(self, homes: Shelf) -> ast.stmt:
        """Writes down for each member of the block which household they are of."""
        with self._emitter.within([]) as body:
            self._emitter.set("household", binary("+", "block", "turn"))
            for name, place in (("start", load("household")), ("end", binary("+", "household", "step"))):
                self._emitter.set(name, ast.BinOp(_at("offsets", place), ast.Sub(), load("origin")))
            body.append(loop("member", "start", "end", [homes.put("member", load("turn"))]))
        return loop("turn", "nought", "count", body)


def _while_it_fits() -> ast.stmt:
    """Takes one household more while the block has room for it."""
    crowd = ast.BinOp(_at("offsets", binary("+", "past", "step")), ast.Sub(), load("origin"))
    tests: list[ast.expr] = [
        ast.Compare(load("past"), [ast.Lt()], [load("last")]),
        ast.Compare(binary("-", "past", "block"), [ast.Lt()], [load("width")]),
        ast.Compare(crowd, [ast.LtE()], [load("crowd")]),
    ]
    more = ast.Assign([ast.Name("past", ast.Store())], binary("+", "past", "step"))
    return ast.While(ast.BoolOp(ast.And(), tests), [more], [])


def _at(array: str, index: ast.expr) -> ast.expr:
    return ast.Subscript(load(array), index, ast.Load())
