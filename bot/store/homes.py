"""Who has App Home open, as far as Slack says: when it was opened, and whether a fresh one is on its way."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from bot.store.adding import add_if_missing
from bot.store.tables import homes


def opened(connection: Connection, team: str, person: str, *, at: datetime) -> None:
    """Kept for as long as it is refreshed; a fresh one is on its way."""
    theirs = homes.c.team == team, homes.c.person == person
    if connection.execute(update(homes).where(*theirs).values(opened_at=at, is_stale=True)).rowcount == 0:
        add_if_missing(connection, homes, team=team, person=person, opened_at=at, is_stale=True)


def fresh(connection: Connection, team: str, person: str) -> None:
    """It shows the present state from now on."""
    connection.execute(update(homes).where(homes.c.team == team, homes.c.person == person).values(is_stale=False))


def take_stale(connection: Connection, *, since: datetime) -> list[tuple[str, str]]:
    """Marks those opened since then that were fresh, and returns them; forgets older ones.

    Until the transaction ends nobody says that one is fresh: its reader would miss what this transaction changes.
    """
    connection.execute(delete(homes).where(homes.c.opened_at < since))
    kept = connection.execute(select(homes).order_by(homes.c.team, homes.c.person).with_for_update()).all()
    connection.execute(update(homes).where(~homes.c.is_stale).values(is_stale=True))
    return [(row.team, row.person) for row in kept if not row.is_stale]
