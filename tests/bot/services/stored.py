"""What a database holds after a story, value by value, and how that is kept in a file and compared with it.

Rows are read as the database has them, not through the store's own readers; only times are written as people do.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from difflib import unified_diff

from sqlalchemy import Connection, text

from bot.store.columns import UtcTime
from bot.store.store import Store
from bot.store.tables import metadata

Value = str | int | None
Row = dict[str, Value]
Held = dict[str, list[Row]]
"""The rows of each table that has any."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

TABLES = ("cards", "requests", "votes", "attempts", "budgets", "reservations", "findings")

NOTE = """BEGIN INSERT INTO written (work, kind, request, payload, not_before)
    VALUES (NEW.id, NEW.kind, NEW.request, NEW.payload, NEW.not_before); END"""

WRITTEN = (
    "CREATE TABLE written (no INTEGER PRIMARY KEY, work, kind, request, payload, not_before)",
    f"CREATE TRIGGER work_added AFTER INSERT ON work {NOTE}",
    f"CREATE TRIGGER work_rewritten AFTER UPDATE OF payload ON work WHEN NEW.payload <> OLD.payload {NOTE}",
)
"""Work is deleted when it is done: SQLite itself notes what was ever written of it."""


async def note_work(store: Store) -> None:
    """From now on `held` tells every payload that is written."""

    def note(connection: Connection) -> None:
        for statement in WRITTEN:
            connection.exec_driver_sql(statement)

    await store.write(note)


async def held(store: Store) -> Held:
    """Everything that a story left: the trail, the work that was written, and the rows."""
    queries = {
        "entries": "SELECT seq, at, actor, event, request, data, hash FROM audit_entries ORDER BY seq",
        "work": "SELECT work, kind, request, not_before, payload FROM written ORDER BY no",
        **{table: f"SELECT * FROM {table} ORDER BY 1, 2, 3" for table in TABLES},
    }

    def read(connection: Connection) -> Held:
        return {name: _rows(connection, query) for name, query in queries.items()}

    return {name: rows for name, rows in (await store.read(read)).items() if rows}


TIMES = {column.name for table in metadata.tables.values() for column in table.c if isinstance(column.type, UtcTime)}


def _rows(connection: Connection, query: str) -> list[Row]:
    return [
        {name: _time(value) if name in TIMES and isinstance(value, int) else value for name, value in row.items()}
        for row in connection.execute(text(query)).mappings()
    ]


def _time(microseconds: int) -> str:
    return (EPOCH + timedelta(microseconds=microseconds)).isoformat()


def as_file(stories: Mapping[str, Held]) -> str:
    """JSON with one line a row."""
    told = {name: _block({table: _list(rows) for table, rows in kept.items()}, 2) for name, kept in stories.items()}
    return f"{_block(told, 1)}\n"


def _block(parts: Mapping[str, str], depth: int) -> str:
    pad = " " * depth
    return "{\n" + ",\n".join(f"{pad}{json.dumps(name)}: {part}" for name, part in parts.items()) + f"\n{pad[1:]}}}"


def _list(rows: Sequence[Row]) -> str:
    return "[\n" + ",\n".join(f"   {json.dumps(row, ensure_ascii=False)}" for row in rows) + "\n  ]"


def differences(pinned: Held, found: Held) -> str:
    """What is not as it was pinned, as a diff of lines; empty when all is."""
    return "\n".join(unified_diff([*_lines(pinned)], [*_lines(found)], "pinned", "found", n=4, lineterm=""))


def _lines(kept: Held) -> Iterator[str]:
    """What the rows say, each part of a text that is JSON on a line of its own, before the very text."""
    for table, rows in kept.items():
        for no, row in enumerate(rows, 1):
            yield f"{table} {no}"
            for name, value in row.items():
                yield from (f"  {name}: {part}" for part in _parts(value))
                yield f"  {name}: {value!r}"


def _parts(value: Value) -> list[str]:
    if not isinstance(value, str) or not value.startswith("{"):
        return []
    said: dict[str, object] = json.loads(value)
    return [f"{name}: {json.dumps(part, ensure_ascii=False)}" for name, part in said.items()]
