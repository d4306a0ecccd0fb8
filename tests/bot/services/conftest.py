"""All services on one bench, over a database of their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bench import Bench
from tests.builders import FakeClock, a_store


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def bench(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Bench]:
    served = a_store(tmp_path)
    yield Bench(served.store, clock)
    served.close()
