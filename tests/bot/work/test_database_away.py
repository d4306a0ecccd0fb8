"""A lane of work whose database goes away and comes back: nothing is lost, parked, or counted as a failure."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.domain.rules import Rules
from bot.services.letters import CardLetter, ReplyTo, Rewrite
from bot.services.parking import Parking
from bot.services.ports import NotDelivered
from bot.store.lanes import Lane
from bot.store.postgres import open_postgres
from bot.store.store import Store
from bot.work.crew import Crew
from bot.work.queue import Claim, Work
from bot.work.retry import TryLater
from bot.work.worker import AWAY, LOOK_EVERY, Pace
from tests.bot.work.conftest import Gate
from tests.harness.clock import FakeClock
from tests.harness.errands import Errand
from tests.harness.fakes import nothing
from tests.harness.floor import LEASE, Floor
from tests.harness.patience import PATIENCE
from tests.harness.postgres import Server
from tests.harness.workbench import Workbench


class Outage:
    """The database of this test, which can be taken away."""

    def __init__(self, server: Server, database: str) -> None:
        self._server = server
        self._database = database

    async def begin(self) -> None:
        await asyncio.to_thread(self._server.cut_off, self._database)

    async def end(self) -> None:
        await asyncio.to_thread(self._server.let_in, self._database)

    async def end_while_waited_for(self, clock: FakeClock, *, by: int = 1) -> None:
        """Ends once so many wait to look again, who then do."""
        await clock.until_waiting(by, seconds=LOOK_EVERY)
        await self.end()
        clock.advance(LOOK_EVERY)


@pytest.fixture
def outage(postgres: Server, postgres_database: str) -> Outage:
    return Outage(postgres, postgres_database)


@pytest.fixture
def store(own_postgres_url: str) -> Iterator[Store]:
    store = open_postgres(own_postgres_url)
    yield store
    store.close()


@pytest.fixture
def claims(floor: Floor, outage: Outage) -> list[Claim]:
    """Of a decision, each time it is judged; the first time the database goes away before it is finished."""
    claims: list[Claim] = []

    async def judge(held: Claim) -> None:
        claims.append(held)
        if len(claims) == 1:
            await outage.begin()
        await floor.finish(held)

    floor.judges[Errand.DECIDE] = judge
    return claims


@pytest.mark.parametrize("deaths", [0, 1])
async def test_work_that_the_database_was_away_for_is_done_when_it_is_back_and_keeps_its_count_of_owners_that_died(
    floor: Floor, clock: FakeClock, outage: Outage, claims: list[Claim], deaths: int
) -> None:
    await floor.add(Errand.DECIDE)
    for _ in range(deaths):
        await floor.claim(Lane.JUDGE)
        clock.advance(LEASE)
    floor.start(Lane.JUDGE)
    await outage.end_while_waited_for(clock, by=2)
    await clock.until_waiting(1, seconds=LOOK_EVERY)
    clock.advance(AWAY)
    await floor.until(lambda rows: not rows)
    assert [(held.claims, held.failures) for held in claims] == [(deaths + 1, deaths), (deaths + 2, deaths)]


async def test_a_lane_outlives_an_outage(floor: Floor, clock: FakeClock, outage: Outage) -> None:
    floor.judges[Errand.DECIDE] = floor.finish
    await floor.add(Errand.DECIDE)
    await outage.begin()
    floor.start(Lane.JUDGE)
    for _ in range(20):
        await clock.until_waiting(1, seconds=LOOK_EVERY)
        clock.advance(LOOK_EVERY)
    await outage.end()
    await clock.until_waiting(1, seconds=LOOK_EVERY)
    clock.advance(LOOK_EVERY)
    await floor.until(lambda rows: not rows)


async def test_a_lease_is_renewed_after_an_outage(floor: Floor, clock: FakeClock, outage: Outage, gate: Gate) -> None:
    await floor.begin(gate, Errand.DECIDE)
    await gate.begun.wait()
    await clock.until_waiting(1, seconds=10)
    await outage.begin()
    clock.advance(10)
    await outage.end_while_waited_for(clock, by=2)
    await clock.until_waiting(1, seconds=10)
    (row,) = await floor.rows()
    assert (row.lease_until, row.claims) == (clock.now() + LEASE, 1)
    gate.let_through()
    await floor.until(lambda rows: not rows)


@pytest.mark.parametrize("kind", [CardLetter, ReplyTo])
async def test_what_slack_took_while_the_database_went_away_is_not_delivered_again(
    store: Store, clock: FakeClock, outage: Outage, kind: type[Work]
) -> None:
    bench = Workbench(store, clock)
    if kind is CardLetter:
        await bench.ask()
    else:
        await bench.deny(await bench.a_request())
        await bench.run(Rewrite)
    bench.messenger.before_answer = bench.messenger.before_answer_to_reply = outage.begin
    delivering = asyncio.create_task(bench.run(kind))
    await outage.end_while_waited_for(clock)
    await asyncio.wait_for(delivering, PATIENCE)
    (request,) = await bench.requests()
    assert [card.ts for card in await bench.cards(request)] == ["1.000001"]
    assert len(bench.messenger.took("post_card" if kind is CardLetter else "reply")) == 1
    assert not await bench.rows(kind)


async def test_a_lost_answer_is_kept_however_long_the_outage_is(store: Store, clock: FakeClock, outage: Outage) -> None:
    async def lose_the_answer() -> None:
        await outage.begin()
        raise NotDelivered("timeout", may_have_arrived=True)

    bench = Workbench(store, clock)
    await bench.ask()
    bench.messenger.before_answer = lose_the_answer
    delivering = asyncio.create_task(bench.run(CardLetter))
    await outage.end_while_waited_for(clock)
    with pytest.raises(TryLater):
        await asyncio.wait_for(delivering, PATIENCE)
    bench.messenger.before_answer = nothing
    clock.advance(LOOK_EVERY)
    await bench.run(CardLetter)
    assert [sent.is_repeat for sent in bench.messenger.took("post_card")] == [False, True]


async def test_the_lanes_stop_though_the_database_does_not_answer(
    store: Store, clock: FakeClock, postgres: Server, postgres_database: str
) -> None:
    paces = dict.fromkeys(Lane, Pace(at_once=4, lease=LEASE))
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


@pytest.mark.usefixtures("claims")
async def test_a_lane_stops_though_the_database_is_away(floor: Floor, clock: FakeClock, outage: Outage) -> None:
    await floor.add(Errand.DECIDE)
    loop = floor.start(Lane.JUDGE)
    await clock.until_waiting(2, seconds=LOOK_EVERY)
    loop.stop()
    await floor.ended()
    await outage.end()
    (left,) = await floor.rows()
    assert left.parked_at is None
