"""What an officer verifies has needs and answers ask that household anew, and nobody else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.stages.county_world import AT, DAY, advance_matching, advance_needs, advance_registry, receive
from tests.stages.village import COUNTY, village

from huimin_platform.matching import queries as matching
from huimin_platform.needs import queries as needs
from huimin_platform.registry import actions, changes, steps, verified, verifying
from huimin_platform.registry.models import Household, Membership, Person, Verified

pytestmark = pytest.mark.django_db
FOUND = verifying.Finding("visit", "到户，见房屋烧毁。", DAY, "2026-000001")


@pytest.fixture
def person(tmp_path: Path) -> Person:
    receive(village().write(tmp_path / "delivery"))
    advance_registry()
    advance_needs()
    advance_matching()
    return Person.objects.get(name="葛长林")


@pytest.fixture
def officers(make_user: Any) -> tuple[Any, Any]:
    return make_user("township", division="510181101000"), make_user("county", division=COUNTY)


def home_of(person: Person) -> int:
    return Membership.objects.values_list("household", flat=True).get(person=person, withdrawn_at=None)


def turn() -> None:
    advance_needs()
    advance_matching()


def nobody_was_missed() -> None:
    """The night's run asks everybody and finds that nobody should have been asked and was not."""
    for told in (advance_needs(whole=True), advance_matching(whole=True)):
        assert told["missed"] == 0


def everybody() -> list[bool]:
    runs = needs.last_run(), matching.last_run()
    return [run.everybody for run in runs if run is not None]


def test_verifying_confirming_and_taking_back_ask_the_household_alone(
    person: Person, officers: tuple[Any, Any]
) -> None:
    home = home_of(person)
    entered: list[Verified] = []
    acts: list[Callable[[], Any]] = [
        lambda: entered.extend(
            actions.verify(
                key="k", household_id=home, values={("person.self_care", person.pk): "unable"}, found=FOUND, two=True,
                at=AT, by=officers[0],
            )
        ),
        lambda: actions.confirm_verified(verified=entered[0].pk, at=AT, by=officers[1]),
        lambda: actions.take_back_verified(verified=entered[0].pk, reason="记错", at=AT, by=officers[0]),
    ]  # fmt: skip
    for act in acts:
        before, inputs = verified.mark(), steps.inputs()
        act()
        assert steps.inputs() != inputs, "the worker that looks for what has come runs the loop"
        run = matching.last_run()
        assert run is not None
        assert run.registry is not None
        within = changes.since(run.registry, before)
        assert within is not None
        assert (list(within.households), list(within.persons or ())) == ([home], [person.pk])
        turn()
        assert everybody() == [False, False]
        nobody_was_missed()
    care = needs.needs().get(kind="care_unable")
    assert (care.household, care.state) == (Household.objects.get(pk=home), "closed")


def test_a_turn_without_anything_new_asks_nobody(person: Person, officers: tuple[Any, Any]) -> None:
    actions.verify(
        key="k", household_id=home_of(person), values={("household.emergency", None): "accident"}, found=FOUND,
        two=False, at=AT, by=officers[0],
    )  # fmt: skip
    turn()
    count = matching.last_run()
    turn()
    assert matching.last_run() == count


def test_writings_are_numbered_in_the_order_in_which_they_come(
    person: Person, officers: tuple[Any, Any]
) -> None:
    one, two = (
        actions.verify(
            key=key, household_id=home_of(person), values={("household.emergency", None): "accident"}, found=FOUND,
            two=True, at=AT, by=officers[0],
        )[0].pk
        for key in ("a", "b")
    )  # fmt: skip
    actions.confirm_verified(verified=one, at=AT, by=officers[1])
    placed = dict(Verified.objects.values_list("pk", "changed"))
    assert placed[one] == placed[two] + 1 == verified.mark()
