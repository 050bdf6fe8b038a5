"""Words and tones of scores."""

from django import template
from django.utils.translation import get_language

from huimin.feedback import scale

register = template.Library()


@register.filter
def score_words(score: int) -> str:
    """The words of a score in the reader's language."""
    return scale.step(score).words.say(get_language() or "zh-hans")


@register.filter
def score_tone(score: int) -> str:
    """The tone of a score: good, warning or bad."""
    return scale.step(score).tone
