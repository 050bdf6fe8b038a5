"""Needs and answers that follow what changed are those of everybody looked at anew, whatever days bring."""

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.stages.county_world import AT, DAY, advance_matching, advance_needs, advance_registry, receive
from tests.stages.test_registry_days import BRIDE, increment, send
from tests.stages.test_registry_platform_advance import person
from tests.stages.village import (
    BOOKLET,
    CREMATIONS,
    HUSBAND,
    INSURED,
    MARRIAGES,
    MEDICAL,
    NEIGHBOUR,
    PENSIONS,
    ROLL,
    SON,
    TAX,
    WIFE,
    Village,
    number,
    resident,
    village,
)  # fmt: skip

from huimin_platform.intake import withdrawing
from huimin_platform.intake.models import DeliveryFile
from huimin_platform.matching.models import Run as MatchingRun
from huimin_platform.needs.models import Need
from huimin_platform.needs.models import Run as NeedsRun
from huimin_platform.registry.models import Link, Pair, Touch

CHILD = number("20160404", "013")
PEOPLE = [
    ("余望山", HUSBAND), ("郑巧云", WIFE), ("葛长林", NEIGHBOUR), ("沈秀英", BRIDE), ("余小山", SON), ("余小小", CHILD),
]  # fmt: skip
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_a_day_is_never_everybody")]


@pytest.fixture
def _a_day_is_never_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a village any day is a large share; here it is followed all the same."""
    monkeypatch.setattr("huimin_platform.registry.days.LARGEST_SHARE", 0.9)
    monkeypatch.setattr("huimin_platform.registry.changes.LARGEST_SHARE", 2)


@pytest.fixture
def world(tmp_path: Path) -> Village:
    world = village()
    world.rows[BOOKLET] += [
        resident(3, "户主", "沈秀英", BRIDE, 20),
        resident(4, "户主", "余小山", SON, 21),
        resident(4, "子", "余小小", CHILD, 21),
    ]
    world.rows[ROLL] = [f"沈秀英,{BRIDE},1,300.00,2025-01,,农商银行,6217000012345678909"]
    world.rows[MARRIAGES] = [f"余望山,{HUSBAND},郑巧云,{WIFE},1985-01-01,已婚"]
    world.rows[CREMATIONS] = [f"马十三,{number('19400101', '021')},女,2020-01-20,2020-01-21"]
    world.rows[INSURED] = [f"{name},{identity},城乡居民医保,正常参保" for name, identity in PEOPLE[:3]]
    receive(world.write(tmp_path / "first"))
    turn(AT)
    return world


def turn(at: datetime, day: date = DAY, *, whole: bool = False) -> int:
    """One turn of the registry, of needs and of matching; what looking at everybody once more made another."""
    advance_registry(day, at)
    missed = [advance(day, at, whole=whole).get("missed", 0) for advance in (advance_needs, advance_matching)]
    return sum(missed)


def happen(
    what: str, chance: random.Random, world: Village, folder: Path, at: datetime, steward: Any
) -> None:
    """Something that a day may bring."""
    name, identity = chance.choice(PEOPLE)
    told = chance.choice([identity, identity, identity[:-2] + "**", ""])
    mark = folder.name
    match what:
        case "bill":
            bill = f"B{chance.randint(1, 3)},{name},{told},2026-03-03,市人民医院,90000.00,100.00,{chance.choice([50, 60000])}.00"
            increment(folder, MEDICAL, bill, name=mark)
        case "wages":
            send(folder, TAX, f"{name},{told},2025,{chance.choice([10, 90000])}.00,0.00", name=mark)
        case "wages corrected":
            world.rows[TAX] = [
                f"{name},{told},2025,{chance.choice([10, 90000])}.00,0.00",
                *world.rows[TAX][1:],
            ]
            receive(world.write(folder), at=at)
        case "pension":
            send(
                folder,
                PENSIONS,
                f"{name},{told},城乡居民养老,{chance.choice([110, 9000])}.00,2025-07,2026-06,",
                name=mark,
            )
        case "marriage":
            send(
                folder,
                MARRIAGES,
                f"葛长林,{NEIGHBOUR},沈秀英,{BRIDE},2026-06-{chance.randint(1, 28):02d},{chance.choice(['已婚', '离婚'])}",
                name=mark,
            )
        case "death":
            send(
                folder,
                CREMATIONS,
                f"{name},{identity},女,2026-06-{chance.randint(1, 28):02d},2026-06-29",
                name=mark,
            )
        case "birth":
            born = number(f"202606{chance.randint(1, 28):02d}", f"{chance.randint(100, 900)}")
            send(folder, BOOKLET, resident(1, "孙", f"余{mark}", born), name=mark)
        case "roll":
            send(
                folder,
                ROLL,
                f"{name},{identity},1,300.00,2026-01,{chance.choice(['', '2026-05'])},农商银行,",
                name=mark,
            )
        case "insured":
            world.rows[INSURED] = [f"{name},{identity},城乡居民医保,正常参保"]
            receive(world.write(folder), at=at)
        case "withdrawn":
            file = chance.choice(
                list(
                    DeliveryFile.objects.filter(withdrawn_at=None).exclude(
                        dataset__in=["residents", "local_standards"]
                    )
                )
            )
            withdrawing.withdraw(
                delivery=file.delivery_id, files=[file.pk], reason="wrong", at=at, by=steward
            )
        case "decided":
            link: Any = chance.choice(
                list(Link.objects.filter(file__dataset="incomes", file__current=True)) or [None]
            )
            target = person(name) if link else None
            if (
                link
                and target
                and not Pair.objects.filter(
                    key=f"{link.file_id}/{link.line}/{link.role}/{target.pk}"
                ).exists()
            ):
                Pair.objects.create(
                    key=f"{link.file_id}/{link.line}/{link.role}/{target.pk}", file=link.file, line=link.line, role=link.role,
                    person=target, score=0.7, reasons=["name"], state="same", decided_by="a clerk", decided_at=at,
                )  # fmt: skip


EVENTS = (
    "bill", "wages", "wages corrected", "pension", "marriage", "death", "birth", "roll", "insured", "withdrawn", "decided",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_following_what_changed_misses_nothing(
    world: Village, tmp_path: Path, seed: int, make_user: Any
) -> None:
    chance, steward = (
        random.Random(seed),
        make_user("steward", department="civil_affairs", division="510181000000"),
    )
    at, day = AT, DAY
    for step in range(7):
        at += timedelta(days=chance.choice([0, 0, 40]), minutes=5)
        happen(chance.choice(EVENTS), chance, world, tmp_path / f"第{step}日", at, steward)
        turn(at, day)
    kinds = {
        *NeedsRun.objects.values_list("everybody", flat=True),
        *MatchingRun.objects.values_list("everybody", flat=True),
    }
    assert kinds == {True, False}
    assert turn(at, day, whole=True) == 0


def test_what_a_run_did_not_tell_is_found_by_looking_at_everybody(world: Village, tmp_path: Path) -> None:
    send(
        tmp_path / "day",
        TAX,
        f"葛长林,{NEIGHBOUR},2025,5.00,0.00",
        f"余小山,{SON},2025,90000.00,0.00",
        name="次日",
    )
    advance_registry(DAY, AT + timedelta(minutes=5))
    assert Touch.objects.exists()
    Touch.objects.all().delete()
    assert turn(AT + timedelta(minutes=6)) == 0
    assert turn(AT + timedelta(minutes=7), whole=True) > 0
    assert turn(AT + timedelta(minutes=8), whole=True) == 0


def test_only_those_of_whom_anything_changed_are_asked(world: Village, tmp_path: Path) -> None:
    increment(
        tmp_path / "day",
        MEDICAL,
        f"B9,葛长林,{NEIGHBOUR},2026-03-03,市人民医院,90000.00,0.00,90000.00",
        name="次日",
    )
    advance_registry(DAY, AT + timedelta(minutes=5))
    home = person("葛长林").memberships.get(withdrawn_at=None, ended_on=None).household_id
    assert set(Touch.objects.values_list("person", "household")) == {(person("葛长林").pk, None)}
    assert advance_needs(DAY, AT + timedelta(minutes=5))["raised"] > 0
    fresh = Need.objects.filter(raised_on=DAY, pk__gt=0).order_by("-pk")[0]
    assert fresh.household_id == home
    run = NeedsRun.objects.order_by("-pk")[0]
    assert (run.everybody, run.registry is not None) == (False, True)
