"""Who answers Slack goes first: meanwhile, and while questions keep coming, the bot's own work takes its turns one by
one, and seldom.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 0.005
"""Seconds between turns while somebody waits for an answer: work goes on all the same, however many ask.

Of questions that come sooner after the last answer than this, the next is expected as soon.
"""


class Turns:
    """One process' turns at its database."""

    def __init__(self) -> None:
        self._answering = 0
        self._answered = -SELDOM
        """When, on the event loop's clock."""
        self._keep_coming = False
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._next: asyncio.Handle | None = None

    @contextmanager
    def answering(self) -> Iterator[None]:
        """While this lasts, somebody waits for an answer."""
        loop = asyncio.get_running_loop()
        self._keep_coming = self._answering > 0 or loop.time() - self._answered < SELDOM
        self._answering += 1
        try:
            yield
        finally:
            self._answering -= 1
            self._answered = loop.time()
            if self._next is not None and not self._is_rushed():
                self._next.cancel()
                self._plan()

    async def take(self) -> None:
        """Returns when it is the turn of whoever calls this: at once, when nobody waits."""
        if not self._waiting and not self._is_rushed():
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if self._next is None:
            self._plan()
        await turn

    def _plan(self) -> None:
        """The next turn comes when the loop has looked at what else there is, and Slack's requests are among that."""
        loop = asyncio.get_running_loop()
        self._next = loop.call_later(SELDOM, self._give) if self._is_rushed() else loop.call_soon(self._give)

    def _is_rushed(self) -> bool:
        just_answered = self._keep_coming and asyncio.get_running_loop().time() - self._answered < SELDOM
        return self._answering > 0 or just_answered

    def _give(self) -> None:
        self._next = None
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                break
        if self._waiting:
            self._plan()
