"""One call to the provider: one deadline, one bounded body, no repetition, no redirect.

Knows whether a byte of the request left, which is all that tells "not sent" from "lost". Knows nothing of what calls
are for, except for the name that goes into the log; headers, tokens and bodies never do.

    CallFailed
    ├── NotSent       no byte of the request left
    │   └── Dropped   because the caller said so at the last moment
    └── Lost          the request left, and no whole answer came
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

import aiohttp
import structlog
from pydantic import SecretStr

from bot.redaction import Redactor
from bot.vobiz.answer import Answer, inflated
from bot.vobiz.routes import Route

LARGEST_BODY: Final = 2 * 1024 * 1024
"""Several times the longest page. Reading JSON stops all threads alike, for some 30 ms a megabyte."""

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


class Wire:
    """HTTP to the provider: verified certificates, no proxy, no cookies.

    Reads share connections, as many as there are reads at once. A purchase has its own, opened for it and closed after
    it: it waits for no read, and meets no connection that the provider is just closing.
    """

    def __init__(self, base_url: str, auth_id: str, auth_token: SecretStr, redact: Redactor) -> None:
        self._redact = redact
        self._base_url = base_url.rstrip("/")
        self._reading = _session(auth_id, auth_token, keeps_connections=True)
        self._buying = _session(auth_id, auth_token, keeps_connections=False)

    async def aclose(self) -> None:
        await self._reading.close()
        await self._buying.close()

    async def get(self, route: Route, path: str, params: Mapping[str, str], deadline: Deadline) -> Answer:
        departure = _Departure(deadline, lambda: True)
        return await self._call(self._reading, "GET", route, path, departure, params=params)

    async def post(
        self, route: Route, path: str, body: Mapping[str, str], deadline: Deadline, may_leave: Callable[[], bool]
    ) -> Answer:
        """Raises `Dropped` when `may_leave`, asked right before the first byte, says no."""
        departure = _Departure(deadline, may_leave)
        data = json.dumps(body, separators=(",", ":")).encode()
        return await self._call(self._buying, "POST", route, path, departure, data=data)

    async def _call(
        self,
        session: aiohttp.ClientSession,
        method: str,
        route: Route,
        path: str,
        departure: _Departure,
        **carried: Any,  # noqa: ANN401 - as the library has it
    ) -> Answer:
        started = time.monotonic()
        try:
            async with (
                asyncio.timeout_at(departure.deadline.ends),
                session.request(
                    method, self._base_url + path, allow_redirects=False, trace_request_ctx=departure, **carried
                ) as response,
            ):
                body = await _bounded_body(response)
        except (TimeoutError, aiohttp.ClientError, OSError, _Broken, NotSent) as error:
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
        answer = Answer.of(response.status, response.headers, body, self._redact)
        _log.info(
            "provider answered",
            method=method,
            route=route.value,
            status=answer.status,
            seconds=_since(started),
            provider_request_id=answer.request_id,
        )
        return answer


def _session(auth_id: str, auth_token: SecretStr, *, keeps_connections: bool) -> aiohttp.ClientSession:
    departures = aiohttp.TraceConfig()
    departures.on_request_headers_sent.append(_begin)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=not keeps_connections),
        headers={
            "X-Auth-ID": auth_id,
            "X-Auth-Token": auth_token.get_secret_value(),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
        },
        timeout=aiohttp.ClientTimeout(),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        max_line_size=LARGEST_HEADER,
        max_field_size=LARGEST_HEADER,
        trace_configs=[departures],
        middlewares=[_once],
    )


async def _begin(_session: aiohttp.ClientSession, context: SimpleNamespace, _headers: object) -> None:
    """aiohttp says that it sent the headers when it has a connection, and before it writes them."""
    context.trace_request_ctx.begin()


class _Broken(Exception):
    """The connection broke."""


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """By itself aiohttp makes a read again whose connection broke. It knows such a failure by its own errors alone."""
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Broken(type(error).__name__) from error


async def _bounded_body(response: aiohttp.ClientResponse) -> bytes | None:
    """The whole body, or `None` as soon as it is known to be longer than `LARGEST_BODY`."""
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > LARGEST_BODY:
        return None
    body = bytearray()
    async for chunk in response.content.iter_any():
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
