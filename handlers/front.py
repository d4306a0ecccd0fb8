"""The HTTP door: size, time stamp and signature are checked on the raw body before anything parses it.

Bolt parses first and verifies after, so unsigned garbage would cost a stack trace; here it costs a 401 or a 413.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256

import structlog
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.clock import Clock

log: structlog.stdlib.BoundLogger = structlog.get_logger()

LARGEST_BODY = 1024 * 1024
"""Slack's payloads stay far below; a view's state with every field full is about 400 kB."""

SIGNED_WITHIN = 5 * 60
"""Seconds a signature is good for, in both directions (source: Slack's page on verifying requests)."""


class Front:
    """Verifies and passes on what Slack posts."""

    def __init__(self, app: AsyncApp, signing_secret: SecretStr, clock: Clock) -> None:
        self._app = app
        self._secret = signing_secret
        self._clock = clock

    async def events(self, request: web.Request) -> web.StreamResponse:
        """`POST /slack/events`: 401 for a wrong signature or time, 413 for too much, else what Bolt answers."""
        body = await _bounded(request)
        if body is None:
            return web.Response(status=413)
        if not self._is_slacks(request, body):
            log.warning("request refused", reason="signature")
            return web.Response(status=401)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return web.Response(status=400)
        headers: dict[str, str | Sequence[str]] = dict(request.headers)
        answer = await self._app.async_dispatch(
            AsyncBoltRequest(body=text, query=request.query_string, headers=headers)
        )
        return await to_aiohttp_response(answer)

    def _is_slacks(self, request: web.Request, body: bytes) -> bool:
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16 and signature.isascii()):
            return False
        if abs(self._clock.now().timestamp() - int(stamp)) > SIGNED_WITHIN:
            return False
        signed = b"v0:" + stamp.encode() + b":" + body
        expected = "v0=" + hmac.new(self._secret.get_secret_value().encode(), signed, sha256).hexdigest()
        return hmac.compare_digest(expected, signature)


async def _bounded(request: web.Request) -> bytes | None:
    """The body, or `None` as soon as it is longer than anything Slack sends."""
    if (request.content_length or 0) > LARGEST_BODY:
        return None
    body = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)
