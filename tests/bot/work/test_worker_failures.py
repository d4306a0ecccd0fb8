"""What becomes of a row, by what its judge raised; whatever that is, it holds up nobody else."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from bot.work.duty import Judge
from bot.work.queue import Claim, LeaseLost
from bot.work.retry import CannotSucceed, TryLater
from bot.work.worker import PARKED_AFTER
from tests.harness.clock import FakeClock
from tests.harness.errands import Errand
from tests.harness.floor import LEASE, Floor
from tests.harness.rows import Row

LATER = timedelta(seconds=7)


def _raising(make: Callable[[], Exception]) -> Judge:
    async def judge(_: Claim) -> None:
        raise make()

    return judge


def _failed(times: int, row: Row) -> bool:
    return row.failures == times


async def test_work_that_has_to_wait_is_due_again_when_it_says_and_done_then(floor: Floor, clock: FakeClock) -> None:
    async def judge(held: Claim) -> None:
        if held.claims == 1:
            raise TryLater(LATER, "slack is silent")
        await floor.finish(held)

    await floor.begin(judge)
    row = await floor.until_row(lambda row: row.error is not None)
    assert (row.not_before - clock.now(), row.error) == (LATER, "slack is silent")
    assert (row.claims, row.failures, row.lease_until, row.parked_at) == (1, 0, None, None)
    await floor.until_idle()
    clock.advance(LATER)
    await floor.until(lambda rows: not rows)


async def test_waiting_however_often_is_no_failure(floor: Floor, clock: FakeClock) -> None:
    await floor.begin(_raising(lambda: TryLater(timedelta(0), "slack is silent")))
    row = await floor.until_row(lambda row: row.claims > PARKED_AFTER + 1)
    assert (row.failures, row.parked_at) == (0, None)


async def test_hopeless_work_is_parked_at_once(floor: Floor, clock: FakeClock) -> None:
    await floor.begin(_raising(lambda: CannotSucceed("is_archived")))
    row = await floor.until_row(lambda row: row.parked_at is not None)
    assert (row.parked_at, row.error, row.lease_until) == (clock.now(), "is_archived", None)


async def test_after_bugs_work_is_tried_again_with_pauses_and_parked_at_eight(floor: Floor, clock: FakeClock) -> None:
    await floor.begin(_raising(ZeroDivisionError))
    for failures in range(1, PARKED_AFTER):
        row = await floor.until_row(partial(_failed, failures))
        assert (row.error, row.lease_until, row.parked_at) == ("ZeroDivisionError", None, None)
        pause = timedelta(seconds=min(2 ** (failures - 1), 60))
        assert 0.5 * pause <= row.not_before - clock.now() <= 1.5 * pause
        await clock.until_waiting(2)  # the loop, for as long as is left or a second, and who renews its leases
        clock.advance(timedelta(minutes=2))
    row = await floor.until_row(lambda row: row.parked_at is not None)
    assert (PARKED_AFTER, row.claims, row.error) == (8, 8, "ZeroDivisionError")


async def test_a_row_whose_owners_keep_dying_is_parked_and_not_begun_again(floor: Floor, clock: FakeClock) -> None:
    begun: list[Claim] = []

    async def judge(held: Claim) -> None:
        begun.append(held)
        await floor.finish(held)

    floor.judges[Errand.WORDS] = judge
    for deaths_before_the_next_is_added in (1, PARKED_AFTER - 1):
        await floor.add(Errand.WORDS)
        for _ in range(deaths_before_the_next_is_added):
            await floor.claim()
            clock.advance(LEASE)
    floor.start()
    row = await floor.until_row(lambda row: row.parked_at is not None)
    assert ([held.failures for held in begun], row.failures) == ([PARKED_AFTER - 1], PARKED_AFTER)


@pytest.mark.parametrize("ends", [LeaseLost, ZeroDivisionError])
async def test_the_robbed_change_nothing_however_it_ends(floor: Floor, clock: FakeClock, ends: type[Exception]) -> None:
    thieves: list[Claim] = []

    async def judge(held: Claim) -> None:
        thieves.extend(await floor.claim(at=clock.now() + LEASE))
        if ends is LeaseLost:
            await floor.finish(held)
        raise ends

    loop = await floor.begin(judge)
    await floor.until_row(lambda row: row.claims == 2)
    loop.stop()
    await floor.ended()
    (row,) = await floor.rows()
    assert (row.lease_until, row.claims, row.failures, row.error) == (thieves[0].lease_until, 2, 1, None)
