"""`chat.*` through Slack's own client."""

from collections.abc import Awaitable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackStandIn
from bot.sandbox.slack.example import ASHA, BOARD, FINANCE, GENERAL, MEERA, NUMBERS, OLD

SECTION = [{"type": "section", "text": {"type": "mrkdwn", "text": "*card*"}}]


async def error_of(call: Awaitable[object]) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_posted_message_comes_back_as_slack_keeps_it(client: AsyncWebClient, slack: SlackStandIn) -> None:
    answer = await client.chat_postMessage(channel=NUMBERS, text="card", blocks=SECTION)
    message = answer["message"]
    assert message["blocks"][0]["block_id"]
    assert (message["user"], message["bot_id"]) == (slack.workspace.app.user, slack.workspace.app.bot_id)
    assert slack.message(NUMBERS, answer["ts"]).text == "card"


async def test_a_reply_to_a_reply_joins_the_threads_root(client: AsyncWebClient, slack: SlackStandIn) -> None:
    root = (await client.chat_postMessage(channel=NUMBERS, text="root"))["ts"]
    reply = (await client.chat_postMessage(channel=NUMBERS, text="one", thread_ts=root))["ts"]
    await client.chat_postMessage(channel=NUMBERS, text="two", thread_ts=reply)
    assert [message.text for message in slack.thread(NUMBERS, root)] == ["one", "two"]
    assert [message.text for message in slack.messages(NUMBERS)] == ["root"]


async def test_every_message_has_a_ts_of_its_own_in_order(client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel=NUMBERS, text="x"))["ts"] for _ in range(5)]
    assert sorted(set(stamps)) == stamps


@pytest.mark.parametrize(
    ("channel", "error"), [(BOARD, "channel_not_found"), ("C0UNKNOWN", "channel_not_found"), (OLD, "is_archived")]
)
async def test_posting_is_refused_with_slacks_error(client: AsyncWebClient, channel: str, error: str) -> None:
    assert await error_of(client.chat_postMessage(channel=channel, text="x")) == error


async def test_a_public_channel_without_the_app_can_be_posted_to(client: AsyncWebClient) -> None:
    assert (await client.chat_postMessage(channel=GENERAL, text="x"))["ok"]


async def test_a_private_channel_with_the_app_can_be_posted_to(client: AsyncWebClient) -> None:
    assert (await client.chat_postMessage(channel=FINANCE, text="x"))["ok"]


async def test_posting_to_a_person_opens_the_direct_conversation(client: AsyncWebClient, slack: SlackStandIn) -> None:
    answer = await client.chat_postMessage(channel=ASHA, text="psst")
    assert answer["channel"].startswith("D")
    assert [message.text for message in slack.messages(answer["channel"])] == ["psst"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"blocks": [], "text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": "not json"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": '{"type":"divider"}'}, "invalid_blocks_format"),
        ({"text": "x", "metadata": '{"event_type":"card"}'}, "invalid_metadata_schema"),
    ],
)
async def test_what_a_message_may_not_be(client: AsyncWebClient, arguments: dict[str, Any], error: str) -> None:
    assert await error_of(client.api_call("chat.postMessage", data={"channel": NUMBERS, **arguments})) == error


async def test_the_longest_text_is_accepted(client: AsyncWebClient) -> None:
    assert (await client.chat_postMessage(channel=NUMBERS, text="x" * 40_000))["ok"]


async def test_wrong_blocks_are_named_with_their_place(client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(
            channel=NUMBERS, text="x", blocks=[{"type": "header", "text": {"type": "plain_text", "text": ""}}]
        )
    assert caught.value.response["error"] == "invalid_blocks"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"
    ]


async def test_text_without_blocks_takes_the_old_blocks_away(client: AsyncWebClient, slack: SlackStandIn) -> None:
    ts = (await client.chat_postMessage(channel=NUMBERS, text="card", blocks=SECTION))["ts"]
    await client.chat_update(channel=NUMBERS, ts=ts, text="plain")
    message = slack.message(NUMBERS, ts)
    assert (message.text, message.blocks, message.is_edited) == ("plain", (), True)


async def test_blocks_without_text_keep_the_text(client: AsyncWebClient, slack: SlackStandIn) -> None:
    ts = (await client.chat_postMessage(channel=NUMBERS, text="card"))["ts"]
    await client.api_call("chat.update", json={"channel": NUMBERS, "ts": ts, "blocks": SECTION})
    message = slack.message(NUMBERS, ts)
    assert (message.text, len(message.blocks), message.is_edited) == ("card", 1, False)


async def test_only_the_apps_own_messages_can_be_rewritten(client: AsyncWebClient, slack: SlackStandIn) -> None:
    said = slack.say(ASHA, NUMBERS, "mine")
    assert await error_of(client.chat_update(channel=NUMBERS, ts=said.ts, text="x")) == "cant_update_message"
    assert await error_of(client.chat_delete(channel=NUMBERS, ts=said.ts)) == "cant_delete_message"


async def test_a_message_that_is_gone_cannot_be_rewritten(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=NUMBERS, text="x"))["ts"]
    await client.chat_delete(channel=NUMBERS, ts=ts)
    assert await error_of(client.chat_update(channel=NUMBERS, ts=ts, text="y")) == "message_not_found"


async def test_a_message_is_known_in_its_own_channel_only(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=NUMBERS, text="x"))["ts"]
    assert await error_of(client.chat_update(channel=GENERAL, ts=ts, text="y")) == "message_not_found"


async def test_an_ephemeral_message_is_for_one_person_and_cannot_be_rewritten(
    client: AsyncWebClient, slack: SlackStandIn
) -> None:
    answer = await client.chat_postEphemeral(channel=NUMBERS, user=ASHA, text="for you")
    assert [message.text for message in slack.ephemerals_for(ASHA)] == ["for you"]
    assert slack.messages(NUMBERS) == []
    ts = answer["message_ts"]
    assert await error_of(client.chat_update(channel=NUMBERS, ts=ts, text="x")) == "message_not_found"


@pytest.mark.parametrize(
    ("channel", "user", "error"),
    [
        (GENERAL, ASHA, "not_in_channel"),
        (BOARD, MEERA, "channel_not_found"),
        (FINANCE, "U0TARA001", "user_not_in_channel"),
        (NUMBERS, "U0UNKNOWN", "user_not_in_channel"),
        (OLD, ASHA, "is_archived"),
    ],
)
async def test_ephemeral_messages_need_both_in_the_channel(
    client: AsyncWebClient, channel: str, user: str, error: str
) -> None:
    assert await error_of(client.chat_postEphemeral(channel=channel, user=user, text="x")) == error
