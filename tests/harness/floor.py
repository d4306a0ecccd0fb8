"""A floor for lanes: real loops over a real store, with judges that a test writes and a clock that it moves."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from bot.domain.request import RequestId
from bot.domain.rules import Rules
from bot.services.parking import Parking
from bot.store.lanes import Lane
from bot.store.store import Store
from bot.work import claims, queue
from bot.work.duty import Duty, Judge, duty
from bot.work.queue import Claim, Work
from bot.work.worker import LaneLoop, Pace
from tests.harness.clock import FakeClock
from tests.harness.errands import ERRANDS, KINDS, Errand, an_errand
from tests.harness.patience import PATIENCE
from tests.harness.rows import Row, rows_of

LEASE = timedelta(seconds=30)


class Floor:
    """`judges` may be added to at any time. Whatever loops still run are stopped and abandoned by `clear`."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.judges: dict[str, Judge] = {}
        """By the kind of work."""
        self._running: list[tuple[LaneLoop, asyncio.Task[None]]] = []
        self._committed = asyncio.Event()
        store.on_commit(lambda: self._committed.set())

    def start(
        self,
        lane: Lane = Lane.TELL,
        *,
        at_once: int = 4,
        slow: Collection[str] = (),
        slow_at_once: int = 0,
        hears_commits: bool = True,
    ) -> LaneLoop:
        """A loop that works the lane from now on, woken by commits unless it is to be as deaf as another process."""
        pace = Pace(at_once=at_once, lease=LEASE, slow_at_once=slow_at_once)
        loop = LaneLoop(lane, self.duties(slow), park=Parking(Rules()), store=self.store, clock=self.clock, pace=pace)
        if hears_commits:
            self.store.on_given(loop.give)
        self._running.append((loop, asyncio.create_task(loop.run())))
        return loop

    def duties(self, slow: Collection[str] = ()) -> list[Duty]:
        return [duty(errand, self._judge, waits=kind in slow) for kind, errand in ERRANDS.items()]

    async def _judge(self, held: Claim, _: Work) -> None:
        await self.judges[held.kind](held)

    async def ended(self) -> None:
        """Returns when every loop has ended; they have to be stopped."""
        async with asyncio.timeout(PATIENCE):
            for _, task in self._running:
                await asyncio.shield(task)

    async def clear(self) -> None:
        for loop, task in self._running:
            loop.stop()
            loop.abandon()
            await task

    async def add(self, kind: str, *, request: str | None = None, after: datetime | None = None) -> None:
        now, about = self.clock.now(), None if request is None else RequestId(request)
        await self.store.write(
            lambda connection: queue.add(connection, an_errand(kind), now=now, request=about, after=after)
        )

    async def begin(self, judge: Judge, kind: str = Errand.WORDS) -> LaneLoop:
        """A loop that works the lane of such work, of which there is one row, and judges it so."""
        self.judges[kind] = judge
        await self.add(kind)
        return self.start(ERRANDS[kind].lane)

    async def claim(self, lane: Lane = Lane.TELL, *, at: datetime | None = None) -> list[Claim]:
        """As another worker claims, at another time if one is given."""
        now = at or self.clock.now()
        return await self.store.write(
            lambda connection: claims.claim(connection, lane, now=now, lease=LEASE, most=9, kinds=KINDS)
        )

    async def finish(self, held: Claim) -> None:
        await self.store.write(lambda connection: queue.finish(connection, held))

    async def rows(self) -> list[Row]:
        return await rows_of(self.store)

    async def until(self, so: Callable[[list[Row]], bool]) -> list[Row]:
        """The rows of work, once they are so; looked at after every commit."""
        async with asyncio.timeout(PATIENCE):
            while True:
                self._committed.clear()
                rows = await self.rows()
                if so(rows):
                    return rows
                await self._committed.wait()

    async def until_row(self, so: Callable[[Row], bool]) -> Row:
        """The only row of work, once it is so."""
        (row,) = await self.until(lambda rows: len(rows) == 1 and so(rows[0]))
        return row

    async def until_idle(self) -> None:
        """Returns when a loop has found nothing to do and waits for a second to pass."""
        await self.clock.until_waiting(1, seconds=1.0)
