"""`move-to URL`: everything from SQLite to an empty PostgreSQL database, the trail's chain whole.

Both databases are never served: the file is locked and takes no writes meanwhile. What is moved is committed there
first, closed; then the file says where it went; then the other one is opened. Whoever dies before the first commit
leaves nothing there, before the second a database there that nobody serves from and that has to be made anew, before
the third two that nobody serves from until the same command is run again.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any, TextIO

from sqlalchemy import (
    Column,
    Connection,
    Executable,
    MetaData,
    Table,
    TypeDecorator,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.types import TypeEngine

from bot.commands.audit import verify
from bot.commands.progress import Progress
from bot.domain import trail
from bot.domain.audit import OPERATOR
from bot.invocation import typed
from bot.problems import Problem
from bot.store import audit, control, places
from bot.store.database import HeldFile, held_file, open_to_read, server
from bot.store.migrate import make
from bot.store.postgres import is_postgres, whereabouts
from bot.store.store import CannotOpen, Moved
from bot.store.tables import metadata

AT_ONCE = 500
"""Rows that are in memory together."""


def move(url: str, out: TextIO, there_url: str) -> None:
    """Raises `Problem` and `StoreError`: then the file serves as ever, unless it says that it has moved."""
    if is_postgres(url):
        raise Problem("DATABASE_URL names a PostgreSQL database already: move it with pg_dump and pg_restore")
    if not is_postgres(there_url):
        raise Problem("URL has to name a PostgreSQL database: postgresql://user@host/db")
    to = _whereabouts(there_url)
    with held_file(url) as held, server(there_url) as there:
        with held.engine.begin() as source:
            moved_to, _ = control.moves(source)
            if moved_to not in (None, to):
                raise Moved(f"this database was moved to {moved_to} before")
            if moved_to is None:
                with there.begin() as target:
                    _fill(target, source, held, to)
                _verify(there_url, out)
                control.moved(source, to)
        with there.begin() as target:
            control.arriving(target, None)
    out.write(f"Moved to {to}: set DATABASE_URL to it, then {typed('serve')}. {held.path} is not served any more.\n")


def _whereabouts(url: str) -> str:
    try:
        return whereabouts(url)
    except CannotOpen:
        raise Problem("URL cannot be read: a part or a parameter of it is none of PostgreSQL's") from None


def _fill(target: Connection, source: Connection, held: HeldFile, to: str) -> None:
    """A copy that nobody served from yet is known for one there, too."""
    make(target)
    tables = [_as_kept(table) for table in metadata.sorted_tables]
    sizes = {table.name: source.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}
    done = 0
    with Progress(sum(sizes.values())) as progress:
        for table in tables:
            target.execute(delete(table))  # the rows that there is one of
            for rows in source.execute(_in_order(table)).mappings().partitions(AT_ONCE):
                target.execute(insert(table), [dict(row) for row in rows])
                done += len(rows)
                progress.at(done)
    _go_on_counting(target, source)
    told = trail.Moved(left=f"the SQLite file {held.path.name}", to=to)
    audit.append(target, at=datetime.now(UTC), actor=OPERATOR, request=None, told=told)
    if control.place(source) in (None, held.place):
        control.served_from(target, places.of_server(target))
    control.arriving(target, str(held.path))


def _verify(url: str, out: TextIO) -> None:
    store = open_to_read(url)
    try:
        is_whole = asyncio.run(verify(store, out))
    finally:
        store.close()
    if not is_whole:
        raise Problem(
            f"the database was not moved: see {typed('audit verify')}; what was copied is not served, and may go"
        )


def _as_kept(table: Table) -> Table:
    """With the values as both databases keep them, so that none is read and written down anew."""
    return Table(table.name, MetaData(), *(Column(column.name, _kept(column.type)) for column in table.c))


def _kept(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def _in_order(table: Table) -> Executable:
    """As they came; a card's repeat after the card."""
    first = [table.c.copy_of.is_not(None)] if "copy_of" in table.c else []
    return select(table).order_by(*first, text("rowid")).execution_options(yield_per=AT_ONCE)


def _go_on_counting(target: Connection, source: Connection) -> None:
    """Ids of work rise for ever, also past what was done and deleted."""
    last = source.execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'work'")).scalar()
    if last:
        target.execute(text("SELECT setval(pg_get_serial_sequence('work', 'id'), :last)"), {"last": last})
