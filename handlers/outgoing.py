"""Delivers cards, replies and words to Slack. Implements the `Messenger` that `bot/services` declares.

Knows where a message goes, not when or how often: one method, one delivery.
"""

from collections.abc import Sequence

import aiohttp
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook import WebhookResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.domain.shown import Shown
from bot.services.acts import Address
from bot.services.letters import Words
from bot.services.ports import NotDelivered, Undeliverable
from handlers.calls import SlackCalls
from handlers.views.card import card
from handlers.views.lists import home, status_list
from handlers.views.message import Message
from handlers.views.refusals import refusal
from handlers.views.replies import reply


class SlackMessenger:
    """One Slack call a method, and none of them repeated."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession, calls: SlackCalls) -> None:
        self._client = client
        self._session = session
        self._calls = calls

    async def post_card(self, channel: str, shown: Shown) -> str:
        return await self._post(channel, card(shown))

    async def rewrite_card(self, channel: str, ts: str, shown: Shown) -> None:
        rewritten = card(shown)
        await self._calls.run(
            "chat.update",
            channel,
            lambda: self._client.chat_update(
                channel=channel, ts=ts, text=rewritten.text, blocks=rewritten.blocks, link_names=False
            ),
        )

    async def reply(self, channel: str, thread: str, shown: Shown) -> None:
        await self._post(channel, reply(shown), thread=thread)

    async def say(self, words: Words) -> None:
        await self._to_one(words.to, refusal(words.reason, words.evidence))

    async def list_requests(self, to: Address, own: Sequence[Shown], waiting: Sequence[Shown] | None) -> None:
        await self._to_one(to, status_list(own, waiting))

    async def show_home(self, user: str, own: Sequence[Shown], waiting: Sequence[Shown] | None) -> None:
        view = home(own, waiting)
        await self._calls.run("views.publish", user, lambda: self._client.views_publish(user_id=user, view=view))

    async def _post(self, channel: str, message: Message, thread: str | None = None) -> str:
        answer = await self._calls.run(
            "chat.postMessage",
            channel,
            lambda: self._client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=message.blocks,
                thread_ts=thread,
                unfurl_links=False,
                unfurl_media=False,
            ),
        )
        ts = answer.get("ts")
        if not isinstance(ts, str):
            raise NotDelivered("no ts in the answer")
        return ts

    async def _to_one(self, to: Address, message: Message) -> None:
        """By `response_url` while that lives, else in the channel for them alone, else as a direct message."""
        if to.response_url is not None and await self._respond(to.response_url, message):
            return
        if to.channel is not None:
            try:
                await self._whisper(to.channel, to.user, message)
            except Undeliverable:
                pass
            else:
                return
        await self._post(to.user, message)

    async def _respond(self, url: SecretStr, message: Message) -> bool:
        """False when Slack does not take this `response_url` (any more)."""
        webhook = AsyncWebhookClient(url.get_secret_value(), session=self._session, retry_handlers=[])
        webhook.proxy = self._client.proxy

        async def send() -> WebhookResponse:
            return await webhook.send(
                text=message.text, blocks=message.blocks, response_type="ephemeral", replace_original=False
            )

        answer = await self._calls.run("response_url", url.get_secret_value(), send)
        if answer.status_code == 429 or answer.status_code >= 500:
            raise NotDelivered(f"http_{answer.status_code}")
        return answer.status_code == 200

    async def _whisper(self, channel: str, user: str, message: Message) -> None:
        await self._calls.run(
            "chat.postEphemeral",
            channel,
            lambda: self._client.chat_postEphemeral(
                channel=channel, user=user, text=message.text, blocks=message.blocks
            ),
        )
