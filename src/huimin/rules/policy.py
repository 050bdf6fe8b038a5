"""What a policy says, as a law officer reads and signs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from huimin.rules.tree import Node
from huimin.units.words import Words

# The step of a policy that posts the case where the neighbours can read it; it cannot be cut short.
POSTED_STEP = "publicity"


@dataclass(frozen=True)
class Clause:
    """A piece of law: which law, which article, and its words. Law stays Chinese."""

    key: str
    law: str
    article: str
    text: str

    @property
    def words(self) -> Words:
        """The citation: 《社会救助暂行办法》第九条."""
        return Words(zh=f"《{self.law}》{self.article}", en=f"《{self.law}》{self.article}")


@dataclass(frozen=True)
class Definition:
    """A named value that conditions and amounts are built from."""

    key: str
    name: str
    level: Literal["household", "person"]
    title: Words
    node: Node
    clause: Clause | None
    file: str
    line: int


@dataclass(frozen=True)
class Condition:
    """A condition with its reason in words, met, not met or unknown, and its clause."""

    name: str
    node: Node
    met: Words
    not_met: Words
    unknown: Words
    clause: Clause
    file: str
    line: int


@dataclass(frozen=True)
class Amount:
    """What is paid: an expression, rounded once by a named mode."""

    node: Node
    unit: str
    rounding: Literal["half_up", "down", "up"]
    clause: Clause
    file: str
    line: int


@dataclass(frozen=True)
class Paper:
    """A paper that the applicant would bring, and the data sets that make it needless."""

    key: str
    title: Words
    data_sets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One department's part of a case; `evidence` lists the data sets that complete it by themselves.

    With `second_officer`, what one officer verifies for the policy counts once another has confirmed it. `days_clause` is
    the law that names the days; None where no text names any, and then the number is ours.
    """

    key: str
    name: Words
    department: str
    level: Literal["village", "township", "county", "city", "province"]
    working_days: int
    evidence: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    second_officer: bool = False
    days_clause: Clause | None = None


@dataclass(frozen=True)
class Within:
    """In how many calendar days from acceptance a law wants it decided, all steps together."""

    days: int
    clause: Clause


@dataclass(frozen=True)
class Posting:
    """What a law wants the neighbours to read before a decision 公示, and of those who receive 公布.

    The step `POSTED_STEP` waits for it and ends by itself. `days` are calendar days, the first one not counted (Civil
    Code, article 201); `again_days` run anew once an objection was looked into and does not hold. `shows` says what
    stands beside the masked name, `lasting` the same of who receives; None where no law asks for such a list.
    `days_clause` is the law that names the days; None where no text names any, and then the number is ours. Who receives
    one of the policies that it `spares` is not posted, because the law has those cases done directly.
    """

    clause: Clause
    place: Literal["village", "township"]
    days: int
    again_days: int
    shows: tuple[str, ...]
    lasting_clause: Clause | None
    lasting: tuple[str, ...] | None
    days_clause: Clause | None = None
    spares: tuple[str, ...] = ()
    spares_clause: Clause | None = None


@dataclass(frozen=True)
class Service:
    """What the amount of a policy buys instead of being paid out: which service, how it is counted, by which clause.

    `skills`: what the service asks of who gives it, for each value of the fact `skills_by`.
    """

    kind: str
    title: Words
    unit: Literal["visit", "hour", "piece"]
    clause: Clause
    skills_by: str = ""
    skills: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Policy:
    """One version of a policy, checked and ready to be asked of the households inside its division.

    A policy of persons is asked of each member; what it gives a household is what it gives its members together.
    `starts` says from which month on a monthly amount is paid, seen from the approval.
    `gives` lists definitions that are part of the answer besides the amount: for how long, until when, what kind.
    `instead_of` lists the policies that this one stands in for: where it holds, nobody is asked about those.
    `service`: the amount is what services bought for the person may cost; nobody is paid it.
    """

    name: str
    title: Words
    summary: Words
    department: str
    level: Literal["household", "person"]
    division: str
    started_on: date
    ended_on: date | None
    clauses: Mapping[str, Clause]
    facts: tuple[str, ...]
    conditions: tuple[Condition, ...]
    amount: Amount | None
    period: Literal["month", "once"]
    papers: tuple[Paper, ...]
    steps: tuple[Step, ...]
    excludes: tuple[str, ...]
    instead_of: tuple[str, ...]
    found_by: Literal["data", "application"]
    gives: tuple[str, ...]
    file: str
    digest: str
    cases: tuple["Case", ...] = ()
    posting: Posting | None = None
    starts: Literal["next_month", "this_month"] = "next_month"
    service: Service | None = None
    within: Within | None = None

    def in_force(self, on: date) -> bool:
        """Whether this version counts on a day."""
        return self.started_on <= on and (self.ended_on is None or on < self.ended_on)

    @property
    def version(self) -> str:
        """The version's name: the day it came into force and the digest of its text."""
        return f"{self.started_on.isoformat()}-{self.digest[:8]}"


@dataclass(frozen=True)
class Case:
    """A worked example: a household, what was computed by hand, and why."""

    name: Words
    policy: str
    on: date
    household: Mapping[str, Any]
    members: tuple[Mapping[str, Any], ...]
    parameters: Mapping[str, Any]
    status: Literal["entitled", "not_entitled", "unknown"]
    amount_fen: int | None
    not_met: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    gives: Mapping[str, Any] = field(default_factory=dict)
    working: str = ""
    division: str = ""
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)
