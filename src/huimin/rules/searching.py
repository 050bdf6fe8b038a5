"""Search in the policy book: characters in pairs, and the everyday words people use for the law's."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import log
from pathlib import Path

from huimin.rules.book import PolicyBook
from huimin.rules.located import read
from huimin.rules.policy import Policy

# How much a hit counts, by where it stands.
TITLE, SUMMARY, BODY = 8.0, 3.0, 1.0
# An everyday word leads to the law's word, but counts a little less than the law's word itself.
BY_SYNONYM = 0.8
_LATIN = re.compile(r"[a-z0-9]+")
_HAN = re.compile(r"[㐀-鿿豈-﫿]+")


@dataclass(frozen=True)
class Hit:
    """A policy found, and how well it fits."""

    policy: Policy
    score: float


def load_synonyms(folder: Path) -> dict[str, tuple[str, ...]]:
    """The everyday words of a policy folder, each with the law's words; none where it has no list."""
    path = folder / "synonyms.yaml"
    if not path.exists():
        return {}
    document = read(path, path.name)
    return {word: tuple(item.text() for item in document.listed(word)) for word in document.section()}


def terms(text: str) -> list[str]:
    """The search terms of a text: every pair of Chinese characters, every word in Latin letters.

    >>> terms("低保标准 2026, Aid")
    ['低保', '保标', '标准', '2026', 'aid']
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    found = []
    for run in _HAN.findall(plain):
        found += [run] if len(run) == 1 else [run[place : place + 2] for place in range(len(run) - 1)]
    return found + _LATIN.findall(plain)


class Index:
    """The policies of a book on a day, ready to be searched."""

    def __init__(self, book: PolicyBook, on: date, synonyms: Mapping[str, Iterable[str]]) -> None:
        self._synonyms = {
            unicodedata.normalize("NFKC", word).lower(): tuple(said) for word, said in synonyms.items()
        }
        self.policies = [policy for policy in book.policies if policy.in_force(on)]
        self._weights = [_weights(policy) for policy in self.policies]
        seen = Counter(term for weights in self._weights for term in weights)
        self._rarity = {term: log(1 + len(self.policies) / count) for term, count in seen.items()}

    def find(self, text: str) -> list[Hit]:
        """The policies that a text is about, the best first; every policy where nothing is asked."""
        if not text.strip():
            return [Hit(policy, 0.0) for policy in self.policies]
        asked = self._asked(text)
        hits = (
            Hit(
                policy,
                sum(
                    weight * weights.get(term, 0.0) * self._rarity.get(term, 0.0)
                    for term, weight in asked.items()
                ),
            )
            for policy, weights in zip(self.policies, self._weights, strict=True)
        )
        return sorted(
            (hit for hit in hits if hit.score > 0),
            key=lambda hit: (-hit.score, len(hit.policy.title.zh), hit.policy.name),
        )

    def _asked(self, text: str) -> dict[str, float]:
        """The terms asked for, each with its weight; those that everyday words stand for are added."""
        asked = dict.fromkeys(terms(text), 1.0)
        plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).lower())
        for word, said in self._synonyms.items():
            if word in plain:
                for term in (term for each in said for term in terms(each)):
                    asked[term] = max(asked.get(term, 0.0), BY_SYNONYM)
        return asked


def _weights(policy: Policy) -> dict[str, float]:
    """The terms of a policy, each with the weight of the best place it stands in."""
    titles = [policy.title.zh, policy.title.en, policy.name.replace("_", " ")]
    body = [each for condition in policy.conditions for each in (condition.met.zh, condition.met.en)]
    body += [clause.text for clause in policy.clauses.values()] + [
        clause.law for clause in policy.clauses.values()
    ]
    body += [paper.title.zh for paper in policy.papers] + [step.name.zh for step in policy.steps]
    places = ((BODY, body), (SUMMARY, [policy.summary.zh, policy.summary.en]), (TITLE, titles))
    return {term: weight for weight, texts in places for text in texts for term in terms(text)}
