"""A running Slack stand-in with the furnished workspace, and a real Bolt app in front of it."""

from collections.abc import AsyncIterator, Awaitable, Iterable

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.sandbox.slack import Message, SlackStandIn, Workspace, furnish
from tests.harness.bolt import a_client, a_connected_app
from tests.harness.clock import FakeClock
from tests.harness.patience import PATIENCE


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def workspace(clock: FakeClock) -> Workspace:
    return furnish(Workspace(monotonic=clock.monotonic))


@pytest.fixture
def answer_within() -> float:
    """Seconds that the app has, in tests of what comes then."""
    return PATIENCE


@pytest.fixture
async def slack(workspace: Workspace, answer_within: float) -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(workspace=workspace, answer_within=answer_within, ping_every=0.05) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def client(slack: SlackStandIn, session: aiohttp.ClientSession) -> AsyncWebClient:
    return a_client(slack, session)


@pytest.fixture
async def app(slack: SlackStandIn, session: aiohttp.ClientSession) -> AsyncIterator[AsyncApp]:
    async with a_connected_app(slack, session) as connected:
        yield connected


async def refusal_of(call: Awaitable[object]) -> AsyncSlackResponse:
    with pytest.raises(SlackApiError) as caught:
        await call
    answer: AsyncSlackResponse = caught.value.response
    return answer


async def error_of(call: Awaitable[object]) -> str:
    return str((await refusal_of(call))["error"])


def words_of(messages: Iterable[Message]) -> list[str]:
    return [message.text for message in messages]
