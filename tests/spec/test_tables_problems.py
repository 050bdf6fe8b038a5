"""The catalogue of problems: each says in both languages what happened and what to do."""

import re

import pytest

from huimin.tables.problem import Kind, Problem, catalogue, message
from huimin.units.words import Words

# CONVENTIONS.md, rule 29.
UNWANTED = re.compile(r"\b(please|sorry|invalid|forbidden)\b|请您|抱歉|非法|无效的", re.IGNORECASE)


@pytest.mark.parametrize("kind", catalogue().values(), ids=lambda kind: kind.code)
def test_a_problem_says_what_happened_and_what_to_do(kind: Kind) -> None:
    for language in ("zh-hans", "en"):
        said = message(Problem("a.csv", 3, "name", kind.code), language)
        assert said
        assert not UNWANTED.search(said)
        assert said.endswith("。" if language == "zh-hans" else ".")
    places = [set(re.findall(r"{(\w+)}", words.zh + words.en)) for words in (kind.title, kind.cure)]
    assert places == [
        set(re.findall(r"{(\w+)}", words.zh)) & set(re.findall(r"{(\w+)}", words.en))
        for words in (kind.title, kind.cure)
    ]


def test_the_words_are_filled_in_the_language() -> None:
    problem = Problem(
        "a.csv", 3, "month_fen", "value_missing", {"column": Words("月保障金", "Allowance a month")}
    )
    assert message(problem, "zh-hans") == "“月保障金”是空的。补上后重新报送这一行。"
    assert message(problem, "en") == "“Allowance a month” is empty. Fill it in and send this row again."


def test_values_from_strangers_are_not_run() -> None:
    problem = Problem(
        "a.csv", 1, "", "total_differs", {"column": "{0.__class__}", "said": "{x}", "found": "1"}
    )
    assert "{0.__class__}" in message(problem, "en")
