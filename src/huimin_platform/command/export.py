"""huimin export: tables for analysts, as Parquet, CSV or workbooks, of today or as they stood on a day."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _

if TYPE_CHECKING:
    import polars as pl

BLOCK_ROWS = 100_000
FORMS = (".parquet", ".csv", ".xlsx")


class Kind(StrEnum):
    """What can be exported."""

    LINKS = "links"
    HOUSEHOLDS = "households"
    FACTS = "facts"
    ENTITLEMENTS = "entitlements"
    FINDINGS = "findings"
    NEEDS = "needs"
    CASES = "cases"
    PAYMENTS = "payments"
    BUDGET = "budget"
    MOVES = "moves"
    SOURCES = "sources"
    ALLOCATIONS = "allocations"
    PROJECTS = "projects"
    VOUCHERS = "vouchers"
    APPRAISALS = "appraisals"


def export(
    what: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help=_("links, households, facts, entitlements, findings, needs, cases or payments."),
        ),
    ],
    to: Annotated[Path, typer.Option(help=_("File to write, ending in .parquet, .csv or .xlsx."))],
    as_of: Annotated[
        str, typer.Option(help=_("A day or a moment, such as 2026-07-01: what was known at its end."))
    ] = "",
) -> None:
    """Writes one kind to a file, whole or not at all; a workbook that is full goes on in the next one, NAME-2.xlsx."""
    kind = session.chosen(Kind, what)
    if to.suffix not in FORMS:
        session.fail(_("The file %(file)s must end in .parquet, .csv or .xlsx.") % {"file": to})
    if not to.parent.is_dir():
        session.fail(_("There is no folder %(folder)s.") % {"folder": to.parent})
    with session.opened():
        from django.db import transaction

        from huimin_platform.base import audit, clock

        until = session.moment(as_of) if as_of else None
        with transaction.atomic():
            rows, files = write(kind, to, until)
            details = {"rows": rows, "as_of": (until or clock.now()).isoformat()}
            audit.write(
                by=audit.SYSTEM, action="exports", kind=kind.value, object_id=to.name[:64], details=details
            )
    session.answer(
        {"kind": kind.value, **details, "to": str(to), "files": [str(file) for file in files]},
        lambda: print(
            _("%(rows)s rows of %(kind)s are in %(file)s.")
            % {"rows": rows, "kind": kind.value, "file": ", ".join(str(file) for file in files)}
        ),
    )


def write(kind: Kind, to: Path, as_of: datetime | None) -> tuple[int, list[Path]]:
    """The number of rows and the files: written in blocks to drafts beside them, then put in their place."""
    from huimin_platform.base import bulk
    from huimin_platform.portal.export_tables import TABLES

    table = TABLES[kind.value]
    if as_of is not None and not table.dated:
        dated = [each.name for each in TABLES.values() if each.dated]
        words = _("Past answers are kept of %(dated)s. Leave out --as-of for %(kind)s.")
        session.fail(words % {"dated": ", ".join(dated), "kind": kind.value})
    rows = table.rows(None, {}, as_of).order_by(*table.order)
    rows = rows.distinct(*table.once) if table.once else rows
    drafts: list[Path] = []
    files: list[BinaryIO] = []

    def opened() -> BinaryIO:
        number = len(drafts) + 1
        name = to.name if number == 1 else f"{to.stem}-{number}{to.suffix}"
        drafts.append(to.with_name(f".{name}.draft"))
        files.append(drafts[-1].open("wb"))
        return files[-1]

    try:
        count = written(
            bulk.blocks_of(rows, {each.name: each.path for each in table.columns}, BLOCK_ROWS),
            to.suffix,
            opened,
        )
        for file in files:
            file.close()
        places = [draft.with_name(draft.name.removeprefix(".").removesuffix(".draft")) for draft in drafts]
        for draft, place in zip(drafts, places, strict=True):
            draft.replace(place)
    finally:
        for file, draft in zip(files, drafts, strict=True):
            file.close()
            draft.unlink(missing_ok=True)
    return count, places


def written(blocks: "Any", suffix: str, opened: "Callable[[], BinaryIO]") -> int:
    """The number of rows written, block by block."""
    count, writer = 0, None
    for block in blocks:
        writer = writer or writer_of(suffix, opened, block.schema)
        writer.write(block)
        count += block.height
    assert writer is not None, "there is a block at least"
    writer.close()
    return count


def writer_of(suffix: str, opened: "Callable[[], BinaryIO]", schema: "pl.Schema") -> "Any":
    """What writes files of this kind."""
    from huimin.tables.workbooks import WorkbookWriter
    from huimin.tables.written import CsvWriter, ParquetWriter

    if suffix == ".xlsx":
        return WorkbookWriter(opened, schema)
    return (CsvWriter if suffix == ".csv" else ParquetWriter)(opened(), schema)
