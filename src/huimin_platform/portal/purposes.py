"""Why somebody opens a person's file: asked once a session and person, kept with the audit line."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from huimin_platform.cases import queries as cases

SESSION_KEY = "purposes"
MOST_KEPT = 200


def choices() -> list[tuple[str, str]]:
    """The purposes one can choose, code and words."""
    return [
        ("case", _("I work on a case of this household")),
        ("request", _("The resident asked me to")),
        ("data", _("I check whether the data are right")),
        ("visit", _("I prepare a visit")),
        ("audit", _("I audit")),
    ]


def of_exports() -> list[tuple[str, str]]:
    """What a list is exported for, code and words."""
    return [
        ("work", _("I work through the list")),
        ("report", _("A report that the law or a superior asks for")),
        ("data", _("I check whether the data are right")),
        ("audit", _("I audit")),
    ]


def words(purpose: str) -> str:
    """A purpose in words; one that names a case, a payment or a card says so."""
    about, colon, number = purpose.partition(":")
    named = {
        "case": _("Case %(number)s"), "payment": _("Payment %(number)s"),
        "card": _("What the bank says of the card, %(number)s"),
        "service": _("Service order %(number)s"),
    }  # fmt: skip
    if colon and about in named:
        return named[about] % {"number": number}
    if purpose == "sends_back":
        return _("To send it back to the bank")
    return dict([*of_exports(), *choices()]).get(purpose, purpose)


def said(request: HttpRequest, kind: str, number: int) -> str:
    """The purpose said in this session for a file; empty where none was."""
    return request.session.get(SESSION_KEY, {}).get(f"{kind}:{number}", "")


def say(request: HttpRequest, kind: str, number: int, purpose: str) -> bool:
    """Keeps the purpose for this session; False where it is not one of the choices."""
    if purpose not in dict(choices()):
        return False
    _keep(request, f"{kind}:{number}", purpose)
    return True


def from_case(request: HttpRequest, kind: str, number: int, households: set[int]) -> str:
    """The purpose that a link from a case brings along: only a case the actor has, about this household."""
    asked = request.GET.get("case", "")
    case: Any = cases.case_for(request.user, asked) if asked else None
    if case is None or case.household_id not in households:
        return ""
    purpose = f"case:{case.number}"
    _keep(request, f"{kind}:{number}", purpose)
    return purpose


def _keep(request: HttpRequest, key: str, purpose: str) -> None:
    kept = {**request.session.get(SESSION_KEY, {}), key: purpose}
    request.session[SESSION_KEY] = dict(list(kept.items())[-MOST_KEPT:])
