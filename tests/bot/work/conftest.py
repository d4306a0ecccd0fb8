"""A floor with a real store and a clock that stands still; no task may end in an exception that nobody hears."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.store.store import Store
from tests.harness.clock import FakeClock
from tests.harness.floor import Floor
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
