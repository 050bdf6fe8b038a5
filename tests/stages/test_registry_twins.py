"""Two files that may be one person's come to the desk by themselves, likeliest first, and go when there is no ground left."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.stages.county_world import AT, advance_registry, receive
from tests.stages.village import BOOKLET, Village, number, resident, village

from huimin.registry import twice
from huimin_platform.registry import actions, file_queries, twins
from huimin_platform.registry.changes import Touched
from huimin_platform.registry.models import Link, Pair, Person

pytestmark = pytest.mark.django_db
NAMESAKES = 120


def with_namesakes(world: Village) -> Village:
    """Many of one name, one in three of them alone, and one who stands in two booklets under two numbers."""
    rows = world.rows[BOOKLET]
    for place in range(NAMESAKES):
        born = f"{1940 + place % 60}{1 + place % 12:02}{1 + place % 28:02}"
        rows.append(resident(100 + place, "户主", "王伟", number(born, f"{101 + 2 * place}"), place + 20))
        if place % 3:
            rows.append(
                resident(
                    100 + place,
                    "配偶",
                    f"李秀{'英兰珍梅凤'[place % 5]}",
                    number(born, f"{100 + 2 * place}"),
                    place + 20,
                )
            )
    rows.append(resident(900, "户主", "王伟", number("19690616", "511"), 900))
    rows.append(resident(900, "配偶", "刘小红", number("19700101", "306"), 900))
    rows.append(resident(902, "户主", "王伟", number("19690616", "299"), 902))
    return world


@pytest.fixture
def alike(tmp_path: Path) -> list[Person]:
    receive(with_namesakes(village()).write(tmp_path / "d"))
    advance_registry()
    return list(Person.objects.filter(name="王伟", born_on="1969-06-16").order_by("pk"))


def open_questions() -> list[tuple[int, int | None]]:
    return list(Pair.objects.filter(whole=True, state="open").order_by("pk").values_list("person", "other"))


def test_who_may_be_registered_twice_is_put_on_the_desk_once(alike: list[Person]) -> None:
    one, other = (each.pk for each in alike)
    assert open_questions() == [(one, other)]
    kept = Pair.objects.get(whole=True)
    assert kept.key == file_queries.key_of_files(one, other)
    assert kept.score is not None
    assert twice.ASKED <= kept.score < twice.SURE
    advance_registry(whole=True)
    assert open_questions() == [(one, other)]
    assert Pair.objects.filter(whole=True).count() == 1


def test_a_question_that_clerks_have_settled_is_not_put_again(alike: list[Person], make_user: Any) -> None:
    pair = Pair.objects.get(whole=True)
    for by in (make_user("steward", division="510181000000") for _each in range(2)):
        actions.decide_pair(pair=pair.pk, same=False, at=AT, by=by)
    advance_registry()
    assert open_questions() == []
    assert Pair.objects.get(whole=True).state == "different"
    assert len(alike) == 2


def test_a_question_without_ground_goes_unless_somebody_has_answered(
    alike: list[Person], make_user: Any
) -> None:
    nothing = pl.DataFrame(schema={"person": pl.Int64, "other": pl.Int64, "score": pl.Float64})
    assert twins.ask(nothing, Touched()) == {"files_asked": 0, "files_asked_no_more": 1}
    assert open_questions() == []
    found = pl.DataFrame({"person": [alike[0].pk], "other": [alike[1].pk], "score": [0.7]})
    assert twins.ask(found, Touched())["files_asked"] == 1
    pair = Pair.objects.get(whole=True)
    actions.decide_pair(pair=pair.pk, same=True, at=AT, by=make_user("steward", division="510181000000"))
    assert twins.ask(nothing, Touched())["files_asked_no_more"] == 0
    assert open_questions() == [(alike[0].pk, alike[1].pk)]


def test_no_more_wait_than_can_be_looked_at(alike: list[Person], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twins, "MOST_OPEN", 3)
    people = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    pairs = list(zip(people[:20:2], people[1:20:2], strict=True))
    found = pl.DataFrame(
        {
            "person": [one for one, _ in pairs],
            "other": [other for _, other in pairs],
            "score": [0.9] * len(pairs),
        }
    )
    twins.ask(found, Touched())
    assert open_questions() == [(one, other) for one, other in pairs[:3]]
    assert len(alike) == 2


def without_the_second(folder: Path) -> Path:
    """All of it again, but the second booklet: the registration that was one too many has been cancelled."""
    world = with_namesakes(village())
    world.rows[BOOKLET] = world.rows[BOOKLET][:-1]
    return world.write(folder)


@pytest.mark.parametrize("score", [0.85, 0.4])
def test_a_registration_that_vanishes_leads_to_the_file_that_it_likely_was(
    alike: list[Person], tmp_path: Path, score: float
) -> None:
    """Nothing says any more that there were two; when the number comes back, there are two again."""
    Pair.objects.filter(whole=True).update(score=score)
    one, other = alike
    receive(without_the_second(tmp_path / "e"), AT + timedelta(days=1))
    advance_registry()
    about = set(Link.objects.filter(file__current=True).values_list("person", flat=True))
    (gone,), (stays,) = ([each for each in alike if (each.pk in about) == there] for there in (False, True))
    gone.refresh_from_db()
    assert gone.merged_into_id == (stays.pk if score > twins.LED_ON else None)
    receive(with_namesakes(village()).write(tmp_path / "f"), AT + timedelta(days=2))
    advance_registry()
    gone.refresh_from_db()
    assert gone.merged_into_id is None
    assert open_questions() == [(one.pk, other.pk)]
