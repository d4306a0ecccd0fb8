"""The lanes of one process together: woken as one, and stopped without new work and without waiting for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.domain.rules import Rules
from bot.services.parking import Parking
from bot.store.lanes import Lane
from bot.work.crew import RUNNING_WORK_GETS, Crew
from bot.work.worker import Pace
from tests.bot.work.conftest import Gate, claimed
from tests.harness.clock import FakeClock
from tests.harness.errands import Errand
from tests.harness.floor import LEASE, Floor

RENEWED_AFTER = LEASE.total_seconds() / 3
PACES = {lane: Pace(at_once=2, lease=LEASE) for lane in Lane}


@asynccontextmanager
async def _working(floor: Floor, *, grace: timedelta = RUNNING_WORK_GETS) -> AsyncIterator[Crew]:
    crew = Crew(floor.duties(), park=Parking(Rules()), store=floor.store, clock=floor.clock, paces=PACES, grace=grace)
    crew.start()
    yield crew
    await crew.stop()


async def test_every_lane_is_worked_and_woken_by_a_commit(floor: Floor, clock: FakeClock) -> None:
    for kind in (Errand.SUBMIT, Errand.PURCHASE, Errand.WORDS):
        floor.judges[kind] = floor.finish
    async with _working(floor):
        await clock.until_waiting(3, seconds=1.0)
        for kind in (Errand.SUBMIT, Errand.PURCHASE, Errand.WORDS):
            await floor.add(kind)
        await floor.until(lambda rows: not rows)


async def test_a_lane_that_is_stuck_does_not_hold_up_the_others(floor: Floor, gate: Gate) -> None:
    floor.judges[Errand.CARD] = gate
    floor.judges[Errand.PURCHASE] = floor.finish
    async with _working(floor):
        for _ in range(3):
            await floor.add(Errand.CARD)
        await floor.until(claimed(1, 1, 0))
        await floor.add(Errand.PURCHASE)
        await floor.until(lambda rows: [row.kind for row in rows] == [Errand.CARD] * 3)
        gate.let_through(3)
        await floor.until(lambda rows: not rows)


async def test_stopping_takes_nothing_new_and_lets_what_runs_finish(floor: Floor, clock: FakeClock, gate: Gate) -> None:
    floor.judges[Errand.PURCHASE] = gate
    floor.judges[Errand.WORDS] = floor.finish
    async with _working(floor) as crew:
        await floor.add(Errand.PURCHASE)
        await gate.begun.wait()
        stopping = asyncio.create_task(crew.stop())
        await floor.add(Errand.WORDS)
        assert not stopping.done()
        gate.let_through()
        await stopping
    assert [(row.kind, row.lease_until) for row in await floor.rows()] == [(Errand.WORDS, None)]


async def test_what_does_not_finish_in_time_is_left_for_takeover(floor: Floor, clock: FakeClock, gate: Gate) -> None:
    floor.judges[Errand.PURCHASE] = gate
    async with _working(floor, grace=timedelta(milliseconds=1)):
        await floor.add(Errand.PURCHASE)
        await gate.begun.wait()
    (row,) = await floor.rows()
    assert (row.lease_until, row.failures, row.error) == (clock.now() + LEASE, 0, None)
    assert not await floor.claim(Lane.BUY)
    clock.advance(LEASE)
    (taken,) = await floor.claim(Lane.BUY)
    assert (taken.kind, taken.failures) == (Errand.PURCHASE, 1)


async def test_running_work_gets_most_of_the_fifteen_seconds_a_stop_may_take() -> None:
    assert timedelta(seconds=10) <= RUNNING_WORK_GETS < timedelta(seconds=15)


async def test_a_crew_that_was_never_started_can_be_stopped(floor: Floor) -> None:
    await Crew(floor.duties(), park=Parking(Rules()), store=floor.store, clock=floor.clock, paces=PACES).stop()
