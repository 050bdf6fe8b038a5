"""Pages of the needs stage: the list of needs 需求清单."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from huimin_platform.base import access
from huimin_platform.base.models import Division
from huimin_platform.design import tables
from huimin_platform.needs import portraits, queries
from huimin_platform.needs.models import Need, NeedState

COLUMNS = (
    tables.Column(gettext_lazy("Whose")),
    tables.Column(gettext_lazy("Need")),
    tables.Column(gettext_lazy("Level"), sort="level"),
    tables.Column(gettext_lazy("Place")),
    tables.Column(gettext_lazy("Since"), sort="raised_on"),
    tables.Column(gettext_lazy("State"), sort="state"),
)


def levels() -> dict[str, str]:
    """Levels of needs 需求层级 in words, the most pressing first."""
    return {
        "subsistence": _("Subsistence"), "safety": _("Safety"), "social": _("Belonging"), "esteem": _("Esteem"),
        "development": _("Development"),
    }  # fmt: skip


def kinds() -> list[tuple[str, str]]:
    """The kinds of needs with their titles, as the definitions have them."""
    language = get_language() or "zh-hans"
    return [(need.name, need.title.say(language)) for need in portraits.definitions().needs]


def words_of(need: Need) -> str:
    """Why there is a need, in the reader's language."""
    key = "zh" if (get_language() or "zh").startswith("zh") else "en"
    return need.reason.get(key, need.kind)


def shown(found: Iterable[Need]) -> list[tuple[Need, str, str]]:
    """Needs with their reason and their level in words."""
    words = levels()
    return [(need, words_of(need), words.get(need.level) or need.level) for need in found]


@access.page("lists", "need")
def needs(request: HttpRequest) -> HttpResponse:
    """Needs in the viewer's division."""
    state, level = request.GET.get("state", NeedState.OPEN), request.GET.get("level", "")
    kind, place = request.GET.get("kind", ""), request.GET.get("place", "")
    found = queries.needs_for(request.user, state=state, level=level, kind=kind, place=place)
    page = tables.page_of(request, tables.ordered(request, found, COLUMNS, default="-raised_on"))
    codes = {
        each.household.division if each.household else each.person.division if each.person else ""
        for each in page
    }
    places = dict(Division.objects.filter(code__in=codes).values_list("code", "name"))
    words = levels()
    rows = []
    for each in page:
        owner = each.household or each.person
        rows.append(
            (
                each,
                words_of(each),
                words.get(each.level, each.level),
                places.get(owner.division if owner else "", "—"),
            )
        )
    context = {
        "heads": tables.heads(request, COLUMNS, default="-raised_on"), "page": page, "rows": rows,
        "states": NeedState.choices, "state": state, "levels": list(words.items()), "level": level,
        "kinds": kinds(), "kind": kind, "places": queries.places_for(request.user), "place": place,
    }  # fmt: skip
    return render(request, "needs/needs.html", context)
