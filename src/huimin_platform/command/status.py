"""huimin status: what is there and what waits."""

from typing import Any

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _

# What is counted, stage by stage: model, the field by whose values the rows are told apart, and the name.
COUNTED: tuple[tuple[str, str, str, str], ...] = (
    ("intake", "DeliveryFile", "state", _("Files in use")),
    ("registry", "Person", "", _("People")),
    ("registry", "Household", "", _("Households")),
    ("registry", "Pair", "state", _("Pairs to review")),
    ("needs", "Need", "state", _("Needs")),
    ("matching", "Entitlement", "status", _("Answers of policies")),
    ("matching", "Finding", "state", _("Findings")),
    ("cases", "Case", "state", _("Cases")),
    ("delivery", "Order", "state", _("Orders")),
    ("funds", "Payment", "state", _("Payments")),
    ("feedback", "Question", "state", _("Questions")),
)


def status() -> None:
    """Prints how many of each thing there are, by state."""
    with session.opened():
        counts = {
            f"{stage}.{model.lower()}": count(stage, model, field) for stage, model, field, _name in COUNTED
        }
        latest = latest_delivery()
    session.answer({"latest_delivery": latest, "counts": counts}, lambda: show(latest, counts))


def count(stage: str, model: str, field: str) -> dict[str, int]:
    """The number of rows of a model by the values of a field, and in all."""
    from django.apps import apps
    from django.db.models import Count

    rows = apps.get_model(stage, model).objects
    if "current" in {one.name for one in apps.get_model(stage, model)._meta.get_fields()}:
        rows = rows.filter(current=True)
    found = {"all": rows.count()}
    if field:
        found |= dict(rows.order_by(field).values_list(field).annotate(number=Count("pk")))
    return found


def latest_delivery() -> Any:
    """When the latest delivery came in."""
    from django.apps import apps
    from django.utils import timezone

    deliveries = apps.get_model("intake", "Delivery").objects
    moment = deliveries.order_by("-id").values_list("received_at", flat=True).first()
    return moment and timezone.localtime(moment)


def show(latest: Any, counts: dict[str, dict[str, int]]) -> None:
    """Prints the counts, a line each."""
    if latest is None:
        print(_("Nothing has come in yet. Start with huimin receive FOLDER."))
        return
    print(_("Latest delivery: %(moment)s") % {"moment": f"{latest:%Y-%m-%d %H:%M}"})
    names = {f"{stage}.{model.lower()}": name for stage, model, _field, name in COUNTED}
    rows = [
        [names[name], found.pop("all"), ", ".join(f"{value} {number}" for value, number in found.items())]
        for name, found in counts.items()
    ]
    session.table("", [_("What"), _("Count"), _("Of these")], rows, right=(1,))
