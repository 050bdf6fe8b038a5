"""The columns of a contract as its file writes them, checked."""

import re

from huimin.tables.definitions import COLUMN_TYPES, REQUIRED, Column, Value
from huimin.tables.document import Section
from huimin.tables.fact_kinds import DATA_CLASSES
from huimin.tables.headings import plain
from huimin.tables.vocabulary import usable, values_of, vocabulary
from huimin.units.words import Words

COLUMN_KEYS = (
    "zh", "en", "type", "class", "required", "headings", "like", "of", "only_of", "range", "usual", "latest",
    "values", "otherwise", "from", "pattern",
)  # fmt: skip
# The ending of a column's name says what it holds.
ENDINGS = {"money": "_fen", "date": "_on"}
FEN = 100


def columns_of(document: Section) -> tuple[Column, ...]:
    """The columns of a contract, each heading standing for one of them."""
    titles: dict[str, Words] = {}
    columns = []
    for name, section in document.sections("columns"):
        column = _one_column(name, section.only(*COLUMN_KEYS), titles)
        titles[name] = column.title
        columns.append(column)
    if not columns:
        raise document.fail("columns", Words("至少写一列", "name at least one column"))
    owner: dict[str, str] = {}
    for column in columns:
        for heading in column.headings:
            if owner.setdefault(heading, column.name) != column.name:
                raise document.fail(
                    f"columns.{column.name}.headings",
                    Words(
                        f"“{heading}”也是 {owner[heading]} 的表头", f"“{heading}” also heads {owner[heading]}"
                    ),
                )
    return tuple(columns)


def _one_column(name: str, section: Section, titles: dict[str, Words]) -> Column:
    kind = section.one_of("type", COLUMN_TYPES)
    ending = ENDINGS.get(kind, "")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or not name.endswith(ending):
        raise section.fail(
            "",
            Words(
                f"列名用小写字母；{kind} 类型的列以“{ending}”结尾",
                f"write the name in small letters, a {kind} column ends in “{ending}”",
            ),
        )
    written, headings = _headings(section)
    source = section.text("from") if "from" in section.values else None
    if source is not None and source not in titles:
        raise section.fail("from", Words("写一个排在它前面的列", "name a column that stands above this one"))
    if not headings and source is None:
        raise section.fail(
            "headings", Words("写 headings、like 或 from 之一", "give the headings, a like, or a from")
        )
    bounds = section.listed("range")
    if bounds and len(bounds) != 2:
        raise section.fail("range", Words("写最小和最大的数", "write the lowest and the highest number"))
    values = _values(section, kind)
    otherwise = section.one_of("otherwise", keys_of(values)) if "otherwise" in section.values else None
    title_zh = section.text("zh", written[0] if written else titles[source].zh if source else name)
    return Column(
        name=name,
        title=Words(title_zh, section.text("en")),
        type=kind,  # pyright: ignore[reportArgumentType]
        data_class=section.one_of("class", DATA_CLASSES),  # pyright: ignore[reportArgumentType]
        required=section.one_of("required", REQUIRED, "optional"),  # pyright: ignore[reportArgumentType]
        headings=headings,
        low=int(bounds[0].replace("_", "")) if bounds else None,
        high=int(bounds[1].replace("_", "")) if bounds else None,
        usual_fen=section.whole("usual") * FEN if "usual" in section.values else None,
        latest=section.one_of("latest", ("today",)) if "latest" in section.values else None,  # pyright: ignore[reportArgumentType]
        values=values,
        otherwise=otherwise,
        source=source,
        pattern=pattern_of(section, with_group=True) if source is not None else None,
    )


def _headings(section: Section) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The accepted headings as written and in their plain form: own ones first, then the common ones.

    With `of`, each word is put before each common heading; with `only_of`, nothing else is accepted.
    """
    like = section.text("like") if "like" in section.values else None
    if like is not None and like not in vocabulary().headings:
        raise section.fail(
            "like", Words(f"没有“{like}”这组通用表头", f"there are no common headings “{like}”")
        )
    common = vocabulary().headings[like] if like else ()
    prefixed = [f"{word}{heading}" for word in section.listed("of") for heading in common]
    alone = () if section.text("only_of", "false") == "true" else common
    written = tuple(dict.fromkeys((*section.listed("headings"), *prefixed, *alone)))
    return written, tuple(dict.fromkeys(plain(heading) for heading in written))


def _values(section: Section, kind: str) -> tuple[Value, ...]:
    if kind != "enum":
        if "values" in section.values:
            raise section.fail(
                "values", Words("只有 enum 类型的列才有 values", "only an enum column has values")
            )
        return ()
    written = section.values.get("values")
    if isinstance(written, str):
        if written not in vocabulary().values:
            raise section.fail(
                "values", Words(f"没有“{written}”这个通用取值表", f"there is no common list “{written}”")
            )
        return vocabulary().values[written]
    values = values_of(section.section("values"))
    if not values:
        raise section.fail("values", Words("enum 类型的列要写明 values", "an enum column needs its values"))
    return values


def keys_of(values: tuple[Value, ...]) -> tuple[str, ...]:
    """The keys of a list of values."""
    return tuple(value.key for value in values)


def pattern_of(section: Section, *, with_group: bool = False) -> str:
    """The regular expression that a section writes under `pattern`, as the engine of the tables reads it."""
    pattern = section.text("pattern")
    if not usable(pattern):
        raise section.fail(
            "pattern",
            Words(
                "这不是正则表达式；不支持向前、向后查看",
                "this is no regular expression; looking ahead or back is not known here",
            ),
        )
    if with_group and not re.compile(pattern).groups:
        raise section.fail(
            "pattern",
            Words(
                "把要取的部分放进括号，例如 ^(.{18})", "put what is to be taken in brackets, such as ^(.{18})"
            ),
        )
    return pattern
