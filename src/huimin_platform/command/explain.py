"""huimin explain: why a household is entitled to a policy, or why it is not."""

from typing import Annotated, Any

import typer

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _


def explain(
    who: Annotated[
        str,
        typer.Argument(
            help=_("Number of a household (H12), of a person (P34), or a national id."),
            metavar="PERSON|HOUSEHOLD",
        ),
    ],
    policy: Annotated[
        str, typer.Argument(help=_("Name of the policy, such as subsistence_allowance."), metavar="POLICY")
    ],
    by: Annotated[str, typer.Option(help=_("The user who looks; else the system."))] = "",
) -> None:
    """Prints the answer and each condition with its values, reason and clause."""
    with session.opened():
        from huimin_platform.base import audit
        from huimin_platform.matching import queries

        household = household_of(who)
        answer = queries.explain(household=household, policy=policy)
        if answer is None:
            session.fail(
                _(
                    "There is no answer yet for household %(household)s and policy %(policy)s. Run huimin advance first."
                )
                % {"household": household, "policy": policy},
                session.PROBLEMS,
            )
        audit.write(
            by=session.actor(by),
            action="opens",
            kind="household",
            object_id=household,
            details={"policy": policy},
        )
    session.answer(answer, lambda: show(answer))


def household_of(who: str) -> int:
    """The number of the household meant."""
    from huimin_platform.registry import queries as registry

    text = who.strip().upper()
    if text.startswith("H") and text[1:].isdigit():
        return int(text[1:])
    person = None
    if text.startswith("P") and text[1:].isdigit():
        person = int(text[1:])
    elif len(text) in (15, 18):
        person = registry.person_with_id(text)
    elif text.isdigit():
        return int(text) if registry.has_household(int(text)) else _household_of_person(int(text), who)
    if person is None:
        session.fail(_("There is no person or household %(who)s.") % {"who": who})
    return _household_of_person(person, who)


def _household_of_person(person: int, who: str) -> int:
    from huimin_platform.registry import queries as registry

    household = registry.household_of(person)
    if household is None:
        session.fail(_("There is no person or household %(who)s.") % {"who": who})
    return household


def show(answer: dict[str, Any]) -> None:
    """Prints the explanation as a tree."""
