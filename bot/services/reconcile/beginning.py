"""The beginning of a database: whether another one may know what it does not.

An account that has numbers already, beside a new database, may have had a bot whose trail was lost. Then buying begins
frozen, for the budget and what waits to be settled were lost with it. People know which it is. A copy begins frozen
too: what came after it was made is known to the provider alone, and maybe to a bot that serves from the original.
"""

from dataclasses import dataclass

import structlog

from bot.domain.audit import BOT
from bot.services.judge.freeze import Audience, switch
from bot.services.plans import Beginning, DueSweep
from bot.services.ports import Provider, ProviderUnavailable
from bot.services.unit import Unit, Units
from bot.store import audit, control
from bot.work import queue
from bot.work.queue import Claim
from bot.work.retry import TryLater, backoff

log: structlog.stdlib.BoundLogger = structlog.get_logger()

OF_A_COPY = "stop whatever serves from the original; after a good sweep unfreeze"


def begin_at(unit: Unit, place: str) -> None:
    """At a start: notes that the database is served from that place.

    One that was served elsewhere is a copy: it begins frozen, and a sweep that has to be good before anybody lifts
    that is due at once. The trail's newest entry says what it knows; without one there is nothing that a copy forgot.
    """
    connection = unit.connection
    control.hold(connection)
    before = control.place(connection)
    if before == place:
        return
    control.served_from(connection, place)
    last = audit.head(connection).seq
    if before is None or last == 0:
        return
    control.is_a_copy(connection, at=unit.now)
    queue.hasten_single(connection, DueSweep, now=unit.now)
    copied_after = audit.get(connection, last).at
    switch(unit, BOT, [Audience()], freezes=True, copied_after=copied_after)
    log.warning("frozen: this database is a copy", copied_after=copied_after.isoformat(), way_out=OF_A_COPY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginnings:
    """Works `Beginning`; no purchase goes before it."""

    units: Units
    provider: Provider

    async def begin(self, held: Claim, _: Beginning) -> None:
        """Raises `TryLater` while own numbers cannot be read."""
        try:
            listed = await self.provider.own_numbers()
        except ProviderUnavailable as unavailable:
            raise TryLater(backoff(held.claims), unavailable.reason) from unavailable
        own = len(listed.numbers) + len(listed.unreadable)
        await self.units.finish(held, _begin, own)
        if own:
            way_out = "if the bot ran before, restore its database; otherwise unfreeze"
            log.warning("frozen: the database is new and the account already has numbers", numbers=own, way_out=way_out)


def _begin(unit: Unit, own: int) -> None:
    if own:
        switch(unit, BOT, [Audience()], freezes=True, own_numbers=own)
