"""Contracts read from their YAML files and checked, so that a wrong one is found before any file is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path

from huimin.tables.definitions import (
    COLUMN_TYPES,
    DATA_CLASSES,
    MENTION_FIELDS,
    REQUIRED,
    Column,
    Contract,
    FactRule,
    Mention,
    Period,
    TellTale,
    Value,
)
from huimin.tables.document import Section, read, room
from huimin.tables.fact_kinds import load_kinds
from huimin.tables.headings import plain
from huimin.tables.vocabulary import values_of, vocabulary
from huimin.units.words import Words

__all__ = [
    "Column",
    "Contract",
    "FactRule",
    "Mention",
    "Period",
    "TellTale",
    "Value",
    "load",
    "load_all",
    "value_words",
]

CONTRACT_KEYS = (
    "title", "department", "purpose", "legal_basis", "freshness_days", "columns", "key", "any_of", "told_by",
    "file_words", "checks", "mentions", "facts",
)  # fmt: skip
COLUMN_KEYS = (
    "zh", "en", "type", "class", "required", "headings", "like", "of", "only_of", "range", "usual", "latest",
    "values", "otherwise", "from", "pattern",
)  # fmt: skip
FACT_KEYS = ("kind", "of", "value", "count", "words", "word", "period", "occurred", "key", "where", "unless")
# The ending of a column's name says what it holds.
ENDINGS = {"money": "_fen", "date": "_on"}
FEN = 100


def load_all() -> dict[str, Contract]:
    """The contracts that come with the library, by name."""
    return dict(_all())


@cache
def value_words() -> dict[str, Words]:
    """The words for the values of all enum columns, by value; where two share a value, the first one's."""
    found: dict[str, Words] = {}
    for contract in _all().values():
        for value in (value for column in contract.columns for value in column.values):
            found.setdefault(value.key, value.title)
    return found


def load(path: Path | Traversable) -> Contract:
    """The contract of a file; its name is the file's. `DocumentError` names file, key and cure."""
    document = read(path).only(*CONTRACT_KEYS)
    columns = _columns(document)
    names = {column.name for column in columns}
    told = document.section("told_by").only("column", "pattern")
    contract = Contract(
        name=path.name.removesuffix(".yaml"),
        title=document.words("title"),
        department=document.one_of("department", tuple(vocabulary().departments)),
        department_title=vocabulary().departments[document.text("department")],
        purpose=document.words("purpose"),
        legal_basis=document.words("legal_basis"),
        freshness_days=document.whole("freshness_days"),
        columns=columns,
        key=_known(document, "key", names),
        any_of=_known(document, "any_of", names),
        told_by=TellTale(_column(told, "column", names), _pattern(told)) if told.values else None,
        file_words=document.listed("file_words"),
        order=tuple(_order(check, names) for check in document.listed_sections("checks")),
        mentions=tuple(_mention(role, section, names) for role, section in document.sections("mentions")),
    )
    roles = tuple(mention.role for mention in contract.mentions)
    return replace(
        contract, facts=tuple(_fact(section, roles, columns) for section in document.listed_sections("facts"))
    )


@cache
def _all() -> Mapping[str, Contract]:
    paths = sorted(room("contracts").iterdir(), key=lambda path: path.name)
    return {contract.name: contract for contract in map(load, paths)}


def _columns(document: Section) -> tuple[Column, ...]:
    titles: dict[str, Words] = {}
    columns = []
    for name, section in document.sections("columns"):
        column = _one_column(name, section.only(*COLUMN_KEYS), titles)
        titles[name] = column.title
        columns.append(column)
    if not columns:
        raise document.fail("columns", "name at least one column")
    owner: dict[str, str] = {}
    for column in columns:
        for heading in column.headings:
            if owner.setdefault(heading, column.name) != column.name:
                raise document.fail(
                    f"columns.{column.name}.headings", f"“{heading}” also heads {owner[heading]}"
                )
    return tuple(columns)


def _one_column(name: str, section: Section, titles: dict[str, Words]) -> Column:
    kind = section.one_of("type", COLUMN_TYPES)
    ending = ENDINGS.get(kind, "")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or not name.endswith(ending):
        raise section.fail("", f"write the name in small letters, a {kind} column ends in “{ending}”")
    written, headings = _headings(section)
    source = section.text("from") if "from" in section.values else None
    if source is not None and source not in titles:
        raise section.fail("from", "name a column that stands above this one")
    if not headings and source is None:
        raise section.fail("headings", "give the headings, a like, or a from")
    bounds = section.listed("range")
    if bounds and len(bounds) != 2:
        raise section.fail("range", "write the lowest and the highest number")
    values = _values(section, kind)
    otherwise = section.one_of("otherwise", _keys(values)) if "otherwise" in section.values else None
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
        pattern=_pattern(section) if source is not None else None,
    )


def _headings(section: Section) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The accepted headings as written and in their plain form: own ones first, then the common ones.

    With `of`, each word is put before each common heading; with `only_of`, nothing else is accepted.
    """
    like = section.text("like") if "like" in section.values else None
    if like is not None and like not in vocabulary().headings:
        raise section.fail("like", f"there are no common headings “{like}”")
    common = vocabulary().headings[like] if like else ()
    prefixed = [f"{word}{heading}" for word in section.listed("of") for heading in common]
    alone = () if section.text("only_of", "false") == "true" else common
    written = tuple(dict.fromkeys((*section.listed("headings"), *prefixed, *alone)))
    return written, tuple(dict.fromkeys(plain(heading) for heading in written))


def _values(section: Section, kind: str) -> tuple[Value, ...]:
    if kind != "enum":
        if "values" in section.values:
            raise section.fail("values", "only an enum column has values")
        return ()
    written = section.values.get("values")
    if isinstance(written, str):
        if written not in vocabulary().values:
            raise section.fail("values", f"there is no common list “{written}”")
        return vocabulary().values[written]
    values = values_of(section.section("values"))
    if not values:
        raise section.fail("values", "an enum column needs its values")
    return values


def _keys(values: tuple[Value, ...]) -> tuple[str, ...]:
    return tuple(value.key for value in values)


def _pattern(section: Section) -> str:
    pattern = section.text("pattern")
    try:
        re.compile(pattern)
    except re.error:
        raise section.fail("pattern", "this is no regular expression") from None
    return pattern


def _mention(role: str, section: Section, names: set[str]) -> Mention:
    section.only(*MENTION_FIELDS)
    columns, constants = {}, {}
    for name in section.values:
        written = section.listed(name)
        if len(written) == 1 and written[0].startswith("="):
            constants[name] = written[0][1:]
        else:
            columns[name] = _known(section, name, names)
    return Mention(role, columns, constants)


def _fact(section: Section, roles: tuple[str, ...], columns: tuple[Column, ...]) -> FactRule:
    section.only(*FACT_KEYS)
    by_name = {column.name: column for column in columns}
    names = set(by_name)

    def optional(key: str, among: set[str] = names) -> str | None:
        return _column(section, key, among) if key in section.values else None

    period = section.section("period").only("year", "from", "through", "until")
    parts = {key: _column(period, key, names) for key in period.values}
    return FactRule(
        kind=section.one_of("kind", tuple(load_kinds())),
        of=section.one_of("of", roles),
        value=optional("value"),
        count=section.whole("count") if "count" in section.values else None,
        words=optional("words"),
        word=section.text("word") if "word" in section.values else None,
        period=Period(parts.get("year"), parts.get("from"), parts.get("through"), parts.get("until"))
        if parts
        else None,
        occurred=optional("occurred"),
        key=_known(section, "key", names),
        where=_condition(section.section("where"), by_name),
        unless=_condition(section.section("unless"), by_name),
    )


def _condition(section: Section, columns: dict[str, Column]) -> dict[str, tuple[str, ...]]:
    found = {}
    for name in section.values:
        if name not in columns:
            raise section.fail(name, "there is no such column")
        found[name] = section.listed(name)
        unknown = set(found[name]) - set(_keys(columns[name].values))
        if columns[name].type == "enum" and unknown:
            raise section.fail(name, f"{', '.join(sorted(unknown))} is not among the column's values")
    return found


def _order(section: Section, names: set[str]) -> tuple[str, str]:
    pair = _known(section.only("order"), "order", names)
    if len(pair) != 2:
        raise section.fail("order", "name two columns, the earlier one first")
    return pair[0], pair[1]


def _known(section: Section, key: str, names: Iterable[str]) -> tuple[str, ...]:
    written = section.listed(key)
    for name in written:
        if name not in names:
            raise section.fail(key, f"there is no column “{name}”")
    return written


def _column(section: Section, key: str, names: Iterable[str]) -> str:
    return section.one_of(key, tuple(sorted(names)))
