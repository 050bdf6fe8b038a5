"""How likely a person has a row in a data set at all, before names and numbers are compared.

Pensions go to the old, school registers hold the young, farm subsidies go to heads of rural households; who has an
income of the year already will hardly have a second one; who was in hospital five times is likelier to be the patient
of a sixth bill than who never was. All of it is learned from rows that are linked already.
"""

import polars as pl

from huimin.registry import placing

TRAITS = ["band", "sex", "is_head", "residence"]
YEARS_A_BAND = 5
# What is known of the wider group counts as much as this many people, so that a small group teaches little.
SMOOTHING = 30.0
# Data sets in which fewer people than this have two rows hold one row for each person.
SEVERAL = 0.05
# How often a row of one who has a row already, where people have one, is that row sent again in the same words.
SAME_WORDS = 0.95
MOST_USUAL = 0.98


def expected(
    pairs: pl.DataFrame, left: pl.DataFrame, linked: pl.DataFrame, people: pl.DataFrame, lost: pl.DataFrame
) -> pl.Series:
    """For each pair of a row and a person, how many rows the person is expected to have among those left.

    It is told as a share of the rows that all people together are expected to have, so that it serves as the prior of
    the pair. `pairs` has mention and seed; `left` and `linked` mention, dataset and content, `linked` also seed;
    `people` one row a person: seed, born_on, sex, relation, residence; `lost` the dataset of each row that no number links.
    """
    traits = people.select(
        "seed",
        band=(pl.col("born_on").dt.year() // YEARS_A_BAND).fill_null(-1),
        sex=_few(people["sex"]),
        is_head=(pl.col("relation") == "head").fill_null(False),
        residence=_few(people["residence"]),
    )
    seen = _seen(linked)
    rates = _rates(seen, traits, lost)
    about = (
        pairs.select("mention", "seed")
        .join(left.select("mention", "dataset", "content"), on="mention", how="left", maintain_order="left")
        .join(traits, on="seed", how="left", maintain_order="left")
        .join(
            seen.join(pairs.select("seed").unique(), on="seed", how="semi"),
            on=["dataset", "seed"],
            how="left",
            maintain_order="left",
        )
        .join(rates, on=["dataset", *TRAITS], how="left", maintain_order="left")
        .join(_repeated(left, linked), on=["dataset", "content", "seed"], how="left", maintain_order="left")
    )
    again = pl.col("again") * pl.col("seen") * pl.col("alike").fill_null(1 - SAME_WORDS)
    about = about.with_columns(pl.col("seen").fill_null(0.0))
    return about.select(((_hidden() + again) / pl.col("everyone")).fill_null(1e-9).alias("prior")).to_series()


def _few(words: pl.Series) -> pl.Series:
    """A column of few words, which are many times shorter by number."""
    told = words.fill_null("")
    return told.cast(pl.Enum(told.unique().sort()))


def _seen(linked: pl.DataFrame) -> pl.DataFrame:
    """How many rows each person has in each data set, and how many of them say something of their own."""
    place = ["dataset", "seed"]
    rows = linked.group_by(place).agg(rows=pl.len())
    # Most people have one row in a data set; only of the others is it asked what their rows say.
    several = linked.select(*place, "content", "mention").join(
        rows.filter(pl.col("rows") > 1), on=place, how="semi"
    )
    distinct = pl.coalesce(pl.col("content"), pl.col("mention").cast(pl.UInt64)).n_unique()
    said = several.group_by(place).agg(seen=distinct)
    counted = rows.join(said, on=place, how="left").with_columns(pl.coalesce("seen", "rows").alias("seen"))
    return counted.with_columns(pl.col("seen", "rows").cast(pl.Float64))


def _rates(seen: pl.DataFrame, traits: pl.DataFrame, lost: pl.DataFrame) -> pl.DataFrame:
    """For each data set and kind of people: usual, what else `_hidden` needs, and `everyone`, the sum over all people."""
    kinds = traits.group_by(TRAITS).agg(people=pl.len().cast(pl.Float64))
    sets = lost.group_by("dataset").agg(lost=pl.len())
    theirs = traits.drop("seed")[placing.Index(traits["seed"]).of(seen["seed"])]
    told = pl.concat([seen, theirs], how="horizontal").group_by("dataset", *TRAITS).agg(
        pl.col("seen").sum(), having=pl.len().cast(pl.Float64), squares=(pl.col("seen") ** 2).sum(),
        rows=pl.col("rows").sum(), many=(pl.col("seen") > 1).sum().cast(pl.Float64),
    )  # fmt: skip
    table = sets.join(kinds, how="cross").join(told, on=["dataset", *TRAITS], how="left", nulls_equal=True)
    table = table.with_columns(pl.col("seen", "having", "squares", "rows", "many").fill_null(0.0))
    table = table.with_columns(*_of_the_data_set()).with_columns(usual=_smoothed())
    sure = pl.col("having") * pl.col("several")
    unseen = (pl.col("people") - pl.col("having")) * _lost_one()
    repeating = (
        pl.col("usual")
        * (pl.col("shape") * pl.col("people") + pl.col("seen"))
        / (pl.col("shape") + pl.col("usual"))
    )
    sums = pl.when(pl.col("several") < SEVERAL).then(sure + unseen).otherwise(repeating)
    everyone = (sums + pl.col("again") * pl.col("seen")).sum().over("dataset")
    return table.select(
        "dataset", *TRAITS, "usual", "several", "share_lost", "shape", "again", everyone=everyone
    )


def _of_the_data_set() -> list[pl.Expr]:
    def whole(name: str) -> pl.Expr:
        return pl.col(name).sum().over("dataset")

    people = whole("people")
    mean = whole("seen") / people
    variance = whole("squares") / people - mean**2
    rows = whole("rows")
    return [
        (whole("seen") / people + 1e-6).alias("overall"),
        ((whole("many") + 0.5) / (whole("having") + 50.0)).alias("several"),
        ((pl.col("lost") + 0.5) / (pl.col("lost") + rows + 1.0)).alias("share_lost"),
        ((rows - whole("seen") + 0.5) / (rows + 50.0)).alias("again"),
        # A gamma spread of people's rates around the usual one makes counts that vary more than chance alone.
        (mean**2 / pl.max_horizontal(variance - mean, 1e-3 * mean**2 + 1e-9)).alias("shape"),
    ]


def _smoothed() -> pl.Expr:
    """Rows a person of these traits, leaning on those of the same age, and these on all people."""
    band = ["dataset", "band"]
    of_band = (pl.col("seen").sum().over(band) + pl.col("overall") * SMOOTHING) / (
        pl.col("people").sum().over(band) + SMOOTHING
    )
    return (pl.col("seen") + of_band * SMOOTHING) / (pl.col("people") + SMOOTHING)


def _lost_one() -> pl.Expr:
    """The chance that a person without a linked row has one all the same; as everywhere here, over the share lost."""
    has = pl.col("usual").clip(upper_bound=MOST_USUAL)
    return has / (1 - has + has * pl.col("share_lost"))


def _hidden() -> pl.Expr:
    one = pl.when(pl.col("seen") > 0).then("several").otherwise(_lost_one())
    several = pl.col("usual") * (pl.col("shape") + pl.col("seen")) / (pl.col("shape") + pl.col("usual"))
    return pl.when(pl.col("several") < SEVERAL).then(one).otherwise(several)


def _repeated(left: pl.DataFrame, linked: pl.DataFrame) -> pl.DataFrame:
    """What people's rows say (dataset, content, seed), and how much likelier the same words are in a row sent again."""
    words = pl.concat([left.select("dataset", "content"), linked.select("dataset", "content")]).drop_nulls()
    alike = words.group_by("dataset", "content").agg(common=pl.len())
    said = linked.select("dataset", "content", "seed").drop_nulls().unique()
    return (
        said.join(alike, on=["dataset", "content"])
        .join(words.group_by("dataset").agg(all=pl.len()), on="dataset")
        .select("dataset", "content", "seed", alike=SAME_WORDS * pl.col("all") / pl.col("common"))
    )
