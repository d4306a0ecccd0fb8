"""The writer of a database that takes one writer at a time (SQLite): many units of work share one commit.

The units run on the event loop, because each takes less than handing it to a thread and back does. Waiting is what
happens beside the loop: for the disk, and for another process that writes.
"""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from bot.store.away import is_locked
from bot.store.lanes import Given, take_given
from bot.store.store import DatabaseAway, Listener, StoreClosed, saying_away

T = TypeVar("T")

TOGETHER = 0.005
"""Seconds of units in one commit: then the loop does something else, while what was done goes to the disk."""

WORTH_A_THREAD = 0.002
"""Seconds of a commit, from which on the next one is made in a thread: nobody else waits for a slow disk then."""

LOCKED_FOR = 10_000
"""Milliseconds that another process may go on writing before we give up."""

Job = tuple[Callable[[Connection], Any], asyncio.Future[Any]]
"""One unit of work, and who waits for its result."""


class SharedCommits:
    """Takes what waits, runs each in a savepoint of its own in one `BEGIN IMMEDIATE`, commits, and answers all.

    One that fails undoes itself alone. Who takes what it gave, does so in the same commit.
    """

    def __init__(self, engine: Engine, stands: Callable[[], None]) -> None:
        self.hears: Listener = lambda _: None
        with saying_away():
            self._connection = engine.connect()
        self._driver = cast("sqlite3.Connection", self._connection.connection.driver_connection)
        self._set_patience(0)
        self._engine = engine
        self._stands = stands
        self._urgent: deque[Job] = deque()
        self._waiting: deque[Job] = deque()
        self._running: asyncio.Task[None] | None = None
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._took = 0.0
        self._closed = False

    def submit(self, fn: Callable[[Connection], T], *, urgent: bool) -> asyncio.Future[T]:
        if self._closed:
            raise StoreClosed("the store is closed")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        (self._urgent if urgent else self._waiting).append((fn, answer))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return answer

    async def finish(self) -> None:
        self._closed = True
        if self._running is not None:
            await asyncio.wait([self._running])

    def close(self) -> None:
        """A commit that is under way is waited for; what has not begun never does, and hears it."""
        self._closed = True
        self._beside.shutdown()
        for _, answer in self._taken():
            answer.set_exception(StoreClosed("the store is closed"))
        self._connection.close()
        self._engine.dispose()

    def _taken(self) -> Iterator[Job]:
        """What waits, the urgent first."""
        while self._urgent or self._waiting:
            yield (self._urgent or self._waiting).popleft()

    async def _run(self) -> None:
        while self._urgent or self._waiting:
            await self._commit()

    async def _commit(self) -> None:
        """Nobody is answered before the commit; when that fails, all of them hear its reason."""
        asked: list[asyncio.Future[Any]] = []
        answers: list[Callable[[], None]] = []
        untold: list[Given] = []
        try:
            with saying_away(writing=True):
                await self._begin()
                try:
                    is_urgent = bool(self._urgent)
                    untold = self._run_jobs(asked, answers)
                    if untold and not is_urgent:
                        self.hears(untold)
                        await asyncio.sleep(0)  # who heard of it hands in the claim
                        untold = self._run_jobs(asked, answers)
                    self._stands()
                    await self._keep()
                    self._stands()
                except Exception:
                    self._connection.rollback()
                    if self._driver.in_transaction:  # the commit was refused, and SQLAlchemy takes it for over
                        self._driver.rollback()
                    raise
        except Exception as reason:  # noqa: BLE001 - the commit itself failed: nobody's work is on disk
            asked += [answer for _, answer in self._taken()] if not asked else []
            answers = [partial(answer.set_exception, reason) for answer in asked]
            untold = []
        for answer in answers:
            answer()
        if untold:
            self.hears(untold)

    async def _begin(self) -> None:
        """At once; when another process writes just now, once that is through."""
        try:
            self._connection.begin()
        except DatabaseError as reason:
            self._stands()
            if not is_locked(reason):
                raise
            await self._wait_for(self._begin_patiently)

    def _begin_patiently(self) -> None:
        self._set_patience(LOCKED_FOR)
        try:
            self._connection.begin()
        finally:
            self._set_patience(0)

    def _set_patience(self, milliseconds: int) -> None:
        self._driver.execute(f"PRAGMA busy_timeout = {milliseconds}")

    async def _keep(self) -> None:
        """Commits, in a thread while the disk takes longer than going there and back does."""
        began = time.monotonic()
        if self._took < WORTH_A_THREAD:
            self._connection.commit()
        else:
            await self._wait_for(self._connection.commit)
        self._took = time.monotonic() - began

    async def _wait_for(self, step: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._beside, step)

    def _run_jobs(self, asked: list[asyncio.Future[Any]], answers: list[Callable[[], None]]) -> list[Given]:
        """Runs what waits, until that took long enough; what is urgent by itself, so that it is answered soon.

        Returns the work that it gave.
        """
        began, driver, given = time.monotonic(), self._driver, list[Given]()
        while jobs := self._urgent or self._waiting:
            fn, answer = jobs.popleft()
            asked.append(answer)
            driver.execute("SAVEPOINT unit")
            try:
                with saying_away(writing=True):
                    result = fn(self._connection)
            except BaseException as reason:
                told = RuntimeError("StopIteration") if isinstance(reason, StopIteration) else reason  # no future's
                answers.append(partial(answer.set_exception, told))
                take_given(self._connection)
                if not driver.in_transaction:  # a full disk makes SQLite undo all of it
                    raise DatabaseAway("the database undid the transaction") from reason
                driver.execute("ROLLBACK TO unit")
            else:
                answers.append(partial(answer.set_result, result))
                given += take_given(self._connection)
            driver.execute("RELEASE unit")
            if (jobs is self._urgent and not jobs) or time.monotonic() - began > TOGETHER:
                break
        return given
