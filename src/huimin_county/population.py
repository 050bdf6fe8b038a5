"""The people of a county, some households at a time, with everything that is true of them."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from huimin_county import households, names
from huimin_county.chance import Chance, Numbers
from huimin_county.errors import Errors
from huimin_county.identity_numbers import Registry, cards, phones
from huimin_county.livelihood import (
    REFERENCE_RURAL_YUAN,
    REFERENCE_URBAN_YUAN,
    Person,
    death_share,
    livelihoods,
)
from huimin_county.places import Place

URBAN_SHARE = 0.25
BORN_HERE = 0.86
REGIONS_ELSEWHERE = (341522, 362322, 412825, 522731, 420923)
# Second numbers come from a county of their own, so that they never depend on whose turn it was.
SECOND_REGION = 433130
# How often the heads of two neighbouring households are of one sex and nearly one age.
ALIKE_SHARE = 0.055
ALIKE_YEARS = 3.0


@dataclass(frozen=True)
class County:
    """What one make-believe county is made from."""

    place: Place
    as_of: date
    errors: Errors
    chance: Chance
    numbers: Registry = field(init=False)

    def __post_init__(self) -> None:
        regions = [int(self.place.code), *self.regions_elsewhere, SECOND_REGION]
        object.__setattr__(self, "numbers", Registry(regions, self.chance))

    @property
    def regions_elsewhere(self) -> list[int]:
        """Codes of the counties that people born elsewhere come from."""
        return [code for code in REGIONS_ELSEWHERE if code != int(self.place.code)][:4]

    @property
    def day(self) -> np.datetime64:
        """The last day of the deliveries."""
        return np.datetime64(self.as_of, "D")


def people(county: County, household: Numbers, first_person: int) -> pl.DataFrame:
    """All persons of the households with these numbers, in the order of their person numbers."""
    chance = county.chance
    who = households.members(household, chance)
    key = who.key
    born_on, twin = _births(county, who)
    age = county.as_of.year - (born_on.astype("datetime64[Y]").astype(np.int64) + 1970)
    person = first_person + np.arange(len(key))
    urban = chance.happens("urban", who.household, URBAN_SHARE)
    frame = pl.DataFrame(
        {
            "person": person,
            "household": who.household,
            "role": who.role,
            "slot": who.slot,
            "key": key,
            "male": who.male,
            "sex": pl.Series(["女", "男"]).gather(who.male.astype(np.int64)),
            "age": age,
            "born_on": born_on,
            "urban": urban,
        }
    )
    level = np.where(
        urban,
        county.place.urban_standard_yuan / REFERENCE_URBAN_YUAN,
        county.place.rural_standard_yuan / REFERENCE_RURAL_YUAN,
    )
    life = livelihoods(Person(key, who.household, age, who.male, urban, level), chance)
    frame = frame.hstack(life).hstack(_homes(county, who.household, urban))
    frame = frame.hstack(_numbers(county, who, born_on, twin, age)).with_columns(
        phone=phones(person, chance), card=cards(person, chance), **_names(county, who, age)
    )
    return frame.with_columns(**_fates(county, frame))


def _births(county: County, who: households.Members) -> tuple[NDArray[np.datetime64], Numbers]:
    """Birth dates, and for a person who bears another's number the position of that other (else -1)."""
    days = np.floor(who.age * 365.25).astype("timedelta64[D]")
    born_on = county.day - days
    twin = np.full(len(who.age), -1)
    # Neighbours in pairs: the head of an odd household may bear the number of the even one before it.
    heads = np.flatnonzero(who.slot == households.HEAD)
    even, odd = heads[:-1], heads[1:]
    pairs = (who.household[even] % 2 == 0) & (who.household[odd] == who.household[even] + 1)
    alike = (who.male[even] == who.male[odd]) & (np.abs(who.age[even] - who.age[odd]) < ALIKE_YEARS)
    # `shared_number` counts persons; only heads can be picked, and both of a pair count.
    share = min(1.0, county.errors.shared_number * len(who.age) / max(1, len(heads)) / ALIKE_SHARE)
    chosen = pairs & alike & county.chance.happens("number.shared", who.household[odd], share)
    born_on[odd[chosen]] = born_on[even[chosen]]
    twin[odd[chosen]] = even[chosen]
    return born_on, twin


def _numbers(
    county: County, who: households.Members, born_on: NDArray[np.datetime64], twin: Numbers, age: Numbers
) -> pl.DataFrame:
    """Each person's number, the second number of those registered twice, and a relative's."""
    chance, key = county.chance, who.key
    here = chance.happens("number.here", key, BORN_HERE)
    region = np.where(here, 0, 1 + chance.below("number.region", key, len(county.regions_elsewhere)))
    national_id = county.numbers.numbers(region, born_on, who.male)
    national_id = national_id.gather(np.where(twin >= 0, twin, np.arange(len(key))))
    twice = (age >= 18) & chance.happens("number.twice", key, county.errors.registered_twice)
    index = np.flatnonzero(twice)
    second_region = np.full(len(index), len(county.regions_elsewhere) + 1)
    second = county.numbers.numbers(second_region, born_on[index], who.male[index])
    seconds = pl.concat([pl.Series([None], dtype=pl.String), second])
    position = np.zeros(len(key), dtype=np.int64)
    position[index] = 1 + np.arange(len(index))
    start = np.flatnonzero(who.role == 0)
    size = np.diff(np.r_[start, len(key)])
    relative = np.repeat(start, size) + (who.role + 1) % np.repeat(size, size)
    return pl.DataFrame(
        {
            "national_id": national_id,
            "second_id": seconds.gather(position),
            "relative_id": national_id.gather(relative),
        }
    )


def _names(county: County, who: households.Members, age: Numbers) -> dict[str, pl.Series]:
    """Names and peoples; the children bear the father's surname."""
    chance, key = county.chance, who.key
    born = county.as_of.year - age
    other_line = (who.slot == households.SPOUSE) | (who.slot == households.PARENTS.start + 1)
    child = (who.slot >= households.CHILDREN.start) & (who.slot < households.CHILDREN.stop)
    male_line = who.male_head
    head_male = np.repeat(who.male[who.role == 0], np.diff(np.r_[np.flatnonzero(who.role == 0), len(key)]))
    father_is_spouse = child & ~head_male & male_line
    line = np.where(
        other_line,
        key,
        np.where(father_is_spouse, who.household * households.SLOTS + households.SPOUSE, -who.household - 1),
    )
    surname = names.surnames(line, chance)
    name = names.han_names(surname, who.male, born, key, chance)
    shares = county.place.peoples or {"维吾尔族": 0.015}
    peoples = ["汉族", *shares]
    people_of = chance.choose("people", who.household, [max(0.0, 1 - sum(shares.values())), *shares.values()])
    for position, each in enumerate(peoples):
        if names.has_own_customs(each):
            own = names.names_of_people(each, who.male, np.abs(line), key, chance)
            name = own.zip_with(pl.Series(people_of == position), name)
    return {"name": name.alias("name"), "people": pl.Series(peoples).gather(people_of)}


def _homes(county: County, household: Numbers, urban: NDArray[np.bool_]) -> pl.DataFrame:
    """Where each household lives."""
    villages = county.place.villages.with_row_index("position")
    index = np.empty(len(household), dtype=np.int64)
    for side in (False, True):
        positions = villages.filter(pl.col("urban") == side)["position"].to_numpy()
        if len(positions) == 0:
            positions = villages["position"].to_numpy()
        chosen = positions[county.chance.below("village", household, len(positions))]
        index = np.where(urban == side, chosen, index)
    found = villages.select("code", "village", "town")[index]
    return found.select(village="code", village_name="village", street_name="town")


def _fates(county: County, frame: pl.DataFrame) -> dict[str, pl.Series]:
    """Who died and when, who is registered elsewhere than the spouse, who is still paid though dead."""
    chance, key = county.chance, frame["key"].to_numpy()
    age = frame["age"].to_numpy()
    dead = chance.happens("dead", key, death_share(age))
    died_on = county.day - (60 + chance.below("died", key, 610)).astype("timedelta64[D]")
    dead &= died_on > frame["born_on"].to_numpy()
    elsewhere = (frame["slot"].to_numpy() == households.SPOUSE) & chance.happens(
        "elsewhere", key, county.errors.spouse_elsewhere
    )
    return {
        "alive": pl.Series(~dead),
        "died_on": pl.Series(np.where(dead, died_on, np.datetime64("NaT", "D"))),
        "elsewhere": pl.Series(elsewhere),
        "vehicle": frame["vehicle"] & pl.Series(~dead),
        "still_paid": pl.Series(
            dead & chance.happens("paid after death", key, county.errors.paid_after_death)
        ),
    }
