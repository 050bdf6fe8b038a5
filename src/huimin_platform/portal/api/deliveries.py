"""Deliveries by API: sent, looked at, committed, withdrawn. What is done is done by the intake stage."""

import json
import re
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext_noop
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from huimin import intake as reading
from huimin.privacy.masking import mask_id
from huimin.tables.problem import text
from huimin_platform.base import access, clock, scratch
from huimin_platform.intake import actions, queries, staging, withdrawing
from huimin_platform.intake.models import Delivery, DeliveryFile, DeliveryState, FileState
from huimin_platform.portal.api import schemas
from huimin_platform.portal.api.door import FILES, act
from huimin_platform.portal.api.problems import Refused

router = Router(tags=[gettext_noop("Deliveries")])
FileName = Annotated[str, Field(max_length=120, pattern=r"^[^\x00-\x1f\x7f/\\]*$")]
PAGE, MOST = 100, 1000
# Files that are neither wrong nor held back.
GOOD = (FileState.ACCEPTED, FileState.REPEATED)
FILE_BODY = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in sorted(FILES)},
    }
}


@router.post(
    "/datasets/{slug:name}/deliveries", response={201: schemas.Delivery}, url_name="send", openapi_extra=FILE_BODY,
    summary=gettext_noop("Send a file of a data set; it is looked at, and counts once it is committed."),
)  # fmt: skip
@act("sends", "delivery", content="file")
def send(
    request: HttpRequest, response: HttpResponse, name: str, kind: schemas.Way | None = None, as_of: date | None = None, file: FileName = "",
    commit: bool = False,
) -> Status:  # fmt: skip
    """The delivery with its report; committed at once where that was wanted and nothing is wrong."""
    sent = request.sent
    contract = _contract(name)
    if (kind or contract.delivers) == "snapshot":
        # It ends whatever it does not name, also what other systems and people have sent.
        request.caller.permit("replaces", "delivery", data_set=name)
    title = _named(file, name, FILES[sent.media_type])
    terms = actions.Terms(way=kind or "", as_of_on=as_of, stage=True, dataset=name)
    delivery = _received(request, sent.path, title, terms)
    return _told(request, response, _committed(request, delivery) if commit else delivery)


@router.post(
    "/datasets/{slug:name}/records", response={201: schemas.Delivery}, url_name="records",
    summary=gettext_noop("Send single rows of a data set; a row replaces the earlier one of the same key."),
)  # fmt: skip
@act("sends", "delivery", content="json")
def records(
    request: HttpRequest, response: HttpResponse, name: str, body: schemas.Records, as_of: date | None = None
) -> Status:
    """The delivery of the rows, committed if nothing is wrong."""
    if not _contract(name).record:
        raise Refused("takes_whole_files")
    terms = actions.Terms(way="increment", as_of_on=as_of, stage=True, dataset=name, single_rows=True)
    with scratch.folder(request.sent.size) as folder:
        path = folder / "rows"
        # From the text as it was sent: amounts with decimals are not to pass through a float.
        rows = json.loads(request.sent.path.read_bytes(), parse_float=str)["records"]
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        delivery = _received(request, path, f"{name}.json", terms)
    return _told(request, response, _committed(request, delivery))


@router.get(
    "/deliveries", response=schemas.Deliveries, url_name="deliveries",
    summary=gettext_noop("List what this system sent, the latest first."),
)  # fmt: skip
@act("lists", "delivery")
def deliveries(
    request: HttpRequest, cursor: schemas.Cursor = "", limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> Any:
    """A page of the system's own deliveries, as far as the key reaches."""
    mine = _mine(request).order_by("-pk")
    if cursor:
        mine = mine.filter(pk__lt=_number(cursor))
    found = list(mine[: limit + 1])
    files = _files_of(found[:limit])
    shown = [_shown(each, files[each.pk]) for each in found[:limit] if _within(request, files[each.pk])]
    return {"deliveries": shown, "next": str(found[limit - 1].pk) if len(found) > limit else None}


@router.get(
    "/deliveries/{int:delivery}", response=schemas.Delivery, url_name="delivery",
    summary=gettext_noop("See how far a delivery is and what is wrong with it, a page of problems at a time."),
)  # fmt: skip
@act("opens", "delivery")
def delivery(
    request: HttpRequest, delivery: int, cursor: schemas.Cursor = "", limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE
) -> Any:  # fmt: skip
    """A delivery with its files, what committing it would change, and a page of its problems."""
    return _opened(request, _found(request, delivery), cursor, limit)


@router.post(
    "/deliveries/{int:delivery}/commit", response={200: schemas.Delivery}, url_name="commit",
    summary=gettext_noop("Take in a delivery that was looked at. Twice is once."),
)  # fmt: skip
@act("sends", "delivery")
def commit(request: HttpRequest, delivery: int) -> Any:
    """The delivery, which counts from now on; refused where a file of it was not accepted."""
    found = _found(request, delivery)
    for data_set in {each.dataset for each in queries.files(delivery=found.pk) if each.dataset}:
        request.caller.permit("sends", "delivery", found.pk, data_set=data_set)
    if found.state == DeliveryState.STAGED and not _is_good(found):
        raise Refused("held_back")
    return _opened(request, _commit(request, found), "", PAGE)


@router.post(
    "/deliveries/{int:delivery}/discard", response={200: schemas.Delivery}, url_name="discard",
    summary=gettext_noop("Leave out a delivery that was looked at. Twice is once."),
)  # fmt: skip
@act("sends", "delivery")
def discard(request: HttpRequest, delivery: int) -> Any:
    """The delivery, of which nothing is taken in."""
    found = _found(request, delivery)
    try:
        left = staging.discard(delivery=found.pk, at=clock.now(), by=request.caller.system)
    except staging.NotStaged:
        raise Refused("decided") from None
    return _opened(request, left, "", PAGE)


@router.post(
    "/deliveries/{int:delivery}/withdraw", response={200: schemas.Delivery}, url_name="withdraw",
    summary=gettext_noop("Withdraw a delivery that was taken in: all that it did is undone."),
)  # fmt: skip
@act("withdraws", "delivery", content="json")
def withdraw(request: HttpRequest, delivery: int, body: schemas.Withdrawal) -> Any:
    """The delivery, whose files count no more; those withdrawn before stay as they are."""
    found = _found(request, delivery)
    if found.state != DeliveryState.RECEIVED:
        raise Refused("decided")
    try:
        withdrawing.withdraw(
            delivery=found.pk, reason=body.reason, at=clock.now(), by=request.caller.system
        )  # fmt: skip
    except withdrawing.NoReason:
        raise Refused("wrong_values") from None
    return _opened(request, found, "", PAGE)


def _contract(name: str) -> Any:
    contract = queries.contracts().get(name)
    if contract is None:
        raise Refused("not_there")
    return contract


def _named(file: str, data_set: str, ending: str) -> str:
    """What the file is called: as its sender says, with the ending of its kind, so that it is read as what it is."""
    stem = re.sub(r"^[.~$]+", "", file.strip()) or data_set
    return stem if stem.lower().endswith(ending) else f"{stem}{ending}"


def _received(request: HttpRequest, path: Path, title: str, terms: actions.Terms) -> Delivery:
    """The content taken in under the system's own name: files of two systems never take each other's place."""
    system = request.caller.system
    # Beside where it lies: what is in memory stays there.
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        own = Path(folder, system.username, title)
        own.parent.mkdir()
        path.rename(own)
        # Two requests at once are two deliveries, the same content twice is one.
        name = f"{title[:140]} {request.sent.sha256[:16]}"
        made = actions.receive(paths=[Path(folder)], at=clock.now(), by=system, terms=terms, name=name)
    assert made is not None, "a file that was sent is there"
    return made


def _committed(request: HttpRequest, delivery: Delivery) -> Delivery:
    """The delivery committed if nothing is wrong with it, else as it is."""
    return _commit(request, delivery) if _is_good(delivery) else delivery


def _commit(request: HttpRequest, delivery: Delivery) -> Delivery:
    try:
        return staging.commit(delivery=delivery.pk, at=clock.now(), by=request.caller.system)
    except staging.NotStaged:
        raise Refused("decided") from None


def _is_good(delivery: Delivery) -> bool:
    return all(each.state in GOOD for each in queries.files(delivery=delivery.pk))


def _told(request: HttpRequest, response: HttpResponse, delivery: Delivery) -> Status:
    response["Location"] = f"/api/v1/deliveries/{delivery.pk}"
    return Status(201, _opened(request, delivery, "", PAGE))


def _mine(request: HttpRequest) -> QuerySet[Delivery]:
    return queries.deliveries().filter(by=request.caller.system.username)


def _found(request: HttpRequest, number: int) -> Delivery:
    """A delivery of this system whose data sets the key reaches."""
    found = _mine(request).filter(pk=number).first()
    if found is None or not _within(request, list(queries.files(delivery=number))):
        raise Refused("not_there")
    return found


def _within(request: HttpRequest, files: list[DeliveryFile]) -> bool:
    system = request.caller.system
    return all(
        access.allow(system, "opens", "delivery", data_set=each.dataset) for each in files if each.dataset
    )


def _files_of(found: list[Delivery]) -> dict[int, list[DeliveryFile]]:
    files: dict[int, list[DeliveryFile]] = {each.pk: [] for each in found}
    for file in queries.files().filter(delivery__in=files).prefetch_related("problem_groups").order_by("pk"):
        files[file.delivery_id].append(file)
    return files


def _opened(request: HttpRequest, found: Delivery, cursor: str, limit: int) -> dict[str, Any]:
    files = _files_of([found])[found.pk]
    problems = list(_problems(request, files, cursor, limit + 1))
    shown = _shown(found, files)
    shown["problems"] = [problem for _at, problem in problems[:limit]]
    shown["next"] = problems[limit][0] if len(problems) > limit else None
    if found.state == DeliveryState.STAGED:
        shown["changes"] = [
            {
                "data_set": each.dataset, "rows_new": each.rows.fresh, "rows_changed": each.rows.changed,
                "rows_gone": each.rows.gone, "rows_same": each.rows.same,
            }
            for each in staging.report(found)
        ]  # fmt: skip
    return shown


def _shown(delivery: Delivery, files: list[DeliveryFile]) -> dict[str, Any]:
    return {
        "id": delivery.pk, "name": delivery.name, "state": delivery.state, "state_words": delivery.get_state_display(),
        "received_at": delivery.received_at, "counts_since": delivery.counts_at, "as_of": delivery.as_of_on,
        "files": [_file(each) for each in files],
    }  # fmt: skip


def _file(file: DeliveryFile) -> dict[str, Any]:
    counts = file.withdrawn_at is None and (
        file.current or (file.content is not None and file.content.current)
    )
    return {
        "name": file.name, "data_set": file.dataset, "sha256": file.sha256, "state": file.state,
        "state_words": file.get_state_display(), "counts": counts,
        "rows_accepted": file.rows_accepted, "rows_refused": file.rows_refused, "problems": file.problem_count,
        "message": _words(file.message_code, file.message_params), "withdrawn_at": file.withdrawn_at,
        "kinds": [
            {
                "severity": each.severity, "code": each.code, "field": each.column, "count": each.count,
                "first_row": each.first_line, "message": _words(each.code, each.params),
            }
            for each in sorted(file.problem_groups.all(), key=lambda each: (each.severity, -each.count, each.pk))
        ],
    }  # fmt: skip


def _problems(
    request: HttpRequest, files: list[DeliveryFile], cursor: str, most: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Problems from a cursor on, each with the cursor at which it stands: file and place in its list."""
    first, start = _place(cursor)
    left = most
    for file in (each for each in files if each.pk >= first):
        offset = start if file.pk == first else 0
        found = queries.problems_of(file).slice(offset, left)
        contract = queries.contracts().get(file.dataset)
        said = reading.messages(found, get_language() or "zh-hans")
        for place, (row, message) in enumerate(zip(found.iter_rows(named=True), said, strict=True), offset):
            column = contract.by_name.get(row["column"] or "") if contract else None
            secret = column.data_class if column else "sensitive"
            masked = access.allow(request.caller.system, "opens", "file", data_class=secret).verdict == "mask"
            yield f"{file.pk}.{place}", {
                "file": file.name, "row": row["line"], "field": row["column"] or "",
                "title": column.title.say(get_language() or "zh-hans") if column else row["column"] or "",
                "value": mask_id(row["value"]) if masked and row["value"] else row["value"],
                "severity": row["severity"], "code": row["code"], "message": message,
            }  # fmt: skip
            left -= 1
        if left <= 0:
            return


def _place(cursor: str) -> tuple[int, int]:
    if not cursor:
        return 0, 0
    file, _point, place = cursor.partition(".")
    return _number(file), _number(place)


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise Refused("wrong_values")
    return int(text)


def _words(code: str, params: dict[str, Any]) -> str:
    return text(code, params, get_language() or "zh-hans") if code else ""
