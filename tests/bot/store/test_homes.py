"""Who has App Home open, and whether a fresh one is on its way."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.store import homes
from tests.harness.builders import BOSS, CHIEF, NOON, TEAM

HOUR = timedelta(hours=1)


def _opened(connection: Connection, person: str, *, at: datetime = NOON) -> None:
    """Opened, and shown."""
    homes.opened(connection, TEAM, person, at=at)
    homes.fresh(connection, TEAM, person)


def _stale(connection: Connection, *, since: datetime = NOON - HOUR) -> list[str]:
    return [person for _, person in homes.take_stale(connection, since=since)]


def test_whoever_has_it_open_gets_a_fresh_one_and_no_second_one_before_that_came(connection: Connection) -> None:
    _opened(connection, BOSS)
    _opened(connection, CHIEF)
    assert _stale(connection) == [BOSS, CHIEF]
    assert _stale(connection) == []
    homes.fresh(connection, TEAM, CHIEF)
    assert _stale(connection) == [CHIEF]


def test_nobody_is_shown_anew_what_they_have_not_opened_or_only_just(connection: Connection) -> None:
    homes.fresh(connection, TEAM, BOSS)
    assert _stale(connection) == []
    homes.opened(connection, TEAM, BOSS, at=NOON)
    assert _stale(connection) == []


def test_one_that_was_opened_longer_ago_is_forgotten(connection: Connection) -> None:
    _opened(connection, BOSS, at=NOON - HOUR - timedelta(microseconds=1))
    _opened(connection, CHIEF, at=NOON - HOUR)
    assert _stale(connection) == [CHIEF]
    homes.fresh(connection, TEAM, BOSS)
    assert _stale(connection, since=NOON - 2 * HOUR) == []


def test_opening_it_again_counts_from_then(connection: Connection) -> None:
    _opened(connection, BOSS, at=NOON - 2 * HOUR)
    _opened(connection, BOSS)
    assert _stale(connection) == [BOSS]
