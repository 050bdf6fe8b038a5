"""Quotas of keys: requests a minute and bytes a day, counted in one statement of PostgreSQL, however many servers there are."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from huimin_platform.base import clock
from huimin_platform.base.api_models import ApiKey

# A bucket that fills evenly: a key may spend its whole minute at once, and no more than that minute in any minute.
SPEND = """
insert into base_apiuse as used (key_id, tokens, at, day, bytes, refused)
values (%(key)s, %(limit)s - 1, %(at)s, %(day)s, case when %(size)s <= %(bytes)s then %(size)s else 0 end,
    %(size)s > %(bytes)s)
on conflict (key_id) do update set
    (tokens, bytes, refused) = (
        select case when enough and fits then filled - 1 else filled end,
            case when enough and fits then so_far + %(size)s else so_far end,
            not (enough and fits)
        from (
            select *, filled >= 1 as enough, so_far + %(size)s <= %(bytes)s as fits
            from (
                select
                    least(%(limit)s, used.tokens
                        + greatest(0, extract(epoch from excluded.at - used.at)::float8) * %(limit)s / 60.0) as filled,
                    case when used.day = excluded.day then used.bytes else 0 end as so_far
            ) counted
        ) judged
    ),
    at = greatest(used.at, excluded.at), day = excluded.day
returning tokens, bytes, refused
"""


@dataclass(frozen=True)
class Spent:
    """What is left after a request: requests of the minute, bytes of the day; whether it was one too many, and the
    seconds after which the next one is not."""

    limit: int
    left: int
    full_in: int
    bytes_limit: int
    bytes_left: int
    refused: bool
    retry_in: int

    @property
    def headers(self) -> dict[str, str]:
        """The quota as headers: the ones everybody reads, and the fields of the IETF's draft (RateLimit header fields)."""
        found = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.left),
            "X-RateLimit-Reset": str(self.full_in),
            "RateLimit-Policy": f'"minute";q={self.limit};w=60, "day";q={self.bytes_limit};w=86400;qu="content-bytes"',
            "RateLimit": f'"minute";r={self.left};t={self.full_in}, "day";r={self.bytes_left}',
        }
        return found | ({"Retry-After": str(self.retry_in)} if self.refused else {})


def spend(key: ApiKey, *, size: int, at: datetime) -> Spent:
    """What is left of a key's quota after a request with a body of so many bytes; one that is refused costs nothing."""
    limit = key.requests_a_minute
    asked = {
        "key": key.pk, "limit": float(limit), "at": at, "day": timezone.localdate(at), "size": size,
        "bytes": key.bytes_a_day,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(SPEND, asked)
        tokens, used, refused = cursor.fetchone()
    out_of_bytes = refused and tokens >= 1
    tomorrow = clock.start_of(timezone.localdate(at) + timedelta(days=1))
    wait = (tomorrow - at).total_seconds() if out_of_bytes else (1 - tokens) * 60 / limit
    return Spent(
        limit=limit, left=math.floor(tokens), full_in=math.ceil((limit - tokens) * 60 / limit),
        bytes_limit=key.bytes_a_day, bytes_left=max(0, key.bytes_a_day - used), refused=refused,
        retry_in=max(1, math.ceil(wait)) if refused else 0,
    )  # fmt: skip
