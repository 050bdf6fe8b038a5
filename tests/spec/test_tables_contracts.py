"""Contracts: the sixteen data sets as data, checked when they are loaded."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from huimin.tables import periods
from huimin.tables.contract import Contract, load, load_all
from huimin.tables.document import DocumentError
from huimin.tables.fact_kinds import load_kinds
from huimin.tables.headings import plain
from huimin.tables.vocabulary import vocabulary

CONTRACTS = load_all()
MINIMAL = """
title: {zh: 样例, en: Sample}
department: police
purpose: {zh: 试, en: To try.}
legal_basis: {zh: 无, en: none}
freshness_days: 31
columns:
  name: {en: Name, type: name, class: personal, required: heading, like: name}
  amount_fen: {en: Amount, type: money, class: personal, headings: [金额]}
key: [name]
mentions:
  holder: {name: name}
facts:
  - {kind: wages, of: holder, value: amount_fen}
"""


def test_every_data_set_has_its_contract() -> None:
    assert set(CONTRACTS) == {
        "residents", "vehicles", "marriages", "cremations", "allowance_roll", "pensions",
        "unemployment_benefits", "injury_benefits", "insured", "medical_settlements", "students",
        "disabled", "incomes", "properties",
        "farm_subsidies", "local_standards",
    }  # fmt: skip


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda contract: contract.name)
def test_a_contract_is_whole(contract: Contract) -> None:
    assert contract.title.zh
    assert contract.title.en
    assert contract.department in vocabulary().departments
    assert contract.freshness_days > 0
    assert any(column.must_be_there for column in contract.columns)
    for column in contract.columns:
        assert column.title.zh
        assert column.title.en
        assert (column.type == "money") == column.name.endswith("_fen")
        if column.type in ("national_id", "card", "phone", "address"):
            assert column.data_class == "sensitive"
        assert all(heading == plain(heading) for heading in column.headings)


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda contract: contract.name)
def test_facts_name_what_is_there(contract: Contract) -> None:
    kinds = load_kinds()
    for fact in contract.facts:
        kind = kinds[fact.kind]
        counts = kind.unit in ("fen", "fen_per_month", "count", "enum")
        assert counts == (fact.value is not None or fact.count is not None)
        if fact.value and kind.unit.startswith("fen"):
            assert contract.column(fact.value).type == "money"


def test_every_kind_of_fact_comes_from_somewhere() -> None:
    told = {fact.kind for contract in CONTRACTS.values() for fact in contract.facts}
    assert told == set(load_kinds())


def test_other_provinces_head_the_number_otherwise() -> None:
    number = CONTRACTS["residents"].column("national_id")
    for heading in (
        "身份证",
        "身份证号",
        "身份证号码",
        "公民身份号码",
        "证件号码",
        "证件号",
        "* 居民身份证号码（必填）",
        "ＧＭＳＦＨＭ",
    ):
        assert plain(heading) in number.headings
    assert plain("户主身份证号码") in CONTRACTS["allowance_roll"].column("national_id").headings
    assert plain("男方身份证件号码") in CONTRACTS["marriages"].column("husband_national_id").headings


@pytest.mark.parametrize(
    ("change", "key", "cure"),
    [
        (("type: money", "type: gold"), "columns.amount_fen.type", "not one of"),
        (("amount_fen: {", "amount: {"), "columns.amount", "ends in"),
        (("class: personal, headings", "class: secret, headings"), "columns.amount_fen.class", "not one of"),
        (("headings: [金额]", "headings: [姓名]"), "columns.amount_fen.headings", "also heads"),
        (("headings: [金额]", "like: gold"), "columns.amount_fen.like", "no common headings"),
        (("headings: [金额]", "from: other, pattern: x"), "columns.amount_fen.from", "stands above"),
        (("key: [name]", "key: [nobody]"), "key", "no column"),
        (("kind: wages", "kind: luck"), "facts[0].kind", "not one of"),
        (("of: holder, value", "of: dog, value"), "facts[0].of", "not one of"),
        (("freshness_days: 31", "freshness_days: soon"), "freshness_days", "no whole number"),
        (("department: police", "department: circus"), "department", "not one of"),
        (("key: [name]", "keys: [name]"), "keys", "not known"),
        (("key: [name]", "key: [name]\nkey: [name]"), "key", "twice"),
        (("{zh: 样例, en: Sample}", "{zh: 样例"), "", "not YAML"),
        (("holder: {name: name}", "holder: {shoe: name}"), "mentions.holder.shoe", "not known"),
    ],
)
def test_a_wrong_contract_is_refused_with_place_and_cure(
    tmp_path: Path, change: tuple[str, str], key: str, cure: str
) -> None:
    path = tmp_path / "sample.yaml"
    path.write_text(MINIMAL.replace(*change), encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load(path)
    assert caught.value.file == "sample.yaml"
    assert caught.value.key.startswith(key)
    assert cure in caught.value.cure


def test_a_contract_of_ones_own_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "sample.yaml"
    path.write_text(MINIMAL, encoding="utf-8")
    contract = load(path)
    assert contract.name == "sample"
    assert contract.column("amount_fen").headings == ("金额",)
    assert contract.mention("holder").columns == {"name": ("name",)}


def test_a_month_included_ends_the_period_with_the_next() -> None:
    contract = CONTRACTS["pensions"]
    started, ended = periods.bounds(contract, contract.facts[0])
    rows = pl.DataFrame({"first_month": [date(2025, 7, 1)], "last_month": [date(2026, 6, 1)]})
    assert rows.select(started.alias("s"), ended.alias("e")).row(0) == (date(2025, 7, 1), date(2026, 7, 1))


def test_the_month_of_a_stop_is_excluded_and_a_year_is_whole() -> None:
    roll, taxes = CONTRACTS["allowance_roll"], CONTRACTS["incomes"]
    started, ended = periods.bounds(roll, roll.facts[0])
    rows = pl.DataFrame({"first_month": [date(2025, 7, 1)], "stopped_month": [date(2026, 1, 1)]})
    assert rows.select(started.alias("s"), ended.alias("e")).row(0) == (date(2025, 7, 1), date(2026, 1, 1))
    started, ended = periods.bounds(taxes, taxes.facts[0])
    rows = pl.DataFrame({"tax_year": [2025]})
    assert rows.select(started.alias("s"), ended.alias("e")).row(0) == (date(2025, 1, 1), date(2026, 1, 1))
