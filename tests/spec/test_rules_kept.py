"""What is worked out of a book once and kept: the same question is the same program; no hash leaves its process."""

import os
import pickle
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import huimin_policies
from huimin import rules
from huimin.needs import book as needs
from huimin.rules.extending import asked
from huimin.rules.tree import Type

BOOK = rules.load(Path(huimin_policies.__path__[0]))
ELSEWHERE = """
import pickle, sys
from huimin.rules.tree import Type
assert hash(pickle.load(sys.stdin.buffer)) == hash(Type("enum", values=("urban", "rural")))
"""


def test_a_type_is_hashed_anew_in_another_process() -> None:
    made = Type("enum", values=("urban", "rural"))
    hash(made)
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", ELSEWHERE],
            input=pickle.dumps(made), env=os.environ | {"PYTHONHASHSEED": seed}, check=True,
        )  # fmt: skip


def test_questions_of_ones_own_are_the_same_while_the_same_versions_are_in_force() -> None:
    book = needs.load(BOOK)
    questions = tuple(need.question for need in book.needs)
    day = max(policy.started_on for policy in BOOK.policies)
    assert asked(book.book, questions, day) is asked(book.book, questions, day + timedelta(days=1))
    assert asked(book.book, questions[:1], day) is not asked(book.book, questions, day)
    before = asked(book.book, questions, date.min)
    assert before is not asked(book.book, questions, day)
