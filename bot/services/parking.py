"""Parking: work that the bot cannot do is left for an operator, and whoever waits for it hears so.

A new start tries parked deliveries once more: what Slack would never take, it may take now.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from bot.domain import refusals, trail
from bot.domain.audit import BOT
from bot.domain.rules import Rules
from bot.services.acts import Act
from bot.services.buy.outcome import find_out
from bot.services.letters import Announcement
from bot.services.plans import NextLook, Purchase
from bot.services.transitions import await_people, move, refuse
from bot.services.unit import Unit, Units
from bot.store import attempts, audit, requests
from bot.work import queue
from bot.work.queue import Claim, Lane, Work

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
    request = None if held.request is None else requests.lock(unit.connection, held.request)
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


async def deliver_again(units: Units) -> None:
    """Takes up the deliveries that were parked."""
    if many := await units.write(lambda unit: queue.unpark(unit.connection, DELIVERING, now=unit.now)):
        log.info("parked deliveries are tried again", rows=many)
