"""The control row: whether buying is frozen. Deciding reads it under a shared lock, freezing under an exclusive one."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.store.tables import control


def is_frozen(connection: Connection) -> bool:
    """Whether it is frozen, kept so until the transaction ends."""
    row = connection.execute(select(control.c.frozen_at).with_for_update(read=True)).one()
    return row.frozen_at is not None


def looks_frozen(connection: Connection) -> bool:
    """The same for those who only read, and whom a lock is refused."""
    return connection.execute(select(control.c.frozen_at)).one().frozen_at is not None


def frozen_by(connection: Connection) -> tuple[datetime, str] | None:
    """Since when it is frozen, and by whom; `None` when it is not."""
    row = connection.execute(select(control.c.frozen_at, control.c.frozen_by)).one()
    return None if row.frozen_at is None else (row.frozen_at, row.frozen_by)


def hold(connection: Connection) -> None:
    """Keeps every other transaction that takes this row waiting until this one ends."""
    connection.execute(select(control.c.id).with_for_update()).one()


def set_frozen(connection: Connection, *, at: datetime | None, by: str | None) -> bool:
    """Freezes at a time, or lifts it with `None`; False when that was so already."""
    before = connection.execute(select(control.c.frozen_at).with_for_update()).one().frozen_at
    if (before is None) == (at is None):
        return False
    connection.execute(update(control).values(frozen_at=at, frozen_by=by))
    return True
