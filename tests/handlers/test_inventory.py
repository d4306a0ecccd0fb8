"""The inventory in memory: read once for all who look, anew beside them, and no more of it than there is room for."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bot.domain.numbers import E164, Listing
from bot.services.ports import InventoryPage, ProviderUnavailable
from handlers.inventory import AT_ONCE, BUSY, FRESH, SURVEYED, Inventory
from tests.harness.builders import a_listing
from tests.harness.clock import FakeClock
from tests.harness.fakes import FakeProvider
from tests.harness.patience import PATIENCE

PAGE = 100


def numbers(country: str, count: int, *, first: int = 0) -> list[Listing]:
    """Those of one country have a leading digit of their own."""
    lead = 1 + sum(map(ord, country)) % 9
    return [a_listing(number=f"+{lead}{at:09}", country=country) for at in range(first, first + count)]


@dataclass
class Shelf(FakeProvider):
    """Lists whose pages come when the test says so: `pages` more of them, or all."""

    lists: dict[str, Sequence[Listing]] = field(default_factory=dict)
    pages: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    asked: list[tuple[str | None, int]] = field(default_factory=list)
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False
    may_lack: bool = False

    async def browse(self, *, country: str | None, digits: str = "", page: int = 1) -> InventoryPage:
        self.asked.append((country, page))
        self.is_asked.set()
        await self.pages.acquire()
        if self.fails:
            raise ProviderUnavailable("http_503")
        listed = self.lists[country] if country else [one for some in self.lists.values() for one in some]
        shown, has_more = listed[(page - 1) * PAGE : page * PAGE], page * PAGE < len(listed)
        return InventoryPage(listings=shown, has_more=has_more, may_lack=self.may_lack)

    def give(self, pages: int = 10_000) -> None:
        for _ in range(pages):
            self.pages.release()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(lists={"IN": numbers("IN", 250), "GB": numbers("GB", 3)})


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def inventory(shelf: Shelf, clock: FakeClock) -> Inventory:
    return Inventory(shelf, clock)


async def loaded(inventory: Inventory) -> None:
    """Once nothing is being read any more."""
    await asyncio.gather(*(load.task for load in inventory._loads.values()))


async def test_a_list_whose_end_was_not_seen_tells_of_no_number_that_it_is_not_on_sale(
    shelf: Shelf, inventory: Inventory
) -> None:
    shelf.may_lack = True
    shelf.give()
    assert not (await inventory.stock("GB", within=PATIENCE)).is_whole
    assert not await inventory.survey(within=PATIENCE)
    await loaded(inventory)
    assert not (await inventory.stock("GB", within=PATIENCE)).is_whole


async def test_a_country_is_read_once_for_all_who_look_and_what_came_first_is_shown_meanwhile(
    shelf: Shelf, inventory: Inventory
) -> None:
    looking = [asyncio.create_task(inventory.stock("IN", within=PATIENCE)) for _ in range(50)]
    shelf.give(1)
    stocks = await asyncio.gather(*looking)
    assert {(id(stock), stock.count, stock.is_whole) for stock in stocks} == {(id(stocks[0]), PAGE, False)}
    shelf.give()
    await loaded(inventory)
    stock = inventory.known("IN")
    assert stock is not None
    assert (stock.count, stock.is_whole) == (250, True)
    assert shelf.asked == [("IN", 1), ("IN", 2), ("IN", 3)]


async def test_a_number_that_two_pages_list_is_there_once(shelf: Shelf, inventory: Inventory) -> None:
    shelf.lists["IN"] = [*numbers("IN", PAGE), *numbers("IN", 5, first=PAGE - 2)]
    shelf.give()
    stock = await inventory.stock("IN", within=PATIENCE)
    await loaded(inventory)
    assert stock.count == PAGE + 3
    assert [look.numbers for look in stock.looks()] == [[listing.e164 for listing in numbers("IN", PAGE + 3)]]


async def test_what_is_old_is_shown_while_it_is_read_anew_and_then_gives_way_to_that(
    shelf: Shelf, inventory: Inventory, clock: FakeClock
) -> None:
    shelf.give(3)
    await inventory.stock("IN", within=PATIENCE)
    await loaded(inventory)
    shelf.lists["IN"] = numbers("IN", 120)
    clock.advance(FRESH - 1)
    assert inventory.known("IN") is not None
    assert not inventory._loads
    clock.advance(1)
    for _ in range(50):
        old = await inventory.stock("IN", within=PATIENCE)
        assert (old.count, inventory.age(old)) == (250, FRESH)
    shelf.give()
    await loaded(inventory)
    new = await inventory.stock("IN", within=PATIENCE)
    assert (new.count, inventory.age(new)) == (120, 0)
    assert len(shelf.asked) == 3 + 2


async def test_a_list_that_took_long_is_left_alone_for_longer(
    shelf: Shelf, inventory: Inventory, clock: FakeClock
) -> None:
    reading = asyncio.create_task(inventory.stock("IN", within=PATIENCE))
    await shelf.is_asked.wait()
    clock.advance(60)
    shelf.give()
    await reading
    await loaded(inventory)
    clock.advance(239)
    inventory.known("IN")
    assert not inventory._loads
    clock.advance(1)
    inventory.known("IN")
    assert inventory._loads
    await loaded(inventory)


async def test_what_cannot_be_read_again_stays_and_is_said_to_be_unread(
    shelf: Shelf, inventory: Inventory, clock: FakeClock
) -> None:
    shelf.give()
    await inventory.stock("GB", within=PATIENCE)
    await loaded(inventory)
    shelf.fails = True
    clock.advance(FRESH)
    inventory.known("GB")
    await loaded(inventory)
    stock = await inventory.stock("GB", within=PATIENCE)
    assert (stock.count, stock.is_unread) == (3, True)


async def test_what_was_never_read_fails_for_all_who_wait_and_is_tried_again_for_whoever_asks_later(
    shelf: Shelf, inventory: Inventory
) -> None:
    shelf.fails = True
    shelf.give()
    looking = [inventory.stock("IN", within=PATIENCE) for _ in range(5)]
    ended = await asyncio.gather(*looking, return_exceptions=True)
    assert [str(failure) for failure in ended] == ["http_503"] * 5
    assert len(shelf.asked) == 1
    shelf.fails = False
    assert (await inventory.stock("IN", within=PATIENCE)).count
    await loaded(inventory)


async def test_a_few_countries_are_read_at_once_and_who_waited_long_enough_hears_whether_there_was_a_turn(
    shelf: Shelf, inventory: Inventory
) -> None:
    codes = ["IN", "GB", "US", "DE", "FR"]
    shelf.lists |= {code: numbers(code, 1) for code in codes}
    ended = await asyncio.gather(*(inventory.stock(code, within=0.05) for code in codes), return_exceptions=True)
    assert [str(failure) for failure in ended] == ["timeout"] * AT_ONCE + [BUSY]
    shelf.give()
    await loaded(inventory)
    assert all(inventory.known(code) for code in codes)


async def test_a_survey_knows_every_country_at_once_and_is_repeated_now_and_then(
    shelf: Shelf, inventory: Inventory, clock: FakeClock
) -> None:
    assert not await inventory.survey(within=0)
    shelf.give(3)
    assert await inventory.survey(within=PATIENCE)
    assert [*inventory.countries()] == ["IN", "GB"]
    assert shelf.asked == [(None, 1), (None, 2), (None, 3)]
    shelf.lists["GB"] = []
    clock.advance(SURVEYED)
    assert await inventory.survey(within=0)
    shelf.give()
    await loaded(inventory)
    assert [*inventory.countries()] == ["IN"]
    stock = inventory.known("GB")
    assert stock is not None
    assert stock.count == 0


async def test_a_number_is_on_sale_as_a_survey_of_just_now_has_it_and_else_as_the_provider_says(
    shelf: Shelf, inventory: Inventory, clock: FakeClock
) -> None:
    shelf.give()
    assert await inventory.survey(within=PATIENCE)
    there, gone = numbers("GB", 1)[0].e164, E164("+447700900123")
    assert await inventory.is_on_sale(there, within=PATIENCE)
    assert not await inventory.is_on_sale(gone, within=PATIENCE)
    assert shelf.reads == []
    clock.advance(FRESH)
    shelf.listing = a_listing(number=gone, country="GB")
    assert await inventory.is_on_sale(gone, within=PATIENCE)
    shelf.unreadable = {"find"}
    with pytest.raises(ProviderUnavailable):
        await inventory.is_on_sale(gone, within=PATIENCE)


async def test_no_more_is_kept_than_there_is_room_for_and_what_was_asked_for_longest_ago_goes(
    shelf: Shelf, inventory: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.inventory.MOST_KEPT", 200)
    shelf.lists = {"IN": numbers("IN", 350), "GB": numbers("GB", 90), "US": numbers("US", 90), "DE": numbers("DE", 90)}
    shelf.give()
    for code in ("GB", "US", "GB", "DE"):
        await inventory.stock(code, within=PATIENCE)
        await loaded(inventory)
    assert [*inventory.countries()] == ["DE", "GB"]
    whole = await inventory.stock("IN", within=PATIENCE)
    await loaded(inventory)
    assert (whole.count, whole.is_whole, [*inventory.countries()]) == (200, False, ["IN"])
    assert not await inventory.survey(within=PATIENCE)
    assert [*inventory.countries()] == ["IN"]
