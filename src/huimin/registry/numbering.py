"""Persons get numbers that never change: whoever was known before keeps the number."""

import polars as pl

from huimin.registry import booklet, joining, names, placing

# Of a whole number, without its check character.
_DIGITS = 17
# After all votes by number.
_BY_BIRTH = 8
TOLD = ["name", "sex", "born_on", "national_id", "phone", "card", "address", "division", "other_ids"]


def numbered(
    people: pl.DataFrame, rows: pl.DataFrame, links: pl.DataFrame, known: pl.DataFrame | None
) -> pl.DataFrame:
    """One row a person: seed, person, name, sex, born_on, national_id, phone, card, address, division, other_ids.

    A person known before is found by number and name, else by number and the sound of the name, else by name and birth
    date where one person alone has them. `known` may tell several numbers of one (`own` is the first one), and who has
    `merged` into another file since. Others are numbered on from the highest number there ever was, in the order of what
    their rows say, so that the same rows in any order give the same numbers.
    """
    told = rows.select("card", "phone").with_columns(placing.seeds(rows, links))
    frame = described(people, told)
    frame = frame.with_columns(person=_known_number(frame, people, known))
    highest = 0 if known is None or known.is_empty() else int(known["person"].max())  # pyright: ignore[reportArgumentType]
    order = in_order(frame.filter(pl.col("person").is_null()))
    fresh = pl.Series(range(highest + 1, highest + 1 + len(order)), dtype=pl.Int64)
    known_of = frame["person"]
    places = known_of.is_null().arg_true().gather(order)
    return frame.with_columns(person=known_of.scatter(places, fresh)).select("seed", "person", *TOLD)


def in_order(people: pl.DataFrame) -> pl.Series:
    """Where people stand in the order of what their rows say: first by whole numbers that one alone bears, then the others.

    Nearly everybody is of the first, and numbers are sooner sorted than words.
    """
    digits = pl.col("number").str.head(_DIGITS).cast(pl.Int64, strict=False)
    keyed = people.select(
        pl.int_range(pl.len()).alias("at"), "number", "canonical", "born_on", "seed",
        digits=pl.when(pl.col("number").str.len_chars() == _DIGITS + 1).then(digits),
    )  # fmt: skip
    whole = pl.col("digits").is_not_null() & ~pl.col("digits").is_duplicated()
    first = keyed.filter(whole).select("at", "digits").sort("digits")
    others = keyed.filter(~whole).sort("number", "canonical", "born_on", "seed", nulls_last=True)
    return pl.concat([first["at"], others["at"]])


def described(people: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """One row a person with what their rows (seed, card, phone) tell: seed, what `numbered` gives besides the number, canonical."""
    own = booklet.one_each(people)
    # Nearly everybody has one number; only the others are gathered.
    several = people.filter(pl.col("seed").is_duplicated()).drop_nulls("number")
    bare = several.group_by("seed").agg(ids=pl.col("number").unique().sort())
    for name in ("card", "phone"):
        own = own.join(_commonest(rows.select("seed", name).drop_nulls()), on="seed", how="left")
    frame = own.join(bare, on="seed", how="left")
    others = pl.col("ids").list.set_difference(pl.concat_list("number")).fill_null([])
    return frame.with_columns(national_id="number", other_ids=others)


def _commonest(told: pl.DataFrame) -> pl.DataFrame:
    """What most rows of each person say, the least of those told equally often: seed and the column."""
    seed, name = told.columns
    counted = told.group_by(seed, name).len()
    most = counted.filter(pl.col("len") == pl.col("len").max().over(seed))
    return most.group_by(seed).agg(pl.col(name).min())


def led_on(people: pl.DataFrame, known: pl.DataFrame | None) -> pl.DataFrame:
    """Known persons who are nobody by themselves any more, with whose file theirs is now: person, kept.

    Their number and name are those of one other: two who were registered under two numbers have turned out to be one.
    `people` are those of today, with `person`.
    """
    if known is None:
        return pl.DataFrame(schema=joining.SCHEMA)
    lost = known.join(people.select("person").unique(), on="person", how="anti")
    told = _with_forms(lost.drop_nulls("national_id")).select("person", "sound", number="national_id")
    theirs = people.select("number", "sound", kept="person").drop_nulls()
    found = told.join(theirs, on=["number", "sound"]).select("person", "kept").unique()
    return found.filter(pl.len().over("person") == 1).sort("person")


def _known_number(frame: pl.DataFrame, people: pl.DataFrame, known: pl.DataFrame | None) -> pl.Series:
    """The known person whom each one of `frame` is, if any: first by numbers of those who keep their file, each by the own one
    before a further one, then by those of whoever went into another file, then by name and birth date.
    """
    nobody = pl.Series("person", [None] * frame.height, dtype=pl.Int64)
    if known is None or known.is_empty():
        return nobody
    before = _with_forms(known)
    numbered = before.drop_nulls("national_id").with_columns(
        rank=pl.col("merged").cast(pl.Int64) * 4 + (~pl.col("own")).cast(pl.Int64) * 2
    )
    ours = people.select("seed", "canonical", "sound", national_id="number").drop_nulls()
    # Whoever was first known by a row of another department can stand in it with another character of the same sound.
    by_number, by_sound = (
        ours.join(numbered, on=["national_id", form]).select("seed", "person", pl.col("rank") + place)
        for place, form in enumerate(("canonical", "sound"))
    )
    standing = before.filter(~pl.col("merged") & pl.col("own"))
    by_birth = (
        people.select("seed", "canonical", "born_on").drop_nulls().join(standing, on=["canonical", "born_on"])
    )
    by_birth = by_birth.filter(
        (pl.col("person").n_unique().over("seed") == 1) & (pl.col("seed").n_unique().over("person") == 1)
    )
    votes = pl.concat(
        [by_number, by_sound, by_birth.select("seed", "person", rank=pl.lit(_BY_BIRTH, pl.Int64))]
    )
    found = _each_once(votes.sort("rank", "person", "seed"))
    return frame.select("seed").join(found, on="seed", how="left", maintain_order="left")["person"]


def _each_once(votes: pl.DataFrame) -> pl.DataFrame:
    """Seeds with their persons, each of both once (seed, person): by the first votes, and whoever lost by the next ones."""
    found = []
    while votes.height:
        first = votes.unique("seed", keep="first", maintain_order=True).unique(
            "person", keep="first", maintain_order=True
        )
        found.append(first.select("seed", "person"))
        votes = votes.join(first, on="seed", how="anti", maintain_order="left").join(
            first, on="person", how="anti", maintain_order="left"
        )
    return pl.concat(found) if found else votes.select("seed", "person")


def _with_forms(known: pl.DataFrame) -> pl.DataFrame:
    """Known persons with the forms of their names, whether the number is their own, and whether they went into another file."""
    for name, usual in (("own", True), ("merged", False)):
        if name not in known.columns:
            known = known.with_columns(pl.lit(usual).alias(name))
    forms = names.described(known["name"]).select("raw_name", "canonical", "sound")
    told = known.select("person", "national_id", "name", "born_on", "own", "merged")
    return told.join(forms, left_on="name", right_on="raw_name", how="left")
