"""Cards: where in Slack the approval messages stand, and what they show."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, String, func, insert, or_, select, update

from bot.store.columns import fields
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


def add(connection: Connection, card: str, channel: str) -> None:
    connection.execute(insert(cards).values(id=card, channel=channel))


def get(connection: Connection, card: str) -> Card:
    """Raises SQLAlchemy's `NoResultFound` for an unknown id."""
    row = connection.execute(select(cards).where(cards.c.id == card)).one()
    return Card(**fields(row, cards, Card))


def lock(connection: Connection, card: str) -> Card:
    """As `get`, kept from changing until the transaction ends."""
    row = connection.execute(select(cards).where(cards.c.id == card).with_for_update()).one()
    return Card(**fields(row, cards, Card))


def with_copies(connection: Connection, card: str) -> list[Card]:
    """The card, first, and every copy that a lost answer left in the channel."""
    query = select(cards).where(or_(cards.c.id == card, cards.c.copy_of == card)).order_by(cards.c.copy_of.is_not(None))
    return [Card(**fields(row, cards, Card)) for row in connection.execute(query)]


def posted(connection: Connection, card: str, *, ts: str, shown: int, at: datetime) -> None:
    """The card stands in its channel."""
    connection.execute(update(cards).where(cards.c.id == card).values(ts=ts, shown=shown, posted_at=at))


def rewritten(connection: Connection, card: str, *, shown: int) -> None:
    connection.execute(update(cards).where(cards.c.id == card).values(shown=shown))


def lost(connection: Connection, card: str, *, ts: str) -> bool:
    """This message is its card no more: the next posting is. False when another one is already."""
    stood_there = cards.c.id == card, cards.c.ts == ts
    return connection.execute(update(cards).where(*stood_there).values(ts=None, shown=0)).rowcount > 0


def standing_at(connection: Connection, channel: str, ts: str) -> str | None:
    """The id of the card that this message is, or is a copy of."""
    owner = func.coalesce(cards.c.copy_of, cards.c.id, type_=String)
    found: str | None = connection.execute(
        select(owner).where(cards.c.channel == channel, cards.c.ts == ts)
    ).scalar_one_or_none()
    return found


def remember_copy(connection: Connection, card: str, *, copy: str, channel: str, ts: str, at: datetime) -> None:
    """Keeps a message of ours that is not the card we know, to be rewritten with it."""
    connection.execute(insert(cards).values(id=copy, channel=channel, ts=ts, posted_at=at, copy_of=card))
