"""The form in which a resident tells what is on their mind."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from huimin.needs.messages import Guess
from huimin.needs.topics import topics

LONGEST_TEXT = 2000


class TellForm(forms.Form):
    """The words, and once they are written what they are about."""

    text = forms.CharField(
        label=_("What is on your mind?"),
        help_text=_("Write it in your own words: what happened, since when, what you need."),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write what is on your mind.")},
    )
    topic = forms.ChoiceField(
        label=_("What is it about?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it is about.")},
    )
    guessed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, asked: bool, guess: Guess | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        language = get_language() or "zh-hans"
        order = [*(guess.topics if guess else ()), *topics()]
        choices = [(name, topics()[name].title.say(language)) for name in dict.fromkeys(order)]
        self.fields["topic"].choices = choices  # pyright: ignore[reportAttributeAccessIssue]
        if not asked:
            del self.fields["topic"], self.fields["guessed"]

    @classmethod
    def proposing(cls, text: str, guess: Guess | None) -> "TellForm":
        """The form with the topics in order of likelihood, the first chosen where it leads clearly."""
        proposed = guess.topics[0] if guess and guess.sure else ""
        form = cls(asked=True, guess=guess, initial={"text": text, "topic": proposed, "guessed": proposed})
        hints = {
            "sure": _("We think it is this. Choose another one if it is not."),
            "in doubt": _("We cannot tell for sure. Choose what fits best."),
            "not learned": _("Messages are not sorted by machine here. Choose what fits best."),
        }
        form.fields["topic"].help_text = hints["sure" if proposed else "in doubt" if guess else "not learned"]
        return form

    def clean_guessed(self) -> str:
        """The topic that was proposed; what no page of ours proposed is none."""
        found = self.cleaned_data["guessed"]
        return found if found in topics() else ""
