"""Cards: where in Slack the approval messages stand, and what they show."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, String, bindparam, func, insert, or_, select, update

from bot.store.columns import UtcTime, fields
from bot.store.tables import cards


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An approval message. `ts` is `None` until Slack's answer to its posting is known."""

    id: str
    channel: str
    ts: str | None
    shown: int
    """The newest audit entry it shows."""
    copy_of: str | None


_ADD = insert(cards)
_GET = select(cards).where(cards.c.id == bindparam("card"))
_CHANNELS = select(cards.c.channel).distinct()
_POSTED_LAST = (
    select(cards.c.channel, func.max(cards.c.posted_at, type_=UtcTime))
    .where(cards.c.posted_at.is_not(None))
    .group_by(cards.c.channel)
    .order_by(func.max(cards.c.posted_at).desc())
)
_LOCK = _GET.with_for_update()
_WITH_COPIES = (
    select(cards)
    .where(or_(cards.c.id == bindparam("card"), cards.c.copy_of == bindparam("card")))
    .order_by(cards.c.copy_of.is_not(None))
)
_STANDING = select(cards.c.id, cards.c.channel, cards.c.ts).where(
    cards.c.id.in_(bindparam("cards", expanding=True)), cards.c.ts.is_not(None)
)
_CHANGE = update(cards).where(cards.c.id == bindparam("card"))
_LOSE = _CHANGE.where(cards.c.ts == bindparam("stood_at"))
_STANDING_AT = select(func.coalesce(cards.c.copy_of, cards.c.id, type_=String)).where(
    cards.c.channel == bindparam("channel"), cards.c.ts == bindparam("ts")
)


def add(connection: Connection, card: str, channel: str) -> None:
    connection.execute(_ADD, {"id": card, "channel": channel})


def get(connection: Connection, card: str) -> Card:
    """Raises SQLAlchemy's `NoResultFound` for an unknown id."""
    return _card(connection.execute(_GET, {"card": card}).one())


def channels(connection: Connection) -> list[str]:
    """Where any stands, or was to stand."""
    return [*connection.execute(_CHANNELS).scalars()]


def posted_last(connection: Connection) -> list[tuple[str, datetime]]:
    """Each channel with the time of its last card, newest first. Reads all cards."""
    return [(channel, at) for channel, at in connection.execute(_POSTED_LAST)]


def lock(connection: Connection, card: str) -> Card:
    """As `get`, kept from changing until the transaction ends."""
    return _card(connection.execute(_LOCK, {"card": card}).one())


def with_copies(connection: Connection, card: str) -> list[Card]:
    """The card, first, and every copy that a lost answer left in the channel."""
    return [_card(row) for row in connection.execute(_WITH_COPIES, {"card": card})]


def standing_among(connection: Connection, named: Collection[str]) -> dict[str, tuple[str, str]]:
    """Channel and ts of those of these cards that stand."""
    found = connection.execute(_STANDING, {"cards": [*named]}) if named else ()
    return {card: (channel, ts) for card, channel, ts in found}


def posted(connection: Connection, card: str, *, ts: str, shown: int, at: datetime) -> None:
    """The card stands in its channel."""
    connection.execute(_CHANGE, {"card": card, "ts": ts, "shown": shown, "posted_at": at})


def rewritten(connection: Connection, card: str, *, shown: int) -> None:
    connection.execute(_CHANGE, {"card": card, "shown": shown})


def lost(connection: Connection, card: str, *, ts: str) -> bool:
    """This message is its card no more: the next posting is. False when another one is already."""
    return connection.execute(_LOSE, {"card": card, "stood_at": ts, "ts": None, "shown": 0}).rowcount > 0


def standing_at(connection: Connection, channel: str, ts: str) -> str | None:
    """The id of the card that this message is, or is a copy of."""
    found: str | None = connection.execute(_STANDING_AT, {"channel": channel, "ts": ts}).scalar_one_or_none()
    return found


def remember_copy(connection: Connection, card: str, *, copy: str, channel: str, ts: str, at: datetime) -> None:
    """Keeps a message of ours that is not the card we know, to be rewritten with it."""
    connection.execute(_ADD, {"id": copy, "channel": channel, "ts": ts, "posted_at": at, "copy_of": card})


def _card(row: Row[Any]) -> Card:
    return Card(**fields(row, cards, Card))
