"""What a resident's message may be about, where this installation has learned to tell."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from huimin.needs import messages


def path() -> Path:
    """Where `huimin messages` keeps what it has learned."""
    return Path(settings.HUIMIN_HOME) / "models" / "messages.npz"


def guess(text: str) -> messages.Guess | None:
    """The topics of a message, the likeliest first; nothing where this installation has not learned to sort."""
    file = path()
    if not file.exists():
        return None
    return _opened(file, file.stat().st_mtime_ns).guess(messages.Message("", text))


@lru_cache(maxsize=1)
def _opened(file: Path, changed: int) -> messages.Classifier:
    return messages.opened(file)
