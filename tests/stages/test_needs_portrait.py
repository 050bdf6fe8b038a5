"""Portraits and needs on the platform: measured from the registry as it stands, shown where they may be seen."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.stages.county_world import AT, DAY, advance_needs, advance_registry, receive
from tests.stages.village import COUNTY, HUSBAND, Village, resident, village

from huimin_platform.intake import withdrawing
from huimin_platform.intake.models import DeliveryFile
from huimin_platform.needs import portraits, queries
from huimin_platform.needs.models import Need
from huimin_platform.portal import files
from huimin_platform.registry import queries as registry
from huimin_platform.registry.models import Household, Membership, Person

pytestmark = pytest.mark.django_db
STUDENTS = "教育局_在校学生.csv"
GIRL = "510181201309010026"
LATER = datetime(2026, 7, 2, 1, tzinfo=UTC)
AUTUMN = datetime(2026, 9, 2, 1, tzinfo=UTC)


def with_school(enrolled: bool) -> Village:
    made = village()
    made.rows["公安局_常住人口.csv"].append(resident(1, "孙女", "余晓月", GIRL))
    named = f"余晓月,{GIRL},柳溪小学,小学" if enrolled else "别人,510181201209010028,柳溪小学,小学"
    made.rows[STUDENTS] = [named]
    return made


@pytest.fixture(autouse=True)
def _heads(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.stages import village as hand

    monkeypatch.setitem(hand.HEADS, STUDENTS, "学生姓名,身份证号,学校,学段")


def taken_up(made: Village, folder: Path, at: datetime = AT) -> None:
    receive(made.write(folder), at)
    advance_registry(at.date(), at)
    advance_needs(at.date(), at)


def english(client: Client, user: Any) -> Client:
    client.force_login(user)
    client.cookies["huimin_language"] = "en"
    return client


def test_a_portrait_is_measured_from_what_departments_sent(tmp_path: Path) -> None:
    taken_up(village(), tmp_path / "first")
    home = Household.objects.get(memberships__person__name="余望山", ended_on=None)
    person = Person.objects.get(name="余望山")
    found = {line.title.en: line for line in portraits.portrait_of(home.pk, DAY, persons=(person.pk,))}
    assert found["Members alive"].value.en == "2"
    assert found["Age"].person_id == person.pk
    assert (found["Age"].value.en, HUSBAND[6:10]) == ("65 years", "1960")
    # No school roll was ever delivered: that is not known, which is not the same as no.
    assert not found["On a school's roll"].known
    assert [each.en for each in found["On a school's roll"].missing] == ["on a school's roll"]


def test_a_child_who_leaves_the_roll_is_found_and_found_again_gone(tmp_path: Path) -> None:
    taken_up(with_school(True), tmp_path / "first")
    girl = Person.objects.get(name="余晓月")
    assert not Need.objects.filter(person=girl, kind__in=["dropped_out", "between_stages"]).exists()
    taken_up(with_school(False), tmp_path / "second", AUTUMN)
    raised = {need.kind for need in queries.open_needs(girl.pk, None)}
    assert {"child_out_of_school", "dropped_out", "between_stages"} <= raised
    taken_up(with_school(True), tmp_path / "third", AUTUMN + timedelta(days=1))
    assert "dropped_out" not in {need.kind for need in queries.open_needs(girl.pk, None)}


def test_a_replaced_roll_that_is_withdrawn_says_no_more_what_was_so_before(
    tmp_path: Path, make_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A village has so few people that anything is about a large share of them.
    monkeypatch.setattr("huimin_platform.registry.changes.LARGEST_SHARE", 0.9)
    taken_up(with_school(True), tmp_path / "first")
    taken_up(with_school(False), tmp_path / "second", AUTUMN)
    girl = Person.objects.get(name="余晓月")
    assert "dropped_out" in {need.kind for need in queries.open_needs(girl.pk, None)}
    wrong = DeliveryFile.objects.get(delivery__name="first", name=STUDENTS)
    withdrawing.withdraw(
        delivery=wrong.delivery.pk, files=[wrong.pk], reason="错报", at=AUTUMN, by=make_user("steward")
    )
    advance_registry(AUTUMN.date(), AUTUMN)
    advance_needs(AUTUMN.date(), AUTUMN)
    assert "dropped_out" not in {need.kind for need in queries.open_needs(girl.pk, None)}
    run, last = registry.last_run(), queries.last_run()
    assert run is not None
    assert run.kind == "day"
    assert last is not None
    assert not last.everybody
    assert advance_needs(AUTUMN.date(), AUTUMN, whole=True)["missed"] == 0


def test_a_roll_that_is_sent_again_corrected_raises_no_false_alarm(tmp_path: Path) -> None:
    taken_up(with_school(True), tmp_path / "first")
    girl = Person.objects.get(name="余晓月")
    taken_up(with_school(False), tmp_path / "second", LATER)
    raised = {need.kind for need in queries.open_needs(girl.pk, None)}
    assert not {"dropped_out", "between_stages"} & raised
    # A child of school age on no roll is looked for all the same.
    assert "child_out_of_school" in raised
    home = Membership.objects.get(person=girl, ended_on=None).household.pk
    portrait = files.file_of(person_id=girl.pk, today=LATER.date(), sensitive=True).portrait
    by_itself = portraits.portrait_of(home, LATER.date(), persons=(girl.pk,))
    assert [line for part in portrait for line, _ in part.lines if line.person_id] == [
        line for topic in portraits.topics() for line in by_itself if line.person_id and line.topic == topic
    ]


def test_what_many_deliveries_said_in_turn_has_stood(tmp_path: Path) -> None:
    for week in range(6):
        made = with_school(True)
        made.rows[STUDENTS].append(f"某某{week},51018120120901{week:04}8,柳溪小学,小学")
        taken_up(made, tmp_path / str(week), AT + timedelta(days=7 * week))
    girl = Person.objects.get(name="余晓月")
    taken_up(with_school(False), tmp_path / "last", AT + timedelta(days=42))
    assert "dropped_out" in {need.kind for need in queries.open_needs(girl.pk, None)}


def test_the_files_show_portrait_and_needs_for_who_may_see_them(
    tmp_path: Path, client: Client, make_user: Any, django_assert_max_num_queries: Any
) -> None:
    taken_up(village(), tmp_path / "first")
    person = Person.objects.get(name="余望山")
    officer = english(client, make_user("county", division=COUNTY))
    officer.post(f"/purpose/person/{person.pk}/", {"purpose": "visit"})
    with django_assert_max_num_queries(12):
        page = officer.get(f"/people/{person.pk}/").content.decode()
    assert "Portrait" in page
    assert "Income per head a month" in page
    assert "What is lacking" in page


def test_the_list_of_needs_is_narrowed_by_kind_and_place(
    tmp_path: Path, client: Client, make_user: Any, django_assert_max_num_queries: Any
) -> None:
    taken_up(village(), tmp_path / "first")
    need = Need.objects.order_by("pk").first()
    assert need is not None
    officer = english(client, make_user("county", division=COUNTY))
    with django_assert_max_num_queries(14):
        page = officer.get("/needs/", {"kind": need.kind}).content.decode()
    assert need.reason["en"] in page
    assert "No need is like that" in officer.get("/needs/", {"place": "510181999999"}).content.decode()
