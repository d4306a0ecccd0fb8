"""The ways to answer badly: dropped, silent, huge or dripping, and the plain error forms.

Knows nothing of numbers or moods; it writes to one connection, bounded by the stand-in's end.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from pydantic import JsonValue

from bot.sandbox.vobiz import shapes
from bot.sandbox.vobiz.moods import Says, Script

_HUGE: Final = 50 * 1024 * 1024
_CHUNK: Final = b" " * (64 * 1024)


@dataclass(slots=True, kw_only=True)
class Replies:
    """Answers in one edition. `stopping` ends every answer that would otherwise go on for ever."""

    edition: shapes.Edition
    stopping: asyncio.Event
    drip_pause: float
    bytes_sent: int = 0
    """Of huge and dripping bodies: how much a client that does not stop would have swallowed."""
    _count: int = field(default=0)

    def error(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: dict[str, JsonValue] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> web.Response:
        """The provider's own error, with a request id nobody else got."""
        self._count += 1
        body = shapes.error(self.edition, code, message, f"req_{self._count:06d}", details)
        return web.json_response(body, status=status, headers=headers)

    async def odd(self, request: web.Request, script: Script) -> web.StreamResponse:
        """Answers by the scripts that need no state."""
        match script.says:
            case Says.BODY:
                return web.Response(status=script.status, text=script.body, headers=dict(script.headers))
            case Says.NOTHING:
                return self._drop(request)
            case Says.SILENCE:
                await self.stopping.wait()
                return self._drop(request)
            case Says.HUGE:
                return await self._huge(request)
            case Says.DRIP:
                return await self._drip(request)
            case _:
                return self.error(script.status, script.code, script.message, headers=script.headers)

    def _drop(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _huge(self, request: web.Request) -> web.StreamResponse:
        response = await self._begin(request)
        sent = 0
        while sent < _HUGE and not self.stopping.is_set() and await self._write(response, _CHUNK):
            sent += len(_CHUNK)
        return response

    async def _drip(self, request: web.Request) -> web.StreamResponse:
        response = await self._begin(request)
        while not self.stopping.is_set() and await self._write(response, b" "):
            try:
                async with asyncio.timeout(self.drip_pause):
                    await self.stopping.wait()
            except TimeoutError:
                continue
        return response

    async def _begin(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        return response

    async def _write(self, response: web.StreamResponse, chunk: bytes) -> bool:
        """Whether the client is still there."""
        try:
            await response.write(chunk)
        except ConnectionError:
            return False
        self.bytes_sent += len(chunk)
        return True
