"""A marriage that names one spouse for certain tells who of several namesakes the other one is."""

from datetime import date
from typing import Any

import polars as pl
from tests.spec.test_registry_identity import number, person_of, resident

from huimin.registry import identity, mentions

SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙马朱胡", "伟强磊洋勇杰涛明超刚"
HUSBANDS = 150


def pair(place: int) -> list[dict[str, Any]]:
    """A man, and his wife of about his age who is registered alone elsewhere."""
    his, hers = (
        date(1950 + place % 45, 1 + place % 12, 1 + place % 28),
        date(1951 + place % 45, 3, 1 + place % 28),
    )
    name = SURNAMES[place % 15] + GIVEN[place // 15 % 10]
    wife = SURNAMES[place // 10 % 15] + "秀英桂兰淑珍玉梅金凤"[place % 10] + "芳"
    return [
        resident(2 * place, name, number(f"{his:%Y%m%d}", f"{101 + 2 * place}"), his, str(place)),
        resident(2 * place + 1, wife, number(f"{hers:%Y%m%d}", f"{100 + 2 * place}"), hers, str(9000 + place)),
    ]  # fmt: skip


def namesake(place: int) -> list[dict[str, Any]]:
    """Another man of the same name and of another age, with a wife in his own booklet."""
    born = date(1995 - place % 45, 5, 1 + place % 28)
    name = SURNAMES[place % 15] + GIVEN[place // 15 % 10]
    return [
        resident(1000 + 2 * place, name, number(f"{born:%Y%m%d}", f"{401 + 2 * place}"), born, str(5000 + place)),
        resident(1001 + 2 * place, "欧阳" + name[1:], number("19800101", f"{400 + 2 * place}"), date(1980, 1, 1),
                 str(5000 + place), relation="spouse"),
    ]  # fmt: skip


PEOPLE = [each for place in range(HUSBANDS) for each in [*pair(place), *namesake(place)]]


def married(place: int, *, his: str | None = "", hers: str | None = "") -> list[dict[str, Any]]:
    """The two mentions of a row of the marriage register; a number that is not given is the right one."""
    told = zip(("husband", "wife"), pair(place), (his, hers), ("male", "female"), strict=True)
    return [
        {
            "dataset": "marriages", "file": "marriages", "line": place, "role": role, "name": who["name"],
            "national_id": who["national_id"] if given == "" else given, "sex": sex, "content": None,
        }
        for role, who, given, sex in told
    ]  # fmt: skip


def of_marriages(rows: list[dict[str, Any]], line: int) -> tuple[int | None, int | None, identity.Resolution]:
    """The person whom the husband of a row is, the one whom he ought to be, and everything."""
    ordered = sorted(rows, key=lambda each: each["role"])
    found = identity.resolve(pl.DataFrame([*PEOPLE, *ordered], schema=mentions.SCHEMA))
    links = found.links.filter((pl.col("file") == "marriages") & (pl.col("role") == "husband"))
    return links.filter(pl.col("line") == line)["person"].item(), person_of(found, "booklet", 2 * line), found


def everybody(line: int, **numbers: Any) -> list[dict[str, Any]]:
    return [
        each for place in range(HUSBANDS) for each in married(place, **(numbers if place == line else {}))
    ]


def test_the_spouse_tells_which_of_two_namesakes_is_meant() -> None:
    told, truly, found = of_marriages(everybody(40, his=None), 40)
    assert told == truly is not None
    mine = found.evidence.filter((pl.col("line") == 40) & (pl.col("role") == "husband"))
    assert (mine["evidence"].struct.field("together") > 1).all()


def test_without_the_spouse_nobody_is_told() -> None:
    told, _, found = of_marriages(everybody(40, his=None, hers=None), 40)
    mine = found.evidence.filter((pl.col("line") == 40) & (pl.col("role") == "husband"))
    assert mine["evidence"].struct.field("together").drop_nulls().is_empty()
    assert told is None


def test_where_no_row_names_two_nothing_is_said() -> None:
    alone = [each | {"dataset": "pensions"} for each in everybody(40, his=None) if each["role"] == "husband"]
    _, _, found = of_marriages(alone, 40)
    assert found.evidence["evidence"].struct.field("together").drop_nulls().is_empty()


def test_a_register_that_often_tells_another_sex_is_not_believed() -> None:
    turned = {"husband": "female", "wife": "male"}
    rows = [each | {"sex": turned[each["role"]]} for each in everybody(40, his=None)]
    told, truly, found = of_marriages(rows, 40)
    assert told == truly is not None
    assert found.evidence["evidence"].struct.field("sex").drop_nulls().is_empty()
    believed = of_marriages(everybody(40, his=None), 40)[2].evidence
    assert (believed["evidence"].struct.field("sex").drop_nulls() > 0).any()
