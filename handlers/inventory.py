"""The provider's inventory as forms look through it: kept in memory by country, and read anew beside whoever looks.

However many search, each country is read once at a time, a few of them together, and nobody waits for a whole list:
what is there is offered, and how old it is can be said. What is requested and bought is read again by others.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from bot.clock import Clock
from bot.domain import refusals
from bot.domain.numbers import E164, Listing
from bot.domain.refusals import NotAllowed
from bot.services.ports import InventoryPage, Provider, ProviderUnavailable
from handlers.search import Look

AT_ONCE: Final = 4
"""Lists being read, and numbers being looked up, for all forms together."""

BUSY: Final = "busy"
"""Why nothing is known that had no turn to be read."""

FRESH: Final = 30.0
"""Seconds for which a list is not read again."""

REST: Final = 4
"""A long list is left alone for so many times what it took: the provider has others to serve."""

SURVEYED: Final = 600.0
"""Seconds for which it is not read again where anything is on sale at all."""

MOST_KEPT: Final = 100_000
"""Numbers in memory, of all countries together: what is not there may be on sale all the same."""

MOST_PAGES: Final = 2_000
"""However little stands on them."""

EVERYWHERE: Final = ""
"""Stands for all countries where one is named: read now and then, to know where anything is on sale."""

LONGEST_REGION: Final = 75
"""Characters: as many as an option shows."""

ANY: Final = E164("+")
"""The number in what many have in common."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(slots=True)
class Stock:
    """What is on sale in one country. Times are monotonic, in seconds."""

    began: float
    """When reading it began: it is no younger than that."""
    count: int = 0
    is_whole: bool = False
    rests_until: float = 0.0
    """It is not read again before that."""
    may_lack: bool = False
    """Its end was not seen."""
    is_unread: bool = False
    """It could not be read again since."""
    _looks: dict[Listing, Look] = field(default_factory=dict)
    _by_place: Sequence[Look] = ()

    def add(self, listings: Iterable[Listing]) -> None:
        """Each number once: who adds sees to that."""
        for listing in listings:
            plain = replace(listing, e164=ANY, id=None, region=(listing.region or "")[:LONGEST_REGION] or None)
            look = self._looks.get(plain)
            if look is None:
                look = self._looks[plain] = Look(plain)
            look.numbers.append(listing.e164)
            self.count += 1

    def end(self, now: float) -> None:
        """Nothing is added any more."""
        self.is_whole = self.count < MOST_KEPT and not self.may_lack
        self._by_place = self.looks()
        self.rests_until = now + max(FRESH, (now - self.began) * REST)

    def looks(self) -> Sequence[Look]:
        """Those of one place beside one another."""
        return self._by_place or sorted(self._looks.values(), key=lambda look: look.region.casefold())

    def listing(self, number: E164) -> Listing | None:
        look = next((look for look in self._looks.values() if number in look.numbers), None)
        return None if look is None else replace(look.listing, e164=number)


class _Load:
    """One list on its way; `seen` ends with the first thing that can be shown of it, or with why there is nothing."""

    def __init__(self) -> None:
        self.seen: asyncio.Future[Stock] = asyncio.get_running_loop().create_future()
        self.has_turn = False
        self.task: asyncio.Task[None]


class Inventory:
    """By country, ISO 3166 alpha-2; `account` is the one that buys."""

    def __init__(self, provider: Provider, clock: Clock) -> None:
        self.account = provider.account
        self._provider = provider
        self._clock = clock
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._stocks: dict[str, Stock] = {}
        """The one that was asked for last stands last."""
        self._survey: Stock | None = None
        self._loads: dict[str, _Load] = {}

    def known(self, country: str) -> Stock | None:
        """What is in memory, whatever its age, or nothing; what is old is read anew beside."""
        stock = self._stocks.pop(country, None)
        if stock is not None:
            self._stocks[country] = stock
            self._renew(country, stock)
        return stock

    async def stock(self, country: str, *, within: float) -> Stock:
        """As `known`; what is not in memory is waited for, until the first of it is there.

        Raises `ProviderUnavailable`, with the reason `BUSY` when it was not read for want of a turn.
        """
        known = self.known(country)
        if known is not None:
            return known
        load = self._loads.get(country) or self._begin(country)
        await asyncio.wait({load.seen}, timeout=within)
        if not load.seen.done():
            raise ProviderUnavailable("timeout" if load.has_turn else BUSY)
        if load.seen.cancelled():
            raise ProviderUnavailable("failed")
        return load.seen.result()

    def is_reading(self, country: str) -> bool:
        return country in self._loads

    def age(self, stock: Stock) -> float:
        """In seconds, at least."""
        return self._clock.monotonic() - stock.began

    def countries(self) -> dict[str, Stock]:
        """Where anything is known to be on sale, most of it first; there may be more. None of it is read anew."""
        stocked = sorted(self._stocks.items(), key=lambda kept: (-kept[1].count, kept[0]))
        return {country: stock for country, stock in stocked if stock.count}

    async def survey(self, *, within: float) -> bool:
        """Is all that is on sale anywhere in memory? Waits for the first time that it is read, not for the next."""
        if self._survey is None:
            load = self._loads.get(EVERYWHERE) or self._begin(EVERYWHERE)
            await asyncio.wait({load.task}, timeout=within)
        else:
            self._renew(EVERYWHERE, self._survey)
        return self._survey is not None and self._survey.is_whole

    async def is_on_sale(self, number: E164, *, within: float) -> bool:
        """As memory has it just read, or else by asking. Raises `ProviderUnavailable`."""
        if self._survey is not None and self._survey.is_whole and self.age(self._survey) < FRESH:
            return any(stock.listing(number) is not None for stock in self._stocks.values())
        try:
            async with asyncio.timeout(within), self._turns:
                return await self._provider.find(number, within=within) is not None
        except TimeoutError as late:
            raise ProviderUnavailable("timeout") from late

    async def look(self, number: E164, *, within: float) -> NotAllowed | None:
        """What the provider has against this number at this moment; what it does not say in time is nothing."""
        try:
            async with asyncio.timeout(within), self._turns:
                listing, owned = await asyncio.gather(
                    self._provider.find(number, within=within), self._provider.owned(number, within=within)
                )
        except TimeoutError:
            return None
        except ProviderUnavailable as unread:
            return None if unread.reason == "timeout" else refusals.ProviderUnreadable(e164=number, why=unread.reason)
        if owned is not None:
            return refusals.AlreadyOurs(e164=number)
        return refusals.NotInInventory(e164=number) if listing is None else None

    async def close(self) -> None:
        """Reads nothing any more."""
        loads = [load.task for load in self._loads.values()]
        for load in loads:
            load.cancel()
        await asyncio.gather(*loads, return_exceptions=True)

    def _renew(self, country: str, stock: Stock) -> None:
        if country not in self._loads and self._clock.monotonic() >= stock.rests_until:
            self._begin(country)

    def _begin(self, country: str) -> _Load:
        load = self._loads[country] = _Load()
        load.task = asyncio.create_task(self._in_turn(country, load))
        load.seen.add_done_callback(_hear)
        return load

    async def _in_turn(self, country: str, load: _Load) -> None:
        try:
            async with self._turns:
                load.has_turn = True
                if country == EVERYWHERE:
                    await self._read_everywhere()
                else:
                    await self._read(country, load)
        except ProviderUnavailable as unread:
            log.warning("inventory could not be read", country=country, reason=unread.reason)
            if country in self._stocks:
                self._stocks[country].is_unread = True
            if not load.seen.done():
                load.seen.set_exception(unread)
        finally:
            del self._loads[country]
            load.seen.cancel()

    async def _read(self, country: str, load: _Load) -> None:
        """Shown page by page where nothing was known before, otherwise in the place of what was, once it is whole."""
        stock = Stock(self._clock.monotonic())
        async for page in self._pages(country):
            stock.add(page.listings)
            stock.may_lack |= page.may_lack
            if self._stocks.get(country, stock) is stock:
                self._keep(country, stock)
            if not load.seen.done():
                load.seen.set_result(stock)
        stock.end(self._clock.monotonic())
        self._keep(country, stock)

    async def _read_everywhere(self) -> None:
        """Every country's at once, unless that is more than there is room for."""
        stocks: dict[str, Stock] = {}
        all_of_it = Stock(self._clock.monotonic())
        async for page in self._pages(EVERYWHERE):
            all_of_it.count += len(page.listings)
            all_of_it.may_lack |= page.may_lack
            for listing in page.listings:
                if listing.country is not None:
                    stocks.setdefault(listing.country, Stock(all_of_it.began)).add([listing])
        now = self._clock.monotonic()
        all_of_it.end(now)
        all_of_it.rests_until += SURVEYED - FRESH
        self._survey = all_of_it
        if all_of_it.is_whole:
            for country in self._stocks.keys() | stocks.keys():
                stock = stocks.get(country, Stock(all_of_it.began))
                stock.end(now)
                self._keep(country, stock)

    def _keep(self, country: str, stock: Stock) -> None:
        """What was asked for longest ago makes room."""
        self._stocks.pop(country, None)
        self._stocks[country] = stock
        kept = sum(stock.count for stock in self._stocks.values())
        while kept > MOST_KEPT and len(self._stocks) > 1:
            oldest = next(iter(self._stocks))
            kept -= self._stocks.pop(oldest).count

    async def _pages(self, country: str) -> AsyncIterator[InventoryPage]:
        """Each number once, as lists shift while they are read; up to `MOST_KEPT` or a little more."""
        seen = set[E164]()
        for page in range(1, MOST_PAGES + 1):
            read = await self._provider.browse(country=country or None, page=page)
            fresh = {listing.e164: listing for listing in read.listings if listing.e164 not in seen}
            seen |= fresh.keys()
            ends_early = read.has_more and (page == MOST_PAGES or not fresh)
            yield replace(read, listings=[*fresh.values()], may_lack=read.may_lack or ends_early)
            if ends_early or not read.has_more or len(seen) >= MOST_KEPT:
                return


def _hear(seen: asyncio.Future[Stock]) -> None:
    """A failure that nobody waited for is nobody's surprise."""
    if not seen.cancelled():
        seen.exception()
