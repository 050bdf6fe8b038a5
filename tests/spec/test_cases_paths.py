"""Paths of a decision's life: definitions are checked, and nothing is against a person by time alone."""

from datetime import date
from pathlib import Path

import pytest

from huimin.cases import paths
from huimin.cases.process import ImpossibleMove
from huimin.tables.document import DocumentError

TODAY = date(2026, 7, 1)
PLAIN = """
title: {zh: 暂停, en: Suspension}
law: {zh: 依据, en: Law}
quote: 依据
case_states: [approved]
begun_by: [officer]
notice: {zh: 告知, en: Told}
tasks:
  reply:
    name: {zh: 陈述, en: Reply}
    who: resident
    working_days: 10
    moves:
      reply: {name: {zh: 提交, en: Reply}, to: decide}
    overdue: decide
  decide:
    name: {zh: 决定, en: Decide}
    who: county
    working_days: 5
    moves:
      suspend: {name: {zh: 暂停, en: Suspend}, to: suspended}
      drop: {name: {zh: 不变, en: Drop}, to: same}
ends:
  suspended: {name: {zh: 已暂停, en: Suspended}, effect: suspend, notice: {zh: 暂停, en: Suspended}}
  same: {name: {zh: 不变, en: Same}, notice: {zh: 不变, en: Same}}
"""


def parsed(tmp_path: Path, text: str) -> paths.Definition:
    file = tmp_path / "2026-01-01.yaml"
    file.write_text(text, encoding="utf-8")
    return paths.parse(file, "suspension")


def test_every_way_the_brief_names_has_a_path_in_force() -> None:
    assert set(paths.in_force(TODAY)) == {
        "appeal", "change", "death", "decrease", "increase", "move", "overpayment", "recertification", "recovery",
        "relocation", "resumption", "suspension",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(paths.in_force(TODAY)))
def test_a_path_in_force_has_no_fault(name: str) -> None:
    assert paths.check(paths.in_force(TODAY)[name]) == []


def test_nothing_is_in_force_before_its_day() -> None:
    assert paths.in_force(date(2014, 4, 30)) == {}


def test_a_path_goes_from_task_to_end(tmp_path: Path) -> None:
    definition = parsed(tmp_path, PLAIN)
    assert definition.first == "reply"
    assert paths.moved(definition, "reply", "reply") == "decide"
    assert paths.moved(definition, "decide", "suspend") == "suspended"
    with pytest.raises(ImpossibleMove):
        paths.moved(definition, "decide", "reply")
    with pytest.raises(ImpossibleMove):
        paths.moved(definition, "suspended", "drop")


@pytest.mark.parametrize(
    ("was", "becomes", "cure"),
    [
        ("overdue: decide", "overdue: suspended", "never by time"),
        ("to: decide}\n", "to: suspended}\n", "never by time"),
        ("who: resident", "who: township", "let the person reply"),
        ("to: same}", "to: nowhere}", "neither a task nor an end"),
        ("to: same}", "to: decide}", "no move leads here"),
        ("    overdue: decide\n", "", None),
        ("working_days: 5", "working_days: 0", "at least one working day"),
        ("effect: suspend,", "effect: recover,", "needs an amount"),
        ("effect: suspend,", "effect: burn,", "is not one of"),
        ("who: county", "who: emperor", "is not one of"),
        ("case_states: [approved]", "case_states: [lost]", "write some of"),
    ],
)
def test_a_planted_fault_is_found(tmp_path: Path, was: str, becomes: str, cure: str | None) -> None:
    assert was in PLAIN
    changed = PLAIN.replace(was, becomes, 1)
    if cure is None:
        assert parsed(tmp_path, changed).tasks["reply"].overdue == ""
        return
    with pytest.raises(DocumentError, match=cure):
        parsed(tmp_path, changed)


def test_an_endless_path_is_refused(tmp_path: Path) -> None:
    endless = PLAIN.replace("to: same}", "to: reply}").replace("to: suspended}", "to: reply}")
    with pytest.raises(DocumentError, match=r"no move leads here|no end can be reached"):
        parsed(tmp_path, endless)


def test_the_term_of_an_appeal_counts_calendar_days() -> None:
    appeal = paths.in_force(TODAY)["appeal"]
    assert paths.still_open(appeal, date(2026, 5, 2), TODAY)
    assert not paths.still_open(appeal, date(2026, 5, 1), TODAY)
