"""Walking the provider's lists to their end, and knowing whether the end was really seen.

Lists page by `page` and `per_page`; one edition paged by `limit` and `offset` and ignored `page`. Pages may repeat,
shift and state totals that do not hold. Knows nothing of what the entries are.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Final

from bot.services.ports import ProviderUnavailable
from bot.vobiz.answer import JsonObject

PER_PAGE: Final = 100
"""The most that every list serves in one page (source: the inventory's documentation)."""

MOST_IN_A_PAGE: Final = 1_000
"""The longest page of any list (source: the ledger's documentation); a longer one is no answer to what was asked."""

FetchPage = Callable[[Mapping[str, str]], Awaitable[JsonObject]]


class Walk:
    """One walk through a list: by `pages` or by `entries`, once; then ask how it ended.

    Asks for `per_page` entries, goes on with as many as the server says it serves, and with `PER_PAGE` where it fails
    at longer pages.
    """

    def __init__(
        self, fetch: FetchPage, *, items: str, filters: Mapping[str, str], max_pages: int, per_page: int = PER_PAGE
    ) -> None:
        self._fetch = fetch
        self._items = items
        self._filters = filters
        self._max_pages = max_pages
        self._per_page = per_page
        self._passed = 0
        """Entries on the pages before the next one, by their size."""
        self._seen: set[tuple[str, int]] = set()
        self._totals: set[int | None] = set()
        self._by_offset = False
        self._is_last_full = False
        self.ended_empty = False
        """The walk came to a page without entries."""

    @property
    def is_complete(self) -> bool:
        """Every entry was seen for certain: as many as the total, which stayed the same from page to page.

        Without a total, after a full last page, or with more entries than the total, only an empty page is an end.
        """
        if len(self._totals) != 1:
            return False
        (total,) = self._totals
        if total is None or len(self._seen) > total or self._is_last_full:
            return self.ended_empty and len(self._seen) >= (total or 0)
        return len(self._seen) == total

    @property
    def saw_the_end(self) -> bool:
        """For a list that may grow meanwhile: an empty page ends it after as many entries as the smallest total."""
        totals = [total for total in self._totals if total is not None]
        return self.is_complete or (self.ended_empty and len(self._seen) >= min(totals, default=0))

    async def pages(self) -> AsyncIterator[list[JsonObject]]:
        """The new entries of each page. Raises `ProviderUnavailable` for a page that cannot be read."""
        for _ in range(self._max_pages):
            page = await self._next_page()
            entries = page_entries(page, self._items)
            self._note_size(page, len(entries))
            self._totals.add(page_total(page))
            self.ended_empty = not entries
            fresh = self._unseen(entries)
            yield fresh
            if self.ended_empty or self.is_complete or not self._may_go_on(fresh):
                return

    async def entries(self) -> AsyncIterator[JsonObject]:
        """Each entry once. Raises `ProviderUnavailable` for a page that cannot be read."""
        async for page in self.pages():
            for entry in page:
                yield entry

    async def _next_page(self) -> JsonObject:
        """A long page may be too slow or too big where shorter ones are not."""
        try:
            return await self._fetch({**self._filters, **self._position()})
        except ProviderUnavailable as failed:
            if self._per_page <= PER_PAGE or failed.reason == "denied":
                raise
        self._per_page = PER_PAGE
        return await self._fetch({**self._filters, **self._position()})

    def _position(self) -> dict[str, str]:
        if self._by_offset:
            return {"limit": str(self._per_page), "offset": str(len(self._seen))}
        return {"page": str(self._passed // self._per_page + 1), "per_page": str(self._per_page)}

    def _note_size(self, page: JsonObject, length: int) -> None:
        """Asked for more than it serves, the server falls back to fewer and says so; its second page is of as many."""
        served = _count(page.get("limit" if self._by_offset else "per_page"))
        size = min(served or self._per_page, self._per_page)
        self._is_last_full = length >= size
        if not self._by_offset:
            self._per_page = size
            self._passed += size

    def _unseen(self, entries: list[JsonObject]) -> list[JsonObject]:
        """Those of no earlier page. Two on one page that look alike are two."""
        alike = Counter[str]()
        fresh = {}
        for entry in entries:
            key = _key(entry)
            alike[key] += 1
            fresh[key, alike[key]] = entry
        fresh = {key: entry for key, entry in fresh.items() if key not in self._seen}
        self._seen.update(fresh)
        return list(fresh.values())

    def _may_go_on(self, fresh: list[JsonObject]) -> bool:
        """A page of repeats means that `page` is ignored: go on by offset. Repeats once more: the server is stuck."""
        if fresh:
            return True
        if self._by_offset:
            return False
        self._by_offset = True
        return True


def page_entries(page: JsonObject, items: str) -> list[JsonObject]:
    """The page's entries; null is an empty list, and what is no object an entry that states nothing readable.

    Raises `ProviderUnavailable` for anything else, and for too many.
    """
    entries = page.get(items, ...)
    if entries is None:
        return []
    if isinstance(entries, list) and len(entries) > MOST_IN_A_PAGE:
        raise ProviderUnavailable("too_big")
    if not isinstance(entries, list):
        raise ProviderUnavailable("unreadable")
    return [entry if isinstance(entry, dict) else {"": entry} for entry in entries]


def page_total(page: JsonObject) -> int | None:
    return _count(page.get("total"))


def _count(stated: object) -> int | None:
    return stated if isinstance(stated, int) and not isinstance(stated, bool) and stated >= 0 else None


def _key(entry: JsonObject) -> str:
    for name in ("id", "e164"):
        if entry.get(name):
            return f"{name}={entry[name]}"
    return json.dumps(entry, sort_keys=True, default=str)
