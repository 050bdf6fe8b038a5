"""A day's rows are linked against the registry as it stands; a whole run afterwards finds nothing to add."""

import random
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
    MEDICAL,
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
from huimin_platform.base.models import User
from huimin_platform.intake import actions as intake
from huimin_platform.intake import withdrawing
from huimin_platform.intake.models import DeliveryFile
from huimin_platform.registry import queries
from huimin_platform.registry.models import (
    Fact,
    IdentityEvent,
    Link,
    MatchRate,
    Membership,
    Opinion,
    Pair,
    Person,
    Run,
)

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


def all_that_is_said() -> dict[str, list[Any]]:
    """All that the registry says. Of two rows that say the same fact either may be its source."""
    facts = Fact.objects.filter(withdrawn_at=None).values_list(
        "person", "household", "kind", "value", "words", "started_on", "ended_on", "occurred_on", "key"
    )
    return {
        "facts": sorted(map(repr, facts)),
        "links": sorted(Link.objects.values_list("file", "line", "role", "person", "how"), key=repr),
        "pairs": sorted(Pair.objects.values_list("key", "state")),
        "homes": sorted(Membership.objects.filter(withdrawn_at=None).values_list("person", "household")),
        "people": sorted(Person.objects.values_list("pk", "name", "died_on", "merged_into"), key=repr),
    }


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


def increment(folder: Path, file: str, *rows: str, name: str) -> None:
    """Sends some rows as an increment: they stand for those of the same key that came before."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{file.removesuffix('.csv')}_{name}.csv"
    path.write_text("\n".join([HEADS[file], *rows]) + "\n", encoding="utf-8-sig")
    terms = intake.Terms(way="increment", although_changed=True)
    assert intake.receive(paths=[path], at=NEXT, by="system", terms=terms) is not None


def test_rows_that_an_increment_brings_again_replace_the_former(world: Village, tmp_path: Path) -> None:
    bill = "B1,{},{},2026-02-03,市人民医院,7000.00,4000.00,{}.00"
    increment(tmp_path / "day", MEDICAL, bill.format("郑巧云", WIFE, 700), name="更正")
    advance_registry(at=NEXT)
    assert kinds()[-1] == "day"
    paid = Fact.objects.filter(withdrawn_at=None, kind="medical_own_expense", person=person("郑巧云"))
    assert [fact.source_file.name for fact in paid] == ["医保局_医疗结算_更正.csv"]
    # Of a second correction the bill turns out to be somebody else's; what the first replaced stays replaced.
    increment(tmp_path / "day", MEDICAL, bill.format("余望山", HUSBAND, 600), name="再更正")
    increment(tmp_path / "day", MEDICAL, "B2,郑巧云,,2026-03-03,市人民医院,90.00,0.00,90.00", name="另一")
    advance_registry(at=NEXT)
    assert kinds()[-1] == "day"
    assert not paid.exclude(source_file__name__contains="另一").exists()
    # A third day, so that what two days left behind adds up.
    increment(tmp_path / "day", CREMATIONS, f"郑巧云,{WIFE},女,2026-06-20,2026-06-21", name="次日")
    advance_registry(at=NEXT)
    assert kinds() == ["whole", "day", "day", "day"]
    nothing_is_left_to_do()


def test_what_clerks_decide_moves_just_those_rows(world: Village, tmp_path: Path) -> None:
    link: Any = Link.objects.get(file__name=MEDICAL)
    pair = Pair.objects.create(
        key="k", file=link.file, line=link.line, role=link.role, person=person("余望山"), score=0.7, reasons=["name"],
        state="same", decided_by="a clerk", decided_at=NEXT,
    )  # fmt: skip
    advance_registry(at=NEXT)
    assert kinds()[-1] == "day"
    moved = Link.objects.values_list("person", "how").get(pk=link.pk)
    assert moved == (person("余望山").pk, "clerk")
    assert Fact.objects.filter(
        withdrawn_at=None, kind="medical_own_expense", person=person("余望山")
    ).exists()
    Pair.objects.filter(pk=pair.pk).update(state="open", decided_by="", decided_at=None)
    Opinion.objects.create(pair=pair, by="a clerk", same=True, at=NEXT, withdrawn_at=NEXT)
    advance_registry(at=NEXT)
    assert kinds() == ["whole", "day", "day"]
    assert Link.objects.values_list("person", flat=True).get(pk=link.pk) == person("郑巧云").pk
    nothing_is_left_to_do()


@pytest.mark.parametrize("seed", range(8))
def test_whatever_days_bring_a_whole_run_finds_nothing_to_add(
    world: Village, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    people = [("余望山", HUSBAND), ("郑巧云", WIFE), ("葛长林", NEIGHBOUR), ("沈秀英", BRIDE)]
    for day in range(5):
        folder, name = tmp_path / str(day), f"第{day}日"
        who, told = chance.choice(people)
        told = chance.choice([told, told, told[:-2] + "**", ""])
        bill = (
            f"B{chance.randint(1, 3)},{who},{told},2026-0{day + 1}-03,市人民医院,900.00,100.00,{100 + day}.00"
        )
        match chance.choice(
            ["bill", "bill", "tax", "corrected", "decided", "undone", "withdrawn", "withdrawn"]
        ):
            case "bill":
                increment(folder, MEDICAL, bill, name=name)
            case "tax":
                send(folder, TAX, f"{who},{told},20{20 + day},{1000 + day}.00,0.00", name=name)
            case "corrected":
                world.rows[TAX] = [f"{who},{told},2025,{day + 1}000.00,0.00", *world.rows[TAX][1:]]
                receive(world.write(folder), at=NEXT)
            case "decided":
                link: Any = chance.choice(
                    list(Link.objects.filter(file__dataset="incomes", file__current=True))
                )
                target = person(who)
                Pair.objects.get_or_create(
                    key=f"{link.file_id}/{link.line}/{link.role}/{target.pk}",
                    defaults={
                        "file": link.file, "line": link.line, "role": link.role, "person": target, "score": 0.7, "reasons": ["name"],
                        "state": "same" if link.person_id != target.pk else "different", "decided_by": "a clerk", "decided_at": NEXT,
                    },
                )  # fmt: skip
            case "withdrawn":
                counts = DeliveryFile.objects.filter(
                    current=True, dataset__in=["incomes", "medical_settlements"]
                )
                withdraw(chance.choice(list(counts.order_by("pk"))))
            case "undone":
                for pair in Pair.objects.filter(decided_by="a clerk"):
                    Opinion.objects.create(pair=pair, by="a clerk", same=True, at=NEXT, withdrawn_at=NEXT)
                    Pair.objects.filter(pk=pair.pk).update(state="open", decided_by="", decided_at=None)
        advance_registry(at=NEXT)
    assert "day" in kinds()
    assert set(Run.objects.filter(kind="whole").values_list("why", flat=True)) <= {"first", "rested"}
    before = all_that_is_said()
    advance_registry(at=NIGHT, whole=True)
    assert kinds()[-1] == "whole"
    assert all_that_is_said() == before


def withdraw(file: DeliveryFile) -> None:
    """Withdraws a file as a data steward does."""
    steward, _made = User.objects.get_or_create(
        username="steward",
        defaults={"role": "steward", "division": "510181000000", "department": "civil_affairs"},
    )
    withdrawing.withdraw(
        delivery=file.delivery_id, files=[file.pk], reason="wrong month", at=NEXT, by=steward
    )


def test_what_a_withdrawn_file_did_is_undone_without_resolving_everything(
    world: Village, tmp_path: Path
) -> None:
    before = all_that_is_said()
    send(tmp_path / "day", MARRIAGES, f"葛长林,{NEIGHBOUR},沈秀英,{BRIDE},2026-06-28,已婚")
    send(tmp_path / "day", CREMATIONS, f"郑巧云,{WIFE},女,2026-06-20,2026-06-21")
    send(tmp_path / "day", TAX, f"郑巧云,{WIFE},2025,1200.00,0.00")
    advance_registry(at=NEXT)
    assert home("沈秀英") == home("葛长林")
    for file in DeliveryFile.objects.filter(name__contains="次日"):
        withdraw(file)
    counts = advance_registry(at=NEXT)
    assert kinds() == ["whole", "day", "day"]
    assert counts["facts_withdrawn"] > 0
    after = all_that_is_said()
    # Links and pairs of a withdrawn file stay on record, as those of any file that counts no more.
    after["links"] = [row for row in after["links"] if row[0] in {row[0] for row in before["links"]}]
    assert after == before
    nothing_is_left_to_do()


def test_what_another_row_says_too_stays_when_the_first_is_withdrawn(world: Village, tmp_path: Path) -> None:
    send(tmp_path / "day", TAX, f"余望山,{HUSBAND},2025,6000.00,0.00", name="又报")
    advance_registry(at=NEXT)
    assert wages("余望山") == [600_000]
    withdraw(DeliveryFile.objects.get(name=TAX))
    advance_registry(at=NEXT)
    assert kinds() == ["whole", "day", "day"]
    assert (wages("余望山"), wages("葛长林")) == ([600_000], [])
    nothing_is_left_to_do()


def test_a_withdrawn_file_on_which_other_rows_rest_is_resolved_whole(world: Village, tmp_path: Path) -> None:
    stranger = number("19870707", "071")
    send(tmp_path / "day", TAX, f"欧阳修文,{stranger},2025,500.00,0.00")
    advance_registry(at=NEXT)
    send(tmp_path / "later", MEDICAL, f"B7,欧阳修文,{stranger[:-3]}***,2026-02-03,市人民医院,7.00,4.00,3.00")
    advance_registry(at=NEXT)
    linked = Link.objects.get(file__name__contains="医疗结算_次日")
    assert (linked.how, linked.person) == ("id_repaired", person("欧阳修文"))
    withdraw(DeliveryFile.objects.get(name__contains="个人收入_次日"))
    advance_registry(at=NIGHT)
    assert kinds() == ["whole", "day", "day", "whole"]
    assert Run.objects.order_by("-pk")[0].why == "rested"
    assert Link.objects.get(pk=linked.pk).person is None


def test_a_booklet_replaced_is_resolved_whole_and_so_is_a_release(world: Village, tmp_path: Path) -> None:
    world.rows[BOOKLET].append(resident(1, "子", "余小山", SON))
    receive(world.write(tmp_path / "second"), at=NEXT)
    advance_registry(at=NEXT)
    Run.objects.filter(pk=Run.objects.order_by("-pk")[0].pk).update(release="the one before")
    send(tmp_path / "day", TAX, f"郑巧云,{WIFE},2025,1200.00,0.00")
    advance_registry(at=NIGHT)
    assert kinds() == ["whole", "whole", "whole"]
    assert list(Run.objects.order_by("pk").values_list("why", flat=True)) == ["first", "booklet", "release"]


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
    about = Link.objects.values_list("person", flat=True).get(file__name__contains="次日")
    assert about == person("郑巧云").pk
    assert not IdentityEvent.objects.exists()
