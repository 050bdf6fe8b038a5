"""An officer decides: with reasons, once, and two at once do not undo each other."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from tests.stages.funds_world import (
    AT,
    COUNTY,
    TODAY,
    TRACE,
    VILLAGE,
    make_entitlement,
    make_household,
    make_person,
    make_world,
)
from tests.stages.test_cases_loop import DATASETS

from huimin_platform.base import access, audit, together
from huimin_platform.cases import actions, posting_sweeps, queries, steps
from huimin_platform.cases.models import Case, Decision, Notice, Posting, Step
from huimin_platform.delivery import queries as delivery
from huimin_platform.delivery import steps as delivery_steps
from huimin_platform.intake.models import DeliveryFile


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """What is said to officers is looked at in the source language."""
    with translation.override("en"):
        yield


@pytest.fixture
def world(db):
    made = make_world()
    for number, name in enumerate(DATASETS, start=1):
        DeliveryFile.objects.create(
            delivery=made.file.delivery,
            name=name,
            sha256=f"{number:064d}",
            dataset=name,
            state="accepted",
            rows_accepted=9,
            current=True,
        )
    return made


@pytest.fixture
def case(world):
    return open_case(world)


def open_case(world, number: int = 1, policy: str = "medical_aid", amount_fen: int | None = 10_000) -> Case:
    home = make_household(world, make_person(world, number))
    make_entitlement(world, home, policy, amount_fen)
    steps.advance(today=TODAY, at=AT, progress=lambda text: None)
    # Postings have tests of their own: medical aid has hung its days here already, and its decision waits for the review.
    steps_of = Step.objects.filter(case__household=home, policies=["medical_aid"])
    posted = {"state": "done", "done_at": AT, "reason": {"zh": "公示期满。", "en": "Posted."}}
    steps_of.filter(key="publicity").update(**posted)
    steps_of.filter(key="decide").update(after=["review"])
    return Case.objects.get(household=home)


@pytest.fixture
def township(make_user):
    return make_user("township", division="330127208000", department="civil_affairs")


@pytest.fixture
def county(make_user):
    return make_user("county", division=COUNTY, department="medical_insurance", name="王明")


def review(case: Case, by) -> None:
    step = case.steps.get(key="review")
    actions.complete_step(step=step.pk, reason="入户核实无误", at=AT, by=by)


def test_a_case_is_approved_when_the_others_have_done_their_steps(case, township, county) -> None:
    with pytest.raises(actions.CannotBe, match=r"提出审核意见|Give an opinion"):
        actions.decide(case=case, outcome="approve", reason="", at=AT, by=county)
    review(case, township)
    assert case.steps.get(key="decide").state == "open"
    assert list(queries.to_decide(county)) == [case]
    decision = actions.decide(case=case, outcome="approve", reason="", at=AT, by=county)
    case.refresh_from_db()
    assert (case.state, case.decided_at) == ("approved", AT)
    assert case.steps.get(key="decide").state == "done"
    assert decision.trace["items"][0]["explanation"] == TRACE
    assert audit.looks("case", case.number).filter(action="decides", by_user=county).count() == 1


@pytest.mark.parametrize("outcome", ["refuse", "return"])
def test_against_the_resident_there_is_a_reason(case, county, outcome) -> None:
    with pytest.raises(actions.CannotBe, match="reason"):
        actions.decide(case=case, outcome=outcome, reason=" ", at=AT, by=county)
    with pytest.raises(DatabaseError, match="against_has_a_reason"), transaction.atomic():
        Decision.objects.create(key="x", case=case, outcome=outcome, reason="", trace={}, by=county, at=AT)


def test_decisions_are_never_changed(case, county) -> None:
    actions.decide(case=case, outcome="refuse", reason="不符合", at=AT, by=county)
    for act in ("update cases_decision set reason = 'x'", "delete from cases_decision"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(act)


def test_the_same_form_twice_decides_once(case, county) -> None:
    given = {
        "case": case,
        "outcome": "refuse",
        "reason": "不符合",
        "at": AT,
        "by": county,
        "key": "form-1",
        "version": 1,
    }
    assert actions.decide(**given) == actions.decide(**given)
    assert Decision.objects.count() == 1


def test_the_second_officer_is_told_what_the_first_decided(case, county, make_user) -> None:
    other = make_user("county", division=COUNTY)
    actions.decide(case=case, outcome="refuse", reason="不符合", at=AT, by=county, version=case.version)
    with pytest.raises(actions.Overtaken, match=r"王明.*(Refused|不予批准)"):
        actions.decide(case=case, outcome="approve", reason="", at=AT, by=other, version=case.version)
    assert Decision.objects.count() == 1


def test_a_case_that_changed_meanwhile_is_looked_at_again(case, township, county) -> None:
    seen = case.version
    review(case, township)
    with pytest.raises(actions.Overtaken, match="has changed"):
        actions.decide(case=case, outcome="approve", reason="", at=AT, by=county, version=seen)


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_the_same_moment(world, make_user) -> None:
    case = open_case(world)
    officers = [make_user("county", division=COUNTY) for _ in range(2)]
    start, results = threading.Barrier(2), []

    def decide(by, outcome) -> None:
        try:
            start.wait()
            actions.decide(case=case, outcome=outcome, reason="理由", at=AT, by=by, version=case.version)
            results.append("decided")
        except actions.Overtaken:
            results.append("overtaken")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=arguments)
        for arguments in zip(officers, ("refuse", "return"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["decided", "overtaken"]
    assert Decision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_officers_end_the_same_step_in_the_same_second(world, make_user) -> None:
    """On two connections: one step, one audit line, one case moved on; the second officer reads who was first."""
    case = open_case(world)
    step = case.steps.get(key="review")
    officers = [make_user("township", division="330127208000", name=name) for name in ("陈静", "李华")]
    start, said = threading.Barrier(2), dict[str, str]()

    def end(by) -> None:
        try:
            with translation.override("en"):
                start.wait()
                actions.complete_step(step=step.pk, reason=f"{by.name}核实", at=AT, by=by)
                said[by.name] = ""
        except actions.Overtaken as problem:
            said[by.name] = str(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=end, args=(officer,)) for officer in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    step.refresh_from_db()
    case.refresh_from_db()
    first, second = sorted(said, key=lambda name: said[name])
    assert said[first] == ""
    assert said[second].startswith(f"{first} ended this step on 2026-07-01")
    assert (step.done_by.name, step.reason["zh"]) == (first, f"{first}核实")
    assert (
        audit.looks("case", case.number).filter(action="completes_step", by_user__isnull=False).count() == 1
    )
    assert case.version == 2


@pytest.mark.parametrize(
    ("outcome", "lines"),
    [
        (
            "approve",
            [
                "最低生活保障：340.00 元",
                "医疗救助：100.00 元",
                "依据：《社会救助暂行办法》第十二条第一款；《社会救助暂行办法》第二十九条第二款",
            ],
        ),
        (
            "refuse",
            [
                "最低生活保障：不予批准",
                "医疗救助：不予批准",
                "依据：《社会救助暂行办法》第九条；《社会救助暂行办法》第二十八条第三项；《社会救助暂行办法》第二十九条第一款第二项",
            ],
        ),
    ],
)
def test_one_case_of_several_policies_ends_in_one_notice_that_names_each(
    world, make_user, outcome, lines
) -> None:
    home = make_household(world, make_person(world, 1))
    make_entitlement(world, home, "subsistence_allowance", 34_000)
    make_entitlement(world, home, "medical_aid", 10_000)
    steps.advance(today=TODAY, at=AT, progress=lambda text: None)
    case, by = Case.objects.get(), make_user("county", division=COUNTY)
    if outcome == "approve":
        approve(case, by)
    else:
        actions.decide(case=case, outcome=outcome, reason="不符合", at=AT, by=by)
    [notice] = Notice.objects.all()
    assert [line for line in notice.text["zh"] if line in lines] == lines, notice.text


def test_a_case_sent_back_goes_on_when_its_step_is_done_again(case, township, county) -> None:
    review(case, township)
    later = AT + timedelta(days=1)
    actions.decide(case=case, outcome="return", reason="请补入户照片", at=later, by=county)
    case.refresh_from_db()
    step = case.steps.get(key="review")
    assert (case.state, case.decided_at, step.state, step.reason["zh"]) == (
        "returned",
        None,
        "returned",
        "请补入户照片",
    )
    with pytest.raises(actions.CannotBe):
        actions.decide(case=case, outcome="approve", reason="", at=later, by=county)
    review(case, township)
    case.refresh_from_db()
    assert case.state == "reviewing"
    actions.decide(case=case, outcome="approve", reason="", at=later, by=county)


def test_a_case_sent_back_that_only_data_have_touched_asks_for_what_is_missing(case, county) -> None:
    actions.decide(case=case, outcome="return", reason="请补充票据", at=AT, by=county)
    added = case.steps.get(state="returned")
    assert added.name["zh"] == "补充材料"
    assert added.level == "township"


def test_a_step_left_out_needs_a_reason_and_the_one_who_decides(case, township, county) -> None:
    step = case.steps.get(key="review")
    with pytest.raises(access.NotAllowed):
        actions.skip_step(step=step.pk, reason="急难先行", at=AT, by=township)
    with pytest.raises(actions.CannotBe):
        actions.skip_step(step=step.pk, reason="", at=AT, by=county)
    actions.skip_step(step=step.pk, reason="急难先行", at=AT, by=county)
    actions.decide(case=case, outcome="approve", reason="", at=AT, by=county)


@pytest.mark.parametrize(
    ("role", "options"),
    [
        ("township", {"division": "330127999000"}),
        ("county", {"division": COUNTY, "department": "tax"}),
        ("village", {"division": VILLAGE}),
        ("finance", {"division": COUNTY}),
        ("county", {"division": "330182000000"}),
    ],
)
def test_a_step_is_done_by_whom_it_belongs_to(case, make_user, role, options) -> None:
    with pytest.raises(access.NotAllowed):
        actions.complete_step(
            step=case.steps.get(key="review").pk, reason="x", at=AT, by=make_user(role, **options)
        )


@pytest.mark.parametrize(
    ("role", "options"),
    [
        ("township", {}),
        ("county", {"department": "tax"}),
        ("county", {"division": "330182000000"}),
        ("leader", {}),
    ],
)
def test_a_case_is_decided_by_its_lead_department_in_its_county(case, make_user, role, options) -> None:
    with pytest.raises(access.NotAllowed):
        actions.decide(case=case, outcome="refuse", reason="x", at=AT, by=make_user(role, **options))


def test_a_waiting_step_is_not_done_before_its_turn(case, county) -> None:
    with pytest.raises(actions.CannotBe):
        actions.complete_step(step=case.steps.get(key="decide").pk, reason="x", at=AT, by=county)


def test_steps_of_a_decided_case_stay(case, township, county) -> None:
    actions.decide(case=case, outcome="refuse", reason="x", at=AT, by=county)
    with pytest.raises(actions.CannotBe):
        review(case, township)


def test_all_ready_cases_are_decided_alike_and_traced_each(world, make_user) -> None:
    cases = [open_case(world, number) for number in range(5)]
    boss = make_user("county", division=COUNTY)
    none = actions.decide_all_ready(outcome="approve", reason="演示", at=AT, by=boss)
    assert none == {"decided": 0, "left": 5, "steps": 0}
    counts = actions.decide_all_ready(outcome="approve", reason="演示", at=AT, by=boss, finish_steps=True)
    assert counts == {"decided": 5, "left": 0, "steps": 5}
    for case in cases:
        decision = case.decisions.get()
        assert decision.trace["items"][0]["explanation"] == TRACE
        assert audit.looks("case", case.number).filter(action="decides", by_user=boss).count() == 1
    assert not Step.objects.filter(state__in=queries.UNFINISHED).exists()


# What follows


def deliver(today=TODAY):
    """What delivery made, without what it did not."""
    counts = delivery_steps.advance(today=today, at=AT, progress=lambda text: None)
    return {name: count for name, count in counts.items() if count}


def approve(case, by) -> None:
    """The case approved; one that is posted as if its days had passed."""
    given = {"outcome": "approve", "reason": "核实无误", "at": AT, "by": by, "finish_steps": True}
    actions.decide_all_ready(**given)
    steps.advance(today=TODAY, at=AT, progress=lambda text: None)
    Posting.objects.update(posted_on=TODAY - timedelta(days=8), until=TODAY - timedelta(days=1))
    posting_sweeps.take_down(today=TODAY, at=AT)
    actions.decide_all_ready(**given)


def test_medical_aid_is_ordered_at_once_and_once(case, make_user) -> None:
    approve(case, make_user("county"))
    assert deliver() == {"grants": 1, "orders": 1}
    assert deliver(TODAY + timedelta(days=400)) == {}
    order = delivery.orders().get()
    assert (order.period, order.amount_fen, order.payee) == ("once", 10_000, case.applicant)


def test_the_allowance_is_ordered_each_month_from_the_next(world, make_user) -> None:
    approve(open_case(world, policy="subsistence_allowance", amount_fen=34_000), make_user("county"))
    assert deliver() == {"grants": 1}
    assert deliver(TODAY + timedelta(days=40))["orders"] == 1
    assert deliver(TODAY + timedelta(days=100))["orders"] == 2
    assert sorted(delivery.orders().values_list("period", flat=True)) == ["2026-08", "2026-09", "2026-10"]


def test_an_edge_household_gets_a_standing_and_no_money(world, make_user) -> None:
    approve(open_case(world, policy="low_income_edge", amount_fen=None), make_user("county"))
    assert deliver(TODAY + timedelta(days=60)) == {"grants": 1}
    grant = delivery.grants().get()
    assert (grant.kind, grant.per, grant.amount_fen) == ("status", "none", 0)


def test_a_refused_case_gives_nothing(case, county) -> None:
    actions.decide(case=case, outcome="refuse", reason="x", at=AT, by=county)
    assert deliver() == {}


def test_money_for_someone_who_dies_goes_to_the_next_of_the_household(world, make_user) -> None:
    first, second = make_person(world, 1), make_person(world, 2)
    home = make_household(world, first, second)
    make_entitlement(world, home)
    steps.advance(today=TODAY, at=AT, progress=lambda text: None)
    approve(Case.objects.get(), make_user("county"))
    deliver()
    first.died_on = TODAY
    first.save()
    assert deliver()["payees"] == 1
    assert delivery.orders().get().payee == second


def test_the_persons_file_hears_of_it(case, county) -> None:
    actions.decide(case=case, outcome="refuse", reason="费用重复", at=AT, by=county)
    events = queries.timeline(together.ask(queries.about(None, case.household_id)))
    # Opened, each step that was done, decided.
    done = case.steps.exclude(done_at=None).count()
    assert [event.tone for event in events] == ["info", *["neutral"] * done, "bad"]
    assert events[-1].detail == "费用重复"


def test_a_step_is_done_in_four_statements(case, township) -> None:
    """Two reads that lock, one write of case and steps, one audit line, however many steps begin."""
    step = case.steps.get(key="review")
    with CaptureQueriesContext(connection) as seen:
        actions.complete_step(step=step.pk, reason="入户核实无误", at=AT, by=township)
    assert len([each for each in seen.captured_queries if "SAVEPOINT" not in each["sql"]]) == 4
    case.refresh_from_db()
    assert (case.state, case.steps.get(key="decide").state) == ("reviewing", "open")
