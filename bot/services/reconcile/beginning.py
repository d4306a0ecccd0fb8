"""The beginning of a new database: an account that has numbers already may have had a bot whose trail was lost.

Then buying begins frozen, for the budget and what waits to be settled were lost with it. People know which it is.
"""

from dataclasses import dataclass

import structlog

from bot.domain.audit import BOT
from bot.services.judge.freeze import Audience, switch
from bot.services.plans import Beginning
from bot.services.ports import Provider, ProviderUnavailable
from bot.services.unit import Unit, Units
from bot.work.queue import Claim
from bot.work.retry import TryLater, backoff

log: structlog.stdlib.BoundLogger = structlog.get_logger()


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
