"""What finance exports of the budget: text and numbers in a workbook that opens cleanly, never a formula."""

import io
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from tests.stages.test_portal_exports import NOW, asked, clock, taken

from huimin_platform.funds import actions, projecting, sourcing
from huimin_platform.portal import exporting

pytestmark = pytest.mark.django_db


@pytest.fixture
def budget(make_user: Any) -> Any:
    """A finance officer who has put money on a source, planned a project with a wicked name, and spent on it."""
    finance, second, leader = (
        make_user("finance"), make_user("finance", username="finance-2"), make_user("leader")
    )  # fmt: skip
    sourcing.register(
        code="T1", kind="transfer", title='=HYPERLINK("http://x","y")', document="+1", purposes=["medical_aid"], at=NOW, by=finance
    )  # fmt: skip
    actions.appropriate(
        year=2026, purpose="pool", source="T1", amount_fen=123_456, key="k", document="@letter", at=NOW, by=finance
    )  # fmt: skip
    projecting.plan(
        code="P1", title="-2+3", division="330127000000", build_fen=500_00, running_fen=100_00, life_years=5,
        opens_year=2026, promises=[("own", 100_00)], at=NOW, by=finance,
    )  # fmt: skip
    projecting.approve(code="P1", at=NOW, by=leader)
    actions.appropriate(year=2026, purpose="project:P1", amount_fen=500_00, key="p", at=NOW, by=finance)
    key = UUID(int=1)
    projecting.prepare_voucher(
        key=key, code="P1", year=2026, source="", kind="build", document="=1", payee="=cmd|' /C calc'!A0",
        amount_fen=1_00, at=NOW, by=finance,
    )  # fmt: skip
    projecting.approve_voucher(key=key, at=NOW, by=second)
    return finance


@pytest.mark.parametrize(
    ("table", "rows", "cells"),
    [
        ("budget", 8, ["Budget left", 1234.56]),
        ("moves", 3, ["@letter", "Appropriated", 1234.56, "Spent by voucher"]),
        ("sources", 1, ['=HYPERLINK("http://x","y")', "Transfer from above", "+1"]),
        ("projects", 1, ["-2+3", 500, "Approved"]),
        ("vouchers", 1, ["=cmd|' /C calc'!A0", 1, "Building"]),
        ("allocations", 0, []),
        ("appraisals", 0, []),
    ],
)
def test_what_finance_exports_opens_as_text_and_numbers_and_never_as_a_formula(
    budget: Any, table: str, rows: int, cells: list[Any]
) -> None:
    export = asked(budget, table, "xlsx")
    exporting.make(export.pk, clock)
    [sheet] = openpyxl.load_workbook(io.BytesIO(taken(export))).worksheets
    found = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    assert len({cell.row for cell in found if cell.value is not None}) == rows
    assert all(cell.data_type != "f" for cell in found)
    values = [cell.value for cell in found]
    for wanted in cells:
        assert wanted in values, (wanted, values)
