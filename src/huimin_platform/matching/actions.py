"""Writes of the matching stage: answers and findings kept, findings decided."""

import json
from collections.abc import Callable, Collection
from datetime import date, datetime

import polars as pl
from django.db import transaction
from django.db.models import Q

from huimin_platform.base import access, audit, bulk
from huimin_platform.base.models import User
from huimin_platform.matching.models import Entitlement, Finding, FindingState, ParameterSet, Run
from huimin_platform.registry.changes import Within
from huimin_platform.registry.tables import Inputs, Standards

PART = 50_000
BATCH = 5000
SET_NAME = "local_standards"
STANDING = (
    "select id, policy, household_id as household, policy_version, status, amount_fen, missing::text as missing"
    " from matching_entitlement where current"
)
OF_SOME = " and household_id = any(%(homes)s)"


class WriteAReason(ValueError):
    """A finding is decided with a reason."""


def keep_parameters(*, standards: list[Standards], at: datetime, by: User | str) -> int:
    """The number of parameter sets that are new or changed."""
    changed = 0
    for each in standards:
        values = {
            name: value if isinstance(value, dict) else str(value)
            for name, value in each.parameters.values.items()
        }
        place = {"division": each.division, "name": SET_NAME, "effective_on": each.parameters.started_on}
        before = ParameterSet.objects.filter(**place).first()
        if before is not None and before.values == values:
            continue
        with transaction.atomic():
            ParameterSet.objects.update_or_create(
                **place, defaults={"values": values, "source_file": each.file}
            )
            audit.write(
                by=by, action="sets", kind="parameters", object_id=each.division, at=at, details=values
            )
        changed += 1
    return changed


@transaction.atomic
def keep_answers(
    *, answers: pl.DataFrame, traces: Callable[[pl.DataFrame], pl.DataFrame], versions: dict[str, str], inputs: Inputs,
    at: datetime, by: User | str, within: Within | None = None,
) -> dict[str, int]:  # fmt: skip
    """Keeps the answers that changed: the row before is no longer current, a new one is. Returns counts.

    `within` says which households were asked about, where not all. `traces` explains answers: policy, household, trace
    (JSON). Only those that changed are explained.
    """
    on = inputs.on
    run = Run.objects.create(
        at=at, on=on, inputs=inputs.digest, policies=versions, registry=inputs.registry, verified=inputs.verified, grounds=inputs.grounds,
        everybody=within is None,
    )  # fmt: skip
    frame = answers.with_columns(
        pl.col("missing").map_elements(
            lambda rows: json.dumps(rows.to_list(), ensure_ascii=False), return_dtype=pl.String
        ),
        policy_version=pl.col("policy").replace_strict(versions, return_dtype=pl.String),
    )
    before = bulk.copy_out(
        STANDING + OF_SOME if within else STANDING, {"homes": list(within.households)} if within else None
    )
    same = ["policy", "household", "policy_version", "status", "amount_fen", "missing"]
    changed = frame.join(before.with_columns(_normal("missing")), on=same, how="anti", nulls_equal=True)
    keys = changed.select("policy", "household")
    gone = before.join(frame, on=["policy", "household"], how="anti")
    replaced = before.join(keys, on=["policy", "household"], how="semi")
    stale = [*replaced["id"].to_list(), *gone["id"].to_list()]
    for start in range(0, len(stale), PART):
        Entitlement.objects.filter(pk__in=stale[start : start + PART]).update(current=False, ended_run=run)
    rows = changed.join(traces(changed), on=["policy", "household"], how="left").select(
        "policy", "policy_version", pl.col("household").alias("household_id"), "status", "amount_fen", "missing", "trace",
        on=pl.lit(on), run_id=pl.lit(run.pk), current=pl.lit(True),
    )  # fmt: skip
    bulk.copy_in(Entitlement, rows)
    counts = {"changed": changed.height, "ended": gone.height}
    Run.objects.filter(pk=run.pk).update(counts=counts)
    audit.write(by=by, action="matches", kind="run", object_id=run.pk, at=at, details=counts)
    return counts


def _normal(column: str) -> pl.Expr:
    """JSON lists as PostgreSQL writes them, without the spaces that differ."""
    return pl.col(column).map_elements(
        lambda text: json.dumps(json.loads(text), ensure_ascii=False), return_dtype=pl.String
    )


@transaction.atomic
def keep_findings(
    *,
    found: pl.DataFrame,
    kinds: Collection[str],
    on: date,
    at: datetime,
    by: User | str,
    within: Within | None = None,
) -> dict[str, int]:
    """Adds findings of some kinds that are new, marks those no longer so, opens again those that came back.

    `within` says whose they may be, where not everybody's. The evidence of an open finding is that of today; of a decided one it stays what was decided on.
    """
    kept = Finding.objects.filter(kind__in=kinds)
    if within is not None:
        kept = kept.filter(
            Q(household__in=within.households, person=None) | Q(person__in=within.persons or ())
        )
    before = {finding.key: finding for finding in kept}
    now = {row["key"]: row for row in found.iter_rows(named=True)}
    fresh = [
        Finding(
            key=key, kind=row["kind"], household_id=row["household"], person_id=row["person"],
            division=row["division"], evidence=json.loads(row["evidence"]), found_on=on,
        )
        for key, row in now.items()
        if key not in before
    ]  # fmt: skip
    Finding.objects.bulk_create(fresh, batch_size=BATCH)
    gone = [
        finding.pk for key, finding in before.items() if finding.state == FindingState.OPEN and key not in now
    ]
    back = [
        finding.pk for key, finding in before.items() if finding.state == FindingState.GONE and key in now
    ]
    Finding.objects.filter(pk__in=gone).update(state=FindingState.GONE, gone_on=on)
    Finding.objects.filter(pk__in=back).update(state=FindingState.OPEN, gone_on=None)
    retold = []
    for key, finding in before.items():
        if key in now and finding.state in (FindingState.OPEN, FindingState.GONE):
            evidence = json.loads(now[key]["evidence"])
            if finding.evidence | {"on": ""} != evidence | {"on": ""}:
                finding.evidence = evidence
                retold.append(finding)
    Finding.objects.bulk_update(retold, ["evidence"], batch_size=BATCH)
    counts = {"findings": len(fresh), "findings_gone": len(gone), "findings_back": len(back)}
    if any(counts.values()):
        audit.write(by=by, action="finds", kind="findings", object_id=on.isoformat(), at=at, details=counts)
    return counts


@transaction.atomic
def decide_finding(*, finding: int, confirmed: bool, reason: str, at: datetime, by: User) -> Finding:
    """The finding confirmed or dismissed with a reason; the first decision stands."""
    kept = Finding.objects.select_for_update().get(pk=finding)
    decision = access.allow(by, "decides", "finding", division=kept.division or None)
    if not decision:
        raise access.NotAllowed(decision.reasons)
    if not reason.strip():
        raise WriteAReason
    if kept.state in (FindingState.CONFIRMED, FindingState.DISMISSED):
        return kept
    kept.state = FindingState.CONFIRMED if confirmed else FindingState.DISMISSED
    kept.decided_by, kept.decided_at, kept.reason = by.username, at, reason.strip()[:500]
    kept.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    audit.write(
        by=by, action="decides", kind="finding", object_id=kept.pk, at=at,
        details={"outcome": kept.state, "reason": kept.reason},
    )  # fmt: skip
    return kept
