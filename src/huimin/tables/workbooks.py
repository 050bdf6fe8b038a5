"""Workbooks written block by block, in as many files as the rows need, to files that need not be seekable.

XlsxWriter takes a minute for a million rows and keeps them on disk meanwhile; a sheet of texts, numbers and days is
little XML, and Polars writes it in three seconds (decision 0010).
"""

import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any, BinaryIO

import polars as pl

# A sheet has 1,048,576 rows, the heads among them.
MOST_SHEET_ROWS = 1_048_575
# Excel reads no part of a workbook beyond 2 GiB; a sheet that comes near goes on in the next workbook.
MOST_SHEET_BYTES = 1_600_000_000
# So many rows are XML at a time.
SLICE_ROWS = 10_000
LONGEST_CELL = 32_767
LARGEST_NUMBER = 10**15
DAY_ZERO = date(1899, 12, 30)
# What XML cannot hold.
CONTROLS = "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\u{fffe}\\u{ffff}]"


class WorkbookWriter:
    """Workbooks of one sheet each, as many as the rows need; `opened` gives the file of the next one.

    Texts are texts, whatever they begin with; days are days; a whole number too long for Excel is a text.
    """

    def __init__(
        self, opened: Callable[[], BinaryIO], schema: pl.Schema, heads: list[str] | None = None,
        *, most_rows: int = MOST_SHEET_ROWS, most_bytes: int = MOST_SHEET_BYTES,
    ) -> None:  # fmt: skip
        self.opened, self.schema, self.heads = opened, schema, heads or list(schema)
        self.most_rows, self.most_bytes = most_rows, most_bytes
        self.archive: zipfile.ZipFile | None = None
        self.sheet: Any = None
        self.rows = self.bytes = 0

    def write(self, block: pl.DataFrame) -> None:
        """Adds a block, to the next workbook where this one is full."""
        while not block.is_empty():
            if self.sheet is None or self.rows >= self.most_rows or self.bytes >= self.most_bytes:
                self._next()
            most = min(self.most_rows - self.rows, SLICE_ROWS)
            part, block = block[:most], block[most:]
            self._put(_rows(part))
            self.rows += part.height

    def close(self) -> None:
        """Finishes the last workbook; without a row there is one with heads only."""
        if self.sheet is None:
            self._next()
        self._end()

    def _next(self) -> None:
        self._end()
        # Level 1: a sheet shrinks to a tenth at a fifth of the time that level 6 takes for a twelfth.
        self.archive = zipfile.ZipFile(self.opened(), "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        for name, text in PARTS.items():
            self.archive.writestr(name, text)
        self.sheet = self.archive.open("xl/worksheets/sheet1.xml", "w")
        self.rows = self.bytes = 0
        self._put(SHEET_BEGINS + _columns(self.heads))
        self._put(_heads(self.heads))

    def _put(self, text: str) -> None:
        self.bytes += self.sheet.write(text.encode())

    def _end(self) -> None:
        if self.archive is not None:
            self._put(SHEET_ENDS)
            self.sheet.close()
            self.archive.close()


def _rows(block: pl.DataFrame) -> str:
    """The rows of a block as a sheet has them."""
    cells = [_cell(name, kind) for name, kind in block.schema.items()]
    return (
        block.select(pl.concat_str([pl.lit("<row>"), *cells, pl.lit("</row>")]))
        .to_series()
        .str.join("")
        .item()
    )


def _cell(name: str, kind: Any) -> pl.Expr:
    column, empty = pl.col(name), pl.lit("<c/>")
    if kind.is_integer():
        near = column.is_between(-LARGEST_NUMBER, LARGEST_NUMBER)
        number = pl.format("<c><v>{}</v></c>", column)
        return pl.when(near).then(number).otherwise(_text(column.cast(pl.String))).fill_null(empty)
    if kind.is_numeric():
        return pl.format("<c><v>{}</v></c>", column).fill_null(empty)
    if kind == pl.Boolean:
        return pl.format('<c t="b"><v>{}</v></c>', column.cast(pl.Int8)).fill_null(empty)
    if kind == pl.Date:
        days = (column - pl.lit(DAY_ZERO)).dt.total_days()
        # Excel counts days wrongly before March 1900; such a day is told as text.
        shown = (
            pl.when(days > 60)
            .then(pl.format('<c s="2"><v>{}</v></c>', days))
            .otherwise(_text(column.cast(pl.String)))
        )
        return shown.fill_null(empty)
    return _text(column.cast(pl.String)).fill_null(empty)


def _text(column: pl.Expr) -> pl.Expr:
    clean = column.str.replace_all(CONTROLS, "").str.slice(0, LONGEST_CELL)
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;")):
        clean = clean.str.replace_all(sign, name, literal=True)
    return pl.format('<c t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>', clean)


def _heads(heads: list[str]) -> str:
    """The first row, in bold."""
    return _rows(pl.DataFrame({"head": heads}).transpose()).replace("<c t=", '<c s="1" t=')


def _columns(heads: list[str]) -> str:
    wide = [min(max(12, sum(2 if ord(sign) > 255 else 1 for sign in head) + 2), 40) for head in heads]
    said = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(wide, 1)
    )
    return f"<cols>{said}</cols><sheetData>"


HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET_BEGINS = (
    f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
)
SHEET_ENDS = "</sheetData></worksheet>"
PARTS = {
    "[Content_Types].xml": (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": (
        f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
        '<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="3"><xf xfId="0"/><xf xfId="0" fontId="1" applyFont="1"/>'
        '<xf xfId="0" numFmtId="164" applyNumberFormat="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}  # fmt: skip
