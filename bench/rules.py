"""Our rules beside OpenFisca: the same rules, the same households, one run, the answers compared.

    python bench/rules.py [--households 1000000] [--json] [--quick]

The rules are those of the OpenFisca country template: basic income, pension, income tax and social security
contribution of persons, housing and parenting allowance of households, for one month. Each side runs in a process of
its own, so that its peak memory is its own. `calculate`: data in memory, compiled before. `whole`: Parquet on disk to
results on disk, against OpenFisca's build and calculate alone; `cold` is the process that compiles, `first` the first
time in one that finds the compiled code kept. `copy`: a plain copy of the columns that the rules touch, the physical
limit. `explain`: six policies explained for one household, with every value, verdict and step of the tree, against
OpenFisca's build and calculate of one; `explain_rendered`: the same with every sentence said in both languages;
`explain_first`: the first in a process, which makes the function that the others use.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl

ROOT = Path(__file__).parents[1]
LAW = ROOT / "tests" / "conformance" / "country_template" / "law"
ON, NATION = date(2016, 6, 1), "000000000000"
OF_PERSONS = ("basic_income", "pension", "income_tax", "social_security_contribution")
OF_HOUSEHOLDS = ("housing_allowance", "parenting_allowance")
NAMES = (*OF_PERSONS, *OF_HOUSEHOLDS)
OCCUPANCY = ("tenant", "owner", "free_lodger", "homeless")
REPEATS, EXPLAINED = 5, 300


def made(households: int, folder: Path, seed: int = 1) -> None:
    """Writes the households and their members, about two and a half each, as Parquet sorted by household."""
    chance = np.random.default_rng(seed)
    sizes = chance.choice([1, 2, 3, 4, 5], households, p=[0.25, 0.3, 0.2, 0.15, 0.1])
    persons = int(sizes.sum())
    status = chance.integers(0, len(OCCUPANCY), households)
    homes = pl.DataFrame(
        {
            "household": np.arange(households),
            "division": pl.repeat(NATION, households, eager=True),
            "rent": chance.integers(0, 90, households) * 1000,
            "accommodation_size": chance.integers(0, 200, households),
            "housing_occupancy_status": pl.Series(OCCUPANCY).gather(status.astype(np.uint32)),
        }
    )
    people = pl.DataFrame(
        {
            "household": np.repeat(np.arange(households), sizes),
            "person": np.arange(persons),
            "salary": np.where(chance.random(persons) < 0.5, chance.integers(0, 900_000, persons), 0),
            "capital_returns": np.where(chance.random(persons) < 0.1, 12_345, 0),
            "role": np.where(
                np.concatenate([[True], np.diff(np.repeat(np.arange(households), sizes)) > 0]),
                "adult",
                "child",
            ),
            "born_on": pl.Series(chance.integers(-15_000, 16_000, persons).astype(np.int32)).cast(pl.Date),
        }
    )
    homes.write_parquet(folder / "households.parquet", row_group_size=100_000)
    people.write_parquet(folder / "persons.parquet", row_group_size=250_000)


def timed(act: Any, repeats: int = REPEATS) -> tuple[float, Any]:
    """The median seconds of doing something, and what it gave."""
    spans, found = [], None
    for _ in range(repeats):
        # What was found before is let go first, so that its memory can be used again, on both sides.
        found = None
        began = time.perf_counter()
        found = act()
        spans.append(time.perf_counter() - began)
    return median(spans), found


def peak_mb() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# ---- their side, in a process of its own


def theirs(folder: Path) -> dict[str, Any]:
    """OpenFisca: build and calculate, and one household alone."""
    from openfisca_core.simulations import SimulationBuilder
    from openfisca_country_template import CountryTaxBenefitSystem

    system, period = CountryTaxBenefitSystem(), f"{ON:%Y-%m}"
    homes, people = (pl.read_parquet(folder / f"{name}.parquet") for name in ("households", "persons"))
    kinds: Any = system.get_variable("housing_occupancy_status", check_existence=True).possible_values  # type: ignore[union-attr]
    status = homes["housing_occupancy_status"].replace_strict(
        {name: list(kinds).index(kinds[name]) for name in OCCUPANCY}, return_dtype=pl.Int64
    )

    def build() -> Any:
        builder = SimulationBuilder()
        builder.create_entities(system)
        builder.declare_person_entity("person", people["person"].to_numpy())
        home = builder.declare_entity("household", homes["household"].to_numpy())
        builder.join_with_persons(home, people["household"].to_numpy(), people["role"].to_numpy())
        simulation = builder.build(system)
        simulation.set_input("salary", period, people["salary"].to_numpy() / 100)
        simulation.set_input("capital_returns", period, people["capital_returns"].to_numpy() / 100)
        simulation.set_input("birth", period, people["born_on"].to_numpy().astype("datetime64[D]"))
        simulation.set_input("rent", period, homes["rent"].to_numpy() / 100)
        simulation.set_input("housing_occupancy_status", period, status.to_numpy())
        return simulation

    build_s, simulation = timed(build, 1)
    calculate_s, _ = timed(lambda: _all(simulation, period))
    found = {name: simulation.calculate(name, period) for name in NAMES}
    folder.joinpath("theirs").mkdir(exist_ok=True)
    for name, values in found.items():
        np.save(folder / "theirs" / name, np.asarray(values))
    peak = peak_mb()
    one_s = timed(lambda: _one(system, period), EXPLAINED // 3)[0]
    return {"build_s": build_s, "calculate_s": calculate_s, "peak_mb": peak, "one_ms": one_s * 1000}


def _all(simulation: Any, period: str) -> None:
    """Every variable once more; what one of them needs of another is kept between them, as OpenFisca does."""
    for name in (*NAMES, "age"):
        simulation.delete_arrays(name, period)
    for name in NAMES:
        simulation.calculate(name, period)


def _one(system: Any, period: str) -> None:
    from openfisca_core.simulations import SimulationBuilder

    situation = {
        "persons": {"a": {"salary": {period: 1500}, "birth": {"ETERNITY": "1980-01-01"}}, "b": {"birth": {"ETERNITY": "1985-05-05"}}},
        "households": {"h": {"adults": ["a", "b"], "rent": {period: 500}}},
    }  # fmt: skip
    simulation = SimulationBuilder().build_from_entities(system, situation)
    for name in NAMES:
        simulation.calculate(name, period)


# ---- our side


def ours(folder: Path) -> dict[str, Any]:
    """Data in memory, compiled before: the calculation, a plain copy, one household explained, a day's changes."""
    from huimin import rules
    from huimin.rules.batch import answered, ready
    from huimin.rules.questions import of_version, with_needed

    began = time.perf_counter()
    book = rules.load(LAW)
    load_s = time.perf_counter() - began
    # Of persons: the question as it is put to one person; a household's own answer keeps the plain name.
    versions = [of_version(book.policy(name, ON)) for name in NAMES]
    own = [replace(each, name=f"{each.name}:person") if each.level == "person" else each for each in versions]
    asked = with_needed(book, own, ON)
    homes, people = (pl.read_parquet(folder / f"{name}.parquet") for name in ("households", "persons"))
    began = time.perf_counter()
    population = rules.Population.of(homes, people, book.facts)
    index_s = time.perf_counter() - began
    made = ready(asked, cache_folder=folder / "cache")
    cold_s = timed(lambda: made.function(certain=True, size=len(population)), 1)[0]
    answered(made, population, ON)
    calculate_s, found = timed(lambda: answered(made, population, ON))
    touched = [population.column(key)[0] for key in asked.facts]
    copy_s, _ = timed(lambda: [column.copy() for column in touched])
    places = np.random.default_rng(2).integers(0, len(population), EXPLAINED)
    chosen = population.households["household"].gather(places).to_list()
    first_s = timed(lambda: _explained(rules, book, population, chosen[0]), 1)[0]
    one = [timed(lambda home=home: _explained(rules, book, population, home), 1)[0] for home in chosen]
    said = [timed(lambda home=home: _rendered(rules, book, population, home), 1)[0] for home in chosen]
    folder.joinpath("ours").mkdir(exist_ok=True)
    for each in own:
        np.save(folder / "ours" / each.name.removesuffix(":person"), found[each.name].amount)
    return {
        "load_s": load_s, "index_s": index_s, "compile_s": cold_s, "calculate_s": calculate_s,
        "copy_s": copy_s, "explain_ms": median(one) * 1000, "explain_rendered_ms": median(said) * 1000,
        "explain_first_ms": first_s * 1000, "persons": people.height,
    }  # fmt: skip


def _explained(rules: Any, book: Any, population: Any, home: int) -> list[Any]:
    """The answers with the whole tree of reasons and every value in it."""
    return rules.explain_policies(book, NAMES, population.one(home), ON)


def _rendered(rules: Any, book: Any, population: Any, home: int) -> list[Any]:
    """The same, with every sentence of the tree said in both languages."""
    return [each.as_data() for each in _explained(rules, book, population, home)]


def whole(folder: Path) -> dict[str, Any]:
    """Parquet on disk to results on disk; the first in a folder compiles, the next process finds what it kept."""
    from huimin import rules

    book = rules.load(LAW)
    began = time.perf_counter()
    rules.stream(
        book, NAMES, folder / "households.parquet", folder / "persons.parquet", folder / "whole.parquet", ON,
        cache_folder=folder / "cache",
    )  # fmt: skip
    first_s = time.perf_counter() - began
    spans = [
        timed(
            lambda: rules.stream(
                book, NAMES, folder / "households.parquet", folder / "persons.parquet", folder / "whole.parquet", ON,
                cache_folder=folder / "cache",
            ),
            1,
        )[0]
        for _ in range(2)
    ]  # fmt: skip
    return {"whole_first_s": first_s, "whole_s": min(spans), "peak_mb": peak_mb()}


def changed(folder: Path) -> dict[str, Any]:
    """One household in a hundred changed: only those asked again, against all of them."""
    from huimin import rules

    book = rules.load(LAW)
    homes, people = (pl.read_parquet(folder / f"{name}.parquet") for name in ("households", "persons"))
    population = rules.Population.of(homes, people, book.facts)

    def full() -> Any:
        return rules.batch(book, NAMES, population, ON, cache_folder=folder / "cache")

    full()
    full_s, before = timed(full, 3)
    touched = homes["household"].gather_every(100)
    after = homes.with_columns(
        rent=pl.when(pl.col("household") % 100 == 0).then(pl.col("rent") + 100).otherwise("rent")
    )
    new = rules.Population.of(after, people, book.facts)
    again = rules.batch(book, NAMES, new, ON, cache_folder=folder / "cache")

    def of_touched() -> Any:
        return rules.batch(book, NAMES, new.only(touched), ON, cache_folder=folder / "cache")

    # Whose facts changed is known where they came in; or it is found by comparing two days.
    of_touched()
    part_s, part = timed(of_touched)
    then, now = rules.Moment(population, ON), rules.Moment(new, ON)
    found_s, found = timed(lambda: rules.delta(book, NAMES, then, now, cache_folder=folder / "cache"))
    assert found.equals(part)
    keys = ["policy", "household"]
    merged = pl.concat([before.join(part.select(keys), on=keys, how="anti"), part]).sort(keys)
    same = merged.drop("missing").equals(again.drop("missing").sort(keys))
    return {"full_s": full_s, "changed_s": part_s, "found_s": found_s, "changed_equal": same}


PARTS = {"made": made, "theirs": theirs, "ours": ours, "whole": whole, "changed": changed}


def apart(part: str, folder: Path, households: int = 0) -> dict[str, Any]:
    """What a part found, run in a process of its own.

    Who calls this must be small itself: a process begins with the peak memory of the one that started it.
    """
    command = [
        sys.executable,
        __file__,
        "--part",
        part,
        "--folder",
        str(folder),
        "--households",
        str(households),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{part}: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def agreed(folder: Path) -> float:
    """The largest difference between the two sides, in yuan, beyond what 32-bit floats can hold."""
    worst = 0.0
    for name in NAMES:
        one, other = (
            np.load(folder / "ours" / f"{name}.npy") / 100,
            np.load(folder / "theirs" / f"{name}.npy"),
        )
        # Our amounts are rounded to the hundredth once; theirs carry seven digits.
        beyond = np.abs(one - other) - (0.005 + 2e-6 * np.abs(one))
        worst = max(worst, float(beyond.max(initial=0)))
    return worst


def compared(households: int) -> dict[str, Any]:
    """Both sides on the same data, with the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        apart("made", folder, households)
        own, cold = apart("ours", folder), apart("whole", folder)
        our_whole, delta = apart("whole", folder), apart("changed", folder)
        their = apart("theirs", folder)
        difference = agreed(folder)
    found = {
        "households": households,
        "persons": own["persons"],
        "difference_yuan": round(difference, 6),
        "calculate_ratio": their["calculate_s"] / own["calculate_s"],
        "whole_ratio": (their["build_s"] + their["calculate_s"]) / our_whole["whole_s"],
        "memory_ratio": our_whole["peak_mb"] / their["peak_mb"],
        "explain_ms": own["explain_ms"],
        "explain_rendered_ms": own["explain_rendered_ms"],
        "explain_first_ms": own["explain_first_ms"],
        "explain_ratio": their["one_ms"] / own["explain_ms"],
        "delta_share": delta["changed_s"] / delta["full_s"],
        "delta_equal": delta["changed_equal"],
        "copy_ratio": own["calculate_s"] / own["copy_s"],
        "calculate_s": own["calculate_s"],
        "copy_s": own["copy_s"],
        "index_s": own["index_s"],
        "compile_s": own["compile_s"],
        "whole_s": our_whole["whole_s"],
        "whole_cold_s": cold["whole_first_s"],
        "whole_first_s": our_whole["whole_first_s"],
        "peak_mb": our_whole["peak_mb"],
        "peak_cold_mb": cold["peak_mb"],
        "full_s": delta["full_s"],
        "changed_s": delta["changed_s"],
        "compared_s": delta["found_s"],
        "their_build_s": their["build_s"],
        "their_calculate_s": their["calculate_s"],
        "their_one_ms": their["one_ms"],
        "their_peak_mb": their["peak_mb"],
    }
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in found.items()}


def main() -> int:
    """How it ended, for the shell: 1 where the two sides differ."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--households", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="50,000 households")
    parser.add_argument("--json", action="store_true", help="print only the figures, as the last line")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        call = partial(made, asked.households) if asked.part == "made" else PARTS[asked.part]
        print(json.dumps(call(asked.folder)))
        return 0
    found = compared(50_000 if asked.quick else asked.households)
    if not asked.json:
        print("\n".join(f"{name}: {value}" for name, value in found.items()))
    print(json.dumps(found))
    return 0 if found["difference_yuan"] == 0 and found["delta_equal"] else 1


if __name__ == "__main__":
    sys.exit(main())
