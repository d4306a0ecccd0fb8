"""Look-ups: few reads at once, one for each search, none that nobody waits for."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bot.services.ports import ProviderUnavailable
from handlers.lookups import AT_ONCE, BUSY, LookUps
from tests.harness.patience import PATIENCE


@dataclass
class Shelf:
    """Reads that end when the test says so."""

    read: list[str] = field(default_factory=list)
    fails: bool = False
    _is_open: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def look(self, search: str) -> str:
        self.read.append(search)
        async with self._changed:
            self._changed.notify_all()
        await self._is_open.wait()
        if self.fails:
            raise ProviderUnavailable("http_503")
        return f"found {search}"

    async def wait_for(self, count: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.read) == count)

    def open(self) -> None:
        self._is_open.set()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def look_ups(shelf: Shelf, within: float = PATIENCE) -> LookUps[str, str]:
    return LookUps(asyncio.Semaphore(AT_ONCE), shelf.look, within=within)


def asked(looks: LookUps[str, str], pairs: Sequence[tuple[str, str]]) -> list[asyncio.Task[str]]:
    return [asyncio.create_task(looks.ask(form, search)) for form, search in pairs]


async def test_one_search_of_many_forms_is_read_once_for_all_and_anew_for_whoever_asks_later(shelf: Shelf) -> None:
    looks = look_ups(shelf)
    waiting = asked(looks, [(f"form {place}", "98") for place in range(50)])
    await shelf.wait_for(1)
    shelf.open()
    assert await asyncio.gather(*waiting) == ["found 98"] * 50
    assert await looks.ask("form 1", "98") == "found 98"
    assert shelf.read == ["98", "98"]


async def test_few_searches_are_read_at_once_and_the_others_in_their_turn(shelf: Shelf) -> None:
    waiting = asked(look_ups(shelf), [(f"form {place}", str(place)) for place in range(30)])
    await shelf.wait_for(AT_ONCE)
    shelf.open()
    assert await asyncio.gather(*waiting) == [f"found {place}" for place in range(30)]


async def test_of_what_one_form_searches_while_it_waits_for_its_turn_the_newest_alone_is_read(shelf: Shelf) -> None:
    looks = look_ups(shelf)
    busy = asked(looks, [(f"form {place}", str(place)) for place in range(AT_ONCE)])
    typed = asked(looks, [("mine", text) for text in ("9", "98", "987", "98", "9876")])
    await shelf.wait_for(AT_ONCE)
    shelf.open()
    assert await typed[-1] == "found 9876"
    await asyncio.gather(*busy, *typed, return_exceptions=True)
    assert shelf.read[AT_ONCE:] == ["9876"]


async def test_a_search_that_another_form_waits_for_too_is_read_although_one_form_went_on(shelf: Shelf) -> None:
    looks = look_ups(shelf)
    busy = asked(looks, [(f"form {place}", str(place)) for place in range(AT_ONCE)])
    shared = asked(looks, [("mine", "98"), ("yours", "98"), ("mine", "987")])
    await shelf.wait_for(AT_ONCE)
    shelf.open()
    assert (await asyncio.gather(*busy, *shared))[AT_ONCE:] == ["found 98", "found 98", "found 987"]


async def test_who_waited_long_enough_hears_whether_there_was_a_turn_and_the_read_goes_on_for_the_next_to_ask(
    shelf: Shelf,
) -> None:
    looks = look_ups(shelf, within=0.05)
    searches = [(f"form {place}", str(place)) for place in range(AT_ONCE + 1)]
    ended = await asyncio.gather(*asked(looks, searches), return_exceptions=True)
    assert [str(failure) for failure in ended] == ["timeout"] * AT_ONCE + [BUSY]
    again = asked(looks, searches[:1])
    shelf.open()
    assert await again[0] == "found 0"
    assert shelf.read == [str(place) for place in range(AT_ONCE)]


async def test_a_read_that_fails_fails_for_all_who_wait_and_gives_its_turn_back(shelf: Shelf) -> None:
    shelf.fails = True
    shelf.open()
    looks = look_ups(shelf)
    for _ in range(AT_ONCE + 1):
        ended = await asyncio.gather(*asked(looks, [("a", "9"), ("b", "9")]), return_exceptions=True)
        assert [str(failure) for failure in ended] == ["http_503"] * 2
