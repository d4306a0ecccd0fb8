"""What people did, once: Slack's `trigger_id` is unique per command, click and submission."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, select, text

from bot.store.columns import UtcTime
from bot.store.tables import clicks

KEPT = timedelta(minutes=30)
"""Slack's signatures can be replayed for five minutes in both directions; kept well beyond that."""


_REMEMBER = text("INSERT INTO clicks (trigger_id, at) VALUES (:trigger_id, :at) ON CONFLICT DO NOTHING").bindparams(
    bindparam("at", type_=UtcTime)
)
"""Both databases say it alike; the second of two processes waits for what becomes of the first."""


def is_new(connection: Connection, trigger_id: str, *, now: datetime) -> bool:
    """Remembers it; False when it was seen before. Forgets those older than `KEPT`."""
    old = select(clicks.c.trigger_id).where(clicks.c.at < now - KEPT).with_for_update(skip_locked=True)
    connection.execute(delete(clicks).where(clicks.c.trigger_id.in_(old)))
    return connection.execute(_REMEMBER, {"trigger_id": trigger_id, "at": now}).rowcount == 1
