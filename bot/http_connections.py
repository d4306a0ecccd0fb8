"""What one HTTP connection may take before anybody knows whose it is: time, one of the places, and one log line.

aiohttp sees a connection only once its first header is whole; silent ones it would keep for as long as idle ones.
"""

import asyncio
import errno
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

log: structlog.stdlib.BoundLogger = structlog.get_logger()

HEADER_WITHIN = 10.0
"""Seconds from a connection's, or a later request's, first byte to the end of the header: Slack sends it at once.

As long may an answer lie here that nobody takes: Slack waits three for one.
"""

IDLE_FOR = 90.0
"""Seconds between two requests: longer than proxies keep what they use again, since what they lose so is a click."""

LINGERS = 1.0
"""Seconds that the rest of a body is read and thrown away, so that its sender sees the answer."""

MOST = 512
"""Connections at once, where descriptors allow it. Slack needs a handful; a burst of clicks a place for each."""

SAID_EVERY = 60.0
"""Seconds between two lines that say the same of accepting."""

_OUT_OF_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


AT_A_TIME = 100
"""Connections that asyncio accepts before it looks at any of them."""

FEWEST = 8


def places() -> int:
    """How many connections there may be: half of the descriptors at most, for the database and calls need some too."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if limit == resource.RLIM_INFINITY else max(FEWEST, min(MOST, (limit - AT_A_TIME) // 2))


class Crowd:
    """The connections there are, those first that have asked for nothing for the longest; `most` at once."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._present: dict[HttpConnection, None] = {}

    def add(self, connection: "HttpConnection") -> None:
        """Closes the one that keeps us waiting the longest when there are too many; with none such, the new one."""
        self._present[connection] = None
        if len(self._present) > (places() if self._most is None else self._most):
            next((one for one in self._present if one.keeps_waiting), connection).drop()

    def remove(self, connection: "HttpConnection") -> None:
        self._present.pop(connection, None)

    def put_last(self, connection: "HttpConnection") -> None:
        """It has just been of use."""
        if connection in self._present:
            del self._present[connection]
            self._present[connection] = None


class HttpConnection(web.RequestHandler):
    """One connection, which is dropped when its header does not come, or its answer is not taken."""

    __slots__ = ("_crowd", "_deadline", "_header_within", "_in_hand", "_untaken")

    def __init__(self, server: web.Server, crowd: Crowd, header_within: float) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # what it takes for none
            auto_decompress=False,
            keepalive_timeout=IDLE_FOR,
            lingering_time=LINGERS,
        )
        self._crowd = crowd
        self._header_within = header_within
        self._deadline: asyncio.TimerHandle | None = None
        self._untaken: asyncio.TimerHandle | None = None
        self._in_hand: web.Request | None = None

    @property
    def keeps_waiting(self) -> bool:
        """Is it for the other side to send something? A request of which all has come is being worked on."""
        return self._in_hand is None or not self._in_hand.content.is_eof()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if isinstance(transport, asyncio.WriteTransport):
            transport.set_write_buffer_limits(0)
        self._await_header()
        self._crowd.add(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._header_came()
        self._was_taken()
        self._crowd.remove(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Some of an answer was not taken."""
        super().pause_writing()
        self._untaken = asyncio.get_running_loop().call_later(self._header_within, self.drop)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._was_taken()

    def data_received(self, data: bytes) -> None:
        if self._in_hand is None and self._deadline is None:
            self._await_header()
        super().data_received(data)
        if self._messages and isinstance(reason := getattr(self._messages[-1][0], "exc", None), HttpProcessingError):
            _forget_what_was_sent(reason)

    async def handled(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Its header is whole."""
        self._header_came()
        self._in_hand = request
        try:
            return await handler(request)
        finally:
            self._in_hand = None
            self._crowd.put_last(self)

    def drop(self) -> None:
        """At once, and without a word: there may be no room for one."""
        self._crowd.remove(self)
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        if not isinstance(exc, HttpProcessingError):
            return super().handle_error(request, status, exc, message)
        log.warning("malformed request", error=type(exc).__name__)
        refusal = web.Response(status=400)
        refusal.force_close()
        return refusal

    def log_exception(self, *args: object, **kwargs: object) -> None:
        """A body that is none is its sender's fault, also where nobody wanted to read it."""
        reason = kwargs.get("exc_info")
        if isinstance(reason, HttpProcessingError | web.RequestPayloadError):
            log.warning("malformed request", error=type(reason).__name__)
            _forget_what_was_sent(reason)
        else:
            super().log_exception(*args, **kwargs)

    def _await_header(self) -> None:
        self._deadline = asyncio.get_running_loop().call_later(self._header_within, self.drop)

    def _header_came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _was_taken(self) -> None:
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None


def _forget_what_was_sent(reason: BaseException) -> None:
    """Its traceback holds that, and lies in a circle with it: a quarter of a megabyte until a rare collection."""
    reason.__traceback__ = reason.__context__ = reason.__cause__ = None


@web.middleware
async def in_its_connection(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tells a connection of ours that it has a request in hand."""
    connection = request.protocol
    return await (connection.handled(request, handler) if isinstance(connection, HttpConnection) else handler(request))


@contextmanager
def saying_seldom() -> Iterator[None]:
    """One line a minute while no connection can be accepted, where asyncio logs a traceback for each."""
    loop, said_at = asyncio.get_running_loop(), float("-inf")
    before = loop.get_exception_handler()

    def say(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal said_at
        reason = context.get("exception")
        if isinstance(context.get("protocol"), HttpConnection):
            log.warning("malformed request", error=type(reason).__name__)
        elif not (isinstance(reason, OSError) and reason.errno in _OUT_OF_DESCRIPTORS and "socket" in context):
            loop.default_exception_handler(context) if before is None else before(loop, context)
        elif loop.time() - said_at >= SAID_EVERY:
            said_at = loop.time()
            log.error("connections cannot be accepted", reason=reason.strerror)

    loop.set_exception_handler(say)
    try:
        yield
    finally:
        loop.set_exception_handler(before)
