"""Splink's second opinion on the registry as it stands: compared at night, asked of clerks where it disagrees."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings
from django.db import transaction

from huimin.registry import crosscheck
from huimin_platform.base import audit, bulk
from huimin_platform.intake import queries as intake
from huimin_platform.registry import file_queries, remembering, rows
from huimin_platform.registry.models import CrossCheck, Pair, PairState, Person, Run

# So many questions of the second opinion wait at most: as many as clerks have answered come anew each night.
MOST_OPEN = 50
# How data err changes slowly; after so many days it is learned anew.
MODEL_DAYS = timedelta(days=30)
LINKS = (
    "select file_id::text as file, line, role, person_id as person, how, score from registry_link"
    " where file_id = any(%(files)s)"
)


@dataclass(frozen=True)
class Found:
    """What Splink says of the registry as `run` left it, with how and how surely we linked."""

    run: int
    comparison: crosscheck.Comparison
    disagreements: pl.DataFrame
    model_at: datetime
    seconds: float


def model_path() -> Path:
    """Where the model is kept: rates of agreement, no data of anybody."""
    return Path(settings.HUIMIN_HOME) / "models" / "splink.json"


def compared(*, at: datetime, progress: Callable[[str], None], learn: bool = False) -> Found:
    """Splink's opinion of the links. A model is learned where none is kept that still fits; raises `TooFewRows`."""
    started, runs = time.monotonic(), remembering.chain()
    if not runs:
        raise crosscheck.TooFewRows(0, 0)
    progress("cross-check: rows")
    files = [file for file in intake.current_files() if file.pk in set(runs[-1].files)]
    said = crosscheck.described(rows.mentions(files, intake.rows_that_count(files), {}))
    people = crosscheck.people_of(remembering.recalled(runs).people)
    progress("cross-check: model")
    model, model_at = _model(said, people, at, learn)
    progress("cross-check: pairs")
    links = bulk.copy_out(LINKS, {"files": [file.pk for file in files]})
    comparison = crosscheck.compared(said, links.drop("how", "score"), people, model)
    told = comparison.disagreements.join(
        links.drop("person"), on=crosscheck.PLACE, how="left", maintain_order="left"
    )
    return Found(runs[-1].pk, comparison, told, model_at, time.monotonic() - started)


def moved_on(found: Found) -> bool:
    """Whether the registry has run since."""
    return Run.objects.order_by("-pk").values_list("pk", flat=True).first() != found.run


@transaction.atomic
def keep(found: Found, *, today: date, at: datetime) -> dict[str, int | float]:
    """The figures of the night, with its questions on the desk: new ones, the likeliest first, while there is room.

    What a clerk has settled or the registry asks itself is not asked; a question whose ground is gone is withdrawn.
    Repeated, it changes nothing.
    """
    wanted = _wanted(found.disagreements)
    kept = Pair.objects.in_bulk(list(wanted), field_name="key")
    waiting = set(
        Pair.objects.filter(state=PairState.OPEN, second__isnull=False).values_list("key", flat=True)
    )
    withdrawn = waiting - set(wanted)
    Pair.objects.filter(key__in=withdrawn).update(state=PairState.GONE)
    still = waiting & set(wanted)
    to_ask = [key for key in wanted if key not in kept or kept[key].state == PairState.GONE]
    asked = to_ask[: max(MOST_OPEN - len(still), 0)]
    Pair.objects.bulk_create(wanted[key] for key in asked if key not in kept)
    for key in [*(key for key in asked if key in kept), *still]:
        _again(kept[key], wanted[key])
    counts = {
        "pairs": found.comparison.pairs, "placed": found.comparison.placed, "agreeing": found.comparison.agreeing,
        "disagreements": found.comparison.disagreements.height,
    }  # fmt: skip
    before = CrossCheck.objects.filter(on=today).first()
    CrossCheck.objects.update_or_create(
        on=today,
        defaults={
            **counts, "at": at, "seconds": found.seconds, "model_at": found.model_at,
            "asked": len(asked) + (before.asked if before else 0),
            "withdrawn": len(withdrawn) + (before.withdrawn if before else 0),
        },
    )  # fmt: skip
    counts |= {"asked": len(asked), "withdrawn": len(withdrawn), "open": len(still) + len(asked)}
    audit.write(
        by=audit.SYSTEM, action="compares", kind="registry", object_id=found.run, at=at, details=counts
    )
    return {**counts, "seconds": round(found.seconds, 1)}


def _wanted(disagreements: pl.DataFrame) -> dict[str, Pair]:
    """The questions by key, without those about which a clerk has spoken."""
    settled = Pair.objects.filter(state__in=[PairState.SAME, PairState.DIFFERENT])
    said = list(settled.values_list("key", "file_id", "line", "role", "state", "person_id", "other_id"))
    keys = {key for key, *_rest in said}
    rows = settled.filter(whole=False, state=PairState.SAME)
    linked = set(rows.values_list("file_id", "line", "role"))
    told_apart = {
        frozenset((person, other))
        for *_where, state, person, other in said
        if other is not None and state == PairState.DIFFERENT
    }
    merged = set(Person.objects.exclude(merged_into=None).values_list("pk", flat=True))
    found: dict[str, Pair] = {}
    for row in disagreements.iter_rows(named=True):
        pair = _question(row)
        twice = row["kind"] == "twice" and frozenset((pair.person_id, pair.other_id)) in told_apart
        answered = pair.key in keys or (pair.file_id, pair.line, pair.role) in linked or twice
        if not answered and not merged & {pair.person_id, pair.other_id}:
            found.setdefault(pair.key, pair)
    return found


def _question(row: dict[str, Any]) -> Pair:
    """A row that Splink puts elsewhere, or two whole files that it takes for one person's."""
    person, other, whole = row["person"], row["other"], row["kind"] == "twice"
    key = f"{row['file']}/{row['line']}/{row['role']}/{person}"
    if whole:
        person, other = sorted((person, other))
        key = file_queries.key_of_files(person, other)
    second = {name: row[name] for name in ("kind", "weight", "own", "how", "score")}
    return Pair(
        key=key, file_id=int(str(row["file"])), line=row["line"], role=row["role"], person_id=person,
        other_id=other, whole=whole, score=row["probability"], reasons=["second_opinion"], second=second,
    )  # fmt: skip


def _again(kept: Pair, wanted: Pair) -> None:
    """Puts a question that is kept as the night found it."""
    kept.state = PairState.OPEN
    for name in ("other_id", "score", "reasons", "second"):
        setattr(kept, name, getattr(wanted, name))
    kept.save(update_fields=["state", "other", "score", "reasons", "second"])


def _model(
    said: pl.DataFrame, people: pl.DataFrame, at: datetime, learn: bool
) -> tuple[crosscheck.Model, datetime]:
    """The model and when it was learned: the kept one while it fits and is not too old, else a new one, kept at once."""
    path = model_path()
    if not learn and path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        model_at = datetime.fromisoformat(kept["at"])
        if at - model_at < MODEL_DAYS and crosscheck.fits(kept["model"]):
            return kept["model"], model_at
    model = crosscheck.learned(said, people)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.draft")
    draft.write_text(json.dumps({"at": at.isoformat(), "model": model}, ensure_ascii=False), encoding="utf-8")
    os.replace(draft, path)
    return model, at
