"""Socket Mode, with the real Bolt app and the real aiohttp client on the other end."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Done, Failed, SlackStandIn
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS
from bot.sandbox.slack.socket_mode import Reason
from tests.harness.patience import PATIENCE

Connect = Callable[[AsyncApp], Awaitable[AsyncSocketModeHandler]]

BUTTON = {"type": "button", "action_id": "approve", "text": {"type": "plain_text", "text": "Approve"}, "value": "r1"}
CARD = [{"type": "actions", "block_id": "decide", "elements": [BUTTON]}]
TIMED_OUT = Failed(code="operation_timeout", words='/buynumber failed with the error "operation_timeout"')


@pytest.fixture
def echo(app: AsyncApp) -> AsyncApp:
    """An app that answers the command with what was said."""

    @app.command("/buynumber")
    async def answer(ack: AsyncAck, command: dict[str, Any]) -> None:
        await ack(f"you said {command['text']}")

    return app


async def open_raw(slack: SlackStandIn, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    """A connection without any library behind it, past its hello."""
    own = AsyncWebClient(token=slack.workspace.app.app_token, base_url=slack.api_url, session=session)
    url = (await own.apps_connections_open(app_token=slack.workspace.app.app_token))["url"]
    socket = await session.ws_connect(url, autoping=False)
    await socket.receive_json()
    return socket


async def test_a_command_reaches_the_app_and_its_words_reach_the_caller_alone(
    slack: SlackStandIn, echo: AsyncApp, connect: Connect
) -> None:
    await connect(echo)
    assert await slack.command(ASHA, NUMBERS, "help") == Done()
    assert [message.text for message in slack.ephemerals_for(ASHA)] == ["you said help"]
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
    card = await client.chat_postMessage(channel=NUMBERS, text="card", blocks=CARD)
    assert await slack.click(MEERA, card["ts"], "approve") == Done()
    assert seen[0]["message"]["blocks"][0]["block_id"] == "decide"
    assert slack.message(NUMBERS, card["ts"]).text == "done"


async def test_nobody_connected_means_that_the_dispatch_failed(slack: SlackStandIn) -> None:
    outcome = await slack.command(ASHA, NUMBERS, "help")
    assert outcome == Failed(code="dispatch_failed", words='/buynumber failed with the error "dispatch_failed"')


async def test_a_command_that_is_not_acknowledged_in_time_shows_slacks_words_and_is_not_sent_again(
    slack: SlackStandIn, session: aiohttp.ClientSession
) -> None:
    socket = await open_raw(slack, session)
    assert await slack.command(ASHA, NUMBERS, "help") == TIMED_OUT
    await slack.retry_events()
    assert [envelope.kind for envelope in slack.sent] == ["slash_commands"]
    await socket.close()


async def test_an_acknowledgement_after_the_deadline_changes_nothing(
    slack: SlackStandIn, session: aiohttp.ClientSession
) -> None:
    socket = await open_raw(slack, session)
    assert await slack.command(ASHA, NUMBERS, "help") == TIMED_OUT
    envelope = await socket.receive_json()
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


async def test_the_first_frame_is_a_hello_that_counts_the_connections(
    slack: SlackStandIn, session: aiohttp.ClientSession
) -> None:
    async with session.ws_connect(slack.sockets.ticketed(slack.origin)) as socket:
        hello = await socket.receive_json()
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"] == {"app_id": slack.workspace.app.id}


async def test_a_ticket_opens_one_connection_only(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    url = slack.sockets.ticketed(slack.origin)
    async with session.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await session.ws_connect(url)


async def test_an_eleventh_connection_is_told_that_there_are_too_many(
    slack: SlackStandIn, session: aiohttp.ClientSession
) -> None:
    open_sockets = [await open_raw(slack, session) for _ in range(10)]
    async with session.ws_connect(slack.sockets.ticketed(slack.origin)) as eleventh:
        assert (await eleventh.receive_json())["reason"] == "too_many_websockets"
    for socket in open_sockets:
        await socket.close()


async def test_the_server_pings_by_itself(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    socket = await open_raw(slack, session)
    assert (await socket.receive(timeout=PATIENCE)).type is aiohttp.WSMsgType.PING
    await socket.close()


async def test_a_dead_connection_answers_no_ping_and_swallows_what_it_is_given(
    slack: SlackStandIn, session: aiohttp.ClientSession
) -> None:
    socket = await open_raw(slack, session)
    slack.sockets.deaden(slack.sockets.connections[0])
    await socket.ping(b"anyone?")
    assert await slack.command(ASHA, NUMBERS, "help") == TIMED_OUT
    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.15)
    await socket.close()


async def test_the_client_replaces_a_connection_that_went_dead(
    slack: SlackStandIn, echo: AsyncApp, connect: Connect
) -> None:
    await connect(echo)
    [dead] = slack.sockets.connections
    slack.sockets.deaden(dead)
    await slack.wait_for(lambda _: slack.sockets.connections and dead not in slack.sockets.connections)
    assert await slack.command(ASHA, NUMBERS, "help") == Done()


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
async def test_the_client_connects_anew_when_told_to_go(
    slack: SlackStandIn, echo: AsyncApp, connect: Connect, reason: Reason
) -> None:
    await connect(echo)
    [old] = slack.sockets.connections
    await slack.sockets.announce(reason, old)
    await slack.wait_for(lambda _: slack.sockets.connections and old not in slack.sockets.connections)
    assert await slack.command(ASHA, NUMBERS, "help") == Done()


async def test_the_client_connects_anew_after_a_close(slack: SlackStandIn, echo: AsyncApp, connect: Connect) -> None:
    await connect(echo)
    [old] = slack.sockets.connections
    await slack.sockets.close(old)
    await slack.wait_for(lambda _: slack.sockets.connections and old not in slack.sockets.connections)
    assert await slack.command(ASHA, NUMBERS, "help") == Done()


async def test_a_frame_that_is_no_json_ends_the_connection(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    socket = await open_raw(slack, session)
    await socket.send_str("not json")
    while not socket.closed:
        await socket.receive(timeout=PATIENCE)
    assert socket.close_code == aiohttp.WSCloseCode.INVALID_TEXT


async def test_opening_connections_fails_on_order(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    slack.workspace.faults.refuse("apps.connections.open", "account_inactive")
    with pytest.raises(SlackApiError, match="account_inactive"):
        await open_raw(slack, session)


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
    slack: SlackStandIn, session: aiohttp.ClientSession
) -> None:
    socket = await open_raw(slack, session)
    await slack.open_home(ASHA)
    first = await next_envelope(socket)
    again = asyncio.create_task(slack.retry_events())
    second = await next_envelope(socket)
    await socket.send_json({"envelope_id": second["envelope_id"]})
    await again
    assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
    assert first["payload"]["event_id"] == second["payload"]["event_id"]
    assert slack.unacknowledged == []
    await socket.close()


async def next_envelope(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    while True:
        frame = await socket.receive(timeout=PATIENCE)
        if frame.type is aiohttp.WSMsgType.TEXT:
            envelope: dict[str, Any] = frame.json()
            return envelope
