"""What becomes of a row, by what its judge raised; whatever that is, it holds up nobody else."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from bot.work import queue
from bot.work.queue import Claim, LeaseLost
from bot.work.retry import CannotSucceed, TryLater
from bot.work.worker import PARKED_AFTER, Judge
from tests.harness.clock import FakeClock
from tests.harness.errands import Errand
from tests.harness.floor import LEASE, Floor
from tests.harness.rows import Row


def _raising(make: Callable[[], Exception]) -> Judge:
    async def judge(_: Claim) -> None:
        raise make()

    return judge


def _failed(times: int, row: Row) -> bool:
    return row.failures == times


async def test_work_that_has_to_wait_is_due_again_when_it_says(floor: Floor, clock: FakeClock) -> None:
    floor.judges[Errand.WORDS] = _raising(lambda: TryLater(timedelta(seconds=7), "slack is silent"))
    await floor.add(Errand.WORDS)
    floor.start()
    row = await floor.until_row(lambda row: row.error is not None)
    assert (row.not_before - clock.now(), row.error) == (timedelta(seconds=7), "slack is silent")
    assert (row.claims, row.failures, row.lease_until, row.parked_at) == (1, 0, None, None)


async def test_work_that_waited_is_done_when_its_time_has_come(floor: Floor, clock: FakeClock) -> None:
    async def judge(held: Claim) -> None:
        if held.claims == 1:
            raise TryLater(timedelta(seconds=7), "slack is silent")
        await floor.finish(held)

    floor.judges[Errand.WORDS] = judge
    await floor.add(Errand.WORDS)
    floor.start()
    await floor.until_row(lambda row: row.error is not None)
    await floor.until_idle()
    clock.advance(7)
    await floor.until(lambda rows: not rows)


async def test_waiting_however_often_is_no_failure(floor: Floor, clock: FakeClock) -> None:
    floor.judges[Errand.WORDS] = _raising(lambda: TryLater(timedelta(0), "slack is silent"))
    await floor.add(Errand.WORDS)
    floor.start()
    row = await floor.until_row(lambda row: row.claims > PARKED_AFTER + 1)
    assert (row.failures, row.parked_at) == (0, None)


async def test_hopeless_work_is_parked_at_once(floor: Floor, clock: FakeClock) -> None:
    floor.judges[Errand.WORDS] = _raising(lambda: CannotSucceed("is_archived"))
    await floor.add(Errand.WORDS)
    floor.start()
    row = await floor.until_row(lambda row: row.parked_at is not None)
    assert (row.parked_at, row.error, row.lease_until) == (clock.now(), "is_archived", None)


async def test_after_a_bug_the_work_is_tried_again_with_a_pause(floor: Floor, clock: FakeClock) -> None:
    floor.judges[Errand.WORDS] = _raising(ZeroDivisionError)
    await floor.add(Errand.WORDS)
    floor.start()
    row = await floor.until_row(lambda row: row.failures == 1)
    assert (row.error, row.lease_until, row.parked_at) == ("ZeroDivisionError", None, None)
    assert timedelta(seconds=0.5) <= row.not_before - clock.now() <= timedelta(seconds=1.5)


async def test_a_row_that_keeps_failing_is_parked_after_eight_failures(floor: Floor, clock: FakeClock) -> None:
    floor.judges[Errand.WORDS] = _raising(ZeroDivisionError)
    await floor.add(Errand.WORDS)
    floor.start()
    for failures in range(1, PARKED_AFTER):
        await floor.until_row(partial(_failed, failures))
        await floor.until_idle()
        clock.advance(timedelta(minutes=2))
    row = await floor.until_row(lambda row: row.parked_at is not None)
    assert (PARKED_AFTER, row.claims, row.error) == (8, 8, "ZeroDivisionError")


async def test_work_without_a_judge_fails_like_any_bug(floor: Floor) -> None:
    await floor.add(Errand.WORDS)
    floor.start()
    assert (await floor.until_row(lambda row: row.failures == 1)).error == "KeyError"


async def test_a_row_whose_owners_keep_dying_is_parked_and_not_begun_again(floor: Floor, clock: FakeClock) -> None:
    begun: list[Claim] = []

    async def judge(held: Claim) -> None:
        begun.append(held)
        await floor.finish(held)

    floor.judges[Errand.WORDS] = judge
    await floor.add(Errand.WORDS)
    for _ in range(PARKED_AFTER):
        await floor.claim()
        clock.advance(LEASE)
    floor.start()
    row = await floor.until_row(lambda row: row.parked_at is not None)
    assert (begun, row.failures) == ([], PARKED_AFTER)


async def test_a_row_whose_owners_died_less_often_is_begun(floor: Floor, clock: FakeClock) -> None:
    floor.judges[Errand.WORDS] = floor.finish
    await floor.add(Errand.WORDS)
    for _ in range(PARKED_AFTER - 1):
        await floor.claim()
        clock.advance(LEASE)
    floor.start()
    await floor.until(lambda rows: not rows)


@pytest.mark.parametrize("request_of_the_next", ["r1", "r2", None])
async def test_a_parked_row_holds_up_nobody(floor: Floor, request_of_the_next: str | None) -> None:
    floor.judges[Errand.REPLY] = _raising(lambda: CannotSucceed("is_archived"))
    floor.judges[Errand.CARD] = floor.finish
    await floor.add(Errand.REPLY, request="r1")
    await floor.add(Errand.CARD, request=request_of_the_next)
    floor.start()
    (parked,) = await floor.until(lambda rows: [row.kind for row in rows] == [Errand.REPLY])
    assert parked.parked_at is not None


async def test_a_failing_row_does_not_hold_up_other_requests(floor: Floor) -> None:
    floor.judges[Errand.REPLY] = _raising(ZeroDivisionError)
    floor.judges[Errand.CARD] = floor.finish
    await floor.add(Errand.REPLY, request="r1")
    await floor.add(Errand.CARD, request="r2")
    floor.start(at_once=1)
    await floor.until(lambda rows: [(row.kind, row.failures) for row in rows] == [(Errand.REPLY, 1)])


async def test_work_that_says_it_was_robbed_is_left_as_it_is(floor: Floor, clock: FakeClock) -> None:
    judged = asyncio.Event()

    async def judge(held: Claim) -> None:
        await floor.store.write(lambda connection: queue.put_back(connection, held, after=clock.now() + LEASE))
        judged.set()
        raise LeaseLost

    floor.judges[Errand.WORDS] = judge
    await floor.add(Errand.WORDS)
    loop = floor.start()
    await judged.wait()
    loop.stop()
    await floor.ended()
    (row,) = await floor.rows()
    assert (row.failures, row.error, row.not_before) == (0, None, clock.now() + LEASE)


async def test_a_failure_of_a_row_that_was_robbed_meanwhile_is_not_counted_on_it(
    floor: Floor, clock: FakeClock
) -> None:
    thieves: list[Claim] = []

    async def judge(held: Claim) -> None:
        thieves.extend(await floor.claim(at=clock.now() + LEASE))
        raise ZeroDivisionError

    floor.judges[Errand.WORDS] = judge
    await floor.add(Errand.WORDS)
    loop = floor.start()
    await floor.until_row(lambda row: row.claims == 2)
    loop.stop()
    await floor.ended()
    (row,) = await floor.rows()
    assert (row.lease_until, row.error) == (thieves[0].lease_until, None)
