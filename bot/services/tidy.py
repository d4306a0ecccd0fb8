"""Tidy: a `response_url` is a secret that dies after 30 minutes, and is not kept for longer than it is good for.

Work that waits, or is parked, loses it here; what is delivered drops it by itself.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue
from sqlalchemy import Connection

from bot.clock import Clock
from bot.services.letters import RESPONSE_URL_LIVES
from bot.store import control
from bot.store.store import Store
from bot.work import queue
from bot.work.queue import Claim, Kind

EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidy:
    """Works `Kind.TIDY`, which is always there once and plans itself anew."""

    store: Store
    clock: Clock

    async def plan(self) -> None:
        """Makes sure at start that it is planned."""
        now = self.clock.now()

        def plan(connection: Connection) -> None:
            control.hold(connection)
            queue.add_single(connection, Kind.TIDY, now=now)

        await self.store.write(plan)

    async def run(self, held: Claim) -> None:
        now = self.clock.now()
        await self.store.write(lambda connection: _drop_dead_urls(connection, held, now))


def _drop_dead_urls(connection: Connection, held: Claim, now: datetime) -> None:
    queue.finish(connection, held)
    queue.drop_parked(connection, Kind.TIDY)
    for row, payload in queue.carrying(connection, '"response_url":"http'):
        kept = json.dumps(without_dead_urls(json.loads(payload), now))
        queue.replace_payload(connection, row, before=payload, after=kept)
    queue.add(connection, Kind.TIDY, now=now, after=now + EVERY)


def _is_dead(address: dict[str, JsonValue], now: datetime) -> bool:
    return datetime.fromisoformat(str(address["at"])) + RESPONSE_URL_LIVES <= now


def without_dead_urls(value: JsonValue, now: datetime) -> JsonValue:
    """Every address in it without its `response_url` once that is dead."""
    match value:
        case dict():
            return {
                name: None if name == "response_url" and _is_dead(value, now) else without_dead_urls(item, now)
                for name, item in value.items()
            }
        case list():
            return [without_dead_urls(item, now) for item in value]
        case _:
            return value
