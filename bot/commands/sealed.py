"""Archives of the trail that are named on the command line: which they are, and what stands in them."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from bot.domain import archive, trail
from bot.domain.archive import NoArchive
from bot.domain.audit import Link, Written, fault
from bot.invocation import typed
from bot.problems import Problem
from bot.store import audit
from bot.store.store import Store


class Broken(Exception):
    """An entry that tells of an archive is not what it was; in words for a terminal."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A file that the trail tells of."""

    path: Path
    told: trail.Archived

    def entries(self, *, after: int = 0) -> Iterator[Written]:
        """Raises `Problem`."""
        try:
            with reading(self.path) as entries:
                yield from (entry for entry in entries if entry.seq > after)
        except NoArchive as reason:
            raise Problem(f"{self.path} is no archive: {reason}") from reason


def told_of(connection: Connection) -> list[trail.Archived]:
    """What the trail tells of its archives, oldest first. Raises `Broken`."""
    found = []
    for entry in audit.archived(connection):
        if (wrong := fault(Link(entry.seq - 1, entry.before), entry)) is not None:
            raise Broken(wrong)
        try:
            found.append(trail.Archived.model_validate(json.loads(entry.data)))
        except ValueError:
            raise Broken(f"entry #{entry.seq} is no entry that the bot wrote") from None
    return found


def beginning(told: Sequence[trail.Archived]) -> Link | None:
    """The last entry that was archived; `None` while none was."""
    return Link(told[-1].up_to, told[-1].hash) if told else None


def where_is_it(told: trail.Archived) -> str:
    """What an operator looks for."""
    return f"an archive of #{told.first} to #{told.up_to} (SHA-256 {told.sha256})"


async def archives(store: Store, paths: Sequence[Path]) -> list[Archive]:
    """The archives of this trail that these files are, oldest first; whole, by their digests. Raises `Problem`."""
    try:
        told = {one.sha256: one for one in await store.read_at_length(told_of)} if paths else {}
    except Broken as reason:
        raise Problem(f"the trail is broken: {reason}") from reason
    found = []
    for path in paths:
        one = told.get(digest(path))
        if one is None:
            tells = typed(f"audit verify --archive {path}")
            raise Problem(f"{path} is no archive of this trail, or was changed: {tells} which")
        found.append(Archive(path, one))
    return sorted(found, key=lambda one: one.told.first)


def digest(path: Path) -> str:
    """SHA-256 of a file. Raises `Problem`."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as reason:
        raise Problem(f"{path} cannot be read: {reason.strerror}") from reason


@contextmanager
def reading(path: Path) -> Iterator[Iterator[Written]]:
    """The entries in a file, which raise `NoArchive`. Raises `Problem`."""
    try:
        with path.open("rb") as file:
            yield archive.entries(file)
    except OSError as reason:
        raise Problem(f"{path} cannot be read: {reason.strerror}") from reason
