"""What of the ledger lies in an officer's division: the accounts of its townships, and a county's own for who works for all of it."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from huimin.funds.levels import POOL
from huimin.units.divisions import DIGITS
from huimin_platform.base import access
from huimin_platform.funds.models import Account, Batch, Difference, Entry, Payment


def accounts(actor: Any, found: QuerySet[Account]) -> QuerySet[Account]:
    """The accounts that lie in the actor's division; all where the house itself asks, which is None.

    An account without a township carries no county. It is the county's whose officers brought money to it, or to the
    pool that it is given from; nobody else's who works for one place only.
    """
    leading = _leading(actor)
    if not leading:
        return found if leading == "" else found.none()
    brought = letters(actor, Entry.objects.all()).filter(
        Q(account__purpose=OuterRef("purpose")) | Q(account__purpose=POOL),
        account__year=OuterRef("year"),
        account__source=OuterRef("source"),
    )
    return found.filter(Q(town__startswith=leading) | Q(Exists(brought), town=""))


def entries(actor: Any, found: QuerySet[Entry]) -> QuerySet[Entry]:
    """The entries on those accounts."""
    if _leading(actor) == "":
        return found
    return found.filter(account__in=accounts(actor, Account.objects.all()).values("pk"))


def letters(actor: Any, found: QuerySet[Entry]) -> QuerySet[Entry]:
    """What officers of the actor's division brought in: appropriations name who made them, and no place."""
    found = found.filter(transfer__reason="appropriate", amount_fen__gt=0)
    leading = _leading(actor)
    if leading is None:
        return found.none()
    return found.filter(transfer__audit__by_user__division__startswith=leading) if leading else found


def batches(actor: Any, found: QuerySet[Batch]) -> QuerySet[Batch]:
    """The batches with a payment in the actor's division; one that everybody has left is nobody's secret."""
    if _leading(actor) == "":
        return found
    within = Payment.objects.filter(batch=OuterRef("pk"))
    return found.filter(Exists(access.scope(actor, within)) | ~Exists(within))


def differences(actor: Any, found: QuerySet[Difference]) -> QuerySet[Difference]:
    """Those about payments and cards in the actor's division; about a file alone, those that somebody of it looks after, or nobody."""
    leading = _leading(actor)
    if not leading:
        return found if leading == "" else found.none()
    of_files = Q(payment=None, card_check=None) & (Q(owner=None) | Q(owner__division__startswith=leading))
    of_cards = Q(card_check__division__startswith=leading)
    return found.filter(Q(payment__division__startswith=leading) | of_cards | of_files)


def whole_county(actor: Any) -> bool:
    """Whether the actor works for a county at least, so that what it lacks is the actor's to see."""
    leading = _leading(actor)
    return leading is not None and len(leading) <= DIGITS["county"]


def _leading(actor: Any) -> str | None:
    return "" if actor is None else access.prefix_of(actor)
