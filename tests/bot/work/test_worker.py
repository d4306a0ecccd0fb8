"""One lane's loop: what it takes on, how much of it at once, and that a living worker keeps what it has."""

import asyncio
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from bot.domain.request import RequestId
from bot.store import turns
from bot.store.lanes import Given, Lane
from bot.store.sqlite import open_sqlite
from bot.store.tables import work
from bot.work import queue
from bot.work.queue import Claim, Work
from bot.work.retry import TryLater
from tests.bot.work.conftest import Gate, claimed
from tests.harness.clock import FakeClock
from tests.harness.errands import ERRANDS, Errand, an_errand
from tests.harness.floor import LEASE, Floor
from tests.harness.patience import PATIENCE
from tests.harness.postgres import engine_of
from tests.harness.stores import a_store_at


async def test_what_is_due_is_judged_and_gone_and_another_lanes_work_is_left_alone(floor: Floor) -> None:
    seen: list[Claim] = []

    async def judge(held: Claim) -> None:
        seen.append(held)
        await floor.finish(held)

    floor.judges[Errand.REPLY] = judge
    await floor.add(Errand.PURCHASE)
    await floor.add(Errand.REPLY, request="r1")
    floor.start(Lane.TELL)
    await floor.until(lambda rows: [row.kind for row in rows] == [Errand.PURCHASE])
    assert [(held.kind, held.request, held.claims, held.failures) for held in seen] == [(Errand.REPLY, "r1", 1, 0)]


async def test_what_another_process_commits_is_seen_in_a_second(floor: Floor, clock: FakeClock, tmp_path: Path) -> None:
    floor.judges[Errand.WORDS] = floor.finish
    floor.start()
    await floor.until_idle()
    other = open_sqlite(tmp_path / "buynumber.db")
    try:
        await other.write(lambda connection: queue.add(connection, an_errand(Errand.WORDS), now=clock.now()))
    finally:
        other.close()
    clock.advance(1)
    await floor.until(lambda rows: not rows)


async def test_what_is_due_within_the_second_is_not_late_for_the_next_look(floor: Floor, clock: FakeClock) -> None:
    floor.judges[Errand.WORDS] = floor.finish
    floor.start()
    await floor.until_idle()
    await floor.add(Errand.WORDS, after=clock.now() + timedelta(seconds=0.25))
    await clock.until_waiting(1, seconds=0.25)
    clock.advance(0.25)
    await floor.until(lambda rows: not rows)


async def test_what_is_hastened_is_not_left_for_the_next_look(floor: Floor) -> None:
    floor.judges[Errand.CARD] = floor.finish
    floor.start(ERRANDS[Errand.CARD].lane)
    await floor.until_idle()
    now, request = floor.clock.now(), "1" * 32
    await floor.add(Errand.CARD, request=request, after=now + timedelta(hours=1))
    kinds = [ERRANDS[Errand.CARD]]
    assert await floor.store.write(lambda connection: queue.hasten(connection, kinds, RequestId(request), due=now))
    await floor.until(lambda rows: not rows)


async def test_what_was_claimed_begins_only_when_nobody_waits_for_an_answer(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "SELDOM", 2 * PATIENCE)
    begun, answers = list[int](), ExitStack()
    is_begun, others_too = asyncio.Event(), asyncio.Event()

    async def begins_an_answer(held: Claim) -> None:
        begun.append(held.id)
        if not is_begun.is_set():
            answers.enter_context(floor.store.turns.answering())
            is_begun.set()
        elif len(begun) == 3:
            others_too.set()

    floor.judges[Errand.WORDS] = begins_an_answer
    for _ in range(3):
        await floor.add(Errand.WORDS)
    floor.start()
    async with asyncio.timeout(PATIENCE):
        await is_begun.wait()
        for _ in range(10):
            await asyncio.sleep(0)
        assert len(begun) == 1
        answers.close()
        await others_too.wait()


async def test_what_is_put_back_for_less_than_a_second_is_done_again_when_it_is_due(
    floor: Floor, clock: FakeClock
) -> None:
    async def puts_it_back(held: Claim) -> None:
        if held.claims == 1:
            raise TryLater(timedelta(seconds=0.5), "not yet")
        await floor.finish(held)

    floor.judges[Errand.WORDS] = puts_it_back
    await floor.add(Errand.WORDS)
    floor.start()
    await clock.until_waiting(1, seconds=0.5)
    clock.advance(0.5)
    await floor.until(lambda rows: not rows)


async def test_a_lane_without_room_waits_for_that_whatever_is_due(floor: Floor, clock: FakeClock, gate: Gate) -> None:
    floor.judges[Errand.WORDS] = gate
    await floor.add(Errand.WORDS)
    floor.start(at_once=1)
    await gate.begun.wait()
    await floor.add(Errand.WORDS, after=clock.now() + timedelta(seconds=0.25))
    await clock.until_waiting(1, seconds=0.25)
    clock.advance(0.25)
    await floor.until_idle()
    gate.let_through(2)
    await floor.until(lambda rows: not rows)


async def test_only_so_many_run_side_by_side_and_the_next_begins_when_one_ends(floor: Floor, gate: Gate) -> None:
    floor.judges[Errand.WORDS] = gate
    for _ in range(3):
        await floor.add(Errand.WORDS)
    floor.start(at_once=2)
    await floor.until_idle()
    assert claimed(1, 1, 0)(await floor.rows())
    gate.let_through()
    await floor.until(claimed(1, 1))
    gate.let_through(2)
    await floor.until(lambda rows: not rows)


async def test_slow_work_leaves_places_that_other_work_always_finds_free(floor: Floor, gate: Gate) -> None:
    floor.judges[Errand.SUBMIT] = gate
    floor.judges[Errand.FREEZE] = floor.finish
    for _ in range(4):
        await floor.add(Errand.SUBMIT)
    floor.start(Lane.JUDGE, at_once=3, slow={Errand.SUBMIT}, slow_at_once=2)
    await floor.until_idle()
    assert claimed(1, 1, 0, 0)(await floor.rows())
    await floor.add(Errand.FREEZE)
    await floor.until(claimed(1, 1, 0, 0))
    gate.let_through(4)
    await floor.until(lambda rows: not rows)


async def test_what_is_oldest_goes_first_also_when_it_is_slow_and_there_is_a_place_for_that(
    floor: Floor, gate: Gate
) -> None:
    floor.judges[Errand.SUBMIT] = floor.judges[Errand.DECIDE] = gate
    for kind in (Errand.SUBMIT, Errand.DECIDE, Errand.DECIDE):
        await floor.add(kind)
    floor.start(Lane.JUDGE, at_once=2, slow={Errand.SUBMIT}, slow_at_once=1)
    await floor.until_idle()
    assert claimed(1, 1, 0)(await floor.rows())
    gate.let_through(3)
    await floor.until(lambda rows: not rows)


async def test_work_of_one_request_runs_in_order_whichever_of_it_is_slow(floor: Floor) -> None:
    ran: list[int] = []

    async def judge(held: Claim) -> None:
        ran.append(held.id)
        await floor.finish(held)

    floor.judges[Errand.RESOLVE] = floor.judges[Errand.DECIDE] = judge
    for kind in (Errand.RESOLVE, Errand.DECIDE, Errand.RESOLVE, Errand.DECIDE):
        await floor.add(kind, request="r1")
    floor.start(Lane.JUDGE, slow={Errand.RESOLVE}, slow_at_once=1)
    await floor.until(lambda rows: not rows)
    assert ran == [1, 2, 3, 4]


async def test_what_was_there_before_is_done_at_once_whatever_else_is_given_meanwhile(floor: Floor) -> None:
    async def judge(held: Claim) -> None:
        if held.request == "r1":
            await floor.add(Errand.WORDS, request="r2")
        await floor.finish(held)

    floor.judges[Errand.WORDS] = judge
    for _ in range(3):
        await floor.add(Errand.WORDS, request="r1")
    loop = floor.start()
    loop.give([Given(Lane.TELL, None, floor.clock.now())])
    await floor.until(lambda rows: not rows)


async def test_a_place_that_becomes_free_is_filled_at_once(floor: Floor) -> None:
    floor.judges[Errand.WORDS] = floor.finish
    for _ in range(3):
        await floor.add(Errand.WORDS)
    floor.start(at_once=1, hears_commits=False)
    await floor.until(lambda rows: not rows)


async def test_long_work_keeps_its_lease_for_as_long_as_it_runs(floor: Floor, clock: FakeClock, gate: Gate) -> None:
    await floor.begin(gate)
    await gate.begun.wait()
    for _ in range(7):
        await clock.until_waiting(1, seconds=10.0)
        clock.advance(10)
        await floor.until_row(lambda row: row.lease_until == clock.now() + LEASE)
    assert not await floor.claim()
    gate.let_through()
    await floor.until(lambda rows: not rows)


async def test_a_robbed_worker_does_not_lengthen_the_thiefs_lease(floor: Floor, clock: FakeClock, gate: Gate) -> None:
    loop = await floor.begin(gate)
    await gate.begun.wait()
    await clock.until_waiting(1, seconds=10.0)
    (thief,) = await floor.claim(at=clock.now() + LEASE)
    clock.advance(10)
    await clock.until_heard()
    loop.stop()
    gate.let_through()
    await floor.ended()
    assert [row.lease_until for row in await floor.rows()] == [thief.lease_until]


async def test_after_the_machine_slept_a_loop_does_not_run_a_second_time_what_it_is_running(
    floor: Floor, clock: FakeClock, gate: Gate
) -> None:
    await floor.begin(gate)
    await floor.until(claimed(1))
    clock.set_wall(clock.now() + 2 * LEASE)
    floor.judges[Errand.REPLY] = floor.finish
    await floor.add(Errand.REPLY)
    (kept,) = await floor.until(lambda rows: len(rows) == 1)
    assert (kept.kind, kept.claims) == (Errand.WORDS, 1)
    gate.let_through()
    await floor.until(lambda rows: not rows)


async def test_a_row_of_a_kind_that_a_newer_version_left_does_not_hold_up_its_requests_lane(floor: Floor) -> None:
    class Newer(Work):
        kind, lane = "newer", Lane.TELL

    floor.judges[Errand.WORDS] = floor.finish
    now, about = floor.clock.now(), RequestId("r1")
    await floor.store.write(lambda connection: queue.add(connection, Newer(), now=now, request=about))
    await floor.add(Errand.WORDS, request="r1")
    floor.start()
    (left,) = await floor.until(lambda rows: len(rows) == 1)
    assert (left.kind, left.claims) == ("newer", 0)


async def test_a_due_row_that_is_locked_elsewhere_is_tried_once_a_second_and_not_over_and_over(
    postgres_url: str, clock: FakeClock
) -> None:
    claims: list[str] = []

    @event.listens_for(Engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "UPDATE work" in statement:
            claims.append(statement)

    served = a_store_at(postgres_url)
    floor = Floor(served.store, clock)
    try:
        await floor.add(Errand.WORDS)
        with engine_of(postgres_url) as engine, engine.begin() as elsewhere:
            elsewhere.execute(select(work.c.id).with_for_update())
            floor.start()
            for tried in (1, 2):
                await floor.until_idle()
                for _ in range(20):
                    await floor.rows()
                assert len(claims) == tried
                clock.advance(1)
        floor.judges[Errand.WORDS] = floor.finish
        clock.advance(1)
        await floor.until(lambda rows: not rows)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        await floor.clear()
        served.close()


async def test_what_was_claimed_while_it_was_being_stopped_is_given_back_unbegun(floor: Floor) -> None:
    await floor.add(Errand.WORDS)
    loop = floor.start(hears_commits=False)
    floor.store.on_commit(lambda: loop.stop())
    await floor.ended()
    (row,) = await floor.rows()
    assert (row.claims, row.failures, row.lease_until, row.error) == (1, 0, None, None)


async def test_what_waits_for_its_turn_when_it_is_stopped_is_given_back_unbegun_too(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "SELDOM", 2 * PATIENCE)
    answers = ExitStack()

    async def is_stopped_meanwhile(_: Claim) -> None:
        answers.enter_context(floor.store.turns.answering())
        asyncio.get_running_loop().call_soon(answers.close)
        loop.stop()

    floor.judges[Errand.WORDS] = is_stopped_meanwhile
    for _ in range(3):
        await floor.add(Errand.WORDS)
    loop = floor.start()
    await floor.ended()
    held, *unbegun = await floor.rows()
    assert held.lease_until is not None
    assert [(row.claims, row.failures, row.lease_until, row.error) for row in unbegun] == [(1, 0, None, None)] * 2
