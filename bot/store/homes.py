"""Who has App Home open, as far as Slack says: when it was opened, and whether a fresh one is on its way."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from bot.store.adding import add_if_missing
from bot.store.tables import homes

_CHANGE = update(homes).where(homes.c.team == bindparam("of_team"), homes.c.person == bindparam("of_person"))
_LOCK_ALL = select(homes.c.opened_at, homes.c.is_stale).order_by(homes.c.team, homes.c.person).with_for_update()
_FORGET = delete(homes).where(homes.c.opened_at < bindparam("since"))
_MARK = update(homes).where(~homes.c.is_stale).values(is_stale=True).returning(homes.c.team, homes.c.person)


def opened(connection: Connection, team: str, person: str, *, at: datetime) -> None:
    """Kept for as long as it is refreshed; a fresh one is on its way."""
    if not _change(connection, team, person, opened_at=at, is_stale=True):
        add_if_missing(connection, homes, team=team, person=person, opened_at=at, is_stale=True)


def fresh(connection: Connection, team: str, person: str) -> None:
    """It shows the present state from now on."""
    _change(connection, team, person, is_stale=False)


def take_stale(connection: Connection, *, since: datetime) -> list[tuple[str, str]]:
    """Marks those opened since then that were fresh, and returns them; forgets older ones.

    Until the transaction ends nobody says that one is fresh: its reader would miss what this transaction changes.
    """
    kept = connection.execute(_LOCK_ALL).all()
    if any(row.opened_at < since for row in kept):
        connection.execute(_FORGET, {"since": since})
    if all(row.is_stale for row in kept):
        return []
    return sorted((row.team, row.person) for row in connection.execute(_MARK))


def _change(connection: Connection, team: str, person: str, **values: object) -> bool:
    return connection.execute(_CHANGE, {"of_team": team, "of_person": person, **values}).rowcount > 0
