"""Help granted to one person under two files: found, held, and free again once the files are two."""

# Django gives models keys and sets that no static reader sees.
# pyright: reportAttributeAccessIssue=false

from typing import Any

import pytest
from tests.stages.funds_world import (
    AT,
    TODAY,
    World,
    make_grant,
    make_household,
    make_order,
    make_person,
    make_world,
)

from huimin_platform.delivery import actions, twice
from huimin_platform.delivery.models import Grant
from huimin_platform.funds import paying
from huimin_platform.matching import actions as matching
from huimin_platform.matching.models import Finding
from huimin_platform.registry.models import Household, Membership, Person

pytestmark = pytest.mark.django_db
ALLOWANCE = "subsistence_allowance"


@pytest.fixture
def world() -> World:
    return make_world()


def granted(world: World, number: int, policy: str = ALLOWANCE) -> Grant:
    return make_grant(world, make_household(world, make_person(world, number)), policy=policy)


def joined(gone: Grant, kept: Grant) -> None:
    """What the registry does when the file of one payee goes into the other's."""
    Person.objects.filter(pk=gone.payee_id).update(merged_into=kept.payee_id)
    Membership.objects.filter(person=gone.payee_id).update(withdrawn_at=AT)
    Household.objects.filter(pk=gone.household_id).update(ended_on=TODAY)


def test_the_same_help_under_two_files_is_a_finding_until_the_files_are_two_again(world: World) -> None:
    kept, gone = granted(world, 1), granted(world, 2)
    assert twice.tell(today=TODAY, at=AT) == 0
    joined(gone, kept)
    assert twice.tell(today=TODAY, at=AT) == 1
    assert twice.tell(today=TODAY, at=AT) == 0
    found = Finding.objects.get()
    assert (found.kind, found.household_id, found.person_id) == ("granted_twice", gone.household_id, None)
    assert (found.evidence["case"], found.evidence["other_case"]) == (gone.case_number, kept.case_number)
    matching.keep_findings(found=twice_frame(), kinds=("on_roll_not_entitled",), on=TODAY, at=AT, by="system")
    found.refresh_from_db()
    assert found.state == "open", "what matching finds says nothing of this kind"
    Person.objects.filter(pk=gone.payee_id).update(merged_into=None)
    assert twice.tell(today=TODAY, at=AT) == 1
    found.refresh_from_db()
    assert found.state == "gone"


def test_it_is_found_through_a_chain_of_files(world: World) -> None:
    kept, middle, gone = granted(world, 1), make_person(world, 2), granted(world, 3)
    joined(gone, kept)
    Person.objects.filter(pk=gone.payee_id).update(merged_into=middle)
    Person.objects.filter(pk=middle.pk).update(merged_into=kept.payee_id)
    assert twice.tell(today=TODAY, at=AT) == 1
    assert Finding.objects.get().evidence["went_into"] == kept.payee_id


@pytest.mark.parametrize("policy", ["medical_aid", "disability_living_subsidy"])
def test_other_help_and_help_that_is_given_once_is_none(world: World, policy: str) -> None:
    kept, gone = granted(world, 1, "medical_aid"), granted(world, 2, policy)
    joined(gone, kept)
    assert twice.tell(today=TODAY, at=AT) == 0


def test_nobody_is_paid_under_the_file_that_went_into_another(world: World) -> None:
    kept, gone = granted(world, 1), granted(world, 2)
    joined(gone, kept)
    orders = [make_order(kept, "2026-07"), make_order(gone, "2026-07")]
    known: dict[int, Any] = {each.id: each for each in paying.known_of([order.pk for order in orders])}
    assert known[orders[0].pk].reason_to_wait() is None
    assert known[orders[1].pk].reason_to_wait() == "no_payee"
    assert actions.name_payees(today=TODAY, at=AT, by="system") == 0, (
        "nobody lives in that household any more"
    )
    twice.tell(today=TODAY, at=AT)
    known = {each.id: each for each in paying.known_of([order.pk for order in orders])}
    assert known[orders[0].pk].reason_to_wait() is None, "the file that is kept is paid on"


def test_other_help_of_who_still_lives_in_the_household_goes_on(world: World) -> None:
    kept = granted(world, 1)
    head, child = make_person(world, 2), make_person(world, 3)
    home = make_household(world, head, child)
    gone, other = (make_grant(world, home, policy=name) for name in (ALLOWANCE, "disability_living_subsidy"))
    Person.objects.filter(pk=head.pk).update(merged_into=kept.payee_id)
    Membership.objects.filter(person=head).update(withdrawn_at=AT)
    orders = [make_order(gone, "2026-07"), make_order(other, "2026-07")]
    actions.name_payees(today=TODAY, at=AT, by="system")
    assert twice.tell(today=TODAY, at=AT) == 1
    known: dict[int, Any] = {each.id: each for each in paying.known_of([order.pk for order in orders])}
    assert [known[order.pk].reason_to_wait() for order in orders] == ["finding", None]


def test_services_under_two_files_are_found_too(world: World) -> None:
    kept, gone = granted(world, 1), granted(world, 2)
    Grant.objects.update(kind=Grant.Kind.SERVICE)
    joined(gone, kept)
    assert twice.tell(today=TODAY, at=AT) == 1


def test_who_still_lives_in_the_household_receives_its_money(world: World) -> None:
    kept = granted(world, 1)
    head, child = make_person(world, 2), make_person(world, 3)
    gone = make_grant(world, make_household(world, head, child), policy=ALLOWANCE)
    Person.objects.filter(pk=head.pk).update(merged_into=kept.payee_id)
    Membership.objects.filter(person=head).update(withdrawn_at=AT)
    order = make_order(gone, "2026-07")
    actions.name_payees(today=TODAY, at=AT, by="system")
    order.refresh_from_db()
    assert order.payee_id == child.pk


def twice_frame() -> Any:
    """No finding at all."""
    import polars as pl

    return pl.DataFrame(schema={**twice.SCHEMA, "division": pl.String})
