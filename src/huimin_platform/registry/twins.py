"""Two files that may be one person's who is registered twice: put on the desk by the registry itself.

What two clerks said of two files stands; a question that nobody has answered yet goes with its ground. While it is open,
answers that hang on it are not known.
"""

import polars as pl
from django.db.models import QuerySet

from huimin.registry import joining
from huimin_platform.registry import file_queries
from huimin_platform.registry.changes import Touched
from huimin_platform.registry.models import IdentityEvent, Link, Opinion, Pair, PairState, Run

# So many such questions wait at most; the likeliest are asked first.
MOST_OPEN = 1_000
REASONS = ["registered_twice"]
# From here on a file in question that no row is about any more leads to the other one: a second registration that was cancelled
# leaves nothing behind, strangers seldom vanish from all registers at once.
LED_ON = 0.8


def ask(found: pl.DataFrame, touched: Touched) -> dict[str, int]:
    """Puts the questions on these persons (person, other, score), the likeliest first; counts of new and withdrawn ones."""
    _touch_answered(touched)
    wanted = {
        file_queries.key_of_files(person, other): (person, other, score)
        for person, other, score in found.select("person", "other", "score").iter_rows()
    }
    ours = Pair.objects.filter(whole=True, second__isnull=True, reasons=REASONS)
    answered = Opinion.objects.filter(withdrawn_at=None).values("pair")
    gone = ours.filter(state=PairState.OPEN).exclude(key__in=wanted).exclude(pk__in=answered)
    _touch(touched, gone)
    withdrawn = gone.update(state=PairState.GONE)
    room = MOST_OPEN - ours.filter(state=PairState.OPEN).count()
    before = Pair.objects.in_bulk(list(wanted), field_name="key")
    fresh = [key for key in wanted if key not in before or before[key].state == PairState.GONE][
        : max(room, 0)
    ]
    rows = _rows([wanted[key][1] for key in fresh])
    for key in fresh:
        person, other, score = wanted[key]
        touched.persons([person, other])
        if key in before:
            Pair.objects.filter(pk=before[key].pk).update(state=PairState.OPEN, score=score)
        elif other in rows:
            file, line, role = rows[other]
            Pair.objects.create(
                key=key, whole=True, file_id=file, line=line, role=role, person_id=person, other_id=other, score=score,
                reasons=REASONS,
            )  # fmt: skip
    return {"files_asked": len(fresh), "files_asked_no_more": withdrawn}


def led_on(people: pl.Series) -> pl.DataFrame:
    """Whose file goes to whom because no row is about them any more, and an open question says that they are likely one: person,
    kept. `people` are the persons whom rows are about.
    """
    asked = Pair.objects.filter(
        whole=True, second__isnull=True, reasons=REASONS, state=PairState.OPEN, score__gte=LED_ON
    )
    both = [*asked.values_list("person", "other")]
    rows = [(gone, kept) for one, other in both for gone, kept in ((one, other), (other, one))]
    found = pl.DataFrame(rows, schema=joining.SCHEMA, orient="row")
    known = found.filter(pl.col("kept").is_in(people.implode()) & ~pl.col("person").is_in(people.implode()))
    return known.filter(pl.len().over("person") == 1).sort("person")


def _touch_answered(touched: Touched) -> None:
    """Takes note of whom clerks have said something since the last run."""
    last = Run.objects.order_by("-pk").first()
    if last is not None:
        said = IdentityEvent.objects.filter(at__gte=last.at, pair__isnull=False).values("pair")
        _touch(touched, Pair.objects.filter(pk__in=said, whole=True))


def _touch(touched: Touched, pairs: QuerySet[Pair]) -> None:
    for both in pairs.values_list("person", "other"):
        touched.persons([person for person in both if person is not None])


def _rows(persons: list[int]) -> dict[int, tuple[int, int, str]]:
    """The first row of each person that counts: file, line, role."""
    links = Link.objects.filter(person__in=persons, file__current=True).order_by("-file", "-line", "-role")
    return {
        person: (file, line, role)
        for person, file, line, role in links.values_list("person", "file", "line", "role")
    }
