"""What Slack sends to the app, and what came of it. The two ways there are `socket_mode.py` and `http_delivery.py`.

Knows nothing of what a payload means.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.sandbox.slack.shapes import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One payload on its way. `retry` counts deliveries before this one; Slack repeats events only."""

    kind: Literal["slash_commands", "interactive", "events_api"]
    payload: JsonObject
    retry: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """Answered in time. `body` is empty for a bare acknowledgement; plain text arrives as its `text`."""

    body: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """No answer within the deadline; a later one is ignored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """Nobody listens, or what listens answered with an HTTP error. `status` is that error, if there was one."""

    status: int | None = None


Answer: TypeAlias = Acknowledged | TimedOut | Unreachable
