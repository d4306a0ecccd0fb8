"""What people did, once: Slack's `trigger_id` is unique per command, click and submission."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete

from bot.store.adding import add_if_missing
from bot.store.tables import clicks

KEPT = timedelta(minutes=30)
"""Slack's signatures can be replayed for five minutes in both directions; kept well beyond that."""

_FORGET = delete(clicks).where(clicks.c.at < bindparam("since"))


def is_new(connection: Connection, trigger_id: str, *, now: datetime) -> bool:
    """Remembers it; False when it was seen before."""
    return add_if_missing(connection, clicks, trigger_id=trigger_id, at=now)


def forget(connection: Connection, *, now: datetime) -> None:
    """Forgets those older than `KEPT`."""
    connection.execute(_FORGET, {"since": now - KEPT})
