"""The audit log keeps what was written."""

import pytest
from django.db import DatabaseError, connection, transaction

from huimin_platform.base import audit
from huimin_platform.base.models import AuditLine

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "attempt",
    [
        "update base_auditline set action = 'nothing'",
        "delete from base_auditline",
        "truncate base_auditline cascade",
    ],
)
def test_a_line_cannot_be_changed_or_removed(attempt: str) -> None:
    audit.write(by=audit.SYSTEM, action="opens", kind="person", object_id=7)
    connection.check_constraints()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attempt)
    assert AuditLine.objects.get().action == "opens"
