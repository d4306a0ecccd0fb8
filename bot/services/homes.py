"""App Home is kept fresh for an hour after it was opened: whatever moves a request plans a fresh one."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.services.acts import Address, AskForStatus
from bot.store import homes, work
from bot.store.work import Kind

KEPT_FRESH = timedelta(hours=1)


def refresh(connection: Connection, *, now: datetime) -> None:
    """Plans a fresh App Home for everybody who has it open and has none on its way."""
    for team, person in homes.take_stale(connection, since=now - KEPT_FRESH):
        act = AskForStatus(team=team, trigger_id="", by=Address(user=person, at=now), in_home=True)
        work.add(connection, Kind.STATUS, now=now, payload=act.model_dump_json())
