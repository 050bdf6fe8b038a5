"""Residents are asked about services, seldom and by the platform; what they say rates the provider and reopens needs."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from tests.stages.funds_world import COUNTY, TODAY, make_grant, make_household, make_payment, make_person
from tests.stages.services_world import (
    CODE,
    DAY,
    OTHER_CODE,
    Services,
    at,
    make_contract,
    make_service_grant,
    make_services,
    visit,
)  # fmt: skip

from huimin.feedback import asking
from huimin_platform.base import access
from huimin_platform.base.models import AuditLine
from huimin_platform.delivery import actions as delivery
from huimin_platform.delivery import service_queries as delivery_queries
from huimin_platform.delivery.choosing import Choice
from huimin_platform.delivery.models import ServiceOrder
from huimin_platform.delivery.templatetags.delivery import rating_tone
from huimin_platform.evaluation.queries.catalogue import COMPUTATIONS
from huimin_platform.evaluation.queries.measure import fractions
from huimin_platform.feedback import actions, queries, services, steps
from huimin_platform.feedback.models import Answer, Question
from huimin_platform.needs import actions as needs
from huimin_platform.needs.models import Need
from huimin_platform.registry.models import Membership, Person
from huimin_platform.supply import queries as supply
from huimin_platform.supply.models import Provider, Rating, ServiceContract

pytestmark = pytest.mark.django_db
NEXT_DAY, SEPTEMBER = DAY + timedelta(days=1), date(2026, 9, 1)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def made(make_user: Any) -> Services:
    return make_services(make_user)


def advance(day: date) -> dict[str, int]:
    return steps.advance(today=day, at=at(day), progress=lambda words: None)


def served(made: Services, on: date = DAY, begins: int = 9) -> Any:
    """A visit that the resident has confirmed."""
    found = visit(made, on=on, begins=begins)
    return delivery.confirm_visit(visit=found.pk, at=at(on, 20), by=made.resident)


def asked(made: Services, on: date = DAY) -> Question:
    """The question after a first visit."""
    served(made, on)
    advance(on + timedelta(days=1))
    return Question.objects.get(service_order=made.order, state="open")


def answer(question: Question, score: int, by: Any, day: date = NEXT_DAY, words: str = "") -> Answer:
    return actions.answer(question_id=question.pk, score=score, words=words, at=at(day), by=by)


def neighbour(made: Services, number: int, make_user: Any, score: int, day: date = DAY) -> None:
    """Another person whom the provider serves, and who has answered."""
    person = make_person(made.world, number)
    grant = make_service_grant(made.world, person)
    order = ServiceOrder.objects.get(grant=grant)
    provider = make_user("provider", division=COUNTY, department=order.contract.provider_id)
    delivery.accept_order(order=order.pk, at=at(TODAY), by=provider)
    found = visit(made, order=order, worker=f"W{number}", on=day, by=provider)
    resident = make_user("resident", person_id=person.pk)
    delivery.confirm_visit(visit=found.pk, at=at(day, 21), by=resident)
    advance(day)
    answer(Question.objects.get(service_order=order, state="open"), score, resident, day)


def test_the_first_visit_is_asked_about_then_each_month_once(made: Services) -> None:
    assert advance(DAY)["questions"] == 0
    served(made)
    assert [advance(NEXT_DAY)["questions"] for _ in range(2)] == [1, 0]
    question = Question.objects.get()
    assert (question.service_order, question.service_contract, question.month) == (
        made.order,
        made.contract,
        date(2026, 8, 1),
    )
    assert (question.person, question.household_id, question.payment) == (
        made.person,
        made.grant.household_id,
        None,
    )
    for day in range(12, 20):
        served(made, date(2026, 8, day))
    assert advance(date(2026, 8, 20))["questions"] == advance(SEPTEMBER)["questions"] == 0
    answer(question, 4, made.resident)
    served(made, SEPTEMBER)
    assert advance(date(2026, 9, 30))["questions"] == 0
    assert advance(date(2026, 10, 1))["questions"] == 1
    assert Question.objects.latest("pk").month == SEPTEMBER


def test_what_was_asked_about_is_not_read_again(made: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def due(served: pl.DataFrame, *given: Any, **named: Any) -> pl.DataFrame:
        read.extend(served.rows())
        return asking.due(served, *given, **named)

    monkeypatch.setattr(
        services, "asking", SimpleNamespace(due=due, REMEMBERED_MONTHS=asking.REMEMBERED_MONTHS)
    )
    question = asked(made)
    assert read == [(made.order.pk, made.contract.pk, date(2026, 8, 1))]
    served(made, date(2026, 8, 20))
    for day in (date(2026, 8, 21), SEPTEMBER):
        assert advance(day)["questions"] == 0, "it waits for its answer"
    answer(question, 4, made.resident)
    assert advance(SEPTEMBER)["questions"] == 0, "its month was asked about"
    assert len(read) == 1
    served(made, SEPTEMBER)
    advance(date(2026, 9, 2))
    assert read[1:] == [(made.order.pk, made.contract.pk, SEPTEMBER)]


@pytest.mark.parametrize("state", ["open", "answered"])
def test_the_same_is_asked_as_if_all_was_read(made: Services, state: str) -> None:
    """With services before, in and after the months that were asked about."""
    for month in (8, 9, 10, 11, 12):
        served(made, date(2026, month, 11))
    for month, so_far in ((9, "answered"), (10, state)):
        Question.objects.create(
            key=f"{month}", service_order=made.order, service_contract=made.contract, month=date(2026, month, 1),
            person=made.person, household=made.grant.household, asked_at=at(DAY), state=so_far,
        )  # fmt: skip
    told = []
    for today in (date(2026, 11, 5), date(2026, 12, 12), date(2027, 1, 1), date(2027, 3, 1)):
        due = asking.due(*all_there_is(), today=today)
        with transaction.atomic():
            before = Question.objects.latest("pk").pk
            assert services.ask(today=today, at=at(today), by="system") == due.height
            fresh = Question.objects.filter(pk__gt=before)
            assert [*fresh.values_list("service_order", "service_contract", "month")] == due.rows()
            transaction.set_rollback(True)
        told.append(due.height)
    assert told == ([0, 0, 0, 0] if state == "open" else [0, 1, 1, 1])


def all_there_is() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every service that counts and every question there ever was."""
    felt = delivery_queries.months_felt(date(2000, 1, 1))
    asked = Question.objects.values_list("service_order", "service_contract", "month", "state")
    rows = [(*about, state == "open") for *about, state in asked]
    return (
        pl.DataFrame([*felt], schema=services.SERVED, orient="row"),
        pl.DataFrame(rows, schema=services.ASKED, orient="row"),
    )


@pytest.mark.parametrize(("state", "count"), [("proven", 0), ("disputed", 1), ("refused", 0)])
def test_a_visit_counts_when_the_resident_has_something_to_say_of_it(
    made: Services, state: str, count: int
) -> None:
    found = visit(made)
    if state == "disputed":
        delivery.dispute_visit(visit=found.pk, reason="没有来", at=at(DAY, 20), by=made.resident)
    if state == "refused":
        delivery.decide_visit(
            visit=found.pk, outcome="refuse", reason="没有来", at=at(DAY, 20), by=made.officer
        )
    assert advance(NEXT_DAY)["questions"] == count


def test_the_dead_are_not_asked_about(made: Services) -> None:
    served(made)
    Person.objects.filter(pk=made.person.pk).update(died_on=DAY)
    assert advance(NEXT_DAY)["questions"] == 0


def test_a_low_score_reopens_the_need_speaks_of_the_service_and_is_told_to_who_bought_it(
    made: Services, make_user: Any
) -> None:
    answer(asked(made), 2, made.resident, words="总是迟到")
    need = Need.objects.get(source="feedback")
    assert (need.person, need.kind, need.owner) == (made.person, "dissatisfied", made.contract.proposed_by)
    assert need.reason["zh"] == "对示例1T服务中心2026年8月起的“居家照护”满意度打了 2 分（满分 5 分）。"
    assert need.reason["en"] == "Gave 2 of 5 for “Care at home” by 示例1T服务中心 since 2026-08."
    # What the resident wrote stays with the answer.
    assert "总是迟到" not in str(need.reason)
    # Late needs go to the township; this one is with the county already.
    make_user("township", division="330127208000")
    assert needs.escalate(at=at(NEXT_DAY) + timedelta(hours=73))["township"] == 1
    need.refresh_from_db()
    assert (need.owner, need.escalated_level) == (made.contract.proposed_by, "township")


def test_a_late_need_does_not_stay_with_an_officer_who_has_left(made: Services, make_user: Any) -> None:
    answer(asked(made), 2, made.resident)
    keeper = made.contract.proposed_by
    keeper.is_active = False
    keeper.save()
    officer = make_user("township", division="330127208000")
    needs.escalate(at=at(NEXT_DAY) + timedelta(hours=73))
    assert Need.objects.get(source="feedback").owner == officer


def test_who_took_in_the_contract_and_left_is_replaced_by_a_colleague(made: Services, make_user: Any) -> None:
    keeper = made.contract.proposed_by
    keeper.is_active = False
    keeper.save()
    found = supply.keeper_of(made.contract)
    assert found is not None
    assert (found.role, found.division, found.is_active) == ("county", COUNTY, True)
    assert found != keeper


def test_a_good_score_raises_nothing(made: Services) -> None:
    answer(asked(made), 3, made.resident)
    assert not Need.objects.exists()


def test_another_of_the_household_answers_and_is_named_and_strangers_do_not(
    made: Services, make_user: Any, client: Client
) -> None:
    client.cookies["huimin_language"] = "en"
    question = asked(made)
    child, stranger = (make_person(made.world, number) for number in (31, 32))
    Membership.objects.create(
        person=child,
        household_id=made.grant.household_id,
        relation="子女",
        source_file=made.world.file,
        source_line=9,
    )
    make_household(made.world, stranger)
    daughter, other = (make_user("resident", person_id=each.pk) for each in (child, stranger))
    client.force_login(other)
    assert client.get(f"/questions/{question.pk}/").status_code == 404
    assert not queries.open_for_person(stranger.pk).exists()
    assert list(queries.open_for_person(child.pk)) == [question]
    client.force_login(daughter)
    assert f"For {made.person.name}:" in client.get("/mine/").content.decode()
    assert client.post(f"/questions/{question.pk}/", {"score": "5", "words": ""}).status_code == 302
    kept = Answer.objects.get()
    assert (kept.on_behalf, kept.answered_by) == (True, daughter)


def test_who_bought_the_service_does_not_write_down_what_residents_say_of_it(
    made: Services, make_user: Any, client: Client
) -> None:
    question = asked(made)
    for buyer in (made.contract.proposed_by, made.contract.signed_by):
        with pytest.raises(access.NotAllowed, match="Another officer"):
            answer(question, 5, buyer)
    client.cookies["huimin_language"] = "en"
    client.force_login(made.contract.proposed_by)
    said = client.post(f"/questions/{question.pk}/", {"score": "5", "words": ""}, follow=True)
    assert "Another officer writes down the answer" in said.content.decode()
    assert not Answer.objects.exists()
    assert answer(question, 4, made.officer).on_behalf


def test_a_question_is_about_exactly_one_thing(made: Services) -> None:
    question = asked(made)
    for changed in (
        {"month": None},
        {"service_contract": None},
        {"service_order": None},
        {"service_order": None, "service_contract": None, "month": None},
    ):
        with pytest.raises(IntegrityError, match="question_about_one_thing"), transaction.atomic():
            Question.objects.filter(pk=question.pk).update(**changed)
    with pytest.raises(IntegrityError, match="feedback_question_key"), transaction.atomic():
        Question.objects.create(
            key=question.key, service_order=made.order, service_contract=made.contract, month=question.month,
            person=made.person, asked_at=at(DAY),
        )  # fmt: skip


def test_satisfaction_counts_payments_and_services_together_and_apart(made: Services, make_user: Any) -> None:
    make_payment(make_grant(made.world, make_household(made.world, make_person(made.world, 8))))
    answer(asked(made), 2, made.resident)
    for number in (2, 3):
        neighbour(made, number, make_user, 5)
    answer(Question.objects.get(payment__isnull=False), 4, made.officer)
    neighbour_asked = ServiceOrder.objects.get(
        grant=make_service_grant(made.world, make_person(made.world, 4))
    )
    assert neighbour_asked.state == "offered"

    def figure(name: str) -> tuple[int, int]:
        found = fractions(COMPUTATIONS[name](DAY))[COUNTY]
        return int(found.numerator), int(found.denominator)

    names = ("satisfaction", "satisfaction_with_payments", "satisfaction_with_services", "answer_rate")
    assert [figure(name) for name in names] == [(3, 4), (1, 1), (2, 3), (4, 4)]
    by = queries.satisfaction_by(make_user("county", division=COUNTY))
    assert [by[name].answered for name in ("", "payment", "service")] == [4, 1, 3]
    elsewhere = queries.satisfaction_by(make_user("county", division="330182000000"))
    assert elsewhere[""].share is None


def test_a_provider_is_rated_once_a_day_and_a_rerun_rates_none(made: Services, make_user: Any) -> None:
    answer(asked(made), 5, made.resident)
    first = date(2026, 8, 12)
    assert [advance(first)["ratings"] for _ in range(2)] == [1, 0]
    rating = Rating.objects.get()
    assert (rating.provider_id, rating.on, rating.persons, rating.answers, rating.on_behalf) == (
        CODE,
        first,
        1,
        1,
        0,
    )
    # (5 + 10 * (5 + 30) / 11) / 11
    assert (rating.mean, rating.estimate, rating.released) == (5, Decimal("3.35"), False)
    assert 1 < rating.low < 3 < rating.estimate < 3.5 < rating.high < 5
    neighbour(made, 2, make_user, 1, first)
    assert advance(first)["ratings"] == 0
    assert [advance(first + timedelta(days=1))["ratings"] for _ in range(2)] == [1, 0]
    assert advance(first + timedelta(days=2))["ratings"] == 0
    assert [(each.persons, float(each.mean)) for each in supply.ratings_of(CODE, most=9)] == [
        (2, 3.0),
        (1, 5.0),
    ]
    assert AuditLine.objects.filter(action="rates_provider", object_id=CODE).count() == 2
    # A year later the answers of today say nothing any more.
    assert advance(first + timedelta(days=400))["ratings"] == 0


@pytest.mark.parametrize(
    ("estimate", "tone"), [("3.96", "good"), ("3.94", "warning"), ("2.95", "warning"), ("2.94", "bad")]
)
def test_a_rating_has_the_tone_of_what_is_shown(estimate: str, tone: str) -> None:
    assert rating_tone(Decimal(estimate)) == tone


def test_a_rating_is_never_changed(made: Services) -> None:
    answer(asked(made), 5, made.resident)
    advance(date(2026, 8, 12))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Rating.objects.update(estimate=5)


def test_a_provider_is_shown_what_ten_people_say_and_nothing_of_fewer(
    made: Services, make_user: Any, client: Client
) -> None:
    client.cookies["huimin_language"] = "en"
    answer(asked(made), 1, made.resident, words="总是迟到")
    for number in range(2, 10):
        neighbour(made, number, make_user, 5)

    def seen(day: date) -> str:
        advance(day)
        client.force_login(made.provider)
        page = client.get("/provider/").content.decode()
        assert "总是迟到" not in page
        return page

    first = date(2026, 8, 13)
    assert "Shown when 10 persons have answered" in seen(first)
    neighbour(made, 10, make_user, 5, first)
    page = seen(first + timedelta(days=1))
    assert "by what 10 persons answered" in page
    shown = supply.released_rating(CODE)
    assert shown is not None
    assert shown.persons == 10
    assert f"{shown.estimate:.1f} of 5" in page
    # What one more says changes what officers see, and not what the provider sees until ten more have answered.
    neighbour(made, 11, make_user, 1, first + timedelta(days=1))
    assert "by what 10 persons answered" in seen(first + timedelta(days=2))
    assert supply.latest_ratings()[CODE].persons == 11
    for number in range(12, 22):
        neighbour(made, number, make_user, 2, first + timedelta(days=2))
    assert "by what 21 persons answered" in seen(first + timedelta(days=3))


def test_an_answer_given_while_the_turn_runs_counts_in_the_next_one_and_once_as_new(made: Services) -> None:
    question, first = asked(made), date(2026, 8, 12)
    actions.answer(question_id=question.pk, score=5, words="", at=at(first, 13), by=made.resident)
    assert advance(first)["ratings"] == 0
    assert [advance(first + timedelta(days=day))["ratings"] for day in (1, 2)] == [1, 0]


def test_who_answers_again_is_nobody_new_to_the_provider(made: Services, make_user: Any) -> None:
    question = asked(made)
    for month in range(9, 13):
        answer(question, 5, made.resident, date(2026, month, 1))
        served(made, date(2026, month, 2))
        advance(date(2026 + month // 12, month % 12 + 1, 1))
        question = Question.objects.get(state="open")
    assert supply.latest_ratings()[CODE].answers == 4
    assert supply.released_rating(CODE) is None


def test_a_new_order_goes_to_whom_residents_praise_and_who_has_room(made: Services, make_user: Any) -> None:
    make_contract(make_user, code=OTHER_CODE, number="C2", most_persons=1)
    answer(asked(made), 1, made.resident)
    advance(date(2026, 8, 12))
    ratings = supply.latest_ratings()
    # Nobody has said anything of the other one: it starts with what is usual in the county.
    assert ratings[OTHER_CODE].persons == 0
    assert ratings[OTHER_CODE].estimate == ratings[CODE].division_estimate > ratings[CODE].estimate
    orders = [
        ServiceOrder.objects.get(grant=make_service_grant(made.world, make_person(made.world, n)))
        for n in (2, 3)
    ]
    assert [each.contract_id for each in orders] == ["C2", "C1"]


def test_a_new_provider_starts_with_what_is_usual_where_it_serves_and_not_in_the_county_looked_at_before(
    made: Services, make_user: Any
) -> None:
    def contract(code: str, county: str, usual: float | None) -> ServiceContract:
        provider = Provider.objects.create(
            code=code,
            name=code,
            division=county,
            account_sealed=b"x",
            added_at=at(TODAY),
            added_by=made.officer,
        )
        if usual is not None:
            Rating.objects.create(
                provider=provider, on=TODAY, rated_at=at(TODAY), persons=0, answers=0, on_behalf=0, estimate=usual,
                low=1, high=5, division_estimate=usual, division_persons=9,
            )  # fmt: skip
        values = {
            name: getattr(made.contract, name)
            for name in (
                "policy",
                "service",
                "unit",
                "price_fen",
                "ceiling_fen",
                "least_minutes",
                "late_days",
            )
        }
        return ServiceContract.objects.create(
            number=code[-1], provider=provider, division=county, started_on=TODAY, ended_on=SEPTEMBER, proposed_at=at(TODAY),
            proposed_by=made.officer, signed_at=at(TODAY), signed_by=make_user("county"), **values,
        )  # fmt: skip

    here, there = "330182000000", "330185000000"
    contract("A".zfill(18), here, 2.0)
    contract("B".zfill(18), there, 4.5)
    new = contract("N".zfill(18), there, None)
    choice = Choice(TODAY)
    for place in (here, there):
        asked_for = {"policy": new.policy, "service": new.service, "unit": new.unit}
        ranked = choice.ranked(ServiceOrder(**asked_for, division=place, started_on=TODAY, declined=[]))
    assert {each.contract.pk: each.candidate.estimate for each in ranked} == {"B": 4.5, "N": 4.5}


def test_the_pages_say_what_residents_say(made: Services, make_user: Any, client: Client) -> None:
    client.cookies["huimin_language"] = "en"
    question = asked(made)
    neighbour(made, 2, make_user, 4)
    make_contract(make_user, code=OTHER_CODE, number="C2", most_persons=40)
    client.force_login(made.resident)
    assert "Do they come when they should?" in client.get("/mine/").content.decode()
    form = client.get(f"/questions/{question.pk}/").content.decode()
    assert "since August 2026" in form
    assert "does not learn what you say" in form
    answer(question, 2, made.resident, words="总是迟到")
    advance(date(2026, 8, 12))
    officer = make_user("county", division=COUNTY)
    client.force_login(officer)
    register = client.get("/purchases/").content.decode()
    assert f"/purchases/providers/{CODE}/" in register
    assert "2 persons" in register
    assert "0 / 40" in register
    page = client.get(f"/purchases/providers/{CODE}/").content.decode()
    assert f"/questions/?state=low&amp;provider={CODE}" in page
    assert str(supply.latest_ratings()[CODE].division_persons) in page
    low = client.get(f"/questions/?state=low&provider={CODE}").content.decode()
    assert "总是迟到" in low
    assert "总是迟到" not in client.get(f"/questions/?state=low&provider={OTHER_CODE}").content.decode()
    assert "总是迟到" not in client.get("/questions/?about=payment").content.decode()
    assert "总是迟到" in client.get("/questions/?about=service").content.decode()
    client.force_login(made.officer)
    order = client.get(f"/services/{made.order.pk}/").content.decode()
    assert "Who would be asked next" in order
    assert "示例2X服务中心" in order
    client.force_login(make_user("finance"))
    assert client.get(f"/purchases/providers/{CODE}/").status_code == 200
    client.force_login(make_user("county", division="330182000000"))
    assert client.get(f"/purchases/providers/{CODE}/").status_code == 404


def test_the_pages_ask_a_fixed_number_of_questions(made: Services, make_user: Any, client: Client) -> None:
    question = asked(made)
    officer = make_user("county", division=COUNTY)
    addresses = [
        (officer, "/questions/"), (officer, "/purchases/"), (officer, f"/purchases/providers/{CODE}/"),
        (made.officer, f"/services/{made.order.pk}/"), (made.provider, "/provider/"), (made.resident, "/mine/"),
    ]  # fmt: skip

    def counts() -> list[int]:
        found = []
        for user, address in addresses:
            client.force_login(user)
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            found.append(len(captured))
        return found

    answer(question, 2, made.resident)
    advance(date(2026, 8, 12))
    before = counts()
    for number in range(2, 7):
        neighbour(made, number, make_user, number - 1, date(2026, 8, 12))
    make_contract(make_user, code=OTHER_CODE, number="C2")
    advance(date(2026, 8, 13))
    assert counts() == before
    assert all(count <= most for count, most in zip(before, (11, 13, 12, 16, 12, 30), strict=True)), before


def test_the_line_of_time_and_the_own_file_tell_of_it(made: Services, client: Client) -> None:
    client.cookies["huimin_language"] = "en"
    answer(asked(made), 2, made.resident, words="总是迟到")
    client.force_login(made.resident)
    told = client.get("/mine/file/").content.decode()
    assert "since 2026-08" in told
    assert "总是迟到" in told
    data = json.loads(client.get("/mine/file.json").content)
    (said,) = data["answers"]
    assert (said["about"], said["since"], said["score"]) == ("service", "2026-08-01", 2)


def test_the_line_of_time_leads_nobody_to_a_page_that_is_not_open_to_the_role(
    made: Services, make_user: Any, client: Client
) -> None:
    asked(made)
    for role, leads in (("steward", False), ("county", True)):
        client.force_login(make_user(role, division=COUNTY))
        client.post(f"/purpose/person/{made.person.pk}/", {"purpose": "data"})
        page = client.get(f"/people/{made.person.pk}/").content.decode()
        assert (f'href="/services/{made.order.pk}/"' in page, "2026-08" in page) == (leads, True)
