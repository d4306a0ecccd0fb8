"""Socket Mode, with the real Bolt app and the real aiohttp client on the other end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Failed, SlackStandIn
from bot.sandbox.slack.example import ASHA, NUMBERS
from tests.harness.patience import PATIENCE

Socket = aiohttp.ClientWebSocketResponse

TIMED_OUT = Failed(code="operation_timeout", words='/buynumber failed with the error "operation_timeout"')


@pytest.fixture
async def socket(slack: SlackStandIn, client: AsyncWebClient, session: aiohttp.ClientSession) -> AsyncIterator[Socket]:
    """A connection without any library behind it, past its hello."""
    url = (await client.apps_connections_open(app_token=slack.workspace.app.app_token))["url"]
    async with session.ws_connect(url, autoping=False) as opened:
        await opened.receive_json()
        yield opened


async def test_nobody_connected_means_that_the_dispatch_failed(slack: SlackStandIn) -> None:
    outcome = await slack.command(ASHA, NUMBERS, "help")
    assert outcome == Failed(code="dispatch_failed", words='/buynumber failed with the error "dispatch_failed"')


@pytest.mark.parametrize("answer_within", [0.3])
async def test_a_command_taken_late_shows_slacks_words_and_is_not_resent(slack: SlackStandIn, socket: Socket) -> None:
    assert await slack.command(ASHA, NUMBERS, "help") == TIMED_OUT
    await slack.retry_events()
    assert [envelope.kind for envelope in slack.sent] == ["slash_commands"]
    envelope = await next_envelope(socket)
    await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "too late"}})
    await socket.close()
    await slack.wait_for(lambda _: not slack.sockets.connections)
    assert slack.ephemerals_for(ASHA) == []


async def test_ten_connections_are_greeted_with_their_count_and_an_eleventh_is_told_that_there_are_too_many(
    slack: SlackStandIn, session: aiohttp.ClientSession
) -> None:
    async with AsyncExitStack() as opened:
        for count in range(1, 11):
            socket = await opened.enter_async_context(session.ws_connect(slack.sockets.ticketed(slack.origin)))
            hello = await socket.receive_json()
            assert (hello["type"], hello["num_connections"]) == ("hello", count)
            assert hello["connection_info"] == {"app_id": slack.workspace.app.id}
        async with session.ws_connect(slack.sockets.ticketed(slack.origin)) as eleventh:
            assert (await eleventh.receive_json())["reason"] == "too_many_websockets"


async def test_a_ticket_opens_one_connection_only(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    url = slack.sockets.ticketed(slack.origin)
    async with session.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await session.ws_connect(url)


async def test_the_server_pings_by_itself(socket: Socket) -> None:
    assert (await socket.receive(timeout=PATIENCE)).type is aiohttp.WSMsgType.PING


@pytest.mark.parametrize("answer_within", [0.3])
async def test_a_dead_connection_answers_no_ping_and_swallows_what_is_sent(slack: SlackStandIn, socket: Socket) -> None:
    slack.sockets.deaden(slack.sockets.connections[0])
    await socket.ping(b"anyone?")
    assert await slack.command(ASHA, NUMBERS, "help") == TIMED_OUT
    heard: set[aiohttp.WSMsgType] = set()
    with suppress(TimeoutError):
        while True:
            heard.add((await socket.receive(timeout=0.15)).type)
    assert heard <= {aiohttp.WSMsgType.PING}  # from before it was dead


async def test_a_frame_that_is_no_json_ends_the_connection(socket: Socket) -> None:
    await socket.send_str("not json")
    while not socket.closed:
        await socket.receive(timeout=PATIENCE)
    assert socket.close_code == aiohttp.WSCloseCode.INVALID_TEXT


@pytest.mark.parametrize("answer_within", [2.0])
async def test_an_event_that_was_not_taken_comes_again_on_order_as_a_retry(slack: SlackStandIn, socket: Socket) -> None:
    await slack.open_home(ASHA)
    first = await next_envelope(socket)
    again = asyncio.create_task(slack.retry_events())
    second = await next_envelope(socket)
    await socket.send_json({"envelope_id": second["envelope_id"]})
    await again
    assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
    assert first["payload"]["event_id"] == second["payload"]["event_id"]
    assert slack.unacknowledged == []


async def next_envelope(socket: Socket) -> dict[str, Any]:
    while True:
        frame = await socket.receive(timeout=PATIENCE)
        if frame.type is aiohttp.WSMsgType.TEXT:
            envelope: dict[str, Any] = frame.json()
            return envelope
