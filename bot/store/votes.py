"""Votes: one per person, request and version of the terms; whose counted is what the trail says."""

from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, insert, select

from bot.domain import trail
from bot.domain.audit import Entry
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.domain.trail import Event
from bot.store import audit
from bot.store.tables import requests, votes

COUNTED = (Event.VOTED, Event.APPROVED)
"""What tells whose votes were counted."""

_ADD = insert(votes)
_VOTERS = (
    select(votes.c.approver)
    .where(votes.c.request == bindparam("request"), votes.c.terms_version == bindparam("terms_version"))
    .order_by(votes.c.entry)
)
_VOTED_FOR = (
    select(votes.c.request)
    .join(requests, and_(requests.c.id == votes.c.request, requests.c.terms_version == votes.c.terms_version))
    .where(requests.c.status == Status.PENDING, votes.c.approver == bindparam("approver"))
)


def add(connection: Connection, request: PurchaseRequest, approver: str, *, at: datetime, entry: int) -> None:
    """A vote for the present terms. Raises SQLAlchemy's `IntegrityError` when this person voted for them already."""
    whose = {"request": request.id, "terms_version": request.terms_version, "approver": approver}
    connection.execute(_ADD, {**whose, "at": at, "entry": entry})


def voters(connection: Connection, request: PurchaseRequest) -> list[str]:
    """Who voted for the present terms, in the order of their votes, whether that counts or not."""
    present = {"request": request.id, "terms_version": request.terms_version}
    return list(connection.execute(_VOTERS, present).scalars())


def voted_for(connection: Connection, approver: str) -> set[RequestId]:
    """The pending requests for whose present terms this person voted, whether that counts or not."""
    return {*connection.execute(_VOTED_FOR, {"approver": approver}).scalars()}


def counted(connection: Connection, request: PurchaseRequest) -> list[str]:
    """Those whose votes for the present terms were counted at the last vote: what people see, and a purchase rests on.

    Somebody may have voted and been no approver at that moment.
    """
    return counted_by(audit.newest_of(connection, request.id, COUNTED), request)


def counted_by(last: Entry | None, request: PurchaseRequest) -> list[str]:
    """As `counted`, by the request's newest entry that tells of a vote, if there is one."""
    told = _told_by(last, request)
    return [] if told is None else list(told.voters)


def last_counted(connection: Connection, request: PurchaseRequest) -> trail.Voted | trail.Approved | None:
    """What the trail tells of the last vote for the present terms; nothing of an automatic approval."""
    return _told_by(audit.newest_of(connection, request.id, COUNTED), request)


def _told_by(last: Entry | None, request: PurchaseRequest) -> trail.Voted | trail.Approved | None:
    match None if last is None else last.told:
        case trail.Voted() | trail.Approved() as told if told.terms_version == request.terms_version:
            return told
        case _:
            return None
