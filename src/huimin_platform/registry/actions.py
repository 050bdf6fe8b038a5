"""Writes of the registry that a person makes: questions and decisions on rows and whole files, and what officers verify."""

from datetime import datetime

from django.db import transaction

from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.registry import file_queries, queries, verifying
from huimin_platform.registry.models import IdentityEvent, Link, Opinion, Pair, PairState, Person

TWO = 2

CannotVerify = verifying.CannotVerify
verify = verifying.verify
confirm_verified = verifying.confirm
take_back_verified = verifying.take_back


class AlreadyDecided(Exception):
    """Somebody else has decided this pair in the meantime, or this clerk has said something else of it."""


class NothingToTakeBack(Exception):
    """This clerk has said nothing of the pair that stands, or somebody else has said something meanwhile."""


class NoTwoFiles(Exception):
    """There are no two files to ask about: one person only, or one without any row."""


@transaction.atomic
def ask_about_files(*, person: int, other: int, at: datetime, by: User) -> Pair:
    """The question whether two whole files are one person's, put by a clerk; the one there is where it was put before.

    Nothing changes before two clerks agree. The file with the lower number is the one that would be kept.
    """
    one, two = sorted((person, other))
    people = list(Person.objects.filter(pk__in=[one, two]))
    if one == two or len(people) != len({one, two}):
        raise NoTwoFiles
    for each in people:
        decision = access.allow(by, "decides", "pair", division=each.division or None)
        if not decision:
            raise access.NotAllowed(decision.reasons)
    # Whoever was merged has no rows: the question then stands on one of the rows of the file that they went into.
    row = (
        Link.objects.filter(person__in=[one, two], file__current=True)
        .order_by("-person", "file", "line")
        .values_list("file", "line", "role")
        .first()
    )
    if row is None:
        raise NoTwoFiles
    file, line, role = row
    kept, fresh = Pair.objects.get_or_create(
        key=file_queries.key_of_files(one, two),
        defaults={
            "whole": True, "file_id": file, "line": line, "role": role, "person_id": one, "other_id": two,
            "reasons": ["clerk"],
        },
    )  # fmt: skip
    if kept.state == PairState.GONE:
        Pair.objects.filter(pk=kept.pk).update(state=PairState.OPEN)
        kept.state, fresh = PairState.OPEN, True
    if fresh:
        _note(kept, "asked", at, by)
    return kept


@transaction.atomic
def decide_pair(*, pair: int, same: bool, at: datetime, by: User) -> Pair:
    """The pair with this clerk's opinion, which settles it where no second one is needed or the second one agrees.

    Where somebody whom the pair is about draws a benefit, two clerks must agree 四眼原则; what they settle the next run
    of the registry takes up. The same opinion again changes nothing.
    """
    kept = _locked(pair, by)
    wanted = PairState.SAME if same else PairState.DIFFERENT
    if kept.state == wanted:
        return kept
    if kept.state not in (PairState.OPEN, PairState.GONE):
        raise AlreadyDecided(kept.decided_by)
    fresh, agreeing = _opinion(kept, same, at, by)
    if queries.needs_two(kept) and agreeing < TWO:
        if fresh:
            _note(kept, "opinion", at, by)
        return kept
    kept.state, kept.decided_by, kept.decided_at = wanted, by.username, at
    kept.save(update_fields=["state", "decided_by", "decided_at"])
    _note(kept, wanted, at, by)
    return kept


@transaction.atomic
def skip_pair(*, pair: int, at: datetime, by: User) -> Pair:
    """The pair put at the end of the queue."""
    kept = _locked(pair, by)
    kept.skipped_at = at
    kept.save(update_fields=["skipped_at"])
    return kept


@transaction.atomic
def undo_pair(*, pair: int, at: datetime, by: User) -> Pair:
    """The pair open again; what the decision did is undone by the next run of the registry.

    What two clerks decided of whole files, two undo: the pair stays as it is until a second one says so too.
    """
    kept = _locked(pair, by)
    if kept.state not in (PairState.SAME, PairState.DIFFERENT):
        return kept
    if kept.whole:
        against = kept.state == PairState.DIFFERENT
        Opinion.objects.filter(pair=kept, by=by.username, withdrawn_at=None, same=not against).update(
            withdrawn_at=at
        )
        fresh, agreeing = _opinion(kept, against, at, by)
        if agreeing < TWO:
            if fresh:
                _note(kept, "opinion", at, by)
            return kept
    before = IdentityEvent.objects.filter(pair=kept, kind=kept.state).order_by("-pk").first()
    Opinion.objects.filter(pair=kept, withdrawn_at=None).update(withdrawn_at=at)
    kept.state, kept.decided_by, kept.decided_at = PairState.OPEN, "", None
    kept.save(update_fields=["state", "decided_by", "decided_at"])
    _note(kept, "undo", at, by, undoes=before)
    return kept


@transaction.atomic
def take_back_opinion(*, pair: int, at: datetime, by: User) -> Pair:
    """The pair without what this clerk said of it, as long as nobody else has said anything; twice changes nothing.

    Once a second clerk has spoken it is too late: an opinion taken back then would hide that two did not agree.
    """
    kept = _locked(pair, by)
    given = list(queries.opinions_of(kept))
    own = queries.opinion_to_take_back(kept, given, by)
    if own is None:
        if given or not Opinion.objects.filter(pair=kept, by=by.username).exists():
            raise NothingToTakeBack
        return kept
    Opinion.objects.filter(pk=own.pk).update(withdrawn_at=at)
    said = IdentityEvent.objects.filter(pair=kept, kind="opinion", by=by.username).order_by("-pk").first()
    _note(kept, "taken_back", at, by, undoes=said)
    return kept


def _locked(pair: int, by: User) -> Pair:
    kept = Pair.objects.select_for_update(of=("self",)).select_related("person", "other").get(pk=pair)
    for each in (kept.person, kept.other if kept.whole else None):
        if each is None:
            continue
        decision = access.allow(by, "decides", "pair", division=each.division or None)
        if not decision:
            raise access.NotAllowed(decision.reasons)
    return kept


def _opinion(pair: Pair, same: bool, at: datetime, by: User) -> tuple[bool, int]:
    """Whether this clerk's opinion is new, and how many clerks now say so."""
    opinion, fresh = Opinion.objects.get_or_create(
        pair=pair, by=by.username, withdrawn_at=None, defaults={"same": same, "at": at}
    )
    if not fresh and opinion.same != same:
        raise AlreadyDecided(by.username)
    return fresh, Opinion.objects.filter(pair=pair, withdrawn_at=None, same=same).count()


def _note(pair: Pair, kind: str, at: datetime, by: User, undoes: IdentityEvent | None = None) -> None:
    """Writes what was said of a pair into the history of its persons and into the audit log."""
    IdentityEvent.objects.create(
        at=at, by=by.username, kind=kind, person_id=pair.person_id, other_id=pair.other_id, pair=pair,
        file_id=pair.file_id, line=pair.line, role=pair.role, undoes=undoes,
    )  # fmt: skip
    audit.write(
        by=by,
        action="takes_back" if kind == "taken_back" else "decides",
        kind="pair",
        object_id=pair.pk,
        on_behalf=pair.person_id,
        at=at,
        details={"outcome": kind},
    )
