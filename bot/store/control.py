"""The control row: whether buying is frozen. Deciding reads it under a shared lock, freezing under an exclusive one.

Whoever counts a day's approvals takes it exclusively too.
"""

from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.store.tables import control

_FROZEN = select(control.c.frozen_at, control.c.frozen_by)
_FROZEN_SHARED = _FROZEN.with_for_update(read=True)
_FROZEN_ALONE = _FROZEN.with_for_update()
_LIFTED = select(control.c.lifted_at)
_CHANGE = update(control)


def is_frozen(connection: Connection, *, alone: bool = False) -> bool:
    """Whether it is frozen, kept so until the transaction ends; with `alone` nobody else decides before that either."""
    return connection.execute(_FROZEN_ALONE if alone else _FROZEN_SHARED).one().frozen_at is not None


def looks_frozen(connection: Connection) -> bool:
    """The same for those who only read, and whom a lock is refused."""
    return connection.execute(_FROZEN).one().frozen_at is not None


def frozen_by(connection: Connection) -> tuple[datetime, str] | None:
    """Since when it is frozen, and by whom; `None` when it is not."""
    row = connection.execute(_FROZEN).one()
    return None if row.frozen_at is None else (row.frozen_at, row.frozen_by)


def lifted_at(connection: Connection) -> datetime | None:
    """When a freeze was lifted last."""
    found: datetime | None = connection.execute(_LIFTED).scalar_one()
    return found


def hold(connection: Connection) -> None:
    """Keeps every other transaction that takes this row waiting until this one ends."""
    connection.execute(_FROZEN_ALONE).one()


def freeze(connection: Connection, *, at: datetime, by: str) -> bool:
    """False when it was frozen already."""
    if is_frozen(connection, alone=True):
        return False
    connection.execute(_CHANGE, {"frozen_at": at, "frozen_by": by})
    return True


def lift(connection: Connection, *, at: datetime) -> bool:
    """False when it was not frozen."""
    if not is_frozen(connection, alone=True):
        return False
    connection.execute(_CHANGE, {"frozen_at": None, "frozen_by": None, "lifted_at": at})
    return True
