"""Pages of needs: the list of needs 需求清单, and one need: whose, why, who answers for it, what became of it in later stages."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from huimin import needs as need_room
from huimin_platform.base import access, clock
from huimin_platform.base.places import division_name, division_names
from huimin_platform.cases import queries as cases
from huimin_platform.design import tables
from huimin_platform.evaluation.queries import answers
from huimin_platform.needs import pages, portraits, queries
from huimin_platform.needs.models import NeedState
from huimin_platform.portal import need_lists, policies

# Who looks after people reads their words; who audits or leads sees that there is a message.
READERS = ("village", "township", "county")
COLUMNS = (
    tables.Column(gettext_lazy("Whose")),
    tables.Column(gettext_lazy("Need")),
    tables.Column(gettext_lazy("Level"), sort="level"),
    tables.Column(gettext_lazy("Place")),
    tables.Column(gettext_lazy("Since"), sort="raised_on"),
    tables.Column(gettext_lazy("Answer by"), sort="respond_by"),
    tables.Column(gettext_lazy("State")),
)
TONES = {"draft": "warning", "open": "warning", "matched": "info", "met": "good", "closed": "neutral"}


@dataclass(frozen=True)
class Answer:
    """A policy that answers a need in a case of the household: its title, the case and how far that is."""

    title: str
    number: str
    state: str


@access.page("lists", "need")
def needs(request: HttpRequest) -> HttpResponse:
    """Needs in the viewer's division, those that stand if nothing else is asked for; each with how far it is."""
    asked = {name: request.GET.get(name, "") for name in ("level", "kind", "place")}
    state = request.GET.get("state", NeedState.OPEN)
    found = need_lists.so_far(request.user, state=state, today=clock.today(), **asked)
    page = tables.page_of(request, tables.ordered(request, found, COLUMNS, default="-raised_on"))
    shown = list(page)
    far = need_lists.progress_of(shown, clock.today())
    places, words = division_names(queries.division_of(each) for each in shown), pages.levels()
    rows = [
        (
            each, pages.words_of(each), words.get(each.level, each.level), places.get(queries.division_of(each), "—"),
            progress_words()[far[each.pk]], TONES[far[each.pk]],
        )
        for each in shown
    ]  # fmt: skip
    context = {
        "heads": tables.heads(request, COLUMNS, default="-raised_on"), "page": page, "rows": rows, "asked": asked,
        "states": states(), "state": state, "levels": list(words.items()), "kinds": pages.kinds(),
        "places": queries.places_for(request.user), "now": clock.now(),
    }  # fmt: skip
    return render(request, "portal/need_list.html", context)


@never_cache
@access.page("opens", "need")
def need(request: HttpRequest, number: int) -> HttpResponse:
    """One need: whose, why, who answers for it until when, the words it came from, and what answers it."""
    mine = queries.needs_for(request.user, state="").select_related("message")
    found = answers.met(answers.matched(mine), clock.today()).filter(pk=number).first()
    if found is None:
        raise Http404
    progress = answers.progress(found)
    context = {
        "need": found,
        "progress": progress_words()[progress],
        "tone": TONES[progress],
        "policies": _policies(found),
        "answers": _answers(found),
        "words": pages.words_of(found),
        "next": pages.next_of(found),
        "level": pages.levels().get(found.level) or found.level,
        "department": pages.departments().get(found.department, ""),
        "text": queries.text_of(found.message) if found.message and request.user.role in READERS else "",
        "place": division_name(queries.division_of(found)),
        "late": bool(found.respond_by and not found.responded_at and found.respond_by < clock.now()),
        "may_decide": bool(access.allow(request.user, "decides", "need")),
        "crumbs": [(_("Needs"), reverse("portal:needs")), (str(found.pk), "")],
    }
    return render(request, "portal/need.html", context)


def states() -> list[tuple[str, Any]]:
    """How far needs can be asked for, in words: all that stand first, then those of them that are so far."""
    return [
        ("draft", _("Draft")), ("open", _("Open")), ("waiting", _("Open, no policy fits yet")),
        ("matched", _("Open, a policy fits")), ("met", _("Met: help has arrived")), ("closed", _("Closed")),
    ]  # fmt: skip


def progress_words() -> dict[str, str]:
    """How far a need is, in words."""
    return {
        "draft": _("Draft"), "open": _("Open"), "matched": _("A policy fits"), "met": _("Met: help has arrived"),
        "closed": _("Closed"),
    }  # fmt: skip


def _named(need: Any) -> tuple[str, ...]:
    return need_room.answering(portraits.definitions()).get(need.kind, ())


def _policies(need: Any) -> list[str]:
    """The titles of the policies that would answer the need; those that stand in for them in some place are not named."""
    book = portraits.definitions()
    named = next((each.answered_by for each in book.needs if each.name == need.kind), ())
    return [policies.title(name) for name in named if name in book.book.names]


def _answers(need: Any) -> list[Answer]:
    """The cases of the household for a policy that answers the need, the latest first."""
    items = cases.items().filter(household=need.household_id, policy__in=_named(need)).select_related("case")
    return [
        Answer(policies.title(item.policy), item.case.number, item.case.get_state_display())
        for item in items.order_by("-case__opened_on", "-pk")
    ]
