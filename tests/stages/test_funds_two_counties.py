"""What an officer of a county reads does not change by what a neighbour has: every page, sum, export and address, role by role."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse
from tests.stages.funds_world import TODAY, World, make_world, set_house_rules
from tests.stages.test_base_access import POLICY, addresses
from tests.stages.test_portal_exports import asked, clock, taken
from tests.stages.two_counties import ROLES, County, make_county

from huimin_platform.funds import books, invariants, queries
from huimin_platform.funds.models import Batch, Payment
from huimin_platform.portal import export_tables, exporting

pytestmark = pytest.mark.django_db
# Stages whose pages are walked. What everybody may read is no secret.
STAGES = ("funds", "cases", "delivery", "matching")
# name of an address's part -> which of a county's arguments fills it in.
PARTS = {
    "payment_id": "payment_id", "check": "check", "hold": "hold", "code": "project", "key": "voucher", "shortcoming": "shortcoming",
    "unit_id": "unit", "difference": "difference", "finding": "finding",
}  # fmt: skip
NUMBERS = {
    "batch": "batch", "approve": "batch", "resend": "batch", "letter": "letter", "formula": "formula",
    "sign_formula": "formula", "refuse_formula": "formula", "proposal": "proposal", "sign": "proposal",
    "refuse": "proposal", "correct": "proposal", "case": "case", "decide": "case", "put_in_class": "case",
    "posting": "case", "withhold": "case", "paths": "case", "begin_path": "case",
}  # fmt: skip
# Acts on settlements of providers, which their own tests try as a stranger.
OF_SETTLEMENTS = {
    f"funds:{name}" for name in ("provider_account", "prepare_service_payment", "approve_service_payment")
}
# What differs from one reading to the next by itself.
CHANGING = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,27}|[0-2][0-9]:[0-5][0-9]'
)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def here(world, settings, monkeypatch) -> County:
    settings.HUIMIN_TODAY = TODAY
    set_house_rules(monkeypatch, two_persons_yuan=50)
    return make_county(world, "330127", "垚", 771_713)


@pytest.fixture
def neighbour(world, here) -> Callable[[], County]:
    """Makes the neighbour when it is called."""
    return lambda: make_county(world, "330182", "犇", 553_391)


def walked() -> Iterator[tuple[str, Any]]:
    """The pages of these stages by name, but what is for everybody or for residents."""
    for name, entry in addresses().items():
        if name.partition(":")[0] in STAGES and POLICY[name] not in ("public", "key", "resident"):
            yield name, entry


def lists() -> list[str]:
    """The addresses that name nothing."""
    return [reverse(name) for name, entry in walked() if not entry.pattern.converters]


def details(county: County) -> list[str]:
    """The addresses that name something of a county."""
    found = []
    for name, entry in walked():
        parts = {part: _argument(name, part, county) for part in entry.pattern.converters}
        if parts and all(value is not None for value in parts.values()):
            found.append(reverse(name, kwargs=parts))
    return found


def _argument(name: str, part: str, county: County) -> Any:
    stage, _colon, page = name.partition(":")
    if part == "code" and stage != "funds":
        return None  # Of a provider, which tests of services try as a stranger.
    if part != "number":
        return county.arguments.get(PARTS.get(part, ""))
    if (stage == "funds" and "apprais" in name + page) or page in ("find_wanting", "answer_shortcoming"):
        return county.arguments["appraisal"]
    return county.arguments.get(NUMBERS.get(page, ""))


def read(user: Any, address: str, language: str = "en") -> tuple[int, str]:
    client = Client()
    client.force_login(user)
    client.cookies["huimin_language"] = language
    answer = client.get(address, follow=False)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, CHANGING.sub("", _sheets(body) if body.startswith(b"PK") else body.decode())


def _sheets(workbook: bytes) -> str:
    """What a workbook says, without when it was written."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist() if "docProps" not in name)


def all_read(county: County) -> dict[tuple[str, str], tuple[int, str]]:
    """What each role reads; that it was read leaves no trace."""
    pages = [*lists(), *details(county), "/"]
    with transaction.atomic():
        found = {(role, page): read(county.officers[role], page) for role in ROLES for page in pages}
        transaction.set_rollback(True)
    return found


def test_every_funds_page_is_walked(here) -> None:
    named = {name for name, _entry in walked() if name.startswith("funds:")} - OF_SETTLEMENTS
    addressed = {name for name in named for page in details(here) + lists() if _is(name, page)}
    assert named == addressed, named - addressed


def _is(name: str, page: str) -> bool:
    return resolve(page).view_name == name


def test_nothing_that_an_officer_reads_changes_by_what_a_neighbour_has(here, neighbour) -> None:
    before = all_read(here)
    assert not [page for page, (status, _text) in before.items() if status not in (200, 302, 403, 405)]
    assert sum(status == 200 for status, _text in before.values()) > 100
    neighbour()
    after = all_read(here)
    changed = {
        page: _changed(said[1], after[page][1]) for page, said in before.items() if after[page] != said
    }
    assert changed == {}


def _changed(before: str, after: str) -> list[str]:
    """The lines that are new, and one that is gone."""
    old, new = before.splitlines(), after.splitlines()
    return [line[:300] for line in new if line not in old][:3] + [
        line[:300] for line in old if line not in new
    ][:1]


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_a_neighbour_has_is_not_there(here, neighbour, method) -> None:
    other = neighbour()
    batch, payments = other.arguments["batch"], Payment.objects.count()
    for role in ROLES:
        client = Client()
        client.force_login(here.officers[role])
        for page in details(other):
            given = {"reason": "x", "act": "agree", "text": "x", "opinion": "x"} if method == "post" else {}
            status = getattr(client, method)(page, given).status_code
            assert status in (403, 404, 405), (role, method, page, status)
    assert not Batch.objects.get(number=batch).approvals.exists()
    assert Payment.objects.count() == payments


def test_no_export_holds_a_row_of_a_neighbour(here, neighbour) -> None:
    other = neighbour()
    for role in ("finance", "auditor", "leader", "county"):
        actor = here.officers[role]
        for table in export_tables.tables_for(actor):
            export = asked(actor, table.name)
            exporting.make(export.pk, clock)
            text = taken(export).decode("utf-8-sig") if _has_file(export) else ""
            assert "犇" not in text, (role, table.name)
            for secret in other.secrets:
                assert secret not in text, (role, table.name, secret)


def _has_file(export: Any) -> bool:
    export.refresh_from_db()
    return bool(export.parts)


def test_who_works_for_both_sees_both_and_the_books_hold(here, neighbour, make_user) -> None:
    other = neighbour()
    city = make_user("auditor", division="330100000000")
    for county in (here, other):
        text = read(city, "/letters/")[1]
        assert f"{county.tag}财〔2026〕1号" in text
    own = [
        sum(flow.received_fen for flow in queries.flows(each.officers["auditor"])) for each in (here, other)
    ]
    assert sum(flow.received_fen for flow in queries.flows(city)) == sum(own)
    assert all(verdict.row is None for verdict in invariants.verify())
    assert books.disagreements() == {}
    assert list(invariants.everybodys()) == []
