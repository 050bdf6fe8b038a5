"""Cases open by themselves, complete what the data complete, follow the data and the calendar."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.utils import translation
from tests.stages.funds_world import (
    AT,
    COUNTY,
    TODAY,
    make_entitlement,
    make_household,
    make_person,
    make_world,
)

from huimin_platform.base import audit
from huimin_platform.base.models import AuditLine
from huimin_platform.cases import actions, queries, steps
from huimin_platform.cases.models import Case, CaseItem, Step
from huimin_platform.intake.models import DeliveryFile
from huimin_platform.registry.models import Fact

pytestmark = pytest.mark.django_db
DATASETS = (
    "incomes",
    "pensions",
    "unemployment_benefits",
    "injury_benefits",
    "properties",
    "vehicles",
    "medical_settlements",
)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """What is said to officers is looked at in the source language."""
    with translation.override("en"):
        yield


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def files(world):
    """Every data set that the policies' steps ask for, delivered."""
    return {
        name: DeliveryFile.objects.create(
            delivery=world.file.delivery, name=f"{name}.csv", sha256=f"{number:064d}", dataset=name,
            state="accepted", rows_accepted=9, current=True,
        )
        for number, name in enumerate(DATASETS, start=1)
    }  # fmt: skip


def advance(today: date = TODAY):
    return steps.advance(today=today, at=AT, progress=lambda text: None)


def household(world, number: int = 1):
    return make_household(world, make_person(world, number))


def on_roll(world, home, *, ended_on: date | None = None) -> None:
    Fact.objects.create(
        household=home, kind="allowance_on_roll", value=1, started_on=date(2020, 1, 1), ended_on=ended_on,
        source_file=world.file, source_line=9, received_at=AT,
    )  # fmt: skip


def test_an_entitled_household_gets_one_case_for_all_its_policies(world) -> None:
    home = household(world)
    make_entitlement(world, home, "subsistence_allowance", 34_000)
    make_entitlement(world, home, "medical_aid", 120_000)
    assert advance()["opened"] == 1
    case = Case.objects.get()
    assert [item.policy for item in case.items.all()] == ["subsistence_allowance", "medical_aid"]
    assert (case.department, case.applicant, case.division) == ("civil_affairs", home.head, home.division)
    assert case.items.get(policy="medical_aid").per == "once"
    keys = [step.key for step in case.steps.all()]
    assert len(keys) == len(set(keys))
    assert keys.count("income_tax") == 1
    assert audit.looks("case", case.number).get().action == "opens_case"


def test_a_rerun_changes_nothing(world, files) -> None:
    make_entitlement(world, household(world))
    advance()
    lines = AuditLine.objects.count()
    assert not any(advance().values())
    assert AuditLine.objects.count() == lines


def test_who_is_on_the_roll_gets_no_case_for_the_allowance_but_one_for_medical_aid(world) -> None:
    first, second, third = (household(world, number) for number in range(3))
    on_roll(world, first)
    on_roll(world, second)
    on_roll(world, third, ended_on=TODAY)
    make_entitlement(world, first, "subsistence_allowance")
    make_entitlement(world, second, "low_income_edge", None)
    make_entitlement(world, second, "medical_aid")
    make_entitlement(world, third, "subsistence_allowance")
    advance()
    assert sorted(CaseItem.objects.values_list("household", "policy")) == sorted(
        [(second.pk, "medical_aid"), (third.pk, "subsistence_allowance")]
    )


@pytest.mark.parametrize("change", [{"status": "unknown"}, {"status": "not_entitled"}, {"current": False}])
def test_only_who_is_entitled_now_gets_a_case(world, change) -> None:
    entitlement = make_entitlement(world, household(world))
    for name, value in change.items():
        setattr(entitlement, name, value)
    entitlement.save()
    assert advance()["opened"] == 0


def test_steps_complete_themselves_with_values_and_source_rows(world, files) -> None:
    home = household(world)
    Fact.objects.create(
        person=home.head, kind="wages", value=366_448, started_on=date(2025, 1, 1),
        source_file=files["incomes"], source_line=7, received_at=AT,
    )  # fmt: skip
    make_entitlement(world, home, "subsistence_allowance", 34_000)
    advance()
    case = Case.objects.get()
    assert case.state == "reviewing"
    wages = case.steps.get(key="income_tax")
    assert wages.state == "done"
    assert wages.evidence == [
        {
            "dataset": "incomes", "file": "incomes.csv", "line": 7, "person": home.head_id,
            "kind": "wages", "value": 366_448, "on": "2025-01-01",
        }
    ]  # fmt: skip
    assert "不再要求提供材料" in wages.reason["zh"]
    assert case.steps.get(key="property_vehicles").evidence == [{"dataset": "vehicles", "none": True}]
    assert "member" in [item["kind"] for item in case.steps.get(key="members").evidence]
    assert case.steps.get(key="review").state == "open"
    assert case.steps.get(key="decide").state == "waiting"


def test_data_that_come_later_complete_the_step_and_start_the_next(world, files) -> None:
    DeliveryFile.objects.filter(dataset="medical_settlements").update(current=False)
    make_entitlement(world, household(world))
    advance()
    assert Step.objects.get(key="bills").state == "open"
    assert Step.objects.get(key="review").state == "waiting"
    DeliveryFile.objects.filter(dataset="medical_settlements").update(current=True)
    counts = advance(TODAY + timedelta(days=1))
    assert (counts["completed"], counts["started"]) == (1, 1)
    assert Step.objects.get(key="review").due_on == date(2026, 7, 6)


def test_a_new_policy_joins_the_open_case(world, files) -> None:
    home = household(world)
    make_entitlement(world, home, "medical_aid")
    advance()
    make_entitlement(world, home, "subsistence_allowance", 34_000)
    counts = advance()
    assert (counts["opened"], counts["joined"]) == (0, 1)
    case = Case.objects.get()
    assert case.items.count() == 2
    assert case.version == 2
    assert case.steps.filter(key="property_vehicles").exists()


def test_a_decided_case_is_not_opened_again_and_a_closed_one_is(world, files, make_user) -> None:
    make_entitlement(world, household(world))
    advance()
    officer = make_user("county")
    case = Case.objects.get()
    actions.decide(case=case, outcome="refuse", reason="费用重复计算", at=AT, by=officer)
    assert advance()["opened"] == 0
    actions.close(case=case, reason="申诉后重新办理", at=AT, by=officer)
    assert advance()["opened"] == 1


def test_an_open_case_follows_the_answer_of_today(world, files) -> None:
    home = household(world)
    first = make_entitlement(world, home, amount_fen=100)
    advance()
    first.current = False
    first.save()
    second = make_entitlement(world, home, amount_fen=250)
    assert advance()["answered_anew"] == 1
    item = CaseItem.objects.get()
    assert (item.entitlement, item.amount_fen) == (second, 250)
    assert Case.objects.get().version == 2


def test_a_case_that_lost_its_ground_waits_for_a_person(world, files, make_user) -> None:
    entitlement = make_entitlement(world, household(world))
    advance()
    entitlement.status = "not_entitled"
    entitlement.save()
    assert advance()["lapsed"] == 1
    assert advance()["lapsed"] == 0
    case = Case.objects.get()
    assert case.state == "reviewing"
    with pytest.raises(actions.CannotBe, match="no longer"):
        actions.decide(case=case, outcome="approve", reason="", at=AT, by=make_user("county"))
    entitlement.status = "entitled"
    entitlement.save()
    assert advance()["answered_anew"] == 1
    assert CaseItem.objects.get().lapsed_on is None


def test_a_late_step_is_told_to_the_level_above_and_listed_first(world, files, make_user) -> None:
    make_entitlement(world, household(world))
    advance()
    review = Step.objects.get(key="review")
    assert advance(review.due_on)["escalated"] == 0
    late = review.due_on + timedelta(days=1)
    assert advance(late)["escalated"] == 1
    assert advance(late)["escalated"] == 0
    review.refresh_from_db()
    assert (review.escalated_on, review.escalated_level) == (late, "county")
    county = make_user("county", division=COUNTY, department="civil_affairs")
    assert review in queries.steps_for(county)
    assert queries.work(county, late).late == 1
    # Another department of the county cannot do it, so it is not its work.
    other = make_user("county", division=COUNTY, department="tax")
    assert queries.work(other, late).late == 0


def test_deadlines_are_working_days(world) -> None:
    """From Wednesday 2026-09-30 the National Day holidays run to 10-07; two working days end on 10-09."""
    make_entitlement(world, household(world))
    advance(date(2026, 9, 30))
    assert Step.objects.get(key="bills").due_on == date(2026, 10, 9)


@pytest.mark.slow
def test_thousands_of_cases_open_in_a_fixed_number_of_queries(
    world, files, django_assert_max_num_queries
) -> None:
    from huimin_platform.matching.models import Entitlement
    from huimin_platform.registry.models import Household, Membership, Person

    people = Person.objects.bulk_create([Person(name=f"人{n}", division="330127208252") for n in range(3000)])
    homes = Household.objects.bulk_create(
        [Household(residence="rural", division="330127208252", head=p) for p in people]
    )
    Membership.objects.bulk_create(
        [
            Membership(person=p, household=h, source_file=world.file, source_line=1)
            for p, h in zip(people, homes, strict=True)
        ]
    )
    Entitlement.objects.bulk_create(
        [
            Entitlement(
                policy="medical_aid",
                policy_version="v",
                household=h,
                status="entitled",
                amount_fen=100,
                on=TODAY,
                run=world.run,
            )
            for h in homes
        ]
    )
    with django_assert_max_num_queries(80):
        assert advance()["opened"] == 3000
    assert Step.objects.count() == 3000 * 6
