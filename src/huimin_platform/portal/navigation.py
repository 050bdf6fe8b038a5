"""The menu: which pages each role sees, in which order and under which heading."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

STAFF = ("village", "township", "county", "steward", "finance", "auditor", "leader", "operator")
CASEWORK = ("village", "township", "county")


@dataclass(frozen=True)
class Entry:
    """A place in the menu: the name of its address, its words, its icon and the roles that see it."""

    name: str
    label: Any
    icon: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """An entry as the page shows it."""

    url: str
    label: Any
    icon: str
    current: bool


@dataclass(frozen=True)
class Part:
    """Entries under one heading, which is empty for what a day begins with."""

    title: Any
    items: list[Item]


PARTS = (
    (
        "",
        (
            Entry("portal:home", _("Start"), "home", STAFF),
            Entry("cases:work", _("My work"), "task", CASEWORK),
            Entry("portal:people", _("People"), "user-search", (*CASEWORK, "steward", "auditor")),
        ),
    ),
    (
        _("Data"),
        (
            Entry(
                "intake:deliveries",
                _("Deliveries"),
                "data-base",
                ("county", "steward", "auditor", "leader", "operator"),
            ),
            Entry(
                "portal:catalogue",
                _("Catalogue"),
                "layers",
                ("county", "steward", "auditor", "leader", "operator"),
            ),
            Entry(
                "portal:api_keys",
                _("Keys of systems"),
                "lock-on",
                ("steward", "leader", "auditor", "operator"),
            ),
            Entry("registry:review", _("Review desk"), "usergroup", ("steward", "auditor")),
            Entry("registry:corrections", _("Corrections"), "edit", ("county", "steward", "auditor")),
        ),
    ),
    (
        _("Needs and cases"),
        (
            Entry("portal:needs", _("Needs"), "heart", (*CASEWORK, "auditor", "leader")),
            Entry("needs:alerts", _("Alerts"), "notification", (*CASEWORK, "auditor", "leader")),
            Entry(
                "matching:findings",
                _("Findings"),
                "flag",
                ("county", "township", "steward", "auditor", "leader"),
            ),
            Entry("cases:cases", _("Cases"), "folder-open", (*CASEWORK, "auditor", "leader", "finance")),
            Entry("cases:lists", _("Three lists"), "task", (*CASEWORK, "auditor", "leader", "finance")),
        ),
    ),
    (
        _("Care and services"),
        (
            Entry("delivery:services", _("Services"), "heart", (*CASEWORK, "finance", "auditor")),
            Entry(
                "delivery:purchases",
                _("Purchased services"),
                "houses",
                ("county", "finance", "leader", "auditor"),
            ),
            Entry(
                "delivery:settlements", _("Settlements"), "file", ("county", "finance", "leader", "auditor")
            ),
            Entry(
                "funds:service_payments",
                _("Payments to providers"),
                "wallet",
                ("finance", "auditor", "leader"),
            ),
            Entry("delivery:provider_orders", _("Orders of services"), "task", ("provider",)),
        ),
    ),
    (
        _("Money"),
        (
            Entry("delivery:orders", _("Orders"), "undertake", ("county", "finance", "auditor")),
            Entry("funds:payments", _("Payments"), "creditcard", ("county", "finance", "auditor", "leader")),
            Entry("funds:exceptions", _("Exceptions"), "flag", ("finance", "auditor")),
            Entry("funds:cards", _("Cards at the bank"), "wallet", (*CASEWORK, "finance", "auditor")),
            Entry("funds:flow", _("Where the money is"), "swap", ("finance", "auditor", "leader")),
            Entry("funds:letters", _("Letters"), "file", ("finance", "auditor", "leader")),
            Entry("funds:checks", _("What must hold"), "task", ("finance", "auditor")),
            Entry(
                "funds:allocations", _("Allocations"), "layers", ("township", "finance", "auditor", "leader")
            ),
            Entry("funds:sources", _("Sources of money"), "institution", ("finance", "auditor", "leader")),
            Entry("funds:projects", _("Projects"), "houses", ("county", "finance", "auditor", "leader")),
            Entry("funds:accounts", _("Accounts"), "wallet", ("finance", "auditor", "leader")),
            Entry(
                "funds:appraisals",
                _("Appraisals"),
                "chart-bar",
                ("county", "finance", "auditor", "leader", "appraiser"),
            ),
        ),
    ),
    (
        _("Policies"),
        (
            Entry("portal:policies", _("Policy book"), "browse", STAFF),
            Entry("portal:drafts", _("New texts"), "edit", ("county", "leader", "auditor")),
            Entry(
                "matching:simulation",
                _("Try other numbers"),
                "fork",
                ("county", "finance", "auditor", "leader"),
            ),
        ),
    ),
    (
        _("Results"),
        (
            Entry("feedback:questions", _("Answers"), "chat", (*CASEWORK, "auditor", "leader")),
            Entry("evaluation:indicators", _("Indicators"), "chart-bar", STAFF),
            Entry("portal:exports", _("Exports"), "download", STAFF),
            Entry("base:audit", _("Audit log"), "history", ("auditor", "operator")),
        ),
    ),
)


def context(request: HttpRequest) -> dict[str, Any]:
    """`navigation` for the base page; nothing for who is not signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": []}
    return {"navigation": parts(user.role, request.path)}


def parts(role: str, path: str) -> list[Part]:
    """The menu of a role; the entry with the longest address that the path begins with is current."""
    found = [
        (title, [(entry, url) for entry in entries if role in entry.roles and (url := _address(entry.name))])
        for title, entries in PARTS
    ]
    shown = [url for _title, entries in found for _entry, url in entries]
    here = max(
        (url for url in shown if path == url or (url != "/" and path.startswith(url))), key=len, default=""
    )
    return [
        Part(title, [Item(url, entry.label, entry.icon, url == here) for entry, url in entries])
        for title, entries in found
        if entries
    ]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
