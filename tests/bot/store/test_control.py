"""The control row: frozen or not, since when and by whom."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from bot.store import control, tables
from tests.harness.builders import BOSS, CHIEF, NOON


def test_a_new_database_is_not_frozen_and_lifting_that_says_so(connection: Connection) -> None:
    assert not control.is_frozen(connection)
    assert control.frozen_by(connection) is None
    assert not control.lift(connection, at=NOON)
    assert control.lifted_at(connection) is None


def test_freezing_says_since_when_and_by_whom_until_it_is_lifted_which_says_when_alone(connection: Connection) -> None:
    assert control.freeze(connection, at=NOON, by=BOSS)
    assert not control.freeze(connection, at=NOON + timedelta(hours=1), by=CHIEF)
    assert control.is_frozen(connection)
    assert control.frozen_by(connection) == (NOON, BOSS)
    assert control.lift(connection, at=NOON + timedelta(hours=2))
    assert not control.is_frozen(connection)
    row = connection.execute(select(tables.control.c.frozen_at, tables.control.c.frozen_by)).one()
    assert tuple(row) == (None, None)
    assert control.lifted_at(connection) == NOON + timedelta(hours=2)


def test_there_is_one_control_row(connection: Connection) -> None:
    with pytest.raises(IntegrityError):
        connection.execute(insert(tables.control).values(id=2))
