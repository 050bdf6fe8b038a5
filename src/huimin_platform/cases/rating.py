"""Another monthly amount for what a case gives: which item, from which month, and back where an appeal reverses it."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huimin.cases.paths import Definition
from huimin.cases.reviews import CLASSES
from huimin.units.dates import next_month
from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.cases import guards
from huimin_platform.cases.guards import CannotBe
from huimin_platform.cases.models import Case, CaseItem, Path


def item_to_rate(case: Case, definition: Definition, amount_fen: int | None) -> CaseItem:
    """The monthly item of a case that another amount is for. Raises `CannotBe` where there is none or the amount does
    not go the way of the path.
    """
    item = case.items.filter(live=True, per="month", amount_fen__gt=0).first()
    if item is None:
        raise CannotBe(_("Nothing is paid each month on this case."))
    assert amount_fen is not None
    assert item.amount_fen is not None
    if definition.rates == "raise" and amount_fen <= item.amount_fen:
        raise CannotBe(_("The new amount a month is not above the old one."))
    if definition.rates == "lower" and amount_fen >= item.amount_fen:
        raise CannotBe(_("The new amount a month is not below the old one."))
    return item


def take_effect(path: Path, definition: Definition, today: date) -> None:
    """Gives the item of a path its new amount from the month after the day that the definition names."""

    day = timezone.localdate(path.begun_at) if definition.counts_from == "begun" else today
    path.counts_from_on = next_month(day)
    path.save(update_fields=["counts_from_on"])
    CaseItem.objects.filter(pk=path.item_id).update(amount_fen=path.amount_fen)


def take_back(path: Path) -> None:
    """Gives the item back the amount it had before a path, where nothing has changed it since."""
    CaseItem.objects.filter(pk=path.item_id, amount_fen=path.amount_fen).update(amount_fen=path.before_fen)


@transaction.atomic
def put_in_class(*, case: Case, name: str, reason: str, at: datetime, by: User) -> Case:
    """The case in a class of reviews, with the reason; the next review follows from it. Twice changes nothing."""
    case = Case.objects.select_for_update().get(pk=case.pk)
    if case.review_class == name:
        return case
    guards.insist_on_reason("class", reason)
    if name not in CLASSES:
        raise CannotBe(_("Choose the class of the household."))
    if case.state != "approved":
        raise CannotBe(_("Only who receives is looked at again."))
    case.review_class, case.version = name, case.version + 1
    case.save(update_fields=["review_class", "version"])
    details = {"class": name, "reason": reason.strip()}
    audit.write(by=by, action="classes", kind="case", object_id=case.number, details=details, at=at)
    return case
