"""What a test process makes once, though the bot makes it for each database: tests open thousands."""

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect

COMPILED: dict[object, object] = {}


def share_what_is_dear() -> None:
    """Compiled statements. SQLAlchemy keeps them by statement and dialect; here two dialects of one kind are one."""
    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        kind.__eq__ = _is_same  # type: ignore[method-assign]
        kind.__hash__ = _kind_of  # type: ignore[assignment,method-assign]
    event.listen(Engine, "engine_connect", _share)


def _is_same(one: object, other: object) -> bool:
    return type(one) is type(other)


def _kind_of(dialect: Dialect) -> int:
    return hash(type(dialect))


def _share(connection: Connection) -> None:
    connection.execution_options(compiled_cache=COMPILED)
