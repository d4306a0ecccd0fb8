"""Work that gets nowhere: when it is said to, and what people may do about it."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from bot.domain.request import RequestId
from bot.store.lanes import Lane
from bot.work import claims, queue, stuck
from bot.work.queue import Claim
from bot.work.stuck import FAILS_AFTER, Stuck
from tests.harness.builders import NOON
from tests.harness.errands import KINDS, Errand, an_errand

ONE = RequestId("1" * 32)
SECOND = timedelta(seconds=1)
LATER = NOON + FAILS_AFTER
TELLING = [Lane.TELL]


def _claimed(connection: Connection, kind: str = Errand.REPLY) -> Claim:
    lane = an_errand(kind).lane
    queue.add(connection, an_errand(kind), now=NOON, request=ONE)
    return _claim(connection, lane)


def _claim(connection: Connection, lane: Lane = Lane.TELL) -> Claim:
    (claim,) = claims.claim(connection, lane, now=NOON, lease=timedelta(seconds=30), most=1, kinds=KINDS)
    return claim


def _as_seen(held: Claim, *, is_parked: bool, error: str | None) -> Stuck:
    return Stuck(id=held.id, lane=held.lane, kind=held.kind, request=ONE, error=error, since=NOON, is_parked=is_parked)


def test_what_waits_because_it_failed_keeps_failing_two_minutes_after_it_was_first_tried(
    connection: Connection,
) -> None:
    held = _claimed(connection)
    queue.put_back(connection, held, after=NOON, error="internal_error")
    held = _claim(connection)
    queue.put_back(connection, held, after=NOON + timedelta(hours=1), error="ratelimited")
    assert stuck.failing(connection, now=LATER - SECOND) == []
    assert stuck.failing(connection, now=LATER) == [_as_seen(held, is_parked=False, error="ratelimited")]
    assert stuck.parked(connection) == []


def test_what_was_only_given_back_does_not_fail_and_what_kills_its_workers_does(connection: Connection) -> None:
    queue.put_back(connection, _claimed(connection), after=NOON, was_tried=False)
    assert stuck.failing(connection, now=LATER) == []
    queue.put_back(connection, _claim(connection), after=NOON, failed=True)
    assert [row.error for row in stuck.failing(connection, now=LATER)] == [None]


def test_parked_work_is_seen_oldest_first_or_only_what_was_first_tried_before_whenever_a_start_tried_it_again(
    connection: Connection,
) -> None:
    first, second = _claimed(connection), _claimed(connection, Errand.DECIDE)
    queue.park(connection, second, now=NOON, error="KeyError")
    queue.park(connection, first, now=NOON, error="is_archived")
    assert stuck.parked(connection)[0] == _as_seen(first, is_parked=True, error="is_archived")
    queue.unpark(connection, TELLING, now=LATER)
    (again,) = claims.claim(connection, Lane.TELL, now=LATER, lease=timedelta(seconds=30), most=1, kinds=KINDS)
    queue.park(connection, again, now=LATER, error="is_archived")
    assert [row.id for row in stuck.parked(connection)] == [first.id, second.id]
    assert [row.id for row in stuck.parked(connection, before=NOON)] == []
    assert [row.id for row in stuck.parked(connection, before=NOON + SECOND)] == [first.id, second.id]


@pytest.mark.parametrize("kind", [Errand.REPLY, Errand.DECIDE])
def test_parked_work_of_every_lane_is_tried_again_as_if_new_or_let_go(connection: Connection, kind: str) -> None:
    held = _claimed(connection, kind)
    for parked_for in ("again", "drop"):
        queue.park(connection, held, now=NOON, error="KeyError")
        seen = _as_seen(held, is_parked=True, error="KeyError")
        if parked_for == "again":
            assert stuck.try_again(connection, held.id, TELLING, now=NOON) == seen
            assert stuck.try_again(connection, held.id, TELLING, now=NOON) is None
            held = _claim(connection, held.lane)
            assert held.failures == 0
        else:
            assert stuck.let_go(connection, held.id, TELLING) == seen
            assert stuck.let_go(connection, held.id, TELLING) is None


@pytest.mark.parametrize(("kind", "lets_go"), [(Errand.REPLY, True), (Errand.DECIDE, False)])
def test_of_what_keeps_failing_only_deliveries_are_let_go_and_none_that_somebody_holds(
    connection: Connection, kind: str, lets_go: bool
) -> None:
    held = _claimed(connection, kind)
    assert stuck.let_go(connection, held.id, TELLING) is None
    queue.put_back(connection, held, after=NOON, error="internal_error")
    assert (stuck.let_go(connection, held.id, TELLING) is not None) == lets_go
