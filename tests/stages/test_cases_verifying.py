"""An officer verifies what no department has sent: it becomes a fact of the registry, and the case is answered anew at once."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from tests.stages.county_world import AT, DAY, receive
from tests.stages.test_portal_applying import advance, apply
from tests.stages.village import COUNTY, NEIGHBOUR, village

from huimin_platform.base import access
from huimin_platform.base.models import AuditLine
from huimin_platform.cases import actions, applying
from huimin_platform.cases.models import Case
from huimin_platform.matching import explaining, verifying
from huimin_platform.registry.models import Household, Person, Verified

pytestmark = pytest.mark.django_db
EMERGENCY = ("household.emergency", None)
KEY = "0d4e1f2a-3b4c-4d5e-8f60-718293a4b5c6"


@pytest.fixture
def person(tmp_path: Path) -> Person:
    receive(village().write(tmp_path / "delivery"))
    advance()
    return Person.objects.get(name="葛长林")


@pytest.fixture
def officer(make_user: Any) -> Any:
    return make_user("township", division="510181101000", name="王明")


@pytest.fixture
def second(make_user: Any) -> Any:
    return make_user("county", division=COUNTY, name="李红")


@pytest.fixture
def case(person: Person, make_user: Any) -> Case:
    resident = make_user("resident", person_id=person.pk)
    # The applicant states that living is in danger; what has happened is for the officer to find out.
    stated = {("household.living_endangered", None): "true"}
    return apply(person, resident, chosen=["temporary_aid"], said=stated).case


def verify(case: Case, by: Any, values: dict[Any, str], **other: Any) -> Any:
    given: dict[str, Any] = {
        "key": KEY, "version": None, "how": "visit", "seen": "到户，见房屋烧毁。", "on": DAY, "at": AT, **other
    }  # fmt: skip
    return actions.verify(case=Case.objects.get(pk=case.pk), values=values, by=by, **given)


def test_what_is_missing_is_asked_by_name_with_the_clause_and_the_answer_follows_at_once(
    case: Case, officer: Any, person: Person
) -> None:
    item = case.items.get()
    assert item.entitlement.status == "unknown"
    asked = {each.fact.key: each for each in verifying.asked(case.household_id, ["temporary_aid"], DAY)}
    assert [clause.zh for clause in asked["household.emergency"].clauses] == [
        "《社会救助暂行办法》第四十七条"
    ]
    entered = verify(case, officer, {EMERGENCY: "accident"})
    assert [(each.policy, each.before.status, each.now.status) for each in entered.changes] == [
        ("temporary_aid", "unknown", "entitled")
    ]
    item.refresh_from_db()
    assert (item.entitlement.status, item.lapsed_on) == ("entitled", None)
    assert item.amount_fen
    # It is a fact of the registry for everybody, and it stays so in the night's run.
    assert explaining.described(case.household_id, DAY).facts["emergency"] is not None
    assert explaining.described(case.household_id, DAY, by_data_alone=True).facts["emergency"] is None
    advance(DAY + timedelta(days=1))
    item.refresh_from_db()
    assert item.entitlement.status == "entitled"
    line = AuditLine.objects.get(action="verifies", kind="case")
    assert line.details["changes"] == {"temporary_aid": ["unknown", "entitled"]}
    assert AuditLine.objects.filter(action="verifies", kind="fact", by=officer.username).count() == 1


def test_a_household_that_has_moved_away_is_asked_nothing_and_breaks_nothing(
    case: Case, officer: Any
) -> None:
    verify(case, officer, {EMERGENCY: "accident"})
    Household.objects.filter(pk=case.household_id).update(division="310101001001")
    assert verifying.asked(case.household_id, ["zhejiang_temporary_aid", "temporary_aid"], DAY) == []
    # The answer that stood stays; a person decides what becomes of the case.
    assert applying.answer_case(Case.objects.get(pk=case.pk), ["household.emergency"], DAY, AT) == []
    assert case.items.get().entitlement.status == "entitled"


def test_the_same_form_twice_is_one_fact_and_who_was_overtaken_is_told(
    case: Case, officer: Any, second: Any
) -> None:
    seen = Case.objects.get(pk=case.pk).version
    first = verify(case, officer, {EMERGENCY: "accident"}, version=seen)
    again = verify(case, officer, {EMERGENCY: "accident"}, version=seen)
    assert (again.kept, again.changes) == (first.kept, [])
    with pytest.raises(actions.Overtaken):
        verify(case, second, {EMERGENCY: "none"}, version=seen, key="another")
    assert Verified.objects.count() == 1


def test_nothing_is_overwritten_the_latest_counts_and_what_was_known_then_stays(
    case: Case, officer: Any, second: Any
) -> None:
    verify(case, officer, {EMERGENCY: "accident"})
    later = AT + timedelta(hours=2)
    verify(case, second, {EMERGENCY: "none"}, key="second", at=later)
    states = [each.state for each in verifying.standing(case.household_id, DAY)]
    assert states == ["counts", "replaced"]
    assert case.items.get().entitlement.status == "not_entitled"
    then = explaining.described(case.household_id, DAY, AT + timedelta(hours=1)).facts["emergency"]
    now = explaining.described(case.household_id, DAY).facts["emergency"]
    assert (then, now) == (1, 0)


def test_where_a_step_asks_for_two_officers_the_word_of_one_changes_nothing(
    person: Person, make_user: Any, officer: Any, second: Any
) -> None:
    resident = make_user("resident", person_id=person.pk)
    case = apply(person, resident, chosen=["destitute_support"], said={}).case
    wanted = {("person.able_to_work", person.pk): "false"}
    entered = verify(case, officer, wanted)
    assert (entered.changes, [each.waits for each in entered.kept]) == ([], [True])
    [kept] = entered.kept
    assert explaining.described(case.household_id, DAY).members[0]["able_to_work"] is None
    with pytest.raises(actions.CannotBe):
        actions.confirm_verified(case=case, verified=kept.pk, at=AT, by=officer)
    actions.confirm_verified(case=case, verified=kept.pk, at=AT, by=second)
    actions.confirm_verified(case=case, verified=kept.pk, at=AT, by=second)
    assert explaining.described(case.household_id, DAY).members[0]["able_to_work"] == 0
    kept.refresh_from_db()
    assert kept.second_by == second
    with pytest.raises(IntegrityError), transaction.atomic():
        Verified.objects.filter(pk=kept.pk).update(second_by=officer)


def test_data_that_come_later_and_say_otherwise_are_a_conflict_and_decide(
    case: Case, officer: Any, person: Person, tmp_path: Path, make_user: Any
) -> None:
    resident = make_user("resident", person_id=person.pk)
    apply(person, resident, key="housing", chosen=["housing_aid"], said={})
    verify(case, officer, {("household.allowance_on_roll", None): "0"})
    [standing] = verifying.standing(case.household_id, DAY)
    assert (standing.state, standing.by_data) == ("counts", None)
    more = village()
    more.rows["民政局_低保名册.csv"] = [f"葛长林,{NEIGHBOUR},1,300.00,2026-01,,农商行,6217000012345678902"]
    receive(more.write(tmp_path / "more"), at=AT + timedelta(days=2))
    advance(DAY + timedelta(days=2))
    [standing] = verifying.standing(case.household_id, DAY + timedelta(days=2))
    assert standing.state == "conflict"
    assert standing.by_data is not None
    assert "300" in standing.by_data.zh
    assert (
        explaining.described(case.household_id, DAY + timedelta(days=2)).facts["allowance_on_roll"] == 30_000
    )
    assert Verified.objects.get().value == "0"


def test_what_is_taken_back_counts_no_more_and_stays_in_the_history(
    case: Case, officer: Any, second: Any
) -> None:
    [kept] = verify(case, officer, {EMERGENCY: "accident"}).kept
    with pytest.raises(actions.CannotBe):
        actions.take_back_verified(case=case, verified=kept.pk, reason=" ", at=AT, by=second)
    changes = actions.take_back_verified(case=case, verified=kept.pk, reason="地址看错了。", at=AT, by=second)
    assert [(each.before.status, each.now.status) for each in changes] == [("entitled", "unknown")]
    assert [each.state for each in verifying.standing(case.household_id, DAY)] == ["withdrawn"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"values": {}},
        {"values": {EMERGENCY: "earthquake"}},
        {"values": {("household.residence", 1): "urban"}},
        {"values": {("person.volunteer_hours", None): "3"}},
        {"seen": " "},
        {"how": "rumour"},
        {"on": DAY + timedelta(days=1)},
        {"on": DAY - timedelta(days=400)},
    ],
)
def test_what_cannot_be_is_refused_whole(case: Case, officer: Any, wrong: dict[str, Any]) -> None:
    values = wrong.pop("values", {EMERGENCY: "accident"})
    with pytest.raises(actions.CannotBe):
        verify(case, officer, values, **wrong)
    assert not Verified.objects.exists()


def test_it_counts_for_a_year_and_of_a_tax_year_until_the_next(case: Case, officer: Any) -> None:
    [kept] = verify(case, officer, {EMERGENCY: "accident"}).kept
    assert kept.holds_until == DAY.replace(year=DAY.year + 1)
    after = kept.holds_until
    assert explaining.described(case.household_id, after - timedelta(days=1)).facts["emergency"] == 1
    assert explaining.described(case.household_id, after).facts["emergency"] is None
    assert [each.state for each in verifying.standing(case.household_id, after)] == ["over"]


def test_who_works_elsewhere_and_a_decided_case_are_refused(case: Case, make_user: Any, second: Any) -> None:
    elsewhere = make_user("township", division="330127208000")
    with pytest.raises(access.NotAllowed):
        verify(case, elsewhere, {EMERGENCY: "accident"})
    lead = make_user("county", division=COUNTY, department=case.department)
    at = datetime(DAY.year, DAY.month, DAY.day, 5, tzinfo=UTC)
    actions.decide(case=case, outcome="refuse", reason="不符合条件。", at=at, by=lead)
    with pytest.raises(actions.CannotBe):
        verify(case, second, {EMERGENCY: "accident"})
    assert not Verified.objects.exists()


def test_the_page_asks_takes_and_says_what_changed(
    case: Case, officer: Any, client: Client, person: Person, settings: Any
) -> None:
    settings.HUIMIN_TODAY = DAY
    client.force_login(officer)
    client.cookies["huimin_language"] = "en"
    shown = client.get(f"/cases/{case.number}/").content.decode()
    assert "Still to be verified" in shown
    assert "How much is not known yet" in shown
    assert "Opened, because the household applied" in shown
    address = f"/cases/{case.number}/facts/"
    page = client.get(address)
    assert "《社会救助暂行办法》第四十七条" in page.content.decode()
    form = {
        "key": KEY, "version": page.context["form"].initial["version"], "how": "paper", "seen": "消防证明",
        "on": DAY.isoformat(), "household-emergency-of_household": "accident",
    }  # fmt: skip
    wrong = client.post(f"{address}enter/", {**form, "seen": ""})
    assert wrong.status_code == 422
    assert "Write what was seen" in wrong.content.decode()
    assert 'value="accident"' in wrong.content.decode()
    ahead = client.post(f"{address}enter/", {**form, "on": "2030-01-01"})
    assert ahead.status_code == 409
    assert "lies ahead" in ahead.content.decode()
    done = client.post(f"{address}enter/", form, follow=True).content.decode()
    assert "Temporary aid: To be verified → Entitled" in done
    assert "消防证明" in done
    assert client.post(f"{address}enter/", form).status_code == 302
    assert Verified.objects.count() == 1
    assert "An officer verified what was not known" in client.get(f"/cases/{case.number}/").content.decode()
    number = Verified.objects.get().pk
    assert client.post(f"{address}{number}/", {"act": "take_back", "reason": ""}).status_code == 422
    assert client.post(f"{address}{number}/", {"act": "take_back", "reason": "看错"}).status_code == 302
    assert client.post(f"{address}999999/", {"act": "confirm"}).status_code == 302
    assert Verified.objects.exclude(withdrawn_at=None).count() == 1


def test_a_resident_reads_what_was_verified(case: Case, officer: Any, client: Client, make_user: Any) -> None:
    verify(case, officer, {EMERGENCY: "accident"})
    client.force_login(make_user("resident", person_id=case.applications.get().person_id))
    client.cookies["huimin_language"] = "en"
    page = client.get("/mine/file/").content.decode()
    assert "What officers verified" in page
    assert "到户，见房屋烧毁。" in page
    [told] = client.get("/mine/file.json").json()["verified"]
    assert (told["fact"], told["value"], told["how"]) == ("household.emergency", "accident", "visit")


def test_a_day_written_late_in_a_month_is_a_year_long() -> None:
    from huimin_platform.registry.verifying import _months_on

    assert _months_on(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert _months_on(date(2026, 12, 31), 12) == date(2027, 12, 31)
