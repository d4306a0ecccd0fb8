"""The HTTP server: whether the process lives, whether it is ready, and Slack's requests when they come over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import cast

import structlog
from aiohttp import web
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.http_connections import AT_A_TIME, HEADER_WITHIN, Crowd, HttpConnection, in_its_connection, saying_seldom
from bot.store import pulse
from bot.store.store import Store, StoreError

log: structlog.stdlib.BoundLogger = structlog.get_logger()

Events = Callable[[web.Request], Awaitable[web.StreamResponse]]

WRITES_EVERY = 3.0
"""Seconds between the rows that are kept to see that one can be, however often it is asked."""


class CannotListen(Exception):
    """The address is taken, or is none of this machine; the message says why."""


class HttpServer:
    """`is_known` says whether Slack knows us now; `events` takes Slack's requests once it is set."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        is_known: Callable[[], Awaitable[bool]],
        takes_events: bool,
        most_connections: int | None = None,
        header_within: float = HEADER_WITHIN,
    ) -> None:
        self._store = store
        self._clock = clock
        self._asking = asyncio.Lock()
        self._wrote_at = -WRITES_EVERY
        self._is_known = is_known
        self._takes_events = takes_events
        self._most_connections = most_connections
        self._header_within = header_within
        self._closing = AsyncExitStack()
        self.events: Events | None = None

    async def open(self, host: str, port: int) -> int:
        """Returns the port it listens on. Raises `CannotListen`."""
        app = web.Application(middlewares=[in_its_connection])
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_post("/slack/events", self._take)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        make = partial(
            HttpConnection, cast("web.Server", runner.server), Crowd(self._most_connections), self._header_within
        )
        self._closing.enter_context(saying_seldom())
        try:
            listening = await asyncio.get_running_loop().create_server(make, host, port, backlog=AT_A_TIME)
        except OSError as reason:
            raise CannotListen(reason.strerror or str(reason)) from reason
        self._closing.callback(listening.close)
        chosen: int = listening.sockets[0].getsockname()[1]
        return chosen

    async def close(self) -> None:
        """Lets requests that are being answered be answered."""
        await self._closing.aclose()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        if self.events is None:
            return web.Response(status=503 if self._takes_events else 404)
        with self._store.turns.answering():
            return await self.events(request)

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _readyz(self, _: web.Request) -> web.Response:
        if not await self._is_known():
            return web.Response(status=503, text="Slack does not know us yet\n")
        try:
            async with self._asking:
                await self._ask_the_database()
        except (SQLAlchemyError, StoreError) as reason:
            log.warning("the database takes no writes", error=type(reason).__name__, reason=_in_one_line(reason))
            return web.Response(status=503, text="the database takes no writes\n")
        return web.Response(text="ready\n")

    async def _ask_the_database(self) -> None:
        """Reads a page in a writing transaction each time: on SQLite `SELECT 1` alone would never touch the file."""
        began = self._clock.monotonic()
        now = self._clock.now() if began - self._wrote_at >= WRITES_EVERY else None

        def use(connection: Connection) -> None:
            connection.execute(text("SELECT version_num FROM alembic_version"))
            if now is not None:
                pulse.beat(connection, now)

        await self._store.write(use)
        if now is not None:
            self._wrote_at = began


def _in_one_line(reason: Exception) -> str:
    return str(reason).partition("\n")[0]
