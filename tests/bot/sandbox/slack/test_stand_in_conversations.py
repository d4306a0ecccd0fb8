"""What no handler asks for yet: `conversations.*` with the scopes they need, files, lists of groups, the app itself."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import InstalledApp, SlackStandIn, Workspace, furnish
from bot.sandbox.slack.example import BOARD, FINANCE, GENERAL, MANAGERS, MEERA, NOBODY, NUMBERS, VIKRAM
from tests.bot.sandbox.slack.conftest import error_of, refusal_of

SCOPES = "chat:write channels:read channels:history groups:history files:write usergroups:read users:read"


@pytest.fixture
def workspace() -> Workspace:
    return furnish(Workspace(app=InstalledApp(scopes=tuple(SCOPES.split()))))


@pytest.fixture
async def thread(client: AsyncWebClient) -> str:
    """The first message of a thread with two replies."""
    metadata = {"event_type": "card", "event_payload": {"request": "r1"}}
    root: str = (await client.chat_postMessage(channel=NUMBERS, text="root", metadata=metadata))["ts"]
    for text in ("one", "two"):
        await client.chat_postMessage(channel=NUMBERS, text=text, thread_ts=root)
    return root


async def test_history_is_newest_first_without_replies_and_in_pages(client: AsyncWebClient, thread: str) -> None:
    await client.chat_postMessage(channel=NUMBERS, text="later")
    first = await client.conversations_history(channel=NUMBERS, limit=1)
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_history(channel=NUMBERS, limit=1, cursor=cursor)
    assert (first["messages"][0]["text"], first["has_more"]) == ("later", True)
    root = second["messages"][0]
    assert (root["text"], root["ts"], root["reply_count"], second["has_more"]) == ("root", thread, 2, False)
    plain = await client.conversations_history(channel=NUMBERS, oldest=thread, latest=thread, inclusive=True)
    assert ["metadata" in message for message in plain["messages"]] == [False]
    full = await client.conversations_history(channel=NUMBERS, include_all_metadata=True)
    assert full["messages"][1]["metadata"]["event_payload"] == {"request": "r1"}


async def test_replies_begin_with_the_threads_root(client: AsyncWebClient, thread: str) -> None:
    answer = await client.conversations_replies(channel=NUMBERS, ts=thread)
    assert [message["text"] for message in answer["messages"]] == ["root", "one", "two"]
    assert await error_of(client.conversations_replies(channel=NUMBERS, ts="1.000001")) == "thread_not_found"


async def test_history_needs_membership_and_info_of_a_private_channel_its_own_scope(client: AsyncWebClient) -> None:
    assert await error_of(client.conversations_history(channel=GENERAL)) == "not_in_channel"
    assert await error_of(client.conversations_history(channel=BOARD)) == "channel_not_found"
    assert (await client.conversations_info(channel=NUMBERS))["channel"]["is_member"]
    assert (await refusal_of(client.conversations_info(channel=FINANCE)))["needed"] == "groups:read"


async def test_an_upload_takes_all_of_its_three_steps(client: AsyncWebClient, slack: SlackStandIn, thread: str) -> None:
    await client.files_upload_v2(
        filename="report.png", content=b"png", channel=NUMBERS, thread_ts=thread, initial_comment="November"
    )
    [file] = slack.workspace.files
    assert (file.name, file.content, file.channel) == ("report.png", b"png", NUMBERS)
    assert slack.thread(NUMBERS, thread)[-1].text == "November"
    unsent = (await client.files_getUploadURLExternal(filename="report.png", length=3))["file_id"]
    files = [{"id": unsent, "title": "x"}]
    assert await error_of(client.files_completeUploadExternal(files=files)) == "file_not_found"


async def test_groups_are_listed_with_members_and_the_app_is_known(client: AsyncWebClient, slack: SlackStandIn) -> None:
    listed = (await client.usergroups_list(include_users=True))["usergroups"]
    assert {group["id"]: group["users"] for group in listed} == {MANAGERS: [MEERA, VIKRAM], NOBODY: []}
    assert (await client.bots_info(bot=slack.workspace.app.bot_id))["bot"]["app_id"] == slack.workspace.app.id


async def test_a_rewritten_message_keeps_its_metadata_until_it_is_given_others(
    client: AsyncWebClient, slack: SlackStandIn
) -> None:
    first, then = ({"event_type": "card", "event_payload": {"entry": no}} for no in (1, 2))
    ts = (await client.chat_postMessage(channel=NUMBERS, text="one", metadata=first))["ts"]
    await client.chat_update(channel=NUMBERS, ts=ts, text="two")
    assert slack.message(NUMBERS, ts).metadata == first
    await client.chat_update(channel=NUMBERS, ts=ts, text="three", metadata=then)
    assert slack.message(NUMBERS, ts).metadata == then
