"""Votes: one per person, request and version of the terms."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.store.tables import requests, votes


def add(connection: Connection, request: PurchaseRequest, approver: str, *, at: datetime, entry: int) -> None:
    """A vote for the present terms. Raises SQLAlchemy's `IntegrityError` when this person voted for them already."""
    connection.execute(
        insert(votes).values(
            request=request.id, terms_version=request.terms_version, approver=approver, at=at, entry=entry
        )
    )


def voters(connection: Connection, request: PurchaseRequest) -> list[str]:
    """Who voted for the present terms, in the order of their votes."""
    query = (
        select(votes.c.approver)
        .where(votes.c.request == request.id, votes.c.terms_version == request.terms_version)
        .order_by(votes.c.entry)
    )
    return list(connection.execute(query).scalars())


def voted_for(connection: Connection, approver: str) -> set[RequestId]:
    """The pending requests whose present terms this person voted for."""
    query = (
        select(votes.c.request)
        .join(requests, requests.c.id == votes.c.request)
        .where(
            votes.c.approver == approver,
            votes.c.terms_version == requests.c.terms_version,
            requests.c.status == Status.PENDING,
        )
    )
    return set(connection.execute(query).scalars())
