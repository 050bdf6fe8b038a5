"""Questions about cards as the bank reads and answers them: acmt.023 in and acmt.024 out, or CSV.

Whose a card is hangs on the seed and the card alone, so that the bank says the same of it whenever it is asked.
"""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from huimin_county.bank.orders import END_TO_END_ID, Refused, of_name, text_of
from huimin_county.bank.profiles import Profile

CARD = re.compile(r"[0-9]{12,19}")
NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:acmt\.023\.001\.\d\d")
CSV_COLUMNS = ("check", "card", "name", "national_id")
SCHEMA = """
create table if not exists inquiry_file (
    inbox text primary key, stem text not null, csv integer not null, message text not null,
    answer_round integer, answered integer not null default 0, times integer not null default 0
);
create table if not exists inquiry (
    inbox text not null, id text not null, card text not null, name text not null, reason text not null
);
create index if not exists inquiry_by_file on inquiry (inbox);
"""


@dataclass(frozen=True)
class Inquiry:
    """A file of questions: its message, and id, card and name of each."""

    message_id: str
    questions: tuple[tuple[str, str, str], ...]


def is_inquiry(path: Path) -> bool:
    """Whether a file asks about cards and for no payment."""
    with path.open("rb") as stream:
        head = stream.read(400)
    return b":acmt.023." in head or head.removeprefix(b"\xef\xbb\xbf").startswith(
        ",".join(CSV_COLUMNS).encode()
    )


def read(path: Path, stem: str) -> Inquiry:
    """What a file asks. Raises `Refused` with the reason when anything in it is wrong."""
    data = path.read_bytes()
    found = _read_xml(data) if path.suffix == ".xml" else _read_csv(data, stem)
    if not found.questions:
        raise Refused("the file asks about no card")
    return found


def verdict(profile: Profile, share: Callable[[str, str], float], card: str) -> str:
    """Why the bank does not confirm a card, as a code; empty where it confirms it."""
    if not CARD.fullmatch(card) or share("no such card", card) < profile.unknown_card_share:
        return "AC01"
    if share("shut", card) < profile.shut_card_share:
        return "AC04"
    if share("holder", card) < profile.other_holder_share:
        return "BE01"
    return ""


def enter(
    connection: Connection, inbox: str, stem: str, csv_: bool, found: Inquiry | None, answer_round: int | None,
    judge: Callable[[str], str],
) -> None:  # fmt: skip
    """A file of questions that came in, with the bank's verdict on each; without questions it was refused."""
    connection.execute(
        "insert into inquiry_file (inbox, stem, csv, message, answer_round, answered) values (?, ?, ?, ?, ?, ?)",
        (inbox, stem, csv_, found.message_id if found else stem, answer_round, found is None),
    )
    connection.executemany(
        "insert into inquiry values (?, ?, ?, ?, ?)",
        [(inbox, id_, card, name, judge(card)) for id_, card, name in (found.questions if found else ())],
    )


def is_entered(connection: Connection, inbox: str) -> bool:
    """Whether the file is in the book already."""
    return connection.execute("select 1 from inquiry_file where inbox = ?", (inbox,)).fetchone() is not None


def due(connection: Connection, number: int) -> list[tuple[str, str, bool, str, int]]:
    """The files to be answered in a round: inbox, name, whether CSV, message, how often answered before."""
    return connection.execute(
        "select inbox, stem, csv, message, times from inquiry_file"
        " where not answered and answer_round <= ? order by inbox",
        (number,),
    ).fetchall()


def answers(connection: Connection, inbox: str) -> list[tuple[str, str]]:
    """The id and the verdict of each question of a file."""
    return connection.execute(
        "select id, reason from inquiry where inbox = ? order by rowid", (inbox,)
    ).fetchall()


def mark_answered(connection: Connection, inbox: str) -> None:
    """That the file was answered."""
    connection.execute("update inquiry_file set answered = 1, times = times + 1 where inbox = ?", (inbox,))


def _read_xml(data: bytes) -> Inquiry:
    try:
        root = defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as wrong:
        raise Refused(f"the file is not well-formed XML: {type(wrong).__name__}") from None
    space = root.tag[1:].partition("}")[0] if root.tag.startswith("{") else ""
    if not NAMESPACE.fullmatch(space) or root.tag != f"{{{space}}}Document":
        raise Refused("the file is no acmt.023")
    message = of_name(root, "IdVrfctnReq")
    header = text_of(of_name(message, "Assgnmt"), "MsgId")
    lines = [each for each in message if each.tag.rpartition("}")[2] == "Vrfctn"]
    return Inquiry(header, tuple(_question(line) for line in lines))


def _question(line: Element) -> tuple[str, str, str]:
    about = of_name(line, "PtyAndAcctId")
    card = text_of(of_name(of_name(of_name(about, "Acct"), "Id"), "Othr"), "Id")
    id_ = text_of(line, "Id")
    if not END_TO_END_ID.fullmatch(id_):
        raise Refused("an id has more than 35 characters, or others than plain ones")
    return id_, card, text_of(of_name(about, "Pty"), "Nm")


def _read_csv(data: bytes, stem: str) -> Inquiry:
    try:
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise Refused("the file is no CSV in UTF-8") from None
    if any(len(cells) != len(CSV_COLUMNS) or not END_TO_END_ID.fullmatch(cells[0]) for cells in lines[1:]):
        raise Refused("a line does not fit the columns")
    return Inquiry(stem, tuple((cells[0], cells[1], cells[2]) for cells in lines[1:]))
