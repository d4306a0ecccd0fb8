"""A process that lives and is slow keeps what it has in hand, however eagerly another one looks for work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot import lanes
from bot.services.parking import Parking
from bot.services.plans import Purchase
from bot.work.queue import Lane
from bot.work.worker import Crew
from tests.harness.bench import Bench
from tests.harness.builders import some_rules
from tests.harness.patience import PATIENCE
from tests.races.house import BOUGHT

Benches = tuple[Bench, Bench]

LOOPS = len(Lane)


@asynccontextmanager
async def _working(bench: Bench) -> AsyncIterator[None]:
    """All lanes of a process, with the services as they are."""
    crew = Crew(
        [*bench.duties.values()],
        park=Parking(bench.rules),
        store=bench.store,
        clock=bench.clock,
        paces=lanes.paces(bench.rules),
    )
    crew.start()
    yield
    await crew.stop()


@pytest.mark.parametrize("call_timeout", [timedelta(seconds=1), timedelta(seconds=20)])
async def test_a_call_that_outlasts_a_lease_is_not_taken_from_the_process_that_waits_for_it(
    benches: Benches, call_timeout: timedelta
) -> None:
    buys, other = benches
    buys.rules = other.rules = some_rules(vobiz_timeout=call_timeout)
    is_out, may_be_answered = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        is_out.set()
        await may_be_answered.wait()

    buys.provider.during_call = slowly
    await buys.an_approved_request()
    async with asyncio.timeout(PATIENCE), _working(buys):
        await is_out.wait()
        async with _working(other):
            for _ in range(90):
                await buys.clock.until_waiting(2 * LOOPS)
                assert (await other.row(Purchase)).claims == 1
                buys.clock.advance(1)
                await buys.clock.until_heard()
            may_be_answered.set()
    assert [entry.event for entry in await buys.trail()] == BOUGHT
    assert len(buys.provider.calls) == 1
