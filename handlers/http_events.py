"""The HTTP door: size, time stamp and signature are checked on the raw body before anything parses it.

Bolt parses first and verifies after, so unsigned garbage would cost a stack trace; here it costs a 401 or a 413.
"""

import asyncio
import hmac
from collections.abc import Mapping
from contextlib import AsyncExitStack

import structlog
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.clock import Clock
from handlers.bolt import UNREADABLE

log: structlog.stdlib.BoundLogger = structlog.get_logger()

LARGEST_BODY = 1024 * 1024
"""Slack's payloads stay far below; a view's state with every field full is about 400 kB."""

SMALL_BODY = 64 * 1024
"""What everybody may send at once: commands, clicks, and most forms."""

LARGE_AT_ONCE = 16
"""Larger bodies that are read at once, whoever sends them: all connections together could fill a machine's memory."""

FORM = "application/x-www-form-urlencoded"

SIGNED_WITHIN = 5 * 60
"""Seconds a signature is good for, in both directions (source: Slack's page on verifying requests)."""


BODY_WITHIN = 3.0
"""Seconds for the whole body: Slack gives up on an answer by then, so what is slower is not Slack's."""


class Front:
    """Verifies and passes on what Slack posts."""

    def __init__(
        self,
        app: AsyncApp,
        signing_secret: SecretStr,
        clock: Clock,
        *,
        body_within: float = BODY_WITHIN,
        large_at_once: int = LARGE_AT_ONCE,
    ) -> None:
        self._app = app
        self._secret = signing_secret
        self._clock = clock
        self._body_within = body_within
        self.large = asyncio.Semaphore(large_at_once)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """`POST /slack/events`: 401 for a wrong signature or time, 408 and 413 for too slow and too much, else Bolt's.

        The server must not unpack bodies (`auto_decompress=False`): the signature is over the bytes as they came.
        """
        structlog.contextvars.clear_contextvars()  # one task serves all that comes by its connection
        try:
            async with asyncio.timeout(self._body_within):
                body = await self._bounded(request)
        except (TimeoutError, ConnectionError, web.RequestPayloadError):
            return web.Response(status=408)
        if body is None:
            return web.Response(status=413)
        if request.content_type == FORM and b"ssl_check=1" in body.split(b"&"):
            return web.Response()  # Slack looks at the certificate, and signs nothing
        if not is_slacks(request.headers, body, self._secret, now=self._clock.now().timestamp()):
            log.warning("request refused", reason="signature")
            return web.Response(status=401)
        try:
            answer = await self._app.async_dispatch(
                AsyncBoltRequest(body=body.decode(), headers={"Content-Type": request.content_type})
            )
        except UNREADABLE as unreadable:
            log.warning("payload refused", error=type(unreadable).__name__)
            return web.Response(status=400)
        return await to_aiohttp_response(answer)

    async def _bounded(self, request: web.Request) -> bytes | None:
        """The body, or `None` as soon as it is longer than anything Slack sends."""
        if (request.content_length or 0) > LARGEST_BODY:
            return None
        body = bytearray()
        async with AsyncExitStack() as holding:
            async for chunk in request.content.iter_any():
                if len(body) <= SMALL_BODY < len(body) + len(chunk):
                    await holding.enter_async_context(self.large)
                body += chunk
                if len(body) > LARGEST_BODY:
                    return None
        return bytes(body)


def is_slacks(headers: Mapping[str, str], body: bytes, secret: SecretStr, *, now: float) -> bool:
    """Did Slack sign these bytes within the last five minutes? `now` is seconds since 1970."""
    stamp = headers.get("X-Slack-Request-Timestamp", "")
    signature = headers.get("X-Slack-Signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16 and signature.isascii()):
        return False
    if abs(now - int(stamp)) > SIGNED_WITHIN:
        return False
    signed = b"v0:" + stamp.encode() + b":" + body
    expected = "v0=" + hmac.digest(secret.get_secret_value().encode(), signed, "sha256").hex()
    return hmac.compare_digest(expected, signature)
