"""What people get, earn and pay, as the offices that handle it list it."""

import polars as pl

from huimin_county import livelihood
from huimin_county.answers import Period
from huimin_county.data_sets import Chunk, Column, DataSet, below, happens, numbered, one_of

SCHOOLS = ("实验小学", "第一中学", "城关中学", "中心小学")
HOSPITALS = ("县人民医院", "县中医院", "市第一医院", "乡镇卫生院")
STUDENT_SHARE = 0.94
INSURED_SHARE = 0.825
SCHOOL_NUMBER_SHARE = 0.69
MIGRANT_SHARE = 0.115
LEVELS = ("", "一级", "二级", "三级", "四级")


def allowance_roll(chunk: Chunk) -> pl.DataFrame:
    """Households on the roll, in the head's name; some amounts are old or never were right."""
    county = chunk.county
    heads = chunk.persons.filter(pl.col("role") == 0).join(
        chunk.households.filter("on_roll").select("household", "low_income", "allowance", "members"),
        on="household",
        maintain_order="left",
    )
    made_up = 20_000 + below(chunk, "roll.amount", 70_000)
    old = ~pl.col("low_income") | happens(chunk, "roll.old", county.errors.roll_old_amount)
    month = below(chunk, "roll.since", 12 * 9)
    return numbered(heads).with_columns(
        certificate=county.place.code + pl.col("household").cast(pl.String).str.zfill(6),
        category=pl.when("urban").then(pl.lit("城市低保")).otherwise(pl.lit("农村低保")),
        amount=pl.when(old).then(made_up).otherwise("allowance"),
        since=pl.date(county.as_of.year - 10 + month // 12, month % 12 + 1, 1),
        until=pl.lit(""),
        bank=pl.lit("农商银行"),
    )


def pensions(chunk: Chunk) -> pl.DataFrame:
    """Pensions of the living, and of the dead who are still paid; a few draw theirs under both numbers."""
    drawn = _paid(chunk, "pension").with_columns(
        ordinal=pl.lit(0, dtype=pl.Int64),
        category=pl.when("employee").then(pl.lit("城镇职工养老")).otherwise(pl.lit("城乡居民养老")),
    )
    twice = pl.col("second_id").is_not_null() & happens(
        chunk, "pension.twice", chunk.county.errors.drawn_twice
    )
    both = pl.concat(
        [
            drawn.with_columns(second_id=pl.when(twice).then(None).otherwise("second_id")),
            drawn.filter(twice).with_columns(
                national_id=pl.col("second_id"),
                second_id=pl.lit(None, pl.String),
                ordinal=pl.lit(1, dtype=pl.Int64),
            ),
        ]
    ).sort("person", "ordinal", maintain_order=True)
    return numbered(both, pl.col("ordinal"))


def unemployment_benefits(chunk: Chunk) -> pl.DataFrame:
    """Unemployment benefit by the month."""
    return numbered(_paid(chunk, "unemployment")).with_columns(category=pl.lit("失业保险金"))


def injury_benefits(chunk: Chunk) -> pl.DataFrame:
    """Allowances for the injured by the month."""
    return numbered(_paid(chunk, "injury")).with_columns(category=pl.lit("伤残津贴"))


def insured(chunk: Chunk) -> pl.DataFrame:
    """Everybody of 16 and more, with the scheme and whether it is paid."""
    paid = happens(chunk, "insured", INSURED_SHARE)
    return numbered(chunk.persons.filter(pl.col("alive") & (pl.col("age") >= 16))).with_columns(
        scheme=pl.when(pl.col("wage") > 0).then(pl.lit("城镇职工")).otherwise(pl.lit("城乡居民")),
        state=pl.when(paid).then(pl.lit("参保")).otherwise(pl.lit("未参保")),
    )


def medical_settlements(chunk: Chunk) -> pl.DataFrame:
    """Medical bills: what they came to, what the fund paid, what was left."""
    rows = chunk.bills.join(chunk.persons, on="key", maintain_order="left")
    return numbered(rows, pl.col("bill")).with_columns(
        serial="JS" + pl.col("entity").cast(pl.String).str.zfill(9),
        hospital=one_of(chunk, "bill.hospital", HOSPITALS, of="entity"),
        fund=pl.col("total") - pl.col("own"),
    )


def students(chunk: Chunk) -> pl.DataFrame:
    """Children at school, by stage."""
    age = pl.col("age")
    at_school = pl.col("alive") & age.is_between(6, 17) & happens(chunk, "student", STUDENT_SHARE)
    number = pl.when(happens(chunk, "student.number", SCHOOL_NUMBER_SHARE)).then("G" + pl.col("national_id"))
    migrant = happens(chunk, "student.migrant", MIGRANT_SHARE)
    stage = (
        pl.when(age < 12).then(pl.lit("小学")).when(age < 15).then(pl.lit("初中")).otherwise(pl.lit("高中"))
    )
    return numbered(chunk.persons.filter(at_school)).with_columns(
        school_number=number.otherwise(pl.lit("")),
        school=one_of(chunk, "student.school", SCHOOLS),
        stage=stage,
        migrant=pl.when(migrant).then(pl.lit("是")).otherwise(pl.lit("否")),
    )


def disabled(chunk: Chunk) -> pl.DataFrame:
    """Holders of the certificate; its number is the identity number, the kind and the level."""
    kinds = livelihood.DISABILITIES
    kind = pl.col("disability").replace_strict(kinds, [str(place + 1) for place in range(len(kinds))])
    missing = happens(chunk, "certificate.missing", chunk.county.errors.certificate_missing)
    certificate = pl.col("national_id") + kind + pl.col("disability_level").cast(pl.String)
    since = pl.date(chunk.county.as_of.year - 9, 1, 1)
    return numbered(chunk.persons.filter(pl.col("alive") & (pl.col("disability_level") > 0))).with_columns(
        certificate=pl.when(missing).then(pl.lit("")).otherwise(certificate),
        level=pl.col("disability_level").replace_strict(range(5), LEVELS, return_dtype=pl.String),
        issued_on=since + pl.duration(days=below(chunk, "certificate.day", 3200)),
    )


def incomes(chunk: Chunk) -> pl.DataFrame:
    """Wages and business income of the tax year."""
    earners = pl.col("alive") & ((pl.col("wage") > 0) | (pl.col("business") > 0))
    year = str(Period(chunk.county.as_of).tax_year)
    return numbered(chunk.persons.filter(earners)).with_columns(year=pl.lit(year))


def farm_subsidies(chunk: Chunk) -> pl.DataFrame:
    """Subsidies for farmland, in the head's name."""
    farms = chunk.households.filter(pl.col("farm_subsidy") > 0).select(
        "household", "farm_subsidy", "farm_area"
    )
    heads = chunk.persons.filter(pl.col("role") == 0).join(farms, on="household", maintain_order="left")
    hundredths = (pl.col("farm_area") * 100).cast(pl.Int64)
    area = (hundredths // 100).cast(pl.String) + "." + (hundredths % 100).cast(pl.String).str.zfill(2)
    return numbered(heads).with_columns(item=pl.lit("耕地地力保护补贴"), area=area)


def _paid(chunk: Chunk, benefit: str) -> pl.DataFrame:
    period = Period(chunk.county.as_of)
    paid = (pl.col(benefit) > 0) & (pl.col("alive") | pl.col("still_paid"))
    return chunk.persons.filter(paid).with_columns(
        amount=pl.col(benefit), since=pl.lit(period.started_on), until=pl.lit(period.as_of)
    )


_MONTHLY = (
    Column("姓名", "name", "name"),
    Column("证件号码", "number", "national_id"),
    Column("待遇类别", "text", "category"),
    Column("月待遇金额", "money", "amount"),
    Column("起始月", "month", "since"),
    Column("截止月", "month", "until"),
    Column("社保卡号", "text", "card"),
)
PENSIONS = DataSet("pensions", "人社局_养老待遇.csv", _MONTHLY, pensions)
UNEMPLOYMENT_BENEFITS = DataSet(
    "unemployment_benefits", "人社局_失业待遇.csv", _MONTHLY, unemployment_benefits
)
INJURY_BENEFITS = DataSet("injury_benefits", "人社局_伤残津贴.csv", _MONTHLY, injury_benefits)
ALLOWANCE_ROLL = DataSet(
    "allowance_roll",
    "民政局_低保名册.xlsx",
    (
        Column("救助证号", "text", "certificate"),
        Column("户主姓名", "name", "name"),
        Column("户主身份证号", "number", "national_id"),
        Column("救助类别", "text", "category"),
        Column("保障人数", "count", "members"),
        Column("月保障金", "money", "amount"),
        Column("起始年月", "month", "since"),
        Column("停发年月", "text", "until"),
        Column("开户银行", "text", "bank"),
        Column("一卡通账号", "text", "card"),
        Column("村（社区）", "text", "village_name"),
    ),
    allowance_roll,
    title="{county}最低生活保障对象花名册",
)
INSURED = DataSet(
    "insured",
    "人社局_参保登记.csv",
    (
        Column("姓名", "name", "name"),
        Column("证件号码", "number", "national_id"),
        Column("险种", "text", "scheme"),
        Column("状态", "text", "state"),
        Column("联系电话", "text", "phone"),
    ),
    insured,
)
MEDICAL_SETTLEMENTS = DataSet(
    "medical_settlements",
    "医保局_医疗结算.csv",
    (
        Column("结算流水号", "text", "serial"),
        Column("姓名", "name", "name"),
        Column("身份证号", "number", "national_id"),
        Column("结算日期", "date", "billed_on"),
        Column("医疗机构", "text", "hospital"),
        Column("总费用", "money", "total"),
        Column("基金支付", "money", "fund"),
        Column("个人自付", "money", "own"),
    ),
    medical_settlements,
)
STUDENTS = DataSet(
    "students",
    "教育局_在校学生.csv",
    (
        Column("姓名", "name", "name"),
        Column("身份证号", "number", "national_id"),
        Column("学籍号", "text", "school_number"),
        Column("学校", "text", "school"),
        Column("学段", "text", "stage"),
        Column("性别", "text", "sex"),
        Column("出生日期", "date", "born_on"),
        Column("是否随迁子女", "text", "migrant"),
    ),
    students,
)
DISABLED = DataSet(
    "disabled",
    "残联_持证残疾人.xlsx",
    (
        Column("姓名", "name", "name"),
        Column("残疾人证号", "text", "certificate"),
        Column("残疾类别", "text", "disability"),
        Column("残疾等级", "text", "level"),
        Column("发证日期", "date", "issued_on"),
        Column("村社", "text", "village_name"),
    ),
    disabled,
    title="持证残疾人基础信息表",
)
INCOMES = DataSet(
    "incomes",
    "税务局_个人收入.csv",
    (
        Column("纳税人姓名", "name", "name"),
        Column("纳税人识别号", "number", "national_id"),
        Column("年度", "text", "year"),
        Column("工资薪金所得", "money", "wage"),
        Column("经营所得", "money", "business"),
    ),
    incomes,
)
FARM_SUBSIDIES = DataSet(
    "farm_subsidies",
    "农业农村局_惠农补贴.xlsx",
    (
        Column("户主姓名", "name", "name"),
        Column("身份证号", "number", "national_id"),
        Column("补贴项目", "text", "item"),
        Column("面积（亩）", "text", "area"),
        Column("补贴金额", "money", "farm_subsidy"),
        Column("一卡通账号", "text", "card"),
    ),
    farm_subsidies,
    title="惠农补贴发放表",
)
