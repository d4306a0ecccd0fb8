"""Delivers cards, replies, words and forms to Slack. Implements the `Messenger` that `bot/services` declares.

Knows where a message goes, not when or how often: one method, one delivery.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook import WebhookResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.domain import refusals
from bot.domain.audit import Entry
from bot.domain.known import Known
from bot.domain.shown import Listed, OnCard, Shown
from bot.services.acts import Address
from bot.services.letters import NoHome, Words
from bot.services.ports import MessageGone, NotDelivered, PortError, Undeliverable
from handlers.calls import LOGGER, SlackCalls
from handlers.dialled import country_of
from handlers.views import lists
from handlers.views.announcements import announcement
from handlers.views.answers import FORM_NOT_OPENED, one_line_answer, pick_button
from handlers.views.basket import card
from handlers.views.blocks import Element
from handlers.views.forms import View
from handlers.views.message import Message, marked_as_repeat
from handlers.views.refusals import refusal
from handlers.views.replies import reply
from handlers.views.why import why

if TYPE_CHECKING:
    from bot.domain.report import Report

log: structlog.stdlib.BoundLogger = structlog.get_logger()

SLACKS = (".slack.com", ".slack-gov.com")
"""Where a `response_url` lies, unless it is where the Web API is (source: Slack's pages on webhooks and GovSlack)."""


class SlackMessenger:
    """One Slack call a method, and none of them repeated."""

    def __init__(
        self, client: AsyncWebClient, session: aiohttp.ClientSession, calls: SlackCalls, *, workspace: str = ""
    ) -> None:
        """`workspace` is its address, `https://team.slack.com/`; without it lists have no links to messages."""
        self._client = client
        self._workspace = workspace
        self._session = session
        self._calls = calls

    async def post_card(self, channel: str, shown: OnCard, *, is_repeat: bool = False) -> str:
        posted = marked_as_repeat(card(shown)) if is_repeat else card(shown)
        return await self._post(channel, posted, tells=shown.entry)

    async def rewrite_card(self, channel: str, ts: str, shown: OnCard) -> None:
        rewritten = card(shown)
        await self._calls.run(
            "chat.update",
            channel,
            lambda: self._client.chat_update(
                channel=channel,
                ts=ts,
                text=rewritten.text,
                blocks=rewritten.blocks,
                link_names=False,
                metadata=_witnessed(shown.entry),
            ),
        )

    async def reply(self, channel: str, thread: str, shown: Shown, *, is_repeat: bool = False) -> None:
        told = reply(shown)
        await self._post(channel, marked_as_repeat(told) if is_repeat else told, thread=thread, tells=shown.entry)

    async def announce(self, channel: str, entry: Entry, approvers: tuple[str, ...]) -> None:
        await self._post(channel, announcement(entry, approvers), tells=entry)

    async def announce_to(self, to: Address, entry: Entry) -> None:
        await self._to_one(to, announcement(entry))

    async def words(self, letter: Words) -> None:
        await self._to_one(letter.to, refusal(letter.refusal, _pick_again(letter)))

    async def status_list(self, to: Address, listed: Listed) -> None:
        await self._to_one(to, lists.status_list(listed, self._workspace))

    async def number_told(self, to: Address, known: Known, links: Mapping[str, str]) -> None:
        await self._to_one(to, why(known, links))

    async def report(self, to: Address, found: "Report") -> None:
        """Slack may know no charts where this is read: then it goes without."""
        from handlers.views.report import report  # most processes end without one

        try:
            await self._to_one(to, report(found))
        except Undeliverable as refused:
            if refused.code != "invalid_blocks":
                raise
            await self._to_one(to, report(found, with_charts=False))

    async def link(self, channel: str, ts: str) -> str | None:
        try:
            answer = await self._calls.run(
                "chat.getPermalink", channel, lambda: self._client.chat_getPermalink(channel=channel, message_ts=ts)
            )
        except MessageGone:
            raise
        except PortError as reason:
            log.info("a message without its link", reason=str(reason))
            return None
        link = answer.get("permalink")
        return link if isinstance(link, str) else None

    async def home(self, user: str, listed: Listed) -> None:
        await self._publish(user, lists.home(listed, self._workspace))

    async def no_home(self, letter: NoHome) -> None:
        await self._publish(letter.to.user, lists.no_home(letter.refusal))

    async def _publish(self, user: str, view: View) -> None:
        await self._calls.run("views.publish", user, lambda: self._client.views_publish(user_id=user, view=view))

    async def open_form(self, trigger_id: str, form: View, to: Address) -> tuple[str, str] | None:
        """Opens a form in front of somebody; its id and its hash.

        When Slack does not, they are told: no click is silent.
        """
        try:
            answer = await self._calls.run(
                "views.open", to.user, lambda: self._client.views_open(trigger_id=trigger_id, view=form)
            )
        except (NotDelivered, Undeliverable, MessageGone) as reason:
            log.warning("form not opened", reason=str(reason))
            if str(reason) != "exchanged_trigger_id":  # it opened before; this is a repeat
                await self.answer(to, one_line_answer(FORM_NOT_OPENED))
            return None
        opened = answer.get("view")
        return (str(opened.get("id")), str(opened.get("hash"))) if isinstance(opened, dict) else None

    async def rewrite_form(self, view: str, seen: str | None, form: View) -> bool:
        """Rewrites an open form if it still is what was `seen` (its hash; `None` whatever it is); was it?

        A form that is closed by now, or a Slack that does not answer, changes nothing.
        """
        try:
            await self._calls.run(
                "views.update", view, lambda: self._client.views_update(view_id=view, hash=seen, view=form)
            )
        except (NotDelivered, Undeliverable, MessageGone) as reason:
            log.info("form not rewritten", reason=str(reason))
            return str(reason) != "hash_conflict"
        return True

    async def answer(self, to: Address, message: Message) -> None:
        """Tells one person alone, once, and as far as Slack takes it: for what is not worth keeping until it does."""
        try:
            await self._to_one(to, message)
        except PortError as reason:
            log.warning("words not delivered", reason=str(reason))

    async def take_away(self, url: SecretStr) -> None:
        """The message that was clicked, which this person alone saw: what it asked is answered."""
        if not self._is_slacks(url):
            return
        webhook = self._webhook(url)
        try:
            await self._calls.run(
                "response_url", url.get_secret_value(), lambda: webhook.send_dict({"delete_original": True})
            )
        except PortError as reason:
            log.info("a question stays", reason=str(reason))

    async def _post(
        self, channel: str, message: Message, *, thread: str | None = None, tells: Entry | None = None
    ) -> str:
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
                metadata=None if tells is None else _witnessed(tells),
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
        """False when Slack does not take this `response_url` (any more), or it is none of Slack's."""
        if not self._is_slacks(url):
            return False
        text = self._calls.redact(message.text)
        blocks: Any = self._calls.redact.everywhere(message.blocks)
        webhook = self._webhook(url)

        async def send() -> WebhookResponse:
            return await webhook.send(text=text, blocks=blocks, response_type="ephemeral", replace_original=False)

        answer = await self._calls.run("response_url", url.get_secret_value(), send)
        if answer.status_code == 429:
            raise self._calls.too_fast("response_url", url.get_secret_value(), answer.headers)
        if answer.status_code >= 500:
            raise NotDelivered(f"http_{answer.status_code}")
        return answer.status_code == 200

    def _is_slacks(self, url: SecretStr) -> bool:
        """Whatever a payload says, nothing else that this machine could reach is called."""
        try:
            given, api = urlsplit(url.get_secret_value()), urlsplit(self._client.base_url)
        except ValueError:
            return False
        is_outside = given.scheme == "https" and (given.hostname or "").endswith(SLACKS)
        return is_outside or given[:2] == api[:2]

    def _webhook(self, url: SecretStr) -> AsyncWebhookClient:
        webhook = AsyncWebhookClient(url.get_secret_value(), session=self._session, retry_handlers=[], logger=LOGGER)
        webhook.proxy = self._client.proxy
        return webhook

    async def _whisper(self, channel: str, user: str, message: Message) -> None:
        await self._calls.run(
            "chat.postEphemeral",
            channel,
            lambda: self._client.chat_postEphemeral(
                channel=channel, user=user, text=message.text, blocks=message.blocks
            ),
        )


def _witnessed(entry: Entry) -> dict[str, Any]:
    """The entry's number and hash, for whoever compares the channel with the trail; people see none of it."""
    return {"event_type": "audit_entry", "event_payload": {"number": entry.seq, "hash": entry.short_hash}}


def _pick_again(letter: Words) -> Element | None:
    """With the same number where nobody knows whether it is on sale, otherwise with those of its country."""
    if letter.wanted is None:
        return None
    number, is_unknown = letter.wanted.e164, isinstance(letter.refusal, refusals.ProviderUnreadable)
    return pick_button(number if is_unknown else "", country_of(number), letter.wanted.reason)
