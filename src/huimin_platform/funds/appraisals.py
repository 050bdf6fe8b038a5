"""Reads of appraisals: who can be drawn, what came out, and what last year's scores mean for the next allocation."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db.models import Count, FloatField, Q, QuerySet, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from huimin.funds import appraisal as frames
from huimin.funds.appraisal import Estimate
from huimin.funds.ledger import OWN_LEGS
from huimin.funds.levels import TOWN_DIGITS
from huimin.funds.sampling import Stratum, Unit
from huimin.funds.sources import PROJECT, is_project
from huimin.privacy.suppression import FEWEST
from huimin_platform.base import access
from huimin_platform.base.models import Role, User
from huimin_platform.delivery import queries as delivery
from huimin_platform.delivery.models import Order
from huimin_platform.funds import queries, reach, watching
from huimin_platform.funds.appraisal_models import Appraisal, AppraisalForm, AppraisedUnit, Shortcoming
from huimin_platform.funds.models import Account, Payment

State, UnitState = Appraisal.State, AppraisedUnit.State


@dataclass(frozen=True)
class PlaceScore:
    """What the appraisals of a year say of a place: the score, 0 to 100, its grade, and on how many answers it stands."""

    score: float
    answered: int
    population: int
    numbers: tuple[str, ...]

    @property
    def grade(self) -> str:
        """The grade of the score."""
        return frames.grade(self.score)


def population(actor: Any, purpose: str, year: int, today: date) -> list[Unit]:
    """All that can be drawn: the grants of a programme with money due in a year up to a day, or a project's vouchers of it."""
    if is_project(purpose):
        vouchers = watching.vouchers(actor).filter(
            project=purpose.removeprefix(PROJECT), year=year, approved_by__isnull=False
        )
        return [
            Unit(str(key), kind, fen) for key, kind, fen in vouchers.values_list("pk", "kind", "amount_fen")
        ]
    orders = access.scope(actor, _due().filter(grant__policy=purpose, due_on__year=year, due_on__lte=today))
    rows = orders.order_by().values_list("grant_id", "grant__division").annotate(fen=Sum("amount_fen"))
    return [Unit(str(grant), division[:TOWN_DIGITS], fen) for grant, division, fen in rows]


def outsiders(actor: Any) -> list[User]:
    """The outside appraisers whom the actor can choose: those of the own division, of the places inside and around it."""
    here = reach.place_of(actor)
    found = User.objects.filter(role=Role.APPRAISER, is_active=True).order_by("username")
    places = [(each, reach.place_at(each.division)) for each in found]
    return [each for each, place in places if place.startswith(here) or here.startswith(place)]


def appraisals_for(actor: Any) -> QuerySet[Appraisal]:
    """The appraisals that somebody may see, the latest first, with how far the asking is: those of the own division and of the
    places around it; an outsider only the own ones.
    """
    found = Appraisal.objects.select_related("appraiser").annotate(
        asked=Count("units", filter=~Q(units__state__in=[UnitState.RESERVE, UnitState.ABSENT])),
        answered=Count("units", filter=Q(units__state=UnitState.ANSWERED)),
    )
    own = access.allow(actor, "appraises", "appraisal")
    found = found.filter(appraiser=actor) if own else reach.around(actor, found)
    return found.order_by("-year", "-drawn_at")


def scored(actor: Any) -> QuerySet[Appraisal]:
    """The appraisals of the actor's division with score, its margin and how many answered; empty where one is still open."""
    told = {"score": "score", "score_margin": "margin", "answered": "answered"}
    return reach.within(actor, Appraisal.objects.all()).annotate(
        **{name: Cast(KT(f"result__overall__{key}"), FloatField()) for name, key in told.items()}
    )


def published() -> QuerySet[Appraisal]:
    """What everybody may read, the latest first."""
    return Appraisal.objects.filter(state=State.PUBLISHED).order_by("-year", "-published_at")


def units_of(found: Appraisal) -> QuerySet[AppraisedUnit]:
    """The sample as it was drawn, those to be asked first."""
    units = found.units.select_related("grant__payee", "voucher")
    return units.exclude(state=UnitState.RESERVE).order_by("-state", "stratum", "rank")


def shortcomings_for(actor: Any) -> QuerySet[Shortcoming]:
    """What the actor's department has not answered yet, the earliest term first."""
    found = Shortcoming.objects.filter(owner=actor.department, answer="") if actor.department else Shortcoming.objects.none()  # fmt: skip
    found = reach.around(actor, found, "appraisal__place")
    return found.select_related("appraisal").order_by("due_on", "pk")


def months_of(unit: AppraisedUnit) -> list[tuple[Order, Payment | None]]:
    """Each order of a drawn grant in the year, with its latest payment: what the person should have got, and what the ledger says."""
    orders = list(_due().filter(grant=unit.grant_id, due_on__year=unit.appraisal.year).order_by("due_on"))
    payments = {
        each.order_id: each for each in queries.payments().filter(order__in=orders).order_by("approved_at")
    }
    return [(order, payments.get(order.pk)) for order in orders]


def worked_out(found: Appraisal) -> dict[str, Any]:
    """The scores of an appraisal: overall, by place and by question, each with its margin, and what could not be asked."""
    frame, strata = frames.of_told(found.frame), strata_of(found)
    figures = {"used_share": used_share(found.place, found.purpose, found.year)}
    scores: dict[str, list[float]] = defaultdict(list)
    by_question: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for stratum, answers in _answers(found):
        scores[stratum].append(frame.score(answers, figures))
        for each in frame.questions:
            by_question[each.name][stratum].append(float(each.choices[answers[each.name]][0] * 100))
    overall = frames.estimate(strata, scores, found.confidence)
    by_place: dict[str, dict[str, Stratum]] = defaultdict(dict)
    for name, each in strata.items():
        by_place[name.partition("/")[0]][name] = each
    states = dict(found.units.order_by().values_list("state").annotate(size=Count("pk")))
    return {
        "overall": asdict(overall),
        "grade": frames.grade(overall.score),
        "places": {
            place: asdict(frames.estimate(parts, scores, found.confidence)) for place, parts in sorted(by_place.items())
        },
        "questions": {
            name: asdict(frames.estimate(strata, answers, found.confidence)) for name, answers in by_question.items()
        },
        "figures": figures,
        "absent": states.get(UnitState.ABSENT, 0),
    }  # fmt: skip


def strata_of(found: Appraisal) -> dict[str, Stratum]:
    """stratum -> its size and spread, as they were when the sample was drawn."""
    return {name: Stratum(size, spread) for name, (size, spread, _asked) in found.strata.items()}


def estimate_of(told: Mapping[str, Any]) -> Estimate:
    """An estimate as it was kept."""
    return Estimate(**told)


def told_places(places: Mapping[str, Estimate], purpose: str) -> set[str]:
    """The places whose score tells nobody's answer: enough answered there, and what is left out is not left over.

    From the score of all and those of all places but a few, the score of those few can be had; so more are left out
    until enough answered in those together. Vouchers are nobody: of a project all places are told.
    """
    if is_project(purpose):
        return {place for place, each in places.items() if each.answered}
    least_first = sorted(places, key=lambda place: (places[place].answered, place))
    hidden = [place for place in least_first if places[place].answered < FEWEST]
    while hidden and sum(places[place].answered for place in hidden) < FEWEST and len(hidden) < len(places):
        hidden.append(least_first[len(hidden)])
    return set(places) - set(hidden)


def used_share(place: str, purpose: str, year: int) -> float:
    """Which part of the money of a place for a programme or project of a year was paid, 0 to 1; by the ledger."""
    found = Account.objects.filter(place__startswith=place, purpose=purpose, year=year, leg__in=OWN_LEGS)
    sums = found.aggregate(
        paid=Sum("balance_fen", filter=Q(leg="paid"), default=0), received=Sum("balance_fen", default=0)
    )
    return sums["paid"] / sums["received"] if sums["received"] else 0.0


def scores_of(actor: Any, year: int, purposes: Iterable[str] = ()) -> dict[str, PlaceScore]:
    """place -> what the appraisals of programmes of a year in the actor's division say of it, those that are closed; several
    weighed by their populations.

    A place where too few answered is left out: its score would be chance, and tell what somebody said.
    """
    found = reach.within(actor, Appraisal.objects.all())
    found = found.exclude(state=State.OPEN).filter(year=year).exclude(purpose__startswith=PROJECT)
    wanted = set(purposes)
    told: dict[str, list[tuple[Estimate, str]]] = defaultdict(list)
    for each in found.order_by("pk"):
        if not wanted or each.purpose in wanted:
            places = {place: estimate_of(kept) for place, kept in (each.result or {})["places"].items()}
            for place in told_places(places, each.purpose):
                told[place].append((places[place], each.number))
    return {place: _together(parts) for place, parts in told.items()}


def purposes(actor: Any, year: int, today: date) -> list[str]:
    """What the actor can have appraised for a year: programmes with money due in it, and projects with vouchers, unless drawn
    already.
    """
    drawn = set(
        Appraisal.objects.filter(year=year, place=reach.place_of(actor)).values_list("purpose", flat=True)
    )
    due = access.scope(actor, _due().filter(due_on__year=year, due_on__lte=today))
    programmes = due.order_by().values_list("grant__policy", flat=True).distinct()
    projects = watching.projects(actor)
    projects = projects.filter(vouchers__year=year, vouchers__approved_by__isnull=False).distinct()
    return [
        each
        for each in [*sorted(programmes), *(PROJECT + found.pk for found in projects)]
        if each not in drawn
    ]


def _due() -> QuerySet[Order]:
    """What was due and still is: an order that was dropped is owed to nobody."""
    return delivery.orders().exclude(state=Order.State.DROPPED)


def _together(parts: list[tuple[Estimate, str]]) -> PlaceScore:
    people = sum(each.population for each, _number in parts)
    score = sum(each.score * each.population for each, _number in parts) / people
    return PlaceScore(
        score, sum(each.answered for each, _number in parts), people, tuple(number for _each, number in parts)
    )


def _answers(found: Appraisal) -> list[tuple[str, dict[str, str]]]:
    """Stratum and answers of each unit that answered, by its latest form."""
    latest = (
        AppraisalForm.objects.filter(unit__appraisal=found, unit__state=UnitState.ANSWERED)
        .order_by("unit_id", "-id")
        .distinct("unit_id")
    )
    return list(latest.values_list("unit__stratum", "answers"))
