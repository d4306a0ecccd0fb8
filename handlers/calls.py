"""One call to Slack's Web API, and what its failures mean. Nothing here repeats a call: the outbox does.

Obeys `Retry-After` per method and channel (source: Slack's page on rate limits).
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.clock import Clock
from bot.services.ports import MessageGone, NotDelivered, Undeliverable

T = TypeVar("T")

PASSING = frozenset(
    {
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
"""Slack's error codes for what may go better next time (source: the error tables of Slack's method pages)."""

GONE = frozenset({"message_not_found", "thread_not_found"})

NO_WAIT_GIVEN = 1.0


class SlackCalls:
    """Runs calls, and remembers where Slack asked to wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waits: dict[tuple[str, str], float] = {}

    async def run(self, method: str, place: str, call: Callable[[], Awaitable[T]]) -> T:
        """`place` is the channel or user the call is limited by.

        Raises `NotDelivered`, `MessageGone` or `Undeliverable`.
        """
        left = self._waits.get((method, place), 0.0) - self._clock.monotonic()
        if left > 0:
            raise NotDelivered("ratelimited", retry_after=left)
        try:
            return await call()
        except SlackApiError as refused:
            raise self._meaning(refused, method, place) from refused
        except aiohttp.ClientConnectorError as unreached:
            raise NotDelivered(type(unreached).__name__) from unreached
        except (TimeoutError, aiohttp.ClientError, SlackClientError, OSError, ValueError) as lost:
            raise NotDelivered(type(lost).__name__, may_have_arrived=True) from lost

    def _meaning(self, refused: SlackApiError, method: str, place: str) -> Exception:
        status, code = refused.response.status_code, str(refused.response.get("error") or "")
        if status == 429 or code in ("ratelimited", "rate_limited"):
            wait = _retry_after(refused)
            self._waits = {key: until for key, until in self._waits.items() if until > self._clock.monotonic()}
            self._waits[method, place] = self._clock.monotonic() + wait
            return NotDelivered("ratelimited", retry_after=wait)
        if status >= 500 or code in PASSING or not code:
            return NotDelivered(code or f"http_{status}", may_have_arrived=True)
        if code in GONE:
            return MessageGone(code)
        return Undeliverable(code)


def _retry_after(refused: SlackApiError) -> float:
    headers = {str(name).lower(): value for name, value in refused.response.headers.items()}
    try:
        return max(float(headers["retry-after"]), 0.0)
    except (KeyError, ValueError):
        return NO_WAIT_GIVEN
