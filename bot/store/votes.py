"""Votes: one per person, request and version of the terms; whose counted is what the trail says."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from bot.domain import trail
from bot.domain.request import PurchaseRequest
from bot.domain.trail import Event
from bot.store import audit
from bot.store.tables import votes

_ADD = insert(votes)
_VOTERS = (
    select(votes.c.approver)
    .where(votes.c.request == bindparam("request"), votes.c.terms_version == bindparam("terms_version"))
    .order_by(votes.c.entry)
)


def add(connection: Connection, request: PurchaseRequest, approver: str, *, at: datetime, entry: int) -> None:
    """A vote for the present terms. Raises SQLAlchemy's `IntegrityError` when this person voted for them already."""
    whose = {"request": request.id, "terms_version": request.terms_version, "approver": approver}
    connection.execute(_ADD, {**whose, "at": at, "entry": entry})


def voters(connection: Connection, request: PurchaseRequest) -> list[str]:
    """Who voted for the present terms, in the order of their votes, whether that counts or not."""
    present = {"request": request.id, "terms_version": request.terms_version}
    return list(connection.execute(_VOTERS, present).scalars())


def counted(connection: Connection, request: PurchaseRequest) -> list[str]:
    """Those whose votes for the present terms were counted at the last vote: what people see, and a purchase rests on.

    Somebody may have voted and been no approver at that moment.
    """
    last = audit.newest_of(connection, request.id, (Event.VOTED, Event.APPROVED))
    match None if last is None else last.told:
        case trail.Voted() | trail.Approved() as told if told.terms_version == request.terms_version:
            return list(told.voters)
        case _:
            return []
