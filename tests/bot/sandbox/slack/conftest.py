"""A running Slack stand-in with the furnished workspace, and the real Bolt app in front of it, both ways."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackStandIn, Workspace, furnish


@dataclass
class HandClock:
    """Seconds that move only when a test moves them."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def advance(clock: HandClock) -> Callable[[float], None]:
    """Moves the clock on by some seconds."""

    def by(seconds: float) -> None:
        clock.now += seconds

    return by


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


Connect = Callable[[AsyncApp], Awaitable[AsyncSocketModeHandler]]


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


@asynccontextmanager
async def serving(app: AsyncApp) -> AsyncIterator[str]:
    """Serves the app over HTTP and gives the address for `events_url`."""
    runner = web.AppRunner(app.web_app("/slack/events"), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


@pytest.fixture
async def serve(slack: SlackStandIn) -> AsyncIterator[Callable[[AsyncApp], Awaitable[None]]]:
    """Serves an app over HTTP and tells the stand-in where."""
    async with AsyncExitStack() as opened:

        async def over_http(app: AsyncApp) -> None:
            slack.events_url = await opened.enter_async_context(serving(app))

        yield over_http
