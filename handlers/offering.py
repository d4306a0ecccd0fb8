"""What a search comes to: the inventory in memory, without what nobody may ask for, as much as a list shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice

from bot.domain.numbers import E164, Listing
from bot.domain.terms import Terms
from bot.services.offers import Offers
from handlers import search
from handlers.countries import named_country
from handlers.inventory import FRESH, Inventory, Stock
from handlers.search import Found
from handlers.views.offers import Offer

SHOWN = 50
"""Options a list shows: enough to choose from, quick to draw. Slack takes a hundred."""

SPARE = 50
"""Looked at besides, in the place of those that somebody has asked for meanwhile."""

MOST_ELSEWHERE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """Finds numbers for forms."""

    inventory: Inventory
    offers: Offers

    def is_known(self, country: str) -> bool:
        """Is there something in memory to search through?"""
        return self.inventory.known(country) is not None

    def listing(self, country: str, number: E164) -> Listing | None:
        """As it is in memory."""
        stock = self.inventory.known(country)
        return None if stock is None else stock.listing(number)

    def lists_all_of(self, country: str) -> bool:
        """Does memory have what is on sale there, all of it and just read? What is missing is sold then."""
        stock = self.inventory.known(country)
        return stock is not None and stock.is_whole and self.inventory.age(stock) < FRESH

    async def offer(self, country: str, text: str, *, within: float) -> Offer:
        """Raises `ProviderUnavailable` when nothing is known and nothing could be read within so many seconds."""
        return await self._offered(country, text, await self.inventory.stock(country, within=within))

    async def _offered(self, country: str, text: str, stock: Stock) -> Offer:
        wanted, age = search.read(text), self.inventory.age(stock)
        found = search.find(stock.looks(), wanted, self.offers.rules.may_charge)
        named = named_country(text) if found.unknown else None
        if named is not None and named[0] == country:
            return await self._offered(country, named[1], stock)
        likely = spread(found, SHOWN + SPARE)
        taken = await self.offers.taken([listing.e164 for listing in likely], age=age)
        free = [listing for listing in likely if listing.e164 not in taken]
        return Offer(
            country=country,
            listings=_some(free, SHOWN),
            count=found.count - len(likely) + len(free),
            on_sale=stock.count,
            is_search=wanted != search.Search(),
            too_dear=found.too_dear,
            unknown=found.unknown,
            elsewhere=[named[0]] if named is not None else self.where(text) if found.unknown else (),
            age=age,
            is_whole=stock.is_whole,
            is_reading=self.inventory.is_reading(country),
            is_unread=stock.is_unread,
        )

    def where(self, text: str) -> Sequence[str]:
        """In which countries, of those in memory, something is called so; those with most on sale first, a few."""
        words, stocked = search.read(text).words, self.inventory.countries()
        found = [country for country, stock in stocked.items() if words and search.are_known(stock.looks(), words)]
        return found[:MOST_ELSEWHERE]

    def terms(self, listing: Listing) -> Terms:
        """Raises `NotForSale`."""
        return Terms.offered(listing, self.inventory.account)


def spread(found: Found, most: int) -> list[Listing]:
    """So many of what fits, some of every place."""
    places = [[*looks] for _, looks in groupby(found.looks, key=lambda fit: fit[0].region)]
    sizes = [sum(len(numbers) for _, numbers in looks) for looks in places]
    likely: list[Listing] = []
    for looks, share in zip(places, _shares(sizes, most), strict=True):
        numbers = ((look, number) for look, numbers in looks for number in numbers)
        likely += [replace(look.listing, e164=number) for look, number in islice(numbers, share)]
    return likely


def _some(listings: Sequence[Listing], most: int) -> list[Listing]:
    places = [[*some] for _, some in groupby(listings, key=lambda listing: listing.region)]
    shares = _shares([len(some) for some in places], most)
    return [listing for some, share in zip(places, shares, strict=True) for listing in some[:share]]


def _shares(sizes: Sequence[int], most: int) -> list[int]:
    """How many of each come to `most`: some of every place rather than all of a few."""
    shares = [0] * len(sizes)
    smallest_first = sorted(range(min(len(sizes), most)), key=lambda place: sizes[place])
    for done, place in enumerate(smallest_first):
        shares[place] = min(sizes[place], most // (len(smallest_first) - done))
        most -= shares[place]
    return shares
