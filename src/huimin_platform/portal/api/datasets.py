"""The catalogue of data sets by API: whose they are, how fresh, how good, and what their contract asks for."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language, gettext_noop
from ninja import Router

from huimin_platform.base import access, clock
from huimin_platform.intake import catalogue, contracts
from huimin_platform.portal import uses
from huimin_platform.portal.api import schemas
from huimin_platform.portal.api.door import act
from huimin_platform.portal.api.problems import Refused

router = Router(tags=[gettext_noop("Data sets")])


@router.get(
    "/datasets", response=schemas.Catalogue, url_name="datasets",
    summary=gettext_noop("List the data sets of this key: owner, purpose, law, freshness, quality, who uses them."),
)  # fmt: skip
@act("lists", "contract")
def datasets(request: HttpRequest) -> Any:
    """The data sets that the key reaches, and how sharing stands over all."""
    found = catalogue.entries(clock.today())
    shared = catalogue.shared(found)
    system = request.caller.system
    mine = [each for each in found if access.allow(system, "opens", "contract", data_set=each.contract.name)]
    return {
        "data_sets": [_entry(each) for each in mine],
        "sharing": {
            "data_sets": shared.data_sets, "data_sets_in_time": shared.data_sets_in_time, "departments": shared.departments,
            "departments_in_time": shared.departments_in_time, "rate": shared.rate,
        },
    }  # fmt: skip


@router.get(
    "/datasets/{slug:name}/contract", response=schemas.Contract, url_name="contract",
    summary=gettext_noop("See what a data set holds: its fields, their headings, units and checks."),
)  # fmt: skip
@act("opens", "contract")
def contract(request: HttpRequest, name: str) -> Any:
    """The contract in force, in words and as its text."""
    found = contracts.contracts().get(name)
    if found is None:
        raise Refused("not_there")
    say = get_language() or "zh-hans"
    return {
        "name": found.name, "title": found.title.say(say), "version": found.version,
        "department": found.department_title.say(say), "purpose": found.purpose.say(say),
        "legal_basis": found.legal_basis.say(say), "delivers": found.delivers, "freshness_days": found.freshness_days,
        "key": list(found.record),
        "fields": [
            {
                "name": each.name, "title": each.title.say(say), "headings": list(each.headings), "type": each.type,
                "required": each.required, "data_class": each.data_class,
                "values": [value.title.say(say) for value in each.values],
            }
            for each in found.columns
        ],
        "text": contracts.text_of(name),
    }  # fmt: skip


def _entry(entry: catalogue.Entry) -> dict[str, Any]:
    say, contract, fresh = get_language() or "zh-hans", entry.contract, entry.freshness
    return {
        "name": contract.name, "title": contract.title.say(say), "department": contract.department_title.say(say),
        "purpose": contract.purpose.say(say), "legal_basis": contract.legal_basis.say(say),
        "contract_version": contract.version, "delivers": contract.delivers,
        "freshness_days": contract.freshness_days, "state": fresh.state, "last_on": fresh.last_on,
        "due_on": fresh.due_on, "rows_accepted": entry.rows_accepted, "rows_refused": entry.rows_refused,
        "accepted_share": entry.accepted_share, "problems": entry.problems,
        "consumers": [each.title.say(say) for each in uses.of_data_set(contract)],
    }  # fmt: skip
