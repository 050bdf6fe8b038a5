"""Seals over the audit log name the first record that was tampered with."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from huimin_platform.base import audit, sealer
from huimin_platform.base.models import AuditLine, AuditSeal

pytestmark = pytest.mark.django_db
FORGE = "update base_auditline set object_id = 'other', digest = %s where id = %s"


def write(count: int) -> list[int]:
    return [audit.write(by="system", action="opens", kind="person", object_id=n).pk for n in range(count)]


def tamper(sql: str, *parameters: object) -> None:
    """Does what the owner of the server could do: gets around the trigger."""
    with connection.cursor() as cursor:
        connection.check_constraints()
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(sql, parameters)
        cursor.execute("set local session_replication_role = origin")


def test_a_log_left_alone_is_whole() -> None:
    write(3)
    assert sealer.seal_new() == 3
    assert sealer.seal_new() == 0
    write(2)
    assert sealer.seal_new() == 2
    write(1)
    assert sealer.verify() == sealer.Verdict(seals=2, lines=5, unsealed=1)


def change(ids: list[int]) -> int:
    tamper("update base_auditline set object_id = 'other' where id = %s", ids[3])
    return ids[3]


def change_with_digest(ids: list[int]) -> int:
    line = AuditLine.objects.get(pk=ids[3])
    line.object_id = "other"
    tamper(FORGE, audit.digest(line), ids[3])
    return AuditSeal.objects.order_by("id")[1].pk


def remove(ids: list[int]) -> int:
    tamper("delete from base_auditline where id = %s", ids[4])
    return ids[4]


def remove_seal(ids: list[int]) -> int:
    first, second = AuditSeal.objects.order_by("id")
    tamper("delete from base_auditseal where id = %s", first.pk)
    return second.pk


@pytest.mark.parametrize("act", [change, change_with_digest, remove, remove_seal])
def test_the_first_bad_record_is_named(act: Callable[[list[int]], int]) -> None:
    ids = write(3)
    sealer.seal_new()
    ids += write(3)
    sealer.seal_new()
    record = act(ids)
    verdict = sealer.verify()
    assert verdict.fault
    assert verdict.record == record


def test_a_chain_made_anew_differs_from_a_checkpoint_kept_outside() -> None:
    ids = write(3)
    sealer.seal_new()
    kept = sealer.checkpoint()
    assert kept is not None
    assert not sealer.verify(kept).fault
    line = AuditLine.objects.get(pk=ids[0])
    line.object_id = "other"
    tamper(FORGE, audit.digest(line), ids[0])
    tamper("delete from base_auditseal")
    sealer.seal_new()
    assert not sealer.verify().fault
    assert sealer.verify(kept).fault == "seal of the checkpoint is gone"
    tamper("update base_auditseal set id = %s", kept[0])
    assert sealer.verify(kept).fault == "seal differs from the checkpoint"


def test_seals_cannot_be_changed_either() -> None:
    write(1)
    sealer.seal_new()
    with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update base_auditseal set lines = 0")


@pytest.mark.django_db(transaction=True)
def test_a_line_that_is_committed_late_is_sealed_by_the_next_seal() -> None:
    written, finish = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            write(1)
            written.set()
            finish.wait(30)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(30)
    write(2)
    assert sealer.seal_new() == 2
    finish.set()
    thread.join()
    write(1)
    assert sealer.seal_new() == 2
    assert sealer.seal_new() == 0
    assert sealer.verify() == sealer.Verdict(seals=2, lines=4, unsealed=0)


def test_batches_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealer, "BATCH", 4)
    write(10)
    assert sealer.seal_new() == 10
    assert sealer.verify() == sealer.Verdict(seals=3, lines=10, unsealed=0)
