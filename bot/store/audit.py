"""The trail: entries are only ever added, each under the lock of the head row, which numbers and chains them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from bot.domain.audit import Entry, entry
from bot.domain.request import RequestId
from bot.domain.trail import AnyTold, Event
from bot.store.columns import fields, values
from bot.store.tables import audit_entries, audit_head


def append(connection: Connection, *, at: datetime, actor: str, told: AnyTold, request: RequestId | None) -> Entry:
    """Adds the next entry to the chain, in the transaction of what it tells."""
    head = connection.execute(select(audit_head).with_for_update()).one()
    seq, facts = head.seq + 1, told.facts()
    added = entry(seq=seq, at=at, actor=actor, event=told.event, request=request, facts=facts, before=head.hash)
    connection.execute(insert(audit_entries).values(values(added, audit_entries)))
    connection.execute(update(audit_head).values(seq=added.seq, hash=added.hash))
    return added


def is_empty(connection: Connection) -> bool:
    """Did nothing ever happen?"""
    found: int = connection.execute(select(audit_head.c.seq)).scalar_one()
    return found == 0


def newest(connection: Connection, event: Event) -> Entry | None:
    """The newest entry that tells of this, about whatever request."""
    query = select(audit_entries).where(audit_entries.c.event == event).order_by(audit_entries.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else Entry(**fields(row, audit_entries, Entry))


def get(connection: Connection, seq: int) -> Entry:
    """Raises SQLAlchemy's `NoResultFound` for a number the trail does not have."""
    row = connection.execute(select(audit_entries).where(audit_entries.c.seq == seq)).one()
    return Entry(**fields(row, audit_entries, Entry))


def of_request(connection: Connection, request: RequestId) -> list[Entry]:
    """The entries of one request, oldest first."""
    query = select(audit_entries).where(audit_entries.c.request == request).order_by(audit_entries.c.seq)
    return [Entry(**fields(row, audit_entries, Entry)) for row in connection.execute(query)]


def newest_of(connection: Connection, request: RequestId, events: Collection[Event]) -> Entry | None:
    """The newest entry of a request that tells of one of these."""
    query = (
        select(audit_entries)
        .where(audit_entries.c.request == request, audit_entries.c.event.in_(events))
        .order_by(audit_entries.c.seq.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else Entry(**fields(row, audit_entries, Entry))
