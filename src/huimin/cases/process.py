"""States of a case and of its steps, and the moves between them, as tables.

A page offers the moves this module allows, an action makes them, a test prints them: nobody keeps a second
list.
"""

from collections.abc import Mapping

from huimin.units.words import Words

CASE_STATES: Mapping[str, Words] = {
    "opened": Words("已立案", "Opened"),
    "reviewing": Words("审核中", "Under review"),
    "returned": Words("退回补正", "Sent back"),
    "approved": Words("已批准", "Approved"),
    "refused": Words("不予批准", "Refused"),
    "closed": Words("已结案", "Closed"),
}

# (state, move) -> state. What is not here cannot happen.
CASE_MOVES: Mapping[tuple[str, str], str] = {
    ("opened", "begin"): "reviewing",
    ("opened", "approve"): "approved",
    ("opened", "return"): "returned",
    ("opened", "refuse"): "refused",
    ("opened", "close"): "closed",
    ("reviewing", "approve"): "approved",
    ("reviewing", "return"): "returned",
    ("reviewing", "refuse"): "refused",
    ("reviewing", "close"): "closed",
    ("returned", "resume"): "reviewing",
    ("returned", "refuse"): "refused",
    ("returned", "close"): "closed",
    ("approved", "close"): "closed",
    ("refused", "close"): "closed",
    ("refused", "restore"): "reviewing",
}

STEP_STATES: Mapping[str, Words] = {
    "waiting": Words("待启动", "Waiting"),
    "open": Words("办理中", "Under way"),
    "paused": Words("中止", "Paused"),
    "done": Words("已办结", "Done"),
    "returned": Words("退回重办", "Sent back"),
    "skipped": Words("免办", "Left out"),
}

STEP_MOVES: Mapping[tuple[str, str], str] = {
    ("waiting", "open"): "open",
    ("waiting", "skip"): "skipped",
    ("open", "complete"): "done",
    ("open", "skip"): "skipped",
    ("open", "return"): "returned",
    ("open", "pause"): "paused",
    ("returned", "pause"): "paused",
    ("paused", "go_on"): "open",
    ("paused", "skip"): "skipped",
    ("paused", "return"): "returned",
    ("done", "return"): "returned",
    ("skipped", "return"): "returned",
    ("returned", "complete"): "done",
    ("returned", "skip"): "skipped",
}

OUTCOMES: Mapping[str, Words] = {
    "approve": Words("批准", "Approve"),
    "return": Words("退回补正", "Send back"),
    "refuse": Words("不予批准", "Refuse"),
}

UNDECIDED = ("opened", "reviewing", "returned")
DECIDABLE = ("opened", "reviewing")
UNFINISHED_STEPS = ("waiting", "open", "paused", "returned")

DONE_BY_DECISION = Words("随案件决定办结。", "Done with the decision on the case.")
SUPPLEMENT = Words("补充材料", "Add what is missing")

# Who hears of a step that is late: the level above.
LEVELS = ("village", "township", "county", "city", "province")
LEVEL_WORDS: Mapping[str, Words] = {
    "village": Words("村（社区）", "Village"),
    "township": Words("乡镇（街道）", "Township"),
    "county": Words("县（市、区）", "County"),
    "city": Words("市", "City"),
    "province": Words("省", "Province"),
}


class ImpossibleMove(Exception):
    """A case or step was asked to make a move that its state does not allow."""

    def __init__(self, state: str, move: str) -> None:
        super().__init__(state, move)
        self.state = state
        self.move = move

    def words(self) -> Words:
        """What happened, for the person who asked."""
        states = {**CASE_STATES, **STEP_STATES}
        state = states.get(self.state, Words(self.state, self.state))
        return Words(
            f"当前状态为“{state.zh}”，不能做这一步。请刷新页面，按现在的状态办理。",
            f"Its state is “{state.en}”, which does not allow this. Load the page again and go on.",
        )

    def __str__(self) -> str:
        return self.words().en


def move_case(state: str, move: str) -> str:
    """The state a case is in after the move; `ImpossibleMove` when its state does not allow it.

    >>> move_case("reviewing", "approve")
    'approved'
    """
    return _moved(CASE_MOVES, state, move)


def move_step(state: str, move: str) -> str:
    """The state a step is in after the move; `ImpossibleMove` when its state does not allow it.

    >>> move_step("open", "complete")
    'done'
    """
    return _moved(STEP_MOVES, state, move)


def moves_from(state: str) -> list[str]:
    """The moves that a case in this state can make."""
    return [move for (start, move) in CASE_MOVES if start == state]


def level_above(level: str) -> str:
    """The level that is told when a step of this level is late; the highest level tells itself."""
    place = LEVELS.index(level) if level in LEVELS else len(LEVELS) - 1
    return LEVELS[min(place + 1, len(LEVELS) - 1)]


def _moved(moves: Mapping[tuple[str, str], str], state: str, move: str) -> str:
    if (state, move) not in moves:
        raise ImpossibleMove(state, move)
    return moves[state, move]
