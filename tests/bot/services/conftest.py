"""All services on one bench, over a database of their own, of each kind."""

from collections.abc import AsyncIterator

import pytest

from tests.harness.clock import FakeClock
from tests.harness.stores import a_store_at
from tests.harness.workbench import Workbench


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def bench(database_url: str, clock: FakeClock) -> AsyncIterator[Workbench]:
    served = a_store_at(database_url)
    yield Workbench(served.store, clock)
    served.close()
