"""Notices 告知书: what a person is told, in both languages, kept word for word."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from huimin.cases.paths import Definition, End
from huimin.rules import PolicyError
from huimin.units.money import format_yuan
from huimin.units.words import Words
from huimin_platform.base.prepared import add_many, is_any, prepared
from huimin_platform.cases import policies
from huimin_platform.cases.models import Case, Decision, Notice, Path

APPEAL_DAYS = 60
DECIDED = {
    "approve": Words(
        "您家的申请已批准。待遇从批准的次月起发放，一次性救助即时发放。",
        "What your household is entitled to is approved. It is paid from the next month on, and at once where it is paid once.",
    ),
    "refuse": Words("您家的申请未获批准。", "What was asked for your household is refused."),
    "return": Words("您家的办件退回补正。", "Your case was sent back because something is missing."),
}
MAY_APPEAL = Words(
    f"对决定不服的，可以在{APPEAL_DAYS}日内在“我的办件”页面或者向经办窗口提出申诉，由没有参与原决定的人员复核。",
    f"If you do not agree, appeal within {APPEAL_DAYS} days on your page or at the counter; somebody who had no part in the decision looks at it again.",
)
STANDING = Words(
    "您家的申请已批准，资格自批准之日起生效。",
    "What your household is entitled to is approved; its standing counts from that day.",
)
SERVED = Words(
    "您家的申请已批准。承接服务的机构会与您联系，在“我的服务”页面可以查看。",
    "What your household is entitled to is approved. The provider of the service gets in touch; see “My services”.",
)
REASON = Words("理由：{reason}", "Reason: {reason}")
GIVEN = Words("{title}：{amount} 元", "{title}: {amount} yuan")
IN_SERVICES = Words(
    "{title}：每月服务额度 {amount} 元，用于购买服务，不发放现金",
    "{title}: services worth {amount} yuan a month; they are not paid out",
)
EACH = {
    "approve": Words("{title}：已认定资格", "{title}: standing given"),
    "refuse": Words("{title}：不予批准", "{title}: refused"),
    "return": Words("{title}：退回补正", "{title}: sent back"),
}
AMOUNT = Words("涉及金额：{amount} 元", "Amount: {amount} yuan")
RATED = Words("每月由 {before} 元调整为 {after} 元", "Each month {after} yuan instead of {before} yuan")
LAW = Words("依据：{law}", "Basis: {law}")
REPLY_BY = Words("请在 {on} 前（含当日）陈述意见。", "You may reply until {on}, that day included.")
TITLE = Words("{title}：{state}", "{title}: {state}")
DECISION_TITLE = Words("社会救助决定告知书", "Notice of a decision")


@dataclass(frozen=True)
class MoneyNotice:
    """What a person is told about money of a case that waits. The key has it told once."""

    key: str
    case_number: str
    person_id: int
    title: Words
    lines: Sequence[Words]


def tell_decisions(decisions: Sequence[Decision], cases: Iterable[Case]) -> None:
    """Issues a notice of each decision; one that was issued is not issued again. The items of the cases are at hand."""
    known = {case.pk: case for case in cases}
    Notice.objects.bulk_create(
        [_of_decision(decision, known[decision.case_id]) for decision in decisions],
        batch_size=500,
        ignore_conflicts=True,
    )


def tell_begun(paths: Sequence[Path], definition: Definition) -> None:
    """Issues a notice that each of these paths has begun, with the term of the reply where the person is asked first."""
    asked = definition.tasks[definition.first].who == "resident"
    Notice.objects.bulk_create(
        [
            _of_path(path, definition, "begun", definition.notice, path.cause, path.due_on if asked else None, path.begun_at)
            for path in paths
        ],
        batch_size=500,
        ignore_conflicts=True,
    )  # fmt: skip


def tell_asked(path: Path, definition: Definition, reason: str, at: datetime) -> None:
    """Issues a notice that the person is asked for a reply in the midst of a path."""
    _of_path(path, definition, "begun", definition.tasks[path.task].name, reason, path.due_on, at).save()


def tell_ended(path: Path, definition: Definition, end: End, reason: str) -> None:
    """Issues the notice of how a path ended."""
    assert path.ended_at is not None
    _of_path(path, definition, "ended", end.notice, reason, None, path.ended_at).save()


def tell_of_money(notices: Sequence[MoneyNotice], *, at: datetime) -> None:
    """Issues notices about money that waits; one that was issued is not issued again."""
    numbers = {each.case_number for each in notices}
    known = dict(_cases.rows(sorted(numbers))) if numbers else {}
    add_many(
        [
            Notice(
                key=each.key, case_id=known[each.case_number], person_id=each.person_id, kind="money",
                title=_both(each.title), text=_lines(each.lines), issued_at=at,
            )
            for each in notices
            if each.case_number in known
        ],
        unless_known=True,
    )  # fmt: skip


@prepared
def _cases(numbers: Any) -> QuerySet[Case, tuple[str, int]]:
    return Case.objects.filter(is_any("number", numbers)).values_list("number", "pk")


def _of_decision(decision: Decision, case: Case) -> Notice:
    titles, items = policies.titles(), [item for item in case.items.all() if item.policy in policies.titles()]
    given_of = {item.policy: item for item in items if item.amount_fen and not item.refused}
    in_services = policies.in_services(given_of)
    paid = given_of.keys() - in_services
    # One notice for all that the case covers: each benefit on a line of its own, with what was decided of it.
    given = [
        (IN_SERVICES if item.policy in in_services else GIVEN).filled(
            title=titles[item.policy], amount=format_yuan(item.amount_fen)
        )
        if decision.outcome == "approve" and item.policy in given_of
        else EACH["refuse" if item.refused else decision.outcome].filled(title=titles[item.policy])
        for item in items
    ]
    said = DECIDED[decision.outcome]
    if decision.outcome == "approve" and not paid:
        said = SERVED if in_services else STANDING
    reason = [REASON.filled(reason=decision.reason)] if decision.reason else []
    law = _law(
        [item.policy for item in items],
        timezone.localdate(decision.at),
        given_of if decision.outcome == "approve" else (),
    )
    appeal = [] if decision.outcome == "return" else [*law, MAY_APPEAL]
    return Notice(
        key=f"decision:{decision.pk}",
        case=case,
        person_id=case.applicant_id,
        kind="decision",
        title=_both(DECISION_TITLE),
        text=_lines([said, *given, *reason, *appeal]),
        issued_at=decision.at,
    )


def _law(names: Iterable[str], on: date, given: Container[str]) -> list[Words]:
    """What a decision rests on: the clauses of the amounts that are given, of the conditions where none is."""
    clauses: dict[str, None] = {}
    for name in names:
        try:
            policy = policies.policy(name, on)
        except PolicyError:
            continue
        amount = policy.amount if name in given else None
        for each in [amount] if amount else policy.conditions:
            clauses[each.clause.words.zh] = None
    return [LAW.filled(law="；".join(clauses))] if clauses else []


def _of_path(
    path: Path,
    definition: Definition,
    kind: str,
    words: Words,
    reason: str,
    reply_by: date | None,
    at: datetime,
) -> Notice:
    lines = [words, REASON.filled(reason=reason)] if reason else [words]
    if path.amount_fen and path.before_fen:
        lines.append(RATED.filled(before=format_yuan(path.before_fen), after=format_yuan(path.amount_fen)))
    elif path.amount_fen:
        lines.append(AMOUNT.filled(amount=format_yuan(path.amount_fen)))
    if reply_by:
        lines.append(REPLY_BY.filled(on=reply_by.isoformat()))
    lines.append(LAW.filled(law=definition.law))
    state = definition.ends[path.end].name if path.end else definition.tasks[path.task].name
    return Notice(
        key=f"path:{path.pk}:{path.turn}",
        case_id=path.case_id,
        path=path,
        person_id=path.case.applicant_id,
        kind=kind,
        title=_both(TITLE.filled(title=definition.title, state=state)),
        text=_lines(lines),
        reply_by=reply_by,
        issued_at=at,
    )


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _lines(lines: Sequence[Words]) -> dict[str, list[str]]:
    return {"zh": [line.zh for line in lines], "en": [line.en for line in lines]}
