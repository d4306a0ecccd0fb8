"""Durable work against its rules in the plainest form, whatever order its workers claim, stall, die and let go in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection

from bot.domain.request import RequestId
from bot.store.lanes import Lane
from bot.work import claims, queue
from bot.work.queue import Claim, LeaseLost
from tests.bot.conftest import Undone
from tests.harness.builders import NOON
from tests.harness.errands import ERRANDS, KINDS, Errand, an_errand, notes_of

LEASE = timedelta(seconds=4)

quick = settings(derandomize=True, deadline=None, max_examples=40, stateful_step_count=30)

ONE, OTHER = RequestId("1" * 32), RequestId("2" * 32)

DRAWN = st.sampled_from([Errand.DECIDE, Errand.EXPIRE, Errand.CARD])
REQUESTS = st.sampled_from([ONE, ONE, ONE, OTHER, None])
LANES = st.sampled_from([Lane.JUDGE, Lane.JUDGE, Lane.TELL])
SECONDS = st.integers(0, 5).map(lambda seconds: timedelta(seconds=seconds))

Arrow = Callable[[Connection, Claim, datetime], None]

ARROWS: dict[str, Arrow] = {
    "finish": lambda connection, held, _: queue.finish(connection, held),
    "extend": lambda connection, held, at: queue.extend(connection, held, until=at),
    "put back": lambda connection, held, at: queue.put_back(connection, held, after=at),
    "fail": lambda connection, held, at: queue.put_back(connection, held, after=at, failed=True),
    "park": lambda connection, held, at: queue.park(connection, held, now=at, error="is_archived"),
}


@dataclass
class Row:
    """What the rules know about one row."""

    no: int
    lane: Lane
    request: RequestId | None
    not_before: datetime
    claims: int = 0
    failures: int = 0
    token: str | None = None
    lease_until: datetime | None = None
    parked: bool = False

    def is_held(self, now: datetime) -> bool:
        return self.token is not None and self.lease_until is not None and now < self.lease_until

    def is_due(self, now: datetime) -> bool:
        return self.not_before <= now

    def goes_before(self, other: "Row", now: datetime) -> bool:
        """Same request and lane, and either running or added earlier and its turn already."""
        if self.parked or self.request is None or (self.request, self.lane) != (other.request, other.lane):
            return False
        return self.is_held(now) or (self.no < other.no and (self.is_due(now) or self.claims > 0))


def _note(claim: Claim) -> str:
    return notes_of([claim])[0]


class Rows(RuleBasedStateMachine):
    """The real table on one side, the rules on the other."""

    def __init__(self, undone: Undone) -> None:
        super().__init__()
        self._transaction = undone()
        self.connection = self._transaction.__enter__()
        self.now = NOON
        self.added = 0
        self.rows: dict[str, Row] = {}
        self.ever_claimed: list[Claim] = []

    def teardown(self) -> None:
        self._transaction.__exit__(None, None, None)

    @rule(kind=DRAWN, request=REQUESTS, after=SECONDS)
    def add(self, kind: str, request: RequestId | None, after: timedelta) -> None:
        self.added += 1
        no = self.added
        due = self.now + after
        queue.add(self.connection, an_errand(kind, str(no)), now=self.now, request=request, after=due)
        self.rows[str(no)] = Row(no=no, lane=ERRANDS[kind].lane, request=request, not_before=due)

    @rule(by=SECONDS)
    def time_passes(self, by: timedelta) -> None:
        self.now += by

    @rule(lane=LANES, most=st.integers(1, 3))
    def claim(self, lane: Lane, most: int) -> None:
        expected = sorted(self._claimable(lane), key=lambda row: (row.not_before, row.no))[:most]
        held = {(row.request, row.lane) for row in self.rows.values() if row.request and row.is_held(self.now)}
        claimed = claims.claim(self.connection, lane, now=self.now, lease=LEASE, most=most, kinds=KINDS)
        assert set(notes_of(claimed)) == {str(row.no) for row in expected}
        for claim in claimed:
            row = self.rows[_note(claim)]
            assert (row.request, row.lane) not in held, "never two of one request"
            held |= {(row.request, row.lane)} if row.request else set()
            row.claims += 1
            row.failures += row.token is not None
            row.token, row.lease_until = claim.token, claim.lease_until
            assert (claim.claims, claim.failures) == (row.claims, row.failures)
            assert claim.lease_until == self.now + LEASE
        self.ever_claimed += claimed

    @precondition(lambda self: self.ever_claimed)
    @rule(data=st.data(), arrow=st.sampled_from(sorted(ARROWS)), by=SECONDS)
    def somebody_who_claimed_goes_on(self, data: st.DataObject, arrow: str, by: timedelta) -> None:
        """Whoever ever held a row tries to do something with it, in time or long after its lease went to another."""
        claim = data.draw(st.sampled_from(self.ever_claimed[-4:]))
        row = self.rows.get(_note(claim))
        if row is None or row.token != claim.token:
            with pytest.raises(LeaseLost):
                ARROWS[arrow](self.connection, claim, self.now + by)
            return
        ARROWS[arrow](self.connection, claim, self.now + by)
        match arrow:
            case "finish":
                del self.rows[_note(claim)]
            case "extend":
                row.lease_until = max(row.lease_until or self.now, self.now + by)
            case "park":
                row.token, row.parked = None, True
            case _:
                row.token, row.not_before = None, self.now + by
                row.failures = row.failures + 1 if arrow == "fail" else 0

    @invariant()
    def looking_agrees_with_claiming(self) -> None:
        for lane in (Lane.JUDGE, Lane.TELL):
            assert claims.is_due(self.connection, lane, now=self.now, kinds=KINDS) is bool(self._claimable(lane))

    def _claimable(self, lane: Lane) -> list[Row]:
        return [
            row
            for row in self.rows.values()
            if row.lane is lane
            and not row.parked
            and row.is_due(self.now)
            and not row.is_held(self.now)
            and not any(other.goes_before(row, self.now) for other in self.rows.values() if other is not row)
        ]


def test_work_goes_by_its_rules(undone: Undone) -> None:
    class OnThisDatabase(Rows):
        def __init__(self) -> None:
            super().__init__(undone)

    with undone() as connection:
        is_far = connection.dialect.name == "postgresql"
    run_state_machine_as_test(OnThisDatabase, settings=settings(quick, max_examples=15) if is_far else quick)
