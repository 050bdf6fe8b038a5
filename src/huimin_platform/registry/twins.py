"""Two files that may be one person's who is registered twice: put on the desk by the registry itself.

What two clerks said of two files stands; a question that nobody has answered yet goes with its ground.
"""

import polars as pl

from huimin_platform.registry import file_queries
from huimin_platform.registry.models import Link, Opinion, Pair, PairState

# So many such questions wait at most; the likeliest are asked first.
MOST_OPEN = 50
REASONS = ["registered_twice"]


def ask(found: pl.DataFrame) -> dict[str, int]:
    """Puts the questions on these persons (person, other, score), the likeliest first; counts of new and withdrawn ones."""
    wanted = {
        file_queries.key_of_files(person, other): (person, other, score)
        for person, other, score in found.select("person", "other", "score").iter_rows()
    }
    ours = Pair.objects.filter(whole=True, second__isnull=True, reasons=REASONS)
    answered = Opinion.objects.filter(withdrawn_at=None).values("pair")
    gone = ours.filter(state=PairState.OPEN).exclude(key__in=wanted).exclude(pk__in=answered)
    withdrawn = gone.update(state=PairState.GONE)
    room = MOST_OPEN - ours.filter(state=PairState.OPEN).count()
    before = Pair.objects.in_bulk(list(wanted), field_name="key")
    fresh = [key for key in wanted if key not in before or before[key].state == PairState.GONE][
        : max(room, 0)
    ]
    rows = _rows([wanted[key][1] for key in fresh])
    for key in fresh:
        person, other, score = wanted[key]
        if key in before:
            Pair.objects.filter(pk=before[key].pk).update(state=PairState.OPEN, score=score)
        elif other in rows:
            file, line, role = rows[other]
            Pair.objects.create(
                key=key, whole=True, file_id=file, line=line, role=role, person_id=person, other_id=other, score=score,
                reasons=REASONS,
            )  # fmt: skip
    return {"files_asked": len(fresh), "files_asked_no_more": withdrawn}


def _rows(persons: list[int]) -> dict[int, tuple[int, int, str]]:
    """The first row of each person that counts: file, line, role."""
    links = Link.objects.filter(person__in=persons, file__current=True).order_by("-file", "-line", "-role")
    return {
        person: (file, line, role)
        for person, file, line, role in links.values_list("person", "file", "line", "role")
    }
