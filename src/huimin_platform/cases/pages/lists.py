"""The three lists 三单 as pages, the load of offices as a map of heat, and exports for Excel.

The list of tasks, a row a step, is exported as every long table is; the others are sums and are there at once.
"""

import tempfile
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from huimin.cases.process import LEVEL_WORDS
from huimin.units.workdays import calendar_ends, working_days_between
from huimin_platform.base import access, audit, clock
from huimin_platform.cases import lists, superiors
from huimin_platform.design import tables
from huimin_platform.design.templatetags.design import say
from huimin_platform.supply.queries import department_name, departments

LISTS = ("tasks", "responsibilities", "deadlines", "duties", "load")
SUMS = ("responsibilities", "deadlines", "duties", "load")


@access.page("lists", "case")
def show(request: HttpRequest) -> HttpResponse:
    """One of the lists, for the department, level and place that the address asks for."""
    name = _name(request)
    today = clock.today()
    context: dict[str, Any] = {
        "list": name,
        "lists": [(each, _title(each)) for each in LISTS],
        "title": _title(name),
        "departments": [(code, say(each.name)) for code, each in departments().items()],
        "late": [("1", _("Late steps only"))],
        "levels": [(level, say(words)) for level, words in LEVEL_WORDS.items()],
        "export": _export_address(request, name),
        "today": today,
        "calendar_ends": calendar_ends(today),
        "crumbs": [(_("My work"), reverse("cases:work")), (_("Lists"), "")],
    }
    if name == "load":
        codes, rows = lists.heat(_steps(request), today)
        offices = [department_name(code) for code in codes]
        cells = [(place, list(zip(offices, loads, strict=True))) for place, loads in rows]
        context |= {"heads": [_("Place"), *offices], "heat": cells}
    elif name == "tasks":
        page = tables.page_of(request, superiors.with_names(_steps(request)))
        rows = [_task(step, today) for step in page]
        context |= {"heads": _heads(name), "page": page, "rows": _labelled(name, rows)}
    else:
        context |= {"heads": _heads(name), "rows": _labelled(name, _rows(request, name))}
    return render(request, "cases/lists.html", context)


@access.page("lists", "case")
def export(request: HttpRequest) -> HttpResponse:
    """A list of sums as a workbook; the export is kept in the audit log. The tasks are exported as a long table."""
    name = _name(request)
    if name not in SUMS:
        return redirect(_export_address(request, name))
    with tempfile.TemporaryDirectory(prefix="huimin-list-") as folder:
        path = Path(folder) / "list.xlsx"
        lists.workbook(str(path), _heads(name), _rows(request, name))
        content = path.read_bytes()
    actor: Any = request.user
    audit.write(by=actor, action="exports", kind="case", object_id=name, details=dict(request.GET.items()))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}-{clock.today():%Y%m%d}.xlsx"'
    return response


def _export_address(request: HttpRequest, name: str) -> str:
    address = reverse("cases:lists_export") if name in SUMS else reverse("portal:ask_export", args=["tasks"])
    return f"{address}?{request.GET.urlencode()}"


def _name(request: HttpRequest) -> str:
    asked = request.GET.get("list", "")
    return asked if asked in LISTS else "tasks"


def _title(name: str) -> str:
    return {
        "tasks": _("Task list"),
        "responsibilities": _("Responsibility list"),
        "deadlines": _("Deadline list"),
        "duties": _("Powers and duties"),
        "load": _("Load and delay"),
    }[name]


def _asked(request: HttpRequest) -> dict[str, str]:
    level = request.GET.get("level", "")
    return {
        "department": request.GET.get("department", "")[:32],
        "level": level if level in LEVEL_WORDS else "",
    }


def _steps(request: HttpRequest) -> Any:
    late_on = clock.today() if request.GET.get("late") else None
    division = request.GET.get("division", "")
    return lists.tasks(request.user, division=division, late_on=late_on, **_asked(request))


def _heads(name: str) -> list[str]:
    office = [_("Department"), _("Level")]
    return {
        "tasks": [
            _("Case"), _("What to do"), *office, _("State"), _("Due"), _("Late by, working days"), _("Officer"), _("Told to"),
        ],
        "responsibilities": [*office, _("Under way"), _("Waiting"), _("Paused"), _("Late"), _("Told upwards")],
        "deadlines": [
            _("Department"), _("Late by ten days or more"), _("Late"), _("Due today"), _("Due within three days"),
            _("Due later"),
        ],
        "duties": [*office, _("What to do"), _("Policy"), _("Working days")],
        "load": [_("Place"), _("Department"), _("Under way"), _("Late")],
    }[name]  # fmt: skip


def _rows(request: HttpRequest, name: str) -> Iterator[list[object]]:
    today = clock.today()
    if name == "responsibilities":
        for row in lists.responsibilities(_steps(request), today):
            counts = [row[key] for key in ("open", "waiting", "paused", "late", "told")]
            yield [*_office(row["department"], row["level"]), *counts]
    elif name == "deadlines":
        for row in lists.deadlines(_steps(request), today):
            yield [department_name(row["department"]), *(row[bucket] for bucket in lists.BUCKETS)]
    elif name == "duties":
        for duty in lists.duties(today, **_asked(request)):
            yield [*_office(duty.department, duty.level), say(duty.step), say(duty.policy), duty.working_days]
    else:
        for place, loads in lists.heat(_steps(request), today)[1]:
            yield from _loads(place, loads)


def _labelled(name: str, rows: Iterable[list[object]]) -> list[list[tuple[str, object]]]:
    """Each value with the head of its column, which stands beside it on a phone."""
    heads = _heads(name)
    return [list(zip(heads, row, strict=True)) for row in rows]


def _loads(place: str, loads: Iterable[lists.Load | None]) -> Iterator[list[object]]:
    for load in loads:
        if load is not None:
            yield [place, department_name(load.department), load.steps, load.late]


def _task(step: Any, today: date) -> list[object]:
    """A step as a row. The deadline of one that waits begins with it, so it is told in days, and is never late."""
    waits = step.state == "waiting"
    once = ngettext(
        "%(days)s working day once it begins", "%(days)s working days once it begins", step.working_days
    )
    late = step.state in ("open", "returned") and step.due_on < today
    return [
        step.case.number, say(step.name), *_office(step.department, step.level), step.get_state_display(),
        once % {"days": step.working_days} if waits else step.due_on.isoformat(),
        working_days_between(step.due_on, today) if late else "", str(step.assigned_to or ""), step.told_to or "",
    ]  # fmt: skip


def _office(department: str, level: str) -> tuple[str, str]:
    return department_name(department), say(LEVEL_WORDS[level]) if level in LEVEL_WORDS else level
