"""What an exception of the bank is about, in words: the payment, the file, the line, and what the bank says of it."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from huimin.funds.bank import reason_words
from huimin_platform.design.templatetags.design import day_short, masked_name, say, yuan_words
from huimin_platform.funds.models import Difference


def said(difference: Difference) -> str:
    """Everything that is known of it, one after the other; the fault of a file with its line, field and cure."""
    return " · ".join([*_about(difference), *_by_the_bank(difference)])


def _about(difference: Difference) -> Iterator[str]:
    if difference.payment is not None:
        yield masked_name(difference.payment.payee.name)
        yield yuan_words(difference.payment.amount_fen)
    elif difference.card_check is not None:
        yield masked_name(difference.card_check.person.name)


def _by_the_bank(difference: Difference) -> Iterator[str]:
    known = difference.details
    if code := known.get("code"):
        yield say(reason_words(code))
    fen = known.get("amount_fen")
    if fen is not None and (difference.payment is None or fen != difference.payment.amount_fen):
        yield _("the bank says %(amount)s") % {"amount": yuan_words(fen)}
    if difference.payment is None and (named := known.get("payment")):
        yield _("id %(id)s") % {"id": named}
    if on := known.get("on"):
        yield _("on %(day)s") % {"day": day_short(on)}
    message = difference.message
    if file := known.get("file") or (message.name if message is not None else ""):
        yield _("file %(name)s") % {"name": file}
    if line := known.get("line"):
        yield _("line %(line)s is the first that differs") % {"line": line}
    if message is not None and message.problem:
        yield say(message.problem)
