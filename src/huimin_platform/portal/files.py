"""The file of a person and of a household: what all stages know, in a fixed number of queries."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Q

from huimin.units.dates import age
from huimin_platform.base.timeline import Event
from huimin_platform.cases import queries as cases
from huimin_platform.delivery import queries as delivery
from huimin_platform.design import why
from huimin_platform.feedback import queries as feedback
from huimin_platform.funds import queries as funds
from huimin_platform.matching import queries as matching
from huimin_platform.needs import portraits
from huimin_platform.needs import queries as needs
from huimin_platform.portal import facts, policies
from huimin_platform.registry import queries as registry

STAGES = (registry, needs, matching, cases, delivery, funds, feedback)


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


def household_of(person_id: int) -> int | None:
    """The household a person lives in now."""
    found = registry.memberships().filter(person_id=person_id, ended_on=None)
    return found.order_by("pk").values_list("household_id", flat=True).first()


def household_file(household_id: int, today: date) -> HouseholdFile:
    """The file of a household."""
    household = registry.households().select_related("head").get(pk=household_id)
    members = registry.memberships().filter(household_id=household_id, ended_on=None)
    entitlements = matching.entitlements().filter(household_id=household_id, current=True)
    findings = matching.findings().filter(household_id=household_id, state__in=["open", "confirmed"])
    return HouseholdFile(
        household=household,
        members=[
            Member(
                each.person,
                registry.fact_words(each.relation),
                age_on(each.person.born_on, today),
                each.person_id == household.head_id,
            )
            for each in members.select_related("person").order_by("pk")
        ],
        answers=[_answer(each) for each in entitlements.order_by("policy")],
        cases=list(cases.cases_of(household_id).prefetch_related("steps")),
        grants=[
            (policies.title(each.policy), each) for each in delivery.grants_of(household_id=household_id)
        ],
        findings=list(findings.order_by("pk")),
    )


def facts_about(person_id: int | None, household_id: int | None, *, sensitive: bool) -> list[facts.Line]:
    """The facts in force about a person, or about a household, in words."""
    of = Q(person_id=person_id) if person_id is not None else Q(household_id=household_id)
    found = registry.facts().filter(of).select_related("source_file")
    return facts.lines(found, sensitive=sensitive)


@dataclass(frozen=True)
class PortraitPart:
    """One part of a portrait: its topic in words and its lines. A hidden line shows no value."""

    title: str
    lines: list[tuple[portraits.Line, bool]]


def portrait(
    person_id: int | None, household_id: int | None, today: date, *, sensitive: bool
) -> list[PortraitPart]:
    """The portrait of a household, or of a person with the household they live in, part by part.

    Where sensitive values may not be seen, only who lives together is shown.
    """
    if household_id is None:
        return []
    persons = () if person_id is None else (person_id,)
    found = portraits.portrait_of(household_id, today, persons=persons)
    words = portraits.topics()
    parts = {topic: [each for each in found if each.topic == topic] for topic in words}
    return [
        PortraitPart(words[topic], [(each, not sensitive and topic != "household") for each in lines])
        for topic, lines in parts.items()
        if lines
    ]


def timeline(person_id: int | None, household_id: int | None, *, sensitive: bool) -> list[Event]:
    """Every event that the stages tell, the latest first; sensitive details only where they may be seen."""
    told = (event for stage in STAGES for event in stage.timeline(person_id, household_id))
    events = [
        replace(each, detail=facts.HIDDEN) if each.sensitive and not sensitive else each for each in told
    ]
    return sorted(events, key=lambda event: event.on, reverse=True)


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
