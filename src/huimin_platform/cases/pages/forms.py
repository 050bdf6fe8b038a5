"""The forms of a case: a decision, and a step done or left out."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from huimin.cases.paths import Definition
from huimin_platform.cases.models import Case
from huimin_platform.design.fields import MoneyField

LONGEST_REASON = 1_000


class DecisionForm(forms.Form):
    """An outcome with its reason. `key` is made when the form opens; sending it twice decides once."""

    key = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"invalid": _("Load the page again, then decide.")}
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        choices=[("approve", ""), ("return", ""), ("refuse", "")],
        widget=forms.HiddenInput,
        error_messages={
            "required": _("Choose what you decide."),
            "invalid_choice": _("Choose what you decide."),
        },
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        help_text=_("Needed to send back or refuse. The resident will read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    steps = forms.MultipleChoiceField(
        label=_("Steps to be done again, if you send the case back"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *arguments: Any, case: Case, **named: Any) -> None:
        named.setdefault("initial", {"key": uuid4(), "version": case.version})
        super().__init__(*arguments, **named)
        language = "zh" if (get_language() or "zh").startswith("zh") else "en"
        steps = [
            (str(step.pk), step.name[language])
            for step in case.steps.all()
            if step.state in ("done", "skipped")
        ]
        self.fields["steps"].choices = steps  # pyright: ignore[reportAttributeAccessIssue]

    def clean(self) -> dict[str, Any]:
        """The reason is there when the outcome is against the resident."""
        cleaned = super().clean() or {}
        if cleaned.get("outcome") in ("return", "refuse") and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("Write the reason; the resident will read it."))
        return cleaned


class StepForm(forms.Form):
    """A step done, left out or paused, with what was found; to go on with one that is paused needs no words."""

    act = forms.ChoiceField(
        choices=[("complete", ""), ("skip", ""), ("pause", ""), ("resume", "")], widget=forms.HiddenInput
    )
    reason = forms.CharField(
        label=_("What you found"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write what you found; it stays with the case.")},
    )


class BeginForm(forms.Form):
    """A path to begin, its reason, and the amount where it is about money."""

    name = forms.ChoiceField(label=_("What is to begin"), widget=forms.RadioSelect)
    cause = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        help_text=_("The resident and the officer will read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write the reason; it stays with the case.")},
    )
    amount_fen = MoneyField(label=_("Amount paid too much"), required=False)

    def __init__(self, *arguments: Any, definitions: Sequence[Definition], **named: Any) -> None:
        named.setdefault("auto_id", "begin-%s")
        super().__init__(*arguments, **named)
        language = get_language() or "zh-hans"
        choices = [(each.name, each.title.say(language)) for each in definitions]
        self.fields["name"].choices = choices  # pyright: ignore[reportAttributeAccessIssue]
        if not any(each.asks_amount for each in definitions):
            del self.fields["amount_fen"]

    def clean(self) -> dict[str, Any]:
        """The amount is None where it is not asked for."""
        return {"amount_fen": None} | (super().clean() or {})


class MoveForm(forms.Form):
    """A move on a path with its reason; `turn` is the path as it was seen."""

    turn = forms.IntegerField(widget=forms.HiddenInput)
    move = forms.CharField(max_length=32, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
