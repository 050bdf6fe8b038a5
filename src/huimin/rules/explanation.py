"""An explanation: the answer of a policy for one household, why, by which clause, and what would change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from huimin.rules.book import PolicyBook
from huimin.rules.outlines import OfAnswer, Shown
from huimin.rules.population import Household
from huimin.rules.reasons import Reason, data, pairs
from huimin.rules.reference import Unknown, Value
from huimin.rules.rendering import fact_title, value_words
from huimin.units.words import Words

Status = Literal["entitled", "not_entitled", "unknown"]
Member = tuple[Any, tuple[tuple[str, Words, Words], ...]]


@dataclass(frozen=True)
class Given:
    """A part of an answer besides the amount: for how long, until when, what kind. Nothing where not known."""

    name: str
    title: Words
    value: int | None
    words: Words


class Told:
    """A household with the facts of its members that were looked at, as they were then."""

    __slots__ = ("book", "columns", "household")

    def __init__(
        self, book: PolicyBook, household: Household, columns: Mapping[str, Sequence[Value]]
    ) -> None:
        self.book, self.household, self.columns = book, household, columns

    def members(self, facts: Sequence[str]) -> tuple[Member, ...]:
        """The members by number, each with some facts: full name, title, value."""
        persons = self.household.persons or tuple(range(1, len(self.household.members) + 1))
        asked = [key for key in facts if key.startswith("person.")]
        shown = [[self._words(key, value) for value in self.columns[key]] for key in asked]
        titles = [(key, fact_title(key, self.book)) for key in asked]
        return tuple(
            (person, tuple((*title, words[place]) for title, words in zip(titles, shown, strict=True)))
            for place, person in enumerate(persons)
        )

    def _words(self, key: str, value: Value) -> Words:
        return value_words(value, self.book.facts[key].type, self.book)


class Explanation:
    """What a policy says of a household on a day, and why.

    It holds every value that the answer rests on; its sentences are made of them when they are read.
    """

    __slots__ = (
        "_amount", "_gives", "_outline", "_told", "amount_fen", "conditions", "missing", "on", "status",
    )  # fmt: skip
    conditions: tuple[Reason, ...]
    missing: tuple[str, ...]
    amount_fen: int | None
    status: Status

    def __init__(self, outline: OfAnswer, told: Told, on: date, answer: tuple[Any, ...]) -> None:
        verdict, due, self.conditions, self._amount, self._gives = answer
        self._outline, self._told, self.on = outline, told, on
        if isinstance(verdict, Unknown):
            self.status, self.amount_fen, self.missing = "unknown", None, tuple(sorted(verdict.missing))
        else:
            self.status, self.amount_fen, self.missing = ("entitled" if verdict else "not_entitled"), due, ()

    @property
    def policy(self) -> str:
        """The policy's name."""
        return self._outline.policy.name

    @property
    def version(self) -> str:
        """The version that was asked."""
        return self._outline.policy.version

    @property
    def title(self) -> Words:
        """What the policy is called."""
        return self._outline.policy.title

    @property
    def household(self) -> Any:
        """The household's number."""
        return self._told.household.household

    @property
    def amount(self) -> tuple[tuple[Words, Words], ...]:
        """The values that a household's amount rests on; those of persons stand with each member."""
        return tuple(pairs(self._outline.amount, self._amount, entitled=True))

    @property
    def amount_clause(self) -> Words | None:
        """The law that says how much."""
        amount = self._outline.policy.amount
        return amount.clause.words if amount else None

    @property
    def members(self) -> tuple[Member, ...]:
        """The members by number, each with the facts that the policy looks at: full name, title, value."""
        return self._told.members(self._outline.policy.facts)

    @property
    def gives(self) -> tuple[Given, ...]:
        """What else a household that is entitled is given; what its members are given stands with each member."""
        if self.status != "entitled":
            return ()
        return tuple(map(_given, self._outline.gives, self._gives))

    @property
    def changes(self) -> tuple[Words, ...]:
        """What would have to change for a household that is not entitled, for each condition that is not met."""
        if self.status != "not_entitled":
            return ()
        return tuple(each for each in (reason.needed for reason in self.conditions) if each is not None)

    def as_data(self) -> dict[str, Any]:
        """The explanation as JSON, in both languages; `for_page` reads it back."""
        return {
            "policy": self.policy,
            "version": self.version,
            "title": data(self.title),
            "household": self.household,
            "on": self.on.isoformat(),
            "status": self.status,
            "amount_fen": self.amount_fen,
            "conditions": [reason.as_data() for reason in self.conditions],
            "amount": [[data(name), data(value)] for name, value in self.amount],
            "amount_clause": data(self.amount_clause),
            "members": [
                {"person": person, "facts": [[key, data(name), data(value)] for key, name, value in facts]}
                for person, facts in self.members
            ],
            "missing": list(self.missing),
            "changes": [data(change) for change in self.changes],
            "gives": [
                {"name": given.name, "title": data(given.title), "words": data(given.words)}
                for given in self.gives
            ],
        }


def _given(shown: Shown, value: Value) -> Given:
    whole = None if isinstance(value, Unknown) else int(value)
    return Given(shown.name, shown.title, whole, shown.words(value))


def for_page(stored: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """The conditions of a stored explanation as nodes that a page draws, in one language.

    A node has status, words, values (name, value), clause, change, missing (words), children, open.
    """
    return [_node(reason, _key(language)) for reason in stored["conditions"]]


def _node(reason: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {
        "name": reason["name"],
        "status": reason["status"],
        "words": reason["words"][key],
        "values": [(name[key], value[key]) for name, value in reason["values"]],
        "clause": reason["clause"][key] if reason["clause"] else "",
        "change": reason["change"][key] if reason["change"] else "",
        "missing": ", ".join(each[key] for each in reason["missing"]),
        "children": [_node(child, key) for child in reason["children"]],
        "open": reason["status"] != "met",
    }


def _key(language: str) -> str:
    return "zh" if language.lower().startswith("zh") else "en"
