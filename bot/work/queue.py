"""The rows of durable work: added with what causes them, claimed with a lease, deleted when done.

Whoever holds a row carries its `lease_token` into every transaction (`Units.write`, `Units.finish`); a token that is no
longer the row's raises `LeaseLost` and with that undoes the transaction: no lease, no arrow.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import ClassVar

from pydantic import BaseModel, ConfigDict
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.request import RequestId
from bot.store.columns import UtcTime
from bot.store.lanes import Lane, give_work
from bot.store.tables import work


class Work(BaseModel):
    """What one row carries. Where a kind of work is declared: its name, its lane, and how often it comes round.

    A kind is built when it is first used, or at the start if every purchase uses it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kind: ClassVar[str]
    """As the row has it: rows of earlier versions carry it too."""
    lane: ClassVar[Lane]
    every: ClassVar[timedelta | None] = None
    """Of such work there is always one, planned anew so long after it was done."""

    @property
    def about(self) -> RequestId | None:
        """The request it is about: work of one request is done in order."""
        return None


def known_kinds() -> frozenset[str]:
    """Every kind of work that this version declares."""
    found, looked_at = set[str](), [Work]
    while looked_at:
        for one in looked_at.pop().__subclasses__():
            looked_at.append(one)
            found |= {one.kind} if "kind" in vars(one) else set()
    return frozenset(found)


_ADD = insert(work)


class LeaseLost(Exception):
    """The row belongs to somebody else by now, or is done; nothing of the transaction stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A row of work in the hands of one worker until `lease_until`."""

    id: int
    lane: Lane
    kind: str
    request: RequestId | None
    payload: str
    token: str
    lease: timedelta
    """How long it is kept each time that its holder extends it."""
    lease_until: datetime
    claims: int
    """How often it was claimed, this time included."""
    failures: int


def add(
    connection: Connection,
    payload: Work,
    *,
    now: datetime,
    request: RequestId | None = None,
    after: datetime | None = None,
) -> None:
    """Adds work, due at `after` or at once; `request` where the payload itself does not say what it is about."""
    row = {
        "lane": payload.lane,
        "kind": payload.kind,
        "request": request or payload.about,
        "payload": payload.model_dump_json(),
        "not_before": after or now,
    }
    added = connection.execute(_ADD, row).inserted_primary_key
    give_work(connection, payload.lane, payload.kind, after or now, None if added is None else added[0])


def add_single(connection: Connection, payload: Work, *, now: datetime) -> None:
    """Adds work that there is one of, unless it is there and not parked. Call it under a lock that all share."""
    planned = select(work.c.id).where(work.c.kind == payload.kind, work.c.parked_at.is_(None))
    if connection.execute(planned.limit(1)).first() is None:
        add(connection, payload, now=now)


def hasten_single(connection: Connection, kind: type[Work], *, now: datetime) -> None:
    """Makes work that there is one of due now."""
    of_kind = work.c.kind == kind.kind, work.c.parked_at.is_(None), work.c.not_before > now
    connection.execute(update(work).where(*of_kind).values(not_before=now))
    give_work(connection, kind.lane, kind.kind, now)


_IS_THERE = select(work.c.id).where(work.c.kind == bindparam("of_kind")).limit(1)


def is_there(connection: Connection, kind: type[Work]) -> bool:
    """Whether such work waits, is in hand, or is parked."""
    return connection.execute(_IS_THERE, {"of_kind": kind.kind}).first() is not None


def next_due(connection: Connection, kind: type[Work]) -> datetime | None:
    """When such work is due next; `None` when none is planned."""
    planned = select(func.min(work.c.not_before)).where(work.c.kind == kind.kind, work.c.parked_at.is_(None))
    due: datetime | None = connection.execute(planned).scalar()
    return due


_UNTIL, _DUE = bindparam("until", type_=UtcTime), bindparam("due", type_=UtcTime)
_IS_HELD = work.c.id == bindparam("held"), work.c.lease_token == bindparam("token")
_FINISH = delete(work).where(*_IS_HELD)
_LATER = case((work.c.lease_until < _UNTIL, _UNTIL), else_=work.c.lease_until)
_EXTEND = update(work).where(*_IS_HELD).values(lease_until=_LATER)


def finish(connection: Connection, held: Claim) -> None:
    """The work is done, in the transaction that did it. Raises `LeaseLost`."""
    _one(connection.execute(_FINISH, {"held": held.id, "token": held.token}).rowcount)


def extend(connection: Connection, held: Claim, *, until: datetime) -> None:
    """Keeps the row until then at least: a longer lease stays as it is. Raises `LeaseLost`."""
    _one(connection.execute(_EXTEND, {"held": held.id, "token": held.token, "until": until}).rowcount)


def put_back(
    connection: Connection,
    held: Claim,
    *,
    after: datetime,
    failed: bool = False,
    was_tried: bool = True,
    error: str = "",
) -> None:
    """Lets the row go until `after`; `failed` when that was a bug, otherwise earlier bugs count no more.

    Unless it was not even tried: then they count as before. Raises `LeaseLost`.
    """
    values = {"lease_token": None, "lease_until": None, "not_before": after, "error": error or None}
    failures = work.c.failures + 1 if failed else 0 if was_tried else work.c.failures
    _one(connection.execute(update(work).where(*_held(held)).values(failures=failures, **values)).rowcount)
    give_work(connection, held.lane, held.kind, after, held.id)


def rewrite(connection: Connection, held: Claim, payload: Work) -> None:
    """Changes what the row carries. Raises `LeaseLost`."""
    carried = payload.model_dump_json()
    _one(connection.execute(update(work).where(*_held(held)).values(payload=carried)).rowcount)


def carrying(connection: Connection, text: str) -> list[tuple[int, str]]:
    """Id and payload of the rows whose payload holds this text."""
    found = connection.execute(select(work.c.id, work.c.payload).where(work.c.payload.contains(text, autoescape=True)))
    return [(row.id, row.payload) for row in found]


def replace_payload(connection: Connection, row: int, *, before: str, after: str) -> None:
    """Changes what a row carries, whoever holds it, if nobody changed it meanwhile."""
    connection.execute(update(work).where(work.c.id == row, work.c.payload == before).values(payload=after))


def park(connection: Connection, held: Claim, *, now: datetime, error: str) -> None:
    """Leaves the row for an operator; it holds up nobody. Raises `LeaseLost`."""
    parked = {"lease_token": None, "lease_until": None, "parked_at": now, "error": error}
    _one(connection.execute(update(work).where(*_held(held)).values(**parked)).rowcount)


def drop_parked(connection: Connection, kind: type[Work]) -> bool:
    """Forgets parked work of which there is one, because it is planned anew; False when there was none."""
    return connection.execute(delete(work).where(work.c.kind == kind.kind, work.c.parked_at.is_not(None))).rowcount > 0


def unpark(connection: Connection, lanes: Collection[Lane], *, now: datetime) -> int:
    """Makes what is parked in these lanes due again, as if it had never failed; how many rows that were."""
    for lane in lanes:
        give_work(connection, lane, None, now)
    due = {"parked_at": None, "error": None, "failures": 0, "not_before": now}
    return connection.execute(
        update(work).where(work.c.lane.in_(lanes), work.c.parked_at.is_not(None)).values(**due)
    ).rowcount


def is_one_of(kind: ColumnElement[str], kinds: Collection[str]) -> ColumnElement[bool]:
    """In words of our own, written into the statement: those of a loop or a caller never change."""
    return kind.in_([literal_column(f"'{one}'") for one in sorted(kinds)])


def _not_begun(kinds: frozenset[str]) -> tuple[ColumnElement[bool], ...]:
    is_free = work.c.lease_token.is_(None), work.c.parked_at.is_(None)
    return is_one_of(work.c.kind, kinds), work.c.request == bindparam("of_request"), *is_free


@cache
def _finding(kinds: frozenset[str]) -> Select[tuple[int]]:
    return select(work.c.id).where(*_not_begun(kinds)).limit(1).with_for_update()


@cache
def _hastening(kinds: frozenset[str]) -> ReturningUpdate[tuple[int, str]]:
    is_later = and_(work.c.claims == 0, work.c.not_before > _DUE)
    hastened = case((is_later, _DUE), else_=work.c.not_before)
    return update(work).where(*_not_begun(kinds)).values(not_before=hastened).returning(work.c.id, work.c.kind)


def is_waiting(connection: Connection, kinds: Sequence[type[Work]], request: RequestId) -> bool:
    """Is there work of one of these kinds that nobody has begun? Nobody begins it before this transaction ends.

    So who counts on it may. While the rewrite that entry 7 planned waits, entry 8 plans none: that one will show 8.
    """
    finding = _finding(frozenset(kind.kind for kind in kinds))
    return connection.execute(finding, {"of_request": request}).first() is not None


def hasten(connection: Connection, kinds: Sequence[type[Work]], request: RequestId, *, due: datetime) -> bool:
    """As `is_waiting`; and if nobody tried it yet, it is due then at the latest."""
    lanes = {kind.kind: kind.lane for kind in kinds}
    there = connection.execute(_hastening(frozenset(lanes)), {"of_request": request, "due": due}).all()
    for row in there:
        give_work(connection, lanes[row.kind], row.kind, due, row.id)
    return bool(there)


def waiting(connection: Connection, kind: type[Work]) -> int:
    """How much such work there is, parked rows aside."""
    there = work.c.lane == kind.lane, work.c.kind == kind.kind, work.c.parked_at.is_(None)
    return connection.execute(select(func.count()).where(*there)).scalar_one()


def drop(connection: Connection, kind: type[Work], request: RequestId) -> None:
    """Removes work of a request that nobody holds and that has lost its meaning."""
    of_it = work.c.kind == kind.kind, work.c.request == request, work.c.lease_token.is_(None)
    connection.execute(delete(work).where(*of_it))


def take_back(connection: Connection, payload: Work) -> None:
    """Removes this very work, unless somebody holds it."""
    same = work.c.kind == payload.kind, work.c.payload == payload.model_dump_json(), work.c.lease_token.is_(None)
    connection.execute(delete(work).where(*same))


def _held(held: Claim) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return work.c.id == held.id, work.c.lease_token == held.token


def _one(changed: int) -> None:
    if changed != 1:
        raise LeaseLost
