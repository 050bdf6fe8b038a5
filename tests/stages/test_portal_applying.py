"""A household applies once for several policies: one case, departments side by side, one notice, and money for what is approved."""

import re
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from tests.stages.county_world import AT, DAY, receive
from tests.stages.village import COUNTY, village

from huimin_platform.base import access
from huimin_platform.base.models import AuditLine
from huimin_platform.cases import actions, applying, queries
from huimin_platform.cases.models import Application, Case, CaseItem, Notice
from huimin_platform.delivery.models import Grant, Order
from huimin_platform.matching import queries as matching
from huimin_platform.matching.models import Entitlement
from huimin_platform.portal import loop
from huimin_platform.registry import verifying
from huimin_platform.registry.models import Fact, Membership, Person

pytestmark = pytest.mark.django_db
BOTH = ["temporary_aid", "employment_aid"]
ACCIDENT = {("household.emergency", None): "accident", ("household.living_endangered", None): "true"}
KEY = "5b0a3d62-7d0f-4a52-9d5e-6f1f4f6c0001"


def advance(day: date = DAY) -> dict[str, dict[str, int]]:
    at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    return loop.advance(today=day, at=at, progress=lambda words: None)


@pytest.fixture
def person(tmp_path: Path) -> Person:
    receive(village().write(tmp_path / "delivery"))
    advance()
    return Person.objects.get(name="葛长林")


@pytest.fixture
def resident(person: Person, make_user: Any) -> Any:
    return make_user("resident", person_id=person.pk)


@pytest.fixture
def signed_in(resident: Any, client: Client) -> Client:
    client.force_login(resident)
    client.cookies["huimin_language"] = "en"
    return client


def apply(
    person: Person, by: Any, *, key: str = KEY, chosen: Any = BOTH, said: Any = ACCIDENT
) -> Application:
    return actions.apply(key=key, person_id=person.pk, chosen=chosen, said=said, at=AT, by=by)


def finish_steps(case: Case, make_user: Any, day: date) -> None:
    """Each department does its own, as the calendar lets it."""
    for _round in range(6):
        advance(day)
        case.refresh_from_db()
        for step in queries.blocking_steps(case):
            if step.state == "open" and not step.key.endswith("publicity"):
                who = make_user("county", division=COUNTY, department=step.department)
                at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
                actions.complete_step(step=step.pk, reason="核实无误。", at=at, by=who)
        day += timedelta(days=7)


def test_two_departments_work_side_by_side_one_notice_and_money_for_the_approved_one(
    person: Person, resident: Any, make_user: Any
) -> None:
    facts = Fact.objects.count()
    case = apply(person, resident).case
    items = {item.policy: item for item in case.items.all()}
    assert set(items) == set(BOTH)
    assert items["temporary_aid"].lapsed_on is None
    assert items["temporary_aid"].amount_fen
    assert items["employment_aid"].lapsed_on == DAY
    working = {step.department for step in case.steps.all() if step.state == "open"}
    assert working == {"civil_affairs", "human_resources"}
    assert all(step.due_on > DAY for step in case.steps.all())

    finish_steps(case, make_user, DAY)
    case = Case.objects.get(pk=case.pk)
    assert case.state in ("opened", "reviewing")
    last = DAY + timedelta(days=42)
    at = datetime(last.year, last.month, last.day, 3, tzinfo=UTC)
    officer = make_user("county", division=COUNTY, department=case.department)
    with pytest.raises(actions.CannotBe):
        actions.decide(case=case, outcome="approve", reason="", at=at, by=officer)
    refused = [items["employment_aid"].pk]
    with pytest.raises(actions.CannotBe):
        actions.decide(case=case, outcome="approve", reason="", refused=refused, at=at, by=officer)
    actions.decide(case=case, outcome="approve", reason="未享受低保。", refused=refused, at=at, by=officer)

    notice = Notice.objects.get(case=case)
    words = "\n".join(notice.text["zh"])
    assert re.search(r"临时救助：[\d,.]+ 元", words)
    assert "就业救助：不予批准" in words
    assert "未享受低保。" in words
    kept = case.decisions.get().trace["items"]
    assert {each["policy"]: each.get("refused") for each in kept} == {
        "temporary_aid": None,
        "employment_aid": "未享受低保。",
    }
    advance(last)
    grant = Grant.objects.get(household=case.household)
    assert (grant.policy, grant.amount_fen) == ("temporary_aid", items["temporary_aid"].amount_fen)
    assert Order.objects.get(grant=grant).amount_fen == grant.amount_fen
    assert Fact.objects.count() == facts

    path = actions.begin_path(case=case, name="appeal", cause="不服", amount_fen=None, at=at, by=resident)
    second = make_user("county", division=COUNTY, department=case.department)
    actions.move_path(path=path.pk, turn=path.turn, move="reverse", reason="重新办理", at=at, by=second)
    assert set(applying.covered(case.household_id)) == {"temporary_aid"}
    assert apply(person, resident, key="anew", chosen=["employment_aid"]).case != case
    assert not Entitlement.objects.filter(policy__in=BOTH, current=True).exists()


def test_the_loop_leaves_an_application_alone_and_follows_the_data(
    person: Person, resident: Any, tmp_path: Path
) -> None:
    case = apply(person, resident).case
    advance(DAY + timedelta(days=1))
    assert case.items.get(policy="temporary_aid").lapsed_on is None
    version = Case.objects.get(pk=case.pk).version
    # The roll of the allowance comes: what was no becomes another answer, and the statement still counts.
    more = village()
    more.rows["民政局_低保名册.csv"] = [
        f"葛长林,{person_number()},1,300.00,2026-01,,农商行,6217000012345678902"
    ]
    receive(more.write(tmp_path / "more"), at=AT + timedelta(days=2))
    advance(DAY + timedelta(days=2))
    item = case.items.get(policy="temporary_aid")
    assert (item.lapsed_on, item.entitlement.status) == (None, "entitled")
    # Who is on the roll receives the allowance already.
    with pytest.raises(actions.CannotBe):
        apply(person, resident, key="roll", chosen=["subsistence_allowance"])
    before = Application.objects.get().run_id
    assert item.entitlement.run_id <= before
    employment = case.items.get(policy="employment_aid")
    assert employment.entitlement.status == "unknown"
    assert Case.objects.get(pk=case.pk).version > version


def test_an_application_is_asked_anew_only_where_something_of_its_household_changed(
    person: Person, resident: Any, make_user: Any
) -> None:
    case, officer = apply(person, resident).case, make_user("county", division=COUNTY)
    first = Application.objects.get().run_id

    def verified(of: Person) -> int:
        """The last run of matching, after an officer verified something of somebody."""
        home = Membership.objects.values_list("household", flat=True).get(person=of, withdrawn_at=None)
        found = verifying.Finding("visit", "到户查看。", DAY, case.number)
        values = {("person.self_care", of.pk): "unable"}
        verifying.verify(
            key=f"{of.pk}", household_id=home, values=values, found=found, two=False, at=AT, by=officer
        )
        advance()
        run = matching.last_run()
        assert run is not None
        assert not run.everybody
        return run.pk

    other = verified(Person.objects.get(name="余望山"))
    assert Application.objects.get().run_id == other > first
    assert case.household_id not in (matching.households_asked_since(first) or ())
    assert case.items.get(policy="temporary_aid").entitlement.run_id <= first
    own = verified(person)
    assert Application.objects.get().run_id == own
    assert case.household_id in (matching.households_asked_since(other) or ())


def person_number() -> str:
    from tests.stages.village import NEIGHBOUR

    return NEIGHBOUR


def test_the_same_form_twice_is_one_case_and_another_form_adds_nothing_twice(
    person: Person, resident: Any
) -> None:
    first, again = apply(person, resident), apply(person, resident)
    assert first == again
    assert (
        Case.objects.filter(household=first.case.household).count(),
        CaseItem.objects.filter(case=first.case).count(),
    ) == (1, 2)
    assert AuditLine.objects.filter(action="applies").count() == 1
    with pytest.raises(actions.CannotBe):
        apply(person, resident, key="another")
    joined = apply(person, resident, key="third", chosen=["temporary_aid", "housing_aid"])
    assert joined.policies == ["housing_aid"]
    assert joined.case == first.case
    assert set(applying.covered(first.case.household_id)) == {*BOTH, "housing_aid"}


def test_a_strangers_household_and_a_strange_place_are_refused(person: Person, make_user: Any) -> None:
    stranger = make_user("resident", person_id=Person.objects.get(name="余望山").pk)
    elsewhere = make_user("village", division="330127208252")
    steward = make_user("steward", division=COUNTY)
    for by in (stranger, elsewhere, steward):
        with pytest.raises(access.NotAllowed):
            apply(person, by)
    assert not Application.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_members_at_once_have_one_case(tmp_path: Path, make_user: Any) -> None:
    receive(village().write(tmp_path / "delivery"))
    advance()
    members = [Person.objects.get(name=name) for name in ("余望山", "郑巧云")]
    users = [make_user("resident", person_id=each.pk) for each in members]
    gate, failed = threading.Barrier(2), []

    def send(place: int) -> None:
        try:
            gate.wait()
            apply(members[place], users[place], key=f"key-{place}")
        except actions.CannotBe as problem:
            failed.append(str(problem))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(place,)) for place in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(failed) == 1
    [application] = Application.objects.all()
    assert (
        Case.objects.filter(household=application.case.household, state__in=("opened", "reviewing")).count()
        == 1
    )
    assert CaseItem.objects.filter(household=application.case.household, policy__in=BOTH).count() == 2


def test_one_sheet_asks_only_what_is_missing_and_leads_to_a_receipt(
    signed_in: Client, person: Person, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(45):
        assert "What do you apply for?" in signed_in.get("/mine/apply/").content.decode()
    assert signed_in.get("/mine/apply/?go_on=1").status_code == 422
    with django_assert_max_num_queries(45):
        page = signed_in.get("/mine/apply/?policy=temporary_aid&policy=employment_aid")
    words = page.content.decode()
    assert "Has something hard happened" in words
    # What the register of residents has sent is filled in, with who sent it and when; it is not asked.
    assert "Filled in already" in words
    assert "2026-07-01" in words
    sheet = page.context["sheet"]
    assert "household.emergency" in {each.fact for each in sheet.asks}
    assert not {each.fact for each in sheet.asks} & {line.fact for line in sheet.known}
    form = {
        "policy": BOTH,
        "key": str(page.context["form"]["key"].value()),
        "true": "on",
        "household-emergency-of_household": "accident",
    }
    form["asked"] = [each.fact for each in sheet.asks]
    wrong = signed_in.post("/mine/apply/", {**form, "household-emergency-of_household": "<script>"})
    assert wrong.status_code == 422
    untrue = signed_in.post("/mine/apply/", {**form, "true": ""})
    assert untrue.status_code == 422
    assert "Say that what you stated is true" in untrue.content.decode()
    assert signed_in.post("/mine/apply/", {**form, "key": "\x00"}).status_code == 422
    first = signed_in.post("/mine/apply/", form)
    assert first.status_code == 302, first.context["sheet"].asks
    again = signed_in.post("/mine/apply/", form)
    assert again.url == first.url
    with django_assert_max_num_queries(45):
        receipt = signed_in.get(first.url).content.decode()
    application = Application.objects.get(person=person)
    assert not application.helped
    assert application.case.number in receipt
    assert "civil affairs" in receipt.lower()
    assert "An officer looks at this" in receipt
    listed = signed_in.get("/mine/apply/").content.decode()
    assert 'value="temporary_aid"' not in listed
    assert application.case.number in listed


def test_an_officer_helps_and_stays_on_record(person: Person, client: Client, make_user: Any) -> None:
    officer = make_user("township", division="510181101000", name="王明")
    client.force_login(officer)
    client.cookies["huimin_language"] = "en"
    address = f"/people/{person.pk}/apply/"
    assert client.get(address).url == f"/people/{person.pk}/"
    client.post(f"/purpose/person/{person.pk}/", {"purpose": "request"})
    page = client.get(f"{address}?policy=temporary_aid")
    assert "You help somebody to apply" in page.content.decode()
    form = {"policy": "temporary_aid", "key": str(page.context["form"]["key"].value()), "true": "on"}
    form["asked"] = [each.fact for each in page.context["sheet"].asks]
    sent = client.post(address, form)
    assert sent.status_code == 302
    assert "王明" in client.get(sent.url).content.decode()
    line = AuditLine.objects.get(action="applies")
    assert (line.by, line.on_behalf) == (officer.username, person.pk)
    other = make_user("township", division="330127208000")
    client.force_login(other)
    assert client.get(address).status_code == 403


def test_a_receipt_is_the_applicants_own(
    signed_in: Client, person: Person, resident: Any, make_user: Any
) -> None:
    made = apply(person, resident)
    assert signed_in.get(f"/mine/apply/{made.pk}/").status_code == 200
    other = Client()
    other.force_login(make_user("resident", person_id=Person.objects.get(name="余望山").pk))
    assert other.get(f"/mine/apply/{made.pk}/").status_code == 404


def test_what_is_stated_is_sealed(person: Person, resident: Any) -> None:
    made = apply(person, resident)
    assert applying.stated(made) == ACCIDENT
    assert b"accident" not in bytes(made.said_sealed)


def test_what_joins_a_case_brings_the_steps_of_its_own_department(person: Person, resident: Any) -> None:
    case = apply(person, resident, chosen=["medical_aid"]).case
    apply(person, resident, key="second", chosen=["old_age_allowance"])
    steps = {step.key: step for step in case.steps.all()}
    own = steps["old_age_allowance.decide"]
    assert (steps["decide"].department, own.department) == ("medical_insurance", "civil_affairs")
    assert own.after == ["review"]
    assert steps["review"].policies == ["medical_aid", "old_age_allowance"]


def test_who_is_on_the_roll_reads_it_with_since_when_and_how_much_and_is_asked_no_second_time(
    signed_in: Client, person: Person, tmp_path: Path
) -> None:
    more = village()
    more.rows["民政局_低保名册.csv"] = [
        f"葛长林,{person_number()},1,300.00,2026-01,,农商行,6217000012345678902"
    ]
    receive(more.write(tmp_path / "more"), at=AT + timedelta(days=2))
    advance(DAY + timedelta(days=2))
    page = signed_in.get("/mine/")
    own = page.context["own"]
    assert [(each.amount_fen, each.started_on, each.by_roll) for each in own.receives] == [
        (30_000, date(2026, 1, 1), True)
    ]
    assert not {each.policy for each in own.possible} & {"subsistence_allowance", "low_income_edge"}
    words = page.content.decode()
    assert "300.00 yuan" in words
    assert "by the roll of the department" in words
    listed = signed_in.get("/mine/apply/").content.decode()
    assert "You receive it already" in listed
    assert "You receive Low-income allowance, which goes before it" in listed
    assert 'value="low_income_edge"' not in listed
    told = signed_in.get("/mine/policies/subsistence_allowance/").content.decode()
    assert "You need not apply again" in told
    assert "/mine/apply/?policy=subsistence_allowance" not in told
    assert (
        "/mine/apply/?policy=temporary_aid" in signed_in.get("/mine/policies/temporary_aid/").content.decode()
    )


def test_the_page_of_a_policy_leads_to_applying_and_an_officer_to_the_persons_file(
    signed_in: Client, client: Client, make_user: Any
) -> None:
    address = "/mine/apply/?policy=temporary_aid"
    assert address in signed_in.get("/policies/temporary_aid/").content.decode()
    stranger = Client()
    stranger.cookies["huimin_language"] = "en"
    assert address in stranger.get("/policies/temporary_aid/").content.decode()
    assert stranger.get(address).url == f"/sign-in/?next={address.replace('?', '%3F').replace('=', '%3D')}"
    officer = Client()
    officer.force_login(make_user("village", division="510181101201"))
    officer.cookies["huimin_language"] = "en"
    words = officer.get("/policies/temporary_aid/").content.decode()
    assert address not in words
    assert "Help to apply" in words


def test_a_resident_reads_what_happens_next_with_an_open_case(
    signed_in: Client, person: Person, resident: Any
) -> None:
    case = apply(person, resident).case
    words = signed_in.get(f"/mine/cases/{case.number}/").content.decode()
    assert "What happens next" in words
    for step in case.steps.all():
        assert step.name["en"].replace("'", "&#x27;") in words


def test_whoever_was_signed_out_comes_back_to_the_form(person: Person, client: Client) -> None:
    client.cookies["huimin_language"] = "en"
    sent = client.post(
        "/mine/apply/", {"true": "on"}, headers={"referer": "http://testserver/mine/apply/?policy=x"}
    )
    assert sent.status_code == 302
    assert sent.url.endswith("next=/mine/apply/%3Fpolicy%3Dx")
    page = client.get(sent.url).content.decode()
    assert "You were signed out meanwhile" in page
    assert "data-refused" in page
    elsewhere = client.post("/mine/apply/", {}, headers={"referer": "http://elsewhere/evil/"})
    assert elsewhere.url.endswith("next=/mine/apply/")
