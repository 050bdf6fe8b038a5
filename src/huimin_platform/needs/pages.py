"""Pages of the needs stage: alerts, portraits of places, what residents tell. The list of needs joins stages and is in the portal."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huimin.privacy import suppression
from huimin.tables.vocabulary import vocabulary
from huimin_platform.base import access, clock
from huimin_platform.base.places import division_names, unnamed_place
from huimin_platform.design import tables
from huimin_platform.needs import actions, place_portraits, portraits, queries, sorting
from huimin_platform.needs.forms import TellForm
from huimin_platform.needs.models import Need
from huimin_platform.registry import queries as registry
from huimin_platform.registry.tables import book

LONGEST_REASON = 300


def levels() -> dict[str, str]:
    """Levels of needs 需求层级 in words, the most pressing first."""
    return {
        "subsistence": _("Subsistence"), "safety": _("Safety"), "social": _("Belonging"), "esteem": _("Esteem"),
        "development": _("Development"),
    }  # fmt: skip


@never_cache
@access.page("raises", "own_page")
def tell(request: HttpRequest) -> HttpResponse:
    """A resident's own words: first what is on their mind, then what it is about, proposed where we can tell."""
    person = request.user.person_id
    if not person:
        return redirect("portal:mine")
    asked = "topic" in request.POST or request.POST.get("step") == "topic"
    form = TellForm(request.POST or None, asked=asked, initial={"text": _begun(request)})
    if request.method == "POST" and form.is_valid():
        if asked:
            membership = registry.membership_of(person)
            actions.tell(
                person_id=person, household_id=membership.household_id if membership else None, **form.cleaned_data,
                at=clock.now(), by=request.user,
            )  # fmt: skip
            messages.success(request, _("We have your message. Somebody answers within three days."))
            return redirect("portal:mine")
        guess = sorting.guess(form.cleaned_data["text"])
        form, asked = TellForm.proposing(form.cleaned_data["text"], guess), True
    context = {"form": form, "asked": asked, "told": queries.told_by(person)[:10], "reader": "resident"}
    return render(request, "needs/tell.html", context, status=422 if form.errors else 200)


def _begun(request: HttpRequest) -> str:
    """The first words of who comes from a policy's page."""
    asked = request.GET.get("about", "")
    title = next((each.title for each in book().policies if each.name == asked), None)
    return _("I ask for: %(policy)s.") % {"policy": title.say(get_language() or "zh-hans")} if title else ""


@never_cache
@access.page("lists", "need")
def alerts(request: HttpRequest) -> HttpResponse:
    """What nobody has answered yet, the one due first in front: whose, why, until when, and who looks after it."""
    asked = {name: request.GET.get(name, "") for name in ("owner", "level", "kind", "place")}
    now = clock.now()
    page = tables.page_of(request, queries.alerts_for(request.user, **asked))
    places = division_names(queries.division_of(each) for each in page)
    words = levels()
    context = {
        "heads": [_("Whose"), _("What happened"), _("What to do next"), _("Level"), _("Answer by"), _("Who looks after it")],
        "page": page,
        "rows": [
            (each, words_of(each), next_of(each), words.get(each.level, each.level), places.get(queries.division_of(each), "—"))
            for each in page
        ],
        "kept": queries.kept_lately(request.user, now), "late_owners": queries.late_by_owner(request.user, now),
        "late_heads": [_("Who looks after it"), _("Late"), _("The oldest was due")],
        "counts": queries.alert_counts(request.user, now), "now": now, "asked": asked,
        "owners": [("mine", _("Mine")), ("nobody", _("Nobody’s")), ("passed", _("Passed on because late"))],
        "levels": list(words.items()), "kinds": kinds(), "places": queries.places_for(request.user),
        "above": {"township": _("Passed to the township"), "county": _("Passed to the county")},
    }  # fmt: skip
    return render(request, "needs/alerts.html", context)


@access.page("lists", "need")
def places(request: HttpRequest) -> HttpResponse:
    """The portrait of a place: households that lack something by level, the places below it, and what is lacking."""
    found = place_portraits.of_place(request.user, request.GET.get("place", ""))
    if found is None:
        raise Http404
    names = division_names([found.code, *(row.code for row in found.rows)])
    titles = dict(kinds())
    context = {
        "title": names.get(found.code) or unnamed_place(found.code) or _("The whole country"),
        "heads": [tables.Column(_("Place")), *(tables.Column(head, number=True) for head in [_("Households"), *levels().values()])],
        "rows": [(row, names.get(row.code, row.code), zip(levels().values(), row.levels, strict=True)) for row in found.rows],
        "total": found.total.households,
        "totals": list(zip(levels().values(), found.total.levels, strict=True)),
        "lacking": [(titles.get(kind, kind), levels().get(level, level), count) for kind, level, count in found.kinds],
        "fewest": suppression.FEWEST,
        "crumbs": [(_("Needs"), reverse("portal:needs")), (_("Portraits of places"), "")],
    }  # fmt: skip
    return render(request, "needs/places.html", context)


@require_POST
@access.page("decides", "need")
def decide(request: HttpRequest, need: int) -> HttpResponse:
    """Takes what an officer says of a need: it is looked after, a draft counts, or it does not."""
    if queries.need_for(request.user, need) is None:
        raise Http404
    outcome, reason = request.POST.get("outcome", ""), request.POST.get("reason", "").strip()[:LONGEST_REASON]
    at, by = clock.now(), request.user
    try:
        if outcome == "respond":
            actions.respond(need=need, at=at, by=by)  # pyright: ignore[reportArgumentType]
        elif outcome == "close" and not reason:
            messages.error(request, _("Write why this is no need."))
        elif outcome in ("keep", "close"):
            actions.settle_draft(need=need, keep=outcome == "keep", reason=reason, at=at, by=by)  # pyright: ignore[reportArgumentType]
    except actions.NotADraft:
        messages.info(request, _("Somebody has settled this message already."))
    return redirect("portal:need", need)


def departments() -> dict[str, str]:
    """Departments in words."""
    language = get_language() or "zh-hans"
    return {code: words.say(language) for code, words in vocabulary().departments.items()}


def kinds() -> list[tuple[str, str]]:
    """The kinds of needs with their titles, as the definitions have them."""
    language = get_language() or "zh-hans"
    found = [(need.name, need.title.say(language)) for need in portraits.definitions().needs]
    return [*found, ("dissatisfied", _("Dissatisfied with a service or payment"))]


def words_of(need: Need) -> str:
    """Why there is a need, in the reader's language."""
    key = "zh" if (get_language() or "zh").startswith("zh") else "en"
    return need.reason.get(key, need.kind)


def next_of(need: Need) -> str:
    """What its officer does first, in the reader's language."""
    steps = {each.name: each.next for each in portraits.definitions().needs}
    if need.kind in steps:
        return steps[need.kind].say(get_language() or "zh-hans")
    return _("Call or visit, ask what is needed, and write down what was agreed.")


def shown(found: Iterable[Need]) -> list[tuple[Need, str, str]]:
    """Needs with their reason and their level in words."""
    words = levels()
    return [(need, words_of(need), words.get(need.level) or need.level) for need in found]
