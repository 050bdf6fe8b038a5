"""The make-believe bank: debits a payment once, answers as its profile says, survives being killed."""

import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from huimin.funds import bank as asked
from huimin.funds import csv_profile, csv_statement, iso20022
from huimin_county.bank import PROFILES, AlreadyOpen, Bank, book, run

DAY = date(2026, 7, 1)


def order(name: str, payments: int, amount_fen: int = 63_450, first: int = 0) -> asked.Order:
    items = tuple(
        asked.Instruction(
            f"P{first + n:05d}", amount_fen + n, "王小明", f"62170000000{first + n:08d}", "低保"
        )
        for n in range(payments)
    )
    made_at = datetime(2026, 7, 1, 9, tzinfo=UTC)
    return asked.Order(name, made_at, DAY, "某县民政局", "3301000001", items)


def send(folder: Path, what: asked.Order, name: str = "") -> None:
    (folder / "out").mkdir(parents=True, exist_ok=True)
    (folder / "out" / f"{name or what.id}.xml").write_bytes(iso20022.write_pain001(what))


def replies(folder: Path) -> list[asked.Reply]:
    return [iso20022.read(path.read_bytes()) for path in sorted((folder / "in").glob("*.xml"))]


def outcomes(folder: Path) -> Counter[str]:
    return Counter(answer.outcome for reply in replies(folder) for answer in reply.answers)


def debits(folder: Path) -> list[int]:
    return [line.debits for line in book(folder)]


def test_an_honest_bank_settles_what_it_debits(tmp_path: Path) -> None:
    send(tmp_path, order("batch-1", 20))
    bank = Bank(tmp_path, PROFILES["honest"])
    assert bank.round(DAY) == ["batch-1.1.pain002.xml"]
    (reply,) = replies(tmp_path)
    assert (reply.batch, outcomes(tmp_path)) == ("batch-1", {"settled": 20})
    assert debits(tmp_path) == [1] * 20
    assert sum(line.debited_fen for line in book(tmp_path)) == order("batch-1", 20).total_fen()
    assert not list((tmp_path / "out").iterdir())


def test_a_repeat_is_answered_again_and_not_debited_again(tmp_path: Path) -> None:
    bank = Bank(tmp_path, PROFILES["honest"])
    for name in ("batch-1", "batch-1", "other-name"):
        send(tmp_path, order("batch-1", 5), name)
        bank.round(DAY)
    assert debits(tmp_path) == [1] * 5
    assert outcomes(tmp_path) == {"settled": 15}


def test_another_amount_under_a_known_id_is_turned_away(tmp_path: Path) -> None:
    bank = Bank(tmp_path, PROFILES["honest"])
    send(tmp_path, order("batch-1", 1))
    bank.round(DAY)
    send(tmp_path, order("batch-2", 1, amount_fen=99))
    bank.round(DAY)
    assert [answer.reason for answer in replies(tmp_path)[1].answers] == ["AM05"]
    assert debits(tmp_path) == [1]


def test_a_bank_that_does_not_look_pays_twice(tmp_path: Path) -> None:
    bank = Bank(tmp_path, PROFILES["no_dedupe"])
    for _ in range(2):
        send(tmp_path, order("batch-1", 3))
        bank.round(DAY)
    assert debits(tmp_path) == [2] * 3


def test_a_slow_bank_says_nothing_for_three_rounds(tmp_path: Path) -> None:
    send(tmp_path, order("batch-1", 2))
    bank = Bank(tmp_path, PROFILES["slow"])
    assert [bank.round(DAY) for _ in range(5)] == [[], [], [], ["batch-1.1.pain002.xml"], []]


def test_a_silent_bank_debits_and_never_speaks(tmp_path: Path) -> None:
    send(tmp_path, order("batch-1", 2))
    bank = Bank(tmp_path, PROFILES["silent"])
    assert [bank.round(DAY + timedelta(days=day)) for day in range(4)] == [[]] * 4
    assert debits(tmp_path) == [1, 1]


def test_lost_answers_are_found_in_the_statement(tmp_path: Path) -> None:
    bank = Bank(tmp_path, PROFILES["loses_answers"], seed=1)
    for batch in range(12):
        send(tmp_path, order(f"batch-{batch}", 1, first=batch))
    bank.round(DAY)
    assert 0 < outcomes(tmp_path)["settled"] < 12
    bank.round(DAY + timedelta(days=1))
    (statement,) = [reply for reply in replies(tmp_path) if not reply.batch]
    assert {answer.id for answer in statement.answers} == {f"P{n:05d}" for n in range(12)}


def test_a_bank_that_repeats_itself_says_the_same_thing(tmp_path: Path) -> None:
    send(tmp_path, order("batch-1", 2))
    bank = Bank(tmp_path, PROFILES["repeats"])
    for _ in range(4):
        bank.round(DAY)
    names = sorted(path.name for path in (tmp_path / "in").iterdir())
    assert names == [f"batch-1.{n}.pain002.xml" for n in (1, 2, 3)]
    assert len({path.read_bytes() for path in (tmp_path / "in").iterdir()}) == 1


def test_closed_cards_send_the_money_back_days_later(tmp_path: Path) -> None:
    send(tmp_path, order("batch-1", 300))
    bank = Bank(tmp_path, PROFILES["bounces"])
    bank.round(DAY)
    assert outcomes(tmp_path) == {"settled": 300}
    for day in range(1, 8):
        bank.round(DAY + timedelta(days=day))
    returned = [
        answer for reply in replies(tmp_path) for answer in reply.answers if answer.outcome == "returned"
    ]
    assert 15 < len(returned) < 45
    assert {answer.reason for answer in returned} == {"AC04"}
    assert all(
        answer.on and DAY + timedelta(days=2) <= answer.on <= DAY + timedelta(days=5) for answer in returned
    )
    assert sum(line.returned_fen for line in book(tmp_path)) == sum(
        answer.amount_fen or 0 for answer in returned
    )


def test_part_of_a_file_is_rejected_and_part_put_off(tmp_path: Path) -> None:
    send(tmp_path, order("batch-1", 200))
    bank = Bank(tmp_path, PROFILES["partly"])
    bank.round(DAY)
    first = outcomes(tmp_path)
    assert first["returned"] > 20
    assert first["pending"] > 5
    assert sum(debits(tmp_path)) == first["settled"]
    bank.round(DAY)
    bank.round(DAY)
    last = Counter(answer.outcome for answer in replies(tmp_path)[-1].answers)
    assert last == {"settled": first["settled"] + first["pending"], "returned": first["returned"]}


def test_a_wrong_card_number_is_turned_away(tmp_path: Path) -> None:
    item = asked.Instruction("P1", 100, "王小明", "无卡", "低保")
    send(tmp_path, asked.Order("b", datetime(2026, 7, 1, tzinfo=UTC), DAY, "某县", "1", (item,)))
    Bank(tmp_path, PROFILES["honest"]).round(DAY)
    assert [(answer.outcome, answer.reason) for answer in replies(tmp_path)[0].answers] == [
        ("returned", "AC01")
    ]
    assert book(tmp_path) == []


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (r'Ccy="CNY"', 'Ccy="USD"'),
        (r"<NbOfTxs>3<", "<NbOfTxs>4<"),
        (r"<CtrlSum>[0-9.]+<", "<CtrlSum>1.00<"),
        (r"P00001", "P00000"),
        (r">634\.50<", ">634.505<"),
        (r">634\.50<", ">-634.50<"),
        (r"pain\.001\.001\.09", "pain.008.001.09"),
        (r"<PmtMtd>TRF", "<PmtMtd>CHK"),
        (r"<Document", '<!DOCTYPE d [<!ENTITY x "y">]><Document'),
        (r"</CstmrCdtTrfInitn>", ""),
        (r"<EndToEndId>P00002</EndToEndId>", "<EndToEndId></EndToEndId>"),
    ],
)
def test_a_malformed_file_is_refused_whole(tmp_path: Path, was: str, becomes: str) -> None:
    text = iso20022.write_pain001(order("batch-1", 3)).decode()
    spoilt = re.sub(was, becomes, text)
    assert spoilt != text
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "batch-1.xml").write_text(spoilt)
    Bank(tmp_path, PROFILES["honest"]).round(DAY)
    (reply,) = replies(tmp_path)
    assert (reply.batch, reply.group, reply.group_reason, reply.answers) == (
        "batch-1",
        "returned",
        "FF01",
        (),
    )
    assert book(tmp_path) == []


def test_a_half_written_file_is_left_until_it_stops_growing(tmp_path: Path) -> None:
    bank = Bank(tmp_path, PROFILES["honest"])
    whole = iso20022.write_pain001(order("batch-1", 3))
    path = tmp_path / "out" / "batch-1.xml"
    (tmp_path / "out" / ".batch-2.xml").write_bytes(whole)
    (tmp_path / "out" / "batch-3.xml.part").write_bytes(whole)
    path.write_bytes(whole[:400])
    assert bank.round(DAY) == []
    path.write_bytes(whole[:900])
    assert bank.round(DAY) == []
    path.write_bytes(whole)
    assert bank.round(DAY) == ["batch-1.1.pain002.xml"]
    assert outcomes(tmp_path) == {"settled": 3}
    path.write_bytes(whole[:400])
    assert bank.round(DAY) == []
    assert bank.round(DAY) == ["batch-1.2.pain002.xml"]
    assert replies(tmp_path)[-1].group == "returned"


def test_csv_goes_in_and_comes_out(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "batch-1.csv").write_bytes(csv_profile.write(order("batch-1", 200)))
    (tmp_path / "out" / "wrong.csv").write_text("a,b\n1,2\n")
    bank = Bank(tmp_path, PROFILES["bounces"])
    assert sorted(bank.round(DAY)) == ["batch-1.1.answer.csv", "wrong.1.refused.txt"]
    first = csv_profile.read((tmp_path / "in" / "batch-1.1.answer.csv").read_bytes(), "batch-1")
    assert Counter(answer.outcome for answer in first.answers) == {"settled": 200}
    bank.round(DAY + timedelta(days=9))
    last = csv_profile.read((tmp_path / "in" / "batch-1.2.answer.csv").read_bytes(), "batch-1")
    returned = Counter(answer.outcome for answer in last.answers)["returned"]
    assert returned > 5
    [path] = (tmp_path / "in").glob("statement-*.csv")
    stated = csv_statement.read(path.read_bytes(), path.stem)
    assert Counter(line.credit for line in stated.lines) == {False: 200, True: returned}
    assert stated.days is not None
    assert stated.days[0] == DAY


def test_every_closed_day_has_its_statement_and_the_balances_join(tmp_path: Path) -> None:
    bank = Bank(tmp_path, PROFILES["honest"])
    for day in range(3):
        send(tmp_path, order(f"batch-{day}", 2, first=10 * day))
        bank.round(DAY + timedelta(days=day))
    bank.round(DAY + timedelta(days=7))
    texts = [path.read_text() for path in sorted((tmp_path / "in").glob("statement-*"))]
    balances = [
        re.findall(r"<Cd>(?:OPBD|CLBD)</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">([0-9.]+)<", text)
        for text in texts
    ]
    assert len(texts) == 3
    assert all(before[1] == after[0] for before, after in pairwise(balances))
    assert [len(reply.answers) for reply in replies(tmp_path) if not reply.batch] == [2, 2, 2]


class Killed(BaseException):
    """The machine went off."""


@pytest.mark.parametrize("profile", ["honest", "no_dedupe"])
@pytest.mark.parametrize("step", range(6))
def test_a_bank_killed_at_any_step_goes_on_where_it_was(
    tmp_path: Path, step: int, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps are the moments a file changes place: into the inbox, out of it, from draft to name."""
    send(tmp_path, order("batch-1", 4))
    send(tmp_path, order("batch-2", 4, first=10))
    bank = Bank(tmp_path, PROFILES[profile])
    replace, moves = Path.replace, 0

    def replace_or_die(self: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves > step:
            raise Killed
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replace_or_die)
    with pytest.raises(Killed):
        bank.round(DAY)
    bank.close()
    monkeypatch.undo()
    Bank(tmp_path, PROFILES[profile]).round(DAY)
    assert debits(tmp_path) == [1] * 8
    assert outcomes(tmp_path) == {"settled": 8}


def test_a_bank_killed_inside_a_file_takes_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(tmp_path, order("batch-1", 9))
    bank = Bank(tmp_path, PROFILES["no_dedupe"])
    pay, paid = Bank._pay, 0

    def pay_or_die(self: Bank, payment: int, card: str, today: date) -> None:
        nonlocal paid
        paid += 1
        if paid == 5:
            raise Killed
        pay(self, payment, card, today)

    monkeypatch.setattr(Bank, "_pay", pay_or_die)
    with pytest.raises(Killed):
        bank.round(DAY)
    bank.close()
    assert book(tmp_path) == []
    monkeypatch.undo()
    Bank(tmp_path, PROFILES["no_dedupe"]).round(DAY)
    assert debits(tmp_path) == [1] * 9


def test_the_bank_is_a_process_of_its_own(tmp_path: Path) -> None:
    send(tmp_path, order("batch-1", 2))
    command = [
        sys.executable,
        "-m",
        "huimin_county.bank",
        "--folder",
        str(tmp_path),
        "--once",
        "--today",
        "2026-07-01",
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["batch-1.1.pain002.xml"]
    assert outcomes(tmp_path) == {"settled": 2}


def test_two_banks_do_not_work_on_one_folder(tmp_path: Path) -> None:
    def meanwhile() -> date:
        with pytest.raises(AlreadyOpen):
            run(tmp_path, once=True)
        return DAY

    assert run(tmp_path, once=True, today=meanwhile) == 0
    send(tmp_path, order("batch-1", 2))
    assert run(tmp_path, once=True, today=lambda: DAY) == 1


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["honest", "no_dedupe"])
def test_a_bank_killed_by_the_system_again_and_again_debits_once(tmp_path: Path, profile: str) -> None:
    for batch in range(4):
        send(tmp_path, order(f"batch-{batch}", 1500, first=5000 * batch))
    command = [sys.executable, "-m", "huimin_county.bank", "--folder", str(tmp_path), "--once"]
    for patience in (0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 60.0):
        bank = subprocess.Popen(
            [*command, "--today", "2026-07-01", "--profile", profile], stdout=subprocess.DEVNULL
        )
        try:
            bank.wait(patience)
        except subprocess.TimeoutExpired:
            bank.kill()
            bank.wait()
    assert set(debits(tmp_path)) == {1}
    assert outcomes(tmp_path) == {"settled": 6000}
