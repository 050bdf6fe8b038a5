"""The make-believe county: deliveries as messy as ordered, and a truth that they follow from."""

import csv
import io
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import fastexcel
import numpy as np
import polars as pl
import pytest

from huimin_county import HEAVY, LIGHT, NONE, PRESETS, USUAL, Errors, UnknownDivision, make
from huimin_county.chance import Chance
from huimin_county.make import DATA_SETS

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
NUMBERS = {
    "人社局_养老待遇.csv": "证件号码",
    "公安局_机动车.csv": "身份证明号码",
    "税务局_个人收入.csv": "纳税人识别号",
    "民政局_低保名册.xlsx": "户主身份证号",
    "教育局_在校学生.csv": "身份证号",
}


def delivered(folder: Path, name: str) -> pl.DataFrame:
    """A delivered file as text, with `line` as an editor or Excel numbers it."""
    path = folder / "delivery" / name
    if path.suffix == ".xlsx":
        sheet = fastexcel.read_excel(path).load_sheet(0, header_row=2, dtypes="string").to_polars()
        return sheet.fill_null("").with_columns(line=pl.int_range(4, sheet.height + 4, dtype=pl.Int64))
    data = path.read_bytes()
    text = data.decode("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "gb18030")
    rows = list(csv.reader(io.StringIO(text)))
    frame = pl.DataFrame(rows[1:], schema=rows[0], orient="row")
    return frame.with_columns(line=pl.int_range(2, frame.height + 2, dtype=pl.Int64))


def truth(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / "truth" / f"{name}.parquet")


def with_truth(folder: Path, name: str) -> pl.DataFrame:
    rows = truth(folder, "rows").filter(pl.col("file") == name)
    return delivered(folder, name).join(rows, on="line").join(truth(folder, "persons"), on="person")


def is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{17}[0-9X]", text)) and (
        "10X98765432"[sum(int(digit) * weight for digit, weight in zip(text, WEIGHTS, strict=False)) % 11]
        == text[17]
    )


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("usual")
    make(folder, persons=12_000, seed=7)
    return folder


def test_it_writes_fifteen_files_and_the_standards(usual: Path) -> None:
    names = {path.name for path in (usual / "delivery").iterdir()}
    assert names == {each.file for each in DATA_SETS} | {"标准.json"}
    standards = json.loads((usual / "delivery" / "标准.json").read_text())
    assert standards["income_period"] == ["2025-07-01", "2026-06-30"]
    assert standards["low_income_standard_yuan_per_month"]["urban"] > 0


def test_headings_are_those_of_the_departments(usual: Path) -> None:
    for each in DATA_SETS:
        assert delivered(usual, each.file).columns == [*(column.heading for column in each.columns), "line"]


def test_every_row_has_its_truth_and_the_total_line_has_none(usual: Path) -> None:
    rows = truth(usual, "rows")
    assert rows.select("file", "line").is_unique().all()
    for each in DATA_SETS:
        lines = delivered(usual, each.file)
        told = rows.filter(pl.col("file") == each.file)
        totals = 1 if each.workbook else 0
        assert told.height == lines.height - totals
        assert set(told["line"]) == set(lines["line"][: lines.height - totals])


def test_the_truth_has_the_columns_that_scoring_reads(usual: Path) -> None:
    persons, households = truth(usual, "persons"), truth(usual, "households")
    assert persons.schema["alive"] == pl.Boolean
    assert persons.schema["wage"] == households.schema["income"] == pl.Float64
    assert truth(usual, "rows").schema == {"file": pl.String, "line": pl.Int64, "person": pl.Int64}
    assert persons["person"].to_list() == list(range(1, persons.height + 1))
    assert persons.height == pytest.approx(12_000, abs=8)


def test_numbers_are_true_and_say_birth_and_sex(usual: Path) -> None:
    persons = truth(usual, "persons")
    assert all(is_number(number) for number in persons["national_id"])
    number = pl.col("national_id")
    said = number.str.slice(6, 8) == pl.col("born_on").str.replace_all("-", "")
    male = number.str.slice(16, 1).cast(pl.Int64) % 2 == 1
    assert persons.select((said & (male == (pl.col("sex") == "男"))).all()).item()
    assert 1 <= persons["national_id"].is_duplicated().sum() <= 30


def test_income_and_entitlement_follow_from_the_persons(usual: Path) -> None:
    persons, households = truth(usual, "persons"), truth(usual, "households")
    kinds = ("wage", "business", "unemployment", "pension", "disability_income")
    earned = (
        persons.filter("alive")
        .group_by("household")
        .agg(
            pl.sum_horizontal(*kinds).sum().alias("earned"),
            pl.len().alias("living"),
            pl.col("vehicle").sum().alias("cars"),
        )
    )
    joined = households.join(earned, on="household", how="full", coalesce=True)
    assert joined.height == households.height
    per_head = pl.col("income") / pl.col("members")
    expected = (pl.col("standard") - per_head) * pl.col("members") / 12
    checks = joined.select(
        income=((pl.col("earned") + pl.col("farm_subsidy") - pl.col("income")).abs() < 0.005).all(),
        members=(pl.col("members") == pl.col("living")).all(),
        vehicles=(pl.col("vehicles") == pl.col("cars")).all(),
        low=(pl.col("low_income") == (pl.col("property_ok") & (per_head < pl.col("standard")))).all(),
        amount=((pl.col("low_income_month") - expected).abs() < 0.006).filter("low_income").all(),
        none=(pl.col("low_income_month") == 0).filter(~pl.col("low_income")).all(),
        medical=(pl.col("medical_need") == (pl.col("own_medical") > 0.3 * pl.col("income"))).all(),
    )
    assert checks.row(0, named=True) == dict.fromkeys(checks.columns, True)


def test_a_tenth_or_so_of_the_households_is_below_the_standard(usual: Path) -> None:
    households = truth(usual, "households")
    assert 0.10 < households["low_income"].mean() < 0.17  # pyright: ignore[reportOperatorIssue]
    assert 0.10 < households["on_roll"].mean() < 0.17  # pyright: ignore[reportOperatorIssue]
    assert 1.9 < households["members"].mean() < 2.7  # pyright: ignore[reportOperatorIssue]


def test_amounts_are_right_whatever_their_form(usual: Path) -> None:
    rows = with_truth(usual, "税务局_个人收入.csv")
    forms = Counter()
    for text, wage in rows.select("工资薪金所得", "wage").iter_rows():
        plain = text.replace(",", "").removeprefix("¥")
        value = float(plain.removesuffix("万元")) * (10_000 if plain.endswith("万元") else 1)
        assert value == pytest.approx(wage, abs=0.001)
        forms[("," in text, text.startswith("¥"), text.endswith("万元"))] += 1
    assert len(forms) == 4


def test_dates_are_right_whatever_their_form(usual: Path) -> None:
    rows = with_truth(usual, "教育局_在校学生.csv")
    forms = Counter()
    for text, born_on in rows.select("出生日期", "born_on").iter_rows():
        if re.fullmatch(r"[0-9]{5}", text):
            day = date.fromordinal(date(1899, 12, 30).toordinal() + int(text))
        elif re.fullmatch(r"[0-9]{8}", text):
            day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
        else:
            day = date(*map(int, re.findall("[0-9]+", text)))
        assert day.isoformat() == born_on
        forms[re.sub("[0-9]+", "9", text)] += 1
    assert set(forms) == {"9-9-9", "9/9/9", "9", "9年9月9日"}


def test_rows_sent_twice_stand_at_the_end_and_are_alike(usual: Path) -> None:
    rows = delivered(usual, "医保局_医疗结算.csv")
    again = rows.filter(rows.drop("line").is_duplicated())
    assert 0.005 < again.height / 2 / rows.height < 0.015
    assert again["结算流水号"].n_unique() * 2 == again.height
    assert rows["结算流水号"].n_unique() == rows.height - again.height // 2


@pytest.mark.parametrize("name", ["light", "usual", "heavy", "worst"])
def test_damage_is_as_ordered(tmp_path: Path, name: str) -> None:
    errors = PRESETS[name]
    make(tmp_path, persons=8_000, seed=3, errors=errors)
    for file, heading in NUMBERS.items():
        rows = with_truth(tmp_path, file)
        wrong = rows.select(
            pl.col(heading)
            .map_elements(_plain, return_dtype=pl.String)
            .ne(pl.col("national_id"))
            .and_(pl.col(heading).str.len_chars() != 15)
        ).to_series()
        data_set = next(each.name for each in DATA_SETS if each.file == file)
        expected = errors.damaged * errors.damage(data_set)
        spread = 4 * (expected * (1 - expected) / rows.height) ** 0.5 + 0.004
        assert wrong.mean() == pytest.approx(expected, abs=spread), file


def test_a_heavy_county_has_one_number_in_eight_damaged() -> None:
    assert 0.10 < HEAVY.damaged < 0.15
    assert LIGHT.damaged < USUAL.damaged < HEAVY.damaged


def test_without_errors_every_cell_is_clean(tmp_path: Path) -> None:
    make(tmp_path, persons=3_000, seed=5, errors=NONE)
    for file, heading in NUMBERS.items():
        rows = with_truth(tmp_path, file)
        assert rows.select((pl.col(heading) == pl.col("national_id")).all()).item()
    rows = delivered(tmp_path, "医保局_医疗结算.csv")
    assert rows.select(pl.col("结算日期").str.contains(r"^\d{4}-\d{2}-\d{2}$").all()).item()
    assert not rows.drop("line").is_duplicated().any()


def test_people_registered_twice_have_two_true_numbers(tmp_path: Path) -> None:
    make(tmp_path, persons=6_000, seed=2, errors=Errors(registered_twice=0.05, sent_twice=0.0))
    rows = with_truth(tmp_path, "公安局_常住人口.csv")
    twice = rows.filter(pl.col("person").is_duplicated())
    assert 150 < twice.height / 2 < 350
    assert twice.group_by("person").agg(pl.col("公民身份号码").n_unique())[
        "公民身份号码"
    ].unique().to_list() == [2]
    assert all(is_number(number) for number in twice["公民身份号码"])


def test_spouses_registered_elsewhere_are_in_the_marriage_register(usual: Path) -> None:
    persons = truth(usual, "persons")
    elsewhere = persons.filter("elsewhere")
    assert elsewhere.height > 50
    married = delivered(usual, "民政局_婚姻登记.csv")
    listed = {*married["男方身份证"], *married["女方身份证"]}
    assert set(elsewhere["national_id"]) <= listed
    booklets = with_truth(usual, "公安局_常住人口.csv").filter("elsewhere")
    assert booklets["户号"].n_unique() == elsewhere.height


def test_the_dead_are_all_cremated_and_some_are_still_paid(usual: Path) -> None:
    persons = truth(usual, "persons")
    dead = persons.filter(~pl.col("alive"))
    assert set(with_truth(usual, "民政局_火化登记.csv")["person"]) == set(dead["person"])
    police = with_truth(usual, "公安局_常住人口.csv").filter(~pl.col("alive"))["状态"]
    assert {"正常", "死亡"} == set(police)
    assert with_truth(usual, "公安局_常住人口.csv").filter("alive")["状态"].unique().to_list() == ["正常"]
    paid = with_truth(usual, "人社局_养老待遇.csv").filter(~pl.col("alive"))
    assert 0 < paid["person"].n_unique() < dead.height


def test_the_county_is_the_same_whatever_the_chunk(tmp_path: Path) -> None:
    for folder, at_once in (("small", 300), ("large", 50_000)):
        make(tmp_path / folder, persons=5_000, seed=11, errors=HEAVY, households_at_once=at_once)
    for each in DATA_SETS:
        small, large = (delivered(tmp_path / folder, each.file) for folder in ("small", "large"))
        assert small.equals(large), each.file
    for name, key in (("persons", ["person"]), ("households", ["household"]), ("rows", ["file", "line"])):
        small, large = (truth(tmp_path / folder, name).sort(key) for folder in ("small", "large"))
        assert small.equals(large)


def test_the_same_seed_makes_the_same_files_and_another_seed_others(tmp_path: Path) -> None:
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        make(tmp_path / folder, persons=500, seed=seed)
    read = {
        folder: [path.read_bytes() for path in sorted((tmp_path / folder / "delivery").glob("*.csv"))]
        for folder in ("a", "b", "c")
    }
    assert read["a"] == read["b"]
    assert read["a"] != read["c"]
    assert truth(tmp_path / "a", "rows").equals(truth(tmp_path / "b", "rows"))


def test_a_full_sheet_goes_on_in_a_second_workbook(tmp_path: Path) -> None:
    make(tmp_path, persons=1_500, seed=1, rows_in_a_sheet=80)
    rows = truth(tmp_path, "rows")
    parts = sorted(path.name for path in (tmp_path / "delivery").glob("农业农村局_惠农补贴*.xlsx"))
    assert len(parts) > 2
    assert parts[:2] == ["农业农村局_惠农补贴.xlsx", "农业农村局_惠农补贴_2.xlsx"]
    for part in parts:
        told = rows.filter(pl.col("file") == part)
        assert told["line"].to_list() == delivered(tmp_path, part)["line"].to_list()[:-1]


@pytest.mark.parametrize("division", ["371321", "650121000000", "450124", "533423", "230127000000"])
def test_any_county_can_be_made(tmp_path: Path, division: str) -> None:
    made = make(tmp_path, persons=1_000, seed=4, division=division, as_of=date(2024, 2, 29))
    assert made.persons >= 1_000
    persons = truth(tmp_path, "persons")
    assert persons["village"].str.starts_with(division[:6]).all()
    assert persons["village"].str.len_chars().unique().to_list() == [12]
    residents = delivered(tmp_path, "公安局_常住人口.csv")
    assert residents["数据日期"].unique().to_list() == ["2024-02-29"]
    if division[:2] == "65":
        assert residents["姓名"].str.contains("·").mean() > 0.25  # pyright: ignore[reportOperatorIssue]


@pytest.mark.parametrize("division", ["3713", "371300000000", "371321101000", "991234", "abcdef", ""])
def test_a_code_of_no_county_is_refused(tmp_path: Path, division: str) -> None:
    with pytest.raises(UnknownDivision):
        make(tmp_path, persons=10, seed=1, division=division)


def test_without_a_code_the_seed_chooses_the_county(tmp_path: Path) -> None:
    codes = set()
    for seed in range(6):
        make(tmp_path / str(seed), persons=20, seed=seed)
        codes |= set(truth(tmp_path / str(seed), "persons")["village"].str.slice(0, 6))
    assert len(codes) > 2


def test_rates_outside_their_range_are_refused() -> None:
    with pytest.raises(ValueError, match="id_missing"):
        Errors(id_missing=1.2)
    with pytest.raises(ValueError, match="below 1"):
        Errors(id_missing=0.6, id_masked=0.6)


def test_chance_hangs_on_the_thing_asked_about_alone() -> None:
    chance = Chance(9)
    every = chance.uniform("question", np.arange(1000))
    assert np.array_equal(every[500:], chance.uniform("question", np.arange(500, 1000)))
    assert abs(every.mean() - 0.5) < 0.03
    assert abs(np.corrcoef(every, chance.uniform("other", np.arange(1000)))[0, 1]) < 0.1
    assert set(chance.choose("kind", np.arange(1000), [0.5, 0.0, 0.5])) == {0, 2}


def _plain(text: str) -> str:
    """An identity number freed of all that is only another way to write it."""
    wide = {ord(c) + 0xFEE0: c for c in "0123456789X"}
    return text.translate(wide).strip(" '").upper()
