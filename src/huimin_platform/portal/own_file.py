"""All that is kept about a person, for the person: as data, and as lines to read (个人信息保护法第四十五条)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from huimin_platform.cases import applying
from huimin_platform.cases import path_queries as cases
from huimin_platform.delivery import queries as delivery
from huimin_platform.feedback import queries as feedback
from huimin_platform.funds import queries as funds
from huimin_platform.matching import stating, verifying
from huimin_platform.needs import queries as needs
from huimin_platform.portal import facts, files, looks, policies, policybook, sealed
from huimin_platform.registry import queries as registry
from huimin_platform.registry import tables

FORM = "huimin-own-file/1"
MOST_LOOKS = 500


def own_file(person_id: int, today: date) -> dict[str, Any]:
    """What is kept about a person, as JSON takes it: amounts in fen, days and times in ISO 8601.

    Of other members of the household there is only the name and how they belong: the rest is theirs.
    """
    person = registry.persons().get(pk=person_id)
    file = files.file_of(person_id=person_id, today=today, sensitive=True)
    household_id, home = file.household_id, file.home
    return {
        "form": FORM,
        "on": today.isoformat(),
        "person": {
            "number": person.pk, "name": person.name, "sex": person.sex, "born_on": _day(person.born_on),
            "division": person.division,
            **{field: sealed.reveal(person, field) for field in sealed.labels()},
        },
        "household": household_id,
        "members": [{"name": each.person.name, "relation": each.relation} for each in home.members] if home else [],
        "facts": [_fact(each) for each in own_facts(person_id, household_id)],
        "portrait": [
            {"title": line.title.zh, "value": line.value.zh, "known": line.known, "formula": line.formula.zh}
            for part in file.portrait
            for line, _hidden in part.lines
        ],
        "needs": [
            {"reason": need.reason.get("zh"), "since": _day(need.raised_on), "state": need.state}
            for need in file.needs
        ],
        "statements": [
            {"about": each.about_id, "fact": each.fact, "value": stating.value_of(each), "said_at": _at(each.said_at)}
            for each in stating.statements_of(person_id)
        ],
        "messages": [
            {"text": needs.text_of(need.message), "at": need.message.at.isoformat(), "state": need.state}
            for need in needs.told_by(person_id)
        ],
        "verified": [
            {
                "fact": each.fact, "about": each.person_id, "value": each.value, "how": each.how, "seen": each.seen,
                "verified_on": _day(each.verified_on), "counts_until": _day(each.holds_until),
                "taken_back": each.withdrawn_reason,
            }
            for each in file.verified_of
        ],
        "policies": [
            {"policy": each.policy, "title": each.title, "status": each.status, "amount_fen": each.amount_fen}
            for each in (home.answers if home else [])
        ],
        "applications": [
            {
                "case": each.case, "at": each.at.isoformat(), "policies": each.titles, "helped_by": each.helped_by,
                "stated": [{"about": about, "fact": title, "value": value} for about, title, value in each.stated],
                "papers": [{"title": title, "not_asked_where_sent": sent} for title, sent in each.papers],
            }
            for each in applications(person_id, home)
        ],
        "cases": [_case(each) for each in own_cases(person_id, home)],
        "notices": [
            {
                "case": each.case.number, "kind": each.kind, "title": each.title.get("zh"), "text": each.text.get("zh"),
                "issued_at": each.issued_at.isoformat(), "reply_by": _day(each.reply_by),
            }
            for each in cases.own_notices(person_id)
        ],
        "payments": [
            {"policy": policies.title(each.policy), "amount_fen": each.amount_fen, "state": each.state, "approved_at": _at(each.approved_at)}
            for each in funds.payments_of(person_id=person_id)
        ],
        "card_checks": [
            {"state": each.state, "reason": each.reason, "asked_at": _at(each.asked_at), "answered_at": _at(each.answered_at)}
            for each in file.kept["card_checks"]
        ],
        "services": [
            {"policy": policies.title(each.policy), "service": each.service, "state": each.state, "started_on": _day(each.started_on),
             "ended_on": _day(each.ended_on), "provider": each.contract.provider.name if each.contract else None}
            for each in delivery.services_for_person(person_id)
        ],
        "visits": [
            {"on": _day(each.on), "started_at": _at(each.started_at), "ended_at": _at(each.ended_at), "units": each.units,
             "worker": each.worker_name, "place": each.place, "state": each.state, "faults": each.faults, "reason": each.reason}
            for each in delivery.visits_to_person(person_id)
        ],
        "answers": [
            {
                "about": "service" if each.question.service_order_id else "payment", "since": _day(each.question.month),
                "score": each.score, "words": each.words, "answered_at": each.answered_at.isoformat(),
            }
            for each in feedback.answers().filter(question__person_id=person_id).select_related("question").order_by("pk")
        ],
        "corrections": [
            {"text": registry.correction_text(each), "state": each.state, "answer": each.answer, "answer_by": _day(each.answer_by)}
            for each in registry.corrections_of(person_id)
        ],
        "looks": [
            {"at": each.at.isoformat(), "who": each.who, "what": each.what, "why": each.why}
            for each in looks.at_file("person", person_id, most=MOST_LOOKS)
        ],
    }  # fmt: skip


@dataclass(frozen=True)
class Application:
    """One application for a page or a file: what for, when, with whose help, what was stated, and which papers the
    policies know with the data that make them needless.
    """

    case: str
    at: datetime
    titles: list[str]
    helped_by: str
    stated: list[tuple[str, str, str]]
    papers: list[tuple[str, str]]


def applications(person_id: int, home: files.HouseholdFile | None) -> list[Application]:
    """What a person applied for, the latest first."""
    names = {each.person.pk: each.person.name for each in home.members} if home else {}
    return [
        Application(
            each.case.number, each.at, [policies.title(name) for name in each.policies], str(each.by) if each.helped else "",
            [_stated(fact, about, value, names) for (fact, about), value in applying.stated(each).items()],
            _papers(each),
        )
        for each in applying.of_person(person_id)
    ]  # fmt: skip


def own_cases(person_id: int, home: files.HouseholdFile | None) -> list[Any]:
    """The cases of the household that the person lives in; of who lives in none, those applied for."""
    if home is not None:
        return home.cases
    return list(cases.own_cases(person_id).prefetch_related("items", "steps", "decisions"))


def notices(person_id: int) -> list[Any]:
    """The notices on a person's cases, the latest first, each with its `lines` in the reader's language."""
    found = list(cases.own_notices(person_id))
    key = "zh" if policybook.language().startswith("zh") else "en"
    for each in found:
        each.lines = each.text[key]
    return found


def _papers(application: Any) -> list[tuple[str, str]]:
    """The papers of the policies applied for, each once, with the data sets that make it needless."""
    on, language = timezone.localdate(application.at), policybook.language()
    versions = [tables.book().version(name, on) for name in application.policies]
    papers = [paper for each in versions if each for paper in policybook.papers(each)]
    return list(dict.fromkeys((title.say(language), sent) for title, sent in papers))


def _stated(fact: str, about: int | None, value: str, names: Mapping[int, str]) -> tuple[str, str, str]:
    language, known = policybook.language(), tables.book().facts.get(fact)
    who = names.get(about, str(about)) if about else _("Your household")
    return who, known.title.say(language) if known else fact, verifying.words_of(fact, value).say(language)


def _case(case: Any) -> dict[str, Any]:
    return {
        "number": case.number, "state": case.state, "opened_on": _day(case.opened_on), "due_on": _day(case.due_on),
        "policies": [
            {"title": policies.title(each.policy), "amount_fen": each.amount_fen, "refused": each.refused, "applied_on": _day(each.applied_on)}
            for each in case.items.all()
        ],
        "steps": [
            {"name": each.name.get("zh"), "department": each.department, "state": each.state, "due_on": _day(each.due_on), "done_at": _at(each.done_at)}
            for each in case.steps.all()
        ],
        "decisions": [
            {"outcome": each.outcome, "reason": each.reason, "at": each.at.isoformat()} for each in case.decisions.all()
        ],
    }  # fmt: skip


def own_facts(person_id: int, household_id: int | None) -> list[Any]:
    """The facts in force about a person and the household."""
    found = list(registry.facts_of(person=person_id))
    return [*found, *(registry.facts_of(household=household_id) if household_id else [])]


def lines(person_id: int, household_id: int | None) -> list[tuple[int, facts.Line]]:
    """The facts in words, each with its number."""
    found = own_facts(person_id, household_id)
    return [(fact.pk, line) for fact in found for line in facts.lines([fact], sensitive=True)]


def _fact(fact: Any) -> dict[str, Any]:
    return {
        "kind": fact.kind, "value": fact.value, "words": registry.fact_words(fact.words),
        "started_on": _day(fact.started_on), "ended_on": _day(fact.ended_on), "occurred_on": _day(fact.occurred_on),
        "source": fact.source_file.name, "row": fact.source_line, "received_at": _at(fact.received_at),
    }  # fmt: skip


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _at(at: Any) -> str | None:
    return at.isoformat() if at else None
