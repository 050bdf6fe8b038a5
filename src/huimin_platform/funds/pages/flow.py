"""Where public money is: from its sources over county and townships to programmes and cards, every band leading to what it is made of."""

from collections import defaultdict
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huimin.funds import levels
from huimin.funds.payment import STATES
from huimin.funds.sources import is_project
from huimin.units.divisions import DIGITS, padded
from huimin_platform.base import access, clock
from huimin_platform.base.places import division_names, unnamed_place
from huimin_platform.design import tables
from huimin_platform.design.sankey import Station, Stream, sankey
from huimin_platform.design.templatetags.design import say, yuan_words
from huimin_platform.funds import budgets, queries, watching
from huimin_platform.funds.purposes import purpose_words

STREAMS = (
    tables.Column(gettext_lazy("From")),
    tables.Column(gettext_lazy("To")),
    tables.Column(gettext_lazy("Amount, yuan"), number=True),
)
USES = (
    tables.Column(gettext_lazy("Fund")),
    tables.Column(gettext_lazy("Used"), number=True),
    tables.Column(gettext_lazy("Planned by today"), number=True),
    tables.Column(gettext_lazy("Days without a payment"), number=True),
    tables.Column(gettext_lazy("To look at")),
)
LEFT, OPEN, UNSPENT, SPENT = "left", "open", "unspent", "spent"
TONES = {"approved": "warning", "sending": "info", "unknown": "warning", "settled": "good"}


@access.page("lists", "ledger")
def flow(request: HttpRequest) -> HttpResponse:
    """The flow of a year, and how every fund is used."""
    flows, today = queries.flows(request.user), clock.today()
    years = sorted({each.fund.year for each in flows}, reverse=True)
    asked = request.GET.get("year", "")
    year = int(asked) if asked in map(str, years) else (years[0] if years else today.year)
    stations, streams = _drawn(request, year)
    names = {station.key: station.label for station in stations}
    context = {
        "year": year, "years": [(str(each), str(each)) for each in years], "heads": STREAMS, "use_heads": USES,
        "drawing": sankey(stations, streams, words=_("Where the money of %(year)s is") % {"year": year}),
        "streams": [(names[each.source], names[each.target], each) for each in streams],
        "uses": watching.uses(request.user, flows, year, today),
    }  # fmt: skip
    return render(request, "funds/flow.html", context)


def _drawn(request: HttpRequest, year: int) -> tuple[list[Station], list[Stream]]:
    """Sources, the county, who holds the money, programmes, where people live, how far it is; a band from each to the next."""
    rows, paid = budgets.standing(request.user, year), budgets.people(request.user, year)
    places = division_names(
        padded(place)
        for place in {
            *(row.place for row in rows), *(_above(row.place) for row in rows), *(town for _, town, _, _ in paid)
        }
    )  # fmt: skip
    known = {each.code: each.title for each in budgets.sources(request.user)}
    drawing = _Drawing(year, places)
    for row in rows:
        drawing.source(row, known.get(row.source, _("Own budget")))
    for policy, town, state, fen in paid:
        drawing.person(policy, town, state, fen)
    return drawing.stations(), drawing.streams()


class _Drawing:
    """Stations and streams as they are found; a stream met again grows."""

    def __init__(self, year: int, places: dict[str, str]) -> None:
        self.year, self.places = year, places
        self.found: dict[str, Station] = {}
        self.sums: dict[tuple[str, str], int] = defaultdict(int)
        self.links: dict[tuple[str, str], str] = {}

    def source(self, row: budgets.Standing, title: str) -> None:
        """Money that stands somewhere: from its source over the county to who holds it, and to its programme."""
        town, above = len(row.place) == levels.TOWN_DIGITS, _above(row.place)
        county = f"county {above}"
        self._station(f"source {row.source}", title, 0, "neutral")
        self._station(county, self._named(above), 1)
        self._flow(f"source {row.source}", county, row.fen, reverse("funds:sources"))
        if row.purpose == levels.POOL and not town:
            self._station(LEFT, _("Not yet handed down"), 2, "neutral")
            self._flow(county, LEFT, row.fen, reverse("funds:allocations"))
            return
        holder = f"holder {row.place}"
        name = (
            self._named(row.place) if town else _("%(place)s, for all of it") % {"place": self._named(above)}
        )
        self._station(holder, name, 2)
        self._flow(county, holder, row.fen, reverse("funds:allocations"))
        if row.purpose == levels.POOL:
            self._station(OPEN, _("For the township to decide"), 3, "neutral")
            self._flow(holder, OPEN, row.fen, reverse("funds:allocations"))
            return
        programme = f"programme {row.purpose}"
        self._station(programme, purpose_words(row.purpose), 3)
        if is_project(row.purpose):
            self._station(SPENT, _("Spent on projects"), 4, "good")
            self._flow(programme, SPENT, row.given_fen, reverse("funds:projects"))
        payer = {"payer": row.place or "all", "policy": row.purpose, "year": self.year}
        held = reverse("funds:projects") if is_project(row.purpose) else _payments(**payer)
        self._flow(holder, programme, row.fen, held)
        self._station(UNSPENT, _("Left, not yet given"), 4, "neutral")
        self._flow(programme, UNSPENT, row.left_fen, reverse("funds:accounts"))

    def person(self, policy: str, town: str, state: str, fen: int) -> None:
        """Payments: from their programme to the town where people live, and how far they are."""
        home, end = f"home {town}", f"state {state}"
        # Whoever sees the payments of a place does not always see the fund that they are from.
        self._station(f"programme {policy}", purpose_words(policy), 3)
        self._station(home, self.places.get(padded(town), town or _("not known")), 4)
        self._station(end, say(STATES[state]), 5, TONES[state])
        asked = {"place": town, "year": self.year}
        self._flow(f"programme {policy}", home, fen, _payments(policy=policy, **asked))
        self._flow(home, end, fen, _payments(state=state, **asked))

    def stations(self) -> list[Station]:
        """The stations, column by column; in each the end where nothing went on stands last."""
        last = {LEFT, OPEN, UNSPENT}
        return sorted(self.found.values(), key=lambda each: (each.column, each.key in last))

    def streams(self) -> list[Stream]:
        """The streams that carry something."""
        return [
            Stream(source, target, fen, yuan_words(fen), self.links[source, target])
            for (source, target), fen in self.sums.items()
            if fen > 0
        ]

    def _named(self, place: str) -> str:
        return self.places.get(padded(place)) or unnamed_place(place) or _("No place’s own")

    def _station(self, key: str, label: Any, column: int, tone: str = "info") -> None:
        self.found.setdefault(key, Station(key, label, column, tone))

    def _flow(self, source: str, target: str, fen: int, url: str) -> None:
        self.sums[source, target] += fen
        self.links[source, target] = url


def _above(place: str) -> str:
    """The county of a township; of all else the place itself."""
    return place[: DIGITS["county"]]


def _payments(**asked: Any) -> str:
    return f"{reverse('funds:payments')}?{urlencode(asked)}#all"
