"""Parking: work that the bot cannot do is left for an operator, and whoever waits for it hears so.

A new start tries parked deliveries once more: what Slack would never take, it may take now. Operators and approvers
have parked work tried again, or let it go.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from bot.domain import refusals, trail
from bot.domain.audit import BOT
from bot.domain.policy import Approvers, may_take_part
from bot.domain.refusals import NotAllowed
from bot.domain.request import PurchaseRequest, RequestId
from bot.domain.rules import Rules
from bot.services.acts import Act, Unpark
from bot.services.buy.outcome import find_out
from bot.services.letters import Announcement
from bot.services.people import PeopleData
from bot.services.plans import NextLook, Purchase
from bot.services.transitions import await_people, move, refresh_homes, refuse
from bot.services.unit import Unit, Units
from bot.store import attempts, audit, requests
from bot.store.lanes import Lane
from bot.work import queue, stuck
from bot.work.queue import Claim, Work

log: structlog.stdlib.BoundLogger = structlog.get_logger()


DELIVERING = (Lane.TELL, Lane.SHOW)


@dataclass(frozen=True, slots=True)
class Parking:
    """What parking means to people, as the worker asks for it."""

    rules: Rules

    def __call__(self, connection: Connection, held: Claim, payload: Work | None, *, error: str, now: datetime) -> None:
        """Leaves the row for an operator; it holds up nobody. Raises `LeaseLost`.

        What plans itself anew is planned, and told of when it begins to fail. Of deliveries only `check` tells.
        """
        is_told = payload is not None and payload.every is not None and queue.drop_parked(connection, type(payload))
        queue.park(connection, held, now=now, error=error)
        if payload is not None and payload.every is not None:
            queue.add(connection, payload, now=now, after=now + payload.every)
        if held.lane not in DELIVERING:
            told = trail.Parked(kind=held.kind, work=held.id, error=error)
            _tell(Unit(connection, now, self.rules), held, payload, told, is_told=is_told)


def _tell(unit: Unit, held: Claim, payload: Work | None, told: trail.Parked, *, is_told: bool) -> None:
    """Whoever acted hears that it failed, approvers in the thread, or in the channel when it is about no request.

    A purchase whose call may have left is found out by looks, and one that looks cannot find out is left to people.
    """
    if isinstance(payload, Purchase) and held.request is not None:
        find_out(unit, held.request)
    request = None if held.request is None else _told_of(unit, held.request)
    attempt = None if request is None else attempts.open_of(unit.connection, request.id)
    if isinstance(payload, NextLook) and attempt is not None:
        attempts.ask_people(unit.connection, attempt.id, asks=True)
        await_people(unit, attempt.request)
    if request is not None:
        move(unit, request, request.noted(), told)
    else:
        entry = audit.append(unit.connection, at=unit.now, actor=BOT, request=held.request, told=told)
        if not is_told:
            queue.add(unit.connection, Announcement(entry=entry.seq), now=unit.now)
    if isinstance(payload, Act):
        failed = refusals.BotFailed(kind=told.kind, work=told.work, error=told.error)
        refuse(unit, payload, failed, None if request is None else request.id)


def _told_of(unit: Unit, thread: RequestId) -> PurchaseRequest | None:
    """The request in whose thread it is told, locked: of a basket, its first."""
    request = requests.lock(unit.connection, thread)
    if request is not None:
        return request
    together = requests.lock_together(unit.connection, requests.decided_with(unit.connection, thread))
    return together[0] if together else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unparking:
    """Judges clicks beside parked work in App Home."""

    units: Units
    people: PeopleData

    async def judge(self, held: Claim, act: Unpark) -> None:
        """Raises `TryLater` while Slack cannot say who clicked, and when waiting for the lock made that too old."""
        await self.units.finish(held, self._judge, act, await self.people.entitled(act, may_take_part))

    def _judge(self, unit: Unit, act: Unpark, found: Approvers | NotAllowed) -> None:
        stuck.hold(unit.connection, act.work)
        unit = unit.at(self.units.clock.now())
        if not isinstance(found, NotAllowed):
            found = self.people.fresh(act, found, unit.now)
        if isinstance(found, NotAllowed):
            refuse(unit, act, found)
        elif not put_right(unit, act.user, act.work, drops=act.drops):
            refuse(unit, act, refusals.NotParked(work=act.work))


def put_right(unit: Unit, by: str, row: int, *, drops: bool) -> bool:
    """Has parked work, or a delivery that keeps failing, tried again at once, or let go; False when there is none."""
    found = (
        stuck.let_go(unit.connection, row, DELIVERING)
        if drops
        else stuck.try_again(unit.connection, row, DELIVERING, now=unit.now)
    )
    if found is None:
        return False
    told = (trail.LetGo if drops else trail.TakenUp)(kind=found.kind, work=found.id, error=found.error or "")
    audit.append(unit.connection, at=unit.now, actor=by, request=found.request, told=told)
    refresh_homes(unit)
    return True


async def deliver_again(units: Units) -> None:
    """Takes up the deliveries that were parked."""
    if many := await units.by_hand(lambda unit: queue.unpark(unit.connection, DELIVERING, now=unit.now)):
        log.info("parked deliveries are tried again", rows=many)
