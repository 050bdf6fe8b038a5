"""Who stands in two booklets under two numbers, with a name that hundreds bear: told by cards, telephones and neighbours."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from tests.spec.test_registry_identity import number, person_of, resident, row

from huimin.registry import identity, mentions, twice

BORN = date(1969, 6, 16)
HERE, THERE = number("19690616", "511"), number("19690616", "299", "412825")
CARD, OTHER_CARD = "6217000000000000001", "6217000000000000002"
SURNAMES = "王李张刘陈杨赵黄周吴"


def couple(place: int) -> list[dict[str, Any]]:
    """A man of the name; two of three live with a woman, so that one who is listed alone is nothing rare."""
    born = date(1940 + place % 60, 1 + place % 12, 1 + place % 28)
    hers = date(1941 + place % 60, 1 + place % 12, 2 + place % 26)
    name = SURNAMES[place % 10] + "秀英桂兰淑珍玉梅金凤"[place // 10 % 10]
    him = resident(2 * place, "王伟", number(f"{born:%Y%m%d}", f"{101 + 2 * place}"), born, str(place))
    her = resident(
        2 * place + 1,
        name,
        number(f"{hers:%Y%m%d}", f"{100 + 2 * place}"),
        hers,
        str(place),
        relation="spouse",
    )
    return [him, her] if place % 3 else [him]


COUPLES = [each for place in range(1, 420) for each in couple(place)]
TWICE = [
    resident(900, "王伟", HERE, BORN, "900"),
    resident(901, "刘小红", number("19700101", "306"), date(1970, 1, 1), "900", relation="spouse"),
    resident(902, "王伟", THERE, BORN, "902"),
]


def insured(line: int, name: str, national_id: str | None, **more: Any) -> dict[str, Any]:
    return row(line, name, national_id, dataset="insured", file="insured", content=None, **more)


EVERYBODY = [insured(place, each["name"], each["national_id"]) for place, each in enumerate(COUPLES)]


def likely(people: list[dict[str, Any]], *rows: dict[str, Any]) -> float:
    """How likely the two are one: 1 where they are joined, 0 where nobody is asked."""
    numbered = [each | {"line": line} for line, each in enumerate(rows, start=1)]
    found = identity.resolve(pl.DataFrame([*people, *TWICE, *numbered], schema=mentions.SCHEMA))
    one, other = (person_of(found, "booklet", line) for line in (900, 902))
    if one == other:
        return 1.0
    asked = found.alike.filter(pl.col("person").is_in([one, other]) & pl.col("other").is_in([one, other]))
    return asked["score"][0] if asked.height else 0.0


def is_one(*rows: dict[str, Any]) -> bool:
    # Rows stand beside one another by their lines.
    rows = tuple(each | {"line": line} for line, each in enumerate(rows, start=1))
    found = identity.resolve(pl.DataFrame([*COUPLES, *TWICE, *rows], schema=mentions.SCHEMA))
    assert person_of(found, "booklet", 900) is not None
    return person_of(found, "booklet", 900) == person_of(found, "booklet", 902)


def test_a_name_that_hundreds_bear_and_a_birth_date_are_not_enough() -> None:
    assert not is_one()


@pytest.mark.parametrize("contact", ["card", "phone"])
def test_rows_of_both_numbers_that_tell_the_same_card_are_about_one(contact: str) -> None:
    one = row(1, "王伟", HERE, **{contact: CARD})
    assert is_one(one, row(1, "王伟", THERE, dataset="subsidies", file="subsidies", **{contact: CARD}))
    assert not is_one(
        one, row(1, "王伟", THERE, dataset="subsidies", file="subsidies", **{contact: OTHER_CARD})
    )


def test_a_row_of_the_second_number_beside_the_family_of_the_first_is_about_one() -> None:
    spouse = insured(1001, "刘小红", TWICE[1]["national_id"])
    his = insured(1002, "王伟", THERE)
    middle = len(EVERYBODY) // 2
    beside = [*EVERYBODY[:middle], spouse, his, *EVERYBODY[middle:]]
    apart = [spouse, *EVERYBODY, his]
    assert likely(COUPLES, *beside) > 0.98 > likely(COUPLES, *apart)


def test_a_file_in_no_order_joins_nobody() -> None:
    strewn = sorted(EVERYBODY, key=lambda each: each["line"] * 7919 % 839)
    spouse = insured(1001, "刘小红", TWICE[1]["national_id"])
    assert not is_one(*strewn[:400], spouse, insured(1002, "王伟", THERE), *strewn[400:])


def test_who_may_be_one_is_asked_about_and_stays_two() -> None:
    """With half as many namesakes it is one person in two cases of five."""
    found = identity.resolve(pl.DataFrame([*COUPLES[:200], *TWICE], schema=mentions.SCHEMA))
    people = [person_of(found, "booklet", line) for line in (900, 902)]
    ((person, other, score),) = found.alike.rows()
    assert [person, other] == sorted(each for each in people if each is not None)
    assert twice.ASKED <= score < twice.SURE
    known = found.persons.select("person", "national_id", "name", "born_on")
    apart = pl.DataFrame({"one": [HERE], "other": [THERE]})
    again = identity.resolve(
        pl.DataFrame([*COUPLES[:200], *TWICE], schema=mentions.SCHEMA), known, apart=apart
    )
    assert again.alike.is_empty()
    kept = pl.DataFrame({"person": [other], "kept": [person]})
    joined = identity.resolve(
        pl.DataFrame([*COUPLES[:200], *TWICE], schema=mentions.SCHEMA), known, kept=kept
    )
    assert joined.alike.is_empty()


def test_who_is_surely_one_or_surely_two_is_not_asked_about() -> None:
    assert identity.resolve(pl.DataFrame([*COUPLES, *TWICE], schema=mentions.SCHEMA)).alike.is_empty()
    rows = [
        row(1, "王伟", HERE, card=CARD),
        row(1, "王伟", THERE, dataset="subsidies", file="subsidies", card=CARD),
    ]
    found = identity.resolve(pl.DataFrame([*COUPLES[:200], *TWICE, *rows], schema=mentions.SCHEMA))
    assert found.alike.is_empty()
    assert person_of(found, "booklet", 900) == person_of(found, "booklet", 902)


def test_where_chance_explains_all_pairs_evidence_still_tells_who_is_one() -> None:
    """Couples of one name and birth date by the dozen, which chance seldom makes: so chance seems to make any pair."""
    many = [
        resident(
            3000 + place, "张伟", number(f"1970{1 + place // 2 % 12:02}{1 + place // 24:02}", f"{101 + 2 * place}"),
            date(1970, 1 + place // 2 % 12, 1 + place // 24), str(3000 + place),
        )
        for place in range(160)
    ]  # fmt: skip
    others = [
        resident(4000 + place, "欧阳" + "甲乙丙丁戊己庚辛"[place % 8], number("19900101", f"{100 + 2 * place}"),
                 date(1990, 1, 1), str(3000 + place), relation="spouse")
        for place in range(160)
    ]  # fmt: skip
    everybody = [*COUPLES[:200], *many, *others, *TWICE]
    rows = [
        row(1, "王伟", HERE, card=CARD),
        row(1, "王伟", THERE, dataset="subsidies", file="subsidies", card=CARD),
    ]
    found = identity.resolve(pl.DataFrame([*everybody, *rows], schema=mentions.SCHEMA))
    assert person_of(found, "booklet", 900) == person_of(found, "booklet", 902)
    without = identity.resolve(pl.DataFrame(everybody, schema=mentions.SCHEMA))
    assert person_of(without, "booklet", 900) != person_of(without, "booklet", 902)


def on_one_day(first: int, name: str) -> list[dict[str, Any]]:
    """Children of one name whom families have registered, all on the day of the census, for want of a better one."""
    day, found = date(1975, 1, 1), []
    for place in range(40):
        home, place_in_file = f"d{first + place}", first + 2 * place
        found += [
            resident(place_in_file, name, number("19750101", f"{first % 10 * 90 + 101 + 2 * place}"), day, home),
            resident(place_in_file + 1, "陈小兰", number(f"19{40 + first % 10}0303", f"{100 + 2 * place}"),
                     date(1940 + first % 10, 1 + place % 12, 1 + place // 2), home, relation="other"),
        ]  # fmt: skip
    return found


def test_a_day_that_many_are_written_down_for_makes_no_other_day_common() -> None:
    """Families register their children on one day: that says nothing of two of one name who are born on another."""
    everybody = [
        *COUPLES[:60],
        *on_one_day(5001, "王军"),
        *on_one_day(5102, "李军"),
        *on_one_day(5203, "张军"),
    ]
    assert likely(everybody) > twice.ASKED


def family(first: int, home: str, region: str) -> list[dict[str, Any]]:
    """A couple as a booklet lists it, under numbers of some region."""
    return [
        resident(first, "王伟", number("19690616", "511", region), BORN, home),
        resident(first + 1, "刘小红", number("19700101", "306", region), date(1970, 1, 1), home, relation="spouse"),
    ]  # fmt: skip


def test_a_family_that_stands_in_two_booklets_is_one() -> None:
    """None of them is alone in a booklet; that two of a home have their like in another one is no chance."""
    said = pl.DataFrame(
        [*COUPLES, *family(900, "900", "330127"), *family(902, "902", "412825")], schema=mentions.SCHEMA
    )
    found = identity.resolve(said)
    for line in (900, 901):
        assert person_of(found, "booklet", line) == person_of(found, "booklet", line + 2)
    assert found.persons.height == len(COUPLES) + 2


SETS = ("insured", "vehicles", "students")


def of_both(first: str, second: str) -> list[dict[str, Any]]:
    """A row of everybody in each of three data sets, and those of two numbers in the data sets that letters name."""
    told = [(each["name"], each["national_id"], name) for name in SETS for each in COUPLES]
    theirs = ((HERE, first), (THERE, second))
    told += [
        ("王伟", national_id, name) for national_id, letters in theirs for name in SETS if name[0] in letters
    ]
    told.sort(key=lambda each: (each[2], each[1]))
    return [row(0, name, number, dataset=kind, file=kind, content=None) for name, number, kind in told]


def test_rows_divided_between_two_numbers_are_one_persons_rows_under_each_are_two_peoples() -> None:
    assert likely(COUPLES, *of_both("iv", "s")) > 0.9
    assert likely(COUPLES, *of_both("ivs", "")) > 0.8
    assert likely(COUPLES, *of_both("ivs", "ivs")) == 0.0


def test_lacking_rows_join_nobody() -> None:
    """Poor people who live alone lack rows too: a clerk has to say that one of them is nobody by himself."""
    assert likely(COUPLES[:60], *of_both("ivs", "")) < 1.0
