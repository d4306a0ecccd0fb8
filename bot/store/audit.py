"""The trail: entries are only ever added, each under the lock of the head row, which numbers and chains them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from bot.domain.audit import Entry, entry
from bot.domain.request import RequestId
from bot.domain.trail import AnyTold, Event
from bot.store.tables import audit_entries, audit_head


def append(connection: Connection, *, at: datetime, actor: str, told: AnyTold, request: RequestId | None) -> Entry:
    """Adds the next entry to the chain, in the transaction of what it tells."""
    head = connection.execute(select(audit_head).with_for_update()).one()
    seq, facts = head.seq + 1, told.facts()
    added = entry(seq=seq, at=at, actor=actor, event=told.event, request=request, facts=facts, before=head.hash)
    connection.execute(
        insert(audit_entries).values(
            seq=added.seq,
            at=added.at,
            actor=added.actor,
            event=added.event,
            request=added.request,
            data=added.data,
            before=added.before,
            hash=added.hash,
        )
    )
    connection.execute(update(audit_head).values(seq=added.seq, hash=added.hash))
    return added


def get(connection: Connection, seq: int) -> Entry:
    """Raises SQLAlchemy's `NoResultFound` for a number the trail does not have."""
    return _entry(connection.execute(select(audit_entries).where(audit_entries.c.seq == seq)).one())


def of_request(connection: Connection, request: RequestId) -> list[Entry]:
    """The entries of one request, oldest first."""
    query = select(audit_entries).where(audit_entries.c.request == request).order_by(audit_entries.c.seq)
    return [_entry(row) for row in connection.execute(query)]


def newest_of(connection: Connection, request: RequestId, events: Collection[Event]) -> Entry | None:
    """The newest entry of a request that tells of one of these."""
    query = (
        select(audit_entries)
        .where(audit_entries.c.request == request, audit_entries.c.event.in_(events))
        .order_by(audit_entries.c.seq.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else _entry(row)


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row by column
    return Entry(
        seq=found[audit_entries.c.seq],
        at=found[audit_entries.c.at],
        actor=found[audit_entries.c.actor],
        event=Event(found[audit_entries.c.event]),
        request=found[audit_entries.c.request],
        data=found[audit_entries.c.data],
        before=found[audit_entries.c.before],
        hash=found[audit_entries.c.hash],
    )
