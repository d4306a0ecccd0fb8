"""The control row: whether buying is frozen. Deciding reads it under a shared lock, freezing under an exclusive one.

Whoever counts a day's approvals takes it exclusively too. It also says what database this is: where it was served
from, whether it is a copy, and whether the truth has moved.
"""

from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.store.tables import control

_FROZEN = select(control.c.frozen_at, control.c.frozen_by)
_FROZEN_SHARED = _FROZEN.with_for_update(read=True)
_FROZEN_ALONE = _FROZEN.with_for_update()
_LIFTED = select(control.c.lifted_at)
_PLACE = select(control.c.place)
_COPIED = select(control.c.copied_at)
_MOVES = select(control.c.moved_to, control.c.arrives_from)
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


def place(connection: Connection) -> str | None:
    """Where it was served from last; `None` before that was noted."""
    found: str | None = connection.execute(_PLACE).scalar_one()
    return found


def served_from(connection: Connection, place: str) -> None:
    """It is served from there now."""
    connection.execute(_CHANGE, {"place": place})


def copied_at(connection: Connection) -> datetime | None:
    """When it was found to be a copy of another database, if it was."""
    found: datetime | None = connection.execute(_COPIED).scalar_one()
    return found


def is_a_copy(connection: Connection, *, at: datetime) -> None:
    """It was found to be one."""
    connection.execute(_CHANGE, {"copied_at": at})


def moves(connection: Connection) -> tuple[str | None, str | None]:
    """Where the truth was moved to, and from where a move into this database is not finished."""
    found = connection.execute(_MOVES).one()
    return found.moved_to, found.arrives_from


def moved(connection: Connection, to: str) -> None:
    """Nothing serves from here any more."""
    connection.execute(_CHANGE, {"moved_to": to})


def arriving(connection: Connection, from_where: str | None) -> None:
    """Nothing serves from here until that move is finished, which `None` says."""
    connection.execute(_CHANGE, {"arrives_from": from_where})
