"""The page's HTTP surface: what it refuses, and what it does not show. What people do on it is in `tests/browser`."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import InstalledApp, SlackStandIn
from bot.sandbox.slack.example import ASHA, FINANCE, MEERA, NUMBERS, TARA
from bot.sandbox.slack.shapes import Json
from tests.harness.blocks import asking, modal

Streams = Callable[[str], AbstractAsyncContextManager[AsyncIterator[dict[str, Any]]]]

SPEAKING: dict[str, Json] = {"user": ASHA, "channel": NUMBERS, "text": "x"}


@pytest.fixture
def stream(slack: SlackStandIn, session: ClientSession) -> Streams:
    """The events of one person's stream."""

    async def events(response: ClientResponse) -> AsyncIterator[dict[str, Any]]:
        while line := await response.content.readline():
            assert await response.content.readline() == b"\n"
            yield json.loads(line.removeprefix(b"data: "))

    @asynccontextmanager
    async def open_for(user: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        async with session.get(f"{slack.origin}/page/stream", params={"user": user}) as response:
            assert response.content_type == "text/event-stream"
            yield events(response)

    return open_for


async def test_start_tells_who_and_what_there_is(slack: SlackStandIn, session: ClientSession) -> None:
    async with session.get(f"{slack.origin}/page/start") as response:
        start = await response.json()
    assert (start["command"], start["team"]["id"]) == ("/buynumber", slack.workspace.team.id)
    people = {user["id"]: user for user in start["users"]}
    assert people[slack.workspace.app.user]["is_bot"]
    assert people[MEERA]["role"] == "Manager"
    channels = {channel["id"]: channel for channel in start["channels"]}
    assert channels[FINANCE]["is_private"]
    assert channels["D0ASHA001"]["is_im"]
    assert {"id": "S0MANAGER", "handle": "managers", "name": "Managers"} in start["usergroups"]


async def test_from_the_start_nobody_is_shown_what_others_alone_see(stream: Streams, client: AsyncWebClient) -> None:
    async def post(to_all: str) -> None:
        await client.chat_postMessage(channel=FINANCE, text="private")
        await client.chat_postEphemeral(channel=NUMBERS, user=ASHA, text="only Asha")
        await client.chat_postEphemeral(channel=NUMBERS, user=TARA, text="only Tara")
        await client.chat_postMessage(channel=NUMBERS, text=to_all)

    await post("before")
    async with stream(TARA) as events:
        snapshot = await anext(events)
        await post("after")
        told = [(await anext(events))["message"] for _ in range(2)]
    assert snapshot["type"] == "snapshot"
    for seen, to_all in ((snapshot["messages"], "before"), (told, "after")):
        assert [(message["text"], message["ephemeral"]) for message in seen] == [("only Tara", True), (to_all, False)]


async def test_a_root_is_told_with_its_replies_and_a_view_with_what_it_is_for(
    stream: Streams, slack: SlackStandIn, client: AsyncWebClient
) -> None:
    root = (await client.chat_postMessage(channel=NUMBERS, text="card"))["ts"]
    view = modal(asking({"type": "plain_text_input", "action_id": "reason"}, block_id="why"), callback_id="picker")
    async with stream(ASHA) as events:
        await anext(events)
        reply = (await client.chat_postMessage(channel=NUMBERS, text="reply", thread_ts=root))["ts"]
        await client.views_open(trigger_id=slack.workspace.triggers.issue(ASHA), view=view)
        posted, changed, opened = [await anext(events) for _ in range(3)]
    assert (posted["message"]["thread_ts"], posted["message"]["bot"]) == (root, True)
    assert (changed["message"]["reply_count"], changed["message"]["latest_reply"]) == (1, reply)
    assert (opened["view"]["title"], opened["view"]["callback_id"]) == (view["title"], "picker")
    assert opened["view"]["state"]["values"]["why"]["reason"]["value"] is None


async def test_a_click_on_nothing_is_a_conflict(slack: SlackStandIn, session: ClientSession) -> None:
    body = {"user": ASHA, "container": {"channel": NUMBERS, "ts": "1.1"}, "block_id": "b", "action_id": "a"}
    async with session.post(f"{slack.origin}/page/click", json=body) as response:
        assert (response.status, (await response.json())["ok"]) == (409, False)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost:{port}", "Host": "localhost:{port}"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:{port}"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "[::1"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://127.0.0.1:{port}"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
async def test_only_the_page_itself_may_act(
    slack: SlackStandIn, session: ClientSession, headers: dict[str, str], status: int
) -> None:
    port = slack.origin.rpartition(":")[2]
    headers = {name: value.format(port=port) for name, value in headers.items()}
    async with session.post(f"{slack.origin}/page/message", json=SPEAKING, headers=headers) as response:
        assert response.status == status
    assert len(slack.messages(NUMBERS)) == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "same-site"}]
)
@pytest.mark.parametrize(
    "way", ["/", "/page/start", "/api/chat.postMessage", "/link", "/commands/T1/1/x", "/upload/v1/x"]
)
async def test_no_way_in_is_open_to_other_sites_nor_under_other_names(
    slack: SlackStandIn, client: AsyncWebClient, session: ClientSession, way: str, headers: dict[str, str]
) -> None:
    """A link from another site to the page is no more than a link."""
    path, upgrade = slack.origin + way, {"Connection": "Upgrade", "Upgrade": "websocket"}
    if way == "/link":
        path = (await client.apps_connections_open(app_token=slack.workspace.app.app_token))["url"].replace(
            "ws", "http", 1
        )
    method = "POST" if way.startswith(("/api", "/commands", "/upload")) else "GET"
    more = {"Authorization": f"Bearer {slack.workspace.app.bot_token}"} if method == "POST" else upgrade
    body = {"channel": NUMBERS, "text": "x"} if method == "POST" else None
    async with session.request(method, path, json=body, headers={**more, **headers}) as response:
        is_a_link = way == "/" and "Sec-Fetch-Site" in headers
        assert response.status == (200 if is_a_link else 403)
        assert response.headers["X-Frame-Options"] == "DENY"
    assert (slack.messages(NUMBERS), slack.sockets.connections) == ([], [])


def test_the_secrets_of_each_start_are_its_own() -> None:
    one, other = InstalledApp(), InstalledApp()
    for secret in ("bot_token", "app_token", "signing_secret", "verification_token"):
        assert getattr(one, secret) != getattr(other, secret)


@pytest.mark.parametrize("body", ["", "[]", "{", "null"])
async def test_a_body_that_is_no_object_is_refused(slack: SlackStandIn, session: ClientSession, body: str) -> None:
    async with session.post(f"{slack.origin}/page/message", data=body) as response:
        assert (response.status, (await response.json())["ok"]) == (400, False)


@pytest.mark.parametrize("path", ["/", "/page/start", "/page/static/index.html"])
async def test_everything_comes_with_a_strict_policy(slack: SlackStandIn, session: ClientSession, path: str) -> None:
    async with session.get(slack.origin + path) as response:
        assert response.status == 200
        assert response.headers["X-Frame-Options"] == "DENY"
        policy = response.headers["Content-Security-Policy"].split("; ")
        assert policy == ["default-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]


@pytest.mark.parametrize("path", ["static/%2e%2e%2f__init__.py", "static/x.js", "static/%2e%2e", "stream?user=U0NONE1"])
async def test_no_file_outside_the_page_is_served_and_no_stream_of_nobody(
    slack: SlackStandIn, session: ClientSession, path: str
) -> None:
    async with session.get(f"{slack.origin}/page/{path}") as response:
        assert response.status == 404


async def test_streams_end_when_the_stand_in_stops(slack: SlackStandIn, session: ClientSession) -> None:
    async with session.get(f"{slack.origin}/page/stream", params={"user": ASHA}) as response:
        await response.content.readline()
        await slack.stop()
        assert (await response.content.read()) in {b"\n", b""}
