"""`chat.*` through Slack's own client."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackStandIn
from bot.sandbox.slack.example import ASHA, BOARD, FINANCE, GENERAL, MEERA, NUMBERS, OLD, TARA
from tests.bot.sandbox.slack.conftest import error_of, refusal_of, words_of
from tests.harness.blocks import section


async def test_a_posted_message_comes_back_as_slack_keeps_it(client: AsyncWebClient, slack: SlackStandIn) -> None:
    answer = await client.chat_postMessage(channel=NUMBERS, text="card", blocks=[section()])
    message = answer["message"]
    assert message["blocks"][0]["block_id"]
    assert (message["user"], message["bot_id"]) == (slack.workspace.app.user, slack.workspace.app.bot_id)
    assert slack.message(NUMBERS, answer["ts"]).text == "card"


async def test_a_reply_to_a_reply_joins_the_threads_root(client: AsyncWebClient, slack: SlackStandIn) -> None:
    root = (await client.chat_postMessage(channel=NUMBERS, text="root"))["ts"]
    reply = (await client.chat_postMessage(channel=NUMBERS, text="one", thread_ts=root))["ts"]
    await client.chat_postMessage(channel=NUMBERS, text="two", thread_ts=reply)
    assert words_of(slack.thread(NUMBERS, root)) == ["one", "two"]
    assert words_of(slack.messages(NUMBERS)) == ["root"]


async def test_a_public_channel_without_the_app_and_a_private_one_take_the_longest_text(client: AsyncWebClient) -> None:
    for channel in (GENERAL, FINANCE):
        assert (await client.chat_postMessage(channel=channel, text="x" * 40_000))["ok"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": BOARD}, "channel_not_found"),
        ({"channel": "C0UNKNOWN"}, "channel_not_found"),
        ({"channel": OLD}, "is_archived"),
        ({"text": ""}, "no_text"),
        ({"blocks": [], "text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"blocks": "not json"}, "invalid_blocks_format"),
        ({"blocks": '{"type":"divider"}'}, "invalid_blocks_format"),
        ({"metadata": '{"event_type":"card"}'}, "invalid_metadata_schema"),
    ],
)
async def test_what_cannot_be_posted(client: AsyncWebClient, arguments: dict[str, Any], error: str) -> None:
    data = {"channel": NUMBERS, "text": "x", **arguments}
    assert await error_of(client.api_call("chat.postMessage", data=data)) == error


async def test_wrong_blocks_are_named_with_their_place(client: AsyncWebClient) -> None:
    answer = await refusal_of(client.chat_postMessage(channel=NUMBERS, text="x", blocks=[section("")]))
    assert answer["error"] == "invalid_blocks"
    words = "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"
    assert answer["response_metadata"]["messages"] == [words]


async def test_text_alone_removes_blocks_and_blocks_alone_keep_it(client: AsyncWebClient, slack: SlackStandIn) -> None:
    ts = (await client.chat_postMessage(channel=NUMBERS, text="card", blocks=[section()]))["ts"]
    await client.chat_update(channel=NUMBERS, ts=ts, text="plain")
    message = slack.message(NUMBERS, ts)
    assert (message.text, message.blocks, message.is_edited) == ("plain", (), True)
    ts = (await client.chat_postMessage(channel=NUMBERS, text="card"))["ts"]
    await client.api_call("chat.update", json={"channel": NUMBERS, "ts": ts, "blocks": [section()]})
    message = slack.message(NUMBERS, ts)
    assert (message.text, len(message.blocks), message.is_edited) == ("card", 1, False)


async def test_a_rewritten_message_keeps_its_metadata_until_others_come(
    client: AsyncWebClient, slack: SlackStandIn
) -> None:
    first, second = ({"event_type": "entry", "event_payload": {"number": number}} for number in (1, 2))
    ts = (await client.chat_postMessage(channel=NUMBERS, text="card", metadata=first))["ts"]
    await client.chat_update(channel=NUMBERS, ts=ts, text="again")
    assert slack.message(NUMBERS, ts).metadata == first
    await client.chat_update(channel=NUMBERS, ts=ts, text="again", metadata=second)
    assert slack.message(NUMBERS, ts).metadata == second


async def test_only_the_apps_own_messages_there_are_rewritten(client: AsyncWebClient, slack: SlackStandIn) -> None:
    said = slack.say(ASHA, NUMBERS, "mine")
    assert await error_of(client.chat_update(channel=NUMBERS, ts=said.ts, text="x")) == "cant_update_message"
    assert await error_of(client.chat_delete(channel=NUMBERS, ts=said.ts)) == "cant_delete_message"
    ts = (await client.chat_postMessage(channel=NUMBERS, text="x"))["ts"]
    assert await error_of(client.chat_update(channel=GENERAL, ts=ts, text="y")) == "message_not_found"
    await client.chat_delete(channel=NUMBERS, ts=ts)
    assert await error_of(client.chat_update(channel=NUMBERS, ts=ts, text="y")) == "message_not_found"


async def test_an_ephemeral_message_is_for_one_and_stays_as_it_is(client: AsyncWebClient, slack: SlackStandIn) -> None:
    ts = (await client.chat_postEphemeral(channel=NUMBERS, user=ASHA, text="for you"))["message_ts"]
    assert words_of(slack.ephemerals_for(ASHA)) == ["for you"]
    assert slack.messages(NUMBERS) == []
    assert await error_of(client.chat_update(channel=NUMBERS, ts=ts, text="x")) == "message_not_found"


@pytest.mark.parametrize(
    ("channel", "user", "error"),
    [
        (GENERAL, ASHA, "not_in_channel"),
        (BOARD, MEERA, "channel_not_found"),
        (FINANCE, TARA, "user_not_in_channel"),
        (NUMBERS, "U0UNKNOWN", "user_not_in_channel"),
        (OLD, ASHA, "is_archived"),
    ],
)
async def test_ephemeral_messages_need_both_there(client: AsyncWebClient, channel: str, user: str, error: str) -> None:
    assert await error_of(client.chat_postEphemeral(channel=channel, user=user, text="x")) == error
