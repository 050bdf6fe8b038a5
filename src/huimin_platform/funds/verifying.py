"""Asks the bank whether a card is the payee's own, before the first payment to it.

The questions of a file, their rows and the file are one transaction; the file is written after it, and again after a
crash: asking twice moves no money.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from huimin.funds import card_files
from huimin.funds.cards import Inquiry, Question, check_id
from huimin_platform.base import audit, secrets
from huimin_platform.base.models import AuditLine, User
from huimin_platform.base.prepared import add, add_many, is_like, prepared
from huimin_platform.funds import agenda, batches, card_moving, differences
from huimin_platform.funds.card_models import CardCheck, CardMove
from huimin_platform.funds.limits import limits
from huimin_platform.funds.models import BankMessage
from huimin_platform.funds.refusals import NotNow, insist_on_reason, permitted

# Payees whose card, name or number the bank was never asked about; also those of whom something came to be known later.
UNASKED = """
select distinct on (person.id) person.id, person.name, person.card_sealed, person.card_index,
       person.national_id_sealed, person.national_id_index, wanted.division
from (
    select payee_id, division from delivery_order where state = 'due' and payee_id is not null
    union all
    select payee_id, division from funds_payment where state in ('approved', 'unknown')
) wanted
join registry_person person on person.id = wanted.payee_id
where person.died_on is null and person.card_sealed is not null and person.card_index is not null
  and exists (
    select from registry_fact fact
    where fact.person_id = person.id and fact.kind = 'bank_card' and fact.withdrawn_at is null)
  and not exists (
    select from funds_cardcheck known
    where known.person_id = person.id and known.card_index = person.card_index and known.name = person.name
      and known.national_id_index is not distinct from person.national_id_index)
order by person.id
"""
# Questions whose card, name and number are still those of the person, with what has to be told to ask them again.
STILL_SO = """
select checked.id, checked.name, person.id, person.card_sealed, person.national_id_sealed
from funds_cardcheck checked
join registry_person person on person.id = checked.person_id and person.card_index = checked.card_index
    and person.name = checked.name and person.national_id_index is not distinct from checked.national_id_index
where checked.id = any(%s) order by checked.id
"""


def ask(*, at: datetime) -> int:
    """The number of cards that the bank is asked about from now on: each card, name and number once."""
    with connection.cursor() as cursor:
        cursor.execute(UNASKED)
        people = cursor.fetchall()
    for part in _parts(people, limits().batch_payments):
        _ask(part, at)
    return len(people)


@transaction.atomic
def give_up(*, at: datetime) -> int:
    """The number of questions whose answer is unknown from now on. What is not asked again goes to the exception desk."""
    lost = _silent.rows(agenda.silent_since(at))
    if lost:
        line = audit.write(
            by=audit.SYSTEM, action="loses", kind="card_check", object_id=lost[0].pk,
            details={"checks": len(lost)}, at=at,
        )  # fmt: skip
        card_moving.move([(check, "") for check in lost], "asked", "lose", at=at, line=line)
        # A card that the person no longer has is nobody's work.
        still = {row[0] for row in _still_so([check.pk for check in lost])}
        given_up = [check for check in lost if check.times >= limits().times_asked and check.pk in still]
        differences.open_checks("card_no_answer", given_up, at=at)
    return len(lost)


@transaction.atomic
def ask_again(*, at: datetime) -> int:
    """The number of questions that are put again under the same id, because the bank has not answered them."""
    checks = {check.pk: check for check in _unanswered.rows(limits().times_asked)}
    rows = _still_so(list(checks))
    for part in _parts(rows, limits().batch_payments):
        line = audit.write(
            by=audit.SYSTEM, action="resends", kind="card_check", object_id=part[0][0],
            details={"checks": len(part)}, at=at,
        )  # fmt: skip
        message = _message([_question(*row) for row in part], at)
        again = [(checks[row[0]], "") for row in part]
        card_moving.move(again, "unknown", "ask", at=at, line=line, message=message)
    return len(rows)


@transaction.atomic
def ask_anew(*, check: str, reason: str, at: datetime, by: User) -> CardCheck:
    """A question of its own about a card that the bank has refused or said nothing about, because a person has a reason.

    Asked already, it changes nothing.
    """
    permitted(by, "decides", "card_check")
    insist_on_reason(reason)
    found = CardCheck.objects.select_for_update().get(pk=check)
    later = CardCheck.objects.filter(
        person=found.person_id, card_index=found.card_index, name=found.name,
        national_id_index=found.national_id_index, turn__gt=found.turn,
    )  # fmt: skip
    if (known := later.order_by("-turn").first()) is not None:
        return known
    if found.state not in ("refused", "unknown"):
        raise NotNow(_("The bank has this question, or has confirmed the card. There is nothing to ask."))
    rows = _still_so([found.pk])
    if not rows:
        raise NotNow(
            _("The person has another card, name or id number now. The bank is asked about that by itself.")
        )
    index = found.national_id_index
    made = CardCheck(
        id=_id(found.person_id, found.card_index, found.name, index, found.turn + 1), person_id=found.person_id,
        name=found.name, card_index=found.card_index, national_id_index=index, turn=found.turn + 1,
        division=found.division, asked_at=at, asked_by=by, why_again=reason.strip(),
    )  # fmt: skip
    line = audit.write(
        by=by, action="resends", kind="card_check", object_id=made.pk, at=at,
        details={"reason": reason.strip(), "before": found.pk},
    )  # fmt: skip
    _write([made], _message([_question(made.pk, *rows[0][1:])], at), line, at)
    differences.explain_checks([found.person_id], at=at, reason="card_asked_anew")
    return made


@transaction.atomic
def _ask(people: Sequence[tuple[Any, ...]], at: datetime) -> None:
    made, questions = [], []
    for person, name, card_sealed, card, number_sealed, number, division in people:
        one = CardCheck(
            id=_id(person, card, name, number, 1), person_id=person, name=name, card_index=bytes(card),
            national_id_index=None if number is None else bytes(number), division=division, asked_at=at,
        )  # fmt: skip
        made.append(one)
        questions.append(_question(one.pk, name, person, card_sealed, number_sealed))
    line = audit.write(
        by=audit.SYSTEM, action="asks", kind="card_check", object_id=made[0].pk,
        details={"checks": len(made)}, at=at,
    )  # fmt: skip
    _write(made, _message(questions, at), line, at)


def _write(made: Sequence[CardCheck], message: BankMessage, line: AuditLine, at: datetime) -> None:
    """New questions with the first line of their history."""
    add_many(made)
    add_many(
        [CardMove(card_check=one, move="ask", state_after="asked", at=at, audit=line, message=message) for one in made]
    )  # fmt: skip


def _message(questions: Sequence[Question], at: datetime) -> BankMessage:
    rules = limits()
    name = _number(at)
    inquiry = Inquiry(name, timezone.localtime(at), rules.payer, tuple(questions))
    iso = rules.bank_format == "iso20022"
    data = card_files.write_acmt023(inquiry) if iso else card_files.write_csv(inquiry)
    digest = sha256(data).hexdigest()
    return add(
        BankMessage(
            outgoing=True, kind="card_check", name=f"{name}.{'xml' if iso else 'csv'}", sha256=digest, at=at,
            content_sealed=secrets.seal_bytes(data, batches.CONTENT, digest), state=BankMessage.State.PENDING,
        )
    )  # fmt: skip


def _number(at: datetime) -> str:
    day = f"C{timezone.localdate(at):%Y%m%d}"
    return f"{day}-{_files.count(f'{day}-%') + 1:03d}"


@prepared
def _files(pattern: Any) -> QuerySet[BankMessage]:
    return BankMessage.objects.filter(is_like("name", pattern), outgoing=True, kind="card_check")


@prepared
def _silent(since: Any) -> QuerySet[CardCheck]:
    return CardCheck.objects.select_for_update().filter(state="asked", asked_at__lt=since).order_by("pk")


@prepared
def _unanswered(times: Any) -> QuerySet[CardCheck]:
    return CardCheck.objects.select_for_update().filter(state="unknown", times__lt=times).order_by("pk")


def _question(id_: str, name: str, person: int, card_sealed: Any, number_sealed: Any) -> Question:
    card = secrets.unseal(card_sealed, "registry.person.card", person)
    number = (
        "" if number_sealed is None else secrets.unseal(number_sealed, "registry.person.national_id", person)
    )
    return Question(id_, name, number, card)


def _still_so(ids: Sequence[str]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(STILL_SO, [list(ids)])
        return cursor.fetchall()


def _id(person: int, card: Any, name: str, number: Any, turn: int) -> str:
    return check_id(person, bytes(card).hex(), name, "" if number is None else bytes(number).hex(), turn)


def _parts(rows: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), most):
        yield rows[start : start + most]
