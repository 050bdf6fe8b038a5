"""Contracts read from their YAML files and checked, so that a wrong one is found before any file is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path

from huimin.tables.columns import columns_of, keys_of, pattern_of
from huimin.tables.definitions import (
    MENTION_FIELDS,
    WAYS,
    Column,
    Contract,
    FactRule,
    Mention,
    Period,
    TellTale,
    Value,
    Way,
)
from huimin.tables.document import DocumentError, Section, read, read_text, room
from huimin.tables.fact_kinds import FactKind, kinds_of, load_kinds
from huimin.tables.vocabulary import vocabulary
from huimin.units.words import Words

__all__ = [
    "Column",
    "Contract",
    "FactRule",
    "Mention",
    "Period",
    "TellTale",
    "Value",
    "fact_kinds",
    "load",
    "load_all",
    "load_text",
    "together",
    "value_words",
]

CONTRACT_KEYS = (
    "title", "version", "department", "department_title", "purpose", "legal_basis", "freshness_days", "delivers", "columns", "key", "record",
    "any_of", "told_by", "file_words", "checks", "mentions", "fact_kinds", "facts",
)  # fmt: skip
FACT_KEYS = ("kind", "of", "value", "count", "words", "word", "period", "occurred", "key", "where", "unless")
ENDING = ".yaml"
NAME = r"[a-z][a-z0-9_]{0,40}"


def load_all() -> dict[str, Contract]:
    """The contracts that come with the library, by name."""
    return dict(_all())


def together(given: Iterable[Contract], own: Iterable[Contract]) -> dict[str, Contract]:
    """The contracts by name, in its order; one of a place stands in for the given one of its name.

    `DocumentError` where two of a place mean something else by one kind of fact or one department.
    """
    found = {contract.name: contract for contract in given}
    kinds: dict[str, FactKind] = {}
    departments: dict[str, Words] = {}
    for contract in own:
        for name in contract.own_kinds:
            if kinds.setdefault(name, contract.kinds[name]) != contract.kinds[name]:
                raise DocumentError(
                    _file(contract.name),
                    f"fact_kinds.{name}",
                    Words("另一份契约的说法不同", "another contract says otherwise"),
                )
        if (
            departments.setdefault(contract.department, contract.department_title)
            != contract.department_title
        ):
            raise DocumentError(
                _file(contract.name),
                "department_title",
                Words("另一份契约的说法不同", "another contract says otherwise"),
            )
        found[contract.name] = contract
    return dict(sorted(found.items()))


def fact_kinds(contracts: Iterable[Contract]) -> dict[str, FactKind]:
    """The kinds of facts that the registry keeps, then those that contracts add."""
    added = {name: contract.kinds[name] for contract in contracts for name in contract.own_kinds}
    return load_kinds() | added


def value_words(contracts: Iterable[Contract]) -> dict[str, Words]:
    """The words for the values of all enum columns, by value; where two share a value, the first one's.

    The word that a fact has in place of a column's is the data set that says it.
    """
    found: dict[str, Words] = {}
    for contract in contracts:
        for value in (value for column in contract.columns for value in column.values):
            found.setdefault(value.key, value.title)
        for rule in contract.facts:
            if rule.word:
                found.setdefault(rule.word, contract.title)
    return found


def load(path: Path | Traversable) -> Contract:
    """The contract of a file; its name is the file's. `DocumentError` names file, key and cure."""
    return _contract(read(path), path.name)


def load_text(text: str, name: str) -> Contract:
    """The contract of a text, for the data set of that name. `DocumentError` names file, key and cure."""
    return _contract(read_text(text, _file(name)), _file(name))


def _file(name: str) -> str:
    return f"{name}{ENDING}"


def _contract(document: Section, file: str) -> Contract:
    document.only(*CONTRACT_KEYS)
    name = file.removesuffix(ENDING)
    if not re.fullmatch(NAME, name):
        raise document.fail(
            "",
            Words(
                "文件名用小写字母、数字和下划线，例如 forest_subsidies.yaml",
                "name the file in small letters, digits and _, such as forest_subsidies.yaml",
            ),
        )
    columns = columns_of(document)
    names = {column.name for column in columns}
    told = document.section("told_by").only("column", "pattern")
    department, department_title = _department(document)
    own = _own_kinds(document)
    kinds = load_kinds() | own
    contract = Contract(
        name=name,
        title=document.words("title"),
        version=_version(document),
        department=department,
        department_title=department_title,
        purpose=document.words("purpose"),
        legal_basis=document.words("legal_basis"),
        freshness_days=_days(document),
        delivers=_delivers(document),
        record=_record(document, columns, names),
        columns=columns,
        key=_known(document, "key", names),
        own_kinds=tuple(own),
        kinds=kinds,
        any_of=_known(document, "any_of", names),
        told_by=TellTale(_column(told, "column", names), pattern_of(told)) if told.values else None,
        file_words=document.listed("file_words"),
        order=tuple(_order(check, names) for check in document.listed_sections("checks")),
        mentions=tuple(_mention(role, section, names) for role, section in document.sections("mentions")),
    )
    roles = tuple(mention.role for mention in contract.mentions)
    return replace(
        contract,
        facts=tuple(_fact(section, roles, columns, kinds) for section in document.listed_sections("facts")),
    )


def _department(document: Section) -> tuple[str, Words]:
    """The department's code and name; one that is not in the vocabulary brings its name along."""
    code, known = document.text("department"), vocabulary().departments
    if code in known:
        return code, known[code]
    if "department_title" not in document.values:
        cure = Words(
            f"“{code}”不在 {'、'.join(known)} 之内；新的部门要写明 department_title",
            f"“{code}” is not one of {', '.join(known)}; a new department needs its department_title",
        )
        raise document.fail("department", cure)
    if not re.fullmatch(NAME, code):
        raise document.fail(
            "department",
            Words("代码用小写字母、数字和下划线", "write the code in small letters, digits and _"),
        )
    return code, document.words("department_title")


def _version(document: Section) -> str:
    version = document.text("version", "1")
    if not re.fullmatch(r"[0-9]+([.][0-9]+)*", version):
        raise document.fail("version", Words("写成 1 或 1.2 这样的数", "write a number such as 1 or 1.2"))
    return version


def _record(document: Section, columns: tuple[Column, ...], names: set[str]) -> tuple[str, ...]:
    """The columns that name a record: those written, else those of the key that are no amounts."""
    amounts = {column.name for column in columns if column.type == "money"}
    return _known(document, "record", names) or tuple(
        name for name in _known(document, "key", names) if name not in amounts
    )


def _delivers(document: Section) -> Way:
    way = document.one_of("delivers", WAYS, "records")
    if way == "increment" and not document.listed("key"):
        raise document.fail(
            "key",
            Words(
                "增量数据要写明主键，后到的行才能替换先到的",
                "an increment needs a key, by which a later row replaces an earlier one",
            ),
        )
    return way  # pyright: ignore[reportReturnType]


def _days(document: Section) -> int:
    days = document.whole("freshness_days")
    if days < 1:
        raise document.fail(
            "freshness_days",
            Words(
                "写明几天之内应再次报送，至少 1 天",
                "write after how many days the next delivery is due, 1 or more",
            ),
        )
    return days


def _own_kinds(document: Section) -> dict[str, FactKind]:
    """The kinds of facts that the contract declares itself; none that the registry has already."""
    own = kinds_of(document.section("fact_kinds"))
    for name in own:
        if name in load_kinds() or not re.fullmatch(NAME, name):
            cure = (
                Words("登记簿已有同名的事实种类", "the registry has a kind of this name already")
                if name in load_kinds()
                else Words("名称用小写字母", "write a name in small letters")
            )
            raise document.fail(f"fact_kinds.{name}", cure)
    return own


@cache
def _all() -> Mapping[str, Contract]:
    paths = sorted(room("contracts").iterdir(), key=lambda path: path.name)
    return {contract.name: contract for contract in map(load, paths)}


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


def _fact(
    section: Section, roles: tuple[str, ...], columns: tuple[Column, ...], kinds: Mapping[str, FactKind]
) -> FactRule:
    section.only(*FACT_KEYS)
    by_name = {column.name: column for column in columns}
    names = set(by_name)

    def optional(key: str, among: set[str] = names) -> str | None:
        return _column(section, key, among) if key in section.values else None

    period = section.section("period").only("year", "from", "through", "until")
    parts = {key: _column(period, key, names) for key in period.values}
    return FactRule(
        kind=section.one_of("kind", tuple(kinds)),
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
            raise section.fail(name, Words("没有这一列", "there is no such column"))
        found[name] = section.listed(name)
        unknown = set(found[name]) - set(keys_of(columns[name].values))
        if columns[name].type == "enum" and unknown:
            raise section.fail(
                name,
                Words(
                    f"{', '.join(sorted(unknown))} 不在该列的取值之内",
                    f"{', '.join(sorted(unknown))} is not among the column's values",
                ),
            )
    return found


def _order(section: Section, names: set[str]) -> tuple[str, str]:
    pair = _known(section.only("order"), "order", names)
    if len(pair) != 2:
        raise section.fail(
            "order", Words("写两个列名，时间早的在前", "name two columns, the earlier one first")
        )
    return pair[0], pair[1]


def _known(section: Section, key: str, names: Iterable[str]) -> tuple[str, ...]:
    written = section.listed(key)
    for name in written:
        if name not in names:
            raise section.fail(key, Words(f"没有“{name}”这一列", f"there is no column “{name}”"))
    return written


def _column(section: Section, key: str, names: Iterable[str]) -> str:
    return section.one_of(key, tuple(sorted(names)))
