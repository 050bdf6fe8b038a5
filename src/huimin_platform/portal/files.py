"""The file of a person and of a household: what all stages keep, asked for in one statement."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from huimin.units.dates import age
from huimin_platform.base import audit, places, together
from huimin_platform.base.places import unnamed_place
from huimin_platform.base.timeline import Event
from huimin_platform.base.together import Kept
from huimin_platform.cases import queries as cases
from huimin_platform.delivery import queries as delivery
from huimin_platform.design import why
from huimin_platform.feedback import queries as feedback
from huimin_platform.funds import queries as funds
from huimin_platform.matching import queries as matching
from huimin_platform.needs import portraits
from huimin_platform.needs import queries as needs
from huimin_platform.portal import facts, looks, policies, statements
from huimin_platform.registry import queries as registry
from huimin_platform.registry import tables

STAGES = (needs, matching, cases, delivery, funds, feedback)


@dataclass(frozen=True)
class Member:
    """A person in a household."""

    person: Any
    relation: str
    age: int | None
    is_head: bool


@dataclass(frozen=True)
class Answer:
    """What a policy says of the household, and why."""

    policy: str
    title: str
    status: str
    amount_fen: int | None
    per: str
    on: date
    tree: why.Node | None
    missing: list[str]


@dataclass(frozen=True)
class HouseholdFile:
    """A household with its members, what it is entitled to, gets and was decided."""

    household: Any
    members: list[Member]
    answers: list[Answer]
    cases: list[Any]
    grants: list[Any]
    findings: list[Any]


@dataclass(frozen=True)
class File:
    """All that the stages keep of a person or a household, asked for in one statement and put in words here.

    `person_id` is empty in the file of a household, `household_id` in that of a person without one.
    """

    person_id: int | None
    household_id: int | None
    today: date
    sensitive: bool
    kept: Kept

    @property
    def home(self) -> HouseholdFile | None:
        """The household; none where the person lives in none."""
        if not self.kept["households"]:
            return None
        household = self.kept["households"][0]
        people = {person.pk: person for person in self.kept["persons"]}
        findings = [each for each in self.kept["findings"] if each.household_id == household.pk]
        return HouseholdFile(
            household=household,
            members=[
                Member(
                    people[each.person_id], registry.fact_words(each.relation),
                    age_on(people[each.person_id].born_on, self.today), each.person_id == household.head_id,
                )
                for each in self.kept["memberships"]
                if each.ended_on is None
            ],
            answers=[_answer(each) for each in self.kept["answers"]],
            cases=cases.joined(self.kept),
            grants=[(policies.title(each.policy), each) for each in self.kept["grants"]],
            findings=sorted(findings, key=lambda each: each.pk),
        )  # fmt: skip

    @property
    def card(self) -> Any | None:
        """What the bank last said of the card the person has now; None where it was not asked."""
        owner = next((each for each in self.kept["persons"] if each.pk == self.person_id), None)
        return funds.current_card(self.kept, owner) if owner else None

    @property
    def facts(self) -> list[facts.Line]:
        """The facts in force about the person, or about the household, in words."""
        return facts.lines(registry.of_whom(self.kept, self.person_id), sensitive=self.sensitive)

    @property
    def verified(self) -> list[statements.Verified]:
        """What officers verified of the person, or of the household, the latest first; what was taken back too."""
        people = {each.pk: each for each in self.kept["persons"]}
        return statements.verified(self.verified_of, people, sensitive=self.sensitive)

    @property
    def verified_of(self) -> list[Any]:
        """The same as it is kept; what was verified under the number of a file that went into this one is the person’s too."""
        keepers = registry.keepers_among(self.kept["persons"])
        return [
            each
            for each in self.kept["verified"]
            if self.person_id is None or keepers.get(each.person_id, each.person_id) in (None, self.person_id)
        ]

    @property
    def statements(self) -> list[statements.Line]:
        """What the person, or somebody of the household, stated and wished to be kept."""
        people = {each.pk: each for each in self.kept["persons"]}
        return statements.lines(self.kept["statements"], people, sensitive=self.sensitive)

    @property
    def needs(self) -> list[Any]:
        """What is lacking, the most pressing first."""
        return needs.still_open(self.kept["needs"])

    @property
    def looks(self) -> list[looks.Look]:
        """Who looked at the file, and why."""
        together.join(self.kept["looks"], "by_user", self.kept["lookers"])
        return looks.shown(self.kept["looks"])

    @property
    def place(self) -> str:
        """The name of the place where the person or household is registered."""
        owner = next((each for each in self.kept["persons"] if each.pk == self.person_id), None)
        code = owner.division if owner else self.kept["households"][0].division
        return self.kept["places"][0].name if self.kept["places"] else unnamed_place(code)

    @property
    def portrait(self) -> list["PortraitPart"]:
        """The portrait of the household, or of the person with the household, part by part.

        Where sensitive values may not be seen, only who lives together is shown.
        """
        if not self.kept["households"]:
            return []
        kept, persons = self.kept, () if self.person_id is None else (self.person_id,)
        read = tables.of_household(
            kept["households"][0],
            kept["memberships"],
            kept["persons"],
            kept["facts"],
            registry.that_stood(kept["facts_before"]),
            kept["verified"],
        )
        with tables.one_look(kept["files"], kept["signed"]):
            found = portraits.portrait_of(self.household_id or 0, self.today, persons=persons, read=read)
            if kept["asked_alike"] or kept["waiting_rows"]:
                found = portraits.as_far_as_known(found, self.household_id or 0, self.today)
        return portrait_parts(found, sensitive=self.sensitive)

    @property
    def events(self) -> list[Event]:
        """Every event that the stages tell, the latest first; sensitive details only where they may be seen."""
        told = [*registry.timeline(self.kept, self.person_id)]
        told += [event for stage in STAGES for event in stage.timeline(self.kept)]
        events = [
            replace(each, detail=facts.HIDDEN) if each.sensitive and not self.sensitive else each
            for each in told
        ]
        return sorted(events, key=lambda event: event.on, reverse=True)


def file_of(
    *,
    person_id: int | None = None,
    household_id: int | None = None,
    today: date,
    sensitive: bool,
    as_of: datetime | None = None,
) -> File:
    """The file of a person with the household they live in, or of a household.

    As of a moment it has members, facts and answers as they were known then; the rest is kept as it is now only.
    """
    if person_id is not None:
        household_id = household_of(person_id)
    kind, number = ("person", person_id) if person_id is not None else ("household", household_id)
    sets = registry.about(person_id, household_id, tables.earlier_kinds(), as_of)
    for stage in STAGES:
        sets |= stage.about(person_id, household_id)
    if as_of is not None:
        sets["answers"] = matching.entitlements_known(as_of).filter(household=household_id).order_by("policy")
    sets |= audit.about(kind, number, looks.SHOWN) | places.about(
        sets["persons"].filter(pk=person_id) if person_id else sets["households"]
    )
    return File(person_id, household_id, today, sensitive, together.ask(sets))


def household_of(person_id: int) -> int | None:
    """The household a person lives in now."""
    found = registry.memberships().filter(person_id=person_id, ended_on=None)
    return found.order_by("pk").values_list("household_id", flat=True).first()


@dataclass(frozen=True)
class PortraitPart:
    """One part of a portrait: its topic in words and its lines. A hidden line shows no value."""

    title: str
    lines: list[tuple[portraits.Line, bool]]


def portrait_parts(found: list[portraits.Line], *, sensitive: bool) -> list[PortraitPart]:
    """The lines of a portrait by topic."""
    words = portraits.topics()
    parts = {topic: [each for each in found if each.topic == topic] for topic in words}
    return [
        PortraitPart(words[topic], [(each, not sensitive and topic != "household") for each in lines])
        for topic, lines in parts.items()
        if lines
    ]


def age_on(born_on: date | None, day: date) -> int | None:
    """Completed years of age."""
    return None if born_on is None else age(born_on, day)


def _answer(entitlement: Any) -> Answer:
    return Answer(
        policy=entitlement.policy,
        title=policies.title(entitlement.policy),
        status=entitlement.status,
        amount_fen=entitlement.amount_fen,
        per=policies.per(entitlement.policy, entitlement.on),
        on=entitlement.on,
        tree=why.tree(entitlement.trace),
        missing=list(entitlement.missing),
    )
