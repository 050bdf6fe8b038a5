"""Appraisals by an outsider: drawn once, asked on a phone, closed with a score, answered, published; and next year's money follows."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from tests.stages.funds_world import (
    AT,
    COUNTY,
    TODAY,
    VILLAGE,
    make_grant,
    make_household,
    make_order,
    make_person,
    make_world,
)

from huimin.funds import sampling
from huimin.funds.allocation import allocate, load_all
from huimin.funds.appraisal import Estimate
from huimin_platform.base import access
from huimin_platform.base.models import AuditLine, Division, User
from huimin_platform.delivery.models import Order
from huimin_platform.funds import appraisals, appraising, performance, sharing
from huimin_platform.funds.appraisal_models import Appraisal, AppraisalForm, AppraisedUnit, Shortcoming
from huimin_platform.funds.refusals import NotNow

pytestmark = pytest.mark.django_db
TOWN, OTHER = VILLAGE[:9], "330127201"
GOOD = {"file": "yes", "amount": "yes", "reached": "yes", "needed": "yes", "content": "5"}
BAD = {"file": "yes", "amount": "no", "reached": "no", "needed": "no", "content": "1"}
DUE = TODAY + timedelta(days=60)


@pytest.fixture(autouse=True)
def english(settings):
    settings.HUIMIN_TODAY = TODAY
    with translation.override("en"):
        yield


@pytest.fixture
def people() -> dict[str, User]:
    return {
        "finance": User.objects.create_user(
            "finance-a", role="finance", division=COUNTY, department="finance"
        ),
        "outsider": User.objects.create_user("outsider", role="appraiser", division=COUNTY),
        "stranger": User.objects.create_user("stranger", role="appraiser", division=COUNTY),
        "county": User.objects.create_user(
            "civil", role="county", division=COUNTY, department="civil_affairs"
        ),
        "leader": User.objects.create_user("leader-a", role="leader", division=COUNTY),
    }


@pytest.fixture
def grants(people) -> None:
    """Thirteen grants in one town, fourteen in another, each with an order due this year; one in ten is of a large amount."""
    world = make_world()
    for number in range(27):
        household = make_household(world, make_person(world, number))
        if number >= 13:
            type(household).objects.filter(pk=household.pk).update(division=f"{OTHER}201")
            household.refresh_from_db()
        make_order(make_grant(world, household, amount_fen=100_000 if number % 10 == 0 else 10_000 + number))


def drawn(people, **other) -> Appraisal:
    return appraising.draw(**{
        "purpose": "medical_aid", "year": 2026, "appraiser": "outsider", "margin": 0.1, "confidence": 0.95,
        "way": "proportional", "seed": "seed", "due_on": DUE, "at": AT, "by": people["finance"],
    } | other)  # fmt: skip


def ask_all(found: Appraisal, outsider: User, answers=lambda unit: GOOD) -> None:
    for unit in found.units.filter(state="asked"):
        appraising.fill(unit=unit.pk, answers=answers(unit), note="", at=AT, by=outsider)


def closed(people, answers=lambda unit: GOOD) -> Appraisal:
    found = drawn(people)
    ask_all(found, people["outsider"], answers)
    return appraising.close(number=found.number, opinion="Asked at home.", at=AT, by=people["outsider"])


def test_a_sample_can_be_drawn_again_by_anybody(people, grants) -> None:
    found = drawn(people)
    units = appraisals.population(people["finance"], "medical_aid", 2026, TODAY)
    assert (found.population, found.population_digest) == (27, sampling.digest(units))
    of = sampling.strata(units)
    asked = {name: each for name, (_size, _spread, each) in found.strata.items()}
    again = {each.id for each in sampling.draw(of, asked, found.seed) if each.asked}
    assert again == {str(unit.grant_id) for unit in found.units.filter(state="asked")}
    for town in (TOWN, OTHER):
        assert found.units.filter(place=town, state="asked").count() >= 10


def test_a_sample_is_drawn_once_and_by_finance_only(people, grants) -> None:
    found = drawn(people)
    with pytest.raises(NotNow, match=found.number):
        drawn(people, seed="a luckier one")
    with pytest.raises(access.NotAllowed):
        drawn(people, by=people["county"], year=2025)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"appraiser": "finance-a"}, "Choose an outside appraiser"),
        ({"due_on": TODAY}, "lies in the past"),
        ({"year": 2025}, "nobody to ask"),
        ({"year": 2020}, "No frame"),
    ],
)
def test_what_cannot_be_drawn_says_why(people, grants, other, words) -> None:
    with pytest.raises(NotNow, match=words):
        drawn(people, **other)


def test_only_the_one_who_has_it_asks_and_every_question_is_answered(people, grants) -> None:
    found = drawn(people)
    unit = found.units.filter(state="asked")[0]
    with pytest.raises(NotNow, match="somebody else"):
        appraising.fill(unit=unit.pk, answers=GOOD, note="", at=AT, by=people["stranger"])
    with pytest.raises(NotNow, match="every question"):
        appraising.fill(unit=unit.pk, answers=GOOD | {"content": "6"}, note="", at=AT, by=people["outsider"])
    for _turn in range(2):
        appraising.fill(unit=unit.pk, answers=GOOD, note="", at=AT, by=people["outsider"])
    assert AppraisalForm.objects.count() == 1, "the same again changes nothing"
    appraising.fill(unit=unit.pk, answers=BAD, note="", at=AT, by=people["outsider"])
    assert AppraisalForm.objects.count() == 2, "what was written first stays"


def test_who_cannot_be_reached_is_replaced_by_the_next_of_the_stratum(people, grants) -> None:
    found = drawn(people)
    unit = next(each for each in found.units.filter(state="asked").order_by("pk") if found.units.filter(stratum=each.stratum, state="reserve"))  # fmt: skip
    with pytest.raises(NotNow, match="reason"):
        appraising.put_down_absent(unit=unit.pk, reason=" ", at=AT, by=people["outsider"])
    following = appraising.put_down_absent(unit=unit.pk, reason="moved away", at=AT, by=people["outsider"])
    assert following is not None
    last = max(each.rank for each in found.units.filter(stratum=unit.stratum, state="asked"))
    assert (following.stratum, following.rank) == (unit.stratum, last)
    assert AuditLine.objects.filter(action="replaces", object_id=found.number).count() == 1


def test_it_closes_when_all_were_asked_and_then_nothing_changes(people, grants) -> None:
    found = drawn(people)
    with pytest.raises(NotNow, match="still to be asked"):
        appraising.close(number=found.number, opinion="x", at=AT, by=people["outsider"])
    ask_all(found, people["outsider"])
    done = appraising.close(number=found.number, opinion="Good.", at=AT, by=people["outsider"])
    # Nothing was paid yet: the twentieth that goes by the use of the money is missing.
    assert done.result["overall"]["score"] == pytest.approx(95.0)
    assert done.result["grade"] == "excellent"
    unit = found.units.filter(state="answered")[0]
    with pytest.raises(NotNow, match="is closed"):
        appraising.fill(unit=unit.pk, answers=BAD, note="", at=AT, by=people["outsider"])


@pytest.mark.parametrize(
    "change",
    [
        lambda found: Appraisal.objects.filter(pk=found.pk).update(seed="x"),
        lambda found: Appraisal.objects.filter(pk=found.pk).update(result={}),
        lambda found: Appraisal.objects.filter(pk=found.pk).delete(),
        lambda found: found.units.update(rank=1000),
        lambda found: AppraisedUnit.objects.filter(appraisal=found, state="answered").update(state="asked"),
        lambda found: AppraisalForm.objects.update(answers=BAD),
        lambda found: AppraisalForm.objects.all().delete(),
        lambda found: Shortcoming.objects.update(text="nothing"),
    ],
)
def test_the_database_keeps_what_was_drawn_and_written_down(people, grants, change) -> None:
    found = drawn(people)
    appraising.find_wanting(
        number=found.number, text="Late.", owner="civil_affairs", due_on=DUE, at=AT, by=people["outsider"]
    )
    ask_all(found, people["outsider"])
    appraising.close(number=found.number, opinion="Good.", at=AT, by=people["outsider"])
    with pytest.raises(DatabaseError), transaction.atomic():
        change(found)


def test_what_is_wanting_is_answered_by_its_department_and_published(people, grants, client) -> None:
    found = drawn(people)
    wanting = appraising.find_wanting(
        number=found.number, text="Three got less.", owner="civil_affairs", due_on=DUE, at=AT, by=people["outsider"]
    )  # fmt: skip
    with pytest.raises(NotNow, match="another department"):
        appraising.answer(shortcoming=wanting.pk, text="x", at=AT, by=people["finance"])
    appraising.answer(shortcoming=wanting.pk, text="Paid the rest.", at=AT, by=people["county"])
    with pytest.raises(NotNow, match="stays"):
        appraising.answer(shortcoming=wanting.pk, text="y", at=AT, by=people["county"])
    with pytest.raises(NotNow, match="not closed"):
        appraising.publish(number=found.number, at=AT, by=people["leader"])
    assert client.get(f"/appraisals/published/{found.number}/").status_code == 404
    ask_all(found, people["outsider"])
    appraising.close(number=found.number, opinion="Mostly good.", at=AT, by=people["outsider"])
    appraising.publish(number=found.number, at=AT, by=people["leader"])
    text = client.get(f"/appraisals/published/{found.number}/").content.decode()
    for words in ("Mostly good.", "Three got less.", "Paid the rest.", "95.0"):
        assert words in text
    assert "测试" not in text


def test_a_bad_score_lowers_next_years_share_by_the_amount_that_is_stated(people, grants) -> None:
    for town, name in ((TOWN, "坏镇"), (OTHER, "好镇")):
        Division.objects.update_or_create(code=f"{town}000", defaults={"name": name})
    found = closed(people, lambda unit: BAD if unit.place == TOWN else GOOD)
    scores = appraisals.scores_of(people["finance"], 2026)
    assert scores[TOWN].score == pytest.approx(10.0)
    assert scores[OTHER].score == pytest.approx(95.0)
    assert (scores[TOWN].grade, scores[TOWN].numbers) == ("poor", (found.number,))
    formula = load_all()["assistance_funds"]
    areas = sharing.read(sharing.begun(people["finance"], formula, 2027), formula)
    assert dict(areas.select("area", "performance_score").iter_rows()) == {"坏镇": 0.1, "好镇": 0.95}
    pot = 10_000_000
    towns = sharing.places(people["finance"], areas["area"].to_list())
    notes = performance.explained(people["finance"], formula, areas, pot, year=2026, towns=towns)
    with_score = dict(allocate(formula, areas, pot).areas.select("area", "amount_fen").iter_rows())
    alike = areas.with_columns(performance_score=1.0)
    without = dict(allocate(formula, alike, pot).areas.select("area", "amount_fen").iter_rows())
    lost = without["坏镇"] - with_score["坏镇"]
    assert lost > 0
    [note] = notes["坏镇"]
    assert f"{lost / 100:,.2f} yuan less" in note.en
    assert found.number in note.en
    assert "10.0 points (Poor)" in note.en
    assert f"{lost / 100:,.2f} yuan more" in notes["好镇"][0].en


def test_a_figure_that_is_not_the_score_is_pointed_out(people, grants) -> None:
    closed(people)
    formula = load_all()["assistance_funds"]
    areas = sharing.read(sharing.begun(people["finance"], formula, 2027), formula)
    area = areas["area"][0]
    other = areas.with_columns(performance_score=0.5)
    towns = {each: each for each in (TOWN, OTHER)} | sharing.codes_of(people["finance"])
    notes = performance.explained(
        people["finance"], formula, other, 1_000_000, year=2026, towns=towns | {area: TOWN}
    )
    assert any("Say why" in words.en for words in notes[area])


def test_without_appraisals_performance_counts_alike(people, grants) -> None:
    formula = load_all()["assistance_funds"]
    areas = sharing.read(sharing.begun(people["finance"], formula, 2027), formula)
    assert set(areas["performance_score"].to_list()) == {1.0}
    assert performance.explained(people["finance"], formula, areas, 100, year=2026, towns={}) == {}


def signed_in(client, user: User):
    client.force_login(user)
    client.cookies["huimin_language"] = "en"
    return client


def test_the_appraiser_sees_the_own_sample_only_and_names_on_record(people, grants, client) -> None:
    found = drawn(people)
    page = signed_in(client, people["outsider"])
    unit = found.units.filter(state="asked")[0]
    assert unit.grant is not None
    assert unit.grant.payee is not None
    name, address = unit.grant.payee.name, f"/appraisals/{found.number}/units/{unit.pk}/"
    text = page.get(address).content.decode()
    assert name not in text
    assert "Did the money reach the person" in text
    assert name in page.post(f"{address}name/").content.decode()
    assert AuditLine.objects.filter(action="reveals", purpose=f"{found.number}/{unit.pk}").count() == 1
    spare = found.units.filter(state="reserve")[0]
    assert page.get(f"/appraisals/{found.number}/units/{spare.pk}/").status_code == 404
    answer = page.post(address, GOOD | {"note": ""})
    assert answer.status_code == 302
    assert answer.url != address
    assert page.post(address, {"file": "yes"}).status_code == 422
    assert page.get("/").url == "/appraisals/"
    signed_in(client, people["stranger"])
    assert client.get(address).status_code == 404
    assert client.get(f"/appraisals/{found.number}/").status_code == 404
    for elsewhere in ("/people/", "/cases/", "/payments/", "/flow/"):
        assert client.get(elsewhere).status_code == 403


def test_others_see_scores_and_nobodys_answers(people, grants, client) -> None:
    found = closed(people, lambda unit: BAD if unit.rank == 1 else GOOD)
    text = signed_in(client, people["county"]).get(f"/appraisals/{found.number}/").content.decode()
    assert "测试" not in text
    assert f"/appraisals/{found.number}/units/" not in text


def test_a_page_asks_as_often_whatever_the_size_of_the_sample(people, grants, client) -> None:
    found = drawn(people)
    page = signed_in(client, people["outsider"])
    counts = []
    for _turn in range(2):
        with CaptureQueriesContext(connection) as seen:
            assert page.get(f"/appraisals/{found.number}/").status_code == 200
        counts.append(len(seen))
        for unit in list(found.units.filter(state="asked"))[:10]:
            appraising.fill(unit=unit.pk, answers=GOOD, note="", at=AT, by=people["outsider"])
    assert counts[0] == counts[1] <= 20


def test_finance_draws_on_the_page_and_the_seed_is_kept(people, grants, client) -> None:
    page = signed_in(client, people["finance"])
    given = {
        "purpose": "medical_aid", "year": "2026", "appraiser": "outsider", "margin": "0.1", "confidence": "0.95",
        "way": "neyman", "due_on": DUE.isoformat(),
    }  # fmt: skip
    answer = page.post("/appraisals/draw/", given)
    found = Appraisal.objects.get()
    assert answer.url == f"/appraisals/{found.number}/"
    assert len(found.seed) == 32
    assert found.seed in page.get(answer.url).content.decode()
    again = page.post("/appraisals/draw/", given)
    assert again.status_code == 422
    assert date(2026, 1, 1) < found.due_on


def test_scores_that_would_tell_who_said_what_are_left_out() -> None:
    def places(**answered: int) -> dict[str, Estimate]:
        return {name: Estimate(50.0, 1.0, 2.0, count, 40, 1.0) for name, count in answered.items()}

    assert appraisals.told_places(places(a=12, b=10), "medical_aid") == {"a", "b"}
    assert appraisals.told_places(places(a=12, b=15, c=9), "medical_aid") == {"b"}
    assert appraisals.told_places(places(a=12, b=6, c=7), "medical_aid") == {"a"}
    assert appraisals.told_places(places(a=3), "medical_aid") == set()
    assert appraisals.told_places(places(a=3, b=0), "project:P1") == {"a"}


def test_what_was_dropped_is_owed_to_nobody_and_asked_of_nobody(people, grants) -> None:
    Order.objects.filter(pk=Order.objects.order_by("pk")[0].pk).update(state=Order.State.DROPPED)
    assert len(appraisals.population(people["finance"], "medical_aid", 2026, TODAY)) == 26


def test_a_programme_of_very_few_is_not_drawn(people) -> None:
    world = make_world()
    make_order(make_grant(world, make_household(world, make_person(world, 1))))
    with pytest.raises(NotNow, match="fewer than 10"):
        drawn(people)
