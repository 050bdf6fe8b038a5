"""Who may do what: the function, the scope of querysets, and every address crossed with every role."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from huimin_platform.base import access
from huimin_platform.base.access_table import ALLOWED
from huimin_platform.base.models import Role, User

COUNTY, TOWN, ELSEWHERE = "330127000000", "330127201000", "330182000000"
# address name -> "public", "key" for systems of departments, or the roles that may see it.
POLICY: dict[str, str] = yaml.safe_load(Path(__file__).with_name("base_addresses.yaml").read_text("utf-8"))
# Who is led from the start to a first page of their own.
FIRST_PAGES = {"resident": "/mine/", "appraiser": "/appraisals/", "provider": "/provider/"}
PAGES = [name for name, who in POLICY.items() if who not in ("public", "key")]
EXAMPLES = {"IntConverter": 1, "UUIDConverter": "00000000-0000-0000-0000-000000000000"}


def user(role: str, division: str = COUNTY) -> User:
    return User(pk=1, username=role, role=role, division=division)


def addresses(resolver: Any = None, space: str = "") -> dict[str, URLPattern]:
    """Every address of the site by its full name."""
    found = {}
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            found |= addresses(entry, f"{entry.namespace}:" if entry.namespace else space)
        else:
            found[f"{space}{entry.name}"] = entry
    return found


def example(name: str, entry: URLPattern) -> str:
    """The address filled in with something that looks right and is not there."""
    converters = entry.pattern.converters
    return reverse(
        name, kwargs={key: EXAMPLES.get(type(one).__name__, "x") for key, one in converters.items()}
    )


def test_every_address_has_a_row_in_the_policy_table_and_every_row_an_address() -> None:
    assert sorted(addresses()) == sorted(POLICY)


def test_every_page_that_is_not_public_is_guarded() -> None:
    unguarded = [name for name, entry in addresses().items() if not hasattr(entry.callback, "access")]
    assert sorted(unguarded) == sorted(name for name in POLICY if name not in PAGES)
    for name in (name for name, who in POLICY.items() if who == "key"):
        acts = addresses()[name].callback.acts  # pyright: ignore[reportFunctionMemberAccess]
        assert all(not act.public for act in acts.values())


@pytest.mark.parametrize("name", PAGES)
def test_the_access_table_lets_in_whom_the_policy_names(name: str) -> None:
    action, kind = addresses()[name].callback.access  # pyright: ignore[reportFunctionMemberAccess]
    let_in = {role for role in Role.values if access.allow(user(role), action, kind)}
    assert let_in == set(POLICY[name].split()), f"{name}: {action} {kind}"


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAGES)
def test_strangers_sign_in_first_and_other_roles_are_turned_away(name: str, make_user: Any) -> None:
    address = example(name, addresses()[name])
    for method in ("get", "post"):
        assert turned_away(getattr(Client(), method)(address), "/sign-in/"), f"{method} {address}"
    for role in sorted(set(Role.values) - set(POLICY[name].split())):
        client = Client()
        client.force_login(make_user(role))
        for method in ("get", "post"):
            assert turned_away(getattr(client, method)(address), FIRST_PAGES.get(role, "")), (
                f"{role} {method} {address}"
            )


def turned_away(answer: Any, elsewhere: str) -> bool:
    """Whether nothing was shown: a 403 page, a method that is not served, or the way to another page."""
    return answer.status_code in (403, 405) or (
        answer.status_code == 302 and answer.url.split("?")[0] == elsewhere
    )


def test_what_is_not_in_the_table_is_denied() -> None:
    assert not access.allow(user("operator"), "opens", "nonsense")
    assert not access.allow(user("operator"), "nonsense", "audit")
    assert not access.allow(AnonymousUser(), "lists", "case")
    closed = user("county")
    closed.is_active = False
    assert not access.allow(closed, "lists", "case")


@pytest.mark.parametrize(
    ("division", "place", "verdict"),
    [
        (COUNTY, TOWN, "allow"),
        (TOWN, TOWN, "allow"),
        (TOWN, COUNTY, "deny"),
        (COUNTY, ELSEWHERE, "deny"),
        ("", TOWN, "deny"),
    ],
)
def test_an_officer_acts_within_the_division(division: str, place: str, verdict: str) -> None:
    assert access.allow(user("county", division), "opens", "case", division=place).verdict == verdict


def test_a_national_auditor_needs_no_division_and_a_village_officer_does() -> None:
    assert access.allow(user("auditor", ""), "opens", "case", division=TOWN)
    assert not access.allow(user("village", ""), "opens", "case", division=TOWN)


def test_sensitive_values_are_masked_without_a_purpose() -> None:
    officer = user("county")
    assert access.allow(officer, "opens", "person", data_class="sensitive").verdict == "mask"
    assert (
        access.allow(officer, "opens", "person", data_class="sensitive", purpose="case 12").verdict == "allow"
    )
    assert (
        access.allow(officer, "reveals", "person", data_class="sensitive", purpose="case 12").verdict
        == "allow"
    )
    assert access.allow(user("leader"), "lists", "case", data_class="personal", purpose="x").verdict == "mask"


@pytest.mark.django_db
def test_a_queryset_is_cut_to_the_actors_division(make_user: Any) -> None:
    make_user("village", division="330127201206", username="near")
    make_user("village", division="330182101200", username="far")

    def names(actor: User) -> set[str]:
        return set(
            access.scope(actor, User.objects.filter(role="village")).values_list("username", flat=True)
        )

    assert names(user("township", TOWN)) == {"near"}
    assert names(user("county", ELSEWHERE)) == {"far"}
    assert names(user("county", "")) == set()
    assert names(user("auditor", "")) == {"near", "far"}
    assert names(user("auditor", "330000000000")) == {"near", "far"}


def test_the_table_names_known_roles() -> None:
    assert {role for roles in ALLOWED.values() for role in roles} <= set(Role.values)
