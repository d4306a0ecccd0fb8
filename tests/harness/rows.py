"""The rows of work as the database has them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.store.store import Store
from bot.store.tables import work
from bot.work.queue import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of work."""

    id: int
    kind: Kind
    request: str | None
    payload: str
    not_before: datetime
    claims: int
    failures: int
    lease_until: datetime | None
    parked_at: datetime | None
    error: str | None


async def rows_of(store: Store, *kinds: Kind) -> list[Row]:
    """In their order; of all kinds unless some are given."""
    found = await store.read(lambda connection: connection.execute(select(work).order_by(work.c.id)).all())
    rows = [
        Row(
            id=row.id,
            kind=Kind(row.kind),
            request=row.request,
            payload=row.payload,
            not_before=row.not_before,
            claims=row.claims,
            failures=row.failures,
            lease_until=row.lease_until,
            parked_at=row.parked_at,
            error=row.error,
        )
        for row in found
    ]
    return [row for row in rows if not kinds or row.kind in kinds]
