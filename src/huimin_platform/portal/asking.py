"""The questions that decide what a resident is entitled to: only what no department has sent, one at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from huimin import rules
from huimin.rules.rendering import value_words
from huimin_platform.base.models import User
from huimin_platform.design import why
from huimin_platform.design.templatetags.design import joined
from huimin_platform.matching import explaining, stating
from huimin_platform.matching.stating import Said
from huimin_platform.portal import files, policies, policybook, told
from huimin_platform.registry import queries as registry
from huimin_platform.registry import tables


@dataclass(frozen=True)
class Sitting:
    """A resident at the questions: the household as the registers know it, and with what was told of it.

    `kept` says when the resident stated what is kept beyond this sitting.
    """

    person_id: int
    household_id: int
    today: date
    known: rules.Household
    now: rules.Household
    told: told.Told
    kept: dict[Said, datetime]

    def place(self, about: int | None) -> int | None:
        """The place of a person among the members; none for the household itself."""
        return None if about is None else self.known.persons.index(about)


@dataclass(frozen=True)
class Line:
    """One thing that is known: of whom, what it is, and who says so."""

    who: str
    title: str
    value: str
    source: str
    fact: str = ""


def sitting(request: HttpRequest, today: date) -> Sitting | None:
    """The resident's questions as they stand; None where the registry does not know the person or the household."""
    person = request.user.person_id
    return sitting_of(person, told.read(request), today) if person else None


def sitting_of(person: int, now: told.Told, today: date) -> Sitting | None:
    """The questions of a person with what was told just now, whoever is at the screen."""
    home = files.household_of(person)
    if not home:
        return None
    known = explaining.described(home, today)
    kept = {(each.fact, each.about_id): each for each in stating.statements_of(person)}
    answers = {said: stating.value_of(each) for said, each in kept.items()} | now.answers
    answers = {said: value for said, value in answers.items() if _still_asked(said, known)}
    return Sitting(
        person, home, today, known, _with(known, answers), told.Told(answers, now.left_open),
        {said: each.said_at for said, each in kept.items() if now.answers.get(said, answers.get(said)) == answers.get(said)},
    )  # fmt: skip


def answers(found: Sitting) -> list[dict[str, Any]]:
    """What every policy says of the household with what was told: yes first, then not enough known, then no."""
    facts = {fact for fact, _about in found.told.answers}
    versions = {name: tables.book().version(name, found.today) for name in tables.book().names}
    return [
        {
            "policy": each["policy"],
            "title": policies.title(each["policy"]),
            "status": each["status"],
            "amount_fen": each["amount_fen"],
            "per": policies.per(each["policy"], found.today),
            "tree": why.tree(each),
            "reasons": _reasons(each["conditions"]),
            "changes": each.get("changes", []),
            "missing": explaining.to_verify(each["missing"]),
            "by_told": bool(facts & set(getattr(versions[each["policy"]], "facts", ()))),
        }
        for each in explaining.everything_of(found.now, found.today)
    ]


def _reasons(conditions: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Why not, in one sentence a condition: of a policy of persons what keeps each member from it, said once."""
    each = [
        child
        for one in conditions
        for child in (one["children"] if one["name"].startswith("member_") else [one])
    ]
    said = {one["words"]["zh"]: one["words"] for one in each if one["status"] == "not_met"}
    return list(said.values())


def inquiries(found: Sitting, *chosen: str) -> list[rules.Inquiry]:
    """What is left to ask, for some policies or for all, the most telling first."""
    book = tables.book()
    names = chosen or book.asked_in(found.known.division, found.today)
    sets = tables.parameter_sets(found.today)
    return rules.inquiries(book, names, found.now, found.today, sets, left_open=found.told.left_open)


def again(found: Sitting, fact: str) -> rules.Inquiry | None:
    """The question of a fact that was told already, to answer it anew."""
    places = [found.place(about) for key, about in found.told.answers if key == fact]
    if not places and fact not in found.told.left_open:
        return None
    members = tuple(sorted(place for place in places if place is not None))
    if not members and fact.startswith("person."):
        members = _unknown(found.known, fact)
    return rules.Inquiry(fact, members, (), ())


def known_lines(
    found: Sitting, concerned: Sequence[str], days: Mapping[str, date] | None = None
) -> list[Line]:
    """What the registers say of the facts that some policies rest on: of the household and of the resident alone.

    `days`: data set -> the day it was sent, to be said with the source.
    """
    book = tables.book()
    keys = dict.fromkeys(key for name in concerned for key in book.policy(name, found.today).facts)
    own = found.place(found.person_id) if found.person_id in found.known.persons else None
    lines = []
    for fact in (book.facts[key] for key in keys):
        holder = found.known.facts if fact.level == "household" else None
        if holder is None and own is not None:
            holder = found.known.members[own]
        value = holder[fact.name] if holder is not None else None
        if value is None:
            continue
        words = value_words(bool(value) if fact.type.shape == "condition" else value, fact.type, book)
        who = _("Your household") if fact.level == "household" else _("You")
        lines.append(Line(who, _say(fact.title), _say(words), _source(fact.data_sets, days or {}), fact.key))
    return lines


def told_lines(found: Sitting) -> list[Line]:
    """What the resident told, and until when it is remembered."""
    book, names = tables.book(), people(found)
    lines = []
    for (key, about), value in found.told.answers.items():
        fact = book.facts[key]
        now = rules.told(book, _empty(found.known), {(key, found.place(about)): value})
        holder = now.facts if about is None else now.members[found.place(about) or 0]
        code = holder[fact.name]
        assert code is not None, "what is told is a value"
        words = value_words(bool(code) if fact.type.shape == "condition" else code, fact.type, book)
        when = found.kept.get((key, about))
        source = (
            _("you stated it on %(day)s, and it is kept") % {"day": when.date().isoformat()}
            if when
            else _("you told it just now; it is forgotten when you sign out")
        )
        who = names[about] if about is not None else _("Your household")
        lines.append(Line(who, _say(fact.title), _say(words), source, key))
    return lines


def people(found: Sitting) -> dict[int, str]:
    """The members by number, the resident as "you"."""
    persons = registry.persons().filter(pk__in=found.known.persons)
    names = dict(persons.values_list("pk", "name"))
    if found.person_id in names:
        names[found.person_id] = _("You (%(name)s)") % {"name": names[found.person_id]}
    return names


def tell(request: HttpRequest, found: Sitting, fact: str, values: dict[int | None, str | None]) -> None:
    """Takes in what was told of a fact, by place of the member; a value that nobody knows leaves it open.

    Raises `PolicyError` for what cannot be.
    """
    said = {
        (fact, None if place is None else found.known.persons[place]): value
        for place, value in values.items()
    }
    rules.told(
        tables.book(), _empty(found.known),
        {(fact, place): value for place, value in values.items() if value is not None},
    )  # fmt: skip
    before = told.read(request)
    kept = {each: value for each, value in before.answers.items() if each not in said}
    kept |= {each: value for each, value in said.items() if value is not None}
    open_now = None in values.values()
    left_open = before.left_open | {fact} if open_now else before.left_open - {fact}
    told.write(request, told.Told(kept, frozenset(left_open)))


def having(found: Sitting, fact: str, values: Mapping[int | None, str | None]) -> Sitting:
    """The sitting with what was told of a fact, by place of the member; raises `PolicyError` for what cannot be."""
    said = {
        (fact, None if place is None else found.known.persons[place]): value
        for place, value in values.items()
        if value is not None
    }
    answers = found.told.answers | said
    left_open = found.told.left_open | {fact} if None in values.values() else found.told.left_open
    return replace(found, now=_with(found.known, answers), told=told.Told(answers, left_open))


def keep(request: HttpRequest, found: Sitting, at: datetime) -> int:
    """How many statements are kept at the resident's wish."""
    user = request.user
    assert isinstance(user, User)
    made = stating.keep(
        person_id=found.person_id, household_id=found.household_id, said=found.told.answers, at=at, by=user
    )
    return len(made)


def forget(request: HttpRequest, found: Sitting, at: datetime) -> None:
    """Forgets what was told in this sitting and what was kept."""
    user = request.user
    assert isinstance(user, User)
    told.forget(request)
    stating.take_back(person_id=found.person_id, at=at, by=user)


def _still_asked(said: Said, known: rules.Household) -> bool:
    """Whether a fact is still one that no department has sent, about somebody who still lives there."""
    key, about = said
    fact = tables.book().facts.get(key)
    if fact is None or (about is not None and about not in known.persons):
        return False
    holder = known.facts if about is None else known.members[known.persons.index(about)]
    return holder[fact.name] is None


def _with(known: rules.Household, answers: dict[Said, str]) -> rules.Household:
    places = {
        (key, None if about is None else known.persons.index(about)): value
        for (key, about), value in answers.items()
    }
    return rules.told(tables.book(), known, places)


def _unknown(known: rules.Household, fact: str) -> tuple[int, ...]:
    name = tables.book().facts[fact].name
    return tuple(place for place, member in enumerate(known.members) if member[name] is None)


def _empty(known: rules.Household) -> rules.Household:
    """A household of as many members of whom nothing is known."""
    facts = tables.book().facts.values()
    of = {
        level: {fact.name: None for fact in facts if fact.level == level} for level in ("household", "person")
    }
    return rules.Household(
        known.household, known.division, of["household"], tuple(of["person"] for _each in known.members), known.persons
    )  # fmt: skip


def _source(data_sets: tuple[str, ...], days: Mapping[str, date]) -> str:
    if not data_sets:
        day = days.get("residents")
        return _("register of residents") + (f" {day.isoformat()}" if day else "")
    return joined(
        f"{policybook.data_set(name)} {days[name].isoformat()}" if name in days else policybook.data_set(name)
        for name in data_sets
    )


def _say(words: Any) -> str:
    return words.say(policybook.language())
