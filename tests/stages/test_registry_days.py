"""A day's rows are linked against the registry as it stands; a whole run afterwards finds nothing to add."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.stages.county_world import advance_registry, receive
from tests.stages.test_registry_platform_advance import everything, home, person, wages
from tests.stages.village import (
    BOOKLET,
    CREMATIONS,
    HEADS,
    HUSBAND,
    MARRIAGES,
    NEIGHBOUR,
    ROLL,
    SON,
    TAX,
    WIFE,
    Village,
    number,
    resident,
    village,
)  # fmt: skip

from huimin_platform.base import lake
from huimin_platform.registry import queries
from huimin_platform.registry.models import Fact, IdentityEvent, Link, MatchRate, Person, Run

NEXT = datetime(2026, 7, 2, 1, tzinfo=UTC)
NIGHT = datetime(2026, 7, 3, 1, tzinfo=UTC)
BRIDE = number("19700101", "004")
# A village has so few rows that any day brings a large share of them.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_days_may_be_large")]


@pytest.fixture
def _days_may_be_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huimin_platform.registry.days.LARGEST_SHARE", 0.9)


@pytest.fixture
def world(tmp_path: Path) -> Village:
    world = village()
    world.rows[BOOKLET].append(resident(3, "户主", "沈秀英", BRIDE, 20))
    world.rows[ROLL] = [f"沈秀英,{BRIDE},1,300.00,2025-01,,农商银行,6217000012345678909"]
    receive(world.write(tmp_path / "first"))
    advance_registry()
    return world


def send(folder: Path, file: str, *rows: str, name: str = "次日") -> None:
    """Sends some rows of a data set in a file of their own."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{file.removesuffix('.csv')}_{name}.csv"
    path.write_text("\n".join([HEADS[file], *rows]) + "\n", encoding="utf-8-sig")
    receive(path, at=NEXT)


def kinds() -> list[str]:
    return list(Run.objects.order_by("pk").values_list("kind", flat=True))


def nothing_is_left_to_do() -> None:
    """A whole run after the days changes no row of any table."""
    before = everything()
    counts = advance_registry(at=NIGHT, whole=True)
    assert {name: count for name, count in counts.items() if count} == {}
    assert everything() == before
    assert kinds()[-1] == "whole"


def test_a_days_rows_are_linked_and_a_whole_run_agrees(world: Village, tmp_path: Path) -> None:
    send(
        tmp_path / "day", TAX, f"郑 巧云,{WIFE},2025,1200.00,0.00", f"沈秀英,{BRIDE[:-2]}**,2025,300.00,0.00"
    )
    counts = advance_registry(at=NEXT)
    assert kinds() == ["whole", "day"]
    assert (counts["links"], counts["facts"] > 0, counts["persons"]) == (2, True, 0)
    assert (wages("郑巧云"), wages("余望山")) == ([120_000], [600_000])
    assert set(advance_registry(at=NEXT).values()) == {0}
    nothing_is_left_to_do()


def test_who_is_new_gets_a_number_and_keeps_it(world: Village, tmp_path: Path) -> None:
    before = {each.name: each.pk for each in Person.objects.all()}
    stranger = number("19870707", "071")
    send(tmp_path / "day", BOOKLET, resident(1, "子", "余小山", SON))
    send(tmp_path / "day", TAX, f"欧阳修文,{stranger},2025,500.00,0.00", f"余小山,{SON},2025,900.00,0.00")
    assert advance_registry(at=NEXT)["persons"] == 2
    assert kinds()[-1] == "day"
    assert home("余小山") == home("余望山")
    ids = {each.name: each.pk for each in Person.objects.all()}
    assert {name: ids[name] for name in before} == before
    send(tmp_path / "later", TAX, f"欧阳修文,{stranger},2024,400.00,0.00", name="再次日")
    assert advance_registry(at=NEXT)["persons"] == 0
    assert wages("欧阳修文") == [40_000, 50_000]
    nothing_is_left_to_do()


def test_who_marries_takes_along_what_counts_for_the_household(world: Village, tmp_path: Path) -> None:
    former = home("沈秀英")
    assert Fact.objects.filter(household=former, withdrawn_at=None).exists()
    send(tmp_path / "day", MARRIAGES, f"葛长林,{NEIGHBOUR},沈秀英,{BRIDE},2026-06-28,已婚")
    advance_registry(at=NEXT)
    assert kinds()[-1] == "day"
    assert home("沈秀英") == home("葛长林") != former
    assert not Fact.objects.filter(household=former, withdrawn_at=None).exists()
    nothing_is_left_to_do()


def test_who_died_leaves_the_household(world: Village, tmp_path: Path) -> None:
    send(tmp_path / "day", CREMATIONS, f"郑巧云,{WIFE},女,2026-06-20,2026-06-21")
    advance_registry(at=NEXT)
    assert str(person("郑巧云").died_on) == "2026-06-20"
    assert person("郑巧云").pk not in queries.household_frame()["person"].to_list()
    send(tmp_path / "day", TAX, f"郑巧云,{WIFE},2025,100.00,0.00")
    advance_registry(at=NEXT)
    assert str(person("郑巧云").died_on) == "2026-06-20"
    nothing_is_left_to_do()


def test_a_file_replaced_by_another_takes_its_facts_along(world: Village, tmp_path: Path) -> None:
    world.rows[TAX][1] = f"余望山,{HUSBAND},2025,7000.00,0.00"
    receive(world.write(tmp_path / "second"), at=NEXT)
    advance_registry(at=NEXT)
    assert kinds() == ["whole", "day"]
    assert wages("余望山") == [700_000]
    nothing_is_left_to_do()


def test_a_booklet_replaced_is_resolved_whole_and_so_is_a_release(world: Village, tmp_path: Path) -> None:
    world.rows[BOOKLET].append(resident(1, "子", "余小山", SON))
    receive(world.write(tmp_path / "second"), at=NEXT)
    advance_registry(at=NEXT)
    Run.objects.filter(pk=Run.objects.order_by("-pk")[0].pk).update(release="the one before")
    send(tmp_path / "day", TAX, f"郑巧云,{WIFE},2025,1200.00,0.00")
    advance_registry(at=NIGHT)
    assert kinds() == ["whole", "whole", "whole"]


def test_what_a_run_left_goes_when_a_whole_run_is_on_record(
    world: Village, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    first = Run.objects.get().standing
    send(tmp_path / "day", TAX, f"郑巧云,{WIFE},2025,1200.00,0.00")
    advance_registry(at=NEXT)
    assert lake.exists(f"{first}/rows.parquet")
    with django_capture_on_commit_callbacks(execute=True):
        advance_registry(at=NIGHT, whole=True)
    assert not lake.exists(f"{first}/rows.parquet")
    assert Run.objects.exclude(standing="").count() == 1
    # Without what was left everything is resolved.
    lake.delete(f"{Run.objects.get(kind='whole', standing__gt='').standing}/rows.parquet")
    send(tmp_path / "later", TAX, f"郑巧云,{WIFE},2024,100.00,0.00", name="再次日")
    advance_registry(at=NIGHT)
    assert kinds()[-1] == "whole"


def test_match_rates_are_kept_for_each_file_and_drift_is_told(world: Village, tmp_path: Path) -> None:
    rate = MatchRate.objects.get(file__name=TAX)
    assert (rate.rows, rate.by_number, rate.waiting, rate.drift) == (2, 2, 0, None)
    rows = [f"葛长林,,2025,{amount}.00,0.00" for amount in range(100, 160)]
    send(tmp_path / "day", TAX, *rows)
    advance_registry(at=NEXT)
    found = MatchRate.objects.get(file__name__contains="次日")
    assert found.by_number == 0
    assert found.drift == pytest.approx(1.0)


def test_a_killed_day_changes_nothing(
    world: Village, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(tmp_path / "day", TAX, f"郑巧云,{WIFE},2025,1200.00,0.00")
    before = everything()

    def broken(*arguments: Any) -> dict[str, int]:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("huimin_platform.registry.keeping.pairs", broken)
        with pytest.raises(RuntimeError):
            advance_registry(at=NEXT)
    assert everything() == before
    assert advance_registry(at=NEXT)["links"] == 1
    assert Link.objects.get(file__name__contains="次日").person_id == person("郑巧云").pk
    assert not IdentityEvent.objects.exists()
