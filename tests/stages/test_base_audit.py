"""The audit log keeps what was written."""

import ast
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from huimin_platform.base import audit, audit_words
from huimin_platform.base.models import AuditLine

PLATFORM = Path(__file__).parents[2] / "src" / "huimin_platform"
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


def test_what_is_written_has_words() -> None:
    """Every act and kind that stands in a call of `audit.write` or `access.page`."""
    wordless = set()
    for path in PLATFORM.rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            for name, value in said(call):
                known = audit_words.ACTIONS if name == "action" else audit_words.KINDS
                if value not in known:
                    wordless.add(f"{path.relative_to(PLATFORM)}: {name} {value}")
    assert sorted(wordless) == []


def said(call: ast.Call) -> list[tuple[str, str]]:
    """The acts and kinds that a call writes down as they stand."""
    function = ast.unparse(call.func)
    found: list[tuple[str, ast.expr]] = []
    if function in ("audit.write", "audit.write_many"):
        found = [(word.arg, word.value) for word in call.keywords if word.arg in ("action", "kind")]
    if function in ("access.page", "page") and len(call.args) == 2:
        found = list(zip(("action", "kind"), call.args, strict=True))
    return [
        (name, one.value)
        for name, one in found
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_many_lines_are_as_good_as_one(count: int) -> None:
    assert (
        audit.write_many(
            by="system", action="opens", kind="person", object_ids=range(count), details={"a": "王"}
        )
        == count
    )
    one = audit.write(by="system", action="opens", kind="person", object_id=0, details={"a": "王"})
    for line in AuditLine.objects.exclude(pk=one.pk):
        assert audit.digest(line) == bytes(line.digest)
        assert (line.details, line.by, line.decision) == (one.details, one.by, one.decision)
