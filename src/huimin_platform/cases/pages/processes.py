"""Processes as pages: which there are, a drawing with its list, the file for other programs, a new text tried on past cases."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from huimin import rules
from huimin.cases import bpmn, chart
from huimin.cases.chart import Chart
from huimin_platform.base import access, audit, clock
from huimin_platform.cases import paths, picture, processes
from huimin_platform.registry import drafting, numbering


@access.page("lists", "case")
def show_all(request: HttpRequest) -> HttpResponse:
    """Every process in force today."""
    context = {
        "found": processes.known(clock.today()),
        "heads": [_("Process"), _("Kind"), _("Version"), _("Versions")],
        "crumbs": [(_("Lists"), reverse("cases:lists")), (_("Processes"), "")],
    }
    return render(request, "cases/processes.html", context)


@access.page("lists", "case")
def show(request: HttpRequest, name: str) -> HttpResponse:
    """One process in one version, drawn and as a list."""
    process, drawn = _asked(request, name)
    context = {
        "process": process,
        "versions": [(each, each) for each in process.versions],
        "bpmn": f"{reverse('cases:process_bpmn', args=[name])}?version={process.version}",
        "crumbs": [(_("Processes"), reverse("cases:processes")), (process.title.say(paths.language()), "")],
        **pictured(drawn),
    }
    return render(request, "cases/process.html", context)


@access.page("lists", "case")
def as_bpmn(request: HttpRequest, name: str) -> HttpResponse:
    """The process as a BPMN 2.0 file."""
    process, drawn = _asked(request, name)
    language = paths.language()
    response = HttpResponse(
        bpmn.document(drawn, language, processes.offices(drawn, language)), content_type="application/xml"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}-{process.version.split("@")[-1]}.bpmn"'
    return response


@access.page("lists", "case")
def trial(request: HttpRequest, draft: int) -> HttpResponse:
    """A text that waits for its second signature: what its steps would have made of past cases."""
    kept = numbering.of(request.user).exclude(text="").filter(pk=draft).first()
    if kept is None:
        raise Http404
    context: dict[str, Any] = {
        "draft": kept,
        "crumbs": [(_("New texts"), reverse("portal:drafts")), (str(kept.policy), reverse("portal:draft", args=[draft])),
                   (_("Steps"), "")],
    }  # fmt: skip
    try:
        found = drafting.checked(kept.text)
    except rules.PolicyError as problem:
        return render(request, "cases/trial.html", context | {"problem": problem.say(paths.language())})
    actor: Any = request.user
    audit.write(
        by=actor, action="simulates", kind="policy", object_id=found.policy.name, details={"of": "steps"}
    )
    change = processes.tried(found)
    if change is not None:
        drawn = chart.of_steps(found.policy.name, found.policy.title, change.new)
        keys = change.past.critical or change.terms_after.critical
        context |= {"change": change, "rows": _offices(change), **pictured(drawn, keys)}
        context["heads"] = [
            _("Office"),
            _("Working days then"),
            _("Working days with the new text"),
            _("Saved"),
        ]
    return render(request, "cases/trial.html", context)


def pictured(drawn: Chart, critical: tuple[str, ...] = ()) -> dict[str, Any]:
    """The drawing and the list of its tasks, each with what it waits for or leads to, in the reader's language."""
    language = paths.language()
    offices = processes.offices(drawn, language)
    keys = {chart.task_key(key) for key in critical}
    return {
        "picture": picture.of(drawn, language, offices, keys),
        "tasks": [
            {
                "key": node.key, "name": node.name, "office": offices[node.office], "days": node.days,
                "critical": node.key in keys, "next": chart.follows(drawn, node.key),
            }
            for node in drawn.nodes if node.kind == "task"
        ],
        "task_heads": [_("Step"), _("Office"), _("Working days"), _("What follows")],
    }  # fmt: skip


def _asked(request: HttpRequest, name: str) -> tuple[processes.Process, Chart]:
    """The process and version that the address names; the one in force where it names none."""
    known = next((each for each in processes.known(clock.today()) if each.name == name), None)
    if known is None:
        raise Http404
    version = request.GET.get("version", "")
    if version in known.versions:
        known = processes.Process(known.name, known.title, known.kind, version, known.versions)
    drawn = processes.drawn(name, known.version)
    if drawn is None:
        raise Http404
    return known, drawn


def _offices(change: processes.Change) -> list[tuple[str, int, int, int]]:
    language = paths.language()
    return [
        (processes.office_words(office, language), then, now, then - now)
        for office, (then, now) in sorted(change.past.offices.items())
    ]
