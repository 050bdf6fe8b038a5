"""Pays providers what signed settlements say: prepared by one finance officer, approved by another, from the programme's fund."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from huimin.funds import ledger
from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.delivery import actions as delivery
from huimin_platform.delivery.models import Settlement
from huimin_platform.funds import drawing, posting, reach
from huimin_platform.funds.refusals import NotNow
from huimin_platform.funds.service_payment_models import ServicePayment
from huimin_platform.funds.sourcing import insist_on_open_year


@dataclass(frozen=True)
class Wanting:
    """A settlement as `drawing` reads what wants money."""

    id: int
    due_on: date
    amount_fen: int
    division: str
    fund: ledger.Fund


@transaction.atomic
def prepare(*, settlement: str, document: str, at: datetime, by: User) -> ServicePayment:
    """The payment of a signed settlement, waiting for a second person. The same again changes nothing.

    `document` is the number of the treasury's voucher for the transfer to the provider's account.
    """
    found = _settlement(settlement, by)
    if found.signed_by is None:
        raise NotNow(_("The settlement is not signed yet; nothing is paid on it before."))
    known = ServicePayment.objects.filter(settlement=found).first()
    if known is not None:
        return known
    document = document.strip()
    if not document:
        raise NotNow(_("Write the number of the treasury’s voucher."))
    if ServicePayment.objects.filter(document=document).exists():
        raise NotNow(
            _("The document %(number)s was taken in before. Check its number.") % {"number": document}
        )
    fund = ledger.fund_of(found.contract.policy, found.month.year)
    insist_on_open_year(fund.year, reach.place_at(found.contract.division))
    made = ServicePayment.objects.create(
        settlement=found, line=fund.line, year=fund.year, policy=fund.purpose, amount_fen=found.public_fen,
        document=document, prepared_at=at, prepared_by=by,
    )  # fmt: skip
    details = {"amount_fen": made.amount_fen, "document": document}
    audit.write(by=by, action="prepares", kind="settlement", object_id=found.number, details=details, at=at)
    return made


@transaction.atomic
def approve(*, settlement: str, at: datetime, by: User) -> ServicePayment:
    """The payment approved by a second person, its money in the ledger, its visits paid. A repeat changes nothing.

    The money is the programme's own, the township's before the county's; raises `NotNow` where none reaches.
    """
    statement = _settlement(settlement, by)
    found = ServicePayment.objects.select_for_update().filter(settlement=statement).first()
    if found is None:
        raise NotNow(_("Nobody has prepared this payment yet."))
    if found.approved_by_id is not None:
        return found
    if found.prepared_by_id == by.pk:
        raise NotNow(_("You prepared this payment. Somebody else has to approve it."))
    insist_on_open_year(found.year, reach.place_at(statement.contract.division))
    wanting = Wanting(
        statement.pk, statement.month, found.amount_fen, statement.contract.division,
        ledger.Fund(found.line, found.year, found.policy),
    )  # fmt: skip
    drawn = drawing.draw([wanting])
    if not drawn:
        raise NotNow(_("The fund of this programme has not enough left. Have it appropriated first."))
    fund = drawn[0][1]
    details = {"amount_fen": found.amount_fen, "document": found.document, "fund": fund.account("budget")}
    line = audit.write(
        by=by, action="approves", kind="settlement", object_id=statement.number, details=details, at=at
    )
    found.payer, found.source, found.approved_at, found.approved_by = fund.place, fund.source, at, by
    found.save(update_fields=["payer", "source", "approved_at", "approved_by"])
    spent = ledger.Transfer(
        f"spend:service:{statement.pk}",
        "spend",
        fund.account("budget"),
        fund.account("paid"),
        found.amount_fen,
    )
    posting.post([posting.Posting(spent, document=found.document)], audit=line, at=at)
    delivery.mark_paid(statement)
    return found


def _settlement(number: str, by: User) -> Settlement:
    found = Settlement.objects.select_for_update(of=("self",)).select_related("contract").get(number=number)
    decision = access.allow(by, "approves", "settlement", division=found.contract.division)
    if not decision:
        raise access.NotAllowed(decision.reasons)
    return found
