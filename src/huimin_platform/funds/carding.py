"""Which card a payment goes to: until it is sent, the one its payee has now; from then on the one it was sent to."""

from collections.abc import Sequence

from django.db import connection

from huimin_platform.base import secrets
from huimin_platform.funds.models import Payment

CARD = "funds.payment.card"
RENEW = """
update funds_payment payment set card_sealed = given.card
from unnest(%s::text[], %s::bytea[]) given (id, card) where payment.id = given.id
"""


def with_another_card(payments: Sequence[Payment]) -> list[Payment]:
    """Those payments whose payee, read with them, has another card by now."""
    cards = secrets.unseal_many([each.card_sealed for each in payments], CARD, [each.pk for each in payments])
    return [
        payment
        for payment, index in zip(payments, secrets.blind_many(cards, "card"), strict=True)
        if _index(payment) != index
    ]


def renew(payments: Sequence[Payment]) -> int:
    """The number of payments, not sent yet and locked by the caller, that go to another card than they were approved for."""
    found = with_another_card(payments)
    if not found:
        return 0
    ids = [each.pk for each in found]
    cards = secrets.unseal_many(
        [each.payee.card_sealed for each in found], "registry.person.card", [each.payee_id for each in found]
    )
    sealed = secrets.seal_many(cards, CARD, ids)
    with connection.cursor() as cursor:
        cursor.execute(RENEW, [ids, sealed])
    for payment, card in zip(found, sealed, strict=True):
        payment.card_sealed = card
    return len(found)


def _index(payment: Payment) -> bytes | None:
    """What tells the card that the payee has now."""
    index = payment.payee.card_index
    return None if index is None else bytes(index)
