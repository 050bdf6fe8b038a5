"""The same checks by pandas with pandera and by frictionless, each as its own guide has them.

pandera gets whole columns: no check calls Python for a cell. frictionless checks types and constraints by its schema,
and by two checks of its own kind what a schema cannot say: the check digit of an identity number, the order of two days.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from intake_files import HIDDEN_CHARACTERS, LONGEST_NAME, LONGEST_TEXT, SHAPES, Asked, Task

WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECK_DIGITS = np.array(list("10X98765432"))
Told = list[tuple[int, str, str]]


def by_pandera(task: Task) -> Told:
    """Line, heading and message of every problem in the file."""
    import pandera.pandas as pa

    frame = pd.read_csv(task.path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    schema = pa.DataFrameSchema(
        {asked.heading: pa.Column(str, _pandera_checks(asked)) for asked in task.columns},
        checks=[
            pa.Check(lambda rows, one=one, two=two: ~(_days(rows[two]) < _days(rows[one])), name=f"{one} before {two}")
            for one, two in task.order
        ],
    )  # fmt: skip
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as problems:
        cases = problems.failure_cases
        said = cases["check"].astype(str) + ": " + cases["failure_case"].astype(str)
        return list(zip((cases["index"] + 2).astype(int), cases["column"].astype(str), said, strict=True))
    return []


def _pandera_checks(asked: Asked) -> list[Any]:
    import pandera.pandas as pa

    checks = []
    if asked.filled:
        checks.append(pa.Check(lambda cells: cells != "", name="is filled"))
    shape = SHAPES.get(asked.type)
    if shape:
        compiled = re.compile(f"(?:{shape})?")
        checks.append(
            pa.Check(lambda cells: cells.str.fullmatch(compiled), name=f"has the shape of a {asked.type}")
        )
    match asked.type:
        case "national_id":
            checks.append(pa.Check(_check_digits_right, name="check digit and day of birth"))
        case "money" | "integer" | "decimal":
            low = -np.inf if asked.low is None else asked.low
            high = np.inf if asked.high is None else asked.high
            checks.append(
                pa.Check(
                    lambda cells: (cells == "") | pd.to_numeric(cells, errors="coerce").between(low, high),
                    name=f"is a number from {asked.low} to {asked.high}",
                )
            )
        case "date":
            latest = pd.Timestamp(asked.latest or date(2200, 1, 1))
            checks.append(
                pa.Check(
                    lambda cells: (cells == "") | (_days(cells) <= latest),
                    name=f"is a day until {latest.date()}",
                )
            )
        case "enum" if asked.values:
            values = {*asked.values, ""}
            checks.append(pa.Check(lambda cells: cells.isin(values), name="is in the list"))
        case "text" | "name" | "address":
            longest = LONGEST_NAME if asked.type == "name" else LONGEST_TEXT
            checks.append(
                pa.Check(lambda cells: cells.str.len() <= longest, name=f"at most {longest} characters")
            )
    checks.append(
        pa.Check(lambda cells: ~cells.str.contains(HIDDEN_CHARACTERS, regex=True), name="nothing hidden")
    )
    return checks


def _days(cells: pd.Series) -> pd.Series:
    return pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce")


def _check_digits_right(cells: pd.Series) -> pd.Series:
    """Whether the numbers of 18 characters have the right check digit and name a day; others are told by their shape."""
    right = pd.Series(data=True, index=cells.index)
    shaped = cells.str.fullmatch(SHAPES["national_id"])
    numbers = np.array(cells[shaped].str.upper().tolist(), dtype="U18")
    characters = numbers.view("U1").reshape(-1, 18)
    digits = characters[:, :17].astype(np.int64)
    day = pd.to_datetime(cells[shaped].str.slice(6, 14), format="%Y%m%d", errors="coerce").notna()
    right[shaped] = (CHECK_DIGITS[digits @ WEIGHTS % 11] == characters[:, 17]) & day.to_numpy()
    return right


def by_frictionless(task: Task) -> Told:
    """Line, heading and message of every problem in the file."""
    from frictionless import Resource, Schema, validate

    resource = Resource(
        path=task.path.name,
        basepath=str(task.path.parent),
        encoding="utf-8-sig",
        schema=Schema(fields=[_field(asked) for asked in task.columns]),
    )
    checks = [_numbers_check()([asked.heading for asked in task.columns if asked.type == "national_id"])]
    checks += [_order_check()(one, two) for one, two in task.order]
    report = validate(resource, checks=checks, limit_errors=10**9)
    return [
        (line, heading, message)
        for line, heading, message in report.flatten(["rowNumber", "fieldName", "message"])
        if line
    ]


def _field(asked: Asked) -> Any:
    from frictionless import fields

    constraints: dict[str, Any] = {"required": True} if asked.filled else {}
    match asked.type:
        case "money" | "decimal":
            return fields.NumberField(name=asked.heading, constraints=constraints | _bounds(asked))
        case "integer":
            return fields.IntegerField(name=asked.heading, constraints=constraints | _bounds(asked))
        case "date":
            latest = {"maximum": asked.latest.isoformat()} if asked.latest else {}
            return fields.DateField(name=asked.heading, format="%Y-%m-%d", constraints=constraints | latest)
        case "enum" if asked.values:
            constraints["enum"] = list(asked.values)
        case kind if kind in SHAPES:
            constraints["pattern"] = SHAPES[kind]
        case _:
            longest = LONGEST_NAME if asked.type == "name" else LONGEST_TEXT
            constraints |= {"maxLength": longest, "pattern": rf"[^{HIDDEN_CHARACTERS[1:-1]}]*"}
    return fields.StringField(name=asked.heading, constraints=constraints)


def _bounds(asked: Asked) -> dict[str, Any]:
    bounds = {"minimum": asked.low, "maximum": asked.high}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _numbers_check() -> Any:
    """A check of frictionless for identity numbers."""
    import attrs
    from frictionless import Check, errors

    @attrs.define(kw_only=False, repr=False)
    class NumbersCheck(Check):
        type = "national-id"
        Errors = [errors.CellError]
        headings: list[str] = attrs.field(factory=list)

        def validate_row(self, row: Any) -> Iterable[Any]:
            for heading in self.headings:
                number = row[heading]
                if number and re.fullmatch(SHAPES["national_id"], number) and not _one_right(number):
                    note = "the check digit or the day of birth is wrong"
                    yield errors.CellError.from_row(row, note=note, field_name=heading)

    return NumbersCheck


def _one_right(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS.tolist(), strict=True))
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return "10X98765432"[total % 11] == number[17].upper()


def _order_check() -> Any:
    """A check of frictionless for two days in order."""
    import attrs
    from frictionless import Check, errors

    @attrs.define(kw_only=False, repr=False)
    class OrderCheck(Check):
        type = "order"
        Errors = [errors.CellError]
        one: str = ""
        two: str = ""

        def validate_row(self, row: Any) -> Iterable[Any]:
            if row[self.one] and row[self.two] and row[self.two] < row[self.one]:
                yield errors.CellError.from_row(row, note=f"before {self.one}", field_name=self.two)

    return OrderCheck
