"""Keys of departments' systems: made, signed, changed for new ones, revoked, and found again by what a system shows."""

import hmac
import re
import secrets as chance
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from huimin_platform.base import access, audit, keys
from huimin_platform.base.api_models import ApiKey
from huimin_platform.base.models import Role, User

ACTIONS = ("sends", "replaces", "withdraws", "exports")
# What a mistake or a thief could do most harm with: two persons are wanted for it.
SIGNED_ACTIONS = ("replaces", "withdraws", "exports")
LONGEST = timedelta(days=730)
NAME = r"[a-z][a-z0-9-]{2,40}"
SHOWN = re.compile(r"huimin_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")


class WrongKey(Exception):
    """A key cannot be made, signed or changed so; the message says why."""


@dataclass(frozen=True)
class Wanted:
    """What a key is for: acts, data sets, kinds of tables it may export, and how much of it."""

    actions: tuple[str, ...]
    data_sets: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    requests_a_minute: int = 60
    bytes_a_day: int = 1 << 30


@dataclass(frozen=True)
class Holder:
    """Whose key it is: the name of the system, its title, its department and its division."""

    name: str
    title: str
    department: str
    division: str


@transaction.atomic
def make(
    *, holder: Holder, wanted: Wanted, reason: str, expires_at: datetime, at: datetime, by: User | str
) -> tuple[ApiKey, str]:
    """A new key, and the text that is shown once. `WrongKey` says what does not do."""
    _managed(by)
    _check(wanted, reason, expires_at, at)
    system = _system(holder, by, at)
    return _made(system, wanted, reason, expires_at, at, by, None)


@transaction.atomic
def sign(*, key: int, at: datetime, by: User) -> ApiKey:
    """The key, which counts from now on. Nobody signs what they made; twice is once."""
    decision = access.allow(by, "signs", "api_key")
    if not decision:
        raise access.NotAllowed(decision.reasons)
    kept = ApiKey.objects.select_for_update(of=("self",)).get(pk=key)
    if kept.made_by_id == by.pk:
        raise WrongKey(_("Another person than the one who made the key has to sign it."))
    if kept.revoked_at is not None or not kept.to_sign:
        raise WrongKey(_("This key does not wait for a second person."))
    if kept.signed_at is None:
        kept.signed_by, kept.signed_at = by, at
        kept.save(update_fields=["signed_by", "signed_at"])
        audit.write(by=by, action="signs", kind="api_key", object_id=kept.pk, at=at)
    return kept


@transaction.atomic
def rotate(*, key: int, overlap: timedelta, at: datetime, by: User | str) -> tuple[ApiKey, str]:
    """A key for the same as one that is in force, and the text that is shown once; the old one ends after the overlap."""
    _managed(by)
    old = ApiKey.objects.select_for_update(of=("self",)).select_related("holder").get(pk=key)
    if state(old, at) != "in_force":
        raise WrongKey(_("Only a key that is in force is changed for a new one. Make a new key."))
    wanted = Wanted(
        tuple(old.actions), tuple(old.data_sets), tuple(old.exports), old.requests_a_minute, old.bytes_a_day
    )
    life = min(old.expires_at - old.made_at, LONGEST)
    fresh, text = _made(old.holder, wanted, old.reason, at + life, at, by, old)
    old.expires_at = min(old.expires_at, at + overlap)
    old.save(update_fields=["expires_at"])
    return fresh, text


@transaction.atomic
def revoke(*, key: int, at: datetime, by: User | str) -> ApiKey:
    """The key, which counts no more from this moment. Twice is once."""
    _managed(by)
    kept = ApiKey.objects.select_for_update(of=("self",)).select_related("holder").get(pk=key)
    if kept.revoked_at is None:
        kept.revoked_at, kept.revoked_by = at, by if isinstance(by, str) else by.username
        kept.save(update_fields=["revoked_at", "revoked_by"])
        audit.write(by=by, action="revokes", kind="api_key", object_id=kept.pk, at=at)
    return kept


def state(key: ApiKey, at: datetime) -> str:
    """`in_force`, `to_sign`, `expired`, `revoked`, or `closed` where the system itself was closed."""
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at <= at:
        return "expired"
    if key.to_sign and key.signed_at is None:
        return "to_sign"
    return "in_force" if key.holder.is_active else "closed"


def shown(text: str) -> ApiKey | None:
    """The key that a text is, whatever its state; nothing where it is none of ours."""
    match = SHOWN.fullmatch(text)
    if match is None:
        return None
    key = ApiKey.objects.select_related("holder").filter(prefix=match[1]).first()
    return key if key is not None and hmac.compare_digest(bytes(key.digest), _digest(text)) else None


def acting(key: ApiKey) -> User:
    """The system as one who acts: what this key permits, and nothing else."""
    return access.within_scope(key.holder, [_scope(key)])


def acting_for(user: User, at: datetime) -> User:
    """A system as a job acts for it, by all its keys in force; any other user unchanged."""
    if user.role != Role.SYSTEM:
        return user
    mine = [key for key in of_holder(user) if state(key, at) == "in_force"]
    return access.within_scope(user, [_scope(key) for key in mine])


def of_holder(user: User) -> QuerySet[ApiKey]:
    """The keys of a system, the latest first."""
    return ApiKey.objects.select_related("holder").filter(holder=user).order_by("-pk")


def all_keys() -> QuerySet[ApiKey]:
    """All keys with their systems and what they used, the latest first."""
    return ApiKey.objects.select_related("holder", "made_by", "signed_by", "use").order_by("-pk")


def _scope(key: ApiKey) -> access.Scope:
    return access.Scope(frozenset(key.actions), frozenset(key.data_sets), frozenset(key.exports))


def _made(
    system: User, wanted: Wanted, reason: str, expires_at: datetime, at: datetime, by: User | str, old: ApiKey | None
) -> tuple[ApiKey, str]:  # fmt: skip
    prefix = chance.token_hex(4)
    text = f"huimin_{prefix}_{chance.token_urlsafe(32)}"
    # What was signed once for a system need not be signed again for the same acts.
    signed = old is not None and old.signed_at is not None
    key = ApiKey.objects.create(
        holder=system, prefix=prefix, digest=_digest(text), actions=list(wanted.actions),
        data_sets=list(wanted.data_sets), exports=list(wanted.exports), requests_a_minute=wanted.requests_a_minute,
        bytes_a_day=wanted.bytes_a_day, reason=reason.strip()[:300], made_by=None if isinstance(by, str) else by,
        made_at=at, to_sign=not signed and any(each in SIGNED_ACTIONS for each in wanted.actions),
        follows=old, expires_at=expires_at,
    )  # fmt: skip
    details = {
        "system": system.username, "actions": key.actions, "data_sets": key.data_sets, "exports": key.exports,
        "follows": old.prefix if old else None,
    }  # fmt: skip
    audit.write(by=by, action="makes", kind="api_key", object_id=key.pk, at=at, details=details)
    return key, text


def _check(wanted: Wanted, reason: str, expires_at: datetime, at: datetime) -> None:
    if not wanted.actions or not set(wanted.actions) <= set(ACTIONS):
        raise WrongKey(_("Choose what the key is for."))
    if ("exports" in wanted.actions) != bool(wanted.exports):
        raise WrongKey(_("Choose which tables the key may export, or leave exporting out."))
    if set(wanted.actions) - {"exports"} and not wanted.data_sets:
        raise WrongKey(_("Choose the data sets that the key is for."))
    if not reason.strip():
        raise WrongKey(_("Say on what the key rests, for example the number of the agreement."))
    if not at < expires_at <= at + LONGEST:
        raise WrongKey(_("Let the key end within two years, and not before today."))
    if wanted.requests_a_minute < 1 or wanted.bytes_a_day < 1:
        raise WrongKey(_("Give the key a quota of at least 1."))


def _system(holder: Holder, by: User | str, at: datetime) -> User:
    """The user that stands for a system, made with its first key."""
    known = User.objects.filter(username=holder.name).first()
    if known is not None:
        if known.role != Role.SYSTEM:
            raise WrongKey(_("A person has this name already. Give the system another one."))
        if (known.department, known.division) != (holder.department, holder.division):
            raise WrongKey(
                _("The system %(name)s belongs to another department or division. Give it another name.")
                % {"name": holder.name}
            )
        return known
    if not re.fullmatch(NAME, holder.name):
        raise WrongKey(_("Name the system in 3 to 41 small letters, digits and -, such as hospital-1."))
    if not re.fullmatch(r"[0-9]{12}", holder.division):
        raise WrongKey(_("Give the system the 12 digits of the division it works for."))
    system = User.objects.create_user(
        holder.name, role=Role.SYSTEM, name=holder.title.strip()[:100], department=holder.department,
        division=holder.division,
    )  # fmt: skip
    audit.write(by=by, action="adds", kind="user", object_id=system.pk, at=at, details={"role": Role.SYSTEM})
    return system


def _managed(by: User | str) -> None:
    """Who may manage keys: the role that the table names, or the operator at the command line."""
    if isinstance(by, str):
        return
    decision = access.allow(by, "manages", "api_key")
    if not decision:
        raise access.NotAllowed(decision.reasons)


def _digest(text: str) -> bytes:
    """What is kept of a key. It is 256 bits of chance, so one keyed hash does what a slow one does for passwords."""
    return hmac.digest(keys.index_key("api_key"), text.encode(), "sha256")
