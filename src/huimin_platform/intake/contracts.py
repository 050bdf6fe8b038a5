"""The contracts of this installation: those of the library, the files in its folder, the texts that were signed here."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.conf import settings

from huimin.tables.contract import (
    Contract,
    fact_kinds,
    load_all,
    load_text,
    together,
    value_words,
)
from huimin.tables.fact_kinds import FactKind
from huimin.tables.vocabulary import vocabulary
from huimin.units.words import Words
from huimin_platform.intake.contract_models import ContractText

Texts = tuple[tuple[str, str], ...]
# The texts of this place as they were last looked at, (name, text) each; None before the first look.
_texts: Texts | None = None


def contracts() -> Mapping[str, Contract]:
    """The contracts by data set. `DocumentError` names the file of this place that cannot be used."""
    return in_force(_own_texts())


def kinds() -> dict[str, FactKind]:
    """The kinds of facts by name: those of the registry, then those that contracts of this place add."""
    return fact_kinds(contracts().values())


def words_of_values() -> dict[str, Words]:
    """The words for values of lists, by value."""
    return _value_words(_own_texts())


def department_words(code: str) -> Words:
    """The name of a department that sends data; its code where none is known."""
    known = vocabulary().departments.get(code)
    names = (each.department_title for each in contracts().values() if each.department == code)
    return known or next(names, Words(code, code))


def digest() -> str:
    """A digest of what this place has written: another one, and rows mean something else."""
    return hashlib.sha256(repr(_own_texts()).encode()).hexdigest()


def text_of(name: str) -> str:
    """The text of a contract in force; empty where there is none."""
    own = dict(_own_texts())
    if name in own:
        return own[name]
    from huimin.tables.document import room

    path = room("contracts") / f"{name}.yaml"
    return path.read_text(encoding="utf-8") if name in load_all() else ""


def with_text(name: str, text: str) -> Mapping[str, Contract]:
    """The contracts as they would be with one more text. `DocumentError` where it does not stand."""
    return in_force((*((each, said) for each, said in _own_texts() if each != name), (name, text)))


def look_again(**_sent: object) -> None:
    """Lets the next question read anew what this place has written: at the start of a request or a turn of the loop."""
    global _texts
    _texts = None


def signed() -> dict[str, str]:
    """The signed texts by data set, the last one of each."""
    found = ContractText.objects.filter(published=True).order_by("signed_at", "pk")
    return dict(found.values_list("name", "text"))


def folder() -> Path:
    """Where an operator puts contract files."""
    return Path(settings.HUIMIN_CONTRACTS)


def _own_texts() -> Texts:
    global _texts
    if _texts is None:
        files = sorted(folder().glob("*.yaml")) if folder().is_dir() else []
        written = {path.stem: path.read_text(encoding="utf-8-sig", errors="replace") for path in files}
        _texts = tuple(sorted((written | signed()).items()))
    return _texts


@cache
def in_force(texts: Texts) -> Mapping[str, Contract]:
    """The contracts of the library with these texts beside them or in their place."""
    return together(load_all().values(), [load_text(text, name) for name, text in texts])


@cache
def _value_words(texts: Texts) -> dict[str, Words]:
    return value_words(in_force(texts).values())
