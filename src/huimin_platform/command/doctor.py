"""huimin doctor: is this installation well, and what to do where it is not."""

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from huimin_platform.command import session
from huimin_platform.command.words import LANGUAGE
from huimin_platform.command.words import gettext as _

WELL, CARE, ILL = "well", "care", "ill"


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    name: str
    state: str
    words: str


def doctor(
    audit: Annotated[
        bool, typer.Option("--audit", help=_("Verify the whole audit log against its seals."))
    ] = False,
    against: Annotated[
        str,
        typer.Option(help=_("A checkpoint NUMBER:DIGEST noted earlier, to verify the audit log against.")),
    ] = "",
    dump: Annotated[Path | None, typer.Option(help=_("Write the whole database to a file."))] = None,
    restore: Annotated[Path | None, typer.Option(help=_("Fill an empty database from such a file."))] = None,
) -> None:
    """Looks at everything; exit code 3 when something is ill."""
    if restore is not None:
        from huimin_platform.command import dump as dumping

        dumping.restore(restore)
    with session.opened(migrate=restore is None):
        if dump is not None:
            from huimin_platform.command import dump as dumping

            dumping.dump(dump)
        found = list(findings())
        if audit or against:
            found.append(audit_log(against))
    session.answer({"findings": [asdict(one) for one in found]}, lambda: show(found))
    if any(one.state == ILL for one in found):
        raise typer.Exit(session.ENVIRONMENT)


def findings() -> Iterator[Finding]:
    """Everything looked at, one after the other."""
    for look in LOOKS:
        yield look()


def python() -> Finding:
    """The Python that runs us."""
    return Finding("python", WELL, ".".join(map(str, sys.version_info[:3])))


def home() -> Finding:
    """The home folder and the room left on its disk."""
    from django.conf import settings

    free_gb = shutil.disk_usage(settings.HUIMIN_HOME).free / 1e9
    words = _("%(home)s, %(free).1f GB free") % {"home": settings.HUIMIN_HOME, "free": free_gb}
    return Finding("home", WELL if free_gb > 5 else CARE if free_gb > 1 else ILL, words)


def database() -> Finding:
    """The server, its version and size."""
    from django.db import connection

    from huimin_platform import database as server

    with connection.cursor() as cursor:
        cursor.execute(
            "select current_setting('server_version'), current_setting('fsync'),"
            " pg_database_size(current_database())"
        )
        version, fsync, size = cursor.fetchone()
    where = _("server of DATABASE_URL") if server.external() else _("embedded server")
    words = _("PostgreSQL %(version)s, %(where)s, %(size).0f MB") % {
        "version": version,
        "where": where,
        "size": size / 1e6,
    }
    if fsync != "on":
        return Finding(
            "database",
            ILL,
            words + ". " + _("fsync is off: a power failure can destroy the data. Switch it on."),
        )
    if not 15 <= int(version.split(".")[0]) <= 18:
        return Finding("database", CARE, words + ". " + _("Huimin is tested with PostgreSQL 15 to 18."))
    return Finding("database", WELL, words)


def tables() -> Finding:
    """Whether the tables have the shape of this release."""
    from huimin_platform.base import schema

    if missing := schema.missing():
        return Finding(
            "tables",
            CARE,
            _("%(count)s migrations wait. Any other command runs them.") % {"count": len(missing)},
        )
    if unknown := schema.unknown():
        words = _("A later release was here: %(names)s. Use that release, or restore a dump made before it.")
        return Finding(
            "tables", ILL, words % {"names": ", ".join(sorted(f"{a}.{n}" for a, n in unknown)[:5])}
        )
    return Finding("tables", WELL, _("in the shape of this release"))


def money_guards() -> Finding:
    """Whether what the database holds of public money is awake and says what this release made it say."""
    from django.db import connection

    from huimin_platform.base import schema
    from huimin_platform.funds import guards

    if schema.missing() or schema.unknown():
        return Finding("guards", CARE, _("Looked at when the tables have the shape of this release."))
    with connection.cursor() as cursor:
        cursor.execute(guards.missing())
        wrong = [" ".join(row) for row in cursor.fetchall()]
    if not wrong:
        return Finding(
            "guards", WELL, _("the guards of public money are awake and as this release made them")
        )
    words = _(
        "Guards of public money are gone, asleep or altered: %(names)s. Stop paying, find out who did it, and"
        " restore the database from before."
    )
    more = [_("and %(count)s more") % {"count": len(wrong) - 5}] if len(wrong) > 5 else []
    return Finding("guards", ILL, words % {"names": "; ".join([*wrong[:5], *more])})


def key_files() -> Finding:
    """Where the keys are, who may read them, and whether they open this database."""
    from django.conf import settings

    from huimin_platform.base import keys
    from huimin_platform.base.models import DataKey

    folder: Path = settings.HUIMIN_HOME / "keys"
    loose = [path.name for path in folder.glob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if loose:
        return Finding(
            "keys",
            ILL,
            _("Others can read %(names)s in %(folder)s. Run chmod 600 on them.")
            % {"names": ", ".join(loose), "folder": folder},
        )
    first = DataKey.objects.order_by("id").first()
    if first is not None:
        try:
            keys.key_by_id(first.pk)
        except keys.WrongMasterKey:
            return Finding(
                "keys",
                ILL,
                _("The master key does not open this database. Bring back the one it was made with."),
            )
    if settings.HUIMIN.master_key:
        return Finding("keys", WELL, _("the master key comes from HUIMIN_MASTER_KEY"))
    words = _(
        "The master key is in %(folder)s. Without it sealed values are lost: keep a copy on another machine."
    )
    return Finding("keys", CARE, words % {"folder": folder})


def lake() -> Finding:
    """Whether the lake can be written to and read from."""
    from django.conf import settings

    from huimin_platform.base import lake as files

    name = f"doctor/{os.getpid()}"
    try:
        files.put_bytes(name, b"well")
        well = files.get_bytes(name) == b"well"
        files.delete(name)
    except OSError as problem:
        return Finding("lake", ILL, f"{settings.HUIMIN_LAKE}: {problem}")
    return Finding("lake", WELL if well else ILL, str(settings.HUIMIN_LAKE))


def policies() -> Finding:
    """Whether every policy loads, those that were signed here too."""
    from django.conf import settings

    from huimin import rules
    from huimin_platform.registry import numbering, tables

    try:
        book = tables.book()
    except rules.PolicyError as problem:
        return Finding("policies", ILL, problem.say(LANGUAGE))
    if aside := tables.set_aside():
        words = _("%(names)s set aside, the other policies go on: %(problems)s Write the text anew.")
        problems = " ".join(problem.say(LANGUAGE) for problem in aside.values())
        return Finding("policies", ILL, words % {"names": ", ".join(aside), "problems": problems})
    if numbers := numbering.set_aside():
        words = _("Signed numbers set aside, those before them hold: %(problems)s Propose them anew.")
        problems = " ".join(problem.say(LANGUAGE) for each in numbers for problem in each.problems)
        return Finding("policies", ILL, words % {"problems": problems})
    if not book.names:
        return Finding("policies", ILL, _("no policy in %(folder)s") % {"folder": settings.HUIMIN_POLICIES})
    return Finding("policies", WELL, ", ".join(book.names))


def contracts() -> Finding:
    """Whether every contract of this place can be used, and whether files wait for a contract that was taken away."""
    from huimin.tables.document import DocumentError
    from huimin_platform.intake import contracts as own
    from huimin_platform.intake.models import DeliveryFile

    try:
        known = own.contracts()
    except DocumentError as problem:
        return Finding("contracts", ILL, problem.say(LANGUAGE))
    gone = set(
        DeliveryFile.objects.filter(current=True).exclude(dataset__in=known).values_list("dataset", flat=True)
    )
    if gone:
        words = _("no contract for %(names)s, so the files of it do not count: put it back into %(folder)s")
        return Finding("contracts", ILL, words % {"names": ", ".join(sorted(gone)), "folder": own.folder()})
    return Finding("contracts", WELL, _("%(count)s data sets") % {"count": len(known)})


def calendar() -> Finding:
    """Whether the holidays are known of the days that deadlines reach."""
    from huimin.units import workdays
    from huimin_platform.base import clock

    last = workdays.calendar_ends(clock.today())
    if last is None:
        return Finding(
            "calendar", WELL, _("holidays known up to %(year)s") % {"year": workdays.KNOWN_YEARS[-1]}
        )
    words = _(
        "Holidays are known up to %(year)s. Deadlines after that count Monday to Friday; install the release with the new calendar."
    )
    return Finding("calendar", CARE, words % {"year": last})


def jobs() -> Finding:
    """Whether jobs wait or failed."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) filter (where status = 'todo'"
            " and (scheduled_at is null or scheduled_at < now() - interval '10 minutes')),"
            " count(*) filter (where status = 'failed') from procrastinate_jobs"
        )
        waiting, failed = cursor.fetchone()
    words = _("%(waiting)s waiting, %(failed)s failed") % {"waiting": waiting, "failed": failed}
    return Finding("jobs", CARE if failed else WELL, words)


def open_network() -> Finding:
    """What this release does not have yet."""
    words = _(
        "Sign-in has no second factor yet and the tables no row-level security: "
        "not for real personal data on an open network."
    )
    return Finding("sign-in", CARE, words)


def audit_log(against: str) -> Finding:
    """The audit log against its seals, and against a checkpoint noted outside."""
    from huimin_platform.base import sealer

    checkpoint = None
    if against:
        number, found, digest = against.partition(":")
        if not found or not number.isdigit():
            session.fail(_("A checkpoint looks like 12:9f86d0…, a number, a colon and a digest."))
        checkpoint = (int(number), digest)
    sealer.seal_new()
    verdict = sealer.verify(checkpoint)
    if verdict.fault:
        return Finding("audit", ILL, f"{verdict.fault}: {verdict.record}")
    latest = sealer.checkpoint()
    words = _("%(lines)s lines under %(seals)s seals are whole") % {
        "lines": verdict.lines,
        "seals": verdict.seals,
    }
    return Finding("audit", WELL, words + (f"; {latest[0]}:{latest[1]}" if latest else ""))


LOOKS: tuple[Callable[[], Finding], ...] = (
    python, home, database, tables, money_guards, key_files, lake, policies, contracts, calendar, jobs,
    open_network,
)  # fmt: skip


def show(found: list[Finding]) -> None:
    """Prints a line a finding."""
    marks = {WELL: _("well"), CARE: _("take care"), ILL: _("act")}
    session.table("", [_("What"), _("State"), ""], [[one.name, marks[one.state], one.words] for one in found])
