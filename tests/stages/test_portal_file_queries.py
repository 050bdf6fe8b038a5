"""The files of a person and a household: at most twelve questions to the database, and all that happened in one line of time."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.stages.county_world import AT, advance_matching, advance_needs, advance_registry, receive
from tests.stages.village import COUNTY, village

from huimin_platform.base import together
from huimin_platform.cases.models import Case
from huimin_platform.matching.models import Finding
from huimin_platform.needs import actions as needs
from huimin_platform.portal import files
from huimin_platform.registry import correcting
from huimin_platform.registry.models import Fact, Household, Membership, Person

pytestmark = pytest.mark.django_db
MOST = 12


@pytest.fixture
def person(tmp_path: Path, settings: Any) -> Person:
    settings.HUIMIN_TODAY = AT.date()
    from huimin_platform.cases import steps as cases

    receive(village().write(tmp_path / "delivery"))
    advance_registry()
    advance_needs()
    advance_matching()
    cases.advance(today=AT.date(), at=AT, progress=lambda words: None)
    return Person.objects.get(name="余望山")


def queries_of(client: Client, address: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


@pytest.mark.parametrize("role", ["village", "county", "auditor"])
def test_opening_a_file_asks_twelve_times_at_most(
    person: Person, client: Client, make_user: Any, role: str
) -> None:
    client.force_login(make_user(role, division="510181101201" if role == "village" else COUNTY))
    home = Membership.objects.get(person=person, ended_on=None).household_id
    client.post(f"/purpose/person/{person.pk}/", {"purpose": "visit"})
    client.post(f"/purpose/household/{home}/", {"purpose": "visit"})
    for address in (f"/people/{person.pk}/", f"/households/{home}/"):
        client.get(address)  # The rows of the standards are read once a process.
        asked = queries_of(client, address)
        assert len(asked) <= MOST, "\n".join(asked)


def test_a_person_without_a_household_has_a_file_too(person: Person, client: Client, make_user: Any) -> None:
    alone = Person.objects.create(name="独行", sex="male", division=person.division)
    client.force_login(make_user("county", division=COUNTY))
    client.post(f"/purpose/person/{alone.pk}/", {"purpose": "visit"})
    assert len(queries_of(client, f"/people/{alone.pk}/")) <= MOST


def test_the_line_of_time_tells_what_every_stage_keeps(person: Person, make_user: Any) -> None:
    home = Membership.objects.get(person=person, ended_on=None).household_id
    officer = make_user("county", division=COUNTY)
    fact = Fact.objects.filter(person=person).first()
    assert fact is not None
    resident = make_user("resident", person_id=person.pk)
    asked = correcting.ask(person_id=person.pk, fact_id=fact.pk, text="不对", at=AT, by=resident)
    correcting.answer(correction=asked.pk, corrected=True, words="已改", at=AT, by=officer)
    needs.tell(
        person_id=person.pk,
        household_id=home,
        text="房子漏雨",
        topic="building",
        guessed="",
        at=AT,
        by=resident,
    )
    told = files.file_of(person_id=person.pk, today=AT.date(), sensitive=True).events
    assert {event.stage for event in told} >= {"registry", "needs", "matching", "cases"}
    assert Case.objects.filter(household=home).exists()
    titles = [event.title for event in told]
    assert sum("更正" in title or "put" in title for title in titles) == 2
    assert [event.on for event in told] == sorted((event.on for event in told), reverse=True)


def test_rows_asked_together_are_those_asked_one_by_one(person: Person) -> None:
    home = Membership.objects.get(person=person, ended_on=None).household_id
    sets = {
        "persons": Person.objects.order_by("-pk"), "facts": Fact.objects.order_by("pk").defer("words"),
        "households": Household.objects.filter(pk=home), "none": Person.objects.none(),
        "some": Person.objects.order_by("pk")[1:3],
    }  # fmt: skip
    with CaptureQueriesContext(connection) as captured:
        found = together.ask(sets)
    assert len(captured.captured_queries) == 1
    for name, rows in sets.items():
        expected = list(rows)
        assert found[name] == expected
        for ours, theirs in zip(found[name], expected, strict=True):
            for field in theirs._meta.concrete_fields:
                mine, other = getattr(ours, field.attname), getattr(theirs, field.attname)
                assert (
                    (bytes(mine) == bytes(other)) if isinstance(other, memoryview | bytes) else mine == other
                )
    assert together.ask({}) == {}


def test_times_and_days_come_back_with_their_type(person: Person) -> None:
    fact = together.ask({"facts": Fact.objects.filter(received_at__isnull=False)[:1]})["facts"][0]
    assert isinstance(fact.received_at, datetime)
    assert fact.received_at.astimezone(UTC) == AT
    born = together.ask({"persons": Person.objects.filter(pk=person.pk)})["persons"][0].born_on
    assert isinstance(born, date)


def test_facts_on_which_sources_differ_are_marked(person: Person) -> None:
    fact = Fact.objects.filter(person=person, kind="wages").first()
    assert fact is not None
    again = Fact.objects.get(pk=fact.pk)
    again.pk, again.value = None, (fact.value or 0) + 100
    again.save()
    told = files.file_of(person_id=person.pk, today=AT.date(), sensitive=True).facts
    assert [line.differs for line in told if "yuan" in line.value or "元" in line.value].count(True) == 2


def test_a_file_tells_nothing_of_anybody_else(person: Person) -> None:
    """Of another household, or of another person, nothing is even read, but for the members of the own household."""
    home = Membership.objects.get(person=person, ended_on=None).household_id
    members = set(Membership.objects.filter(household=home).values_list("person", flat=True))
    other = Household.objects.exclude(pk=home).get()
    fact = Fact.objects.filter(person__isnull=False).first()
    assert fact is not None
    for about in ({"household": other, "person": None}, {"household": None, "person": other.head}):
        strange = Fact.objects.get(pk=fact.pk)
        strange.pk, strange.household, strange.person = None, about["household"], about["person"]
        strange.save()
    alone = Person.objects.create(name="独行", sex="male", division=person.division)
    for file, whom, homes in (
        (files.file_of(household_id=home, today=AT.date(), sensitive=True), members, {home}),
        (files.file_of(person_id=person.pk, today=AT.date(), sensitive=True), members, {home}),
        (files.file_of(person_id=alone.pk, today=AT.date(), sensitive=True), {alone.pk}, set()),
    ):
        for name, rows in file.kept.items():
            for row in rows:
                assert getattr(row, "person_id", None) in whom | {None}, name
                assert getattr(row, "household_id", None) in homes | {None}, name
        assert {each.pk for each in file.kept["persons"]} == whom
        assert {each.pk for each in file.kept["households"]} == homes
        for row in file.kept["facts"]:
            assert row.person_id in whom or row.household_id in homes


@pytest.mark.parametrize(("role", "leads"), [("village", False), ("county", True)])
def test_a_finding_leads_only_where_the_reader_may_go(
    person: Person, client: Client, make_user: Any, role: str, leads: bool
) -> None:
    home = Membership.objects.get(person=person, ended_on=None).household_id
    Finding.objects.create(
        key="twice",
        kind="same_benefit_twice",
        household_id=home,
        division=person.division,
        found_on=AT.date(),
    )
    client.force_login(make_user(role, division="510181101201" if role == "village" else COUNTY))
    client.cookies["huimin_language"] = "en"
    for kind, number, address in (("person", person.pk, "people"), ("household", home, "households")):
        client.post(f"/purpose/{kind}/{number}/", {"purpose": "visit"})
        shown = client.get(f"/{address}/{number}/").content.decode()
        assert "Something here needs checking" in shown
        assert ('href="/findings/' in shown) == leads


def test_a_file_holds_no_row_that_is_about_other_people(person: Person) -> None:
    home = Membership.objects.get(person=person, ended_on=None).household_id
    about: list[dict[str, int]] = [{"household_id": home}, {"person_id": person.pk}]

    def rows() -> list[dict[str, int]]:
        kept = [files.file_of(today=AT.date(), sensitive=True, **each).kept for each in about]
        return [{name: len(found) for name, found in each.items()} for each in kept]

    before = rows()
    other = Household.objects.exclude(pk=home).first()
    assert other is not None
    for _each in range(3):
        stranger = Person.objects.create(name="路人", sex="male", division=person.division)
        Membership.objects.create(person=stranger, household=other, relation="member", started_on=AT.date())
    assert rows() == before
