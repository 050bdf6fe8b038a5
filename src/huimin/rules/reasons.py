"""Why a condition holds or not: every step with its values, its clause, and what would change it."""

from collections.abc import Callable, Iterator
from typing import Any

from huimin.rules.outlines import Held, Outline, Shown, Verdict, status_of
from huimin.rules.reference import Unknown, Value
from huimin.units.words import Words

ONE_OF = Words("以下任一项即可：{changes}", "One of these would do: {changes}")
# What a missing fact is called.
Titled = Callable[[str], Words]


class Reason:
    """One step of an explanation: met, not met or unknown, in words, with the values it rests on.

    It holds the values of one household; its sentences are made of them when they are read.
    """

    __slots__ = ("_held", "_outline", "_shown", "_titled", "children", "value")

    def __init__(
        self,
        outline: Outline,
        titled: Titled,
        value: Value,
        held: Held,
        shown: Held,
        children: "tuple[Reason, ...]",
    ) -> None:
        self._outline, self._titled, self._held, self._shown = outline, titled, held, shown
        self.value, self.children = value, children

    @property
    def name(self) -> str:
        """The condition's name, or which member it is told of."""
        return self._outline.name or self._outline.named(self._held)

    @property
    def status(self) -> Verdict:
        """Met, not met or unknown."""
        return status_of(self.value)

    @property
    def words(self) -> Words:
        """What it says."""
        return self._outline.words(self.value, self._held)

    @property
    def values(self) -> tuple[tuple[Words, Words], ...]:
        """The names and values of what it rests on."""
        return tuple(pairs(self._outline.shown, self._shown, entitled=self.value is True))

    @property
    def clause(self) -> Words | None:
        """The law that says so."""
        return self._outline.clause

    @property
    def change(self) -> Words | None:
        """What would have to change for this step to be met, by itself."""
        return self._outline.change(self.value, self._held)

    @property
    def missing(self) -> tuple[Words, ...]:
        """The facts it lacks."""
        value = self.value
        return tuple(map(self._titled, sorted(value.missing))) if isinstance(value, Unknown) else ()

    @property
    def any_of(self) -> bool:
        """Whether one of its parts would do."""
        return self._outline.any_of

    @property
    def needed(self) -> Words | None:
        """What would have to change for this to be met; nothing where it is met or where no change is known.

        All of it, unless it says that one of several would do.
        """
        if self.value is not False:
            return None
        change = self.change
        if change is not None:
            return change
        inner = [change for change in (child.needed for child in self.children) if change is not None]
        if not inner:
            return None
        together = Words("".join(each.zh for each in inner), " ".join(each.en for each in inner))
        return ONE_OF.filled(changes=together) if self.any_of and len(inner) > 1 else together

    def as_data(self) -> dict[str, Any]:
        """The step as JSON, in both languages."""
        return {
            "name": self.name,
            "status": self.status,
            "words": data(self.words),
            "values": [[data(name), data(value)] for name, value in self.values],
            "clause": data(self.clause),
            "change": data(self.change),
            "missing": [data(each) for each in self.missing],
            "children": [child.as_data() for child in self.children],
        }


def pairs(shown: tuple[Shown, ...], held: Held, *, entitled: bool) -> Iterator[tuple[Words, Words]]:
    """The names of values and what they are, in words; some are for those who are entitled only."""
    for each, value in zip(shown, held, strict=True):
        if entitled or not each.if_entitled:
            yield each.title, each.words(value)


def data(words: Words | None) -> dict[str, str] | None:
    """Words as JSON."""
    return {"zh": words.zh, "en": words.en} if words else None
