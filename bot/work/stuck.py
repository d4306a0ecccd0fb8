"""Work that gets nowhere: parked, or tried in vain for minutes; how people see it, and what they do to it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from bot.domain.request import RequestId
from bot.store.lanes import Lane
from bot.store.tables import work
from bot.work.queue import known_kinds

FAILS_AFTER = timedelta(minutes=2)
"""Work that was first tried so long ago, and waits because that failed, is said to keep failing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A row that is parked `since` then, or that has failed since; or that is of no kind that this version knows."""

    id: int
    lane: str
    kind: str
    request: RequestId | None
    error: str | None
    since: datetime
    is_parked: bool
    is_known: bool = True


IS_PARKED = work.c.parked_at.is_not(None)
_SINCE = func.coalesce(work.c.parked_at, work.c.tried_since, type_=work.c.parked_at.type).label("since")
_FIELDS = (work.c.id, work.c.lane, work.c.kind, work.c.request, work.c.error, _SINCE, IS_PARKED.label("is_parked"))


def parked(connection: Connection, *, before: datetime | None = None) -> list[Stuck]:
    """Oldest first; all, or those first tried `before` then: a start parks anew what it tries once more."""
    is_old = [] if before is None else [func.coalesce(work.c.tried_since, work.c.parked_at) < before]
    query = select(*_FIELDS).where(IS_PARKED, *is_old)
    return [Stuck(**row) for row in connection.execute(query.order_by(work.c.id)).mappings()]


def failing(connection: Connection, *, now: datetime) -> list[Stuck]:
    """Oldest first."""
    has_failed = or_(work.c.error.is_not(None), work.c.failures > 0)
    query = select(*_FIELDS).where(~IS_PARKED, has_failed, work.c.tried_since <= now - FAILS_AFTER)
    return [Stuck(**row) for row in connection.execute(query.order_by(work.c.id)).mappings()]


def left_to_others(connection: Connection, *, now: datetime) -> list[Stuck]:
    """What another version of the bot left for itself, and has not done for minutes; longest due first."""
    fields = (*_FIELDS[:5], work.c.not_before.label("since"), IS_PARKED.label("is_parked"))
    query = select(*fields).where(_is_of_others(), ~IS_PARKED, work.c.not_before <= now - FAILS_AFTER)
    rows = connection.execute(query.order_by(work.c.not_before, work.c.id)).mappings()
    return [Stuck(**row, is_known=False) for row in rows]


def _is_of_others() -> ColumnElement[bool]:
    return work.c.kind.not_in(sorted(known_kinds()))


def try_again(connection: Connection, row: int, lanes: Collection[Lane], *, now: datetime) -> Stuck | None:
    """Makes a parked row due as if it had never failed, or in these lanes one that waits because it failed.

    As it was before; `None` when there is none.
    """
    found = _locked(connection, row, lanes)
    if found is not None:
        due = {"parked_at": None, "tried_since": None, "error": None, "failures": 0, "not_before": now}
        connection.execute(update(work).where(work.c.id == row).values(**due))
    return found


def let_go(connection: Connection, row: int, lanes: Collection[Lane]) -> Stuck | None:
    """Forgets such a row, or one of a kind that this version does not know; as it was, `None` when there is none."""
    found = _locked(connection, row, lanes, or_of_others=True)
    if found is not None:
        connection.execute(delete(work).where(work.c.id == row))
    return found


def hold(connection: Connection, row: int) -> None:
    """Keeps the row as it is until the transaction ends."""
    connection.execute(select(work.c.id).where(work.c.id == row).with_for_update())


def _locked(connection: Connection, row: int, lanes: Collection[Lane], *, or_of_others: bool = False) -> Stuck | None:
    is_free = work.c.lease_token.is_(None)
    waits = and_(work.c.lane.in_(lanes), work.c.error.is_not(None), is_free)
    stands = [IS_PARKED, waits, *([and_(_is_of_others(), is_free)] if or_of_others else [])]
    query = select(*_FIELDS).where(work.c.id == row, or_(*stands)).with_for_update()
    found = connection.execute(query).mappings().first()
    return None if found is None else Stuck(**found)
