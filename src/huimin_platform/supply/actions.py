"""Writes of supply: providers, their accounts, and contracts of purchased services, each by two persons; and ratings, which
the feedback stage works out.
"""

from datetime import date, datetime
from decimal import Decimal

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from huimin.delivery.skills import skills
from huimin.privacy.suppression import FEWEST
from huimin.units import credit_code
from huimin_platform.base import access, audit, secrets
from huimin_platform.base.models import User
from huimin_platform.supply import queries
from huimin_platform.supply.models import Provider, Qualification, Rating, ServiceContract

ACCOUNT = "supply.provider.account"
MEASURES = ("mean", "estimate", "low", "high", "division_estimate")


class CannotBe(Exception):
    """What was asked cannot be done as things stand; the text says why and what to do."""


@transaction.atomic
def register_provider(
    *, code: str, name: str, division: str, account: str, at: datetime, by: User
) -> Provider:
    """The provider in the register; its account waits for a second person. The same again changes nothing."""
    permitted(by, "manages", division)
    code = credit_code.clean(code)
    if not credit_code.is_valid(code):
        raise CannotBe(
            _(
                "“%(code)s” is no unified social credit code: the last character does not fit. Compare it with the licence."
            )
            % {"code": code}
        )
    digits = account.replace(" ", "")
    if not digits.isascii() or not digits.isdigit() or not 8 <= len(digits) <= 32:
        raise CannotBe(_("The account number has 8 to 32 digits. Compare it with the opening permit."))
    values = {
        "name": name, "division": division, "account_sealed": secrets.seal(digits, ACCOUNT, code), "added_at": at, "added_by": by,
    }  # fmt: skip
    found, new = Provider.objects.get_or_create(code=code, defaults=values)
    if new:
        audit.write(by=by, action="adds", kind="provider", object_id=code, at=at)
    elif (found.name, account_of(found)) != (name, digits):
        raise CannotBe(
            _("The code %(code)s stands for %(name)s already, with another name or account.")
            % {"code": code, "name": found.name}
        )
    return found


@transaction.atomic
def confirm_account(*, code: str, at: datetime, by: User) -> Provider:
    """The provider with its account confirmed by another person than who entered it. A repeat changes nothing."""
    found = Provider.objects.select_for_update().get(pk=code)
    permitted(by, "signs", found.division)
    if found.confirmed_by is not None:
        return found
    if found.added_by_id == by.pk:
        raise CannotBe(_("You entered this account. Somebody else has to confirm it."))
    found.confirmed_at, found.confirmed_by = at, by
    found.save(update_fields=["confirmed_at", "confirmed_by"])
    audit.write(by=by, action="confirms", kind="provider", object_id=code, at=at)
    return found


@transaction.atomic
def add_qualification(
    *, provider: str, skill: str, paper: str, ends_on: date | None, at: datetime, by: User
) -> Qualification:
    """What a provider may give, by which paper; it waits for a second person. The same again changes nothing."""
    permitted(by, "manages", Provider.objects.get(pk=provider).division)
    if skill not in skills():
        raise CannotBe(_("Choose one of the skills."))
    if not paper.strip():
        raise CannotBe(_("Write by which paper: its name and number."))
    found, new = Qualification.objects.get_or_create(
        provider_id=provider, skill=skill, paper=paper.strip(), defaults={"ends_on": ends_on, "added_at": at, "added_by": by}
    )  # fmt: skip
    if not new and found.ends_on != ends_on:
        raise CannotBe(_("This paper is there already, with another last day."))
    if new:
        audit.write(
            by=by, action="adds", kind="provider", object_id=provider, details={"skill": skill, "paper": found.paper}, at=at
        )  # fmt: skip
    return found


@transaction.atomic
def confirm_qualification(*, qualification: int, at: datetime, by: User) -> Qualification:
    """The qualification confirmed by another person than who entered it. A repeat changes nothing."""
    found = (
        Qualification.objects.select_for_update(of=("self",)).select_related("provider").get(pk=qualification)
    )
    permitted(by, "signs", found.provider.division)
    if found.confirmed_by is not None:
        return found
    if found.added_by_id == by.pk:
        raise CannotBe(_("You entered this qualification. Somebody else has to confirm it."))
    found.confirmed_at, found.confirmed_by = at, by
    found.save(update_fields=["confirmed_at", "confirmed_by"])
    audit.write(
        by=by,
        action="confirms",
        kind="provider",
        object_id=found.provider_id,
        details={"skill": found.skill},
        at=at,
    )
    return found


@transaction.atomic
def propose_contract(
    *, number: str, provider: str, policy: str, service: str, unit: str, division: str, price_fen: int,
    ceiling_fen: int, own_percent: int, least_minutes: int, late_days: int, started_on: date, ended_on: date,
    at: datetime, by: User, most_persons: int | None = None,
) -> ServiceContract:  # fmt: skip
    """The contract, waiting for a second person. The same again changes nothing; a price above the ceiling is refused."""
    permitted(by, "manages", division)
    if not 0 < price_fen <= ceiling_fen:
        raise CannotBe(_("The price of a unit is above nothing and not above the ceiling of the tender."))
    if ended_on <= started_on:
        raise CannotBe(_("The contract ends after the day on which it starts."))
    values = {
        "provider_id": provider, "policy": policy, "service": service, "unit": unit, "division": division,
        "price_fen": price_fen, "ceiling_fen": ceiling_fen, "own_percent": own_percent, "least_minutes": least_minutes,
        "late_days": late_days, "started_on": started_on, "ended_on": ended_on, "most_persons": most_persons,
    }  # fmt: skip
    found, new = ServiceContract.objects.get_or_create(
        number=number, defaults=values | {"proposed_at": at, "proposed_by": by}
    )
    if not new and any(getattr(found, name) != value for name, value in values.items()):
        raise CannotBe(_("The number %(number)s stands for another contract already.") % {"number": number})
    if new:
        details = {"provider": provider, "policy": policy, "price_fen": price_fen}
        audit.write(by=by, action="proposes", kind="purchase", object_id=number, details=details, at=at)
    return found


@transaction.atomic
def sign_contract(*, number: str, at: datetime, by: User) -> ServiceContract:
    """The contract signed by another person than who proposed it. A repeat changes nothing."""
    found = ServiceContract.objects.select_for_update(of=("self",)).select_related("provider").get(pk=number)
    permitted(by, "signs", found.division)
    if found.signed_by is not None:
        return found
    if found.proposed_by_id == by.pk:
        raise CannotBe(_("You proposed this contract. Somebody else has to sign it."))
    if found.provider.confirmed_by is None:
        raise CannotBe(_("The provider’s account is not confirmed yet. Confirm it, then sign."))
    found.signed_at, found.signed_by = at, by
    found.save(update_fields=["signed_at", "signed_by"])
    audit.write(by=by, action="signs", kind="purchase", object_id=number, at=at)
    return found


@transaction.atomic
def keep_ratings(found: pl.DataFrame, *, on: date, at: datetime, by: User | str) -> int:
    """The number of ratings added: of providers that have none of this day, and another than their last one.

    `found` has the fields of a rating but for days, and `heard`, the persons who have answered since the last rating that the
    provider was shown.
    """
    last, fresh = queries.latest_ratings(), []
    for row in found.iter_rows(named=True):
        provider, released = row.pop("provider"), row.pop("heard") >= FEWEST
        values = {name: _hundredths(value) if name in MEASURES else value for name, value in row.items()}
        kept = last.get(provider)
        if kept is not None and kept.on >= on:
            continue
        if released or kept is None or any(getattr(kept, name) != value for name, value in values.items()):
            fresh.append(Rating(provider_id=provider, on=on, rated_at=at, released=released, **values))
    Rating.objects.bulk_create(fresh)
    audit.write_many(
        by=by,
        action="rates_provider",
        kind="provider",
        object_ids=[each.provider_id for each in fresh],
        at=at,
    )
    return len(fresh)


def account_of(provider: Provider) -> str:
    """The account number in full; the caller has asked access and logs it."""
    return secrets.unseal(provider.account_sealed, ACCOUNT, provider.pk)


def permitted(by: User, action: str, division: str) -> None:
    """Raises `access.NotAllowed` unless the access table gives the act on purchases there to this person."""
    decision = access.allow(by, action, "purchase", division=division)
    if not decision:
        raise access.NotAllowed(decision.reasons)


def _hundredths(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(f"{value:.2f}")
