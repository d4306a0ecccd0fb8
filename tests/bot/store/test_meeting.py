"""Several processes on one PostgreSQL: what they do at the same moment stays in order and happens once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TypeVar

import pytest
from sqlalchemy import Connection, Engine

from bot.domain.money import Money
from bot.domain.request import PurchaseRequest, RequestId
from bot.store import budgets, cards, clicks, control, homes, requests, votes
from bot.store.lanes import Lane
from bot.work import claims, queue
from tests.harness.builders import ASKER, BOSS, NOON, TEAM, a_request
from tests.harness.errands import ERRANDS, KINDS, Errand, an_errand, notes_of
from tests.harness.patience import PATIENCE
from tests.harness.postgres import engine_of, until_waiting_for_locks
from tests.harness.stores import keep

T = TypeVar("T")
Does = Callable[[Connection], T]

ONE = RequestId("1" * 32)
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=30)


@dataclass
class Processes:
    """Connections as several processes have them."""

    one: Engine
    another: Engine
    watching: Engine
    threads: ThreadPoolExecutor = field(default_factory=ThreadPoolExecutor)

    def alone(self, fn: Does[T]) -> T:
        with self.one.begin() as connection:
            return fn(connection)

    def beside(self, first: Does[object], second: Does[T]) -> T:
        """What the second comes to, which does not wait for the first one's transaction to end."""
        with self.one.begin() as connection:
            first(connection)
            return self.threads.submit(self.of_another, second).result(PATIENCE)

    def behind(self, first: Does[object], second: Does[T], *, is_undone: bool = False) -> T:
        """What the second comes to, which waits for the first one's transaction to end."""
        with self.one.connect() as connection, connection.begin() as transaction:
            first(connection)
            waiting = self.threads.submit(self.of_another, second)
            until_waiting_for_locks(self.watching, 1)
            if is_undone:
                transaction.rollback()
            else:
                transaction.commit()
        return waiting.result(PATIENCE)

    def of_another(self, fn: Does[T]) -> T:
        with self.another.begin() as connection:
            return fn(connection)


@pytest.fixture
def processes(postgres_url: str) -> Iterator[Processes]:
    with ExitStack() as stack:
        one, another, watching = (stack.enter_context(engine_of(postgres_url)) for _ in range(3))
        found = Processes(one, another, watching)
        stack.enter_context(found.threads)
        yield found


def _claim(connection: Connection, lane: Lane = Lane.JUDGE, *, late: timedelta = timedelta(0)) -> list[str]:
    return notes_of(claims.claim(connection, lane, now=NOON + late, lease=LEASE, most=10, kinds=KINDS))


_claim_to_tell = partial(_claim, lane=Lane.TELL)


def _adds(name: str, kind: str = Errand.DECIDE, *, after: timedelta = timedelta(0)) -> Callable[[Connection], None]:
    return lambda it: queue.add(it, an_errand(kind, name), now=NOON, request=ONE, after=NOON + after)


def _card_is_waiting(connection: Connection) -> bool:
    return queue.is_waiting(connection, [ERRANDS[Errand.CARD]], ONE)


def _click(connection: Connection, trigger: str = "1") -> bool:
    return clicks.is_new(connection, trigger, now=NOON)


def _open_home(connection: Connection) -> None:
    homes.opened(connection, TEAM, ASKER, at=NOON)


def _fresh_home(connection: Connection) -> None:
    homes.fresh(connection, TEAM, ASKER)


def _stale_homes(connection: Connection) -> list[tuple[str, str]]:
    return homes.take_stale(connection, since=NOON)


def test_two_clocks_that_differ_do_not_make_two_workers_of_one_request(processes: Processes) -> None:
    processes.alone(_adds("due in a second", after=SECOND))
    processes.alone(_adds("due now"))
    assert processes.behind(_claim, partial(_claim, late=SECOND)) == []


def test_a_claim_does_not_wait_for_work_that_somebody_is_just_finishing(processes: Processes) -> None:
    processes.alone(_adds("first"))
    [held] = processes.alone(lambda it: claims.claim(it, Lane.JUDGE, now=NOON, lease=SECOND, most=1, kinds=KINDS))
    processes.alone(_adds("second"))
    late = partial(_claim, late=2 * SECOND)
    assert processes.beside(lambda it: queue.finish(it, held), late) == []
    assert processes.alone(late) == ["second"]


def test_lanes_do_not_wait_for_each_other(processes: Processes) -> None:
    processes.alone(_adds("judge"))
    processes.alone(_adds("tell", Errand.CARD))
    assert processes.beside(_claim, _claim_to_tell) == ["tell"]


def test_work_that_is_counted_on_does_not_begin_before_there_is_what_it_is_to_see(processes: Processes) -> None:
    processes.alone(_adds("card", Errand.CARD))
    assert processes.beside(_card_is_waiting, _claim_to_tell) == []
    assert processes.alone(_claim_to_tell) == ["card"]


def test_work_that_somebody_is_just_beginning_is_not_counted_on(processes: Processes) -> None:
    processes.alone(_adds("card", Errand.CARD))
    assert processes.behind(_claim_to_tell, _card_is_waiting) is False


@pytest.mark.parametrize("is_undone", [False, True])
def test_a_click_that_comes_twice_at_once_is_new_once(processes: Processes, is_undone: bool) -> None:
    assert processes.behind(_click, _click, is_undone=is_undone) is is_undone


def test_a_click_does_not_wait_for_old_ones_to_be_forgotten(processes: Processes) -> None:
    processes.alone(_click)
    later = NOON + 2 * clicks.KEPT
    assert processes.beside(lambda it: clicks.forget(it, now=later), lambda it: clicks.is_new(it, "2", now=later))


def test_the_second_of_two_voters_sees_the_first_ones_vote(processes: Processes) -> None:
    request = processes.alone(lambda it: keep(it, a_request()))

    def first(it: Connection) -> None:
        requests.lock(it, request.id)
        votes.add(it, request, BOSS, at=NOON, entry=2)

    def second(it: Connection) -> list[str]:
        requests.lock(it, request.id)
        return votes.voters(it, request)

    assert processes.behind(first, second) == [BOSS]


def test_a_freeze_waits_for_what_is_just_decided_and_the_next_decision_for_the_freeze(processes: Processes) -> None:
    assert processes.beside(control.is_frozen, control.is_frozen) is False
    assert processes.behind(control.is_frozen, lambda it: control.freeze(it, at=NOON, by=BOSS))
    assert processes.behind(lambda it: control.lift(it, at=NOON), control.is_frozen) is False


def test_a_home_that_is_just_shown_afresh_is_refreshed_for_what_changes_meanwhile(processes: Processes) -> None:
    processes.alone(_open_home)
    assert processes.behind(_fresh_home, _stale_homes) == [(TEAM, ASKER)]


def test_a_home_is_opened_once_and_not_called_fresh_before_there_is_what_it_is_to_show(processes: Processes) -> None:
    processes.behind(_open_home, _open_home)
    processes.behind(_stale_homes, _fresh_home)


def test_where_a_card_stands_is_told_by_one_at_a_time(processes: Processes) -> None:
    processes.alone(lambda it: cards.add(it, "c", "C_TEAM"))
    processes.behind(lambda it: cards.lock(it, "c"), lambda it: cards.lock(it, "c"))


def test_whoever_locks_all_counters_takes_them_in_one_order(processes: Processes) -> None:
    first, last = ("2026-11", "INR"), ("2026-12", "USD")
    for counter in (last, first):
        processes.alone(partial(budgets.lock, month=counter[0], currency=counter[1]))
    with processes.one.begin() as connection:
        budgets.lock(connection, *first)
        waiting = processes.threads.submit(processes.of_another, budgets.lock_all)
        until_waiting_for_locks(processes.watching, 1)
        budgets.lock(connection, *last)
    waiting.result(PATIENCE)


def test_two_approvals_at_once_do_not_pass_the_budget(processes: Processes) -> None:
    def reserve(it: Connection, request: PurchaseRequest) -> bool:
        return budgets.reserve(it, request.id, request.terms.charge, month="2026-11", budget=Money.of("150 INR"))

    one = processes.alone(lambda it: keep(it, a_request(), ts=None))
    other = processes.alone(lambda it: keep(it, a_request(number="+918069000143"), ts=None))
    assert processes.behind(partial(reserve, request=one), partial(reserve, request=other)) is False
