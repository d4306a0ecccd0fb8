"""Alternatives: what to ask for instead of a number that was gone, looked for once its failure is told.

A nicety: nothing waits for it, and what could not be read in time is not offered.
"""

from contextlib import suppress
from dataclasses import dataclass

from bot.domain import trail
from bot.domain.numbers import E164, Listing
from bot.domain.request import OPEN, Failure, PurchaseRequest, RequestId
from bot.domain.similar import similar
from bot.services.plans import OfferSimilar
from bot.services.ports import Provider, ProviderUnavailable
from bot.services.transitions import move
from bot.services.unit import Unit, Units
from bot.store import attempts, requests
from bot.work.queue import Claim

WITHIN = 4.0  # seconds for all reads
PAGES = 10  # of the inventory, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternatives:
    """Works `OfferSimilar`."""

    units: Units
    provider: Provider

    async def offer(self, held: Claim, _: OfferSimilar) -> None:
        """The nearest numbers that could be asked for now, three at most."""
        request = await self.units.read(_gone, held.request)
        found: dict[E164, Listing] = {}
        if request is not None:
            await self.units.clock.wait(self._read(request, found), WITHIN)
        await self.units.finish(held, _offer, request, found)

    async def _read(self, request: PurchaseRequest, found: dict[E164, Listing]) -> None:
        """Adds page by page what is on sale and not ours: what was read before time was up counts."""
        with suppress(ProviderUnavailable):
            ours = {own.e164 for own in (await self.provider.own_numbers()).numbers}
            for number in range(1, PAGES + 1):
                page = await self.provider.browse(country=request.country, page=number)
                found |= {listing.e164: listing for listing in page.listings if listing.e164 not in ours}
                if not page.has_more:
                    return


def _gone(unit: Unit, request: RequestId | None) -> PurchaseRequest | None:
    """The request, while its number being gone is what it ended with."""
    found = None if request is None else requests.get(unit.connection, request)
    return found if found is not None and found.error is Failure.NOT_IN_INVENTORY else None


def _offer(unit: Unit, asked: PurchaseRequest | None, found: dict[E164, Listing]) -> None:
    request = None if asked is None else requests.lock(unit.connection, asked.id)
    if request is None or request.error is not Failure.NOT_IN_INVENTORY:
        return
    taken = _taken(unit)
    offered = similar([listing for listing in found.values() if listing.e164 not in taken], request)
    if offered:
        move(unit, request, request.noted(), trail.Offered(similar=tuple(offered)))


def _taken(unit: Unit) -> set[E164]:
    """Numbers whose request would be refused now: an open request or an unsettled attempt has them."""
    return attempts.unsettled_numbers(unit.connection) | {
        request.terms.e164 for request in requests.in_state(unit.connection, OPEN)
    }
