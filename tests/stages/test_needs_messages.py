"""A resident's message becomes a draft need: sorted where that was learned, confirmed by an officer, kept sealed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from tests.stages.county_world import AT, advance_registry, receive
from tests.stages.village import COUNTY, village

from huimin.needs import learning
from huimin.needs.messages import Message as Words
from huimin_platform.base.models import AuditLine
from huimin_platform.needs import actions, queries, sorting
from huimin_platform.needs.models import Message, Need
from huimin_platform.registry.models import Person

pytestmark = pytest.mark.django_db
WORDS = "我在工地干了半年，老板一直拖欠工资，劳动合同也没有签。"


@pytest.fixture
def person(tmp_path: Path) -> Person:
    receive(village().write(tmp_path / "delivery"))
    advance_registry()
    return Person.objects.get(name="余望山")


@pytest.fixture
def resident(person: Person, client: Client, make_user: Any) -> Client:
    client.force_login(make_user("resident", person_id=person.pk))
    client.cookies["huimin_language"] = "en"
    return client


@pytest.fixture
def officer(make_user: Any) -> Any:
    return make_user("village", division="510181101201")


def draft(person: Person, user: Any) -> Need:
    return actions.tell(
        person_id=person.pk, household_id=None, text=WORDS, topic="work", guessed="", at=AT, by=user
    )


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    texts = [
        Words("孩子上学", "小学学位满了，不让孩子入学"), Words("老师", "初中班主任补课收费"), Words("学费", "幼儿园学费涨价"),
        Words("工资", "工地老板拖欠工资"), Words("合同", "公司不签劳动合同"), Words("养老金", "退休了养老金没有发"),
    ]  # fmt: skip
    taught = learning.Labelled(tuple(texts), ("education",) * 3 + ("work",) * 3, {})
    learning.learn(taught).save(tmp_path / "messages.npz")
    monkeypatch.setattr(sorting, "path", lambda: tmp_path / "messages.npz")


def test_without_learning_the_page_says_so_and_asks(resident: Client) -> None:
    page = resident.post("/mine/tell/", {"text": WORDS}).content.decode()
    assert "Messages are not sorted by machine here." in page
    assert "checked" not in page
    refused = resident.post("/mine/tell/", {"text": WORDS, "step": "topic"})
    assert refused.status_code == 422
    assert "Choose what it is about." in refused.content.decode()
    assert not Need.objects.exists()


@pytest.mark.usefixtures("learned")
def test_what_was_learned_is_proposed_and_the_person_decides(resident: Client, person: Person) -> None:
    page = resident.post("/mine/tell/", {"text": WORDS}).content.decode()
    assert "We think it is this." in page
    assert page.index('value="work"') < page.index('value="education"')
    answer = {"text": WORDS, "step": "topic", "topic": "assistance", "guessed": "work"}
    for _again in range(2):
        assert resident.post("/mine/tell/", answer).status_code == 302
    message = Message.objects.get()
    assert (message.topic, message.guessed, message.need.state) == ("assistance", "work", "draft")
    assert WORDS.encode() not in bytes(message.text_sealed)
    assert message.need.respond_by == message.at + timedelta(hours=72)
    assert "Not read yet" in resident.get("/mine/tell/").content.decode()


def test_an_officer_reads_confirms_and_is_written_down(
    person: Person, officer: Any, client: Client, django_assert_max_num_queries: Any
) -> None:
    need = draft(person, officer)
    client.force_login(officer)
    client.cookies["huimin_language"] = "en"
    with django_assert_max_num_queries(12):
        page = client.get(f"/needs/{need.pk}/").content.decode()
    assert WORDS in page
    client.post(f"/needs/{need.pk}/decide/", {"outcome": "close", "reason": ""})
    need.refresh_from_db()
    assert need.state == "draft"
    client.post(f"/needs/{need.pk}/decide/", {"outcome": "keep"})
    need.refresh_from_db()
    assert (need.state, need.responded_by) == ("open", officer.username)
    assert AuditLine.objects.filter(kind="need", action="decides", object_id=str(need.pk)).count() == 1
    with pytest.raises(actions.NotADraft):
        actions.settle_draft(need=need.pk, keep=False, reason="x", at=AT, by=officer)


def test_a_draft_does_not_count_and_a_closed_one_tells_why(person: Person, officer: Any) -> None:
    need = draft(person, officer)
    assert need not in queries.open_needs(person.pk, None)
    actions.settle_draft(need=need.pk, keep=False, reason="已经解决", at=AT, by=officer)
    need.refresh_from_db()
    assert (need.state, need.reason["note"]) == ("closed", "已经解决")


def test_another_village_does_not_see_it(
    person: Person, officer: Any, client: Client, make_user: Any
) -> None:
    need = draft(person, officer)
    client.force_login(make_user("village", division="510181101299", username="other"))
    assert client.get(f"/needs/{need.pk}/").status_code == 404
    assert client.post(f"/needs/{need.pk}/decide/", {"outcome": "keep"}).status_code == 404


def test_who_leads_sees_that_there_is_a_message_and_not_its_words(
    person: Person, officer: Any, client: Client, make_user: Any
) -> None:
    need = draft(person, officer)
    client.force_login(make_user("leader", division=COUNTY, username="leader"))
    page = client.get(f"/needs/{need.pk}/")
    assert page.status_code == 200
    assert WORDS not in page.content.decode()


def test_an_answer_is_kept_with_who_gave_it_first(person: Person, officer: Any, make_user: Any) -> None:
    need = draft(person, officer)
    actions.settle_draft(need=need.pk, keep=True, reason="", at=AT, by=officer)
    other = make_user("county", division=COUNTY, username="second")
    assert (
        actions.respond(need=need.pk, at=AT + timedelta(hours=1), by=other).responded_by == officer.username
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Need.objects.filter(pk=need.pk).update(responded_by="")
