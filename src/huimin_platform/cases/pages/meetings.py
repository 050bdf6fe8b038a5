"""The register of joint meetings: what was decided, who does it until when, what is overdue, what came of it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from huimin_platform.base import access, clock
from huimin_platform.cases import actions, meetings
from huimin_platform.cases.pages.forms import FinishForm, MeetingForm
from huimin_platform.design import tables
from huimin_platform.design.templatetags.design import say
from huimin_platform.supply.queries import department_name, departments


@access.page("lists", "meeting")
def register(request: HttpRequest) -> HttpResponse:
    """What is to be done still, the one due first in front; then the meetings, the newest first."""
    today = clock.today()
    left = meetings.left_to_do(request.user)
    context = {
        "left": [(each, department_name(each.department), each.due_on < today) for each in left],
        "page": tables.page_of(request, meetings.meetings_for(request.user)),
        "heads": [_("Held on"), _("Subject"), _("Recorded by"), _("Left to do")],
        "left_heads": [_("Decided"), _("Department"), _("Due"), _("Meeting")],
        "may_record": bool(access.allow(request.user, "decides", "meeting")),
        "crumbs": [(_("Lists"), reverse("cases:lists")), (_("Joint meetings"), "")],
    }
    return render(request, "cases/meetings.html", context)


@access.page("decides", "meeting")
def record(request: HttpRequest) -> HttpResponse:
    """Takes the minutes of a meeting; the same form sent twice records once."""
    choices = [(code, say(each.name)) for code, each in departments().items()]
    form, status = MeetingForm(request.POST or None, departments=choices), 200
    if request.method == "POST" and form.is_valid():
        said, actor = form.cleaned_data, _actor(request)
        try:
            kept = meetings.record(
                key=said["key"], division=actor.division, subject=said["subject"], held_on=said["held_on"],
                attended=said["attended"], minutes=said["minutes"], agreed=form.agreed(), at=clock.now(), by=actor,
            )  # fmt: skip
        except actions.CannotBe as problem:
            form.add_error(None, str(problem))
            status = 409
        else:
            messages.success(request, _("The meeting is recorded."))
            return redirect("cases:meeting", kept.pk)
    elif request.method == "POST":
        status = 422
    context = {"form": form, "crumbs": [*_crumbs(), (_("Record a meeting"), "")]}
    return render(request, "cases/record_meeting.html", context, status=status)


@access.page("opens", "meeting", sends=("decides", "meeting"))
def meeting(request: HttpRequest, meeting: int) -> HttpResponse:
    """One meeting with what followed; POST says what came of one thing decided."""
    found = (
        meetings.meetings_for(request.user).prefetch_related("follow_ups__done_by").filter(pk=meeting).first()
    )
    if found is None:
        raise Http404
    actor, today, status = _actor(request), clock.today(), 200
    wrong: tuple[int, FinishForm] | None = None
    if request.method == "POST":
        asked = next(
            (each for each in found.follow_ups.all() if str(each.pk) == request.POST.get("follow_up")), None
        )
        if asked is None:
            raise Http404
        form = FinishForm(request.POST, auto_id=f"follow-{asked.pk}-%s")
        if form.is_valid():
            try:
                meetings.finish(
                    follow_up=asked.pk, result=form.cleaned_data["result"], at=clock.now(), by=actor
                )
            except actions.CannotBe as problem:
                form.add_error(None, str(problem))
            else:
                messages.success(request, _("It is recorded."))
                return redirect("cases:meeting", meeting)
        wrong, status = (asked.pk, form), 422
    context = {
        "meeting": found,
        "attended": [department_name(code) for code in found.departments],
        "rows": [
            {
                "follow_up": each, "department": department_name(each.department),
                "late": each.done_at is None and each.due_on < today,
                "form": (wrong[1] if wrong and wrong[0] == each.pk else FinishForm(auto_id=f"follow-{each.pk}-%s"))
                if each.done_at is None and meetings.may_finish(actor, each, found) else None,
            }
            for each in found.follow_ups.all()
        ],
        "wrong_form": wrong[1] if wrong else None,
        "crumbs": [*_crumbs(), (found.subject, "")],
    }  # fmt: skip
    return render(request, "cases/meeting.html", context, status=status)


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Joint meetings"), reverse("cases:meetings"))]


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
