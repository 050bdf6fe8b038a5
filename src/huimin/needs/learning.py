"""Labelled messages of a folder, and how well a classifier does on messages that it has not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from huimin.needs.messages import Classifier, Message, train
from huimin.needs.topics import named

SUBJECT, TEXT, LABEL = "留言主题", "留言详情", "一级分类"
FOLDS = 5


class NothingToLearn(ValueError):
    """A folder or file without labelled messages of topics that are known."""


@dataclass(frozen=True)
class Labelled:
    """Messages with their topics, and what a catalogue says of topics."""

    messages: tuple[Message, ...]
    topics: tuple[str, ...]
    described: Mapping[str, tuple[str, ...]]


def read(path: Path) -> Labelled:
    """The labelled messages of a file or of all CSV and Excel files of a folder, in the order of their names.

    A table with subject, text and topic (留言主题, 留言详情, 一级分类) holds messages; one with the topic and finer
    ones (二级分类, 三级分类) is a catalogue. Other tables are passed over. Raises `NothingToLearn`.
    """
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    tables = [_table(file) for file in files if file.suffix.lower() in (".csv", ".xlsx")]
    messages: list[Message] = []
    labels: list[str] = []
    described: dict[str, list[str]] = {}
    for table in (each for each in tables if LABEL in each.columns):
        if {SUBJECT, TEXT} <= set(table.columns):
            for subject, text, label in table.select(SUBJECT, TEXT, LABEL).iter_rows():
                topic = named(label.strip())
                if topic:
                    messages.append(Message(subject, text))
                    labels.append(topic)
        else:
            for row in table.iter_rows(named=True):
                topic = named(row.pop(LABEL).strip())
                if topic:
                    described.setdefault(topic, []).append("".join(row.values()))
    if len(set(labels)) < 2:
        raise NothingToLearn(path.name)
    return Labelled(tuple(messages), tuple(labels), {key: tuple(texts) for key, texts in described.items()})


def learn(labelled: Labelled) -> Classifier:
    """The classifier that labelled messages teach."""
    return train(labelled.messages, labelled.topics, labelled.described)


def cross_validated(labelled: Labelled, *, seed: int = 0, folds: int = FOLDS) -> float:
    """Macro-F1 (0 to 1) where each message is judged by a classifier that has not seen it."""
    judged = [""] * len(labelled.messages)
    fold_of = _folds(labelled.topics, folds, seed)
    for fold in range(folds):
        taught = [place for place, each in enumerate(fold_of) if each != fold]
        asked = [place for place, each in enumerate(fold_of) if each == fold]
        learned = train(
            [labelled.messages[place] for place in taught],
            [labelled.topics[place] for place in taught],
            labelled.described,
        )
        found = learned.topics_of([labelled.messages[place] for place in asked])
        for place, topic in zip(asked, found, strict=True):
            judged[place] = topic
    return macro_f1(labelled.topics, judged)


def macro_f1(truth: Sequence[str], judged: Sequence[str]) -> float:
    """The mean over the topics of the harmonic mean of precision and recall, 0 to 1.

    >>> macro_f1(["a", "a", "b"], ["a", "b", "b"])
    0.6666666666666666
    """
    scores = []
    for topic in sorted(set(truth) | set(judged)):
        right = sum(t == j == topic for t, j in zip(truth, judged, strict=True))
        named_so = sum(j == topic for j in judged)
        are_so = sum(t == topic for t in truth)
        scores.append(2 * right / (named_so + are_so))
    return sum(scores) / len(scores) if scores else 0.0


def _folds(labels: Sequence[str], folds: int, seed: int) -> list[int]:
    """A fold for each message, so that every topic is spread evenly over the folds."""
    chance, found = np.random.default_rng(seed), [0] * len(labels)
    for topic in sorted(set(labels)):
        mine = [place for place, label in enumerate(labels) if label == topic]
        for turn, place in enumerate(chance.permutation(mine)):
            found[place] = turn % folds
    return found


def _table(path: Path) -> pl.DataFrame:
    read_as = pl.read_csv(path, infer_schema=False) if path.suffix.lower() == ".csv" else pl.read_excel(path)
    return read_as.select(pl.all().cast(pl.String).fill_null(""))
