"""Who may stand in two booklets gets no answer, as the one who lives alone there, until two clerks have said whether that is so."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.stages.county_world import AT, advance_matching, advance_needs, advance_registry, receive
from tests.stages.test_matching_partners import POLICY, nobody_was_missed
from tests.stages.test_registry_twins import with_namesakes
from tests.stages.village import TAX, number, village

from huimin_platform.matching import queries as matching
from huimin_platform.matching.models import Entitlement
from huimin_platform.registry import actions
from huimin_platform.registry.models import Membership, Pair, Person

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


def turn(at: Any = AT) -> None:
    advance_registry(at=at)
    advance_needs(at=at)
    advance_matching(at=at)


def answers() -> dict[int, str]:
    """What the policy says by the number of members, of the two households that may have one head."""
    people = Person.objects.filter(name="王伟", born_on="1969-06-16", merged_into=None)
    homes = Membership.objects.filter(person__in=people, withdrawn_at=None, ended_on=None)
    said = dict(Entitlement.objects.filter(current=True, policy=POLICY).values_list("household", "status"))
    sizes = {
        home: Membership.objects.filter(household=home, withdrawn_at=None, ended_on=None).count()
        for home in homes.values_list("household", flat=True)
    }
    return {size: said[home] for home, size in sizes.items()}


@pytest.fixture
def county(tmp_path: Path) -> None:
    """A man of a common name with a wife who earns well, and one of the same name and birth date who has nobody and nothing."""
    world = with_namesakes(village())
    world.rows[TAX].append(f"刘小红,{number('19700101', '306')},2025,96000.00,0.00")
    receive(world.write(tmp_path / "d"))
    turn()


@pytest.mark.usefixtures("county")
def test_who_lives_alone_only_by_a_second_booklet_is_not_given_anything_before_clerks_have_looked() -> None:
    pair = Pair.objects.get(whole=True)
    assert answers() == {1: "unknown", 2: "not_entitled"}
    [alone] = Entitlement.objects.filter(current=True, policy=POLICY, status="unknown")
    assert alone.missing == [f"{pair.file_id}:{pair.line}"]


def test_whoever_may_be_one_of_a_poor_couple_is_not_paid_twice_before_clerks_have_looked(
    tmp_path: Path,
) -> None:
    """With nobody's income the couple is entitled, and so is whoever lives alone: as one person, only the couple is."""
    receive(with_namesakes(village()).write(tmp_path / "d"))
    turn()
    assert answers() == {1: "unknown", 2: "entitled"}
    pair = Pair.objects.get(whole=True)
    [alone] = Entitlement.objects.filter(current=True, policy=POLICY, status="unknown")
    assert alone.missing == [f"{pair.file_id}:{pair.line}"]


@pytest.mark.usefixtures("county")
@pytest.mark.parametrize(
    ("same", "wanted"), [(False, {1: "entitled", 2: "not_entitled"}), (True, {2: "not_entitled"})]
)
def test_the_answer_follows_what_two_clerks_say(make_user: Any, same: bool, wanted: dict[int, str]) -> None:
    pair = Pair.objects.get(whole=True)
    for by in (make_user("steward", division="510181000000") for _each in range(2)):
        actions.decide_pair(pair=pair.pk, same=same, at=LATER, by=by)
    turn(LATER)
    assert answers() == wanted
    last = matching.last_run()
    assert last is not None
    assert not last.everybody
    nobody_was_missed()
