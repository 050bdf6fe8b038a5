"""The forms of a posting: an objection, its code, its answer, and a name kept off the lists."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from huimin_platform.cases.models import Objection

LONGEST = 1_000


class ObjectionForm(forms.Form):
    """What is not right with a posting. `key` has it recorded once; nobody is asked for a name."""

    key = forms.UUIDField(
        widget=forms.HiddenInput,
        initial=uuid4,
        error_messages={"invalid": _("Load the page again, then write.")},
    )
    text = forms.CharField(
        label=_("What is not right"),
        max_length=LONGEST,
        help_text=_("For example: who lives there, what they earn or own. You need not say who you are."),
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write what is not right; somebody looks into it.")},
    )


class CodeForm(forms.Form):
    """The code of an objection."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("It was shown when you objected, such as 12-ABCD-EFGH-IJKL."),
        error_messages={"required": _("Write the code that was shown when you objected.")},
    )


class AnswerForm(forms.Form):
    """What the check of an objection found, and the answer to whoever objected."""

    outcome = forms.ChoiceField(
        label=_("Does the objection hold?"),
        choices=Objection.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether the objection holds.")},
    )
    found = forms.CharField(
        label=_("What you found"),
        max_length=LONGEST,
        help_text=_("It stays with the case."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what you found; it stays with the case.")},
    )
    said = forms.CharField(
        label=_("Answer to whoever objected"),
        max_length=LONGEST,
        help_text=_("Write nothing about what the household earns, owns or suffers from."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write the answer; whoever objected reads it.")},
    )


class WithholdForm(forms.Form):
    """Why a name is kept off the public lists."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST,
        help_text=_("For example: somebody in the household is threatened by a relative."),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write the reason; it stays with the case.")},
    )
