"""The policy book 惠民政策一本通 as pages need it: found by everyday words, explained from the same text that decides."""

from datetime import date
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from huimin import rules
from huimin.rules.guideline import Guideline, Term, guideline
from huimin.rules.policy import POSTED_STEP, Policy
from huimin.rules.searching import Hit, Index, load_synonyms
from huimin.tables.vocabulary import vocabulary
from huimin.units.words import Words
from huimin_platform.base.places import division_name
from huimin_platform.design import compare
from huimin_platform.design.templatetags.design import joined
from huimin_platform.intake import queries as intake
from huimin_platform.registry import tables

LEVELS = {
    "village": Words("村（社区）", "village"),
    "township": Words("乡镇（街道）", "township"),
    "county": Words("县（市、区）", "county"),
    "city": Words("市", "city"),
    "province": Words("省", "province"),
}


def find(text: str, today: date, place: str, *, everywhere: bool = False) -> list[Hit]:
    """The policies in force in a place that a text is about, the best first; all of them where nothing is asked."""
    here = set(tables.book().asked_in(place, today))
    hits = _index(id(tables.book()), today).find(text)
    return [hit for hit in hits if everywhere or hit.policy.name in here]


@lru_cache(maxsize=4)
def _index(known: int, on: date) -> Index:
    return Index(tables.book(), on, load_synonyms(Path(settings.HUIMIN_POLICIES)))


def version_of(name: str, started_on: str, today: date) -> Policy | None:
    """The version of a policy that began on a day, else the one in force, else the last; None where there is none."""
    versions = sorted(
        (each for each in tables.book().policies if each.name == name), key=lambda each: each.started_on
    )
    for each in versions:
        if each.started_on.isoformat() == started_on:
            return each
    current = [each for each in versions if each.in_force(today)]
    return (current or versions or [None])[-1]


def place_of(actor: Any) -> str:
    """The division whose numbers are shown: the reader's own, else the county of this installation."""
    return getattr(actor, "division", "") or tables.county() or "000000000000"


def guideline_of(policy: Policy, today: date, division: str) -> Guideline:
    """The guideline of a version with the numbers of a division, on the day or on the version's last or first day."""
    on = today if policy.in_force(today) else policy.started_on
    return guideline(tables.book(), policy, on, division, tables.parameter_sets(today))


def guideline_in(book: rules.PolicyBook, policy: Policy, on: date, division: str) -> Guideline:
    """The guideline of a version on a day in a book that need not be published."""
    return guideline(book, policy, on, division, tables.parameter_sets(on))


def changed_lines(first: str, second: str) -> list[compare.Row]:
    """The lines of two texts that differ, each with its number on the right or else on the left."""
    left, right = first.splitlines(), second.splitlines()
    fields = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        pairs = zip_longest(range(i1, i2), range(j1, j2))
        fields += [
            (
                str(j + 1 if j is not None else i + 1),
                "" if i is None else left[i],
                "" if j is None else right[j],
            )
            for i, j in pairs
        ]
    return compare.rows(fields)


def department(code: str) -> str:
    """The name of a department."""
    words = vocabulary().departments.get(code)
    return words.say(language()) if words else code


def data_set(name: str) -> str:
    """The title of a data set."""
    contract = intake.contracts().get(name)
    return contract.title.say(language()) if contract else name


def holds_in(policy: Policy) -> str:
    """Where the policy holds, in words."""
    return _("the whole country") if not policy.division.strip("0") else division_name(policy.division)


def steps(policy: Policy) -> list[dict[str, Any]]:
    """The steps with their office, days, the law that names the days where one does, and what they wait for.

    Days that no law names are working figures of ours, and nobody should take them for law. Of the step that waits for
    a posting the law may name the days of the posting.
    """
    names = {step.key: step.name for step in policy.steps}
    rule = policy.posting
    return [
        {
            "name": step.name,
            "office": f"{department(step.department)} · {LEVELS[step.level].say(language())}",
            "days": step.working_days,
            "law": step.days_clause,
            "posted": rule if rule and rule.days_clause and step.key == POSTED_STEP else None,
            "after": joined(names[key] for key in step.after),
            "shared": bool(step.evidence),
        }
        for step in policy.steps
    ]


def posting(policy: Policy) -> dict[str, Any] | None:
    """What is posted before a decision, with its law and the source of its days; None where no text asks for it."""
    rule = policy.posting
    if rule is None:
        return None
    titles = {each.name: each.title for each in tables.book().policies}
    return {
        "days": rule.days, "clause": rule.clause, "days_clause": rule.days_clause, "spares": rule.spares,
        "spares_clause": rule.spares_clause, "spared": [titles[name].say(language()) for name in rule.spares],
    }  # fmt: skip


def papers(policy: Policy) -> list[tuple[Words, str]]:
    """The papers; those that departments' data replace with the data sets that do so."""
    return [(paper.title, joined(data_set(name) for name in paper.data_sets)) for paper in policy.papers]


def compared(first: Guideline, second: Guideline) -> list[compare.Row]:
    """Two versions side by side: conditions, amount, numbers, papers, steps; what neither has is left out."""
    return compare.rows(
        row
        for row in [
            (_("In force from"), first.policy.started_on, second.policy.started_on),
            (_("In short"), _said(first.policy.summary), _said(second.policy.summary)),
            *_pairs(_("Condition"), _conditions(first), _conditions(second)),
            (_("Amount"), _said(first.amount), _said(second.amount)),
            *_pairs(_("What else it gives"), _terms(first.gives), _terms(second.gives)),
            *_pairs(_("How it is worked out"), _terms(first.terms), _terms(second.terms)),
            *_pairs(_("Standard"), _figures(first), _figures(second)),
            (
                _("Papers"),
                _joined(paper.title for paper in first.papers),
                _joined(p.title for p in second.papers),
            ),
            (
                _("Steps"),
                _joined(step.name for step in first.steps),
                _joined(step.name for step in second.steps),
            ),
            (_("Working days"), first.working_days, second.working_days),
            (_("Decided within, by law"), _limit(first.policy), _limit(second.policy)),
        ]
        if row[1] or row[2]
    )


def _limit(policy: Policy) -> str:
    within = policy.within
    if within is None:
        return ""
    days = ngettext("%(days)s day", "%(days)s days", within.days) % {"days": within.days}
    return f"{days}（《{within.clause.law}》{within.clause.article}）"


def _conditions(found: Guideline) -> dict[str, str]:
    return {
        condition.name: _("%(words)s (%(formula)s; 《%(law)s》%(article)s)")
        % {
            "words": _said(each.words),
            "formula": _said(each.formula),
            "law": each.clause.law,
            "article": each.clause.article,
        }
        for condition, each in zip(found.policy.conditions, found.requirements, strict=True)
    }


def _terms(terms: tuple[Term, ...]) -> dict[str, str]:
    return {_said(term.title): f"{_said(term.title)} = {_said(term.formula)}" for term in terms}


def _figures(found: Guideline) -> dict[str, str]:
    return {
        _said(each.title): f"{_said(each.title)}: {_said(each.value) or _('not set here')}"
        for each in found.figures
    }


def _pairs(label: str, first: dict[str, str], second: dict[str, str]) -> list[tuple[str, str, str]]:
    """What both sides say of the same thing, one line each; what only one has stands alone."""
    keys = dict.fromkeys([*first, *second])
    return [(label, first.get(key, ""), second.get(key, "")) for key in keys]


def _joined(words: Any) -> str:
    return ("；" if language().startswith("zh") else "; ").join(_said(each) for each in words)


def _said(words: Words | None) -> str:
    return words.say(language()) if words else ""


def language() -> str:
    """The reader's language."""
    return get_language() or "zh-hans"
