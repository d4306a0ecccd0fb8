"""All services over a real database, their work claimed and done by hand, one row at a time.

Whoever asks, decides and answers are the fakes of `fakes.py`; time is a `FakeClock`.
"""

from contextlib import suppress
from datetime import timedelta

from pydantic import ValidationError

from bot import lanes
from bot.domain.rules import Rules
from bot.services.acts import Act, take
from bot.services.parking import DELIVERING, Parking
from bot.services.unit import Units
from bot.store.lanes import Lane
from bot.store.store import Store
from bot.work import claims, queue
from bot.work.duty import Duty
from bot.work.queue import Claim, Work
from bot.work.retry import CannotSucceed, TryLater
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
    def units(self) -> Units:
        return Units(store=self.store, clock=self.clock, rules=self.rules)

    @property
    def duties(self) -> dict[str, Duty]:
        """By the kind of work."""
        duties = lanes.duties(self.units, self.provider, self.people, self.messenger)
        return {duty.payload.kind: duty for duty in duties}

    async def take(self, act: Act) -> bool:
        now = self.clock.now()
        return await self.store.write(lambda connection: take(connection, act, now))

    async def claim(self, kind: type[Work], *, lease: timedelta = LEASE) -> Claim:
        """The next due row of the lane, which has to be of this kind."""
        (held,) = await self._claim(kind.lane, lease)
        assert held.kind == kind.kind
        return held

    async def _claim(self, lane: Lane, lease: timedelta) -> list[Claim]:
        now, known = self.clock.now(), self.duties
        return await self.store.write(
            lambda connection: claims.claim(connection, lane, now=now, lease=lease, most=1, kinds=known, known=known)
        )

    async def is_due(self, lane: Lane) -> bool:
        """Could a worker claim anything there?"""
        now, known = self.clock.now(), self.duties
        return await self.store.read(
            lambda connection: claims.is_due(connection, lane, now=now, kinds=known, known=known)
        )

    async def run(self, kind: type[Work]) -> None:
        """Claims such a row and does it. Work that waits or is hopeless is put where the loop would put it."""
        await self.do(await self.claim(kind))

    async def do(self, held: Claim) -> None:
        now = self.clock.now()
        try:
            await self.duties[held.kind].judge(held)
        except TryLater as later:
            due, why = self.clock.now() + later.after, later.reason
            await self.store.write(lambda connection: queue.put_back(connection, held, after=due, error=why))
            raise
        except CannotSucceed as hopeless:
            reason = hopeless.reason
            await self.store.write(lambda connection: queue.park(connection, held, now=now, error=reason))
            raise

    async def park(self, held: Claim, error: str) -> None:
        """As the worker does with work that nobody can do."""
        now, payload = self.clock.now(), None
        with suppress(ValidationError):
            payload = self.duties[held.kind].payload.model_validate_json(held.payload)
        parking = Parking(self.rules)
        await self.store.write(lambda connection: parking(connection, held, payload, error=error, now=now))

    async def run_due(self, lane: Lane) -> None:
        """Does what is due in a lane, in order, until nothing is; what has to wait, or is hopeless, is left behind."""
        while held := await self._next(lane):
            with suppress(TryLater, CannotSucceed):
                await self.do(held)

    async def deliver(self) -> None:
        """Does what is due to be told and to be shown, as `run_due`."""
        while any([await self.is_due(lane) for lane in DELIVERING]):
            for lane in DELIVERING:
                await self.run_due(lane)

    async def _next(self, lane: Lane) -> Claim | None:
        if not await self.is_due(lane):
            return None
        return (await self._claim(lane, LEASE))[0]
