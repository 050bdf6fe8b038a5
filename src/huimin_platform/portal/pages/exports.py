"""Pages of exports: asking for one, how far it is, taking it, and who took it."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from huimin_platform.base import access, audit, clock, exports
from huimin_platform.base.models import Export
from huimin_platform.design import tables
from huimin_platform.design.templatetags.design import day
from huimin_platform.portal import exporting, jobs, looks, purposes
from huimin_platform.portal.export_tables import TABLES, Table, hidden, tables_for

TONES = {"done": "good", "failed": "bad", "expired": "neutral"}
COLUMNS = (
    tables.Column(gettext_lazy("Export")),
    tables.Column(gettext_lazy("Asked for"), sort="asked_at"),
    tables.Column(gettext_lazy("By")),
    tables.Column(gettext_lazy("Rows"), sort="rows_read", number=True),
    tables.Column(gettext_lazy("State"), sort="state"),
)
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class AskForm(forms.Form):
    """What file, what for, and as of which day."""

    form = forms.ChoiceField(
        label=gettext_lazy("Kind of file"),
        choices=Export.Form.choices,
        initial="xlsx",
        widget=forms.RadioSelect,
    )
    use = forms.ChoiceField(
        label=gettext_lazy("What for?"), widget=forms.RadioSelect,
        help_text=gettext_lazy("It is recorded, and so is every download."),
        error_messages={"required": gettext_lazy("Choose what the export is for.")},
    )  # fmt: skip
    as_of = forms.DateField(
        label=gettext_lazy("As known at the end of this day"), required=False,
        help_text=gettext_lazy("Leave it empty for today. A day such as 2026-07-01 gives what was known then."),
        error_messages={"invalid": gettext_lazy("Write the day like 2026-07-01.")},
    )  # fmt: skip
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *arguments: Any, dated: bool, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["use"].choices = purposes.of_exports()  # pyright: ignore[reportAttributeAccessIssue]
        if not dated:
            del self.fields["as_of"]

    def clean_as_of(self) -> date | None:
        """A day that has begun."""
        asked = self.cleaned_data["as_of"]
        if asked and asked > clock.today():
            raise forms.ValidationError(_("That day has not come yet. Write today or an earlier day."))
        return asked


@never_cache
@access.page("lists", "export")
def listed(request: HttpRequest) -> HttpResponse:
    """The exports of the reader, and those of everybody for who looks into them; and what can be exported."""
    found = tables.ordered(request, exports.exports_for(request.user), COLUMNS, default="-asked_at")
    page = tables.page_of(request, found)
    context = {
        "heads": tables.heads(request, COLUMNS, default="-asked_at"),
        "page": page,
        "rows": [(each, _title(each), TONES.get(each.state, "info")) for each in page],
        "offered": [(each.name, each.title) for each in tables_for(request.user)],
    }
    return render(request, "portal/exports.html", context)


@never_cache
@access.page("lists", "export", sends=("opens", "export"))
def ask(request: HttpRequest, table: str) -> HttpResponse:
    """Asks what for and in which form; a short table is there at once, a long one is a job."""
    about = TABLES.get(table)
    if about is None:
        raise Http404
    decision = access.allow(request.user, "exports", about.kind)
    if not decision:
        audit.write(by=request.user, action="exports", kind=about.kind, object_id=table, decision="deny")  # pyright: ignore
        raise access.NotAllowed(decision.reasons)
    filters = {name: request.GET[name][:64] for name in about.filters if request.GET.get(name)}
    form = AskForm(request.POST or None, dated=about.dated, initial={"key": exports.new_key()})
    if request.method == "POST" and form.is_valid():
        return _begun(request, about, filters, form.cleaned_data)
    context = {
        "title": about.title, "form": form, "filters": filters.values(),
        "rows": exporting.count(about, request.user, filters, None),
        "hidden": _titles(about, hidden(request.user, about, "work")), "at_once": exporting.AT_ONCE_ROWS,
        "crumbs": [(_("Exports"), reverse("portal:exports")), (str(about.title), "")],
    }  # fmt: skip
    return render(request, "portal/ask_export.html", context, status=422 if form.errors else 200)


def _begun(request: HttpRequest, about: Table, filters: dict[str, str], said: dict[str, Any]) -> HttpResponse:
    actor: Any = request.user
    as_of = clock.end_of(said["as_of"]) if said.get("as_of") else None
    export, fresh = exports.ask(
        key=said["key"], table=about.name, kind=about.kind, form=said["form"], filters=filters,
        as_of=as_of or (clock.now() if about.dated else None), purpose=said["use"], language=get_language() or "zh-hans",
        hidden=hidden(actor, about, said["use"]), at=clock.now(), by=actor,
    )  # fmt: skip
    if fresh:
        few = (
            exporting.count(about, actor, filters, as_of, exporting.AT_ONCE_ROWS + 1)
            <= exporting.AT_ONCE_ROWS
        )
        if few:
            exporting.make(export.pk, clock.now)
            return redirect("portal:download", export.pk, 0)
        jobs.make_export.defer(export_id=export.pk)
    return redirect("portal:export", export.pk)


@never_cache
@access.page("lists", "export")
def export(request: HttpRequest, export: int) -> HttpResponse:
    """How far an export is, its files, and who took them."""
    found = _found(request, export)
    table = TABLES[found.table]
    context = {
        "export": found,
        "title": _title(found),
        "tone": TONES.get(found.state, "info"),
        "purpose": purposes.words(found.purpose),
        "hidden": _titles(table, found.hidden),
        "running": found.state not in exports.ENDED,
        "share": exporting.share_done(found),
        "left": _left(exporting.seconds_left(found, clock.now())),
        "looks": looks.at_file("export", found.pk),
        "crumbs": [(_("Exports"), reverse("portal:exports")), (str(found.pk), "")],
    }
    return render(request, "portal/export.html", context)


@never_cache
@access.page("lists", "export")
def download(request: HttpRequest, export: int, part: int) -> HttpResponse | StreamingHttpResponse:
    """One file of an export, unsealed piece by piece; the download is written to the log first."""
    found = _found(request, export)
    try:
        pieces = exports.take(export=found, part=part, at=clock.now(), by=request.user)  # pyright: ignore
    except exports.NotThere:
        return redirect("portal:export", found.pk)
    about = found.parts[part]
    response = StreamingHttpResponse(pieces, content_type=TYPES[found.form])
    response["Content-Length"] = about["bytes"]
    response["Content-Disposition"] = f'attachment; filename="{about["name"]}"'
    return response


def _found(request: HttpRequest, export: int) -> Export:
    mine: QuerySet[Export] = exports.exports_for(request.user)
    found = mine.filter(pk=export).first()
    if found is None:
        raise Http404
    return found


def _title(export: Export) -> str:
    title = str(TABLES[export.table].title)
    if export.as_of is None:
        return title
    return _("%(table)s, as known on %(day)s") % {"table": title, "day": day(export.as_of)}


def _titles(table: Table, names: list[str]) -> list[str]:
    return [str(column.title) for column in table.columns if column.name in names]


def _left(seconds: int | None) -> str:
    if seconds is None:
        return ""
    if seconds < 60:
        return _("Less than a minute left")
    return _("About %(minutes)s minutes left") % {"minutes": -(-seconds // 60)}
