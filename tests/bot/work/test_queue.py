"""Durable work by example; `test_queue_machine.py` has whatever order its workers claim, die and let go in."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from bot.domain.request import RequestId
from bot.services.letters import ReplyTo
from bot.services.plans import Beginning, DueSweep, NextLook, Purchase
from bot.store import tables
from bot.store.lanes import Lane
from bot.work import claims, queue
from bot.work.queue import Claim, LeaseLost
from tests.harness.builders import NOON
from tests.harness.errands import ERRANDS, KINDS, REAL, Errand, an_errand, notes_of

ONE, OTHER = RequestId("1" * 32), RequestId("2" * 32)
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=30)
LEASE_OVER = NOON + LEASE

Add = Callable[..., None]


@pytest.fixture
def add(connection: Connection) -> Add:
    """Adds judge work, due at once unless said otherwise; it carries its name."""

    def added(
        name: str = "first", *, kind: str = Errand.DECIDE, request: RequestId | None = ONE, after: datetime = NOON
    ) -> None:
        queue.add(connection, an_errand(kind, name), now=NOON, request=request, after=after)

    return added


@pytest.fixture
def held(connection: Connection, add: Add) -> Claim:
    """The one row there is, in somebody's hands since noon."""
    add()
    return _claim(connection)[0]


@pytest.fixture
def with_a_card(connection: Connection) -> Connection:
    """With a rewrite of the card waiting."""
    queue.add(connection, an_errand(Errand.CARD), now=NOON, request=ONE)
    return connection


def _claim(
    it: Connection,
    *,
    lane: Lane = Lane.JUDGE,
    now: datetime = NOON,
    most: int = 99,
    kinds: Collection[str] = KINDS,
    known: Collection[str] | None = None,
    running: Collection[int] = (),
) -> list[Claim]:
    return claims.claim(it, lane, now=now, lease=LEASE, most=most, kinds=kinds, known=known, running=running)


def _parked(connection: Connection) -> list[tuple[datetime, str]]:
    row = select(tables.work.c.parked_at, tables.work.c.error).where(tables.work.c.parked_at.is_not(None))
    return [(at, error) for at, error in connection.execute(row)]


def test_a_claim_carries_what_was_added(connection: Connection) -> None:
    queue.add(connection, ReplyTo(entry=7), now=NOON, request=ONE)
    [claim] = _claim(connection, lane=Lane.TELL)
    assert (claim.lane, claim.kind, claim.request) == (Lane.TELL, Errand.REPLY, ONE)
    assert ReplyTo.model_validate_json(claim.payload) == ReplyTo(entry=7)
    assert (claim.lease_until, claim.claims, claim.failures) == (LEASE_OVER, 1, 0)


def test_each_kind_has_a_name_and_its_lane_and_buying_one_only_with_finding_out(connection: Connection) -> None:
    for work in REAL:
        queue.add(connection, an_errand(work.kind), now=NOON)
    for lane in Lane:
        expected = [work.kind for work in REAL if work.lane is lane]
        assert [claim.kind for claim in _claim(connection, lane=lane)] == expected
    assert len(KINDS) == len(REAL)
    assert [work for work in REAL if work.lane is Lane.BUY] == [Purchase, NextLook, DueSweep, Beginning]


def test_work_is_claimed_in_the_order_it_became_due(connection: Connection, add: Add) -> None:
    add("third", request=None)
    add("first", request=None, after=NOON - SECOND)
    add("fourth", request=None)
    add("second", request=None, after=NOON - SECOND)
    claimed = [notes_of(_claim(connection, most=1)) for _ in range(4)]
    assert claimed == [["first"], ["second"], ["third"], ["fourth"]]


def test_of_one_requests_work_the_next_begins_when_the_one_before_is_done(connection: Connection, add: Add) -> None:
    add("later", after=NOON + SECOND)
    for name in ("first", "second"):
        add(name)
    add("the other's", request=OTHER)
    add("nobody's", request=None)
    add("buys", kind=Errand.PURCHASE)
    [first, *others] = _claim(connection)
    assert notes_of([first, *others]) == ["first", "the other's", "nobody's"]
    assert notes_of(_claim(connection, lane=Lane.BUY)) == ["buys"]
    assert _claim(connection, now=NOON + SECOND) == []
    queue.finish(connection, first)
    assert notes_of(_claim(connection)) == ["second"]


def test_only_the_kinds_asked_for_are_claimed_and_none_that_has_to_come_later(connection: Connection, add: Add) -> None:
    add("ask", kind=Errand.SUBMIT, request=None)
    add("decision", kind=Errand.DECIDE)
    add("resolved first", kind=Errand.RESOLVE, request=OTHER)
    add("decided second", kind=Errand.DECIDE, request=OTHER)
    quick = frozenset({Errand.DECIDE, Errand.FREEZE})
    assert claims.is_due(connection, Lane.JUDGE, now=NOON, kinds=quick)
    assert notes_of(_claim(connection, kinds=quick)) == ["decision"]
    assert not claims.is_due(connection, Lane.JUDGE, now=NOON, kinds=quick)
    assert notes_of(_claim(connection)) == ["ask", "resolved first"]


def test_what_a_newer_version_left_holds_up_nothing_unless_that_version_is_at_it(connection: Connection) -> None:
    for kind, name in ((Errand.RESOLVE, "of a newer version"), (Errand.DECIDE, "ours")):
        queue.add(connection, an_errand(kind, name), now=NOON, request=ONE)
    ours = KINDS - {Errand.RESOLVE}

    def is_due() -> bool:
        return claims.is_due(connection, Lane.JUDGE, now=NOON, kinds=ours, known=ours)

    [theirs] = _claim(connection)
    assert (is_due(), _claim(connection, kinds=ours, known=ours)) == (False, [])
    queue.put_back(connection, theirs, after=NOON)
    assert is_due()
    assert notes_of(_claim(connection, kinds=ours, known=ours)) == ["ours"]


def test_what_the_caller_has_in_hand_is_neither_claimed_again_nor_overtaken_once_its_lease_is_over(
    connection: Connection, add: Add
) -> None:
    add("due first by its number", after=NOON + SECOND)
    add("in hand")
    [held] = _claim(connection)
    add("the next")
    assert notes_of([held]) == ["in hand"]
    assert not claims.is_due(connection, Lane.JUDGE, now=LEASE_OVER, kinds=KINDS, running=[held.id])
    assert _claim(connection, now=LEASE_OVER, running=[held.id]) == []
    assert notes_of(_claim(connection, now=LEASE_OVER)) == ["due first by its number"]


def test_work_is_taken_over_after_its_lease_which_is_a_failure(connection: Connection, add: Add, held: Claim) -> None:
    add("second")
    assert _claim(connection, now=LEASE_OVER - timedelta(microseconds=1)) == []
    [taken_over] = _claim(connection, now=LEASE_OVER)
    assert (taken_over.id, taken_over.lease_until) == (held.id, LEASE_OVER + LEASE)
    assert (taken_over.claims, taken_over.failures) == (2, 1)
    assert taken_over.token != held.token


def test_waiting_is_no_failure_a_bug_is_and_what_was_not_tried_keeps_count(connection: Connection, held: Claim) -> None:
    failures = []
    for how in ({"failed": True}, {"failed": True}, {"was_tried": False}, {}):
        queue.put_back(connection, held, after=NOON, error="KeyError", **how)
        (held,) = _claim(connection)
        failures.append(held.failures)
    assert failures == [1, 2, 2, 0]


def test_what_work_carries_can_be_rewritten(connection: Connection, held: Claim) -> None:
    queue.rewrite(connection, held, an_errand(held.kind, "without the secret"))
    queue.put_back(connection, held, after=NOON)
    assert notes_of(_claim(connection)) == ["without the secret"]


def test_parked_work_waits_to_be_planned_anew_and_holds_up_nobody(
    connection: Connection, add: Add, held: Claim
) -> None:
    add("second")
    assert not queue.drop_parked(connection, ERRANDS[held.kind])
    queue.park(connection, held, now=NOON, error="channel_not_found")
    assert _parked(connection) == [(NOON, "channel_not_found")]
    assert notes_of(_claim(connection, now=NOON + timedelta(days=365))) == ["second"]
    assert queue.drop_parked(connection, ERRANDS[held.kind])
    assert _parked(connection) == []


def test_parked_work_of_a_lane_can_be_taken_up_again_as_if_new(connection: Connection, add: Add, held: Claim) -> None:
    add("waits", request=OTHER, after=LEASE_OVER + SECOND)
    queue.put_back(connection, held, after=NOON, failed=True)
    (again,) = _claim(connection)
    queue.park(connection, again, now=NOON, error="channel_not_found")
    assert [queue.unpark(connection, [lane], now=LEASE_OVER) for lane in Lane] == [lane is held.lane for lane in Lane]
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
@pytest.mark.parametrize("ended", ["taken over", "finish", "put back", "park"])
def test_who_holds_the_work_no_more_can_do_nothing(connection: Connection, held: Claim, arrow: str, ended: str) -> None:
    if ended == "taken over":
        _claim(connection, now=LEASE_OVER)
    else:
        ARROWS[ended](connection, held)
    before = connection.execute(select(tables.work)).all()
    with pytest.raises(LeaseLost):
        ARROWS[arrow](connection, held)
    assert connection.execute(select(tables.work)).all() == before


def test_work_is_waiting_until_it_begins_and_again_once_it_is_put_back_but_not_parked(with_a_card: Connection) -> None:
    def is_waiting(kind: str = Errand.CARD, request: RequestId = ONE) -> bool:
        return queue.is_waiting(with_a_card, [ERRANDS[kind]], request)

    assert (is_waiting(), is_waiting(Errand.REPLY), is_waiting(request=OTHER)) == (True, False, False)
    [claim] = _claim(with_a_card, lane=Lane.TELL)
    assert not is_waiting()
    queue.put_back(with_a_card, claim, after=LEASE_OVER)
    assert is_waiting()
    [again] = _claim(with_a_card, lane=Lane.TELL, now=LEASE_OVER)
    queue.park(with_a_card, again, now=NOON, error="is_archived")
    assert not is_waiting()


def test_work_that_lost_its_meaning_is_dropped_and_no_other_kind_or_requests(with_a_card: Connection) -> None:
    queue.add(with_a_card, an_errand(Errand.REPLY, "a reply"), now=NOON, request=ONE)
    queue.add(with_a_card, an_errand(Errand.CARD, "another's"), now=NOON, request=OTHER)
    queue.drop(with_a_card, ERRANDS[Errand.CARD], ONE)
    assert notes_of(_claim(with_a_card, lane=Lane.TELL)) == ["a reply", "another's"]


def test_what_somebody_holds_is_not_dropped(with_a_card: Connection) -> None:
    [claim] = _claim(with_a_card, lane=Lane.TELL)
    queue.drop(with_a_card, ERRANDS[Errand.CARD], ONE)
    queue.finish(with_a_card, claim)
