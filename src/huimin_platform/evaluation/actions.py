"""Writes of the evaluation stage: the figures of a day."""

from datetime import date, datetime

from django.db import transaction

from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.evaluation.models import Figure
from huimin_platform.evaluation.queries import measure
from huimin_platform.evaluation.queries.catalogue import COMPUTATIONS
from huimin_platform.evaluation.queries.measure import EXACT, Fractions, Measure


def compute_figures(*, today: date, at: datetime, by: User | str) -> int:
    """How many figures of the day are new or other than before; a second time with the same data, none."""
    return sum(_compute(name, today=today, at=at, by=by) for name in COMPUTATIONS)


@transaction.atomic
def _compute(name: str, *, today: date, at: datetime, by: User | str) -> int:
    counted = COMPUTATIONS[name](today)
    kept = {figure.division: figure for figure in Figure.objects.filter(indicator=name, on=today)}
    if _still_true(counted, kept):
        return 0
    found = measure.fractions(counted)
    changed = _changed(name, today, found, kept, at)
    gone = [figure.pk for code, figure in kept.items() if code not in found]
    Figure.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["indicator", "on", "division"],
        update_fields=["numerator", "denominator", "computed_at"],
    )
    Figure.objects.filter(pk__in=gone).delete()
    if counted.changed_at is not None:
        # What was found to be as before is known to be so as of now, and not reckoned again for nothing.
        Figure.objects.filter(indicator=name, on=today).update(computed_at=at)
    if changed or gone:
        details = {"on": today.isoformat(), "changed": len(changed), "gone": len(gone)}
        audit.write(by=by, action="computes", kind="figure", object_id=name, details=details, at=at)
    return len(changed) + len(gone)


def _still_true(counted: Measure, kept: dict[str, Figure]) -> bool:
    if counted.changed_at is None or not kept:
        return False
    return all(figure.computed_at >= counted.changed_at for figure in kept.values())


def _changed(name: str, today: date, found: Fractions, kept: dict[str, Figure], at: datetime) -> list[Figure]:
    changed = []
    for code, fraction in found.items():
        top, bottom = fraction.numerator.quantize(EXACT), fraction.denominator.quantize(EXACT)
        before = kept.get(code)
        if before is None or (before.numerator, before.denominator) != (top, bottom):
            changed.append(
                Figure(
                    indicator=name, on=today, division=code, numerator=top, denominator=bottom, computed_at=at
                )
            )
    return changed
