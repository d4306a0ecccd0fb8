"""Tidy: what is kept no longer than it is good for.

A `response_url` is a secret that dies after 30 minutes: work that waits, or is parked, loses it here; what is delivered
drops it by itself. What was parked for a week is let go: nobody wants it done any more. Clicks are forgotten here, not
by the next one: somebody waits for that.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from pydantic import JsonValue

from bot.domain.audit import BOT
from bot.services.letters import RESPONSE_URL_LIVES
from bot.services.parking import put_right
from bot.services.plans import DueTidy
from bot.services.unit import Unit, Units
from bot.store import clicks
from bot.work import queue, stuck
from bot.work.queue import Claim

log: structlog.stdlib.BoundLogger = structlog.get_logger()

PARKED_IS_KEPT = timedelta(days=7)
"""Since it was first tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidying:
    """Works `DueTidy`, which is always there once and plans itself anew."""

    units: Units

    async def run(self, held: Claim, _: DueTidy) -> None:
        await self.units.finish(held, _tidy)


def _tidy(unit: Unit) -> None:
    queue.drop_parked(unit.connection, DueTidy)
    clicks.forget(unit.connection, now=unit.now)
    for old in stuck.parked(unit.connection, before=unit.now - PARKED_IS_KEPT):
        log.warning("parked work is let go", work=old.id, kind=old.kind, request=old.request, error=old.error)
        put_right(unit, BOT, old.id, drops=True)
    for row, payload in queue.carrying(unit.connection, '"response_url":"http'):
        kept = json.dumps(without_dead_urls(json.loads(payload), unit.now))
        queue.replace_payload(unit.connection, row, before=payload, after=kept)
    queue.add(unit.connection, DueTidy(), now=unit.now, after=unit.now + DueTidy.every)


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
