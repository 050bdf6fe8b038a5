"""Signing in, the reader's language, and what pages say of what is not there, not allowed or broken."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from huimin_platform.base import access, audit
from huimin_platform.base.models import AuditLine
from huimin_platform.base.pages import errors
from huimin_platform.urls import urlpatterns as real

pytestmark = pytest.mark.django_db
PASSWORD = "long enough to be safe"


def fall(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("inner words")


@access.page("approves", "batch")
def money(request: HttpRequest) -> HttpResponse:
    return HttpResponse("money")


@access.page("opens", "case")
def case(request: HttpRequest, number: str) -> HttpResponse:
    return HttpResponse(number)


urlpatterns = [*real, path("planted/", fall), path("money/", money), path("planted-case/<str:number>/", case)]
handler403, handler404, handler500 = errors.not_allowed, errors.not_found, errors.broken
planted = pytest.mark.urls(__name__)


def english(client: Client) -> Client:
    client.cookies["huimin_language"] = "en"
    return client


@pytest.mark.parametrize(
    "address", ["/needs/?kind=%00", "/questions/?about=service&provider=a%00", "/cases/%00/"]
)
def test_nothing_is_at_an_address_that_no_text_can_hold(client: Client, make_user: Any, address: str) -> None:
    client.force_login(make_user("county", division="330127000000"))
    assert client.get(address).status_code == 404


def test_signing_in_and_out(client: Client, make_user: Any) -> None:
    make_user("auditor", username="li", password=PASSWORD)
    assert client.get("/audit/").url == "/sign-in/?next=/audit/"
    answer = client.post("/sign-in/", {"username": "li", "password": PASSWORD, "next": "/audit/"})
    assert (answer.status_code, answer.url) == (302, "/audit/")
    assert client.get("/audit/").status_code == 200
    assert client.post("/sign-out/").url == "/sign-in/"
    assert client.get("/audit/").status_code == 302


def test_a_wrong_password_says_what_to_do(client: Client, make_user: Any) -> None:
    make_user("auditor", username="li", password=PASSWORD)
    page = english(client).post("/sign-in/", {"username": "li", "password": "wrong"}).content.decode()
    assert "The user name or the password is not right." in page
    assert 'value="li"' in page


def test_five_wrong_passwords_lock_the_name_and_a_new_password_unlocks_it(
    client: Client, make_user: Any
) -> None:
    make_user("auditor", username="li", password=PASSWORD)
    for _ in range(5):
        answer = english(client).post("/sign-in/", {"username": "li", "password": "wrong"})
    assert answer.status_code == 429
    assert "locked for a quarter of an hour" in answer.content.decode()
    assert client.post("/sign-in/", {"username": "li", "password": PASSWORD}).status_code == 429


def test_a_closed_account_does_not_get_in(client: Client, make_user: Any) -> None:
    make_user("auditor", username="li", password=PASSWORD, is_active=False)
    assert client.post("/sign-in/", {"username": "li", "password": PASSWORD}).status_code == 200


def test_the_next_page_is_one_of_ours(client: Client, make_user: Any) -> None:
    make_user("auditor", username="li", password=PASSWORD)
    form = {"username": "li", "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post("/sign-in/", form).url == "/"


def test_a_language_chosen_while_signed_in_is_remembered(client: Client, make_user: Any) -> None:
    user = make_user("auditor")
    client.force_login(user)
    assert 'lang="zh-hans"' in client.get("/audit/").content.decode()
    client.post("/preferences/", {"language": "en", "next": "/audit/"})
    user.refresh_from_db()
    assert user.language == "en"
    elsewhere = Client()
    elsewhere.force_login(user)
    assert 'lang="en"' in elsewhere.get("/audit/").content.decode()


@pytest.mark.parametrize(
    ("asked", "language"),
    [("en-GB,en;q=0.9", "en"), ("zh-CN", "zh-hans"), ("fr", "zh-hans"), ("", "zh-hans")],
)
def test_a_stranger_is_answered_in_the_browsers_language(client: Client, asked: str, language: str) -> None:
    page = client.get("/sign-in/", headers={"accept-language": asked} if asked else {})
    assert f'lang="{language}"' in page.content.decode()
    assert page.headers["Content-Language"] == language


def test_no_page_lets_scripts_or_styles_in_from_the_text(client: Client) -> None:
    answer = client.get("/sign-in/")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "<script>" not in answer.content.decode()
    assert " style=" not in answer.content.decode()
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_a_page_that_is_not_there(client: Client) -> None:
    answer = english(client).get("/nowhere/")
    assert answer.status_code == 404
    assert "There is no page at this address." in answer.content.decode()


@planted
def test_a_page_that_is_not_for_the_reader(client: Client, make_user: Any) -> None:
    client.force_login(make_user("leader"))
    answer = english(client).get("/money/")
    assert answer.status_code == 403
    assert "This page is not open to you." in answer.content.decode()
    assert "The role Leader does not include this." in answer.content.decode()
    assert AuditLine.objects.get().decision == "deny"


@planted
def test_a_page_that_breaks(client: Client) -> None:
    client.raise_request_exception = False
    answer = english(client).get("/planted/")
    assert answer.status_code == 500
    assert "The page could not be made. Nothing was lost." in answer.content.decode()
    assert "inner words" not in answer.content.decode()


@planted
def test_the_page_for_a_broken_page_needs_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the database is away")

    monkeypatch.setattr(errors, "_page", fail)
    client.raise_request_exception = False
    answer = english(client).get("/planted/")
    assert (answer.status_code, "Nothing was lost." in answer.content.decode()) == (500, True)


def test_a_form_that_is_out_of_date(make_user: Any) -> None:
    client = english(Client(enforce_csrf_checks=True))
    answer = client.post("/sign-in/", {"username": "li", "password": PASSWORD})
    assert answer.status_code == 403
    assert "This form is out of date. Nothing was saved." in answer.content.decode()


@planted
def test_opening_a_file_is_written_down(client: Client, make_user: Any) -> None:
    user = make_user("county")
    client.force_login(user)
    client.get("/planted-case/2026-7/")
    line = audit.looks("case", "2026-7").get()
    assert (line.by, line.action, line.decision) == (user.username, "opens", "allow")


def test_the_audit_page_filters_and_pages(
    client: Client, make_user: Any, django_assert_max_num_queries: Any
) -> None:
    client.force_login(make_user("auditor"))
    audit.write_many(
        by="system", action="opens", kind="person", object_ids=range(150), details={"why": "test"}
    )
    with django_assert_max_num_queries(6):
        first = client.get("/audit/", {"kind": "person"})
    assert len(first.context["lines"]) == 100
    second = client.get("/audit/", {"kind": "person", "before": first.context["older"]})
    assert len(second.context["lines"]) == 50
    assert client.get("/audit/", {"object": "149"}).context["lines"][0].object_id == "149"
    assert client.get("/audit/", {"kind": "nothing", "before": "x"}).context["lines"] == []


def test_health(client: Client) -> None:
    assert client.get("/health/").json() == {"database": True}
