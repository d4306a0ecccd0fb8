"""What stands at a SQLite file's path, beside what this process has open: that is there for ever, whatever becomes of
the path. Deleted, it takes writes that nobody will find; overwritten, its pages are mixed with others'.

Which files stand there is compared, and whether anybody wrote to the database past SQLite: a log that is written ahead
keeps all writes from it but the log's own writing back, and that is counted in the log's index.

Not noticed: an overwriting and a writing back between two looks, that is within one commit, or the second for which the
bot does nothing; one that leaves size and time of the last writing as they were; a log that is overwritten in place.
A file that is only touched counts as overwritten.
"""

import json
import os
from pathlib import Path
from typing import IO, NamedTuple

from bot.store.store import DatabaseAway

_SALT = 32
_WRITTEN_BACK = 96
_TO_WRITE_BACK = 128
"""Where in the index stand: what a log that began anew is known by, two numbers of four bytes; how many of its frames
are written back, which is set after it is done; and how many are to be, set before. Source: SQLite's "WAL-mode File
Format", and `walCheckpoint` in wal.c."""


class _Look(NamedTuple):
    """The database's size and the time of its last writing, and what the log's index says of writing back."""

    size: int
    at: int
    log: bytes
    to_write_back: bytes
    written_back: bytes


class Standing:
    """Call it before and after each commit, and before each read. Raises `DatabaseAway`; no overwriting is ever undone.

    With the lock of who serves it says there which files it has open, and looks for an overwriting. It keeps the index
    open for that, as closing it drops SQLite's locks on it: nobody else in this process may have the database open
    when this is closed.
    """

    def __init__(self, path: Path, lock: IO[str] | None) -> None:
        self._path = path
        self._files = _files(str(path))
        self._lock = lock
        self._is_overwritten = False
        if lock is not None:
            self._index = os.open(f"{path}-shm", os.O_RDONLY)
            self._last = self._look()
            self._say(as_said(path))

    def __call__(self) -> None:
        if _files(str(self._path)) != self._files:
            raise DatabaseAway(f"{self._path} or its log was moved, deleted or replaced: put it back, or stop the bot")
        if self._lock is not None:
            self._compare()

    def _compare(self) -> None:
        look, last = self._look(), self._last
        is_idle = look.to_write_back == look.written_back
        if is_idle and look[2:] == last[2:] and look[:2] != last[:2] and not self._is_overwritten:
            self._is_overwritten = True
            self._say("overwritten")
        if self._is_overwritten:
            raise DatabaseAway(
                f"{self._path} was overwritten: stop the bot, then restore it, with no -wal or -shm left beside it"
            )
        self._last = look

    def _look(self) -> _Look:
        """At a moment at which nothing began or ended."""
        while True:
            log = self._written_back()
            file = os.stat(self._path)  # noqa: PTH116 - for each commit, as below
            if self._written_back() == log:
                return _Look(file.st_size, file.st_mtime_ns, *log)

    def _written_back(self) -> tuple[bytes, bytes, bytes]:
        index = os.pread(self._index, _TO_WRITE_BACK + 4, 0)
        return index[_SALT : _SALT + 8], index[_TO_WRITE_BACK:], index[_WRITTEN_BACK : _WRITTEN_BACK + 4]

    def _say(self, words: str) -> None:
        if self._lock is not None:
            self._lock.seek(0)
            self._lock.truncate()
            self._lock.write(words)
            self._lock.flush()

    def close(self) -> None:
        """Once all connections are closed."""
        if self._lock is not None:
            os.close(self._index)
            self._lock = None


def as_said(path: Path) -> str:
    """What the lock of a process says that has open what stands there."""
    return json.dumps(_files(str(path)))


def _files(path: str) -> list[list[int] | None]:
    """Of the database, its log and the log's index: which file of which device each is, `None` where there is none."""
    return [_file(path), _file(f"{path}-wal"), _file(f"{path}-shm")]


def _file(path: str) -> list[int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - for each commit, and half of it would be making paths
    except OSError:
        return None
    return [found.st_dev, found.st_ino]
