"""Names of divisions, learned from the addresses of the booklets."""

import polars as pl

from huimin_platform.base.models import Division

# A name has to stand in so many of a village's addresses to be taken for its name.
SHARE = 0.5
VILLAGE = r"^(.*?[县市区旗])(.*?(?:镇|乡|街道|苏木))?(.+?(?:村民委员会|居民委员会|居委会|村委会|社区|村))"


def learn(mentions: pl.DataFrame) -> int:
    """The number of divisions whose name is new or changed: counties, towns and villages of the booklet's addresses."""
    rows = mentions.filter(pl.col("household_no").is_not_null()).drop_nulls(["division", "address"])
    parts = rows.select(
        code="division",
        county=pl.col("address").str.extract(VILLAGE, 1), town=pl.col("address").str.extract(VILLAGE, 2),
        village=pl.col("address").str.extract(VILLAGE, 3),
    )  # fmt: skip
    code = pl.col("code")
    parts = parts.filter(code.str.contains(r"^[0-9]{12}$"))
    # Some rows tell only the town or the county; their code is no village's.
    of_town = parts.filter(code.str.slice(6, 3) != "000")
    of_village = of_town.filter(code.str.slice(9, 3) != "000")
    named = pl.concat(
        [
            _usual(parts, code.str.slice(0, 6) + "000000", "county"),
            _usual(of_town, code.str.slice(0, 9) + "000", "town"),
            _usual(of_village, code, "village"),
        ]
    )
    before = dict(Division.objects.values_list("code", "name"))
    fresh = [
        Division(code=code, name=name[:100])
        for code, name in named.iter_rows()
        if before.get(code) != name[:100]
    ]
    Division.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=["code"], update_fields=["name"], batch_size=2000
    )
    return len(fresh)


def _usual(parts: pl.DataFrame, code: pl.Expr, part: str) -> pl.DataFrame:
    named = parts.select(code=code, name=part).drop_nulls()
    counted = (
        named.group_by("code", "name")
        .len()
        .with_columns(share=pl.col("len") / pl.col("len").sum().over("code"))
    )
    most = counted.filter(pl.col("share") >= SHARE).sort("share", "name", descending=[True, False])
    return most.unique("code", keep="first", maintain_order=True).select("code", "name").sort("code")
