"""Questions about requests that wait, and their answers: entries of the trail, kept nowhere else."""

from collections.abc import Sequence

from sqlalchemy import Connection

from bot.domain import trail
from bot.domain.audit import Entry
from bot.domain.request import PurchaseRequest
from bot.domain.shown import Asked
from bot.domain.trail import Event
from bot.store import audit

TELLING = (Event.CHANGES_REQUESTED, Event.ANSWERED)
"""What tells of them."""


def asked(connection: Connection, together: Sequence[PurchaseRequest], seq: int) -> Asked | None:
    """The question of this entry, if it is about these as they wait now, and none from before they were decided."""
    for entry in audit.among(connection, {request.id for request in together}, (seq,), ()):
        if isinstance(entry.told, trail.ChangesRequested) and entry.seq > together[0].cause:
            return Asked(question=entry.told.question, by=entry.actor)
    return None


def newest(told: Sequence[Entry], request: PurchaseRequest) -> Asked | None:
    """The newest question about a request that waits, with its answer, by the request's entries, oldest first."""
    newest = None
    for entry in told:
        match entry.told:
            case trail.ChangesRequested(question=question) if entry.seq > request.cause:
                newest = Asked(question=question, by=entry.actor)
            case trail.Answered(question=question, answer=answer) if newest and newest.question == question:
                newest = Asked(question=question, by=newest.by, answer=answer)
    return newest
