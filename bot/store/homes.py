"""Who has App Home open, as far as Slack says: when it was opened, and whether a fresh one is on its way."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from bot.store.tables import homes


def opened(connection: Connection, team: str, person: str, *, at: datetime) -> None:
    """Kept for as long as it is refreshed; a fresh one is on its way."""
    connection.execute(delete(homes).where(homes.c.team == team, homes.c.person == person))
    connection.execute(insert(homes).values(team=team, person=person, opened_at=at, is_stale=True))


def fresh(connection: Connection, team: str, person: str) -> None:
    """It shows the present state from now on."""
    connection.execute(update(homes).where(homes.c.team == team, homes.c.person == person).values(is_stale=False))


def take_stale(connection: Connection, *, since: datetime) -> list[tuple[str, str]]:
    """Marks those opened since then that were fresh, and returns them; forgets older ones."""
    connection.execute(delete(homes).where(homes.c.opened_at < since))
    found = connection.execute(select(homes.c.team, homes.c.person).where(~homes.c.is_stale)).all()
    connection.execute(update(homes).where(~homes.c.is_stale).values(is_stale=True))
    return [(row.team, row.person) for row in found]
