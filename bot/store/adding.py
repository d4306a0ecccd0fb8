"""Adding a row that may be there already. Each database's own words for it are imported when they are used."""

from sqlalchemy import Connection, Table


def add_if_missing(connection: Connection, table: Table, **values: object) -> bool:
    """False when its key is there already; the second of two processes waits for what becomes of the first."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        adding = postgresql.insert(table).on_conflict_do_nothing().values(**values).returning(*table.primary_key)
    else:
        from sqlalchemy.dialects import sqlite

        adding = sqlite.insert(table).on_conflict_do_nothing().values(**values).returning(*table.primary_key)
    return connection.execute(adding).first() is not None
