"""The page and the command of keys: made and shown once, signed by another, changed, revoked, listed."""

import contextlib
import json
import re
from typing import Any

import pytest
from django.test import Client
from tests.stages.api_world import COUNTY, System

from huimin_platform.base import api_keys, clock
from huimin_platform.base.api_models import ApiKey
from huimin_platform.base.models import User
from huimin_platform.command import app, session

pytestmark = pytest.mark.django_db
FORM = {
    "system": "police-1", "title": "车管系统", "department": "police", "division": "330127", "actions": ["sends"],
    "data_sets": ["vehicles"], "reason": "协议 12 号", "requests_a_minute": 60, "megabytes_a_day": 10, "days": 30,
}  # fmt: skip


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def steward(make_user: Any) -> Client:
    return signed_in(make_user("steward", language="en"))


def shown(page: Any) -> str:
    found = re.search(r"huimin_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", page.content.decode())
    assert found is not None, page.content.decode()[-3000:]
    return found[0]


def test_a_key_is_made_shown_once_and_works(steward: Client) -> None:
    page = steward.post("/api-keys/new/", FORM)
    text = shown(page)
    assert "no-store" in page["Cache-Control"]
    key = ApiKey.objects.get()
    assert (key.holder.division, key.bytes_a_day, key.data_sets) == (COUNTY, 10 << 20, ["vehicles"])
    assert System(key, text).get("datasets").status_code == 200
    listed = steward.get("/api-keys/").content.decode()
    assert key.prefix in listed
    assert text not in listed


def test_what_is_wrong_with_a_key_stands_beside_the_form(steward: Client) -> None:
    for wrong, said in (
        ({"actions": []}, "Choose what the key is for."),
        ({"data_sets": []}, "Choose the data sets that the key is for."),
        ({"actions": ["exports"], "exports": []}, "Choose which tables the key may export"),
        ({"system": "A B"}, "Name the system in 3 to 41 small letters"),
        ({"division": "x"}, "Write the code of a division"),
        ({"reason": ""}, "Say on what the key rests."),
    ):
        page = steward.post("/api-keys/new/", FORM | wrong)
        assert (page.status_code, said in page.content.decode()) == (422, True), said
    assert not ApiKey.objects.exists()
    assert not User.objects.filter(role="system").exists()


def test_another_person_signs_what_could_do_harm(steward: Client, make_user: Any) -> None:
    page = steward.post("/api-keys/new/", FORM | {"actions": ["sends", "withdraws"]})
    assert "not in force yet" in page.content.decode()
    key = ApiKey.objects.get()
    assert "/sign/" not in steward.get("/api-keys/").content.decode()
    refused = steward.post(f"/api-keys/{key.pk}/sign/", follow=True).content.decode()
    assert "Another person than the one who made the key has to sign it." in refused
    leader = signed_in(make_user("leader", language="en"))
    assert f"/api-keys/{key.pk}/sign/" in leader.get("/api-keys/").content.decode()
    assert "The key is in force." in leader.post(f"/api-keys/{key.pk}/sign/", follow=True).content.decode()
    assert api_keys.state(api_keys.all_keys().get(), clock.now()) == "in_force"


def test_a_key_is_changed_and_revoked(steward: Client) -> None:
    old = shown(steward.post("/api-keys/new/", FORM))
    first = ApiKey.objects.get()
    page = steward.post(f"/api-keys/{first.pk}/rotate/")
    assert "The old key still works" in page.content.decode()
    fresh = shown(page)
    assert [System(first, text).get("datasets").status_code for text in (old, fresh)] == [200, 200]
    steward.post(f"/api-keys/{first.pk}/revoke/")
    assert [System(first, text).get("datasets").status_code for text in (old, fresh)] == [401, 200]
    assert "Make a new key" in steward.post(f"/api-keys/{first.pk}/rotate/", follow=True).content.decode()
    for act in ("sign", "rotate", "revoke"):
        assert steward.post(f"/api-keys/999/{act}/").status_code == 404


def test_the_page_asks_a_fixed_number_of_times(steward: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(5):
        steward.post("/api-keys/new/", FORM | {"system": f"police-{number}"})
    with django_assert_max_num_queries(8):
        steward.get("/api-keys/")


def test_the_page_of_a_data_set_says_how_to_send_it(steward: Client) -> None:
    page = steward.get("/catalogue/vehicles/").content.decode()
    assert "/api/v1/datasets/vehicles/deliveries?commit=true" in page
    assert "/api/v1/datasets/vehicles/records" in page


def test_the_command_makes_lists_and_revokes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "opened", contextlib.nullcontext)
    monkeypatch.setattr(session, "OPTIONS", session.Options())

    def run(*line: str) -> Any:
        with pytest.raises(SystemExit):
            app.run([*line, "--json"])
        return json.loads(capsys.readouterr().out)

    common = ("--department", "police", "--division", "330127", "--reason", "协议")
    made = run("api-key", "add", "police-1", *common, "--data-set", "vehicles")
    key = api_keys.shown(made["key"])
    assert key is not None
    assert (made["to_sign"], made["prefix"]) == (False, key.prefix)
    assert run("api-key", "add", "police-1", *common, "--data-set", "vehicles", "--may", "withdraws")[
        "to_sign"
    ]
    assert "error" in run("api-key", "add", "police-1", *common, "--data-set", "nothing")
    assert "error" in run("api-key", "add", "police-1", *common)
    listed = run("api-key", "list")
    assert [each["state"] for each in listed] == ["to_sign", "in_force"]
    assert made["key"] not in str(listed)
    assert run("api-key", "revoke", key.prefix)["state"] == "revoked"
    assert "error" in run("api-key", "revoke", "00000000")
    assert "error" in run("user", "add", "sys", "--role", "system")
    assert "error" in run("user", "password", "police-1")
