"""huimin explain: why a household is entitled to a policy, or why it is not."""

from typing import Annotated, Any

import typer

from huimin_platform.command import session
from huimin_platform.command.words import LANGUAGE
from huimin_platform.command.words import gettext as _


def explain(
    who: Annotated[
        str,
        typer.Argument(
            metavar="PERSON|HOUSEHOLD",
            help=_("A household (H12), a person (P34), a number of one, or a national id."),
        ),
    ],
    policy: Annotated[
        str, typer.Argument(metavar="POLICY", help=_("A policy, such as subsistence_allowance."))
    ],
    as_of: Annotated[
        str, typer.Option(help=_("A day or a moment, such as 2026-07-01: what was known at its end."))
    ] = "",
) -> None:
    """Prints the answer and each condition with its values, reason and clause."""
    with session.opened():
        from huimin_platform.base import audit
        from huimin_platform.matching import queries

        household = household_of(who)
        until = session.moment(as_of) if as_of else None
        answer = queries.explain(household_id=household, policy=policy, as_of=until)
        if answer is None:
            known_policy(policy)
            words = _(
                "There is no answer for household %(household)s and policy %(policy)s. "
                "Run huimin advance first."
            )
            session.fail(words % {"household": household, "policy": policy}, session.PROBLEMS)
        details = {"policy": policy, "as_of": until and until.isoformat()}
        audit.write(by=audit.SYSTEM, action="opens", kind="household", object_id=household, details=details)
        session.answer(answer, lambda: show(answer))


def household_of(who: str) -> int:
    """The number of the household meant."""
    from huimin_platform.registry import queries

    text = who.strip().upper()
    kind, number = (text[0], text[1:]) if text[:1] in ("H", "P") else ("", text)
    if len(number) in (15, 18):
        return household_of_person(person_with_id(number), who)
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        session.fail(NOBODY % {"who": who})
    if kind != "P" and queries.households().filter(pk=int(number)).exists():
        return int(number)
    if kind != "H" and queries.persons().filter(pk=int(number)).exists():
        return household_of_person(int(number), who)
    return session.fail(NOBODY % {"who": who})


def known_policy(name: str) -> None:
    """Ends with the list of policies where this is none of them."""
    from huimin_platform.registry import tables

    names = tables.book().names
    if name not in names:
        words = _("%(text)s is not one of %(choices)s.")
        session.fail(words % {"text": name, "choices": ", ".join(names)})


NOBODY = _("There is no person or household %(who)s.")


def person_with_id(text: str) -> int | None:
    """The person with this national id, found by its blind index."""
    from huimin.units import national_id
    from huimin_platform.base import secrets
    from huimin_platform.registry import queries

    number = national_id.clean(text)
    number = national_id.upgrade15(number) if len(number) == 15 else number
    found = queries.persons().filter(
        national_id_index=secrets.blind_index(number, "national_id"), merged_into=None
    )
    return found.values_list("pk", flat=True).first()


def household_of_person(person: int | None, who: str) -> int:
    """The household a person lives in now."""
    from huimin_platform.registry import queries

    membership = queries.membership_of(person) if person else None
    return membership.household_id if membership else session.fail(NOBODY % {"who": who})


STATUS = {"entitled": _("entitled"), "not_entitled": _("not entitled"), "unknown": _("to be verified")}
MARKS = {"met": "✓", "not_met": "✗", "unknown": "?"}


def show(answer: dict[str, Any]) -> None:
    """Prints the explanation as a tree: mark, condition, values, clause, what would change it."""
    from huimin.rules import for_page
    from huimin.units.money import format_yuan

    key = "zh" if LANGUAGE.startswith("zh") else "en"
    print(f"{answer['title'][key]}: {STATUS[answer['status']]}", end="")
    print(f", {format_yuan(answer['amount_fen'])} {_('yuan')}" if answer["amount_fen"] else "")
    print(_("Run %(run)s, as of %(on)s.") % {"run": answer["run"], "on": answer["on"]})
    if answer["forgotten"]:
        print(_("What it rested on was put right since; only the answer itself is kept."))
    for node in for_page(answer, LANGUAGE):
        show_node(node, "  ")
    if answer["to_verify"]:
        print(_("To be verified:"), "; ".join(each[key] for each in answer["to_verify"]))


def show_node(node: dict[str, Any], indent: str) -> None:
    """Prints a condition and those below it."""
    values = ", ".join(f"{name} {value}" for name, value in node["values"])
    print(f"{indent}{MARKS[node['status']]} {node['words']}")
    for words in (values, node["clause"], node["change"], node["missing"]):
        if words:
            print(f"{indent}  {words}")
    for child in node["children"]:
        show_node(child, indent + "    ")
