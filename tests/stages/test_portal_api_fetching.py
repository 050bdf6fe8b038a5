"""What systems fetch: exports within their key, purpose and division, public policies, figures; and who is kept out."""

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from tests.stages.api_world import COUNTY, ELSEWHERE, System, system
from tests.stages.test_base_access import addresses
from tests.stages.test_portal_api_deliveries import problem

from huimin.evaluation.indicators import load_all
from huimin_platform.base import api_keys, clock
from huimin_platform.base.models import AuditLine, Export
from huimin_platform.evaluation.models import Figure
from huimin_platform.evaluation.queries.figures import NOT_OF_PEOPLE, measure
from huimin_platform.portal import exporting
from huimin_platform.registry.models import Household, Membership, Person

pytestmark = pytest.mark.django_db
WISH = {"table": "households", "form": "csv", "purpose": "report"}


@pytest.fixture
def finance(make_user: Any) -> System:
    return system(
        "exports", name="finance-1", data_sets=(), exports=("household",), signed_by=make_user("leader")
    )


def household(division: str) -> None:
    home = Household.objects.create(division=division, residence="rural")
    one = Person.objects.create(name="马一", division=division)
    Membership.objects.create(person=one, household=home, relation="head")


def test_an_export_is_a_job_and_its_file_is_taken(finance: System) -> None:
    asked = finance.post("exports", WISH, Idempotency_Key="a")
    assert asked.status_code == 202, asked.content
    number = asked.json()["id"]
    assert asked["Location"] == f"/api/v1/exports/{number}"
    assert finance.post("exports", WISH, Idempotency_Key="a").json()["id"] == number
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where task_name like '%make_export'")
        assert cursor.fetchone()[0] == 1
    problem(finance.get(f"exports/{number}/files/0"), 409, "not-ready")
    exporting.make(number, clock.now)
    said = finance.get(f"exports/{number}").json()
    assert (said["state"], said["share_done"]) == ("done", 100)
    taken = finance.get(said["files"][0]["href"].removeprefix("/api/v1/"))
    assert b"".join(taken.streaming_content).startswith(b"\xef\xbb\xbf")
    assert taken["Cache-Control"] == "no-store"
    problem(finance.get(f"exports/{number}/files/7"), 409, "not-ready")
    acts = AuditLine.objects.filter(by="finance-1", kind="export").values_list("action", "purpose")
    assert ("exports", "report") in acts
    assert ("downloads", "report") in acts


def test_an_export_needs_the_table_in_the_key_and_a_purpose(finance: System, make_user: Any) -> None:
    problem(finance.post("exports", WISH | {"table": "payments"}), 403, "not-permitted")
    for wrong, field in (
        ({"purpose": "curiosity"}, "purpose"), ({"table": "nothing"}, "table"), ({"filters": {"x": "y"}}, "filters.x"),
        ({"as_of": "2999-01-01"}, "as_of"), ({"as_of": "soon"}, "as_of"), ({"extra": 1}, "extra"),
        ({"filters": {"x": "\u0000"}}, "filters.x"),
    ):  # fmt: skip
        said = problem(finance.post("exports", WISH | wrong), 422, "wrong-values")
        assert said["errors"][0]["field"] == field
        assert said["errors"][0]["message"]
    problem(system().post("exports", WISH), 403, "not-permitted")
    assert not Export.objects.exists()
    other = system(
        "exports", name="finance-2", data_sets=(), exports=("household",), signed_by=make_user("leader")
    )
    number = finance.post("exports", WISH).json()["id"]
    problem(other.get(f"exports/{number}"), 404, "not-there")
    # Another key of the same system, for other tables.
    narrow = system(
        "exports", name="finance-1", data_sets=(), exports=("case",), signed_by=make_user("steward")
    )
    problem(narrow.get(f"exports/{number}"), 404, "not-there")
    problem(narrow.get(f"exports/{number}/files/0"), 404, "not-there")


def test_an_export_has_the_rows_of_the_division_only_and_none_once_the_key_is_revoked(
    finance: System, make_user: Any
) -> None:
    household(COUNTY)
    household(ELSEWHERE)
    number = finance.post("exports", WISH).json()["id"]
    exporting.make(number, clock.now)
    assert finance.get(f"exports/{number}").json()["rows"] == 1
    number = finance.post("exports", WISH).json()["id"]
    api_keys.revoke(key=finance.key.pk, at=clock.now(), by="system")
    exporting.make(number, clock.now)
    assert Export.objects.get(pk=number).state == "failed"


def test_policies_are_public_and_tagged(client: Client) -> None:
    said = client.get("/api/v1/policies?everywhere=true", headers={"Accept-Language": "en"})
    policies = said.json()["policies"]
    assert policies
    one = client.get(policies[0]["href"], headers={"Accept-Language": "en"})
    assert one.json()["clauses"]
    assert (
        client.get(
            policies[0]["href"], headers={"If-None-Match": one["ETag"], "Accept-Language": "en"}
        ).status_code
        == 304
    )
    problem(client.get("/api/v1/policies/nothing"), 404, "not-there")
    problem(client.get("/api/v1/policies?q=" + "x" * 81), 422, "wrong-values")


def test_figures_are_told_of_the_own_division_and_never_of_few_people() -> None:
    today, at = clock.today(), clock.now()
    of_people = next(
        each.name for each in load_all().values()
        if each.measurable and measure(each.name, today).kind not in NOT_OF_PEOPLE
    )  # fmt: skip
    Figure.objects.create(
        indicator=of_people, on=today, division=COUNTY, numerator=3, denominator=4, computed_at=at
    )
    Figure.objects.create(
        indicator=of_people, on=today, division=ELSEWHERE, numerator=9, denominator=90, computed_at=at
    )

    def told(asked: System) -> dict[str, Any]:
        return {each["indicator"]: each for each in asked.get("figures").json()["figures"]}[of_people]

    assert (told(system())["value"], told(system())["hidden"]) == (None, True)
    elsewhere = told(system(name="far", division=ELSEWHERE))
    assert (elsewhere["value"], elsewhere["hidden"]) == (0.1, False)


def calls() -> list[tuple[str, str]]:
    """Every address and method of the API that wants a key."""
    found = []
    for name, entry in sorted(addresses().items()):
        if name.startswith("api:") and hasattr(entry.callback, "acts"):
            path = re.sub(
                r"<(int|slug):\w+>", lambda each: "1" if each[1] == "int" else "vehicles", str(entry.pattern)
            )
            found += [(method, path) for method, act in entry.callback.acts.items() if not act.public]  # pyright: ignore[reportFunctionMemberAccess]
    return found


@pytest.mark.parametrize(("method", "path"), calls())
def test_every_call_wants_a_key_that_permits_it_and_is_recorded(method: str, path: str) -> None:
    bodies = {"exports": WISH, "records": {"records": [{"a": 1}]}, "withdraw": {"reason": "x"}}
    body = json.dumps(bodies.get(path.rpartition("/")[2], [])).encode()
    kind = "application/json" if method == "POST" else "text/csv"
    stranger = System(None, "")  # type: ignore[arg-type]
    problem(stranger.call(method, path, body, content_type=kind, Authorization=""), 401, "no-key")
    # A signed-in operator is nobody here, and a system with no scope at all may do nothing.
    nobody = system(name="nobody", data_sets=("residents",))
    nobody.key.actions, nobody.key.data_sets = [], []
    nobody.key.save()
    before = AuditLine.objects.count()
    answer = nobody.call(method, path, body, content_type=kind)
    assert AuditLine.objects.count() > before, "every call is recorded"
    if "vehicles" in path or method == "POST":
        problem(answer, 403, "not-permitted") if answer.status_code != 404 else problem(
            answer, 404, "not-there"
        )
    else:
        assert answer.status_code in (200, 404)
    for other in {"PUT", "DELETE", "PATCH", "TRACE"}:
        refused = stranger.call(other, path)
        problem(refused, 405, "method")
        assert method in refused["Allow"]


def test_the_document_and_the_reference_are_open_and_need_no_other_host(client: Client) -> None:
    for language in ("zh", "en"):
        headers = {"Accept-Language": language}
        said = client.get("/api/v1/openapi.json", headers=headers).json()
        assert said["openapi"].startswith("3.1")
        assert "/datasets/{name}/deliveries" in said["paths"]
        page = client.get("/api/v1/", headers=headers).content.decode()
        assert "/api/v1/datasets/{name}/deliveries" in page
        assert 'id="problem-too-large"' in page
        for part in page.split("http")[1:]:
            assert part.startswith(("://testserver", "s://www.w3.org", "://www.w3.org", "-equiv")), part[:40]
    problem(client.get("/api/v1/nothing"), 404, "not-there")
    problem(client.post("/api/v1/nothing"), 404, "not-there")
