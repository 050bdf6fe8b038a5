"""The forms of the funds stage: money put on a fund, a reason."""

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from huimin.funds.levels import POOL
from huimin_platform.cases import policies
from huimin_platform.design.fields import MoneyField
from huimin_platform.design.templatetags.design import say
from huimin_platform.funds.purposes import purpose_words


class AppropriationForm(forms.Form):
    """Money put on a fund 拨款. `key` is made when the form opens, so that sending it twice puts it once."""

    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": _("Load the page again.")})
    purpose = forms.ChoiceField(
        label=_("For"), error_messages={"required": _("Choose what the money is for.")}
    )
    year = forms.IntegerField(
        label=_("Budget year"),
        min_value=2000,
        max_value=2100,
        error_messages={"required": _("Enter the budget year, for example 2026.")},
    )
    amount_fen = MoneyField(label=_("Amount"))
    source = forms.ChoiceField(
        label=_("Source"), required=False, help_text=_("Leave it empty for your own budget.")
    )
    document = forms.CharField(label=_("Number of the letter"), max_length=64, required=False)

    def __init__(
        self,
        *arguments: Any,
        division: str,
        today: date,
        sources: list[tuple[str, str]],
        projects: list[str],
        **named: Any,
    ) -> None:
        named.setdefault("initial", {"key": uuid4(), "year": today.year})
        super().__init__(*arguments, **named)
        choices = [(name, say(title)) for name, title in policies.titles_in(division, today).items()]
        self.fields["purpose"].choices = [
            ("", "—"),
            (POOL, purpose_words(POOL)),
            *choices,
            *((each, purpose_words(each)) for each in projects),
        ]  # pyright: ignore[reportAttributeAccessIssue]
        self.fields["source"].choices = [("", "—"), *sources]  # pyright: ignore[reportAttributeAccessIssue]


class NotPaidForm(forms.Form):
    """The bank's word that it did not pay, and what it rests on."""

    document = forms.CharField(
        label=_("The bank’s document"), max_length=100,
        help_text=_("Its number, or who confirmed it and when."),
        error_messages={"required": _("Name the bank’s document: its number, or who confirmed it and when.")},
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write the reason; it stays in the record.")},
    )  # fmt: skip


class ReasonForm(forms.Form):
    """A reason, kept in the record."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write the reason; it stays in the record.")},
    )
