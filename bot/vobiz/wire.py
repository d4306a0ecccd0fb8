"""One call to the provider: one deadline, one bounded body, no repetition, no redirect.

Knows whether a byte of the request left, which is all that tells "not sent" from "lost". Knows nothing of what calls
are for, except for the name that goes into the log; headers, tokens and bodies never do.

    CallFailed
    ├── NotSent       no byte of the request left
    │   └── Dropped   because the caller said so at the last moment
    └── Lost          the request left, and no whole answer came
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final

import httpx
import structlog
from pydantic import SecretStr

from bot.redaction import Redactor
from bot.vobiz.answer import Answer, inflated
from bot.vobiz.routes import Route

LARGEST_BODY: Final = 2 * 1024 * 1024
"""Several times the longest page. Reading JSON stops all threads alike, for some 30 ms a megabyte."""

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
        self._ends = asyncio.get_running_loop().time() + seconds

    @property
    def remaining(self) -> float:
        """Seconds; not below 0."""
        return max(self._ends - asyncio.get_running_loop().time(), 0.0)

    def timeout(self) -> asyncio.Timeout:
        return asyncio.timeout_at(self._ends)


class _Departure:
    """httpcore's trace hook: notes when the request's first bytes leave, and asks right before whether they may."""

    def __init__(self, may_leave: Callable[[], bool]) -> None:
        self.has_left = False
        self._may_leave = may_leave

    async def __call__(self, event: str, _details: Mapping[str, object]) -> None:
        if event.endswith(".send_request_headers.started"):
            if not self._may_leave():
                raise Dropped("dropped")
            self.has_left = True


class Wire:
    """The one HTTP client: pooled connections, verified certificates, nothing taken from the environment."""

    def __init__(self, base_url: str, auth_id: str, auth_token: SecretStr, redact: Redactor) -> None:
        self._redact = redact
        self._base_url = base_url.rstrip("/")
        self._http = httpx.AsyncClient(
            headers={
                "X-Auth-ID": auth_id,
                "X-Auth-Token": auth_token.get_secret_value(),
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "Content-Type": "application/json",
            },
            transport=httpx.AsyncHTTPTransport(retries=0, trust_env=False),
            follow_redirects=False,
            trust_env=False,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def get(self, route: Route, path: str, params: Mapping[str, str], deadline: Deadline) -> Answer:
        request = self._http.build_request("GET", self._base_url + path, params=params)
        return await self._call(request, route, deadline, _Departure(lambda: True))

    async def post(
        self, route: Route, path: str, body: Mapping[str, str], deadline: Deadline, may_leave: Callable[[], bool]
    ) -> Answer:
        """Raises `Dropped` when `may_leave`, asked right before the first byte, says no."""
        request = self._http.build_request("POST", self._base_url + path, json=body)
        return await self._call(request, route, deadline, _Departure(may_leave))

    async def _call(self, request: httpx.Request, route: Route, deadline: Deadline, departure: _Departure) -> Answer:
        request.extensions |= {"trace": departure, "timeout": _while_connecting(deadline.remaining).as_dict()}
        log = _log.bind(method=request.method, route=route.value)
        started = time.monotonic()
        try:
            answer = await self._whole_answer(request, deadline)
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
        log.info(
            "provider answered", status=answer.status, seconds=_since(started), provider_request_id=answer.request_id
        )
        return answer

    async def _whole_answer(self, request: httpx.Request, deadline: Deadline) -> Answer:
        async with deadline.timeout():
            response = await self._http.send(request, stream=True)
            try:
                body = await _bounded_body(response)
            finally:
                await response.aclose()
        return Answer.of(response.status_code, response.headers, body, self._redact)


def _while_connecting(seconds: float) -> httpx.Timeout:
    """Half for TCP, half for TLS. The deadline would do, but httpcore leaks a socket cancelled in its handshake."""
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
