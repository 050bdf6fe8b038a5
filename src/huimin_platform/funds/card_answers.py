"""Takes up what the bank says about cards: each answer once, by compare and set; a refusal is told to the person."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from huimin.funds.cards import MOVES, CardAnswer, CardReport, moved
from huimin_platform.base import audit
from huimin_platform.base.prepared import is_any, prepared
from huimin_platform.funds import card_moving, differences, telling
from huimin_platform.funds.card_models import CardCheck
from huimin_platform.funds.models import BankMessage


@dataclass
class _Sorted:
    """The answers of a report by what they mean for us."""

    moves: dict[tuple[str, str], list[tuple[CardCheck, str]]] = field(default_factory=dict)
    contradictions: list[tuple[CardCheck, CardAnswer]] = field(default_factory=list)
    unknown: list[CardAnswer] = field(default_factory=list)
    repeats: int = 0

    def of(self, move: str) -> list[tuple[CardCheck, str]]:
        """The checks that make a move, with the bank's reasons."""
        return [each for (_, name), rows in self.moves.items() if name == move for each in rows]


def apply(report: CardReport, message: BankMessage, *, at: datetime) -> dict[str, int]:
    """What a report of the bank moved. A refusal opens an exception and tells the person; a confirmation closes them."""
    asked = sorted({answer.id for answer in report.answers})
    checks = {check.pk: check for check in _keyed.rows(asked)}
    found = _sorted(report.answers, checks)
    line = audit.write(
        by="bank", action="answers", kind="bank_message", object_id=message.name[:64],
        details={"answers": len(report.answers)}, at=at,
    )  # fmt: skip
    for (before, move), rows in sorted(found.moves.items()):
        card_moving.move(rows, before, move, at=at, line=line, message=message)
    confirmed, refused = found.of("confirm"), found.of("refuse")
    differences.explain_checks([check.person_id for check, _ in confirmed], at=at, reason="card_verified")
    fresh = [(check, code) for check, code in refused if _is_current(check)]
    differences.explain_checks(
        [check.person_id for check, _ in fresh], at=at, reason="answered", kinds=["card_no_answer"]
    )
    differences.open_checks(
        "card_refused", [check for check, _ in fresh], at=at, message=message,
        details={check.pk: {"code": code} for check, code in fresh},
    )  # fmt: skip
    telling.of_refused_cards(fresh, at=at)
    differences.open_checks(
        "card_contradiction", [check for check, _ in found.contradictions], at=at, message=message,
        details={check.pk: {"code": answer.reason} for check, answer in found.contradictions},
    )  # fmt: skip
    for answer in found.unknown:
        key = f"{answer.id}:{message.sha256[:32]}"
        differences.open_one("card_not_asked", key, at=at, message=message, details={"payment": answer.id})
    return {
        "cards": len(confirmed) + len(refused), "confirmed": len(confirmed), "not_confirmed": len(refused),
        "repeats": found.repeats,
    }  # fmt: skip


@prepared
def _keyed(keys: Any) -> QuerySet[CardCheck]:
    found = CardCheck.objects.select_for_update(of=("self",)).select_related("person")
    return found.filter(is_any("pk", keys)).order_by("pk")


def _sorted(answers: Sequence[CardAnswer], checks: dict[str, CardCheck]) -> _Sorted:
    found = _Sorted()
    for answer in answers:
        check = checks.get(answer.id)
        move = "confirm" if answer.confirmed else "refuse"
        if check is None:
            found.unknown.append(answer)
        elif check.state == MOVES["asked", move]:
            found.repeats += 1
        else:
            if check.state in ("verified", "refused"):
                found.contradictions.append((check, answer))
            if moved(check.state, move) is not None:
                code = "" if answer.confirmed else answer.reason or "MS03"
                found.moves.setdefault((check.state, move), []).append((check, code))
    return found


def _is_current(check: CardCheck) -> bool:
    """Whether the person still has the card, name and number that were asked about."""
    person = check.person
    return (_bytes(person.card_index), person.name, _bytes(person.national_id_index)) == (
        _bytes(check.card_index), check.name, _bytes(check.national_id_index),
    )  # fmt: skip


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
