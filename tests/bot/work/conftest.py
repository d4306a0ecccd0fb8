"""A floor with a real store and a clock that stands still; no task may end in an exception that nobody hears."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.store.store import Store
from bot.work.queue import Claim
from tests.harness.clock import FakeClock
from tests.harness.floor import Floor
from tests.harness.rows import Row
from tests.harness.stores import a_store


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    served = a_store(tmp_path)
    yield served.store
    served.close()


@pytest.fixture
async def floor(store: Store, clock: FakeClock) -> AsyncIterator[Floor]:
    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
    made = Floor(store, clock)
    yield made
    await made.clear()
    gc.collect()
    assert not unheard


class Gate:
    """A judge whose work stays until it is let through."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._open = asyncio.Semaphore(0)
        self.begun = asyncio.Event()

    async def __call__(self, held: Claim) -> None:
        self.begun.set()
        await self._open.acquire()
        await self._floor.finish(held)

    def let_through(self, how_many: int = 1) -> None:
        for _ in range(how_many):
            self._open.release()


@pytest.fixture
def gate(floor: Floor) -> Gate:
    return Gate(floor)


def claimed(*expected: int) -> Callable[[list[Row]], bool]:
    """How often each row was claimed."""
    return lambda rows: [row.claims for row in rows] == list(expected)
