"""Files for the bank that somebody alters, or puts there, between writing and pick-up."""

# ruff: noqa: F401, F811 - fixtures are imported by name

from pathlib import Path

import pytest
from tests.generative.funds_crashes import CrashPoints
from tests.stages.test_funds_payments import advance, bank, finance, money, order, release_all, rules, world

from huimin_platform.base.models import AuditLine
from huimin_platform.funds import batches
from huimin_platform.funds.models import BankMessage, Difference, Payment

pytestmark = pytest.mark.django_db


def written(world, finance, settings, count=3) -> Path:
    """A batch file that lies there for the bank."""
    for number in range(count):
        order(world, number)
    advance()
    release_all(finance)
    advance()
    [path] = (settings.HUIMIN_EXCHANGE / "out").iterdir()
    return path


@pytest.mark.parametrize("file_format", ["iso20022", "csv"])
def test_an_altered_file_is_found_before_anything_else_and_the_right_one_goes(
    world, finance, money, settings, rules, file_format
) -> None:
    rules(two_persons_yuan=10**9, bank_format=file_format)
    path = written(world, finance, settings)
    right = path.read_bytes()
    lines = right.splitlines(keepends=True)
    place = len(lines) - (2 if file_format == "iso20022" else 1)
    lines[place] = lines[place].replace(b"6217000000", b"6228999999")
    path.write_bytes(b"".join(lines))
    assert advance()["files_altered"] == 1
    assert path.read_bytes() == right
    found = Difference.objects.get()
    assert (found.kind, found.owner, found.details["file"]) == ("file_altered", finance, path.name)
    assert found.details["line"] == place + 1
    assert b"6217" not in str(found.details).encode()
    kept = BankMessage.objects.get(pk=found.details["kept"])
    assert batches.content(kept) == b"".join(lines)
    assert AuditLine.objects.filter(action="finds", object_id=path.name).count() == 1
    assert not any(advance().values())


def test_where_a_bank_may_pay_twice_the_file_is_not_written_again(
    world, finance, money, settings, rules
) -> None:
    rules(two_persons_yuan=10**9, bank_removes_repeats=False)
    path = written(world, finance, settings)
    path.write_bytes(path.read_bytes() + b"\n")
    advance()
    assert not path.exists()
    assert set(Payment.objects.values_list("state", flat=True)) == {"unknown"}
    kinds = Difference.objects.values_list("kind", flat=True)
    assert sorted(set(kinds)) == ["file_altered", "no_answer"]


def test_a_file_that_we_did_not_write_is_taken_out(world, finance, money, settings) -> None:
    path = written(world, finance, settings)
    forged = path.with_name("B20260701-099.xml")
    forged.write_bytes(path.read_bytes())
    assert advance()["files_altered"] == 1
    assert not forged.exists()
    assert path.exists()
    assert Difference.objects.get().kind == "file_not_ours"


@pytest.mark.parametrize(
    "point", [(kind, nth) for kind in ("before commit", "after commit") for nth in range(3)]
)
@pytest.mark.django_db(transaction=True)
def test_a_death_in_between_forgets_nothing(world, finance, money, settings, point) -> None:
    path = written(world, finance, settings)
    right = path.read_bytes()
    path.write_bytes(right[:-30])
    points = CrashPoints()
    with points.planted(), points.dying_at(point):
        advance()
    advance()
    assert path.read_bytes() == right
    assert Difference.objects.get().kind == "file_altered"
