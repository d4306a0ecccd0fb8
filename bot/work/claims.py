"""Claiming: a loop takes what is due in its lane, with a lease, and never two rows of one request at once."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from bot.store.columns import UtcTime, fields
from bot.store.lanes import Lane
from bot.store.tables import work
from bot.work.queue import Claim, is_one_of

CLAIMS = 731_402
"""The first half of the advisory locks' key at which claims of one lane meet; the second is the lane."""

_LANES = list(Lane)
_ONE_BY_ONE = select(func.pg_advisory_xact_lock(CLAIMS, bindparam("lane_no", type_=Integer)))


def is_due(
    connection: Connection,
    lane: Lane,
    *,
    now: datetime,
    kinds: Collection[str],
    known: Collection[str] | None = None,
    running: Collection[int] = (),
) -> bool:
    """Is there anything to claim? Cheaper than claiming: it takes no lock and writes nothing."""
    finding = _finding(lane, frozenset(kinds), None if known is None else frozenset(known), any_run=bool(running))
    return connection.execute(finding, _given(now, running)).first() is not None


def claim(
    connection: Connection,
    lane: Lane,
    *,
    now: datetime,
    lease: timedelta,
    most: int,
    kinds: Collection[str],
    known: Collection[str] | None = None,
    running: Collection[int] = (),
) -> list[Claim]:
    """Takes up to `most` due rows of a lane and of these kinds, oldest first, and never two of one request.

    What another version of the bot left there, of a kind that is not `known` here, stays for that version and holds
    up nothing; `None` when all kinds are. `running` are rows that the caller has in hand still: after a machine slept
    their lease is over, and they are neither claimed again nor overtaken.

    On PostgreSQL one claim of a lane follows the other. Skipping locked rows alone keeps two processes from taking one
    row, not from taking two rows of one request: a row that is late for one clock and not yet due for the other lets
    the second process take it while the first takes the next one, and neither sees what the other has not committed.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_ONE_BY_ONE, {"lane_no": _LANES.index(lane)})
    token = secrets.token_hex(16)
    taking = _taking(lane, frozenset(kinds), None if known is None else frozenset(known), any_run=bool(running))
    given = {"token": token, "until": now + lease, "most": most} | _given(now, running)
    taken = sorted(connection.execute(taking, given), key=lambda row: row.id)
    return [Claim(**fields(row, work, Claim) | {"lane": lane, "lease": lease, "token": token}) for row in taken]


_NOW, _UNTIL = bindparam("now", type_=UtcTime), bindparam("until", type_=UtcTime)
_RUNNING = bindparam("running", expanding=True, type_=Integer)


def _given(now: datetime, running: Collection[int]) -> dict[str, object]:
    return {"now": now, "running": running} if running else {"now": now}


@cache
def _taking(lane: Lane, kinds: frozenset[str], known: frozenset[str] | None, *, any_run: bool) -> Update:
    due = (
        select(work.c.id)
        .where(*_is_claimable(lane, kinds, known, any_run=any_run))
        .order_by(work.c.not_before, work.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("due")  # taken once: as a plain subquery PostgreSQL may run it again for each row, past its limit
    )
    return (
        update(work)
        .where(work.c.id.in_(select(due.c.id)))
        .values(
            lease_token=bindparam("token"),
            lease_until=_UNTIL,
            claims=work.c.claims + 1,
            tried_since=func.coalesce(work.c.tried_since, _NOW),
            failures=work.c.failures + case((work.c.lease_token.is_not(None), 1), else_=0),
        )
        .returning(work)
    )


@cache
def _finding(lane: Lane, kinds: frozenset[str], known: frozenset[str] | None, *, any_run: bool) -> Select[tuple[int]]:
    return select(work.c.id).where(*_is_claimable(lane, kinds, known, any_run=any_run)).limit(1)


def _is_claimable(
    lane: Lane, kinds: frozenset[str], known: frozenset[str] | None, *, any_run: bool
) -> list[ColumnElement[bool]]:
    is_free = or_(work.c.lease_until.is_(None), work.c.lease_until <= _NOW)
    is_due = work.c.not_before <= _NOW, work.c.parked_at.is_(None), is_free
    is_idle = [work.c.id.not_in(_RUNNING)] if any_run else []
    of_the_lane = work.c.lane == literal_column(f"'{lane}'"), is_one_of(work.c.kind, kinds)
    return [*of_the_lane, *is_due, *is_idle, ~_is_behind(known, any_run=any_run)]


def _is_behind(known: frozenset[str] | None, *, any_run: bool) -> ColumnElement[bool]:
    """Is there other work of the same request and lane that comes first, or is being done?"""
    other = work.alias("other")
    comes_first = and_(other.c.id < work.c.id, or_(other.c.not_before <= _NOW, other.c.claims > 0))
    if known is not None:
        comes_first = and_(comes_first, is_one_of(other.c.kind, known))
    is_run = [other.c.id.in_(_RUNNING)] if any_run else []
    return exists(
        select(other.c.id)
        .where(
            other.c.lane == work.c.lane,
            other.c.request == work.c.request,
            other.c.id != work.c.id,
            other.c.parked_at.is_(None),
            or_(other.c.lease_until > _NOW, *is_run, comes_first),
        )
        .offset(0)  # so that PostgreSQL asks it of each row, by the index, and makes no join of it over the whole table
    )
