"""Who stands in two booklets under two numbers, with a name that hundreds bear: told by cards, telephones and neighbours."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from tests.spec.test_registry_identity import number, person_of, resident, row

from huimin.registry import identity, mentions

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
    assert is_one(*beside)
    assert not is_one(*apart)


def test_a_file_in_no_order_joins_nobody() -> None:
    strewn = sorted(EVERYBODY, key=lambda each: each["line"] * 7919 % 839)
    spouse = insured(1001, "刘小红", TWICE[1]["national_id"])
    assert not is_one(*strewn[:400], spouse, insured(1002, "王伟", THERE), *strewn[400:])


def test_who_may_be_one_is_asked_about_and_stays_two() -> None:
    """With half as many namesakes it is likelier one than two, and not sure."""
    found = identity.resolve(pl.DataFrame([*COUPLES[:200], *TWICE], schema=mentions.SCHEMA))
    people = [person_of(found, "booklet", line) for line in (900, 902)]
    ((person, other, score),) = found.alike.rows()
    assert [person, other] == sorted(each for each in people if each is not None)
    assert 0.5 <= score < 0.95
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
