"""Takes up the recoveries that were decided: what people owe back stands in the ledger, or is taken back from it."""

from datetime import datetime

from django.db import transaction

from huimin.funds import ledger
from huimin.units.divisions import DIGITS
from huimin_platform.base import audit
from huimin_platform.cases import queries as cases
from huimin_platform.cases.queries import Recovery
from huimin_platform.funds import posting
from huimin_platform.funds.models import Account, Entry, Transfer


def take_up(*, at: datetime) -> int:
    """The number of recoveries posted, or taken back because an appeal reversed them. A rerun posts none."""
    posted = set(Transfer.objects.filter(reason__in=list(ledger.CLAIMS)).values_list("key", flat=True))
    count = 0
    for recovery in cases.decided_recoveries():
        name = f"recovery:{recovery.path}"
        demanded = f"{name}:recover" in posted
        if not recovery.annulled and not demanded:
            _post(recovery, "recover", name, at)
        elif recovery.annulled and demanded and f"{name}:annul" not in posted:
            _post(recovery, "annul", name, at)
        else:
            continue
        count += 1
    return count


@transaction.atomic
def _post(recovery: Recovery, move: str, name: str, at: datetime) -> None:
    fund = ledger.fund_of(recovery.policy, recovery.on.year, _place(recovery, name))
    _open_accounts(fund)
    line = audit.write(
        by=audit.SYSTEM, action="posts", kind="case", object_id=recovery.case_number, at=at,
        details={"reason": move, "amount_fen": recovery.amount_fen},
    )  # fmt: skip
    transfer = ledger.claim(move, fund, name, recovery.amount_fen)
    kept = posting.Posting(transfer, case_number=recovery.case_number, policy_version=recovery.policy_version)
    posting.post([kept], audit=line, at=at)


def _place(recovery: Recovery, name: str) -> str:
    """Whose claim it is: that of the county where the case is; a claim that stands is taken back where it stands."""
    stands = Entry.objects.filter(transfer__key=f"{name}:recover").values_list("account__place", flat=True)
    known = stands.first() if recovery.annulled else None
    return recovery.division[: DIGITS["county"]] if known is None else known


def _open_accounts(fund: ledger.Fund) -> None:
    Account.objects.bulk_create(
        [
            Account(
                code=fund.account(leg),
                line=fund.line,
                year=fund.year,
                purpose=fund.purpose,
                place=fund.place,
                leg=leg,
            )
            for leg in ledger.CLAIM_LEGS
        ],
        ignore_conflicts=True,
    )
