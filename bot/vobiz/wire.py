"""One call to the provider: one deadline, one bounded body, no repetition, no redirect.

Knows whether a byte of the request left, which is all that tells "not sent" from "lost". Knows nothing of what calls
are for, except for the name that goes into the log; headers, tokens and bodies never do.

httpx is what is spoken here, and aiohttp carries it: at half of what httpcore costs a call, which parses HTTP in
Python. Calls are handed to httpx's transport: its client adds redirects and cookies, of which there are none, for a
fifth of a call. Time-outs are the deadline alone; what the transport calls one may be a connection that broke.

    CallFailed
    ├── NotSent       no byte of the request left
    │   └── Dropped   because the caller said so at the last moment
    └── Lost          the request left, and no whole answer came
"""

import asyncio
import logging
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
import httpx
import structlog
from httpx_aiohttp import AiohttpTransport
from pydantic import SecretStr

from bot.redaction import Redactor
from bot.vobiz.answer import Answer, inflated
from bot.vobiz.routes import Route
from bot.watch import AskedToWait, Step, Watch

LARGEST_BODY: Final = 2 * 1024 * 1024
"""Several times the longest page. Reading JSON stops all threads alike, for some 30 ms a megabyte."""

TOO_MANY: Final = 429

LARGEST_HEADER: Final = 64 * 1024

_log = structlog.stdlib.get_logger(__name__)


class CallFailed(Exception):
    """`reason` is `timeout` or `connection_lost`, for `NotSent` also `connection` and `dropped`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotSent(CallFailed):
    """The provider cannot have seen the call."""


class Dropped(NotSent):
    """The caller took the call back before its first byte."""


class Lost(CallFailed):
    """The provider may have seen the call and acted on it."""


class Deadline:
    """When a call, or a row of calls, ends: `seconds` from now on the event loop's clock."""

    def __init__(self, seconds: float) -> None:
        self.ends = asyncio.get_running_loop().time() + seconds

    @property
    def remaining(self) -> float:
        """Seconds; not below 0."""
        return max(self.ends - asyncio.get_running_loop().time(), 0.0)


@dataclass(slots=True)
class _Departure:
    """Asked right before the request's first bytes leave whether they may."""

    deadline: Deadline
    may_leave: Callable[[], bool]
    has_left: bool = False

    def begin(self) -> None:
        if not self.deadline.remaining:
            raise NotSent("timeout")
        if not self.may_leave():
            raise Dropped("dropped")
        self.has_left = True


_departing: ContextVar[_Departure] = ContextVar("departing")
"""Of the call being made: httpx's transport hands nothing of ours on to aiohttp, whose hook asks for it."""


class Wire:
    """HTTP to the provider: verified certificates, no proxy, no cookies.

    Reads share connections, as many as there are reads at once. A purchase has its own, opened for it and closed after
    it: it waits for no read, and meets no connection that the provider is just closing.
    """

    def __init__(
        self, base_url: str, auth_id: str, auth_token: SecretStr, redact: Redactor, watch: Watch | None = None
    ) -> None:
        self._watch = watch or Watch()
        self._redact = redact
        self.date: str | None = None
        """The header of the last answer."""
        self._base_url = base_url.rstrip("/")
        self._headers = {
            "X-Auth-ID": auth_id,
            "X-Auth-Token": auth_token.get_secret_value(),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
        }
        self._reading = _transport(keeps_connections=True)
        self._buying = _transport(keeps_connections=False)

    async def aclose(self) -> None:
        await self._reading.aclose()
        await self._buying.aclose()

    async def get(self, route: Route, path: str, params: Mapping[str, str], deadline: Deadline) -> Answer:
        departure = _Departure(deadline, lambda: True)
        asked = f"{path}?{urlencode(params)}" if params else path
        return await self._watched(route, self._answer(self._reading, "GET", route, asked, departure))

    async def post(
        self, route: Route, path: str, body: Mapping[str, str], deadline: Deadline, may_leave: Callable[[], bool]
    ) -> Answer:
        """Raises `Dropped` when `may_leave`, asked right before the first byte, says no."""
        departure = _Departure(deadline, may_leave)
        return await self._watched(route, self._answer(self._buying, "POST", route, path, departure, json=body))

    async def _watched(self, route: Route, call: Awaitable[Answer]) -> Answer:
        """The call, which begins here."""
        with self._watch.over(Step("provider_call", route.value)) as step:
            try:
                answer = await call
            except CallFailed as failure:
                step.outcome = failure.reason
                raise
            step.outcome = f"http_{answer.status}"
        if answer.status == TOO_MANY:
            self._watch.tell(AskedToWait("vobiz"))
        return answer

    async def _answer(
        self,
        transport: AiohttpTransport,
        method: str,
        route: Route,
        path: str,
        departure: _Departure,
        **carried: Any,  # noqa: ANN401 - as the library has it
    ) -> Answer:
        started = time.monotonic()
        before = _departing.set(departure)
        try:
            async with asyncio.timeout_at(departure.deadline.ends):
                request = httpx.Request(method, self._base_url + path, headers=self._headers, **carried)
                async with aclosing(await transport.handle_async_request(request)) as response:
                    body = await _bounded_body(response)
        except (TimeoutError, httpx.HTTPError, aiohttp.ClientError, OSError, NotSent) as error:
            failure = _failure(error, has_left=departure.has_left)
            _log.warning(
                "provider call failed",
                method=method,
                route=route.value,
                reason=failure.reason,
                sent=departure.has_left,
                error=type(error).__name__,
                seconds=_since(started),
            )
            raise failure from error
        finally:
            _departing.reset(before)
        self.date = response.headers.get("date")
        answer = Answer.of(response.status_code, response.headers, body, self._redact)
        is_usual = method == "GET" and answer.status == 200  # before each purchase come six such reads
        _log.log(
            logging.DEBUG if is_usual else logging.INFO,
            "provider answered",
            method=method,
            route=route.value,
            status=answer.status,
            seconds=_since(started),
            provider_request_id=answer.request_id,
        )
        return answer


def _transport(*, keeps_connections: bool) -> AiohttpTransport:
    departures = aiohttp.TraceConfig()
    departures.on_request_headers_sent.append(_begin)
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=not keeps_connections),
        cookie_jar=aiohttp.DummyCookieJar(),
        max_line_size=LARGEST_HEADER,
        max_field_size=LARGEST_HEADER,
        trace_configs=[departures],
        middlewares=[_once],
        trust_env=False,
    )
    trusts_nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # and stays unused: the session has the machine's
    return AiohttpTransport(client=session, verify=trusts_nobody)


async def _begin(_session: object, _context: object, _headers: object) -> None:
    """aiohttp says that it sent the headers when it has a connection, and before it writes them."""
    _departing.get().begin()


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """By itself aiohttp makes a read again whose connection broke. It knows such a failure by its own errors alone.

    An answer loses its reason phrase: at one that is no UTF-8 the transport would fail, and leave the connection open.
    """
    try:
        answered = await send(request)
    except aiohttp.ClientConnectorError as error:
        raise httpx.ConnectError(str(error)) from error
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise httpx.ReadError(str(error)) from error
    answered.reason = None
    return answered


async def _bounded_body(response: httpx.Response) -> bytes | None:
    """The whole body, or `None` as soon as it is known to be longer than `LARGEST_BODY`."""
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > LARGEST_BODY:
        return None
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    return inflated(bytes(body), encoding, LARGEST_BODY)


def _failure(error: Exception, *, has_left: bool) -> CallFailed:
    if isinstance(error, NotSent):
        return error
    is_late = isinstance(error, TimeoutError)
    if has_left:
        return Lost("timeout" if is_late else "connection_lost")
    return NotSent("timeout" if is_late else "connection")


def _since(started: float) -> float:
    return round(time.monotonic() - started, 4)
