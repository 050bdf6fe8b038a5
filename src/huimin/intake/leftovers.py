"""Lines of a sheet that are no rows: blank ones, totals, notes below the table, headings printed again."""

import polars as pl

from huimin.intake.cells import tidy
from huimin.intake.layout import Layout
from huimin.intake.legends import LEGEND as EXPLAINS

_TOTAL = (
    r"^[\p{Han}()（）“”0-9、.\s]{0,12}?(?:合\s*计|小\s*计|总\s*计|共\s*计|累\s*计|总\s*数|TOTAL|Total)"
    r"(?:[（(].*[)）])?\s*[:：]?\s*[0-9.,，元万户人条笔共\s]*$"
)
_NOTE = (
    r"^[（(]?\s*(?:金额单位|货币单位|计量单位|单位|备注|注|说明|填表说明|填报说明|填表人|填报人|制表人|制表|制单|审核人|审核|复核人|复核|负责人|单位负责人|经办人|"
    r"联系人|分管领导|填报日期|填报单位|制表日期|打印日期|打印时间|导出时间|数据来源)\s*[:：]|^.{0,3}以下(?:空白|无正文)|"
    r"^第\s*[0-9]+\s*页"
)
_SIGNS = ["计", "总", "TOTAL", "Total", ":", "：", "以下", "第"]
_NUMBERED = "[0-9０-９]{12}"
BLANK, TOTAL, NOTE, HEADING, LEGEND = "blank", "total", "note", "heading", "legend"


def told_apart(frame: pl.DataFrame, layout: Layout) -> pl.Series:
    """For each line why it is no row; null for rows. `frame` has `line` and the cells."""
    first, blank = _first_cells(frame)
    # Only cells with one of these signs can match the patterns below, and looking for signs is quick.
    told = first.str.contains_any(_SIGNS).fill_null(False) | (frame["line"] == layout.line + 1)
    places = (blank | told).arg_true()
    some = pl.DataFrame({"blank": blank, "first": first, "line": frame["line"]}).select(
        pl.all().gather(places)
    )
    found = some.select(
        pl.when("blank")
        .then(pl.lit(BLANK))
        .when(pl.col("first").str.contains(_TOTAL))
        .then(pl.lit(TOTAL))
        .when(pl.col("first").str.contains(_NOTE))
        .then(pl.lit(NOTE))
        .when((pl.col("line") == layout.line + 1) & pl.col("first").str.contains(EXPLAINS))
        .then(pl.lit(LEGEND))
        .otherwise(pl.lit(None, pl.String))
        .alias("kind")
    )["kind"]
    kinds = pl.Series("kind", [None], dtype=pl.String).new_from_index(0, frame.height).scatter(places, found)
    repeated = _repeated_headings(frame, layout)
    if repeated.any():
        kinds = kinds.clone().scatter(repeated.arg_true(), HEADING)
    return _without_persons(frame, layout, kinds)


def _first_cells(frame: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """The first cell of each line that holds something, tidy, and whether there is none."""
    cells = [name for name in frame.columns if name != "line"]
    first = tidy(frame[cells[0]])
    empty = first.is_null().arg_true()
    if empty.is_empty():
        return first, first.is_null()
    others = frame.select(pl.col(cells).gather(empty)).select(
        pl.coalesce(pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)) for name in cells)
    )
    blank = pl.Series([False]).new_from_index(0, frame.height)
    return first.clone().scatter(empty, tidy(others.to_series())), blank.scatter(
        empty, others.to_series().is_null()
    )


def _without_persons(frame: pl.DataFrame, layout: Layout, kinds: pl.Series) -> pl.Series:
    """The kinds, null again where a line names somebody by a number, or a legend is not one throughout."""
    doubtful = kinds.is_in([TOTAL, NOTE, LEGEND]).fill_null(False).arg_true()
    if doubtful.is_empty():
        return kinds
    lines = frame.select(pl.all().gather(doubtful))
    numbers = [
        f"c{layout.places[column.name]}"
        for column in layout.contract.columns
        if column.type in ("national_id", "disability_certificate") and column.name in layout.places
    ]
    someone = pl.any_horizontal(pl.col(name).fill_null("").str.contains(_NUMBERED) for name in numbers)
    cells = [name for name in lines.columns if name != "line"]
    legend = pl.all_horizontal(
        pl.col(name).fill_null("").str.strip_chars().str.contains(f"^$|{EXPLAINS}") for name in cells
    )
    wrong = lines.select(
        (someone if numbers else pl.lit(False)) | ((kinds.gather(doubtful) == LEGEND) & ~legend)
    ).to_series()
    rows = doubtful.filter(wrong)
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    return kinds.clone().scatter(rows, nothing) if len(rows) else kinds


def _repeated_headings(frame: pl.DataFrame, layout: Layout) -> pl.Series:
    """Whether the cells of at least two columns hold their own headings again."""
    headed = [(f"c{place}", layout.headings[place].strip()) for place in layout.places.values()]
    headed = [(name, heading) for name, heading in headed if heading]
    nowhere = pl.Series([False]).new_from_index(0, frame.height)
    if len(headed) < 2:
        return nowhere
    # Looked for as a part first, which is quick; a cell that is its heading holds it.
    found = [
        (name, heading) for name, heading in headed if frame[name].str.contains(heading, literal=True).any()
    ]
    if len(found) < 2:
        return nowhere
    same = [(pl.col(name).str.strip_chars() == heading).fill_null(False) for name, heading in found]
    return frame.select(pl.sum_horizontal(same) >= 2).to_series()
