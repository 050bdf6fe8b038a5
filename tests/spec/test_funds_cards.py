"""What the bank can say of a card, what follows, and what files about cards look like."""

from datetime import UTC, datetime

import pytest

from huimin.funds import card_files, cards, iso20022
from huimin.funds.bank import MalformedFile
from huimin.funds.cards import CardAnswer, Inquiry, Question, check_id, moved, to_person

ACMT = '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:acmt.024.001.04"><IdVrfctnRpt>{}</IdVrfctnRpt></Document>'
HEAD = "<Assgnmt><MsgId>V1</MsgId></Assgnmt>"
LINE = "<Rpt><OrgnlId>{}</OrgnlId><Vrfctn>{}</Vrfctn>{}</Rpt>"
CODE = "<Rsn><Cd>{}</Cd></Rsn>"


def report(*lines: str) -> bytes:
    return ACMT.format(HEAD + "".join(lines)).encode()


@pytest.mark.parametrize(
    ("state", "move", "after"),
    [
        ("asked", "confirm", "verified"),
        ("asked", "refuse", "refused"),
        ("asked", "lose", "unknown"),
        ("unknown", "ask", "asked"),
        ("unknown", "confirm", "verified"),
        ("verified", "refuse", "refused"),
        ("refused", "confirm", None),
        ("refused", "ask", None),
        ("verified", "lose", None),
    ],
)
def test_silence_is_no_refusal_and_a_refusal_is_not_undone_by_an_answer(
    state: str, move: str, after: str | None
) -> None:
    assert moved(state, move) == after


def test_the_id_is_of_the_person_the_card_the_name_and_the_number() -> None:
    one = (7, "ab", "张三", "cd", 1)
    others = [
        (8, *one[1:]),
        (7, "ac", *one[2:]),
        (7, "ab", "张四", "cd", 1),
        (7, "ab", "张三", "", 1),
        (*one[:4], 2),
    ]
    ids = {check_id(*each) for each in [one, *others]}
    assert len(ids) == 6
    assert {len(each) for each in ids} == {32}


def test_a_report_is_read_with_its_reasons() -> None:
    read = iso20022.read(
        report(
            LINE.format("A1", "true", ""),
            LINE.format("A2", "false", CODE.format("BE01")),
            LINE.format("A3", "0", ""),
        )
    )
    assert read == cards.CardReport(
        "V1", (CardAnswer("A1", True), CardAnswer("A2", False, "BE01"), CardAnswer("A3", False))
    )


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [LINE.format("A1", "perhaps", "")],
        [LINE.format("", "true", "")],
        ["<Rpt><Vrfctn>true</Vrfctn></Rpt>"],
        [LINE.format("A1", "true", ""), LINE.format("A1", "false", "")],
        [LINE.format("A" * 36, "true", "")],
    ],
)
def test_a_report_with_anything_wrong_is_refused_whole(lines: list[str]) -> None:
    with pytest.raises(MalformedFile):
        iso20022.read(report(*lines))


def test_csv_is_written_and_read() -> None:
    question = Question("A1", "=张三", "330127196001010011", "6217000000000000001")
    data = card_files.write_csv(Inquiry("C1", datetime(2026, 7, 1, tzinfo=UTC), "局", (question,)))
    assert data.decode("utf-8-sig").splitlines() == [
        "check,card,name,national_id",
        "A1,6217000000000000001,'=张三,330127196001010011",
    ]
    answer = b"check,outcome,reason\nA1,confirmed,\nA2,refused,AC04\n"
    assert card_files.is_csv_report(answer)
    assert card_files.read_csv(answer, "C1").answers == (
        CardAnswer("A1", True),
        CardAnswer("A2", False, "AC04"),
    )


@pytest.mark.parametrize(
    "line",
    ["A1", "A1,perhaps,", "A1,confirmed", ",confirmed,", "A1,confirmed,,", "A1,refused,X\nA1,confirmed,"],
)
def test_a_csv_line_that_does_not_fit_refuses_the_file(line: str) -> None:
    with pytest.raises(MalformedFile):
        card_files.read_csv(f"check,outcome,reason\n{line}\n".encode(), "C1")


def test_each_reason_says_something_to_the_person_and_an_unknown_one_too() -> None:
    assert to_person("BE01").zh == "这张卡登记的姓名不是您本人。"
    assert to_person("ZZ99") == to_person("") == cards.NO_REASON
    assert "身份证" in cards.WHAT_TO_DO.zh
