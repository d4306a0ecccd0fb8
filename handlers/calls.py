"""One call to Slack's Web API, and what its failures mean. Nothing here repeats a call: the outbox does.

Obeys `Retry-After` per method and channel (source: Slack's page on rate limits).
"""

import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.clock import Clock
from bot.redaction import Redactor
from bot.services.ports import CannotEdit, MessageGone, NotDelivered, NotLetIn, Undeliverable
from bot.watch import AskedToWait, Watch

T = TypeVar("T")

LOGGER = logging.getLogger("slack_sdk")
"""For the library's clients, which ask the level of the very logger they have: with one that has none of its own they
write every call down whole, and throw that away.
"""

PASSING = frozenset(
    {
        "external_channel_migrating",
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "streaming_state_conflict",
        "team_added_to_org",
        "update_failed",
    }
)
"""Slack's error codes for what may go better next time (source: the error tables of Slack's method pages)."""

NOT_LET_IN = frozenset(
    {
        "access_denied",
        "accesslimited",
        "account_inactive",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
"""Those about our token or the workspace: the same message goes through once somebody has put that right."""

GONE = frozenset({"message_not_found", "thread_not_found"})

FIXED = frozenset({"block_mismatch", "cant_update_message", "edit_window_closed"})
"""The message is there, and stays as it is (source: Slack's page on `chat.update`)."""

NO_WAIT_GIVEN = 1.0

LONGEST_WAIT = 3600.0
"""Seconds: what asks for more is no answer of Slack's."""


_KNOWS_NONE = Redactor()


class RedactingClient(AsyncWebClient):
    """The Web API, to which no body with a secret in it is sent."""

    redact = _KNOWS_NONE

    async def api_call(
        self,
        api_method: str,
        *,
        json: object = None,
        **arguments: Any,  # noqa: ANN401 - as the library has it
    ) -> AsyncSlackResponse:
        body: Any = self.redact.everywhere(json)
        return await super().api_call(api_method, json=body, **arguments)


class SlackCalls:
    """Runs calls, and remembers where Slack asked to wait."""

    def __init__(self, clock: Clock, redact: Redactor = _KNOWS_NONE, watch: Watch | None = None) -> None:
        self._clock = clock
        self._watch = watch or Watch()
        self.redact = redact
        self._waits: dict[tuple[str, str], float] = {}

    async def run(self, method: str, place: str, call: Callable[[], Awaitable[T]]) -> T:
        """`place` is the channel or user the call is limited by.

        Raises `NotDelivered`, `MessageGone`, `CannotEdit` or `Undeliverable`.
        """
        left = self._waits.get((method, place), 0.0) - self._clock.monotonic()
        if left > 0:
            raise NotDelivered("ratelimited", retry_after=left)
        try:
            return await call()
        except SlackApiError as refused:
            refusal = _Refusal.of(refused)
            raise self._meaning(replace(refusal, code=self.redact(refusal.code)), method, place) from refused
        except aiohttp.ClientConnectorError as unreached:
            raise NotDelivered(type(unreached).__name__) from unreached
        except (TimeoutError, aiohttp.ClientError, SlackClientError, OSError, ValueError, AttributeError) as lost:
            # AttributeError: the library takes whatever came with a 200 for a JSON object of Slack's.
            raise NotDelivered(type(lost).__name__, may_have_arrived=True) from lost

    def _meaning(self, refusal: "_Refusal", method: str, place: str) -> Exception:
        if refusal.status == 429 or refusal.code in ("ratelimited", "rate_limited"):
            return self.too_fast(method, place, refusal.headers)
        if refusal.status >= 500 or refusal.code in PASSING or not refusal.code:
            return NotDelivered(refusal.code or f"http_{refusal.status}", may_have_arrived=True)
        if refusal.code in NOT_LET_IN:
            return NotLetIn(refusal.code)
        if refusal.code in GONE:
            return MessageGone(refusal.code)
        if refusal.code in FIXED:
            return CannotEdit(refusal.code)
        return Undeliverable(refusal.code)

    def too_fast(self, method: str, place: str, headers: Mapping[str, str]) -> NotDelivered:
        """Remembers how long the answer with these headers asked to wait."""
        wait = _retry_after(headers)
        self._watch.tell(AskedToWait("slack"))
        now = self._clock.monotonic()
        self._waits = {key: until for key, until in self._waits.items() if until > now}
        self._waits[method, place] = now + wait
        return NotDelivered("ratelimited", retry_after=wait)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    """An answer that is no success; without a `code` it is not Slack's own."""

    status: int
    code: str
    headers: Mapping[str, str]

    @classmethod
    def of(cls, refused: SlackApiError) -> "_Refusal":
        answer = refused.response
        if isinstance(answer, aiohttp.ClientResponse):  # what the library hands over when the body is no JSON
            return cls(status=answer.status, code="", headers=answer.headers)
        code = answer.data.get("error") if isinstance(answer.data, dict) else None
        return cls(status=answer.status_code, code=str(code or ""), headers=answer.headers)


def _retry_after(headers: Mapping[str, str]) -> float:
    given = {str(name).lower(): value for name, value in headers.items()}
    try:
        seconds = float(given["retry-after"])
    except (KeyError, ValueError):
        return NO_WAIT_GIVEN
    return NO_WAIT_GIVEN if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_WAIT)
