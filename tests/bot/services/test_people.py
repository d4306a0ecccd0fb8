"""How old people data may be when something is decided on it: a minute, in every place where time can pass before."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url

from bot.domain import refusals
from bot.domain.policy import Decision, Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.acts import Ask, Decide, Freeze, Resolve, Unpark
from bot.services.letters import CardLetter
from bot.services.people import PAUSE
from bot.services.plans import Purchase
from bot.store import control, requests
from bot.store.lanes import Lane
from bot.store.postgres import plain_engine
from bot.store.sqlite import writing_engine
from bot.work import queue, stuck
from bot.work.queue import Claim
from bot.work.retry import TryLater, backoff
from tests.harness.builders import ASKER, BOSS, CHANNEL, CHIEF, TEAM, an_address, some_approvers, some_rules
from tests.harness.fakes import THE_LIST
from tests.harness.rows import facts_of
from tests.harness.seen import asked, passing
from tests.harness.workbench import Workbench

STRANGER = "U_STRANGER"

Lock = Callable[[Connection], object]


def _know_the_list_for(bench: Workbench, seconds: int) -> None:
    bench.people.list_of_approvers = some_approvers(BOSS, CHIEF, read_at=bench.clock.now() - timedelta(seconds=seconds))


def _slow_down(bench: Workbench, about: str, *, seconds: int) -> None:
    """Has answers about this person, or about the list, take that long from now on."""

    async def pass_time(asked: str) -> None:
        if asked == about:
            bench.clock.advance(seconds)

    bench.people.during_look_up = pass_time


async def _half_approved(bench: Workbench) -> PurchaseRequest:
    """One more vote is needed, and with it the first voter is asked about too."""
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    return request


async def test_a_list_that_grew_too_old_while_a_voter_was_asked_about_is_read_anew(bench: Workbench) -> None:
    request = await _half_approved(bench)
    _know_the_list_for(bench, 59)
    _slow_down(bench, BOSS, seconds=10)
    with pytest.raises(TryLater) as later:
        await bench.approve(request, by=CHIEF)
    assert later.value.after == PAUSE
    assert (await bench.now(request)).status is Status.PENDING
    bench.clock.advance(PAUSE)
    await bench.run(Decide)
    assert facts_of(await bench.last(Event.APPROVED))["age_seconds"] == 10


@pytest.mark.parametrize(("known_for", "about", "seconds", "age"), [(59, BOSS, 1, 60), (60, CHIEF, 7, 7)])
async def test_a_decision_is_as_old_as_the_oldest_answer_it_rests_on_and_that_is_a_minute_at_most(
    bench: Workbench, known_for: int, about: str, seconds: int, age: int
) -> None:
    request = await _half_approved(bench)
    _know_the_list_for(bench, known_for)
    _slow_down(bench, about, seconds=seconds)
    await bench.approve(request, by=CHIEF)
    assert facts_of(await bench.last(Event.APPROVED))["age_seconds"] == age


async def test_nobody_is_refused_by_a_list_that_grew_too_old_while_it_was_put_together(bench: Workbench) -> None:
    request = await bench.a_request()
    _know_the_list_for(bench, 59)
    _slow_down(bench, THE_LIST, seconds=2)
    with pytest.raises(TryLater):
        await bench.approve(request, by=STRANGER)
    bench.clock.advance(PAUSE)
    await bench.run(Decide)
    reason, evidence = await bench.refusal(Event.DECISION_REFUSED)
    assert (reason, evidence["age_seconds"]) == (refusals.NotAnApprover.reason, 2)


@pytest.mark.parametrize(
    ("decision", "by", "about"), [(Decision.WITHDRAW, ASKER, ASKER), (Decision.APPROVE, BOSS, THE_LIST)]
)
async def test_when_an_answer_takes_longer_than_a_minute_the_click_is_refused_with_words(
    bench: Workbench, decision: Decision, by: str, about: str
) -> None:
    request = await bench.a_request()
    _slow_down(bench, about, seconds=61)
    await bench.click(decision, request, by=by)
    await bench.run(Decide)
    reason, evidence = await bench.refusal(Event.DECISION_REFUSED)
    assert (reason, evidence) == (refusals.PeopleUnreadable.reason, {"why": "outdated"})
    assert bench.people.asked_for_list <= 1
    assert (await bench.now(request)).status is Status.PENDING


@pytest.fixture
def others(bench: Workbench, database_url: str) -> Iterator[Engine]:
    """Another process at the bench's database."""
    path = make_url(database_url).database
    is_file = database_url.startswith("sqlite")
    engine = writing_engine(Path(path or "")) if is_file else plain_engine(database_url)
    yield engine
    engine.dispose()


async def _do_late(bench: Workbench, held: Claim, others: Engine, lock: Lock, *, last: str, seconds: int = 2) -> None:
    """Does this work while others hold the lock, so long from `last` on: whom or what it asks about last."""
    with others.connect() as connection:
        ahead = connection.begin()
        lock(connection)

        def go_on() -> None:
            bench.clock.advance(seconds)
            ahead.commit()

        async def go_on_once_it_waits(about: str) -> None:
            if about == last:  # its turn is waited for before anything else runs
                asyncio.get_running_loop().call_soon(go_on)

        bench.people.during_look_up = bench.provider.during_read = go_on_once_it_waits
        await bench.do(held)


async def test_a_decision_that_waited_for_its_turn_is_not_taken_on_a_list_too_old_by_then(
    bench: Workbench, others: Engine
) -> None:
    request = await _half_approved(bench)
    await bench.click(Decision.APPROVE, request, by=CHIEF)
    held = await bench.claim(Decide)
    _know_the_list_for(bench, 59)
    with pytest.raises(TryLater):
        await _do_late(bench, held, others, lambda connection: requests.lock(connection, request.id), last=BOSS)
    assert (await bench.now(request)).status is Status.PENDING


async def test_a_freeze_that_waited_for_its_turn_is_not_switched_on_a_list_too_old_by_then(
    bench: Workbench, others: Engine
) -> None:
    by = an_address(BOSS, at=bench.clock.now())
    await bench.take(Freeze(team=TEAM, trigger_id=bench.trigger(), by=by, freezes=True, channel=CHANNEL))
    held = await bench.claim(Freeze)
    _know_the_list_for(bench, 59)
    with pytest.raises(TryLater):
        await _do_late(bench, held, others, control.hold, last=THE_LIST)
    assert not await bench.store.read(control.looks_frozen)


async def test_an_outcome_that_waited_for_its_turn_is_not_said_on_a_list_too_old_by_then(
    bench: Workbench, others: Engine
) -> None:
    request = await asked(bench)
    await bench.run_due(Lane.JUDGE)
    by, said = an_address(BOSS, at=bench.clock.now()), Resolution.LOOK_AGAIN
    await bench.take(Resolve(team=TEAM, trigger_id=bench.trigger(), by=by, resolution=said, request=request.id))
    held = await bench.claim(Resolve)
    _know_the_list_for(bench, 59)
    with pytest.raises(TryLater):
        await _do_late(bench, held, others, lambda connection: requests.lock(connection, request.id), last=THE_LIST)
    assert (await bench.attempt(request)).asks_people


@pytest.mark.parametrize("drops", [False, True])
async def test_parked_work_is_not_put_right_on_a_list_too_old_once_it_is_its_turn(
    bench: Workbench, others: Engine, drops: bool
) -> None:
    await bench.ask()
    parked = await bench.claim(CardLetter)
    await bench.store.write(lambda connection: queue.park(connection, parked, now=bench.clock.now(), error="KeyError"))
    by = an_address(BOSS, at=bench.clock.now())
    await bench.take(Unpark(team=TEAM, trigger_id=bench.trigger(), by=by, work=parked.id, drops=drops))
    held = await bench.claim(Unpark)
    _know_the_list_for(bench, 59)
    with pytest.raises(TryLater):
        await _do_late(bench, held, others, lambda connection: stuck.hold(connection, parked.id), last=THE_LIST)
    assert [one.id for one in await bench.store.read(stuck.parked)] == [parked.id]


async def test_nothing_is_asked_for_by_somebody_who_was_read_too_long_ago_once_it_is_its_turn(
    bench: Workbench, others: Engine
) -> None:
    await bench.take(bench.an_ask())
    await _do_late(bench, await bench.claim(Ask), others, control.hold, last="balance", seconds=61)
    reason, evidence = await bench.refusal(Event.REQUEST_REFUSED)
    assert (reason, evidence) == (refusals.PeopleUnreadable.reason, {"why": "outdated"})
    assert await bench.requests() == []


async def test_a_list_that_grew_too_old_before_the_attempt_is_recorded_is_read_anew(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    _know_the_list_for(bench, 59)
    _slow_down(bench, BOSS, seconds=10)
    with pytest.raises(TryLater) as later:
        await bench.run(Purchase)
    assert later.value.after == backoff(1)
    assert await bench.attempts() == []
    bench.clock.advance(later.value.after)
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED
    (recorded,) = [facts_of(entry) for entry in await bench.trail() if entry.event is Event.ATTEMPT_RECORDED]
    assert recorded.items() >= {"list": f"{BOSS},{CHIEF}", "size": 2, "age_seconds": 10}.items()


@pytest.mark.parametrize(("seconds", "status"), [(1, Status.PURCHASED), (2, Status.APPROVED)])
async def test_a_call_leaves_only_while_what_it_rests_on_is_at_most_a_minute_old(
    bench: Workbench, seconds: int, status: Status
) -> None:
    request = await bench.an_approved_request()
    _know_the_list_for(bench, 59)
    bench.provider.before_call = passing(bench, seconds)
    await bench.run(Purchase)
    assert (await bench.now(request)).status is status
    assert len(bench.provider.calls) == (status is Status.PURCHASED)


async def test_slow_answers_about_people_never_buy_and_are_asked_for_ever_less_often(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    _slow_down(bench, THE_LIST, seconds=61)
    pauses = []
    for _ in range(4):
        with pytest.raises(TryLater) as later:
            await bench.run(Purchase)
        pauses.append(later.value.after)
        bench.clock.advance(later.value.after)
    assert pauses == [backoff(claims) for claims in (1, 2, 3, 4)]
    assert await bench.attempts() == []
    assert (await bench.now(request)).status is Status.APPROVED
