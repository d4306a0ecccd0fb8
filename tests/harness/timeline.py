"""An office whose time only moves when a test moves it: hours of looks, sweeps and reminders pass in a second."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, or_, select

from bot.app import Service
from bot.sandbox.slack import Workspace, furnish
from bot.sandbox.vobiz import VobizStandIn, demo_inventory
from bot.services.plans import DueTidy
from bot.store.lanes import Given, Lane
from bot.store.store import Store
from bot.store.tables import work
from tests.harness.builders import NOON
from tests.harness.clock import FakeClock
from tests.harness.office import Office, an_office, in_hand
from tests.harness.patience import PATIENCE

PACING = DueTidy.kind
"""What comes round so often that time does not stop for it."""


class Timeline:
    """The bot that serves now, and its clock: `rest` waits for what is due, `live` lets time pass through all of it."""

    def __init__(self, serving: Callable[[], Service], clock: FakeClock) -> None:
        self._serving = serving
        self.clock = clock
        self._committed = asyncio.Event()
        self._heard: Store | None = None

    @property
    def store(self) -> Store:
        return self._serving()._served.store

    async def rest(self) -> None:
        """Returns once nothing is due and nobody works. Raises `TimeoutError` with what is left."""
        if self._heard is not self.store:
            self._heard = self.store
            self._heard.on_commit(lambda: self._committed.set())
        try:
            async with asyncio.timeout(PATIENCE):
                while await self.store.read(self._is_busy):
                    await self._committed.wait()
                    self._committed.clear()
        except TimeoutError:
            left = await self.store.read(self._left)
            raise TimeoutError(f"not at rest after {PATIENCE} s: {left} at {self.clock.now()}") from None

    async def live(self, duration: timedelta | float) -> None:
        """Moves the clock from one due work to the next, and rests at each."""
        by = duration if isinstance(duration, timedelta) else timedelta(seconds=duration)
        until = self.clock.now() + by
        await self.rest()
        while (due := await self.store.read(self._next_due)) is not None and due <= until:
            await self._move_to(max((due - self.clock.now()).total_seconds(), 1.0))
        await self._move_to(max((until - self.clock.now()).total_seconds(), 0.0))

    async def sleep(self, duration: timedelta) -> None:
        """Moves the clock at once, as over a machine that sleeps, and rests then."""
        await self._move_to(duration.total_seconds())

    async def _move_to(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.store._hear([Given(lane, None, self.clock.now()) for lane in Lane])
        await self.rest()

    def _is_busy(self, connection: Connection) -> bool:
        return in_hand(connection, self.clock.now())

    def _left(self, connection: Connection) -> list[str]:
        due = or_(work.c.lease_token.is_not(None), work.c.not_before <= self.clock.now())
        rows = connection.execute(select(work).where(work.c.parked_at.is_(None), due).order_by(work.c.id))
        return [f"{row.kind} of {row.request} since {row.not_before}, held until {row.lease_until}" for row in rows]

    def _next_due(self, connection: Connection) -> datetime | None:
        """When the next work is due that is not yet: what is due and waits behind other work waits for that."""
        query = select(func.min(work.c.not_before)).where(
            work.c.parked_at.is_(None), work.c.not_before > self.clock.now(), work.c.kind != PACING
        )
        due: datetime | None = connection.execute(query).scalar()
        return due


class TimedOffice(Timeline):
    """`office` with its clock."""

    def __init__(self, office: Office, clock: FakeClock) -> None:
        super().__init__(lambda: office.service, clock)
        self.office = office


@asynccontextmanager
async def a_timed_office(folder: Path, begins: datetime = NOON, /, **settings: str) -> AsyncIterator[TimedOffice]:
    """Both stand-ins and the bot live by the same clock."""
    clock = FakeClock(begins)
    workspace = furnish(Workspace(monotonic=clock.monotonic, wall=lambda: clock.now().timestamp()))
    vobiz = VobizStandIn(numbers=demo_inventory())
    vobiz.world.clock = clock.now
    async with an_office(folder, transport="http", clock=clock, workspace=workspace, vobiz=vobiz, **settings) as office:
        yield TimedOffice(office, clock)
