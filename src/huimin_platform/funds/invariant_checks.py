"""The statements behind each invariant of public money, and what a row that breaks one says to people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from huimin.funds.payment import STATES
from huimin.units.money import format_yuan
from huimin_platform.design.templatetags.design import say
from huimin_platform.funds import books, guards

GUARDED = "I2 no entry is changed or removed"
# What the tables are called by who works with them.
TABLES: Mapping[str, Promise] = {
    "funds_account": gettext_lazy("accounts of the ledger"),
    "funds_transfer": gettext_lazy("transfers of the ledger"),
    "funds_payment": gettext_lazy("payments"),
    "funds_batch": gettext_lazy("batches of payments"),
    "funds_statementline": gettext_lazy("lines of the bank’s statements"),
    "funds_servicepayment": gettext_lazy("payments to providers"),
    "delivery_order": gettext_lazy("orders of money"),
    "delivery_settlementline": gettext_lazy("lines of providers’ settlements"),
}

PAST_US = gettext_lazy(
    "Let no batch be approved or sent. Only the platform writes to this table, so something wrote past it: the operator "
    "compares the record with the last backup and with the log of the database server, and restores it. Nobody corrects it by hand."
)
WAKE_IT = gettext_lazy(
    "Let nobody pay. The operator finds out in the log of the database server who changed it and what was written since, and puts "
    "it back as it is in a database newly made by this release. Then check again."
)
OVERDRAWN = gettext_lazy(
    "Let no batch of this fund be approved. Look on the page of the fund for the letter or allocation that is missing and have it "
    "posted. Where none is missing, the operator compares the account with the last backup."
)
FROM_THE_BANK = gettext_lazy(
    "Write to the bank today, with both lines of the statement, and ask for one of them back. Look after the exception on the "
    "desk until the money has come."
)
ONE_OF_THEM = gettext_lazy(
    "Ask the bank which of the payments it has debited, and have the others returned. Until then nobody reissues this order."
)
APPROVE_ANEW = gettext_lazy(
    "Do not send the batch. Where it is with the bank already, tell the leader of finance and the auditor today: approvals were "
    "removed or amounts changed past the platform. The operator compares it with the last backup."
)
WITH_THE_TREASURY = gettext_lazy(
    "Let nothing more be paid to this provider. Compare settlement and voucher with the treasury, then with the last backup; tell "
    "the leader of finance and the auditor what was paid too much or too little."
)


@dataclass(frozen=True)
class Check:
    """A statement that gives the rows that break an invariant, the table they are about, and the column that names the record.

    `broken` says of a row what is wrong, with the columns as placeholders; `cure` what to do.
    """

    sql: str | Callable[[], str]
    table: str
    record: str
    broken: Promise
    cure: Promise

    def statement(self) -> str:
        """The statement as it is asked."""
        return self.sql if isinstance(self.sql, str) else self.sql()


@dataclass(frozen=True)
class Told:
    """A broken row in words: in which table and record, what is broken, and what to do."""

    table: str
    record: str
    broken: str
    cure: str


def told(check: Check, row: Mapping[str, Any]) -> Told:
    """What a row that breaks a check says, in the reader's language; money in yuan."""
    table = row["table"] if check.table == "" else check.table
    name = f"{TABLES[table]} ({table})" if table in TABLES else table
    return Told(
        name,
        str(row[check.record]),
        check.broken % {key: _said(key, row[key]) for key in row},
        str(check.cure),
    )


def _said(name: str, value: Any) -> str:
    if name.endswith("_fen"):
        return format_yuan(int(value or 0))
    if name in ("state", "last_move") and value in STATES:
        return say(STATES[value])
    return "—" if value in (None, "") else str(value)


INVARIANTS: Mapping[str, tuple[Check, ...]] = {
    "I1 every transfer sums to zero": (
        Check(
            """
        select transfer.key, coalesce(sum(entry.amount_fen), 0) as sum_fen, count(entry.id) as entries
        from funds_transfer transfer left join funds_entry entry on entry.transfer_id = transfer.id
        group by transfer.id
        having coalesce(sum(entry.amount_fen), 0) <> 0 or count(entry.id) <> transfer.entry_count
        """,
            "funds_transfer",
            "key",
            gettext_lazy(
                "The entries of transfer %(key)s come to %(sum_fen)s yuan and must come to 0, or are not as many as were posted; there are %(entries)s."
            ),
            PAST_US,
        ),
    ),
    GUARDED: (
        Check(
            guards.missing,
            "",
            "guard",
            gettext_lazy(
                "The guard “%(guard)s” of table %(table)s is missing, asleep or altered: the database would let a wrong row in."
            ),
            WAKE_IT,
        ),
        Check(
            books.CHECKS["balances_follow_entries"],
            "funds_account",
            "code",
            gettext_lazy(
                "Account %(code)s shows a balance of %(balance_fen)s yuan, and its entries come to %(entries_fen)s yuan."
            ),
            PAST_US,
        ),
    ),
    "I3 no fund below zero, and none pays for another": (
        Check(
            "select code, balance_fen from funds_account where balance_fen < 0 and leg not in ('treasury', 'claim')",
            "funds_account",
            "code",
            gettext_lazy("Account %(code)s stands at %(balance_fen)s yuan, below zero."),
            OVERDRAWN,
        ),
        Check(
            """
        select transfer.key, account.code, payment.line, payment.year, payment.policy
        from funds_transfer transfer join funds_payment payment on payment.id = transfer.payment_id
        join funds_entry entry on entry.transfer_id = transfer.id
        join funds_account account on account.id = entry.account_id
        where (account.line, account.year, account.purpose, account.place, account.source)
              <> (payment.line, payment.year, payment.policy, payment.payer, payment.source)
        """,
            "funds_transfer",
            "key",
            gettext_lazy(
                "Transfer %(key)s moves money on account %(code)s, and its payment is one of line %(line)s, %(year)s, programme %(policy)s."
            ),
            PAST_US,
        ),
        Check(
            "select id, payer, division from funds_payment where not starts_with(division, payer)",
            "funds_payment",
            "id",
            gettext_lazy(
                "Payment %(id)s is for somebody in division %(division)s and is paid by place %(payer)s, which does not lie around it."
            ),
            PAST_US,
        ),
        Check(
            """
        select transfer.key, account.code, paid.settlement_id
        from funds_transfer transfer join funds_entry entry on entry.transfer_id = transfer.id
        join funds_account account on account.id = entry.account_id
        left join funds_servicepayment paid on transfer.key = 'spend:service:' || paid.settlement_id
        where transfer.reason = 'spend' and account.purpose not like 'project:%'
          and (paid.line, paid.year, paid.policy, paid.payer, paid.source, paid.amount_fen)
              is distinct from (account.line, account.year, account.purpose, account.place, account.source, abs(entry.amount_fen))
        """,
            "funds_transfer",
            "key",
            gettext_lazy(
                "Transfer %(key)s spent money of account %(code)s that no approved payment to a provider explains."
            ),
            WITH_THE_TREASURY,
        ),
    ),
    "I4 the payments of a state add up to its account": (
        Check(
            books.CHECKS["payments_stand_on_their_accounts"],
            "funds_account",
            "code",
            gettext_lazy(
                "Account %(code)s stands at %(balance_fen)s yuan, and the payments that stand on it come to %(payments_fen)s yuan."
            ),
            PAST_US,
        ),
    ),
    "I5 the bank debits a payment once at most": (
        Check(
            """
        select payment_id, count(*) as debits from funds_statementline
        where not credit and payment_id is not null group by payment_id having count(*) > 1
        """,
            "funds_statementline",
            "payment_id",
            gettext_lazy("The bank’s statements debit payment %(payment_id)s %(debits)s times."),
            FROM_THE_BANK,
        ),
    ),
    "I6 one live payment for each grant and period, under the id of its order": (
        Check(
            books.CHECKS["one_live_payment_an_order"],
            "delivery_order",
            "order_id",
            gettext_lazy("Order %(order_id)s has %(payments)s payments that are paid or on their way."),
            ONE_OF_THEM,
        ),
        Check(
            """
        select payment.id, orders.key, payment.component
        from funds_payment payment join delivery_order orders on orders.id = payment.order_id
        where payment.id <> upper(left(encode(sha256(convert_to(
            orders.grant_id || '|' || orders.period || '|' || payment.component, 'UTF8')), 'hex'), 32))
        """,
            "funds_payment",
            "id",
            gettext_lazy(
                "Payment %(id)s is not the one of its order %(key)s: its number does not follow from the grant and the period."
            ),
            PAST_US,
        ),
    ),
    "I7 as many persons approve a batch as it needs, never who prepared it": (
        Check(
            """
        select batch.number, batch.approvals_needed, count(approval.id) as approvals
        from funds_batch batch
        left join funds_batchapproval approval
            on approval.batch_id = batch.id and approval.by_id is distinct from batch.prepared_by_id
        where batch.state <> 'prepared' group by batch.id
        having count(approval.id) < batch.approvals_needed
        """,
            "funds_batch",
            "number",
            gettext_lazy(
                "Batch %(number)s needs %(approvals_needed)s approvals and has %(approvals)s by persons who did not prepare it."
            ),
            APPROVE_ANEW,
        ),
        Check(
            books.CHECKS["batches_add_up"],
            "funds_batch",
            "number",
            gettext_lazy(
                "Batch %(number)s was sent for %(total_fen)s yuan, and its payments come to %(payments_fen)s yuan."
            ),
            APPROVE_ANEW,
        ),
    ),
    "I8 settled, returned and open are what was approved": (
        Check(
            """
        select payment.id, payment.state, last.state_after as last_move
        from funds_payment payment
        left join lateral (
            select state_after from funds_paymentmove move where move.payment_id = payment.id
            order by move.id desc limit 1
        ) last on true
        where last.state_after is distinct from payment.state
        """,
            "funds_payment",
            "id",
            gettext_lazy(
                "Payment %(id)s stands as “%(state)s”, and the last step of its history as “%(last_move)s”."
            ),
            PAST_US,
        ),
        Check(
            """
        select payment.id, payment.amount_fen, moved.fen as committed_fen
        from funds_payment payment
        left join (
            select transfer.payment_id, sum(entry.amount_fen) as fen
            from funds_transfer transfer join funds_entry entry on entry.transfer_id = transfer.id
            where transfer.reason = 'commit' and entry.amount_fen > 0 group by transfer.payment_id
        ) moved on moved.payment_id = payment.id
        where moved.fen is distinct from payment.amount_fen
        """,
            "funds_payment",
            "id",
            gettext_lazy(
                "Payment %(id)s is one of %(amount_fen)s yuan, and %(committed_fen)s yuan were set aside for it."
            ),
            PAST_US,
        ),
        Check(
            # A provider was paid what a signed settlement of proven visits says.
            """
        select settlement.number, paid.amount_fen, settlement.public_fen, coalesce(lines.fen, 0) as lines_fen
        from funds_servicepayment paid join delivery_settlement settlement on settlement.id = paid.settlement_id
        join supply_servicecontract contract on contract.number = settlement.contract_id
        left join (
            select settlement_id, sum(public_fen) as fen from delivery_settlementline group by settlement_id
        ) lines on lines.settlement_id = settlement.id
        where settlement.signed_by_id is null or paid.policy <> contract.policy
           or paid.amount_fen <> settlement.public_fen or coalesce(lines.fen, 0) <> settlement.public_fen
        """,
            "funds_servicepayment",
            "number",
            gettext_lazy(
                "For settlement %(number)s %(amount_fen)s yuan were paid. It is worth %(public_fen)s yuan, and its lines come to %(lines_fen)s yuan; or it is not signed, or was paid from another programme."
            ),
            WITH_THE_TREASURY,
        ),
        Check(
            """
        select settlement.number, line.order_id, line.units, coalesce(proven.units, 0) as proven
        from delivery_settlementline line join delivery_settlement settlement on settlement.id = line.settlement_id
        left join (
            select settlement_id, order_id, sum(units) as units from delivery_visit where state in ('settled', 'paid') group by 1, 2
        ) proven on proven.settlement_id = line.settlement_id and proven.order_id = line.order_id
        where coalesce(proven.units, 0) < line.units
        """,
            "delivery_settlementline",
            "number",
            gettext_lazy(
                "Settlement %(number)s pays %(units)s units of order %(order_id)s, of which %(proven)s are proven."
            ),
            WITH_THE_TREASURY,
        ),
    ),
    "I9 money in is paid, left, committed or in transit": (
        Check(
            books.CHECKS["sources_sum_to_zero"],
            "funds_account",
            "year",
            gettext_lazy(
                "All accounts of %(year)s with money of the source “%(source)s” come to %(sum_fen)s yuan together and must come to 0; “—” is the county’s own budget."
            ),
            PAST_US,
        ),
    ),
    "I10 every entry names its case, policy version and audit line": (
        Check(
            """
        select transfer.key, transfer.case_number, transfer.policy_version, transfer.audit_id
        from funds_transfer transfer left join base_auditline line on line.id = transfer.audit_id
        where line.id is null or transfer.reason not in ('appropriate', 'allocate', 'assign', 'take_back', 'spend')
            and (transfer.case_number = '' or transfer.policy_version = '')
        """,
            "funds_transfer",
            "key",
            gettext_lazy(
                "Transfer %(key)s names no case (%(case_number)s), no policy version (%(policy_version)s) or no line of the audit log (%(audit_id)s) that is there."
            ),
            PAST_US,
        ),
    ),
}
