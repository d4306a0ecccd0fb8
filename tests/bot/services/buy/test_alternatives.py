"""What is offered instead of a number that is gone: similar ones, and only such as can be asked for."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.domain import trail
from bot.domain.numbers import Listing
from bot.domain.outcome import Refusal, Refused
from bot.domain.request import PurchaseRequest, Status
from bot.domain.similar import Similar
from bot.services.buy.alternatives import PAGES, WITHIN
from bot.services.plans import Purchase
from bot.services.ports import ProviderUnavailable
from bot.store.lanes import Lane
from tests.harness.builders import CHIEF, a_listing, a_request, an_owned_number
from tests.harness.seen import LOST, OWN_500, meanwhile
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("what is offered is written as test_purchase writes it on both")

OTHER, THIRD = "+918069000777", "+918069000778"
GONE = Refused(why=Refusal.NOT_IN_INVENTORY, code="not_found", message="number not found in inventory")

WAYS: dict[str, dict[str, object]] = {
    "not listed": {"listing": None},
    "blocked": {"listing": a_listing(blocked=True)},
    "without a price": {"listing": replace(a_listing(), monthly_fee=None)},
    "fees that cannot be right": {"listing": a_listing("100+800000000000 INR")},
    "not found by the call": {},
}


async def _gone(bench: Workbench, **shows: object) -> PurchaseRequest:
    """Approved, and then shown so at the last reading; the call would not find it."""
    request = await bench.an_approved_request()
    bench.provider.outcomes = [GONE]
    await meanwhile(bench, **shows)()
    await bench.run(Purchase)
    return request


async def _told(bench: Workbench) -> tuple[Similar, ...]:
    """What is offered once somebody has looked."""
    await bench.run_due(Lane.JUDGE)
    told = [entry.told for entry in await bench.trail()]
    return next((entry.similar for entry in reversed(told) if isinstance(entry, trail.Offered)), ())


async def _offered(bench: Workbench) -> list[str]:
    return [other.e164 for other in await _told(bench)]


def _numbers(count: int) -> list[str]:
    return [f"+9180691{no:05}" for no in range(count)]


def _dear(count: int) -> list[Listing]:
    return [a_listing("300+1 INR", number=number) for number in _numbers(count)]


@pytest.mark.parametrize("shows", WAYS.values(), ids=WAYS)
async def test_similar_numbers_are_offered_however_the_number_went_and_asked_for_by_a_click(
    bench: Workbench, shows: dict[str, object]
) -> None:
    bench.provider.on_offer = [a_listing("90+1 INR", number=OTHER, id="num_2"), a_listing("5+1 USD", number=THIRD)]
    request = await _gone(bench, **shows)
    (offered,) = await _told(bench)
    assert (offered.e164, offered.setup_fee.plain()) == (OTHER, "90")
    await bench.ask_again(request, digest=offered.digest)
    made = next(made for made in await bench.requests() if made.id != request.id)
    assert (made.terms.e164, made.requester, made.status) == (OTHER, CHIEF, Status.PENDING)
    assert made.terms.digest == offered.digest


@pytest.mark.parametrize("shows", [{"listing": None}, {}], ids=["not listed", "not found by the call"])
@pytest.mark.parametrize("read", ["browse", "own_numbers"])
async def test_the_failure_is_told_before_anybody_looks_and_when_nothing_can_be_read_then_nothing_is_offered(
    bench: Workbench, shows: dict[str, object], read: str
) -> None:
    bench.provider.on_offer = [a_listing(number=OTHER)]
    request = await _gone(bench, **shows)
    bench.provider.unreadable = {read}
    assert (await bench.now(request)).error == "not_in_inventory"
    assert not {"browse", "own_numbers"} & {*bench.provider.reads}
    assert await _offered(bench) == []


async def test_for_a_number_that_is_ours_nothing_is_offered(bench: Workbench) -> None:
    await bench.an_approved_request()
    bench.provider.listing, bench.provider.owned_number = None, an_owned_number()
    bench.provider.reads.clear()
    await bench.run(Purchase)
    assert await _offered(bench) == []
    assert "browse" not in bench.provider.reads


@pytest.mark.parametrize(
    ("per_page", "on_offer", "offered"),
    [
        (2, [*_dear(4), a_listing(number=OTHER)], [OTHER, *_numbers(2)]),
        (1, [a_listing(number=number) for number in (OTHER, OTHER, THIRD)], [OTHER, THIRD]),
        (1, [*_dear(PAGES), a_listing(number=OTHER)], _numbers(3)),
    ],
    ids=["the nearest is on a later page", "one moved to the next page meanwhile", "a long list's end is not read"],
)
async def test_the_nearest_of_several_pages_are_offered_once(
    bench: Workbench, per_page: int, on_offer: list[Listing], offered: list[str]
) -> None:
    bench.provider.per_page, bench.provider.on_offer = per_page, on_offer
    await _gone(bench, listing=None)
    assert await _offered(bench) == offered
    assert bench.provider.reads.count("browse") <= PAGES


async def _unreadable(bench: Workbench) -> None:
    raise ProviderUnavailable("http_503")


async def _too_late(bench: Workbench) -> None:
    bench.clock.advance(WITHIN)
    await asyncio.Event().wait()


@pytest.mark.parametrize("ends", [_unreadable, _too_late])
async def test_a_page_that_cannot_be_read_in_time_leaves_what_was_read_before_it(
    bench: Workbench, ends: Callable[[Workbench], Awaitable[None]]
) -> None:
    async def during(read: str) -> None:
        if read == "browse" and bench.provider.reads.count("browse") == 2:
            await ends(bench)

    bench.provider.per_page = 1
    bench.provider.on_offer = [a_listing(number=number) for number in (OTHER, THIRD)]
    bench.provider.during_read = during
    await _gone(bench, listing=None)
    assert await _offered(bench) == [OTHER]


async def _asked_for(bench: Workbench) -> None:
    await bench.a_request(a_request(number=OTHER), ts="2.000001")


async def _owned(bench: Workbench) -> None:
    bench.provider.others = [an_owned_number(number=OTHER)]


async def _unsettled(bench: Workbench) -> None:
    await bench.a_failure(LOST, number=OTHER)


async def _settled(bench: Workbench) -> None:
    await bench.a_failure(OWN_500, number=OTHER)


@pytest.mark.parametrize(
    ("so_far", "is_offered"), [(_asked_for, False), (_owned, False), (_unsettled, False), (_settled, True)]
)
async def test_a_number_that_could_not_be_asked_for_now_leaves_its_place_to_the_next(
    bench: Workbench, so_far: Callable[[Workbench], Awaitable[None]], is_offered: bool
) -> None:
    bench.provider.on_offer = [a_listing(number=OTHER), *_dear(3)]
    await so_far(bench)
    await _gone(bench, listing=None)
    assert await _offered(bench) == ([OTHER, *_numbers(2)] if is_offered else _numbers(3))


async def test_what_was_offered_is_told_in_the_thread_and_its_buttons_stand_on_the_card(bench: Workbench) -> None:
    bench.provider.on_offer = [a_listing(number=OTHER)]
    await _gone(bench, listing=None)
    offered = await _told(bench)
    await bench.deliver()
    assert bench.messenger.took("rewrite_card")[-1].one.offered == offered
    assert bench.messenger.took("reply")[-1].one.entry.event == "offered"
