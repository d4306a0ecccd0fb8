"""A clock that stands still until it is moved."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta

from tests.harness.builders import NOON

_BOOTED = datetime(2020, 1, 1, tzinfo=UTC)


class FakeClock:
    """A `bot.clock.Clock` that moves only by `advance`, both of its times together.

    One that starts where another one stopped goes on with both, as a process that is started again does.
    """

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start
        self._monotonic = (start - _BOOTED).total_seconds()
        self.boot = "a-boot"
        self._alarms: list[tuple[float, asyncio.Future[object]]] = []
        self._changed = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, by: timedelta | float) -> None:
        """Moves both times, `by` seconds or a duration, and wakes whoever waited that long."""
        moved = by if isinstance(by, timedelta) else timedelta(seconds=by)
        self._now += moved
        self._monotonic += moved.total_seconds()
        for due, alarm in self._alarms:
            if due <= self._monotonic and not alarm.done():
                alarm.set_result(None)

    def set_wall(self, now: datetime) -> None:
        """Moves the wall time alone, as a sleeping machine or a corrected clock does."""
        self._now = now

    async def wait(self, event: Awaitable[object], seconds: float) -> None:
        alarm: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        waiting = asyncio.ensure_future(event)
        entry = (self._monotonic + seconds, alarm)
        self._alarms.append(entry)
        self._changed.set()
        try:
            await asyncio.wait([waiting, alarm], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._alarms.remove(entry)
            waiting.cancel()
            alarm.cancel()
            self._changed.set()

    async def until_heard(self) -> None:
        """Returns when everybody whose time has come has gone on."""
        while any(due <= self._monotonic for due, _ in self._alarms):
            self._changed.clear()
            await self._changed.wait()

    async def until_waiting(self, how_many: int, *, seconds: float | None = None) -> None:
        """Returns when so many wait on the clock; with `seconds`, only those who began to wait that long now."""
        while len([due for due, _ in self._alarms if seconds in (None, due - self._monotonic)]) < how_many:
            self._changed.clear()
            await self._changed.wait()
