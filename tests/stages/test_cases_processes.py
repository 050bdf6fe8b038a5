"""Processes on pages and as files; a new text tried on past cases before a second person signs it."""

# ruff: noqa: F401 - fixtures are imported by name

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.stages.funds_world import (
    AT,
    COUNTY,
    TODAY,
    make_entitlement,
    make_household,
    make_person,
    make_world,
)
from tests.stages.test_cases_decisions import in_english

from huimin_platform.cases import actions, processes, steps
from huimin_platform.cases.models import Case
from huimin_platform.registry import drafting, tables
from huimin_platform.registry.models import Proposal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _looks_anew() -> Iterator[None]:
    tables.look_again()
    yield
    tables.look_again()


@pytest.fixture
def officer(make_user):
    return make_user("county", division=COUNTY, name="王明")


@pytest.fixture
def page(client, officer, settings):
    settings.HUIMIN_TODAY = TODAY
    client.force_login(officer)
    client.cookies["huimin_language"] = "en"
    return client


@pytest.fixture
def world():
    return make_world()


def decided(world, officer, number: int, days: int) -> Case:
    """A case for which hardly anything was delivered, whose first steps each took so many calendar days."""
    home = make_household(world, make_person(world, number))
    make_entitlement(world, home, "subsistence_allowance", 34_000)
    steps.advance(today=TODAY, at=AT, progress=lambda text: None)
    case = Case.objects.get(household=home)
    for step in case.steps.order_by("pk"):
        if step.key != "decide" and step.state != "done":
            actions.skip_step(step=step.pk, reason="核实", at=AT + timedelta(days=days), by=officer)
    case.refresh_from_db()
    actions.decide(case=case, outcome="approve", reason="", at=AT + timedelta(days=days + 2), by=officer)
    return case


def draft(officer, old: str, new: str) -> Proposal:
    text = drafting.begun(tables.book().policy("subsistence_allowance", TODAY), COUNTY, TODAY)
    assert old in text
    return drafting.put(text=text.replace(old, new, 1), reason="提速", today=TODAY, at=AT, by=officer)


@pytest.mark.parametrize("name", ["subsistence_allowance", "medical_aid", "appeal", "recertification"])
def test_a_process_is_drawn_listed_and_exported(page, name) -> None:
    assert page.get("/processes/").status_code == 200
    shown = page.get(f"/processes/{name}/").content.decode()
    assert 'class="process"' in shown
    assert 'href="#task_' in shown
    assert 'id="task_' in shown
    file = page.get(f"/processes/{name}/bpmn/")
    assert file["Content-Type"] == "application/xml"
    assert file.content.startswith(b"<?xml")


def test_what_is_no_process_is_not_there(page) -> None:
    assert page.get("/processes/burn/").status_code == 404
    assert page.get("/processes/appeal/?version=1900-01-01").status_code == 200


def test_a_new_text_is_tried_on_past_cases(page, world, officer) -> None:
    decided(world, officer, 1, 5)
    decided(world, officer, 2, 9)
    kept = draft(
        officer,
        "after: [members, income_tax, income_benefits, property_homes, property_vehicles]",
        "after: []",
    )
    answer = page.get(f"/drafts/{kept.pk}/steps/")
    change = answer.context["change"]
    assert change.past.cases == 2
    assert change.past.after <= change.past.before
    assert change.terms_after.days < change.terms_before.days
    assert change.past.critical
    assert f"/drafts/{kept.pk}/steps/" in page.get(f"/policies/drafts/{kept.pk}/").content.decode()


def test_what_past_cases_took_is_counted_in_working_days(world, officer) -> None:
    decided(world, officer, 1, 5)
    [took] = processes.past("subsistence_allowance")
    # Wednesday 1 July to Monday 6 July 2026 are three working days; the decision came two days later.
    assert (took["income_tax"], took["members"]) == (3, 0)
    assert took["decide"] == 2


def test_without_past_cases_only_the_terms_are_compared(page, officer) -> None:
    kept = draft(officer, "working_days: 3", "working_days: 1")
    change = page.get(f"/drafts/{kept.pk}/steps/").context["change"]
    assert (change.past.cases, change.terms_before.days - change.terms_after.days) == (0, 2)


def test_the_trial_takes_a_fixed_number_of_queries(page, world, officer) -> None:
    kept = draft(officer, "working_days: 3", "working_days: 1")

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert page.get(f"/drafts/{kept.pk}/steps/").status_code == 200
        return len(seen)

    decided(world, officer, 1, 3)
    count()
    before = count()
    decided(world, officer, 2, 4)
    decided(world, officer, 3, 4)
    assert count() == before
