"""What a county sets itself: proposed by one person, signed by another, in force from a day on.

Numbers are proposed here, texts of policies in `drafting`; both are signed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin import rules
from huimin.units.words import Words
from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.registry import tables
from huimin_platform.registry.models import Proposal, Signature

PROPOSED = Words("拟定", "proposed")
MOST_SHOWN = 50


class NotSigned(Exception):
    """Why a proposal cannot be made or signed, in words."""


def proposals(actor: Any) -> list[Proposal]:
    """The numbers proposed for the actor's part of the country, the latest first, with what was said of them."""
    return list(of(actor).filter(text="")[:MOST_SHOWN])


@dataclass(frozen=True)
class SetAside:
    """Signed numbers of which this release cannot hold some, and what is wrong with those."""

    proposal: Proposal
    problems: list[rules.PolicyError]


def set_aside() -> list[SetAside]:
    """The signed numbers that decide nothing until they are proposed anew."""
    kept = tables.signed().filter(text="").select_related("by", "signature", "signature__by")
    return [SetAside(each, problems) for each in kept if (problems := tables.holding(each)[1])]


def of(actor: Any) -> QuerySet[Proposal]:
    """All proposals for the actor's part of the country, the latest first."""
    found = access.scope(actor, Proposal.objects.select_related("by", "signature", "signature__by"))
    return found.order_by("-pk")


@transaction.atomic
def propose(
    *,
    division: str,
    values: Mapping[str, Any],
    effective_on: date,
    reason: str,
    today: date,
    at: datetime,
    by: User,
) -> Proposal:
    """A proposal, which changes nothing until a second person signs it. `PolicyError` for a number out of range."""
    if not values:
        raise NotSigned(_("Change at least one number."))
    if effective_on < today:
        raise NotSigned(_("Numbers are set for a day to come or for today, because what was decided stands."))
    if not reason.strip():
        raise NotSigned(_("Say on what the numbers rest, for example the number of the resolution."))
    # A number that no policy knows, or outside its range, would stop the loop once it is signed.
    tables.book().resolver([rules.ParameterSet(division, effective_on, values, PROPOSED)], effective_on)
    kept = Proposal.objects.create(
        division=division, values=dict(values), effective_on=effective_on, reason=reason.strip(), by=by, at=at
    )
    audit.write(
        by=by,
        action="proposes",
        kind="parameters",
        object_id=kept.pk,
        at=at,
        details={"from": str(effective_on)},
    )
    return kept


@transaction.atomic
def sign(*, proposal: int, publish: bool, reason: str, today: date, at: datetime, by: User) -> Signature:
    """The signature under a proposal. Nobody signs what they proposed, nothing is signed twice, none for the past.

    A text is signed only while it still stands beside all that was signed before it.
    """
    with connection.cursor() as cursor:
        # Two texts that each stand alone may not stand together; they are signed one after the other.
        cursor.execute("lock table registry_signature in share row exclusive mode")
    kept = Proposal.objects.select_for_update().get(pk=proposal)
    if kept.by_id == by.pk:
        raise NotSigned(_("Another person than the one who proposed it has to sign."))
    before = Signature.objects.filter(proposal=kept).first()
    if before is not None:
        if before.published == publish and before.by_id == by.pk:
            return before
        raise NotSigned(_("Somebody else has decided on this proposal already."))
    if publish and kept.effective_on < (today + timedelta(days=1) if kept.text else today):
        raise NotSigned(_("The day from which this was to hold has passed. Propose it anew."))
    if publish and kept.text:
        _stands(kept)
    if not publish and not reason.strip():
        raise NotSigned(_("Say why the proposal is refused."))
    signature = Signature.objects.create(
        proposal=kept, published=publish, reason=reason.strip(), by=by, at=at
    )
    kind = "policy" if kept.text else "parameters"
    audit.write(by=by, action="signs" if publish else "refuses", kind=kind, object_id=kept.pk, at=at)
    transaction.on_commit(tables.look_again)
    return signature


def _stands(kept: Proposal) -> None:
    """Refuses a text that what was signed since has made impossible."""
    try:
        tables.book_with((*tables.standing(), (tables.text_name(kept.pk), kept.text)))
    except rules.PolicyError as problem:
        raise NotSigned(problem.say(get_language() or "zh-hans")) from None
