"""Payment files as the bank reads them: pain.001 or CSV, taken whole or refused whole."""

import csv
import io
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

CURRENCY = "CNY"
NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:pain\.001\.001\.\d\d")
END_TO_END_ID = re.compile(r"[0-9A-Za-z./:+() -]{1,35}")
CSV_COLUMNS = ("payment", "card", "name", "amount_yuan", "execute_on", "purpose")
LARGEST_BYTES = 256 * 1024 * 1024


class Refused(Exception):
    """The file is not what it should be; the bank takes nothing of it."""


@dataclass(frozen=True)
class Instruction:
    """One payment somebody asks for."""

    end_to_end_id: str
    card: str
    name: str
    amount_fen: int


@dataclass(frozen=True)
class Order:
    """A payment file: its message, its payment block, its account, its instructions."""

    message_id: str
    block_id: str
    account: str
    instructions: tuple[Instruction, ...]


def is_whole(path: Path) -> bool:
    """Whether the sender has finished writing the file."""
    end = b"</Document>" if path.suffix == ".xml" else b"\n"
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 64))
        tail = stream.read()
    return (tail.rstrip() if path.suffix == ".xml" else tail).endswith(end)


def read(path: Path, stem: str) -> Order:
    """What the file asks for. Raises `Refused` with the reason when anything in it is wrong."""
    if path.stat().st_size > LARGEST_BYTES:
        raise Refused("the file is too large")
    data = path.read_bytes()
    order = _read_xml(data) if path.suffix == ".xml" else _read_csv(data, stem)
    if not order.instructions:
        raise Refused("the file asks for no payment")
    ids = [each.end_to_end_id for each in order.instructions]
    if len(set(ids)) != len(ids):
        raise Refused("a payment's id stands in the file twice")
    return order


def _read_xml(data: bytes) -> Order:
    try:
        root = defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as wrong:
        raise Refused(f"the file is not well-formed XML: {type(wrong).__name__}") from None
    space = root.tag[1:].partition("}")[0] if root.tag.startswith("{") else ""
    if not NAMESPACE.fullmatch(space) or root.tag != f"{{{space}}}Document":
        raise Refused("the file is no pain.001")
    message = of_name(root, "CstmrCdtTrfInitn")
    header, block = of_name(message, "GrpHdr"), of_name(message, "PmtInf")
    lines = [each for each in block if _local(each) == "CdtTrfTxInf"]
    instructions = tuple(_instruction(line) for line in lines)
    for group in (header, block):
        _check_sums(group, instructions)
    if text_of(block, "PmtMtd") != "TRF":
        raise Refused("the payment method is not TRF")
    return Order(
        message_id=_id(header, "MsgId"),
        block_id=_id(block, "PmtInfId"),
        account=text_of(of_name(of_name(of_name(block, "DbtrAcct"), "Id"), "Othr"), "Id"),
        instructions=instructions,
    )


def _instruction(line: Element) -> Instruction:
    amount = of_name(of_name(line, "Amt"), "InstdAmt")
    if amount.get("Ccy") != CURRENCY:
        raise Refused(f"the currency is not {CURRENCY}")
    return Instruction(
        end_to_end_id=_id(of_name(line, "PmtId"), "EndToEndId"),
        card=text_of(of_name(of_name(of_name(line, "CdtrAcct"), "Id"), "Othr"), "Id"),
        name=text_of(of_name(line, "Cdtr"), "Nm"),
        amount_fen=_fen((amount.text or "").strip()),
    )


def _check_sums(group: Element, instructions: tuple[Instruction, ...]) -> None:
    """The number and sum that a header gives are those of its lines."""
    children = {_local(each): (each.text or "").strip() for each in group}
    if children.get("NbOfTxs", str(len(instructions))) != str(len(instructions)):
        raise Refused("the number of payments is not the one the header gives")
    if "CtrlSum" in children and _fen(children["CtrlSum"]) != sum(each.amount_fen for each in instructions):
        raise Refused("the sum of the payments is not the one the header gives")


def _read_csv(data: bytes, stem: str) -> Order:
    try:
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise Refused("the file is no CSV in UTF-8") from None
    if not lines or tuple(lines[0]) != CSV_COLUMNS:
        raise Refused("the first line does not name the columns")
    instructions = []
    for cells in lines[1:]:
        if len(cells) != len(CSV_COLUMNS) or not END_TO_END_ID.fullmatch(cells[0]):
            raise Refused("a line does not fit the columns")
        instructions.append(Instruction(cells[0], cells[1], cells[2], _fen(cells[3])))
    return Order(stem, stem, "", tuple(instructions))


def _fen(text: str) -> int:
    try:
        fen = Decimal(text) * 100
    except InvalidOperation:
        raise Refused("an amount is no number") from None
    if not fen.is_finite() or fen != int(fen) or not 0 < fen < 10**15:
        raise Refused("an amount is not a whole number of fen above 0")
    return int(fen)


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def of_name(element: Element, name: str) -> Element:
    """The one child of this name."""
    found = [each for each in element if _local(each) == name]
    if len(found) != 1:
        raise Refused(f"there must be one {name}, not {len(found)}")
    return found[0]


def text_of(element: Element, name: str) -> str:
    """What the one child of this name says."""
    text = (of_name(element, name).text or "").strip()
    if not text:
        raise Refused(f"{name} is empty")
    return text


def _id(element: Element, name: str) -> str:
    text = text_of(element, name)
    if not END_TO_END_ID.fullmatch(text):
        raise Refused(f"{name} is no id of at most 35 plain characters")
    return text
