"""Socket Mode: two connections to Slack, replaced when they die, and the process ended when Slack says no for good.

The library reconnects by itself, for ever; what it does not tell apart is an answer that will never get better.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import aiohttp
import structlog
from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from handlers.bolt import UNREADABLE

log: structlog.stdlib.BoundLogger = structlog.get_logger()

FATAL = frozenset(
    {
        "account_inactive",
        "app_not_found",
        "forbidden_team",
        "invalid_auth",
        "link_disabled",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)
"""Answers that the same token will get for ever (source: Slack's page on `apps.connections.open`)."""

ANSWERS_GET = 1.0
"""Seconds that answers have when the process stops; each is one insert."""

CONNECTIONS = 2
"""One serves while the other is being refreshed."""

PING_EVERY = 5.0
"""Seconds; a connection that answers no ping for four of these is replaced."""

FAREWELL = 1.0
"""Seconds that a connection is given to say goodbye: one that died without a word never does."""


class Connection(SocketModeClient):
    """One connection that reports an answer it will never recover from, once."""

    def __init__(
        self, token: SecretStr, web_client: AsyncWebClient, on_fatal: Callable[[str], None], ping_every: float
    ) -> None:
        super().__init__(app_token=token.get_secret_value(), web_client=web_client, ping_interval=ping_every)
        self.proxy = web_client.proxy
        self._on_fatal = on_fatal
        self.on_message_listeners.append(self._look_for_the_end)

    async def enqueue_message(self, message: str) -> None:
        """What is of no form that Slack sends is one line, where the library would log a traceback."""
        try:
            is_slacks = isinstance(json.loads(message).get("payload", {}), dict)
        except UNREADABLE:
            is_slacks = False
        if is_slacks:
            await super().enqueue_message(message)
        else:
            log.warning("payload refused")

    async def issue_new_wss_url(self) -> str:
        try:
            return await super().issue_new_wss_url()
        except SlackApiError as refused:
            code = str(refused.response.get("error"))
            if code in FATAL:
                self._end(code)
            raise

    async def disconnect(self) -> None:
        try:
            async with asyncio.timeout(FAREWELL):
                await SocketModeClient.disconnect(self)
        except TimeoutError:
            log.warning("a connection to slack was dropped without a goodbye")

    async def _look_for_the_end(self, message: aiohttp.WSMessage) -> None:
        said = json.loads(message.data) if "link_disabled" in message.data else {}
        if said.get("type") == "disconnect" and said.get("reason") == "link_disabled":
            self._end("link_disabled")

    def _end(self, code: str) -> None:
        self.closed = True
        self.auto_reconnect_enabled = False
        self._on_fatal(code)


class Sockets:
    """The connections of one process. `on_fatal` is told Slack's code when it will never let us in.

    `answering` is entered for as long as somebody waits for an answer.
    """

    def __init__(
        self,
        app: AsyncApp,
        token: SecretStr,
        web_client: AsyncWebClient,
        on_fatal: Callable[[str], None],
        *,
        answering: Callable[[], AbstractContextManager[None]],
        ping_every: float = PING_EVERY,
    ) -> None:
        self._app = app
        self._answering_slack = answering
        self._token = token
        self._web_client = web_client
        self._on_fatal = on_fatal
        self._ping_every = ping_every
        self._connections: list[SocketModeClient] = []
        self._answering: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def start(self) -> None:
        """Returns when every connection is up or will never be."""
        self._connections = [
            Connection(self._token, self._web_client, self._on_fatal, self._ping_every) for _ in range(CONNECTIONS)
        ]
        for connection in self._connections:
            connection.socket_mode_request_listeners.append(self._answer)
        await asyncio.gather(*(connection.connect() for connection in self._connections))

    async def is_up(self) -> bool:
        """Is at least one connection alive?"""
        return any([await connection.is_connected() for connection in self._connections])

    async def stop(self) -> None:
        """Takes nothing new, lets what is being answered be answered, and closes."""
        self._stopping = True
        if self._answering:
            await asyncio.wait(self._answering, timeout=ANSWERS_GET)
        await asyncio.gather(*(connection.close() for connection in self._connections))

    async def _answer(self, connection: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """What is not answered here is shown to the person as an error, so nothing is dropped silently."""
        if self._stopping:
            return
        task = asyncio.create_task(self._dispatch(connection, request))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
        await task

    async def _dispatch(self, connection: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        try:
            with self._answering_slack():
                answer = await run_async_bolt_app(self._app, request)
        except UNREADABLE as unreadable:
            log.warning("payload refused", error=type(unreadable).__name__)
            return
        await send_async_response(connection, request, answer, 0.0)
