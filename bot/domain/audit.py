"""The audit chain's arithmetic: how an entry is written, and how its hash covers the entry before it.

Knows nothing of tables or of who reads the trail.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from bot.domain import trail
from bot.domain.facts import Facts
from bot.domain.request import RequestId
from bot.domain.trail import AnyTold, Event

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""

SHOWN = 12
"""Hex digits of an entry's hash that Slack shows."""

BOT = "bot"
"""The actor of what nobody clicked."""

OPERATOR = "operator"
"""The actor of what was done on the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the trail. `data` is canonical JSON: sorted keys, no spaces, ASCII only."""

    seq: int
    at: datetime
    actor: str
    event: Event
    request: RequestId | None
    data: str
    before: str
    hash: str

    @property
    def mark(self) -> str:
        """How Slack shows the entry: its number and the first digits of its hash."""
        return f"#{self.seq} {self.short_hash}"

    @property
    def short_hash(self) -> str:
        return self.hash[:SHOWN]

    @property
    def told(self) -> AnyTold:
        """What it tells, as it was written. Raises pydantic's `ValidationError` for what no version wrote."""
        return _read(self.event, self.data)


@lru_cache(maxsize=256)
def _read(event: Event, data: str) -> AnyTold:
    """A card asks several times what its entry tells, and is written several times."""
    return trail.read(event, json.loads(data))


def canonical(facts: Facts) -> str:
    """Canonical JSON; raises `ValueError` for a float, which would not survive every reader."""
    written = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    json.loads(written, parse_float=_refuse, parse_constant=_refuse)
    return written


def _refuse(_float: str) -> float:
    raise ValueError("amounts and times are written as text, never as floats")


def entry(
    *, seq: int, at: datetime, actor: str, event: Event, request: RequestId | None, facts: Facts, before: str
) -> Entry:
    """The entry that follows the one whose hash is `before`. `at` is kept to the microsecond."""
    data = canonical(facts)
    return Entry(
        seq=seq,
        at=at,
        actor=actor,
        event=event,
        request=request,
        data=data,
        before=before,
        hash=digest(seq, at, actor, event, request, data, before),
    )


def digest(seq: int, at: datetime, actor: str, event: str, request: RequestId | None, data: str, before: str) -> str:
    """SHA-256 over the canonical JSON array of an entry's fields, as 64 hex digits."""
    stamp = at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = [seq, stamp, actor, event, request, data, before]
    return hashlib.sha256(json.dumps(fields, separators=(",", ":"), ensure_ascii=True).encode()).hexdigest()
