"""Pages of the intake stage: what came in, what is wrong with it, and the workbook back to the sender."""

import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huimin import intake
from huimin.intake.changes import HOLDING
from huimin.privacy.masking import mask_id
from huimin.tables.contract import Contract
from huimin.tables.problem import text
from huimin_platform.base import access, clock, lake, scratch
from huimin_platform.design import tables
from huimin_platform.design.fields import DateField
from huimin_platform.intake import actions, queries, staging, withdrawing
from huimin_platform.intake.models import (
    TAKEN,
    DeliveryFile,
    DeliveryState,
    FileState,
    Way,
)

COLUMNS = (
    tables.Column(gettext_lazy("File"), sort="name"),
    tables.Column(gettext_lazy("Data set"), sort="dataset"),
    tables.Column(gettext_lazy("Rows accepted"), sort="rows_accepted", number=True),
    tables.Column(gettext_lazy("Rows refused"), sort="rows_refused", number=True),
    tables.Column(gettext_lazy("Problems"), sort="problem_count", number=True),
    tables.Column(gettext_lazy("Received"), sort="delivery__received_at"),
    tables.Column(gettext_lazy("State"), sort="state"),
)
KINDS = {
    FileState.ACCEPTED: "good", FileState.PARTLY: "warning", FileState.REFUSED: "bad", FileState.UNKNOWN_KIND: "bad",
    FileState.AMBIGUOUS: "bad", FileState.REPEATED: "neutral", FileState.UNREADABLE: "bad",
}  # fmt: skip
SAMPLES = 50
# What the form asks besides the files, as the action takes it.
TERMS = ("although_changed", "way", "as_of_on", "stage")


class SendForm(forms.Form):
    """The files somebody sends."""

    sent = forms.FileField(
        label=gettext_lazy("Files"),
        help_text=gettext_lazy("CSV, Excel, JSON or Parquet, as your system writes them. Several at once."),
        error_messages={"required": gettext_lazy("Choose the files to send.")},
    )
    although_changed = forms.BooleanField(
        label=gettext_lazy("Take in files whose columns, units or days changed against the delivery before"),
        required=False,
    )
    stage = forms.BooleanField(
        label=gettext_lazy("Only look at the files first and tell what they would change"), required=False
    )
    way = forms.ChoiceField(
        label=gettext_lazy("How the files stand to those before"), required=False,
        choices=[("", gettext_lazy("As agreed for the data set")), *Way.choices],
    )  # fmt: skip
    as_of_on = DateField(label=gettext_lazy("The day that the rows are of"), required=False)


@access.page("lists", "delivery")
def deliveries(request: HttpRequest) -> HttpResponse:
    """All files that came in, the latest first."""
    files = queries.files()
    state = request.GET.get("state", "")
    if state:
        files = files.filter(state=state)
    page = tables.page_of(request, tables.ordered(request, files, COLUMNS, default="-delivery__received_at"))
    context = {
        "heads": tables.heads(request, COLUMNS, default="-delivery__received_at"),
        "page": page,
        "rows": [(each, title_of(each), KINDS[FileState(each.state)]) for each in page],
        "states": FileState.choices,
        "totals": queries.totals(),
        "may_send": bool(access.allow(request.user, "sends", "delivery")),
    }
    return render(request, "intake/deliveries.html", context)


@access.page("opens", "delivery")
def delivery(request: HttpRequest, delivery: int) -> HttpResponse:
    """One delivery with its files."""
    found = queries.deliveries().filter(pk=delivery).first()
    if found is None:
        raise Http404
    files = queries.files(delivery=delivery)
    context = {
        "delivery": found,
        "rows": [
            (
                each,
                title_of(each),
                KINDS[FileState(each.state)],
                message_of(each.message_code, each.message_params),
            )
            for each in files
        ],
        "may_send": bool(access.allow(request.user, "sends", "delivery")),
        "may_withdraw": bool(access.allow(request.user, "withdraws", "delivery"))
        and found.state == DeliveryState.RECEIVED
        and any(map(withdrawing.stands, files)),
        "staged": found.state == DeliveryState.STAGED,
        "changes": titled(staging.report(found)) if found.state == DeliveryState.STAGED else [],
        "held": any(each.message_code in HOLDING and each.state == FileState.REFUSED for each in files),
        "crumbs": [(_("Deliveries"), reverse("intake:deliveries")), (found.name, "")],
    }
    return render(request, "intake/delivery.html", context)


def titled(changes: list[staging.Change]) -> list[tuple[str, staging.Change]]:
    """Changes with the data set of each in the reader's language."""
    language = get_language() or "zh-hans"
    return [(queries.contracts()[each.dataset].title.say(language), each) for each in changes]


@require_POST
@access.page("sends", "delivery")
def commit(request: HttpRequest, delivery: int) -> HttpResponse:
    """Takes in a delivery that was looked at, or leaves it out."""
    if not queries.deliveries().filter(pk=delivery).exists():
        raise Http404
    by: Any = request.user
    try:
        if request.POST.get("outcome") == "discard":
            staging.discard(delivery=delivery, at=clock.now(), by=by)
            messages.success(request, _("Nothing of this delivery was taken in."))
        else:
            anyway = "although_changed" in request.POST
            staging.commit(delivery=delivery, at=clock.now(), by=by, although_changed=anyway)
            messages.success(request, _("The delivery was taken in."))
    except staging.NotStaged:
        messages.error(request, _("Somebody has decided on this delivery already."))
    return redirect("intake:delivery", delivery)


@require_POST
@access.page("sends", "delivery")
def release(request: HttpRequest, delivery: int, file: int) -> HttpResponse:
    """Takes in a file that was held back because it changed."""
    by: Any = request.user
    kept = actions.release(file=_found(delivery, file).pk, at=clock.now(), by=by)
    if kept.state in TAKEN:
        messages.success(request, _("The file was taken in."))
    else:
        messages.error(request, _("The file could not be taken in. What is wrong with it stands below."))
    return redirect("intake:file", delivery, file)


@access.page("opens", "file")
def file(request: HttpRequest, delivery: int, file: int) -> HttpResponse:
    """One file: its problems by kind, and the first cells of the kind chosen."""
    found = _found(delivery, file)
    code, column = request.GET.get("code", ""), request.GET.get("column", "")
    contract = queries.contracts().get(found.dataset)
    groups = list(queries.groups_of(found))
    if not code and groups:
        code, column = groups[0].code, groups[0].column
    context = {
        "file": found,
        "title": title_of(found),
        "kind": KINDS[FileState(found.state)],
        "message": message_of(found.message_code, found.message_params),
        "groups": [
            (group, column_title(contract, group.column), message_of(group.code, group.params))
            for group in groups
        ],
        "heads": [_("Row"), _("Column"), _("Cell"), _("What is wrong, and what to do")],
        "samples": _samples(request, found, code, column) if code else [],
        "may_release": found.state == FileState.REFUSED
        and found.message_code in HOLDING
        and bool(access.allow(request.user, "sends", "delivery")),
        "may_export": bool(access.allow(request.user, "exports", "file")),
        "crumbs": [
            (_("Deliveries"), reverse("intake:deliveries")),
            (found.delivery.name, reverse("intake:delivery", args=[delivery])),
            (found.name, ""),
        ],
    }
    return render(request, "intake/file.html", context)


@access.page("exports", "file")
def workbook(request: HttpRequest, delivery: int, file: int) -> FileResponse:
    """The workbook back to the sender, each bad cell marked, made anew from the file as it came."""
    found = _found(delivery, file)
    day = timezone.localdate(found.delivery.received_at)
    content = lake.get_bytes(found.raw_path)
    place = scratch.place(len(content))
    reading = intake.read(content, found.name, queries.contracts(), day, scratch=place)
    folder = tempfile.TemporaryDirectory(dir=place)
    path = Path(folder.name) / "marked.xlsx"
    intake.marked_up_workbook(reading, get_language() or "zh-hans", path)
    marked = path.open("rb")
    folder.cleanup()  # the open file stays readable
    actions.note_download(file=found, at=clock.now(), by=request.user)  # pyright: ignore[reportArgumentType]
    name = f"{Path(found.name).stem}_{_('problems')}.xlsx"
    return FileResponse(marked, as_attachment=True, filename=name)


@access.page("sends", "delivery")
def send(request: HttpRequest) -> HttpResponse:
    """The form to send files, and the delivery they become."""
    form = SendForm(request.POST, request.FILES) if request.method == "POST" else SendForm()
    if request.method == "POST" and form.is_valid():
        uploads = [(each.name, each.read()) for each in request.FILES.getlist("sent")]
        made = actions.upload(
            uploads=uploads, at=clock.now(), by=request.user,  # pyright: ignore[reportArgumentType]
            terms=actions.Terms(**{name: form.cleaned_data[name] for name in TERMS}),
        )  # fmt: skip
        assert made is not None
        messages.success(request, _("The files were received. The list says what became of each."))
        return redirect("intake:delivery", made.pk)
    crumbs = [(_("Deliveries"), reverse("intake:deliveries")), (_("Send files"), "")]
    return render(
        request, "intake/send.html", {"form": form, "crumbs": crumbs}, status=422 if form.errors else 200
    )


def title_of(file: DeliveryFile) -> str:
    """The data set of a file in the reader's language."""
    contract = queries.contracts().get(file.dataset)
    return contract.title.say(get_language() or "zh-hans") if contract else "—"


def column_title(contract: Contract | None, column: str) -> str:
    """A column by its title in the reader's language."""
    if contract is not None and column in contract.by_name:
        return contract.column(column).title.say(get_language() or "zh-hans")
    return column or _("The whole file")


def message_of(code: str, params: dict[str, Any]) -> str:
    """What a problem says, and what to do."""
    if not code:
        return ""
    return text(code, params, get_language() or "zh-hans")


def _samples(request: HttpRequest, file: DeliveryFile, code: str, column: str) -> list[dict[str, Any]]:
    """The first cells of a kind of problem; those of a class the reader sees in part only are masked."""
    contract = queries.contracts().get(file.dataset)
    problems = queries.problems_of(file, code, column).head(SAMPLES)
    data_class = "sensitive"
    if contract is not None and column in contract.by_name:
        data_class = contract.column(column).data_class
    masked = access.allow(request.user, "opens", "file", data_class=data_class).verdict == "mask"
    said = intake.messages(problems, get_language() or "zh-hans")
    return [
        {
            "line": row["line"],
            "column": column_title(contract, column),
            "value": mask_id(row["value"]) if masked else row["value"],
            "message": message,
        }
        for row, message in zip(problems.iter_rows(named=True), said, strict=True)
    ]


def _found(delivery: int, file: int) -> DeliveryFile:
    found = queries.file_for(delivery, file)
    if found is None:
        raise Http404
    return found
