"""A process that works on payments until there is nothing left to do; tests kill it.

python -m tests.stages.funds_child HOME seed 60
python -m tests.stages.funds_child HOME work
python -m tests.stages.funds_child HOME books
"""

import json
import sys
from datetime import timedelta
from pathlib import Path

from huimin_platform.command import session


def main() -> None:
    """Does what the command line says, in a home of its own."""
    home, act, *rest = sys.argv[1:]
    session.choose_home(Path(home))
    with session.opened():
        {"seed": seed, "work": work, "books": show}[act](*rest)


def seed(count: str) -> None:
    """Households with orders that are due, and money for them."""
    from tests.stages import funds_world as made

    from huimin_platform.funds import actions

    world = made.make_world()
    for number in range(int(count)):
        person = made.make_person(world, number)
        made.make_order(made.make_grant(world, made.make_household(world, person), amount_fen=1_000 + number))
    finance = made.make_finance("finance-a")
    made.make_finance("finance-b")
    actions.appropriate(year=2026, purpose="medical_aid", amount_fen=10**8, key="1", at=made.AT, by=finance)


def work() -> None:
    """Turns of the loop, with approvals and the bank's rounds, until every payment has its answer."""
    from django.conf import settings
    from tests.stages.funds_world import AT

    from huimin_county.bank import PROFILES, run
    from huimin_platform.base.models import User
    from huimin_platform.funds import actions, steps
    from huimin_platform.funds.models import Batch, Payment

    finance = list(User.objects.filter(role="finance").order_by("pk"))
    print("ready", flush=True)
    for turn in range(40):
        at = AT + timedelta(hours=6 * turn)
        steps.advance(today=at.date(), at=at, progress=lambda text: None)
        for batch in Batch.objects.filter(state="prepared"):
            for person in finance:
                if batch.state == "prepared":
                    batch = actions.approve_batch(batch=batch.number, at=at, by=person)
        steps.advance(today=at.date(), at=at, progress=lambda text: None)
        settings.HUIMIN_EXCHANGE.mkdir(exist_ok=True)
        run(settings.HUIMIN_EXCHANGE, profile=PROFILES["bounces"], seed=1, once=True, today=at.date)
        open_ones = Payment.objects.exclude(state__in=["settled", "returned"]).exists()
        if turn > 32 and not open_ones and Payment.objects.exists():
            break
    print("done", flush=True)


def show() -> None:
    """Our books beside the bank's, as one line of JSON."""
    from collections import Counter

    from django.conf import settings

    from huimin_county.bank import book
    from huimin_platform.funds import books
    from huimin_platform.funds.models import Account, Payment

    lines = book(settings.HUIMIN_EXCHANGE)
    states = Counter(Payment.objects.values_list("state", flat=True))
    paid = sum(Account.objects.filter(leg="paid").values_list("balance_fen", flat=True))
    settled = set(Payment.objects.filter(state="settled").values_list("pk", flat=True))
    kept = {line.end_to_end_id for line in lines if line.debited_fen > line.returned_fen}
    said = {
        "states": states,
        "double": sum(line.debits > 1 for line in lines),
        "missing": len(settled - kept),
        "untold": len(kept - settled),
        "difference_fen": paid - sum(line.debited_fen - line.returned_fen for line in lines),
        "disagreements": books.disagreements(),
    }
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
