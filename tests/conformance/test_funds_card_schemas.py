"""Files about cards against the published definitions of ISO 20022: what we ask (acmt.023), and what the make-believe bank answers (acmt.024)."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from huimin.funds import card_files, iso20022
from huimin.funds.cards import CardReport, Inquiry, Question
from huimin_county.bank import inquiries, messages

FOLDER = Path(__file__).parent / "iso20022"
ASKED, ANSWERED = (
    etree.XMLSchema(etree.parse(FOLDER / f"acmt.{number}.001.04.xsd")) for number in ("023", "024")
)
AT = datetime(2026, 7, 1, 2, tzinfo=UTC)
NAMES = st.text(max_size=200)


def written(*questions: Question) -> bytes:
    return card_files.write_acmt023(Inquiry("C20260701-001", AT, "惠民资金专户", questions))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(NAMES, st.sampled_from(["", "330127196001010011"])), min_size=1, max_size=4))
def test_what_we_ask_fits_the_schema_whatever_people_are_called(rows: list[tuple[str, str]]) -> None:
    data = written(
        *(
            Question(f"{place:032d}", name, number, "6217000000000000001")
            for place, (name, number) in enumerate(rows)
        )
    )
    assert ASKED.validate(etree.fromstring(data)), ASKED.error_log
    assert len(data.splitlines()) == len(rows) + 3, "each question stands on a line of its own"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["", "AC01", "AC04", "BE01"]), min_size=1, max_size=4))
def test_what_the_bank_answers_fits_the_schema_and_is_read_as_it_was_said(codes: list[str]) -> None:
    said = [(f"{place:032d}", code) for place, code in enumerate(codes)]
    data = messages.card_report("BK1", date(2026, 7, 1), "C20260701-001", said)
    assert ANSWERED.validate(etree.fromstring(data)), ANSWERED.error_log
    report = iso20022.read(data)
    assert isinstance(report, CardReport)
    assert [(each.id, each.reason) for each in report.answers] == said
    assert [each.confirmed for each in report.answers] == [not code for code in codes]


@pytest.mark.parametrize(
    ("right", "wrong"), [("Vrfctn>", "Verification>"), ("<Id>", "<Ident>"), ("NIDN", "NIDNX")]
)
def test_the_schema_refuses_what_is_wrong(right: str, wrong: str) -> None:
    """A schema that refused nothing would prove nothing."""
    data = written(Question("A" * 32, "张三", "330127196001010011", "6217000000000000001")).decode()
    assert right in data
    changed = data.replace(right, wrong)
    if right == "<Id>":
        changed = changed.replace("</Id>", "</Ident>")
    assert not ASKED.validate(etree.fromstring(changed.encode()))


def test_the_bank_reads_what_we_ask_in_both_formats(tmp_path: Path) -> None:
    question = Question("A" * 32, "张三", "330127196001010011", "6217000000000000001")
    inquiry = Inquiry("C20260701-001", AT, "惠民资金专户", (question,))
    for name, write in (("C.xml", card_files.write_acmt023), ("C.csv", card_files.write_csv)):
        path = tmp_path / name
        path.write_bytes(write(inquiry))
        assert inquiries.is_inquiry(path)
        assert inquiries.read(path, "C").questions == (("A" * 32, "6217000000000000001", "张三"),)
