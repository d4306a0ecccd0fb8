"""Where the work of two processes meets: both are under way and stand waiting, in an order that the test chooses."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

from sqlalchemy import Engine

from tests.harness.postgres import until_waiting_for_locks
from tests.races.locks import Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """`holding` takes the lock they meet at, `watching` sees them wait."""

    holding: Engine
    watching: Engine

    async def meet(self, lock: Lock, first: Awaitable[None], second: Awaitable[None]) -> None:
        """Lets go when `second` waits behind `first`. Raises what either of them raises, after both have ended."""
        with self.holding.begin() as connection:
            lock(connection)
            ahead = asyncio.ensure_future(first)
            await self.waiting(1)
            behind = asyncio.ensure_future(second)
            await self.waiting(2)
        for ended in await asyncio.gather(ahead, behind, return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended

    async def waiting(self, how_many: int) -> None:
        """Returns when so many transactions stand waiting for a lock."""
        await asyncio.to_thread(until_waiting_for_locks, self.watching, how_many)
