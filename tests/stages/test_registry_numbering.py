"""Numbers of a county: nobody sets them alone, nothing published changes, what is signed decides from its day."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from huimin import rules
from huimin_platform.base import clock
from huimin_platform.base.models import User
from huimin_platform.registry import numbering, tables
from huimin_platform.registry.models import Proposal

pytestmark = pytest.mark.django_db
TODAY, COUNTY = date(2026, 7, 1), "330127000000"
AT = clock.start_of(TODAY)
VALUES = {"subsistence_standard": {"urban": "100000", "rural": "90000"}}


def officer(name: str) -> User:
    return User.objects.create_user(name, name=name, role="county", division=COUNTY)


def proposed(by: User, **other: object) -> Proposal:
    said = {
        "division": COUNTY,
        "values": VALUES,
        "effective_on": date(2026, 8, 1),
        "reason": "县发〔2026〕3号",
        **other,
    }
    return numbering.propose(**said, today=TODAY, at=AT, by=by)  # type: ignore[arg-type]


def standard(on: date) -> object:
    resolver = tables.book().resolver(tables.parameter_sets(on), on)
    found = resolver.find("subsistence_standard", COUNTY)
    return found and [int(cell) for cell in found.cells]


def test_numbers_hold_from_their_day_once_a_second_person_signed() -> None:
    before = tables.inputs(TODAY)
    kept = proposed(officer("first"))
    assert tables.inputs(TODAY) == before, "a proposal changes nothing"
    numbering.sign(proposal=kept.pk, publish=True, reason="", today=TODAY, at=AT, by=officer("second"))
    assert standard(date(2026, 7, 31)) is None
    assert standard(date(2026, 8, 1)) == [100000, 90000]
    assert tables.inputs(TODAY) != before, "the loop asks again"


def test_nobody_signs_what_they_proposed() -> None:
    one = officer("first")
    with pytest.raises(numbering.NotSigned):
        numbering.sign(proposal=proposed(one).pk, publish=True, reason="", today=TODAY, at=AT, by=one)


def test_what_was_signed_is_signed_once_and_cannot_be_changed() -> None:
    kept, second, third = proposed(officer("first")), officer("second"), officer("third")
    said = numbering.sign(proposal=kept.pk, publish=True, reason="", today=TODAY, at=AT, by=second)
    assert (
        numbering.sign(proposal=kept.pk, publish=True, reason="", today=TODAY, at=AT, by=second).pk == said.pk
    )
    with pytest.raises(numbering.NotSigned):
        numbering.sign(proposal=kept.pk, publish=False, reason="no", today=TODAY, at=AT, by=third)
    with pytest.raises(DatabaseError), transaction.atomic():
        Proposal.objects.filter(pk=kept.pk).update(values={})


@pytest.mark.parametrize("wrong", [{"values": {}}, {"effective_on": date(2026, 6, 30)}, {"reason": " "}])
def test_a_proposal_without_sense_is_not_kept(wrong: dict[str, object]) -> None:
    with pytest.raises(numbering.NotSigned):
        proposed(officer("first"), **wrong)
    assert not Proposal.objects.exists()


def test_a_refusal_says_why_and_sets_nothing() -> None:
    kept, second = proposed(officer("first")), officer("second")
    with pytest.raises(numbering.NotSigned):
        numbering.sign(proposal=kept.pk, publish=False, reason="", today=TODAY, at=AT, by=second)
    numbering.sign(proposal=kept.pk, publish=False, reason="预算不足", today=TODAY, at=AT, by=second)
    assert standard(date(2026, 8, 1)) is None
    assert tables.published() == []


@pytest.mark.parametrize(
    "values", [{"medical_share": "1.5"}, {"nothing": "1"}, {"subsistence_standard": {"rural": "1"}}]
)
def test_numbers_that_would_stop_the_loop_are_not_kept(values: dict[str, object]) -> None:
    with pytest.raises(rules.PolicyError):
        proposed(officer("first"), values=values)
    assert not Proposal.objects.exists()
