"""huimin user: who can sign in."""

import secrets
import sys
from typing import Annotated, Any

import typer

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _

app = typer.Typer(help=_("Who can sign in."), no_args_is_help=True, rich_markup_mode=None)
Password = Annotated[
    bool,
    typer.Option(
        "--password-stdin", help=_("Read the password from standard input; else one is made and shown.")
    ),
]


@app.command(help=_("Add a user."))
def add(
    username: str,
    role: Annotated[
        str,
        typer.Option(
            help="resident village township county steward finance auditor leader operator appraiser provider"
        ),
    ],
    name: Annotated[str, typer.Option(help=_("The name shown on pages."))] = "",
    division: Annotated[
        str, typer.Option(help=_("Division code of 2 to 12 digits the user works for."))
    ] = "",
    department: Annotated[
        str, typer.Option(help=_("Department code, such as civil_affairs; of a provider its credit code."))
    ] = "",
    person: Annotated[
        int | None, typer.Option(help=_("For a resident: the number of the person in the registry."))
    ] = None,
    password_stdin: Password = False,
) -> None:
    """Adds a user and says the password, once."""
    if role == "system":
        session.fail(_("A system has keys and no password: huimin api-key add."))
    with session.opened():
        from django.core.exceptions import ValidationError
        from django.db import transaction

        from huimin_platform.base import audit
        from huimin_platform.base.models import User

        password = read_password() if password_stdin else secrets.token_urlsafe(12)
        try:
            with transaction.atomic():
                user = User.objects.create_user(
                    username, password, role=role, name=name, department=department, person_id=person,
                    division=division.ljust(12, "0") if division else "",
                )  # fmt: skip
                audit.write(
                    by=audit.SYSTEM, action="adds", kind="user", object_id=user.pk, details={"role": role}
                )
        except ValidationError as wrong:
            session.fail("; ".join(wrong.messages))
    say_password(username, password, made=not password_stdin)


@app.command("list", help=_("List the users."))
def list_users() -> None:
    """Prints every user."""
    with session.opened():
        from huimin_platform.base.models import User

        fields = ("username", "name", "role", "division", "department", "is_active")
        users = list(User.objects.order_by("username").values(*fields))
    headings = [_("User"), _("Name"), _("Role"), _("Division"), _("Department"), _("Active")]
    session.answer(users, lambda: session.table("", headings, [[user[f] for f in fields] for user in users]))


@app.command(help=_("Give a user a new password."))
def password(username: str, password_stdin: Password = False) -> None:
    """Sets a new password and unlocks the account."""
    with session.opened():
        from axes.utils import reset
        from django.db import transaction

        from huimin_platform.base import audit

        user: Any = session.actor(username)
        if user.role == "system":
            session.fail(_("A system has keys and no password: huimin api-key add."))
        new = read_password() if password_stdin else secrets.token_urlsafe(12)
        with transaction.atomic():
            user.set_password(new)
            user.save(update_fields=["password"])
            audit.write(by=audit.SYSTEM, action="resets", kind="user", object_id=user.pk)
        reset(username=username)
    say_password(username, new, made=not password_stdin)


def read_password() -> str:
    """The first line of standard input."""
    text = sys.stdin.readline().rstrip("\n")
    if len(text) < 10:
        session.fail(_("The password needs at least 10 characters."))
    return text


def say_password(username: str, text: str, *, made: bool) -> None:
    """Shows a password that was made here."""
    shown = {"username": username} | ({"password": text} if made else {})
    words = _("User %(name)s, password %(password)s") if made else _("User %(name)s")
    session.answer(shown, lambda: print(words % {"name": username, "password": text}))
