"""The trail: entries are only ever added, each under the lock of the head row, which numbers and chains them."""

import sqlite3
from collections.abc import Collection
from datetime import datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Executable,
    Row,
    Select,
    String,
    bindparam,
    insert,
    literal_column,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.exc import OperationalError

from bot.domain.audit import Actor, Entry, Link, Written, entry
from bot.domain.facts import Who
from bot.domain.request import RequestId
from bot.domain.trail import AnyTold, Event
from bot.store.columns import fields, values
from bot.store.tables import IS_ARCHIVE, IS_FREEZE, audit_entries, audit_head

_HEAD = select(audit_head)
_LOCK_HEAD = _HEAD.with_for_update()
_ADD = insert(audit_entries)
_ADVANCE = update(audit_head)
_LENGTH = select(audit_head.c.seq)
_GET = select(audit_entries).where(audit_entries.c.seq == bindparam("seq"))
_LAST_FREEZE = select(audit_entries).where(IS_FREEZE).order_by(audit_entries.c.seq.desc()).limit(1)
_OF_REQUEST = select(audit_entries).where(audit_entries.c.request == bindparam("request")).order_by(audit_entries.c.seq)
_AS_THEY_STAND = select(
    *[type_coerce(column, BigInteger if column.name in ("seq", "at") else String) for column in audit_entries.c]
).order_by(audit_entries.c.seq)
_STRETCH = _AS_THEY_STAND.where(audit_entries.c.seq > bindparam("after")).limit(bindparam("most"))
_ARCHIVED = _AS_THEY_STAND.where(IS_ARCHIVE)

_TEXT_OR_NOT = partial(str, encoding="utf-8", errors="backslashreplace")


def append(connection: Connection, *, at: datetime, actor: str, told: AnyTold, request: RequestId | None) -> Entry:
    """Adds the next entry to the chain, in the transaction of what it tells; with who that was, for an `Actor`."""
    if isinstance(actor, Actor) and actor.name:
        told = told.also(who=Who(team=actor.team, name=actor.name))
    head = connection.execute(_LOCK_HEAD).one()
    seq, facts = head.seq + 1, told.facts()
    added = entry(seq=seq, at=at, actor=str(actor), event=told.event, request=request, facts=facts, before=head.hash)
    connection.execute(_ADD, values(added, audit_entries))
    connection.execute(_ADVANCE, {"seq": added.seq, "hash": added.hash})
    return added


def is_empty(connection: Connection) -> bool:
    """Did nothing ever happen?"""
    found: int = connection.execute(_LENGTH).scalar_one()
    return found == 0


def head(connection: Connection) -> Link:
    """The entry that the next one will follow."""
    row = connection.execute(_HEAD).one()
    return Link(row.seq, row.hash)


def stretch(connection: Connection, after: int, most: int) -> list[Written]:
    """The entries that stand after that number, so many at most, as they stand: for whoever checks or exports them."""
    return _as_they_stand(connection, _STRETCH, {"after": after, "most": most})


def archived(connection: Connection) -> list[Written]:
    """The entries that tell of archives, oldest first, as they stand."""
    return _as_they_stand(connection, _ARCHIVED, {})


def _as_they_stand(connection: Connection, query: Executable, given: dict[str, int]) -> list[Written]:
    try:
        rows = connection.execute(query, given).all()
    except OperationalError:
        # SQLite keeps any bytes as text, and its driver stops at what is none.
        driver = connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            raise
        driver.text_factory = _TEXT_OR_NOT
        try:
            rows = connection.execute(query, given).all()
        finally:
            driver.text_factory = str
    return [Written._make(row) for row in rows]


def last_freeze(connection: Connection) -> Entry | None:
    """The newest entry that tells of one."""
    row = connection.execute(_LAST_FREEZE).first()
    return None if row is None else _entry(row)


def get(connection: Connection, seq: int) -> Entry:
    """Raises SQLAlchemy's `NoResultFound` for a number the trail does not have."""
    return _entry(connection.execute(_GET, {"seq": seq}).one())


def of_request(connection: Connection, request: RequestId) -> list[Entry]:
    """The entries of one request, oldest first."""
    return [_entry(row) for row in connection.execute(_OF_REQUEST, {"request": request})]


def newest_of(connection: Connection, request: RequestId, events: tuple[Event, ...]) -> Entry | None:
    """The newest entry of a request that tells of one of these."""
    row = connection.execute(_newest_of(events), {"request": request}).first()
    return None if row is None else _entry(row)


def some_of(
    connection: Connection, request: RequestId, either: tuple[int, int], events: tuple[Event, ...]
) -> list[Entry]:
    """A request's entries with these two numbers, and all that tell of one of these events; oldest first."""
    given = {"request": request, "one": either[0], "other": either[1]}
    return [_entry(row) for row in connection.execute(_some_of(events), given)]


def among(
    connection: Connection, requests: Collection[RequestId], seqs: Collection[int], events: tuple[Event, ...]
) -> list[Entry]:
    """As `some_of`, of any number of requests."""
    given = {"requests": [*requests], "seqs": [*seqs]}
    return [_entry(row) for row in connection.execute(_among(events), given)] if requests else []


@cache
def _newest_of(events: tuple[Event, ...]) -> Select[Any]:
    of_request = audit_entries.c.request == bindparam("request")
    return select(audit_entries).where(of_request, _tells(events)).order_by(audit_entries.c.seq.desc()).limit(1)


@cache
def _some_of(events: tuple[Event, ...]) -> Select[Any]:
    seq = audit_entries.c.seq
    wanted = or_(seq == bindparam("one"), seq == bindparam("other"), _tells(events))
    return select(audit_entries).where(audit_entries.c.request == bindparam("request"), wanted).order_by(seq)


@cache
def _among(events: tuple[Event, ...]) -> Select[Any]:
    of_requests = audit_entries.c.request.in_(bindparam("requests", expanding=True))
    named = audit_entries.c.seq.in_(bindparam("seqs", expanding=True))
    return select(audit_entries).where(of_requests, or_(named, _tells(events))).order_by(audit_entries.c.seq)


def _tells(events: tuple[Event, ...]) -> ColumnElement[bool]:
    """In literals, which SQLite compares four times as fast as bound values."""
    return audit_entries.c.event.in_([literal_column(f"'{event}'", audit_entries.c.event.type) for event in events])


def _entry(row: Row[Any]) -> Entry:
    return Entry(**fields(row, audit_entries, Entry))
