"""Adding a row that may be there already. Each database's own words for it are imported when they are used."""

from functools import cache

from sqlalchemy import Connection, Table
from sqlalchemy.sql.dml import Insert


def add_if_missing(connection: Connection, table: Table, **values: object) -> bool:
    """False when its key is there already; the second of two processes waits for what becomes of the first."""
    return connection.execute(_adding(table, connection.dialect.name), values).rowcount == 1


@cache
def _adding(table: Table, dialect: str) -> Insert:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
