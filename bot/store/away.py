"""Tells a database that cannot be used just now from a mistake of ours: the one is waited for, the other is a bug."""

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError

_SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
    }
)

_PRIMARY_CODE = 0xFF
"""Extended result codes carry the primary one in their last eight bits (source: SQLite's list of result codes)."""

_READ_ONLY = "25006"

_COLLISIONS = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: the server undid the transaction, and it may be run again."""


def is_away(reason: DBAPIError) -> bool:
    """Unreachable, restarting, out of room, locked for too long: the same work may succeed later, unchanged."""
    if reason.connection_invalidated:
        return True
    code = getattr(reason.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & _PRIMARY_CODE in _SQLITE_AWAY
    return isinstance(reason, OperationalError)


def is_locked(reason: DBAPIError) -> bool:
    """Another process writes just now (SQLite)."""
    code = getattr(reason.orig, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY_CODE == sqlite3.SQLITE_BUSY


def is_collision(reason: DBAPIError) -> bool:
    """Two transactions met, and the server chose this one to be undone (PostgreSQL)."""
    return _sqlstate(reason) in _COLLISIONS


def takes_no_writes(reason: DBAPIError) -> bool:
    """Not any more: another server does by now, or will (PostgreSQL); the file may only be read (SQLite)."""
    code = getattr(reason.orig, "sqlite_errorcode", None)
    return _sqlstate(reason) == _READ_ONLY or (code is not None and code & _PRIMARY_CODE == sqlite3.SQLITE_READONLY)


def _sqlstate(reason: DBAPIError) -> str | None:
    found: str | None = getattr(reason.orig, "sqlstate", None)
    return found
