"""Texts of policies: written by one person, checked at once, signed by another, in force from a day to come."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from huimin import rules
from huimin.rules import casework
from huimin.rules.policy import Policy
from huimin.units.divisions import encloses, prefix
from huimin.units.words import Words
from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.registry import numbering, tables
from huimin_platform.registry.models import Proposal
from huimin_platform.supply import queries as supply

DRAFT = "draft.yaml"
# What a place of its own leaves out: numbers stay those of the enclosing text, and so does what it excludes.
LEFT_OUT = ("parameters", "excludes", "division", "instead_of")
NOTICE = timedelta(days=30)


@dataclass(frozen=True)
class Draft:
    """A text that was checked: what it says, the book in which it stands, and what holds until then, if anything does."""

    text: str
    policy: Policy
    book: rules.PolicyBook
    former: Policy | None
    former_book: rules.PolicyBook


@dataclass(frozen=True)
class ChangedCase:
    """A worked case of the text that holds now which the new text answers otherwise."""

    name: Words
    before: rules.Explanation
    after: rules.Explanation


def drafts(actor: Any) -> list[Proposal]:
    """The texts written for the actor's part of the country, the latest first, with what was said of them."""
    return list(numbering.of(actor).exclude(text="")[: numbering.MOST_SHOWN])


@dataclass(frozen=True)
class SetAside:
    """A signed text that this release cannot hold, and what is wrong with it."""

    proposal: Proposal
    problem: rules.PolicyError


def set_aside() -> list[SetAside]:
    """The signed texts that decide nothing until they are written anew; no query where all of them stand."""
    problems = tables.set_aside()
    if not problems:
        return []
    kept = tables.signed().exclude(text="").select_related("by", "signature", "signature__by")
    return [
        SetAside(each, problems[tables.text_name(each.pk)])
        for each in kept
        if tables.text_name(each.pk) in problems
    ]


def set_aside_of(name: str) -> list[SetAside]:
    """Those of a policy, and those that stood in for it in a place."""
    return [
        each for each in set_aside() if name == each.proposal.policy or name in _stood_in_for(each.proposal)
    ]


def _stood_in_for(kept: Proposal) -> list[str]:
    """The policies that a text names; the first lines of one that cannot be read any more still say so."""
    found = re.search(r"^instead_of:\s*\[([^\]]*)\]", kept.text, flags=re.MULTILINE)
    return [name.strip() for name in found[1].split(",")] if found else []


def checked(text: str) -> Draft:
    """What a text says, beside all policies of this installation. `PolicyError` names line, term and cure."""
    known = tables.book()
    # Not kept: most drafts are read once.
    book = rules.load(Path(settings.HUIMIN_POLICIES), dict([*tables.standing(), (DRAFT, text)]))
    (policy,) = (each for each in book.policies if each.file == DRAFT)
    _check_offices(text, policy)
    former = (known.version(name, policy.started_on) for name in (policy.name, *policy.instead_of))
    return Draft(text, policy, book, next((each for each in former if each), None), known)


def _check_offices(text: str, policy: Policy) -> None:
    """Refuses a department that there is none of: its steps would lie on nobody's desk."""
    known = supply.departments()
    for code in (policy.department, *(step.department for step in policy.steps)):
        if code not in known:
            line = next((number for number, each in enumerate(text.splitlines(), 1) if code in each), 0)
            raise rules.PolicyError("unknown_value", code, file=DRAFT, line=line, allowed=list(known))


def changed_cases(draft: Draft) -> list[ChangedCase]:
    """The worked cases of the text that holds until then whose answer is another on the new text's first day.

    A case that cannot be asked there, such as one of another province, is left out.
    """
    found, on = [], draft.policy.started_on
    for case in draft.former.cases if draft.former else ():
        place = draft.policy.division if prefix(draft.policy.division) else case.division
        moved = replace(case, on=on, division=place)
        try:
            before = casework.explained(draft.former_book, moved)
            after = casework.explained(draft.book, replace(moved, policy=draft.policy.name))
        except rules.PolicyError:
            continue
        if (before.status, before.amount_fen) != (after.status, after.amount_fen):
            found.append(ChangedCase(case.name, before, after))
    return found


@transaction.atomic
def put(*, text: str, reason: str, today: date, at: datetime, by: User) -> Proposal:
    """The text put before a second person; it changes nothing until signed. `PolicyError` for a text that is wrong."""
    policy = checked(text).policy
    if not access.within(by, policy.division):
        raise numbering.NotSigned(_("This text is for a division that you do not work for."))
    if policy.started_on <= today:
        raise numbering.NotSigned(
            _("A text holds from a day to come, because what was decided stands. Change started_on.")
        )
    if not reason.strip():
        raise numbering.NotSigned(_("Say on what the text rests, for example the number of the resolution."))
    kept = Proposal.objects.create(
        division=policy.division, values={}, policy=policy.name, text=text, effective_on=policy.started_on,
        reason=reason.strip(), by=by, at=at,
    )  # fmt: skip
    details = {"policy": policy.name, "from": str(policy.started_on)}
    audit.write(by=by, action="proposes", kind="policy", object_id=kept.pk, at=at, details=details)
    return kept


def text_of(policy: Policy) -> str:
    """The text that a version of a policy was read from."""
    found = re.fullmatch(r"signed/(\d+)\.yaml", policy.file)
    if found:
        return Proposal.objects.get(pk=int(found[1])).text
    return (Path(settings.HUIMIN_POLICIES) / policy.file).read_text(encoding="utf-8-sig")


def begun(policy: Policy, division: str, today: date) -> str:
    """The text to begin a new version with; for a place inside the policy's own, one that stands in for it there."""
    text = _with(text_of(policy), "in_force", f"in_force: {{started_on: {today + NOTICE}}}\n")
    own = prefix(division)
    if not own or own == prefix(policy.division) or not encloses(policy.division, division):
        return text
    for key in LEFT_OUT:
        text = _with(text, key, "")
    head = f'name: {policy.name}_{own}\ndivision: "{division}"\ninstead_of: [{policy.name}]\n'
    return _with(text, "name", head)


def _with(text: str, key: str, block: str) -> str:
    """The text with what stands under a key at its outermost level replaced."""
    return re.sub(rf"^{key}:.*\n(?:[ \t-].*\n|\n)*", lambda _found: block, text, count=1, flags=re.MULTILINE)
