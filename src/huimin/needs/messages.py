"""What a resident's message is about: a linear classifier over characters and pairs of characters, learned from a folder.

Ridge regression in its dual form on tf-idf features: few messages, many features, one exact solution, no chance
involved. Names of topics, and what people say when they mean them, are learned beside the messages.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from huimin.needs.topics import topics

# The subject says most, and the beginning of the text more than its end. Found by cross-validation.
SUBJECT_TIMES = 3
LONGEST_TEXT = 300
RIDGE = 0.5
# A feature that one document alone has cannot tell documents apart.
LEAST_DOCUMENTS = 2
# Where the best topic leads the next by less, the message is in doubt. By cross-validation, seven messages of ten lead
# by more, and of those more than nine in ten are sorted rightly.
LEAST_LEAD = 0.4
# Places are made anonymous in published messages as a letter and a number: A3区.
ANONYMOUS = re.compile(r"[a-z]\d*(?=[市区县镇乡街村])")


@dataclass(frozen=True)
class Message:
    """What somebody wrote: a subject, which may be empty, and the text."""

    subject: str
    text: str


@dataclass(frozen=True)
class Guess:
    """The topics that a message may be about, the likeliest first, and whether the first one leads clearly."""

    topics: tuple[str, ...]
    sure: bool


@dataclass(frozen=True)
class Classifier:
    """What was learned: features with their weights for each topic."""

    topics: tuple[str, ...]
    features: tuple[str, ...]
    rarity: np.ndarray
    weights: np.ndarray

    def scores(self, messages: Sequence[Message]) -> np.ndarray:
        """A row for each message, a column for each topic; the largest is the likeliest."""
        places = {feature: place for place, feature in enumerate(self.features)}
        matrix = _matrix([_counts(prepared(each)) for each in messages], places, self.rarity)
        return matrix @ self.weights[:-1] + self.weights[-1]

    def topics_of(self, messages: Sequence[Message]) -> list[str]:
        """The likeliest topic of each message."""
        return [self.topics[place] for place in self.scores(messages).argmax(axis=1)] if messages else []

    def guess(self, message: Message) -> Guess:
        """The topics of one message, the likeliest first."""
        scores = self.scores([message])[0]
        says_something = not np.array_equal(scores, self.weights[-1])
        order = np.argsort(-scores, kind="stable")
        lead = scores[order[0]] - scores[order[1]] if len(order) > 1 else np.inf
        return Guess(
            tuple(self.topics[place] for place in order), bool(lead >= LEAST_LEAD and says_something)
        )

    def save(self, path: Path) -> None:
        """Writes what was learned to a file, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez_compressed(
            part, topics=np.array(self.topics), features=np.array(self.features), rarity=self.rarity,
            weights=self.weights,
        )  # fmt: skip
        part.replace(path)


def opened(path: Path) -> Classifier:
    """The classifier of a file that `Classifier.save` wrote."""
    with np.load(path, allow_pickle=False) as kept:
        return Classifier(
            tuple(kept["topics"].tolist()), tuple(kept["features"].tolist()), kept["rarity"], kept["weights"]
        )


def prepared(message: Message) -> str:
    """The text that is looked at: one width, no spaces, no anonymous places, the subject's weight above the text's."""
    subject, text = _plain(message.subject), _plain(message.text)[:LONGEST_TEXT]
    return "\n".join([*([subject] * SUBJECT_TIMES if subject else []), text])


def train(
    messages: Sequence[Message], labels: Sequence[str], described: Mapping[str, Iterable[str]] | None = None
) -> Classifier:
    """What can be learned from labelled messages; `described` adds what is said of topics, such as a catalogue.

    Topics count alike, however many messages each has.
    """
    known = tuple(sorted(set(labels)))
    documents = [prepared(each) for each in messages]
    targets = list(labels)
    for topic in known:
        texts = [*(topics()[topic].words if topic in topics() else ()), *(described or {}).get(topic, ())]
        documents += [_plain(text) for text in texts]
        targets += [topic] * len(texts)
    counted = [_counts(document) for document in documents]
    seen = Counter(feature for counts in counted for feature in counts)
    features = tuple(sorted(each for each, times in seen.items() if times >= LEAST_DOCUMENTS))
    total = len(documents)
    rarity = np.log((1 + total) / (1 + np.array([seen[each] for each in features]))) + 1
    places = {feature: place for place, feature in enumerate(features)}
    matrix = _matrix(counted, places, rarity.astype(np.float32))
    return Classifier(known, features, rarity.astype(np.float32), _solved(matrix, known, targets))


def _solved(matrix: np.ndarray, known: tuple[str, ...], targets: Sequence[str]) -> np.ndarray:
    """The weights of features for each topic, the constant last, by weighted ridge regression."""
    sizes = Counter(targets)
    each = np.array([len(targets) / len(known) / sizes[target] for target in targets])
    wanted = np.array([[1.0 if target == topic else -1.0 for topic in known] for target in targets])
    share = each / each.sum()
    middle, wanted_middle = share @ matrix, share @ wanted
    centred = matrix - middle.astype(np.float32)
    kernel = (centred @ centred.T).astype(np.float64)
    dual = np.linalg.solve(kernel + np.diag(RIDGE / each), wanted - wanted_middle)
    weights = centred.T.astype(np.float64) @ dual
    constant = wanted_middle - middle @ weights
    return np.vstack([weights, constant]).astype(np.float32)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).lower()
    return ANONYMOUS.sub("", re.sub(r"\s+", "", folded))


def _counts(document: str) -> Counter[str]:
    pairs = (first + second for first, second in pairwise(document))
    return Counter([*document, *pairs])


def _matrix(counted: Sequence[Counter[str]], places: Mapping[str, int], rarity: np.ndarray) -> np.ndarray:
    """A row of tf-idf features for each document, of length one."""
    matrix = np.zeros((len(counted), len(places)), dtype=np.float32)
    for row, counts in enumerate(counted):
        for feature, times in counts.items():
            place = places.get(feature)
            if place is not None:
                matrix[row, place] = (1 + np.log(times)) * rarity[place]
    length = np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix / np.where(length > 0, length, 1)
