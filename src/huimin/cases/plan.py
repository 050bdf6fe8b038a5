"""The steps of a case: taken from its policies, each department asked once, done where the data are already
here.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from huimin.units.words import Words

# What a case keeps of one data set in the evidence of a step; the rest is counted.
LONGEST_LIST = 20

# policy -> kind of fact that says a household receives it already, so that no case opens for it. A
# household on the roll of the allowance 低保名册 is not at its edge either; medical aid it may well need.
RECEIVED: Mapping[str, str] = {
    "subsistence_allowance": "allowance_on_roll",
    "low_income_edge": "allowance_on_roll",
}
# kind of fact -> the policy that a household on such a roll receives.
ON_ROLL: Mapping[str, str] = {"allowance_on_roll": "subsistence_allowance"}


class StepRule(Protocol):
    """A step as a policy writes it."""

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> Words: ...
    @property
    def department(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def working_days(self) -> int: ...
    @property
    def evidence(self) -> Sequence[str]: ...
    @property
    def after(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class Joint:
    """One step of a case that may serve several policies 联办; `after` names the steps it waits for."""

    key: str
    name: Words
    department: str
    level: str
    working_days: int
    evidence: tuple[str, ...]
    after: tuple[str, ...]
    policies: tuple[str, ...]


@dataclass(frozen=True)
class Planned:
    """A step as it stands when its case opens."""

    joint: Joint
    state: str
    due_on: date
    evidence: tuple[Mapping[str, Any], ...] = ()
    reason: Words | None = None


def joint(policies: Mapping[str, Iterable[StepRule]]) -> tuple[Joint, ...]:
    """The steps of a case about these policies, policy -> its steps, each department asked once for the
    same thing.

    Two policies share a step when key, department and level agree; then the shorter deadline counts. A step
    of the same key elsewhere keeps both by naming its policy.
    """
    found: dict[str, Joint] = {}
    for policy, rules in policies.items():
        renamed: dict[str, str] = {}
        for rule in rules:
            key = _key(found, policy, rule)
            renamed[rule.key] = key
            after = tuple(renamed[name] for name in rule.after)
            found[key] = _merged(found.get(key), key, policy, rule, after)
    return _ordered(found)


def plan(
    steps: Sequence[Joint],
    *,
    delivered: Collection[str],
    evidence: Mapping[str, Sequence[Mapping[str, Any]]],
    opened_on: date,
    deadline: Callable[[date, int], date],
) -> list[Planned]:
    """The steps as they stand when the case opens.

    `delivered`: data sets with a current file. `evidence`: data set -> what it says of the household (kind,
    value, words, file, line, person). A step whose data sets are all here is done at once, with what they
    say attached, and so is one about which they say nothing: that the register holds no car is the evidence
    asked for. The rest open together, or wait for the steps they come after. `deadline(day, working_days)`
    counts working days.
    """
    planned: dict[str, Planned] = {}
    for step in steps:
        start = max(
            (planned[name].due_on for name in step.after if planned[name].state != "done"), default=opened_on
        )
        due_on = deadline(start, step.working_days)
        if step.evidence and all(name in delivered for name in step.evidence):
            planned[step.key] = Planned(
                step, "done", due_on, _attached(step, evidence), _reason(step, evidence)
            )
        else:
            ready = all(planned[name].state == "done" for name in step.after)
            planned[step.key] = Planned(step, "open" if ready else "waiting", due_on)
    return list(planned.values())


def startable(states: Mapping[str, str], after: Mapping[str, Collection[str]]) -> list[str]:
    """The waiting steps that can open now, because every step they come after is done or left out.

    >>> startable({"visit": "done", "review": "waiting"}, {"review": ["visit"]})
    ['review']
    """
    finished = {key for key, state in states.items() if state in ("done", "skipped")}
    return [
        key for key, state in states.items() if state == "waiting" and set(after.get(key, ())) <= finished
    ]


def _ordered(steps: Mapping[str, Joint]) -> tuple[Joint, ...]:
    """The steps, each behind those it waits for; where two policies wait for each other, the first one's
    order counts.
    """
    ordered: dict[str, Joint] = {}

    def place(step: Joint, path: tuple[str, ...]) -> None:
        if step.key in ordered:
            return
        path = (*path, step.key)
        after = tuple(name for name in step.after if name not in path)
        for name in after:
            place(steps[name], path)
        ordered[step.key] = replace(step, after=after)

    for step in steps.values():
        place(step, ())
    return tuple(ordered.values())


def _key(found: Mapping[str, Joint], policy: str, rule: StepRule) -> str:
    other = found.get(rule.key)
    if other is None or (other.department, other.level) == (rule.department, rule.level):
        return rule.key
    return f"{policy}.{rule.key}"


def _merged(other: Joint | None, key: str, policy: str, rule: StepRule, after: tuple[str, ...]) -> Joint:
    if other is None:
        return Joint(
            key,
            rule.name,
            rule.department,
            rule.level,
            rule.working_days,
            tuple(rule.evidence),
            after,
            (policy,),
        )
    return Joint(
        key,
        other.name,
        other.department,
        other.level,
        min(other.working_days, rule.working_days),
        tuple(dict.fromkeys((*other.evidence, *rule.evidence))),
        tuple(dict.fromkeys((*other.after, *after))),
        (*other.policies, policy),
    )


def _attached(
    step: Joint, evidence: Mapping[str, Sequence[Mapping[str, Any]]]
) -> tuple[Mapping[str, Any], ...]:
    attached: list[Mapping[str, Any]] = []
    for name in step.evidence:
        said = evidence.get(name, ())
        attached += said[:LONGEST_LIST]
        if len(said) > LONGEST_LIST:
            attached.append({"dataset": name, "more": len(said) - LONGEST_LIST})
        if not said:
            attached.append({"dataset": name, "none": True})
    return tuple(attached)


def _reason(step: Joint, evidence: Mapping[str, Sequence[Mapping[str, Any]]]) -> Words:
    count = sum(len(evidence.get(name, ())) for name in step.evidence)
    if count:
        return Words(
            f"部门已报送数据（{count} 条），不再要求提供材料。",
            f"The department has sent the data ({count} entries); no paper is asked for.",
        )
    return Words(
        "部门已报送数据，其中没有该家庭的记录，不再要求提供材料。",
        "The department has sent its data, which hold nothing about this household; no paper is asked for.",
    )
