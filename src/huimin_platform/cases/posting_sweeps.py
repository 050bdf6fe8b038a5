"""Postings that begin and end by themselves, many at once: put up when their step begins, taken down when their days
have passed and nobody’s objection waits for an answer.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from huimin.cases.posting import beside, last_day
from huimin.cases.process import UNDECIDED
from huimin.rules.policy import POSTED_STEP
from huimin.rules.policy import Posting as Rule
from huimin.units.words import Words
from huimin_platform.base import audit
from huimin_platform.cases import policies, posting_queries
from huimin_platform.cases.models import Case, CaseItem, Objection, Posting, Step

PART = 2_000
NOBODY_OBJECTED = Words("公示期满，没有异议。", "Posted for its days; nobody objected.")
NONE_HOLDS = Words(
    "公示期满，异议经核实不成立。",
    "Posted for its days; what was said against it was checked and does not hold.",
)
SOME_HOLDS = Words(
    "公示期间的异议经核实成立，见核实结论。",
    "What was said against it was checked and holds; see what was found.",
)

SPARED = Words(
    "该家庭已享受{titles}，依{clause}由部门直接办理，不公示。",
    "The household receives one of these already: {titles}. By {clause} it is done directly and not posted.",
)


def is_posted(step: Step) -> bool:
    """Whether a step waits for a posting."""
    return step.key.endswith(POSTED_STEP)


def post_open(*, today: date, at: datetime) -> int:
    """The number of cases posted: those whose step of posting has begun and that hang nowhere yet."""
    count = 0
    waiting = (
        Step.objects.filter(
            ~Exists(Posting.objects.filter(step=OuterRef("pk"), taken_down_on=None)),
            key__endswith=POSTED_STEP, state__in=["open", "returned"], case__state__in=UNDECIDED,
        )
        .select_related("case__applicant", "case__withholding")
        .order_by("pk")
    )  # fmt: skip
    ids = list(waiting.values_list("pk", flat=True))
    for start in range(0, len(ids), PART):
        with transaction.atomic():
            part = waiting.filter(pk__in=ids[start : start + PART]).select_for_update(of=("self",))
            count += post(list(part), today=today, at=at)
    return count


def post(steps: Sequence[Step], *, today: date, at: datetime) -> int:
    """The number of these begun steps whose case is posted now; one whose policies ask for no posting is left alone."""
    if not steps:
        return 0
    items = _items([step.case_id for step in steps])
    receiving = posting_queries.receiving([step.case.household_id for step in steps], today)
    persons = posting_queries.members([step.case.household_id for step in steps], today)
    made, moved, spared = [], [], []
    for step in steps:
        asked = [item for item in items.get(step.case_id, []) if item.policy in step.policies]
        of_law = {item.policy: rule for item in asked if (rule := _rule(item.policy, today))}
        receives = receiving.get(step.case.household_id, set())
        rules = {name: rule for name, rule in of_law.items() if not receives & set(rule.spares)}
        if not of_law:
            continue
        if not rules:
            spared.append((step, next(iter(of_law.values()))))
            continue
        until = last_day(today, max(rule.days for rule in rules.values()))
        shown = {
            "name": posting_queries.public_name(step.case, today),
            "policies": [
                {"policy": item.policy} | beside(
                    rules[item.policy].shows, members=persons.get(step.case.household_id, 0),
                    amount_fen=item.amount_fen,
                )
                for item in asked if item.policy in rules
            ],
        }  # fmt: skip
        made.append(
            Posting(
                case=step.case,
                step=step,
                division=step.case.division,
                shown=shown,
                posted_on=today,
                until=until,
            )
        )
        step.due_on, step.state = until, "open"
        moved.append(step)
    _spare(spared, at)
    Posting.objects.bulk_create(made, batch_size=1000)
    Step.objects.bulk_update(moved, ["due_on", "state"], batch_size=1000)
    numbers = [posting.case.number for posting in made]
    audit.write_many(by=audit.SYSTEM, action="posts_case", kind="case", object_ids=numbers, at=at)
    return len(made)


def _spare(steps: Sequence[tuple[Step, Rule]], at: datetime) -> None:
    """Ends the steps of cases that the law has done directly, because of what the household receives already."""
    for step, rule in steps:
        assert rule.spares_clause is not None, "what is spared cites its law"
        titles = policies.titles()
        zh = "、".join(titles[name].zh for name in rule.spares)
        en = ", ".join(titles[name].en for name in rule.spares)
        why = SPARED.filled(titles=Words(zh, en), clause=rule.spares_clause.words)
        step.state, step.done_at, step.reason = "done", at, {"zh": why.zh, "en": why.en}
    done = [step for step, _rule in steps]
    Step.objects.bulk_update(done, ["state", "done_at", "reason"], batch_size=1000)
    Case.objects.filter(pk__in=[step.case_id for step in done]).update(version=F("version") + 1)
    numbers = [step.case.number for step in done]
    audit.write_many(by=audit.SYSTEM, action="completes_step", kind="case", object_ids=numbers,
                     details={"step": POSTED_STEP}, at=at)  # fmt: skip


def take_down(*, today: date, at: datetime) -> int:
    """The number of postings taken down: their days are over and every objection has its answer, or their case went
    another way.
    """
    unanswered = Objection.objects.filter(posting=OuterRef("pk"), outcome="")
    running = Posting.objects.filter(taken_down_on=None)
    over = running.filter(~Exists(unanswered), until__lt=today, step__state="open", case__state__in=UNDECIDED)
    gone = running.exclude(step__state="open", case__state__in=UNDECIDED)
    count = gone.update(taken_down_on=today)
    ids = list(over.order_by("case_id").values_list("pk", flat=True))
    for start in range(0, len(ids), PART):
        with transaction.atomic():
            count += _end(ids[start : start + PART], today, at)
    return count


def again_until(posting: Posting, today: date) -> date:
    """The last day of a posting after an objection against it did not hold."""
    rules = [_rule(each["policy"], today) for each in posting.shown["policies"]]
    days = max((rule.again_days for rule in rules if rule), default=0)
    return max(posting.until, today + timedelta(days=days)) if days else posting.until


def why_ended(outcomes: Collection[str]) -> Words:
    """Why a posting ends, by what came of the objections against it."""
    if Objection.Outcome.HOLDS in outcomes:
        return SOME_HOLDS
    return NONE_HOLDS if outcomes else NOBODY_OBJECTED


def _end(ids: Sequence[int], today: date, at: datetime) -> int:
    found = list(
        Posting.objects.filter(pk__in=ids, taken_down_on=None)
        .prefetch_related("objections")
        .order_by("case_id")
    )
    cases = {
        case.pk: case
        for case in Case.objects.select_for_update()
        .filter(pk__in=[posting.case_id for posting in found], state__in=UNDECIDED)
        .order_by("pk")
    }
    ended = [posting for posting in found if posting.case_id in cases]
    reasons: dict[Words, list[int]] = {}
    for posting in ended:
        why = why_ended({each.outcome for each in posting.objections.all()})
        reasons.setdefault(why, []).append(posting.step_id)
    for words, steps in reasons.items():
        Step.objects.filter(pk__in=steps, state="open").update(
            state="done", done_at=at, reason={"zh": words.zh, "en": words.en}
        )
    Posting.objects.filter(pk__in=[posting.pk for posting in ended]).update(taken_down_on=today)
    Case.objects.filter(pk__in=[posting.case_id for posting in ended]).update(version=F("version") + 1)
    numbers = [cases[posting.case_id].number for posting in ended]
    audit.write_many(by=audit.SYSTEM, action="completes_step", kind="case", object_ids=numbers,
                     details={"step": POSTED_STEP}, at=at)  # fmt: skip
    return len(ended)


def _rule(policy: str, on: date) -> Rule | None:
    return policies.policy(policy, on).posting if policy in policies.names() else None


def _items(cases: Sequence[int]) -> Mapping[int, list[CaseItem]]:
    found: dict[int, list[CaseItem]] = {}
    for item in CaseItem.objects.filter(case__in=cases, live=True).order_by("pk"):
        found.setdefault(item.case_id, []).append(item)
    return found
