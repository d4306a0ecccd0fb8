"""`audit verify`: walks the chain of the trail, through the archives that are named, and says whether it is whole."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TextIO

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from bot.commands.progress import Progress
from bot.commands.sealed import Broken, beginning, digest, reading, told_of, where_is_it
from bot.domain.archive import NoArchive
from bot.domain.audit import BEGINNING, Link, Written, fault
from bot.domain.trail import Archived
from bot.problems import Problem
from bot.store import archive, audit
from bot.store.store import CannotOpen, Store

AT_ONCE = 2000
"""Entries that are read together: so few are in memory, however long the trail is."""


async def verify(store: Store, out: TextIO, archives: Sequence[Path] = ()) -> bool:
    """Says whether the chain is whole, or which entry is the first that is not. Raises `StoreError` and `Problem`.

    Of a trail whose beginning was archived, only what follows is checked unless the files are named.
    """
    try:
        told = await store.read_at_length(told_of)
        begins = await _through(store, told, archives) if archives else beginning(told) or BEGINNING
        last = await _walked(store, beginning(told) or BEGINNING)
    except (Broken, NoArchive) as wrong:
        out.write(f"The trail is broken: {wrong}.\n")
        return False
    except DatabaseError as reason:
        raise CannotOpen("the database cannot be read, or is damaged") from reason
    if not last.seq:
        out.write("The trail is empty.\n")
        return True
    how_many = "1 entry" if last.seq - begins.seq == 1 else f"{last.seq - begins.seq:,} entries"
    since = f" from #{begins.seq + 1} on" if begins.seq else ""
    out.write(f"The trail is whole{since}: {how_many}, the last is {last.mark}.\n")
    if begins.seq:
        out.writelines(
            f"Not checked: {where_is_it(one)}, name it with --archive FILE.\n"
            for one in told
            if one.up_to <= begins.seq
        )
    return True


async def _through(store: Store, told: Sequence[Archived], paths: Sequence[Path]) -> Link:
    """Checks what is archived there, and what of it stands in the database as well; the entry before their first.

    Raises `Broken` and `NoArchive`.
    """
    firsts = {path: _first(path) for path in paths}
    begins = last = min(firsts.values(), key=lambda link: link.seq)
    for path in sorted(paths, key=lambda path: firsts[path].seq):
        with reading(path) as entries:
            for some in _batches(entries):
                for entry in some:
                    last = _next(last, entry, f" in {path}")
                if (wrong := await store.read_at_length(partial(_kept_otherwise, some=some))) is not None:
                    raise Broken(wrong)
        if (*last, digest(path)) not in {(one.up_to, one.hash, one.sha256) for one in told}:
            raise Broken(f"{path} is not the archive that was sealed up to #{last.seq}")
    if last != beginning(told):
        raise Problem(f"the trail begins after {where_is_it(told[-1])}: name that one with --archive FILE, too")
    return begins


def _first(path: Path) -> Link:
    """What the first entry of an archive follows."""
    with reading(path) as entries:
        entry = next(entries, None)
    if entry is None:
        raise Broken(f"{path} has no entry")
    return Link(entry.seq - 1, entry.before) if entry.seq > 1 else BEGINNING


def _batches(entries: Iterable[Written]) -> Iterator[list[Written]]:
    rest = iter(entries)
    while some := [*islice(rest, AT_ONCE)]:
        yield some


def _kept_otherwise(connection: Connection, *, some: Sequence[Written]) -> str | None:
    """What is wrong with those of archived entries that should stand in the database as well."""
    kept = {entry.seq: entry for entry in audit.stretch(connection, some[0].seq - 1, AT_ONCE)}
    standing = archive.standing(connection, {entry.request for entry in some if entry.request is not None})
    for entry in some:
        if entry.seq not in kept and entry.request in standing:
            return f"entry #{entry.seq} is missing, and its request is not"
        if kept.get(entry.seq, entry) != entry:
            return f"entry #{entry.seq} is not the one that was archived"
    return None


def _next(last: Link, entry: Written, where: str) -> Link:
    if (wrong := fault(last, entry)) is not None:
        raise Broken(f"{wrong}{where}")
    return entry.link


async def _walked(store: Store, sealed: Link) -> Link:
    """The last entry of a chain that follows the one that was archived last. Raises `Broken`."""
    before: Link | Written = BEGINNING
    head = await store.read_at_length(audit.head)
    with Progress(head.seq) as progress:
        while True:
            found, head = await store.read_at_length(partial(_read, after=before.seq))
            for entry in found:  # a million times: so little is called, and no link made, for each
                if before.seq < sealed.seq:
                    before = _before(before, entry, sealed)
                if (wrong := fault(before, entry)) is not None:
                    raise Broken(wrong)
                before = entry
            progress.at(before.seq)
            if len(found) < AT_ONCE:
                break
    last = before if isinstance(before, Link) else before.link
    if last.seq < head.seq:
        raise Broken(f"entry #{last.seq + 1} is missing, and all up to #{head.seq}")
    if last != head:
        raise Broken(f"entry #{last.seq} is not the one that was written last")
    return last


def _before(last: Link | Written, entry: Written, sealed: Link) -> Link | Written:
    """What an entry has to follow: of archived ones only some stand in the database still."""
    if last.seq < sealed.seq < entry.seq:
        return sealed
    if entry.seq <= sealed.seq and entry.seq != last.seq + 1:
        return Link(entry.seq - 1, entry.before)
    return last


def _read(connection: Connection, *, after: int) -> tuple[list[Written], Link]:
    return audit.stretch(connection, after, AT_ONCE), audit.head(connection)
