"""Whether the database takes a write: only one that is kept tells. A disk that is full lets an empty one pass."""

from datetime import datetime

from sqlalchemy import Connection, update

from bot.store.tables import pulse

_BEAT = update(pulse)


def beat(connection: Connection, at: datetime) -> None:
    """Writes one small row, which nobody else waits for."""
    connection.execute(_BEAT, {"at": at})
