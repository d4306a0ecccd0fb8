"""Houses: processes of the bot on one PostgreSQL, kept for a whole module, since a process takes a second to start."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.postgres import Server
from tests.races.house import House, Serve, a_house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(postgres: Server) -> AsyncIterator[House]:
    async with a_house(postgres, VOBIZ_TIMEOUT="5s") as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def pair(house: House) -> AsyncIterator[tuple[Serve, Serve]]:
    """Two that serve; the test may do to them what it likes."""
    yield await house.two()
    assert house.failures == []
