"""Parking: work that the bot cannot do is left for an operator, and whoever waits for it hears so.

A new start tries parked deliveries once more: what Slack would never take, it may take now.
"""

from datetime import datetime

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain.audit import BOT, Event, Facts
from bot.domain.policy import NotAllowed, Reason
from bot.domain.request import RequestId
from bot.services import tidy
from bot.services.acts import Act, Ask, AskAgain, AskForStatus, Decide, Freeze, Resolve
from bot.services.buy.outcome import find_out
from bot.services.letters import Announcement
from bot.services.reconcile import sweep
from bot.services.transitions import await_people, move, refuse, reply
from bot.store import attempts, audit, requests
from bot.store.store import Store
from bot.work import queue
from bot.work.queue import Claim, Kind, Lane

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_ACTS: dict[Kind, type[Act]] = {act.kind: act for act in (Ask, AskAgain, Decide, Resolve, Freeze, AskForStatus)}

_PLANNED_EVERY = {Kind.SWEEP: sweep.EVERY, Kind.TIDY: tidy.EVERY}
"""Work that there is always one of."""


def park(connection: Connection, held: Claim, *, error: str, now: datetime) -> None:
    """Leaves the row for an operator; it holds up nobody. Raises `LeaseLost`.

    In the judge and buy lanes somebody waits: whoever acted hears that it failed, and approvers see it in the thread,
    or in the channel when it is about no request. A purchase whose call may have left is found out by looks, and one
    that looks cannot find out is left to people. What plans itself anew is planned, and told of when it begins to fail.
    """
    is_told = held.kind in _PLANNED_EVERY and queue.drop_parked(connection, held.kind)
    queue.park(connection, held, now=now, error=error)
    if held.kind in _PLANNED_EVERY:
        queue.add(connection, held.kind, now=now, after=now + _PLANNED_EVERY[held.kind])
    if held.kind.lane is Lane.TELL:
        return
    facts: Facts = {"kind": held.kind.value, "work": held.id, "error": error}
    if held.kind is Kind.PURCHASE:
        find_out(connection, held.request, now)
    request = None if held.request is None else requests.lock(connection, held.request)
    if held.kind is Kind.LOOK and request is not None and (attempt := attempts.open_of(connection, request.id)):
        attempts.ask_people(connection, attempt.id, asks=True)
        await_people(connection, request.id, now=now)
    if request is not None:
        _, entry = move(connection, request, request.noted(), now=now, actor=BOT, event=Event.PARKED, facts=facts)
        reply(connection, entry, now=now)
    else:
        entry = audit.append(connection, at=now, actor=BOT, event=Event.PARKED, request=held.request, facts=facts)
        if not is_told:
            payload = Announcement(entry=entry.seq).model_dump_json()
            queue.add(connection, Kind.ANNOUNCE, now=now, payload=payload)
    if held.kind in _ACTS:
        _tell(connection, held, facts, None if request is None else request.id, now)


async def deliver_again(store: Store, clock: Clock) -> None:
    """Takes up the deliveries that were parked."""
    now = clock.now()
    if many := await store.write(lambda connection: queue.unpark(connection, Lane.TELL, now=now)):
        log.info("parked deliveries are tried again", rows=many)


def _tell(connection: Connection, held: Claim, facts: Facts, about: RequestId | None, now: datetime) -> None:
    try:
        act = _ACTS[held.kind].model_validate_json(held.payload)
    except ValidationError:
        log.exception("an act cannot be read, so nobody can be told", work=held.id)
        return
    event = Event.REQUEST_REFUSED if about is None else Event.DECISION_REFUSED
    refuse(connection, act, event, NotAllowed(Reason.BOT_FAILED, facts), now=now, about=about)
