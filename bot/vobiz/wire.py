"""One call to the provider: one deadline, one bounded body, no repetition, no redirect.

Knows whether a byte of the request left, which is all that tells "not sent" from "lost". Knows nothing of what calls
are for, except for the name that goes into the log; headers, tokens and bodies never do.

httpcore never frees the place in its pool of a connection whose call was cancelled before it was open. So each call is
a task of its own: whoever is cancelled only stops waiting for it, httpx's time-outs end it until its first byte leaves,
and its deadline from then on. What bounds the calls is ours, not the pool, which a place that is lost could wedge.

    CallFailed
    ├── NotSent       no byte of the request left
    │   └── Dropped   because the caller said so at the last moment
    └── Lost          the request left, and no whole answer came
"""

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Final

import httpx
import structlog
from pydantic import SecretStr

from bot.redaction import Redactor
from bot.vobiz.answer import Answer, inflated
from bot.vobiz.routes import Route

LARGEST_BODY: Final = 2 * 1024 * 1024
"""Several times the longest page. Reading JSON stops all threads alike, for some 30 ms a megabyte."""

READS_AT_ONCE: Final = 40
"""Reads on their way; the next ones wait for their turn as long as their deadline allows.

As many as all lanes and forms have together: a bound for what nobody thought of.
"""

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


class _Departure:
    """httpcore's trace hook: asks right before the request's first bytes leave whether they may.

    `limit` is around the call: nothing until they leave, from then on the deadline.
    """

    def __init__(self, deadline: Deadline, may_leave: Callable[[], bool]) -> None:
        self.deadline = deadline
        self.limit = asyncio.timeout(None)
        self.has_left = False
        self.is_called_off = False
        """Nobody waits for the call any more."""
        self._may_leave = may_leave

    async def __call__(self, event: str, _details: Mapping[str, object]) -> None:
        if event.endswith(".send_request_headers.started"):
            if not self.deadline.remaining:
                raise NotSent("timeout")
            if self.is_called_off or not self._may_leave():
                raise Dropped("dropped")
            self.has_left = True
            self.limit.reschedule(self.deadline.ends)


class Wire:
    """HTTP to the provider: verified certificates, nothing taken from the environment.

    Reads share connections. A purchase has its own, opened for it and closed after it: it waits for no read, and meets
    no connection that the provider is just closing.
    """

    def __init__(self, base_url: str, auth_id: str, auth_token: SecretStr, redact: Redactor) -> None:
        self._redact = redact
        self._base_url = base_url.rstrip("/")
        certificates = httpx.create_ssl_context(trust_env=False)
        self._reading = _client(auth_id, auth_token, certificates, most_idle=READS_AT_ONCE)
        self._buying = _client(auth_id, auth_token, certificates, most_idle=0)
        self._turns = asyncio.Semaphore(READS_AT_ONCE)
        self._calls: set[asyncio.Task[Answer]] = set()

    async def aclose(self) -> None:
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self._reading.aclose()
        await self._buying.aclose()

    async def get(self, route: Route, path: str, params: Mapping[str, str], deadline: Deadline) -> Answer:
        request = self._reading.build_request("GET", self._base_url + path, params=params)
        try:
            async with asyncio.timeout_at(deadline.ends):
                await self._turns.acquire()
        except TimeoutError as error:
            _log.warning("no turn for a provider call", route=route.value)
            raise NotSent("timeout") from error
        departure = _Departure(deadline, lambda: True)
        call = self._begin(self._reading, request, route, departure)
        call.add_done_callback(lambda _: self._turns.release())
        return await _end_of(call, departure)

    async def post(
        self, route: Route, path: str, body: Mapping[str, str], deadline: Deadline, may_leave: Callable[[], bool]
    ) -> Answer:
        """Raises `Dropped` when `may_leave`, asked right before the first byte, says no."""
        request = self._buying.build_request("POST", self._base_url + path, json=body)
        departure = _Departure(deadline, may_leave)
        return await _end_of(self._begin(self._buying, request, route, departure), departure)

    def _begin(
        self, client: httpx.AsyncClient, request: httpx.Request, route: Route, departure: _Departure
    ) -> asyncio.Task[Answer]:
        timeout = _while_connecting(departure.deadline.remaining)
        request.extensions |= {"trace": departure, "timeout": timeout.as_dict()}
        call = asyncio.create_task(_call(client, request, route, departure, self._redact))
        self._calls.add(call)
        call.add_done_callback(self._ended)
        return call

    def _ended(self, call: asyncio.Task[Answer]) -> None:
        """A failure that nobody waits for any more is nobody's surprise: it was logged."""
        self._calls.discard(call)
        if not call.cancelled():
            call.exception()


def _client(auth_id: str, auth_token: SecretStr, certificates: ssl.SSLContext, *, most_idle: int) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=most_idle)
    return httpx.AsyncClient(
        headers={
            "X-Auth-ID": auth_id,
            "X-Auth-Token": auth_token.get_secret_value(),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
        },
        transport=httpx.AsyncHTTPTransport(verify=certificates, retries=0, trust_env=False, limits=limits),
        follow_redirects=False,
        trust_env=False,
    )


async def _end_of(call: asyncio.Task[Answer], departure: _Departure) -> Answer:
    """Whoever is cancelled here leaves the call alone, except that it may not leave any more."""
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        departure.is_called_off = True
        raise


async def _call(
    client: httpx.AsyncClient, request: httpx.Request, route: Route, departure: _Departure, redact: Redactor
) -> Answer:
    log = _log.bind(method=request.method, route=route.value)
    started = time.monotonic()
    try:
        answer = await _whole_answer(client, request, departure, redact)
    except (TimeoutError, httpx.HTTPError, httpx.StreamError, OSError, NotSent) as error:
        failure = _failure(error, has_left=departure.has_left)
        log.warning(
            "provider call failed",
            reason=failure.reason,
            sent=departure.has_left,
            error=type(error).__name__,
            seconds=_since(started),
        )
        raise failure from error
    log.info("provider answered", status=answer.status, seconds=_since(started), provider_request_id=answer.request_id)
    return answer


async def _whole_answer(
    client: httpx.AsyncClient, request: httpx.Request, departure: _Departure, redact: Redactor
) -> Answer:
    """The response is closed outside the limit: closing that is cut short would lose the connection too."""
    async with AsyncExitStack() as opened, departure.limit:
        response = await client.send(request, stream=True)
        opened.push_async_callback(response.aclose)
        body = await _bounded_body(response)
    return Answer.of(response.status_code, response.headers, body, redact)


def _while_connecting(seconds: float) -> httpx.Timeout:
    """Half for TCP, half for TLS."""
    return httpx.Timeout(None, connect=seconds / 2)


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
    timed_out = isinstance(error, TimeoutError | httpx.TimeoutException)
    if has_left:
        return Lost("timeout" if timed_out else "connection_lost")
    return NotSent("timeout" if timed_out else "connection")


def _since(started: float) -> float:
    return round(time.monotonic() - started, 4)
