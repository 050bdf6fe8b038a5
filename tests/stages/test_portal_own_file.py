"""The own file: all of it, for the person alone, to take along and to have put right with an answer in time."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from tests.stages.county_world import AT, advance_matching, advance_needs, advance_registry, receive
from tests.stages.village import COUNTY, HUSBAND, WIFE, village

from huimin.units.workdays import add_working_days
from huimin_platform.base.models import AuditLine
from huimin_platform.registry import correcting, queries
from huimin_platform.registry.models import Correction, Fact, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(tmp_path: Path) -> Person:
    receive(village().write(tmp_path / "delivery"))
    advance_registry()
    advance_needs()
    advance_matching()
    return Person.objects.get(name="余望山")


@pytest.fixture
def resident(person: Person, client: Client, make_user: Any) -> Client:
    client.force_login(make_user("resident", person_id=person.pk))
    client.cookies["huimin_language"] = "en"
    return client


def test_all_that_is_kept_is_told_and_nothing_of_others(
    resident: Client, person: Person, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(18):
        page = resident.get("/mine/file/").content.decode()
    assert HUSBAND in page
    assert WIFE not in page
    data = json.loads(resident.get("/mine/file.json").content)
    assert data["person"]["national_id"] == HUSBAND
    assert WIFE not in json.dumps(data, ensure_ascii=False)
    kept = {fact.pk for fact in queries.facts_of(person=person.pk)}
    assert kept
    assert len(data["facts"]) >= len(kept)
    assert {"name", "relation"} == set(data["members"][0])
    assert data["portrait"]
    assert data["policies"]
    assert [line.action for line in AuditLine.objects.filter(action="exports", kind="person")] == ["exports"]


def test_it_can_be_taken_along_on_paper(resident: Client) -> None:
    pytest.importorskip("weasyprint")
    answer = resident.get("/mine/file.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_what_is_wrong_goes_to_who_sent_it_and_is_answered(
    resident: Client, person: Person, make_user: Any, client: Client
) -> None:
    wages = Fact.objects.filter(person=person, kind="wages").first()
    assert wages is not None
    for _again in range(2):
        resident.post("/mine/file/correct/", {"fact": wages.pk, "text": "工资写多了"})
    asked = Correction.objects.get()
    assert asked.department == "tax"
    assert asked.answer_by == add_working_days(asked.asked_at.date(), correcting.WORKING_DAYS)
    assert "工资写多了".encode() not in bytes(asked.text_sealed)
    officer = make_user("county", division=COUNTY)
    client.force_login(officer)
    assert "Request" in client.get("/corrections/").content.decode()
    assert "工资写多了" in client.get(f"/corrections/{asked.pk}/").content.decode()
    assert client.post(f"/corrections/{asked.pk}/", {"outcome": "corrected", "answer": ""}).status_code == 422
    client.post(f"/corrections/{asked.pk}/", {"outcome": "corrected", "answer": "已更正，下月生效"})
    asked.refresh_from_db()
    assert (asked.state, asked.answered_by) == ("corrected", officer.username)
    with pytest.raises(correcting.AnsweredAlready):
        correcting.answer(correction=asked.pk, corrected=False, words="x", at=AT, by=officer)


def test_the_person_reads_the_answer(resident: Client, person: Person, make_user: Any) -> None:
    resident.post("/mine/file/correct/", {"fact": "", "text": "少了我的孙女"})
    asked = Correction.objects.get()
    assert (asked.fact_id, asked.department) == (None, "police")
    correcting.answer(
        correction=asked.pk,
        corrected=False,
        words="户口不在本户",
        at=AT,
        by=make_user("steward", division=COUNTY),
    )
    assert "户口不在本户" in resident.get("/mine/file/").content.decode()


def test_nobody_has_somebody_elses_file_put_right(resident: Client, person: Person) -> None:
    other = Fact.objects.exclude(person=person).filter(person__isnull=False).first()
    assert other is not None
    answer = resident.post("/mine/file/correct/", {"fact": other.pk, "text": "x"})
    assert answer.status_code == 403
    assert not Correction.objects.exists()


def test_an_answer_without_a_reason_cannot_be_kept(resident: Client, person: Person) -> None:
    resident.post("/mine/file/correct/", {"fact": "", "text": "x"})
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.update(state="refused", answered_at=AT, answered_by="li")
    assert Correction.objects.get().answer_by > date(2026, 1, 1)


def test_an_officer_of_another_county_does_not_see_it(
    resident: Client, client: Client, make_user: Any
) -> None:
    resident.post("/mine/file/correct/", {"fact": "", "text": "x"})
    asked = Correction.objects.get()
    client.force_login(make_user("county", division="330127000000"))
    assert client.get(f"/corrections/{asked.pk}/").status_code == 404


def test_what_was_applied_for_stated_and_decided_is_in_it(
    resident: Client, person: Person, make_user: Any
) -> None:
    from huimin_platform.cases import actions

    by = make_user("resident", person_id=person.pk)
    made = actions.apply(
        key="own", person_id=person.pk, chosen=["temporary_aid"], said={("household.emergency", None): "illness"}, at=AT, by=by
    )  # fmt: skip
    lead = make_user("county", division=COUNTY, department=made.case.department)
    actions.decide(case=made.case, outcome="refuse", reason="材料不实。", at=AT, by=lead)
    data = json.loads(resident.get("/mine/file.json").content)
    [applied] = data["applications"]
    assert applied["case"] == made.case.number
    assert [(each["about"], each["value"]) for each in applied["stated"]] == [("Your household", "illness")]
    assert applied["papers"]
    [case] = [each for each in data["cases"] if each["number"] == made.case.number]
    assert [(each["outcome"], each["reason"]) for each in case["decisions"]] == [("refuse", "材料不实。")]
    assert {step["state"] for step in case["steps"]}
    [notice] = [each for each in data["notices"] if each["case"] == made.case.number]
    assert any("材料不实。" in line for line in notice["text"])
    page = resident.get("/mine/file/").content.decode()
    for words in ("What I applied for", made.case.number, "材料不实。"):
        assert words in page
    pytest.importorskip("weasyprint")
    assert resident.get("/mine/file.pdf").content.startswith(b"%PDF")
