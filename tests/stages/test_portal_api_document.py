"""The document and the docs are true: whatever OpenAPI allows is asked, and every example of docs/api.md is run."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from tests.stages.api_world import VEHICLES, System, system

from huimin_platform.base.models import AuditLine
from huimin_platform.intake.models import Delivery
from huimin_platform.portal.api import reference

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
AS_MANY = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
load_all_checks()


@pytest.fixture
def wide(make_user: Any) -> System:
    """A system that may do everything, as often as it likes."""
    kinds = ("household", "case", "payment")
    acts = ("sends", "replaces", "withdraws", "exports")
    return system(*acts, exports=kinds, signed_by=make_user("leader"), requests_a_minute=6000)


@pytest.fixture
def api_schema(db: None) -> Iterator[Any]:
    from huimin_platform.wsgi import application

    # As Django's own client does: the connection of the test outlasts its requests.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def operations() -> list[tuple[str, str]]:
    """Every address and method of the document."""
    return [(path, method) for path, methods in reference.described()["paths"].items() for method in methods]


@pytest.mark.parametrize(("path", "method"), operations())
def test_what_the_document_allows_is_answered_as_it_says(
    path: str, method: str, api_schema: Any, wide: System
) -> None:
    @given(case=api_schema[path][method].as_strategy())
    @AS_MANY
    def ask(case: Any) -> None:
        # A row of a shape that the document allows need not be one of the data set: then the report says so.
        response = case.call_and_validate(headers=wide.headers, excluded_checks=[positive_data_acceptance])
        assert response.status_code < 500

    ask()


# Operations with much that can be wrong; to think of something wrong for the others takes minutes.
CHOOSY = [
    "/exports",
    "/datasets/{name}/records",
    "/datasets/{name}/deliveries",
    "/deliveries/{delivery}/withdraw",
]


@pytest.mark.parametrize("path", CHOOSY)
def test_what_the_document_does_not_allow_breaks_nothing(path: str, api_schema: Any, wide: System) -> None:
    @given(case=api_schema[path]["post"].as_strategy(generation_mode=GenerationMode.NEGATIVE))
    @AS_MANY
    def ask(case: Any) -> None:
        # It is refused for its length or kind where that is wrong too, which the check of that name does not expect.
        response = case.call_and_validate(headers=wide.headers, excluded_checks=[negative_data_rejection])
        assert response.status_code < 500

    ask()


@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_docs_run(live_server: Any, tmp_path: Path, make_user: Any) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(blocks) >= 6
    one = system("sends", "withdraws", "exports", exports=("household",), signed_by=make_user("leader"))
    environment = os.environ | {
        "HUIMIN": live_server.url,
        "HUIMIN_KEY": one.text,
        "no_proxy": "127.0.0.1,localhost",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)], cwd=tmp_path, env=environment, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["received", "received"]
    assert AuditLine.objects.filter(by=one.key.holder.username, action="withdraws", kind="file").count() == 1
    assert VEHICLES in done.stdout
