"""The audit chain's arithmetic: how an entry is written, and how its hash covers the entry before it.

Entries are canonical JSON as RFC 8785 has it, so that anybody's reader computes the same hash. Older versions wrote
what is not ASCII as escapes; the hash is over what was written, so those entries stand. Knows nothing of tables or of
who reads the trail.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from json.encoder import encode_basestring as _text
from typing import Any, NamedTuple

from pydantic import JsonValue

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


class Actor(str):
    """The id of somebody who acts, with the workspace and the name that it stands for at the time.

    Ids are what everything is decided and kept by; the name is for whoever reads the trail when nobody knows it any
    more.
    """

    team: str
    name: str

    def __new__(cls, user: str, *, team: str = "", name: str = "") -> "Actor":
        actor = super().__new__(cls, user)
        actor.team, actor.name = team, name
        return actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the trail. `data` is canonical JSON."""

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
    """Canonical JSON. Halves of surrogate pairs, which no UTF-8 can carry, become U+FFFD.

    Raises `ValueError` for a float, and for a whole number past 2**53: neither would survive every reader.
    """
    return json.dumps(_ordered(facts), ensure_ascii=False, separators=(",", ":"))


_SAFE = 2**53 - 1
"""Beyond it JSON's numbers are not exact everywhere. Source: RFC 8785, which takes I-JSON (RFC 7493, 2.2)."""

_HALF_A_PAIR = re.compile("[\ud800-\udfff]")


def _ordered(value: JsonValue | Facts) -> JsonValue:
    """With the names of each object in the order of their UTF-16 units, as RFC 8785 has it."""
    match value:
        case str():
            return _HALF_A_PAIR.sub("\ufffd", value)
        case Mapping():
            named = {_HALF_A_PAIR.sub("\ufffd", name): _ordered(inner) for name, inner in value.items()}
            return dict(sorted(named.items(), key=lambda fact: fact[0].encode("utf-16-be")))
        case list() | tuple():
            return [*map(_ordered, value)]
        case float():
            raise ValueError("amounts and times are written as text, never as floats")
        case int() if abs(value) > _SAFE:
            raise ValueError("whole numbers past 2**53 are written as text")
        case _:
            return value


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
    return _digest(seq, stamp, actor, event, request, data, before)


def _digest(seq: int, stamp: str, actor: str, event: str, request: RequestId | None, data: str, before: str) -> str:
    """The array is put together by hand: its encoder would be made anew each time, for twice of what the rest costs."""
    about = "null" if request is None else _text(request)
    fields = f'[{seq},"{stamp}",{_text(actor)},{_text(event)},{about},{_text(data)},{_text(before)}]'
    return hashlib.sha256(fields.encode()).hexdigest()


class Link(NamedTuple):
    """An entry that the next one follows, by its number and hash."""

    seq: int
    hash: str

    @property
    def mark(self) -> str:
        return f"#{self.seq} {self.hash[:SHOWN]}"


BEGINNING = Link(0, GENESIS)


class Written(NamedTuple):
    """An entry as it stands, whoever wrote it and whether it makes sense; `at` in microseconds since 1970, UTC."""

    seq: int
    at: int
    actor: str
    event: str
    request: RequestId | None
    data: str
    before: str
    hash: str

    @property
    def link(self) -> Link:
        return Link(self.seq, self.hash)

    @property
    def stamp(self) -> str:
        """When it was, as its hash covers it."""
        return (_EPOCH + timedelta(0, 0, self.at)).isoformat("T", "microseconds") + "+00:00"

    def facts(self) -> dict[str, JsonValue]:
        """As it is written outside the database."""
        return {**self._asdict(), "at": self.stamp}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Written":
        """What `facts` wrote. Raises what Python raises where it is anything else."""
        at = datetime.fromisoformat(facts["at"]).replace(tzinfo=None) - _EPOCH
        return cls._make({**facts, "at": at // _MICROSECOND}[name] for name in cls._fields)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Without its zone, which takes as long to write as all the rest of a time."""

_MICROSECOND = timedelta(microseconds=1)


def fault(last: Link | Written, found: Written) -> str | None:
    """What is wrong with the entry that stands after the `last` one, in words for a terminal; `None` for nothing."""
    if found.seq != last.seq + 1:
        return f"entry #{last.seq + 1} is missing: #{found.seq} comes next"
    if found.before != last.hash:
        return f"entry #{found.seq} does not follow the entry before it, whose hash is another"
    try:
        own = _digest(found.seq, found.stamp, *found[2:7])
    except (TypeError, ValueError, OverflowError):  # a column holds what nobody can have written into it
        return f"entry #{found.seq} is no entry that the bot wrote"
    return None if own == found.hash else f"entry #{found.seq} is not what its hash covers"
