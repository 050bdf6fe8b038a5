"""A data set that no contract of the library knows, of a department it does not know either."""

FOREST = """\
title: {zh: 公益林补偿, en: Forest compensation}
version: "1"
department: forestry
department_title: {zh: 林业局, en: Forestry bureau}
purpose: {zh: 核对家庭收入, en: To verify household income.}
legal_basis: {zh: 《森林法》第二十九条, en: "Forest Law, article 29"}
freshness_days: 92
file_words: [公益林]
columns:
  name: {en: Owner, type: name, class: personal, required: heading, like: name, of: [林权人]}
  national_id: {en: Identity number, type: national_id, class: sensitive, required: heading, like: national_id, of: [林权人]}
  amount_fen: {en: Compensation, type: money, class: personal, required: value, headings: [补偿金额]}
  paid_year: {en: Year, type: integer, class: internal, required: heading, range: [1980, 2100], headings: [补偿年度]}
key: [national_id, name, paid_year]
mentions:
  holder: {name: name, national_id: national_id}
fact_kinds:
  forest_compensation:
    title: {zh: 公益林补偿, en: Forest compensation}
    of: person
    unit: fen
    class: personal
    range: [0, 100_000_000_000]
    period: {zh: 补偿年度, en: The year of the compensation.}
facts:
  - {kind: forest_compensation, of: holder, value: amount_fen, period: {year: paid_year}}
"""
FILE = "林业局_公益林补偿.csv"


def rows(*lines: str) -> str:
    """The department's file with these rows: owner, number, amount, year."""
    return "\n".join(["林权人姓名,林权人身份证号,补偿金额（元）,补偿年度", *lines]) + "\n"
