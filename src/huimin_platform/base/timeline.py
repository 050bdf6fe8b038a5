"""An event on the timeline of a person or a household, as every stage tells it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Event:
    """One thing that happened: the day, a title, and where it is known from.

    `tone` is neutral, info, good, warning or bad; a word in the title says the same. `source` names
    department, file and row, or the act; `url` leads to the page behind it. The detail of a `sensitive`
    one is for those who may see sensitive values.
    """

    on: date
    title: str
    detail: str = ""
    source: str = ""
    url: str = ""
    tone: str = "neutral"
    amount_fen: int | None = None
    stage: str = ""
    sensitive: bool = False
