"""The gallery shows every component, and preferences are remembered."""

import re

import pytest
from django.test import Client

from huimin_platform.design.templatetags.design import ICONS

FORBIDDEN = re.compile(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*src=)|javascript:", re.IGNORECASE)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("print_size", ["normal", "large"])
def test_the_gallery_shows_itself_as_asked(
    client: Client, language: str, scheme: str, print_size: str
) -> None:
    page = client.get(f"/design/?language={language}&scheme={scheme}&print={print_size}")
    text = page.content.decode()
    assert page.status_code == 200
    assert f'lang="{language}"' in text
    assert f'data-scheme="{scheme}"' in text
    assert f'data-print="{print_size}"' in text


def test_the_gallery_holds_nothing_a_strict_policy_forbids(client: Client) -> None:
    assert FORBIDDEN.search(client.get("/design/").content.decode()) is None


def test_the_first_page_is_light(client: Client) -> None:
    page = client.get("/design/")
    text = page.content.decode()
    total = len(page.content)
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', text):
        total += len(b"".join(client.get(address).streaming_content))
    assert total <= 100_000


def test_a_preference_is_remembered_and_one_stays_where_one_was(client: Client) -> None:
    answer = client.post(
        "/preferences/", {"next": "/design/?sort=number", "print": "large", "scheme": "dark"}
    )
    assert answer.status_code == 302
    assert answer["Location"] == "/design/?sort=number"
    text = client.get("/design/").content.decode()
    assert 'data-print="large"' in text
    assert 'data-scheme="dark"' in text


def test_an_unknown_preference_changes_nothing(client: Client) -> None:
    client.post("/preferences/", {"print": "huge", "language": "xx", "next": "https://elsewhere.example/"})
    assert 'data-print="normal"' in client.get("/design/").content.decode()


def test_preferences_are_not_changed_by_a_link(client: Client) -> None:
    assert client.get("/preferences/?print=large").status_code == 405


def test_icons_are_plain_drawings() -> None:
    for path in ICONS.glob("*.svg"):
        text = path.read_text()
        assert "viewBox" in text
        assert FORBIDDEN.search(text) is None, path.name
