"""What a resident tells in one sitting: sealed in the session, gone when they sign out or ask to forget it."""

import json
from dataclasses import dataclass, field

from django.http import HttpRequest

from huimin_platform.base import secrets
from huimin_platform.matching.stating import Said

KEY = "told"
WHERE = "matching.statement.value"


@dataclass(frozen=True)
class Told:
    """Values by fact and person (no person for the household's own), as worked cases write them.

    `left_open` are the facts that the resident does not know; they are not asked for again.
    """

    answers: dict[Said, str] = field(default_factory=dict)
    left_open: frozenset[str] = frozenset()


def read(request: HttpRequest) -> Told:
    """What was told so far; nothing where the session is new or was another's."""
    kept = request.session.get(KEY)
    if not kept:
        return Told()
    try:
        data = json.loads(secrets.unseal(bytes.fromhex(kept), WHERE, _row(request)))
    except secrets.CannotUnseal:
        return Told()
    return Told(
        {(fact, about): value for fact, about, value in data["answers"]}, frozenset(data["left_open"])
    )


def write(request: HttpRequest, told: Told) -> None:
    """Keeps what was told for this sitting."""
    data = {
        "answers": [[fact, about, value] for (fact, about), value in told.answers.items()],
        "left_open": sorted(told.left_open),
    }
    request.session[KEY] = secrets.seal(json.dumps(data), WHERE, _row(request)).hex()


def forget(request: HttpRequest) -> None:
    """Nothing was told."""
    request.session.pop(KEY, None)


def _row(request: HttpRequest) -> str:
    return f"sitting of {request.user.pk}"
