"""What residents write about 诉求类别: topics as data, each with the level of need and who answers for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from huimin.needs.book import NEED_LEVELS
from huimin.tables.document import Section, read
from huimin.units.words import Words

FILE = Path(__file__).with_name("topics.yaml")


@dataclass(frozen=True)
class Topic:
    """One topic: its title, the level of the need it speaks of, the department (empty where none of ours answers)."""

    name: str
    title: Words
    level: str
    department: str
    words: tuple[str, ...]


@cache
def topics() -> Mapping[str, Topic]:
    """The topics by name."""
    document = read(FILE)
    return {name: _topic(name, document.section(name)) for name in document.values}


def named(text: str) -> str | None:
    """The topic that a file of labelled messages names: by its own name or its Chinese title; nothing if unknown."""
    return next((each.name for each in topics().values() if text in (each.name, each.title.zh)), None)


def _topic(name: str, section: Section) -> Topic:
    section.only("title", "level", "department", "words")
    return Topic(
        name=name,
        title=section.words("title"),
        level=section.one_of("level", NEED_LEVELS),
        department=section.text("department", ""),
        words=section.listed("words"),
    )
