"""The bank's own book: what it was asked, what it debited, what came back, what it has still to say.

One SQLite file beside the exchange folder. What must go together goes in one transaction, so that a bank
killed at any moment goes on where it was.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from huimin_county.bank import inquiries
from huimin_county.bank.messages import Entry, Original, Result
from huimin_county.bank.orders import Instruction, Order

SCHEMA = """
create table if not exists file (
    inbox text primary key, stem text not null, csv integer not null,
    message text not null, block text not null, count integer not null, sum_fen integer not null,
    answer_round integer, answered integer not null default 0, times integer not null default 0
);
create table if not exists payment (
    id integer primary key, end_to_end_id text not null, copy integer not null,
    card text not null, name text not null, amount_fen integer not null,
    outcome text not null, reason text not null, on_day text not null,
    settle_round integer, return_on text, return_reason text not null default '',
    unique (end_to_end_id, copy)
);
create table if not exists line (
    inbox text not null, end_to_end_id text not null, payment integer, reason text not null
);
create index if not exists line_by_file on line (inbox);
create index if not exists line_by_payment on line (payment);
create table if not exists entry (
    number integer primary key, end_to_end_id text not null, card text not null, amount_fen integer not null,
    credit integer not null, reason text not null, booked_on text not null,
    reported integer not null default 0
);
create table if not exists answer (
    name text primary key, stem text not null, content blob not null, written integer not null default 0
);
create index if not exists answer_by_stem on answer (stem);
create table if not exists waiting (name text primary key, size integer not null);
create table if not exists state (key text primary key, value text not null);
"""


@dataclass(frozen=True)
class Line:
    """A payment in the book: how often and how much was debited, and how much came back."""

    end_to_end_id: str
    card: str
    debits: int
    debited_fen: int
    returned_fen: int


def book(folder: Path) -> list[Line]:
    """What the bank of an exchange folder has debited, one line for each EndToEndId and card."""
    with _opened(folder) as connection:
        rows = connection.execute(
            "select end_to_end_id, card, sum(not credit), sum(iif(credit, 0, amount_fen)),"
            " sum(iif(credit, amount_fen, 0)) from entry group by end_to_end_id, card order by min(number)"
        )
        return [Line(*row) for row in rows]


@contextmanager
def _opened(folder: Path) -> Iterator[sqlite3.Connection]:
    connection = open_book(folder)
    try:
        yield connection
    finally:
        connection.close()


def open_book(folder: Path) -> sqlite3.Connection:
    """The book of the bank of an exchange folder, made where it is missing."""
    home = folder / "bank"
    home.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(home / "book.sqlite3", isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.executescript(SCHEMA + inquiries.SCHEMA)
    if not connection.execute("select 1 from pragma_table_info('file') where name = 'times'").fetchone():
        # A book begun by an earlier release did not count how often a file was answered.
        connection.execute("alter table file add column times integer not null default 0")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing."""
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def get(connection: sqlite3.Connection, key: str, default: str = "") -> str:
    """A value the bank keeps from round to round."""
    row = connection.execute("select value from state where key = ?", (key,)).fetchone()
    return row[0] if row else default


def put(connection: sqlite3.Connection, key: str, value: object) -> None:
    """Keep a value for later rounds."""
    connection.execute("insert or replace into state values (?, ?)", (key, str(value)))


def enter_file(
    connection: sqlite3.Connection,
    inbox: str,
    stem: str,
    csv: bool,
    order: Order | None,
    answer_round: int | None,
) -> None:
    """A file that came in; without an order it was refused."""
    items = order.instructions if order else ()
    connection.execute(
        "insert into file (inbox, stem, csv, message, block, count, sum_fen, answer_round, answered)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(inbox, stem, csv, order.message_id if order else stem, order.block_id if order else stem),
            *(len(items), sum(each.amount_fen for each in items), answer_round, order is None),
        ),
    )


def known(connection: sqlite3.Connection, end_to_end_id: str) -> tuple[int, str, int] | None:
    """The first payment with this id: its number, card and amount."""
    return connection.execute(
        "select id, card, amount_fen from payment where end_to_end_id = ? and copy = 0", (end_to_end_id,)
    ).fetchone()


def enter_payment(
    connection: sqlite3.Connection,
    asked: Instruction,
    outcome: str,
    reason: str,
    on: date,
    settle_round: int | None,
) -> int:
    """A new payment, the second or third of its id where the bank does not look; its number."""
    copies = connection.execute(
        "select count(*) from payment where end_to_end_id = ?", (asked.end_to_end_id,)
    ).fetchone()[0]
    number = connection.execute(
        "insert into payment"
        " (end_to_end_id, copy, card, name, amount_fen, outcome, reason, on_day, settle_round)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?) returning id",
        (
            *(asked.end_to_end_id, copies, asked.card, asked.name, asked.amount_fen),
            *(outcome, reason, on.isoformat(), settle_round),
        ),
    ).fetchone()[0]
    return int(number)


def enter_line(
    connection: sqlite3.Connection, inbox: str, end_to_end_id: str, payment: int | None, reason: str
) -> None:
    """That a file asked for a payment; one turned away has no payment but a reason."""
    connection.execute("insert into line values (?, ?, ?, ?)", (inbox, end_to_end_id, payment, reason))


def post(connection: sqlite3.Connection, payment: int, credit: bool, reason: str, on: date) -> None:
    """A debit for a payment, or a credit when it comes back."""
    connection.execute(
        "insert into entry (end_to_end_id, card, amount_fen, credit, reason, booked_on)"
        " select end_to_end_id, card, amount_fen, ?, ?, ? from payment where id = ?",
        (credit, reason, on.isoformat(), payment),
    )


def results(connection: sqlite3.Connection, inbox: str, on: date) -> list[Result]:
    """What became of every payment a file asked for."""
    rows = connection.execute(
        "select line.end_to_end_id, coalesce(outcome, 'returned'), coalesce(payment.reason, line.reason),"
        " coalesce(amount_fen, 0), coalesce(on_day, ?)"
        " from line left join payment on payment.id = line.payment where inbox = ? order by line.rowid",
        (on.isoformat(), inbox),
    )
    return [Result(*row[:4], on=date.fromisoformat(row[4])) for row in rows]


def original(connection: sqlite3.Connection, inbox: str) -> tuple[str, bool, Original]:
    """The name, kind and header of a file that came in."""
    row = connection.execute(
        "select stem, csv, message, block, count, sum_fen from file where inbox = ?", (inbox,)
    ).fetchone()
    return row[0], bool(row[1]), Original(*row[2:])


def unreported(connection: sqlite3.Connection, through: date) -> list[Entry]:
    """Entries of the days up to `through` that no statement has shown, oldest first."""
    rows = connection.execute(
        "select number, end_to_end_id, amount_fen, credit, reason, booked_on from entry"
        " where not reported and booked_on <= ? order by booked_on, number",
        (through.isoformat(),),
    )
    return [
        Entry(*row[:3], credit=bool(row[3]), reason=row[4], booked_on=date.fromisoformat(row[5]))
        for row in rows
    ]


def report(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """That a statement has shown the entries."""
    connection.executemany(
        "update entry set reported = 1 where number = ?", [(each.number,) for each in entries]
    )


def queue(connection: sqlite3.Connection, stem: str, ending: str, content: bytes) -> str:
    """An answer to be written, under the next free number of its file; its name."""
    count = connection.execute("select count(*) from answer where stem = ?", (stem,)).fetchone()[0]
    name = f"{stem}.{count + 1}.{ending}"
    connection.execute("insert into answer (name, stem, content) values (?, ?, ?)", (name, stem, content))
    return name
