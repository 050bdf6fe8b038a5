"""The page of a finding: its evidence in words, each row with where it stands."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.stages.county_world import AT, advance_matching, advance_registry, receive
from tests.stages.village import COUNTY, village

from huimin_platform.intake.models import DeliveryFile
from huimin_platform.matching.models import Finding
from huimin_platform.registry.models import Person

pytestmark = pytest.mark.django_db
ROW = {"line": 8, "value": 99_685, "words": "resident", "started_on": "2025-07-01", "ended_on": None}


@pytest.fixture
def page(tmp_path: Path, client: Client, make_user: Any) -> Any:
    receive(village().write(tmp_path / "delivery"))
    advance_registry()
    advance_matching()
    person, file = Person.objects.get(name="余望山"), DeliveryFile.objects.order_by("pk").first()
    assert file is not None
    client.force_login(make_user("county", division=COUNTY))

    def shown(kind: str, evidence: dict[str, Any], language: str = "en") -> str:
        for rows in (evidence.get("rows", []), evidence.get("deaths", [])):
            for row in rows:
                row["file"] = file.pk
        found = Finding.objects.create(
            key=kind,
            kind=kind,
            person=person,
            division=person.division,
            found_on=AT.date(),
            evidence=evidence,
        )
        client.cookies["huimin_language"] = language
        return client.get(f"/findings/{found.pk}/").content.decode()

    return shown


def test_a_benefit_after_death_names_both_rows_and_what_was_paid(page: Any) -> None:
    death = {"line": 9, "occurred_on": "2024-09-23", "words": "cremation"}
    evidence = {
        "benefit": "pension", "died_on": "2024-09-23", "months": 12, "amount_fen": 1_196_220, "rows": [dict(ROW)], "deaths": [death]
    }  # fmt: skip
    shown = page("paid_after_death", evidence)
    for words in ("11,962.20 yuan", "996.85 yuan", "23 September 2024", "row 8", "row 9", "From 1 July 2025"):
        assert words in shown, words
    assert "1196220" not in shown
    assert "{&quot;" not in shown
    assert "cremation" not in page(
        "same_benefit_twice", {"benefit": "pension", "rows": [dict(ROW)]}, "zh-hans"
    )


def test_a_household_on_the_roll_shows_each_condition_that_fails_with_its_values(page: Any) -> None:
    condition = {
        "words": {"zh": "收入低于标准", "en": "Income is below the standard"},
        "values": [[{"zh": "月人均收入", "en": "income per head"}, {"zh": "900 元", "en": "900 yuan"}]],
    }
    evidence = {
        "rows": [dict(ROW)],
        "conditions": [condition],
        "version": "2014-05-01-ab",
        "on": "2026-07-01",
    }
    shown = page("on_roll_not_entitled", evidence)
    for words in (
        "Income is below the standard",
        "income per head",
        "900 yuan",
        "1 July 2026",
        "2014-05-01-ab",
    ):
        assert words in shown, words


def test_a_finding_without_evidence_still_opens(page: Any) -> None:
    assert "Evidence" in page("same_benefit_twice", {})


def test_help_granted_under_two_files_names_both_cases(page: Any) -> None:
    said = {
        "case": "2026-000002",
        "other_case": "2026-000001",
        "file": 12,
        "went_into": 3,
        "policy": "medical_aid",
    }
    shown = page("granted_twice", said)
    assert "Granted twice to one person under two files" in shown
    for words in ("The case of the file that went into another", "2026-000002", "2026-000001"):
        assert words in shown
