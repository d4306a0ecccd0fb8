"""Column types: what is kept comes back exactly."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import StatementError

from bot.store.tables import clicks
from tests.bot.conftest import Undone
from tests.harness.builders import NOON

quick = settings(derandomize=True, deadline=None, max_examples=150)

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=OFFSETS)  # noqa: DTZ001
EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)


def _kept(connection: Connection, at: datetime) -> datetime:
    connection.execute(insert(clicks).values(trigger_id="1", at=at))
    kept: datetime = connection.execute(select(clicks.c.at)).scalar_one()
    return kept


@quick
@given(at=TIMES)
@example(at=EARLIEST)
@example(at=LATEST)
@example(at=datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
def test_a_time_comes_back_to_the_microsecond_and_in_utc(undone: Undone, at: datetime) -> None:
    with undone() as connection:
        kept = _kept(connection, at)
    assert kept == at
    assert kept.utcoffset() == timedelta(0)


@quick
@given(one=TIMES, other=TIMES)
def test_the_database_orders_times_as_they_are(undone: Undone, one: datetime, other: datetime) -> None:
    with undone() as connection:
        connection.execute(insert(clicks).values(trigger_id="one", at=one))
        earlier = connection.execute(select(clicks.c.trigger_id).where(clicks.c.at < other)).scalars().all()
    assert (earlier == ["one"]) is (one < other)


def test_a_time_is_kept_as_microseconds_since_1970(connection: Connection) -> None:
    _kept(connection, datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    assert connection.execute(text("SELECT at FROM clicks")).scalar_one() == 1_000_005


def test_a_time_without_a_zone_is_refused(connection: Connection) -> None:
    with pytest.raises(StatementError, match="offset-naive"):
        _kept(connection, NOON.replace(tzinfo=None))
