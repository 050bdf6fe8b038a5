"""What police, civil affairs and the land office know: residents, vehicles, marriages, deaths, homes."""

import polars as pl

from huimin_county import households
from huimin_county.data_sets import Chunk, Column, DataSet, below, happens, numbered, one_of

RELATIONS = ("户主", "配偶", "子女", "子女", "子女", "子女", "其他", "其他")
BOOKLET, ELSEWHERE, SECOND = "0", "9", "8"
REGISTERED_WITHIN = 0.25
OTHER_USES = ("商业", "车库", "办公")
WITH_OTHER_USE = 0.03


def residents(chunk: Chunk) -> pl.DataFrame:
    """Every person of the booklets; those registered twice have a second row under a second number."""
    county, persons = chunk.county, chunk.persons
    code, name = county.place.code, county.place.name
    number = pl.col("household").cast(pl.String).str.zfill(6)
    village = pl.col("village")
    house = (
        pl.when(happens(chunk, "address.differs", county.errors.address_differs))
        .then(below(chunk, "address.person", 400))
        .otherwise(below(chunk, "address.household", 400, of="household"))
        + 1
    )
    known_dead = ~pl.col("alive") & happens(chunk, "police.knows", 1 - county.errors.police_status_missing)
    first = persons.with_columns(
        booklet=code + pl.when("elsewhere").then(pl.lit(ELSEWHERE)).otherwise(pl.lit(BOOKLET)) + number,
        relation=pl.when("elsewhere")
        .then(pl.lit("户主"))
        .otherwise(pl.col("slot").replace_strict(range(households.SLOTS), RELATIONS, return_dtype=pl.String)),
        division=village,
        address=name + pl.col("street_name") + pl.col("village_name") + house.cast(pl.String) + "号",
        shown_id=pl.col("national_id"),
        ordinal=pl.lit(0, dtype=pl.Int64),
    )
    villages = county.place.villages["code"]
    second = first.filter(pl.col("second_id").is_not_null()).with_columns(
        booklet=code + pl.lit(SECOND) + number,
        relation=pl.lit("户主"),
        division=one_of(chunk, "second.village", tuple(villages)),
        address=name + (below(chunk, "second.address", 400) + 1).cast(pl.String) + "号",
        shown_id=pl.col("second_id"),
        ordinal=pl.lit(1, dtype=pl.Int64),
    )
    rows = pl.concat([first, second]).sort("person", "ordinal", maintain_order=True)
    return numbered(rows, pl.col("ordinal")).with_columns(
        born=pl.col("born_on").dt.to_string("%Y-%m-%d"),
        kind=pl.when("urban").then(pl.lit("城镇")).otherwise(pl.lit("农村")),
        state=pl.when(known_dead).then(pl.lit("死亡")).otherwise(pl.lit("正常")),
        as_of=pl.lit(county.as_of.isoformat()),
    )


def vehicles(chunk: Chunk) -> pl.DataFrame:
    """Cars and their owners."""
    place = chunk.county.place
    since = pl.date(chunk.county.as_of.year - 14, 1, 1)
    return numbered(chunk.persons.filter("vehicle")).with_columns(
        plate=pl.lit(place.province + place.plate) + (below(chunk, "plate", 90_000) + 10_000).cast(pl.String),
        vehicle_kind=one_of(chunk, "vehicle.kind", ("小型轿车", "小型普通客车")),
        registered_on=since + pl.duration(days=below(chunk, "vehicle.day", 5000)),
    )


def marriages(chunk: Chunk) -> pl.DataFrame:
    """Couples: all whose booklets differ, some others. The row is about the man, who is named first."""
    persons = chunk.persons
    heads = persons.filter(pl.col("slot") == households.HEAD)
    spouses = persons.filter(pl.col("slot") == households.SPOUSE)
    listed = pl.col("elsewhere_spouse") | happens(chunk, "marriage.listed", REGISTERED_WITHIN)
    couples = heads.join(spouses, on="household", suffix="_spouse", maintain_order="left").filter(listed)
    who = ("person", "name", "national_id")
    man = {
        f"man_{each}": pl.when("male").then(pl.col(each)).otherwise(pl.col(f"{each}_spouse")) for each in who
    }
    woman = {
        f"woman_{each}": pl.when("male").then(pl.col(f"{each}_spouse")).otherwise(pl.col(each))
        for each in who
    }
    youngest = pl.min_horizontal("age", "age_spouse")
    latest = pl.lit(chunk.county.as_of)
    years = (youngest - 20).clip(1, 60)
    return (
        numbered(couples)
        .with_columns(**man, **woman)
        .with_columns(
            person=pl.col("man_person"),
            married_on=latest
            - pl.duration(days=1 + below(chunk, "marriage.day", 10_000) * years * 365 // 10_000),
            state=pl.lit("已婚"),
        )
    )


def cremations(chunk: Chunk) -> pl.DataFrame:
    """All who died: the crematorium's list is complete."""
    return numbered(chunk.persons.filter(~pl.col("alive"))).with_columns(
        cremated_on=pl.col("died_on") + pl.duration(days=3)
    )


def properties(chunk: Chunk) -> pl.DataFrame:
    """Homes of households, in the head's name, and a few shops and garages that are no homes."""
    place = chunk.county.place
    heads = chunk.persons.filter(pl.col("role") == 0).join(
        chunk.households.select("household", "flats"), on="household", maintain_order="left"
    )
    homes = heads.filter(pl.col("flats") > 0).with_columns(
        ordinal=pl.int_ranges(0, pl.col("flats")), use=pl.lit("住宅")
    ).explode("ordinal", empty_as_null=False)  # fmt: skip
    others = heads.filter(happens(chunk, "property.other", WITH_OTHER_USE)).with_columns(
        ordinal=pl.lit(9, dtype=pl.Int64), use=one_of(chunk, "property.use", OTHER_USES)
    )
    rows = pl.concat([homes, others]).sort("person", "ordinal", maintain_order=True)
    year = (1999 + below(chunk, "property.year", chunk.county.as_of.year - 1999, of="row")).cast(pl.String)
    certificate = below(chunk, "property.number", 9_000_000, of="row").cast(pl.String).str.zfill(7)
    area_hundredths = 4500 + below(chunk, "property.area", 13_500, of="row")
    return numbered(rows, pl.col("ordinal")).with_columns(
        certificate=place.province + "(" + year + ")不动产权第" + certificate + "号",
        where=place.name + pl.col("street_name"),
        area=(area_hundredths // 100).cast(pl.String)
        + "."
        + (area_hundredths % 100).cast(pl.String).str.zfill(2),
    )


RESIDENTS = DataSet(
    "residents",
    "公安局_常住人口.csv",
    (
        Column("户号", "text", "booklet"),
        Column("与户主关系", "text", "relation"),
        Column("姓名", "text", "name"),
        Column("公民身份号码", "text", "shown_id"),
        Column("性别", "text", "sex"),
        Column("出生日期", "text", "born"),
        Column("民族", "text", "people"),
        Column("区划代码", "text", "division"),
        Column("住址", "text", "address"),
        Column("户口性质", "text", "kind"),
        Column("状态", "text", "state"),
        Column("数据日期", "text", "as_of"),
    ),
    residents,
)
VEHICLES = DataSet(
    "vehicles",
    "公安局_机动车.csv",
    (
        Column("号牌号码", "text", "plate"),
        Column("所有人", "name", "name"),
        Column("身份证明号码", "number", "national_id"),
        Column("车辆类型", "text", "vehicle_kind"),
        Column("初次登记日期", "date", "registered_on"),
    ),
    vehicles,
)
MARRIAGES = DataSet(
    "marriages",
    "民政局_婚姻登记.csv",
    (
        Column("男方姓名", "text", "man_name"),
        Column("男方身份证", "text", "man_national_id"),
        Column("女方姓名", "text", "woman_name"),
        Column("女方身份证", "text", "woman_national_id"),
        Column("登记日期", "date", "married_on"),
        Column("状态", "text", "state"),
    ),
    marriages,
)
CREMATIONS = DataSet(
    "cremations",
    "民政局_火化登记.csv",
    (
        Column("逝者姓名", "name", "name"),
        Column("身份证号", "number", "national_id"),
        Column("性别", "text", "sex"),
        Column("死亡日期", "date", "died_on"),
        Column("火化日期", "date", "cremated_on"),
    ),
    cremations,
)
PROPERTIES = DataSet(
    "properties",
    "自然资源局_不动产.csv",
    (
        Column("不动产权证号", "text", "certificate"),
        Column("权利人", "name", "name"),
        Column("证件号", "number", "national_id"),
        Column("坐落", "text", "where"),
        Column("建筑面积", "text", "area"),
        Column("用途", "text", "use"),
    ),
    properties,
)
