"""The processes that a drill kills: one makes the payments, works on them and compares the books; one is the bank.

python -m huimin_platform.command.drilling HOME seed|work|workers|bank|books …
"""

import json
import os
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from huimin_platform.command import session

# The habits of the bank of a drill; what a card is worth hangs on its seed.
HABITS = {
    "answer_after_rounds": 1, "lost_share": 0.3, "copies_of_answers": 2, "replays": True, "closed_share": 0.05,
    "rejected_share": 0.03, "pending_share": 0.05, "unknown_card_share": 0.005, "shut_card_share": 0.005,
    "other_holder_share": 0.01, "garbles": True,
}  # fmt: skip
COUNTY, VILLAGE, POLICY = "330127000000", "330127208252", "medical_aid"
AT = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
TODAY = date(2026, 7, 1)
TURN, TURNS_A_DAY, TURNS_A_KILL, MOST_TURNS = timedelta(hours=6), 4, 2, 400
# What comes back comes days after it was paid, and is told on the statement of the day after.
QUIET_TURNS = 30
ON_THE_DESK = timedelta(days=2)
LEAST_FEN = 1_000
EXCHANGE, DAY, ROUNDS = "exchange", "day.txt", "rounds.txt"
BETWEEN_ROUNDS_S, BANK_PATIENCE_S = 0.01, 3.0


def main() -> None:
    """Does one act in a home of its own."""
    home, act, *rest = sys.argv[1:]
    if act == "bank":
        bank(Path(home) / EXCHANGE, *rest)
    session.choose_home(Path(home))
    if act == "workers":
        workers()
    with session.opened():
        {"seed": seed, "work": work, "books": books}[act](*rest)


def seed(count: str) -> None:
    """Households with a card and an order that is due, two finance officers, and the money."""
    from huimin_platform.base.models import User
    from huimin_platform.funds import actions

    officers = [
        User.objects.create_user(name, role="finance", division=COUNTY, department="finance")
        for name in ("drill-a", "drill-b")
    ]
    total_fen = orders(int(count))
    actions.appropriate(
        year=TODAY.year, purpose=POLICY, amount_fen=total_fen, key="drill", at=AT, by=officers[0]
    )
    print("done")


def orders(count: int) -> int:
    """The sum of as many orders, each of a household of its own and of an amount of its own."""
    from huimin_platform.base import secrets
    from huimin_platform.cases.models import Case, CaseItem
    from huimin_platform.delivery.models import Grant, Order
    from huimin_platform.intake.models import Delivery, DeliveryFile
    from huimin_platform.matching.models import Entitlement, Run
    from huimin_platform.registry.models import Fact, Household, Membership, Person

    delivery = Delivery.objects.create(name="drill", received_at=AT, by="drill", state="received")
    file = DeliveryFile.objects.create(
        delivery=delivery, name="drill.csv", sha256="0" * 64, dataset="residents", state="accepted",
        rows_accepted=count, current=True,
    )  # fmt: skip
    run = Run.objects.create(at=AT, on=TODAY, inputs="drill")
    people = Person.objects.bulk_create(
        Person(name=f"演练{number}", sex="female", born_on=date(1970, 1, 1), division=VILLAGE)
        for number in range(count)
    )
    for person in people:
        card = f"6217000000{person.pk:09d}"
        person.card_sealed = secrets.seal(card, "registry.person.card", person.pk)
        person.card_index = secrets.blind_index(card, "card")
    Person.objects.bulk_update(people, ["card_sealed", "card_index"], batch_size=2_000)
    Fact.objects.bulk_create(
        Fact(person=person, kind="bank_card", value=1, source_file=file, source_line=place, received_at=AT)
        for place, person in enumerate(people, start=2)
    )
    homes = Household.objects.bulk_create(
        Household(residence="rural", division=VILLAGE, head=one) for one in people
    )
    Membership.objects.bulk_create(
        Membership(person=one, household=home, relation="head", source_file=file, source_line=place)
        for place, (one, home) in enumerate(zip(people, homes, strict=True), start=2)
    )
    amounts = [LEAST_FEN + number for number in range(count)]
    entitled = Entitlement.objects.bulk_create(
        Entitlement(
            policy=POLICY,
            policy_version="drill",
            household=home,
            status="entitled",
            amount_fen=fen,
            on=TODAY,
            run=run,
        )
        for home, fen in zip(homes, amounts, strict=True)
    )
    cases = Case.objects.bulk_create(
        Case(number=f"D-{place:07d}", household=home, applicant=home.head, division=VILLAGE, department="medical_insurance",
             state="approved", opened_on=TODAY, due_on=TODAY, decided_at=AT)
        for place, home in enumerate(homes)
    )  # fmt: skip
    items = CaseItem.objects.bulk_create(
        CaseItem(case=case, household=case.household, policy=POLICY, policy_version="drill", entitlement=one,
                 amount_fen=one.amount_fen, per="once")
        for case, one in zip(cases, entitled, strict=True)
    )  # fmt: skip
    grants = Grant.objects.bulk_create(
        Grant(case_item=item, case_number=item.case.number, household=item.household, payee=item.household.head,
              division=VILLAGE, policy=POLICY, policy_version="drill", kind="cash", amount_fen=item.amount_fen,
              per="once", decided_on=TODAY, started_on=TODAY)
        for item in items
    )  # fmt: skip
    Order.objects.bulk_create(
        Order(key=f"{grant.pk}:once", grant=grant, period="once", due_on=TODAY, amount_fen=grant.amount_fen,
              payee=grant.payee, division=VILLAGE)
        for grant in grants
    )  # fmt: skip
    return sum(amounts)


def bank(exchange: Path, seed: str) -> NoReturn:
    """A bank that loses, delays, repeats and bounces, round after round until it is killed; its day is the worker's.

    It is another house: it knows the exchange folder and nothing of our database.
    """
    from huimin_county.bank import Profile, run

    profile = Profile(**HABITS)
    exchange.mkdir(parents=True, exist_ok=True)
    # What it does is settled by its seed, so it is the same bank after every kill.
    while True:
        day = date.fromisoformat(_told(exchange / DAY) or TODAY.isoformat())
        run(exchange, profile=profile, seed=int(seed), once=True, today=lambda day=day: day)
        _tell(exchange / ROUNDS, str(int(_told(exchange / ROUNDS) or 0) + 1))
        time.sleep(BETWEEN_ROUNDS_S)


def _tell(path: Path, words: str) -> None:
    """Leaves words for another process, whole or not at all."""
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(words)
    draft.replace(path)


def _told(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _after_the_banks_round(exchange: Path) -> None:
    """Waits until the bank has made a whole round of this day; not for long, since it may be dead."""
    first, waited_s = int(_told(exchange / ROUNDS) or 0), 0.0
    while int(_told(exchange / ROUNDS) or 0) < first + 2 and waited_s < BANK_PATIENCE_S:
        time.sleep(BETWEEN_ROUNDS_S)
        waited_s += BETWEEN_ROUNDS_S


def workers() -> NoReturn:
    """A worker for every number it reads, each a fork of this process, which has loaded the program already.

    The worker prints its process number, and when it is ready. What has no connection, no lock and no thread can be
    forked.
    """
    session.set_up_django()
    from huimin_platform.funds import actions as actions
    from huimin_platform.funds import steps as steps

    for number in sys.stdin:
        worker = os.fork()
        if not worker:
            _work_in_a_fork(number.strip())
        os.waitpid(worker, 0)
    sys.exit()


def _work_in_a_fork(number: str) -> NoReturn:
    """Works and ends, however it ends, without going back to where it was forked from."""
    try:
        print(os.getpid(), flush=True)
        with session.opened():
            work(number)
    finally:
        os._exit(1)


def work(kill: str) -> None:
    """Turns of the money's part of the loop until all is answered.

    What the house no longer asks for by itself, the officers ask for again once it has waited on the desk.
    """
    from django.conf import settings

    from huimin_platform.base.models import User
    from huimin_platform.funds import actions, steps
    from huimin_platform.funds.models import Batch, Hold, Payment

    officers: list[Any] = list(User.objects.filter(role="finance").order_by("pk"))
    settings.HUIMIN_EXCHANGE.mkdir(exist_ok=True)
    print("ready", flush=True)
    first = turn = int(kill) * TURNS_A_KILL
    busy = first
    while turn < first + MOST_TURNS:
        at = AT + TURN * turn
        steps.advance(today=at.date(), at=at, progress=_quiet)
        for number in Batch.objects.filter(state="prepared").values_list("number", flat=True):
            for officer in officers:
                # One approval is enough for a small batch.
                with suppress(actions.NotNow):
                    actions.approve_batch(batch=number, at=at, by=officer)
        steps.advance(today=at.date(), at=at, progress=_quiet)
        _tell(settings.HUIMIN_EXCHANGE / DAY, at.date().isoformat())
        _after_the_banks_round(settings.HUIMIN_EXCHANGE)
        _look_at_the_desk(officers[0], at)
        waiting = (
            Payment.objects.exclude(state__in=["settled", "returned"]).exists()
            or Hold.objects.filter(lifted_at=None, reason="card_unverified").exists()
        )
        busy = turn if waiting or not Payment.objects.exists() else busy
        if turn > busy + QUIET_TURNS:
            break
        # Where nothing waits, only what comes back is still to come: days pass, and the bank works on each.
        turn += 1 if turn == busy else TURNS_A_DAY
    print("done", flush=True)


def _look_at_the_desk(officer: Any, at: datetime) -> None:
    """Asks the bank again, as a person, for payments and about cards that have waited for their answer too long."""
    from huimin_platform.funds import actions
    from huimin_platform.funds.models import Difference

    late = Difference.objects.filter(kind="no_answer", state="open", opened_at__lt=at - ON_THE_DESK)
    for batch in sorted(set(late.values_list("payment__batch__number", flat=True))):
        with suppress(actions.NotNow):
            actions.resend(batch=batch, reason="drill", at=at, by=officer)
    cards = Difference.objects.filter(kind="card_no_answer", state="open", opened_at__lt=at - ON_THE_DESK)
    for check in cards.values_list("card_check", flat=True):
        actions.ask_card_anew(check=check, reason="drill", at=at, by=officer)


def _quiet(words: str) -> None:
    """Keeps the steps to itself."""


def books(seed: str) -> None:
    """Our book beside the bank's, as one line of JSON."""
    from django.conf import settings

    from huimin_county.bank import Profile, book, wrong_with
    from huimin_platform.delivery.models import Order
    from huimin_platform.funds import books as ours
    from huimin_platform.funds.card_models import CardCheck
    from huimin_platform.funds.models import Account, Difference, Hold, Payment, PaymentMove

    lines = book(settings.HUIMIN_EXCHANGE)
    states = Counter(Payment.objects.values_list("state", flat=True))
    paid_fen = sum(Account.objects.filter(leg="paid").values_list("balance_fen", flat=True))
    bank_fen = sum(line.debited_fen - line.returned_fen for line in lines)
    settled = set(Payment.objects.filter(state="settled").values_list("pk", flat=True))
    kept = {line.end_to_end_id for line in lines if line.debited_fen > line.returned_fen}
    unknown = set(Payment.objects.filter(state="unknown").values_list("pk", flat=True))
    on_desk = set(Difference.objects.filter(payment__in=unknown).values_list("payment_id", flat=True))
    disagreements = ours.disagreements()
    profile, number = Profile(**HABITS), int(seed)
    refused = Hold.objects.filter(lifted_at=None, reason="card_refused").count()
    confirmed = CardCheck.objects.filter(state="verified").values("person")
    found = {
        "payments": Order.objects.count(),
        "paid": states["settled"],
        "returned": states["returned"],
        "double": sum(line.debits > 1 for line in lines),
        "missing": len(settled - kept)
        + Order.objects.count()
        - Payment.objects.values("order").distinct().count()
        - refused,
        "cards_refused": refused,
        "to_another": sum(wrong_with(line.card, profile, number) == "BE01" for line in lines),
        "unverified": Payment.objects.exclude(payee__in=confirmed).count(),
        "untold": len(kept - settled - unknown),
        "unknown_open": len(unknown - on_desk),
        "unknown_on_desk": len(on_desk),
        "asked_again": PaymentMove.objects.filter(move="resend").count(),
        "open": sum(states.values()) - states["settled"] - states["returned"] - states["unknown"],
        "books_equal": paid_fen == bank_fen and not disagreements and settled == kept,
        "ledger_fen": paid_fen,
        "bank_fen": bank_fen,
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
