"""What systems fetch: exports as jobs, the policies of the book, the figures of their division."""

import hashlib
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _
from ninja import Query, Router
from ninja.responses import Status

from huimin.rules.policy import Clause
from huimin.units.words import Words
from huimin_platform.base import access, clock, exports
from huimin_platform.base.models import Export
from huimin_platform.evaluation.queries import figures as kept
from huimin_platform.evaluation.queries.figures import NOT_OF_PEOPLE
from huimin_platform.portal import exporting, jobs, policybook
from huimin_platform.portal.api import schemas
from huimin_platform.portal.api.door import act
from huimin_platform.portal.api.problems import Refused
from huimin_platform.portal.export_tables import TABLES, hidden
from huimin_platform.portal.pages.exports import TYPES

router = Router()
EXPORTS, BOOK, FIGURES = gettext_noop("Exports"), gettext_noop("Policies"), gettext_noop("Figures")
# Below so many behind a figure it is not told.
FEWEST = 10


@router.post(
    "/exports", response={202: schemas.Export}, url_name="ask_export", tags=[EXPORTS],
    summary=gettext_noop("Ask for a table as a file; it is made in the background and kept for seven days."),
)  # fmt: skip
@act("lists", "export", content="json")
def ask(request: HttpRequest, response: HttpResponse, body: schemas.ExportWish) -> Status:
    """The export, which is under way."""
    about = TABLES.get(body.table)
    if about is None:
        raise _wrong("table", _("The tables are %(names)s.") % {"names": ", ".join(sorted(TABLES))})
    request.caller.permit("exports", about.kind, body.table, purpose=body.purpose)
    unknown = sorted(set(body.filters) - set(about.filters))
    if unknown:
        raise _wrong(
            f"filters.{unknown[0]}",
            _("This table is filtered by %(names)s.") % {"names": ", ".join(about.filters) or "—"},
        )
    if body.as_of and not about.dated:
        raise _wrong("as_of", _("Past answers are not kept of this table. Leave the day out."))
    if body.as_of and body.as_of > clock.today():
        raise _wrong("as_of", _("That day has not come yet. Write today or an earlier day."))
    system, at = request.caller.system, clock.now()
    as_of = clock.end_of(body.as_of) if body.as_of else at if about.dated else None
    export, fresh = exports.ask(
        key=_export_key(request), table=about.name, kind=about.kind, form=body.form, filters=dict(body.filters),
        as_of=as_of, purpose=body.purpose, language=get_language() or "zh-hans",
        hidden=hidden(system, about, body.purpose), at=at, by=system,
    )  # fmt: skip
    if fresh:
        jobs.make_export.defer(export_id=export.pk)
    response["Location"] = f"/api/v1/exports/{export.pk}"
    return Status(202, _export(export))


@router.get(
    "/exports/{int:export}", response=schemas.Export, url_name="export", tags=[EXPORTS],
    summary=gettext_noop("See how far an export is, and where its files are."),
)  # fmt: skip
@act("opens", "export")
def export(request: HttpRequest, export: int) -> Any:
    """An export of this system."""
    return _export(_found(request, export))


@router.get(
    "/exports/{int:export}/files/{int:number}", url_name="export_file", tags=[EXPORTS],
    summary=gettext_noop("Take a file of an export; every download is recorded."),
    openapi_extra={
        "responses": {
            200: {
                "description": "OK",
                "content": {kind.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for kind in TYPES.values()},
            }
        }
    },
)  # fmt: skip
@act("opens", "export")
def export_file(request: HttpRequest, export: int, number: int) -> StreamingHttpResponse:
    """The bytes of one file, unsealed piece by piece."""
    found = _found(request, export)
    try:
        pieces = exports.take(export=found, part=number, at=clock.now(), by=request.caller.system)
    except exports.NotThere:
        raise Refused("not_ready") from None
    about = found.parts[number]
    response = StreamingHttpResponse(pieces, content_type=TYPES[found.form])
    response["Content-Length"] = about["bytes"]
    response["Content-Disposition"] = f'attachment; filename="{about["name"]}"'
    return response


@router.get(
    "/policies", response=schemas.Policies, url_name="policies", tags=[BOOK], auth=None,
    summary=gettext_noop("List the policies in force. Public: no key."),
)  # fmt: skip
@act("lists", "policy", public=True)
def policies(
    request: HttpRequest, q: Annotated[str, Query(max_length=80)] = "", everywhere: bool = False
) -> Any:
    """The policies in force here, or those that some words are about; with `everywhere` those of other regions too."""
    hits = policybook.find(q, clock.today(), policybook.place_of(None), everywhere=everywhere)
    return {"policies": [_short(hit.policy) for hit in hits]}


@router.get(
    "/policies/{slug:policy}", response=schemas.Policy, url_name="policy", tags=[BOOK], auth=None,
    summary=gettext_noop("See one policy: who, how much, which papers, which steps, by which law. Public: no key."),
)  # fmt: skip
@act("opens", "policy", public=True)
def policy(request: HttpRequest, policy: str) -> Any:
    """The version in force of a policy, with the numbers of this place."""
    found = policybook.version_of(policy, "", clock.today())
    if found is None:
        raise Refused("not_there")
    told = policybook.guideline_of(found, clock.today(), policybook.place_of(None))
    return _short(found) | {
        "summary": _said(found.summary),
        "conditions": [
            {"words": _said(each.words), "formula": _said(each.formula), "clause": _cited(each.clause)}
            for each in told.requirements
        ],
        "amount": _said(told.amount) if told.amount else None,
        "period": _said(told.period),
        "papers": [_said(each.title) for each in told.papers],
        "steps": [_said(each.name) for each in told.steps],
        "working_days": told.working_days,
        "clauses": [_cited(each) for each in told.clauses],
    }


@router.get(
    "/figures", response=schemas.Figures, url_name="figures", tags=[FIGURES],
    summary=gettext_noop("See the figures of the division that the system works for, on the last day that has some."),
)  # fmt: skip
@act("lists", "figure")
def figures(request: HttpRequest, phase: Annotated[int, Query(ge=1, le=3)] = 1) -> Any:
    """Every indicator with its value and target; of few people none."""
    today = clock.today()
    on = kept.latest_on(today)
    division = kept.division_of(request.caller.system, "", kept.counties(on) if on else {})
    found = kept.standings(on, division, phase)
    return {"division": division, "on": on, "figures": [_figure(each) for each in found]}


def _figure(standing: kept.Standing) -> dict[str, Any]:
    indicator, figure, judged = standing.indicator, standing.figure, standing.judgement
    few = (
        figure is not None
        and 0 < figure.denominator < FEWEST
        and kept.measure(indicator.name, figure.on).kind not in NOT_OF_PEOPLE
    )
    return {
        "indicator": indicator.name, "title": _said(indicator.title), "meaning": _said(indicator.meaning),
        "unit": indicator.unit, "value": None if few else judged.value, "target": judged.target,
        "status": "hidden" if few else judged.status, "hidden": few,
    }  # fmt: skip


def _found(request: HttpRequest, number: int) -> Export:
    """An export of this system of a table that the key reaches."""
    system = request.caller.system
    found = exports.exports_for(system).filter(pk=number).first()
    if found is None or not access.allow(system, "exports", TABLES[found.table].kind):
        raise Refused("not_there")
    return found


def _export_key(request: HttpRequest) -> str:
    """The key under which an export is asked once: the one of the request, told apart by system."""
    chosen = request.headers.get("Idempotency-Key")
    if chosen is None:
        return exports.new_key()
    return hashlib.sha256(f"{request.caller.system.pk} {chosen}".encode()).hexdigest()


def _export(export: Export) -> dict[str, Any]:
    table = TABLES[export.table]
    return {
        "id": export.pk, "table": export.table, "form": export.form, "purpose": export.purpose, "state": export.state,
        "state_words": export.get_state_display(), "asked_at": export.asked_at, "expires_at": export.expires_at,
        "rows": export.rows_written, "share_done": exporting.share_done(export),
        "hidden": [str(column.title) for column in table.columns if column.name in export.hidden],
        "files": [
            {
                "name": each["name"], "bytes": each["bytes"], "sha256": each["sha256"],
                "href": f"/api/v1/exports/{export.pk}/files/{number}",
            }
            for number, each in enumerate(export.parts)
        ],
    }  # fmt: skip


def _short(policy: Any) -> dict[str, Any]:
    return {
        "name": policy.name, "title": _said(policy.title), "department": policybook.department(policy.department),
        "holds_in": policybook.holds_in(policy), "version": policy.version, "in_force_from": policy.started_on,
        "href": f"/api/v1/policies/{policy.name}",
    }  # fmt: skip


def _cited(clause: Clause) -> str:
    return _said(clause.words)


def _said(words: Words) -> str:
    return words.say(get_language() or "zh-hans")


def _wrong(field: str, message: str) -> Refused:
    return Refused("wrong_values", errors=[{"field": field, "message": message}])
