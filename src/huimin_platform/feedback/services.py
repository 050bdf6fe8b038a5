"""Questions about services: asked by the platform in the rhythm of `huimin.feedback.asking`, told to who bought the service."""

from datetime import date, datetime

import polars as pl
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from huimin.delivery.schedule import add_months
from huimin.feedback import asking
from huimin_platform.base import audit, bulk
from huimin_platform.base.models import User
from huimin_platform.delivery import service_queries as delivery
from huimin_platform.delivery.models import ServiceOrder, Visit
from huimin_platform.delivery.terms import service_of
from huimin_platform.feedback.models import Question
from huimin_platform.supply import queries as supply

SERVED = {"order": pl.Int64, "contract": pl.String, "month": pl.Date}
ASKED = {**SERVED, "open": pl.Boolean}
WHOM = {"order": pl.Int64, "person_id": pl.Int64, "household_id": pl.Int64}


@transaction.atomic
def ask(*, today: date, at: datetime, by: User | str) -> int:
    """How many questions about services were added; a rerun adds none. Nobody else decides who is asked."""
    since = add_months(today.replace(day=1), -asking.REMEMBERED_MONTHS)
    served = pl.DataFrame(list(_not_asked(since)), schema=SERVED, orient="row")
    if served.is_empty():
        return 0
    # What was answered longer ago counts as never asked: a service that begins anew is asked about at once.
    asked = Question.objects.filter(month__gte=since, service_order__in=served["order"].unique().to_list())
    rows = [
        (order, contract, month, state == Question.State.OPEN)
        for order, contract, month, state in asked.values_list(
            "service_order", "service_contract", "month", "state"
        )
    ]
    found = asking.due(served, pl.DataFrame(rows, schema=ASKED, orient="row"), today=today)
    if found.is_empty():
        return 0
    orders = ServiceOrder.objects.filter(pk__in=found["order"].unique().to_list())
    whom = pl.DataFrame(
        list(orders.values_list("pk", "recipient", "grant__household")), schema=WHOM, orient="row"
    )
    bulk.copy_in(
        Question,
        found.join(whom, on="order").select(
            key=pl.format("service:{}:{}:{}", "order", "contract", pl.col("month").dt.strftime("%Y-%m")),
            service_order_id="order", service_contract_id="contract", month="month", person_id="person_id",
            household_id="household_id", asked_at=pl.lit(at), state=pl.lit(Question.State.OPEN.value),
        ),
    )  # fmt: skip
    audit.write(
        by=by, action="asks", kind="question", object_id=f"service:{found['order'][0]}",
        details={"questions": found.height}, at=at,
    )  # fmt: skip
    return found.height


def _not_asked(since: date) -> QuerySet[Visit, tuple[int, str, date]]:
    """Order, contract and month of services since a day that may be asked about: those about which nothing waits for an
    answer, and of which no such month, and none later, was asked about. Most were: only what is new is read.
    """
    about = Question.objects.filter(service_order=OuterRef("order"), service_contract=OuterRef("contract"))
    known = about.filter(Q(state=Question.State.OPEN) | Q(month__gte=OuterRef("month")))
    return delivery.months_felt(since).filter(~Exists(known))


def bought_by(question: Question, by: User) -> bool:
    """Whether the question is about a service under a contract that this officer took in or signed."""
    contract = question.service_contract
    return contract is not None and by.pk in (contract.proposed_by_id, contract.signed_by_id)


def keeper_of(question: Question) -> User | None:
    """The officer who looks after the contract that the question is about; None for a payment."""
    return supply.keeper_of(question.service_contract) if question.service_contract else None


def words_of(question: Question) -> dict[str, str]:
    """What the question is about, in both languages, to stand in a sentence; empty for a payment."""
    order, contract, month = question.service_order, question.service_contract, question.month
    if order is None or contract is None or month is None:
        return {}
    service = service_of(order.policy, order.started_on)
    title = (
        {"zh": service.title.zh, "en": service.title.en}
        if service
        else dict.fromkeys(("zh", "en"), order.service)
    )
    return {
        "zh": f"对{contract.provider.name}{month.year}年{month.month}月起的“{title['zh']}”",
        "en": f"for “{title['en']}” by {contract.provider.name} since {month:%Y-%m}",
    }
