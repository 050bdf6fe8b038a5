"""Allocations: proposed with definition and figures, signed by another person, posted from county to township to programme."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from huimin.funds import ledger, levels
from huimin.funds.ledger import Fund
from huimin.funds.levels import Share
from huimin.units.words import Words
from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.funds import posting, reach
from huimin_platform.funds.budget_models import Proposal
from huimin_platform.funds.models import Transfer
from huimin_platform.funds.refusals import NotNow, insist_on_reason, permitted
from huimin_platform.funds.sourcing import insist_on_open_year, insist_on_purpose

State = Proposal.State


@transaction.atomic
def propose(
    *,
    key: UUID,
    year: int,
    source: str,
    definition: Mapping[str, Any],
    figures: Sequence[Mapping[str, Any]],
    figures_on: date,
    shares: Sequence[Share],
    steps: Mapping[str, Any],
    notes: Mapping[str, Sequence[Words]] | None = None,
    at: datetime,
    by: User,
) -> Proposal:
    """The proposal, kept with all it rests on; the same key again changes nothing. No money moves yet.

    `steps`: place -> how its amount comes about, for the page; `notes`: place -> what else speaks for it.
    """
    permitted(by, "proposes", "allocation")
    known = Proposal.objects.filter(key=key).first()
    if known is not None:
        return known
    place = reach.place_of(by)
    found = insist_on_purpose(source, levels.POOL, place)
    assert found is not None
    insist_on_open_year(year, place)
    _insist_inside(place, [share.place for share in shares])
    total = sum(share.direct_fen for share in shares)
    _insist_on_money(levels.pool(year, source, place), total)
    if not total:
        raise NotNow(_("Nothing is handed down. Enter an amount above zero."))
    rows = [
        {
            "place": share.place,
            "amount_fen": share.amount_fen,
            "direct_fen": share.direct_fen,
            "discretion_fen": share.discretion_fen,
            "programmes": dict(share.programmes),
            "steps": steps.get(share.place, []),
            "notes": [{"zh": each.zh, "en": each.en} for each in (notes or {}).get(share.place, [])],
        }
        for share in shares
    ]
    return _keep(
        Proposal(
            key=key, kind="allocation", place=place, year=year, source=source, definition=dict(definition),
            figures=[dict(row) for row in figures], figures_on=figures_on, result=rows, total_fen=total,
        ),
        at, by,
    )  # fmt: skip


@transaction.atomic
def propose_correction(
    *,
    key: UUID,
    corrects: str,
    giver: tuple[str, str],
    taker: tuple[str, str],
    amount_fen: int,
    reason: str,
    at: datetime,
    by: User,
) -> Proposal:
    """The proposal to move money that was handed down, kept; `giver` and `taker` are (place, programme or pool).

    What people were promised or paid stays where it is: only what is left in a budget moves.
    """
    permitted(by, "proposes", "allocation")
    insist_on_reason(reason)
    known = Proposal.objects.filter(key=key).first()
    if known is not None:
        return known
    first = reach.proposals(by, Proposal.objects.all()).get(number=corrects)
    if not reach.decides(by, first.place):
        raise NotNow(_("Who corrects an allocation works for all of the place whose money it is."))
    if first.state != State.SIGNED or first.kind != "allocation":
        raise NotNow(_("Only an allocation that is signed can be corrected."))
    if giver == taker or giver == (first.place, levels.POOL):
        raise NotNow(_("Choose two different places or programmes, the first below the county's pool."))
    insist_on_open_year(first.year, first.place)
    _insist_inside(first.place, [place for place, _purpose in (giver, taker)])
    for place, purpose in (giver, taker):
        insist_on_purpose(first.source, purpose, place)
    if not 0 < amount_fen <= ledger.LARGEST_APPROPRIATION_FEN:
        raise ledger.ImpossibleAmount(amount_fen, ledger.LARGEST_APPROPRIATION_FEN)
    _insist_on_money(_fund(first, *giver), amount_fen)
    move = {"from": list(giver), "to": list(taker), "amount_fen": amount_fen}
    return _keep(
        Proposal(
            key=key, kind="correction", place=first.place, year=first.year, source=first.source, definition={}, figures=[],
            figures_on=at.date(), result=[move], total_fen=amount_fen, corrects=first, reason=reason,
        ),
        at, by,
    )  # fmt: skip


@transaction.atomic
def sign(*, number: str, at: datetime, by: User) -> Proposal:
    """The proposal signed by another person than proposed it, and its money handed down. A repeat changes nothing."""
    permitted(by, "signs", "allocation")
    found = Proposal.objects.select_for_update().get(number=number)
    if not reach.decides(by, found.place):
        raise NotNow(_("Who signs an allocation works for all of the place whose money it is."))
    if found.state == State.SIGNED:
        return found
    _undecided(found)
    if found.proposed_by_id == by.pk:
        raise NotNow(_("You proposed this. Somebody else has to sign it."))
    if _digest(found) != found.digest:
        raise NotNow(_("What is kept is not what was proposed. Tell the operator, and sign nothing."))
    insist_on_open_year(found.year, found.place)
    transfers, funds = _moves(found)
    for fund in funds:
        posting.open_accounts(fund)
    _insist_on_money(funds[0], found.total_fen)
    written = audit.write(
        by=by,
        action="signs",
        kind="allocation",
        object_id=number,
        details={"total_fen": found.total_fen},
        at=at,
    )
    found.state, found.decided_at, found.decided_by = State.SIGNED, at, by
    found.save(update_fields=["state", "decided_at", "decided_by"])
    posting.post([posting.Posting(each, document=number) for each in transfers], audit=written, at=at)
    return found


@transaction.atomic
def refuse(*, number: str, reason: str, at: datetime, by: User) -> Proposal:
    """The proposal refused by who might sign it, or withdrawn by who made it, with the reason."""
    insist_on_reason(reason)
    found = Proposal.objects.select_for_update().get(number=number)
    own = found.proposed_by_id == by.pk
    permitted(by, "proposes" if own else "signs", "allocation")
    if not own and not reach.decides(by, found.place):
        raise NotNow(_("Who signs an allocation works for all of the place whose money it is."))
    _undecided(found)
    found.state = State.WITHDRAWN if own else State.REFUSED
    found.decided_at, found.decided_by, found.decision = at, by, reason
    found.save(update_fields=["state", "decided_at", "decided_by", "decision"])
    audit.write(
        by=by, action="refuses", kind="allocation", object_id=number, details={"reason": reason}, at=at
    )
    return found


@transaction.atomic
def assign(
    *, place: str, source: str, year: int, policy: str, amount_fen: int, reason: str, key: UUID, at: datetime, by: User
) -> None:  # fmt: skip
    """Puts money of a pool on a programme: a township its own discretionary share, finance what its place kept.

    The same key again changes nothing.
    """
    permitted(by, "assigns", "allocation")
    own = reach.place_of(by)
    if place != own and place.startswith(own) and len(place) == levels.TOWN_DIGITS:
        raise NotNow(_("The township decides on this money itself."))
    if place != own:
        raise NotNow(_("This is the money of another place."))
    insist_on_reason(reason)
    insist_on_open_year(year, place)
    insist_on_purpose(source, policy, place)
    above = levels.pool(year, source, place)
    transfer = levels.assigned(above, policy, amount_fen, str(key))
    posting.open_accounts(levels.programme(policy, year, source, place))
    left = posting.budget_left(above)
    if Transfer.objects.filter(key=transfer.key).exists():
        return
    _insist_on(left, amount_fen)
    details = {"policy": policy, "amount_fen": amount_fen, "reason": reason, "source": source, "year": year}
    written = audit.write(
        by=by, action="assigns", kind="allocation", object_id=place or "all", details=details, at=at
    )
    posting.post([posting.Posting(transfer)], audit=written, at=at)


def _moves(found: Proposal) -> tuple[list[ledger.Transfer], list[Fund]]:
    """The transfers that a signed proposal makes, and the funds they touch, the giver first."""
    if found.kind == "correction":
        return _correction(found)
    shares = [
        Share(row["place"], row["amount_fen"], row["direct_fen"], row["discretion_fen"], row["programmes"])
        for row in found.result
    ]
    above = levels.pool(found.year, found.source, found.place)
    funds = [above]
    for share in shares:
        funds.append(levels.pool(found.year, found.source, share.place))
        funds += [levels.programme(each, found.year, found.source, share.place) for each in share.programmes]
    return levels.postings(shares, above=above, number=found.number), funds


def _correction(found: Proposal) -> tuple[list[ledger.Transfer], list[Fund]]:
    """Back to the pool of the place whose money it is, and from there down again to where it belongs."""
    [move] = found.result
    amount, number = move["amount_fen"], found.number
    giver, (place, purpose) = _fund(found, *move["from"]), move["to"]
    above, below = (levels.pool(found.year, found.source, each) for each in (found.place, place))
    transfers = [levels.taken_back(giver, amount, number, found.place)]
    if place != found.place:
        transfers.append(levels.handed_down(above, below, amount, number))
    if purpose != levels.POOL:
        transfers.append(levels.assigned(below, purpose, amount, number))
    return transfers, [giver, above, below, _fund(found, place, purpose)]


def _fund(found: Proposal, place: str, purpose: str) -> Fund:
    if purpose == levels.POOL:
        return levels.pool(found.year, found.source, place)
    return levels.programme(purpose, found.year, found.source, place)


def _keep(found: Proposal, at: datetime, by: User) -> Proposal:
    found.number = f"A{at:%Y%m%d}-{found.key.hex[:6].upper()}"
    found.proposed_at, found.proposed_by = at, by
    found.digest = _digest(found)
    found.save(force_insert=True)
    details = {"total_fen": found.total_fen, "source": found.source, "digest": found.digest}
    audit.write(by=by, action="proposes", kind="allocation", object_id=found.number, details=details, at=at)
    return found


def _insist_inside(place: str, others: Sequence[str]) -> None:
    """Raises `NotNow` where money would go out of the place whose money it is."""
    if not all(each.startswith(place) for each in others):
        raise NotNow(_("Money of a place goes down to the places in it, never to another."))


def _digest(found: Proposal) -> str:
    """SHA-256 over all that was proposed. The place is not in it, as signatures are older than places; the database
    refuses to change it.
    """
    said = [
        found.kind, found.year, found.source, found.definition, found.figures, found.figures_on.isoformat(),
        found.result, found.total_fen, found.corrects_id, found.reason,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _undecided(found: Proposal) -> None:
    if found.state != State.PROPOSED:
        raise NotNow(
            _("%(number)s is decided already. Correct it by another proposal.") % {"number": found.number}
        )


def _insist_on_money(fund: Fund, fen: int) -> None:
    """Raises `NotNow` where a budget does not hold so much; it stays locked until the transaction ends."""
    _insist_on(posting.budget_left(fund), fen)


def _insist_on(left: int, fen: int) -> None:
    if left < fen:
        raise NotNow(
            _(
                "Only %(left)s yuan are left there, not %(wanted)s. Appropriate more, or take a smaller amount."
            )
            % {"left": f"{left / 100:,.2f}", "wanted": f"{fen / 100:,.2f}"}
        )
