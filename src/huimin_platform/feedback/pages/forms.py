"""The form of an answer."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from huimin.feedback.scale import SCALE
from huimin_platform.feedback.actions import LONGEST_WORDS


class AnswerForm(forms.Form):
    """A score from 1 to 5, the best first, and words."""

    score = forms.TypedChoiceField(
        label=_("How satisfied are you with this help?"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how satisfied you are.")},
    )
    words = forms.CharField(
        label=_("What should we know or do better?"),
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *arguments: Any, of_service: bool, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if of_service:
            self.fields["score"].label = _("How satisfied are you with this service?")
        language = get_language() or "zh-hans"
        choices = [(step.score, step.words.say(language)) for step in reversed(SCALE)]
        self.fields["score"].choices = choices  # pyright: ignore[reportAttributeAccessIssue]
