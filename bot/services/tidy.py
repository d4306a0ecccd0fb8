"""Tidy: a `response_url` is a secret that dies after 30 minutes, and is not kept for longer than it is good for.

Work that waits, or is parked, loses it here; what is delivered drops it by itself.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from bot.services.letters import RESPONSE_URL_LIVES
from bot.services.plans import DueTidy
from bot.services.unit import Unit, Units
from bot.work import queue
from bot.work.queue import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidying:
    """Works `DueTidy`, which is always there once and plans itself anew."""

    units: Units

    async def run(self, held: Claim, _: DueTidy) -> None:
        await self.units.finish(held, _drop_dead_urls)


def _drop_dead_urls(unit: Unit) -> None:
    queue.drop_parked(unit.connection, DueTidy)
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
