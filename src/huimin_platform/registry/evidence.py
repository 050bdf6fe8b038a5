"""What spoke for a link and against it, in words: the weights of the comparisons as they were kept."""

from typing import Any

from django.utils.translation import gettext_lazy as _

WORDS = {
    "canonical": _("Name"), "number": _("Id number"), "born_on": _("Born"), "sex": _("Sex"),
    "village": _("Village or community"), "township": _("Township"), "card": _("Card"), "phone": _("Telephone"),
    "family": _("Household of the number"), "expected": _("Whether such people have such rows"),
}  # fmt: skip


def told(evidence: dict[str, float | None] | None) -> list[tuple[Any, float]]:
    """What was compared with its weight, to base 2, the heaviest first; nothing where nothing was weighed."""
    known = [
        (WORDS.get(name, name), weight) for name, weight in (evidence or {}).items() if weight is not None
    ]
    return sorted(known, key=lambda each: -abs(each[1]))
