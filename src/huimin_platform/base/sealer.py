"""Seals over the audit log: batches of lines closed by one digest that takes in the seal before.

Writers never wait for a seal. A line may be committed later than one with a greater id, so a seal names the
ids it took, and the next one also looks among the ids below that could still have come. Changing, removing or
adding a sealed line, or a seal, breaks the chain from there on, and `verify` names the first bad record.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

from django.db import connection, transaction

from huimin_platform.base import audit, clock
from huimin_platform.base.models import AuditLine, AuditSeal

LOCK = 4_813_016_622
BATCH = 50_000
Runs = list[list[int]]


@dataclass(frozen=True)
class Verdict:
    """What verifying found: how much was checked, and the first bad record, if any."""

    seals: int
    lines: int
    unsealed: int
    fault: str = ""
    record: int | None = None


def seal_new() -> int:
    """The number of lines sealed now."""
    sealed = 0
    while count := _seal_batch():
        sealed += count
    return sealed


def verify(checkpoint: tuple[int, str] | None = None) -> Verdict:
    """Checks every seal and line; `checkpoint` is number and digest of a seal, noted outside the database."""
    before, lines, seals = b"", 0, 0
    for seal in AuditSeal.objects.order_by("id").iterator(chunk_size=100):
        chain = hashlib.sha256(before)
        found = 0
        for line in _lines(seal.runs):
            if audit.digest(line) != bytes(line.digest):
                return Verdict(seals, lines, 0, "line changed", line.pk)
            _take(chain, line)
            found += 1
        if found != seal.lines:
            return Verdict(seals, lines, 0, "line missing from seal", _first_missing(seal.runs) or seal.pk)
        if _closed(chain, seal) != bytes(seal.digest):
            return Verdict(seals, lines, 0, "seal does not match its lines", seal.pk)
        if checkpoint and checkpoint[0] == seal.pk and bytes(seal.digest).hex() != checkpoint[1]:
            return Verdict(seals, lines, 0, "seal differs from the checkpoint", seal.pk)
        before, lines, seals = bytes(seal.digest), lines + found, seals + 1
    if checkpoint and not AuditSeal.objects.filter(pk=checkpoint[0]).exists():
        return Verdict(seals, lines, 0, "seal of the checkpoint is gone", checkpoint[0])
    return Verdict(seals, lines, AuditLine.objects.count() - lines)


def checkpoint() -> tuple[int, str] | None:
    """Number and digest of the latest seal, to be kept outside the database."""
    latest = AuditSeal.objects.order_by("-id").values_list("id", "digest").first()
    return (latest[0], bytes(latest[1]).hex()) if latest else None


@transaction.atomic
def _seal_batch() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        settled = _settled_below(cursor)
    last = AuditSeal.objects.order_by("-id").first()
    from_id = last.settled_below if last else 0
    taken = _taken_since(from_id)
    ids = [
        number
        for number in AuditLine.objects.filter(id__gte=from_id)
        .order_by("id")
        .values_list("id", flat=True)[: BATCH + len(taken)]
        if number not in taken
    ][:BATCH]
    if not ids:
        return 0
    # Up to the greatest id everything visible is taken; what is in flight there comes with the next seal.
    seal = AuditSeal(at=clock.now(), runs=_runs(ids), lines=len(ids), settled_below=min(settled, ids[-1] + 1))
    chain = hashlib.sha256(bytes(last.digest) if last else b"")
    for line in _lines(seal.runs):
        _take(chain, line)
    seal.digest = _closed(chain, seal)
    seal.save(force_insert=True)
    return len(ids)


def _settled_below(cursor: object) -> int:
    """An id below which no line can come: the next id, if nobody is writing; else what the last seal said."""
    cursor.execute(  # type: ignore[attr-defined]
        "select exists (select from pg_locks where relation = 'base_auditline'::regclass"
        " and mode = 'RowExclusiveLock' and pid <> pg_backend_pid()),"
        " (select coalesce(max(id), 0) + 1 from base_auditline),"
        " (select coalesce(max(settled_below), 0) from base_auditseal)"
    )
    writing, following, before = cursor.fetchone()  # type: ignore[attr-defined]
    return before if writing else following


def _taken_since(number: int) -> set[int]:
    """The ids at or above a number that seals have taken."""
    taken: set[int] = set()
    for runs in AuditSeal.objects.order_by("-id").values_list("runs", flat=True).iterator(chunk_size=10):
        taken.update(n for first, last in runs for n in range(max(first, number), last + 1))
        if runs[-1][1] < number:
            break
    return taken


def _lines(runs: Runs) -> Iterator[AuditLine]:
    for first, last in runs:
        yield from AuditLine.objects.filter(id__range=(first, last)).order_by("id").iterator(chunk_size=5000)


def _take(chain: "hashlib._Hash", line: AuditLine) -> None:
    chain.update(line.pk.to_bytes(8, "big") + bytes(line.digest))


def _closed(chain: "hashlib._Hash", seal: AuditSeal) -> bytes:
    moment = seal.at.astimezone(UTC).isoformat(timespec="microseconds")
    chain.update(f"{moment}|{seal.lines}|{seal.settled_below}|{seal.runs}".encode())
    return chain.digest()


def _runs(ids: list[int]) -> Runs:
    """The ids as [first, last] runs.

    >>> _runs([1, 2, 3, 7])
    [[1, 3], [7, 7]]
    """
    runs: Runs = []
    for number in ids:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return runs


def _first_missing(runs: Runs) -> int | None:
    for first, last in runs:
        there = set(AuditLine.objects.filter(id__range=(first, last)).values_list("id", flat=True))
        for number in range(first, last + 1):
            if number not in there:
                return number
    return None
