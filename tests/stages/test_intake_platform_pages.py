"""The pages of deliveries: what came in, what is wrong with it, the workbook back to the sender."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huimin_platform.base.models import AuditLine
from huimin_platform.intake import actions, queries
from huimin_platform.intake.models import DeliveryFile

NUMBER = "330127197001011239"
CONTENT = f"号牌号码,所有人,身份证明号码,车辆类型,初次登记日期\n浙A11111,马一,{NUMBER},小型轿车,2999-05-01\n"
NAME = "公安局_机动车.csv"

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> DeliveryFile:
    (tmp_path / NAME).write_text(CONTENT, encoding="utf-8")
    delivery = actions.receive(paths=[tmp_path / NAME], at=datetime(2026, 7, 1, 1, tzinfo=UTC), by="system")
    assert delivery is not None
    return queries.files(delivery=delivery.pk).get()


def address(file: DeliveryFile, tail: str = "") -> str:
    return f"/deliveries/{file.delivery_id}/files/{file.pk}/{tail}"


def signed_in(client: Client, user: Any) -> Client:
    client.force_login(user)
    return client


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_list_and_the_delivery_name_the_file(
    file: DeliveryFile, client: Client, make_user: Any, language: str
) -> None:
    signed_in(client, make_user("steward", language=language))
    for page in ("/deliveries/", "/deliveries/?state=accepted", f"/deliveries/{file.delivery_id}/"):
        answer = client.get(page)
        assert answer.status_code == 200
        assert NAME in answer.content.decode()


def test_the_list_asks_the_database_a_fixed_number_of_times(
    file: DeliveryFile, client: Client, make_user: Any, django_assert_max_num_queries: Any
) -> None:
    signed_in(client, make_user("steward"))
    with django_assert_max_num_queries(9):
        client.get("/deliveries/")


def test_a_file_shows_its_problems_and_masks_sensitive_cells(
    file: DeliveryFile, client: Client, make_user: Any
) -> None:
    signed_in(client, make_user("steward"))
    page = client.get(address(file), {"code": "id_mistyped", "column": "national_id"}).content.decode()
    assert NUMBER not in page
    assert "330127********1239" in page
    dated = next(group for group in queries.groups_of(file) if group.column == "registered_on")
    assert "2999" in client.get(address(file), {"code": dated.code, "column": dated.column}).content.decode()


def test_an_operator_sees_personal_cells_in_part(file: DeliveryFile, client: Client, make_user: Any) -> None:
    signed_in(client, make_user("operator", division=""))
    page = client.get(address(file), {"code": "id_mistyped", "column": "national_id"}).content.decode()
    assert NUMBER not in page


def test_the_workbook_goes_back_marked_and_is_noted(
    file: DeliveryFile, client: Client, make_user: Any
) -> None:
    signed_in(client, make_user("steward", language="en"))
    answer = client.get(address(file, "workbook/"))
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    book = openpyxl.load_workbook(io.BytesIO(content))
    texts = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert NUMBER in texts
    assert AuditLine.objects.filter(action="exports", kind="file", object_id=str(file.pk)).exists()


def test_who_may_not_send_is_told_so(file: DeliveryFile, client: Client, make_user: Any) -> None:
    signed_in(client, make_user("county"))
    assert client.get("/deliveries/send/").status_code == 403
    assert client.get(address(file, "workbook/")).status_code == 403
    assert client.get(address(file)).status_code == 200


def test_files_sent_through_the_page_become_a_delivery(client: Client, make_user: Any) -> None:
    signed_in(client, make_user("steward"))
    assert client.get("/deliveries/send/").status_code == 200
    assert client.post("/deliveries/send/").status_code == 422
    sent = [SimpleUploadedFile(NAME, CONTENT.encode()), SimpleUploadedFile("x.txt", b"nothing known")]
    answer = client.post("/deliveries/send/", {"sent": sent}, follow=True)
    assert answer.status_code == 200
    states = {each.name: (each.state, each.current) for each in queries.files()}
    assert states[NAME] == ("accepted", True)
    assert not states["x.txt"][1]
    client.post("/deliveries/send/", {"sent": [SimpleUploadedFile(NAME, CONTENT.encode())]})
    assert queries.files().filter(name=NAME, current=True).count() == 1


def test_a_file_of_another_delivery_is_not_there(file: DeliveryFile, client: Client, make_user: Any) -> None:
    signed_in(client, make_user("steward"))
    assert client.get(f"/deliveries/{file.delivery_id + 1}/files/{file.pk}/").status_code == 404
    assert client.get(f"/deliveries/{file.delivery_id + 1}/").status_code == 404
