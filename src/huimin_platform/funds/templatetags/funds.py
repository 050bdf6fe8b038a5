"""Filters of funds pages: states, reasons and differences in words."""

from datetime import date
from fractions import Fraction

from django import template

from huimin.funds import cards
from huimin.funds.bank import reason_words as words_of_code
from huimin.funds.checks import HOLDS
from huimin.funds.ledger import CLAIM_LEGS, LEGS
from huimin.funds.payment import STATES
from huimin.funds.sources import KINDS as KIND_OF_SOURCE
from huimin_platform.design.templatetags.design import say
from huimin_platform.funds import differences
from huimin_platform.funds.card_queries import CARD_TONES
from huimin_platform.funds.difference_words import said
from huimin_platform.funds.differences import EXPLAINED, KINDS
from huimin_platform.funds.models import Difference
from huimin_platform.funds.purposes import all_words, purpose_words
from huimin_platform.funds.queries import TONES

register = template.Library()
PROPOSAL_TONES = {"proposed": "warning", "signed": "good", "refused": "bad", "withdrawn": "neutral"}
RELEASE_TONES = {"proposed": "warning", "released": "good", "refused": "bad", "undone": "neutral"}
BATCH_TONES = {"prepared": "warning", "released": "info", "sent": "info", "closed": "good"}


@register.filter
def payment_words(state: str) -> str:
    """A payment's state in words."""
    return say(STATES[state])


@register.filter
def payment_tone(state: str) -> str:
    """The tone of a payment's state."""
    return TONES[state]


@register.filter
def card_words(state: str) -> str:
    """What the bank says of a card, in words."""
    return say(cards.STATES[state])


@register.filter
def card_tone(state: str) -> str:
    """The tone of what the bank says of a card."""
    return CARD_TONES[state]


@register.filter
def batch_tone(state: str) -> str:
    """The tone of a batch's state."""
    return BATCH_TONES[state]


@register.filter
def release_tone(state: str) -> str:
    """The tone of a hold's release."""
    return RELEASE_TONES[state]


@register.filter
def hold_words(reason: str) -> str:
    """Why an order waits, and what to do."""
    return say(HOLDS[reason])


@register.filter
def difference_words(kind: str) -> str:
    """What a difference is, and what to do."""
    return say(KINDS[kind])


@register.filter
def reason_words(code: str) -> str:
    """The bank's reason code in words."""
    return say(words_of_code(code))


@register.filter
def purpose(code: str) -> str:
    """What money is for, in words."""
    return purpose_words(code)


@register.filter
def of(words: dict[str, str], code: str) -> str:
    """What a code stands for; the code where nobody has told."""
    return words.get(code, code)


@register.filter
def purposes(codes: list[str]) -> str:
    """Several purposes in words."""
    return all_words(codes)


@register.filter
def source_kind(kind: str) -> str:
    """A kind of source in words."""
    return say(KIND_OF_SOURCE[kind].title)


@register.filter
def difference_said(difference: Difference) -> str:
    """What a difference is about and what the bank says of it."""
    return said(difference)


@register.filter
def due_on(difference: Difference) -> date:
    """The day by which a difference should be settled."""
    return differences.due_on(difference)


@register.filter
def is_late(difference: Difference, today: date) -> bool:
    """Whether the day has passed."""
    return differences.due_on(difference) < today


@register.filter
def ended_words(reason: str) -> str:
    """Why a difference was closed, in words."""
    return say(EXPLAINED[reason]) if reason in EXPLAINED else reason


@register.filter
def leg_words(leg: str) -> str:
    """An account of a fund in words."""
    return say({**LEGS, **CLAIM_LEGS}[leg])


@register.filter
def proposal_tone(state: str) -> str:
    """The tone of an allocation's state."""
    return PROPOSAL_TONES[state]


@register.filter
def weight(share: Fraction) -> str:
    """A weight of a frame or formula: 50 %."""
    return f"{float(share * 100):g} %"
