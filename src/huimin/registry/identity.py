"""Which rows are about the same human: rows to persons, with how we know and how sure.

Order: the people of the residence booklets, with the numbers that a booklet hides; rows whose number and name are a
person's; borrowed and damaged numbers; what is left by probability. From one probability on a row is linked, from a lower
one on a clerk decides, and every person an unlinked row could still belong to is a doubt. A wrong link is worse than a
missing one.
"""

from dataclasses import dataclass, field, replace

import polars as pl

from huimin.registry import (
    attaching,
    booklet,
    completing,
    joining,
    names,
    numbers,
    placing,
    residue,
    weighing,
)
from huimin.registry.numbering import led_on, numbered
from huimin.registry.thresholds import Thresholds

AS_MEASURED = Thresholds()
# So many candidates of one row a clerk is asked about side by side, at most.
MOST_SIDE_BY_SIDE = 3
# A clerk may have said no to the likeliest; of the others nobody is certain for that.
LEAST_LEFT = 0.05
# What is asked of a row once no number can link it any more.
STILL_ASKED = ["file", "line", "role", "sex", *residue.ROWS]
SCORES = {
    "booklet": 1.0, "id": 0.9999, "id_completed": 0.99, "relative": 0.99, "id_repaired": 0.995, "clerk": 1.0, "new": 0.98,
}  # fmt: skip
ALIKE: dict[str, pl.DataType] = {"person": pl.Int64(), "other": pl.Int64(), "score": pl.Float64()}
# Millions of links each say how they were found: by number that takes a byte.
HOW = pl.Enum([*SCORES, "weighed", "waits"])


@dataclass(frozen=True)
class Resolution:
    """Links (file, line, role, person, how, score; person null where the row waits), persons, grey pairs for a clerk
    (file, line, role, person, other, score, reasons) and doubts (file, line, role, dataset, person, weight). `people` are those
    that rows were compared with, one row for each number that somebody bears, with `person`. `evidence` tells for weighed
    links and grey pairs (file, line, role, person) the weight of each comparison, null where nothing was compared. `alike`
    are persons who may be one that is registered twice (person, other, score), and `went` known persons whose file another's is
    now (person, kept), of a whole run.
    """

    links: pl.DataFrame
    persons: pl.DataFrame
    grey: pl.DataFrame
    doubts: pl.DataFrame
    people: pl.DataFrame
    evidence: pl.DataFrame
    alike: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ALIKE))
    went: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=joining.SCHEMA))


def resolve(
    mentions: pl.DataFrame,
    known: pl.DataFrame | None = None,
    decided: pl.DataFrame | None = None,
    limits: Thresholds = AS_MEASURED,
    weigh: weighing.Weigh = weighing.weighed,
    *,
    kept: pl.DataFrame | None = None,
    apart: pl.DataFrame | None = None,
) -> Resolution:
    """Every mention with its person.

    `known` are the persons of earlier runs (person, national_id, name, born_on; own and merged, as `numbered` takes them):
    whoever is found again keeps the number. `decided` are clerks' decisions (file, line, role, person, same) on persons of `known`.
    `weigh` says where pairs are weighed: here, or by `huimin.registry.cluster` on the executors of a cluster.
    `kept` are whole files that clerks have joined (person, kept), `apart` numbers that they have told apart (one, other).
    """
    rows = prepared(mentions)
    spine = booklet.of(rows, apart)
    outside = completing.unborne(rows, spine.people)
    people, theirs = completing.completed(outside, spine.people)
    outside = outside.join(theirs.select("number"), on="number", how="anti")
    relatives = completing.by_hidden_relative(outside, people)
    people, newcomers = with_newcomers(rows, outside, people, rows.height, relatives)
    found = {"booklet": spine.links, "id_completed": theirs, "relative": relatives, "new": newcomers}
    links, left = attached(rows, people, [how(each, name) for name, each in found.items()])
    # A million rows are wide: from here on they are held only in the columns that are still asked for.
    rows = rows.select(STILL_ASKED)
    links, weights = linked(left, rows, people, links, limits, weigh=weigh)
    persons = numbered(people, rows, links, known)
    persons, number_of = joining.joined(
        persons, pl.DataFrame(schema=joining.SCHEMA) if kept is None else kept
    )
    answer = told(rows, links, weights, persons, number_of, decided, limits)
    numbers_too = people.with_columns(placing.persons(people["seed"], number_of))
    return replace(
        answer, people=numbers_too, alike=_alike(spine.doubtful, number_of), went=led_on(numbers_too, known)
    )


def _alike(doubtful: pl.DataFrame, number_of: pl.DataFrame) -> pl.DataFrame:
    """Two who may be one, told as persons, the likeliest first; whom clerks have joined is one already."""
    told = doubtful.join(number_of.rename({"person": "one"}), on="seed")
    told = told.join(number_of.rename({"seed": "kept", "person": "two"}), on="kept")
    told = told.select(
        pl.min_horizontal("one", "two").alias("person"),
        pl.max_horizontal("one", "two").alias("other"),
        score="probability",
    )
    told = told.filter(pl.col("person") != pl.col("other"))
    told = told.group_by("person", "other").agg(pl.col("score").max())
    return told.sort("score", "person", "other", descending=[True, False, False])


def attached(
    rows: pl.DataFrame, people: pl.DataFrame, links: list[pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All links of prepared rows that a number gives (mention, seed, how, score), and the rows that are left.

    `links` are those found already.
    """
    links = list(links)
    left = _left(rows.select("mention", *attaching.ROWS), pl.concat(links))
    for name, step in (
        ("id", attaching.by_number),
        ("relative", attaching.by_relative),
        ("id_repaired", attaching.by_damaged_number),
    ):
        links.append(how(step(left, people), name))
        left = _left(left, links[-1])
    return pl.concat(links), placing.of_mentions(rows, left["mention"])


def linked(
    left: pl.DataFrame, rows: pl.DataFrame, people: pl.DataFrame, links: pl.DataFrame, limits: Thresholds,
    before: pl.DataFrame | None = None, weigh: weighing.Weigh = weighing.weighed,
) -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
    """The links with those of the rows left that are probable enough, and the weights of all that were weighed.

    `rows` are all, in the columns of `residue.ROWS`; `before` are rows of earlier days, which teach how often people
    have rows.
    """
    asked = rows.select("file", "line", "role", "sex", *residue.ROWS).with_columns(placing.seeds(rows, links))
    weights = residue.weights(left, asked, people, before, weigh)
    sure = weights.filter(pl.col("probability") >= limits.sure).select("mention", "seed", score="probability")
    weighed = sure.with_columns(how=pl.lit("weighed", HOW)).select("mention", "seed", "how", "score")
    return pl.concat([links, weighed]), weights


def prepared(mentions: pl.DataFrame) -> pl.DataFrame:
    """The mentions in their order, each with a number, its name in three forms and what its identity number tells."""
    rows = in_order(mentions).with_row_index("mention").with_columns(pl.col("mention").cast(pl.Int64))
    forms = names.described(rows["name"]).drop("plain")
    forms = rows.select(raw_name="name").join(forms, on="raw_name", how="left", maintain_order="left")
    # Columns that stay as they are stay where they are; a join would copy them.
    return rows.drop("national_id").with_columns(
        *forms.drop("raw_name"), *numbers.described(rows["national_id"])
    )


def in_order(mentions: pl.DataFrame) -> pl.DataFrame:
    """The mentions by file, role and line: which rows stand beside one another is evidence, in which order they are given is not.

    Rows that are given file by file, as they are read, are only laid in another order and not copied.
    """
    begins = mentions.select(
        pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in ("file", "role"))
    ).to_series()
    starts = begins.arg_true()
    parts = mentions[starts].select("file", "role", start=starts)
    rising = ((mentions["line"].diff() > 0) | begins).fill_null(True).all()
    if not rising or parts.select("file", "role").is_duplicated().any():
        return mentions.sort("file", "role", "line")
    parts = parts.with_columns(length=pl.col("start").shift(-1, fill_value=mentions.height) - pl.col("start"))
    ordered = parts.sort("file", "role")
    if ordered.equals(parts):
        return mentions
    return pl.concat(
        [mentions[start : start + length] for start, length in ordered.select("start", "length").iter_rows()]
    )


def with_newcomers(
    rows: pl.DataFrame, outside: pl.DataFrame, people: pl.DataFrame, first: int, relatives: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Adds people whom no booklet lists, but who have a valid number that nobody bears and nobody's looks like.

    Someone of the same sound and birth date may be the same human: then a clerk decides. `relatives` are rows that bear a
    number which is somebody's all the same. Their seeds begin with `first`. `outside` are the rows of a whole number that
    nobody bears (`completing.unborne`).
    """
    # A number that a spreadsheet rounded can pass for a right one.
    outside = outside.drop_nulls("canonical").filter(~pl.col("number").str.ends_with("000"))
    borrowed = outside.join(relatives, on="mention", how="semi").select("number")
    outside = outside.join(borrowed, on="number", how="anti")
    outside = outside.join(attaching.by_damaged_number(outside, people), on="mention", how="anti")
    born = pl.coalesce("born_on", "number_born_on")
    alike = outside.with_columns(born_on=born).join(people, on=["sound", "born_on"], how="semi")
    outside = outside.join(alike.select("mention"), on="mention", how="anti")
    one_name = pl.col("sound").n_unique().over("number") == 1
    outside = outside.filter(one_name).sort("number", "sound", "mention")
    outside = placing.of_mentions(rows, outside["mention"])
    if outside.is_empty():
        return people, outside.select("mention", seed="mention")
    seeds = outside.with_columns(seed=pl.col("number").rank("dense").cast(pl.Int64) + first - 1)
    fresh = seeds.unique("number", keep="first", maintain_order=True).with_columns(
        born_on=born,
        sex=pl.coalesce("sex", "number_sex"),
        moved=pl.lit(False),
        size=pl.lit(0, people.schema["size"]),
    )
    fresh = fresh.select(pl.col(name).cast(kind) for name, kind in people.schema.items())
    return pl.concat([people, fresh]), seeds.select("mention", "seed")


def _left(rows: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    return rows.join(links, on="mention", how="anti").filter(pl.col("sound").is_not_null())


def how(found: pl.DataFrame, name: str) -> pl.DataFrame:
    return found.select(
        "mention",
        "seed",
        pl.lit(name, HOW).alias("how"),
        pl.lit(SCORES[name], dtype=pl.Float64).alias("score"),
    )


def told(
    rows: pl.DataFrame,
    links: pl.DataFrame,
    weights: pl.DataFrame,
    persons: pl.DataFrame,
    number_of: pl.DataFrame,
    decided: pl.DataFrame | None,
    limits: Thresholds,
) -> Resolution:
    """Seeds told as persons (seed, person), with clerks' decisions over what was found; without `people`."""
    found = _placed(rows, links.with_columns(placing.persons(links["seed"], number_of)))
    candidates = weights.with_columns(placing.persons(weights["seed"], number_of))
    place = rows.select("file", "line", "role", "dataset")
    candidates = pl.concat(
        [
            candidates,
            placing.of_mentions(place.with_columns(rows["mention"]), weights["mention"]).drop("mention"),
        ],
        how="horizontal",
    )
    if decided is not None and decided.height:
        found, candidates = _decided(found, candidates, decided)
    waiting = candidates.join(
        found.filter(pl.col("person").is_null()).select("mention"), on="mention", how="semi"
    )
    asked = _to_ask(waiting, limits)
    grey = asked.select(
        "file", "line", "role", "person", pl.lit(None, pl.Int64).alias("other"), score="probability",
        reasons=pl.lit(["name"], dtype=pl.List(pl.String)),
    )  # fmt: skip
    doubts = waiting.filter(pl.col("probability") >= limits.doubt)
    doubts = doubts.group_by("file", "line", "role", "dataset", "person").agg(
        weight=pl.col("probability").max()
    )
    return Resolution(
        _in_order(found.drop("mention")).with_columns(pl.col("how").cast(pl.String)),
        persons.drop("seed").sort("person"),
        grey.sort("score", "file", "line", "role", "person", descending=[True, False, False, False, False]),
        doubts.sort("file", "line", "role", "person"),
        people=pl.DataFrame(),
        evidence=_evidence(candidates, found, asked),
    )


def _to_ask(waiting: pl.DataFrame, limits: Thresholds) -> pl.DataFrame:
    """Of the candidates of waiting rows those a clerk is asked about: who is likelier than not; where nobody is, two or three who
    are so together.
    """
    doubted = waiting.filter(pl.col("probability") >= limits.doubt)
    alike = pl.col("probability").sum().over("mention") >= limits.grey
    nobody = pl.col("probability").max().over("mention") < limits.grey
    side_by_side = nobody & alike & (pl.len().over("mention") <= MOST_SIDE_BY_SIDE)
    return doubted.filter((pl.col("probability") >= limits.grey) | side_by_side)


def _placed(rows: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Every row with its link, if it has one: mention, file, line, role, person, how, score.

    Mentions number the rows one after the other, so that a link knows where its row stands; a join would look for it.
    """
    at = placing.at(rows, links)
    told = rows.select("mention", "file", "line", "role").with_columns(
        placing.column(rows, at, links[name]) for name in ("person", "how", "score")
    )
    return told.with_columns(pl.col("how").fill_null(pl.lit("waits", HOW)))


def _in_order(found: pl.DataFrame) -> pl.DataFrame:
    """Rows by file, line and role; there are few files, so that their places in order are sorted, not their names."""
    files, roles = (
        found[name].cast(pl.Enum(found[name].unique().sort())).to_physical().cast(pl.Int64)
        for name in ("file", "role")
    )
    several = int(roles.max() or 0) + 1  # pyright: ignore[reportArgumentType]
    longest = int(found["line"].max() or 0) + 1  # pyright: ignore[reportArgumentType]
    return found[((files * longest + found["line"]) * several + roles).arg_sort()]


def _evidence(candidates: pl.DataFrame, found: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """What spoke for and against the pairs that were linked by weight or that a clerk is asked about."""
    weighed = found.filter(pl.col("how") == "weighed").select("mention", "person")
    mine = pl.concat([candidates.join(weighed, on=["mention", "person"]), asked])
    return mine.select("file", "line", "role", "person", "evidence")


def _decided(
    told: pl.DataFrame, candidates: pl.DataFrame, decided: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    place = ["file", "line", "role"]
    same = decided.filter("same").select(*place, clerk="person")
    told = told.join(same, on=place, how="left").with_columns(
        person=pl.coalesce("clerk", "person"),
        how=pl.when(pl.col("clerk").is_not_null()).then(pl.lit("clerk", HOW)).otherwise("how"),
        score=pl.when(pl.col("clerk").is_not_null()).then(SCORES["clerk"]).otherwise("score"),
    ).drop("clerk")  # fmt: skip
    no = decided.filter(~pl.col("same")).select(*place, "person").with_columns(no=pl.lit(True))
    refused = told.join(no, on=[*place, "person"], how="left")
    parted = pl.col("no").fill_null(False)
    told = refused.with_columns(
        person=pl.when(~parted).then("person"), how=pl.when(parted).then(pl.lit("waits", HOW)).otherwise("how"),
        score=pl.when(~parted).then("score"),
    ).drop("no")  # fmt: skip
    # Whoever it is not leaves the others so much likelier.
    known = candidates.join(no, on=[*place, "person"], how="left", maintain_order="left")
    left = 1 - pl.when("no").then("probability").otherwise(0.0).sum().over("mention").clip(
        upper_bound=1 - LEAST_LEFT
    )
    known = known.with_columns((pl.col("probability") / left).clip(upper_bound=1.0))
    return told, known.filter(pl.col("no").is_null()).drop("no")
