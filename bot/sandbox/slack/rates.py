"""Slack's rate limits as far as they are known: per method, for `chat.postMessage` per method and channel.

Knows nothing of faults on order. Off unless the workspace wants them. Source: Slack's rate limit tiers and
its page on posting (one a second and channel with short bursts; about 50 updates a minute).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """A bucket that holds `burst` calls and gains `per_second` of one every second."""

    per_second: float
    burst: float
    per_channel: bool = False


def _tier(per_minute: int) -> Allowance:
    return Allowance(per_second=per_minute / 60, burst=per_minute / 4)


ALLOWANCES: Mapping[str, Allowance] = {
    "chat.postMessage": Allowance(per_second=1, burst=5, per_channel=True),
    "chat.update": _tier(50),
    "chat.delete": _tier(50),
    "chat.postEphemeral": _tier(100),
    "chat.getPermalink": _tier(100),
    "views.open": _tier(100),
    "views.push": _tier(100),
    "views.update": _tier(100),
    "views.publish": _tier(100),
    "users.info": _tier(100),
    "usergroups.users.list": _tier(20),
    "usergroups.list": _tier(20),
    "conversations.info": _tier(50),
    "conversations.history": _tier(50),
    "conversations.replies": _tier(50),
    "bots.info": _tier(50),
    "apps.connections.open": _tier(4),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bucket:
    level: float
    at: float


class Rates:
    """Counts calls. Time comes from the monotonic clock it is given."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def take(self, method: str, channel: str) -> int | None:
        """Counts one call; gives the seconds to wait when it is one too many."""
        allowance = ALLOWANCES.get(method)
        if allowance is None:
            return None
        now = self._monotonic()
        key = (method, channel if allowance.per_channel else "")
        bucket = self._buckets.get(key, _Bucket(level=allowance.burst, at=now))
        level = min(allowance.burst, bucket.level + (now - bucket.at) * allowance.per_second)
        if level < 1:
            self._buckets[key] = replace(bucket, level=level, at=now)
            return max(1, math.ceil((1 - level) / allowance.per_second))
        self._buckets[key] = _Bucket(level=level - 1, at=now)
        return None
