"""`audit archive`: moves old entries of the trail to a file that an entry of the trail seals.

Nothing leaves the database before the file is on disk, was read again, and is told of by the chain. Whatever ends the
command before that leaves a file that can be thrown away; after it, the next archive lets go of what is left.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, TextIO, TypeVar

from sqlalchemy import Connection

from bot.clock import SystemClock
from bot.commands.names import keep_names
from bot.commands.progress import Progress
from bot.commands.sealed import Broken, beginning, digest, reading, told_of
from bot.domain import archive, trail
from bot.domain.archive import NoArchive
from bot.domain.audit import BEGINNING, OPERATOR, Link, Written, fault
from bot.domain.rules import Rules
from bot.invocation import typed
from bot.problems import Problem
from bot.services.unit import Unit, Units
from bot.store import archive as leaving
from bot.store import audit
from bot.store.store import DatabaseAway, Store

AT_ONCE = 500
"""Entries that are read, or leave, together: nobody who writes meanwhile waits for long."""

REPORTED = timedelta(days=62)
"""For so long after its end a request stays: reports of the present month and of the last count it."""

T = TypeVar("T")


class _NotWhole(Exception):
    """What is wrong with the trail, or with the file when it is read again."""


async def archive_trail(store: Store, out: TextIO, file: Path, *, before: datetime) -> bool:
    """False when the trail is broken, which is said instead. Raises `Problem`, and `StoreError`."""
    try:
        sealed = await _seal(store, file, before)
    except (_NotWhole, Broken) as wrong:
        out.write(f"Nothing was archived: {wrong}.\n")
        return False
    if sealed is None:
        out.write(f"No entry from before {before:%Y-%m-%d} is left to archive.\n")
    else:
        out.write(
            f"Entries #{sealed.first} to #{sealed.up_to} are sealed in {file}, SHA-256 {sealed.sha256}: "
            f"keep it, {typed(f'audit verify --archive {file}')} checks it.\n"
        )
    requests, entries = await _let_go(store)
    out.write(
        f"{_counted(requests, 'request')} and {_counted(entries, 'entry', 'entries')} left the database; "
        "a request that stays there keeps its entries.\n"
    )
    return True


def _counted(how_many: int, one: str, more: str = "requests") -> str:
    return f"{how_many:,} {one if how_many == 1 else more}"


async def _seal(store: Store, file: Path, before: datetime) -> trail.Archived | None:
    """What the trail tells of the new archive; `None` when there was nothing to archive."""
    begins = beginning(await store.read_at_length(told_of)) or BEGINNING
    last = await store.read_at_length(partial(leaving.last_before, moment=before, after=begins.seq))
    if last <= begins.seq:
        return None
    with _new(file) as written:
        ends = await _write(store, written, begins, last)
        written.flush()
        os.fsync(written.fileno())
        _check(file, begins, ends)
    told = trail.Archived(first=begins.seq + 1, up_to=ends.seq, hash=ends.hash, sha256=digest(file))
    try:
        await Units(store=store, clock=SystemClock(), rules=Rules()).by_hand(_record, told)
    except DatabaseAway as away:  # perhaps during the very commit: then the trail may tell of the file
        check = typed(f"audit verify --archive {file}")
        raise Problem(f"{away}: throw {file} away only if {check} does not know it") from away
    except _NotWhole:
        await asyncio.to_thread(file.unlink)
        raise
    return told


@contextmanager
def _new(file: Path) -> Iterator[BinaryIO]:
    """A file that was not there, its owner's alone; it goes again with whatever fails."""
    try:
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as written:
            keep_names(file.parent)
            try:
                yield written
            except BaseException:
                file.unlink(missing_ok=True)
                raise
    except FileExistsError:
        raise Problem(f"{file} is there already: an archive overwrites nothing") from None
    except OSError as reason:
        raise Problem(f"the archive cannot be written: {reason.strerror}") from reason


async def _write(store: Store, written: BinaryIO, begins: Link, up_to: int) -> Link:
    written.write(archive.HEADER)
    last = begins
    with Progress(up_to - begins.seq) as progress:
        while last.seq < up_to:
            most = min(AT_ONCE, up_to - last.seq)
            found = await store.read_at_length(partial(audit.stretch, after=last.seq, most=most))
            for entry in found:
                last = _next(last, entry)
                written.write(archive.line(entry))
            if not found:
                raise _NotWhole(f"entry #{last.seq + 1} is missing")
            progress.at(last.seq - begins.seq)
    return last


def _check(file: Path, begins: Link, ends: Link) -> None:
    """Reads the file again, from its first to its last byte."""
    last = begins
    try:
        with reading(file) as entries, Progress(ends.seq - begins.seq) as progress:
            for entry in entries:
                last = _next(last, entry)
                progress.at(last.seq - begins.seq)
    except NoArchive as reason:
        raise _NotWhole(f"{file} is not what was written: {reason}") from reason
    if last != ends:
        raise _NotWhole(f"{file} is not what was written")


def _next(last: Link, entry: Written) -> Link:
    if (wrong := fault(last, entry)) is not None:
        raise _NotWhole(wrong)
    return entry.link


def _record(unit: Unit, told: trail.Archived) -> None:
    audit.append(unit.connection, at=unit.now, actor=OPERATOR, told=told, request=None)
    # Under the head's lock, which the new entry took: of two archives of the same entries one is none.
    before = told_of(unit.connection)[:-1]
    if (beginning(before) or BEGINNING).seq != told.first - 1:
        raise _NotWhole("somebody else archived these entries meanwhile")


async def _let_go(store: Store) -> tuple[int, int]:
    """How many requests and entries left: of all that is sealed, whenever it was."""
    sealed = beginning(await store.read_at_length(told_of))
    if sealed is None:
        return 0, 0
    kept = await store.read_at_length(leaving.named)
    since = datetime.now(UTC) - REPORTED
    requests, entries = 0, 0
    beyond: str | None = ""
    while beyond is not None:
        drop = partial(leaving.drop_requests, kept=kept, beyond=beyond, up_to=sealed.seq, before=since, most=AT_ONCE)
        beyond, left = await _in_turn(store, drop)
        requests += left
    after = await store.read_at_length(leaving.first) - 1
    with Progress(sealed.seq - after) as progress:
        for begin in range(after, sealed.seq, AT_ONCE):
            end = min(begin + AT_ONCE, sealed.seq)
            entries += await _in_turn(store, partial(leaving.drop_entries, kept=kept, after=begin, up_to=end))
            progress.at(end - after)
    return requests, entries


async def _in_turn(store: Store, drop: Callable[[Connection], T]) -> T:
    """One short transaction, and as long a time for others to write in."""
    began = time.monotonic()
    done = await store.write(drop)
    await asyncio.sleep(time.monotonic() - began)
    return done
