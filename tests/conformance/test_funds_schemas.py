"""Bank files against the published definitions of ISO 20022: what we write, and what the make-believe bank writes to us.

Ours against the XML Schema of pain.001.001.09, which sepaxml carries. The bank's are read by classes made from the
definitions of pain.002.001.10 and camt.053.001.08 (pyiso20022), which refuse an element or a code that is not in them, and
the same must come out as our own reader finds.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]
from pyiso20022.camt.camt_053_001_08 import Document as Statement
from pyiso20022.pain.pain_002_001_10 import Document as Report
from xsdata.formats.dataclass.parsers import XmlParser

from huimin.funds import bank, iso20022
from huimin_county.bank import messages

DAY = date(2026, 7, 1)
IDS = [character * 32 for character in "ABC"]
AMOUNTS = st.integers(1, 10**9)
SCHEMA = etree.XMLSchema(
    etree.fromstring((files("sepaxml") / "schemas" / "pain.001.001.09.xsd").read_bytes())
)


def written(*instructions: bank.Instruction) -> bytes:
    return iso20022.write_pain001(
        bank.Order(
            "B20260701-001", datetime(2026, 7, 1, 2, tzinfo=UTC), DAY, "惠民资金专户", "HUIMIN", instructions
        )
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(AMOUNTS, st.text(max_size=200), st.text(max_size=200)), min_size=1, max_size=4))
def test_what_we_write_fits_the_schema_whatever_people_are_called(rows: list[tuple[int, str, str]]) -> None:
    data = written(
        *(
            bank.Instruction(f"{place:032d}", fen, name, "6217000000000000001", purpose)
            for place, (fen, name, purpose) in enumerate(rows)
        )
    )
    assert SCHEMA.validate(etree.fromstring(data)), SCHEMA.error_log


@pytest.mark.parametrize("wrong", ["<EndToEndId>", 'Ccy="CNY"', "<PmtMtd>TRF"])
def test_the_schema_refuses_what_is_wrong(wrong: str) -> None:
    """A schema that refused nothing would prove nothing."""
    data = written(bank.Instruction(IDS[0], 100, "张三", "6217000000000000001", "医疗救助")).decode()
    assert wrong in data
    changed = data.replace(
        wrong, {'Ccy="CNY"': 'Ccy="yuan"', "<PmtMtd>TRF": "<PmtMtd>XXX"}.get(wrong, "<Id>")
    )
    if wrong == "<EndToEndId>":
        changed = changed.replace("</EndToEndId>", "</Id>")
    assert not SCHEMA.validate(etree.fromstring(changed.encode()))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["settled", "returned", "pending"]), AMOUNTS), min_size=3, max_size=3)
)
def test_a_report_is_read_as_the_definition_reads_it(rows: list[tuple[str, int]]) -> None:
    results = [
        messages.Result(id_, outcome, "AC04" if outcome == "returned" else "", fen, DAY)
        for id_, (outcome, fen) in zip(IDS, rows, strict=True)
    ]
    data = messages.status_report("BK1", DAY, messages.Original("B1", "B1", 3, 100), results)
    report: Any = XmlParser().from_bytes(data, Report).cstmr_pmt_sts_rpt
    theirs = [
        (
            line.orgnl_end_to_end_id,
            iso20022.STATUSES[line.tx_sts],
            fen_of(line.orgnl_tx_ref.amt.instd_amt.value),
        )
        for line in report.orgnl_pmt_inf_and_sts[0].tx_inf_and_sts
    ]
    ours = iso20022.read(data)
    assert ours.batch == report.orgnl_grp_inf_and_sts.orgnl_msg_id
    assert [(each.id, each.outcome, each.amount_fen) for each in ours.answers] == theirs


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), AMOUNTS), min_size=0, max_size=3))
def test_a_statement_is_read_as_the_definition_reads_it(rows: list[tuple[bool, int]]) -> None:
    entries = [
        messages.Entry(place, IDS[place], fen, credit, "AC04" if credit else "", DAY)
        for place, (credit, fen) in enumerate(rows)
    ]
    data = messages.statement("ST1", "HUIMIN", (DAY, DAY), 10**12, entries)
    statement: Any = XmlParser().from_bytes(data, Statement).bk_to_cstmr_stmt.stmt[0]
    theirs = [
        (
            entry.ntry_dtls[0].tx_dtls[0].refs.end_to_end_id,
            fen_of(entry.amt.value),
            entry.cdt_dbt_ind.value == "CRDT",
        )
        for entry in statement.ntry
    ]
    ours = iso20022.read(data)
    assert [(line.payment, line.amount_fen, line.credit) for line in ours.lines] == theirs
    assert ours.days == (DAY, DAY)


def fen_of(yuan: Decimal) -> int:
    return int(yuan * 100)
