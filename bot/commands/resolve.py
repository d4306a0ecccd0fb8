"""`resolve`: what became of a purchase, said by an operator when Slack cannot be used.

The process that serves makes the fresh look that has to agree; `--without-asking` takes the operator's word alone.
"""

import asyncio
import secrets
from datetime import UTC, datetime
from typing import TextIO

from sqlalchemy import Connection

from bot.domain.audit import OPERATOR, Entry, Event
from bot.domain.policy import Resolution
from bot.domain.request import RequestId
from bot.services.acts import Address, Resolve, take
from bot.services.reconcile import checked
from bot.services.resolve import resolve_without_asking
from bot.store import audit, requests, work
from bot.store.store import Store
from bot.store.work import Kind

LOOK_EVERY = 0.5
"""Seconds between looks for the verdict."""

PATIENCE = 60.0
"""Seconds to wait for the process that serves."""

_WORDS = {
    Event.PURCHASED: "Recorded: it was bought.",
    Event.FAILED: "Recorded: it was not bought.",
    Event.LOOK_ASKED: "The provider could not be read; the bot looks again.",
}


async def resolve(store: Store, out: TextIO, request: RequestId, resolution: Resolution, *, asks: bool) -> bool:
    """Says what was recorded, or why nothing was; True when it was."""
    if await store.read(lambda connection: requests.get(connection, request)) is None:
        out.write(f"There is no request {request}: `requests` lists them.\n")
        return False
    if not asks:
        return await _take_the_word(store, out, request, resolution)
    now = datetime.now(UTC)
    act = Resolve(
        team="",
        trigger_id=f"operator-{secrets.token_hex(16)}",
        by=Address(user=OPERATOR, at=now),
        resolution=resolution,
        request=request,
    )

    def hand_in(connection: Connection) -> int:
        take(connection, act, now=now)
        return _newest(connection, request)

    before = await store.write(hand_in)
    verdict = await _verdict(store, request, before)
    if verdict is None:
        await store.write(lambda connection: work.drop(connection, Kind.RESOLVE, request))
        out.write("No process serves from this database: start `serve`, or say it with --without-asking.\n")
        return False
    if verdict.event in _WORDS:
        out.write(f"{_WORDS[verdict.event]}\n")
        return verdict.event is not Event.LOOK_ASKED
    facts = verdict.facts()
    out.write(f"Nothing changed: {facts.get('reason')} {facts.get('evidence')}\n")
    return False


async def _take_the_word(store: Store, out: TextIO, request: RequestId, resolution: Resolution) -> bool:
    now = datetime.now(UTC)

    def change(connection: Connection) -> bool:
        found = checked(connection, request)
        if found is not None:
            resolve_without_asking(connection, *found, resolution, now=now)
        return found is not None

    if not await store.write(change):
        out.write(f"Nothing changed: no request {request} waits for its outcome.\n")
        return False
    said = "bought" if resolution is Resolution.BOUGHT else "not bought"
    out.write(f"Recorded on your word: it was {said}.\n")
    return True


async def _verdict(store: Store, request: RequestId, before: int) -> Entry | None:
    """The operator's next entry about the request, if a process that serves writes it in time."""
    for _ in range(int(PATIENCE / LOOK_EVERY)):
        entries = await store.read(lambda connection: audit.of_request(connection, request))
        found = [entry for entry in entries if entry.seq > before and entry.actor == OPERATOR]
        if found:
            return found[0]
        await asyncio.sleep(LOOK_EVERY)
    return None


def _newest(connection: Connection, request: RequestId) -> int:
    return max((entry.seq for entry in audit.of_request(connection, request)), default=0)
