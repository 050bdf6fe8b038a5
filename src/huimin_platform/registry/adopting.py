"""Thresholds: proposed from what clerks decided, adopted by a person with a reason, on record."""

from datetime import datetime

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from huimin.registry import thresholds
from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.registry import known
from huimin_platform.registry.models import Pair, PairState, Threshold


class NotAdopted(Exception):
    """Why thresholds cannot be adopted, in words."""


def proposal() -> thresholds.Proposal | None:
    """What the settled pairs propose; None while too few are settled."""
    # What the second opinion asks has Splink's probability, from which nothing follows for ours.
    settled = Pair.objects.filter(state__in=[PairState.SAME, PairState.DIFFERENT], second__isnull=True)
    rows = [(score, state == PairState.SAME) for score, state in settled.values_list("score", "state")]
    decided = pl.DataFrame(rows, schema={"score": pl.Float64, "same": pl.Boolean}, orient="row")
    return thresholds.propose(decided, known.thresholds())


@transaction.atomic
def adopt(*, sure: float, grey: float, reason: str, at: datetime, by: User) -> Threshold:
    """The thresholds that count from the next run on, which resolves everything anew. The same ones again change nothing."""
    decision = access.allow(by, "decides", "thresholds")
    if not decision:
        raise access.NotAllowed(decision.reasons)
    if not reason.strip():
        raise NotAdopted(_("Say on what the thresholds rest."))
    now = known.thresholds()
    try:
        wanted = thresholds.Thresholds(sure, grey, min(now.doubt, grey))
    except ValueError:
        raise NotAdopted(
            _("A row is linked from a higher probability on than a clerk is asked; both lie between 0 and 1.")
        ) from None
    last = Threshold.objects.order_by("-pk").first()
    if wanted == now:
        if last is None:
            raise NotAdopted(_("These thresholds hold already."))
        return last
    found = proposal()
    rests = found if found and found.thresholds == wanted else None
    kept = Threshold.objects.create(
        sure=wanted.sure, grey=wanted.grey, doubt=wanted.doubt, reason=reason.strip(), by=by, at=at,
        pairs=rests.linked.pairs + rests.unasked.pairs if rests else 0,
        wrong_at_most=rests.linked.high if rests and rests.linked.pairs else None,
    )  # fmt: skip
    details = {"sure": wanted.sure, "grey": wanted.grey}
    audit.write(by=by, action="decides", kind="thresholds", object_id=kept.pk, at=at, details=details)
    return kept
