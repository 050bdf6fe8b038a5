"""Writes of the needs stage: needs are raised once, and close when their reason is gone."""

import hashlib
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from huimin.needs.terms import RESPONSE, terms
from huimin.needs.topics import topics
from huimin_platform.base import access, audit, bulk, secrets
from huimin_platform.base.models import User
from huimin_platform.needs import portraits, queries
from huimin_platform.needs.models import Message, Need, NeedSource, NeedState, Run
from huimin_platform.registry.changes import Within
from huimin_platform.registry.tables import Inputs
from huimin_platform.supply import queries as supply

WHERE = "needs.message.text"
# A township has a day for what its villages left, before the county is told.
PATIENCE = timedelta(hours=24)
MOST_OFFICERS = 50
# The level a late need is passed to -> the roles of that level and above.
ABOVE = {"township": ("township", "county"), "county": ("county",)}
# So many late needs are passed on in one turn of the loop; the next turn takes the rest.
MOST_PASSED = 20_000


class NotADraft(Exception):
    """The need is no draft any more: somebody has confirmed or closed it."""


@transaction.atomic
def tell(
    *, person_id: int, household_id: int | None, text: str, topic: str, guessed: str, at: datetime, by: User
) -> Need:
    """The draft need that a resident's words become; the same words again change nothing."""
    key = hashlib.sha256(f"{person_id}/{text.strip()}".encode()).hexdigest()
    known = Need.objects.filter(message__key=key).first()
    if known is not None:
        return known
    message = Message(key=key, person_id=person_id, text_sealed=b"", topic=topic, guessed=guessed, at=at)
    message.save()
    message.text_sealed = secrets.seal(text.strip(), WHERE, message.pk)
    message.save(update_fields=["text_sealed"])
    about = topics()[topic]
    need = Need.objects.create(
        key=f"message/{message.pk}", household_id=household_id, person_id=person_id,
        division=queries.division_by(household_id, person_id), kind=f"message_{topic}",
        level=about.level, reason={"zh": f"来信：{about.title.zh}", "en": f"Message: {about.title.en}"},
        source=NeedSource.MESSAGE, state=NeedState.DRAFT, raised_on=timezone.localdate(at), raised_at=at, message=message,
        department=about.department, respond_by=at + RESPONSE,
    )  # fmt: skip
    audit.write(by=by, action="raises", kind="need", object_id=need.pk, on_behalf=person_id, at=at)
    return need


@transaction.atomic
def settle_draft(*, need: int, keep: bool, reason: str, at: datetime, by: User) -> Need:
    """The draft as a need that counts, or closed with a reason. Raises `NotADraft` where that was done already."""
    kept = _locked(need, by)
    if kept.state != NeedState.DRAFT:
        raise NotADraft
    kept.state = NeedState.OPEN if keep else NeedState.CLOSED
    kept.closed_on = None if keep else timezone.localdate(at)
    kept.responded_at, kept.responded_by = at, by.username
    if reason:
        kept.reason = {**kept.reason, "note": reason}
    kept.save(update_fields=["state", "closed_on", "responded_at", "responded_by", "reason"])
    outcome = {"outcome": "kept" if keep else "closed", "reason": reason}
    audit.write(
        by=by, action="decides", kind="need", object_id=need, on_behalf=kept.person_id, at=at, details=outcome
    )
    return kept


@transaction.atomic
def respond(*, need: int, at: datetime, by: User) -> Need:
    """The need with the first answer that somebody gave to it; a later one changes nothing."""
    kept = _locked(need, by)
    if kept.responded_at is None:
        kept.responded_at, kept.responded_by, kept.owner = at, by.username, by
        kept.save(update_fields=["responded_at", "responded_by", "owner"])
        audit.write(by=by, action="takes", kind="need", object_id=need, on_behalf=kept.person_id, at=at)
    return kept


def _locked(need: int, by: User) -> Need:
    """The need, locked, where the actor may decide on it."""
    kept = Need.objects.select_for_update(of=("self",)).select_related("household", "person").get(pk=need)
    decision = access.allow(by, "decides", "need", division=queries.division_of(kept) or None)
    if not decision:
        raise access.NotAllowed(decision.reasons)
    return kept


@transaction.atomic
def raise_need(
    *,
    key: str,
    kind: str,
    level: str,
    household_id: int | None,
    person_id: int | None,
    reason: dict[str, Any],
    source: str,
    at: datetime,
    by: User | str,
    owner: User | None = None,
) -> Need:
    """The need under this key, raised now if it was not there; a repeat changes nothing. `owner` is told of it first."""
    need, fresh = Need.objects.get_or_create(
        key=key,
        defaults={
            "household_id": household_id, "person_id": person_id, "division": queries.division_by(household_id, person_id), "kind": kind, "level": level, "reason": reason,
            "source": source, "raised_on": timezone.localdate(at), "raised_at": at, "respond_by": at + RESPONSE, "owner": owner,
        },
    )  # fmt: skip
    if fresh:
        audit.write(
            by=by,
            action="raises",
            kind="need",
            object_id=need.pk,
            on_behalf=person_id,
            at=at,
            details={"key": key},
        )
    return need


@transaction.atomic
def keep_found(
    *, found: pl.DataFrame, left_out: set[int], inputs: Inputs, at: datetime, by: User | str,
    within: Within | None = None, elsewhere: Collection[int] = (), unsure: Collection[str] = (),
) -> dict[str, int]:  # fmt: skip
    """Raises the needs found in the data, reopens those that came back, closes those whose reason is gone; who moved takes
    them along.

    `within` says of whom needs were looked for, where not of everybody, without those who live `elsewhere` by now.
    Needs of households that were left out stay as they are, and so do those of which it is `unsure` whether they are there (keys).
    """
    on = inputs.on
    kept = queries.found_in_data(within)
    kept = kept.filter(~pl.col("person_id").is_in(list(elsewhere)).fill_null(False))
    ended = pl.col("state") == NeedState.CLOSED
    fresh = found.unique("key", keep="last", maintain_order=True).join(kept, on="key", how="anti")
    back = kept.filter(ended).join(found, on="key", how="semi")
    gone = kept.filter(~ended, ~pl.col("household_id").is_in(list(left_out)).fill_null(False))
    gone = gone.filter(~pl.col("key").is_in(list(unsure))).join(found, on="key", how="anti")
    owners = {need.name: need.department for need in portraits.definitions().needs}
    fresh = _in_turn(fresh, at)
    bulk.copy_in(
        Need,
        fresh.select(
            "key", "kind", "level", "reason", "respond_by", "found_with", "owner_id", household_id="household",
            person_id="person", division="place", source=pl.lit(NeedSource.INDICATOR.value), state=pl.lit(NeedState.OPEN.value),
            raised_on=pl.lit(on), raised_at=pl.lit(at).dt.convert_time_zone("UTC"), department=pl.col("kind").replace_strict(owners, default="", return_dtype=pl.String),
            responded_by=pl.lit(""), escalated_level=pl.lit(""),
        ),
    )  # fmt: skip
    again = {
        "raised_on": on,
        "raised_at": pl.lit(at).dt.convert_time_zone("UTC"),
        "closed_on": pl.lit(None, pl.Date),
        "responded_at": pl.lit(None, pl.Datetime("us", "UTC")),
    }
    back = _in_turn(back.join(found.select("key", "household", "person", "level"), on="key"), at)
    _change(
        back, NeedState.OPEN, **again, responded_by=pl.lit(""), escalated_level=pl.lit(""),
        escalated_at=pl.lit(None, pl.Datetime("us", "UTC")), household_id=pl.col("household"),
        division=pl.col("place"), **{name: pl.col(name) for name in ("respond_by", "found_with", "owner_id")},
    )  # fmt: skip
    _change(gone, NeedState.CLOSED, closed_on=on)
    moved = _move(kept.filter(~ended), found, at)
    follow_places(within)
    counts = {"raised": fresh.height, "reopened": back.height, "closed": gone.height, "moved": moved}
    Run.objects.create(
        at=at, on=on, inputs=inputs.digest, counts=counts, registry=inputs.registry, verified=inputs.verified, grounds=inputs.grounds,
        everybody=within is None,
    )  # fmt: skip
    if any(counts.values()):
        audit.write(by=by, action="keeps", kind="needs", object_id=on.isoformat(), at=at, details=counts)
    return counts


def _move(kept: pl.DataFrame, found: pl.DataFrame, at: datetime) -> int:
    """How many open needs go along with a person who lives in another household now; one that nobody has answered and
    that was not passed on has the officer of the new place.
    """
    now = found.select("key", "household", "person", "level")
    moved = kept.join(now, on="key").filter(pl.col("household_id") != pl.col("household"))
    if moved.is_empty():
        return 0
    moved = _in_turn(moved, at).with_columns(
        owner_id=pl.when("waits").then("owner_id").otherwise("owner_before")
    )
    bulk.change(Need, moved.select("id", "owner_id", household_id="household", division="place"))
    return moved.height


def follow_places(within: Within | None) -> None:
    """Brings needs to where their households, or persons without one, are registered by now."""
    given = {"homes": list(within.households), "persons": list(within.persons or ())} if within else None
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW.format(of_some=queries.OF_SOME if within else ""), given)


FOLLOW = """
update needs_need need set division = now.place from (
    select said.id, coalesce(home.division, person.division, '') as place from (
        select id, household_id, person_id from needs_need where true{of_some}) said
    left join registry_household home on home.id = said.household_id
    left join registry_person person on person.id = said.person_id
) now where now.id = need.id and now.place <> need.division
"""


def _in_turn(needs: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """The needs with the time to answer by, with how many they were found, and the officer of the place."""
    places = queries.places_of(needs["household"].unique().to_list())
    placed = needs.join(places, on="household", how="left").with_columns(pl.col("place").fill_null(""))
    found = terms(placed, at=at, a_day=settings.HUIMIN_NEEDS_A_DAY)
    officers = {
        place: [each.pk for each in supply.officers("village", place)[:MOST_OFFICERS]]
        for place in found["place"].unique().sort().to_list()
        if place
    }
    owner = [
        mine[number % len(mine)] if (mine := officers.get(place)) else None
        for number, place in enumerate(found["place"])
    ]
    return found.with_columns(
        pl.Series("owner_id", owner, dtype=pl.Int64), pl.col("respond_by").dt.convert_time_zone("UTC")
    )


@transaction.atomic
def escalate(*, at: datetime) -> dict[str, int]:
    """How many needs that nobody answered in time were passed to the township, and a day later to the county."""
    told = {}
    steps = (
        ("township", queries.unanswered().filter(escalated_level="", respond_by__lt=at)),
        ("county", queries.unanswered().filter(escalated_level="township", escalated_at__lt=at - PATIENCE)),
    )
    for above, late in steps:
        rows = list(
            late.select_related("household", "person", "owner")
            .select_for_update(of=("self",))
            .order_by("pk")[:MOST_PASSED]
        )
        officers = {
            place: supply.superiors(above, place) for place in {queries.division_of(each) for each in rows}
        }
        for number, need in enumerate(rows):
            mine = officers[queries.division_of(need)]
            need.escalated_level, need.escalated_at = above, at
            # Who is that high already keeps it, while here: the officer who looks after a contract is the county's.
            keeps = need.owner is not None and need.owner.is_active and need.owner.role in ABOVE[above]
            if mine and not keeps:
                need.owner_id = mine[number % len(mine)]
        Need.objects.bulk_update(rows, ["escalated_level", "escalated_at", "owner"], batch_size=2000)
        told[above] = audit.write_many(
            by=audit.SYSTEM, action="escalates", kind="need", object_ids=[each.pk for each in rows], at=at,
            details={"level": above},
        )  # fmt: skip
    return told


def _change(needs: pl.DataFrame, state: NeedState, **said: pl.Expr | date) -> None:
    """Brings needs to a state, with what else is said of them."""
    bulk.change(
        Need,
        needs.select(
            "id",
            state=pl.lit(state.value),
            **{name: pl.lit(value) if isinstance(value, date) else value for name, value in said.items()},
        ),
    )
