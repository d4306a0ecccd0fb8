"""What people did, once: Slack's `trigger_id` is unique per command, click and submission."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, select

from bot.store.adding import add_if_missing
from bot.store.tables import clicks

KEPT = timedelta(minutes=30)
"""Slack's signatures can be replayed for five minutes in both directions; kept well beyond that."""

_OLD = select(clicks.c.trigger_id).where(clicks.c.at < bindparam("since")).with_for_update(skip_locked=True)
_FORGET = delete(clicks).where(clicks.c.trigger_id.in_(_OLD))


def is_new(connection: Connection, trigger_id: str, *, now: datetime) -> bool:
    """Remembers it; False when it was seen before. Forgets those older than `KEPT`."""
    connection.execute(_FORGET, {"since": now - KEPT})
    return add_if_missing(connection, clicks, trigger_id=trigger_id, at=now)
