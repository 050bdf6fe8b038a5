"""Reads of the matching stage: entitlements with their trace, findings, parameters."""

from datetime import datetime
from typing import Any

import polars as pl
from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from huimin import rules
from huimin.rules.facts import Facts
from huimin_platform.base import access, lake
from huimin_platform.base.timeline import Event
from huimin_platform.base.together import Kept
from huimin_platform.matching import explaining
from huimin_platform.matching.models import Entitlement, Finding, FindingState, ParameterSet, Run, Statement
from huimin_platform.registry import changes
from huimin_platform.registry.changes import Within


def entitlements() -> QuerySet[Entitlement]:
    """Every answer there ever was; those of today are `current`."""
    return Entitlement.objects.all()


def entitlements_known(as_of: datetime | None = None) -> QuerySet[Entitlement]:
    """The answers of today, or those that stood at a moment."""
    if as_of is None:
        return Entitlement.objects.filter(current=True)
    still = Q(ended_run=None, current=True) | Q(ended_run__at__gt=as_of)
    return Entitlement.objects.filter(still, run__at__lte=as_of)


def parameter_sets() -> QuerySet[ParameterSet]:
    """The parameters that departments delivered."""
    return ParameterSet.objects.all()


def last_run() -> Run | None:
    """The latest time that the policies were asked."""
    return Run.objects.order_by("-pk").first()


def entitlements_of(household: int) -> QuerySet[Entitlement]:
    """What policies say of a household today."""
    return Entitlement.objects.filter(household=household, current=True).order_by("policy")


def entitlements_for(actor: Any, *, policy: str = "", status: str = "") -> QuerySet[Entitlement]:
    """Answers of today in the actor's division."""
    found = access.scope(actor, Entitlement.objects.filter(current=True), "household__division")
    for name, value in (("policy", policy), ("status", status)):
        found = found.filter(**{name: value}) if value else found
    return found.select_related("household").order_by("policy", "household")


def explain(*, household_id: int, policy: str, as_of: datetime | None = None) -> dict[str, Any] | None:
    """The explanation of a household's answer of today, or of the one that stood at a moment, as JSON in both languages.

    None where there is no answer. `forgotten` is true where what is kept no longer leads to the answer that was given:
    a birth date, place or standard was put right since. Then the answer stands alone, without conditions.
    """
    found = entitlements_known(as_of).filter(household=household_id, policy=policy).first()
    if found is None:
        return None
    trace = found.trace or explaining.fresh(household_id, policy, found.on, as_of)
    answer = {"status": found.status, "amount_fen": found.amount_fen}
    forgotten = as_of is not None and any(trace[name] != value for name, value in answer.items())
    if forgotten:
        trace = trace | {"conditions": [], "amount": [], "members": [], "missing": []}
    run = {"run": found.run_id, "on": found.on.isoformat(), "policy_version": found.policy_version}
    return {
        **trace,
        **answer,
        **run,
        "forgotten": forgotten,
        "to_verify": explaining.to_verify(found.missing),
    }


HOUSEHOLDS, PERSONS = "matching/households.parquet", "matching/persons.parquet"


def keep_population(population: rules.Population) -> None:
    """Keeps the people of a run, so that other numbers can be tried on them."""
    lake.put_frame(HOUSEHOLDS, population.households)
    lake.put_frame(PERSONS, population.persons)


def renew_population(part: rules.Population, within: Within) -> None:
    """Puts the people of some households as they are now into what the last run kept of all."""
    kept = population(part.facts)
    if kept is None:
        return
    for name, all_, now in (
        (HOUSEHOLDS, kept.households, part.households), (PERSONS, kept.persons, part.persons)
    ):  # fmt: skip
        others = all_.filter(~pl.col("household").is_in(list(within.households)))
        lake.put_frame(name, pl.concat([others, now], how="vertical_relaxed"))


def households_asked_since(run: int) -> set[int] | None:
    """The households that were asked about after a run; None where that is every one."""
    registry, verified = Run.objects.values_list("registry", "verified").get(pk=run)
    if registry is None or Run.objects.filter(pk__gt=run, everybody=True).exists():
        return None
    changed = changes.since(registry, verified)
    return None if changed is None else set(changed.households)


def population(facts: Facts) -> rules.Population | None:
    """The people of the last run; none before the first."""
    try:
        return rules.Population.of(lake.frame(HOUSEHOLDS), lake.frame(PERSONS), facts)
    except lake.NotInLake:
        return None


def findings() -> QuerySet[Finding]:
    """Every finding there ever was."""
    return Finding.objects.all()


def findings_for(actor: Any, *, state: str = "", kind: str = "") -> QuerySet[Finding]:
    """Findings in the actor's division: those to be checked first, the latest first."""
    found = access.scope(actor, Finding.objects.all())
    for name, value in (("state", state), ("kind", kind)):
        found = found.filter(**{name: value}) if value else found
    return found.select_related("household", "person").order_by("-found_on", "kind", "pk")


def finding_for(actor: Any, finding: int) -> Finding | None:
    """One finding in the actor's division."""
    return (
        access.scope(actor, Finding.objects.all())
        .select_related("household", "person")
        .filter(pk=finding)
        .first()
    )


def findings_of(*, household_id: int | None, person_id: int | None) -> QuerySet[Finding]:
    """Findings about a household or a person that are not dismissed or gone."""
    mine = Q(pk=None)
    if household_id is not None:
        mine |= Q(household=household_id)
    if person_id is not None:
        mine |= Q(person=person_id)
    return Finding.objects.filter(mine, state__in=[FindingState.OPEN, FindingState.CONFIRMED]).order_by(
        "-found_on"
    )


def about(person_id: int | None, household_id: int | None) -> dict[str, QuerySet[Any]]:
    """What this stage keeps of a person or a household, to be asked together with the rest."""
    mine = Entitlement.objects.filter(household=household_id)
    stated = {"household": household_id} if person_id is None else {"person": person_id}
    before = mine.filter(current=False).exclude(status="not_entitled").defer("trace")
    return {
        "answers": mine.filter(current=True).order_by("policy"),
        "answers_before": before.order_by("-pk")[:100],
        "findings": findings_of(household_id=household_id, person_id=person_id)[:100],
        "statements": Statement.objects.filter(**stated).order_by("said_at", "pk")[:100],
    }


def timeline(kept: Kept) -> list[Event]:
    """Answers of policies and findings, as events."""
    from huimin_platform.registry.tables import book

    language = get_language() or "zh-hans"
    titles = {policy.name: policy.title.say(language) for policy in book().policies}
    answers = [each for each in kept["answers"] if each.status != "not_entitled"] + kept["answers_before"]
    events = [
        Event(on=each.on, title=titles.get(each.policy, each.policy), detail=each.get_status_display(),
              amount_fen=each.amount_fen or None, stage="matching")
        for each in answers
    ]  # fmt: skip
    return events + [
        Event(
            on=finding.found_on,
            title=kind_words(finding.kind),
            detail=finding.get_state_display(),
            tone="warning",
            stage="matching",
        )
        for finding in kept["findings"]
    ]


def kind_words(kind: str) -> str:
    """What a kind of finding is called."""
    from django.utils.translation import gettext as _

    return {
        "on_roll_not_entitled": _("On the roll but not entitled"),
        "paid_after_death": _("Paid after death"),
        "same_benefit_twice": _("The same benefit twice"),
        "granted_twice": _("Granted twice to one person under two files"),
    }.get(kind, kind)
