"""One round of the bank's day: take what came, do what is due, say what is to be said.

Chance hangs on the seed and the payment or card alone, so that a bank started anew decides as before.
"""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path
from sqlite3 import Connection

from huimin_county.bank import inquiries, messages, orders, records
from huimin_county.bank.profiles import Profile

BEFORE_THE_FIRST_DAY = "0001-01-01"
STARTS_WITH_FEN = 10**12


@dataclass(frozen=True)
class Bank:
    """A bank over an exchange folder: reads `out`, writes `in`, keeps its book in `bank`."""

    folder: Path
    profile: Profile
    seed: int = 0
    connection: Connection = field(init=False)

    def __post_init__(self) -> None:
        for name in ("out", "in", "bank/inbox", "bank/done"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        object.__setattr__(self, "connection", records.open_book(self.folder))

    def close(self) -> None:
        """Let go of the book."""
        self.connection.close()

    def round(self, today: date) -> list[str]:
        """One round on the bank's day `today`; the names of the answers it wrote."""
        with records.transaction(self.connection):
            number = int(records.get(self.connection, "round", "0")) + 1
            records.put(self.connection, "round", number)
        self._collect(number)
        for path in sorted((self.folder / "bank" / "inbox").iterdir()):
            self._take(path, number, today)
        with records.transaction(self.connection):
            self._settle_pending(number, today)
            self._bounce(today)
            self._answer(number, today)
            self._answer_about_cards(number, today)
            self._state(today)
        return self._write()

    def _share(self, question: str, of: str) -> float:
        return share(self.seed, question, of)

    # Coming in

    def _collect(self, number: int) -> None:
        """Move finished files from `out` into the bank; one being written stays until it stops growing."""
        found = [path for path in (self.folder / "out").iterdir() if path.suffix in (".xml", ".csv")]
        for path in sorted(path for path in found if path.is_file() and not path.name.startswith(".")):
            # The sender may take a file back at any moment.
            with suppress(FileNotFoundError):
                if orders.is_whole(path) or self._stopped_growing(path):
                    path.replace(self.folder / "bank" / "inbox" / f"{number:08d}-{path.name}")

    def _stopped_growing(self, path: Path) -> bool:
        size = path.stat().st_size
        with records.transaction(self.connection):
            row = self.connection.execute("select size from waiting where name = ?", (path.name,)).fetchone()
            self.connection.execute("insert or replace into waiting values (?, ?)", (path.name, size))
        return row is not None and row[0] == size

    def _take(self, path: Path, number: int, today: date) -> None:
        """Enter a file into the book, once, and lay it aside."""
        entered = self.connection.execute("select 1 from file where inbox = ?", (path.name,)).fetchone()
        if not entered and not inquiries.is_entered(self.connection, path.name):
            stem = path.name.partition("-")[2].removesuffix(path.suffix)
            with records.transaction(self.connection):
                enter = self._enter_inquiry if inquiries.is_inquiry(path) else self._enter
                enter(path, stem, number, today)
        path.replace(self.folder / "bank" / "done" / path.name)

    def _enter(self, path: Path, stem: str, number: int, today: date) -> None:
        csv = path.suffix == ".csv"
        try:
            order = orders.read(path, stem)
        except orders.Refused as refused:
            records.enter_file(self.connection, path.name, stem, csv, None, None)
            self._refuse(path, stem, csv, today, str(refused))
            return
        answer_round = number + self.profile.answer_after_rounds if self.profile.answers else None
        records.enter_file(self.connection, path.name, stem, csv, order, answer_round)
        records.put(self.connection, "speaks", "csv" if csv else "iso20022")
        if not csv:
            records.put(self.connection, "account", order.account)
        for asked in order.instructions:
            self._instruct(path.name, asked, number, today)

    def _enter_inquiry(self, path: Path, stem: str, number: int, today: date) -> None:
        csv, connection = path.suffix == ".csv", self.connection
        try:
            found = inquiries.read(path, stem)
        except orders.Refused as refused:
            inquiries.enter(connection, path.name, stem, csv, None, None, self.verdict)
            if self.profile.answers:
                # Reports about cards answer each card; a file that cannot be read is told in plain words.
                self._say(stem, "refused.txt", f"{refused}\n".encode())
            return
        answer_round = number + self.profile.answer_after_rounds if self.profile.answers else None
        inquiries.enter(connection, path.name, stem, csv, found, answer_round, self.verdict)

    def verdict(self, card: str) -> str:
        """What is wrong with a card, as a code; empty where nothing is."""
        return wrong_with(card, self.profile, self.seed)

    def _refuse(self, path: Path, stem: str, csv: bool, today: date, why: str) -> None:
        if not self.profile.answers:
            return
        if csv:
            # The columns of the answers know payments only, so a refused file is told in plain words.
            self._say(stem, "refused.txt", f"{why}\n".encode())
        else:
            id_ = messages.message_id(path.name, "refused")
            self._say(stem, "pain002.xml", messages.rejection(id_, today, stem, why))

    def _instruct(self, inbox: str, asked: orders.Instruction, number: int, today: date) -> None:
        """Pay, put off or turn away one payment; one the bank has seen is not paid again, if it looks."""
        before = records.known(self.connection, asked.end_to_end_id)
        if before and self.profile.remembers:
            same = before[1:] == (asked.card, asked.amount_fen)
            records.enter_line(
                self.connection, inbox, asked.end_to_end_id, before[0] if same else None, "AM05"
            )
            return
        outcome, reason, settle_round = "settled", "", None
        if (wrong := self.verdict(asked.card)) in ("AC01", "AC04"):
            outcome, reason = "returned", wrong
        elif self._share("rejected", asked.card) < self.profile.rejected_share:
            outcome, reason = "returned", "AC06"
        elif self._share("pending", asked.end_to_end_id) < self.profile.pending_share:
            outcome, settle_round = "pending", number + self.profile.pending_rounds
        payment = records.enter_payment(self.connection, asked, outcome, reason, today, settle_round)
        records.enter_line(self.connection, inbox, asked.end_to_end_id, payment, "")
        if outcome == "settled":
            self._pay(payment, asked.card, today)

    # What is due

    def _pay(self, payment: int, card: str, today: date) -> None:
        """Debit the payer; a closed card sends the money back some days later."""
        records.post(self.connection, payment, False, "", today)
        if self._share("closed", card) < self.profile.closed_share:
            first, last = self.profile.bounce_days
            days = first + int(self._share("days", card) * (last - first + 1))
            back_on = (today + timedelta(days=days)).isoformat()
            self.connection.execute(
                "update payment set return_on = ?, return_reason = 'AC04' where id = ?", (back_on, payment)
            )

    def _settle_pending(self, number: int, today: date) -> None:
        due = self.connection.execute(
            "select id, card from payment where outcome = 'pending' and settle_round <= ?", (number,)
        ).fetchall()
        for payment, card in due:
            self.connection.execute(
                "update payment set outcome = 'settled', on_day = ? where id = ?",
                (today.isoformat(), payment),
            )
            self._pay(payment, card, today)
            # Its files are to be answered again.
            self.connection.execute(
                "update file set answered = 0 where inbox in (select inbox from line where payment = ?)",
                (payment,),
            )

    def _bounce(self, today: date) -> None:
        due = self.connection.execute(
            "select id, return_reason, return_on from payment where outcome = 'settled' and return_on <= ?",
            (today.isoformat(),),
        ).fetchall()
        for payment, reason, on in due:
            records.post(self.connection, payment, True, reason, date.fromisoformat(on))
            self.connection.execute(
                "update payment set outcome = 'returned', reason = ?, on_day = ? where id = ?",
                (reason, on, payment),
            )
            # Who speaks CSV is told of the return as one more answer, beside the statement.
            self.connection.execute(
                "update file set answered = 0 where csv and answer_round is not null"
                " and inbox in (select inbox from line where payment = ?)",
                (payment,),
            )

    # Going out

    def _answer(self, number: int, today: date) -> None:
        due = self.connection.execute(
            "select inbox, times from file where not answered and answer_round <= ? order by inbox", (number,)
        ).fetchall()
        for inbox, times in due:
            stem, csv, original = records.original(self.connection, inbox)
            results = records.results(self.connection, inbox, today)
            id_ = messages.message_id(inbox, number)
            content = (
                messages.answers_as_csv(results)
                if csv
                else messages.status_report(id_, today, original, results)
            )
            self.connection.execute(
                "update file set answered = 1, times = times + 1 where inbox = ?", (inbox,)
            )
            if self._share("lost", f"{inbox}.{times}") >= self.profile.lost_share:
                for _ in range(self.profile.copies_of_answers):
                    self._say(stem, "answer.csv" if csv else "pain002.xml", content)
        if self.profile.replays:
            self._replay([inbox for inbox, _ in due])

    def _answer_about_cards(self, number: int, today: date) -> None:
        for inbox, stem, csv, original, times in inquiries.due(self.connection, number):
            answers = inquiries.answers(self.connection, inbox)
            id_ = messages.message_id(inbox, number)
            content = (
                messages.card_answers_as_csv(answers)
                if csv
                else messages.card_report(id_, today, original, answers)
            )
            inquiries.mark_answered(self.connection, inbox)
            if self._share("lost", f"{inbox}.{times}") >= self.profile.lost_share:
                ending = "answer.csv" if csv else "acmt024.xml"
                if self.profile.garbles:
                    self._say(stem, ending, content[: len(content) // 2])
                for _ in range(self.profile.copies_of_answers):
                    self._say(stem, ending, content)

    def _replay(self, fresh: list[str]) -> None:
        """Send again, once, the first answer to each file that was answered in an earlier round."""
        new = {records.original(self.connection, inbox)[0] for inbox in fresh}
        old = self.connection.execute(
            "select stem, name, content, min(rowid) from answer"
            " where stem in (select stem from file where answered)"
            " group by stem having count(*) = ? order by stem",
            (self.profile.copies_of_answers,),
        ).fetchall()
        for stem, name, content, _ in old:
            if stem not in new:
                self._say(stem, name.partition(f"{stem}.")[2].partition(".")[2], content)

    def _state(self, today: date) -> None:
        """A statement of all days closed since the last one."""
        yesterday = today - timedelta(days=1)
        closed = date.fromisoformat(records.get(self.connection, "closed", BEFORE_THE_FIRST_DAY))
        if closed >= yesterday:
            return
        entries = records.unreported(self.connection, yesterday)
        first = entries[0].booked_on if closed == date.min and entries else closed + timedelta(days=1)
        records.put(self.connection, "closed", yesterday.isoformat())
        if not self.profile.statements or (closed == date.min and not entries):
            return
        days = (min(first, yesterday), yesterday)
        opening = int(records.get(self.connection, "balance", str(STARTS_WITH_FEN)))
        if records.get(self.connection, "speaks") == "csv":
            ending, content = "csv", messages.statement_as_csv(days, opening, entries)
        else:
            id_, account = messages.message_id("statement", *days), records.get(self.connection, "account")
            ending, content = "camt053.xml", messages.statement(id_, account, days, opening, entries)
        self._say(f"statement-{yesterday}", ending, content)
        records.report(self.connection, entries)
        moved = sum(each.amount_fen if each.credit else -each.amount_fen for each in entries)
        records.put(self.connection, "balance", opening + moved)

    def _say(self, stem: str, ending: str, content: bytes) -> None:
        records.queue(self.connection, stem, ending, content)

    def _write(self) -> list[str]:
        """Write the queued answers, each whole or not at all."""
        queued = self.connection.execute(
            "select name, content from answer where not written order by rowid"
        ).fetchall()
        for name, content in queued:
            write_whole(self.folder / "in" / name, content)
            with records.transaction(self.connection):
                self.connection.execute("update answer set written = 1 where name = ?", (name,))
        return [name for name, _ in queued]


def share(seed: int, question: str, of: str) -> float:
    """A number from 0 to 1 that hangs on the seed, the question and what it is about."""
    digest = blake2b(f"{seed}|{question}|{of}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def wrong_with(card: str, profile: Profile, seed: int) -> str:
    """What a bank of this profile and seed finds wrong with a card, as a code; empty where it confirms it."""
    return inquiries.verdict(profile, lambda question, of: share(seed, question, of), card)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it."""
    draft = path.with_name(f".{path.name}.part")
    with draft.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
