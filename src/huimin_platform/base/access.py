"""Who may do what: one pure function over one table, used by pages and commands alike."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit, urlunsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.urls import resolve, reverse
from django.utils.translation import gettext as _

from huimin_platform.base.access_table import ALLOWED, MASKED_FROM, NATIONWIDE, SHOWS

Verdict = Literal["allow", "deny", "mask"]
Some = TypeVar("Some", bound=Model)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
RANK = {"public": 0, "internal": 1, "personal": 2, "sensitive": 3}


@dataclass(frozen=True)
class Decision:
    """What the table says, and why in words for the reader."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.verdict != "deny"


@dataclass(frozen=True)
class Scope:
    """What one key permits a system: acts, on which data sets, and which kinds of tables it may export."""

    actions: frozenset[str]
    data_sets: frozenset[str]
    exports: frozenset[str]

    def permits(self, action: str, kind: str, data_set: str) -> bool:
        """Whether the act lies within the scope; reading goes with every key, within its data sets."""
        if data_set and data_set not in self.data_sets:
            return False
        if action in ("lists", "opens"):
            return True
        if action == "exports":
            return action in self.actions and kind in self.exports
        return action in self.actions


def within_scope(system: Any, scopes: Sequence[Scope]) -> Any:
    """The system as one who acts within these scopes; without any it may do nothing."""
    system.scopes = tuple(scopes)
    return system


class NotAllowed(PermissionDenied):
    """The actor may not do this; `reasons` says why."""

    def __init__(self, reasons: tuple[str, ...] = ()) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def allow(
    actor: Any,
    action: str,
    kind: str,
    *,
    division: str | None = None,
    data_set: str = "",
    data_class: str = "internal",
    purpose: str = "",
    at: datetime | None = None,
) -> Decision:
    """Whether the actor may do this to such an object in this division, and whether values are masked.

    A system may do what its role includes and the key that it shows permits, on the data sets of that key.
    """
    if not actor.is_authenticated or not actor.is_active:
        return Decision("deny", (_("Sign in first."),))
    if action not in ALLOWED.get(kind, {}).get(actor.role, frozenset()):
        return Decision(
            "deny", (_("The role %(role)s does not include this.") % {"role": actor.get_role_display()},)
        )
    if actor.role == "system" and not any(
        scope.permits(action, kind, data_set) for scope in getattr(actor, "scopes", ())
    ):
        return Decision("deny", (_("The key does not permit this."),))
    if division is not None and not within(actor, division):
        return Decision("deny", (_("This is outside the division you work for."),))
    if data_class == "sensitive" and not purpose and action != "reveals":
        return Decision("mask", (_("Say for what purpose you need to see it in full."),))
    masked_from = MASKED_FROM.get(actor.role)
    if masked_from and RANK[data_class] >= RANK[masked_from] and action != "reveals":
        return Decision("mask", (_("Your role sees these values in part only."),))
    return Decision("allow")


def within(actor: Any, division: str) -> bool:
    """Whether a division lies in the part of the country the actor works for."""
    leading = prefix_of(actor)
    return leading is not None and division.startswith(leading)


def prefix_of(actor: Any) -> str | None:
    """The leading digits shared by all divisions of the actor: empty for the whole country, None for none."""
    from huimin.units.divisions import prefix

    if actor.role in NATIONWIDE and not actor.division:
        return ""
    return prefix(actor.division) if actor.division else None


def scope(actor: Any, queryset: QuerySet[Some], field: str = "division") -> QuerySet[Some]:
    """The rows of the queryset that lie in the actor's division and below; none for who has no division."""
    leading = prefix_of(actor)
    if leading is None:
        return queryset.none()
    return queryset.filter(**{f"{field}__startswith": leading}) if leading else queryset


def page(
    action: str, kind: str, *, data_class: str = "internal", sends: tuple[str, str] | None = None
) -> Callable[[Callable], Callable]:
    """Decorates a view: sign-in first, then the access table; who may not gets the 403 page in plain words.

    A page that only shows takes no form, whoever sends one, unless `sends` says which act on what the form is: then the
    table is asked about that act too. A page of any other act takes forms of its act.
    Opening one object (`opens`) writes an audit line with the id from the address.
    """
    writes = sends or (None if action in SHOWS else (action, kind))

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
            from huimin_platform.base import audit

            actor: Any = request.user
            if not actor.is_authenticated:
                if request.method == "POST":
                    messages.info(
                        request,
                        _("You were signed out meanwhile. Sign in again, then send the form once more."),
                    )
                return redirect_to_login(_back_to(request))
            asked = [(action, kind)] if request.method in SAFE_METHODS else [(action, kind), writes]
            for each in asked:
                if each is None:
                    return HttpResponseNotAllowed(["GET", "HEAD"])
                decision = allow(actor, *each, data_class=data_class)
                if not decision:
                    audit.write(
                        by=actor, action=each[0], kind=each[1], object_id=_object_id(named), decision="deny"
                    )
                    raise NotAllowed(decision.reasons)
            response = view(request, *arguments, **named)
            if action == "opens" and named and response.status_code < 300:
                audit.write(by=actor, action=action, kind=kind, object_id=_object_id(named))
            return response

        guarded.access = (action, kind)  # type: ignore[attr-defined]
        guarded.writes = writes  # type: ignore[attr-defined]
        return guarded

    return decorate


def _back_to(request: HttpRequest) -> str:
    """Where one comes back to after signing in: the page asked for, or the one whose form was sent, where it was ours."""
    sent_from = urlsplit(request.headers.get("Referer", ""))
    if request.method != "POST" or sent_from.netloc != request.get_host():
        return request.get_full_path()
    return urlunsplit(("", "", sent_from.path, sent_from.query, ""))


def address(actor: Any, name: str, *arguments: Any) -> str:
    """The address of a page, empty where the actor's role may not see it: a link never leads to a refusal."""
    return reachable(actor, reverse(name, args=arguments))


def reachable(actor: Any, url: str) -> str:
    """An address of ours, empty where the actor's role may not see the page."""
    if not url:
        return ""
    asked = getattr(resolve(urlsplit(url).path).func, "access", None)
    return url if asked is None or allow(actor, *asked) else ""


def _object_id(named: dict[str, Any]) -> str:
    return str(next(iter(named.values()), ""))
