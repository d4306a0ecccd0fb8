"""A floor with a real store and a clock that stands still until it is moved."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.builders import FakeClock, a_store
from tests.floor import Floor


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def floor(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Floor]:
    served = a_store(tmp_path)
    made = Floor(served.store, clock)
    yield made
    await made.clear()
    await asyncio.to_thread(served.close)
