"""The registry takes up what came, all of it or nothing, writes differences only, and loses nothing."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from tests.stages.county_world import advance_registry, made, receive
from tests.stages.village import (
    BOOKLET,
    CODE,
    CREMATIONS,
    HUSBAND,
    MARRIAGES,
    NEIGHBOUR,
    SON,
    TAX,
    WIFE,
    number,
    resident,
    village,
)  # fmt: skip

from huimin_platform.base import secrets
from huimin_platform.base.models import Division
from huimin_platform.registry import keeping, queries
from huimin_platform.registry.models import (
    Doubt,
    Fact,
    Household,
    IdentityEvent,
    Link,
    Membership,
    OtherNationalId,
    Pair,
    Person,
    Run,
)  # fmt: skip

LATER = datetime(2026, 7, 2, 1, tzinfo=UTC)
MODELS = (Person, OtherNationalId, Household, Membership, Fact, Link, Pair, Doubt, IdentityEvent)

pytestmark = pytest.mark.django_db


def everything() -> dict[str, list[Any]]:
    """All rows of the registry, each with the transaction that wrote it last."""
    found = {}
    with connection.cursor() as cursor:
        for model in MODELS:
            cursor.execute(f"select xmin::text, * from {model._meta.db_table} order by id")
            found[model.__name__] = [tuple(map(str, row)) for row in cursor.fetchall()]
    return found


def person(name: str) -> Person:
    return Person.objects.get(name=name, merged_into=None)


def wages(name: str) -> list[int]:
    found = queries.facts().filter(person__name=name, kind="wages").order_by("value")
    return list(found.values_list("value", flat=True))


def home(name: str) -> int:
    membership = queries.membership_of(person(name).pk)
    assert membership is not None
    return membership.household_id


def test_a_county_becomes_persons_households_and_facts_and_a_second_run_changes_nothing() -> None:
    receive(made() / "delivery")
    counts = advance_registry()
    assert counts["persons"] == Person.objects.count() > 250
    assert counts["households"] == Household.objects.count() > 100
    assert counts["facts"] == Fact.objects.count() > 500
    before = everything()
    again = advance_registry(at=LATER)
    assert set(again.values()) == {0}
    assert everything() == before
    assert Run.objects.count() == 1


def test_resolving_the_same_rows_anew_writes_no_difference() -> None:
    receive(made() / "delivery")
    advance_registry()
    before = everything()
    Run.objects.update(inputs="", release="the one before")
    again = advance_registry(at=LATER)
    assert {name: count for name, count in again.items() if count} == {}
    assert everything() == before


def test_identifying_values_are_sealed_for_their_person(tmp_path: Path) -> None:
    receive(village().write(tmp_path / "d"))
    advance_registry()
    found, other = person("余望山"), person("葛长林")
    assert secrets.unseal(found.national_id_sealed, "registry.person.national_id", found.pk) == HUSBAND
    assert bytes(found.national_id_index) == secrets.blind_index(HUSBAND, "national_id")
    with pytest.raises(secrets.CannotUnseal):
        secrets.unseal(found.national_id_sealed, "registry.person.national_id", other.pk)
    assert secrets.unseal(found.card_sealed, "registry.person.card", found.pk) == "6217000012345678901"


def test_divisions_are_named_from_the_booklet(tmp_path: Path) -> None:
    receive(village().write(tmp_path / "d"))
    advance_registry()
    assert dict(Division.objects.values_list("code", "name")) == {
        "510181000000": "都江堰市", "510181101000": "青河镇", "510181101201": "柳溪村",
    }  # fmt: skip


def test_a_booklet_row_that_tells_only_the_town_gives_no_village_its_code(tmp_path: Path) -> None:
    sent = village()
    sent.rows[BOOKLET].append(resident(3, "户主", "余小江", SON).replace(CODE, CODE[:9]))
    receive(sent.write(tmp_path / "d"))
    advance_registry()
    names = dict(Division.objects.values_list("code", "name"))
    assert names["510181101000"] == "青河镇"
    assert names["510181101201"] == "柳溪村"


def test_a_run_that_breaks_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    receive(village().write(tmp_path / "d"))

    def broken(*arguments: Any) -> dict[str, int]:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(keeping, "links", broken)
        with pytest.raises(RuntimeError):
            advance_registry()
    assert {name: rows for name, rows in everything().items() if rows} == {}
    assert advance_registry()["persons"] == 3


def test_a_corrected_file_withdraws_the_former_facts_and_deletes_nothing(tmp_path: Path) -> None:
    world = village()
    receive(world.write(tmp_path / "d"))
    advance_registry()
    numbers = {name: person(name).pk for name in ("余望山", "郑巧云", "葛长林")}
    world.rows[TAX][1] = f"余望山,{HUSBAND},2025,7000.00,0.00"
    receive(world.write(tmp_path / "d"), at=LATER)
    counts = advance_registry(at=LATER)
    assert wages("余望山") == [700_000]
    former = Fact.objects.get(person__name="余望山", kind="wages", value=600_000)
    assert former.withdrawn_at == LATER
    assert former.source_file.current is False
    assert counts["persons"] == counts["households"] == 0
    assert {name: person(name).pk for name in numbers} == numbers


def test_a_file_that_comes_back_brings_its_facts_back(tmp_path: Path) -> None:
    world = village()
    first = world.write(tmp_path / "d")
    receive(first)
    advance_registry()
    world.rows[TAX] = world.rows[TAX][:1]
    receive(world.write(tmp_path / "e"))
    advance_registry()
    assert wages("余望山") == []
    receive(first)
    advance_registry()
    assert wages("余望山") == [600_000]


def test_rows_sent_twice_count_once(tmp_path: Path) -> None:
    world = village()
    world.rows[TAX].append(f' 余 望山,\'{HUSBAND.lower()},2025,"¥6,000.00",0')
    receive(world.write(tmp_path / "d"))
    advance_registry()
    assert wages("余望山") == [600_000]


def test_a_newcomer_joins_and_numbers_stay(tmp_path: Path) -> None:
    world = village()
    receive(world.write(tmp_path / "d"))
    advance_registry()
    before = {each.name: each.pk for each in Person.objects.all()}
    world.rows[BOOKLET].insert(0, resident(1, "子", "余小山", SON))
    receive(world.write(tmp_path / "d"), at=LATER)
    assert advance_registry(at=LATER)["persons"] == 1
    assert {each.name: each.pk for each in Person.objects.all() if each.name in before} == before
    assert home("余小山") == home("余望山")


def test_a_spouse_registered_elsewhere_joins_and_the_dead_leave(tmp_path: Path) -> None:
    world = village()
    bride = number("19700101", "004")
    world.rows[BOOKLET].append(resident(3, "户主", "沈秀英", bride, 20))
    world.rows[MARRIAGES] = [f"葛长林,{NEIGHBOUR},沈秀英,{bride},2019-08-28,已婚"]
    world.rows[CREMATIONS] = [f"郑巧云,{WIFE},女,2026-03-01,2026-03-03"]
    receive(world.write(tmp_path / "d"))
    advance_registry()
    assert home("沈秀英") == home("葛长林")
    assert str(person("郑巧云").died_on) == "2026-03-01"
    living = queries.household_frame()
    assert person("郑巧云").pk not in living["person"].to_list()
    assert living.height == 3


def test_a_person_in_two_booklets_lives_in_one(tmp_path: Path) -> None:
    world = village()
    world.rows[BOOKLET].append(resident(2, "其他", "郑巧云", WIFE, 14))
    receive(world.write(tmp_path / "d"))
    advance_registry()
    assert Membership.objects.filter(person=person("郑巧云"), withdrawn_at=None, ended_on=None).count() == 1


def test_the_database_refuses_a_second_open_membership(tmp_path: Path) -> None:
    receive(village().write(tmp_path / "d"))
    advance_registry()
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(person=person("郑巧云"), household_id=home("葛长林"))


def test_a_refused_row_is_in_doubt_and_no_fact(tmp_path: Path) -> None:
    world = village()
    world.rows[TAX][1] = f"余望山,{HUSBAND},2025,不详,0.00"
    receive(world.write(tmp_path / "d"))
    advance_registry()
    assert wages("余望山") == []
    doubt = Doubt.objects.get(person=person("余望山"), dataset="incomes")
    assert (doubt.line, doubt.weight) == (3, 1.0)
    lines = queries.links().filter(file__name=TAX).values_list("line", flat=True)
    assert list(lines) == [2]


def test_every_row_of_the_files_that_count_is_linked_once_a_role(tmp_path: Path) -> None:
    receive(village().write(tmp_path / "d"))
    advance_registry()
    places = list(queries.links().values_list("file__name", "line"))
    assert len(set(places)) == len(places) == 12
    assert queries.household_frame().columns[:2] == ["household", "person"]
