"""All services over a real database, their work claimed and done by hand, one row at a time.

Whoever asks, decides and answers are the fakes of `tests/fakes.py`; time is a `FakeClock`.
"""

from contextlib import suppress
from datetime import timedelta

from bot import lanes
from bot.services.acts import Act, take
from bot.services.rules import Rules
from bot.store.store import Store
from bot.work import queue
from bot.work.queue import Claim, Kind, Lane
from bot.work.retry import CannotSucceed, TryLater
from bot.work.worker import Judge
from tests.harness.builders import some_rules
from tests.harness.clock import FakeClock
from tests.harness.fakes import FakeMessenger, FakePeople, FakeProvider

LEASE = timedelta(seconds=30)


class Worker:
    """One team's services. `rules`, the fakes and the clock may be changed between two pieces of work."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.rules: Rules = some_rules()
        self.provider = FakeProvider()
        self.people = FakePeople(lambda: self.clock.now())
        self.messenger = FakeMessenger()

    @property
    def judges(self) -> dict[Kind, Judge]:
        return lanes.judges(self.store, self.provider, self.people, self.messenger, self.clock, self.rules)

    async def take(self, act: Act) -> bool:
        now = self.clock.now()
        return await self.store.write(lambda connection: take(connection, act, now=now))

    async def claim(self, kind: Kind, *, lease: timedelta = LEASE) -> Claim:
        """The next due row of the lane, which has to be of this kind."""
        now = self.clock.now()
        (held,) = await self.store.write(
            lambda connection: queue.claim(connection, kind.lane, now=now, lease=lease, most=1)
        )
        assert held.kind is kind
        return held

    async def is_due(self, lane: Lane) -> bool:
        """Could a worker claim anything there?"""
        now = self.clock.now()
        return await self.store.read(lambda connection: queue.is_due(connection, lane, now=now))

    async def run(self, kind: Kind) -> None:
        """Claims such a row and does it. Work that waits or is hopeless is put where the loop would put it."""
        await self.do(await self.claim(kind))

    async def do(self, held: Claim) -> None:
        now = self.clock.now()
        try:
            await self.judges[held.kind](held)
        except TryLater as later:
            due = self.clock.now() + later.after
            await self.store.write(lambda connection: queue.put_back(connection, held, after=due))
            raise
        except CannotSucceed as hopeless:
            reason = hopeless.reason
            await self.store.write(lambda connection: queue.park(connection, held, now=now, error=reason))
            raise

    async def run_due(self, lane: Lane) -> None:
        """Does what is due in a lane, in order, until nothing is; what has to wait, or is hopeless, is left behind."""
        while held := await self._next(lane):
            with suppress(TryLater, CannotSucceed):
                await self.do(held)

    async def _next(self, lane: Lane) -> Claim | None:
        if not await self.is_due(lane):
            return None
        now = self.clock.now()
        held = await self.store.write(lambda connection: queue.claim(connection, lane, now=now, lease=LEASE, most=1))
        return held[0]
