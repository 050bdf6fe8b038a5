"""The outbox of messages: each new notice once, no name and no link in it, and who has no telephone is told by an officer."""

# ruff: noqa: F401, F811 - fixtures are imported by name

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.stages.funds_world import AT, COUNTY, TODAY
from tests.stages.test_cases_decisions import county, open_case, review, township, world

from huimin_platform.base import secrets
from huimin_platform.base.models import AuditLine
from huimin_platform.cases import actions, reminders, steps
from huimin_platform.cases.models import Notice, ReceiptFile, Reminder, ReminderFile
from huimin_platform.registry.models import Person

pytestmark = pytest.mark.django_db
PHONE = "13800000000"
# The next run after the decisions of the test.
SOON = AT + timedelta(days=1)


@pytest.fixture(autouse=True)
def house(settings, tmp_path):
    """A house that sends messages."""
    settings.HUIMIN_MESSAGES = True
    settings.HUIMIN_HOME = tmp_path
    settings.HUIMIN_TODAY = TODAY
    return tmp_path


def decided(world, township, county, number: int = 1, phone: str = PHONE) -> Notice:
    """A decided case with its notice, and the telephone of its applicant."""
    case = open_case(world, number)
    review(case, township)
    actions.decide(case=case, outcome="approve", reason="", at=AT, by=county)
    notice = Notice.objects.get(case=case)
    if phone:
        person = notice.person
        person.phone_sealed = secrets.seal(phone, "registry.person.phone", person.pk)
        person.save()
    return notice


def advance(at=SOON) -> int:
    return steps.advance(today=at.date(), at=at, progress=lambda text: None)["reminded"]


def files(home: Path) -> dict[str, list[dict[str, str]]]:
    place = home / "messages" / "out"
    return {
        path.name: list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        for path in (sorted(place.iterdir()) if place.exists() else [])
    }


def test_a_new_notice_is_told_once(house, world, township, county) -> None:
    notice = decided(world, township, county)
    assert advance() == 1
    [(name, [line])] = files(house).items()
    assert name == "M20260702-001.csv"
    assert (line["message"], line["phone"]) == (str(notice.pk), PHONE)
    assert line["text"].startswith("【")
    # Phones are shared, and frauds send links.
    assert notice.person.name not in line["text"]
    assert "http" not in line["text"]
    assert "核对码" in line["text"]
    for later in (SOON, SOON + timedelta(days=1), AT - timedelta(days=30)):
        assert advance(later) == 0
    assert len(files(house)) == 1


def test_a_house_that_sends_none_keeps_none(house, settings, world, township, county) -> None:
    settings.HUIMIN_MESSAGES = False
    decided(world, township, county)
    assert advance() == 0
    assert (Reminder.objects.count(), files(house)) == (0, {})
    # Switched on later, what is long past is not told.
    settings.HUIMIN_MESSAGES = True
    assert advance(AT + timedelta(days=9)) == 0
    assert advance() == 1
    # While the worker stood still, nobody was forgotten.
    decided(world, township, county, 2)
    assert advance(AT + timedelta(days=9)) == 1


def test_a_house_that_begins_again_tells_nobody_of_what_is_long_past(
    house, settings, world, township, county
) -> None:
    decided(world, township, county)
    assert advance() == 1
    settings.HUIMIN_MESSAGES = False
    decided(world, township, county, 2)
    assert advance(AT + timedelta(days=200)) == 0
    settings.HUIMIN_MESSAGES = True
    assert advance(AT + timedelta(days=200)) == 0


def test_nobody_is_asked_to_reply_by_a_day_that_has_passed(house, world, township, county) -> None:
    told = decided(world, township, county)
    for days in (2, 1, 0):
        Notice.objects.create(
            key=f"{days}", case=told.case, person=told.person, kind="begun", title=told.title, text=told.text, issued_at=AT,
            reply_by=TODAY + timedelta(days=days),
        )  # fmt: skip
    advance()
    [[_decision, *begun]] = files(house).values()
    assert ["陈述意见" in line["text"] for line in begun] == [True, True, False]
    assert "请在 2026年7月3日前（含当日）陈述意见" in begun[0]["text"]


def test_of_who_has_died_the_family_is_told(house, world, township, county, client) -> None:
    notice = decided(world, township, county)
    Person.objects.filter(pk=notice.person_id).update(died_on=TODAY)
    advance()
    assert files(house) == {}
    client.cookies["huimin_language"] = "en"
    client.force_login(township)
    assert "Has died: tell the family." in client.get("/notices/unreached/").content.decode()


def test_a_crash_between_rows_and_file_loses_no_message(house, world, township, county, monkeypatch) -> None:
    notice = decided(world, township, county)
    with monkeypatch.context() as dying:
        dying.setattr(reminders.os, "fsync", lambda descriptor: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            advance()
    assert Reminder.objects.get().state == "handed"
    assert advance(SOON + timedelta(hours=1)) == 0
    assert [line["message"] for line in files(house)["M20260702-001.csv"]] == [str(notice.pk)]
    assert PHONE.encode() not in bytes(ReminderFile.objects.get().content_sealed)


def test_who_has_no_telephone_is_told_by_an_officer_of_the_place(
    house, world, township, county, client, make_user
) -> None:
    notice = decided(world, township, county, phone="")
    assert advance() == 1
    assert files(house) == {}
    client.cookies["huimin_language"] = "en"
    client.force_login(make_user("township", division="330127999000"))
    assert "Nobody waits to be told" in client.get("/notices/unreached/").content.decode()
    reminder = Reminder.objects.get()
    assert client.post(f"/notices/unreached/{reminder.pk}/").status_code == 404
    client.force_login(township)
    page = client.get("/notices/unreached/").content.decode()
    assert notice.case.number in page
    assert notice.person.name not in page
    for _click in range(2):
        assert client.post(f"/notices/unreached/{reminder.pk}/")["Location"] == "/notices/unreached/"
    assert AuditLine.objects.filter(kind="notice", action="answers").count() == 1
    reminder.refresh_from_db()
    assert (reminder.state, reminder.told_by) == ("told", township)
    assert "Told in person" in client.get(f"/notices/{notice.pk}/").content.decode()


def test_the_list_takes_a_fixed_number_of_queries(house, world, township, county, client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get("/notices/unreached/")
        return len(seen)

    decided(world, township, county, phone="")
    advance()
    client.force_login(township)
    count()
    few = count()
    for number in range(2, 6):
        decided(world, township, county, number, phone="")
    advance()
    assert Reminder.objects.filter(state="unreached").count() == 5
    assert count() == few


def said(house: Path, text: str, name: str = "R20260703-001.csv", encoding: str = "utf-8") -> None:
    """A file of the gateway."""
    place = house / "messages" / "in"
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_bytes(f"message,state,at,reason\r\n{text}".encode(encoding))


LATER = SOON + timedelta(hours=2)
MOMENT = "2026-07-02T10:00:00+08:00"


def receipts_of(at=LATER) -> dict[str, int]:
    counts = steps.advance(today=at.date(), at=at, progress=lambda text: None)
    return {key: count for key, count in counts.items() if key.startswith("messages_") and count}


def test_the_gateway_says_what_became_of_each_message(house, world, township, county, client) -> None:
    one, two, three, four = (decided(world, township, county, number) for number in range(1, 5))
    advance()
    said(
        house,
        f"{one.pk},DELIVRD,{MOMENT},\r\n{two.pk},UNDELIV,{MOMENT},空号\r\n"
        f"{three.pk},unknown,{MOMENT},\r\n{four.pk},ENROUTE,{MOMENT},\r\n999999,DELIVRD,{MOMENT},\r\n",
        encoding="gb18030",
    )
    assert receipts_of() == {
        "messages_delivered": 1, "messages_failed": 1, "messages_unknown": 1, "messages_not_ours": 1,
    }  # fmt: skip
    states = dict(Reminder.objects.values_list("notice", "state"))
    assert states == {one.pk: "delivered", two.pk: "failed", three.pk: "unknown", four.pk: "handed"}
    # The file is out of the way, and the same content again changes nothing.
    assert [path.name for path in (house / "messages" / "in").iterdir()] == ["read"]
    failed = Reminder.objects.get(notice=two)
    assert (failed.receipt_code, failed.receipt_reason) == ("UNDELIV", "空号")
    for language, listed, arrived in (
        ("en", ("The message was not delivered", "Not known whether the message arrived", "UNDELIV · 空号"), "Message delivered"),
        ("zh-hans", ("短信未送达", "不清楚短信是否送达", "UNDELIV · 空号"), "短信已送达"),
    ):  # fmt: skip
        client.cookies["huimin_language"] = language
        township.language = language
        township.save()
        client.force_login(township)
        page = client.get("/notices/unreached/").content.decode()
        assert all(each in page for each in listed)
        assert (two.case.number in page, one.case.number in page, four.case.number in page) == (
            True,
            False,
            False,
        )
        assert arrived in client.get(f"/notices/{one.pk}/").content.decode()
    assert client.post(f"/notices/unreached/{failed.pk}/").status_code == 302
    failed.refresh_from_db()
    assert (failed.state, failed.told_by) == ("told", township)


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (["UNDELIV", "DELIVRD"], "delivered"),
        (["DELIVRD", "UNDELIV"], "delivered"),
        (["UNKNOWN", "EXPIRED"], "failed"),
        (["REJECTD", "UNKNOWN"], "failed"),
        (["ACCEPTD"], "handed"),
    ],
)
def test_what_is_known_of_a_message_only_becomes_surer(house, world, township, county, words, state) -> None:
    notice = decided(world, township, county)
    advance()
    for number, word in enumerate(words):
        said(house, f"{notice.pk},{word},{MOMENT},\r\n", f"R{number}.csv")
        receipts_of()
        said(house, f"{notice.pk},{word},{MOMENT},\r\n", f"again{number}.csv")
        receipts_of()
    assert Reminder.objects.get().state == state
    assert ReceiptFile.objects.count() == len(words)


def test_silence_is_not_known_only_where_the_gateway_reports_at_all(house, world, township, county) -> None:
    notice = decided(world, township, county)
    advance()
    late = SOON + timedelta(days=3, minutes=1)
    assert receipts_of(late) == {}
    said(house, f"999999,DELIVRD,{MOMENT},\r\n")
    assert receipts_of(SOON + timedelta(days=2)) == {"messages_not_ours": 1}
    assert Reminder.objects.get().state == "handed"
    assert receipts_of(late) == {"messages_unknown": 1}
    assert Reminder.objects.get().state == "unknown"
    # A receipt that comes after all counts.
    said(house, f"{notice.pk},DELIVRD,{MOMENT},\r\n", "R2.csv")
    assert receipts_of(late) == {"messages_delivered": 1}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{pk},DELIVRD,{moment},\r\n{pk},GONE,{moment},\r\n", "第 3 行“state”列的“GONE”无法识别。"),
        ("{pk},DELIVRD,yesterday,\r\n", "第 2 行“at”列的“yesterday”无法识别。"),
        ("{pk},DELIVRD,2026-07-02T10:00:00,\r\n", "第 2 行“at”列"),
        ("１,DELIVRD,{moment},\r\n", "第 2 行“message”列的“１”无法识别。"),
    ],
)
def test_a_malformed_file_is_refused_whole_and_shown(
    house, world, township, county, client, line, words
) -> None:
    notice = decided(world, township, county)
    advance()
    said(house, line.format(pk=notice.pk, moment=MOMENT))
    for _ in range(2):
        assert receipts_of() == {"messages_refused": 1}
    assert Reminder.objects.get().state == "handed"
    assert ReceiptFile.objects.count() == 1
    client.force_login(township)
    page = client.get("/notices/unreached/").content.decode()
    assert words in page
    assert "R20260703-001.csv" in page
    # It had not been written to its end; whole, it is another file of the same name.
    said(house, f"{notice.pk},DELIVRD,{MOMENT},\r\n")
    assert receipts_of() == {"messages_delivered": 1}
    assert "R20260703-001.csv" not in client.get("/notices/unreached/").content.decode()
