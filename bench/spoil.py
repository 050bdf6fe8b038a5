"""Spoils the delivery of a county whose truth is known, in ways that its maker did not think of.

    python bench/spoil.py headings --county DIR --to OTHER [--seed 7]     OTHER/delivery and OTHER/truth
    python bench/score.py --county OTHER

`python bench/spoil.py --help` lists the ways; several can be named, separated by commas. Every row of the truth is
carried along to the file and line where it stands after spoiling (of a second sheet: 10,000,000 and the line in it), a row
that was left out goes from the truth as well. Nothing but how things are written is spoilt, unless the way says so.
"""

import argparse
import csv
import io
import random
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import xlsxwriter

ROOT = Path(__file__).parents[1]
SECOND_SHEET = 10_000_000
NUMBER = re.compile(r"[1-9][0-9]{16}[0-9Xx]")
DAY = re.compile(r"(20[0-9]{2}|19[0-9]{2})-([0-9]{2})-([0-9]{2})")
MONTH = re.compile(r"(20[0-9]{2})-([0-9]{2})")
MONEY = re.compile(r"[0-9]+\.[0-9]{2}")
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@dataclass
class Row:
    """The cells of a row and the person it is about, where the truth knows."""

    cells: list[str]
    person: int | None = None
    extra: bool = False


@dataclass
class Sheet:
    """A file of the delivery, and how it is to be written."""

    name: str
    headings: list[str]
    rows: list[Row]
    above: list[list[str]] = field(default_factory=list)
    below: list[list[str]] = field(default_factory=list)
    write: "Callable[[Sheet, Path, random.Random], dict[int, int]] | None" = None

    def column(self, *words: str) -> list[int]:
        """The places of the columns whose heading has one of the words in it."""
        return [
            place for place, heading in enumerate(self.headings) if any(word in heading for word in words)
        ]

    @property
    def numbers(self) -> list[int]:
        """The places of the columns with identity numbers."""
        return self.column("身份", "证件号", "识别号")

    @property
    def amounts(self) -> list[int]:
        """The places of the columns with amounts."""
        return self.column("金", "所得", "费用", "支付", "自付")


Way = Callable[[list[Sheet], random.Random], None]
WAYS: dict[str, Way] = {}


def way(function: Way) -> Way:
    """Registers a way of spoiling under its name."""
    WAYS[function.__name__.replace("_", "-")] = function
    return function


# ---------------------------------------------------------------------------------------------------- identity numbers


def _damaged(number: str, chance: random.Random) -> str:
    """An identity number, damaged."""
    place = chance.randrange(17)
    other = str((int(number[place]) + chance.randrange(1, 10)) % 10)
    return chance.choice(
        [
            "",
            number[:6] + "********" + number[14:],
            number[:14] + "****",
            number[:3] + "***********" + number[14:],
            number[:place] + other + number[place + 1 :],
            number[:place] + other + number[place + 1 :],
            number[:place] + other + number[place + 1 :],
            number[:place] + number[place + 1 :],
            number[:place] + number[place] + number[place:],
            number[: place - 1] + number[place] + number[place - 1] + number[place + 1 :]
            if place
            else number,
            number[:10] + number[12:14] + number[10:12] + number[14:],
            number[:17],
        ]
    )


@way
def ids_10(sheets: list[Sheet], chance: random.Random) -> None:
    """One identity number in ten damaged, in every file."""
    _ids(sheets, chance, 0.10)


@way
def ids_15(sheets: list[Sheet], chance: random.Random) -> None:
    """Fifteen in a hundred identity numbers damaged, in every file."""
    _ids(sheets, chance, 0.15)


def _ids(sheets: list[Sheet], chance: random.Random, share: float) -> None:
    for sheet in sheets:
        for row in sheet.rows:
            for place in sheet.numbers:
                if NUMBER.fullmatch(row.cells[place]) and chance.random() < share:
                    row.cells[place] = _damaged(row.cells[place], chance)


@way
def others_numbers(sheets: list[Sheet], chance: random.Random) -> None:
    """In every file but the booklets one identity number in twenty is another person's of the county."""
    known = [row.cells[place] for sheet in sheets for row in sheet.rows for place in sheet.numbers]
    whole = [cell for cell in known if NUMBER.fullmatch(cell)]
    for sheet in sheets:
        for row in sheet.rows if not sheet.column("户号") else []:
            for place in sheet.numbers:
                if row.cells[place] and chance.random() < 0.05:
                    row.cells[place] = chance.choice(whole)


@way
def rounded(sheets: list[Sheet], chance: random.Random) -> None:
    """One identity number in ten with noughts for its last three digits, as a spreadsheet keeps it."""
    for sheet in sheets:
        for row in sheet.rows:
            for place in sheet.numbers:
                if NUMBER.fullmatch(row.cells[place]) and chance.random() < 0.1:
                    row.cells[place] = row.cells[place][:15] + "000"


# ------------------------------------------------------------------------------------------------------- order of rows


@way
def shuffled(sheets: list[Sheet], chance: random.Random) -> None:
    """The rows of each file in no order."""
    for sheet in sheets:
        chance.shuffle(sheet.rows)


@way
def by_name(sheets: list[Sheet], chance: random.Random) -> None:
    """The rows of each file in the order of the names, so that namesakes stand side by side."""
    for sheet in sheets:
        (place, *_) = sheet.column("姓名", "所有人", "权利人") or [0]
        sheet.rows.sort(key=lambda row: row.cells[place])


# ------------------------------------------------------------------------------------------------------------- headings

HEADINGS = {
    "户号": "户籍户号", "与户主关系": "同户主关系", "姓名": "公民姓名全称", "公民身份号码": "身份证件编码",
    "性别": "人员性别", "出生日期": "出生年月日期", "民族": "民族名称", "区划代码": "行政区划编号", "住址": "户籍详细住址",
    "户口性质": "城乡性质", "状态": "当前状态", "数据日期": "数据采集日期", "证件号码": "证件号码(居民身份证)",
    "待遇类别": "待遇项目类别", "月待遇金额": "每月待遇金额(元)", "起始月": "发放起始月", "截止月": "发放截止月", "社保卡号": "社会保障卡卡号",
    "险种": "参保险种名称", "联系电话": "本人联系电话", "号牌号码": "机动车号牌号", "所有人": "机动车所有人名称",
    "身份证明号码": "所有人身份证明号码", "车辆类型": "车辆类型名称", "初次登记日期": "车辆初次登记日期",
    "结算流水号": "医保结算流水号", "身份证号": "身份证号码（18位）", "结算日期": "费用结算日期时间", "医疗机构": "就医医疗机构",
    "总费用": "医疗费用总额（元）", "基金支付": "医保基金支付额", "个人自付": "个人自付额", "学籍号": "全国学籍编号", "学校": "学校全称",
    "学段": "所在学段", "是否随迁子女": "是否为随迁子女", "男方姓名": "男方当事人姓名", "男方身份证": "男方身份证件号", "女方姓名": "女方当事人姓名",
    "女方身份证": "女方身份证件号", "登记日期": "婚姻登记日期", "逝者姓名": "死亡人员姓名", "死亡日期": "人员死亡日期", "火化日期": "遗体火化日期",
    "纳税人姓名": "纳税人名称", "纳税人识别号": "纳税人识别码", "年度": "税款年度", "工资薪金所得": "工资、薪金所得额", "经营所得": "经营所得额",
    "不动产权证号": "不动产权证书编号", "权利人": "不动产权利人", "证件号": "权利人证件号", "坐落": "不动产坐落位置", "建筑面积": "房屋建筑面积(㎡)", "用途": "房屋用途",
    "户主姓名": "农户户主姓名", "补贴项目": "惠农补贴项目", "面积（亩）": "补贴面积(亩)", "补贴金额": "补贴金额合计", "一卡通账号": "惠农一卡通账号",
    "残疾人证号": "残疾人证证号", "残疾类别": "残疾类别名称", "残疾等级": "残疾等级名称", "发证日期": "证件发证日期", "村社": "所属村社",
    "救助证号": "低保救助证号", "户主身份证号": "户主身份证件号码", "救助类别": "救助对象类别", "保障人数": "本户保障人数", "月保障金": "月保障金额度",
    "起始年月": "保障起始年月", "停发年月": "保障停发年月", "开户银行": "发放开户银行", "村（社区）": "所在村（社区）",
}  # fmt: skip


@way
def headings(sheets: list[Sheet], chance: random.Random) -> None:
    """Every heading in other words, with signs, spaces and numbers before it."""
    for sheet in sheets:
        sheet.headings = [HEADINGS.get(heading, heading) for heading in sheet.headings]


@way
def signs(sheets: list[Sheet], chance: random.Random) -> None:
    """Headings with stars, numbers, line breaks, spaces and notes in brackets."""
    forms: list[Callable[[str, int], str]] = [
        lambda heading, place: f"*{heading}",
        lambda heading, place: f"{place + 1}.{heading}",
        lambda heading, place: f"{heading}（必填）",
        lambda heading, place: " ".join(heading),
        lambda heading, place: f"{heading[:2]}\n{heading[2:]}",
        lambda heading, place: f"　{heading}：",
        lambda heading, place: f"﻿{heading}",
    ]
    for sheet in sheets:
        sheet.headings = [
            chance.choice(forms)(heading, place) for place, heading in enumerate(sheet.headings)
        ]
        _as_quoted(sheet)


def _as_quoted(sheet: Sheet) -> None:
    if sheet.name.endswith(".csv"):
        sheet.write = lambda each, folder, chance: _text(each, folder, ",", "utf-8-sig", "\r\n", quoted=True)


@way
def columns(sheets: list[Sheet], chance: random.Random) -> None:
    """Columns in another order, others between them, a number in front of each row."""
    for sheet in sheets:
        order = list(range(len(sheet.headings)))
        chance.shuffle(order)
        sheet.headings = ["序号", *(sheet.headings[place] for place in order), "经办人", "备注", "最后更新"]
        for number, row in enumerate(sheet.rows, 1):
            row.cells = [
                str(number),
                *(row.cells[place] for place in order),
                "王经办",
                "",
                "2026-06-30 08:00:00",
            ]


WITHDRAWN = ("性别", "出生日期", "民族", "区划代码", "住址", "数据日期", "截止月", "社保卡号", "联系电话", "车辆类型", "初次登记日期",
             "医疗机构", "总费用", "基金支付", "学籍号", "是否随迁子女", "登记日期", "状态", "火化日期", "坐落", "建筑面积", "面积（亩）", "一卡通账号",
             "残疾类别", "残疾等级", "发证日期", "救助证号", "救助类别", "停发年月", "开户银行", "村（社区）", "村社")  # fmt: skip


@way
def withdrawn(sheets: list[Sheet], chance: random.Random) -> None:
    """Columns withdrawn that no answer needs."""
    for sheet in sheets:
        kept = [
            place
            for place, heading in enumerate(sheet.headings)
            if heading not in WITHDRAWN or (heading == "状态" and "参保" in sheet.name)
        ]
        sheet.headings = [sheet.headings[place] for place in kept]
        for row in sheet.rows:
            row.cells = [row.cells[place] for place in kept]


# ---------------------------------------------------------------------------------------------------------------- cells


@way
def spaces(sheets: list[Sheet], chance: random.Random) -> None:
    """Spaces, ideographic and unseen ones, tabs, apostrophes and quotes around and in the cells."""
    around = [" ", "　", "\u00a0", "\u200b", "'", "‘", "  ", "\t"]
    for sheet in sheets:
        for row in sheet.rows:
            for place, cell in enumerate(row.cells):
                if cell and chance.random() < 0.3:
                    mark = chance.choice(around)
                    row.cells[place] = (
                        mark + cell if mark in "'‘" else chance.choice([mark + cell, cell + mark])
                    )
                elif NUMBER.fullmatch(cell) and chance.random() < 0.2:
                    row.cells[place] = f"{cell[:6]} {cell[6:14]} {cell[14:]}"
        _as_quoted(sheet)


@way
def wide(sheets: list[Sheet], chance: random.Random) -> None:
    """Digits, points and letters in full width, in three cells of ten."""
    table = str.maketrans("0123456789X.-,", "０１２３４５６７８９Ｘ．－，")
    for sheet in sheets:
        for row in sheet.rows:
            for place, cell in enumerate(row.cells):
                if chance.random() < 0.3:
                    row.cells[place] = cell.translate(table)


@way
def floats(sheets: list[Sheet], chance: random.Random) -> None:
    """Household numbers, years, counts, phones and division codes with .0 behind them, as pandas writes them."""
    for sheet in sheets:
        for place in sheet.column("户号", "年度", "人数", "区划代码", "电话", "起始月", "学籍", "救助证号"):
            for row in sheet.rows:
                if re.fullmatch("[0-9]{1,15}", row.cells[place]):
                    row.cells[place] += ".0"


@way
def nothing(sheets: list[Sheet], chance: random.Random) -> None:
    """Empty cells and missing numbers written in words, as exports do."""
    words = [
        "NULL",
        "null",
        "None",
        "nan",
        "NaN",
        "N/A",
        "#N/A",
        "-",
        "--",
        "/",
        "无",
        "\\N",
        "空",
        "（空）",
        "<NA>",
        "暂无",
    ]
    for sheet in sheets:
        for row in sheet.rows:
            row.cells = [cell or chance.choice(words) for cell in row.cells]


@way
def yuan(sheets: list[Sheet], chance: random.Random) -> None:
    """Amounts with 元, RMB, signs, commas of full width, three decimals, in scientific notation."""
    forms: list[Callable[[str], str]] = [
        lambda cell: f"{cell}元", lambda cell: f"￥{float(cell):,.2f}", lambda cell: f"人民币{cell}元整",
        lambda cell: f"RMB {cell}", lambda cell: f"{cell}0", lambda cell: f"{float(cell):.10E}", lambda cell: f"CNY{cell}",
        lambda cell: f"{float(cell):,.2f}".replace(",", "，"), lambda cell: f"{float(cell):,.2f}".replace(",", " "), lambda cell: f"+{cell}",
        lambda cell: f"{cell} 元/月", lambda cell: f"{cell}（元）", lambda cell: f"{float(cell) / 10000:.6f} 万",
    ]  # fmt: skip
    for sheet in sheets:
        for place in sheet.amounts:
            for row in sheet.rows:
                if MONEY.fullmatch(row.cells[place]) and chance.random() < 0.5:
                    row.cells[place] = chance.choice(forms)(row.cells[place])


def _ten_thousands(sheet: Sheet) -> None:
    for place in sheet.amounts:
        for row in sheet.rows:
            if MONEY.fullmatch(row.cells[place]):
                row.cells[place] = f"{float(row.cells[place]) / 10_000:.6f}"


@way
def unit_above(sheets: list[Sheet], chance: random.Random) -> None:
    """Amounts in 万元, and a line above the table that says so."""
    for sheet in sheets:
        _ten_thousands(sheet)
        sheet.above = [[sheet.name.rpartition(".")[0]], ["填报单位：某县", "", "单位：万元"]]


@way
def unit_between(sheets: list[Sheet], chance: random.Random) -> None:
    """Amounts in 万元, and a line between headings and rows that says so, column by column."""
    for sheet in sheets:
        _ten_thousands(sheet)
        cells = ["（万元）" if place in sheet.amounts else "" for place in range(len(sheet.headings))]
        if any(cells):
            sheet.rows.insert(0, Row(cells, extra=True))


@way
def unit_below(sheets: list[Sheet], chance: random.Random) -> None:
    """Amounts in 万元, and a line below the table that says so."""
    for sheet in sheets:
        _ten_thousands(sheet)
        sheet.below = [["单位：万元", "", "制表人：王经办"]]


@way
def unit_in_heading(sheets: list[Sheet], chance: random.Random) -> None:
    """Amounts in 万元, and the unit at the end of the heading without brackets."""
    for sheet in sheets:
        _ten_thousands(sheet)
        for place in sheet.amounts:
            sheet.headings[place] += "万元"


@way
def totals(sheets: list[Sheet], chance: random.Random) -> None:
    """合计 in the first row below the headings, 小计 every hundred rows, 总计 in another column, at the end of the page the headings again."""
    for sheet in sheets:
        width = len(sheet.headings)
        rows: list[Row] = [Row(["合计", *[""] * (width - 1)], extra=True)]
        for number, row in enumerate(sheet.rows, 1):
            rows.append(row)
            if number % 100 == 0:
                rows.append(Row(["", "小 计", *[""] * (width - 2)], extra=True))
            if number % 250 == 0:
                rows.append(Row([*[""] * width], extra=True))
                rows.append(Row(list(sheet.headings), extra=True))
        rows.append(Row([*[""] * (width - 1), "以上总计"], extra=True))
        sheet.rows = rows


# ---------------------------------------------------------------------------------------------------------------- dates


@way
def dates(sheets: list[Sheet], chance: random.Random) -> None:
    """Days and months in other forms, all of which say which day they mean."""
    days: list[Callable[[date], str]] = [
        lambda day: f"{day:%Y-%m-%dT%H:%M:%S}", lambda day: f"{day:%Y-%m-%dT%H:%M:%S.000Z}", lambda day: f"{day:%Y-%m-%d 00:00:00.0}",
        lambda day: f"{day:%Y年%m月%d日}", lambda day: f"{day.year}.{day.month}.{day.day}", lambda day: f"{day:%Y%m%d000000}",
        lambda day: f"{day:%Y%m%d}.0", lambda day: f"{(day - date(1899, 12, 30)).days}.0", lambda day: f"{day.year} 年 {day.month} 月 {day.day} 日",
        lambda day: f"{day:%Y/%m/%d} 12:30", lambda day: _chinese(day), lambda day: f"{day.year}－{day.month}－{day.day}",
        lambda day: f"{day:%d-%b-%Y}", lambda day: f"{day:%b} {day.day}, {day.year}", lambda day: f"{day.year}、{day.month}、{day.day}",
        lambda day: f"{day.year}_{day.month:02d}_{day.day:02d}", lambda day: f"{day.year}\\{day.month}\\{day.day}",
    ]  # fmt: skip
    months: list[Callable[[date], str]] = [
        lambda day: f"{day:%Y%m}", lambda day: f"{day.year}年{day.month}月", lambda day: f"{day.year}.{day.month:02d}", lambda day: f"{day:%Y-%m-%d}",
        lambda day: f"{day.year}/{day.month}", lambda day: f"{day:%Y%m}.0", lambda day: f"{day:%b-%y}", lambda day: f"{day:%Y-%m-01 00:00:00}", lambda day: f"{day.year}年{day.month}月份",
    ]  # fmt: skip
    for sheet in sheets:
        for row in sheet.rows:
            for place, cell in enumerate(row.cells):
                if chance.random() < 0.5:
                    if found := DAY.fullmatch(cell):
                        row.cells[place] = chance.choice(days)(date(*map(int, found.groups())))
                    elif found := MONTH.fullmatch(cell):
                        row.cells[place] = chance.choice(months)(date(*map(int, found.groups()), 1))


def _chinese(day: date) -> str:
    digits = "〇一二三四五六七八九"
    small = ["", *"一二三四五六七八九十", *(f"十{each}" for each in "一二三四五六七八九")]
    small += ["二十", *(f"二十{each}" for each in "一二三四五六七八九"), "三十", "三十一"]
    return f"{''.join(digits[int(each)] for each in str(day.year))}年{small[day.month]}月{small[day.day]}日"


@way
def year_last(sheets: list[Sheet], chance: random.Random) -> None:
    """Days with the day first and the year last."""
    for sheet in sheets:
        for place in sheet.column("日期"):
            for row in sheet.rows:
                if found := DAY.fullmatch(row.cells[place]):
                    year, month, day = map(int, found.groups())
                    row.cells[place] = f"{day:02d}/{month:02d}/{year}"


# ----------------------------------------------------------------------------------------------------------- text files


def _text(
    sheet: Sheet,
    folder: Path,
    delimiter: str,
    encoding: str,
    end: str,
    *,
    quoted: bool = False,
    mark: bytes = b"",
) -> dict[int, int]:
    """Writes a text file; returns the line of each row by its place."""
    stream = io.StringIO(newline="")
    writer = csv.writer(
        stream,
        delimiter=delimiter,
        lineterminator="\n",
        quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL,
    )
    lines, line, before = {}, 1, 0

    def wrote() -> int:
        nonlocal line, before
        began, text = line, stream.getvalue()[before:] if stream.tell() < 4096 else _since(stream, before)
        before = stream.tell()
        line += text.count("\n")
        return began

    for cells in sheet.above:
        writer.writerow(cells + [""] * (len(sheet.headings) - len(cells)))
        wrote()
    writer.writerow(sheet.headings)
    wrote()
    for place, row in enumerate(sheet.rows):
        writer.writerow(row.cells)
        lines[place] = wrote()
    for cells in sheet.below:
        writer.writerow(cells + [""] * (len(sheet.headings) - len(cells)))
    text = stream.getvalue().replace("\n", end)
    (folder / sheet.name).write_bytes(mark + text.encode(encoding, "replace"))
    return lines


def _since(stream: io.StringIO, place: int) -> str:
    end = stream.tell()
    stream.seek(place)
    text = stream.read()
    stream.seek(end)
    return text


@way
def separators(sheets: list[Sheet], chance: random.Random) -> None:
    """Semicolons, tabs and bars between cells; UTF-16 with and without a mark, GBK, UTF-8; all cells quoted; a line sep=; in front."""
    forms = [
        (";", "utf-16"),
        ("\t", "utf-16-le"),
        ("|", "gb18030"),
        (";", "utf-8"),
        ("\t", "gb18030"),
        (",", "utf-16-be"),
        ("^", "utf-8"),
        ("||", "utf-8"),
    ]
    texts = [sheet for sheet in sheets if sheet.name.endswith(".csv")]
    for number, sheet in enumerate(texts):
        delimiter, encoding = forms[number % len(forms)]

        def write(
            each: Sheet,
            folder: Path,
            chance: random.Random,
            delimiter: str = delimiter,
            encoding: str = encoding,
            number: int = number,
        ) -> dict[int, int]:
            if delimiter == "||":
                lines = [*each.above, each.headings, *(row.cells for row in each.rows)]
                (folder / each.name).write_bytes(
                    "\r\n".join("||".join(cells) for cells in lines).encode(encoding)
                )
                return {place: len(each.above) + 2 + place for place in range(len(each.rows))}
            mark = f"sep={delimiter}\r\n".encode(encoding) if number % 4 == 3 else b""
            lines = _text(each, folder, delimiter, encoding, "\r\n", quoted=number % 3 == 0, mark=mark)
            return {place: line + bool(mark) for place, line in lines.items()}

        sheet.write = write


@way
def bytes_wrong(sheets: list[Sheet], chance: random.Random) -> None:
    """Marks of encodings in the middle, zero bytes behind cells, line ends mixed, quotes that do not pair, a torn character, no line end at the end."""

    def write(sheet: Sheet, folder: Path, chance: random.Random) -> dict[int, int]:
        lines, out, line = {}, io.StringIO(), 2 + len(sheet.above)
        for cells in [*sheet.above, sheet.headings]:
            out.write(",".join(cells) + "\r\n")
        for place, row in enumerate(sheet.rows):
            cells = [f'"{cell}"' if "," in cell else cell for cell in row.cells]
            draw = chance.random()
            if place and place % 1500 == 0:
                # Two files joined: the mark of the second and its headings again.
                out.write("﻿" + ",".join(sheet.headings) + "\r\n")
                line += 1
            if draw < 0.01:
                cells[-1] += "\0" * 3
            elif draw < 0.015:
                cells[0] = "\0" + cells[0]
            elif draw < 0.02:
                cells[0] = '"' + cells[0]
            elif draw < 0.025:
                cells[chance.randrange(len(cells))] += '"'
            elif draw < 0.03:
                cells += ["", "", ""]
            elif draw < 0.035:
                while cells and not cells[-1]:
                    cells.pop()
            lines[place] = line
            out.write(",".join(cells) + chance.choice(["\n", "\r\n", "\r\n", "\r"]))
            line += 1
        content = out.getvalue().rstrip("\r\n").encode("utf-8-sig")
        (folder / sheet.name).write_bytes(content)
        return lines

    for sheet in sheets:
        if sheet.name.endswith(".csv"):
            sheet.write = write


# ------------------------------------------------------------------------------------------------------------- workbooks


def _book(sheet: Sheet, folder: Path, chance: random.Random) -> dict[int, int]:
    """A workbook with merged titles and headings in two rows, several sheets, hidden rows and columns, formulas, typed numbers and days."""
    old = sheet.name
    sheet.name = sheet.name.rpartition(".")[0] + ".xlsx"
    day_zero = chance.random() < 0.5
    book = xlsxwriter.Workbook(str(folder / sheet.name), {"date_1904": day_zero, "strings_to_numbers": False})
    day = book.add_format({"num_format": "yyyy/m/d"})
    centred = book.add_format({"align": "center", "bold": True})
    cover = book.add_worksheet("填表说明")
    cover.write(0, 0, "一、本表由各乡镇填报。")
    cover.write(1, 0, "二、金额单位为元。")
    lines: dict[int, int] = {}
    half = max(1, len(sheet.rows) // 2)
    width = len(sheet.headings)
    down = 1 if old.startswith("民政局") else 0
    for number, part in enumerate((range(half), range(half, len(sheet.rows)))):
        page = book.add_worksheet(f"第{number + 1}批")
        page.merge_range(0, down, 0, down + width - 1, sheet.name, centred)
        page.write(1, down, "填报单位：某县")
        # Headings in two rows: groups above, most merged downwards.
        groups = {width - 2: (width - 2, width - 1)} if width > 4 else {}
        for place, heading in enumerate(sheet.headings):
            if groups and place >= width - 2:
                page.write(3, down + place, heading)
            else:
                page.merge_range(2, down + place, 3, down + place, heading, centred)
        for first, last in groups.values():
            page.merge_range(2, down + first, 2, down + last, "其他信息", centred)
        for row, place in enumerate(part, 4):
            for at, cell in enumerate(sheet.rows[place].cells):
                _cell(page, row, down + at, cell, day, chance)
            lines[place] = number * SECOND_SHEET + row + 1
            if chance.random() < 0.02:
                page.set_row(row, None, None, {"hidden": True})
        page.set_column(down + 2, down + 2, None, None, {"hidden": True})
        page.autofilter(3, down, 3 + len(part), down + width - 1)
        page.freeze_panes(4, 0)
    pivot = book.add_worksheet("统计")
    pivot.write_row(0, 0, ["乡镇", "人数"])
    pivot.write_row(1, 0, ["甲镇", 12])
    book.close()
    return lines


def _cell(page: Any, row: int, column: int, cell: str, day: Any, chance: random.Random) -> None:
    """A cell as a number, a day, a formula with its value, or text."""
    found = DAY.fullmatch(cell)
    draw = chance.random()
    if found and draw < 0.6:
        page.write_datetime(row, column, date(*map(int, found.groups())), day)
    elif MONEY.fullmatch(cell) and draw < 0.5:
        page.write_number(row, column, float(cell))
    elif MONEY.fullmatch(cell) and draw < 0.8:
        page.write_formula(row, column, f"={cell}*1", None, float(cell))
    elif re.fullmatch("[1-9][0-9]{3,14}", cell) and draw < 0.6:
        page.write_number(row, column, int(cell))
    elif cell and draw > 0.95:
        page.write_formula(row, column, f'=TRIM("{cell}")', None, cell)
    elif cell:
        page.write_string(row, column, cell)


@way
def workbooks(sheets: list[Sheet], chance: random.Random) -> None:
    """Every file a workbook: two sheets of rows beside others, merged headings, hidden rows and columns, formulas, days since 1904, typed cells."""
    for sheet in sheets:
        sheet.write = _book


@way
def merged_households(sheets: list[Sheet], chance: random.Random) -> None:
    """The booklet as a workbook whose household number stands once, merged over the members."""

    def write(sheet: Sheet, folder: Path, chance: random.Random) -> dict[int, int]:
        sheet.name = sheet.name.rpartition(".")[0] + ".xlsx"
        order = sorted(range(len(sheet.rows)), key=lambda place: sheet.rows[place].cells[0])
        book = xlsxwriter.Workbook(str(folder / sheet.name), {"strings_to_numbers": False})
        page = book.add_worksheet("常住人口")
        page.write_row(0, 0, sheet.headings)
        lines, start = {}, 0
        plain = book.add_format()
        while start < len(order):
            end = start
            number = sheet.rows[order[start]].cells[0]
            while end < len(order) and sheet.rows[order[end]].cells[0] == number:
                end += 1
            for row in range(start, end):
                cells = sheet.rows[order[row]].cells
                page.write_row(row + 1, 1, cells[1:])
                lines[order[row]] = row + 2
            if end - start > 1:
                page.merge_range(start + 1, 0, end, 0, number, plain)
            else:
                page.write_string(start + 1, 0, number)
            start = end
        book.close()
        return lines

    for sheet in sheets:
        if "常住人口" in sheet.name:
            sheet.write = write


# ----------------------------------------------------------------------------------------------------------------- files


@way
def names(sheets: list[Sheet], chance: random.Random) -> None:
    """Files whose names say nothing, one with another ending."""
    for number, sheet in enumerate(sheets, 1):
        ending = sheet.name.rpartition(".")[2]
        sheet.name = f"报表{number}.{'txt' if ending == 'csv' and number % 3 == 0 else ending}"


@way
def twice(sheets: list[Sheet], chance: random.Random) -> None:
    """Five rows in a hundred sent twice, some of them written in another way, far from the first."""
    for sheet in sheets:
        again = [Row(list(row.cells), row.person) for row in sheet.rows if chance.random() < 0.05]
        for row in again:
            for place in range(len(row.cells)):
                draw = chance.random()
                if draw < 0.1:
                    row.cells[place] += " "
                elif draw < 0.2 and (found := DAY.fullmatch(row.cells[place])):
                    row.cells[place] = "/".join(str(int(each)) for each in found.groups())
                elif draw < 0.2 and MONEY.fullmatch(row.cells[place]):
                    row.cells[place] = f"{float(row.cells[place]):,.2f}"
        chance.shuffle(again)
        sheet.rows += again


@way
def oddities(sheets: list[Sheet], chance: random.Random) -> None:
    """A cell of ten million characters, an empty file, a file of headings alone, a picture, a text, a lock file beside the others."""
    for sheet in sheets:
        if "医疗" in sheet.name:
            sheet.rows[7].cells[4] = "院" * 10_000_000
    sheets.append(
        Sheet(
            "空.csv",
            [],
            [],
            write=lambda each, folder, chance: ((folder / each.name).write_bytes(b"") and {}) or {},
        )
    )
    sheets.append(Sheet("只有表头.csv", ["姓名", "证件号码", "险种", "状态"], []))
    sheets.append(
        Sheet(
            "照片.jpg",
            [],
            [],
            write=lambda each, folder, chance: (
                ((folder / each.name).write_bytes(b"\xff\xd8\xff\xe0" * 99) and {}) or {}
            ),
        )
    )
    sheets.append(
        Sheet(
            "说明.txt",
            [],
            [],
            write=lambda each, folder, chance: (
                ((folder / each.name).write_text("请于月底前报送。") and {}) or {}
            ),
        )
    )
    sheets.append(
        Sheet(
            "~$民政局_低保名册.xlsx",
            [],
            [],
            write=lambda each, folder, chance: ((folder / each.name).write_bytes(b"\x05user") and {}) or {},
        )
    )


# ----------------------------------------------------------------------------------------------------- reading and writing


def _read(path: Path, persons: dict[int, int]) -> Sheet | None:
    if path.suffix == ".xlsx":
        book = fastexcel.read_excel(path)
        frame = book.load_sheet(0, header_row=None, skip_rows=0, dtypes="string").to_polars()
        table = [(line, [cell or "" for cell in row]) for line, row in enumerate(frame.iter_rows(), 1)]
    elif path.suffix == ".csv":
        content = path.read_bytes()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("gb18030")
        reader = csv.reader(io.StringIO(text, newline=""))
        table, before = [], 0
        for row in reader:
            table.append((before + 1, row))
            before = reader.line_num
    else:
        return None
    head = next(place for place, (_, row) in enumerate(table) if sum(map(bool, row)) > 3)
    known = set(persons)
    rows = [Row(row, persons.get(line)) for line, row in table[head + 1 :] if line in known]
    return Sheet(path.name, table[head][1], rows, [row for _, row in table[:head]])


def _write(sheet: Sheet, folder: Path, chance: random.Random) -> Iterator[tuple[str, int, int]]:
    """Writes the file; yields file, line and person of its rows."""
    if sheet.write:
        lines = sheet.write(sheet, folder, chance)
    elif sheet.name.endswith(".xlsx"):
        book = xlsxwriter.Workbook(str(folder / sheet.name), {"strings_to_numbers": False})
        page = book.add_worksheet("数据")
        table = [*sheet.above, sheet.headings, *(row.cells for row in sheet.rows), *sheet.below]
        for line, cells in enumerate(table):
            for place, cell in enumerate(cells):
                if cell:
                    page.write_string(line, place, cell)
        book.close()
        lines = {place: len(sheet.above) + 2 + place for place in range(len(sheet.rows))}
    else:
        lines = _text(sheet, folder, ",", "utf-8", "\n")
    for place, row in enumerate(sheet.rows):
        if row.person is not None and place in lines:
            yield sheet.name, lines[place], row.person


def spoil(county: Path, to: Path, ways: list[str], seed: int, leave_out: list[str]) -> None:
    """A spoilt copy of a county."""
    chance = random.Random(seed)
    truth = pl.read_parquet(county / "truth" / "rows.parquet")
    folder = to / "delivery"
    folder.mkdir(parents=True)
    shutil.copytree(county / "truth", to / "truth")
    sheets = []
    for path in sorted((county / "delivery").iterdir()):
        if any(word in path.name for word in leave_out):
            continue
        mine = truth.filter(pl.col("file") == path.name)
        sheet = _read(path, dict(zip(mine["line"].to_list(), mine["person"].to_list(), strict=True)))
        if sheet is None:
            shutil.copy(path, folder)
        else:
            sheets.append(sheet)
    for name in ways:
        WAYS[name](sheets, chance)
    rows = [row for sheet in sheets for row in _write(sheet, folder, chance)]
    pl.DataFrame(rows, schema=truth.schema, orient="row").write_parquet(to / "truth" / "rows.parquet")


def main() -> None:
    told = "\n".join(f"  {name:18}{function.__doc__}" for name, function in WAYS.items())
    parser = argparse.ArgumentParser(
        description=f"{__doc__}\nWays:\n{told}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "ways", help="ways to spoil, separated by commas; none for a copy", nargs="?", default=""
    )
    parser.add_argument("--county", type=Path, default=ROOT.parent / "shared" / "data" / "county")
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--leave-out", default="", help="files to leave out, by parts of their names")
    chosen = parser.parse_args()
    ways = [name for name in chosen.ways.split(",") if name]
    if unknown := [name for name in ways if name not in WAYS]:
        parser.error(f"there is no way {', '.join(unknown)}; these are: {', '.join(WAYS)}")
    spoil(chosen.county, chosen.to, ways, chosen.seed, [word for word in chosen.leave_out.split(",") if word])


if __name__ == "__main__":
    main()
