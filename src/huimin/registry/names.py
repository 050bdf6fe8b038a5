"""Three forms of a personal name, from strict to loose, so that the same name written otherwise is found.

- plain: without spaces, middle dots, and marks in brackets such as （户主）;
- canonical: each character in its simplified and commonest form (龍 and 龙, 蕭 and 肖 are one);
- sound: each character by its reading without tone (霞 and 侠 are one).

Library calls for each name would be slow and misread surnames, so a table for each *character* is built
once and applied to distinct names.
"""

from functools import cache, lru_cache

import polars as pl
from opencc import OpenCC

# Characters that registers use for one another and that the standard tables keep apart.
_ALIKE = "萧肖 阎闫 傅付 戴代 邱丘 於于 堃坤 喆哲 淼渺 甦苏 邨村 姪侄 昇升 陞升 媖英 璎瑛 勍擎 翀冲 玥月 岺岭"
_ALIASES = {pair[0]: pair[1] for pair in _ALIKE.split()}
# Readings that differ when the character is a surname.
_SURNAME_READINGS = {
    "单": "shan", "解": "xie", "仇": "qiu", "查": "zha", "曾": "zeng", "区": "ou", "朴": "piao", "翟": "zhai",
    "乐": "yue", "员": "yun", "缪": "miao", "覃": "qin", "种": "chong", "折": "she", "召": "shao", "尉": "wei",
    "逄": "pang", "阚": "kan", "盖": "gai", "洗": "xian", "幺": "yao", "黑": "he", "隗": "wei", "祭": "zhai",
    "繁": "po", "车": "che", "能": "nai", "适": "kuo", "撒": "sa", "行": "xing", "宓": "mi", "俞": "yu",
}  # fmt: skip
# Dots between the parts of a name, and the question mark that an old encoding leaves in their place.
_DOTS_AND_SPACES = r"[\s·•・‧∙⋅●。｡．.?,，'’`_\-]"
_IN_BRACKETS = r"[(\[{【〔<《].*?[)\]}】〕>》]"


def described(names: pl.Series) -> pl.DataFrame:
    """One row for each distinct text: raw_name, plain, canonical, sound; null where no name is left.

    >>> described(pl.Series(["劉　玉華（户主）"])).row(0)
    ('劉　玉華（户主）', '劉玉華', '刘玉华', 'liu yu hua')
    """
    texts = names.drop_nulls().unique(maintain_order=True).cast(pl.String).alias("raw_name")
    plain = (
        pl.col("raw_name").str.normalize("NFKC").str.replace_all(_IN_BRACKETS, "")
        .str.replace_all(_DOTS_AND_SPACES, "").str.to_uppercase()
    )  # fmt: skip
    frame = texts.to_frame().with_columns(pl.when(plain != "").then(plain).alias("plain"))
    characters = frame.select(pl.col("plain").str.split("").explode().drop_nulls().unique()).to_series()
    simple = {each: _canonical(each) for each in characters if each}
    frame = frame.with_columns(_mapped(pl.col("plain"), simple).alias("canonical"))
    sounds = {each: f" {_sound(each)} " for each in set(simple.values())}
    first = pl.col("canonical").str.slice(0, 1)
    surname = first.replace(_SURNAME_READINGS)
    spoken = pl.when(surname != first).then(surname + " " + _mapped(pl.col("canonical").str.slice(1), sounds))
    spoken = spoken.otherwise(_mapped(pl.col("canonical"), sounds))
    return frame.with_columns(spoken.str.replace_all(r"\s+", " ").str.strip_chars(" ").alias("sound"))


def _mapped(text: pl.Expr, table: dict[str, str]) -> pl.Expr:
    changed = {old: new for old, new in table.items() if old != new}
    return text.str.replace_many(changed) if changed else text


@lru_cache(maxsize=1)
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


@cache
def _canonical(character: str) -> str:
    simplified = _to_simplified().convert(character)
    return _ALIASES.get(simplified, simplified)


@cache
def _sound(character: str) -> str:
    # Its dictionary takes half a second to load, which every command would wait for.
    from pypinyin import lazy_pinyin

    return lazy_pinyin(character)[0].lower()
