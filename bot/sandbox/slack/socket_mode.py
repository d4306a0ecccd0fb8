"""Socket Mode: up to ten connections of the app, each payload on one of them, acknowledged by envelope id.

Knows nothing of what a payload means. Connections come through one-use tickets from `apps.connections.open`; on order
they are told to go, closed, or go dead while they stay open.
"""

import asyncio
import contextlib
import secrets
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox.slack.changes import Noted
from bot.sandbox.slack.delivery import Acknowledged, Answer, Envelope, TimedOut, Unreachable
from bot.sandbox.slack.shapes import JsonObject, object_of, parsed_object, text_of
from bot.sandbox.slack.workspace import Workspace

MOST_CONNECTIONS = 10
Reason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]


@dataclass(eq=False, slots=True, kw_only=True)
class Connection:
    """One connection of the app. Once `is_dead` it neither pings, nor answers pings, nor carries anything."""

    number: int
    socket: web.WebSocketResponse
    is_dead: bool = False
    carried: list[Envelope] = field(default_factory=list)


class SocketMode:
    """The server's end. Numbers of connections count up and are never used again."""

    def __init__(self, workspace: Workspace, *, answer_within: float, ping_every: float) -> None:
        self._workspace = workspace
        self._answer_within = answer_within
        self._ping_every = ping_every
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[JsonObject]] = {}
        self._opened = 0
        self._turn = 0
        self.connections: list[Connection] = []

    def ticketed(self, origin: str) -> str:
        """A socket address that can be used once."""
        ticket = secrets.token_urlsafe(18)
        self._tickets.add(ticket)
        return f"{origin.replace('http', 'ws', 1)}/link?ticket={ticket}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket endpoint; a ticket opens it once."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden(text="invalid ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False, timeout=1.0)
        await socket.prepare(request)
        if len(self.connections) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self._opened += 1
        connection = Connection(number=self._opened, socket=socket)
        self.connections.append(connection)
        await self._run(connection)
        return socket

    async def deliver(self, envelope: Envelope) -> Answer:
        """Sends to the connection whose turn it is. A dead one swallows what it is given, as a half-open one does."""
        if not self.connections:
            return Unreachable()
        connection = self.connections[self._turn % len(self.connections)]
        self._turn += 1
        connection.carried.append(envelope)
        envelope_id = secrets.token_hex(16)
        answered: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = answered
        try:
            async with asyncio.timeout(self._answer_within):
                if not connection.is_dead:
                    await connection.socket.send_json(_as_sent(envelope, envelope_id))
                return Acknowledged(body=await answered)
        except (TimeoutError, ConnectionError):
            return TimedOut()
        finally:
            del self._waiting[envelope_id]

    async def announce(self, reason: Reason, connection: Connection | None = None) -> None:
        """Tells one connection, or all, that it will go. `link_disabled` closes it too."""
        for told in [connection] if connection is not None else list(self.connections):
            message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-sandbox"}}
            await told.socket.send_json(message)
            if reason == "link_disabled":
                await told.socket.close()

    async def close(self, connection: Connection | None = None) -> None:
        """Closes one connection, or all."""
        for closed in [connection] if connection is not None else list(self.connections):
            await closed.socket.close(code=WSCloseCode.GOING_AWAY, message=b"going away")

    def deaden(self, connection: Connection) -> None:
        """From now on it stays open and nothing passes, in either direction."""
        connection.is_dead = True

    async def _run(self, connection: Connection) -> None:
        pings = asyncio.create_task(self._ping(connection))
        try:
            await connection.socket.send_json(self._hello())
            self._workspace.changes.tell(Noted())
            await self._listen(connection)
        finally:
            pings.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await pings
            self.connections.remove(connection)
            self._workspace.changes.tell(Noted())

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            if connection.is_dead:
                continue
            if message.type is WSMsgType.PING:
                await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                try:
                    self._take_answer(parsed_object(message.data))
                except ValueError:
                    await connection.socket.close(code=WSCloseCode.INVALID_TEXT)

    def _take_answer(self, answer: JsonObject) -> None:
        waiting = self._waiting.get(text_of(answer, "envelope_id"))
        if waiting is not None and not waiting.done():
            waiting.set_result(object_of(answer, "payload"))

    async def _ping(self, connection: Connection) -> None:
        while not connection.is_dead and not connection.socket.closed:
            await asyncio.sleep(self._ping_every)
            if not connection.is_dead:
                with contextlib.suppress(ConnectionError):
                    await connection.socket.ping(b"Ping from applink-sandbox")

    def _hello(self) -> JsonObject:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {"host": "applink-sandbox", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._workspace.app.id},
        }


def _as_sent(envelope: Envelope, envelope_id: str) -> JsonObject:
    sent: JsonObject = {
        "envelope_id": envelope_id,
        "payload": envelope.payload,
        "type": envelope.kind,
        "accepts_response_payload": envelope.kind != "events_api",
    }
    if envelope.kind == "events_api":
        sent |= {"retry_attempt": envelope.retry, "retry_reason": "timeout" if envelope.retry else ""}
    return sent
