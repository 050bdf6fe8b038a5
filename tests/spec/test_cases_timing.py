"""How long a case takes by its steps, what keeps it longest, and what another text would have made of it."""

import pytest

from huimin.cases import chart, timing
from huimin.cases.plan import Joint
from huimin.units.words import Words


def step(key: str, days: int, *after: str, department: str = "civil_affairs") -> Joint:
    return Joint(key, Words(key, key), department, "county", days, (), after, ("allowance",))


FORMER = (
    step("police", 2), step("tax", 3, "police", department="tax"), step("visit", 5, "tax"), step("decide", 2, "visit"),
)  # fmt: skip
NEW = (
    step("police", 2), step("tax", 3, department="tax"), step("visit", 5), step("decide", 2, "police", "tax", "visit"),
)  # fmt: skip


def test_what_runs_side_by_side_takes_the_longest() -> None:
    took = {"police": 2, "tax": 3, "visit": 5, "decide": 1}
    assert timing.timed(FORMER, took) == timing.Timing(11, ("police", "tax", "visit", "decide"))
    assert timing.timed(NEW, took) == timing.Timing(6, ("visit", "decide"))
    assert timing.in_sequence(NEW, took) == 11


def test_no_step_takes_no_time() -> None:
    assert timing.timed((), {}) == timing.Timing(0, ())


def test_a_new_text_is_tried_on_cases_as_they_were_worked() -> None:
    cases = [
        {"police": 2, "tax": 3, "visit": 5, "decide": 1},
        {"police": 9, "tax": 1, "visit": 1, "decide": 1},
    ]
    found = timing.tried(FORMER, NEW, cases)
    assert (found.cases, found.before, found.after, found.shorter, found.longer) == (2, 11.5, 8, 2, 0)
    assert found.offices["tax", "county"] == (4, 4)
    assert found.critical[-1] == "decide"


@pytest.mark.parametrize(("by_itself", "days"), [((), 4), (("card",), 0)])
def test_a_new_step_takes_its_term_or_nothing_where_the_data_do_it(by_itself, days) -> None:
    new = (*FORMER, step("card", 4, department="bank"))
    found = timing.tried(FORMER, new, [{"police": 1, "tax": 1, "visit": 1, "decide": 1}], by_itself)
    assert found.offices["bank", "county"] == (0, days)


def test_a_step_left_out_saves_its_days() -> None:
    without = (FORMER[0], step("visit", 5, "police"), FORMER[3])
    found = timing.tried(FORMER, without, [{"police": 2, "tax": 3, "visit": 5, "decide": 1}])
    assert (found.before, found.after, found.offices["tax", "county"]) == (11, 8, (3, 0))


def test_nothing_covers_anything_in_a_chart() -> None:
    drawn = chart.of_steps("allowance", Words("a", "a"), NEW)
    places = [(node.column, node.row) for node in drawn.nodes]
    assert len(places) == len(set(places))
    assert {node.kind for node in drawn.nodes} == {"start", "end", "task", "together"}
    assert chart.follows(drawn, "task_visit") == [(None, Words("decide", "decide"))]
