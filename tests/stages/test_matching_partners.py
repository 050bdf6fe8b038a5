"""A marriage of which one side waits for a clerk: what depends on who lives with whom is not known until then."""

from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from tests.stages.county_world import AT, advance_matching, advance_needs, advance_registry, receive
from tests.stages.village import (
    BOOKLET,
    HUSBAND,
    MARRIAGES,
    NEIGHBOUR,
    WIFE,
    Village,
    number,
    resident,
    village,
)

from huimin_platform.matching import queries as matching
from huimin_platform.matching.models import Entitlement
from huimin_platform.registry.models import Doubt, Membership, Person

pytestmark = pytest.mark.django_db
POLICY = "subsistence_allowance"
FIRST, SECOND = number("19750203", "102"), number("19780817", "104")


def world(*marriages: str) -> Village:
    """The neighbour, who earns well, and two women of one name who have nothing; all three live alone, beside many others."""
    found = village()
    found.rows[BOOKLET] += [
        resident(
            100 + place,
            "户主",
            f"{surname}{given}",
            number(f"19{50 + place}0101", f"{200 + place}"),
            100 + place,
        )
        for place, (surname, given) in enumerate(
            product("王李张刘陈杨", ["建国", "志强", "海燕", "春花", "玉兰"])
        )
    ]
    found.rows[BOOKLET] += [
        resident(3, "户主", "何小云", FIRST, 20),
        resident(4, "户主", "何小云", SECOND, 30),
    ]
    if marriages:
        found.rows[MARRIAGES] = list(marriages)
    return found


def answers() -> dict[str, str]:
    """What the policy says: of the neighbour, of the two women and of the couple."""
    homes = {
        each.person_id: each.household_id
        for each in Membership.objects.filter(withdrawn_at=None, ended_on=None)
    }
    said = dict(Entitlement.objects.filter(current=True, policy=POLICY).values_list("household", "status"))
    asked = Person.objects.filter(merged_into=None, name__in=["葛长林", "何小云", "余望山", "郑巧云"])
    people = {f"{each.name} {each.born_on:%Y}": each.pk for each in asked}
    return {name: said[homes[person]] for name, person in people.items()}


def turn() -> None:
    advance_registry()
    advance_needs()
    advance_matching()


def nobody_was_missed() -> None:
    """Only those whom a change concerns were asked, and to ask everybody makes no difference."""
    for told in (advance_needs(whole=True), advance_matching(whole=True)):
        assert told["missed"] == 0


ALONE = {
    "葛长林 1971": "not_entitled", "何小云 1975": "entitled", "何小云 1978": "entitled", "余望山 1960": "entitled",
    "郑巧云 1962": "entitled",
}  # fmt: skip
WAITS = ALONE | {"何小云 1975": "unknown", "何小云 1978": "unknown"}
MARRIED = f"葛长林,{NEIGHBOUR},何小云,,2010-05-01,已婚"


@pytest.mark.parametrize(
    ("marriages", "wanted"),
    [
        ((), ALONE),
        ((MARRIED,), WAITS),
        ((MARRIED.replace("已婚", "离婚"),), ALONE),
        # Who was parted later does not live together, whoever it was.
        ((MARRIED, f"葛长林,{NEIGHBOUR},陈远,{number('19700101', '202')},2015-05-01,离婚"), ALONE),
    ],
)  # fmt: skip
def test_whoever_may_live_with_another_gets_no_answer_that_hangs_on_it(
    tmp_path: Path, marriages: tuple[str, ...], wanted: dict[str, str]
) -> None:
    receive(world(*marriages).write(tmp_path / "delivery"))
    turn()
    assert answers() == wanted
    rows = {f"{doubt.file_id}:{doubt.line}" for doubt in Doubt.objects.filter(role="wife")}
    for each in Entitlement.objects.filter(current=True, policy=POLICY, status="unknown"):
        assert set(each.missing) & rows


def test_of_two_sides_that_both_wait_either_couple_may_be_one(tmp_path: Path) -> None:
    there = world("葛长林,,何小云,,2010-05-01,已婚")
    there.rows[BOOKLET].append(resident(5, "户主", "葛长林", number("19730405", "107"), 40))
    receive(there.write(tmp_path / "delivery"))
    turn()
    assert {each.role for each in Doubt.objects.all()} == {"husband", "wife"}
    # The other man of the name has nothing either, but who could be his wife could be the rich one's as well.
    assert answers() == {**WAITS, "葛长林 1973": "entitled"}


def test_both_households_follow_when_it_turns_out_who_it_is_and_nobody_is_missed(tmp_path: Path) -> None:
    # That marriages come for the first time would have everybody asked.
    old = f"余望山,{HUSBAND},郑巧云,{WIFE},1985-01-01,已婚"
    receive(world(old).write(tmp_path / "delivery"))
    turn()
    assert answers() == ALONE
    # In the end he married the younger one: she lives with him, and the other one lives alone.
    known = MARRIED.replace("何小云,,", f"何小云,{SECOND},")
    for name, row, wanted in (
        ("waits", MARRIED, WAITS), ("known", known, ALONE | {"何小云 1978": "not_entitled"}),
    ):  # fmt: skip
        more = world(old, row)
        more.rows = {MARRIAGES: more.rows[MARRIAGES]}
        more.standards = False
        receive(more.write(tmp_path / name), at=AT + timedelta(hours=1))
        turn()
        last = matching.last_run()
        assert last is not None
        assert not last.everybody
        nobody_was_missed()
        assert answers() == wanted
