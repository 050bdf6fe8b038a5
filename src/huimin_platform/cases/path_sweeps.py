"""Paths that the data or the calendar move, many at once: begun by a sign, gone on when a term has passed, told
upwards when late. None of them ends anything against a person.
"""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from huimin.cases import paths as book
from huimin.cases.paths import Definition
from huimin.units.words import Words
from huimin.units.workdays import add_working_days
from huimin_platform.base import audit
from huimin_platform.cases import notices, path_queries, paths
from huimin_platform.cases.models import Path

PART = 2_000

CAUSES = {
    "lapsed": Words(
        "部门数据显示，家庭情况不再符合条件。",
        "The departments’ data no longer say that the household is entitled.",
    ),
    "died": Words("部门数据显示，申请人已去世。", "The departments’ data say that the applicant has died."),
    "moved": Words(
        "户籍数据显示，家庭已迁往其他县。", "The residents’ data show the household in another county."
    ),
    "relocated": Words(
        "户籍数据显示，家庭已在县内迁居。",
        "The residents’ data show the household in another place of the county.",
    ),
    "elapsed": Words("到了定期核查的时间。", "It is time to look at it again."),
    "more": Words(
        "部门数据显示，每月应发金额增加。", "The departments’ data say that more is due each month."
    ),
    "less": Words(
        "部门数据显示，每月应发金额减少。", "The departments’ data say that less is due each month."
    ),
}

# Approved cases that are paid each month and show a sign. A case rests for the days of the definition.
FROM = """
select decided.id from cases_case decided
join registry_household household on household.id = decided.household_id
left join registry_person applicant on applicant.id = decided.applicant_id
where decided.state = 'approved' and decided.stopped_on is null and decided.id > %(last)s
  and exists (select from cases_caseitem item where item.case_id = decided.id and item.live and item.per = 'month')
  and not exists (
      select from cases_path earlier where earlier.case_id = decided.id and earlier.name = %(name)s
        and (earlier.ended_at is null or earlier.ended_at > %(rested)s))
  and """
RATED_ANEW = """exists (
      select from cases_caseitem item where item.case_id = decided.id and item.live and item.per = 'month'
        and exists (select from matching_entitlement answer where answer.household_id = item.household_id
            and answer.policy = item.policy and answer.current and answer.status = 'entitled'
            and answer.amount_fen > 0 and answer.amount_fen {goes} item.amount_fen))"""
SHOWN = {
    "lapsed": """exists (
      select from cases_caseitem item where item.case_id = decided.id and item.live and item.per = 'month'
        and exists (select from matching_entitlement answer where answer.household_id = item.household_id
            and answer.policy = item.policy and answer.current and answer.status = 'not_entitled'))""",
    "died": "applicant.died_on is not null",
    "moved": "household.division <> '' and left(household.division, 6) <> left(decided.division, 6)",
    "relocated": """household.division <> '' and household.division <> decided.division
      and left(household.division, 6) = left(decided.division, 6)""",
    "elapsed": f"{path_queries.REVIEW_DUE_ON} <= %(today)s",
    "more": RATED_ANEW.format(goes=">"),
    "less": RATED_ANEW.format(goes="<"),
}
# What the items of some cases are due each month by today's answers, where that differs.
RATES = """
select item.case_id, item.id, item.amount_fen, answer.amount_fen
from cases_caseitem item join matching_entitlement answer on answer.household_id = item.household_id
    and answer.policy = item.policy and answer.current and answer.status = 'entitled'
where item.case_id = any(%s) and item.live and item.per = 'month' and answer.amount_fen > 0
  and answer.amount_fen <> item.amount_fen
order by item.id desc
"""
ORDER = " order by decided.id limit %(part)s"


def begin_by_data(*, today: date, at: datetime) -> int:
    """The number of paths begun because the data show a sign; each person is told, and a rerun begins none."""
    return sum(_begin(each, today, at) for each in book.in_force(today).values() if each.sign)


def go_on_when_due(*, today: date, at: datetime) -> int:
    """The number of paths that went on because a term had passed, where the definition says what follows."""
    went = 0
    late = Path.objects.filter(end="", due_on__lt=today)
    known = {(name, task) for name, task in late.values_list("name", "task").distinct()}
    for name, task in sorted(known):
        ids = late.filter(name=name, task=task).order_by("pk").values_list("pk", flat=True)
        for pk in list(ids):
            went += _go_on(pk, task, at)
    return went


@transaction.atomic
def escalate(*, today: date, at: datetime) -> int:
    """The number of officers' tasks on paths that are told to the superior because they are late."""
    late = Path.objects.filter(end="", due_on__lt=today, escalated_on=None)
    numbers = list(late.values_list("case__number", flat=True).distinct())
    told = late.update(escalated_on=today)
    audit.write_many(
        by=audit.SYSTEM, action="escalates", kind="case", object_ids=numbers, details={"of": "path"}, at=at
    )
    return told


def _begin(definition: Definition, today: date, at: datetime) -> int:
    begun, last = 0, 0
    while part := _shown(definition, last, at):
        last = part[-1]
        with transaction.atomic():
            begun += _begin_part(definition, part, today, at)
    return begun


def _shown(definition: Definition, last: int, at: datetime) -> list[int]:
    given = {
        "name": definition.name,
        "rested": at - timedelta(days=definition.again_after_days),
        "last": last,
        "part": PART,
        "today": timezone.localdate(at),
        "zone": settings.TIME_ZONE,
    }
    with connection.cursor() as cursor:
        cursor.execute(FROM + SHOWN[definition.sign] + ORDER, given)
        return [row[0] for row in cursor.fetchall()]


def _begin_part(definition: Definition, cases: list[int], today: date, at: datetime) -> int:
    due_on = add_working_days(today, definition.tasks[definition.first].working_days)
    rates = _rates(cases, definition.rates) if definition.rates else {}
    made = [
        Path(
            case_id=case, name=definition.name, version=definition.version, task=definition.first,
            cause=CAUSES[definition.sign].zh, begun_at=at, due_on=due_on, **rates.get(case, {}),
        )
        for case in cases if not definition.rates or case in rates
    ]  # fmt: skip
    Path.objects.bulk_create(made, batch_size=1000)
    found = list(Path.objects.filter(pk__in=[path.pk for path in made]).select_related("case"))
    notices.tell_begun(found, definition)
    numbers = [path.case.number for path in found]
    details = {"path": definition.name}
    audit.write_many(
        by=audit.SYSTEM, action="begins_path", kind="case", object_ids=numbers, details=details, at=at
    )
    return len(found)


def _rates(cases: list[int], way: str) -> dict[int, dict[str, int]]:
    """case -> the first of its items whose amount goes that way, with the amounts before and after."""
    with connection.cursor() as cursor:
        cursor.execute(RATES, [cases])
        return {
            case: {"item_id": item, "before_fen": before, "amount_fen": after}
            for case, item, before, after in cursor.fetchall()
            if (after > before) == (way == "raise")
        }


@transaction.atomic
def _go_on(pk: int, task: str, at: datetime) -> int:
    path = Path.objects.select_for_update(of=("self",)).select_related("case").get(pk=pk)
    definition = paths.definition_of(path)
    if path.task != task or not definition.tasks[task].overdue:
        return 0
    paths.step(path, definition, "overdue", "", None, at)
    return 1
