"""A running Slack stand-in with the furnished workspace, and the real Bolt app in front of it, both ways."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.sandbox.slack import Message, SlackStandIn, Workspace, furnish

Connect = Callable[[AsyncApp], Awaitable[AsyncSocketModeHandler]]
Serve = Callable[[AsyncApp], Awaitable[None]]


@dataclass
class HandClock:
    """Seconds that move only when a test moves them."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def workspace(clock: HandClock) -> Workspace:
    return furnish(Workspace(monotonic=clock))


@pytest.fixture
async def slack(workspace: Workspace) -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(workspace=workspace, answer_within=2.0, ping_every=0.05) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def client(slack: SlackStandIn, session: aiohttp.ClientSession) -> AsyncWebClient:
    """The bot's own client: one session, no retries, as the service uses it."""
    return AsyncWebClient(
        token=slack.workspace.app.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
    )


@pytest.fixture
def app(client: AsyncWebClient, slack: SlackStandIn) -> AsyncApp:
    """A Bolt app that is not connected yet; tests add listeners."""
    return AsyncApp(client=client, signing_secret=slack.workspace.app.signing_secret, process_before_response=True)


@pytest.fixture
async def connect(slack: SlackStandIn, session: aiohttp.ClientSession) -> AsyncIterator[Connect]:
    """Connects an app over Socket Mode; may be called several times."""
    async with AsyncExitStack() as opened:

        async def over_socket_mode(app: AsyncApp) -> AsyncSocketModeHandler:
            token = slack.workspace.app.app_token
            own = AsyncWebClient(token=token, base_url=slack.api_url, session=session, retry_handlers=[])
            handler = AsyncSocketModeHandler(app, token, web_client=own, ping_interval=0.05)
            opened.push_async_callback(handler.close_async)
            before = len(slack.sockets.connections)
            await handler.connect_async()
            await slack.wait_for(lambda _: len(slack.sockets.connections) > before)
            return handler

        yield over_socket_mode


@pytest.fixture
async def serve(slack: SlackStandIn) -> AsyncIterator[Serve]:
    """Serves an app over HTTP and tells the stand-in where."""
    async with AsyncExitStack() as opened:

        async def over_http(app: AsyncApp) -> None:
            runner = web.AppRunner(app.web_app("/slack/events"), access_log=None)
            await runner.setup()
            opened.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            slack.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"

        yield over_http


async def refusal_of(call: Awaitable[object]) -> AsyncSlackResponse:
    with pytest.raises(SlackApiError) as caught:
        await call
    answer: AsyncSlackResponse = caught.value.response
    return answer


async def error_of(call: Awaitable[object]) -> str:
    return str((await refusal_of(call))["error"])


def words_of(messages: Iterable[Message]) -> list[str]:
    return [message.text for message in messages]
