"""A lane of work whose database goes away and comes back: nothing is lost, parked, or counted as a failure."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from bot.domain.rules import Rules
from bot.services.letters import CardLetter, ReplyTo
from bot.services.parking import Parking
from bot.services.ports import NotDelivered
from bot.store import tables
from bot.store.postgres import open_postgres
from bot.store.store import Store
from bot.work import queue
from bot.work.queue import Claim, Lane, Work
from bot.work.retry import TryLater
from bot.work.worker import AWAY, LOOK_EVERY, Crew, LaneLoop, Pace, duty
from tests.harness.bench import Bench
from tests.harness.builders import NOON
from tests.harness.clock import FakeClock
from tests.harness.errands import ERRANDS, KINDS, Errand, an_errand
from tests.harness.fakes import nothing
from tests.harness.patience import PATIENCE
from tests.harness.postgres import Server

PACE = Pace(at_once=4, lease=timedelta(seconds=30))


class Outage:
    """The database of this test, which can be taken away."""

    def __init__(self, server: Server, database: str) -> None:
        self._server = server
        self._database = database

    async def begin(self) -> None:
        await asyncio.to_thread(self._server.cut_off, self._database)

    async def end(self) -> None:
        await asyncio.to_thread(self._server.let_in, self._database)


class Judging:
    """Runs what a test says, one after another, each time its row is claimed; tells when that began."""

    def __init__(self, *turns: Callable[[Claim], Awaitable[None]]) -> None:
        self._turns = list(turns)
        self.claims: asyncio.Queue[Claim] = asyncio.Queue()

    async def __call__(self, held: Claim) -> None:
        self.claims.put_nowait(held)
        await self._turns.pop(0)(held)

    async def claimed(self) -> Claim:
        return await asyncio.wait_for(self.claims.get(), PATIENCE)


@pytest.fixture
def outage(postgres: Server, postgres_database: str) -> Outage:
    return Outage(postgres, postgres_database)


@pytest.fixture
def store(own_postgres_url: str) -> Iterator[Store]:
    store = open_postgres(own_postgres_url)
    yield store
    store.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


class Finish:
    """Finishes a row, and tells when that is on disk."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._done = asyncio.Event()

    async def __call__(self, held: Claim) -> None:
        await self._store.write(lambda connection: queue.finish(connection, held))
        self._done.set()

    async def done(self) -> None:
        await asyncio.wait_for(self._done.wait(), PATIENCE)


@pytest.fixture
def finish(store: Store) -> Finish:
    return Finish(store)


@asynccontextmanager
async def _running(judging: Judging, store: Store, clock: FakeClock) -> AsyncIterator[LaneLoop]:
    async def judge(held: Claim, _: Work) -> None:
        await judging(held)

    duties = [duty(ERRANDS[Errand.DECIDE], judge)]
    loop = LaneLoop(Lane.JUDGE, duties, park=Parking(Rules()), store=store, clock=clock, pace=PACE)
    store.on_commit(loop.wake)
    running = asyncio.create_task(loop.run())
    try:
        yield loop
    finally:
        loop.stop()
        await asyncio.wait_for(running, PATIENCE)


async def _add(store: Store) -> None:
    await store.write(lambda connection: queue.add(connection, an_errand(Errand.DECIDE), now=NOON))


async def test_work_that_the_database_was_away_for_is_done_when_it_is_back(
    store: Store, clock: FakeClock, outage: Outage, finish: Finish
) -> None:
    async def meets_the_outage(held: Claim) -> None:
        await outage.begin()
        await finish(held)

    judging = Judging(meets_the_outage, finish)
    await _add(store)
    async with _running(judging, store, clock):
        await judging.claimed()
        await clock.until_waiting(2, seconds=LOOK_EVERY)
        await outage.end()
        clock.advance(LOOK_EVERY)
        await clock.until_waiting(1, seconds=LOOK_EVERY)
        clock.advance(AWAY)
        again = await judging.claimed()
        await finish.done()
    assert (again.claims, again.failures) == (2, 0)


async def test_a_lane_outlives_an_outage(store: Store, clock: FakeClock, outage: Outage, finish: Finish) -> None:
    judging = Judging(finish)
    await _add(store)
    await outage.begin()
    async with _running(judging, store, clock):
        for _ in range(20):
            await clock.until_waiting(1, seconds=LOOK_EVERY)
            clock.advance(LOOK_EVERY)
        await outage.end()
        await clock.until_waiting(1, seconds=LOOK_EVERY)
        clock.advance(LOOK_EVERY)
        held = await judging.claimed()
        await finish.done()
    assert held.failures == 0


async def test_a_lease_is_renewed_after_an_outage(
    store: Store, clock: FakeClock, outage: Outage, finish: Finish
) -> None:
    go_on = asyncio.Event()

    async def takes_its_time(held: Claim) -> None:
        await go_on.wait()
        await finish(held)

    judging = Judging(takes_its_time)
    await _add(store)
    async with _running(judging, store, clock):
        held = await judging.claimed()
        await clock.until_waiting(1, seconds=10)
        await outage.begin()
        clock.advance(10)
        await clock.until_waiting(2, seconds=LOOK_EVERY)
        await outage.end()
        clock.advance(LOOK_EVERY)
        await clock.until_waiting(1, seconds=10)

        def lease(connection: Connection) -> object:
            return connection.execute(select(tables.work.c.lease_until)).scalar_one()

        assert await store.read(lease) == clock.now() + PACE.lease
        go_on.set()
        await finish.done()
    assert held.claims == 1


async def test_work_that_was_not_even_tried_keeps_the_count_of_owners_that_died(
    store: Store, clock: FakeClock, outage: Outage, finish: Finish
) -> None:
    async def meets_the_outage(held: Claim) -> None:
        await outage.begin()
        await finish(held)

    judging = Judging(meets_the_outage, finish)
    await _add(store)
    await store.write(
        lambda connection: queue.claim(connection, Lane.JUDGE, now=NOON, lease=PACE.lease, most=1, kinds=KINDS)
    )
    clock.advance(PACE.lease)
    async with _running(judging, store, clock):
        first = await judging.claimed()
        await clock.until_waiting(2, seconds=LOOK_EVERY)
        await outage.end()
        clock.advance(LOOK_EVERY)
        await clock.until_waiting(1, seconds=LOOK_EVERY)
        clock.advance(AWAY)
        again = await judging.claimed()
        await finish.done()
    assert (first.failures, again.failures) == (1, 1)


@pytest.mark.parametrize("kind", [CardLetter, ReplyTo])
async def test_what_slack_took_while_the_database_went_away_is_not_delivered_again(
    store: Store, clock: FakeClock, outage: Outage, kind: type[Work]
) -> None:
    bench = Bench(store, clock)
    if kind is CardLetter:
        await bench.ask()
    else:
        await bench.deny(await bench.a_request())
        await bench.run(CardLetter)
    bench.messenger.before_answer = bench.messenger.before_answer_to_reply = outage.begin
    delivering = asyncio.create_task(bench.run(kind))
    await clock.until_waiting(1, seconds=LOOK_EVERY)
    await outage.end()
    clock.advance(LOOK_EVERY)
    await asyncio.wait_for(delivering, PATIENCE)
    (request,) = await bench.requests()
    assert [card.ts for card in await bench.cards(request)] == ["1.000001"]
    assert len(bench.messenger.took("post_card" if kind is CardLetter else "reply")) == 1
    assert not await bench.rows(kind)


async def test_that_an_answer_of_slacks_was_lost_is_kept_however_long_the_database_is_away(
    store: Store, clock: FakeClock, outage: Outage
) -> None:
    async def lose_the_answer() -> None:
        await outage.begin()
        raise NotDelivered("timeout", may_have_arrived=True)

    bench = Bench(store, clock)
    await bench.ask()
    bench.messenger.before_answer = lose_the_answer
    delivering = asyncio.create_task(bench.run(CardLetter))
    await clock.until_waiting(1, seconds=LOOK_EVERY)
    await outage.end()
    clock.advance(LOOK_EVERY)
    with pytest.raises(TryLater):
        await asyncio.wait_for(delivering, PATIENCE)
    bench.messenger.before_answer = nothing
    clock.advance(LOOK_EVERY)
    await bench.run(CardLetter)
    assert [sent.is_repeat for sent in bench.messenger.took("post_card")] == [False, True]


async def test_the_lanes_stop_though_the_database_does_not_answer(
    store: Store, clock: FakeClock, postgres: Server, postgres_database: str
) -> None:
    paces = dict.fromkeys(Lane, PACE)
    crew = Crew([], park=Parking(Rules()), store=store, clock=clock, paces=paces, grace=timedelta(milliseconds=1))
    crew.start()
    await clock.until_waiting(len(Lane), seconds=LOOK_EVERY)
    with postgres.stalled(postgres_database):
        clock.advance(LOOK_EVERY)
        await clock.until_heard()
        stopping = asyncio.create_task(crew.stop())
        await asyncio.wait([stopping], timeout=PATIENCE)
        has_stopped = stopping.done()
    await stopping
    assert has_stopped


async def test_a_lane_stops_though_the_database_is_away(
    store: Store, clock: FakeClock, outage: Outage, finish: Finish
) -> None:
    async def meets_the_outage(held: Claim) -> None:
        await outage.begin()
        await finish(held)

    judging = Judging(meets_the_outage)
    await _add(store)
    async with _running(judging, store, clock):
        await judging.claimed()
        await clock.until_waiting(2, seconds=LOOK_EVERY)
    await outage.end()
    left = await store.read(lambda connection: connection.execute(select(tables.work)).one())
    assert left.parked_at is None
