"""Who may write: every address that takes a form crossed with every role, and which duties are kept apart."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.http import HttpResponse
from django.test import Client, RequestFactory
from tests.stages.test_base_access import COUNTY, addresses, example, user

from huimin_platform.base import access
from huimin_platform.base.access_table import ALLOWED, CASEWORK
from huimin_platform.base.models import AuditLine, Role

# address, of the API with its method -> "public", or the roles that may send something there.
WRITING: dict[str, str] = yaml.safe_load(Path(__file__).with_name("base_writing.yaml").read_text("utf-8"))
READS = {"lists", "opens", "opens_own", "exports", "reveals", "simulates"}
SEEN = ("GET", "HEAD", "OPTIONS")
PEOPLE = [role for role in Role.values if role != "system"]
PUBLIC = {name for name, who in WRITING.items() if who == "public"}


def acts(view: Any) -> dict[str, list[tuple[str, str]]]:
    """By method, what the table is asked about before a view takes something; empty where it takes nothing."""
    if hasattr(view, "acts"):
        return {method: [(act.action, act.kind)] for method, act in view.acts.items() if method not in SEEN}
    writes = getattr(view, "writes", None)
    return {"": [view.access, writes]} if writes else {}


def writing() -> dict[str, list[tuple[str, str]]]:
    """Every guarded address that takes something, with what the table is asked."""
    return {
        f"{name} {method}".strip(): asked
        for name, entry in addresses().items()
        for method, asked in acts(entry.callback).items()
    }


def senders(asked: list[tuple[str, str]], roles: list[str]) -> set[str]:
    """Those of the roles that may do all of it; a system with the best of keys."""
    whole = access.Scope(frozenset(action for action, _kind in asked), frozenset(), frozenset())
    return {
        role
        for role in roles
        if all(access.allow(access.within_scope(user(role), [whole]), *each) for each in asked)
    }


def test_every_address_that_takes_something_has_a_row_and_every_row_such_an_address() -> None:
    assert sorted(writing()) == sorted(set(WRITING) - PUBLIC)


@pytest.mark.parametrize("name", sorted(set(WRITING) - PUBLIC))
def test_only_the_roles_of_the_row_may_send(name: str) -> None:
    # A page wants a session, which no system has; the API wants a key, which nobody else has.
    roles = ["system"] if name.startswith("api:") else PEOPLE
    assert senders(writing()[name], roles) == set(WRITING[name].split()), f"{name}: {writing()[name]}"


@pytest.mark.django_db
def test_what_has_no_row_takes_nothing_from_anybody(make_user: Any) -> None:
    """A page that only shows refuses a form, whoever sends it, public or not."""
    taking = {name.split(" ")[0] for name in WRITING}
    people = {role: make_user(role, division=COUNTY) for role in PEOPLE}
    for name, entry in addresses().items():
        if name in taking or name.startswith("api:"):
            continue
        guard = getattr(entry.callback, "access", None)
        role = next((role for role, one in people.items() if guard and access.allow(one, *guard)), None)
        client = Client()
        if role:
            client.force_login(people[role])
        assert client.post(example(name, entry)).status_code == 405, f"{role} {name}"


@pytest.mark.django_db
def test_a_form_asks_about_its_own_act_too(make_user: Any) -> None:
    """Who may see a page is not by that let in with its form, and the attempt is on record."""
    taken = []

    @access.page("opens", "finding", sends=("decides", "finding"))
    def shown(request: Any) -> HttpResponse:
        taken.append(request.method)
        return HttpResponse()

    def send(method: str, role: str) -> int:
        request = getattr(RequestFactory(), method)("/")
        request.user = people[role]
        return shown(request).status_code

    people = {role: make_user(role, division=COUNTY) for role in ("auditor", "county")}
    assert send("get", "auditor") == send("get", "county") == send("post", "county") == 200
    for method in ("post", "put", "delete", "patch"):
        with pytest.raises(access.NotAllowed):
            send(method, "auditor")
    assert taken == ["GET", "GET", "POST"]
    refused = AuditLine.objects.filter(decision="deny", action="decides", kind="finding")
    assert refused.count() == 4


# What a role that watches, signs or runs the machines may do beyond reading.
BEYOND_READING = {
    "auditor": set(),
    "leader": {"signs", "approves", "publishes"},
    "operator": {"proposes", "runs", "manages"},
    "appraiser": {"appraises"},
}


@pytest.mark.parametrize("role", BEYOND_READING)
def test_who_watches_only_reads(role: str) -> None:
    may = {action for roles in ALLOWED.values() for action in roles.get(role, ())}
    assert may - READS == BEYOND_READING[role]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Who finds that money is due does not pay it, and who pays does not decide whom.
        (("decides", "case"), ("approves", "payment")),
        (("decides", "case"), ("approves", "batch")),
        (("verifies", "fact"), ("approves", "batch")),
        (("sends", "delivery"), ("decides", "case")),
        (("sends", "delivery"), ("approves", "batch")),
        (("decides", "pair"), ("decides", "case")),
        # Who buys services and accepts visits does not pay for them; who serves does neither.
        (("manages", "purchase"), ("approves", "settlement")),
        (("signs", "settlement"), ("approves", "settlement")),
        (("serves", "service_order"), ("decides", "service_order")),
        # Who judges the funds from outside has no part in them; who publishes does not judge.
        (("appraises", "appraisal"), ("draws", "appraisal")),
        (("appraises", "appraisal"), ("publishes", "appraisal")),
        # Who makes accounts of users has no part in data, cases or money.
        (("manages", "user"), ("sends", "delivery")),
        (("manages", "user"), ("decides", "case")),
        (("manages", "user"), ("approves", "batch")),
    ],
)
def test_duties_that_are_kept_apart(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert senders([one], PEOPLE)
    assert senders([other], PEOPLE)
    assert not senders([one, other], PEOPLE)


def test_casework_never_moves_money_and_finance_never_decides_a_case() -> None:
    money, people = (
        ("payment", "batch", "hold", "card_check", "source"),
        ("case", "need", "fact", "service_order", "question"),
    )
    for role, kind in product(CASEWORK, money):
        assert ALLOWED[kind].get(role, frozenset()) <= READS, f"{role} {kind}"
    for kind in people:
        assert ALLOWED[kind].get("finance", frozenset()) <= READS, kind
