"""Durable work: claimed in order, held by one worker at a time, and given up without holding up anybody."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from bot.domain.request import RequestId
from bot.services.letters import ReplyTo
from bot.services.plans import DueSweep, NextLook, Purchase
from bot.store import tables
from bot.work import queue
from bot.work.queue import Claim, Lane, LeaseLost, Work
from tests.harness.builders import NOON
from tests.harness.errands import ERRANDS, KINDS, REAL, Errand, an_errand, notes_of

ONE, OTHER = RequestId("1" * 32), RequestId("2" * 32)
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=30)
LEASE_OVER = NOON + LEASE


@pytest.fixture
def add(connection: Connection) -> Callable[..., None]:
    """Adds judge work, due at once unless said otherwise; its payload is its name."""

    def added(
        name: str = "first",
        *,
        kind: str = Errand.DECIDE,
        request: RequestId | None = ONE,
        after: datetime | None = None,
    ) -> None:
        queue.add(connection, an_errand(kind, name), now=NOON, request=request, after=after)

    return added


@pytest.fixture
def held(connection: Connection, add: Callable[..., None]) -> Claim:
    """The one row there is, in somebody's hands since noon."""
    add()
    return _claim(connection)[0]


def _claim(
    connection: Connection, *, lane: Lane = Lane.JUDGE, now: datetime = NOON, lease: timedelta = LEASE, most: int = 10
) -> list[Claim]:
    return queue.claim(connection, lane, now=now, lease=lease, most=most, kinds=KINDS)


def _names(claims: Sequence[Claim]) -> list[str]:
    return notes_of(claims)


def _parked(connection: Connection) -> list[tuple[datetime, str]]:
    row = select(tables.work.c.parked_at, tables.work.c.error).where(tables.work.c.parked_at.is_not(None))
    return [(at, error) for at, error in connection.execute(row)]


Add = Callable[..., None]


def test_a_claim_carries_what_was_added(connection: Connection) -> None:
    queue.add(connection, ReplyTo(entry=7), now=NOON, request=ONE)
    [claim] = _claim(connection, lane=Lane.TELL)
    assert (claim.lane, claim.kind, claim.request) == (Lane.TELL, Errand.REPLY, ONE)
    assert ReplyTo.model_validate_json(claim.payload) == ReplyTo(entry=7)
    assert (claim.lease_until, claim.claims, claim.failures) == (LEASE_OVER, 1, 0)


def test_work_without_a_payload_carries_an_empty_object(connection: Connection) -> None:
    queue.add(connection, Purchase(), now=NOON, request=ONE)
    [claim] = _claim(connection, lane=Lane.BUY)
    assert claim.payload == "{}"


@pytest.mark.parametrize("work", REAL)
@pytest.mark.parametrize("lane", Lane)
def test_each_kind_of_work_waits_in_its_own_lane(connection: Connection, work: type[Work], lane: Lane) -> None:
    queue.add(connection, an_errand(work.kind), now=NOON)
    assert bool(_claim(connection, lane=lane)) is (lane is work.lane)


def test_no_two_kinds_of_work_have_one_name() -> None:
    assert len(KINDS) == len(REAL)


def test_buying_shares_its_lane_only_with_finding_out_what_was_bought() -> None:
    assert [work for work in REAL if work.lane is Lane.BUY] == [Purchase, NextLook, DueSweep]


def test_work_is_claimed_in_the_order_it_became_due(connection: Connection, add: Add) -> None:
    add("third", request=None)
    add("first", request=None, after=NOON - SECOND)
    add("fourth", request=None)
    add("second", request=None, after=NOON - SECOND)
    claimed = [name for _ in range(4) for name in _names(_claim(connection, most=1))]
    assert claimed == ["first", "second", "third", "fourth"]


def test_no_more_is_claimed_than_asked_for(connection: Connection, add: Add) -> None:
    for _ in range(3):
        add(request=None)
    assert len(_claim(connection, most=2)) == 2


def test_only_the_kinds_asked_for_are_claimed(connection: Connection, add: Add) -> None:
    add("ask", kind=Errand.SUBMIT, request=None)
    add("decision", kind=Errand.DECIDE)
    quick = frozenset({Errand.DECIDE, Errand.FREEZE})
    assert queue.is_due(connection, Lane.JUDGE, now=NOON, kinds=quick)
    assert _names(queue.claim(connection, Lane.JUDGE, now=NOON, lease=LEASE, most=10, kinds=quick)) == ["decision"]
    assert not queue.is_due(connection, Lane.JUDGE, now=NOON, kinds=quick)
    assert _names(_claim(connection)) == ["ask"]


def test_one_requests_work_stays_in_order_when_only_the_later_kind_is_asked_for(
    connection: Connection, add: Add
) -> None:
    add("first", kind=Errand.RESOLVE)
    add("second", kind=Errand.DECIDE)
    quick = frozenset({Errand.DECIDE})
    assert not queue.is_due(connection, Lane.JUDGE, now=NOON, kinds=quick)
    assert queue.claim(connection, Lane.JUDGE, now=NOON, lease=LEASE, most=10, kinds=quick) == []


def test_work_is_not_claimed_before_its_time(connection: Connection, add: Add) -> None:
    add(after=NOON + SECOND)
    assert _claim(connection, now=NOON + SECOND - timedelta(microseconds=1)) == []
    assert len(_claim(connection, now=NOON + SECOND)) == 1


def test_two_pieces_of_one_requests_work_are_never_claimed_together(connection: Connection, add: Add) -> None:
    add("first")
    add("second")
    assert _names(_claim(connection)) == ["first"]
    assert _claim(connection) == []


def test_one_requests_work_runs_in_the_order_it_was_added_in(connection: Connection, add: Add) -> None:
    for name in ["first", "second", "third"]:
        add(name)
    ran = []
    for _ in range(3):
        [claim] = _claim(connection)
        ran += notes_of([claim])
        queue.finish(connection, claim)
    assert ran == ["first", "second", "third"]


def test_different_requests_run_side_by_side(connection: Connection, add: Add) -> None:
    add("one's", request=ONE)
    add("the other's", request=OTHER)
    assert _names(_claim(connection)) == ["one's", "the other's"]


def test_work_of_no_request_runs_side_by_side(connection: Connection, add: Add) -> None:
    add("one", request=None)
    add("other", request=None)
    assert _names(_claim(connection)) == ["one", "other"]


def test_lanes_of_one_request_do_not_wait_for_each_other(connection: Connection, add: Add) -> None:
    for kind in (Errand.DECIDE, Errand.PURCHASE, Errand.CARD):
        add(kind=kind)
    assert [len(_claim(connection, lane=lane)) for lane in Lane] == [1, 1, 1]


def test_what_is_not_due_yet_holds_up_nobody(connection: Connection, add: Add) -> None:
    add("expires", kind=Errand.EXPIRE, after=NOON + timedelta(hours=72))
    add("now")
    assert _names(_claim(connection)) == ["now"]


def test_what_becomes_due_waits_for_what_its_request_has_running(connection: Connection, add: Add) -> None:
    add("later", after=NOON + SECOND)
    add("now")
    [running] = _claim(connection)
    assert _claim(connection, now=NOON + SECOND) == []
    queue.finish(connection, running)
    assert _names(_claim(connection, now=NOON + SECOND)) == ["later"]


def test_what_was_begun_and_put_back_keeps_its_place(connection: Connection, add: Add, held: Claim) -> None:
    add("second")
    queue.put_back(connection, held, after=NOON + 5 * SECOND)
    assert _claim(connection, now=NOON + 4 * SECOND) == []
    assert _names(_claim(connection, now=NOON + 5 * SECOND)) == ["first"]


def test_what_was_put_back_holds_up_no_other_request(connection: Connection, add: Add, held: Claim) -> None:
    queue.put_back(connection, held, after=NOON + 5 * SECOND)
    add("the other's", request=OTHER)
    assert _names(_claim(connection)) == ["the other's"]


@pytest.mark.usefixtures("held")
def test_work_is_not_claimable_while_somebody_holds_it(connection: Connection) -> None:
    assert _claim(connection, now=LEASE_OVER - timedelta(microseconds=1)) == []


def test_work_is_claimable_when_its_lease_is_over(connection: Connection, held: Claim) -> None:
    [taken_over] = _claim(connection, now=LEASE_OVER)
    assert (taken_over.id, taken_over.lease_until) == (held.id, LEASE_OVER + LEASE)
    assert taken_over.token != held.token


def test_a_takeover_counts_as_a_failure(connection: Connection, held: Claim) -> None:
    [taken_over] = _claim(connection, now=LEASE_OVER)
    assert (held.claims, held.failures) == (1, 0)
    assert (taken_over.claims, taken_over.failures) == (2, 1)


def test_what_waits_behind_an_owner_that_died_still_comes_after(connection: Connection, add: Add, held: Claim) -> None:
    add("second")
    assert _names(_claim(connection, now=LEASE_OVER)) == notes_of([held])


def test_a_longer_lease_keeps_the_work_longer(connection: Connection, held: Claim) -> None:
    queue.extend(connection, held, until=LEASE_OVER + SECOND)
    assert _claim(connection, now=LEASE_OVER) == []
    assert len(_claim(connection, now=LEASE_OVER + SECOND)) == 1


def test_a_lease_is_never_made_shorter(connection: Connection, held: Claim) -> None:
    queue.extend(connection, held, until=NOON + SECOND)
    assert _claim(connection, now=NOON + SECOND) == []
    assert len(_claim(connection, now=LEASE_OVER)) == 1


def test_a_lease_that_is_over_can_be_renewed_while_nobody_took_over(connection: Connection, held: Claim) -> None:
    queue.extend(connection, held, until=LEASE_OVER + LEASE)
    assert _claim(connection, now=LEASE_OVER) == []
    queue.finish(connection, held)


def test_finished_work_is_gone(connection: Connection, held: Claim) -> None:
    queue.finish(connection, held)
    assert connection.execute(select(tables.work.c.id)).all() == []


def test_work_put_back_is_claimable_when_told(connection: Connection, held: Claim) -> None:
    queue.put_back(connection, held, after=NOON + SECOND)
    assert _claim(connection, now=NOON) == []
    [again] = _claim(connection, now=NOON + SECOND)
    assert (again.id, again.claims) == (held.id, 2)


@pytest.mark.parametrize(("failed", "failures"), [(False, 0), (True, 1)])
def test_waiting_is_no_failure_and_a_bug_is(connection: Connection, held: Claim, failed: bool, failures: int) -> None:
    queue.put_back(connection, held, after=NOON, failed=failed, error="KeyError")
    assert _claim(connection)[0].failures == failures


def test_what_was_not_even_tried_keeps_its_count_of_failures(connection: Connection, held: Claim) -> None:
    queue.put_back(connection, held, after=NOON, failed=True)
    (again,) = _claim(connection)
    queue.put_back(connection, again, after=NOON, was_tried=False)
    (third,) = _claim(connection)
    queue.put_back(connection, third, after=NOON)
    assert (again.failures, third.failures, _claim(connection)[0].failures) == (1, 1, 0)


def test_what_work_carries_can_be_rewritten(connection: Connection, held: Claim) -> None:
    queue.rewrite(connection, held, an_errand(held.kind, "without the secret"))
    queue.put_back(connection, held, after=NOON)
    assert _names(_claim(connection)) == ["without the secret"]


def test_parked_work_waits_for_an_operator(connection: Connection, held: Claim) -> None:
    queue.park(connection, held, now=NOON, error="channel_not_found")
    assert _claim(connection, now=NOON + timedelta(days=365)) == []
    assert _parked(connection) == [(NOON, "channel_not_found")]


def test_parked_work_of_a_kind_is_forgotten_when_it_is_planned_anew(connection: Connection, held: Claim) -> None:
    assert not queue.drop_parked(connection, ERRANDS[held.kind])
    queue.park(connection, held, now=NOON, error="channel_not_found")
    assert queue.drop_parked(connection, ERRANDS[held.kind])
    assert queue.parked(connection) == []


def test_parked_work_holds_up_nobody(connection: Connection, add: Add, held: Claim) -> None:
    add("second")
    queue.park(connection, held, now=NOON, error="channel_not_found")
    assert _names(_claim(connection)) == ["second"]


def test_parked_work_of_a_lane_can_be_taken_up_again_as_if_it_had_never_failed(
    connection: Connection, add: Add, held: Claim
) -> None:
    queue.put_back(connection, held, after=NOON, failed=True)
    (again,) = _claim(connection)
    queue.park(connection, again, now=NOON, error="channel_not_found")
    others = [lane for lane in Lane if lane is not held.lane]
    assert [queue.unpark(connection, lane, now=LEASE_OVER) for lane in others] == [0] * len(others)
    assert queue.unpark(connection, held.lane, now=LEASE_OVER) == 1
    assert _parked(connection) == []
    assert _claim(connection) == []
    (taken,) = _claim(connection, now=LEASE_OVER)
    assert (taken.id, taken.failures) == (held.id, 0)


ARROWS: dict[str, Callable[[Connection, Claim], None]] = {
    "finish": queue.finish,
    "extend": lambda connection, held: queue.extend(connection, held, until=LEASE_OVER),
    "put back": lambda connection, held: queue.put_back(connection, held, after=NOON),
    "rewrite": lambda connection, held: queue.rewrite(connection, held, an_errand(held.kind, "by the old owner")),
    "park": lambda connection, held: queue.park(connection, held, now=NOON, error="by the old owner"),
}


@pytest.mark.parametrize("arrow", ARROWS)
def test_who_lost_the_lease_can_do_nothing(connection: Connection, held: Claim, arrow: str) -> None:
    [taken_over] = _claim(connection, now=LEASE_OVER)
    before = connection.execute(select(tables.work)).all()
    with pytest.raises(LeaseLost):
        ARROWS[arrow](connection, held)
    assert connection.execute(select(tables.work)).all() == before
    queue.finish(connection, taken_over)


@pytest.mark.parametrize("arrow", ARROWS)
@pytest.mark.parametrize("ended", ["finish", "put back", "park"])
def test_who_let_the_work_go_has_no_lease(connection: Connection, held: Claim, arrow: str, ended: str) -> None:
    ARROWS[ended](connection, held)
    with pytest.raises(LeaseLost):
        ARROWS[arrow](connection, held)


def test_a_lease_is_for_one_row(connection: Connection, add: Add) -> None:
    add("one", request=ONE)
    add("other", request=OTHER)
    one, other = _claim(connection)
    queue.finish(connection, one)
    with pytest.raises(LeaseLost):
        queue.finish(connection, one)
    queue.finish(connection, other)
