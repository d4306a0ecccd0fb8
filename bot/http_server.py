"""The HTTP server: whether the process lives, whether it is ready, and Slack's requests when they come over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
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
        self, store: Store, clock: Clock, *, is_known: Callable[[], Awaitable[bool]], takes_events: bool
    ) -> None:
        self._store = store
        self._clock = clock
        self._asking = asyncio.Lock()
        self._wrote_at = -WRITES_EVERY
        self._is_known = is_known
        self._takes_events = takes_events
        self._runner: web.AppRunner | None = None
        self.events: Events | None = None

    async def open(self, host: str, port: int) -> int:
        """Returns the port it listens on. Raises `CannotListen`."""
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_post("/slack/events", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, auto_decompress=False)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as reason:
            raise CannotListen(reason.strerror or str(reason)) from reason
        chosen: int = self._runner.addresses[0][1]
        return chosen

    async def close(self) -> None:
        """Lets requests that are being answered be answered."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        if self.events is None:
            return web.Response(status=503 if self._takes_events else 404)
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
