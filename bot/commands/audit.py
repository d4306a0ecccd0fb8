"""`audit verify`: walks the chain of the trail and says whether it is whole."""

from functools import partial
from typing import TextIO

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from bot.commands.progress import Progress
from bot.domain.audit import BEGINNING, Link, Written, fault
from bot.store import audit
from bot.store.store import CannotOpen, Store

AT_ONCE = 500
"""Entries that are read together: so few are in memory, however long the trail is."""


async def verify(store: Store, out: TextIO) -> bool:
    """Says whether the chain is whole, or which entry is the first that is not. Raises `StoreError`."""
    try:
        wrong, last = await _walked(store)
    except DatabaseError as reason:
        raise CannotOpen("the database cannot be read, or is damaged") from reason
    if wrong is not None:
        out.write(f"The trail is broken: {wrong}.\n")
        return False
    how_many = "1 entry" if last.seq == 1 else f"{last.seq:,} entries"
    out.write(f"The trail is whole: {how_many}, the last is {last.mark}.\n" if last.seq else "The trail is empty.\n")
    return True


async def _walked(store: Store) -> tuple[str | None, Link]:
    """What is wrong with the first entry that is not right, and the last that is."""
    last, head = BEGINNING, await store.read_at_length(audit.head)
    with Progress(head.seq) as progress:
        while True:
            found, head = await store.read_at_length(partial(_read, after=last.seq))
            for entry in found:
                if (wrong := fault(last, entry)) is not None:
                    return wrong, last
                last = entry.link
            progress.at(last.seq)
            if len(found) < AT_ONCE:
                break
    return _cut(last, head), last


def _read(connection: Connection, *, after: int) -> tuple[list[Written], Link]:
    return audit.stretch(connection, after, AT_ONCE), audit.head(connection)


def _cut(last: Link, head: Link) -> str | None:
    """What is wrong with the end of a chain whose every entry is right."""
    if last.seq < head.seq:
        return f"entry #{last.seq + 1} is missing, and all up to #{head.seq}"
    return None if last == head else f"entry #{last.seq} is not the one that was written last"
