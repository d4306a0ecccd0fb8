"""`backup FILE`: a consistent copy of a SQLite database, made while the bot serves from it and writes.

What is started from a copy begins frozen (`services/reconcile/beginning.py`).
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import TextIO

from bot.commands.names import keep_names
from bot.commands.progress import Progress
from bot.invocation import typed
from bot.problems import Problem
from bot.store import sqlite
from bot.store.database import present_file
from bot.store.postgres import is_postgres


def backup(url: str, out: TextIO, file: Path) -> None:
    """The copy is there whole, or not at all. Raises `Problem` for what cannot be written, and `StoreError`."""
    if is_postgres(url):
        raise Problem(f"{typed('backup')} copies SQLite files: of a PostgreSQL database make copies with pg_dump")
    path = present_file(url)
    try:
        with _beside(file) as part, Progress(_size(path)) as progress:
            last = sqlite.copy_while_used(path, part, at=lambda done, of: progress.at(_size(path) * done // of))
    except OSError as reason:
        raise Problem(f"the copy cannot be written: {reason.strerror}") from reason
    except sqlite3.Error as reason:
        raise Problem(f"the copy cannot be written: {reason}") from reason
    out.write(f"Copied to {file}, up to entry {last.mark}. What is started from a copy begins frozen.\n")


def _size(path: Path) -> int:
    return path.stat().st_size


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """An empty file that its owner alone may read; in the end it is on disk under its real name, or gone."""
    if file.exists():
        raise FileExistsError(None, f"{file} is there already")
    opened, name = mkstemp(dir=file.parent, prefix=f"{file.name}.", suffix=".part")
    part = Path(name)
    try:
        yield part
        os.fsync(opened)
        _name(part, file)
        keep_names(file.parent)
    finally:
        os.close(opened)
        part.unlink(missing_ok=True)


def _name(part: Path, file: Path) -> None:
    """A link never replaces what came there meanwhile; some file systems have none."""
    try:
        file.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:
        if file.exists():
            raise
        part.rename(file)
