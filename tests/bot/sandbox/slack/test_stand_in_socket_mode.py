"""Socket Mode, with the real Bolt app and the real aiohttp client on the other end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Literal

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Done, Failed, SlackStandIn
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS
from bot.sandbox.slack.socket_mode import Reason
from tests.bot.sandbox.slack.conftest import Connect, error_of, words_of
from tests.harness.blocks import actions, button
from tests.harness.patience import PATIENCE

Socket = aiohttp.ClientWebSocketResponse

TIMED_OUT = Failed(code="operation_timeout", words='/buynumber failed with the error "operation_timeout"')


@pytest.fixture
def echo(app: AsyncApp) -> AsyncApp:
    """An app that answers the command with what was said."""

    @app.command("/buynumber")
    async def answer(ack: AsyncAck, command: dict[str, Any]) -> None:
        await ack(f"you said {command['text']}")

    return app


@pytest.fixture
async def socket(slack: SlackStandIn, client: AsyncWebClient, session: aiohttp.ClientSession) -> AsyncIterator[Socket]:
    """A connection without any library behind it, past its hello."""
    url = (await client.apps_connections_open(app_token=slack.workspace.app.app_token))["url"]
    async with session.ws_connect(url, autoping=False) as opened:
        await opened.receive_json()
        yield opened


async def test_a_command_reaches_the_app_and_its_words_reach_the_caller_alone(
    slack: SlackStandIn, echo: AsyncApp, connect: Connect
) -> None:
    await connect(echo)
    assert await slack.command(ASHA, NUMBERS, "help") == Done()
    assert words_of(slack.ephemerals_for(ASHA)) == ["you said help"]
    assert slack.ephemerals_for(MEERA) == []


async def test_a_click_reaches_the_app_with_the_message_it_was_made_on(
    slack: SlackStandIn, app: AsyncApp, client: AsyncWebClient, connect: Connect
) -> None:
    seen: list[dict[str, Any]] = []

    @app.action("approve")
    async def approve(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        seen.append(body)
        await ack()
        await respond("done", replace_original=True)

    await connect(app)
    blocks = [actions(button(action_id="approve"), block_id="decide")]
    card = await client.chat_postMessage(channel=NUMBERS, text="card", blocks=blocks)
    assert await slack.click(MEERA, card["ts"], "approve") == Done()
    assert seen[0]["message"]["blocks"][0]["block_id"] == "decide"
    assert slack.message(NUMBERS, card["ts"]).text == "done"


async def test_nobody_connected_means_that_the_dispatch_failed(slack: SlackStandIn) -> None:
    outcome = await slack.command(ASHA, NUMBERS, "help")
    assert outcome == Failed(code="dispatch_failed", words='/buynumber failed with the error "dispatch_failed"')


async def test_a_command_that_is_acknowledged_too_late_shows_slacks_words_alone_and_is_not_sent_again(
    slack: SlackStandIn, socket: Socket
) -> None:
    assert await slack.command(ASHA, NUMBERS, "help") == TIMED_OUT
    await slack.retry_events()
    assert [envelope.kind for envelope in slack.sent] == ["slash_commands"]
    envelope = await next_envelope(socket)
    await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "too late"}})
    await socket.close()
    await slack.wait_for(lambda _: not slack.sockets.connections)
    assert slack.ephemerals_for(ASHA) == []


async def test_each_payload_goes_to_one_connection_in_turn(
    slack: SlackStandIn, echo: AsyncApp, connect: Connect
) -> None:
    await connect(echo)
    await connect(echo)
    for _ in range(4):
        await slack.command(ASHA, NUMBERS, "help")
    assert [len(connection.carried) for connection in slack.sockets.connections] == [2, 2]


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


async def test_a_dead_connection_answers_no_ping_and_swallows_what_it_is_given(
    slack: SlackStandIn, socket: Socket
) -> None:
    slack.sockets.deaden(slack.sockets.connections[0])
    await socket.ping(b"anyone?")
    assert await slack.command(ASHA, NUMBERS, "help") == TIMED_OUT
    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.15)


@pytest.mark.parametrize("how", ["dead", "closed", "warning", "refresh_requested", "link_disabled"])
async def test_the_client_replaces_a_connection_that_is_lost(
    slack: SlackStandIn, echo: AsyncApp, connect: Connect, how: Literal["dead", "closed"] | Reason
) -> None:
    await connect(echo)
    [old] = slack.sockets.connections
    if how == "dead":
        slack.sockets.deaden(old)
    elif how == "closed":
        await slack.sockets.close(old)
    else:
        await slack.sockets.announce(how, old)
    await slack.wait_for(lambda _: slack.sockets.connections and old not in slack.sockets.connections)
    assert await slack.command(ASHA, NUMBERS, "help") == Done()


async def test_a_frame_that_is_no_json_ends_the_connection(socket: Socket) -> None:
    await socket.send_str("not json")
    while not socket.closed:
        await socket.receive(timeout=PATIENCE)
    assert socket.close_code == aiohttp.WSCloseCode.INVALID_TEXT


async def test_opening_connections_fails_on_order(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.workspace.faults.refuse("apps.connections.open", "account_inactive")
    call = client.apps_connections_open(app_token=slack.workspace.app.app_token)
    assert await error_of(call) == "account_inactive"


async def test_all_of_slack_away_and_back_leaves_the_client_connected_again(
    slack: SlackStandIn, echo: AsyncApp, connect: Connect, client: AsyncWebClient
) -> None:
    await connect(echo)
    await slack.go_away()
    with pytest.raises(aiohttp.ClientError):
        await client.auth_test()
    slack.come_back()
    await slack.wait_for(lambda _: slack.sockets.connections)
    assert await slack.command(ASHA, NUMBERS, "help") == Done()


async def test_an_event_that_was_not_taken_comes_again_on_order_and_says_so(
    slack: SlackStandIn, socket: Socket
) -> None:
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
