"""Reads about cards: what the bank last said of each, what waits for it, and its history."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin.funds.bank import reason_words
from huimin_platform.base import access
from huimin_platform.base.timeline import Event
from huimin_platform.base.together import Kept
from huimin_platform.funds.card_models import CardCheck, CardMove
from huimin_platform.funds.models import Difference, Hold

# Holds that lift when the bank has confirmed a card.
CARD_HOLDS = ("card_unverified", "card_refused")
CARD_TONES = {"asked": "info", "verified": "good", "refused": "bad", "unknown": "warning"}


def cards_for(actor: Any, *, state: str = "") -> QuerySet[CardCheck]:
    """The last word about each person's card as it is now, in the actor's division: those that money waits for longest first.

    The house itself is None. A card that the person no longer has is not shown; `waits_fen` is what is held for it. Confirmed cards only where asked for.
    """
    later = CardCheck.objects.filter(
        person=OuterRef("person"),
        card_index=OuterRef("card_index"),
        name=OuterRef("name"),
        turn__gt=OuterRef("turn"),
    )
    held = (
        Hold.objects.filter(lifted_at=None, reason__in=CARD_HOLDS, order__payee=OuterRef("person"))
        .order_by()
        .values("order__payee")
        .annotate(fen=Sum("order__amount_fen"))
        .values("fen")
    )
    found = CardCheck.objects.filter(_still_the_persons(), ~Exists(later)).annotate(waits_fen=Subquery(held))
    found = found.filter(state=state) if state else found.exclude(state=CardCheck.State.VERIFIED)
    found = found.select_related("person").prefetch_related(_open_differences())
    found = found if actor is None else access.scope(actor, found)
    return found.order_by("state", "asked_at", "pk")


def card_for(actor: Any, check: str) -> CardCheck | None:
    """One question about a card in the actor's division, with its person; None where there is none."""
    found = CardCheck.objects.select_related("person", "asked_by").prefetch_related(_open_differences())
    return access.scope(actor, found).filter(pk=check).first()


def is_current(check: CardCheck) -> bool:
    """Whether a question is the last about the card, name and number that the person has now."""
    newest = CardCheck.objects.filter(_still_the_persons(), person=check.person_id).order_by("-turn").first()
    return newest is not None and newest.pk == check.pk


def last_card(hold: Hold) -> CardCheck | None:
    """The last question about the card of whom a held payment is for."""
    found = CardCheck.objects.filter(_still_the_persons(), person=hold.order.payee_id)
    return found.order_by("-turn").first()


def card_history(check: CardCheck) -> Sequence[CardMove]:
    """What happened to a question about a card, the oldest first, with the file and act behind each."""
    return list(check.moves.select_related("message", "audit").order_by("pk"))


def held_for_card(check: CardCheck) -> QuerySet[Hold]:
    """What is held now because of a person's card."""
    found = Hold.objects.filter(lifted_at=None, reason__in=CARD_HOLDS, order__payee=check.person_id)
    return found.select_related("order__grant").order_by("order__due_on", "pk")


def current_card(kept: Kept, person: Any) -> CardCheck | None:
    """What the bank last said of the card that a person has now, from what was asked together; None where it was not asked."""
    now = [
        check
        for check in kept["card_checks"]
        if check.person_id == person.pk and check.name == person.name
        and _same(check.card_index, person.card_index) and _same(check.national_id_index, person.national_id_index)
    ]  # fmt: skip
    return max(now, key=lambda check: check.turn, default=None)


def of(person_id: int | None, household_id: int | None) -> QuerySet[CardCheck]:
    """What the bank was asked about the cards of a person, or of those who live in a household; the latest first."""
    found = CardCheck.objects.filter(person=person_id)
    if person_id is None:
        found = CardCheck.objects.filter(
            person__memberships__household=household_id, person__memberships__ended_on=None,
            person__memberships__withdrawn_at=None,
        )  # fmt: skip
    return found.order_by("-asked_at", "pk")


def timeline(kept: Kept) -> list[Event]:
    """What the bank was asked about cards, and what it said."""
    language = get_language() or "zh"
    return [
        Event(
            on=timezone.localdate(check.answered_at or check.asked_at),
            title=_("Bank card checked: %(state)s") % {"state": check.get_state_display()},
            detail=reason_words(check.reason).say(language) if check.state == "refused" else "",
            source=_("Check %(id)s") % {"id": check.pk[:8]},
            url=reverse("funds:card", args=[check.pk]),
            tone=CARD_TONES[check.state],
            stage="funds",
            sensitive=True,
        )
        for check in kept["card_checks"]
    ]


def _same(left: Any, right: Any) -> bool:
    return (left is None) == (right is None) and bytes(left or b"") == bytes(right or b"")


def _still_the_persons() -> Q:
    """That a question is about the card, name and number that its person has now."""
    no_number = Q(national_id_index=None, person__national_id_index=None)
    return (
        Q(card_index=F("person__card_index"), name=F("person__name"))
        & (Q(national_id_index=F("person__national_id_index")) | no_number)
    )  # fmt: skip


def _open_differences() -> Prefetch:
    found = Difference.objects.filter(state=Difference.State.OPEN).select_related("owner").order_by("pk")
    return Prefetch("differences", found, to_attr="open_differences")
