"""The page's HTTP surface, as a browser uses it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackStandIn
from bot.sandbox.slack.example import ASHA, FINANCE, MEERA, NUMBERS, TARA
from bot.sandbox.slack.shapes import Json, JsonObject

Connect = Callable[[AsyncApp], Awaitable[object]]
Post = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]


def plain(text: str) -> JsonObject:
    return {"type": "plain_text", "text": text}


CARD = [
    {
        "type": "actions",
        "block_id": "decide",
        "elements": [{"type": "button", "action_id": "approve", "text": plain("Approve"), "value": "r1"}],
    }
]
MODAL = {
    "type": "modal",
    "callback_id": "picker",
    "title": plain("Buy"),
    "submit": plain("Ask"),
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": plain("Reason"),
            "element": {"type": "plain_text_input", "action_id": "reason"},
        },
        {
            "type": "input",
            "block_id": "which",
            "label": plain("Number"),
            "optional": True,
            "element": {"type": "external_select", "action_id": "number", "min_query_length": 0},
        },
    ],
}


class Stream:
    """The events of one person's stream."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self) -> dict[str, Any]:
        line = await self._response.content.readline()
        assert await self._response.content.readline() == b"\n"
        event: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
        return event


Streams = Callable[[str], AbstractAsyncContextManager[Stream]]


@pytest.fixture
def stream(slack: SlackStandIn, session: aiohttp.ClientSession) -> Streams:
    @asynccontextmanager
    async def open_for(user: str) -> AsyncIterator[Stream]:
        async with session.get(f"{slack.origin}/page/stream", params={"user": user}) as response:
            assert response.content_type == "text/event-stream"
            yield Stream(response)

    return open_for


@pytest.fixture
def post(slack: SlackStandIn, session: aiohttp.ClientSession) -> Post:
    async def send(what: str, **body: Json) -> tuple[int, dict[str, Any]]:
        async with session.post(f"{slack.origin}/page/{what}", json=body) as response:
            return response.status, await response.json()

    return send


@pytest.fixture
async def bot(slack: SlackStandIn, app: AsyncApp, connect: Connect) -> None:
    """A small bot behind every surface."""

    @app.command("/buynumber")
    async def command(ack: AsyncAck, client: AsyncWebClient, body: dict[str, Any]) -> None:
        await ack(f"you said {body['text']}")
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.action("approve")
    async def approve(ack: AsyncAck, client: AsyncWebClient, body: dict[str, Any]) -> None:
        await ack()
        await client.chat_update(channel=NUMBERS, ts=body["message"]["ts"], text="approved")

    @app.options("number")
    async def offer(ack: AsyncAck) -> None:
        await ack(options=[{"text": plain("one"), "value": "1"}])

    @app.view("picker")
    async def submitted(ack: AsyncAck, view: dict[str, Any]) -> None:
        reason = view["state"]["values"]["why"]["reason"]["value"]
        await (ack() if reason != "bad" else ack(response_action="errors", errors={"why": "Say more."}))

    @app.event("app_home_opened")
    async def home(client: AsyncWebClient, event: dict[str, Any]) -> None:
        section = {"type": "section", "text": plain("Home")}
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section]})

    await connect(app)


async def test_start_tells_who_and_what_there_is(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
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


async def test_the_stream_begins_with_everything_the_person_sees(
    stream: Streams, slack: SlackStandIn, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel=NUMBERS, text="for all")
    await client.chat_postMessage(channel=FINANCE, text="private")
    await client.chat_postEphemeral(channel=NUMBERS, user=TARA, text="only Tara")
    async with stream(TARA) as events:
        snapshot = await events.next()
    assert snapshot["type"] == "snapshot"
    assert [(message["text"], message["ephemeral"]) for message in snapshot["messages"]] == [
        ("for all", False),
        ("only Tara", True),
    ]


async def test_messages_changes_and_deletions_are_streamed(
    stream: Streams, slack: SlackStandIn, client: AsyncWebClient
) -> None:
    async with stream(ASHA) as events:
        await events.next()
        ts = (await client.chat_postMessage(channel=NUMBERS, text="card"))["ts"]
        await client.chat_update(channel=NUMBERS, ts=ts, text="changed")
        await client.chat_delete(channel=NUMBERS, ts=ts)
        posted, changed, deleted = [await events.next() for _ in range(3)]
    assert (posted["type"], posted["message"]["text"], posted["message"]["bot"]) == ("message", "card", True)
    assert (changed["type"], changed["message"]["edited"]) == ("changed", True)
    assert deleted == {"type": "deleted", "channel": NUMBERS, "ts": ts}


async def test_a_reply_changes_the_threads_root(stream: Streams, client: AsyncWebClient) -> None:
    root = (await client.chat_postMessage(channel=NUMBERS, text="card"))["ts"]
    async with stream(ASHA) as events:
        await events.next()
        reply = (await client.chat_postMessage(channel=NUMBERS, text="reply", thread_ts=root))["ts"]
        posted, changed = await events.next(), await events.next()
    assert posted["message"]["thread_ts"] == root
    assert (changed["message"]["reply_count"], changed["message"]["latest_reply"]) == (1, reply)


async def test_what_others_alone_see_is_not_streamed(stream: Streams, client: AsyncWebClient) -> None:
    async with stream(TARA) as events:
        await events.next()
        await client.chat_postMessage(channel=FINANCE, text="private")
        await client.chat_postEphemeral(channel=NUMBERS, user=ASHA, text="only Asha")
        await client.chat_postMessage(channel=NUMBERS, text="for all")
        assert (await events.next())["message"]["text"] == "for all"


@pytest.mark.usefixtures("bot")
async def test_a_command_answers_through_the_stream_and_opens_its_modal(stream: Streams, post: Post) -> None:
    async with stream(ASHA) as events:
        await events.next()
        assert await post("command", user=ASHA, channel=NUMBERS, text="help") == (200, {"ok": True})
        seen = {event["type"]: event for event in [await events.next(), await events.next()]}
    assert seen["message"]["message"]["text"] == "you said help"
    view = seen["view"]["view"]
    assert (view["title"]["text"], view["callback_id"]) == ("Buy", "picker")
    assert view["state"]["values"]["why"]["reason"]["value"] is None


async def test_a_command_that_fails_says_slacks_words(post: Post) -> None:
    assert await post("command", user=ASHA, channel=NUMBERS, text="help") == (
        200,
        {"ok": False, "error": '/buynumber failed with the error "dispatch_failed"'},
    )


@pytest.mark.usefixtures("bot")
async def test_a_click_rewrites_the_card(post: Post, stream: Streams, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=NUMBERS, text="card", blocks=CARD))["ts"]
    container = {"channel": NUMBERS, "ts": ts}
    async with stream(MEERA) as events:
        await events.next()
        status, answer = await post(
            "click", user=MEERA, container=container, block_id="decide", action_id="approve", action={}
        )
        assert (status, answer) == (200, {"ok": True})
        assert (await events.next())["message"]["text"] == "approved"


async def test_a_click_on_nothing_is_a_conflict(post: Post) -> None:
    status, answer = await post(
        "click", user=MEERA, container={"channel": NUMBERS, "ts": "1.1"}, block_id="b", action_id="a", action={}
    )
    assert (status, answer["ok"]) == (409, False)


@pytest.mark.usefixtures("bot")
async def test_a_modal_is_searched_submitted_and_gone(
    post: Post, stream: Streams, slack: SlackStandIn, client: AsyncWebClient
) -> None:
    await client.views_open(trigger_id=slack.workspace.triggers.issue(ASHA), view=MODAL)
    async with stream(ASHA) as events:
        view_id = (await events.next())["views"][0]["id"]
        where = {"container": {"view_id": view_id}, "block_id": "which", "action_id": "number"}
        offered = await post("options", user=ASHA, value="", **where)
        empty = await post("submit", user=ASHA, view_id=view_id, state={})
        bad = await post("submit", user=ASHA, view_id=view_id, state={"why": {"reason": {"value": "bad"}}})
        good = await post("submit", user=ASHA, view_id=view_id, state={"why": {"reason": {"value": "good"}}})
        closed = await events.next()
    assert offered == (200, {"options": [{"text": plain("one"), "value": "1"}], "option_groups": []})
    assert empty[1] == {"ok": False, "errors": {"why": "Please complete this required field."}}
    assert bad[1] == {"ok": False, "errors": {"why": "Say more."}}
    assert (good[1], closed) == ({"ok": True}, {"type": "view_closed", "view_id": view_id})


@pytest.mark.usefixtures("bot")
async def test_app_home_is_opened_and_streamed(post: Post, stream: Streams) -> None:
    async with stream(ASHA) as events:
        await events.next()
        assert await post("home", user=ASHA) == (200, {"ok": True})
        event = await events.next()
    assert (event["type"], event["view"]["type"]) == ("home", "home")


async def test_a_person_can_speak_and_close_modals(post: Post, slack: SlackStandIn, client: AsyncWebClient) -> None:
    status, said = await post("message", user=ASHA, channel=NUMBERS, text="hello")
    assert (status, slack.message(NUMBERS, said["ts"]).text) == (200, "hello")
    opened = await client.views_open(trigger_id=slack.workspace.triggers.issue(ASHA), view=MODAL)
    assert (await post("close", user=ASHA, view_id=opened["view"]["id"]))[1] == {"ok": True}
    assert slack.modal(ASHA) is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 200), ({"Origin": "http://evil.example"}, 403), ({"Host": "evil.example"}, 403), ({"Origin": "null"}, 403)],
)
async def test_only_the_page_itself_may_act(
    slack: SlackStandIn, session: aiohttp.ClientSession, headers: dict[str, str], status: int
) -> None:
    body = {"user": ASHA, "channel": NUMBERS, "text": "x"}
    async with session.post(f"{slack.origin}/page/message", json=body, headers=headers) as response:
        assert response.status == status
    assert len(slack.messages(NUMBERS)) == (1 if status == 200 else 0)


async def test_the_page_may_act_under_its_own_origin(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    own = slack.origin.replace("127.0.0.1", "localhost")
    headers = {"Origin": own, "Host": own.removeprefix("http://")}
    body = {"user": ASHA, "channel": NUMBERS, "text": "x"}
    async with session.post(f"{slack.origin}/page/message", json=body, headers=headers) as response:
        assert response.status == 200


@pytest.mark.parametrize("body", ["", "[]", "{", "null"])
async def test_a_body_that_is_no_object_is_refused(
    slack: SlackStandIn, session: aiohttp.ClientSession, body: str
) -> None:
    async with session.post(f"{slack.origin}/page/message", data=body) as response:
        assert (response.status, (await response.json())["ok"]) == (400, False)


@pytest.mark.parametrize("path", ["/", "/page/start", "/page/static/index.html"])
async def test_everything_comes_with_a_strict_policy(
    slack: SlackStandIn, session: aiohttp.ClientSession, path: str
) -> None:
    async with session.get(slack.origin + path) as response:
        assert response.status == 200
        assert response.headers["Content-Security-Policy"] == "default-src 'self'"


@pytest.mark.parametrize("name", ["%2e%2e%2f__init__.py", "nothing.js", "%2e%2e"])
async def test_no_file_outside_the_page_is_served(
    slack: SlackStandIn, session: aiohttp.ClientSession, name: str
) -> None:
    async with session.get(f"{slack.origin}/page/static/{name}") as response:
        assert response.status == 404


async def test_the_stream_of_nobody_is_not_found(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{slack.origin}/page/stream", params={"user": "U0UNKNOWN"}) as response:
        assert response.status == 404


async def test_streams_end_when_the_stand_in_stops(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{slack.origin}/page/stream", params={"user": ASHA}) as response:
        await response.content.readline()
        await slack.stop()
        assert (await response.content.read()) in {b"\n", b""}
