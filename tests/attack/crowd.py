"""Connections that say too little, too much or nonsense, or take no answer: far more than there are places for."""

import asyncio
import resource
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import httpx

from tests.attack.siege import Siege
from tests.harness.patience import PATIENCE

HEAD = b"POST /slack/events HTTP/1.1\r\nHost: x\r\n"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

BEGINNINGS: Mapping[str, bytes] = {
    "nothing": b"",
    "half a header": HEAD + b"X-Slack-Signature: v0=",
    "one asked, half of the next": WHOLE + HEAD,
    "half a body": HEAD + b"Content-Length: 1000\r\n\r\n" + b"x" * 500,
    "a body that was promised": HEAD + b"Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n",
    "another expectation": HEAD + b"Content-Length: 1000\r\nExpect: tea\r\n\r\n",
    "half a chunk": CHUNKED + b"100\r\nx",
    "chunk upon chunk": CHUNKED + b"1;" + b"x" * 1000 + b"\r\nx\r\n",
    "a chunk of every size": CHUNKED + b"f" * 400 + b"\r\n",
    "headers without end": HEAD + b"".join(b"X-%d: x\r\n" % number for number in range(20_000)),
    "a header without end": HEAD + b"X: " + b"x" * 2**20,
    "a path without end": b"GET /" + b"x" * 2**20,
    "more than its length": HEAD + b"Content-Length: 1\r\n\r\n" + b"x" * 2**20,
    "a length below nothing": HEAD + b"Content-Length: -1\r\n\r\nx",
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 20\r\n\r\nx",
    "a body for nobody": b"PUT /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000000\r\n\r\n" + b"x" * 100_000,
    "asked, and never read": WHOLE * 500,
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4" * 100,
}
"""What each of them sends at once; from then on one byte a second."""

SPARE = 64
"""Descriptors that the stand-ins need beside them."""


class Crowd:
    """`enter` lets them come, some hundreds at a time; they stay until the bot sends them away."""

    def __init__(self, siege: Siege, most: int) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self._siege = siege
        self._most = min(most, hard - SPARE if hard != resource.RLIM_INFINITY else most)
        self._before = self._descriptors()

    async def comes_and_goes(self) -> None:
        """While they are there, whoever is sane is answered; then all of them are sent away."""
        async with AsyncExitStack() as opened, asyncio.TaskGroup() as group:
            for number in range(self._most):
                kind = list(BEGINNINGS)[number % len(BEGINNINGS)]
                group.create_task(self._one(BEGINNINGS[kind], opened))
                if number % 100 == 99:
                    await self._is_answered()
            await self._is_answered()
        self._siege.seen["connections"] = self._most
        async with asyncio.timeout(PATIENCE):
            while self._descriptors() > self._before + 10:  # noqa: ASYNC110 - another process' are nobody's event
                await asyncio.sleep(0.1)

    async def _one(self, beginning: bytes, opened: AsyncExitStack) -> None:
        """Returns once the bot has sent it away. What it is answered is never read."""
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", self._siege.port)
            opened.callback(writer.close)
            assert isinstance(writer.transport, asyncio.Transport)
            writer.transport.pause_reading()
            writer.write(beginning)
            while not writer.transport.is_closing():
                await writer.drain()
                await asyncio.sleep(1)
                writer.write(b"x")

    async def _is_answered(self) -> None:
        async with httpx.AsyncClient(base_url=self._siege.bot.address, timeout=PATIENCE) as client:
            status = (await client.get("/healthz")).status_code
        if status != 200:
            self._siege.problems.append(f"/healthz says {status} in a crowd")
        await self._siege.answers()

    def _descriptors(self) -> int:
        return len(list(Path(f"/proc/{self._siege.bot.pid}/fd").iterdir()))
