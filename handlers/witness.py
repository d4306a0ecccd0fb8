"""What channels still show of the trail: each message of ours carries the number and the hash of its entry as metadata.

Only reads. Needs scopes that are optional in the manifest, and the bot's membership of the channels.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from pydantic import BaseModel, ValidationError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.problems import Problem
from bot.services.ports import MessageGone, NotDelivered, NotLetIn, Undeliverable
from handlers.calls import NO_WAIT_GIVEN, SlackCalls

EVENT = "audit_entry"
"""The type of the metadata that cards, replies and announcements carry."""

A_PAGE = 200
"""Messages; Slack recommends no more."""

TRIES = 8
"""Of one page, when Slack does not answer; waiting because it asks to is no try."""

Read = Callable[[str | None], Awaitable[AsyncSlackResponse]]
"""One page, from a cursor on."""


class Shown(BaseModel):
    """An entry as a message shows it: its number and the first digits of its hash."""

    number: int
    hash: str
    channel: str
    ts: str


class CannotRead(Problem):
    """What a channel shows cannot be read; one line for the operator."""


async def shown_in(client: AsyncWebClient, calls: SlackCalls, channel: str, bot_id: str) -> AsyncIterator[Shown]:
    """Every entry that our messages there show, threads included; newest first. Raises `CannotRead`."""

    async def history(cursor: str | None) -> AsyncSlackResponse:
        return await client.conversations_history(
            channel=channel, cursor=cursor, limit=A_PAGE, include_all_metadata=True
        )

    async for message in _pages(calls, "conversations.history", channel, history):
        if (shown := _shown(message, channel, bot_id)) is not None:
            yield shown
        if not message.get("reply_count"):
            continue

        async def replies(cursor: str | None, thread: str = str(message.get("ts"))) -> AsyncSlackResponse:
            return await client.conversations_replies(
                channel=channel, ts=thread, cursor=cursor, limit=A_PAGE, include_all_metadata=True
            )

        async for reply in _pages(calls, "conversations.replies", channel, replies):
            is_root = reply.get("ts") == message.get("ts")
            if not is_root and (shown := _shown(reply, channel, bot_id)) is not None:
                yield shown


def _shown(message: dict[str, Any], channel: str, bot_id: str) -> Shown | None:
    """`None` for what is not ours, or shows no entry: anybody's app may write such metadata."""
    metadata = message.get("metadata") or {}
    if message.get("bot_id") != bot_id or metadata.get("event_type") != EVENT:
        return None
    try:
        return Shown.model_validate({**metadata["event_payload"], "channel": channel, "ts": message.get("ts")})
    except (KeyError, TypeError, ValidationError):
        return None


async def _pages(calls: SlackCalls, method: str, channel: str, read: Read) -> AsyncIterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        answer = await _patiently(calls, method, channel, read, cursor)
        for message in answer.get("messages") or []:
            yield message
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return


async def _patiently(
    calls: SlackCalls, method: str, channel: str, read: Read, cursor: str | None
) -> AsyncSlackResponse:
    """Waits as long as Slack asks to."""
    tries = 0
    while True:
        try:
            return await calls.run(method, channel, lambda: read(cursor))
        except NotLetIn as refused:
            raise CannotRead(f"Slack shows nothing of {channel}: {_why(refused)}") from refused
        except NotDelivered as later:
            tries += later.retry_after is None
            if tries >= TRIES:
                raise CannotRead(f"Slack cannot be read: {later}") from later
            await asyncio.sleep(later.retry_after or NO_WAIT_GIVEN)
        except (MessageGone, Undeliverable) as refused:
            raise CannotRead(f"Slack shows nothing of {channel} ({refused}): is the bot in that channel?") from refused


def _why(refused: NotLetIn) -> str:
    """With the scope that is missing, which Slack names."""
    said = refused.__cause__
    needed = said.response.get("needed") if isinstance(said, SlackApiError) else None
    return f"the scope {needed} is missing, reinstall the app with it" if needed else str(refused)
