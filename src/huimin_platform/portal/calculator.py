"""The calculator of a policy: what somebody says of a household, and what the policy answers. Nothing is kept."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin import rules
from huimin.rules.casework import household_of
from huimin.rules.facts import FactDeclaration
from huimin.rules.places import inside
from huimin.rules.policy import Policy
from huimin_platform.design.fields import DateField, MoneyField
from huimin_platform.matching import explaining
from huimin_platform.registry import tables

MOST_MEMBERS = 12
# So many other policies are named to who is refused.
MOST_OTHERS = 5
# The field that says what is meant by an amount left empty.
NONE = "empty_is_none"


class CalculatorForm(forms.Form):
    """A field for each fact that the policy rests on: of the household, and of each member."""

    def __init__(self, policy: Policy, members: int, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.policy, self.members = policy, members
        self.fields[NONE] = forms.BooleanField(
            label=_("Where I left an amount or a number empty, there is none of it"), required=False
        )
        self.keys: dict[str, str] = {}
        example = policy.cases[0] if policy.cases else None
        for place in range(members + 1):
            level = "person" if place else "household"
            usual = (example.members[0] if place else example.household) if example else {}
            for fact in _facts(policy, level):
                name = f"{level}{place or ''}_{fact.name}"
                self.fields[name] = _field(fact, usual.get(fact.name))
                self.keys[name] = fact.key

    def add_error(self, field: str | None, error: Any) -> None:
        """The error under the label of its field: the form asks the same of many members."""
        if field is not None and isinstance(error, ValidationError):
            label = self.fields[field].label
            said = [_("%(label)s: %(words)s") % {"label": label, "words": words} for words in error.messages]
            error = ValidationError(said)
        super().add_error(field, error)

    def groups(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """The fields by household and member, with a heading."""
        for place in range(self.members + 1):
            start = f"person{place}_" if place else "household_"
            fields = [self[name] for name in self.fields if name.startswith(start)]
            if fields:
                yield (_("Member %(number)s") % {"number": place} if place else _("The household")), fields

    def described(self, division: str) -> rules.Household:
        """The household that was described."""
        household = {name: self._value(f"household_{name}") for name in self._names("household")}
        members = tuple(
            {name: self._value(f"person{place}_{name}") for name in self._names("person")}
            for place in range(1, self.members + 1)
        )
        return household_of(tables.book().facts, division, household, members)

    def answer(self, household: rules.Household, on: date) -> dict[str, Any]:
        """What the policy says of the household, as an explanation's data."""
        sets = tables.parameter_sets(on)
        return rules.explain_household(tables.book(), self.policy.name, household, on, sets).as_data()

    def others(self, household: rules.Household, on: date) -> list[dict[str, Any]]:
        """Other policies that may help the household: those that say yes, then those that lack least to say it.

        Of those that cannot say yet only such as rest mostly on what was entered, or of which a condition is met:
        with little known of the household nearly every policy is open, and a list of all of them helps nobody.
        """
        entered = {key for name, key in self.keys.items() if self._value(name) != "unknown"}
        found = []
        for each in explaining.everything_of(household, on):
            # Where a number is not set nothing was looked at, and what holds elsewhere helps nobody here.
            here = inside(household.division, tables.book().area_of(each["policy"], on)) is True
            asked = here and each["conditions"] and each["policy"] != self.policy.name
            if not asked or each["status"] == "not_entitled":
                continue
            facts = tables.book().policy(each["policy"], on).facts
            met = [condition["words"] for condition in each["conditions"] if condition["status"] == "met"]
            near = met or 2 * len(entered & set(facts)) > len(facts)
            if each["status"] == "entitled" or near:
                found.append({**each, "entitled": each["status"] == "entitled", "met": met})
        found.sort(key=lambda each: (not each["entitled"], len(each["missing"]), each["policy"]))
        return [{**each, "missing": explaining.to_verify(each["missing"])} for each in found[:MOST_OTHERS]]

    def lacking(self, missing: Collection[str]) -> list[tuple[str, forms.BoundField]]:
        """The fields left empty that the answer waits for, each with the member it is about."""
        return [
            (title, field)
            for title, fields in self.groups()
            for field in fields
            if self.keys[field.name] in missing and self._value(field.name) == "unknown"
        ]

    def _names(self, level: str) -> list[str]:
        return [fact.name for fact in _facts(self.policy, level)]

    def _value(self, field: str) -> Any:
        """The value as worked cases write it; what is left empty is not known, unless it was said that there is none."""
        value = self.cleaned_data[field]
        if value in (None, ""):
            shape = tables.book().facts[self.keys[field]].type.shape
            return 0 if shape == "number" and self.cleaned_data[NONE] else "unknown"
        return value.isoformat() if isinstance(value, date) else value


def _facts(policy: Policy, level: str) -> list[FactDeclaration]:
    facts = tables.book().facts
    return [facts[key] for key in policy.facts if facts[key].level == level]


def _field(fact: FactDeclaration, usual: Any) -> forms.Field:
    """The form field of a fact. Choices begin as in the policy's first worked case, amounts begin empty."""
    language = get_language() or "zh-hans"
    label, kind = fact.title.say(language), fact.type
    if kind.shape == "condition":
        choices = [("true", _("yes")), ("false", _("no")), ("", _("I do not know"))]
        initial = str(usual).lower() if usual is not None else ""
        return forms.ChoiceField(label=label, choices=choices, required=False, initial=initial)
    if kind.shape == "enum":
        titles = [(value, fact.value_titles[value].say(language)) for value in kind.values]
        return forms.ChoiceField(
            label=label, choices=[*titles, ("", _("I do not know"))], required=False, initial=usual
        )
    if kind.shape == "date":
        return DateField(label=label, required=False)
    if kind.unit is not None and kind.unit.name.startswith("fen"):
        per = _("yuan a month") if kind.unit.name == "fen_per_month" else _("yuan")
        most = MaxValueValidator(int(kind.high), _("This is more than can be. Check the amount."))
        return MoneyField(label=f"{label} ({per})", required=False, validators=[most])
    low, high = int(kind.low), int(kind.high)
    span = _("Enter a whole number from %(low)s to %(high)s.") % {"low": low, "high": high}
    words = dict.fromkeys(["invalid", "min_value", "max_value"], span)
    return forms.IntegerField(
        label=label, required=False, min_value=low, max_value=high, error_messages=words
    )
