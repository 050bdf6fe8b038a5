"""Writes of the feedback stage: asking once a payment, keeping the answer, raising what a low score means."""

from datetime import datetime

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from huimin.feedback import scale
from huimin_platform.base import access, audit
from huimin_platform.base.bulk import copy_in
from huimin_platform.base.models import User
from huimin_platform.feedback import rating, services
from huimin_platform.feedback.models import Answer, Question
from huimin_platform.funds import queries as funds
from huimin_platform.needs import actions as needs

BATCH = 50_000
LONGEST_WORDS = 2000

ask_about_services = services.ask
rate_providers = rating.rate


class AlreadyAnswered(Exception):
    """The question has its answer; answers are never changed."""


class WrongScore(ValueError):
    """The score is not on the scale."""


def ask_about_settled_payments(*, at: datetime, by: User | str) -> int:
    """How many questions were added: one for each settled payment that has none; a rerun adds none."""
    added = 0
    while count := _ask_some(at=at, by=by):
        added += count
    return added


@transaction.atomic
def answer(*, question_id: int, score: int, words: str, at: datetime, by: User) -> Answer:
    """The answer as kept; a score of two or less raises a need again.

    Raises AlreadyAnswered where there is an answer, WrongScore where the score is not on the scale, and
    access.NotAllowed where the role answers for nobody or the answer would rate what the officer has bought. The name of who helped stands with the
    answer, an officer's or that of another of the household.
    """
    if not 1 <= score <= len(scale.SCALE):
        raise WrongScore(f"{score} is not a score from 1 to {len(scale.SCALE)}")
    found = Question.objects.select_for_update(of=("self",)).select_related("service_contract__provider")
    question = found.get(pk=question_id)
    decision = access.allow(by, "answers", "question")
    if not decision:
        raise access.NotAllowed(decision.reasons)
    if question.state == Question.State.ANSWERED:
        raise AlreadyAnswered(question.key)
    if services.bought_by(question, by):
        raise access.NotAllowed(
            (
                _(
                    "You took in or signed the contract of this service. Another officer writes down the answer."
                ),
            )
        )
    on_behalf = by.role != "resident" or by.person_id != question.person_id
    kept = Answer.objects.create(
        question=question,
        score=score,
        words=words.strip()[:LONGEST_WORDS],
        answered_at=at,
        answered_by=by,
        on_behalf=on_behalf,
    )
    question.state = Question.State.ANSWERED
    question.save(update_fields=["state"])
    audit.write(
        by=by,
        action="answers",
        kind="question",
        object_id=question.pk,
        details={"score": score},
        on_behalf=question.person_id if on_behalf else None,
        at=at,
    )
    if scale.is_low(score):
        _reopen(question, score, at=at, by=by)
    return kept


def question_key(payment_id: str) -> str:
    """The key under which a payment is asked about once."""
    return f"payment:{payment_id}"


@transaction.atomic
def _ask_some(*, at: datetime, by: User | str) -> int:
    asked = Question.objects.values("payment_id")
    waiting = funds.payments().filter(state="settled").exclude(pk__in=asked).order_by("pk")
    rows = list(waiting.values_list("pk", "payee_id", "household_id")[:BATCH])
    if not rows:
        return 0
    frame = pl.DataFrame(
        rows, schema={"payment_id": pl.String, "person_id": pl.Int64, "household_id": pl.Int64}, orient="row"
    )
    copy_in(
        Question,
        frame.with_columns(
            key=pl.lit(question_key("")) + pl.col("payment_id"),
            asked_at=pl.lit(at),
            state=pl.lit(Question.State.OPEN.value),
        ),
    )
    audit.write(
        by=by, action="asks", kind="question", object_id=rows[0][0], details={"questions": len(rows)}, at=at
    )
    return len(rows)


def _reopen(question: Question, score: int, *, at: datetime, by: User) -> None:
    about = services.words_of(question) or {"zh": "付款后", "en": "after a payment"}
    needs.raise_need(
        key=f"feedback/{question.pk}",
        household_id=question.household_id,
        person_id=question.person_id,
        kind="dissatisfied",
        level="safety",
        source="feedback",
        reason={
            "zh": f"{about['zh']}满意度打了 {score} 分（满分 5 分）。",
            "en": f"Gave {score} of 5 {about['en']}.",
            "question": question.pk,
        },
        at=at,
        by=by,
        owner=services.keeper_of(question),
    )
