"""What changed, for those who watch: the page's streams and tests that wait.

Knows nothing of sockets or HTTP. Every change wakes every watcher; nobody polls.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.shapes import JsonObject
from bot.sandbox.slack.views import View

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A new message, ephemeral ones included."""

    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """A message has another text, other blocks, or another number of replies."""

    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """A message is gone."""

    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A modal opened or updated."""

    view: View


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A modal is gone."""

    view: View


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """App Home of `view.user`."""

    view: View


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Nothing anyone sees: a call came in, something went to the app, a connection came or went."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """Behind the scenes; `shown` is what the page's own control shows from now on."""

    shown: JsonObject


Change: TypeAlias = Posted | Rewritten | Deleted | Shown | Closed | Published | Noted | Arranged


class Changes:
    """Spreads changes. All methods belong to one event loop."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Queue[Change | None]] = set()
        self._sleepers: set[asyncio.Future[None]] = set()

    def tell(self, change: Change) -> None:
        for watcher in self._watchers:
            watcher.put_nowait(change)
        sleepers, self._sleepers = self._sleepers, set()
        for sleeper in sleepers:
            if not sleeper.done():
                sleeper.set_result(None)

    def watch(self) -> asyncio.Queue[Change | None]:
        """Every change from now on; `None` says that there will be no more."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self._watchers.add(queue)
        return queue

    def unwatch(self, queue: asyncio.Queue[Change | None]) -> None:
        self._watchers.discard(queue)

    def end(self) -> None:
        for watcher in self._watchers:
            watcher.put_nowait(None)

    async def wait_for(self, look: Callable[[], Found], *, within: float) -> Found:
        """Gives the first true `look()`, now or after a change; `TimeoutError` after `within` seconds."""
        async with asyncio.timeout(within):
            while not (found := look()):
                sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._sleepers.add(sleeper)
                await sleeper
        return found
