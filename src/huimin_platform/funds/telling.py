"""Tells people what is wrong with their card, and what to do."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from huimin.funds.cards import WHAT_TO_DO, to_person
from huimin.units.words import Words
from huimin_platform.base.prepared import is_any, prepared
from huimin_platform.cases import actions as cases
from huimin_platform.delivery.models import Order
from huimin_platform.funds.card_models import CardCheck

TITLE = Words("您的银行卡需要更换", "Your bank card has to be replaced")
WHY = Words(
    "发放前，我们请银行核对了登记在您名下的银行卡。{why}",
    "Before paying, we asked the bank about the bank card that is on record for you. {why}",
)
KEPT = Words(
    "应当发给您的钱先为您留着，一分不少。", "What you are owed is kept for you; nothing of it is lost."
)


def of_refused_cards(refused: Sequence[tuple[CardCheck, str]], *, at: datetime) -> None:
    """Issues a notice to each person whose card the bank has refused, on the case that money waits for; once a refusal."""
    people = [check.person_id for check, _ in refused]
    case_of = dict(_cases_of.rows(people)) if people else {}
    cases.tell_of_money(
        [
            cases.MoneyNotice(
                key=f"card:{check.pk}", case_number=case_of[check.person_id], person_id=check.person_id, title=TITLE,
                lines=(WHY.filled(why=to_person(code)), KEPT, WHAT_TO_DO),
            )
            for check, code in refused
            if check.person_id in case_of
        ],
        at=at,
    )  # fmt: skip


@prepared
def _cases_of(people: Any) -> QuerySet[Order, tuple[int, str]]:
    orders = Order.objects.filter(is_any("payee_id", people)).order_by("pk")
    return orders.values_list("payee_id", "grant__case_number")
