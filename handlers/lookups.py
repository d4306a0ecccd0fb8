"""Look-ups: the provider read for people who look through its inventory in a form.

However many people look, a few reads are on their way at once, one for each search, and none that nobody waits for:
what is decided and bought reads the provider too. Nobody cancels a read; who has waited long enough hears why.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from bot.services.ports import ProviderUnavailable

AT_ONCE: Final = 4
"""Reads for all forms together."""

BUSY: Final = "busy"
"""Why a look-up failed that had no turn."""

S = TypeVar("S", bound=Hashable)
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _LookUp(Generic[T]):
    """One search on its way, and who waits for it, each in which form."""

    waiting: dict[object, str] = field(default_factory=dict)
    has_turn: bool = False
    task: asyncio.Task[T] = field(init=False)


class LookUps(Generic[S, T]):
    """Searches of one kind; all kinds share `turns`. `within` is how many seconds somebody waits in all."""

    def __init__(self, turns: asyncio.Semaphore, read: Callable[[S], Awaitable[T]], *, within: float) -> None:
        self._turns = turns
        self._read = read
        self._within = within
        self._running: dict[S, _LookUp[T]] = {}

    async def ask(self, form: str, search: S) -> T:
        """What the read found; the newest search of a form is the one that counts.

        Raises `ProviderUnavailable`, with the reason `BUSY` when it was not read for want of a turn.
        """
        for other in self._running.values():
            other.waiting = {who: where for who, where in other.waiting.items() if where != form}
        found = self._running.get(search) or self._begin(search)
        found.waiting[me := object()] = form
        try:
            done, _ = await asyncio.wait({found.task}, timeout=self._within)
        finally:
            found.waiting.pop(me, None)
        if not done:
            raise ProviderUnavailable("timeout" if found.has_turn else BUSY)
        return found.task.result()

    def _begin(self, search: S) -> _LookUp[T]:
        found = self._running[search] = _LookUp[T]()
        found.task = asyncio.create_task(self._in_turn(search, found))
        found.task.add_done_callback(_hear)
        return found

    async def _in_turn(self, search: S, found: _LookUp[T]) -> T:
        try:
            async with self._turns:
                if not found.waiting:
                    raise ProviderUnavailable(BUSY)
                found.has_turn = True
                return await self._read(search)
        finally:
            del self._running[search]


def _hear(ended: asyncio.Task[T]) -> None:
    """A failure that nobody waited for is nobody's surprise."""
    if not ended.cancelled():
        ended.exception()
