"""Where public money is: from the treasury through funds and towns to cards, every band leading to its payments; and what to look at."""

from collections import defaultdict
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huimin.funds import monitoring
from huimin.funds.payment import STATES
from huimin.units.divisions import padded
from huimin_platform.base import access, clock
from huimin_platform.base.places import division_names
from huimin_platform.cases import policies
from huimin_platform.design import tables
from huimin_platform.design.sankey import Station, Stream, sankey
from huimin_platform.design.templatetags.design import say, yuan_words
from huimin_platform.funds import queries

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
TREASURY, LEFT = "treasury", "left"
TONES = {"approved": "warning", "sending": "info", "unknown": "warning", "settled": "good"}


@access.page("lists", "ledger")
def flow(request: HttpRequest) -> HttpResponse:
    """The flow of a year, and how every fund is used."""
    flows, today = queries.flows(), clock.today()
    years = sorted({each.fund.year for each in flows}, reverse=True)
    asked = request.GET.get("year", "")
    year = int(asked) if asked in map(str, years) else (years[0] if years else today.year)
    stations, streams = _drawn(request, [each for each in flows if each.fund.year == year], year)
    names = {station.key: station.label for station in stations}
    context = {
        "year": year, "years": [(str(each), str(each)) for each in years], "heads": STREAMS, "use_heads": USES,
        "drawing": sankey(stations, streams, words=_("Where the money of %(year)s is") % {"year": year}),
        "streams": [(names[each.source], names[each.target], each) for each in streams if each.value > 0],
        "uses": _uses(flows, year, today),
    }  # fmt: skip
    return render(request, "funds/flow.html", context)


def _drawn(request: HttpRequest, flows: list[queries.Flow], year: int) -> tuple[list[Station], list[Stream]]:
    """Treasury, funds, towns, and where the money stands; a band for what goes from each to the next."""
    titles = policies.titles()
    rows = queries.by_town(request.user, year)
    towns = dict.fromkeys(town for _policy, town, _state, _fen in rows)
    places = division_names(padded(town) for town in towns)
    stations = [Station(TREASURY, _("Treasury"), 0)]
    streams: list[Stream] = []
    for each in flows:
        purpose = each.fund.purpose
        stations.append(Station(f"fund {purpose}", say(titles[purpose]) if purpose in titles else purpose, 1))
        streams.append(_stream(TREASURY, f"fund {purpose}", each.received_fen, reverse("funds:accounts")))
    stations += [
        Station(f"town {town}", places.get(padded(town), town or _("not known")), 2) for town in towns
    ]
    stations.append(Station(LEFT, _("Left, not yet given"), 2, "neutral"))
    stations += [Station(f"state {state}", say(STATES[state]), 3, tone) for state, tone in TONES.items()]
    given: dict[tuple[str, str], int] = defaultdict(int)
    standing: dict[tuple[str, str], int] = defaultdict(int)
    for policy, town, state, fen in rows:
        given[policy, town] += fen
        standing[town, state] += fen
    for each in flows:
        purpose = each.fund.purpose
        for town in towns:
            fen, url = given[purpose, town], _payments(policy=purpose, place=town, year=year)
            streams.append(_stream(f"fund {purpose}", f"town {town}", fen, url))
        streams.append(_stream(f"fund {purpose}", LEFT, each.budget_fen, reverse("funds:accounts")))
    for town in towns:
        for state in TONES:
            url = _payments(place=town, state=state, year=year)
            streams.append(_stream(f"town {town}", f"state {state}", standing[town, state], url))
    return stations, streams


def _stream(source: str, target: str, fen: int, url: str) -> Stream:
    return Stream(source, target, fen, yuan_words(fen), url)


def _payments(**asked: Any) -> str:
    return f"{reverse('funds:payments')}?{urlencode(asked)}#all"


def _uses(flows: list[queries.Flow], year: int, today: Any) -> list[dict[str, Any]]:
    """How each fund of a year is used, with what speaks for looking at it."""
    moved = queries.movements()
    shares: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for each in flows:
        shares[each.fund.purpose].append((each.fund.year, each.used_share))
    rows = []
    for each in (flow for flow in flows if flow.fund.year == year and flow.fund in moved):
        received_on, last_paid_on = moved[each.fund]
        found = monitoring.use(
            received_fen=each.received_fen, paid_fen=each.paid_fen, left_fen=each.budget_fen, year=year,
            received_on=received_on, last_paid_on=last_paid_on, today=today,
        )  # fmt: skip
        ending = monitoring.to_end(shares[each.fund.purpose], today)
        rows.append(
            {"flow": each, "use": found, "warnings": [*found.warnings, *([ending] if ending else [])]}
        )
    return rows
