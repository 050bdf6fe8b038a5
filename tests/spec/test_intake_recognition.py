"""Which data set a file is: by its headings, then its values, then its name; unreadable files are named."""

from datetime import date

import pytest

from huimin.intake import Reading, read
from huimin.tables.contract import load_all

CONTRACTS = load_all()
TODAY = date(2026, 7, 1)
BENEFIT = (
    "姓名,证件号码,待遇类别,月待遇金额,起始月,截止月\n李霞,11010519491231002X,{kind},288.00,2025-07,2026-06\n"
)


def reading(text: str | bytes, name: str = "文件.csv") -> Reading:
    return read(text.encode() if isinstance(text, str) else text, name, CONTRACTS, TODAY)


@pytest.mark.parametrize(
    ("headings", "data_set"),
    [
        ("家庭编号,与户主的关系,姓名,身份证,户籍性质", "residents"),
        ("车牌号,车主,证件号", "vehicles"),
        ("男方姓名,男方身份证号码,女方姓名,女方身份证号码,结婚登记日期", "marriages"),
        ("死者姓名,死者身份证号,死亡时间", "cremations"),
        ("申请人姓名,申请人身份证号,保障人口,月保障金额", "allowance_roll"),
        ("姓名,身份证号码,参保险种,缴费状态", "insured"),
        ("患者姓名,身份证号码,出院日期,医疗总费用,个人负担金额", "medical_settlements"),
        ("学生姓名,身份证件号,学校名称", "students"),
        ("姓名,残疾证号,残疾级别", "disabled"),
        ("纳税人姓名,证件号码,纳税年度,工资薪金收入", "incomes"),
        ("房产证号,产权人,身份证号,房屋用途", "properties"),
        ("农户姓名,身份证号,补贴名称,实发金额", "farm_subsidies"),
        ("*姓名（必填） , 身份证号\t,险种（单选）,状态：", "insured"),
    ],
)
def test_headings_of_other_places_are_known(headings: str, data_set: str) -> None:
    cells = ",".join(["x"] * len(headings.split(",")))
    found = reading(f"{headings}\n{cells}\n")
    assert found.contract is not None
    assert found.contract.name == data_set


@pytest.mark.parametrize(
    ("kind", "data_set"),
    [("城乡居民养老", "pensions"), ("失业保险金", "unemployment_benefits"), ("伤残津贴", "injury_benefits")],
)
def test_same_headings_are_told_apart_by_values_before_the_name(kind: str, data_set: str) -> None:
    found = reading(BENEFIT.format(kind=kind), "养老失业伤残.csv")
    assert found.contract is not None
    assert found.contract.name == data_set


def test_the_file_name_breaks_a_tie() -> None:
    found = reading(BENEFIT.format(kind="其他"), "人社局_失业待遇.csv")
    assert found.contract is not None
    assert found.contract.name == "unemployment_benefits"


def test_a_file_that_fits_two_is_ambiguous_and_names_both() -> None:
    found = reading(BENEFIT.format(kind="其他"))
    assert found.state == "ambiguous"
    assert found.contract is None
    said = found.messages("zh-hans").item()
    assert "养老待遇" in said
    assert "伤残津贴" in said


def test_a_mixed_file_is_not_taken_for_one_kind_by_its_name() -> None:
    text = BENEFIT.format(kind="失业保险金") + "王芳,,城乡居民养老,1,2025-07,2026-06\n"
    assert reading(text, "养老待遇.csv").state == "ambiguous"


def test_a_renamed_heading_is_explained() -> None:
    found = reading("纳税人姓名,纳税人识别号,哪一年,工资薪金所得,经营所得\n李霞,,2025,1,2\n", "个人收入.csv")
    assert found.state == "unknown_kind"
    said = found.messages("zh-hans").item()
    assert "个人收入" in said
    assert "还缺表头：年度" in said
    assert "哪一年" in said
    assert "tax year" in found.messages("en").item().lower()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.csv", "empty_file"),
        (b"\xef\xbb\xbf\r\n \n", "a.csv", "empty_file"),
        (b"\n,,,\n", "a.csv", "no_headings"),
        ("李霞,11010519491231002X,100\n王芳,110105194912310021,200\n".encode(), "a.csv", "no_headings"),
        ("颜色,形状,味道\n红,圆,甜\n".encode(), "a.csv", "unknown_kind"),
        (b"%PDF-1.7 ...", "a.pdf", "not_a_table"),
        (b"<html><p>1</p></html>", "a.xls", "not_a_table"),
        (b'{"a": 1', "a.json", "damaged_json"),
        (b"[" * 100_000, "a.json", "damaged_json"),
        (b"PK\x03\x04rest is cut off", "a.xlsx", "unreadable_workbook"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "a.xlsx",
            "encrypted_workbook",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls", "unreadable_workbook"),
    ],
)
def test_what_cannot_be_read_is_named(content: bytes, name: str, code: str) -> None:
    found = reading(content, name)
    assert found.problems["code"].to_list() == [code]
    assert found.contract is None
    for language in ("zh-hans", "en"):
        assert "…" not in found.messages(language).item()


def test_garbled_text_is_named() -> None:
    text = "姓名,身份证号,险种,状态\n李霞,11010519491231002X,城镇职工,参保\n"
    garbled = text.encode().decode("gb18030", "replace").encode("utf-8")
    assert reading(garbled).problems["code"].to_list() == ["garbled"]


def test_damage_in_the_encoding_is_told_and_the_rest_is_read() -> None:
    text = "姓名,身份证号,险种,状态\n" + "李霞,11010519491231002X,城镇职工,参保\n" * 50
    damaged = text.encode().replace("李霞".encode(), "李".encode() + b"\xff", 1)
    found = reading(damaged)
    assert found.rows.height == 50
    assert set(found.problems["code"]) == {"encoding_damaged", "unreadable_characters"}


def test_a_file_with_headings_alone_is_accepted_and_told() -> None:
    found = reading("姓名,身份证号,险种,状态\n")
    assert (found.state, found.problems["code"].to_list()) == ("accepted", ["no_rows"])
    assert set(found.rows.columns) >= {"line", "name", "national_id"}
