"""Jobs go with the transaction that enqueued them, and the worker runs them."""

import subprocess
import sys
from typing import Any

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app

from huimin_platform.base import audit, jobs
from huimin_platform.base.models import AuditSeal


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from procrastinate_jobs where status = 'todo' and queue_name = 'audit'"
        )
        return cursor.fetchone()[0]


def run_waiting() -> None:
    """What the worker does until nothing waits."""
    with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
        worker.run_worker(queues=["audit"], wait=False, install_signal_handlers=False, listen_notify=False)


@pytest.mark.django_db(transaction=True)
def test_a_rollback_takes_the_job_along() -> None:
    with transaction.atomic():
        jobs.seal_audit.defer(timestamp=0)
        transaction.set_rollback(True)
    assert waiting() == 0


@pytest.mark.django_db(transaction=True)
def test_the_worker_runs_what_was_enqueued() -> None:
    with transaction.atomic():
        audit.write(by="system", action="opens", kind="person", object_id=1)
        jobs.seal_audit.defer(timestamp=0)
    assert waiting() == 1
    run_waiting()
    assert waiting() == 0
    assert AuditSeal.objects.get().lines == 1


@pytest.mark.django_db(transaction=True)
def test_jobs_of_a_dead_worker_go_back_to_the_queue() -> None:
    jobs.seal_audit.defer(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "with dead as (insert into procrastinate_workers (last_heartbeat)"
            " values (now() - interval '1 hour') returning id)"
            " update procrastinate_jobs set status = 'doing', attempts = 1, worker_id = dead.id from dead"
        )
    assert waiting() == 0
    jobs.revive_jobs.defer(timestamp=0)
    run_waiting()
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from procrastinate_jobs"
            " where status in ('doing', 'failed') and queue_name = 'audit'"
        )
        assert cursor.fetchone()[0] == 0


def test_periodic_work_is_known() -> None:
    known: Any = app.periodic_registry.periodic_tasks
    names = {name for name, _ in known}
    assert {
        "huimin_platform.base.jobs.seal_audit",
        "huimin_platform.base.jobs.revive_jobs",
        "huimin_platform.portal.jobs.advance",
        "huimin_platform.portal.jobs.look",
    } <= names


def test_who_only_learns_of_the_jobs_does_not_import_what_they_need() -> None:
    """Every page process and every command starts without the linker and the compiler."""
    asks = (
        "import django, sys; django.setup();print(sorted({'splink', 'pypinyin', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.django_db(transaction=True)
def test_what_came_is_taken_up_once_at_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    from huimin_platform.portal import jobs as portal
    from huimin_platform.registry import steps

    ran: list[int] = []
    monkeypatch.setattr(portal.loop, "advance", lambda **_given: ran.append(1) or {})
    monkeypatch.setattr(portal, "_taken_up", {})
    monkeypatch.setattr(steps, "inputs", lambda: "a delivery")
    portal.look(timestamp=0)
    portal.look(timestamp=10)
    assert ran == [1]
    monkeypatch.setattr(steps, "inputs", lambda: "another one")
    portal.look(timestamp=20)
    assert ran == [1, 1]
