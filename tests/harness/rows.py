"""The rows of work, and what requests hold, as the database has them."""

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.domain.audit import Entry
from bot.domain.request import RequestId
from bot.store.store import Store
from bot.store.tables import reservations, work
from bot.work.queue import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of work."""

    id: int
    kind: str
    request: str | None
    payload: str
    not_before: datetime
    claims: int
    failures: int
    lease_until: datetime | None
    parked_at: datetime | None
    error: str | None


async def rows_of(store: Store, *kinds: type[Work]) -> list[Row]:
    """In their order; of all kinds unless some are given."""
    found = await store.read(lambda connection: connection.execute(select(work).order_by(work.c.id)).all())
    rows = [Row(**{field.name: getattr(row, field.name) for field in fields(Row)}) for row in found]
    return [row for row in rows if not kinds or row.kind in [kind.kind for kind in kinds]]


def held_by(connection: Connection, request: RequestId) -> int:
    """What the request holds of a month's budget, in millionths; 0 for nothing."""
    query = select(reservations.c.amount).where(reservations.c.request == request)
    return connection.execute(query).scalar() or 0


def facts_of(entry: Entry) -> dict[str, Any]:
    """What an entry tells, as it stands in the database."""
    facts: dict[str, Any] = json.loads(entry.data)
    return facts
