"""Walks through lists whose pages repeat, shift or end early: what was seen, and whether that was all."""

from collections.abc import Mapping, Sequence

import pytest

from bot.services.ports import ProviderUnavailable
from bot.vobiz.answer import JsonObject
from bot.vobiz.paging import MOST_IN_A_PAGE, PER_PAGE, Walk


def _page(first: int, last: int, total: int | None) -> JsonObject:
    """Entries `first` to `last`, with the total the server states."""
    page: dict[str, object] = {"items": [{"id": number} for number in range(first, last + 1)]}
    return page if total is None else {**page, "total": total}


async def _walk(pages: Sequence[JsonObject], max_pages: int = 10) -> tuple[int, Walk]:
    served = iter(pages)

    async def fetch(_position: Mapping[str, str]) -> JsonObject:
        return next(served)

    walk = Walk(fetch, items="items", filters={}, max_pages=max_pages)
    entries = [entry["id"] async for entry in walk.entries()]
    assert len(entries) == len(set(entries))
    return len(entries), walk


FULL = PER_PAGE
GREW = [_page(1, FULL, FULL), _page(FULL + 1, FULL + 2, FULL), _page(1, 0, FULL)]
SHRANK = [_page(1, FULL, FULL + 2), _page(FULL + 1, FULL + 1, FULL + 1), _page(1, 0, FULL + 1)]
SHIFTED = [_page(1, FULL, FULL + 1), _page(FULL, FULL + 1, FULL + 3), _page(1, 0, FULL + 3)]
WALKS: dict[str, tuple[list[JsonObject], int, bool, bool]] = {
    "one short page": ([_page(1, 3, 3)], 3, True, True),
    "nothing": ([_page(1, 0, 0)], 0, True, True),
    "null for nothing": ([{"items": None, "total": 0}], 0, True, True),
    "nothing of no total": ([_page(1, 0, None)], 0, True, True),
    "full pages, then none": ([_page(1, FULL, FULL), _page(1, 0, FULL)], FULL, True, True),
    "a page that overlaps": ([_page(1, FULL, FULL + 1), _page(FULL, FULL + 1, FULL + 1)], FULL + 1, True, True),
    "no total, then none": ([_page(1, 3, None), _page(1, 0, None)], 3, True, True),
    "a total that is the page's length": (GREW, FULL + 2, True, True),
    "a total that fell": (SHRANK, FULL + 1, False, True),
    "a total that rose": (SHIFTED, FULL + 1, False, True),
    "a total that came late": ([_page(1, 3, None), _page(1, 0, 9)], 3, False, False),
    "a total too large": ([_page(1, 3, 9), _page(1, 0, 9)], 3, False, False),
    "nothing of a total": ([_page(1, 0, 7)], 0, False, False),
    "the same page for ever": ([_page(1, 3, 9)] * 3, 3, False, False),
}


@pytest.mark.parametrize(("pages", "seen", "is_complete", "saw_the_end"), WALKS.values(), ids=WALKS)
async def test_a_walk_knows_whether_it_saw_everything_and_of_a_list_that_moves_whether_it_saw_the_end(
    pages: Sequence[JsonObject], seen: int, is_complete: bool, saw_the_end: bool
) -> None:
    count, walk = await _walk(pages)
    assert (count, walk.is_complete, walk.saw_the_end) == (seen, is_complete, saw_the_end)


async def test_a_walk_ends_incomplete_at_its_bound() -> None:
    pages = [_page(number * 2, number * 2 + 1, 10**6) for number in range(5)]
    count, walk = await _walk(pages, max_pages=5)
    assert (count, walk.is_complete) == (10, False)


class Server:
    """Serves a list of so many by `page` and `per_page`: pages of `most` at most, else of `fallback`, and says so."""

    def __init__(self, total: int, *, most: int = MOST_IN_A_PAGE, fallback: int = 50, fails_above: int = 10**6) -> None:
        self.entries: list[object] = [{"id": number} for number in range(total)]
        self.most, self.fallback, self.fails_above = most, fallback, fails_above
        self.asked: list[tuple[int, int]] = []

    async def fetch(self, position: Mapping[str, str]) -> JsonObject:
        page, per_page = int(position["page"]), int(position["per_page"])
        self.asked.append((page, per_page))
        if per_page > self.fails_above:
            raise ProviderUnavailable("too_big")
        size = per_page if per_page <= self.most else self.fallback
        items = self.entries[(page - 1) * size : page * size]
        return {"items": items, "page": page, "per_page": size, "total": len(self.entries)}

    async def walked(self) -> tuple[int, Walk]:
        walk = Walk(self.fetch, items="items", filters={}, max_pages=1_000, per_page=MOST_IN_A_PAGE)
        return len([entry async for entry in walk.entries()]), walk


async def test_a_list_of_any_length_is_read_whole_a_thousand_at_a_time() -> None:
    server = Server(50_500)
    count, walk = await server.walked()
    assert (count, walk.is_complete, len(server.asked)) == (50_500, True, 51)


@pytest.mark.parametrize(("total", "pages"), [(120, 3), (150, 4)])
async def test_a_server_that_falls_back_to_shorter_pages_is_asked_for_those_and_read_whole(
    total: int, pages: int
) -> None:
    server = Server(total, most=100)
    count, walk = await server.walked()
    assert (count, walk.is_complete) == (total, True)
    assert server.asked == [(1, MOST_IN_A_PAGE), *[(page, 50) for page in range(2, pages + 1)]]


async def test_where_long_pages_cannot_be_read_shorter_ones_are() -> None:
    server = Server(2_250)
    walk = Walk(server.fetch, items="items", filters={}, max_pages=100, per_page=MOST_IN_A_PAGE)
    seen = []
    async for page in walk.pages():
        seen += page
        server.fails_above = PER_PAGE
    assert (len(seen), walk.is_complete) == (2_250, True)
    assert server.asked[:4] == [(1, 1_000), (2, 1_000), (11, 100), (12, 100)]


async def test_what_looks_alike_on_one_page_is_as_many_as_the_total_says() -> None:
    server = Server(3)
    server.entries += [{}, {}, {"id": 2}]
    count, walk = await server.walked()
    assert (count, walk.is_complete) == (6, True)


async def test_a_page_of_many_times_what_was_asked_for_is_too_big() -> None:
    assert (await _walk([_page(1, MOST_IN_A_PAGE, MOST_IN_A_PAGE), _page(1, 0, MOST_IN_A_PAGE)]))[0] == MOST_IN_A_PAGE
    with pytest.raises(ProviderUnavailable, match="too_big"):
        await _walk([_page(1, MOST_IN_A_PAGE + 1, MOST_IN_A_PAGE + 1)])


@pytest.mark.parametrize("page", [{}, {"items": {}}, {"items": 1}, {"items": "x"}])
async def test_a_page_of_another_form_is_unreadable(page: JsonObject) -> None:
    with pytest.raises(ProviderUnavailable, match="unreadable"):
        await _walk([page])
