"""What a provider is owed for a month 月度结算: drawn from accepted visits once the month is over, signed by an officer.

Nobody is paid here. The signed statement is what finance pays from, and the only thing.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from huimin.delivery.schedule import add_months
from huimin.delivery.services import Payable, payable
from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.delivery import confirming, visiting
from huimin_platform.delivery.models import ServiceOrder, Settlement, SettlementLine, Visit
from huimin_platform.supply.models import ServiceContract


def draw_settlements(*, today: date, at: datetime) -> int:
    """The number of settlements drawn: one a contract for each month that is over. What is accepted later waits until the
    next month and gets one of its own. A rerun draws none.
    """
    this_month = today.replace(day=1)
    waiting = Visit.objects.filter(state=Visit.State.ACCEPTED, on__lt=this_month)
    pairs = {(contract, on.replace(day=1)) for contract, on in waiting.values_list("contract", "on")}
    return sum(_draw(contract, month, this_month, at) for contract, month in sorted(pairs))


@transaction.atomic
def sign(*, number: str, at: datetime, by: User) -> Settlement:
    """The settlement signed by an officer of the place; finance pays from it. A repeat changes nothing."""
    found = (
        Settlement.objects.select_for_update(of=("self",))
        .select_related("contract__provider")
        .get(number=number)
    )
    decision = access.allow(by, "signs", "settlement", division=found.contract.division)
    if not decision:
        raise access.NotAllowed(decision.reasons)
    if found.signed_by is not None:
        return found
    disputed = found.visits.exclude(state=Visit.State.SETTLED).exists()
    assert not disputed, f"{number} holds visits that are not settled"
    found.signed_at, found.signed_by = at, by
    found.save(update_fields=["signed_at", "signed_by"])
    details = {"public_fen": found.public_fen, "units": found.units}
    audit.write(by=by, action="signs", kind="settlement", object_id=number, details=details, at=at)
    return found


@transaction.atomic
def _draw(contract_number: str, month: date, this_month: date, at: datetime) -> int:
    contract = ServiceContract.objects.select_for_update().get(pk=contract_number)
    before = list(Settlement.objects.filter(contract=contract, month=month).order_by("pk"))
    if any(timezone.localdate(each.drawn_at) >= this_month for each in before):
        return 0
    visits = list(
        Visit.objects.select_for_update(of=("self",))
        .filter(contract=contract, state=Visit.State.ACCEPTED, on__gte=month, on__lt=add_months(month, 1))
        .select_related("order__grant__case_item__case", "person", "contract")
        .order_by("pk")
    )
    sound = [visit for visit in visits if _still_sound(visit, at)]
    lines = [line for line in _lines(contract, sound, month) if line.units]
    if not lines:
        return 0
    settlement = Settlement.objects.create(
        number=f"{contract.pk}-{month:%Y%m}-{len(before) + 1}", contract=contract, month=month,
        units=sum(line.units for line in lines), own_fen=sum(line.own_fen for line in lines),
        public_fen=sum(line.public_fen for line in lines), drawn_at=at,
    )  # fmt: skip
    for line in lines:
        line.settlement = settlement
    SettlementLine.objects.bulk_create(lines)
    paid = {line.order_id for line in lines}
    Visit.objects.filter(pk__in=[visit.pk for visit in sound if visit.order_id in paid]).update(
        state=Visit.State.SETTLED, settlement=settlement
    )
    details = {"public_fen": settlement.public_fen, "units": settlement.units, "visits": len(sound)}
    audit.write(
        by=audit.SYSTEM,
        action="draws",
        kind="settlement",
        object_id=settlement.number,
        details=details,
        at=at,
    )
    return 1


def _still_sound(visit: Visit, at: datetime) -> bool:
    """Whether nothing has become known against a visit since it was accepted; else it is set aside."""
    against = visiting.faults_of(visit)
    # An officer who accepted it knew that it came late.
    if visit.how == Visit.How.OFFICER:
        against = tuple(name for name in against if name != "late")
    if against:
        confirming.doubt(visit, against, at=at)
    return not against


def _lines(contract: ServiceContract, visits: Sequence[Visit], month: date) -> list[SettlementLine]:
    units: dict[ServiceOrder, int] = {}
    for visit in visits:
        units[visit.order] = units.get(visit.order, 0) + visit.units
    worths = visiting.worths(units, month)
    price, found = visiting.price_of(contract), []
    for order, accepted in units.items():
        mine, others_fen = _before(order, contract, month)
        worth_fen = worths[order.pk] - others_fen
        whole = payable(price, accepted=mine.units + accepted, worth_fen=worth_fen)
        found.append(
            SettlementLine(
                order=order, worth_fen=worths[order.pk], units=max(whole.units - mine.units, 0),
                own_fen=whole.own_fen - mine.own_fen, public_fen=whole.public_fen - mine.public_fen,
            )
        )  # fmt: skip
    return found


def _before(order: ServiceOrder, contract: ServiceContract, month: date) -> tuple[Payable, int]:
    """What was settled before of an order for a month: under this contract, and in fen under others."""
    lines = SettlementLine.objects.filter(order=order, settlement__month=month)
    mine = lines.filter(settlement__contract=contract).aggregate(
        units=Sum("units", default=0),
        own_fen=Sum("own_fen", default=0),
        public_fen=Sum("public_fen", default=0),
    )
    others = lines.exclude(settlement__contract=contract).aggregate(fen=Sum("public_fen", default=0))
    return Payable(int(mine["units"]), int(mine["own_fen"]), int(mine["public_fen"])), int(others["fen"])
