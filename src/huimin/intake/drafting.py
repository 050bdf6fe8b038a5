"""A contract drafted from a sample file: headings, types, units and encoding guessed, each with its reason and its doubts."""

import io
import re
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

import polars as pl

from huimin.intake import cells
from huimin.intake.amounts import heading_unit
from huimin.intake.opening import opened
from huimin.intake.recognising import Head, find_head
from huimin.intake.shapes import spelled
from huimin.intake.workbook import Refused
from huimin.tables.definitions import Column
from huimin.tables.headings import plain
from huimin.tables.vocabulary import vocabulary
from huimin.units.words import Words

SAMPLE_ROWS = 5_000
# From this share of readable cells on a type is taken; below this one it is doubted.
READABLE, SURE = 0.8, 0.98
# A list has few values that come again and again.
MOST_VALUES, FEWEST_REPEATS = 12, 5
# Types whose cells show by themselves what they are, the most telling first.
TELLING = ("disability_certificate", "card", "phone", "division", "month", "national_id", "date")
# What must be said of headings before cells are believed, because digits alone could be anything.
HEADED = {
    "division": "区划|村居代码|社区代码",
    "phone": "电话|手机|联系方式",
    "card": "卡号|账号|帐号|账户|存折|卡$",
    "month": "月$|年月|月份|起领|起始|截止|属期",
}
SHAPES = {
    "national_id": r"^[\s'’]*(?:[0-9*＊０-９]{15}|[0-9*＊０-９]{17}[0-9Xx*＊０-９])\s*$",
    "date": r"^\s*'?(?:19|20)[0-9]{2}(?:[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}|(?:0[1-9]|1[0-2])[0-3][0-9])",
}
NUMBERED = "号$|号码|编号|代码|证$|流水|^HH$|^HPHM$"
MONEY = "金额|费用|费$|所得|收入|支付|自付|自费|补贴$|津贴$|待遇$|工资|保障金|救助金|报销|标准$|单价|总价|价款|元|AMOUNT|INCOME|WAGE|_YUAN"
YEAR = "年度|年份|YEAR"
ADDRESS = "地址|住址|坐落|住所|居住地|所在地|ADDRESS"
NAME = "姓名|名字|户主$|人$|NAME$|当事人|申请人|所有人|权利人"
CLASSES = {
    "national_id": "sensitive", "phone": "sensitive", "card": "sensitive", "address": "sensitive",
    "disability_certificate": "sensitive", "money": "sensitive", "name": "personal", "date": "personal",
    "month": "personal", "reference": "personal", "division": "internal",
}  # fmt: skip
LONGEST_NAME = 25
ENDINGS = {"money": "_fen", "date": "_on"}


@dataclass(frozen=True)
class Guess:
    """A column as it is guessed: its heading, name and type, the common headings it is among, why, and what is doubtful."""

    heading: str
    name: str
    type: str
    like: str
    required: str
    reason: Words
    doubt: Words | None = None
    values: str = ""


@dataclass(frozen=True)
class Draft:
    """A contract as it is drafted: the columns guessed, what is known of the file, and the text for a person to confirm."""

    columns: tuple[Guess, ...]
    encoding: str
    heading_line: int
    rows: int
    key: tuple[str, ...]
    text: str


def draft(source: Path | bytes, name: str, today: date, *, department: str = "", title: str = "") -> Draft:
    """The draft for a sample file. `Refused` when it holds no table, or no row that reads like headings.

    What the file cannot tell stands in the text as FILL_IN, so that the contract is refused until a person has said it.
    """
    with tempfile.TemporaryDirectory() as folder:
        stream: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
        with stream:
            size = len(source) if isinstance(source, bytes) else source.stat().st_size
            file = opened(stream, name, size, Path(folder))
            heads = [(grid, find_head(grid, ())) for grid in file.grids]
            found = [(grid, head) for grid, head in heads if head is not None]
            if not found:
                raise Refused("no_headings")
            # Of the ways to split a text the one with the most headings is right; of sheets the first.
            grid, head = found[0] if file.sheets else max(found, key=lambda each: len(each[1].headings))
            chunk = next(iter(grid.chunks(len(head.headings))), None)
            frame = chunk.frame if chunk is not None else pl.DataFrame({"line": []})
            rows = frame.filter(pl.col("line") > head.line).head(SAMPLE_ROWS)
    columns = _columns(head, rows, today)
    key = _key(columns, rows, head)
    text = _text(columns, key, department, title or Path(name).stem)
    return Draft(columns, file.encoding.name, head.line, rows.height, key, text)


def _columns(head: Head, rows: pl.DataFrame, today: date) -> tuple[Guess, ...]:
    guesses, names = [], set[str]()
    for place, heading in enumerate(head.headings):
        if not heading:
            continue
        text = cells.tidy(rows[f"c{place}"]) if rows.height else pl.Series([], dtype=pl.String)
        guess = _guess(heading, text, today, place)
        while guess.name in names:
            ending = ENDINGS.get(guess.type, "")
            guess = replace(guess, name=f"{guess.name.removesuffix(ending)}_{place + 1}{ending}")
        names.add(guess.name)
        guesses.append(guess)
    return tuple(guesses)


def _guess(heading: str, text: pl.Series, today: date, place: int) -> Guess:
    """The column under one heading: what its cells can be read as, held against what its heading says."""
    filled = text.drop_nulls()
    kind, reason, doubt = _type(heading, filled, today)
    like = next(
        (name for name, known in vocabulary().headings.items() if plain(heading) in map(plain, known)), ""
    )
    if not like and kind in ("name", "national_id"):
        like = kind
    named = (
        like
        if like in ("name", "national_id", "sex", "phone", "card", "address", "village", "bank", "division")
        else ""
    )
    share = len(filled) / max(len(text), 1)
    values = _list(plain(heading), filled) if kind == "enum" else ""
    column = (
        named if named and (named == kind or kind in ("enum", "text", "reference")) else f"column_{place + 1}"
    )
    ending = ENDINGS.get(kind, "")
    return Guess(
        heading, column if column.endswith(ending) else f"{column}{ending}", kind, like,
        "heading" if share >= SURE else "optional", reason, doubt, values,
    )  # fmt: skip


def _type(heading: str, filled: pl.Series, today: date) -> tuple[str, Words, Words | None]:
    if filled.is_empty():
        return "text", Words("没有值", "no cell is filled"), Words("请写明类型", "say what type it is")
    said = plain(heading)
    for kind in TELLING:
        share = _readable(kind, filled, today)
        headed = kind not in HEADED or re.search(HEADED[kind], said) is not None
        if share >= READABLE and headed:
            return kind, _read_as(share), _below(share)
    if re.search(YEAR, said) and _readable("integer", filled, today) >= READABLE:
        return "integer", Words("表头是年度，值是整数", "the heading is a year and the cells are whole"), None
    numbers = _readable("decimal", filled, today)
    unit = heading_unit(heading)
    if (unit or re.search(MONEY, said)) and _readable("money", filled, today) >= READABLE:
        doubt = None if unit else Words("表头没有单位，按元", "the heading names no unit; taken for yuan")
        return (
            "money",
            Words(f"表头像金额，单位{unit or '元'}", f"the heading says an amount, in {unit or 'yuan'}"),
            doubt,
        )
    listed = _list(said, filled)
    if listed:
        return (
            "enum",
            Words(f"值都在通用取值表“{listed}”之内", f"its cells are of the common list “{listed}”"),
            None,
        )
    if numbers >= READABLE and not re.search(NUMBERED, said):
        return _number(filled, numbers)
    return _word(said, filled)


def _list(said: str, filled: pl.Series) -> str:
    """The common list whose values the cells are; digits alone are of a list only where the heading names it."""
    for name, values in vocabulary().values.items():
        ways = [spelled(way) for value in values for way in value.spellings]
        plainly = filled.str.to_uppercase().str.replace_all(" ", "")
        inside = float(plainly.is_in(ways).mean() or 0.0)  # pyright: ignore[reportArgumentType]
        named = said in map(plain, vocabulary().headings.get(name, ()))
        digits = bool(filled.str.contains("^[0-9]+$").any())
        if inside >= SURE and (named or not digits):
            return name
    return ""


def _number(filled: pl.Series, share: float) -> tuple[str, Words, Words | None]:
    digits = filled.str.len_chars().min()
    if isinstance(digits, int) and digits >= 8:
        return (
            "reference",
            Words("长数字，当作编号", "long digits, taken for a number that names something"),
            None,
        )
    whole = float(filled.str.contains(r"^[+-]?[0-9,]+$").mean() or 0.0) >= READABLE  # pyright: ignore[reportArgumentType]
    if not whole:
        return "decimal", _read_as(share), Words("也可能是金额", "it could be an amount")
    if filled.n_unique() <= 2 and len(filled) > FEWEST_REPEATS:
        doubt = Words("只有一两个值，也可能是选项", "only one or two values; it could be a list")
        return "integer", _read_as(share), doubt
    return "integer", _read_as(share), None


def _word(said: str, filled: pl.Series) -> tuple[str, Words, Words | None]:
    if re.search(ADDRESS, said):
        return "address", Words("表头像地址", "the heading says an address"), None
    if re.search(NAME, said) and float(filled.str.len_chars().mean() or 0) <= LONGEST_NAME:  # pyright: ignore[reportArgumentType]
        return "name", Words("表头像姓名", "the heading says a name"), None
    if re.search(NUMBERED, said):
        return "reference", Words("表头像编号", "the heading says a number that names something"), None
    distinct = filled.n_unique()
    doubt = None
    if distinct <= MOST_VALUES and len(filled) >= FEWEST_REPEATS * distinct:
        seen = "、".join(_values(filled))
        doubt = Words(
            f"只有 {distinct} 种值，可改为 enum：{seen}",
            f"{distinct} values only, it could be an enum: {seen}",
        )
    return "text", Words("没有别的类型读得出来", "no other type reads it"), doubt


def _readable(kind: str, filled: pl.Series, today: date) -> float:
    """The share of cells that a type reads without a word."""
    name = f"x{ENDINGS.get(kind, '')}"
    column = Column(name, Words(name, name), kind, "internal")  # pyright: ignore[reportArgumentType]
    read = cells.parsed(column, filled, unit="元", today=today)
    good = read.values.is_not_null()
    # A mistyped number of a person is still one; of the other types only what is right counts.
    if kind != "national_id":
        good = good & read.codes.is_null()
    # What is read generously, such as the serial numbers of a spreadsheet as days, must look like it here.
    if kind in SHAPES:
        good = good & filled.str.contains(SHAPES[kind])
    return float(good.mean() or 0.0)  # pyright: ignore[reportArgumentType]


def _read_as(share: float) -> Words:
    return Words(f"{share:.1%} 的值读得出来", f"{share:.1%} of the cells read so")


def _below(share: float) -> Words | None:
    return None if share >= SURE else Words(f"{1 - share:.1%} 读不出来", f"{1 - share:.1%} do not")


def _values(filled: pl.Series) -> tuple[str, ...]:
    counted = filled.value_counts(sort=True).sort("count", filled.name, descending=[True, False])
    return tuple(counted[filled.name].head(MOST_VALUES).to_list())


def _key(columns: tuple[Guess, ...], rows: pl.DataFrame, head: Head) -> tuple[str, ...]:
    """The fewest columns that tell the rows of the sample apart: one that names, else person and what follows."""
    place = {guess.name: head.headings.index(guess.heading) for guess in columns}

    def apart(names: list[str]) -> bool:
        found = rows.select(f"c{place[name]}" for name in names)
        return bool(rows.height) and found.n_unique() >= SURE * rows.height

    single = [
        guess.name
        for guess in columns
        if guess.type in ("text", "reference", "national_id", "disability_certificate")
    ]
    for name in single:
        if apart([name]):
            return (name,)
    person = [guess.name for guess in columns if guess.type in ("national_id", "name")][:2]
    for guess in columns:
        if person and guess.name not in person and apart([*person, guess.name]):
            return (*person, guess.name)
    return tuple(person)


def _text(columns: tuple[Guess, ...], key: tuple[str, ...], department: str, title: str) -> str:
    lines = [
        "# 由样本文件起草，请逐条核对；写着 FILL_IN 的地方必须填写。",
        f"title: {{zh: {_quoted(title)}, en: FILL_IN}}",
        'version: "1"',
        f"department: {department or 'FILL_IN'}",
        "purpose: {zh: FILL_IN, en: FILL_IN}",
        "legal_basis: {zh: FILL_IN, en: FILL_IN}",
        "freshness_days: FILL_IN",
        "columns:",
    ]
    for guess in columns:
        lines.append(f"  # {guess.reason.zh}" + (f"；存疑：{guess.doubt.zh}" if guess.doubt else ""))
        lines.append(f"  {guess.name}: {{{', '.join(_parts(guess))}}}")
    lines.append(f"key: [{', '.join(key)}]")
    fields = [
        guess.name
        for guess in columns
        if guess.name in ("name", "national_id", "sex", "phone", "card", "address", "village")
    ]
    if "name" in fields or "national_id" in fields:
        lines += ["mentions:", f"  holder: {{{', '.join(f'{name}: {name}' for name in fields)}}}"]
    return "\n".join([*lines, "facts: []", ""])


def _parts(guess: Guess) -> list[str]:
    parts = [
        f"en: {_quoted(guess.heading)}",
        f"type: {guess.type}",
        f"class: {CLASSES.get(guess.type, 'internal')}",
    ]
    if guess.required != "optional":
        parts.append(f"required: {guess.required}")
    parts.append(f"headings: [{_quoted(guess.heading)}]")
    if guess.type == "enum":
        parts.append(f"values: {guess.values}")
    return parts


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
