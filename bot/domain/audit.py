"""The audit chain's arithmetic: how an entry is written, and how its hash covers the entry before it.

Knows nothing of tables or of who reads the trail.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import JsonValue

from bot.domain.request import RequestId

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""

SHOWN = 12
"""Hex digits of an entry's hash that Slack shows."""

BOT = "bot"
"""The actor of what nobody clicked."""

OPERATOR = "operator"
"""The actor of what was done on the command line."""

Facts = Mapping[str, JsonValue]


class Event(StrEnum):
    """What happened. The names stand in exports and are as stable as `interface.md`."""

    REQUESTED = "requested"
    REQUEST_REFUSED = "request_refused"
    VOTED = "voted"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REMINDED = "reminded"
    DECISION_REFUSED = "decision_refused"
    ASKED_AGAIN = "asked_again"
    ATTEMPT_RECORDED = "attempt_recorded"
    NOT_EXECUTED = "not_executed"
    PURCHASED = "purchased"
    FAILED = "failed"
    CHECKING = "checking"
    CHARGED_WITHOUT_NUMBER = "charged_without_number"
    PEOPLE_ASKED = "people_asked"
    LOOK_ASKED = "look_asked"
    WRITTEN_OFF = "written_off"
    SETTLED = "settled"
    SWEEP_ALERT = "sweep_alert"
    FROZEN = "frozen"
    UNFROZEN = "unfrozen"
    PARKED = "parked"


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
        return f"#{self.seq} {self.hash[:SHOWN]}"

    def facts(self) -> Facts:
        facts: dict[str, JsonValue] = json.loads(self.data)
        return facts


def canonical(facts: Facts) -> str:
    """Canonical JSON; raises `ValueError` for a float, which would not survive every reader."""
    _refuse_floats(dict(facts))
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


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


def _refuse_floats(value: JsonValue) -> None:
    match value:
        case float():
            raise ValueError("amounts and times are written as text, never as floats")
        case dict():
            for item in value.values():
                _refuse_floats(item)
        case list():
            for item in value:
                _refuse_floats(item)
        case _:
            pass
