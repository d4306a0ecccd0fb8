"""Buying what was approved: when the call leaves, that it leaves once, and what is kept of its answer."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

import pytest

from bot.domain.attempt import Ending
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.plans import Purchase
from bot.store import attempts, requests
from bot.store.database import open_to_read
from bot.store.lanes import Lane
from bot.store.store import Store
from bot.work.queue import LeaseLost
from bot.work.retry import TryLater
from tests.harness.builders import NUMBER, a_listing, some_rules
from tests.harness.fakes import PurchaseCall
from tests.harness.patience import PATIENCE
from tests.harness.rows import facts_of
from tests.harness.seen import meanwhile
from tests.harness.swept import TICK
from tests.harness.workbench import Workbench

SECOND = timedelta(seconds=1)


@pytest.fixture
def other_reader(bench: Workbench, database_url: str) -> Iterator[Store]:
    """The bench's database as another process sees it: only what is committed."""
    store = open_to_read(database_url)
    yield store
    store.close()


async def test_what_was_approved_is_bought_with_one_call_in_the_approved_currency(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    bench.clock.advance(1)
    await bench.run(Purchase)
    bought = await bench.now(request)
    assert (bought.status, bought.purchased_at, bought.error) == (Status.PURCHASED, bench.clock.now(), None)
    assert bench.provider.calls == [PurchaseCall(NUMBER, "INR", 20.0)]
    assert bench.provider.reads == ["owned", "find", "balance"]
    assert not await bench.rows(Purchase)


async def test_all_that_the_provider_is_asked_right_before_the_call_is_asked_at_once(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    all_three = asyncio.Barrier(3)

    async def each_waits_for_the_others(_: str) -> None:
        await all_three.wait()

    bench.provider.during_read = each_waits_for_the_others
    async with asyncio.timeout(PATIENCE):
        await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED


async def test_the_attempt_is_on_disk_before_the_call_leaves(bench: Workbench, other_reader: Store) -> None:
    request = await bench.an_approved_request()
    seen: list[tuple[Status, Ending]] = []

    async def look() -> None:
        found = await other_reader.read(lambda connection: requests.get(connection, request.id))
        attempt = await other_reader.read(lambda connection: attempts.open_of(connection, request.id))
        assert found is not None
        assert attempt is not None
        seen.append((found.status, attempt.ending))

    bench.provider.before_call = look
    await bench.run(Purchase)
    assert seen == [(Status.PURCHASING, Ending.OPEN)]


async def test_a_price_that_changes_while_slack_is_slow_to_say_who_approves_is_not_paid(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    bench.people.during_look_up = meanwhile(bench, listing=a_listing("909+1 INR"))
    await bench.run(Purchase)
    assert bench.provider.calls == []
    assert (await bench.now(request)).status is Status.PENDING


async def test_nothing_is_bought_before_the_card_stands(bench: Workbench) -> None:
    request = await bench.an_approved_request(ts=None)
    with pytest.raises(TryLater):
        await bench.run(Purchase)
    assert not bench.provider.reads
    await bench.deliver()
    bench.clock.advance(1)
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED


@pytest.mark.parametrize("away", ["owned", "find", "approvers"])
async def test_while_the_provider_or_slack_cannot_be_read_nothing_is_bought_and_it_is_tried_again(
    bench: Workbench, away: str
) -> None:
    request = await bench.an_approved_request()
    bench.provider.unreadable, bench.people.list_is_silent = {away}, away == "approvers"
    with pytest.raises(TryLater):
        await bench.run(Purchase)
    assert await bench.now(request) == request
    bench.provider.unreadable, bench.people.list_is_silent = set(), False
    bench.clock.advance(1)
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED
    assert len(bench.provider.calls) == 1


@pytest.mark.parametrize(
    ("both", "wall", "timeout", "leaves"),
    [
        (5 * SECOND, 0 * SECOND, 20, True),
        (5 * SECOND + TICK, 0 * SECOND, 20, False),
        (0 * SECOND, 6 * SECOND, 20, False),
        (0 * SECOND, timedelta(hours=8), 20, False),
        (0 * SECOND, -SECOND, 20, False),
        (6 * SECOND, -6 * SECOND, 20, False),
        (3 * SECOND - TICK, 0 * SECOND, 1, True),
        (3 * SECOND, 0 * SECOND, 1, False),
    ],
    ids=[
        "in time",
        "too late",
        "asleep",
        "asleep for hours",
        "wall set back",
        "only the monotonic clock knows",
        "within three of the longest calls",
        "after three of the longest calls",
    ],
)
async def test_a_call_leaves_within_five_seconds_of_its_record_by_both_clocks_while_its_lease_lasts(
    bench: Workbench, both: timedelta, wall: timedelta, timeout: int, *, leaves: bool
) -> None:
    bench.rules = some_rules(vobiz_timeout=timeout * SECOND)
    request = await bench.an_approved_request()

    async def time_passes() -> None:
        bench.clock.advance(both)
        bench.clock.set_wall(bench.clock.now() + wall)

    bench.provider.before_call = time_passes
    await bench.run(Purchase)
    assert len(bench.provider.calls) == leaves
    assert (await bench.now(request)).status is (Status.PURCHASED if leaves else Status.APPROVED)
    (attempt,) = await bench.attempts()
    assert (attempt.outcome, attempt.code) == ((Ending.BOUGHT, None) if leaves else (Ending.UNEXECUTED, "dropped"))


async def test_whoever_takes_over_from_a_dead_worker_makes_no_call_and_finds_out(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    bench.provider.outcomes = [ConnectionError()]
    with pytest.raises(ConnectionError):
        await bench.run(Purchase)
    bench.clock.advance(60 * SECOND - TICK)
    assert not await bench.is_due(Lane.BUY)
    bench.clock.advance(TICK)
    await bench.run(Purchase)
    assert len(bench.provider.calls) == 1
    assert (await bench.now(request)).status is Status.CHECKING
    assert facts_of(await bench.last(Event.CHECKING))["code"] == "process_died"


async def test_the_call_of_a_dead_process_ended_with_its_lease_though_whoever_takes_over_has_a_clock_that_is_behind(
    bench: Workbench,
) -> None:
    await bench.an_approved_request()
    bench.provider.outcomes = [ConnectionError()]
    with pytest.raises(ConnectionError):
        await bench.run(Purchase)
    bench.clock.advance(60)
    taken = await bench.claim(Purchase)
    bench.clock.advance(-30)
    await bench.do(taken)
    (attempt,) = await bench.attempts()
    assert attempt.call_ended_at == attempt.lease_until


async def test_an_answer_that_comes_after_the_lease_was_lost_is_not_kept(bench: Workbench) -> None:
    request = await bench.an_approved_request()

    async def rob() -> None:
        bench.clock.advance(60)
        await bench.run(Purchase)

    bench.provider.during_call = rob
    with pytest.raises(LeaseLost):
        await bench.run(Purchase)
    assert len(bench.provider.calls) == 1
    assert (await bench.now(request)).status is Status.CHECKING
    (attempt,) = await bench.attempts()
    assert attempt.outcome == Ending.OPEN


async def test_a_worker_that_was_robbed_before_the_record_makes_no_call(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    robbed = await bench.claim(Purchase)
    bench.clock.advance(31)
    await bench.claim(Purchase)
    with pytest.raises(LeaseLost):
        await bench.do(robbed)
    assert not bench.provider.calls
    assert await bench.now(request) == request
    assert not await bench.attempts()


@pytest.mark.parametrize("decide", [Workbench.deny, Workbench.withdraw])
async def test_what_is_denied_or_withdrawn_while_the_provider_is_read_is_not_bought(
    bench: Workbench, decide: Callable[[Workbench, PurchaseRequest], Awaitable[None]]
) -> None:
    request = await bench.an_approved_request()

    async def decide_meanwhile(read: str) -> None:
        if read == "balance":
            await decide(bench, request)

    bench.provider.during_read = decide_meanwhile
    await bench.run(Purchase)
    assert not bench.provider.calls
    assert not await bench.attempts()
    assert not await bench.rows(Purchase)
