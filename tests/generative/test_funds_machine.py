"""Public money under everything that can go wrong.

Made-up orders, budgets, deaths, findings, a bank that loses, repeats, delays and bounces, and a crash
before or after any commit and any file. After every step the books agree and nobody is paid twice; at the
end the bank's own book equals the ledger to the fen.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.stages.funds_world import (
    AT,
    TODAY,
    Bank,
    make_finance,
    make_grant,
    make_household,
    make_order,
    make_person,
    make_world,
)

from huimin.funds.payment import payment_id
from huimin_platform.delivery.models import Order
from huimin_platform.funds import actions, agenda, batches, books, exchange, limits, steps
from huimin_platform.funds.models import Account, Batch, Payment
from huimin_platform.matching.models import Finding
from huimin_platform.registry.models import Person

EXAMPLES, STEPS = 30, 25
POINT = st.tuples(st.sampled_from(["before commit", "after commit"]), st.integers(0, 12)) | st.tuples(
    st.sampled_from(["before file", "after file"]), st.integers(0, 2)
)
HOWS = st.sampled_from(["pay", "reject", "pay silently", "reject silently", "put off"])
# What an example leaves behind, children first; triggers are asleep while it is swept away.
TABLES = (
    *("funds_difference", "funds_hold", "funds_paymentmove", "funds_entry", "funds_transfer"),
    *("funds_bankmessage", "funds_batchapproval", "funds_payment", "funds_batch", "funds_account"),
    *("delivery_order", "matching_finding"),
)


class Crash(BaseException):
    """The process dies here."""


class CrashPoints:
    """Dies at the n-th point of a kind; points lie before and after every commit and every file."""

    def __init__(self) -> None:
        self.kind, self.left = "", 0

    def pass_by(self, kind: str) -> None:
        if kind == self.kind:
            self.left -= 1
            if self.left < 0:
                self.kind = ""
                raise Crash

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Plants the points into Django's outermost transactions and into the exchange folder."""
        leave, write, aside = transaction.Atomic.__exit__, exchange._write_whole, exchange.lay_aside

        def leaving(block: Any, kind: Any, value: Any, trace: Any) -> None:
            outermost = len(connection.atomic_blocks) == 1 and kind is None
            if outermost:
                try:
                    self.pass_by("before commit")
                except Crash as crash:
                    leave(block, Crash, crash, None)
                    raise
            leave(block, kind, value, trace)
            if outermost:
                self.pass_by("after commit")

        def around(act: Any) -> Any:
            def acting(*arguments: Any) -> None:
                self.pass_by("before file")
                act(*arguments)
                self.pass_by("after file")

            return acting

        transaction.Atomic.__exit__ = leaving
        exchange._write_whole, exchange.lay_aside = around(write), around(aside)
        try:
            yield
        finally:
            transaction.Atomic.__exit__ = leave
            exchange._write_whole, exchange.lay_aside = write, aside


POINTS = CrashPoints()
SEEN: dict[str, int] = {}


class Funds(RuleBasedStateMachine):
    """The real stage on the real database; the bank and the clock are the test's."""

    people: list[Person]
    grants: list[Any]
    finance: list[Any]
    exchange_folder: Path

    @initialize()
    def start(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("set session_replication_role = replica")
            for table in TABLES:
                cursor.execute(f"delete from {table}")
            cursor.execute("set session_replication_role = origin")
        Person.objects.update(died_on=None)
        shutil.rmtree(self.exchange_folder, ignore_errors=True)
        self.bank = Bank(self.exchange_folder)
        self.at = AT
        self.periods = 0
        self.told: list[str] = []
        self.rejected: set[str] = set()
        self.stopped: dict[tuple[str, int], set[str]] = {}
        self.appropriate(200_000, again=False)
        for who in range(4):
            self.order(who, 5_000 + who)

    # Who acts on our side

    @rule(fen=st.integers(1, 60_000), again=st.booleans())
    def appropriate(self, fen: int, again: bool) -> None:
        for _ in range(2 if again else 1):
            actions.appropriate(
                year=2026, purpose="medical_aid", amount_fen=fen, key=f"{fen}", at=self.at, by=self.finance[0]
            )

    @rule(who=st.integers(0, 3), fen=st.integers(1, 20_000))
    def order(self, who: int, fen: int) -> None:
        self.periods += 1
        make_order(self.grants[who], f"p{self.periods}", fen)

    @rule()
    def advance(self) -> None:
        self._advance()

    @rule(point=POINT)
    def advance_and_die(self, point: tuple[str, int]) -> None:
        with self._dying_at(point):
            self._advance()

    @rule(
        who=st.integers(0, 3),
        hows=st.lists(HOWS, min_size=1, max_size=4),
        point=st.none() | POINT,
        days=st.integers(0, 4),
        bounces=st.booleans(),
    )
    def a_day(
        self, who: int, hows: list[str], point: tuple[str, int] | None, days: int, bounces: bool
    ) -> None:
        """The office releases what there is, the bank takes it in and decides, and perhaps says so."""
        self.order(who, 3_000)
        with self._dying_at(point):
            self._advance()
            self.approve(both=True)
            self._advance()
        self.bank.collect()
        for payment, how in zip(self._undecided(), hows, strict=False):
            self._decide(payment, how)
        if bounces and self._kept():
            self._bounce(self._kept()[0])
        self.at += timedelta(days=days)
        with self._dying_at(point):
            self._advance()
            self.send_again()

    @rule(both=st.booleans())
    def approve(self, both: bool) -> None:
        for batch in Batch.objects.filter(state="prepared"):
            for person in self.finance[: 2 if both else 1]:
                with suppress(actions.NotNow):
                    actions.approve_batch(batch=batch.number, at=self.at, by=person)

    @rule(days=st.integers(1, 4))
    def time_passes(self, days: int) -> None:
        self.at += timedelta(days=days)

    @rule(who=st.integers(0, 3))
    def somebody_dies(self, who: int) -> None:
        Person.objects.filter(pk=self.people[who].pk).update(died_on=TODAY)
        self.stopped.setdefault(("dead", who), self._sent(who))

    @rule(who=st.integers(0, 3), state=st.sampled_from(["open", "dismissed"]))
    def something_is_found(self, who: int, state: str) -> None:
        decided_at = self.at if state == "dismissed" else None
        if state == "open":
            self.stopped.setdefault(("found", who), self._sent(who))
        else:
            self.stopped.pop(("found", who), None)
        Finding.objects.update_or_create(
            key=f"f{who}",
            defaults={
                "kind": "same_benefit_twice", "person": self.people[who], "state": state, "found_on": TODAY,
                "decided_at": decided_at,
            },
        )  # fmt: skip

    @rule()
    def send_again(self) -> None:
        for batch in Batch.objects.filter(payments__state="unknown").distinct():
            actions.resend(batch=batch.number, reason="银行未收到", at=self.at, by=self.finance[0])
            SEEN["resent"] = SEEN.get("resent", 0) + 1

    @rule()
    def pay_anew(self) -> None:
        for payment in Payment.objects.filter(state="returned", order__state="returned"):
            actions.reissue(payment=payment.pk, reason="账号已更正", at=self.at, by=self.finance[0])

    # What the bank does

    @rule()
    def bank_collects(self) -> None:
        self.bank.collect()

    @precondition(lambda self: self._undecided())
    @rule(how=HOWS, data=st.data())
    def bank_decides(self, how: str, data: st.DataObject) -> None:
        self._decide(data.draw(st.sampled_from(self._undecided())), how)

    @precondition(lambda self: self._kept())
    @rule(data=st.data())
    def bank_bounces(self, data: st.DataObject) -> None:
        self._bounce(data.draw(st.sampled_from(self._kept())))

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def bank_repeats(self, data: st.DataObject) -> None:
        self.bank.again(data.draw(st.sampled_from(self.told)))

    @precondition(lambda self: self.told)
    @rule(data=st.data(), cut=st.integers(1, 200))
    def bank_sends_half_a_file(self, data: st.DataObject, cut: int) -> None:
        name = data.draw(st.sampled_from(self.told))
        (self.exchange_folder / "in" / f"half-{cut}.{name}").write_bytes(self.bank.said[name][:-cut])

    @precondition(lambda self: self.bank.debited)
    @rule()
    def bank_states(self) -> None:
        self.told.append(self._statement())

    # What always holds

    @invariant()
    def the_books_agree(self) -> None:
        assert books.disagreements() == {}

    @invariant()
    def nobody_is_paid_twice(self) -> None:
        paid: dict[int, int] = {}
        amounts = dict(Order.objects.values_list("pk", "amount_fen"))
        for payment, order in Payment.objects.values_list("pk", "order_id"):
            kept = self.bank.debited.get(payment, 0) - self.bank.credited.get(payment, 0)
            paid[order] = paid.get(order, 0) + kept
        assert all(fen <= amounts[order] for order, fen in paid.items())

    @invariant()
    def we_say_nothing_the_bank_did_not_do(self) -> None:
        for payment, state in Payment.objects.values_list("pk", "state"):
            if state == "settled":
                assert payment in self.bank.debited
            if state == "returned":
                assert payment in self.bank.credited or payment not in self.bank.debited
            if state == "approved":
                assert payment not in self.bank.seen

    @invariant()
    def nothing_is_sent_to_the_dead_or_to_whom_a_finding_stops(self) -> None:
        for (_, who), before in self.stopped.items():
            assert self._sent(who) <= before

    @invariant()
    def a_payment_has_the_id_of_its_order(self) -> None:
        for payment in Payment.objects.select_related("order"):
            parts = str(payment.order.grant_id), payment.order.period, payment.component
            assert payment.pk == payment_id(*parts)

    @invariant()
    def money_is_neither_made_nor_lost(self) -> None:
        legs = dict(Account.objects.values_list("leg", "balance_fen"))
        assert sum(legs.values()) == 0

    def teardown(self) -> None:
        """The bank does and says all it owes; then its book and ours are the same."""
        if not hasattr(self, "bank"):
            return
        for _ in range(4):
            self._advance()
            self.bank.collect()
            for payment in self._undecided():
                self.bank.pay(payment)
            for payment in sorted(self.rejected):
                self.bank.report({payment: ("RJCT", "AC01")})
            self._statement()
        self._advance()
        states = dict(Payment.objects.values_list("pk", "state"))
        assert set(states.values()) <= {"approved", "settled", "returned"}
        kept = sum(self.bank.debited.values()) - sum(self.bank.credited.values())
        paid = sum(Account.objects.filter(leg="paid").values_list("balance_fen", flat=True))
        assert paid == kept
        assert {payment for payment, state in states.items() if state == "settled"} == (
            set(self.bank.debited) - set(self.bank.credited)
        )
        for state in states.values():
            SEEN[state] = SEEN.get(state, 0) + 1

    def _advance(self) -> None:
        steps.advance(today=self.at.date(), at=self.at, progress=lambda text: None)

    @contextmanager
    def _dying_at(self, point: tuple[str, int] | None) -> Iterator[None]:
        """Dies at the point, if it is reached; the next process has another connection."""
        POINTS.kind, POINTS.left = point or ("", 0)
        try:
            yield
        except Crash:
            SEEN["crashes"] = SEEN.get("crashes", 0) + 1
            connection.close()
        finally:
            POINTS.kind = ""

    def _sent(self, who: int) -> set[str]:
        """The payments to somebody that have left the house."""
        found = Payment.objects.filter(payee=self.people[who]).exclude(state="approved")
        return set(found.values_list("pk", flat=True))

    def _decide(self, payment: str, how: str) -> None:
        if how == "put off":
            self.told.append(self.bank.report({payment: ("PDNG", "")}))
        elif how.startswith("pay"):
            self.bank.pay(payment)
        else:
            self.rejected.add(payment)
        if how in ("pay", "reject"):
            answer = ("ACSC", "") if how == "pay" else ("RJCT", "AC01")
            self.told.append(self.bank.report({payment: answer}))

    def _bounce(self, payment: str) -> None:
        self.bank.give_back(payment)
        fen = self.bank.seen[payment]
        self.told.append(self.bank.statement([(payment, fen, False, ""), (payment, fen, True, "AC04")]))

    def _kept(self) -> list[str]:
        """What the bank has paid and not given back."""
        return sorted(set(self.bank.debited) - set(self.bank.credited)) if hasattr(self, "bank") else []

    def _undecided(self) -> list[str]:
        return (
            sorted(set(self.bank.seen) - set(self.bank.debited) - self.rejected)
            if hasattr(self, "bank")
            else []
        )

    def _statement(self) -> str:
        entries = [(payment, fen, False, "") for payment, fen in self.bank.debited.items()]
        entries += [(payment, fen, True, "AC04") for payment, fen in self.bank.credited.items()]
        return self.bank.statement(entries)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_money_survives_everything(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world()
    Funds.people = [make_person(world, number) for number in range(4)]
    Funds.grants = [make_grant(world, make_household(world, person)) for person in Funds.people]
    Funds.finance = [make_finance(name) for name in ("finance-a", "finance-b")]
    Funds.exchange_folder = settings.HUIMIN_EXCHANGE
    rules = limits.Limits(two_persons_yuan=100, auto_release_yuan=20, batch_payments=3)
    for module in (batches, agenda, exchange, actions):
        monkeypatch.setattr(module, "limits", lambda: rules)
    SEEN.clear()
    with POINTS.planted():
        run_state_machine_as_test(Funds, settings=_budget())
    assert SEEN.get("crashes", 0) > 5, SEEN
    assert {"settled", "returned", "resent"} <= SEEN.keys(), SEEN


def _budget() -> settings:
    return settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
