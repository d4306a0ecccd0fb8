"""What people did is taken once, for as long as Slack's signatures can be replayed."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from bot.store import clicks, tables
from tests.harness.builders import NOON

PROMISED = timedelta(minutes=10)


def _remembered(connection: Connection) -> set[str]:
    return set(connection.execute(select(tables.clicks.c.trigger_id)).scalars())


def test_a_click_is_new_once_and_another_is_new(connection: Connection) -> None:
    new = [clicks.is_new(connection, trigger, now=NOON) for trigger in ("1.738474920.8088930838d88f", "1.7", "1.7")]
    assert new == [True, True, False]


@pytest.mark.parametrize("later", [PROMISED, -PROMISED])
def test_a_click_is_known_for_ten_minutes_by_a_clock_set_back_too(connection: Connection, later: timedelta) -> None:
    clicks.is_new(connection, "1", now=NOON)
    assert not clicks.is_new(connection, "1", now=NOON + later)


def test_a_click_is_kept_to_the_end_of_its_time_and_then_forgotten(connection: Connection) -> None:
    clicks.is_new(connection, "1", now=NOON)
    clicks.is_new(connection, "2", now=NOON + clicks.KEPT)
    clicks.forget(connection, now=NOON + clicks.KEPT)
    assert _remembered(connection) == {"1", "2"}
    clicks.forget(connection, now=NOON + clicks.KEPT + timedelta(microseconds=1))
    assert _remembered(connection) == {"2"}
