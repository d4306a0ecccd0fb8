"""What the provider offers for sale: one exact number, or a page to choose from.

Everything the provider was asked to filter is filtered again here: editions without `search` ignore it, and a
substring is not a number. Offers nothing that is blocked or somebody's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from pydantic import ValidationError

from bot.domain.numbers import E164, Listing
from bot.services.ports import InventoryPage, ProviderUnavailable
from bot.vobiz.answer import JsonObject
from bot.vobiz.fields import country_of
from bot.vobiz.models import InventoryItem, Numbered
from bot.vobiz.paging import PER_PAGE, Walk, page_entries, page_total
from bot.vobiz.reads import Reads
from bot.vobiz.routes import Route
from bot.vobiz.wire import Deadline

_MOST_PAGES_TO_FIND: Final = 100
_MOST_PAGES_TO_BROWSE: Final = 10

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a person looks for; empty values ask for nothing."""

    country: str
    digits: str

    @property
    def filters(self) -> dict[str, str]:
        return {name: value for name, value in (("country", self.country), ("search", self.digits)) if value}

    def fits(self, item: InventoryItem) -> bool:
        return self.digits in item.e164 and self.country in ("", country_of(item.country, item.e164))


class Inventory:
    """Reads of the inventory. All raise `ProviderUnavailable`."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def find(self, number: E164, deadline: Deadline) -> Listing | None:
        """The entry for exactly `number`; `None` only after the list's end was seen."""
        walk = self._walk({"search": number.removeprefix("+")}, _MOST_PAGES_TO_FIND, deadline)
        async for entry in walk.entries():
            if _number_of(entry) == number:
                item = _item(entry)
                if item is None:
                    raise ProviderUnavailable("unreadable")
                if item.is_for_sale:
                    return item.listing()
        if not (walk.is_complete or walk.ended_empty):
            raise ProviderUnavailable("incomplete")
        return None

    async def browse(self, country: str | None, digits: str, page: int, deadline: Deadline) -> InventoryPage:
        """The provider's page `page` where it filters itself, otherwise ours out of its first thousand numbers.

        Which of the two is told by the provider's first page, so that all pages of one search are cut alike.
        """
        wanted = _Wanted(
            country=(country or "").upper(), digits="".join(digit for digit in digits if digit in "0123456789")
        )
        first = await self._page(wanted, 1, deadline)
        if not all(wanted.fits(item) for item in _items(page_entries(first, "items"))):
            return await self._sift(wanted, page, deadline)
        body = first if page == 1 else await self._page(wanted, page, deadline)
        entries, total, is_it = page_entries(body, "items"), page_total(body), body.get("page", page) == page
        has_more = bool(entries) and page * PER_PAGE < (total or 0) and is_it
        may_lack = (len(entries) >= PER_PAGE and total is None) or not is_it
        fitting = [item for item in _items(entries) if wanted.fits(item)]
        return InventoryPage(listings=_offered(fitting), has_more=has_more, may_lack=may_lack)

    async def _page(self, wanted: _Wanted, page: int, deadline: Deadline) -> JsonObject:
        position = {"page": str(page), "per_page": str(PER_PAGE)}
        return await self._reads.read(Route.INVENTORY, {**wanted.filters, **position}, deadline)

    async def _sift(self, wanted: _Wanted, page: int, deadline: Deadline) -> InventoryPage:
        """Our own pages, cut from what fits among the first pages of a list that is not filtered for us."""
        walk = self._walk(wanted.filters, _MOST_PAGES_TO_BROWSE, deadline)
        found: list[InventoryItem] = []
        async for entries in walk.pages():
            found += [item for item in _items(entries) if wanted.fits(item)]
            if len(found) > page * PER_PAGE:
                break
        start, has_more = (page - 1) * PER_PAGE, len(found) > page * PER_PAGE
        may_lack = not (has_more or walk.is_complete or walk.ended_empty)
        return InventoryPage(listings=_offered(found[start : start + PER_PAGE]), has_more=has_more, may_lack=may_lack)

    def _walk(self, filters: dict[str, str], max_pages: int, deadline: Deadline) -> Walk:
        return Walk(
            lambda position: self._reads.read(Route.INVENTORY, position, deadline),
            items="items",
            filters=filters,
            max_pages=max_pages,
        )


def _items(entries: Sequence[JsonObject]) -> list[InventoryItem]:
    """The readable entries, each number once: pages can shift while they are walked."""
    readable = [item for item in map(_item, entries) if item is not None]
    if len(readable) < len(entries):
        _log.warning("inventory entries left out as unreadable", count=len(entries) - len(readable))
    return list({item.e164: item for item in readable}.values())


def _item(entry: JsonObject) -> InventoryItem | None:
    try:
        return InventoryItem.model_validate(entry)
    except ValidationError:
        return None


def _number_of(entry: JsonObject) -> E164 | None:
    try:
        return Numbered.model_validate(entry).e164
    except ValidationError:
        return None


def _offered(items: Sequence[InventoryItem]) -> list[Listing]:
    return [item.listing() for item in items if item.is_for_sale and not item.is_blocked]
