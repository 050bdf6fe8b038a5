"""Files to the bank and back: ISO 20022 and the CSV profile."""

from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest

from huimin.funds import csv_profile, csv_statement, iso20022
from huimin.funds.bank import Answer, Instruction, Line, MalformedFile, Order, reason_words

NS = {"p": iso20022.PAIN_001}
ORDER = Order(
    "B20260701-001",
    datetime(2026, 7, 1, 9, 30, tzinfo=UTC),
    date(2026, 7, 2),
    "淳安县民政局",
    "33010001",
    (
        Instruction("A" * 32, 125_000, "王·小明 & <子>", "6217000000000000001", "低保金 2026-08"),
        Instruction("B" * 32, 7, "\x00李", "6217000000000000002", ""),
    ),
)


def pain002(*lines: str, group: str = "", kind: str = "pain.002.001.10") -> bytes:
    body = "".join(lines)
    return (
        f'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:{kind}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>R1</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>B20260701-001</OrgnlMsgId>{group}"
        f"</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>{body}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


def said(payment: str, status: str, reason: str = "") -> str:
    because = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    return f"<TxInfAndSts><OrgnlEndToEndId>{payment}</OrgnlEndToEndId><TxSts>{status}</TxSts>{because}</TxInfAndSts>"


def camt053(*entries: str, balances: str = "") -> bytes:
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>S1</MsgId></GrpHdr>'
        f"<Stmt><Id>1</Id>{balances}{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def entry(
    payment: str,
    amount: str,
    direction: str,
    *,
    reason: str = "",
    status: str = "BOOK",
    currency: str = "CNY",
) -> str:
    back = f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>" if reason else ""
    details = (
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{payment}</EndToEndId></Refs>{back}</TxDtls></NtryDtls>"
        if payment
        else ""
    )
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>'
        f"<BookgDt><Dt>2026-07-09</Dt></BookgDt>{details}</Ntry>"
    )


def balance(kind: str, amount: str) -> str:
    return f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>'


def test_the_batch_goes_out_with_ids_amounts_and_control_sums() -> None:
    root = ElementTree.fromstring(iso20022.write_pain001(ORDER))
    assert root.findtext(".//p:GrpHdr/p:MsgId", namespaces=NS) == "B20260701-001"
    assert root.findtext(".//p:PmtInf/p:CtrlSum", namespaces=NS) == "1250.07"
    assert [e.text for e in root.findall(".//p:EndToEndId", NS)] == ["A" * 32, "B" * 32]
    assert [(e.get("Ccy"), e.text) for e in root.findall(".//p:InstdAmt", NS)] == [
        ("CNY", "1250.00"),
        ("CNY", "0.07"),
    ]
    assert [e.text for e in root.findall(".//p:Cdtr/p:Nm", NS)] == ["王·小明 & <子>", "李"]
    assert [e.text for e in root.findall(".//p:CdtrAcct//p:Id/p:Othr/p:Id", NS)] == [
        item.card for item in ORDER.instructions
    ]


def test_the_same_batch_gives_the_same_bytes() -> None:
    assert iso20022.write_pain001(ORDER) == iso20022.write_pain001(ORDER)


def test_a_status_report_is_read() -> None:
    reply = iso20022.read(pain002(said("A", "ACSC"), said("B", "RJCT", "AC04"), said("C", "PDNG")))
    assert (reply.id, reply.batch) == ("R1", "B20260701-001")
    assert reply.answers == (Answer("A", "settled"), Answer("B", "returned", "AC04"), Answer("C", "pending"))


def test_a_report_about_the_whole_batch_is_read() -> None:
    group = "<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf>"
    reply = iso20022.read(pain002(group=group))
    assert (reply.answers, reply.group, reply.group_reason) == ((), "returned", "FF01")


def test_a_statement_is_read_with_its_returns_and_its_lines_too_many() -> None:
    data = camt053(
        entry("A", "10.00", "DBIT"),
        entry("A", "10.00", "CRDT", reason="AC01"),
        entry("", "3.00", "DBIT"),
        entry("P", "5.00", "DBIT", status="PDNG"),
        balances=balance("OPBD", "100.00") + balance("CLBD", "97.00"),
    )
    answers = iso20022.read(data).answers
    assert [(a.id, a.outcome, a.amount_fen) for a in answers] == [
        ("A", "settled", 1000),
        ("A", "returned", 1000),
        ("", "settled", 300),
    ]
    assert (answers[1].reason, answers[1].on) == ("AC01", date(2026, 7, 9))


BOMB = b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY c "&a;&a;">]><Document>&c;</Document>'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml at all",
        pain002(said("A", "ACSC"))[:-20],
        BOMB,
        pain002(said("A", "ACSC")).replace(b"<Document", b"<Dokument").replace(b"/Document", b"/Dokument"),
        pain002(said("A", "ACSC"), kind="pain.001.001.09"),
        pain002(said("A", "XXXX")),
        pain002(said("", "ACSC")),
        pain002(said("A" * 40, "ACSC")),
        pain002(said("A", "ACSC"), said("A", "RJCT")),
        pain002(),
        pain002(said("A", "ACSC")).replace(b"<OrgnlMsgId>B20260701-001</OrgnlMsgId>", b""),
        camt053(entry("A", "10.005", "DBIT")),
        camt053(entry("A", "ten", "DBIT")),
        camt053(entry("A", "NaN", "DBIT")),
        camt053(entry("A", "1E30", "DBIT")),
        camt053(entry("A", "10.00", "DBIT", currency="USD")),
        camt053(entry("A", "10.00", "SIDE")),
        camt053(entry("A", "10.00", "DBIT"), balances=balance("OPBD", "100.00") + balance("CLBD", "95.00")),
    ],
)
def test_a_malformed_file_is_refused_whole(data: bytes) -> None:
    with pytest.raises(MalformedFile) as caught:
        iso20022.read(data)
    assert "整个文件未采用" in caught.value.words().zh


def test_the_same_answer_twice_in_a_file_counts_once() -> None:
    assert len(iso20022.read(pain002(said("A", "ACSC"), said("A", "ACSC"))).answers) == 1


def test_reasons_are_words_and_keep_the_code() -> None:
    assert "AC04" in reason_words("AC04").zh
    assert "ZZ99" in reason_words("ZZ99").en
    assert reason_words("").en


def test_the_csv_profile_goes_out_without_formulas_and_comes_back() -> None:
    risky = Order(
        "B",
        ORDER.created_at,
        ORDER.execute_on,
        "x",
        "y",
        (Instruction("A", 125_000, "=SUM(A1)", "62", "低保金"),),
    )
    text = csv_profile.write(risky).decode("utf-8-sig")
    assert text.splitlines()[1] == "A,62,'=SUM(A1),1250.00,2026-07-02,低保金"
    back = csv_profile.read(
        b"payment,outcome,reason,amount_yuan,on\nA,returned,AC04,1250.00,2026-07-03\n", "B"
    )
    assert back.answers == (Answer("A", "returned", "AC04", 125_000, date(2026, 7, 3)),)


@pytest.mark.parametrize(
    "text",
    ["", "a,b\n", "payment,outcome,reason,amount_yuan,on\nA,paid,,,\n", "payment,outcome,reason,amount_yuan,on\nA,settled\n",
     "payment,outcome,reason,amount_yuan,on\nA,settled,,1.5,\n", "payment,outcome,reason,amount_yuan,on\nA,settled,,,2026-13-01\n"],
)  # fmt: skip
def test_a_csv_answer_that_does_not_fit_is_refused_whole(text: str) -> None:
    with pytest.raises(MalformedFile):
        csv_profile.read(text.encode(), "B")


STATED = "reference,payment,direction,amount_yuan,booked_on,reason\n"


def test_a_statement_as_csv_is_read_with_its_days_its_returns_and_its_lines_too_many() -> None:
    text = (
        f"statement,2026-07-01,2026-07-02,100.00,97.00\n{STATED}"
        "7,A,debit,10.00,2026-07-01,\n8,A,credit,10.00,2026-07-02,AC04\n,,debit,3.00,,手续费\n\n"
    )
    for data in (
        text.encode(),
        text.encode("utf-8-sig"),
        text.encode("gb18030"),
        text.replace("\n", "\r\n").encode(),
    ):
        assert csv_statement.is_statement(data)
        reply = csv_statement.read(data, "s")
        assert reply.days == (date(2026, 7, 1), date(2026, 7, 2))
        assert reply.answers == (
            Answer("A", "settled", "", 1000, date(2026, 7, 1)),
            Answer("A", "returned", "AC04", 1000, date(2026, 7, 2)),
            Answer("", "settled", "手续费", 300, None),
        )
        assert reply.lines[1] == Line("8|A|C|2026-07-02|1000", "A", 1000, True, date(2026, 7, 2))


def test_two_lines_alike_in_a_statement_are_two() -> None:
    line = "7,A,debit,10.00,2026-07-01,\n"
    reply = csv_statement.read(f"statement,2026-07-01,2026-07-01\n{STATED}{line}{line}".encode(), "s")
    assert [each.key for each in reply.lines] == ["7|A|D|2026-07-01|1000", "7|A|D|2026-07-01|1000#2"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("statement\n" + STATED, "第 1 行应写明对账单的起止日期"),
        ("statement,2026-07-02,2026-07-01\n" + STATED, "第 1 行应写明对账单的起止日期"),
        ("statement,2026-7-x,2026-07-01\n" + STATED, "第 1 行“from”列为“2026-7-x”，应为如 2026-07-01 的日期"),
        ("statement,2026-07-01,2026-07-01\na,b\n", "第 2 行应为列名：reference,payment,"),
        ("statement,2026-07-01,2026-07-01\n" + STATED + "1,A,up,1.00,,\n", "第 3 行“direction”列为“up”，应为 debit、credit 之一"),
        ("statement,2026-07-01,2026-07-01\n" + STATED + "1,A,debit,,,\n", "第 3 行“amount_yuan”列为“”，应为如 1250.00 的金额"),
        ("statement,2026-07-01,2026-07-01,5.00,5.00\n" + STATED + "1,A,debit,1.00,,\n", "第 1 行的期末余额为 5.00 元，按明细应为 4.00 元"),
    ],
)  # fmt: skip
def test_a_statement_that_is_not_one_is_refused_whole_and_says_why(text: str, said: str) -> None:
    with pytest.raises(MalformedFile) as refused:
        csv_statement.read(text.encode(), "s")
    assert said in refused.value.words().zh
    assert refused.value.words().en.endswith("ask the bank to correct it and send it again.")
