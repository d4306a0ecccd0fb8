"""Requests as rows. A row changes only from the state that was read: every change is a compare-and-set."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    true,
    union_all,
    update,
)

from bot.domain.attempt import NOT_DEFINITE
from bot.domain.money import Money
from bot.domain.numbers import E164
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.domain.terms import Terms
from bot.store.columns import fields, in_parts, values
from bot.store.tables import IS_BOUGHT_PRIVATELY, IS_FOR_PEOPLE, IS_OPEN, attempts, audit_entries, requests

BUYING = (Status.APPROVED, Status.PURCHASING, Status.CHECKING, Status.PURCHASED)

_ADD = insert(requests)
_GET = select(requests).where(requests.c.id == bindparam("request"))
_ENTRY_OF = select(requests.c.entry).where(requests.c.id == bindparam("request"))
_LOCK = _GET.with_for_update()
_ASKED_TOGETHER = select(requests).where(requests.c.basket == bindparam("basket")).order_by(requests.c.id)
_IN_BASKETS = (
    select(requests)
    .where(requests.c.card.in_(bindparam("baskets", expanding=True)), requests.c.basket == requests.c.card)
    .order_by(requests.c.id)
)
_LOCK_BASKET = (
    select(requests)
    .where(requests.c.card == bindparam("basket"), requests.c.basket == requests.c.card)
    .order_by(requests.c.id)
    .with_for_update()
)
_NEWEST_ENTRY = select(func.max(requests.c.entry)).where(requests.c.basket == bindparam("basket"))
_TOLD_BY = (
    select(requests)
    .join(audit_entries, audit_entries.c.request == requests.c.id)
    .where(audit_entries.c.seq == bindparam("entry"))
)
_CHANGE = update(requests).where(requests.c.id == bindparam("request"))
_MOVE = _CHANGE.where(
    requests.c.status == bindparam("status_before"),
    requests.c.row_version == bindparam("row_version_before"),
    requests.c.terms_version == bindparam("terms_version_before"),
)
_MOVE_IN_TIME = _MOVE.where(requests.c.expires_at > bindparam("not_expired_at"))
_OPEN_FOR = select(requests).where(requests.c.e164 == bindparam("number"), IS_OPEN)
_OPEN_AMONG = select(requests.c.e164).where(IS_OPEN, requests.c.e164.in_(bindparam("numbers", expanding=True)))
_AMONG = select(requests).where(requests.c.id.in_(bindparam("requests", expanding=True)))
_IN_STATE = select(requests).where(requests.c.status.in_(bindparam("statuses", expanding=True))).order_by(requests.c.id)
_PENDING = select(requests).where(requests.c.status == Status.PENDING).order_by(requests.c.expires_at, requests.c.id)
_FOR_PEOPLE = (
    select(requests)
    .join(attempts, attempts.c.request == requests.c.id)
    .where(IS_FOR_PEOPLE)
    .order_by(attempts.c.entry.desc())
)

_NEWEST_FIRST = requests.c.created_at.desc(), requests.c.id.desc()
_OF_NUMBER = select(requests).where(requests.c.e164 == bindparam("number")).order_by(*_NEWEST_FIRST)
_NEWEST_BOUGHT = (
    select(requests).where(requests.c.status == Status.PURCHASED).order_by(*_NEWEST_FIRST).limit(bindparam("most"))
)
_BOUGHT_IN_PUBLIC = _NEWEST_BOUGHT.where(requests.c.is_private == false())
_BOUGHT_PRIVATELY = _NEWEST_BOUGHT.where(requests.c.is_private == true())
_BOUGHT_PRIVATELY_BY = (
    select(requests)
    .where(IS_BOUGHT_PRIVATELY, requests.c.team == bindparam("team"), requests.c.requester == bindparam("requester"))
    .order_by(*_NEWEST_FIRST)
    .limit(bindparam("most"))
)


def _newest_of_both(privately: Select[Any]) -> Select[Any]:
    """Each half is found by an index of its own, whatever the other is like."""
    both = union_all(select(_BOUGHT_IN_PUBLIC.subquery()), select(privately.subquery())).subquery()
    return select(both).order_by(both.c.created_at.desc(), both.c.id.desc()).limit(bindparam("most"))


_BOUGHT = _newest_of_both(_BOUGHT_PRIVATELY)
_BOUGHT_SEEN_BY = _newest_of_both(_BOUGHT_PRIVATELY_BY)


def add(connection: Connection, request: PurchaseRequest) -> None:
    """Raises SQLAlchemy's `IntegrityError` when the number has an open request already."""
    connection.execute(_ADD, _columns(request))


def entered(connection: Connection, request: PurchaseRequest, entry: int) -> PurchaseRequest:
    """A new request with its first audit entry, which is written after the request: the trail's lock comes last."""
    connection.execute(_CHANGE, {"request": request.id, "entry": entry, "cause": entry})
    return replace(request, entry=entry, cause=entry)


def get(connection: Connection, request: RequestId) -> PurchaseRequest | None:
    row = connection.execute(_GET, {"request": request}).first()
    return None if row is None else _request(row)


def entry_of(connection: Connection, thread: RequestId) -> int:
    """The newest entry that moved the request, or any of the basket."""
    entry: int | None = connection.execute(_ENTRY_OF, {"request": thread}).scalar()
    if entry is None:
        entry = connection.execute(_NEWEST_ENTRY, {"basket": thread}).scalar_one()
    return entry


def told_by(connection: Connection, entry: int) -> PurchaseRequest | None:
    """The request that an audit entry tells of."""
    row = connection.execute(_TOLD_BY, {"entry": entry}).first()
    return None if row is None else _request(row)


def lock(connection: Connection, request: RequestId) -> PurchaseRequest | None:
    """The request, kept from changing until the transaction ends."""
    row = connection.execute(_LOCK, {"request": request}).first()
    return None if row is None else _request(row)


def asked_together(connection: Connection, basket: str) -> list[PurchaseRequest]:
    """In the order of their ids, those that left the basket included."""
    return [_request(row) for row in connection.execute(_ASKED_TOGETHER, {"basket": basket})]


def in_baskets(connection: Connection, baskets: Collection[str]) -> list[PurchaseRequest]:
    """What is in these baskets now, by id."""
    return [_request(row) for row in connection.execute(_IN_BASKETS, {"baskets": [*baskets]})] if baskets else []


def decided_with(connection: Connection, about: RequestId) -> list[PurchaseRequest]:
    """What a decision about a request, or about a basket, is about; nothing for what is not there."""
    request = get(connection, about)
    if request is not None and not request.is_in_basket:
        return [request]
    return in_baskets(connection, [about if request is None else request.card])


def lock_together(connection: Connection, read: Sequence[PurchaseRequest]) -> list[PurchaseRequest]:
    """As `decided_with` read them, kept from changing until the transaction ends: by id, as everybody locks several.

    Without those that left their basket since.
    """
    if read and read[0].is_in_basket:
        return [_request(row) for row in connection.execute(_LOCK_BASKET, {"basket": read[0].card})]
    return [locked for request in read if (locked := lock(connection, request.id)) is not None]


def move(
    connection: Connection, before: PurchaseRequest, after: PurchaseRequest, *, not_expired_at: datetime | None = None
) -> bool:
    """Keeps `after` if the row still is `before`; False when it is not, and then nothing was changed.

    With `not_expired_at` only if the row expires later than that.
    """
    was = _columns(before)
    changes = {name: value for name, value in _columns(after).items() if value != was[name]}
    compared = {
        "request": before.id,
        "status_before": before.status,
        "row_version_before": before.row_version,
        "terms_version_before": before.terms_version,
    }
    if not_expired_at is None:
        return connection.execute(_MOVE, {**changes, **compared}).rowcount == 1
    return connection.execute(_MOVE_IN_TIME, {**changes, **compared, "not_expired_at": not_expired_at}).rowcount == 1


def open_for(connection: Connection, number: E164) -> PurchaseRequest | None:
    """The open request for a number; there is at most one."""
    row = connection.execute(_OPEN_FOR, {"number": number}).first()
    return None if row is None else _request(row)


def open_among(connection: Connection, numbers: Collection[E164]) -> set[E164]:
    """Which of these, a few hundred at most, have an open request."""
    return {*connection.execute(_OPEN_AMONG, {"numbers": [*numbers]}).scalars()}


def of_number(connection: Connection, number: E164) -> list[PurchaseRequest]:
    """All there ever were, newest first."""
    return [_request(row) for row in connection.execute(_OF_NUMBER, {"number": number})]


def in_state(connection: Connection, statuses: Sequence[Status]) -> list[PurchaseRequest]:
    """By id: whoever locks several takes them in one order."""
    return [_request(row) for row in connection.execute(_IN_STATE, {"statuses": statuses})]


def pending(connection: Connection) -> list[PurchaseRequest]:
    """What waits for a decision; what expires next first."""
    return [_request(row) for row in connection.execute(_PENDING)]


def for_people(connection: Connection) -> list[PurchaseRequest]:
    """Those whose outcome people have to say, or of which they have to write a charge off; last tried first."""
    return [_request(row) for row in connection.execute(_FOR_PEOPLE)]


def among(connection: Connection, ids: Collection[str]) -> dict[str, PurchaseRequest]:
    """By id; what is not there is not among them."""
    rows = (row for some in in_parts(ids) for row in connection.execute(_AMONG, {"requests": some}))
    return {row.id: _request(row) for row in rows}


def approved_between(connection: Connection, begins: datetime, before: datetime) -> int:
    """How many that were approved then are bought, or may still be: what was refused or failed gives its place back.

    But not a failure without the provider's definite word before that is settled.
    """
    may_be_sold = exists().where(
        attempts.c.request == requests.c.id, attempts.c.ending.in_(NOT_DEFINITE), attempts.c.settled_at.is_(None)
    )
    holds = or_(requests.c.status.in_(BUYING), and_(requests.c.status == Status.FAILED, may_be_sold))
    then = and_(requests.c.decided_at >= begins, requests.c.decided_at < before)
    return connection.execute(select(func.count()).select_from(requests).where(then, holds)).scalar_one()


def newest(
    connection: Connection,
    *,
    statuses: Sequence[Status] = (),
    requester: tuple[str, str] | None = None,
    most: int | None = None,
) -> list[PurchaseRequest]:
    """Newest first; `requester` is (team, user)."""
    query = select(requests).order_by(*_NEWEST_FIRST)
    if statuses:
        query = query.where(requests.c.status.in_(statuses))
    if requester is not None:
        query = query.where(requests.c.team == requester[0], requests.c.requester == requester[1])
    return [_request(row) for row in connection.execute(query.limit(most) if most else query)]


def bought(connection: Connection, *, seen_by: tuple[str, str] | None, most: int) -> list[PurchaseRequest]:
    """Newest first; `seen_by` (team, user) of others only what is not private, by whoever decides everything."""
    if seen_by is None:
        rows = connection.execute(_BOUGHT, {"most": most})
    else:
        rows = connection.execute(_BOUGHT_SEEN_BY, {"team": seen_by[0], "requester": seen_by[1], "most": most})
    return [_request(row) for row in rows]


def _columns(request: PurchaseRequest) -> Mapping[str, object]:
    terms = request.terms
    return {
        **values(request, requests),
        **values(terms, requests),
        "setup_fee": terms.setup_fee.micros,
        "setup_fee_digits": terms.setup_fee.digits,
        "monthly_fee": terms.monthly_fee.micros,
        "monthly_fee_digits": terms.monthly_fee.digits,
    }


def _request(row: Row[tuple[object, ...]]) -> PurchaseRequest:
    currency, terms = row.currency, fields(row, requests, Terms)
    terms["setup_fee"] = Money.from_micros(row.setup_fee, currency, row.setup_fee_digits)
    terms["monthly_fee"] = Money.from_micros(row.monthly_fee, currency, row.monthly_fee_digits)
    return PurchaseRequest(**fields(row, requests, PurchaseRequest), terms=Terms(**terms))
