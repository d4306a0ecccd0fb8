"""The two clocks everything is timed by, and waiting on them. Tests hand in a clock that they move themselves."""

import asyncio
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time for people and the database, monotonic time for how long something took."""

    def now(self) -> datetime:
        """UTC, aware."""

    def monotonic(self) -> float:
        """Seconds; only differences mean anything. Stops while the machine sleeps, unlike `now`."""

    async def wait(self, event: Awaitable[object], seconds: float) -> None:
        """Returns when `event` is done or `seconds` have passed, whichever comes first; cancels `event` then."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def wait(self, event: Awaitable[object], seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await event
        except TimeoutError:
            return
