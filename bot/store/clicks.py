"""What people did, once: Slack's `trigger_id` is unique per command, click and submission."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from bot.store.tables import clicks

KEPT = timedelta(minutes=30)
"""Slack's signatures can be replayed for five minutes in both directions; kept well beyond that."""


def is_new(connection: Connection, trigger_id: str, *, now: datetime) -> bool:
    """Remembers it; False when it was seen before. Forgets those older than `KEPT`."""
    connection.execute(delete(clicks).where(clicks.c.at < now - KEPT))
    if connection.execute(select(clicks.c.trigger_id).where(clicks.c.trigger_id == trigger_id)).first() is not None:
        return False
    connection.execute(insert(clicks).values(trigger_id=trigger_id, at=now))
    return True
