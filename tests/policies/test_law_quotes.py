"""What a policy quotes stands in the very article, paragraph and item that it names, in the version of its days."""

import os
import re
import tarfile
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import huimin_policies
from huimin import rules
from huimin.cases import paths
from huimin.rules.policy import Clause, Policy

BOOK = rules.load(Path(huimin_policies.__path__[0]))
SHARED = Path(os.environ.get("HUIMIN_SHARED", Path(__file__).parents[3] / "shared"))
NUMERAL = "[一二三四五六七八九十百]+"
ARTICLE = re.compile(rf"(第{NUMERAL}条)[\s　]*(.*)", re.DOTALL)
ITEM = re.compile(rf"[(（]({NUMERAL})[)）]")
CITED = re.compile(rf"(第{NUMERAL}条)(?:第({NUMERAL})款)?(?:第({NUMERAL})项)?")
NUMBERS = {numeral: number for number, numeral in enumerate("一二三四五六七八九十", start=1)}


class Paragraph(NamedTuple):
    """One 款 of an article: its words, and those of its items 项 by number."""

    text: str
    items: dict[int, str]


@cache
def laws() -> dict[str, list[tuple[date, str]]]:
    """The versions of each law by title, oldest first."""
    archives = list((SHARED / "data" / "laws").glob("*.tar.xz"))
    if not archives:
        # They are 3,534 texts, too many for the project: whoever has them names their folder in HUIMIN_SHARED.
        pytest.skip(
            "There are no law texts to compare quotes with: HUIMIN_SHARED names no folder with data/laws."
        )
    found: dict[str, list[tuple[date, str]]] = {}
    with tarfile.open(archives[0]) as archive:
        for member in archive:
            if not (member.isfile() and member.name.endswith(".md")):
                continue
            named = re.fullmatch(r"(.*?)(?:\((\d{4}-\d\d-\d\d)\))?\.md", Path(member.name).name)
            assert named, member.name
            title, adopted = named.groups()
            file = archive.extractfile(member)
            assert file is not None
            day = date.fromisoformat(adopted) if adopted else date.min
            found.setdefault(title, []).append((day, file.read().decode("utf-8", "ignore")))
    return {title: sorted(versions) for title, versions in found.items()}


@cache
def articles(law: str, version: int) -> dict[str, list[Paragraph]]:
    """The articles of a version of a law, each as its paragraphs."""
    text = laws()[law][version][1]
    found: dict[str, list[Paragraph]] = {}
    paragraphs: list[Paragraph] = []
    for line in text.splitlines():
        words = line.strip()
        if head := ARTICLE.match(words):
            paragraphs = found.setdefault(head[1], [])
            words = head[2]
        elif words.startswith("#"):
            paragraphs = []
        words = re.sub(r"\s", "", words)
        item = ITEM.match(words)
        if item and paragraphs:
            take_up_item(paragraphs, number(item[1]), words, words[item.end() :])
        elif words:
            paragraphs.append(Paragraph(words, {}))
    return found


def take_up_item(paragraphs: list[Paragraph], which: int, line: str, words: str) -> None:
    """Adds an item to the last paragraph; words between two items of one row belong to the former."""
    if (
        len(paragraphs) > 1
        and not paragraphs[-1].items
        and max(paragraphs[-2].items, default=0) == which - 1 > 0
    ):
        between = paragraphs.pop().text
        paragraphs[-1].items[which - 1] += between
        paragraphs[-1] = paragraphs[-1]._replace(text=paragraphs[-1].text + between)
    paragraphs[-1].items[which] = words
    paragraphs[-1] = paragraphs[-1]._replace(text=paragraphs[-1].text + line)


def version_of(policy: Policy, law: str) -> int:
    """Which version of a law counts: for a policy in force the newest, else the last one adopted when it began."""
    if policy.ended_on is None:
        return -1
    adopted = [day for day, _ in laws()[law]]
    return max(sum(day <= policy.started_on for day in adopted) - 1, 0)


def number(numeral: str) -> int:
    """A Chinese numeral below a hundred as a number."""
    tens, _, ones = numeral.rpartition("十")
    if "十" not in numeral:
        return NUMBERS[numeral]
    return (NUMBERS[tens] if tens else 1) * 10 + (NUMBERS[ones] if ones else 0)


def stands(clause: Clause, version: int) -> bool:
    """Whether what a clause quotes stands at the place that it names; no where that version has no such place."""
    place = CITED.fullmatch(clause.article)
    assert place, clause.article
    head, paragraph, item = place.groups()
    paragraphs = articles(clause.law, version).get(head, [])
    if paragraph:
        paragraphs = paragraphs[number(paragraph) - 1 :][:1]
    said = [each.text for each in paragraphs]
    if item:
        said = [each.items.get(number(item), "") for each in paragraphs if each.items]
        assert len(said) <= 1, f"{clause.law}{clause.article}: in which paragraph?"
    return re.sub(r"\s", "", clause.text) in "".join(said)


@pytest.mark.parametrize("policy", BOOK.policies, ids=lambda policy: policy.version)
def test_every_quote_stands_where_it_says(policy: Policy) -> None:
    wrong = [
        f"{clause.law}{clause.article}: {clause.text}"
        for clause in policy.clauses.values()
        if not stands(clause, version_of(policy, clause.law))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", BOOK.parameters)
def test_what_a_parameter_quotes_stands_where_it_says_in_one_version(name: str) -> None:
    clause = BOOK.parameters[name].clause
    assert any(stands(clause, version) for version in range(len(laws()[clause.law])))


@pytest.mark.parametrize("policy", BOOK.policies, ids=lambda policy: policy.version)
def test_a_quote_from_one_paragraph_names_it(policy: Policy) -> None:
    """Whoever reads beside the law should not have to look for the line."""
    for clause in policy.clauses.values():
        found = CITED.fullmatch(clause.article)
        assert found, clause.article
        paragraphs = articles(clause.law, version_of(policy, clause.law))[found[1]]
        within = [each for each in paragraphs if re.sub(r"\s", "", clause.text) in each.text]
        assert found[2] or len(paragraphs) == 1 or not within, f"{clause.law}{clause.article}"


@pytest.mark.parametrize("name", paths.in_force(date(2026, 7, 1)))
def test_what_follows_a_decision_quotes_the_article_it_names(name: str) -> None:
    for version in paths.versions(name):
        found = paths.version(name, version)
        place = re.fullmatch(r"《(.+)》(第.+条)", found.law.zh)
        assert place, found.law.zh
        said = "".join(each.text for each in articles(place[1], -1)[place[2]])
        assert re.sub(r"\s", "", found.quote) in said
