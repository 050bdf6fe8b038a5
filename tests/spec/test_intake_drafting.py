"""A contract drafted from a sample: what is guessed is what the real contract says, and what is not known is not made up."""

from datetime import date
from pathlib import Path

import pytest

from huimin import intake
from huimin.intake.drafting import draft
from huimin.intake.workbook import Refused
from huimin.tables.contract import load_all, load_text
from huimin.tables.document import DocumentError
from huimin.units.national_id import check_digit

TODAY = date(2026, 7, 1)
COUNTY = Path(__file__).parents[3] / "shared" / "data" / "county" / "delivery"
NUMBER = "51018119600911001"
SAMPLE = (
    "林业局补偿登记表\n单位：元\n林权人姓名,身份证号,林地面积（亩）,补偿金额（元）,发放日期,是否公益林,联系电话,备注\n"
    + "".join(
        f"张三{n},{NUMBER}{check_digit(NUMBER)},{n}.5,{n}00.00,2026-06-{n + 10},是,1380000000{n % 10},\n"
        for n in range(1, 19)
    )
)


def confirmed(text: str) -> str:
    """The draft with what a person has to say."""
    return text.replace("department: FILL_IN", "department: tax").replace(
        "freshness_days: FILL_IN", "freshness_days: 31"
    )


def test_types_units_and_reasons() -> None:
    found = draft(SAMPLE.encode("gb18030"), "林业局_补偿.csv", TODAY)
    types = {each.heading: each.type for each in found.columns}
    assert types == {
        "林权人姓名": "name", "身份证号": "national_id", "林地面积（亩）": "decimal", "补偿金额（元）": "money",
        "发放日期": "date", "是否公益林": "enum", "联系电话": "phone", "备注": "text",
    }  # fmt: skip
    assert (found.heading_line, found.rows) == (3, 18)
    assert found.encoding.lower().startswith("gb")
    assert all(each.reason.zh and each.reason.en for each in found.columns)
    assert next(each for each in found.columns if each.heading == "备注").doubt


def test_the_draft_is_refused_until_a_person_has_confirmed_it_and_then_reads_the_sample() -> None:
    found = draft(SAMPLE.encode(), "林业局_补偿.csv", TODAY)
    with pytest.raises(DocumentError):
        load_text(found.text, "forest")
    contract = load_text(confirmed(found.text), "forest")
    reading = intake.read(SAMPLE.encode(), "林业局_补偿.csv", [contract], TODAY)
    assert (reading.state, reading.rows.height) == ("accepted", 18)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 50, b"%PDF-1.7 x", "只有一列\n1\n2\n".encode()])
def test_what_is_no_table_is_refused_with_a_reason(content: bytes) -> None:
    with pytest.raises(Refused):
        draft(content, "x.csv", TODAY)


@pytest.mark.skipif(not COUNTY.is_dir(), reason="needs the shared county beside the project")
def test_drafts_of_a_whole_county_hold_against_the_real_contracts() -> None:
    right = total = 0
    for path in sorted(COUNTY.iterdir()):
        reading = intake.read(path, path.name, load_all(), TODAY)
        assert reading.contract is not None
        found = draft(path, path.name, TODAY)
        load_text(confirmed(found.text), "sample")
        guessed = {each.heading: each.type for each in found.columns}
        for column, heading in reading.columns.items():
            total += 1
            right += guessed.get(heading) == reading.contract.column(column).type
    # 107 of 113; the others are lists of a contract's own, drafted as text with the values named as a doubt.
    assert right / total >= 0.94
