"""What time does to a request: it expires, people are reminded of it, and an approval that is not used lapses."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain.attempt import Attempt
from bot.domain.audit import BOT, Event
from bot.domain.request import PurchaseRequest, Status
from bot.services.rules import Times
from bot.services.transitions import OfVersion, ask_again, await_people, move, reply
from bot.store import attempts, audit, requests
from bot.store.store import Store
from bot.work import queue
from bot.work.queue import Claim
from bot.work.retry import TryLater

CALL_IS_AWAITED = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Judges what is due."""

    store: Store
    clock: Clock
    times: Times

    async def expire(self, held: Claim) -> None:
        now = self.clock.now()
        await self.store.write(lambda connection: self._expire(connection, held, now))

    async def remind(self, held: Claim) -> None:
        now = self.clock.now()
        await self.store.write(lambda connection: self._remind(connection, held, now))

    async def nudge(self, held: Claim) -> None:
        now = self.clock.now()
        await self.store.write(lambda connection: _nudge(connection, held, now))

    async def lapse(self, held: Claim) -> None:
        """Raises `TryLater` while a call is out: when that is not executed, the approval is still to lapse."""
        now = self.clock.now()
        await self.store.write(lambda connection: self._lapse(connection, held, now))

    def _expire(self, connection: Connection, held: Claim, now: datetime) -> None:
        request = _due(connection, held, Status.PENDING)
        if request is None:
            return
        _, entry = move(connection, request, request.expired(now), now=now, actor=BOT, event=Event.EXPIRED, facts={})
        reply(connection, entry, now=now)

    def _remind(self, connection: Connection, held: Claim, now: datetime) -> None:
        request = _due(connection, held, Status.PENDING)
        if request is None:
            return
        entry = audit.append(connection, at=now, actor=BOT, event=Event.REMINDED, request=request.id, facts={})
        reply(connection, entry, now=now)

    def _lapse(self, connection: Connection, held: Claim, now: datetime) -> None:
        request = _due(connection, held, Status.APPROVED, Status.PURCHASING)
        if request is None:
            return
        if request.status is Status.PURCHASING:
            raise TryLater(CALL_IS_AWAITED, "a call is out")
        ask_again(connection, request, self.times, now=now, why="lapsed", facts={})


def _nudge(connection: Connection, held: Claim, now: datetime) -> None:
    """Once a day, for as long as people are asked what became of a purchase, or an alert waits for them."""
    queue.finish(connection, held)
    request = None if held.request is None else requests.lock(connection, held.request)
    attempt = None if request is None else attempts.newest_of(connection, request.id)
    if request is None or attempt is None:
        return
    about = _waits_for(request, attempt)
    if about is not None:
        facts = {"about": about}
        entry = audit.append(connection, at=now, actor=BOT, event=Event.REMINDED, request=request.id, facts=facts)
        reply(connection, entry, now=now)
    if about is not None or request.status is Status.CHECKING:
        await_people(connection, request.id, now=now)


def _waits_for(request: PurchaseRequest, attempt: Attempt) -> str | None:
    """What people are to say."""
    if request.status is Status.CHECKING and attempt.asks_people:
        return "outcome"
    return None if attempt.alerted_at is None else "alert"


def _due(connection: Connection, held: Claim, *statuses: Status) -> PurchaseRequest | None:
    """The request, locked, if the deadline still means it; the work is done either way.

    That its time has come is what the claim says: work is not claimed before.
    """
    queue.finish(connection, held)
    if held.request is None:
        return None
    request = requests.lock(connection, held.request)
    version = OfVersion.model_validate_json(held.payload).terms_version
    if request is None or request.status not in statuses or request.terms_version != version:
        return None
    return request
