"""How a case and its steps may move, and which steps an opening case has."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from huimin.cases import plan as cases
from huimin.cases import process
from huimin.units.words import Words


@dataclass(frozen=True)
class Rule:
    key: str
    department: str = "civil_affairs"
    level: str = "county"
    working_days: int = 3
    evidence: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    name: Words = field(default=Words("核查", "Check"))


def later(day: date, days: int) -> date:
    return day + timedelta(days=days)


def planned(rules, *, delivered=(), evidence=None):
    return {
        step.joint.key: step
        for step in cases.plan(
            cases.joint(rules),
            delivered=delivered,
            evidence=evidence or {},
            opened_on=date(2026, 7, 1),
            deadline=later,
        )
    }


def test_every_move_leads_to_a_state_there_is() -> None:
    for moves, states in [
        (process.CASE_MOVES, process.CASE_STATES),
        (process.STEP_MOVES, process.STEP_STATES),
    ]:
        assert {state for (state, _), after in moves.items() for state in (state, after)} == set(states)


@pytest.mark.parametrize("state", ["approved", "refused", "closed"])
@pytest.mark.parametrize("move", ["approve", "refuse", "return"])
def test_a_decided_case_is_not_decided_again(state: str, move: str) -> None:
    with pytest.raises(process.ImpossibleMove) as caught:
        process.move_case(state, move)
    assert process.CASE_STATES[state].zh in caught.value.words().zh


def test_a_case_sent_back_is_resumed_before_it_is_approved() -> None:
    assert process.move_case("returned", "resume") == "reviewing"
    assert "approve" not in process.moves_from("returned")


def test_the_level_above_hears_of_a_late_step() -> None:
    assert [process.level_above(level) for level in ("village", "county", "province")] == [
        "township",
        "city",
        "province",
    ]


def test_a_step_whose_data_are_here_is_done_with_what_they_say() -> None:
    said = {"kind": "wages", "value": 366448, "file": "税务.csv", "line": 2}
    steps = planned(
        {"allowance": [Rule("income", "tax", evidence=("incomes",))]},
        delivered={"incomes"},
        evidence={"incomes": [{"dataset": "incomes", **said}]},
    )
    assert steps["income"].state == "done"
    assert steps["income"].evidence == ({"dataset": "incomes", **said},)
    assert "1" in steps["income"].reason.zh


def test_a_register_that_holds_nothing_is_evidence_too() -> None:
    step = planned({"allowance": [Rule("cars", "police", evidence=("vehicles",))]}, delivered={"vehicles"})[
        "cars"
    ]
    assert (step.state, step.evidence) == ("done", ({"dataset": "vehicles", "none": True},))


def test_a_step_waits_for_a_person_when_one_of_its_data_sets_has_not_come() -> None:
    rule = Rule("property", evidence=("vehicles", "properties"))
    step = planned({"allowance": [rule]}, delivered={"vehicles"})["property"]
    assert (step.state, step.evidence, step.reason) == ("open", (), None)


def test_steps_open_together_and_those_after_others_wait() -> None:
    steps = planned(
        {
            "a": [
                Rule("visit", level="village"),
                Rule("talk"),
                Rule("review", working_days=2, after=("visit",)),
            ]
        }
    )
    assert {key: step.state for key, step in steps.items()} == {
        "visit": "open",
        "talk": "open",
        "review": "waiting",
    }
    assert steps["review"].due_on == date(2026, 7, 6)


def test_a_step_after_one_that_is_done_opens_at_once() -> None:
    rules = [Rule("income", evidence=("incomes",)), Rule("review", after=("income",))]
    steps = planned({"a": rules}, delivered={"incomes"})
    assert steps["review"].state == "open"
    assert steps["review"].due_on == date(2026, 7, 4)


def test_two_policies_ask_a_department_once_and_keep_the_shorter_deadline() -> None:
    steps = planned(
        {"a": [Rule("income", working_days=5, evidence=("x",))], "b": [Rule("income", evidence=("y",))]}
    )
    assert list(steps) == ["income"]
    assert steps["income"].joint.working_days == 3
    assert steps["income"].joint.evidence == ("x", "y")
    assert steps["income"].joint.policies == ("a", "b")


def test_the_same_word_for_another_department_stays_another_step() -> None:
    steps = planned({"a": [Rule("check")], "b": [Rule("check", "tax"), Rule("end", after=("check",))]})
    assert set(steps) == {"check", "b.check", "end"}
    assert steps["end"].joint.after == ("b.check",)


def test_steps_of_two_policies_stand_behind_those_they_wait_for() -> None:
    rules = {
        "a": [Rule("one"), Rule("two", after=("one",))],
        "b": [Rule("three"), Rule("one", after=("three",))],
    }
    order = [step.key for step in cases.joint(rules)]
    assert order.index("three") < order.index("one") < order.index("two")


def test_policies_that_wait_for_each_other_do_not_block_the_case() -> None:
    rules = {"a": [Rule("one"), Rule("two", after=("one",))], "b": [Rule("two"), Rule("one", after=("two",))]}
    states = {key: step.state for key, step in planned(rules).items()}
    assert "open" in states.values()


def test_a_long_list_of_evidence_is_counted_beyond_its_start() -> None:
    bills = [{"dataset": "medical_settlements", "line": number} for number in range(25)]
    step = planned(
        {"aid": [Rule("bills", evidence=("medical_settlements",))]},
        delivered={"medical_settlements"},
        evidence={"medical_settlements": bills},
    )["bills"]
    assert len(step.evidence) == cases.LONGEST_LIST + 1
    assert step.evidence[-1]["more"] == 5


def test_a_waiting_step_can_start_when_those_before_are_done_or_left_out() -> None:
    states = {"a": "done", "b": "skipped", "c": "waiting", "d": "waiting", "e": "open"}
    assert cases.startable(states, {"c": ["a", "b"], "d": ["e"]}) == ["c"]
