"""Two processes of the bot on one PostgreSQL: real ones, kept since one takes a second to start; or two benches."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.harness.clock import FakeClock
from tests.harness.postgres import Server
from tests.harness.process import Bot
from tests.harness.stores import a_store_at
from tests.harness.workbench import Workbench
from tests.races.house import House, a_house


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(postgres: Server) -> AsyncIterator[House]:
    async with a_house(postgres) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def pair(house: House) -> AsyncIterator[tuple[Bot, Bot]]:
    """Two that serve; the test may do to them what it likes."""
    pair = await house.two()
    yield pair
    for serve in pair:
        serve.go_on()
    assert house.failures == []


@pytest.fixture
async def benches(postgres_url: str) -> AsyncIterator[tuple[Workbench, Workbench]]:
    """Each with a store of its own; provider, people and time are the same for both."""
    stores = [a_store_at(postgres_url) for _ in range(2)]
    one, other = (Workbench(served.store, FakeClock()) for served in stores)
    other.clock, other.provider, other.people, other.messenger = one.clock, one.provider, one.people, one.messenger
    yield one, other
    for served in stores:
        served.close()
