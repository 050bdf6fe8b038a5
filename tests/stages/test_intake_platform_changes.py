"""A delivery whose columns or units changed is held back with what changed, until somebody takes it in all the same."""

from pathlib import Path

import pytest
from django.urls import reverse
from tests.spec.test_intake_changes import bills, fen, renamed

from huimin_platform.base import audit, clock
from huimin_platform.base.models import User
from huimin_platform.intake import actions
from huimin_platform.intake.models import DeliveryFile, FileState

pytestmark = pytest.mark.django_db
NAME = "医保局_医疗结算.csv"


def csv(columns: dict[str, list[str]]) -> str:
    rows = [",".join(columns), *(",".join(row) for row in zip(*columns.values(), strict=True))]
    return "\n".join(rows) + "\n"


def received(folder: Path, columns: dict[str, list[str]], *, anyway: bool = False) -> DeliveryFile:
    folder.mkdir(exist_ok=True)
    (folder / NAME).write_text(csv(columns), encoding="utf-8")
    delivery = actions.receive(
        paths=[folder], at=clock.now(), by=audit.SYSTEM, terms=actions.Terms(although_changed=anyway)
    )
    assert delivery is not None
    return delivery.files.get()


def in_fen() -> dict[str, list[str]]:
    return bills(总费用=[fen(cell) for cell in bills()["总费用"]])


def test_a_first_delivery_is_held_against_nothing(tmp_path: Path) -> None:
    file = received(tmp_path / "one", in_fen())
    assert file.state == FileState.ACCEPTED
    assert file.profile["rows"] == file.rows_accepted
    assert not file.problem_groups.filter(code__startswith="change_").exists()


def test_another_unit_is_held_back_and_the_rows_before_still_count(tmp_path: Path) -> None:
    before = received(tmp_path / "one", bills())
    held = received(tmp_path / "two", in_fen())
    assert (held.state, held.message_code, held.rows_accepted) == (FileState.REFUSED, "change_unit", 0)
    assert DeliveryFile.objects.get(current=True) == before


def test_it_is_taken_in_once_somebody_says_so(tmp_path: Path) -> None:
    received(tmp_path / "one", bills())
    received(tmp_path / "two", in_fen())
    taken = received(tmp_path / "three", in_fen(), anyway=True)
    assert taken.state == FileState.ACCEPTED
    assert DeliveryFile.objects.get(current=True) == taken
    # From now on the next one is held against it.
    assert received(tmp_path / "four", in_fen() | {"医疗机构": ["县医院"] * 60}).state == FileState.ACCEPTED


def test_a_renamed_column_is_told_with_its_likely_former_name(tmp_path: Path) -> None:
    received(tmp_path / "one", bills())
    held = received(tmp_path / "two", renamed(bills(), 个人自付="个人自付额度"))
    assert (held.state, held.message_code) == (FileState.REFUSED, "change_renamed")
    assert held.message_params["heading"] == "个人自付额度"
    assert actions.release(file=held.pk, at=clock.now(), by=audit.SYSTEM).rows_accepted == 60
    later = bills() | {"医疗机构": ["县医院"] * 60}
    again = received(tmp_path / "three", renamed(later, 个人自付="个人自付额度"))
    assert again.state == FileState.ACCEPTED, "the heading was so before, and somebody has agreed to it"


def test_an_added_column_holds_nothing_back(tmp_path: Path) -> None:
    received(tmp_path / "one", bills())
    file = received(tmp_path / "two", bills(科室=["内科"] * 60))
    assert file.state == FileState.ACCEPTED
    assert file.problem_groups.filter(code="change_added", severity="warning").exists()


def test_the_page_takes_a_changed_file_only_when_asked_to(client, tmp_path: Path) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    received(tmp_path / "one", bills())
    client.force_login(User.objects.create_user("steward", name="s", role="steward"))
    for ticked, state in ((False, FileState.REFUSED), (True, FileState.ACCEPTED)):
        sent = SimpleUploadedFile(NAME, csv(in_fen()).encode())
        data = {"sent": sent} | ({"although_changed": "on"} if ticked else {})
        page = client.post(reverse("intake:send"), data, follow=True)
        assert page.status_code == 200
        assert DeliveryFile.objects.order_by("-pk")[0].state == state
