"""Places: which file, or which server's database, a database is served from. A copy lies at another place.

A file is known by its inode and that inode's generation, which a file system counts up when it gives the inode to
another file; so renaming a file keeps its place, and copying it, restoring it or making it anew does not. A database of
a server is known by the server's identifier and its own number there. What cannot be told apart: an image of the whole
disk or machine, a physical copy of a server, and what was written over the file while nobody served it, unless `backup`
made that. On file systems without generations (tmpfs, most networks') a file that was deleted and restored may have got
the same inode.
"""

import fcntl
import os
from pathlib import Path

from sqlalchemy import Connection, text

A_COPY = "a copy"
"""The place of what `backup` made, until it is served."""

_GET_GENERATION = 0x80087601
"""`FS_IOC_GETVERSION`. Source: ioctl_iflags(2) and linux/fs.h, on machines of 64 bits."""

_MAY_ASK = text("SELECT has_function_privilege('pg_control_system()', 'EXECUTE')")
_SERVER = text("SELECT system_identifier FROM pg_control_system()")
_DATABASE = text("SELECT oid FROM pg_database WHERE datname = current_database()")


def of_file(path: Path) -> str:
    """Call it while this process has no connection to it: closing the file here would drop SQLite's locks on it."""
    file = os.open(path, os.O_RDONLY)
    try:
        given = fcntl.ioctl(file, _GET_GENERATION, bytes(8))
        generation = int.from_bytes(given[:4], "little")
    except OSError:
        generation = 0
    finally:
        os.close(file)
    return f"file {path.stat().st_ino} {generation}"


def of_server(connection: Connection) -> str:
    """By the number alone where somebody took away that everybody may ask for the server's identifier."""
    server = connection.execute(_SERVER).scalar_one() if connection.execute(_MAY_ASK).scalar_one() else "unknown"
    return f"server {server} database {connection.execute(_DATABASE).scalar_one()}"
