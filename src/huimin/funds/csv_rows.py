"""Rows of a bank's CSV file: read with care, each fault named with its line, its column and what should stand there."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from huimin.funds.bank import LARGEST_FEN, LARGEST_FILE_BYTES, TOO_LARGE, MalformedFile, plain
from huimin.funds.elements import ID
from huimin.units.words import Words

# What a bank writes its files in; GB18030 takes in GBK and GB 2312.
ENCODINGS = ("utf-8-sig", "gb18030")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝")
_YUAN = re.compile(r"[0-9]{1,16}(\.[0-9]{2})?")


@dataclass(frozen=True)
class Row:
    """A line of the file with its cells by column."""

    number: int
    cells: Mapping[str, str]

    def wrong(self, column: str, wanted: Words) -> MalformedFile:
        """The fault of a cell, with what should stand there."""
        value = plain(self.cells[column])
        return MalformedFile(
            Words(
                f"第 {self.number} 行“{column}”列为“{value}”，应为{wanted.zh}。",
                f"Line {self.number}, column {column}: “{value}” should be {wanted.en}.",
            )
        )

    def id(self, column: str) -> str:
        """The id in a column."""
        value = self.cells[column].strip()
        if not ID.fullmatch(value):
            raise self.wrong(column, Words("原付款文件中的编号", "the id from the file we sent"))
        return value

    def choice(self, column: str, choices: Sequence[str]) -> str:
        """One of the words that a column may hold."""
        value = self.cells[column].strip()
        if value not in choices:
            raise self.wrong(
                column, Words(" " + "、".join(choices) + " 之一", f"one of {', '.join(choices)}")
            )
        return value

    def fen(self, column: str) -> int | None:
        """An amount in whole fen, written in yuan; None where the cell is empty."""
        value = self.cells[column].strip()
        if not value:
            return None
        whole, _, rest = value.partition(".")
        if not _YUAN.fullmatch(value) or (fen := int(whole) * 100 + int(rest or 0)) >= LARGEST_FEN:
            raise self.wrong(column, Words("如 1250.00 的金额", "an amount like 1250.00"))
        return fen

    def day(self, column: str) -> date | None:
        """A day; None where the cell is empty."""
        value = self.cells[column].strip()
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            raise self.wrong(column, Words("如 2026-07-01 的日期", "a day like 2026-07-01")) from None

    def words(self, column: str) -> str:
        """What a column says, cut to the length of a reason."""
        return plain(self.cells[column], 35)


def rows(data: bytes, columns: Sequence[str], *, skip: int = 0) -> Iterator[Row]:
    """The lines of a file under these headings, from the line after `skip`; `MalformedFile` where one does not fit."""
    reader = csv.reader(io.StringIO(_text(data), newline=""), strict=True)
    try:
        found = [(reader.line_num, cells) for cells in reader][skip:]
    except csv.Error:
        raise MalformedFile(
            Words(f"第 {reader.line_num} 行不是 CSV。", f"Line {reader.line_num} is not CSV.")
        ) from None
    head, *lines = found or [(1, [])]
    if tuple(cell.strip() for cell in head[1]) != tuple(columns):
        raise MalformedFile(
            Words(f"第 {head[0]} 行应为列名：{','.join(columns)}。", f"Line {head[0]} should name the columns: {','.join(columns)}.")
        )  # fmt: skip
    for number, cells in lines:
        if not any(cells):
            continue
        if len(cells) != len(columns):
            raise MalformedFile(
                Words(
                    f"第 {number} 行有 {len(cells)} 列，应为 {len(columns)} 列：{','.join(columns)}。",
                    f"Line {number} has {len(cells)} cells, not the {len(columns)} of {','.join(columns)}.",
                )
            )
        yield Row(number, dict(zip(columns, cells, strict=True)))


def first_line(data: bytes) -> list[str]:
    """The cells of the first line, by which kinds of files are told apart."""
    head = data.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0][:1000].decode("gb18030", errors="replace")
    return [cell.strip().strip('"') for cell in head.split(",")]


def as_text(text: str) -> str:
    """Text that a spreadsheet takes as text, not as a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _text(data: bytes) -> str:
    if len(data) > LARGEST_FILE_BYTES:
        raise MalformedFile(TOO_LARGE)
    for encoding in ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise MalformedFile(
        Words(
            "文件不是 UTF-8 或 GB18030 编码的文本，或在传送中损坏。",
            "The file is no text in UTF-8 or GB18030, or was damaged on its way.",
        )
    )
