"""Answers kept under the key that a system chose for a request: the same request again is answered alike, and done once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from huimin_platform.base.api_models import ApiAnswer
from huimin_platform.base.models import User

KEPT = timedelta(days=2)
# A request that has not ended by then was broken off; what it did is harmless to repeat.
LONGEST = timedelta(minutes=15)
BEGIN = """
insert into base_apianswer as kept (holder_id, key, fingerprint, begun_at, content_type, location, body)
values (%(holder)s, %(key)s, %(fingerprint)s, %(at)s, '', '', '')
on conflict (holder_id, key) do update set begun_at = excluded.begun_at, fingerprint = excluded.fingerprint, status = null
where kept.begun_at < %(gone)s
    or (kept.status is null and kept.fingerprint = excluded.fingerprint and kept.begun_at < %(broken)s)
returning id
"""


class OtherRequest(Exception):
    """The key was used for another request before."""


class UnderWay(Exception):
    """The same request is being answered at this moment."""


@dataclass(frozen=True)
class Told:
    """An answer as it was given."""

    status: int
    content_type: str
    location: str
    body: str


def begin(*, holder: User, key: str, fingerprint: bytes, at: datetime) -> Told | None:
    """The answer given before to the same request; nothing where it is to be answered now. Raises `OtherRequest`, `UnderWay`."""
    asked = {
        "holder": holder.pk, "key": key, "fingerprint": fingerprint, "at": at, "gone": at - KEPT, "broken": at - LONGEST,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, asked)
        if cursor.fetchone() is not None:
            return None
    kept = ApiAnswer.objects.get(holder=holder, key=key)
    if bytes(kept.fingerprint) != fingerprint:
        raise OtherRequest
    if kept.status is None:
        raise UnderWay
    return Told(kept.status, kept.content_type, kept.location, kept.body)


def keep(*, holder: User, key: str, told: Told) -> None:
    """Keeps the answer for whoever asks again."""
    ApiAnswer.objects.filter(holder=holder, key=key).update(
        status=told.status, content_type=told.content_type, location=told.location, body=told.body
    )


def forget(*, holder: User, key: str) -> None:
    """Lets the request be made again: it could not be answered."""
    ApiAnswer.objects.filter(holder=holder, key=key, status=None).delete()


def expire(*, at: datetime) -> int:
    """How many answers were removed because nobody asks for them any more."""
    return ApiAnswer.objects.filter(begun_at__lt=at - KEPT).delete()[0]
