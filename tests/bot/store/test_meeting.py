"""Several processes on one PostgreSQL: what they do at the same moment stays in order and happens once."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import Connection, Engine

from bot.domain.money import Money
from bot.domain.request import PurchaseRequest, RequestId
from bot.store import budgets, cards, clicks, control, homes, requests, votes
from bot.store.postgres import open_postgres
from bot.work import queue
from bot.work.queue import Claim, Lane
from tests.harness.builders import ASKER, BOSS, NOON, NUMBER, TEAM, a_request
from tests.harness.errands import ERRANDS, KINDS, Errand, an_errand, notes_of
from tests.harness.patience import PATIENCE
from tests.harness.postgres import engine_of, until_waiting_for_locks
from tests.harness.stores import keep

T = TypeVar("T")

ONE, OTHER = RequestId("1" * 32), RequestId("2" * 32)
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=30)


@dataclass
class Processes:
    """Connections as several processes have them."""

    one: Engine
    another: Engine
    watching: Engine
    _threads: ThreadPoolExecutor = field(default_factory=ThreadPoolExecutor)

    def meanwhile(self, fn: Callable[[Connection], T]) -> Future[T]:
        """Runs it in another process' transaction."""

        def run() -> T:
            with self.another.begin() as connection:
                return fn(connection)

        return self._threads.submit(run)

    def until_it_waits(self) -> None:
        until_waiting_for_locks(self.watching, 1)

    def close(self) -> None:
        self._threads.shutdown()


@pytest.fixture
def processes(postgres_url: str) -> Iterator[Processes]:
    with ExitStack() as stack:
        one, another, watching = (stack.enter_context(engine_of(postgres_url)) for _ in range(3))
        found = Processes(one, another, watching)
        stack.callback(found.close)
        yield found


def _claim(connection: Connection, lane: Lane = Lane.JUDGE, *, late: timedelta = timedelta(0)) -> list[str]:
    claimed = queue.claim(connection, lane, now=NOON + late, lease=LEASE, most=10, kinds=KINDS)
    return notes_of(claimed)


def _add(processes: Processes, *names: str, kind: str = Errand.DECIDE, after: timedelta = timedelta(0)) -> None:
    with processes.one.begin() as connection:
        for name in names:
            queue.add(connection, an_errand(kind, name), now=NOON, request=ONE, after=NOON + after)


def test_two_clocks_that_differ_do_not_make_two_workers_of_one_request(processes: Processes) -> None:
    _add(processes, "due in a second", after=SECOND)
    _add(processes, "due now")
    with processes.one.begin() as connection:
        assert _claim(connection) == ["due now"]
        by_a_faster_clock = processes.meanwhile(lambda it: _claim(it, late=SECOND))
        processes.until_it_waits()
    assert by_a_faster_clock.result(PATIENCE) == []


def test_a_claim_does_not_wait_for_work_that_somebody_is_just_finishing(processes: Processes) -> None:
    _add(processes, "first")
    with processes.one.begin() as connection:
        [held] = queue.claim(connection, Lane.JUDGE, now=NOON, lease=SECOND, most=1, kinds=KINDS)
    _add(processes, "second")
    with processes.one.begin() as connection:
        queue.finish(connection, held)
        assert processes.meanwhile(lambda it: _claim(it, late=2 * SECOND)).result(PATIENCE) == []
    with processes.one.begin() as connection:
        assert _claim(connection, late=2 * SECOND) == ["second"]


def test_lanes_do_not_wait_for_each_other(processes: Processes) -> None:
    _add(processes, "judge")
    _add(processes, "tell", kind=Errand.CARD)
    with processes.one.begin() as connection:
        assert _claim(connection) == ["judge"]
        assert processes.meanwhile(lambda it: _claim(it, Lane.TELL)).result(PATIENCE) == ["tell"]


def test_work_that_is_counted_on_does_not_begin_before_there_is_what_it_is_to_see(processes: Processes) -> None:
    _add(processes, "card", kind=Errand.CARD)
    with processes.one.begin() as connection:
        assert queue.is_waiting(connection, ERRANDS[Errand.CARD], ONE)
        assert processes.meanwhile(lambda it: _claim(it, Lane.TELL)).result(PATIENCE) == []
    with processes.one.begin() as connection:
        assert _claim(connection, Lane.TELL) == ["card"]


def test_work_that_somebody_is_just_beginning_is_not_counted_on(processes: Processes) -> None:
    _add(processes, "card", kind=Errand.CARD)
    with processes.one.begin() as connection:
        assert _claim(connection, Lane.TELL) == ["card"]
        counting_on_it = processes.meanwhile(lambda it: queue.is_waiting(it, ERRANDS[Errand.CARD], ONE))
        processes.until_it_waits()
    assert counting_on_it.result(PATIENCE) is False


@pytest.mark.parametrize(("ending", "is_new"), [("commits", False), ("is undone", True)])
def test_a_click_that_comes_twice_at_once_is_new_once(processes: Processes, ending: str, is_new: bool) -> None:
    with processes.one.connect() as connection, connection.begin() as transaction:
        assert clicks.is_new(connection, "1", now=NOON)
        again = processes.meanwhile(lambda it: clicks.is_new(it, "1", now=NOON))
        processes.until_it_waits()
        if ending == "commits":
            transaction.commit()
        else:
            transaction.rollback()
    assert again.result(PATIENCE) is is_new


def test_two_who_forget_old_clicks_do_not_wait_for_each_other(processes: Processes) -> None:
    with processes.one.begin() as connection:
        clicks.is_new(connection, "old", now=NOON)
    with processes.one.begin() as connection:
        assert clicks.is_new(connection, "1", now=NOON + 2 * clicks.KEPT)
        assert processes.meanwhile(lambda it: clicks.is_new(it, "2", now=NOON + 2 * clicks.KEPT)).result(PATIENCE)


def test_the_second_of_two_voters_sees_the_first_ones_vote(processes: Processes) -> None:
    with processes.one.begin() as connection:
        request = keep(connection, a_request())
    with processes.one.begin() as connection:
        locked = requests.lock(connection, request.id)
        assert locked is not None
        votes.add(connection, locked, BOSS, at=NOON, entry=2)

        def second(it: Connection) -> list[str]:
            requests.lock(it, request.id)
            return votes.voters(it, request)

        voting = processes.meanwhile(second)
        processes.until_it_waits()
    assert voting.result(PATIENCE) == [BOSS]


def test_a_freeze_waits_for_what_is_just_decided_and_the_next_decision_for_the_freeze(processes: Processes) -> None:
    with processes.one.begin() as connection:
        assert not control.is_frozen(connection)
        assert processes.meanwhile(control.is_frozen).result(PATIENCE) is False
        freezing = processes.meanwhile(lambda it: control.set_frozen(it, at=NOON, by=BOSS))
        processes.until_it_waits()
    assert freezing.result(PATIENCE)
    with processes.one.begin() as connection:
        control.set_frozen(connection, at=None, by=None)
        deciding = processes.meanwhile(control.is_frozen)
        processes.until_it_waits()
    assert deciding.result(PATIENCE) is False


def test_a_home_that_is_just_shown_afresh_is_refreshed_for_what_changes_meanwhile(processes: Processes) -> None:
    with processes.one.begin() as connection:
        homes.opened(connection, TEAM, ASKER, at=NOON)
    with processes.one.begin() as connection:
        homes.fresh(connection, TEAM, ASKER)
        changing = processes.meanwhile(lambda it: homes.take_stale(it, since=NOON))
        processes.until_it_waits()
    assert changing.result(PATIENCE) == [(TEAM, ASKER)]


def test_a_home_is_not_called_fresh_before_there_is_what_it_is_to_show(processes: Processes) -> None:
    with processes.one.begin() as connection:
        homes.opened(connection, TEAM, ASKER, at=NOON)
    with processes.one.begin() as connection:
        assert homes.take_stale(connection, since=NOON) == []
        showing = processes.meanwhile(lambda it: homes.fresh(it, TEAM, ASKER))
        processes.until_it_waits()
    showing.result(PATIENCE)


def test_a_home_that_is_opened_twice_at_once_is_one(processes: Processes) -> None:
    with processes.one.begin() as connection:
        homes.opened(connection, TEAM, ASKER, at=NOON)
        again = processes.meanwhile(lambda it: homes.opened(it, TEAM, ASKER, at=NOON))
        processes.until_it_waits()
    again.result(PATIENCE)


def test_where_a_card_stands_is_told_by_one_at_a_time(processes: Processes) -> None:
    with processes.one.begin() as connection:
        cards.add(connection, "c", "C_TEAM")
    with processes.one.begin() as connection:
        assert cards.lock(connection, "c").ts is None
        other = processes.meanwhile(lambda it: cards.lock(it, "c").ts)
        processes.until_it_waits()
        cards.posted(connection, "c", ts="1.000001", shown=1, at=NOON)
    assert other.result(PATIENCE) == "1.000001"


def test_two_approvals_at_once_do_not_pass_the_budget(processes: Processes) -> None:
    with processes.one.begin() as connection:
        one, other = (keep(connection, a_request(number=number), ts=None) for number in (NUMBER, "+918069000143"))
    budget, charge = Money.of("150 INR"), Money.of("101 INR")

    def reserve(it: Connection, request: PurchaseRequest) -> bool:
        return budgets.reserve(it, request.id, charge, month="2026-11", budget=budget)

    with processes.one.begin() as connection:
        assert reserve(connection, one)
        second = processes.meanwhile(lambda it: reserve(it, other))
        processes.until_it_waits()
    assert second.result(PATIENCE) is False


@dataclass
class Ledger:
    """Who holds what, and in which order work was taken."""

    held: set[RequestId | None] = field(default_factory=set)
    taken: dict[RequestId | None, list[str]] = field(default_factory=dict)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def taken_by(self, claims: list[Claim]) -> list[Claim]:
        with self._one_at_a_time:
            for claim in claims:
                assert claim.request not in self.held
                self.held.add(claim.request)
                self.taken.setdefault(claim.request, []).extend(notes_of([claim]))
        return claims

    def finishing(self, held: Claim) -> Callable[[Connection], None]:
        def finish(connection: Connection) -> None:
            queue.finish(connection, held)
            with self._one_at_a_time:
                self.held.discard(held.request)

        return finish


async def test_two_processes_share_the_work_and_each_requests_own_stays_in_order(postgres_url: str) -> None:
    names = [f"{number:02}" for number in range(12)]
    ledger = Ledger()
    stores = [open_postgres(postgres_url) for _ in range(2)]

    def fill(connection: Connection) -> None:
        for name in names:
            for request in (ONE, OTHER):
                queue.add(connection, an_errand(Errand.DECIDE, name), now=NOON, request=request)

    await stores[0].write(fill)

    def claim(connection: Connection) -> list[Claim]:
        return queue.claim(connection, Lane.JUDGE, now=NOON, lease=LEASE, most=2, kinds=KINDS)

    async def worker(number: int) -> None:
        store = stores[number % 2]
        while len(ledger.taken.get(ONE, [])) < len(names) or len(ledger.taken.get(OTHER, [])) < len(names):
            for held in ledger.taken_by(await store.write(claim)):
                await store.write(ledger.finishing(held))

    await asyncio.wait_for(asyncio.gather(*(worker(number) for number in range(4))), PATIENCE)
    assert ledger.taken == {ONE: names, OTHER: names}
    for store in stores:
        store.close()
