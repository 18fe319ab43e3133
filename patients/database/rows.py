"""Many rows in one statement whose text does not change with their number.

PostgreSQL takes each column as one array, bound by the server to a prepared statement: it plans once, and nothing is
composed here (a row of the log cost 40–68 µs of our CPU as VALUES; 28 alone, 5–10 among many). SQLite takes VALUES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import connection

if TYPE_CHECKING:
    from psycopg import Cursor

Rows = Sequence[Sequence[Any]]

MOST_VALUES: Final = 20_000  # of one statement; SQLite accepts 32,766


class Number(NamedTuple):
    """A statement that gives one number, not asked yet."""

    sql: str
    params: Sequence[Any] = ()


def numbers(*asked: Number) -> list[int]:
    """What these give, with one statement for all."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(f'({one.sql})' for one in asked)}", [value for one in asked for value in one.params]
        )
        return [int(one) for one in cursor.fetchone()]


@lru_cache(maxsize=1024)
def places(count: int) -> str:
    """Places for so many values, parted by commas: what stands in `IN (…)`."""
    return ", ".join(["%s"] * count)


@contextmanager
def at_once() -> Iterator[None]:
    """Statements of the block that give nothing do not wait for each other: PostgreSQL answers all of them in one go.

    What is wrong with one of them is raised where something is read, at the latest at the end of the block.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def insert(
    table: str, columns: Mapping[str, str], rows: Rows, more: str = "", *, returning: str = ""
) -> list[tuple[Any, ...]]:
    """Insert rows into these columns (name → PostgreSQL's type) and give what `returning` names, column by column.

    `more` is what stands between: ON CONFLICT …
    """
    found: list[tuple[Any, ...]] = []
    names, types = tuple(columns), tuple(columns.values())
    most = MOST_VALUES // len(columns)
    more = f"{more} RETURNING {returning}" if returning else more
    for at in range(0, len(rows), most):
        part = rows[at : at + most]
        if connection.vendor == "postgresql" and len(part) > 1:
            found += _execute(_insert_arrays(table, names, types, more), _columns(types, part), gives=bool(returning))
        else:
            values = [value for row in part for value in row]
            found += _execute(_insert_values(table, names, len(part), more), values, gives=bool(returning))
    return found


def send(
    table: str, columns: Mapping[str, str], rows: Rows, more: str, *, returning: str
) -> Callable[[], list[tuple[Any, ...]]]:
    """`insert`, whose answer is asked for later: `at_once` does not wait for it. At most `MOST_VALUES` values."""
    names, types, more = tuple(columns), tuple(columns.values()), f"{more} RETURNING {returning}"
    arrays = connection.vendor == "postgresql" and len(rows) > 1
    sql = _insert_arrays(table, names, types, more) if arrays else _insert_values(table, names, len(rows), more)
    values = _columns(types, rows) if arrays else [value for row in rows for value in row]
    if connection.vendor != "postgresql":  # there a statement that was not read to its end stands in the way of others
        now = _execute(sql, values)
        return lambda: now
    cursor = _cursor()
    cursor.execute(sql, values)

    def given() -> list[tuple[Any, ...]]:
        with cursor:
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found

    return given


def select(text: str, types: Sequence[str], rows: Rows, before: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run a statement in which `{rows}` stands for these rows: a table of column1, column2 … of PostgreSQL's `types`.

    `before` are the values of the placeholders that stand in front of it. At most `MOST_VALUES` values.
    """
    if not rows:
        return []
    if connection.vendor == "postgresql":
        return _execute(_over_arrays(text, tuple(types)), [*before, *_columns(types, rows)])
    return _execute(_over_values(text, len(types), len(rows)), [*before, *(value for row in rows for value in row)])


_AS: Final[dict[str, Callable[[Any], Any]]] = {"float8": float, "text": str}  # an array holds one kind of values


def _columns(types: Sequence[str], rows: Rows) -> list[list[Any]]:
    columns = []
    for type_, column in zip(types, zip(*rows, strict=True), strict=True):
        as_type = _AS.get(type_)
        columns.append([v if v is None else as_type(v) for v in column] if as_type else list(column))
    return columns


@lru_cache(maxsize=512)
def _insert_arrays(table: str, names: tuple[str, ...], types: tuple[str, ...], more: str) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT * FROM unnest({_arrays(types)}) {more}"


@lru_cache(maxsize=512)
def _insert_values(table: str, names: tuple[str, ...], number: int, more: str) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) {_values(len(names), number)} {more}"


@lru_cache(maxsize=512)
def _over_arrays(text: str, types: tuple[str, ...]) -> str:
    names = ", ".join(f"column{number}" for number in range(1, len(types) + 1))
    return text.replace("{rows}", f"(SELECT * FROM unnest({_arrays(types)}) AS given({names}))")


@lru_cache(maxsize=512)
def _over_values(text: str, width: int, number: int) -> str:
    return text.replace("{rows}", f"({_values(width, number)})")


def _arrays(types: tuple[str, ...]) -> str:
    return ", ".join(f"%b::{type_}[]" for type_ in types)


def _values(width: int, number: int) -> str:
    row = f"({', '.join(['%s'] * width)})"
    return f"VALUES {', '.join([row] * number)}"


def _execute(sql: str, values: Sequence[Any], *, gives: bool = True) -> list[tuple[Any, ...]]:
    with _cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if gives else []


def _cursor() -> Any:
    """On PostgreSQL a cursor that binds at the server; it is counted, logged and fails like every other of Django's."""
    if connection.vendor != "postgresql":
        return connection.cursor()
    connection.ensure_connection()
    raw: Any = _prepared()(connection.connection)
    return connection.make_debug_cursor(raw) if connection.queries_logged else connection.make_cursor(raw)


@lru_cache(maxsize=1)
def _prepared() -> type[Cursor[Any]]:
    from psycopg import Cursor  # not needed on SQLite

    class Prepared(Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **_options: Any) -> Any:
            return super().execute(query, params, prepare=True)

    return Prepared
