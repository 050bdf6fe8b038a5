"""Questions and writes whose SQL is put together once: what differs from one time to the next are the values.

Django puts a statement together anew each time, which costs more than asking the database. What an act asks on its
way is a queryset here as anywhere, made once with a place for each value:

    @prepared
    def of_batch(batch: Any) -> QuerySet[Payment]:
        return Payment.objects.select_for_update().filter(batch=batch).order_by("pk")

    of_batch.rows(batch.pk)
"""

import functools
import inspect
import operator
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection, transaction
from django.db.models import AutoField, BooleanField, Expression, F, Func, Model, QuerySet
from django.db.models.query import FlatValuesListIterable, ModelIterable, get_related_populators
from django.db.models.sql.subqueries import UpdateQuery

Row = TypeVar("Row")
SomeModel = TypeVar("SomeModel", bound=Model)
Statement = tuple[str, list[Any]]


class Given(Expression):
    """The place of a value that is given when the question is asked. `into`: the field that it is written to."""

    def __init__(self, position: int, into: Any = None) -> None:
        super().__init__()
        self.position, self.into = position, into

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """A place, and itself as what will be put there."""
        return "%s", (self,)

    def of(self, given: Sequence[Any]) -> Any:
        """What stands in this place this time."""
        value = given[self.position]
        return value if self.into is None else self.into.get_db_prep_save(value, connection)


def is_any(column: str, values: Any) -> Func:
    """Whether a column is one of the values of a list: one statement for lists of any length."""
    return Func(
        F(column), values, template="%(expressions)s)", arg_joiner=" = any(", output_field=BooleanField()
    )


def is_like(column: str, pattern: Any) -> Func:
    """Whether a column is like a pattern that the code has made."""
    return Func(
        F(column), pattern, template="%(expressions)s", arg_joiner=" like ", output_field=BooleanField()
    )


class Prepared(Generic[Row]):
    """A question of which the statement is kept. Values are those of columns: the key of a row, not the row."""

    def __init__(self, build: Callable[..., QuerySet[Any, Row]]) -> None:
        self.build = build
        self.changes: dict[tuple[str, ...], Statement] = {}
        functools.update_wrapper(self, build)

    def rows(self, *given: Any) -> list[Row]:
        """All there are, as the queryset would give them."""
        return self._all.rows(given)

    def first(self, *given: Any) -> Row | None:
        """The first; None where there is none."""
        found = self._one.rows(given)
        return found[0] if found else None

    def exists(self, *given: Any) -> bool:
        """Whether there is one."""
        return bool(_asked(self._any, given))

    def count(self, *given: Any) -> int:
        """How many there are."""
        [[number]] = _asked(self._number, given)
        return number

    def update(self, *given: Any, **values: Any) -> int:
        """The number of rows that have these values now."""
        names = tuple(values)
        if names not in self.changes:
            self.changes[names] = self._change(names)
        return _changed(self.changes[names], (*given, *values.values()))

    @cached_property
    def _queryset(self) -> QuerySet[Any, Row]:
        return self.build(*map(Given, range(self._places)))

    @cached_property
    def _places(self) -> int:
        return len(inspect.signature(self.build).parameters)

    @cached_property
    def _all(self) -> "_Reading":
        return _Reading(self._queryset)

    @cached_property
    def _one(self) -> "_Reading":
        found = self._queryset
        return _Reading((found if found.ordered else found.order_by("pk"))[:1])

    @cached_property
    def _any(self) -> Statement:
        return _statement(self._queryset.query.exists())

    @cached_property
    def _number(self) -> Statement:
        sql, parameters = _statement(self._queryset.order_by().values("pk").query)
        return f"select count(*) from ({sql}) counted", parameters  # noqa: S608 - Django's own

    def _change(self, names: tuple[str, ...]) -> Statement:
        query = self._queryset.order_by().query.chain(UpdateQuery)
        model = self._queryset.model
        query.add_update_values(
            {name: Given(self._places + at, model._meta.get_field(name)) for at, name in enumerate(names)}
        )
        return _statement(query)


def prepared(build: Callable[..., QuerySet[Any, Row]]) -> Prepared[Row]:
    """A question, made of a function that gives its queryset; each argument is the place of a value."""
    return Prepared(build)


def add(row: SomeModel) -> SomeModel:
    """The row, which is in the database now and has its key."""
    sql, fields = _insert(type(row))
    [[key]] = _asked(
        (sql, [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]), ()
    )
    _is_stored(row, key)
    return row


def add_many(rows: Sequence[SomeModel], *, unless_known: bool = False) -> Sequence[SomeModel]:
    """The rows, which are in the database now; they have their keys unless those known already are left out."""
    if not rows:
        return rows
    sql, fields = _insert_many(type(rows[0]), unless_known)
    columns = [
        [field.get_db_prep_save(field.pre_save(row, True), connection) for row in rows] for field in fields
    ]
    if unless_known:
        _changed((sql, columns), ())
        return rows
    for row, [key] in zip(rows, _asked((sql, columns), ()), strict=True):
        _is_stored(row, key)
    return rows


class _Reading:
    """How the rows of a queryset are asked for and made."""

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        assert not queryset._prefetch_related_lookups, "what is fetched beforehand is not prepared"
        compiler = queryset.query.get_compiler(connection=connection)
        self.statement = _parts(*compiler.as_sql())
        self.locks = queryset.query.select_for_update
        self.converters = compiler.get_converters([each[0] for each in compiler.select])
        self.convert = compiler.apply_converters
        self.make = _maker(queryset, compiler)

    def rows(self, given: Sequence[Any]) -> list[Any]:
        """The rows as the queryset would give them."""
        if self.locks and connection.get_autocommit():
            raise transaction.TransactionManagementError("Rows are locked inside a transaction alone.")
        found: Iterable[Sequence[Any]] = _asked(self.statement, given)
        if self.converters:
            found = self.convert(found, self.converters)
        return [self.make(row) for row in found]


def _maker(queryset: QuerySet[Any, Any], compiler: Any) -> Callable[[Sequence[Any]], Any]:
    """What makes of a row of the database what the queryset gives."""
    if queryset._iterable_class is FlatValuesListIterable:
        return operator.itemgetter(0)
    if queryset._iterable_class is not ModelIterable:
        return tuple
    assert not compiler.annotation_col_map, "annotations are not prepared"
    model, fields = compiler.klass_info["model"], compiler.klass_info["select_fields"]
    first, end = fields[0], fields[-1] + 1
    names = [each[0].target.attname for each in compiler.select[first:end]]
    populators = get_related_populators(compiler.klass_info, compiler.select, connection.alias)

    def make(row: Sequence[Any]) -> Any:
        made = model.from_db(connection.alias, names, row[first:end])
        for each in populators:
            each.populate(row, made)
        return made

    return make


@functools.cache
def _insert(model: type[Model]) -> tuple[str, list[Any]]:
    fields = _own_fields(model)
    marks = ", ".join(["%s"] * len(fields))
    return f"{_into(model, fields)} values ({marks}) {_returning(model)}", fields


@functools.cache
def _insert_many(model: type[Model], unless_known: bool) -> tuple[str, list[Any]]:
    fields = _own_fields(model)
    # Without its length, so that what is too long is refused and not cut.
    types = [str(field.db_type(connection)).partition("(")[0] for field in fields]
    marks = ", ".join(f"%s::{name}[]" for name in types)
    end = "on conflict do nothing" if unless_known else _returning(model)
    return f"{_into(model, fields)} select * from unnest({marks}) {end}", fields  # noqa: S608 - names of our own tables and columns


def _own_fields(model: type[Model]) -> list[Any]:
    """The fields whose values the code gives, not the database."""
    fields = [field for field in model._meta.local_concrete_fields if not isinstance(field, AutoField)]
    assert not any(field.has_db_default() for field in fields), "a default of the database is not prepared"
    return fields


def _into(model: type[Model], fields: Sequence[Any]) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    return f"insert into {quote(model._meta.db_table)} ({columns})"


def _returning(model: type[Model]) -> str:
    return f"returning {connection.ops.quote_name(model._meta.pk.column)}"


def _is_stored(row: Model, key: Any) -> None:
    row.pk = key
    row._state.adding, row._state.db = False, connection.alias


def _statement(query: Any) -> Statement:
    return _parts(*query.get_compiler(connection=connection).as_sql())


def _parts(sql: str, parameters: Iterable[Any]) -> Statement:
    return sql, list(parameters)


def _values(statement: Statement, given: Sequence[Any]) -> list[Any]:
    return [each.of(given) if isinstance(each, Given) else each for each in statement[1]]


def _asked(statement: Statement, given: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement[0], _values(statement, given))
        return cursor.fetchall()


def _changed(statement: Statement, given: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement[0], _values(statement, given))
        return cursor.rowcount
