"""A floor with a real store and a clock that stands still until it is moved.

No task may end in an exception that nobody hears.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.clock import FakeClock
from tests.harness.floor import Floor
from tests.harness.stores import a_store


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def floor(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Floor]:
    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
    served = a_store(tmp_path)
    made = Floor(served.store, clock)
    yield made
    await made.clear()
    await asyncio.to_thread(served.close)
    gc.collect()
    assert not unheard
