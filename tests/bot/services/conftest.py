"""All services on one bench, over a database of their own, of each kind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bench import Bench
from tests.builders import FakeClock, a_store, a_store_at


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["sqlite", "postgresql"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Bench]:
    served = a_store(tmp_path) if request.param == "sqlite" else a_store_at(request.getfixturevalue("postgres_url"))
    yield Bench(served.store, clock)
    served.close()
