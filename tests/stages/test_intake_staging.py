"""Two steps: a delivery is looked at with a report of what it would change, and counts only when it is committed."""

# Django gives models keys and sets that no static reader sees.
# pyright: reportAttributeAccessIssue=false

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.spec.test_intake_changes import bills, fen
from tests.stages.county_world import AT
from tests.stages.test_intake_platform_changes import csv
from tests.stages.test_intake_withdrawing import current, file, sent
from tests.stages.village import HUSBAND, NEIGHBOUR, VEHICLES, village

from huimin_platform.base.models import AuditLine
from huimin_platform.intake import actions, staging
from huimin_platform.intake.actions import Terms
from huimin_platform.intake.models import Delivery

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=1)
STAGED = Terms(stage=True)
CAR, OTHER = f"川A1,余望山,{HUSBAND},轿车,2019-05-01", f"川A2,葛长林,{NEIGHBOUR},轿车,2020-05-01"


def test_a_staged_delivery_counts_when_it_is_committed(tmp_path: Path) -> None:
    sent(file(tmp_path / "a", VEHICLES, CAR, OTHER))
    staged = sent(file(tmp_path / "b", VEHICLES, CAR.replace("2019", "2018")), LATER, STAGED)
    before = staged.files.get()
    assert (staged.state, before.state, before.current) == ("staged", "accepted", False)
    (change,) = staging.report(staged)
    rows = change.rows
    assert (rows.fresh, rows.gone, rows.changed, rows.same) == (0, 1, 1, 0)
    # Of one name, they are told apart by the delivery that brought them.
    assert change.begin == (f"{VEHICLES} (b, 2026-07-02)",)
    assert change.cease == (f"{VEHICLES} (a, 2026-07-01)",)
    for _ in range(2):
        assert staging.commit(delivery=staged.pk, at=LATER, by="system").state == "received"
    before.refresh_from_db()
    assert before.current
    assert AuditLine.objects.filter(action="commits").count() == 1
    with pytest.raises(staging.NotStaged):
        staging.discard(delivery=staged.pk, at=LATER, by="system")


def test_what_is_left_out_never_counts_and_can_be_sent_again(tmp_path: Path) -> None:
    folder = file(tmp_path / "a", VEHICLES, CAR)
    staged = sent(folder, AT, STAGED)
    staging.discard(delivery=staged.pk, at=AT, by="system")
    assert current() == []
    with pytest.raises(staging.NotStaged):
        staging.commit(delivery=staged.pk, at=AT, by="system")
    sent(folder, LATER)
    assert current() == [VEHICLES]


def test_the_later_commit_decides_not_the_later_look(tmp_path: Path) -> None:
    first = sent(file(tmp_path / "a", VEHICLES, CAR), AT, STAGED)
    second = sent(file(tmp_path / "b", VEHICLES, OTHER), AT, STAGED)
    staging.commit(delivery=second.pk, at=AT, by="system")
    staging.commit(delivery=first.pk, at=LATER, by="system")
    assert first.files.get().current
    assert not second.files.get().current


def test_a_file_held_back_is_committed_only_when_asked_for(tmp_path: Path) -> None:
    name = "医保局_医疗结算.csv"

    def bills_in(folder: Path, columns: dict[str, list[str]]) -> Path:
        folder.mkdir()
        (folder / name).write_text(csv(columns), encoding="utf-8")
        return folder

    sent(bills_in(tmp_path / "a", bills()))
    in_fen = bills(总费用=[fen(cell) for cell in bills()["总费用"]])
    staged = sent(bills_in(tmp_path / "b", in_fen), LATER, STAGED)
    assert staged.files.get().message_code == "change_unit"
    staging.commit(delivery=staged.pk, at=LATER, by="system", although_changed=True)
    taken = staged.files.get()
    assert (taken.state, taken.current, taken.rows_accepted) == ("accepted", True, 60)
    assert actions.release(file=taken.pk, at=LATER, by="system").current


def test_the_page_looks_first_and_commits(client: Client, make_user: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client.force_login(make_user("steward", language="en"))
    content = f"号牌号码,所有人,身份证明号码,车辆类型,初次登记日期\n{CAR}\n".encode()

    def send() -> Delivery:
        data = {
            "sent": SimpleUploadedFile(VEHICLES, content),
            "stage": "on",
            "way": "snapshot",
            "as_of_on": "2026-6-30",
        }
        page = client.post("/deliveries/send/", data, follow=True)
        assert "What taking it in would change" in page.content.decode()
        return Delivery.objects.latest("pk")

    left = send()
    client.post(f"/deliveries/{left.pk}/commit/", {"outcome": "discard"})
    left.refresh_from_db()
    assert (left.state, left.way, str(left.as_of_on)) == ("discarded", "snapshot", "2026-06-30")
    taken = send()
    client.post(f"/deliveries/{taken.pk}/commit/", {"outcome": "commit"})
    assert current() == [VEHICLES]
    again = client.post(f"/deliveries/{left.pk}/commit/", {"outcome": "commit"}, follow=True)
    assert "Somebody has decided on this delivery already." in again.content.decode()
    assert client.post("/deliveries/999/commit/").status_code == 404


def test_the_command_stages_commits_and_withdraws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import contextlib

    from huimin_platform.command import app, session

    monkeypatch.setattr(session, "opened", contextlib.nullcontext)
    monkeypatch.setattr(session, "OPTIONS", session.Options())
    make_user("steward", username="wang")

    def run(*line: str) -> dict[str, Any]:
        with pytest.raises(SystemExit):
            app.run([*line, "--json"])
        return json.loads(capsys.readouterr().out)

    folder = file(tmp_path / "a", VEHICLES, CAR)
    staged = run("receive", str(folder), "--stage", "--way", "register", "--as-of", "2026-06-30")
    assert staged["changes"][0]["fresh"] == 1
    number = str(staged["delivery"])
    assert current() == []
    assert run("commit", number)["state"] == "received"
    assert current() == [VEHICLES]
    assert run("withdraw", number, "--reason", "x", "--by", "wang")["withdrawn"] == [VEHICLES]
    assert current() == []
    assert "error" in run("commit", "999")
    assert "error" in run("withdraw", "999", "--reason", "x", "--by", "wang")


@pytest.mark.parametrize("data_sets", [1, 12])
def test_the_pages_ask_the_database_a_fixed_number_of_times(
    data_sets: int, tmp_path: Path, client: Client, make_user: Any, django_assert_max_num_queries: Any
) -> None:
    world = village()
    world.rows = dict(list(world.rows.items())[:data_sets])
    sent(world.write(tmp_path / "a"))
    staged = sent(world.write(tmp_path / "b"), LATER, STAGED)
    client.force_login(make_user("steward", language="en"))
    with django_assert_max_num_queries(10):
        page = client.get(f"/deliveries/{staged.pk}/").content.decode()
    assert "What taking it in would change" in page
    with django_assert_max_num_queries(10):
        client.get(f"/deliveries/{staged.pk}/")
    taken = Delivery.objects.earliest("pk")
    with django_assert_max_num_queries(7):
        assert client.get(f"/deliveries/{taken.pk}/").status_code == 200
    with django_assert_max_num_queries(8):
        assert client.get(f"/deliveries/{taken.pk}/withdraw/").status_code == 200


def test_a_page_opened_again_reads_no_rows_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent(file(tmp_path / "a", VEHICLES, CAR, OTHER))
    staged = sent(file(tmp_path / "b", VEHICLES, CAR.replace("2019", "2017")), LATER, STAGED)
    first = staging.report(staged)
    monkeypatch.setattr(staging.queries, "rows_that_count", lambda files: pytest.fail("rows were read again"))
    assert staging.report(staged) == first
    monkeypatch.undo()
    staging.commit(delivery=staged.pk, at=LATER, by="system")
    later = sent(file(tmp_path / "c", VEHICLES, CAR.replace("2019", "2016")), LATER, STAGED)
    (change,) = staging.report(later)
    assert (change.rows.changed, change.rows.gone) == (1, 0)
