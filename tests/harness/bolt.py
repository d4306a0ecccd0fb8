"""An app of Slack's own framework, as tests of the stand-in and of the demo's page have it answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackStandIn


def a_client(slack: SlackStandIn, session: aiohttp.ClientSession, token: str | None = None) -> AsyncWebClient:
    """The app's: one session, no retries, as the service uses it."""
    token = token or slack.workspace.app.bot_token
    return AsyncWebClient(token=token, base_url=slack.api_url, session=session, retry_handlers=[])


@asynccontextmanager
async def a_connected_app(slack: SlackStandIn, session: aiohttp.ClientSession) -> AsyncIterator[AsyncApp]:
    """Over Socket Mode; tests add listeners."""
    known = slack.workspace.app
    app = AsyncApp(client=a_client(slack, session), signing_secret=known.signing_secret, process_before_response=True)
    handler = AsyncSocketModeHandler(app, known.app_token, web_client=a_client(slack, session, known.app_token))
    await handler.connect_async()
    try:
        yield app
    finally:
        await handler.close_async()
