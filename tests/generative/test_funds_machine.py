"""Money under banks of many habits, crashes at every commit and every file, deaths, findings and clocks set back.

Examples of 40 steps, divided among the banks; the seed is the bank's name, so each run is the same.
`--hypothesis-profile full` makes one that fails shorter, which takes minutes.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.generative.funds_bank import HABITS
from tests.generative.funds_crashes import CrashPoints
from tests.generative.funds_machine import FORGET, POLICIES, Funds, Seen
from tests.generative.funds_plans import PlansKept
from tests.stages.funds_world import (
    make_finance,
    make_grant,
    make_household,
    make_person,
    make_world,
    set_house_rules,
)

# Files of which none outlives its example are made and removed by the hundred thousand.
IN_MEMORY = Path("/dev/shm")
EXAMPLES, STEPS = 2_000, 40
# What an example comes through at least, on average: a bank that is hardly ever asked for money proves little.
LEAST_AN_EXAMPLE = {"approved": 2, "sending": 0.2, "files_out": 1, "deaths": 0.3}


@pytest.fixture
def machine(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Funds]]:
    """The machine over a small world, with crash points planted."""
    with TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
        settings.HUIMIN_EXCHANGE = Path(folder)
        with ready(Funds, make_world(), settings.HUIMIN_EXCHANGE, monkeypatch) as made:
            yield made


@contextmanager
def ready(
    kind: type[Funds], world: Any, folder: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[type[Funds]]:
    """A machine of its own over people, grants and officers that are made once."""
    people = [make_person(world, number, verified=False) for number in range(len(POLICIES))]
    grants = [
        make_grant(world, make_household(world, person), policy=policy)
        for person, policy in zip(people, POLICIES, strict=True)
    ]
    writes = [0]

    def noticing(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.lstrip(" \n(")[:6].lower().startswith("select"):
            writes[0] += 1
        return execute(sql, params, many, context)

    # Losing power is another test's matter; this one's processes die, and their files stay.
    monkeypatch.setattr("os.fsync", lambda descriptor: None)
    made = type(
        "Money", (kind,),
        {
            "people": people, "grants": grants, "folder": folder, "points": CrashPoints(),
            "finance": [make_finance(name) for name in ("finance-a", "finance-b")],
            "seen": Seen(), "writes": writes,
        },
    )  # fmt: skip
    # Nothing of what has been made until now will be garbage; it need not be looked through again and again.
    gc.collect()
    gc.freeze()
    with (
        made.points.planted(),
        connection.execute_wrapper(noticing),
        connection.execute_wrapper(PlansKept()),
    ):
        yield made
    with connection.cursor() as cursor:
        cursor.execute(FORGET)


def set_rules(machine: type[Funds], monkeypatch: pytest.MonkeyPatch) -> None:
    """The house rules that fit the bank's habits."""
    machine.house_rules = set_house_rules(
        monkeypatch, two_persons_yuan=100, auto_release_yuan=20, batch_payments=3,
        bank_removes_repeats=machine.habits.remembers, bank_format="csv" if machine.habits.csv else "iso20022",
        card_check=machine.habits.checks,
    )  # fmt: skip


def budget(examples: int, *, shrink: bool = False) -> settings:
    """So many examples. Making a failing one shorter takes minutes, so only on demand."""
    return settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, reset_sequences=True)
@pytest.mark.parametrize("habit", HABITS)
def test_money_survives(
    habit: str, machine: type[Funds], monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    machine.habits, machine.begins_alike = HABITS[habit], True
    set_rules(machine, monkeypatch)
    full = settings.get_current_profile_name() == "full"
    examples = -(-EXAMPLES // len(HABITS))
    # Left alone, Hypothesis ends one example in four early.
    run_state_machine_as_test(
        seed(habit)(machine), settings=budget(examples, shrink=full), _min_steps=STEPS - 1
    )
    reached = machine.seen.counts | {"deaths": machine.points.deaths}
    record_property("reached", reached)
    # An example that ends early or does nothing proves nothing.
    assert reached["examples"] >= examples
    assert reached["steps"] >= STEPS * examples, reached
    for what, least in LEAST_AN_EXAMPLE.items():
        assert reached.get(what, 0) >= least * reached["examples"], (what, reached)
