"""Who is who: a row finds its person however name and number are written, and never somebody else's file."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from huimin.registry import identity, mentions, names, numbers
from huimin.units.national_id import check_digit

DIVISION = "433130104001"
STREET = "龙山县里耶镇长潭村"


def number(born: str, sequence: str, county: str = "433130") -> str:
    return (stem := f"{county}{born}{sequence}") + check_digit(stem)


def resident(
    line: int, name: str, national_id: str | None, born: date, household: str, **more: Any
) -> dict[str, Any]:
    sex = "female" if national_id and int(national_id[16]) % 2 == 0 else "male"
    return {
        "dataset": "residents", "file": "booklet", "line": line, "role": "person", "name": name,
        "national_id": national_id, "born_on": born, "sex": sex, "household_no": household, "division": DIVISION,
        "address": f"{STREET}{household}号", "relation": "head", "residence": "rural", "content": None,
    } | more  # fmt: skip


def row(line: int, name: str | None, national_id: str | None, **more: Any) -> dict[str, Any]:
    return {
        "dataset": "pensions", "file": "pensions", "line": line, "role": "person", "name": name,
        "national_id": national_id, "content": line,
    } | more  # fmt: skip


# What lets a county's own names be as common as they are: 300 neighbours.
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴", ["伟", "芳", "秀英", "敏", "静", "强", "磊", "洋", "艳", "勇"]
NEIGHBOURS = [
    resident(
        1000 + place, SURNAMES[place % 10] + GIVEN[place // 10 % 10],
        number(f"19{50 + place // 10}0{1 + place % 9}1{place % 9}", f"{100 + place:03}"),
        date(1950 + place // 10, 1 + place % 9, 10 + place % 9), str(500 + place // 3),
    )
    for place in range(300)
]  # fmt: skip

MINORITY = number("19750817", "302")
TUJIA = number("19661103", "017")
GRANDMOTHER, GRANDDAUGHTER = number("19520304", "206"), number("20110922", "206")
PEOPLE = [
    resident(1, "阿依古丽·买买提", MINORITY, date(1975, 8, 17), "1"),
    resident(2, "蕭龍飛", TUJIA, date(1966, 11, 3), "2"),
    resident(3, "彭婷", GRANDMOTHER, date(1952, 3, 4), "3"),
    resident(4, "彭亭", GRANDDAUGHTER, date(2011, 9, 22), "3", relation="grandchild"),
    resident(5, "向㛃", number("19800101", "402"), date(1980, 1, 1), "4"),
    resident(6, "田小满", number("19930520", "112"), date(1993, 5, 20), "5"),
]


def resolved(*rows: dict[str, Any], **more: Any) -> identity.Resolution:
    return identity.resolve(pl.DataFrame([*PEOPLE, *NEIGHBOURS, *rows], schema=mentions.SCHEMA), **more)


def person_of(found: identity.Resolution, file: str, line: int) -> int | None:
    return found.links.filter((pl.col("file") == file) & (pl.col("line") == line))["person"].item()


def finds(found: dict[str, Any], line: int) -> bool:
    """Whether a row is linked to the resident of a line."""
    answer = resolved(found)
    return person_of(answer, "pensions", found["line"]) == person_of(answer, "booklet", line)


@pytest.mark.parametrize("dot", ["·", "•", "・", "‧", "∙", "⋅", "●", ".", "．", "?", " ", "", "-"])
def test_every_form_of_the_dot_in_a_name_is_the_same_name(dot: str) -> None:
    assert finds(row(1, f"阿依古丽{dot}买买提", MINORITY), 1)


@pytest.mark.parametrize(
    "name", ["萧龙飞", "肖龙飞", "蕭龙飛", " 蕭 龍 飛 ", "蕭龍飛（户主）", "消龙飞"],
    ids=["simplified", "alias", "mixed", "spaced", "marked", "homophone"],
)  # fmt: skip
def test_a_name_is_found_in_other_characters_of_the_same_sound(name: str) -> None:
    assert finds(row(1, name, TUJIA), 2)


def test_a_rare_character_outside_the_basic_plane_is_a_name_as_any() -> None:
    national_id = number("19710612", "055")
    rare = resident(7, "吴𠅤", national_id, date(1971, 6, 12), "7")
    found = resolved(rare, row(1, "吴𠅤", national_id))
    assert person_of(found, "pensions", 1) == person_of(found, "booklet", 7) is not None


@pytest.mark.parametrize(
    "written",
    [
        TUJIA[:6] + TUJIA[8:17], "４３３１３０１９６６１１０３０１７" + TUJIA[17], TUJIA.lower(), f"'{TUJIA}",
        TUJIA[:14] + "****", TUJIA[:10] + TUJIA[11] + TUJIA[10] + TUJIA[12:], TUJIA[:16] + "9" + TUJIA[17],
    ],
    ids=["fifteen", "full width", "lower", "quoted", "masked", "swapped", "one digit"],
)  # fmt: skip
def test_a_number_is_found_however_it_was_written(written: str) -> None:
    assert finds(row(1, "萧龙飞", written), 2)


def test_a_row_with_a_relatives_number_is_about_the_one_of_its_name() -> None:
    national_id = number("19900101", "318")
    child = resident(8, "萧雨", national_id, date(1990, 1, 1), "2", relation="child")
    found = resolved(child, row(1, "萧雨", TUJIA))
    assert person_of(found, "pensions", 1) == person_of(found, "booklet", 8)


def test_a_relative_whose_name_sounds_the_same_is_told_by_the_birth_date() -> None:
    borrowed = row(1, "彭亭", GRANDMOTHER, born_on=date(2011, 9, 22))
    own = row(2, "彭婷", GRANDMOTHER, born_on=date(1952, 3, 4))
    slip = row(3, "彭婷", GRANDMOTHER, born_on=date(1952, 3, 14))
    found = resolved(borrowed, own, slip)
    assert person_of(found, "pensions", 1) == person_of(found, "booklet", 4)
    assert person_of(found, "pensions", 2) == person_of(found, "booklet", 3)
    assert person_of(found, "pensions", 3) == person_of(found, "booklet", 3)


def test_a_strangers_number_links_nothing_by_itself() -> None:
    found = resolved(row(1, "欧阳修文", MINORITY))
    assert person_of(found, "pensions", 1) is None


def test_a_number_that_nobody_bears_makes_a_person_of_its_own() -> None:
    found = resolved(row(1, "欧阳修文", number("19870707", "071")))
    assert (
        person_of(found, "pensions", 1)
        not in found.links.filter(pl.col("file") == "booklet")["person"].to_list()
    )


def test_persons_keep_their_ids_in_any_order_and_under_other_errors() -> None:
    rows = [row(1, "萧龙飞", TUJIA), row(2, "田小满", PEOPLE[5]["national_id"])]
    first = resolved(*rows)
    known = first.persons.select("person", "national_id", "name", "born_on")
    others = [
        *reversed(NEIGHBOURS), row(2, "田小满", "*" * 14 + PEOPLE[5]["national_id"][14:]), row(1, "肖龙飞", None),
        *reversed([each | {"name": each["name"].replace("·", ".")} for each in PEOPLE]),
    ]  # fmt: skip
    again = identity.resolve(pl.DataFrame(others, schema=mentions.SCHEMA), known)
    booklet = pl.col("file") == "booklet"
    told = [each.links.filter(booklet).select("line", "person").sort("line") for each in (first, again)]
    assert told[0].equals(told[1])
    fresh = identity.resolve(
        pl.DataFrame(list(reversed([*PEOPLE, *NEIGHBOURS, *rows])), schema=mentions.SCHEMA)
    )
    assert fresh.links.sort("file", "line").equals(first.links.sort("file", "line"))


def test_who_was_known_by_another_character_of_the_same_sound_keeps_the_id() -> None:
    known = pl.DataFrame(
        {"person": [77], "national_id": [TUJIA], "name": ["消龙飞"], "born_on": [date(1966, 11, 3)]}
    )
    found = resolved(known=known)
    assert person_of(found, "booklet", 2) == 77


OTHER = number("19661103", "035")


def known_as(*told: tuple[int, str, bool, bool]) -> pl.DataFrame:
    """Known persons of one name and birth date: person, number, whether it is the own one, whether they went into another file."""
    schema = {"person": pl.Int64, "national_id": pl.String, "own": pl.Boolean, "merged": pl.Boolean}
    known = pl.DataFrame(told, schema=schema, orient="row")
    return known.with_columns(name=pl.lit("萧龙飞"), born_on=pl.lit(date(1966, 11, 3)))


def entry(line: int, national_id: str, household: str, **more: Any) -> dict[str, Any]:
    return resident(line, "萧龙飞", national_id, date(1966, 11, 3), household, **more)


@pytest.mark.parametrize(
    ("known", "entries", "persons", "went"),
    [
        # Both numbers were two persons' and are one's now: the older id stays, the other one leads to it.
        ([(70, TUJIA, True, False), (80, OTHER, True, False)], {TUJIA: "90", OTHER: "90"}, {70}, {80: 70}),
        # Of one person with two numbers only the further one is left in the booklets.
        ([(70, TUJIA, True, False), (70, OTHER, False, False)], {OTHER: "90"}, {70}, {}),
        # The same where that number was another file's once, which went into this one.
        ([(70, TUJIA, True, False), (70, OTHER, False, False), (80, OTHER, True, True)], {OTHER: "90"}, {70}, {80: 70}),
        # Two who were one are two again, each with the own id.
        (
            [(70, TUJIA, True, False), (70, OTHER, False, False), (80, OTHER, True, True)],
            {TUJIA: "90", OTHER: "91"}, {70, 80}, {},
        ),
    ],
)  # fmt: skip
def test_no_id_is_lost_when_two_turn_out_to_be_one_or_one_to_be_two(
    known: list[tuple[int, str, bool, bool]], entries: dict[str, str], persons: set[int], went: dict[int, int]
) -> None:
    told = [entry(20 + place, *of) for place, of in enumerate(entries.items())]
    # Whoever lives with others in both booklets is not taken for one who is registered twice.
    told += [
        resident(30 + place, f"欧阳{place}", number("19900101", f"11{place}"), date(1990, 1, 1), home)
        for place, home in enumerate(entries.values())
    ]
    rows = pl.DataFrame([*told, *NEIGHBOURS], schema=mentions.SCHEMA)
    found = identity.resolve(rows, known_as(*known))
    assert {person_of(found, "booklet", 20 + place) for place in range(len(entries))} == persons
    assert dict(found.went.iter_rows()) == went


def test_what_a_clerk_decided_stands_over_what_was_computed() -> None:
    doubtful = row(1, "田小满", None)
    before = resolved(doubtful)
    target = person_of(before, "booklet", 6)
    known = before.persons.select("person", "national_id", "name", "born_on")

    def told(same: bool) -> int | None:
        decided = pl.DataFrame(
            {"file": ["pensions"], "line": [1], "role": ["person"], "person": [target], "same": [same]}
        )
        return person_of(resolved(doubtful, known=known, decided=decided), "pensions", 1)

    assert told(True) == target
    assert told(False) is None


def test_numbers_are_described_in_their_places() -> None:
    texts = pl.Series(
        [TUJIA, None, " 433130 19661103 017 ", TUJIA[:14] + "####", "无", TUJIA[:6] + TUJIA[8:17]]
    )
    assert numbers.described(texts)["form"].to_list() == [
        "valid",
        "none",
        "damaged",
        "masked",
        "none",
        "fifteen",
    ]
    day = "19661103"
    shown = numbers.described(texts).select(numbers.shown_day()).to_series()
    assert shown.to_list() == [day, None, day, day, None, day]


def test_what_a_spreadsheet_rounded_away_is_hidden_and_not_nought() -> None:
    ends_in_noughts = next(
        each for each in (number("19661103", f"{n}00") for n in range(10)) if each.endswith("000")
    )
    told = numbers.described(pl.Series([MINORITY[:15] + "000", ends_in_noughts]))
    assert told["number"].to_list() == [MINORITY[:15] + "***", ends_in_noughts]
    assert told["form"].to_list() == ["masked", "valid"]


def test_a_surname_is_read_as_a_surname() -> None:
    told = names.described(pl.Series(["单秀英", "简单"]))
    assert dict(told.select("raw_name", "sound").iter_rows()) == {
        "单秀英": "shan xiu ying",
        "简单": "jian dan",
    }


def test_what_was_weighed_says_what_spoke_for_it_and_against() -> None:
    found = resolved(row(1, "田小满", None, born_on=date(1993, 5, 20), village="长潭村"))
    (told,) = found.evidence.iter_rows(named=True)
    assert (told["file"], told["line"]) == ("pensions", 1)
    weights = told["evidence"]
    assert weights["born_on"] > 3 < weights["canonical"]
    assert weights["card"] is weights["phone"] is None
    again = resolved(row(1, "田小满", None, born_on=date(1993, 5, 20), village="长潭村"))
    assert again.evidence.equals(found.evidence)
    other_day = resolved(row(1, "田小满", None, born_on=date(1981, 5, 20), village="长潭村"))
    assert other_day.evidence.filter(pl.col("evidence").struct.field("born_on") > 0).is_empty()


NAMESAKES = [
    resident(
        20 + place, "司马青", number(f"197{place}0{1 + place}0{1 + place}", f"{501 + 2 * place}"),
        date(1970 + place, 1 + place, 1 + place), f"9{place}",
    )
    for place in range(2)
]  # fmt: skip
NAME_ALONE = row(60, "司马青", None)


def among_namesakes(*rows: dict[str, Any], **more: Any) -> identity.Resolution:
    return identity.resolve(pl.DataFrame([*PEOPLE, *NEIGHBOURS, *rows], schema=mentions.SCHEMA), **more)


def test_a_row_that_could_be_either_of_two_is_asked_about_with_both() -> None:
    """Neither is likelier than not; it is one of them all the same."""
    found = among_namesakes(*NAMESAKES, NAME_ALONE)
    asked = found.grey.filter(pl.col("line") == 60)
    both = {person_of(found, "booklet", 20), person_of(found, "booklet", 21)}
    assert set(asked["person"]) == both
    assert all(0.4 < score < 0.5 for score in asked["score"])
    told = found.evidence.filter(pl.col("line") == 60)
    assert set(told["person"]) == both


def test_who_it_is_not_leaves_the_other_the_likelier() -> None:
    first = among_namesakes(*NAMESAKES, NAME_ALONE)
    one, other = (person_of(first, "booklet", line) for line in (20, 21))
    known = first.persons.select("person", "national_id", "name", "born_on")
    no = pl.DataFrame(
        [("pensions", 60, "person", one, False)],
        schema=["file", "line", "role", "person", "same"],
        orient="row",
    )
    found = among_namesakes(*NAMESAKES, NAME_ALONE, known=known, decided=no)
    ((person, score),) = found.grey.filter(pl.col("line") == 60).select("person", "score").rows()
    assert person == other
    assert score > 0.8
    assert person_of(found, "pensions", 60) is None


def test_a_row_that_could_be_many_is_asked_of_nobody() -> None:
    many = [
        each | {"line": 30 + place, "born_on": date(1950 + place, 3, 3), "household_no": f"8{place}",
                "national_id": number(f"{1950 + place}0303", "507")}
        for place, each in enumerate(NAMESAKES[:1] * 6)
    ]  # fmt: skip
    assert among_namesakes(*many, NAME_ALONE).grey.filter(pl.col("line") == 60).is_empty()
