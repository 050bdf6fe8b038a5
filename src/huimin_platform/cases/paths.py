"""What people do on the paths of a decided case: begin one, move it, end it."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin.cases import paths as book
from huimin.cases.paths import AGAINST, RATING, Definition, Task
from huimin.cases.process import LEVELS, move_case
from huimin.units.workdays import add_working_days
from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.cases import notices, rating
from huimin_platform.cases.guards import CannotBe, Overtaken
from huimin_platform.cases.models import Case, Decision, Path, PathMove
from huimin_platform.registry import queries as registry


def definition_of(path: Path) -> Definition:
    """The version that the path follows."""
    return book.version(path.name, path.version)


def can_begin(case: Case, by: User) -> list[Definition]:
    """The paths that this person may begin on the case today, by its state; terms are looked at when it begins."""
    whom = "resident" if by.role == "resident" else "officer"
    running = {path.name for path in case.paths.all() if not path.end}
    return [
        each
        for each in book.in_force(timezone.localdate()).values()
        if whom in each.begun_by and case.state in each.case_states and each.name not in running
        and (each.name != "resumption" or case.suspended_on is not None)
    ]  # fmt: skip


@transaction.atomic
def begin(
    *, case: Case, name: str, cause: str, at: datetime, by: User, amount_fen: int | None = None
) -> Path:
    """The path begun, with a notice to the person. One of the name that runs already is given back.

    Raises `CannotBe` with words where the case, its state or its term does not allow it, `NotAllowed` where the
    person may not.
    """
    case = Case.objects.select_for_update().get(pk=case.pk)
    running = case.paths.filter(name=name, end="").first()
    if running is not None:
        return running
    today = timezone.localdate(at)
    definition = book.in_force(today).get(name)
    if definition is None:
        raise CannotBe(_("There is no such path."))
    contested = _contested(case)
    _insist_may_begin(case, definition, by)
    _insist_in_time(case, definition, contested, today)
    if not cause.strip():
        raise CannotBe(_("Write the reason; it stays with the case."))
    if definition.asks_amount != bool(amount_fen and amount_fen > 0):
        raise CannotBe(_("Write the amount in question; it is above zero."))
    item = rating.item_to_rate(case, definition, amount_fen) if definition.rates else None
    path = Path(
        case=case, name=name, version=definition.version, task=definition.first, cause=cause.strip(),
        amount_fen=amount_fen, item=item, before_fen=item.amount_fen if item else None,
        contested=contested if name == "appeal" else None, begun_by=by, begun_at=at,
        due_on=add_working_days(today, definition.tasks[definition.first].working_days),
    )  # fmt: skip
    path.save()
    notices.tell_begun([path], definition)
    _tell("begins_path", path, by, at)
    return path


@transaction.atomic
def move(*, path: int, turn: int, move: str, reason: str, at: datetime, by: User) -> Path:
    """The path after this person's move; an end does what it says to the case, and the person is told.

    `turn`: the path as the person saw it; `Overtaken` when somebody moved it since. The same move again by the same
    person changes nothing.
    """
    case = Case.objects.select_for_update().get(paths=path)
    found = Path.objects.select_for_update().get(pk=path)
    found.case = case
    if turn != found.turn:
        made = found.moves.filter(turn=turn, move=move, by=by).exists()
        if made:
            return found
        raise Overtaken(_("Somebody has moved this meanwhile. Look at it again, then go on."))
    definition = definition_of(found)
    task = definition.tasks.get(found.task)
    if task is None or move not in task.moves:
        raise CannotBe(_("This cannot be done as it stands now. Look at it again, then go on."))
    insist_may_move(by, found, task)
    if not reason.strip() and move != "agree":
        raise CannotBe(_("Write the reason; the resident will read it."))
    step(found, definition, move, reason.strip(), by, at)
    return found


def step(path: Path, definition: Definition, move: str, reason: str, by: User | None, at: datetime) -> None:
    """Makes one move on a locked path; without `by` it is the term that has passed."""
    task = definition.tasks[path.task]
    to = task.moves[move].to if by else task.overdue
    today = timezone.localdate(at)
    PathMove.objects.create(
        path=path, turn=path.turn, task=path.task, move=move, to=to, reason=reason, by=by, at=at
    )
    path.turn, path.escalated_on = path.turn + 1, None
    if to in definition.ends:
        path.task, path.end, path.ended_at, path.due_on = "", to, at, None
        _take_effect(path, definition, at)
    else:
        path.task = to
        path.due_on = add_working_days(today, definition.tasks[to].working_days)
    path.save(update_fields=["task", "end", "turn", "due_on", "escalated_on", "ended_at"])
    if path.end:
        notices.tell_ended(path, definition, definition.ends[to], reason)
    elif definition.tasks[to].who == "resident":
        notices.tell_asked(path, definition, reason, at)
    _tell("moves_path", path, by, at, {"move": move, "task": path.task})


def may_move(by: User, path: Path, task: Task) -> bool:
    """Whether a person may do the task that a path waits for."""
    try:
        insist_may_move(by, path, task)
    except access.NotAllowed:
        return False
    return True


def insist_may_move(by: User, path: Path, task: Task) -> None:
    """Raises `NotAllowed` unless the task is this person's: the resident's own, or an officer's of that level or
    above and of the deciding department, who is not of the household and had no part where another is asked for.

    An officer writes down what a resident says at the counter.
    """
    case = path.case
    if by.role == "resident":
        if task.who != "resident" or not is_own(by, case):
            raise access.NotAllowed((_("This belongs to another person."),))
        return
    decision = access.allow(by, "decides", "case", division=case.division)
    if not decision:
        raise access.NotAllowed(decision.reasons)
    if task.who != "resident" and not _of_office(by, case, task.who):
        raise access.NotAllowed((_("This step belongs to another department or level."),))
    if is_own(by, case):
        raise access.NotAllowed((_("This is your own household’s matter; another officer does it."),))
    if by.pk in barred(path, task):
        raise access.NotAllowed((_("Somebody who had no part in it so far decides this."),))


def barred(path: Path, task: Task) -> set[int]:
    """Who may not do the task, because they had a part in what it looks at."""
    found: set[int] = set()
    if "path" in task.apart:
        if path.begun_by_id:
            found.add(path.begun_by_id)
        own = {key for key, each in definition_of(path).tasks.items() if each.who != "resident"}
        found |= set(
            path.moves.filter(task__in=own - {path.task}, by__isnull=False).values_list("by", flat=True)
        )
    if "decision" in task.apart:
        found |= set(Decision.objects.filter(case=path.case_id).values_list("by", flat=True))
        if path.contested is not None:
            found |= set(path.contested.moves.filter(by__isnull=False).values_list("by", flat=True))
    return found


def is_own(by: User, case: Case) -> bool:
    """Whether the case is about this person's household."""
    if by.person_id is None:
        return False
    members = {
        member.person_id for member in registry.members_of(case.household_id) if member.ended_on is None
    }
    return by.person_id in members | {case.applicant_id}


def _of_office(by: User, case: Case, level: str) -> bool:
    if by.role not in LEVELS or LEVELS.index(by.role) < LEVELS.index(level):
        return False
    return by.role != "county" or by.department in ("", case.department)


def _insist_may_begin(case: Case, definition: Definition, by: User) -> None:
    whom = "resident" if by.role == "resident" else "officer"
    allowed = (
        is_own(by, case)
        if whom == "resident"
        else access.allow(by, "decides", "case", division=case.division)
    )
    if not allowed or whom not in definition.begun_by:
        raise access.NotAllowed((_("This is not begun by you."),))
    if case.state not in definition.case_states:
        raise CannotBe(
            _("Case %(number)s is %(state)s; this cannot begin now.")
            % {"number": case.number, "state": case.get_state_display()}
        )
    if definition.name == "resumption" and case.suspended_on is None:
        raise CannotBe(_("Nothing is suspended."))


def _insist_in_time(case: Case, definition: Definition, contested: Path | None, today: object) -> None:
    told_at = contested.ended_at if contested else case.decided_at
    if told_at and not book.still_open(definition, timezone.localdate(told_at), today):  # pyright: ignore[reportArgumentType]
        raise CannotBe(
            _("The term of %(days)s days is over. Court and administrative review stay open as the law says.")
            % {"days": definition.within_days}
        )


def _contested(case: Case) -> Path | None:
    """The last path that went against the person."""
    for path in case.paths.exclude(end="").order_by("-ended_at", "-pk"):
        if definition_of(path).ends[path.end].effect in AGAINST:
            return path
    return None


def _take_effect(path: Path, definition: Definition, at: datetime) -> None:
    """Does to the case what the end says. What it is worth in money, the stages after this one take up."""
    case, today = path.case, timezone.localdate(at)
    effect = definition.ends[path.end].effect
    if effect == "suspend":
        case.suspended_on = case.suspended_on or today
    elif effect == "resume":
        case.suspended_on = None
    elif effect == "stop":
        case.stopped_on = case.stopped_on or _stops_on(path, today)
        case.items.update(live=False)
    elif effect == "restore":
        _restore(path)
    elif effect in RATING:
        rating.take_effect(path, definition, today)
    elif effect == "hand_over":
        case.division = case.household.division or case.division
    case.version += 1
    case.save(update_fields=["suspended_on", "stopped_on", "division", "state", "decided_at", "version"])


def _stops_on(path: Path, today: date) -> date:
    """The day a stop counts from: the day of death where that is why, so that the months after it are not owed."""
    died_on = path.case.applicant.died_on if path.name == "death" and path.case.applicant else None
    return min(died_on, today) if died_on else today


def _restore(path: Path) -> None:
    """Opens a refused case again, or lifts what was suspended or stopped. A reversed recovery leaves the case as it is;
    the ledger takes it back.
    """
    case, contested = path.case, path.contested
    effect = definition_of(contested).ends[contested.end].effect if contested is not None else ""
    if effect == "recover":
        return
    if contested is not None and effect in RATING:
        rating.take_back(contested)
        return
    case.suspended_on = case.stopped_on = None
    try:
        with transaction.atomic():
            case.items.update(live=True)
            # What was refused beside the rest is given after all; where the data do not support it, it may be applied for anew.
            case.items.exclude(refused="").exclude(lapsed_on=None).update(live=False)
            case.items.filter(lapsed_on=None).update(refused="")
            if case.state == "refused":
                case.state, case.decided_at = move_case(case.state, "restore"), None
                case.save(update_fields=["state", "decided_at", "suspended_on", "stopped_on"])
    except IntegrityError:
        raise CannotBe(
            _("Another case of this household covers the same by now. Close that one first, then reverse.")
        ) from None


def _tell(action: str, path: Path, by: User | None, at: datetime, more: dict[str, str] | None = None) -> None:
    audit.write(
        by=by or audit.SYSTEM, action=action, kind="case", object_id=path.case.number, at=at,
        on_behalf=path.case.applicant_id, details={"path": path.name, **(more or {})},
    )  # fmt: skip


def language() -> str:
    """The key of the reader's language in words that are kept in both."""
    return "zh" if (get_language() or "zh").startswith("zh") else "en"
