"""How long a case takes by its steps: when each can begin, what keeps it longest, and what another text would change."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from huimin.cases.plan import Joint


@dataclass(frozen=True)
class Timing:
    """Working days of one case from its opening to its last step, and the steps that it waited for, first to last."""

    days: int
    critical: tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """One text against another on past cases. `days` and `after`: median working days; `offices`: (department, level)
    -> working days spent then and with the new text, over all cases; `critical`: the chain of steps that kept most of
    the cases longest with the new text, and how many.
    """

    cases: int
    before: float
    after: float
    shorter: int
    longer: int
    offices: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    critical: tuple[str, ...] = ()
    critical_cases: int = 0


def timed(steps: Sequence[Joint], took: Mapping[str, int]) -> Timing:
    """What a case takes whose steps take these working days; steps that wait for nothing run side by side.

    Steps stand behind those they wait for. One that is not in `took` takes no time.
    """
    ends: dict[str, int] = {}
    waited: dict[str, str] = {}
    for step in steps:
        last = max(step.after, key=lambda key: ends[key], default="")
        waited[step.key] = last
        ends[step.key] = (ends[last] if last else 0) + took.get(step.key, 0)
    key = max(ends, key=lambda each: ends[each], default="")
    days, chain = ends.get(key, 0), []
    while key:
        chain.append(key)
        key = waited[key]
    return Timing(days, tuple(reversed(chain)))


def in_sequence(steps: Iterable[Joint], took: Mapping[str, int]) -> int:
    """What the same steps take one after the other, as with stamps collected on foot."""
    return sum(took.get(step.key, 0) for step in steps)


def tried(
    former: Sequence[Joint],
    new: Sequence[Joint],
    cases: Sequence[Mapping[str, int]],
    by_itself: Collection[str] = (),
) -> Trial:
    """What the new steps would have made of past cases, each step -> working days it took.

    A step of both texts takes what it took then. A new one takes its whole term; one that is done `by_itself` from
    data takes none. That a shorter term alone would have made anybody faster is not assumed.
    """
    known = {step.key for step in former}
    offices: dict[tuple[str, str], list[int]] = {}
    before, after, chains = [], [], dict[tuple[str, ...], int]()
    for took in cases:
        then = {
            step.key: took.get(step.key, 0) if step.key in known
            else 0 if step.key in by_itself else step.working_days
            for step in new
        }  # fmt: skip
        was, would = timed(former, took), timed(new, then)
        before.append(was.days)
        after.append(would.days)
        chains[would.critical] = chains.get(would.critical, 0) + 1
        for place, steps, days in ((0, former, took), (1, new, then)):
            for step in steps:
                offices.setdefault((step.department, step.level), [0, 0])[place] += days.get(step.key, 0)
    if not cases:
        return Trial(0, 0, 0, 0, 0)
    critical = max(chains, key=lambda chain: chains[chain])
    return Trial(
        cases=len(cases),
        before=median(before),
        after=median(after),
        shorter=sum(then < was for was, then in zip(before, after, strict=True)),
        longer=sum(then > was for was, then in zip(before, after, strict=True)),
        offices={office: (then, now) for office, (then, now) in offices.items()},
        critical=critical,
        critical_cases=chains[critical],
    )
