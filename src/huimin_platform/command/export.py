"""huimin export: tables for analysts, as Parquet or CSV."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _

if TYPE_CHECKING:
    import polars as pl

BLOCK_ROWS = 100_000
BOM = b"\xef\xbb\xbf"


class Kind(StrEnum):
    """What can be exported."""

    LINKS = "links"
    HOUSEHOLDS = "households"
    ENTITLEMENTS = "entitlements"
    FINDINGS = "findings"


COLUMNS = {
    Kind.LINKS: ("file", "line", "person"),
    Kind.HOUSEHOLDS: ("household", "person"),
    Kind.ENTITLEMENTS: ("policy", "household", "status", "amount_fen"),
    Kind.FINDINGS: ("kind", "household", "person"),
}


def export(
    what: Annotated[
        str, typer.Argument(metavar="KIND", help=_("links, households, entitlements or findings."))
    ],
    to: Annotated[Path, typer.Option(help=_("File to write, ending in .parquet or .csv."))],
) -> None:
    """Writes one kind to a file, whole or not at all."""
    kind = session.chosen(Kind, what)
    if to.suffix not in (".parquet", ".csv"):
        session.fail(_("The file %(file)s must end in .parquet or .csv.") % {"file": to})
    if not to.parent.is_dir():
        session.fail(_("There is no folder %(folder)s.") % {"folder": to.parent})
    with session.opened():
        from django.db import transaction

        from huimin_platform.base import audit

        table = frame_of(kind)
        details = {"rows": table.height}
        with transaction.atomic():
            audit.write(
                by=audit.SYSTEM, action="exports", kind=kind.value, object_id=to.name[:64], details=details
            )
            write(table, to)
    session.answer(
        {"kind": kind.value, "rows": table.height, "to": str(to)},
        lambda: print(
            _("%(rows)s rows of %(kind)s are in %(file)s.")
            % {"rows": table.height, "kind": kind.value, "file": to}
        ),
    )


def frame_of(kind: Kind) -> "pl.DataFrame":
    """The table of a kind, in the columns that `huimin export` promises."""
    from huimin_platform.matching import queries as matching
    from huimin_platform.registry import queries as registry

    sources = {
        Kind.LINKS: registry.links_frame,
        Kind.HOUSEHOLDS: registry.household_frame,
        Kind.ENTITLEMENTS: matching.entitlements_frame,
        Kind.FINDINGS: matching.findings_frame,
    }
    table = sources[kind]()
    return table.select(*COLUMNS[kind], *(name for name in table.columns if name not in COLUMNS[kind]))


def write(table: "pl.DataFrame", to: Path) -> None:
    """Writes the table in blocks to a draft beside the file, then puts it in its place."""
    draft = to.with_name(f".{to.name}.draft")
    try:
        if to.suffix == ".parquet":
            table.write_parquet(draft, compression="zstd", row_group_size=BLOCK_ROWS)
        else:
            write_csv(table, draft)
        draft.replace(to)
    finally:
        draft.unlink(missing_ok=True)


def write_csv(table: "pl.DataFrame", path: Path) -> None:
    """CSV that Excel opens as UTF-8 and in which no cell is a formula."""
    import polars as pl

    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    with path.open("wb") as file:
        file.write(BOM)
        for number, block in enumerate(table.iter_slices(BLOCK_ROWS)) if table.height else [(0, table)]:
            safe = block.with_columns(
                pl.col(name).str.replace(r"^[=+\-@\t\r＝＋－＠]", "'${0}") for name in texts
            )
            safe.write_csv(file, include_header=number == 0)
