"""A database as large as after years: what it holds of requests, put into it again and again as older rows."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, insert, select, update

from bot.store.columns import UtcTime
from bot.store.tables import attempts, audit_entries, audit_head, cards, requests, reservations, votes

OF_REQUESTS = (cards, requests, votes, attempts, reservations, audit_entries)
"""Each after those that it names."""

AT_ONCE = 5000


def multiply(connection: Connection, times: int) -> None:
    """Adds so many copies of every request with all that belongs to it, but for its work.

    Ids, numbers, places and sales are others, times are earlier, all else is alike; hashes of entries cover nothing.
    """
    top: int = connection.execute(select(audit_head.c.seq)).scalar_one()
    for table in OF_REQUESTS:
        rows = connection.execute(select(table)).all()
        copies = [_copy(table, row, no, top) for no in range(1, times + 1) for row in rows]
        for start in range(0, len(copies), AT_ONCE):
            connection.execute(insert(table), copies[start : start + AT_ONCE])
    connection.execute(update(audit_head).values(seq=top * (times + 1)))


def _copy(table: Table, row: Any, no: int, top: int) -> dict[str, object]:  # noqa: ANN401 - whatever the table holds
    found = zip(table.c, row, strict=True)
    return {column.key: None if value is None else _other(column, value, no, top) for column, value in found}


def _other(column: Column[Any], value: Any, no: int, top: int) -> object:  # noqa: ANN401
    match column.name:
        case "id" | "request" | "card" | "copy_of":
            return f"{no:08x}{value[8:]}"
        case "seq" | "entry" | "cause" | "shown":
            return value + no * top
        case "e164":
            return f"+{int(value[1:]) + no * 1000}"
        case "ts" | "sale":
            return f"{value}.{no}"
        case _ if isinstance(column.type, UtcTime):
            return value - timedelta(minutes=10 * no)
        case _:
            return value
