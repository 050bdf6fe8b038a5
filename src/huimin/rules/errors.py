"""Errors of policies and parameters: named, placed, with the cure, in Chinese and English."""

from typing import Any

from huimin.rules.problems import CATALOGUE, THINGS
from huimin.units.words import Words


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


def _say(value: Any, language: str) -> str:
    if isinstance(value, Words):
        return value.say(language)
    if isinstance(value, str) and value in THINGS:
        return THINGS[value].say(language)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(_say(item, language) for item in value) or "-"
    return str(value)
