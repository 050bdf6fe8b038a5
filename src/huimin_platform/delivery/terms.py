"""What a policy grants, as its text says."""

from datetime import date

from django.utils import timezone

from huimin.delivery.schedule import Terms
from huimin.rules.policy import Policy, Service
from huimin_platform.cases.models import CaseItem
from huimin_platform.delivery.models import Grant
from huimin_platform.registry.tables import book


def terms_of(item: CaseItem) -> Terms:
    """What the policy grants: an amount each month, from the month its law names, in money or in services; an amount at
    once; or a standing.
    """
    if not item.amount_fen:
        return Terms("status", "none")
    if item.per == "once":
        return Terms("cash", "once", starts="at_once")
    policy = _policy(item)
    if policy is None:
        return Terms("cash", "month")
    return Terms("cash" if policy.service is None else "service", "month", starts=policy.starts)


def service_of(policy: str, on: date) -> Service | None:
    """The service that a policy buys for people on a day; None where it pays money, or is not known."""
    return book().policy(policy, on).service if policy in book().names else None


def skills_asked(service: Service, grant: Grant, recipient: int) -> tuple[str, ...]:
    """What the service asks of who gives it, by what the decision found of the person; nothing where the policy asks nothing."""
    trace = grant.case_item.entitlement.trace or {}
    known = book().facts.get(service.skills_by)
    said = next(
        (
            value
            for member in trace.get("members", ())
            if member["person"] == recipient
            for key, _title, value in member["facts"]
            if key == service.skills_by
        ),
        None,
    )
    if known is None or said is None:
        return ()
    names = {title.zh: name for name, title in known.value_titles.items()}
    return dict(service.skills).get(names.get(said["zh"], ""), ())


def services_bought(on: date) -> dict[str, Service]:
    """policy -> the service it buys for people, of the policies in force on a day."""
    return {each.name: each.service for each in book().policies if each.in_force(on) and each.service}


def _policy(item: CaseItem) -> Policy | None:
    if item.policy not in book().names:
        return None
    return book().policy(item.policy, timezone.localdate(item.case.decided_at))
