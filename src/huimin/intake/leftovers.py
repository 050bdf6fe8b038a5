"""Lines of a sheet that are no rows: blank ones, totals, notes below the table, headings printed again."""

import polars as pl

from huimin.intake.cells import tidy
from huimin.intake.layout import Layout

_TOTAL = (
    r"^[\p{Han}()（）“”0-9、.\s]{0,12}?(?:合\s*计|小\s*计|总\s*计|共\s*计|累\s*计|总\s*数|TOTAL|Total)"
    r"(?:[（(].*[)）])?\s*[:：]?\s*[0-9.,，元万户人条笔共\s]*$"
)
_NOTE = (
    r"^(?:备注|注|说明|填表说明|填报说明|填表人|填报人|制表人|制表|制单|审核人|审核|复核人|复核|负责人|单位负责人|经办人|"
    r"联系人|分管领导|填报日期|填报单位|制表日期|打印日期|打印时间|导出时间|数据来源)\s*[:：]|^.{0,3}以下(?:空白|无正文)|"
    r"^第\s*[0-9]+\s*页"
)
# Below the headings some forms number the columns or say what to write.
_LEGEND = (
    r"^(?:[甲乙丙丁戊己庚辛壬癸]|[(（]?[0-9]{1,2}[)）]?|栏次|行次|必填|选填|文本|数值|日期|元|万元|人|亩)$"
)
_NUMBERED = "[0-9０-９]{12}"
BLANK, TOTAL, NOTE, HEADING, LEGEND = "blank", "total", "note", "heading", "legend"


def told_apart(frame: pl.DataFrame, layout: Layout) -> pl.Series:
    """For each line why it is no row; null for rows. `frame` has `line` and the cells."""
    cells = [name for name in frame.columns if name != "line"]
    blank = frame.select(
        pl.all_horizontal(pl.col(name).is_null() | (pl.col(name).str.strip_chars() == "") for name in cells)
    ).to_series()
    first = frame.select(
        pl.coalesce(pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)) for name in cells)
    ).to_series()
    first = tidy(first)
    kinds = pl.DataFrame({"blank": blank, "first": first, "line": frame["line"]}).select(
        pl.when("blank")
        .then(pl.lit(BLANK))
        .when(pl.col("first").str.contains(_TOTAL))
        .then(pl.lit(TOTAL))
        .when(pl.col("first").str.contains(_NOTE))
        .then(pl.lit(NOTE))
        .when((pl.col("line") == layout.line + 1) & pl.col("first").str.contains(_LEGEND))
        .then(pl.lit(LEGEND))
        .otherwise(pl.lit(None, pl.String))
        .alias("kind")
    )["kind"]
    repeated = _repeated_headings(frame, layout)
    if repeated.any():
        kinds = kinds.clone().scatter(repeated.arg_true(), HEADING)
    return _without_persons(frame, layout, kinds)


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
        pl.col(name).fill_null("").str.strip_chars().str.contains(f"^$|{_LEGEND}") for name in cells
    )
    wrong = lines.select(
        (someone if numbers else pl.lit(False)) | ((kinds.gather(doubtful) == LEGEND) & ~legend)
    ).to_series()
    rows = doubtful.filter(wrong)
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    return kinds.clone().scatter(rows, nothing) if len(rows) else kinds


def _repeated_headings(frame: pl.DataFrame, layout: Layout) -> pl.Series:
    """Whether the cells of at least two columns hold their own headings again."""
    same = [
        (pl.col(f"c{place}").str.strip_chars() == layout.headings[place].strip()).fill_null(False)
        for place in layout.places.values()
        if layout.headings[place].strip()
    ]
    if len(same) < 2:
        return pl.Series([False]).new_from_index(0, frame.height)
    return frame.select(pl.sum_horizontal(same) >= 2).to_series()
