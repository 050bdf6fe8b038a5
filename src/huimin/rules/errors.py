"""Errors of policies and parameters: named, placed, with the cure, in Chinese and English."""

from difflib import get_close_matches
from typing import Any

from huimin.rules.problems import CATALOGUE, THINGS
from huimin.units.words import Words

# From how many names on nobody reads them all.
READABLE = 12
NEAREST = Words("{names}（最接近的写法，一共 {number} 个）", "{names} (most like it, of {number})")


class PolicyError(ValueError):
    """A policy, parameter or population that cannot be used, saying where and what to do.

    >>> error = PolicyError("missing_key", "title", file="policy.yaml", line=3)
    >>> print(error.say("en"))
    policy.yaml, line 3: title is missing. Add it.
    >>> print(error.say("zh-hans"))
    policy.yaml，第 3 行：缺少“title”。请补上。
    """

    def __init__(self, code: str, term: str = "", *, file: str = "", line: int = 0, **params: Any) -> None:
        assert code in CATALOGUE, code
        self.code, self.term, self.file, self.line, self.params = code, term, file, line, params
        super().__init__(code, term, file, line)

    def say(self, language: str) -> str:
        """The sentence for people, with file and line in front."""
        params = {name: _say(value, language) for name, value in self.params.items()}
        if "allowed" in params:
            params["allowed"] = _allowed(self.term, self.params["allowed"], language)
        sentence = CATALOGUE[self.code].say(language).format(term=self.term, **params)
        return self._where(language) + sentence

    def __str__(self) -> str:
        return self.say("en")

    def _where(self, language: str) -> str:
        if not self.file:
            return ""
        if language.startswith("zh"):
            return f"{self.file}，第 {self.line} 行：" if self.line else f"{self.file}："
        return f"{self.file}, line {self.line}: " if self.line else f"{self.file}: "


class MissingParameter(PolicyError):
    """No value of a parameter for a division on a day."""


def _allowed(term: str, allowed: Any, language: str) -> str:
    """What can be written, as it is written; of very many, those that are most like a mistyped one."""
    if not isinstance(allowed, (list, tuple, set, frozenset)):
        return _say(allowed, language)
    names = [each for each in allowed if isinstance(each, str)]
    last = term.rpartition(".")[2]
    alike = get_close_matches(term, names, n=3) or get_close_matches(last, names, n=3)
    if len(names) > READABLE and alike:
        return NEAREST.filled(names=", ".join(alike), number=len(names)).say(language)
    # Any name may stand there: that is said, it is not written.
    said = (each if isinstance(each, str) and each != "name" else _say(each, language) for each in allowed)
    return ", ".join(said) or "-"


def _say(value: Any, language: str) -> str:
    if isinstance(value, Words):
        return value.say(language)
    if isinstance(value, str) and value in THINGS:
        return THINGS[value].say(language)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(_say(item, language) for item in value) or "-"
    return str(value)
