"""A bank in the test's process with habits, good and bad, and its own book."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

from tests.stages.funds_world import Bank

ONE_DAY = timedelta(days=1)
FIRST_DAY = date(2025, 1, 1)
STATUS = {"settled": "ACSC", "returned": "RJCT", "pending": "PDNG"}


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What a bank may do; the defaults are those of a bank without fault."""

    loses_requests: bool = False
    loses_answers: bool = False
    delays: bool = False
    repeats: bool = False
    partly: bool = False
    bounces: bool = False
    errs: bool = False
    # The defences of the bank, each of which is missing somewhere, so that it cannot hide a fault of ours.
    remembers: bool = True
    reports: bool = True
    states: bool = True
    # Answers what it is asked about cards; a bank that does not cannot be waited for.
    checks: bool = True
    csv: bool = False


# In an order whose halves take two workers the same time.
HABITS: Mapping[str, Habits] = {
    "honest": Habits(),
    "loses_requests": Habits(loses_requests=True),
    "loses_answers": Habits(loses_answers=True),
    "delays": Habits(delays=True),
    "repeats": Habits(repeats=True),
    "partly": Habits(partly=True),
    "never_states": Habits(states=False, partly=True),
    "speaks_csv": Habits(csv=True, states=False, partly=True, bounces=True),
    "bounces": Habits(bounces=True),
    "errs": Habits(errs=True),
    "pays_repeats": Habits(remembers=False, loses_requests=True, repeats=True),
    "never_reports": Habits(reports=False, bounces=True),
    "checks_no_cards": Habits(checks=False, bounces=True),
    "all_at_once": Habits(
        loses_requests=True, loses_answers=True, delays=True, repeats=True, partly=True, bounces=True, errs=True
    ),
    "all_and_pays_repeats": Habits(
        loses_requests=True, loses_answers=True, delays=True, repeats=True, partly=True, bounces=True,
        remembers=False,
    ),
}  # fmt: skip


@dataclass
class Request:
    """One payment that the bank was asked to make, and what it did."""

    payment: str
    fen: int
    execute_on: date
    card: str = ""
    name: str = ""
    outcome: str = "open"  # open | paid | rejected | lapsed


@dataclass
class Booked:
    """A line of the payer's account."""

    payment: str
    fen: int
    credit: bool
    on: date
    number: int


@dataclass
class BankWithHabits(Bank):
    """Takes in files, pays or not, and says so or not; `debits` is its book of what it paid out."""

    exchange: Path
    habits: Habits
    requests: list[Request] = field(default_factory=list)
    booked: list[Booked] = field(default_factory=list)
    kept_back: list[tuple[str, bytes]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    # Whose each card is and what is wrong with it, as the bank knows; of whom it was asked what, and said so.
    holders: dict[str, str] = field(default_factory=dict)
    shut: set[str] = field(default_factory=set)
    unanswered: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    answered: set[tuple[str, str]] = field(default_factory=set)
    confirmed: set[tuple[str, str]] = field(default_factory=set)
    # Payments it was asked to make to a card of which it had not said anything.
    unvouched: list[str] = field(default_factory=list)
    day: date = FIRST_DAY
    closed: date = FIRST_DAY

    def __post_init__(self) -> None:
        super().__init__(self.exchange)

    # What it is asked

    def take_in(self, lose: bool) -> None:
        """Takes in what is in `out`, or loses it; an id seen before is not taken up, if the bank looks."""
        for path in sorted(self.out.glob("*.xml" if not self.habits.csv else "*.csv")):
            if not lose and self._asks_about_cards(path):
                self.unanswered |= self._questions(path)
            else:
                for request in [] if lose else self._asked(path):
                    if request.payment in self.batch_of and self.habits.remembers:
                        continue
                    self.batch_of[request.payment] = path.stem
                    self.requests.append(request)
                    if (request.card, request.name) not in self.answered:
                        self.unvouched.append(request.payment)
            path.unlink()

    def _asks_about_cards(self, path: Path) -> bool:
        return path.name.startswith("C")

    def _questions(self, path: Path) -> dict[str, tuple[str, str, str]]:
        if self.habits.csv:
            rows = [line.split(",") for line in path.read_text("utf-8-sig").splitlines()[1:]]
            return {row[0]: (row[1], row[2], row[3]) for row in rows}
        root = ElementTree.fromstring(path.read_bytes())
        self.questions.clear()
        self.hear(root, {"p": root.tag[1:].partition("}")[0]})
        return dict(self.questions)

    def _asked(self, path: Path) -> list[Request]:
        if self.habits.csv:
            rows = [line.split(",") for line in path.read_text("utf-8-sig").splitlines()[1:]]
            return [Request(row[0], _fen(row[3]), date.fromisoformat(row[4]), row[1], row[2]) for row in rows]
        root = ElementTree.fromstring(path.read_bytes())
        space = {"p": root.tag[1:].partition("}")[0]}
        on = date.fromisoformat(root.findtext(".//p:ReqdExctnDt/p:Dt", namespaces=space) or "")
        return [
            Request(
                line.findtext(".//p:EndToEndId", namespaces=space) or "",
                _fen(line.findtext(".//p:InstdAmt", namespaces=space) or ""),
                on,
                line.findtext("p:CdtrAcct/p:Id/p:Othr/p:Id", "", namespaces=space),
                line.findtext("p:Cdtr/p:Nm", "", namespaces=space),
            )
            for line in root.findall(".//p:CdtTrfTxInf", space)
        ]

    # What it does

    def decide(self, request: Request, outcome: str) -> None:
        """Pays or rejects. A bank that does not look for repeats lets a request lapse with its value date."""
        if not self.habits.remembers and self.day > request.execute_on:
            outcome = "lapsed"
        request.outcome = outcome
        if outcome == "paid":
            self._book(request.payment, request.fen, credit=False)

    def bounce(self, payment: str) -> None:
        """The money comes back."""
        self._book(payment, next(line.fen for line in self.booked if line.payment == payment), credit=True)
        if self.habits.csv:
            self.say(payment, "returned", "AC04")

    def answer_about_cards(self, checks: list[str]) -> None:
        """Says of each card what is so, and remembers whom it confirmed."""
        if not checks:
            return
        said = {}
        for check in checks:
            card, name, _ = self.unanswered.pop(check)
            holder = self.holders.get(card)
            said[check] = (
                "AC01"
                if holder is None
                else "AC04"
                if card in self.shut
                else ""
                if holder == name
                else "BE01"
            )
            self.answered.add((card, name))
            if not said[check]:
                self.confirmed.add((card, name))
        if self.habits.csv:
            rows = "".join(
                f"{check},{'refused' if code else 'confirmed'},{code}\n" for check, code in said.items()
            )
            self._tell(self._write("C20260701-001", "answer.csv", f"check,outcome,reason\n{rows}"))
        else:
            self._tell(self.answer_cards(said))

    def paid_to_another(self) -> set[str]:
        """The payments that went to a card of somebody else, or one that is shut."""
        return {
            each.payment
            for each in self.requests
            if each.outcome == "paid" and (self.holders.get(each.card) != each.name or each.card in self.shut)
        }

    def _book(self, payment: str, fen: int, *, credit: bool) -> None:
        self.booked.append(Booked(payment, fen, credit, self.day, len(self.booked) + 1))

    # What it says

    def say(self, payment: str, outcome: str, code: str = "") -> None:
        """A status report about one payment."""
        self.say_all({payment: (outcome, code)})

    def say_all(self, answers: Mapping[str, tuple[str, str]]) -> None:
        """A status report for each file it was asked by, payment -> (outcome, code)."""
        if not self.habits.reports:
            return
        of_batch: dict[str, dict[str, tuple[str, str]]] = {}
        for payment, said in answers.items():
            of_batch.setdefault(self.batch_of.get(payment, "B-unknown"), {})[payment] = said
        for batch, answered in of_batch.items():
            if self.habits.csv:
                rows = [
                    f"{payment},{word},{code},,{self.day}\n" for payment, (word, code) in answered.items()
                ]
                text = "payment,outcome,reason,amount_yuan,on\n" + "".join(rows)
                self._tell(self._write(batch, "answer.csv", text))
            else:
                self._tell(self.report({one: (STATUS[word], code) for one, (word, code) in answered.items()}))

    def state(self, *, from_the_start: bool = False) -> None:
        """A statement of the days that have closed since the last one, or of all."""
        if not self.habits.states:
            return
        after = FIRST_DAY if from_the_start else self.closed
        last = self.day - ONE_DAY
        if last <= after:
            return
        lines = [line for line in self.booked if after < line.on <= last]
        first = after + ONE_DAY
        self.closed = last
        name = self.statement(
            [(each.payment, each.fen, each.credit, "AC04" if each.credit else "") for each in lines],
            days=(first, last),
            numbers=[each.number for each in lines],
        )
        self._tell(name)

    def deliver(self, position: int) -> None:
        """Hands over one of the answers that were kept back."""
        name, data = self.kept_back.pop(position % len(self.kept_back))
        (self.into / name).write_bytes(data)

    def deliver_about_cards(self) -> None:
        """Hands over the reports about cards that were kept back."""
        for name, data in [each for each in self.kept_back if each[0].startswith("C")]:
            self.kept_back.remove((name, data))
            (self.into / name).write_bytes(data)

    def _tell(self, name: str) -> None:
        self.told.append(name)
        if self.habits.delays:
            path = self.into / name
            self.kept_back.append((name, path.read_bytes()))
            path.unlink()

    # Its book

    def debits(self) -> Counter[str]:
        """payment -> how often it was paid."""
        return Counter(line.payment for line in self.booked if not line.credit)

    def given_back(self) -> set[str]:
        """The payments that came back."""
        return {line.payment for line in self.booked if line.credit}

    def kept(self) -> list[str]:
        """What was paid and has not come back."""
        return sorted(set(self.debits()) - self.given_back())

    def kept_fen(self) -> int:
        """What the payer has been debited in all."""
        return sum(-line.fen if line.credit else line.fen for line in self.booked)

    def open(self) -> list[Request]:
        """What the bank has yet to decide."""
        return [request for request in self.requests if request.outcome == "open"]


def _fen(text: str) -> int:
    whole, _, rest = text.partition(".")
    return int(whole) * 100 + int(rest)
