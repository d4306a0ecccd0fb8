"""A process within this one: it can be killed between any two steps of its event loop, and nothing of it goes on.

Whatever a task starts belongs to the process that the task belongs to; what people, Slack and the provider do belongs
to none.
"""

import asyncio
import contextvars
import selectors
import traceback
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar
from weakref import WeakSet

import structlog

from bot.app import Service
from bot.store.shared_commits import SharedCommits
from bot.store.store import Store

T = TypeVar("T")

BUGS = (
    "a handler failed",
    "a lease could not be renewed",
    "an act cannot be read, so nobody can be told",
    "the bot cannot start",
    "work cannot be claimed",
    "work failed",
)
"""What the bot logs when it meets something that it did not expect."""


@dataclass(slots=True)
class Process:
    """One life of the bot."""

    tasks: WeakSet[asyncio.Task[Any]] = field(default_factory=WeakSet)
    is_alive: bool = True
    bugs: list[str] = field(default_factory=list)


PROCESS: contextvars.ContextVar[Process] = contextvars.ContextVar("process")


class Turns(selectors.DefaultSelector):
    """The event loop looks here once a turn: what is planned happens after so many turns, between any two steps."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 0
        self._planned: Callable[[], None] | None = None

    def plan(self, turns: int, sudden: Callable[[], None]) -> None:
        self._left, self._planned = turns, sudden

    def forget(self) -> None:
        self._planned = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._planned is not None:
            self._left -= 1
            if self._left <= 0:
                sudden, self._planned = self._planned, None
                sudden()
                timeout = 0.0
        return super().select(timeout)


class Processes:
    """One process after the other."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._lives: list[Process] = []
        loop.set_task_factory(_create)

    @property
    def bugs(self) -> list[str]:
        """What the bot did not expect, in all its lives; what a dying one says does not count."""
        return [bug for life in self._lives for bug in life.bugs]

    def run(self, main: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Starts a new process with `main`."""
        self._lives.append(Process())
        context = contextvars.copy_context()
        context.run(PROCESS.set, self._lives[-1])
        return asyncio.create_task(main, context=context)

    def kill(self, service: Service, *, loses_commits: bool) -> None:
        """Nothing of the process does anything from now on; what it had handed to the database may still be kept.

        With `loses_commits` what waits there is lost; what is being written at this moment is not.
        """
        self._lives[-1].is_alive = False
        served = getattr(service, "_served", None)
        writing = None if served is None else _shut(served.store, loses_commits=loses_commits)
        for task in self._living():
            if task is not writing:
                task.cancel()

    async def bury(self, service: Service) -> None:
        """Gives back what the system takes from a dead process: sockets, files, threads."""
        while living := self._living():
            await asyncio.wait(living)
        await service.stop()

    def _living(self) -> list[asyncio.Task[Any]]:
        return [task for task in self._lives[-1].tasks if not task.done()]


@contextmanager
def overheard() -> Iterator[None]:
    """What the bot logs is not written anywhere; what it did not expect is kept with its process."""

    def hear(_logger: object, _method: str, said: structlog.typing.EventDict) -> NoReturn:
        life = PROCESS.get(None)
        if life is not None and life.is_alive and said.get("event") in BUGS:
            reason = traceback.format_exc() if said.get("exc_info") else ""
            life.bugs.append(f"{said['event']}: {said.get('kind', '')} {reason}")
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, hear])
    try:
        yield
    finally:
        structlog.configure(**before)


def _create(
    loop: asyncio.AbstractEventLoop,
    coroutine: Coroutine[Any, Any, T] | Generator[Any, None, T],
    context: contextvars.Context | None = None,
) -> asyncio.Task[T]:
    task: asyncio.Task[T] = asyncio.Task(coroutine, loop=loop, context=context)
    life = PROCESS.get(None) if context is None else context.get(PROCESS)
    if life is not None:
        life.tasks.add(task)
    return task


def _shut(store: Store, *, loses_commits: bool) -> asyncio.Task[None] | None:
    """What writes on, for as long as something waits."""
    writer = store._writer
    assert isinstance(writer, SharedCommits)
    writer._closed = True
    if loses_commits:
        for waiting in (writer._urgent, writer._waiting):
            waiting.clear()
    store._threads.shutdown(wait=False, cancel_futures=True)
    return writer._running
