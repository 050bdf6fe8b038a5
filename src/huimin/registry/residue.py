"""Rows that neither a number nor a relative's number links, with the persons they could be about and how probable.

The probability counts every person of like name and the chance that the row is about somebody the registry does not
know. For the commonest names only persons that share something besides the name are compared one by one; all others
count together, as people who agree in nothing else.
"""

import polars as pl

from huimin.registry import beside, booklet, likeness, numbers, placing, presence, together, weighing
from huimin.registry.comparisons import ELSE, Model

# The share of rows about people who are not in the registry.
OUTSIDE = 0.02
# Weights beyond this are certainty; a greater one would only overflow.
MOST_WEIGHT = 60.0
# A name that more people bear tells too little for each of them to be compared with every row that bears it.
MOST_NAMESAKES = 200
# So many linked rows tell how often places agree; more would only take time.
TEACHING_ROWS = 20_000
# A data set is trusted to tell the sex as if so many of its rows had told it right, until more than so many are wrong.
TRUSTED_ROWS, SEX_AGREES, OFTEN_WRONG = 50, 0.99, 0.05
SEXES_READ = 20_000
# What all rows, linked ones too, are asked for.
ROWS = ["mention", "dataset", "content", "household_no", "village", "address", "card", "phone"]
# What people are asked for, to be compared.
PEOPLE = ["seed", "canonical", "sound", "sex", "born_on", "number", "household_no", "address", "size"]
# What persons of a common name who share nothing else with a row would disagree in, where the row has it.
_DISAGREED = ("number", "born_on", "village", "township", "family")


def weights(
    left: pl.DataFrame,
    rows: pl.DataFrame,
    people: pl.DataFrame,
    before: pl.DataFrame | None = None,
    weigh: weighing.Weigh = weighing.weighed,
) -> pl.DataFrame:
    """The rows left with persons of like name: mention, seed, probability and evidence. `rows` are all, in the columns of `ROWS` and
    their place (file, line, role), with the sex that they tell and the `seed` of those that are linked.

    A number that belongs to somebody else is borrowed: it counts as a sign of that person's household. `before` are rows
    of earlier days in the columns of `ROWS` with `seed` and whether it is `sure`; they teach as those of today do.
    """
    counted = booklet.counted(people)

    def own(*columns: str) -> pl.DataFrame:
        return people.select(columns).filter(counted)

    left, rows, before = _enumerated(left, rows, before)
    telling = pl.col("dataset").is_in(left["dataset"].unique().implode())
    telling = telling | pl.col("card").is_not_null() | pl.col("phone").is_not_null()
    # In the order of the rows: some of them teach for all, and in another order those would be others.
    linked = rows.select(*ROWS, "seed").filter(telling & pl.col("seed").is_not_null())
    lost = left.select("dataset")
    if before is not None:
        linked = pl.concat([linked, before.filter(telling & pl.col("sure")).select(linked.columns)])
        lost = pl.concat([lost, before.filter(~pl.col("sure")).select("dataset")])
    order = beside.Order(rows, own("seed", "sound", "household_no", "size"))
    left = _believed(left, rows, own("seed", "sex"))
    homes = order.homes(left["mention"]).drop("mention")
    seeking = pl.concat([_seeking(left, people), homes], how="horizontal")
    seeking = seeking.join(order.namesakes, on="sound", how="left").with_columns(
        rare=pl.col("namesakes").fill_null(0) <= MOST_NAMESAKES
    )
    asked = counted & people["sound"].is_in(seeking["sound"].unique().implode())
    known = _known(_comparable(_placed(people.select(PEOPLE).filter(asked)), linked, seeking), linked)
    model = likeness.model(_taught(linked, own("seed", "address")))
    linked = linked.select("mention", "dataset", "content", "seed")
    rarity = _rarity(own("canonical", "sound"))
    pairs = weigh(_records(seeking, "mention"), _records(known, "seed"), model, rarity)
    pairs = pairs.rename({"left": "mention", "right": "seed"})
    traits = own("seed", "born_on", "sex", "relation", "residence")
    prior = presence.expected(pairs, left, linked, traits, lost)
    # How much likelier than anybody else the person has such a row at all.
    expected = (prior * traits.height).log(2).cast(pl.Float32).alias("expected")
    beside_it = beside.weights(pairs, seeking, known, order)
    company = together.weights(
        pairs, known, rows, own("seed", "sound", "household_no", "born_on", "relation")
    )
    pairs = pairs.with_columns(
        pl.col("evidence").struct.with_fields(expected, beside_it.cast(pl.Float32), company.cast(pl.Float32)),
        pl.col("weight") + beside_it.fill_null(0.0) + company.fill_null(0.0),
    )
    pairs = pairs.with_columns(odds=prior * 2.0 ** pl.col("weight").clip(-MOST_WEIGHT, MOST_WEIGHT))
    return _shared_out(pairs, seeking, model)


def _enumerated(
    left: pl.DataFrame, rows: pl.DataFrame, before: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame | None]:
    """The rows with their data sets by number: there are few, and much is counted by them."""
    names = [each["dataset"].unique() for each in (rows, before) if each is not None]
    kind = pl.Enum(pl.concat(names).unique().sort())
    numbered = pl.col("dataset").cast(kind)
    told = None if before is None else before.with_columns(numbered)
    return left.with_columns(numbered), rows.with_columns(numbered), told


def _believed(left: pl.DataFrame, rows: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """The rows left, without their sex where linked rows of the data set often tell another than their person's.

    A register that writes who came first under 男方 tells nobody's sex.
    """
    sets = left.filter(pl.col("sex").is_not_null())["dataset"].unique()
    told = rows.filter(pl.col("dataset").is_in(sets.implode())).select("dataset", "sex", "seed").drop_nulls()
    told = placing.some(told, SEXES_READ).join(people.drop_nulls(), on="seed", suffix="_right")
    wrong = (pl.col("sex") != pl.col("sex_right")).sum() + TRUSTED_ROWS * (1 - SEX_AGREES)
    shares = told.group_by("dataset").agg(wrong / (pl.len() + TRUSTED_ROWS))
    doubtful = shares.filter(pl.col("sex") > OFTEN_WRONG)["dataset"].implode()
    return left.with_columns(sex=pl.when(~pl.col("dataset").is_in(doubtful)).then("sex"))


def _seeking(left: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    # Stars hide whose number it is.
    whole = (
        left.select("number").drop_nulls().unique().filter(~pl.col("number").str.contains("*", literal=True))
    )
    owners = people.select("number", owner_home="household_no").join(whole, on="number", how="semi")
    owners = owners.filter(pl.col("number").is_first_distinct())
    placed = left.with_columns(**_places()).join(owners, on="number", how="left", maintain_order="left")
    own_number = pl.col("owner_home").is_null()
    nothing = pl.lit(None, pl.List(pl.String))
    return placed.with_columns(
        family="owner_home", number=pl.when(own_number).then("number"), place=pl.lit(None, pl.String), cards=nothing,
        phones=nothing, shown_day=pl.when(own_number).then(numbers.shown_day()),
        shown_tail=pl.when(own_number).then(numbers.shown_tail()),
    )  # fmt: skip


def _known(people: pl.DataFrame, linked: pl.DataFrame) -> pl.DataFrame:
    """The people with the cards and phones of their rows."""
    mine = linked.join(people.select("seed"), on="seed", how="semi").filter(
        pl.col("card").is_not_null() | pl.col("phone").is_not_null()
    )
    learned = mine.group_by("seed").agg(
        cards=pl.col("card").drop_nulls().unique(), phones=pl.col("phone").drop_nulls().unique()
    )
    return people.join(learned, on="seed", how="left")


def _placed(people: pl.DataFrame) -> pl.DataFrame:
    """The people with their address in its plain form, and what their number and booklet tell under the names of what is compared."""
    nothing = pl.lit(None, pl.String)
    return people.with_columns(likeness.addressed(people["address"])).with_columns(
        family="household_no", before="household_no", after="household_no", card=nothing, phone=nothing, township=nothing,
        rare=pl.lit(True),
        shown_day=pl.coalesce(pl.col("born_on").dt.strftime("%Y%m%d"), numbers.shown_day()), shown_tail=numbers.shown_tail(),
    )  # fmt: skip


def _comparable(people: pl.DataFrame, linked: pl.DataFrame, seeking: pl.DataFrame) -> pl.DataFrame:
    """The people whom some row is compared with, so that the others need not be weighed at all."""
    rare = seeking.filter("rare").select("sound").unique()
    found = [people.join(rare, on="sound", how="semi").select("seed")]
    common, asked = people.join(rare, on="sound", how="anti"), seeking.filter(~pl.col("rare"))
    for name in likeness.SHARED:
        found.append(_sharing(common, asked, name))
    for name in likeness.LISTED.values():
        told = linked.select("seed", name).drop_nulls().join(common.select("seed", "sound"), on="seed")
        found.append(_sharing(told, asked, name))
    return people.join(pl.concat(found).unique(), on="seed", how="semi")


def _sharing(people: pl.DataFrame, rows: pl.DataFrame, name: str) -> pl.DataFrame:
    wanted = rows.select("sound", name).drop_nulls().unique()
    return people.join(wanted, on=["sound", name], how="semi").select("seed")


def _taught(linked: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Linked rows that tell a village or an address of their own, with the address of their person."""
    told = linked.filter(
        pl.col("household_no").is_null() & (pl.col("village").is_not_null() | pl.col("address").is_not_null())
    )
    told = told.gather_every(max(told.height // TEACHING_ROWS, 1))
    told = told.with_columns(**_places()).join(own.select("seed", place="address"), on="seed")
    return told.select("village", "township", place=likeness.plain_place(pl.col("place")))


def _places() -> dict[str, pl.Expr]:
    return {
        "village": likeness.plain_place(pl.col("village")), "township": likeness.township(pl.col("address"))
    }  # fmt: skip


def _records(frame: pl.DataFrame, number: str) -> pl.DataFrame:
    return frame.select(pl.col(number).alias("record"), *likeness.COLUMNS)


def _rarity(own: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """How common each name is among all people, in writing and in sound."""
    return {
        name: own.group_by(name).agg((pl.len() / own.height).alias("share")).drop_nulls()
        for name in ("canonical", "sound")
    }


def _shared_out(pairs: pl.DataFrame, seeking: pl.DataFrame, model: Model) -> pl.DataFrame:
    """Odds made probabilities that add up to one with the people not compared and those not in the registry."""
    disagree = {each.name: each.levels[-1] for each in model.comparisons}
    factors = [
        pl.when(pl.col(name).is_null())
        .then(1.0)
        .otherwise((disagree[name].m or 1.0) / (disagree[name].u or 1.0))
        for name in _DISAGREED
    ]
    assert all(level.condition == ELSE for level in disagree.values())
    compared = pairs.group_by("mention").agg(compared=pl.len(), whole=pl.col("odds").sum())
    others = seeking.select("mention", "namesakes", alike=pl.fold(pl.lit(1.0), lambda a, b: a * b, factors))
    rest = pl.col("alike") * (pl.col("namesakes") - pl.col("compared")).clip(0) / pl.col("namesakes")
    sums = compared.join(others, on="mention").select("mention", whole=pl.col("whole") + rest + OUTSIDE)
    return pairs.join(sums, on="mention").select(
        "mention", "seed", "evidence", probability=pl.col("odds") / pl.col("whole")
    )
