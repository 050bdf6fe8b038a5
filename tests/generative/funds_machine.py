"""Public money under everything that can go wrong.

Made-up orders, budgets, deaths, findings, a bank with habits, and a crash before or after any commit and any file.
After every step the books agree and nobody is paid twice; at the end the bank's own book equals the ledger to the fen.
"""

import json
import shutil
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.generative.funds_bank import BankWithHabits, Habits
from tests.generative.funds_crashes import POINT, CrashPoints
from tests.stages.funds_world import AT, TODAY, give_card

from huimin.funds.payment import payment_id
from huimin_platform.base.prepared import prepared
from huimin_platform.funds import actions, books, limits, steps
from huimin_platform.funds.models import Batch, Difference, Payment

PEOPLE = 4
POLICIES = ("medical_aid", "medical_aid", "subsistence_allowance", "subsistence_allowance")
# Asked of every payment after every step.
ID_OF = cache(payment_id)
# A card is asked about, then paid, then perhaps asked for again once the day has closed.
TURNS_TO_THE_END = 7
WHO = st.integers(0, PEOPLE - 1)
# One of each benefit lives on; with nobody left to pay, the rest of a story proves nothing.
MORTAL = st.sampled_from([0, 2])
ANSWERS = {"paid": ("settled", ""), "rejected": ("returned", "AC01")}
# What an example leaves behind, children first; triggers are asleep while it is swept away.
TABLES = (
    *("cases_notice", "funds_cardmove", "funds_notpaid", "funds_difference", "funds_cardcheck", "funds_hold"),
    *("funds_paymentmove", "funds_statementline", "funds_entry"),
    *("funds_transfer", "funds_bankmessage", "funds_batchapproval", "funds_payment", "funds_batch"),
    *("funds_account", "delivery_order", "matching_finding"),
)
EMPTY = "".join(f"delete from {table};" for table in TABLES) + (
    "update registry_person set died_on = null where died_on is not null;"
)
# The beginning is the same in every example: the code makes it once, and from then on its rows are brought back.
BEGINNING = ("delivery_order", "funds_account", "funds_transfer", "funds_entry")
FORGET = "".join(f"drop table if exists beginning_{table};" for table in (*BEGINNING, "cards"))
KEEP = "".join(f"create table beginning_{table} as table {table};" for table in BEGINNING) + (
    "create table beginning_cards as select id, card_sealed, card_index from registry_person"
)
BRING_BACK = "".join(f"insert into {table} table beginning_{table};" for table in BEGINNING) + (
    "update registry_person person set card_sealed = kept.card_sealed, card_index = kept.card_index"
    " from beginning_cards kept where kept.id = person.id;"
)
ORDER = """
insert into delivery_order (key, grant_id, period, due_on, amount_fen, payee_id, division, state)
values (%s, %s, %s, %s, %s, %s, %s, 'due')
"""
FINDING = """
insert into matching_finding
    (key, kind, person_id, found_on, state, decided_at, division, evidence, decided_by, reason)
values (%s, 'same_benefit_twice', %s, %s, %s, %s, '', '{}', '', '')
on conflict (key) do update set state = %s, decided_at = %s
"""
# Rows swept away stay in the tables until they are vacuumed, and every scan reads them.
VACUUM_EVERY = 25
SNAPSHOT = f"""
select (select jsonb_agg(jsonb_build_array(payment.id, payment.state, payment.order_id, payment.payee_id,
            payment.component, orders.amount_fen, orders.grant_id, orders.period,
            (select count(*) from funds_paymentmove sent
             where sent.payment_id = payment.id and sent.move in ('send', 'resend'))))
        from funds_payment payment join delivery_order orders on orders.id = payment.order_id),
       (select jsonb_agg(jsonb_build_array(leg, balance_fen)) from funds_account),
       (select jsonb_agg(jsonb_build_array(batch.id, batch.total_fen, batch.state, batch.prepared_by_id,
            array(select by_id from funds_batchapproval approval where approval.batch_id = batch.id)))
        from funds_batch batch),
       (select jsonb_agg(to_jsonb(broken)) from ({books.statement(thorough=True)}) broken (name, row))
"""


# How often payments came into each state, files went out and came in, and orders were held.
REACHED = """
select state_after, count(*) from funds_paymentmove group by 1 union all
select case when outgoing then 'files_out' else 'files_in' end, count(*) from funds_bankmessage group by 1 union all
select 'held', count(*) from funds_hold
"""


@prepared
def _prepared_batches() -> QuerySet[Batch, str]:
    return Batch.objects.filter(state="prepared").values_list("number", flat=True)


class Seen:
    """What the runs of this process came through, so that a run that proves nothing is noticed."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def add(self, what: str, count: int = 1) -> None:
        """Counts something."""
        self.counts[what] = self.counts.get(what, 0) + count


class Funds(RuleBasedStateMachine):
    """The real stage on the real database; the bank and the clock are the test's."""

    people: list[Any]
    grants: list[Any]
    finance: list[Any]
    folder: Path
    habits: Habits
    house_rules: limits.Limits
    points: CrashPoints
    seen: Seen
    writes: list[int]
    examples = 0
    # Whose card each is at the beginning, and what the bank knows of it; nothing before the first example.
    made: tuple[dict[int, str], dict[str, str]] | None = None
    begins_alike = False

    @initialize()
    def start(self) -> None:
        type(self).examples += 1
        self.seen.add("examples")
        with connection.cursor() as cursor:
            cursor.execute(
                "set session_replication_role = replica;"
                + (EMPTY if self.made is None else EMPTY + BRING_BACK)
                + "set session_replication_role = origin"
            )
            if self.examples % VACUUM_EVERY == 0:
                cursor.execute("vacuum " + ", ".join(TABLES))
        for place in ("in", "out"):
            shutil.rmtree(self.folder / place, ignore_errors=True)
            (self.folder / place).mkdir(parents=True)
        self.bank = BankWithHabits(self.folder, self.habits)
        self.at = AT
        self.bank.day = TODAY
        self.periods = 0
        self.stopped: dict[tuple[str, int], set[tuple[str, int]]] = {}
        self.known_at = -1
        self.sent_to_an_older_card = set[str]()
        if self.made is None:
            self._make_the_beginning()
        else:
            self.periods = PEOPLE
            self.card_of, self.bank.holders = dict(self.made[0]), dict(self.made[1])
        self.cards = PEOPLE
        if self.made is None and self.begins_alike:
            with connection.cursor() as cursor:
                cursor.execute(FORGET + KEEP)
            type(self).made = dict(self.card_of), dict(self.bank.holders)

    def _make_the_beginning(self) -> None:
        self.cards, self.card_of = 0, dict[int, str]()
        for who in range(PEOPLE):
            self.somebody_brings_a_card(who, "own")
        for fen, policy in ((200_000, "medical_aid"), (60_000, "subsistence_allowance")):
            self.appropriate(fen, policy=policy, again=False)
        for who in range(PEOPLE):
            self.order(who, 5_000 + who)

    # Who acts on our side

    @rule(fen=st.integers(1, 60_000), policy=st.sampled_from(sorted(set(POLICIES))), again=st.booleans())
    def appropriate(self, fen: int, policy: str, again: bool) -> None:
        for _ in range(2 if again else 1):
            actions.appropriate(
                year=2026,
                purpose=policy,
                amount_fen=fen,
                key=f"{policy} {fen}",
                at=self.at,
                by=self.finance[0],
            )

    @rule(who=WHO, fen=st.integers(1, 20_000))
    def order(self, who: int, fen: int) -> None:
        self.periods += 1
        grant, period = self.grants[who], f"p{self.periods}"
        with connection.cursor() as cursor:
            cursor.execute(
                ORDER, [f"{grant.pk}:{period}", grant.pk, period, TODAY, fen, grant.payee_id, grant.division]
            )

    @rule(point=st.none() | POINT)
    def advance(self, point: tuple[str, int] | None) -> None:
        with self.points.dying_at(point):
            self._advance()

    @rule(
        who=WHO,
        hows=st.lists(st.sampled_from(["paid", "rejected"]), min_size=1, max_size=4),
        point=st.none() | POINT,
        days=st.integers(0, 4),
        lose=st.booleans(),
    )
    def a_day(self, who: int, hows: list[str], point: tuple[str, int] | None, days: int, lose: bool) -> None:
        """The office releases what there is, the bank takes it in and decides, and perhaps says so."""
        self.order(who, 3_000)
        with self.points.dying_at(point):
            self._advance()
            self.bank_is_asked_about_cards()
            self._advance()
            self.approve([0, 1])
            self._advance()
        self.bank_takes_in(lose)
        self._decide_all(zip(self.bank.open(), hows, strict=False), silent=False)
        self.time_passes(days)
        with self.points.dying_at(point):
            self._advance()

    @rule(whom=st.lists(st.integers(0, 1), min_size=1, max_size=3))
    def approve(self, whom: list[int]) -> None:
        for batch in _prepared_batches.rows():
            for who in whom:
                with suppress(actions.NotNow):
                    actions.approve_batch(batch=batch, at=self.at, by=self.finance[who])

    @rule(days=st.integers(1, 4))
    def time_passes(self, days: int) -> None:
        self.at += timedelta(days=days)
        self.bank.day = max(self.bank.day, timezone.localdate(self.at))

    @rule(hours=st.integers(1, 50))
    def our_clock_is_set_back(self, hours: int) -> None:
        self.at -= timedelta(hours=hours)

    @rule(who=MORTAL)
    def somebody_dies(self, who: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "update registry_person set died_on = %s where id = %s", [TODAY, self.people[who].pk]
            )
        self.stopped.setdefault(("dead", who), self._sent(who))

    @rule(who=WHO, state=st.sampled_from(["open", "dismissed"]))
    def something_is_found(self, who: int, state: str) -> None:
        if state == "open":
            self.stopped.setdefault(("found", who), self._sent(who))
        else:
            self.stopped.pop(("found", who), None)
        decided_at = self.at if state == "dismissed" else None
        with connection.cursor() as cursor:
            cursor.execute(
                FINDING, [f"f{who}", self.people[who].pk, TODAY, state, decided_at, state, decided_at]
            )

    @rule(who=WHO, kind=st.sampled_from(["own", "own", "of another", "shut", "not there"]))
    def somebody_brings_a_card(self, who: int, kind: str) -> None:
        """A department delivers another card of somebody; the bank knows whose it is."""
        self.cards += 1
        card, person = f"6217{who}{self.cards:011d}", self.people[who]
        if kind != "not there":
            self.bank.holders[card] = "别人" if kind == "of another" else person.name
        if kind == "shut":
            self.bank.shut.add(card)
        give_card(person, card)
        self.card_of[who] = card
        self.sent_to_an_older_card |= {payment for payment, _ in self._sent(who)}
        self.seen.add(f"card {kind}")

    @precondition(lambda self: self.bank.unanswered)
    @rule(data=st.data(), silent=st.booleans())
    def bank_answers_about_cards(self, data: st.DataObject, silent: bool) -> None:
        checks = data.draw(st.lists(st.sampled_from(sorted(self.bank.unanswered)), min_size=1, unique=True))
        if silent and self.habits.loses_answers:
            for check in checks:
                self.bank.unanswered.pop(check)
        else:
            self.bank.answer_about_cards(checks)

    @precondition(lambda self: self._states() & {"unknown"})
    @rule()
    def bank_confirms_that_it_did_not_pay(self) -> None:
        """For what the bank has turned away, said nothing about, and nobody may ask for again."""
        turned_away = {one.payment for one in self.bank.requests if one.outcome == "rejected"}
        waiting = Payment.objects.filter(state="unknown", pk__in=turned_away).values_list("pk", flat=True)
        for payment in waiting:
            with suppress(actions.NotNow):
                made = actions.say_not_paid(
                    payment=payment, document="复函1号", reason="银行确认未付", at=self.at, by=self.finance[0]
                )
                if made.state == "proposed":
                    actions.agree_not_paid(number=made.pk, at=self.at, by=self.finance[1])
                self.seen.add("not paid")

    @precondition(lambda self: self._states() & {"unknown"})
    @rule()
    def send_again(self) -> None:
        batches = Batch.objects.filter(payments__state="unknown").distinct().values_list("number", flat=True)
        for batch in batches:
            with suppress(actions.NotNow):
                actions.resend(batch=batch, reason="银行未收到", at=self.at, by=self.finance[0])
                self.seen.add("resent")

    @precondition(lambda self: self._states() & {"returned"})
    @rule()
    def pay_anew(self) -> None:
        found = Payment.objects.filter(state="returned", order__state="returned")
        for payment in found.values_list("pk", flat=True):
            actions.reissue(payment=payment, reason="账号已更正", at=self.at, by=self.finance[0])

    # What the bank does

    def bank_is_asked_about_cards(self) -> None:
        """The bank takes in what lies there and answers about the cards it was asked about."""
        self.bank.take_in(lose=False)
        self.bank.answer_about_cards(sorted(self.bank.unanswered))
        self.bank.deliver_about_cards()

    @precondition(lambda self: any(self.bank.out.iterdir()))
    @rule(lose=st.booleans())
    def bank_takes_in(self, lose: bool) -> None:
        self.bank.take_in(lose and self.habits.loses_requests)

    @precondition(lambda self: self.bank.open())
    @rule(data=st.data(), outcome=st.sampled_from(["paid", "rejected"]), silent=st.booleans())
    def bank_decides(self, data: st.DataObject, outcome: str, silent: bool) -> None:
        self._decide(data.draw(st.sampled_from(self.bank.open())), outcome, silent=silent)

    @precondition(lambda self: self.habits.partly and self.bank.open())
    @rule(data=st.data())
    def bank_puts_off(self, data: st.DataObject) -> None:
        self.bank.say(data.draw(st.sampled_from(self.bank.open())).payment, "pending")

    @precondition(lambda self: self.habits.bounces and self.bank.kept())
    @rule(data=st.data())
    def bank_bounces(self, data: st.DataObject) -> None:
        self.bank.bounce(data.draw(st.sampled_from(self.bank.kept())))
        self.seen.add("bounced")

    @precondition(lambda self: self.habits.repeats and self.bank.told)
    @rule(data=st.data())
    def bank_repeats(self, data: st.DataObject) -> None:
        self.bank.again(data.draw(st.sampled_from(self.bank.told)))

    @precondition(lambda self: self.bank.kept_back)
    @rule(position=st.integers(0, 20))
    def bank_delivers_late(self, position: int) -> None:
        self.bank.deliver(position)

    @precondition(lambda self: self.habits.errs and self.bank.told)
    @rule(data=st.data(), cut=st.integers(1, 200))
    def bank_sends_half_a_file(self, data: st.DataObject, cut: int) -> None:
        name = data.draw(st.sampled_from(self.bank.told))
        (self.bank.into / f"half-{cut}.{name}").write_bytes(self.bank.said[name][:-cut])

    @precondition(lambda self: self.habits.errs and self.bank.batch_of)
    @rule(data=st.data(), fen=st.integers(0, 10**7), credit=st.booleans())
    def bank_states_what_is_not_so(self, data: st.DataObject, fen: int, credit: bool) -> None:
        """A line about no payment of ours, or of another amount than it was asked for."""
        ours = data.draw(st.sampled_from(sorted(self.bank.batch_of)))
        wanted = next(request.fen for request in self.bank.requests if request.payment == ours)
        lines = [("F" * 32, fen, credit, "AC04"), *([(ours, fen, credit, "AC04")] if fen != wanted else [])]
        self.bank.statement(lines)

    @precondition(lambda self: self.habits.states)
    @rule(from_the_start=st.booleans())
    def bank_states(self, from_the_start: bool) -> None:
        self.bank.state(from_the_start=from_the_start)

    # What always holds

    def check_invariants(self, *given: Any) -> None:
        """Asks all of it after a step."""
        self.seen.add("steps", hasattr(self, "bank"))
        super().check_invariants(*given)

    @invariant()
    def the_books_agree(self) -> None:
        assert self._known()["broken"] == []

    @invariant()
    def the_bank_pays_a_payment_once_at_most(self) -> None:
        assert max(self.bank.debits().values(), default=0) <= 1

    @invariant()
    def the_bank_is_asked_for_our_payments_alone(self) -> None:
        assert set(self.bank.batch_of) <= {payment for payment, *_ in self._known()["payments"]}

    @invariant()
    def nobody_is_paid_twice(self) -> None:
        kept, paid = set(self.bank.kept()), dict[int, int]()
        for payment, _, order, *_ in self._known()["payments"]:
            if payment in kept:
                paid[order] = paid.get(order, 0) + 1
        assert max(paid.values(), default=0) <= 1

    @invariant()
    def no_card_of_another_is_paid(self) -> None:
        assert not self.habits.checks or not self.bank.paid_to_another()

    @invariant()
    def the_first_payment_waits_for_the_banks_word(self) -> None:
        assert not self.habits.checks or not self.bank.unvouched

    @invariant()
    def the_bank_pays_what_we_owe(self) -> None:
        owed = {payment: fen for payment, _, _, _, _, fen, *_ in self._known()["payments"]}
        assert all(line.fen == owed.get(line.payment, line.fen) for line in self.bank.booked)

    @invariant()
    def we_say_nothing_the_bank_did_not_do(self) -> None:
        debits, back = self.bank.debits(), self.bank.given_back()
        for payment, state, *_ in self._known()["payments"]:
            if state == "settled":
                assert payment in debits
            if state == "returned":
                assert payment in back or payment not in debits
            if state == "approved":
                assert payment not in self.bank.batch_of

    @invariant()
    def nothing_is_sent_to_the_dead_or_to_whom_a_finding_stops(self) -> None:
        for (_, who), before in self.stopped.items():
            assert self._sent(who) <= before

    @invariant()
    def a_payment_has_the_id_of_its_order(self) -> None:
        for payment, _, _, _, component, _, grant, period, *_ in self._known()["payments"]:
            assert payment == ID_OF(str(grant), period, component)

    @invariant()
    def as_many_persons_approved_as_the_rule_asks(self) -> None:
        for _, total_fen, state, preparer, approvers in self._known()["batches"]:
            if state in ("released", "sent"):
                assert len(set(approvers) - {preparer}) >= self.house_rules.approvals(total_fen)[0]

    @invariant()
    def money_is_neither_made_nor_lost(self) -> None:
        assert sum(fen for _, fen in self._known()["accounts"]) == 0

    def teardown(self) -> None:
        """The bank does and says all it owes; then its book and ours are the same."""
        if not hasattr(self, "bank"):
            return
        # Somebody sets our clock right, and later has the bank state once more what it stated before we had sent it.
        self.at = max(self.at, AT, datetime.combine(self.bank.day, AT.timetz()))
        self._advance()
        self.bank_is_asked_about_cards()
        for turn in range(TURNS_TO_THE_END):
            self._advance()
            self.approve([0, 1])
            self._advance()
            self.bank_is_asked_about_cards()
            # One in four is turned away, so that every run has some that come back.
            self._decide_all(
                [
                    (request, "rejected" if int(request.payment[:2], 16) % 4 == 0 else "paid")
                    for request in self.bank.open()
                ],
                silent=False,
            )
            rejected = [request.payment for request in self.bank.requests if request.outcome == "rejected"]
            self.bank.say_all(dict.fromkeys(rejected, ("returned", "AC01")))
            self.at = max(self.at, AT) + timedelta(days=4)
            self.bank.day = max(self.bank.day, timezone.localdate(self.at))
            self.bank.state(from_the_start=turn > 0)
            while self.bank.kept_back:
                self.bank.deliver(0)
            self._advance()
            if "sending" not in self._states() and self._left() <= self._excused():
                break
            if "unknown" in self._states() and turn < TURNS_TO_THE_END - 1:
                self.send_again()
        for promise in self.in_the_end:
            promise(self)
        with connection.cursor() as cursor:
            cursor.execute(REACHED)
            for what, count in cursor.fetchall():
                self.seen.add(what, count)

    # What holds in the end

    def every_outcome_is_known_that_the_bank_tells(self) -> None:
        """Unknown stays what a bank never says that it did not pay, and what nobody may ask for again, be it for the card."""
        assert self._left() <= self._excused(), (self._left(), self._excused())

    def what_is_unknown_is_on_the_desk(self) -> None:
        left = self._left()
        desk = Difference.objects.filter(kind="no_answer", state="open", payment__in=left)
        assert not left or set(desk.values_list("payment_id", flat=True)) == left

    def the_banks_book_equals_the_ledger(self) -> None:
        paid = sum(fen for leg, fen in self._known()["accounts"] if leg == "paid")
        assert paid == self.bank.kept_fen()
        settled = {payment for payment, state, *_ in self._known()["payments"] if state == "settled"}
        assert settled == set(self.bank.kept())

    in_the_end = (
        the_banks_book_equals_the_ledger,
        every_outcome_is_known_that_the_bank_tells,
        what_is_unknown_is_on_the_desk,
    )

    def _left(self) -> set[str]:
        """The payments whose outcome we do not know."""
        return {
            payment for payment, state, *_ in self._known()["payments"] if state in ("sending", "unknown")
        }

    def _unconfirmed(self) -> set[str]:
        """The payments of whom the bank has not confirmed the card they have now: nobody asks for them again."""
        if not self.habits.checks:
            return set()
        return {
            payment
            for who, card in self.card_of.items()
            if (card, self.people[who].name) not in self.bank.confirmed
            for payment, _ in self._sent(who)
        }

    def _excused(self) -> set[str]:
        """The payments whose outcome may stay unknown."""
        silent = {one.payment for one in self.bank.requests if one.outcome == "rejected"}
        stopped = {payment for _, who in self.stopped for payment, _ in self._sent(who)}
        stopped |= self._unconfirmed() | self.sent_to_an_older_card
        return (stopped - set(self.bank.debits())) | (set() if self.habits.reports else silent)

    def _advance(self) -> None:
        steps.advance(today=timezone.localdate(self.at), at=self.at, progress=lambda text: None)

    def _decide(self, request: Any, outcome: str, *, silent: bool) -> None:
        self._decide_all([(request, outcome)], silent=silent)

    def _decide_all(self, decided: Iterable[tuple[Any, str]], *, silent: bool) -> None:
        """The bank pays or rejects, and says so in one report a file."""
        answers = {}
        for request, outcome in decided:
            self.bank.decide(request, outcome)
            if request.outcome != "lapsed":
                answers[request.payment] = ANSWERS[request.outcome]
        if not (silent and self.habits.loses_answers):
            self.bank.say_all(answers)

    def _known(self) -> dict[str, Any]:
        """Our side as it stands, read again only after something was written."""
        if self.known_at != self.writes[0]:
            with connection.cursor() as cursor:
                cursor.execute(SNAPSHOT)
                payments, accounts, batches, broken = cursor.fetchone()
            self.known = {
                "payments": json.loads(payments or "[]"),
                "accounts": json.loads(accounts or "[]"),
                "batches": json.loads(batches or "[]"),
                "broken": json.loads(broken or "[]"),
            }
            self.known_at = self.writes[0]
        return self.known

    def _states(self) -> set[str]:
        return {state for _, state, *_ in self._known()["payments"]} if hasattr(self, "bank") else set()

    def _sent(self, who: int) -> set[tuple[str, int]]:
        """The payments to somebody that have left the house: each as often as it did."""
        person = self.people[who].pk
        return {
            (payment, time)
            for payment, _, _, payee, *_, sent in self._known()["payments"]
            if payee == person
            for time in range(sent)
        }
