"""Delivery over HTTP, with the real Bolt app behind its own web server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Done, Failed, SlackStandIn
from bot.sandbox.slack.delivery import Acknowledged, Unreachable
from bot.sandbox.slack.example import ASHA, NUMBERS
from tests.bot.sandbox.slack.conftest import words_of

Serve = Callable[[AsyncApp], Awaitable[None]]


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


@pytest.fixture
def heard(app: AsyncApp) -> list[str]:
    """What was said to the app, in order."""
    heard: list[str] = []

    @app.command("/buynumber")
    async def answer(ack: AsyncAck, command: dict[str, Any]) -> None:
        heard.append(command["text"])
        await ack(text="for all", response_type="in_channel")

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any]) -> None:
        heard.append(event["type"])

    return heard


async def test_a_signed_command_is_accepted_by_bolt_and_answered_in_the_channel_also_twice_and_replayed_later(
    slack: SlackStandIn, app: AsyncApp, serve: Serve, heard: list[str]
) -> None:
    await serve(app)
    assert await slack.command(ASHA, NUMBERS, "help me") == Done()
    assert words_of(slack.messages(NUMBERS)) == ["for all"]
    assert isinstance(await slack.http.replay(), Acknowledged)
    assert heard == ["help me", "help me"]
    slack.http.is_twice = True
    await slack.command(ASHA, NUMBERS, "once?")
    assert (heard[2:], len(slack.sent)) == (["once?", "once?"], 2)


async def test_a_wrong_secret_is_refused_by_bolt(slack: SlackStandIn, client: AsyncWebClient, serve: Serve) -> None:
    await serve(AsyncApp(client=client, signing_secret="another"))
    words = '/buynumber failed with the error "dispatch_failed"'
    assert await slack.command(ASHA, NUMBERS) == Failed(code="dispatch_failed", words=words)


@pytest.mark.parametrize("answer_within", [0.3])
async def test_a_slow_app_shows_a_time_out(slack: SlackStandIn, app: AsyncApp, serve: Serve) -> None:
    released = asyncio.Event()

    @app.command("/buynumber")
    async def wait(ack: AsyncAck) -> None:
        await released.wait()
        await ack()

    await serve(app)
    outcome = await slack.command(ASHA, NUMBERS)
    released.set()
    assert outcome == Failed(code="operation_timeout", words='/buynumber failed with the error "operation_timeout"')


async def test_an_unheard_event_is_retried(slack: SlackStandIn, app: AsyncApp, serve: Serve, heard: list[str]) -> None:
    slack.events_url = "http://127.0.0.1:9/nobody"
    await slack.open_home(ASHA)
    assert await slack.http.replay() == Unreachable()
    await serve(app)
    await slack.retry_events()
    assert slack.http.last is not None
    assert slack.http.last.headers["X-Slack-Retry-Num"] == "1"
    assert heard == ["app_home_opened"]
