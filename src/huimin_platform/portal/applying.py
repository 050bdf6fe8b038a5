"""The sheet of an application: filled with what the departments have sent; only what is missing is asked."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huimin import rules
from huimin.cases.process import LEVEL_WORDS
from huimin_platform.cases import applying as cases
from huimin_platform.cases.models import Application
from huimin_platform.intake import queries as intake
from huimin_platform.matching.fact_form import AskForm
from huimin_platform.matching.stating import Said
from huimin_platform.portal import asking, policies, policybook, told
from huimin_platform.portal.asking import Sitting
from huimin_platform.registry import tables
from huimin_platform.supply.queries import department_name


class ApplyForm(forms.Form):
    """The last words of an application. `key` is made when the form opens; sending it twice opens one case."""

    key = forms.UUIDField(
        widget=forms.HiddenInput,
        initial=uuid4,
        error_messages={"invalid": gettext_lazy("Load the page again, then apply.")},
    )
    true = forms.BooleanField(
        label=gettext_lazy("What I stated is true. The office may check it."),
        error_messages={"required": gettext_lazy("Say that what you stated is true, then apply.")},
    )


@dataclass(frozen=True)
class Choice:
    """A policy that can be applied for: what it says today, the case that covers it already, and the roll that the
    household stands on already.
    """

    policy: str
    title: str
    status: str
    amount_fen: int | None
    per: str
    reasons: list[dict[str, str]]
    case: Any = None
    received: Any = None
    chosen: bool = False


@dataclass(frozen=True)
class Ask:
    """One thing that no department has sent: the question and its fields."""

    fact: str
    question: str
    form: AskForm


@dataclass(frozen=True)
class Sheet:
    """The form of an application as it stands. `whole`: every question was shown, and every answer can be read."""

    found: Sitting
    chosen: list[Choice]
    asks: list[Ask]
    known: list[asking.Line]
    stated: list[asking.Line]

    @property
    def whole(self) -> bool:
        """Whether it can be sent."""
        return all(each.form.is_bound and each.form.is_valid() for each in self.asks)

    @property
    def said(self) -> dict[Said, str]:
        """What is stated of the facts that the policies chosen rest on."""
        book = tables.book()
        facts = {key for each in self.chosen for key in book.policy(each.policy, self.found.today).facts}
        return {said: value for said, value in self.found.told.answers.items() if said[0] in facts}


def choices(found: Sitting, chosen: list[str]) -> list[Choice]:
    """Every policy in force where the household lives: those that say yes first."""
    covered = cases.covered(found.household_id)
    received = cases.received(found.household_id, found.today)
    return [
        Choice(
            each["policy"], each["title"], each["status"], each["amount_fen"], each["per"], each["reasons"],
            covered[each["policy"]].case if each["policy"] in covered else None, received.get(each["policy"]),
            each["policy"] in chosen,
        )
        for each in asking.answers(found)
    ]  # fmt: skip


def sheet(found: Sitting, chosen: list[Choice], data: QueryDict | None = None) -> Sheet:
    """The form for these policies. An answer may lead to another question; then the form is shown again with it."""
    names = [each.policy for each in chosen]
    stated = _stated(found, names)
    shown = set(data.getlist("asked")) if data is not None else set()
    asks: dict[str, Ask] = {}
    while new := [each for each in asking.inquiries(found, *names) if each.fact not in asks]:
        for inquiry in new:
            ask = _ask(found, inquiry, data if inquiry.fact in shown else None)
            asks[inquiry.fact] = ask
            found = _answered(found, ask)
        if not all(asks[each.fact].form.is_bound for each in new):
            break
    days = {file.dataset: timezone.localdate(file.delivery.received_at) for file in intake.current_files()}
    return Sheet(found, chosen, list(asks.values()), asking.known_lines(found, names, days), stated)


def next_steps(application: Application) -> list[dict[str, Any]]:
    """What happens with an application: each step of its policies, who does it and by when."""
    wanted = set(application.policies)
    return [
        {
            "step": step,
            "who": f"{department_name(step.department)} · {LEVEL_WORDS[step.level].say(policybook.language())}",
            "titles": [policies.title(name) for name in step.policies if name in wanted],
        }
        for step in application.case.steps.all()
        if not step.policies or wanted & set(step.policies)
    ]


def lines(application: Application, today: date) -> list[asking.Line]:
    """What was stated with an application, in words."""
    found = asking.sitting_of(application.person_id, told.Told(cases.stated(application)), today)
    return _stated(found, application.policies) if found else []


def _ask(found: Sitting, inquiry: rules.Inquiry, data: QueryDict | None) -> Ask:
    fact, language = tables.book().facts[inquiry.fact], policybook.language()
    names = asking.people(found) if fact.level == "person" else {}
    labels: dict[int | None, str] = (
        {place: names[found.known.persons[place]] for place in inquiry.members}
        if fact.level == "person"
        else {None: fact.title.say(language)}
    )
    question = fact.question.say(language) if fact.question else fact.title.say(language)
    return Ask(fact.key, question, AskForm(fact, labels, data, among_others=True))


def _answered(found: Sitting, ask: Ask) -> Sitting:
    """The sitting with the answer; what cannot be is told at the question."""
    if not ask.form.is_bound or not ask.form.is_valid():
        return found
    try:
        return asking.having(found, ask.fact, ask.form.values())
    except rules.PolicyError:
        ask.form.add_error(None, _("This cannot be. Check what you wrote."))
        return found


def _stated(found: Sitting, names: list[str]) -> list[asking.Line]:
    facts = {key for name in names for key in tables.book().policy(name, found.today).facts}
    return [line for line in asking.told_lines(found) if line.fact in facts]
