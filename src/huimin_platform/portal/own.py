"""What a resident sees of the own household: what comes, what is under way, what could still come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from huimin.funds.cards import WHAT_TO_DO, to_person
from huimin.privacy.masking import mask_card
from huimin.units.words import Words
from huimin_platform.cases import applying
from huimin_platform.delivery import queries as delivery
from huimin_platform.feedback import queries as feedback
from huimin_platform.funds import queries as funds
from huimin_platform.portal import files, looks, policies, sealed
from huimin_platform.registry import queries as registry

PAYMENTS_SHOWN = 12
UNDER_WAY = ("opened", "reviewing", "returned")


@dataclass(frozen=True)
class RefusedCard:
    """A card that the bank did not confirm: its last digits, what is wrong with it, what to do."""

    ending: str
    wrong: Words
    what_to_do: Words


@dataclass(frozen=True)
class OwnPage:
    """All that the page of one resident shows."""

    person: Any
    home: files.HouseholdFile | None
    receives: list["Receives"]
    under_way: list[tuple[Any, list[str], list[Any]]]
    possible: list[files.Answer]
    payments: list[tuple[str, Any]]
    questions: list[Any]
    looks: list[looks.Look]
    card: RefusedCard | None


@dataclass(frozen=True)
class Receives:
    """One benefit that comes: how much and how often, from when until when; `by_roll` where a department's roll says so.

    `services_fen` is for what services are bought, where no money is paid out.
    """

    title: str
    amount_fen: int | None
    per: str
    started_on: date | None
    ended_on: date | None
    by_roll: bool = False
    services_fen: int | None = None


def own_page(person_id: int, today: date) -> OwnPage | None:
    """The page of a resident; None where the registry does not know the person."""
    person = registry.persons().filter(pk=person_id).first()
    if person is None:
        return None
    file = files.file_of(person_id=person_id, today=today, sensitive=True)
    home = file.home
    grants = (
        [grant for _title, grant in home.grants] if home else list(delivery.grants_of(person_id=person_id))
    )
    running = [one for one in grants if one.started_on <= today and (one.ended_on or date.max) > today]
    rolls = applying.by_roll(file.kept["facts"], today)
    settled = {one.policy for one in grants} | set(rolls)
    return OwnPage(
        person=person,
        home=home,
        receives=_receives(running, rolls),
        under_way=_under_way(home),
        possible=_possible(home, settled),
        payments=[
            (policies.title(one.policy), one)
            for one in funds.payments_of(person_id=person_id)[:PAYMENTS_SHOWN]
        ],
        questions=list(feedback.open_for_person(person_id)),
        looks=file.looks,
        card=_refused(person, file.card),
    )


def _refused(person: Any, check: Any | None) -> RefusedCard | None:
    if check is None or check.state != "refused":
        return None
    return RefusedCard(mask_card(sealed.reveal(person, "card")), to_person(check.reason), WHAT_TO_DO)


def _receives(running: list[Any], rolls: Mapping[str, applying.OnRoll]) -> list[Receives]:
    """What was granted here and runs, and what a roll says of policies that were not granted here."""
    granted = [
        Receives(
            policies.title(one.policy), one.amount_fen if one.kind == "cash" else None, one.per, one.started_on, one.ended_on,
            services_fen=one.amount_fen if one.kind == "service" else None,
        )
        for one in running
    ]  # fmt: skip
    known = {one.policy for one in running}
    listed = {roll.policy: roll for roll in rolls.values() if roll.policy not in known}
    return granted + [
        Receives(policies.title(roll.policy), roll.amount_fen, "month", roll.since, None, by_roll=True)
        for roll in listed.values()
    ]


def _under_way(home: files.HouseholdFile | None) -> list[tuple[Any, list[str], list[Any]]]:
    """The undecided cases with the titles of their policies and their steps."""
    if home is None:
        return []
    found = [case for case in home.cases if case.state in UNDER_WAY]
    return [
        (case, [policies.title(item.policy) for item in case.items.all()], list(case.steps.all()))
        for case in found
    ]


def _possible(home: files.HouseholdFile | None, received: set[str]) -> list[files.Answer]:
    """Policies that say yes, or cannot say yet, and from which nothing comes so far."""
    if home is None:
        return []
    taken = received | {item.policy for case in home.cases for item in case.items.all()}
    return [
        answer for answer in home.answers if answer.status != "not_entitled" and answer.policy not in taken
    ]
