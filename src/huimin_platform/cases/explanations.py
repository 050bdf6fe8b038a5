"""Why a household is entitled: the explanation of the day, kept with each decision and shown on the page."""

from collections.abc import Sequence
from typing import Any

from huimin_platform.cases.models import Case, CaseItem
from huimin_platform.matching import queries as matching


def of_case(case: Case) -> dict[str, Any]:
    """The explanations of a case as JSON, to be kept with a decision."""
    return of_cases([case])[case.pk]


def of_cases(cases: Sequence[Case]) -> dict[int, dict[str, Any]]:
    """case -> its explanations as JSON, one for each policy, in one query."""
    items = CaseItem.objects.filter(case__in=cases).select_related("entitlement").order_by("pk")
    found: dict[int, dict[str, Any]] = {case.pk: {"items": []} for case in cases}
    for item in items:
        found[item.case_id]["items"].append(of_item(item))
    return found


def of_item(item: CaseItem) -> dict[str, Any]:
    """What a policy said of the household: version, day, amount and every condition."""
    entitlement = item.entitlement
    return {
        "policy": item.policy,
        "policy_version": item.policy_version,
        "entitlement": entitlement.pk,
        "status": entitlement.status,
        "amount_fen": item.amount_fen,
        **({"refused": item.refused} if item.refused else {}),
        "on": entitlement.on.isoformat(),
        "explanation": entitlement.trace
        or matching.explain(household_id=item.household_id, policy=item.policy),
    }
