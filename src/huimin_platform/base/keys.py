"""The keys: a master key outside the database wraps the data keys in it, one a data class and year."""

import functools
import os
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connections

from huimin_platform.base import clock

AES_256_GCM = "AES-256-GCM"
HMAC_SHA256 = "HMAC-SHA256"
NONCE = 12
SELECT = "select id, use, name, year, algorithm, wrapped from base_datakey"
CIPHERS = {
    AES_256_GCM: AESGCM
}  # SM4-GCM 国密 joins here where it is required; the algorithm is a field of the key.


class NoSuchKey(Exception):
    """No data key has this number."""


class WrongMasterKey(Exception):
    """The master key does not open the data keys of this database."""


@dataclass(frozen=True)
class Key:
    """A data key, unwrapped."""

    id: int
    secret: bytes = field(repr=False)
    algorithm: str

    @functools.cached_property
    def head(self) -> bytes:
        return self.id.to_bytes(4, "big")

    @functools.cached_property
    def cipher(self) -> AESGCM:
        return CIPHERS[self.algorithm](self.secret)


def sealing_key(data_class: str) -> Key:
    """The key of this data class and the current year, made on first use."""
    return _named("seal", data_class, clock.today().year)


def index_key(kind: str) -> bytes:
    """The secret of the blind index of a kind; the same for ever, since equal values must stay equal."""
    return _named("index", kind, 0).secret


@functools.cache
def key_by_id(number: int) -> Key:
    """The key with this number."""
    found = _rows(f"{SELECT} where id = %s", [number])
    if not found:
        raise NoSuchKey(number)
    return _unwrapped(found[0])


def forget() -> None:
    """Drops the keys kept in this process (after the database was changed for another)."""
    key_by_id.cache_clear()
    _named.cache_clear()
    master_key.cache_clear()


@functools.cache
def master_key() -> bytes:
    """The key-encryption key: HUIMIN_MASTER_KEY, or home/keys/master_key."""
    from huimin_platform.settings import kept_key

    given = settings.HUIMIN.master_key
    return bytes.fromhex(given.get_secret_value() if given else kept_key(settings.HUIMIN_HOME, "master_key"))


@functools.cache
def _named(use: str, name: str, year: int) -> Key:
    wanted = f"{SELECT} where use = %s and name = %s and year = %s"
    found = _rows(wanted, [use, name, year])
    if not found:
        _make(use, name, year)
        found = _rows(wanted, [use, name, year])
    return _unwrapped(found[0])


def _make(use: str, name: str, year: int) -> None:
    nonce = os.urandom(NONCE)
    wrapped = nonce + AESGCM(master_key()).encrypt(nonce, os.urandom(32), _label(use, name, year))
    _rows(
        "insert into base_datakey (use, name, year, algorithm, wrapped, created_at)"
        " values (%s, %s, %s, %s, %s, now()) on conflict do nothing returning id",
        [use, name, year, AES_256_GCM if use == "seal" else HMAC_SHA256, wrapped],
    )


def _unwrapped(row: tuple) -> Key:
    number, use, name, year, algorithm, wrapped = row
    data = bytes(wrapped)
    try:
        secret = AESGCM(master_key()).decrypt(data[:NONCE], data[NONCE:], _label(use, name, year))
    except Exception as problem:
        raise WrongMasterKey("The master key does not open the data keys of this database.") from problem
    return Key(id=number, secret=secret, algorithm=algorithm)


def _label(use: str, name: str, year: int) -> bytes:
    return f"{use}|{name}|{year}".encode()


def _rows(sql: str, parameters: list) -> list[tuple]:
    """Runs a statement on its own connection: a key must outlive the transaction that first needed it."""
    connection = connections.create_connection("default")
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()
    finally:
        connection.close()
