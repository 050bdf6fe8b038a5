"""Form fields that take what people write: dates in many shapes, resident id numbers, amounts in yuan."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from huimin.units import national_id


class DateInput(forms.TextInput):
    """A text box for a date; a picker refuses what people write."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric", "autocomplete": "off", "size": "12", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        return value.isoformat() if isinstance(value, date) else super().format_value(value)


class DateField(forms.Field):
    """A date written 2026-7-1, 2026/7/1, 2026.7.1, 20260701 or 2026年7月1日."""

    widget = DateInput
    default_error_messages = {
        "required": _("Enter the date, for example 2026-7-1."),
        "unread": _("“%(value)s” is not a date we can read. Write it like 2026-7-1 or 2026年7月1日."),
        "impossible": _("There is no day “%(value)s” in the calendar. Check the month and the day."),
    }

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values or isinstance(value, date):
            return value or None
        text = unicodedata.normalize("NFKC", str(value)).strip()
        match = re.fullmatch(
            r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", text
        ) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
        if match is None:
            raise ValidationError(self.error_messages["unread"], "unread", {"value": value})
        try:
            return date(*(int(part) for part in match.groups()))
        except ValueError:
            raise ValidationError(self.error_messages["impossible"], "impossible", {"value": value}) from None


class NationalIdInput(forms.TextInput):
    """A text box that says while one types whether the check digit fits."""

    is_national_id = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "spellcheck": "false", "size": "20", **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        identifier = context["widget"]["attrs"].get("id")
        if identifier:
            context["widget"]["attrs"]["data-national-id"] = f"{identifier}_said"
        return context


class NationalIdField(forms.CharField):
    """A resident id number 公民身份号码, cleaned; the check digit must fit."""

    widget = NationalIdInput
    default_error_messages = {
        "required": _("Enter the id number, 18 characters."),
        "unfit": _("The id number does not fit its check digit. Compare it with the card."),
    }

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        cleaned = national_id.clean(text)
        if not national_id.is_valid(cleaned):
            raise ValidationError(self.error_messages["unfit"], "unfit")
        return cleaned


class MoneyInput(forms.TextInput):
    """A text box for an amount in yuan."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", "size": "12", **(attrs or {})})


# Commas and blanks stand between thousands only: 1,5 is a mistake for 1.5, not fifteen.
AMOUNT = re.compile(
    r"¥? ?(-?) ?([0-9]{1,40}|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+)(?:\.([0-9]{0,9}))? ?(万|亿)? ?元?"
)
UNITS = {"": 1, "万": 10_000, "亿": 100_000_000}
LARGEST_YUAN = 10**13


class MoneyField(forms.Field):
    """An amount in yuan as people write it (1,250.00, ¥1250, 1250元, 12.5万元), as whole fen."""

    widget = MoneyInput
    default_error_messages = {
        "required": _("Enter the amount in yuan, for example 1250.00."),
        "unread": _("“%(value)s” is not an amount we can read. Write it in yuan, for example 1250.00."),
        "negative": _("The amount cannot be below zero."),
        "too_large": _("“%(value)s” is more than 10,000,000,000,000 yuan. Compare the amount and its unit."),
        "finer": _("The amount can have at most two decimals, because the smallest coin is a fen."),
    }

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        text = " ".join(unicodedata.normalize("NFKC", str(value)).split())
        match = AMOUNT.fullmatch(text)
        if match is None:
            raise ValidationError(self.error_messages["unread"], "unread", {"value": value})
        sign, whole, decimals, unit = match.groups(default="")
        exact = Decimal(f"{re.sub('[, ]', '', whole)}.{decimals or 0}") * UNITS[unit]
        if sign and exact:
            raise ValidationError(self.error_messages["negative"], "negative")
        if exact > LARGEST_YUAN:
            raise ValidationError(self.error_messages["too_large"], "too_large", {"value": value})
        if exact * 100 % 1:
            raise ValidationError(self.error_messages["finer"], "finer")
        return int(exact * 100)

    def prepare_value(self, value: Any) -> Any:
        return f"{value / 100:.2f}" if isinstance(value, int) else value
