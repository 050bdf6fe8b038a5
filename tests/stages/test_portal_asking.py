"""What a resident is entitled to: what no department knows is asked, answered, and kept only at their wish."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory
from tests.stages.county_world import AT, advance_matching, advance_needs, advance_registry, receive
from tests.stages.village import village

from huimin_platform.base import clock
from huimin_platform.base.models import AuditLine
from huimin_platform.matching import stating
from huimin_platform.matching.models import Entitlement, Statement
from huimin_platform.portal import asking
from huimin_platform.registry.models import Fact, Membership, Person

pytestmark = pytest.mark.django_db
INJURY = "/mine/policies/work_injury_lump_sum/questions/"


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


def page_of(client: Client, address: str) -> str:
    answer = client.get(address, follow=True)
    assert answer.status_code == 200, address
    return answer.content.decode()


def places(client: Client, address: str) -> list[str]:
    """The names of the fields that a question shows."""
    return list(client.get(address).context["form"].fields)


def test_three_answers_each_with_what_is_missing(
    resident: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(45):
        page = page_of(resident, "/mine/policies/")
    assert "Not enough is known" in page
    assert "grade of work injury" in page
    assert "At most" in page


def test_one_question_a_page_with_what_it_decides_and_what_is_known(
    resident: Client, person: Person, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(45):
        page = page_of(resident, INJURY)
    assert "Who was injured at work" in page
    assert "Lump sum for disability by work injury" in page
    assert page.count("<h1") == 1
    spouse = Person.objects.get(name="郑巧云")
    assert spouse.name in page
    pension = page_of(resident, "/mine/policies/unemployment_insurance/questions/")
    assert "What we already know" in pension


def test_answers_lead_to_yes_with_the_amount_and_change_no_record(resident: Client, person: Person) -> None:
    before = Fact.objects.count(), Entitlement.objects.count()
    own, other = places(resident, INJURY)
    answer = resident.post(
        f"{INJURY}?about=person.injury_grade", {"go_on": "1", own: "grade_10", other: "none"}
    )
    assert answer.status_code == 302
    wage = page_of(resident, INJURY)
    assert "mean monthly wage" in wage
    [field] = places(resident, INJURY)
    page = resident.post(f"{INJURY}?about=person.own_wage", {"go_on": "1", field: "5,321.55"}, follow=True)
    words = page.content.decode()
    # 5,321.55 yuan x 7 months, by article 37.
    assert "37,250.85" in words
    assert "This rests on what you told" in words
    assert (Fact.objects.count(), Entitlement.objects.count()) == before
    assert not Statement.objects.exists()


def test_a_no_says_why_what_would_change_it_and_what_else_may_help(resident: Client) -> None:
    own, other = places(resident, INJURY)
    resident.post(f"{INJURY}?about=person.injury_grade", {"none": "1"})
    page = page_of(resident, "/mine/policies/work_injury_lump_sum/")
    assert "What would change it" in page
    assert "Other policies that may help" in page
    assert "article" in page or "第三十五条" in page
    assert own != other


def test_i_do_not_know_is_an_answer_and_is_not_asked_again(resident: Client) -> None:
    resident.post(f"{INJURY}?about=person.injury_grade", {"unknown": "1"})
    page = page_of(resident, "/mine/policies/work_injury_lump_sum/")
    assert "Not enough is known" in page
    assert "office can find out" in page
    assert resident.get(INJURY).status_code == 302


def test_an_empty_answer_is_asked_for_again(resident: Client) -> None:
    answer = resident.post(f"{INJURY}?about=person.injury_grade", {"go_on": "1"})
    assert answer.status_code == 422
    assert "Choose an answer for" in answer.content.decode()


@pytest.mark.parametrize("value", ["grade_11", "-1", "<script>", "9" * 30])
def test_what_cannot_be_is_told_at_its_field(resident: Client, value: str) -> None:
    own, other = places(resident, INJURY)
    answer = resident.post(f"{INJURY}?about=person.injury_grade", {"go_on": "1", own: value, other: "none"})
    assert answer.status_code == 422


def test_going_back_and_answering_anew_replaces_the_answer(resident: Client) -> None:
    own, other = places(resident, INJURY)
    resident.post(f"{INJURY}?about=person.injury_grade", {"none": "1"})
    assert places(resident, f"{INJURY}?about=person.injury_grade") == [own, other]
    resident.post(f"{INJURY}?about=person.injury_grade", {"go_on": "1", own: "grade_9", other: "none"})
    assert "mean monthly wage" in page_of(resident, INJURY)


def test_kept_only_at_the_residents_wish_and_sealed(resident: Client, person: Person) -> None:
    own, other = places(resident, INJURY)
    resident.post(f"{INJURY}?about=person.injury_grade", {"go_on": "1", own: "grade_10", other: "none"})
    session = Session.objects.get()
    assert "grade_10" not in json.dumps(session.get_decoded())
    for _again in range(2):
        resident.post("/mine/answers/", {"act": "keep"})
    kept = Statement.objects.get(about=person)
    assert Statement.objects.count() == 2
    assert b"grade_10" not in bytes(kept.value_sealed)
    assert stating.value_of(kept) == "grade_10"
    assert AuditLine.objects.filter(action="states").count() == 2
    resident.logout()


def test_what_is_kept_answers_next_time_and_is_in_the_own_file(
    resident: Client, person: Person, make_user: Any, client: Client
) -> None:
    own, other = places(resident, INJURY)
    resident.post(f"{INJURY}?about=person.injury_grade", {"go_on": "1", own: "grade_10", other: "none"})
    resident.post("/mine/answers/", {"act": "keep"})
    user = make_user("resident", username="again", person_id=person.pk)
    client.logout()
    client.force_login(user)
    client.cookies["huimin_language"] = "en"
    assert "mean monthly wage" in page_of(client, INJURY)
    assert "and it is kept" in page_of(client, "/mine/policies/")
    data = json.loads(client.get("/mine/file.json").content)
    assert {each["value"] for each in data["statements"]} == {"grade_10", "none"}
    client.post("/mine/answers/", {"act": "forget"})
    assert not Statement.objects.exists()
    assert "Who was injured at work" in page_of(client, INJURY)
    assert AuditLine.objects.filter(action="takes_back").count() == 1


@pytest.mark.parametrize(("role", "seen"), [("county", True), ("auditor", False)])
def test_officers_read_what_was_kept_in_the_file_as_their_role_allows(
    resident: Client, person: Person, make_user: Any, role: str, seen: bool
) -> None:
    own, other = places(resident, INJURY)
    resident.post(f"{INJURY}?about=person.injury_grade", {"go_on": "1", own: "grade_10", other: "none"})
    client = Client()
    client.cookies["huimin_language"] = "en"
    client.force_login(make_user(role, username="officer", division=person.division))
    home = Membership.objects.get(person=person).household.pk
    for kind, number, address in (
        ("person", person.pk, f"/people/{person.pk}/"),
        ("household", home, f"/households/{home}/"),
    ):
        client.post(f"/purpose/{kind}/{number}/", {"purpose": "visit"})
        assert 'id="stated"' not in page_of(client, address), "what is told and not kept is nobody else's"
    resident.post("/mine/answers/", {"act": "keep"})
    for address in (f"/people/{person.pk}/", f"/households/{home}/"):
        _before, stated = page_of(client, address).split('id="stated"')
        assert ("grade 10" in stated.lower()) == seen
        assert ("hidden for your role" in stated.split("</ul>")[0]) != seen


def test_what_was_told_is_gone_when_somebody_else_signs_in(
    resident: Client, make_user: Any, client: Client
) -> None:
    resident.post(f"{INJURY}?about=person.injury_grade", {"none": "1"})
    neighbour = Person.objects.exclude(name__in=["余望山", "郑巧云"]).filter(
        pk__in=Membership.objects.values("person")
    )
    client.logout()
    client.force_login(make_user("resident", username="next", person_id=neighbour.first().pk))  # pyright: ignore[reportOptionalMemberAccess]
    client.cookies["huimin_language"] = "en"
    assert "Who was injured at work" in page_of(client, INJURY)


def test_a_department_that_knows_better_overrules_the_statement(person: Person, make_user: Any) -> None:
    """What a resident said of wages before the tax office sent them is not used once it has."""
    user = make_user("resident", person_id=person.pk)
    home = Membership.objects.get(person=person).household.pk
    stating.keep(
        person_id=person.pk, household_id=home, said={("person.wages", person.pk): "0"}, at=AT, by=user
    )
    client = Client()
    client.force_login(user)
    request = RequestFactory().get("/")
    request.user, request.session = user, client.session  # type: ignore[assignment]
    found = asking.sitting(request, clock.today())
    assert found is not None
    assert found.told.answers == {}
    wages = found.now.members[found.now.persons.index(person.pk)]["wages"]
    assert wages == Fact.objects.get(person=person, kind="wages", withdrawn_at=None).value


def test_a_statement_is_there_once(person: Person) -> None:
    home = Membership.objects.get(person=person).household.pk
    row = {
        "person": person,
        "household_id": home,
        "fact": "household.martyr",
        "value_sealed": b"x",
        "said_at": AT,
    }
    Statement.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Statement.objects.create(**row)


def test_who_has_no_file_is_sent_to_the_office(make_user: Any, client: Client) -> None:
    client.force_login(make_user("resident"))
    client.cookies["huimin_language"] = "en"
    assert "Take your id card" in page_of(client, "/mine/policies/")
    assert client.get("/mine/questions/").status_code == 404
