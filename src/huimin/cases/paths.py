"""Paths of a decision's life 决定之后的办理路径: appeal, suspension, review and the like, as data with versions.

A path is tasks with a term, moves between them, and ends with one effect each. `definitions/NAME/DAY.yaml` is the
version in force from that day; a path that has begun keeps its version. What is against a person is never an effect
of time passing: `check` refuses a definition in which it could be.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from huimin.cases.process import CASE_STATES, ImpossibleMove
from huimin.tables.document import DocumentError, Section, read
from huimin.units.words import Words

# Who a task belongs to: the person it is about, or the office of a level.
WHO = ("resident", "village", "township", "county")
BEGUN_BY = ("resident", "officer", "data")
# What the data show that begins a path.
SIGNS = ("", "lapsed", "died", "moved", "relocated", "elapsed", "more", "less")
EFFECTS = ("none", "suspend", "resume", "stop", "restore", "hand_over", "recover", "renew", "raise", "lower")
AGAINST = ("suspend", "stop", "recover", "lower")
# Effects that give a case another monthly amount, from the month after a day: the day the path began, or ended.
RATING = ("raise", "lower")
COUNTS_FROM = ("begun", "decided")
# Whose earlier acts bar an officer from a task: on the same path, or on the decision that the path is about.
APART = ("path", "decision")


@dataclass(frozen=True)
class Move:
    """One way out of a task: its name, and the task or end it leads to."""

    name: Words
    to: str


@dataclass(frozen=True)
class Task:
    """One person's part of a path. `overdue` names what follows when the term has passed; empty: it waits."""

    name: Words
    who: str
    working_days: int
    moves: Mapping[str, Move]
    overdue: str = ""
    apart: tuple[str, ...] = ()


@dataclass(frozen=True)
class End:
    """How a path ends: its name, what it does to the case, and what the person is told."""

    name: Words
    effect: str
    notice: Words


@dataclass(frozen=True)
class Definition:
    """One version of a path. `quote`: the words of the law that it rests on; `within_days`: calendar days after the decision in which it may begin (0: any time);
    `again_after_days`: how long the data do not begin it again; `counts_from`: the day whose next month another amount
    counts from.
    """

    name: str
    version: str
    title: Words
    law: Words
    quote: str
    case_states: tuple[str, ...]
    begun_by: tuple[str, ...]
    sign: str
    within_days: int
    again_after_days: int
    asks_amount: bool
    counts_from: str
    notice: Words
    tasks: Mapping[str, Task]
    ends: Mapping[str, End]

    @property
    def rates(self) -> str:
        """`raise` or `lower` where the path may give another monthly amount; empty where it may not."""
        return next((end.effect for end in self.ends.values() if end.effect in RATING), "")

    @property
    def first(self) -> str:
        """The task a path begins with."""
        return next(iter(self.tasks))


def moved(definition: Definition, task: str, move: str) -> str:
    """The task or end that a move leads to; `ImpossibleMove` where the task has no such move."""
    found = definition.tasks.get(task)
    if found is None or move not in found.moves:
        raise ImpossibleMove(task or "ended", move)
    return found.moves[move].to


def still_open(definition: Definition, decided_on: date, today: date) -> bool:
    """Whether the path may still begin, by the days since the decision."""
    return not definition.within_days or today <= decided_on + timedelta(days=definition.within_days)


def version(name: str, started: str) -> Definition:
    """A version of a path by the day it is in force from, as a running path keeps it. `KeyError` where none is."""
    return _all()[name][started]


def versions(name: str) -> tuple[str, ...]:
    """The versions of a path, the first one in front; none where there is no such path."""
    return tuple(sorted(_all().get(name, ())))


def in_force(on: date) -> dict[str, Definition]:
    """name -> the version in force on a day."""
    found = {}
    for name, versions in _all().items():
        known = [each for started, each in sorted(versions.items()) if started <= on.isoformat()]
        if known:
            found[name] = known[-1]
    return found


def parse(path: Traversable | Path, name: str) -> Definition:
    """The definition in a file. Raises `DocumentError`, which names file, key and cure."""
    document = read(path)
    document.only(
        "title", "law", "quote", "case_states", "begun_by", "sign", "within_days", "again_after_days", "asks_amount",
        "counts_from", "notice", "tasks", "ends",
    )  # fmt: skip
    found = Definition(
        name=name,
        version=path.name.removesuffix(".yaml"),
        title=document.words("title"),
        law=document.words("law"),
        quote=document.text("quote"),
        case_states=_some(document, "case_states", tuple(CASE_STATES)),
        begun_by=_some(document, "begun_by", BEGUN_BY),
        sign=document.one_of("sign", SIGNS, ""),
        within_days=document.whole("within_days", 0),
        again_after_days=document.whole("again_after_days", 0),
        asks_amount=document.one_of("asks_amount", ("yes", "no"), "no") == "yes",
        counts_from=document.one_of("counts_from", COUNTS_FROM, "decided"),
        notice=document.words("notice"),
        tasks={key: _task(section) for key, section in document.sections("tasks")},
        ends={key: _end(section) for key, section in document.sections("ends")},
    )
    faults = check(found)
    if faults:
        raise DocumentError(document.file, *faults[0])
    return found


def check(definition: Definition) -> list[tuple[str, str]]:
    """What is wrong with a definition: key and cure. What is against a person is done by an officer's move only,
    and only after a task in which the person could reply.
    """
    tasks, ends = definition.tasks, definition.ends
    if not tasks:
        return [("tasks", "write at least one task")]
    faults = [
        (f"tasks.{key}", f"“{to}” is neither a task nor an end")
        for key, task in tasks.items()
        for to in _targets(task)
        if to not in tasks and to not in ends
    ]
    if faults:
        return faults
    reached = _reached(definition, tasks)
    faults += [(f"tasks.{key}", "no move leads here") for key in tasks if key not in reached]
    faults += [(f"ends.{key}", "no move leads here") for key in ends if key not in reached]
    faults += [
        (f"tasks.{key}", "no end can be reached from here")
        for key in tasks
        if not _reached(definition, tasks, start=key) & set(ends)
    ]
    against = {key for key, end in ends.items() if end.effect in AGAINST}
    for key, task in tasks.items():
        by_time = {task.overdue} if task.overdue else set()
        by_resident = {move.to for move in task.moves.values()} if task.who == "resident" else set()
        if (by_time | by_resident) & against:
            faults.append(
                (f"tasks.{key}", "what is against a person is decided by an officer, never by time")
            )
    unheard = _reached(definition, {key: task for key, task in tasks.items() if task.who != "resident"})
    faults += [
        (f"ends.{key}", "let the person reply before what is against them")
        for key in sorted(against & unheard)
    ]
    if any(end.effect in ("recover", *RATING) for end in ends.values()) and not definition.asks_amount:
        faults.append(("asks_amount", "a recovery or another amount needs an amount"))
    return faults


def _reached(definition: Definition, through: Mapping[str, Task], start: str = "") -> set[str]:
    """The tasks and ends reached from a task, going through these tasks only."""
    waiting, found = [start or definition.first], set[str]()
    while waiting:
        key = waiting.pop()
        if key in found or (key in definition.tasks and key not in through):
            continue
        found.add(key)
        waiting += _targets(through[key]) if key in through else []
    return found


def _targets(task: Task) -> list[str]:
    return [move.to for move in task.moves.values()] + ([task.overdue] if task.overdue else [])


@cache
def _all() -> Mapping[str, Mapping[str, Definition]]:
    folder = files("huimin.cases") / "definitions"
    return {
        inner.name: {each.version: each for each in _versions(inner)}
        for inner in sorted(folder.iterdir(), key=lambda found: found.name)
        if inner.is_dir()
    }


def _versions(folder: Traversable) -> Iterable[Definition]:
    return (parse(file, folder.name) for file in folder.iterdir() if file.name.endswith(".yaml"))


def _task(section: Section) -> Task:
    section.only("name", "who", "working_days", "moves", "overdue", "apart")
    days = section.whole("working_days")
    if days < 1:
        raise section.fail("working_days", "write at least one working day")
    moves = {
        key: Move(each.only("name", "to").words("name"), each.text("to"))
        for key, each in section.sections("moves")
    }
    return Task(
        name=section.words("name"),
        who=section.one_of("who", WHO),
        working_days=days,
        moves=moves,
        overdue=section.text("overdue", ""),
        apart=_some(section, "apart", APART) if section.listed("apart") else (),
    )


def _end(section: Section) -> End:
    section.only("name", "effect", "notice")
    return End(section.words("name"), section.one_of("effect", EFFECTS, "none"), section.words("notice"))


def _some(section: Section, key: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    found = section.listed(key)
    strange = [each for each in found if each not in allowed]
    if strange or not found:
        raise section.fail(key, f"write some of {', '.join(allowed)}")
    return found
