"""Made-up households: our rules and the country template run by OpenFisca say the same, with each of its reforms.

OpenFisca computes in 32-bit floats, which hold some seven digits: so close, and no closer, the two can be.
"""

import random
import shutil
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.conformance.country_adapter import LAW, NATION, REFORMS

from huimin import rules

template = pytest.importorskip(
    "openfisca_country_template", reason="openfisca-country-template is not installed"
)

OF_PERSONS = ("basic_income", "pension", "income_tax", "social_security_contribution", "new_tax")
OF_HOUSEHOLDS = (
    "housing_allowance",
    "parenting_allowance",
    "housing_tax",
    "meal_price",
    "swimming_pool_access",
)
STATISTICS = ("total_benefits", "total_taxes", "disposable_income")
SIZE = 300
# Before December 2015 the template itself stops: it asks for a threshold that it gives from then on only.
DAYS = (date(2015, 12, 1), date(2016, 6, 1), date(2017, 1, 1), date(2025, 1, 1))
# Two taxes of each of at most five members, and the housing tax.
MOST_AMOUNTS = 11


def made(chance: random.Random, on: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Households and their members."""
    homes, persons = [], []
    for home in range(SIZE):
        occupancy = chance.choice(["owner", "tenant", "free_lodger", "homeless"])
        homes.append({"household": home, "division": NATION, "rent": chance.randint(0, 90) * 1000,
                      "accommodation_size": chance.randint(0, 200), "housing_occupancy_status": occupancy})  # fmt: skip
        for number in range(chance.randint(1, 5)):
            low = chance.choice([0, 0, 20_000, 100_000, 2_000_000])
            born_on = date(on.year - chance.randint(0, 90), chance.randint(1, 12), chance.randint(1, 28))
            persons.append({"household": home, "person": len(persons), "salary": chance.randint(0, low),
                            "capital_returns": chance.choice([0, 0, 12_345]), "born_on": min(born_on, on),
                            "role": "adult" if number == 0 else chance.choice(["adult", "child"]),
                            "has_car": chance.random() < 0.5, "goes_to_school": True})  # fmt: skip
    return pl.DataFrame(homes), pl.DataFrame(persons)


def theirs(homes: pl.DataFrame, persons: pl.DataFrame, on: date, reform: str) -> Any:
    """The same households in OpenFisca."""
    from openfisca_core.simulations import SimulationBuilder

    system = template.CountryTaxBenefitSystem()
    if reform:
        system = getattr(import_module(f"openfisca_country_template.reforms.{reform}"), reform)(system)
    month = f"{on:%Y-%m}"
    builder = SimulationBuilder()
    builder.create_entities(system)
    builder.declare_person_entity("person", persons["person"].to_list())
    household = builder.declare_entity("household", homes["household"].to_list())
    roles = ["adult" if role == "adult" else "child" for role in persons["role"]]
    builder.join_with_persons(household, persons["household"].to_list(), roles)
    simulation = builder.build(system)
    for name in ("salary", "capital_returns"):
        simulation.set_input(name, month, (persons[name] / 100).to_numpy())
    simulation.set_input("birth", "ETERNITY", persons["born_on"].to_numpy())
    simulation.set_input("rent", month, (homes["rent"] / 100).to_numpy())
    simulation.set_input("accommodation_size", f"{on:%Y}-01", homes["accommodation_size"].to_numpy())
    occupancy = homes["housing_occupancy_status"].to_numpy().astype(str)
    simulation.set_input("housing_occupancy_status", f"{on:%Y}-01", occupancy)
    if reform == "add_new_tax":
        simulation.set_input("has_car", month, persons["has_car"].to_numpy())
    return simulation


def ours(of: rules.PolicyBook, population: rules.Population, on: date) -> dict[str, list[float]]:
    """Every variable by name, in the template's unit."""
    found: dict[str, list[float]] = {}
    for name in (*OF_PERSONS, *OF_HOUSEHOLDS):
        if of.version(name, on) if name in of.names else False:
            asked = rules.persons if name in OF_PERSONS else rules.batch
            rows = asked(of, [name], population, on, engine="interpreted")
            assert rows["status"].is_in(["entitled", "not_entitled"]).all()
            found[name] = (rows["amount_fen"] / 100).to_list()
    keys = [f"statistics.{name}" for name in STATISTICS]
    for key, table in rules.values(of, keys, population, on, engine="interpreted").items():
        found[key.split(".")[1]] = (table["value"] / 100).to_list()
    return found


@pytest.mark.parametrize("on", DAYS, ids=str)
@pytest.mark.parametrize("reform", ["", *sorted(path.name for path in REFORMS.iterdir())])
def test_openfisca_says_the_same_of_made_up_households(reform: str, on: date, tmp_path: Path) -> None:
    shutil.copytree(LAW, tmp_path, dirs_exist_ok=True)
    if reform:
        shutil.copytree(REFORMS / reform, tmp_path, dirs_exist_ok=True)
    of = rules.load(tmp_path)
    homes, persons = made(random.Random(f"{reform}{on}"), on)
    simulation = theirs(homes, persons, on, reform)
    mine = ours(of, rules.Population.of(homes, persons, of.facts), on)
    assert set(STATISTICS) <= set(mine)
    for name, values in mine.items():
        known = simulation.calculate(name, f"{on:%Y}" if name == "housing_tax" else f"{on:%Y-%m}")
        # Half a hundredth of rounding here for each amount that is added up, and the sixth digit there.
        rounded = MOST_AMOUNTS if name in STATISTICS else 1
        assert values == pytest.approx(known.tolist(), rel=4e-6, abs=0.0051 * rounded), name
