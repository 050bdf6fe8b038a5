"""Formulas by which pots are shared out: those of the product, and those that the county writes, tries and has signed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from importlib.resources import files
from typing import Any

import polars as pl
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin.funds import allocation
from huimin.funds.allocation import Formula, allocate
from huimin.funds.problems import AllocationError
from huimin.tables.document import DocumentError
from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.funds import reach
from huimin_platform.funds.formula_models import FormulaText
from huimin_platform.funds.refusals import NotNow, insist_on_reason, permitted

State = FormulaText.State
# How errors call a text that is being written.
DRAFT = "formula.yaml"


def in_force(actor: Any, day: date) -> dict[str, Formula]:
    """name -> the formula that holds for the actor on a day: of each name the latest that is signed by the nearest place, else
    the product's.
    """
    found = allocation.load_all()
    signed = FormulaText.objects.filter(
        state=State.SIGNED, version__lte=day, place__in=reach.around_it(reach.place_of(actor))
    )
    nearest_last = sorted(signed, key=lambda each: (len(each.place), each.version))
    return found | {each.name: allocation.load_text(each.text, DRAFT) for each in nearest_last}


def texts(actor: Any) -> QuerySet[FormulaText]:
    """The texts of the actor's division and of the places around it, those that wait first."""
    found = FormulaText.objects.select_related("proposed_by", "decided_by")
    return reach.around(actor, found).order_by("-proposed_at", "-pk")


def example() -> str:
    """The text to begin with."""
    return (files("huimin.funds") / "formulas" / "assistance_funds.yaml").read_text("utf-8")


def drafted(text: str, today: date, place: str) -> Formula:
    """The formula of a text that may be proposed today for a place. `NotNow` names term and cure in the reader's language."""
    try:
        formula = allocation.load_text(text, DRAFT)
    except DocumentError as problem:
        raise NotNow(problem.say(get_language() or "zh-hans")) from None
    day = day_of(formula)
    if day is None or day <= today:
        raise NotNow(
            _("formula.yaml, version: write the day from which it holds, after today, such as 2027-01-01.")
        )
    signed = FormulaText.objects.filter(state=State.SIGNED, place=place, name=formula.name)
    later = signed.filter(version__gte=day).first()
    if later is not None:
        raise NotNow(
            _("formula.yaml, version: %(day)s is signed for this name already. Take a later day.")
            % {"day": later.version}
        )
    return formula


def day_of(formula: Formula) -> date | None:
    """The day from which a formula holds; None where its version is no day."""
    try:
        return date.fromisoformat(formula.version)
    except ValueError:
        return None


def tried(
    actor: Any, formula: Formula, areas: pl.DataFrame, pot_fen: int, today: date
) -> list[dict[str, Any]]:
    """What each place would get of a pot by a formula, beside last year and what the formula in force gives it.

    `now_fen` is None where the one in force asks for columns that the table does not have. `NotNow` says what is wrong.
    """
    former = in_force(actor, today).get(formula.name)
    try:
        new = allocate(formula, areas, pot_fen)
        comparable = former is not None and set(former.columns) <= set(areas.columns)
        now = allocate(former, areas, pot_fen) if former is not None and comparable else None
    except AllocationError as problem:
        raise NotNow(problem.say(get_language() or "zh-hans")) from None
    given = dict(now.areas.select("area", "amount_fen").iter_rows()) if now else {}
    return [
        {
            "place": row["area"], "last_fen": row["last_fen"], "now_fen": given.get(row["area"]), "new_fen": row["amount_fen"],
            "grass_roots_fen": row["grass_roots_fen"], "discretion_fen": row["discretion_fen"],
            "steps": [[{"zh": words.zh, "en": words.en}, fen] for words, fen in new.explained(row["area"])],
        }
        for row in new.areas.iter_rows(named=True)
    ]  # fmt: skip


@transaction.atomic
def propose(
    *, text: str, trial: Sequence[Mapping[str, Any]], reason: str, at: datetime, today: date, by: User
) -> FormulaText:
    """The text waiting for a signature, with what trying it gave. The same text again, while it waits, changes nothing."""
    permitted(by, "proposes", "allocation")
    place = reach.place_of(by)
    formula, day = drafted(text, today, place), date.max
    insist_on_reason(reason)
    if not trial:
        raise NotNow(_("Try it on last year's figures first."))
    day = day_of(formula) or day
    waiting = FormulaText.objects.filter(
        state=State.PROPOSED, place=place, name=formula.name, version=day, text=text
    ).first()
    if waiting is not None:
        return waiting
    found = FormulaText.objects.create(
        place=place, name=formula.name, version=day, text=text, reason=reason, trial=[dict(row) for row in trial], proposed_at=at,
        proposed_by=by,
    )  # fmt: skip
    details = {"name": found.name, "version": day.isoformat()}
    audit.write(
        by=by, action="proposes", kind="allocation", object_id=f"formula {found.pk}", details=details, at=at
    )
    return found


@transaction.atomic
def sign(*, number: int, at: datetime, today: date, by: User) -> FormulaText:
    """The text signed by another person, before its day comes. A repeat changes nothing."""
    permitted(by, "signs", "allocation")
    found = reach.within(by, FormulaText.objects.select_for_update()).get(pk=number)
    if found.state == State.SIGNED:
        return found
    if found.state != State.PROPOSED:
        raise NotNow(_("This text is decided already. Write another."))
    if found.proposed_by_id == by.pk:
        raise NotNow(_("You proposed this. Somebody else has to sign it."))
    drafted(found.text, today, found.place)
    return _decided(found, State.SIGNED, "signs", "", at, by)


@transaction.atomic
def refuse(*, number: int, reason: str, at: datetime, by: User) -> FormulaText:
    """The text refused by who might sign it, with the reason."""
    permitted(by, "signs", "allocation")
    insist_on_reason(reason)
    found = reach.within(by, FormulaText.objects.select_for_update()).get(pk=number)
    if found.state != State.PROPOSED:
        raise NotNow(_("This text is decided already. Write another."))
    return _decided(found, State.REFUSED, "refuses", reason, at, by)


def _decided(found: FormulaText, state: str, action: str, reason: str, at: datetime, by: User) -> FormulaText:
    found.state, found.decided_at, found.decided_by, found.decision = state, at, by, reason
    found.save(update_fields=["state", "decided_at", "decided_by", "decision"])
    details = {"name": found.name, "version": found.version.isoformat(), "reason": reason}
    audit.write(
        by=by, action=action, kind="allocation", object_id=f"formula {found.pk}", details=details, at=at
    )
    return found
