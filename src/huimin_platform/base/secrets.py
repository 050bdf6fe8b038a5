"""Sealed values and blind indexes.

A sealed value is `key id (4 bytes) | nonce (12) | ciphertext and tag`, AES-256-GCM; the place and the row are
its associated data, so that a value moved to another row or column does not open. Equality search goes
through a blind index: an HMAC of the normalised value with a key of its own for each kind, cut to 16 bytes.
"""

import hmac
import os
import re
import unicodedata
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag

from huimin_platform.base import keys
from huimin_platform.base.classes import of_place

HEAD = 4
NONCE = 12
INDEX_BYTES = 16


class CannotUnseal(Exception):
    """A sealed value does not open: it was changed, moved, or its key is another one."""


def seal(text: str, where: str, row: object) -> bytes:
    """The text sealed for this place (`stage.model.field`) and row."""
    return seal_bytes(text.encode(), where, row)


def unseal(blob: bytes | memoryview, where: str, row: object) -> str:
    """The text that was sealed for this place and row; CannotUnseal if it was not."""
    return unseal_bytes(blob, where, row).decode()


def seal_bytes(data: bytes, where: str, row: object) -> bytes:
    """Bytes sealed for this place and row."""
    key = keys.sealing_key(of_place(where))
    nonce = os.urandom(NONCE)
    return key.head + nonce + key.cipher.encrypt(nonce, data, _place(where, row))


def unseal_bytes(blob: bytes | memoryview, where: str, row: object) -> bytes:
    """The bytes that were sealed for this place and row; CannotUnseal if they were not."""
    data = bytes(blob)
    try:
        key = keys.key_by_id(int.from_bytes(data[:HEAD], "big"))
        return key.cipher.decrypt(data[HEAD : HEAD + NONCE], data[HEAD + NONCE :], _place(where, row))
    except (InvalidTag, ValueError, keys.NoSuchKey) as problem:
        raise CannotUnseal(
            f"{where} of row {row} does not open: changed, moved, or sealed with another key"
        ) from problem


def seal_many(texts: Sequence[str | None], where: str, rows: Sequence[object]) -> list[bytes | None]:
    """Each text sealed for its own row; None stays None."""
    key = keys.sealing_key(of_place(where))
    head, encrypt, place = key.head, key.cipher.encrypt, f"{where}|"
    nonces = os.urandom(NONCE * len(texts))
    sealed: list[bytes | None] = []
    for number, (text, row) in enumerate(zip(texts, rows, strict=True)):
        if text is None:
            sealed.append(None)
            continue
        nonce = nonces[number * NONCE : number * NONCE + NONCE]
        sealed.append(head + nonce + encrypt(nonce, text.encode(), f"{place}{row}".encode()))
    return sealed


def unseal_many(
    blobs: Sequence[bytes | memoryview | None], where: str, rows: Sequence[object]
) -> list[str | None]:
    """Each text that was sealed for its row; None stays None."""
    return [None if blob is None else unseal(blob, where, row) for blob, row in zip(blobs, rows, strict=True)]


def blind_index(text: str, kind: str) -> bytes:
    """Sixteen bytes, equal for equal values of a kind: national_id, phone, card, address."""
    return hmac.digest(keys.index_key(kind), NORMAL[kind](text).encode(), "sha256")[:INDEX_BYTES]


def blind_many(texts: Sequence[str | None], kind: str) -> list[bytes | None]:
    """The blind index of each text; None stays None."""
    key, normal, digest = keys.index_key(kind), NORMAL[kind], hmac.digest
    return [
        None if text is None else digest(key, normal(text).encode(), "sha256")[:INDEX_BYTES] for text in texts
    ]


def _place(where: str, row: object) -> bytes:
    return f"{where}|{row}".encode()


def _compact(text: str) -> str:
    return (
        text
        if text.isascii() and text.isalnum()
        else re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text))
    )


def _national_id(text: str) -> str:
    return _compact(text).upper()


def _phone(text: str) -> str:
    digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", text))
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits


NORMAL: dict[str, Callable[[str], str]] = {
    "national_id": _national_id,
    "phone": _phone,
    "card": _compact,
    "address": _compact,
}
