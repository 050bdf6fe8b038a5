"""Files are taken in whole or not at all, never twice, whatever is in them."""

import io
import random
import threading
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from huimin.tables.problem import text
from huimin_platform.base import lake
from huimin_platform.base.models import AuditLine
from huimin_platform.intake import actions, queries
from huimin_platform.intake.models import Delivery, DeliveryFile, DeliveryState, ProblemGroup

AT = datetime(2026, 7, 1, 1, tzinfo=UTC)
VEHICLES = "公安局_机动车.csv"
HEAD = "号牌号码,所有人,身份证明号码,车辆类型,初次登记日期"
ROWS = [
    "浙A11111,马一,330127197001011232,小型轿车,2019-05-01",
    "浙A22222,牛二,330127198002022348,小型轿车,2020-05-01",
]

pytestmark = pytest.mark.django_db


def csv(folder: Path, rows: list[str], name: str = VEHICLES, head: str = HEAD) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def receive(*paths: Path) -> Delivery:
    delivery = actions.receive(paths=paths, at=AT, by="system")
    assert delivery is not None
    return delivery


def received(path: Path) -> DeliveryFile:
    return queries.files(delivery=receive(path).pk).get()


def test_an_empty_folder_is_no_delivery(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").write_text("x")
    (tmp_path / "~$公安局_机动车.xlsx").write_text("x")
    assert actions.receive(paths=[tmp_path], at=AT, by="system") is None
    assert not Delivery.objects.exists()


def test_a_file_is_kept_sealed_with_its_rows_and_an_audit_line(tmp_path: Path) -> None:
    path = csv(tmp_path / "d", ROWS)
    file = received(path)
    assert (file.state, file.dataset, file.department, file.rows_accepted) == (
        "accepted",
        "vehicles",
        "police",
        2,
    )
    assert lake.get_bytes(file.raw_path) == path.read_bytes()
    assert queries.rows_of(file)["line"].to_list() == [2, 3]
    assert AuditLine.objects.filter(kind="file", object_id=str(file.pk), action="takes_in").count() == 1
    assert file.delivery.state == DeliveryState.RECEIVED


def test_the_same_folder_twice_changes_nothing(tmp_path: Path) -> None:
    csv(tmp_path / "d", ROWS)
    first = receive(tmp_path / "d")
    second = receive(tmp_path / "d")
    (again,) = queries.files(delivery=second.pk)
    assert (again.state, again.current, again.rows_accepted) == ("repeated", False, 0)
    assert [file.delivery_id for file in queries.current_files()] == [first.pk]
    assert "公安局_机动车.csv" in text(again.message_code, again.message_params, "zh-hans")


def test_the_same_content_under_another_name_counts_once(tmp_path: Path) -> None:
    receive(csv(tmp_path / "d", ROWS))
    copy = received(csv(tmp_path / "e", ROWS, "公安局_机动车（副本）.csv"))
    assert copy.state == "repeated"
    assert [file.name for file in queries.current_files()] == [VEHICLES]


def test_a_corrected_file_supersedes_and_the_former_can_come_back(tmp_path: Path) -> None:
    first = received(csv(tmp_path / "d", ROWS))
    second = received(csv(tmp_path / "d", ROWS[:1]))
    assert second.supersedes_id == first.pk
    assert [file.pk for file in queries.current_files()] == [second.pk]
    third = received(csv(tmp_path / "d", ROWS))
    assert (third.state, third.message_code) == ("repeated", "counts_again")
    assert [file.pk for file in queries.current_files()] == [first.pk]
    assert all(text("counts_again", {}, language) for language in ("zh-hans", "en"))


def test_an_old_content_under_a_new_name_does_not_bring_the_old_file_back(tmp_path: Path) -> None:
    receive(csv(tmp_path / "d", ROWS))
    second = received(csv(tmp_path / "d", ROWS[:1]))
    receive(csv(tmp_path / "d", ROWS, "旧.csv"))
    assert [file.pk for file in queries.current_files()] == [second.pk]


def test_files_of_one_name_in_two_folders_both_count(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    csv(tmp_path / "d" / "东镇", ROWS[:1])
    csv(tmp_path / "d" / "西镇", ROWS[1:])
    receive(tmp_path / "d")
    assert [file.name for file in queries.current_files()] == [f"东镇/{VEHICLES}", f"西镇/{VEHICLES}"]
    receive(tmp_path / "d" / "东镇" / VEHICLES)
    assert len(queries.current_files()) == 2


def test_a_broken_run_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    csv(tmp_path / "d", ROWS, "a_机动车.csv")
    csv(tmp_path / "d", ROWS[:1], "b_机动车.csv")
    plain, calls = lake.put_frame, []

    def failing(name: str, frame: Any) -> None:
        calls.append(name)
        if sum(each.startswith("rows/") for each in calls) == 2:
            raise OSError("no space left")
        plain(name, frame)

    monkeypatch.setattr(lake, "put_frame", failing)
    with pytest.raises(OSError, match="no space"):
        receive(tmp_path / "d")
    assert DeliveryFile.objects.count() == 1
    assert Delivery.objects.get().state == DeliveryState.RECEIVING
    delivery = receive(tmp_path / "d")
    assert delivery.pk == Delivery.objects.get().pk
    assert [file.state for file in queries.files(delivery=delivery.pk)] == ["accepted", "accepted"]


def test_a_file_that_cannot_be_opened_does_not_stop_the_others(tmp_path: Path) -> None:
    csv(tmp_path / "d", ROWS)
    delivery = receive(tmp_path / "d", tmp_path / "gone.csv")
    states = {file.name: file.state for file in queries.files(delivery=delivery.pk)}
    assert states == {VEHICLES: "accepted", "gone.csv": "unreadable"}


def workbook_without_headings() -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for line in range(40):
            sheet.write_row(line, 0, [line, line * 2, "x"])
    return buffer.getvalue()


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(3000):
                sheet.write(b"0" * (1 << 20))
    return buffer.getvalue()


BAD = {
    "通知.csv": ("日期,天气\n2026-07-01,晴\n".encode(), "unknown_kind"),
    "无表头.xlsx": (workbook_without_headings, None),
    "公安局_机动车.csv": (random.Random(7).randbytes(4000), None),
    "人社局_参保登记.csv": ("姓\0名,证\x02件,险\x00种\n王,1,2\n赵,3,4\n".encode(), "unknown_kind"),
    "空.csv": (b"", None),
    "民政局_低保名册.xlsx": (lambda: workbook_without_headings()[:700], "unreadable"),
    "人社局_失业待遇.xlsx": (bomb, "unreadable"),
    "待遇.csv": ("姓名,证件号码,待遇类别,月待遇金额,起始月,截止月,社保卡号\n".encode() * 2, None),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_told_with_its_cure(name: str, tmp_path: Path) -> None:
    content, state = BAD[name]
    path = tmp_path / name
    path.write_bytes(content() if callable(content) else content)
    file = received(path)
    assert file.state in ({state} if state else {"unknown_kind", "unreadable", "refused", "ambiguous"})
    assert not file.current
    assert lake.get_bytes(file.raw_path) == path.read_bytes()
    for language in ("zh-hans", "en"):
        assert len(text(file.message_code, file.message_params, language)) > 10


def test_headings_of_two_data_sets_are_ambiguous(tmp_path: Path) -> None:
    head = "姓名,证件号码,待遇类别,月待遇金额,起始月,截止月,社保卡号"
    file = received(csv(tmp_path / "d", ["马一,330127197001011232,,100,2025-07,2026-06,"], "发放.csv", head))
    assert file.state == "ambiguous"


def test_bad_cells_are_counted_by_kind(tmp_path: Path) -> None:
    head = "结算流水号,姓名,身份证号,结算日期,医疗机构,总费用,基金支付,个人自付"
    rows = [
        "J1,马一,330127197001011232,2999-01-01,市医院,100,50,50",
        "J2,马一,330127197001011232,2026-01-01,市医院,100,50,-50",
        "J3,马一,330127197001011232,2026-01-01,市医院,100,50,50",
    ]
    file = received(csv(tmp_path / "d", rows, "医保局_医疗结算.csv", head))
    groups = {group.code: (group.column, group.count, group.first_line) for group in queries.groups_of(file)}
    assert ("settled_on", 1, 2) in groups.values()
    assert groups["amount_negative"] == ("own_fen", 1, 3)
    assert file.rows_accepted + file.rows_refused == 3
    assert queries.unsure_of(file).height == file.rows_refused
    assert ProblemGroup.objects.filter(file=file).count() == len(groups)


@pytest.mark.slow
def test_a_million_bad_cells_are_taken_in_bounds(tmp_path: Path) -> None:
    rows = ["x,,99,不知道,9999-99-99"] * 250_000
    file = received(csv(tmp_path / "d", rows))
    assert file.problem_count >= 750_000
    assert ProblemGroup.objects.filter(file=file).count() < 50


@pytest.mark.django_db(transaction=True)
def test_two_who_send_the_same_file_at_once(tmp_path: Path) -> None:
    from django.db import connection

    path, found = csv(tmp_path / "d", ROWS), []

    def send() -> None:
        try:
            found.append(received(path).state)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert DeliveryFile.objects.filter(state="accepted").count() == 1
    assert len(found) >= 1
