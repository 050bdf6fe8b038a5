"""The form of one question: a field for the household, or for each member whom the answer could matter for."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin import rules
from huimin.rules.facts import FactDeclaration
from huimin_platform.design.fields import DateField, MoneyField

UNKNOWN = "unknown"
# So many kinds are told apart at a glance; more of them are put into a list.
MOST_AT_A_GLANCE = 4


class AskForm(forms.Form):
    """One fact, of the household or of some members. Among other facts on one page it may stay empty.

    `unknown` is what is chosen where nobody knows.
    """

    def __init__(
        self, fact: FactDeclaration, labels: Mapping[int | None, str], data: Any = None, initial: Any = None,
        *, among_others: bool = False, unknown: str = "",
    ) -> None:  # fmt: skip
        super().__init__(data, prefix=fact.key.replace(".", "-") if among_others else None)
        self.may_stay_empty = among_others
        self.fact, self.places = fact, dict.fromkeys(labels)
        for place, label in labels.items():
            self.fields[_name(place)] = _field(
                fact, label, (initial or {}).get(place), unknown or _("I do not know"), alone=len(labels) == 1
            )
            if among_others:
                self.fields[_name(place)].required = False

    @property
    def has_none(self) -> bool:
        """Whether there is a button for “none of it”; of a single yes or no it would say the same twice."""
        single_condition = len(self.places) == 1 and self.fact.type.shape == "condition"
        return rules.nothing(self.fact) is not None and not single_condition

    def clean(self) -> dict[str, Any]:
        """Something has to be told; who knows nothing says so with the button for it."""
        found = super().clean() or {}
        if (
            not self.may_stay_empty
            and not self.errors
            and all(found.get(_name(place)) in (None, "") for place in self.places)
        ):
            raise forms.ValidationError(_("Answer what you know, or press “I do not know”."))
        return found

    def values(self) -> dict[int | None, str | None]:
        """What was told, by place, as worked cases write it; nothing where it is not known."""
        return {place: self._value(self.cleaned_data[_name(place)]) for place in self.places}

    def _value(self, value: Any) -> str | None:
        if value in (None, "", UNKNOWN):
            return None
        return value.isoformat() if self.fact.type.shape == "date" else str(value)


def nothing(fact: FactDeclaration, places: Mapping[int | None, Any]) -> dict[int | None, str | None]:
    """That there is none of it, for everybody asked about."""
    return dict.fromkeys(places, rules.nothing(fact))


def _name(place: int | None) -> str:
    return "of_household" if place is None else f"of_{place}"


def _field(fact: FactDeclaration, label: str, value: Any, unknown: str, *, alone: bool) -> forms.Field:
    kind, language = fact.type, get_language() or "zh-hans"
    if kind.shape in ("condition", "enum"):
        titles = (
            [("true", _("yes")), ("false", _("no"))]
            if kind.shape == "condition"
            else [(each, fact.value_titles[each].say(language)) for each in kind.values]
        )
        few = kind.shape == "condition" or len(titles) <= MOST_AT_A_GLANCE or alone
        choices = [*([] if few else [("", _("choose"))]), *titles, (UNKNOWN, unknown)]
        return forms.ChoiceField(
            label=label, choices=choices, initial=value, required=True,
            widget=forms.RadioSelect if few else forms.Select,
            error_messages={"required": _("Choose an answer for %(who)s.") % {"who": label}},
        )  # fmt: skip
    if kind.shape == "date":
        return DateField(label=label, required=False, initial=value)
    if kind.unit is not None and kind.unit.name.startswith("fen"):
        initial = int(value) if value is not None else None
        unit = _("yuan a month") if kind.unit.name == "fen_per_month" else _("yuan")
        return MoneyField(
            label=f"{label} ({unit})", required=False, initial=initial,
            validators=[MaxValueValidator(int(kind.high), _("This is more than can be. Check the amount."))],
        )  # fmt: skip
    return forms.IntegerField(
        label=label, required=False, initial=value, min_value=int(kind.low), max_value=int(kind.high)
    )
