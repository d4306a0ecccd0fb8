"""Offering: the reads that find what to ask for instead of a number that cannot be bought. Changes nothing."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain.attempt import NOT_DEFINITE
from bot.domain.numbers import E164, Listing
from bot.domain.request import OPEN, PurchaseRequest
from bot.domain.similar import Similar, similar
from bot.services.ports import Provider, ProviderUnavailable
from bot.services.rules import Rules
from bot.store import attempts, requests
from bot.store.store import Store

WITHIN = 4.0
"""Seconds for all reads: whoever waits hears first of all that the number is gone."""

PAGES = 10
"""Of the inventory, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """Never raises for what the provider does: what could not be read in time is not offered."""

    store: Store
    provider: Provider
    clock: Clock
    rules: Rules

    async def instead_of(self, request: PurchaseRequest) -> tuple[Similar, ...]:
        """The nearest numbers that could be asked for now, three at most."""
        found: dict[E164, Listing] = {}
        # A purchase waits for this with its lease running: the call and one more read have had two thirds of it.
        seconds = min(WITHIN, self.rules.call_timeout.total_seconds() / 2)
        await self.clock.wait(self._read(request, found), seconds)
        held = await self.store.read(_held)
        return tuple(similar([listing for listing in found.values() if listing.e164 not in held], request))

    async def _read(self, request: PurchaseRequest, found: dict[E164, Listing]) -> None:
        """Adds page by page what is on sale and not ours: what was read before time was up counts."""
        with suppress(ProviderUnavailable):
            ours = {own.e164 for own in await self.provider.own_numbers()}
            for number in range(1, PAGES + 1):
                page = await self.provider.browse(country=request.country, page=number)
                found |= {listing.e164: listing for listing in page.listings if listing.e164 not in ours}
                if not page.has_more:
                    return


def _held(connection: Connection) -> set[E164]:
    """Numbers whose request would be refused now: an open request or an unsettled attempt has them."""
    unsettled = [attempt for attempt in attempts.ending_in(connection, NOT_DEFINITE) if attempt.is_unsettled]
    return {attempt.e164 for attempt in unsettled} | {
        request.terms.e164 for request in requests.in_state(connection, OPEN)
    }
