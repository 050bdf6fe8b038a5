"""A new text of a policy on its pages: written, told what is wrong, tried, signed by another, found in the policy book."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from huimin_platform.base import clock
from huimin_platform.base.models import User
from huimin_platform.registry import drafting, tables
from huimin_platform.registry.models import Proposal

pytestmark = pytest.mark.django_db
COUNTY, NAME = "330127000000", "severe_disability_care"
OWN = f"{NAME}_330127"


@pytest.fixture(autouse=True)
def _looks_anew() -> Iterator[None]:
    tables.look_again()
    yield
    tables.look_again()


def signed_in(name: str, role: str = "county", division: str = COUNTY) -> Client:
    user = User.objects.create_user(name, name=name, role=role, division=division)
    client = Client()
    client.force_login(user)
    return client


def text() -> str:
    today = clock.today()
    return drafting.begun(tables.book().policy(NAME, today), COUNTY, today)


def write(client: Client, said: str, *, propose: bool = True) -> tuple[int, str]:
    """What the page answers to a text."""
    data = {"text": said.replace("\n", "\r\n"), "reason": "县发〔2026〕9号"} | (
        {"propose": "1"} if propose else {}
    )
    answer = client.post(reverse("portal:write_draft", args=[NAME]), data, follow=True)
    return answer.status_code, answer.content.decode()


def test_the_page_begins_with_a_text_for_the_writers_place() -> None:
    page = signed_in("one").get(reverse("portal:write_draft", args=[NAME])).content.decode()
    assert f"name: {OWN}" in page
    assert f"instead_of: [{NAME}]" in page


def test_a_mistake_is_told_with_its_line_and_nothing_is_kept() -> None:
    status, page = write(signed_in("one"), text().replace("conditions:", "conditons:"))
    assert status == 422
    assert "conditons" in page
    assert not Proposal.objects.exists()


def test_trying_keeps_nothing_and_shows_what_changes() -> None:
    status, page = write(
        signed_in("one"), text().replace("\namount:\n  is: '", "\namount:\n  is: '2 * "), propose=False
    )
    assert status == 200
    assert 'id="changes"' in page
    assert "→" in page[page.index('id="cases"') :]
    assert not Proposal.objects.exists()


def test_a_text_is_signed_by_another_and_stands_in_the_policy_book() -> None:
    one, other = signed_in("one"), signed_in("other")
    status, page = write(one, text())
    kept = Proposal.objects.get()
    assert status == 200
    assert reverse("portal:sign_draft", args=[kept.pk]) not in page, "who wrote it does not sign it"
    sign = reverse("portal:sign_draft", args=[kept.pk])
    assert sign in other.get(reverse("portal:draft", args=[kept.pk])).content.decode()
    other.post(sign, {"outcome": "publish"})
    version = reverse("portal:policy", args=[OWN]) + f"?from={kept.effective_on}"
    assert version in other.get(reverse("portal:draft", args=[kept.pk])).content.decode()
    assert Client().get(version).status_code == 200
    assert "\r" not in kept.text


def test_a_refusal_needs_its_reason() -> None:
    one, other = signed_in("one"), signed_in("other")
    write(one, text())
    kept = Proposal.objects.get()
    sign = reverse("portal:sign_draft", args=[kept.pk])
    other.post(sign, {"outcome": "refuse"})
    assert not hasattr(Proposal.objects.get(), "signature")
    other.post(sign, {"outcome": "refuse", "reason": "县里没有这笔钱"})
    assert "县里没有这笔钱" in one.get(reverse("portal:draft", args=[kept.pk])).content.decode()


def test_another_county_sees_nothing_of_it() -> None:
    write(signed_in("one"), text())
    stranger, kept = signed_in("stranger", division="330128000000"), Proposal.objects.get()
    assert stranger.get(reverse("portal:draft", args=[kept.pk])).status_code == 404
    assert (
        stranger.post(reverse("portal:sign_draft", args=[kept.pk]), {"outcome": "publish"}).status_code == 404
    )
    assert NAME not in stranger.get(reverse("portal:drafts")).content.decode()


def test_the_number_of_questions_to_the_database_does_not_grow(django_assert_max_num_queries) -> None:
    one = signed_in("one")
    for turn in range(4):
        write(one, text() + f"# {turn}\n")
    with django_assert_max_num_queries(9):
        one.get(reverse("portal:drafts"))
