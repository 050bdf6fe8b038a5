"""What spoke for a link and against it, in words: the weights of the comparisons as they were kept."""

from typing import Any

from django.utils.translation import gettext_lazy as _

WORDS = {
    "canonical": _("Name"), "number": _("Id number"), "born_on": _("Born"), "sex": _("Sex"),
    "village": _("Village or community"), "township": _("Township"), "card": _("Card"), "phone": _("Telephone"),
    "family": _("Household of the number"), "expected": _("Whether such people have such rows"),
    "beside": _("Rows beside it in the file"), "together": _("The other person in the row"),
}  # fmt: skip

# What Splink asks about, by kind.
QUESTIONS = {
    "elsewhere": _("The row is linked with somebody else; Splink puts it with this person."),
    "missed": _("The row is linked with nobody; Splink puts it with this person."),
    "twice": _("Splink takes the two for one human."),
}


def second(said: dict[str, Any] | None) -> dict[str, Any] | None:
    """What Splink asks with its weights, and how sure the registry is of its link; None where Splink asks nothing."""
    return {**said, "question": QUESTIONS[said["kind"]]} if said else None


def told(evidence: dict[str, float | None] | None) -> list[tuple[Any, float]]:
    """What was compared with its weight, to base 2, the heaviest first; nothing where nothing was weighed."""
    known = [
        (WORDS.get(name, name), weight) for name, weight in (evidence or {}).items() if weight is not None
    ]
    return sorted(known, key=lambda each: -abs(each[1]))
