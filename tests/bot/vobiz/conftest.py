"""The purchase client and the provider's stand-in it talks to, over real HTTP."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from pydantic import SecretStr

from bot.sandbox.vobiz import Account, StockNumber, VobizStandIn
from bot.vobiz.client import Vobiz

NUMBER = "+918069000142"

ClientOf = Callable[..., Vobiz]


@pytest.fixture
async def standin() -> AsyncIterator[VobizStandIn]:
    """Two numbers for sale, one for 100 + 1 INR."""
    server = VobizStandIn(
        numbers=[
            StockNumber(id="num_1", e164=NUMBER, country="IN", region="Bengaluru", setup_fee=100, monthly_fee=1),
            StockNumber(
                id="num_2", e164="+12125550142", country="US", setup_fee="0.5", monthly_fee=0.9, currency="USD"
            ),
        ],
        drip_pause=0.02,
    )
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def client_of(standin: VobizStandIn) -> AsyncIterator[ClientOf]:
    """Makes clients of the stand-in; by default for its master account."""
    async with AsyncExitStack() as stack:

        def make(
            account: Account | None = None,
            *,
            base_url: str | None = None,
            timeout: float = 5.0,
            read_budget: float | None = None,
            walk_budget: float = 60.0,
        ) -> Vobiz:
            login = account or standin.master
            client = Vobiz(
                base_url=base_url or standin.base_url,
                auth_id=login.auth_id,
                auth_token=SecretStr(login.token),
                timeout=timeout,
                read_budget=read_budget,
                walk_budget=walk_budget,
            )
            stack.push_async_callback(client.aclose)
            return client

        yield make


@pytest.fixture
def vobiz(client_of: ClientOf) -> Vobiz:
    return client_of()
