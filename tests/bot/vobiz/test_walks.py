"""Walks through lists whose pages repeat, shift or end early: what was seen, and whether that was all."""

from collections.abc import Mapping, Sequence

import pytest

from bot.services.ports import ProviderUnavailable
from bot.vobiz.answer import JsonObject
from bot.vobiz.paging import MOST_IN_A_PAGE, MOST_IN_ALL, PER_PAGE, Walk


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


@pytest.mark.parametrize(("per_page", "most", "seen"), [(2, 5, 10), (FULL, MOST_IN_ALL, MOST_IN_ALL)])
async def test_a_walk_ends_incomplete_at_its_bound_or_past_what_one_owns(per_page: int, most: int, seen: int) -> None:
    pages = [_page(number * per_page, (number + 1) * per_page - 1, 10**6) for number in range(most)]
    count, walk = await _walk(pages, max_pages=most)
    assert (count, walk.is_complete) == (seen, False)


async def test_a_page_of_many_times_what_was_asked_for_is_too_big() -> None:
    assert (await _walk([_page(1, MOST_IN_A_PAGE, MOST_IN_A_PAGE), _page(1, 0, MOST_IN_A_PAGE)]))[0] == MOST_IN_A_PAGE
    with pytest.raises(ProviderUnavailable, match="too_big"):
        await _walk([_page(1, MOST_IN_A_PAGE + 1, MOST_IN_A_PAGE + 1)])


@pytest.mark.parametrize("page", [{}, {"items": {}}, {"items": [1]}, {"items": "x"}])
async def test_a_page_of_another_form_is_unreadable(page: JsonObject) -> None:
    with pytest.raises(ProviderUnavailable, match="unreadable"):
        await _walk([page])
