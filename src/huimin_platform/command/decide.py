"""huimin decide: an officer's decision on a case."""

from enum import StrEnum
from typing import Annotated

import typer

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _


class Outcome(StrEnum):
    """What an officer can decide."""

    APPROVE = "approve"
    RETURN = "return"
    REFUSE = "refuse"


def decide(
    case: Annotated[str, typer.Argument(help=_("Number of the case."))],
    what: Annotated[str, typer.Argument(metavar="OUTCOME", help=_("approve, return or refuse."))],
    by: Annotated[str, typer.Option(help=_("The officer who decides."))],
    reason: Annotated[str, typer.Option(help=_("Why; needed to return or refuse."))] = "",
) -> None:
    """Records the decision as the officer's, if the officer may decide this case."""
    outcome = session.chosen(Outcome, what)
    if outcome is not Outcome.APPROVE and not reason.strip():
        session.fail(_("Say why with --reason: the applicant will read it."))
    with session.opened():
        from huimin_platform.base import access, clock
        from huimin_platform.cases import actions
        from huimin_platform.cases.models import Case

        officer = session.actor(by)
        found = access.scope(officer, Case.objects.all()).filter(number=case).first()
        if found is None:
            words = _("There is no case %(number)s in the division of %(officer)s.")
            session.fail(words % {"number": case, "officer": by})
        verdict = access.allow(officer, "decides", "case", division=found.division)
        if not verdict:
            raise access.NotAllowed(verdict.reasons)
        actions.decide(case=found, outcome=outcome.value, reason=reason, at=clock.now(), by=officer)
        found.refresh_from_db()
    session.answer(
        {"case": case, "state": found.state},
        lambda: print(_("Case %(number)s is %(state)s.") % {"number": case, "state": found.state}),
    )
