"""Whose money it is, and what of it, and of what is decided about it, an officer sees: the one place that pages, exports and acts ask.

A place is known by its leading digits: `330127` is a county, `330127201` a township in it, and nothing is everybody's.
"""

from typing import Any, TypeVar

from django.db.models import Exists, F, Func, Model, OuterRef, Q, QuerySet, Value
from django.db.models.fields import BooleanField

from huimin.funds.levels import TOWN_DIGITS
from huimin.units.divisions import DIGITS, prefix
from huimin_platform.base import access
from huimin_platform.base.prepared import is_like, prepared
from huimin_platform.funds.budget_models import Proposal
from huimin_platform.funds.models import Account, Batch, Difference, Entry, Payment

Some = TypeVar("Some", bound=Model)


def place_of(actor: Any) -> str:
    """The place that money comes to which the actor brings in: where the actor works, a township at the least."""
    return (_leading(actor) or "")[:TOWN_DIGITS]


def place_at(division: str) -> str:
    """The place that a division is, a township at the least."""
    return prefix(division)[:TOWN_DIGITS] if division else ""


def around_it(place: str) -> list[str]:
    """A place and all around it, the nearest first, everybody's last.

    >>> around_it("330127201")
    ['330127201', '330127', '3301', '33', '']
    """
    return [place[:digits] for digits in sorted(DIGITS.values(), reverse=True) if digits <= len(place)]


def within(actor: Any, found: QuerySet[Some], field: str = "place") -> QuerySet[Some]:
    """What is of the actor's division and of the places inside; all where the house itself asks, which is None."""
    leading = _leading(actor)
    if leading is None:
        return found.none()
    return found.filter(**{f"{field}__startswith": leading}) if leading else found


def around(actor: Any, found: QuerySet[Some], field: str = "place") -> QuerySet[Some]:
    """What is within, and what a place around decided for all inside it: sources, formulas, appraisals."""
    leading = _leading(actor)
    if not leading:
        return within(actor, found, field)
    return found.filter(Q(**{f"{field}__startswith": leading}) | Q(**{f"{field}__in": around_it(leading)}))


def decides(actor: Any, place: str) -> bool:
    """Whether somebody works for all of a place, and so sees the whole of what concerns it and may decide on it."""
    leading = _leading(actor)
    return leading is not None and place.startswith(leading)


def inside(actor: Any, place: str) -> bool:
    """Whether a place lies in the actor's division."""
    return decides(actor, place)


def accounts(actor: Any, found: QuerySet[Account]) -> QuerySet[Account]:
    """The accounts of the actor's division."""
    return within(actor, found)


def entries(actor: Any, found: QuerySet[Entry]) -> QuerySet[Entry]:
    """The entries on those accounts."""
    return within(actor, found, "account__place")


def letters(actor: Any, found: QuerySet[Entry]) -> QuerySet[Entry]:
    """What brought money in to the actor's division; and to everybody's funds by its officers, who know their own letter."""
    found = found.filter(transfer__reason="appropriate", amount_fen__gt=0)
    leading = _leading(actor)
    if not leading:
        return within(actor, found, "account__place")
    own = Q(account__place="", transfer__audit__by_user__division__startswith=leading)
    return found.filter(Q(account__place__startswith=leading) | own)


def proposals(actor: Any, found: QuerySet[Proposal]) -> QuerySet[Proposal]:
    """Allocations of the actor's division, and those of a place around it that name it; `own_part` cuts these."""
    leading = _leading(actor)
    if not leading:
        return within(actor, found)
    named = Func(
        F("result"), Value(f'$.** ? (@.type() == "string" && @ starts with "{leading}")'),
        function="jsonb_path_exists", template="%(function)s(%(expressions)s::jsonpath)", output_field=BooleanField(),
    )  # fmt: skip
    return found.annotate(names_it=named).filter(
        Q(place__startswith=leading) | Q(place__in=around_it(leading), names_it=True)
    )


def batches(actor: Any, found: QuerySet[Batch]) -> QuerySet[Batch]:
    """The batches with a payment in the actor's division; one that everybody has left is nobody's secret."""
    if _leading(actor) == "":
        return found
    within_batch = Payment.objects.filter(batch=OuterRef("pk"))
    return found.filter(Exists(access.scope(actor, within_batch)) | ~Exists(within_batch))


def whole_batch(actor: Any, batch: Batch) -> bool:
    """Whether all payments of a batch lie in the actor's division, so that who approves it sees what it pays."""
    leading = _leading(actor)
    return leading == "" or not _outside.exists(batch.pk, f"{leading or 'nowhere'}%")


@prepared
def _outside(batch: Any, pattern: Any) -> QuerySet[Payment]:
    return Payment.objects.filter(batch=batch).exclude(is_like("division", pattern))


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


def whole_house(actor: Any) -> bool:
    """Whether all money of the house is of the actor's division, as it is in a house of one county."""
    leading = _leading(actor)
    if not leading:
        return leading == ""
    others = Account.objects.exclude(place="").exclude(place__startswith=leading)
    return not others.exists() and not Payment.objects.exclude(division__startswith=leading).exists()


def _leading(actor: Any) -> str | None:
    return "" if actor is None else access.prefix_of(actor)
