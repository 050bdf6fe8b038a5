"""Who lives alone only by a second booklet has no need of it until two clerks have said whether two files are one person's."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Count, OuterRef, Subquery
from tests.stages.county_world import AT, DAY, advance_needs, advance_registry, receive
from tests.stages.test_registry_twins import with_namesakes
from tests.stages.village import BOOKLET, number, resident, village

from huimin_platform.needs import portraits
from huimin_platform.needs.models import Need
from huimin_platform.needs.queries import last_run
from huimin_platform.portal import files
from huimin_platform.registry import actions
from huimin_platform.registry.models import Membership, Pair, Person

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)
HERE, THERE, HERS = number("19550616", "511"), number("19550616", "299"), number("19570101", "306")


def turn(at: Any = AT) -> None:
    advance_registry(at=at)
    advance_needs(at=at)


def alone() -> int:
    """How many of that name and birth date have the need of an elder who lives alone."""
    found = Need.objects.filter(kind="elder_alone", state="open")
    return found.filter(person__name="王伟", person__born_on="1955-06-16").count()


@pytest.fixture
def county(tmp_path: Path) -> None:
    world = with_namesakes(village())
    world.rows[BOOKLET][-3:] = [
        resident(900, "户主", "王伟", HERE, 900),
        resident(900, "配偶", "刘小红", HERS, 900),
        resident(902, "户主", "王伟", THERE, 902),
    ]
    receive(world.write(tmp_path / "d"))
    turn()


@pytest.mark.usefixtures("county")
def test_nobody_is_sent_to_an_elder_who_may_live_with_his_wife() -> None:
    assert Pair.objects.filter(whole=True, state="open").count() == 1
    assert alone() == 0


@pytest.mark.usefixtures("county")
@pytest.mark.parametrize("same", [False, True])
def test_the_need_follows_what_two_clerks_say(make_user: Any, same: bool) -> None:
    pair = Pair.objects.get(whole=True)
    for by in (make_user("steward", division="510181000000") for _each in range(2)):
        actions.decide_pair(pair=pair.pk, same=same, at=LATER, by=by)
    turn(LATER)
    assert alone() == (0 if same else 1)
    last = last_run()
    assert last is not None
    assert not last.everybody
    assert advance_needs(at=LATER, whole=True)["missed"] == 0


def test_a_need_that_is_there_stays_while_clerks_are_asked(tmp_path: Path) -> None:
    """A second booklet comes to light: whether he lives alone is not known any more, and nobody takes the need from him."""
    world = with_namesakes(village())
    world.rows[BOOKLET][-3:] = [resident(902, "户主", "王伟", THERE, 902)]
    receive(world.write(tmp_path / "d"))
    turn()
    assert alone() == 1
    world.rows[BOOKLET] += [
        resident(900, "户主", "王伟", HERE, 900),
        resident(900, "配偶", "刘小红", HERS, 900),
    ]
    receive(world.write(tmp_path / "e"), LATER)
    turn(LATER)
    assert Pair.objects.filter(whole=True, state="open").count() == 1
    assert alone() == 1


def portrait(person: Person) -> dict[str, portraits.Line]:
    kept = files.file_of(person_id=person.pk, today=DAY, sensitive=True)
    return {line.title.en: line for part in kept.portrait for line, _hidden in part.lines}


@pytest.mark.usefixtures("county")
def test_the_portrait_says_what_is_to_be_verified_and_nothing_else() -> None:
    """Who stands alone may live with his wife; who lives with her does so in any case."""
    people = Person.objects.filter(name="王伟", born_on="1955-06-16")
    living = (
        Membership.objects.values("household")
        .annotate(size=Count("person"))
        .filter(household=OuterRef("memberships__household"))
    )
    alone, married = people.annotate(size=Subquery(living.values("size"))).order_by("size")
    told = portrait(alone)
    assert not told["Lives alone"].known
    assert "待经办人核实" in told["Lives alone"].missing[0].zh
    assert told["Age"].known
    assert portrait(married)["Lives alone"].value.en == "no"
    assert portrait(Person.objects.get(name="余望山"))["Lives alone"].known
