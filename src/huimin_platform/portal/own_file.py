"""All that is kept about a person, for the person: as data, and as lines to read (个人信息保护法第四十五条)."""

from datetime import date
from typing import Any

from huimin_platform.feedback import queries as feedback
from huimin_platform.funds import queries as funds
from huimin_platform.matching import stating
from huimin_platform.needs import queries as needs
from huimin_platform.portal import facts, files, looks, policies, sealed
from huimin_platform.registry import queries as registry

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
        "policies": [
            {"policy": each.policy, "title": each.title, "status": each.status, "amount_fen": each.amount_fen}
            for each in (home.answers if home else [])
        ],
        "cases": [
            {"number": each.number, "state": each.state, "opened_on": _day(each.opened_on)}
            for each in (home.cases if home else [])
        ],
        "payments": [
            {"policy": policies.title(each.policy), "amount_fen": each.amount_fen, "state": each.state, "approved_at": _at(each.approved_at)}
            for each in funds.payments_of(person_id=person_id)
        ],
        "card_checks": [
            {"state": each.state, "reason": each.reason, "asked_at": _at(each.asked_at), "answered_at": _at(each.answered_at)}
            for each in file.kept["card_checks"]
        ],
        "answers": [
            {"score": each.score, "words": each.words, "answered_at": each.answered_at.isoformat()}
            for each in feedback.answers().filter(question__person_id=person_id).order_by("pk")
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
