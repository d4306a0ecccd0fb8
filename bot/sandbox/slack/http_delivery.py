"""Delivery over HTTP: signed requests to the app's one address, as Slack sends them.

Knows nothing of what a payload means. On order the same signed bytes go out twice, or again later, as somebody who
recorded them would send them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.slack.delivery import Acknowledged, Answer, Envelope, TimedOut, Unreachable
from bot.sandbox.slack.shapes import JsonObject, parsed_object
from bot.sandbox.slack.workspace import Workspace

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """The bytes and headers of one delivery."""

    url: str
    body: bytes
    headers: Mapping[str, str]


def signed(workspace: Workspace, envelope: Envelope, *, url: str, timestamp: int | None = None) -> SignedRequest:
    """As Slack would send it: commands and interactions form-encoded, events as JSON."""
    match envelope.kind:
        case "slash_commands":
            content_type, body = FORM, urlencode({key: str(value) for key, value in envelope.payload.items()}).encode()
        case "interactive":
            content_type, body = FORM, urlencode({"payload": json.dumps(envelope.payload)}).encode()
        case "events_api":
            content_type, body = "application/json", json.dumps(envelope.payload).encode()
        case _:
            assert_never(envelope.kind)
    headers = {
        "Content-Type": content_type,
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        **workspace.sign(body, timestamp),
    }
    if envelope.retry:
        headers |= {"X-Slack-Retry-Num": str(envelope.retry), "X-Slack-Retry-Reason": "http_timeout"}
    return SignedRequest(url=url, body=body, headers=headers)


class HttpDelivery:
    """`last` is what went out last, and where to, for replays. With `is_twice` every delivery goes out twice."""

    def __init__(self, workspace: Workspace, session: aiohttp.ClientSession, *, answer_within: float) -> None:
        self._workspace = workspace
        self._session = session
        self._answer_within = answer_within
        self.is_twice = False
        self.last: SignedRequest | None = None

    async def deliver(self, envelope: Envelope, url: str) -> Answer:
        self.last = signed(self._workspace, envelope, url=url)
        answer = await self._post(self.last)
        if self.is_twice:
            await self._post(self.last)
        return answer

    async def replay(self) -> Answer:
        """The last delivery once more, byte by byte. Raises `LookupError` when there was none."""
        if self.last is None:
            raise LookupError("nothing was delivered yet")
        return await self._post(self.last)

    async def _post(self, request: SignedRequest) -> Answer:
        deadline = aiohttp.ClientTimeout(total=self._answer_within)
        try:
            async with self._session.post(
                request.url, data=request.body, headers=request.headers, timeout=deadline
            ) as response:
                body = await response.text()
                if response.status != 200:
                    return Unreachable(status=response.status)
                return Acknowledged(body=_body(response.content_type, body))
        except TimeoutError:
            return TimedOut()
        except (aiohttp.ClientError, ValueError):
            return Unreachable()


def _body(content_type: str, body: str) -> JsonObject:
    if not body:
        return {}
    return parsed_object(body) if content_type == "application/json" else {"text": body}
