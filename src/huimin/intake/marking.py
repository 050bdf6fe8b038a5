"""The marked-up workbook: what is wrong with a file, first as a list, then in the file's own rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import xlsxwriter

from huimin.intake.grid import LINES_A_SHEET, place_of
from huimin.intake.reading import Reading, message_of, problem_groups
from huimin.units.words import Words

MOST_LISTED = 20_000
MOST_ROWS = 50_000
# Excel opens slowly with more notes than this; the last column says the same.
MOST_NOTES = 2_000
LONGEST_CELL = 2_000
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")

_PROBLEMS = Words("问题", "Problems")
_ROWS = Words("数据", "Rows")
_SAID = Words("问题说明", "What is wrong")
_LINE = Words("原行号", "Line")
_LISTED = (
    Words("行", "Line"),
    Words("列", "Column"),
    Words("程度", "Severity"),
    Words("说明", "What is wrong and what to do"),
    Words("单元格内容", "Content of the cell"),
)
_GROUPED = (
    Words("程度", "Severity"),
    Words("说明", "What is wrong and what to do"),
    Words("处数", "Places"),
    Words("首次出现的行", "First line"),
)
_SEVERITY = {"error": Words("退回", "refused"), "warning": Words("提醒", "note")}
_SHEET = Words("第{sheet}张表第{row}行", "sheet {sheet}, row {row}")
_SUMMARY = Words(
    "“{name}”：接收{accepted}行，退回{refused}行。红色的格子必须改正，黄色的请核对。改好后把整个文件重新报送，会替代这一次。",
    "“{name}”: {accepted} rows accepted, {refused} refused. Red cells must be corrected, yellow ones "
    "checked. Correct the file and send all of it again; it replaces this one.",
)
_CAPPED_LIST = Words(
    "问题太多，下面只列出前{shown}个，共{count}个；上面的汇总是全部。",
    "There are too many problems: only {shown} of {count} are listed below; the summary above counts all.",
)
_CAPPED_ROWS = Words(
    "“数据”表只有{shown}行，不是文件的全部{count}行：文件太大，只放有问题的行。请在原系统里改正，重新导出整个文件报送。",
    "The sheet “Rows” holds {shown} rows and not all {count} of the file: it is too large, so only rows with "
    "problems are there. Correct them in your system, export the whole file again and send it.",
)


@dataclass(frozen=True)
class _Sheet:
    """A workbook being written and the looks of its cells."""

    book: xlsxwriter.Workbook
    language: str
    looks: dict[str, Any]


def marked_up_workbook(reading: Reading, language: str, to: Path | BinaryIO) -> None:
    """Writes the workbook that goes back to the sender.

    Its first sheet lists the problems in the language; the second holds the file's rows as they came, cells
    with problems coloured, with a last column that says what is wrong. Whoever corrects that sheet can send
    the workbook back as it is.
    """
    book = xlsxwriter.Workbook(
        to if not isinstance(to, Path) else str(to),
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    looks = {
        "head": book.add_format({"bold": True, "bg_color": "#E8EEF4", "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"num_format": "@"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "error": book.add_format({"num_format": "@", "bg_color": "#F6C7C3"}),
        "warning": book.add_format({"num_format": "@", "bg_color": "#FFF0B8"}),
    }
    sheet = _Sheet(book, language, looks)
    rows = _rows_to_show(reading)
    _write_problems(sheet, reading, rows)
    if reading.contract is not None:
        _write_rows(sheet, reading, rows)
    book.close()


def safe(text: str | None) -> str:
    """The text of a cell that no spreadsheet takes for a formula.

    >>> safe("=1+1"), safe("张三"), safe(None)
    ("'=1+1", '张三', '')
    """
    cell = (text or "")[:LONGEST_CELL]
    return f"'{cell}" if cell.lstrip(" \u3000").startswith(FORMULA_SIGNS) else cell


def _rows_to_show(reading: Reading) -> pl.DataFrame:
    """The rows as they came, those with problems when not all fit."""
    if reading.raw.height <= MOST_ROWS:
        return reading.raw
    marked = reading.problems.sort("severity", "line")["line"].unique(maintain_order=True).head(MOST_ROWS)
    return reading.raw.filter(pl.col("line").is_in(marked.implode())).head(MOST_ROWS)


def _write_problems(sheet: _Sheet, reading: Reading, rows: pl.DataFrame) -> None:
    say = sheet.language
    page = sheet.book.add_worksheet(_PROBLEMS.say(say))
    page.set_column(0, 0, 14)
    page.set_column(1, 1, 60)
    page.set_column(2, 2, 12)
    page.set_column(3, 4, 60)
    accepted, refused = reading.rows.height, reading.refused.height
    notes = [_SUMMARY.filled(name=reading.name, accepted=f"{accepted:,}", refused=f"{refused:,}")]
    count = reading.problems.height
    if count > MOST_LISTED:
        notes.append(_CAPPED_LIST.filled(shown=f"{MOST_LISTED:,}", count=f"{count:,}"))
    if rows.height < accepted + refused:
        notes.append(_CAPPED_ROWS.filled(shown=f"{rows.height:,}", count=f"{accepted + refused:,}"))
    row = 0
    for words in notes:
        page.write_string(row, 0, safe(words.say(say)))
        row += 1
    row = _write_heads(sheet, page, row + 1, _GROUPED)
    for group in problem_groups(reading.problems).iter_rows(named=True):
        page.write_string(row, 0, _SEVERITY[group["severity"]].say(say))
        page.write_string(row, 1, safe(message_of(group["code"], group["params"], say)), sheet.looks["wrap"])
        page.write_number(row, 2, group["count"])
        page.write_string(row, 3, _line(group["first_line"], say))
        row += 1
    row = _write_heads(sheet, page, row + 1, _LISTED)
    listed = _listed(reading, say)
    for line, heading, severity, said, value in listed.iter_rows():
        page.write_string(row, 0, _line(line, say))
        page.write_string(row, 1, safe(heading))
        page.write_string(row, 2, _SEVERITY[severity].say(say))
        page.write_string(row, 3, safe(said), sheet.looks["wrap"])
        page.write_string(row, 4, safe(value), sheet.looks["text"])
        row += 1


def _listed(reading: Reading, language: str) -> pl.DataFrame:
    problems = reading.problems.with_columns(said=reading.messages(language))
    if problems.height > MOST_LISTED:
        problems = problems.sort("severity", "line", maintain_order=True).head(MOST_LISTED)
    heading = pl.col("column").replace(dict(reading.columns))
    return problems.select("line", heading, "severity", "said", "value")


def _write_heads(sheet: _Sheet, page: Any, row: int, heads: tuple[Words, ...]) -> int:
    for place, words in enumerate(heads):
        page.write_string(row, place, words.say(sheet.language), sheet.looks["head"])
    return row + 1


def _write_rows(sheet: _Sheet, reading: Reading, rows: pl.DataFrame) -> None:
    say = sheet.language
    page = sheet.book.add_worksheet(_ROWS.say(say))
    headings = rows.columns[1:]
    page.freeze_panes(1, 0)
    page.set_column(0, len(headings), 18)
    page.set_column(len(headings) + 1, len(headings) + 1, 80)
    for place, heading in enumerate((_LINE.say(say), *headings, _SAID.say(say))):
        page.write_string(0, place, safe(heading), sheet.looks["head"])
    marks = _marks(reading, rows, say)
    notes = 0
    for row, (line, *cells) in enumerate(rows.iter_rows(), 1):
        wrong = marks.get(line, [])
        by_heading = {heading: (severity, said) for heading, severity, said in reversed(wrong)}
        page.write_string(row, 0, _line(line, say))
        for place, (heading, cell) in enumerate(zip(headings, cells, strict=True), 1):
            severity, said = by_heading.get(heading, ("text", ""))
            page.write_string(row, place, safe(cell), sheet.looks[severity])
            if said and notes < MOST_NOTES:
                page.write_comment(row, place, said, {"x_scale": 2})
                notes += 1
        if wrong:
            page.write_string(row, len(headings) + 1, safe(" ".join(said for _, _, said in wrong)))


def _marks(reading: Reading, rows: pl.DataFrame, language: str) -> dict[int, list[tuple[str, str, str]]]:
    """For each line shown its problems: heading, severity, message; errors first."""
    problems = reading.problems.with_columns(said=reading.messages(language)).filter(
        pl.col("line").is_in(rows["line"].implode())
    )
    marks: dict[int, list[tuple[str, str, str]]] = {}
    heading = pl.col("column").replace(dict(reading.columns))
    for line, name, severity, said in (
        problems.sort("line", "severity", maintain_order=True)
        .select("line", heading, "severity", "said")
        .iter_rows()
    ):
        marks.setdefault(line, []).append((name, severity, said))
    return marks


def _line(line: int, language: str) -> str:
    if line < LINES_A_SHEET:
        return str(line) if line else ""
    sheet, row = place_of(line)
    return _SHEET.filled(sheet=sheet + 1, row=row).say(language)
