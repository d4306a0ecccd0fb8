"""The two clocks everything is timed by, and waiting on them. Tests hand in a clock that they move themselves."""

import asyncio
import secrets
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol


def _boot() -> str:
    """The kernel's name for it; where it has none, a process knows only itself."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return secrets.token_hex(16)


_BOOT = _boot()


class Clock(Protocol):
    """Wall time for people and the database, monotonic time for how long something took."""

    def now(self) -> datetime:
        """UTC, aware."""

    def monotonic(self) -> float:
        """Seconds; only differences mean anything. Stops while the machine sleeps, unlike `now`."""

    @property
    def boot(self) -> str:
        """Monotonic times of one boot, of whichever process, can be compared; those of two cannot."""

    async def wait(self, event: Awaitable[object], seconds: float) -> None:
        """Returns when `event` is done or `seconds` have passed, whichever comes first; cancels `event` then."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    @property
    def boot(self) -> str:
        return _BOOT

    async def wait(self, event: Awaitable[object], seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await event
        except TimeoutError:
            return
