"""The forms of a case: a decision, and a step done or left out."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from huimin.cases.paths import Definition
from huimin.cases.reviews import CLASSES
from huimin_platform.base.models import User
from huimin_platform.cases import policies
from huimin_platform.cases.meetings import Agreed
from huimin_platform.cases.models import Case
from huimin_platform.design.fields import DateField, MoneyField
from huimin_platform.registry.models import Verified

LONGEST_REASON = 1_000
# How many things decided a form takes; a longer list is recorded as a second meeting of the day.
AGREED = (1, 2, 3)


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
    refused = forms.MultipleChoiceField(
        label=_("If you approve: what is refused all the same, for the reason above"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
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
        items = [(str(item.pk), policies.titles()[item.policy].say(language)) for item in case.items.all()]
        # One policy alone is approved or refused whole.
        self.fields["refused"].choices = items if len(items) > 1 else []  # pyright: ignore[reportAttributeAccessIssue]
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


class HandForm(forms.Form):
    """To whom a step is handed, and why."""

    to = forms.ChoiceField(
        label=_("Officer"),
        error_messages={"required": _("Choose who does it."), "invalid_choice": _("Choose who does it.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write the reason; it stays with the case.")},
    )

    def __init__(self, *arguments: Any, officers: Sequence[User], **named: Any) -> None:
        super().__init__(*arguments, **named)
        choices = [("", ""), *((str(one.pk), str(one)) for one in officers)]
        self.fields["to"].choices = choices  # pyright: ignore[reportAttributeAccessIssue]


class MeetingForm(forms.Form):
    """A joint meeting with its minutes and up to three things decided. `key` has it recorded once."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    subject = forms.CharField(
        label=_("Subject"),
        max_length=200,
        error_messages={"required": _("Write the subject and the minutes.")},
    )
    held_on = DateField(label=_("Held on"))
    attended = forms.MultipleChoiceField(
        label=_("Departments that took part"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("A joint meeting has at least two departments.")},
    )
    minutes = forms.CharField(
        label=_("Minutes"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write the subject and the minutes.")},
    )

    def __init__(self, *arguments: Any, departments: Sequence[tuple[str, str]], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["attended"].choices = departments  # pyright: ignore[reportAttributeAccessIssue]
        for number in AGREED:
            self.fields[f"what_{number}"] = forms.CharField(
                label=_("Decided, no. %(number)s") % {"number": number}, required=False, max_length=200
            )
            self.fields[f"department_{number}"] = forms.ChoiceField(
                label=_("Department, no. %(number)s") % {"number": number},
                required=False,
                choices=[("", ""), *departments],
            )
            self.fields[f"due_{number}"] = DateField(
                label=_("Due, no. %(number)s") % {"number": number}, required=False
            )

    def clean(self) -> dict[str, Any]:
        """What was decided is whole: what, who, until when."""
        found = super().clean() or {}
        for number in AGREED:
            given = [found.get(f"{part}_{number}") for part in ("what", "department", "due")]
            if any(given) and not all(given):
                self.add_error(
                    f"what_{number}", _("Write what was decided, which department does it, and until when.")
                )
        return found

    def agreed(self) -> list[Agreed]:
        """What was decided."""
        said = self.cleaned_data
        return [
            Agreed(said[f"what_{number}"], said[f"department_{number}"], said[f"due_{number}"])
            for number in AGREED
            if said[f"what_{number}"]
        ]


class VerifyForm(forms.Form):
    """How, when and by what something was verified. `key` has it kept once; `version` is the case as it was seen."""

    key = forms.UUIDField(
        widget=forms.HiddenInput,
        initial=uuid4,
        error_messages={"invalid": _("Load the page again, then enter it.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
    how = forms.ChoiceField(
        label=_("How was it verified?"),
        choices=Verified.How.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose how it was verified."),
            "invalid_choice": _("Choose how it was verified."),
        },
    )
    seen = forms.CharField(
        label=_("What was seen, or who said it"),
        max_length=500,
        help_text=_("For example: the pay slip of May, 2,350 yuan; or the tax office, Ms Li, by phone."),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write what was seen, or who said it.")},
    )
    on = DateField(label=_("Verified on"))


class TakeBackForm(forms.Form):
    """Why something that was verified is taken back."""

    reason = forms.CharField(
        label=_("Why it is taken back"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write why it is taken back; it stays with the case.")},
    )


class FinishForm(forms.Form):
    """What came of a follow-up."""

    result = forms.CharField(
        label=_("What came of it"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write what came of it.")},
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
    amount_fen = MoneyField(
        label=_("Amount"),
        required=False,
        help_text=_("What was paid too much, or the new amount a month. Else it stays empty."),
    )

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


class ClassForm(forms.Form):
    """How often a household is looked at again, and why."""

    name = forms.ChoiceField(
        label=_("How often it is looked at again"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the class of the household.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write the reason; it stays with the case.")},
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        named.setdefault("auto_id", "class-%s")
        super().__init__(*arguments, **named)
        language = get_language() or "zh-hans"
        choices = [(name, f"{name} · {each.whom.say(language)}") for name, each in CLASSES.items()]
        self.fields["name"].choices = choices  # pyright: ignore[reportAttributeAccessIssue]


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
