"""Counties to make people up in: real codes and towns for eight, plausible ones for any other code."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl
import yaml

from huimin_county.chance import Chance

TABLE = Path(__file__).with_name("places.yaml")

FIRST = "大小东西南北上下新安永兴石清白青金龙高长双三五太红桥河杨柳李王张陈刘周吴马牛茶花双竹松梅兰荷"
SECOND = "河沟湾坪岭坡山溪桥庄寨塘坝洞冲垭口湖林峪泉井台堡店营圩洲源岩屯畈坳埠"
COUNTY_FIRST, COUNTY_SECOND = "安永清平宁和丰昌德兴", "平远河山阳城江康泰川"
TOWNS_WITHOUT_TABLE = (
    {"001": "街道"} | {str(town): "镇" for town in range(100, 108)} | {"200": "乡", "201": "乡"}
)
VILLAGES_PER_TOWN = 14


class UnknownDivision(ValueError):
    """The code is not that of a county."""


@dataclass(frozen=True)
class Place:
    """A county: its signs, its local standards and its villages (`code`, `village`, `town`, `urban`)."""

    code: str
    name: str
    province: str
    plate: str
    urban_standard_yuan: int
    rural_standard_yuan: int
    peoples: dict[str, float]
    villages: pl.DataFrame


def place(division: str | None, chance: Chance) -> Place:
    """The county with this code of 6 or 12 digits, made up if unknown; without a code one of the table."""
    counties = sorted(table()["counties"])
    division = counties[int(chance.one("place") * len(counties))] if division is None else division
    code = division[:6]
    if (
        len(division) not in (6, 12)
        or not (code.isascii() and code.isdigit())
        or code[:2] not in table()["provinces"]
    ):
        raise UnknownDivision(
            f"{division!r} is no code of a county: write 6 digits, or 12 with zeros at the end"
        )
    if code.endswith("00") or division[6:].strip("0"):
        raise UnknownDivision(
            f"{division!r} is no county: a province, city, town or village has another level"
        )
    about = table()["counties"].get(code) or _made_up(code, chance)
    return Place(
        code=code,
        name=about["name"],
        province=about["province"],
        plate=about["plate"],
        urban_standard_yuan=about["urban_standard_yuan"],
        rural_standard_yuan=about["rural_standard_yuan"],
        peoples=about["peoples"],
        villages=_villages(code, about["towns"], chance),
    )


@cache
def table() -> dict[str, dict]:
    """The signs of provinces and the counties that come with the package, by code."""
    return yaml.safe_load(TABLE.read_text(encoding="utf-8"))


def _made_up(code: str, chance: Chance) -> dict:
    number = int(code)
    first = COUNTY_FIRST[chance.below("place.first", [number], len(COUNTY_FIRST))[0]]
    second = COUNTY_SECOND[chance.below("place.second", [number], len(COUNTY_SECOND))[0]]
    names = _distinct_names(chance, "place.town", number, len(TOWNS_WITHOUT_TABLE))
    urban = 700 + 10 * int(chance.below("place.standard", [number], 40)[0])
    return {
        "name": f"{first}{second}县",
        "province": table()["provinces"][code[:2]],
        "plate": "ABCDEFGHJKL"[int(chance.below("place.plate", [number], 11)[0])],
        "urban_standard_yuan": urban,
        "rural_standard_yuan": round(urban * 0.8 / 10) * 10,
        "peoples": {},
        "towns": {
            town: name + level for (town, level), name in zip(TOWNS_WITHOUT_TABLE.items(), names, strict=True)
        },
    }


def _villages(code: str, towns: dict[str, str], chance: Chance) -> pl.DataFrame:
    """Villages and communities: streets have communities, towns two of them, townships villages alone."""
    rows = []
    names = iter(_distinct_names(chance, "place.village", int(code), VILLAGES_PER_TOWN * len(towns)))
    for town, town_name in towns.items():
        communities = {"0": VILLAGES_PER_TOWN, "1": 2, "4": VILLAGES_PER_TOWN}.get(town[0], 0)
        for number in range(VILLAGES_PER_TOWN):
            urban = number < communities
            village = f"{code}{town}{number + 1 if urban else 200 + number:03d}"
            title = "社区居民委员会" if urban else "村村民委员会"
            rows.append((village, next(names) + title, town_name, urban))
    frame = pl.DataFrame(rows, schema=["code", "village", "town", "urban"], orient="row")
    if not frame["urban"].any():
        # A county of townships still has a seat.
        frame = frame.with_columns(urban=pl.col("town") == frame["town"][0])
    return frame


def _distinct_names(chance: Chance, question: str, of: int, count: int) -> list[str]:
    """Names of two characters, no two alike; a third character when the pairs run out."""
    pairs = list(dict.fromkeys(a + b for a in FIRST for b in SECOND))
    order = chance.uniform(f"{question}.{of}", range(len(pairs))).argsort()
    shuffled = [pairs[position] for position in order]
    while len(shuffled) < count:
        shuffled += [name[0] + "家" + name[1] for name in shuffled[: count - len(shuffled)]]
    return shuffled[:count]
