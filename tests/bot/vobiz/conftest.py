"""The purchase client and the provider's stand-in it talks to, over real HTTP."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from pydantic import SecretStr

from bot.domain.numbers import e164
from bot.domain.outcome import Outcome, Refused
from bot.sandbox.vobiz import Account, Edition, Says, Script, StockNumber, VobizStandIn
from bot.vobiz.client import Vobiz

NUMBER = e164("+918069000142")

ClientOf = Callable[..., Vobiz]


def _leaves() -> bool:
    return True


async def buy(vobiz: Vobiz, *, timeout: float = 5.0, may_leave: Callable[[], bool] = _leaves) -> Outcome:
    return await vobiz.purchase(NUMBER, "INR", timeout=timeout, may_leave=may_leave)


async def refused(vobiz: Vobiz, *, timeout: float = 5.0, may_leave: Callable[[], bool] = _leaves) -> Refused:
    """How the purchase was refused."""
    outcome = await buy(vobiz, timeout=timeout, may_leave=may_leave)
    assert isinstance(outcome, Refused)
    return outcome


def answer(content: object, status: int = 200) -> Script:
    return Script(says=Says.BODY, status=status, body=json.dumps(content), headers={"Content-Type": "application/json"})


@pytest.fixture
async def standin() -> AsyncIterator[VobizStandIn]:
    """Two numbers for sale, one for 100 + 1 INR."""
    indian = StockNumber(id="num_1", e164=NUMBER, country="IN", region="Bengaluru", setup_fee=100, monthly_fee=1)
    american = StockNumber(
        id="num_2", e164="+12125550142", country="US", setup_fee="0.5", monthly_fee=0.9, currency="USD"
    )
    server = VobizStandIn(numbers=[indian, american], drip_pause=0.02)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(params=list(Edition))
def edition(request: pytest.FixtureRequest, standin: VobizStandIn) -> Edition:
    standin.edition = Edition(request.param)
    return standin.edition


@pytest.fixture
async def client_of(standin: VobizStandIn) -> AsyncIterator[ClientOf]:
    """Makes clients of the stand-in; by default for its master account."""
    async with AsyncExitStack() as stack:

        def make(
            account: Account | None = None, *, base_url: str | None = None, timeout: float = 5.0, **budgets: float
        ) -> Vobiz:
            login = account or standin.master
            client = Vobiz(
                base_url=base_url or standin.base_url,
                auth_id=login.auth_id,
                auth_token=SecretStr(login.token),
                timeout=timeout,
                redact=None,
                watch=None,
                **budgets,
            )
            stack.push_async_callback(client.aclose)
            return client

        yield make


@pytest.fixture
async def vobiz(client_of: ClientOf) -> Vobiz:
    return client_of()
