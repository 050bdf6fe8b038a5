"""What the guards of public money say, word for word: one that is still there and awake may have been given another body.

The database is asked for the text of each guard; its digest is kept in `guards.txt`, which `make guards` writes from what
the migrations make. It stands with the program and not in the database, where one hand could alter both.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

KEPT = Path(__file__).with_name("guards.txt")

# A trigger with the function that it calls, a function that those call, a constraint, an index that lets a value stand once.
# Bodies are stored as they were written, and PostgreSQL 15 and 18 tell constraints and triggers in the same words.
TEXTS = """
select held.tgrelid::regclass::text as relation, held.tgname::text as guard,
       concat_ws('|', regexp_replace(pg_get_triggerdef(held.oid, true), {casts}, '', 'g'), called.prosrc, language.lanname, called.prosecdef, called.proconfig) as said
from pg_trigger held join pg_proc called on called.oid = held.tgfoid join pg_language language on language.oid = called.prolang
where not held.tgisinternal and held.tgrelid in ({tables})
union all
select 'function', called.oid::regprocedure::text,
       concat_ws('|', called.prosrc, language.lanname, called.provolatile, called.prosecdef, called.proconfig)
from pg_proc called join pg_language language on language.oid = called.prolang
where called.prorettype <> 'trigger'::regtype and called.proname ~ '^(funds|huimin)_'
  and called.pronamespace = (select relnamespace from pg_class where oid = to_regclass('funds_transfer'))
union all
select held.conrelid::regclass::text, held.conname::text, regexp_replace(pg_get_constraintdef(held.oid, true), {casts}, '', 'g')
from pg_constraint held where held.contype in ('c', 'u', 'f', 'x') and held.conrelid in ({tables})
union all
select held.indrelid::regclass::text, held.indexrelid::regclass::text, regexp_replace(pg_get_indexdef(held.indexrelid, 0, true), {casts}, '', 'g')
from pg_index held where held.indisunique and not held.indisprimary and held.indrelid in ({tables})
  and not exists (select from pg_constraint made where made.conindid = held.indexrelid)
"""
# A database that was dumped and filled again tells the same constraint with its casts in other places.
CASTS = "'::(character varying|[a-z_]+)(\\([0-9]+\\))?(\\[\\])?'"
DIGESTS = """
select relation, guard, left(encode(sha256(convert_to(said, 'UTF8')), 'hex'), 16) as digest from ({texts}) told
"""
# Also what nobody of ours put there: a trigger or rule can undo what another guards, and a setting puts all of them to sleep.
ALTERED = """
select kept.relation, kept.guard || case when held.guard is null then ' is gone' else ' is altered' end
from (values {kept}) kept (relation, guard, digest)
left join ({digests}) held on held.relation = kept.relation and held.guard = kept.guard
where held.digest is distinct from kept.digest and (held.guard is not null or kept.relation = 'function')
union all
select held.tgrelid::regclass::text, held.tgname || ' is not ours' from pg_trigger held
where not held.tgisinternal and held.tgrelid in ({tables}) and not exists (
    select from (values {kept}) kept (relation, guard, digest)
    where to_regclass(kept.relation) = held.tgrelid and kept.guard = held.tgname)
union all
select rule.ev_class::regclass::text, rule.rulename || ' is not ours' from pg_rewrite rule where rule.ev_class in ({tables})
union all
select 'session_replication_role', current_setting('session_replication_role')
where current_setting('session_replication_role') <> 'origin'
union all
select 'session_replication_role', split_part(setting, '=', 2) from pg_db_role_setting, unnest(setconfig) setting
where setting like 'session_replication_role=%' and setting <> 'session_replication_role=origin'
"""


def altered(tables: Iterable[str]) -> str:
    """A statement that gives what guards these tables and is not as this release made it."""
    return ALTERED.format(kept=_kept(), digests=digests(tables), tables=_regclasses(tables))


def digests(tables: Iterable[str]) -> str:
    """A statement that gives each guard of these tables with its table and the digest of what it says."""
    return DIGESTS.format(texts=TEXTS.format(tables=_regclasses(tables), casts=CASTS))


def write(rows: Iterable[tuple[str, str, str]]) -> str:
    """The kept file, from rows of table, guard and digest."""
    return "".join(f"{' '.join(row)}\n" for row in sorted(rows))


@cache
def _kept() -> str:
    rows = []
    for line in KEPT.read_text(encoding="utf-8").splitlines():
        relation, _, rest = line.partition(" ")
        guard, _, digest = rest.rpartition(" ")
        rows.append(f"('{relation}', '{guard}', '{digest}')")
    return ", ".join(rows)


def _regclasses(tables: Iterable[str]) -> str:
    return ", ".join(f"to_regclass('{table}')" for table in sorted(set(tables)))
