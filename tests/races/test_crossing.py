"""Two processes do what cannot both be: whoever comes second sees what the first one did, in either order.

And whoever is slow keeps what it has in hand, however eagerly the other looks for work.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import Connection, Engine, select

from bot import lanes
from bot.domain import refusals
from bot.domain.basket import digest_of
from bot.domain.money import Money
from bot.domain.policy import Decision
from bot.domain.request import PurchaseRequest, Status
from bot.domain.rules import Rules
from bot.domain.trail import Event
from bot.services.acts import Ask, Decide, Freeze
from bot.services.parking import Parking
from bot.services.plans import Expire, Purchase
from bot.store import budgets, control, requests
from bot.store.lanes import Lane
from bot.store.tables import audit_head
from bot.work import claims, queue
from bot.work.crew import Crew
from bot.work.queue import Claim
from tests.harness.builders import ASKER, BOSS, CHANNEL, CHIEF, NUMBER, TEAM, a_request, an_address, some_rules
from tests.harness.clock import FakeClock
from tests.harness.errands import KINDS
from tests.harness.fakes import FakePeople
from tests.harness.patience import PATIENCE
from tests.harness.postgres import engine_of, until_waiting_for_locks
from tests.harness.rows import facts_of
from tests.harness.workbench import Workbench
from tests.races.house import APPROVED, BOUGHT
from tests.races.locks import Lock, the_row

Benches = tuple[Workbench, Workbench]


def the_trail(connection: Connection) -> None:
    connection.execute(select(audit_head).with_for_update())


async def told(bench: Workbench) -> list[Event]:
    return [entry.event for entry in await bench.trail()]


async def a_decision(
    bench: Workbench, request: PurchaseRequest, decision: Decision = Decision.APPROVE, *, by: str = BOSS
) -> Claim:
    await bench.click(decision, request, by=by)
    return await bench.claim(Decide)


class OutOfLine(Decide):
    @property
    def about(self) -> None:
        return None


async def a_click_out_of_line(bench: Workbench, request: PurchaseRequest, *, by: str) -> Claim:
    """An approval that the lane would not keep in order with other work of the request: the locks have to."""
    together = await bench.store.read(lambda connection: requests.decided_with(connection, request.id))
    act = Decide(
        team=TEAM,
        trigger_id=bench.trigger(),
        by=an_address(by, at=bench.clock.now()),
        decision=Decision.APPROVE,
        request=request.thread,
        digest=digest_of(together),
    )
    now = bench.clock.now()
    await bench.store.write(lambda connection: queue.add(connection, OutOfLine(**dict(act)), now=now))
    return await bench.claim(Decide)


async def a_freeze(bench: Workbench) -> Claim:
    by = an_address(CHIEF, at=bench.clock.now())
    await bench.take(Freeze(team=TEAM, trigger_id=bench.trigger(), by=by, freezes=True, channel=CHANNEL))
    return await bench.claim(Freeze)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """`holding` takes the lock they meet at, `watching` sees them wait."""

    holding: Engine
    watching: Engine

    async def meet(self, lock: Lock, first: Awaitable[None], second: Awaitable[None]) -> None:
        """Lets go when `second` waits behind `first`. Raises what either of them raises, after both have ended."""
        with self.holding.begin() as connection:
            lock(connection)
            ahead = asyncio.ensure_future(first)
            await self.waiting(1)
            behind = asyncio.ensure_future(second)
            await self.waiting(2)
        for ended in await asyncio.gather(ahead, behind, return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended

    async def waiting(self, how_many: int) -> None:
        """Returns when so many transactions stand waiting for a lock."""
        await asyncio.to_thread(until_waiting_for_locks, self.watching, how_many)


@pytest.fixture
def crossing(postgres_url: str) -> Iterator[Crossing]:
    with engine_of(postgres_url) as holding, engine_of(postgres_url) as watching:
        yield Crossing(holding=holding, watching=watching)


# a decision and the attempt


either_way = pytest.mark.parametrize(("decision", "by"), [(Decision.DENY, BOSS), (Decision.WITHDRAW, ASKER)])


@either_way
async def test_what_is_stopped_before_the_attempt_is_recorded_is_not_bought(
    benches: Benches, crossing: Crossing, decision: Decision, by: str
) -> None:
    judges, buys = benches
    request = await judges.an_approved_request()
    stop, purchase = await a_decision(judges, request, decision, by=by), await buys.claim(Purchase)
    await crossing.meet(the_row(request.id), judges.do(stop), buys.do(purchase))
    assert buys.provider.calls == []
    assert (await buys.now(request)).status in (Status.DENIED, Status.WITHDRAWN)
    assert (await told(buys))[:2] == [*APPROVED]
    assert len(await told(buys)) == 3
    assert not await buys.is_due(Lane.BUY)


@either_way
async def test_what_is_to_be_stopped_after_the_attempt_is_recorded_is_bought_and_said_to_be_too_late(
    benches: Benches, crossing: Crossing, decision: Decision, by: str
) -> None:
    judges, buys = benches
    request = await judges.an_approved_request()
    stop, purchase = await a_decision(judges, request, decision, by=by), await buys.claim(Purchase)
    await crossing.meet(the_row(request.id), buys.do(purchase), judges.do(stop))
    assert len(buys.provider.calls) == 1
    assert (await buys.now(request)).status is Status.PURCHASED
    [words] = await judges.words()
    assert (words.to.user, words.reason) == (by, refusals.NoLongerPossible.reason)
    assert words.evidence["approved_by"] == [BOSS]
    assert [event for event in await told(buys) if event is not Event.DECISION_REFUSED] == BOUGHT


# a freeze


async def test_what_is_approved_behind_a_freeze_is_refused(benches: Benches, crossing: Crossing) -> None:
    one, other = benches
    request = await one.a_request()
    freeze, approval = await a_freeze(other), await a_decision(one, request)
    await crossing.meet(control.hold, other.do(freeze), one.do(approval))
    assert (await one.refusal(Event.DECISION_REFUSED))[0] == refusals.Frozen.reason
    assert await one.now(request) == request


async def test_what_is_approved_ahead_of_a_freeze_is_taken_back(benches: Benches, crossing: Crossing) -> None:
    one, other = benches
    request = await one.a_request()
    freeze, approval = await a_freeze(other), await a_decision(one, request)
    await crossing.meet(control.hold, one.do(approval), other.do(freeze))
    assert await told(one) == [*APPROVED, Event.ASKED_AGAIN, Event.FROZEN]
    assert (await one.now(request)).status is Status.PENDING
    assert await one.voters(request) == []
    await one.run_due(Lane.BUY)
    assert one.provider.calls == []


async def test_behind_a_freeze_no_attempt_is_recorded(benches: Benches, crossing: Crossing) -> None:
    buys, freezes = benches
    request = await buys.an_approved_request()
    purchase, freeze = await buys.claim(Purchase), await a_freeze(freezes)
    await crossing.meet(control.hold, freezes.do(freeze), buys.do(purchase))
    assert buys.provider.calls == []
    assert await buys.attempts() == []
    assert (await buys.now(request)).status is Status.PENDING
    assert await told(buys) == [*APPROVED, Event.ASKED_AGAIN, Event.FROZEN]


async def test_a_freeze_behind_a_recorded_attempt_names_the_call_that_may_leave(
    benches: Benches, crossing: Crossing
) -> None:
    buys, freezes = benches
    request = await buys.an_approved_request()
    purchase, freeze = await buys.claim(Purchase), await a_freeze(freezes)
    is_frozen = asyncio.Event()

    async def freeze_while_the_call_is_out() -> None:
        await freezes.do(freeze)
        is_frozen.set()

    async def answer_after_that() -> None:
        await is_frozen.wait()

    buys.provider.during_call = answer_after_that
    await crossing.meet(control.hold, buys.do(purchase), freeze_while_the_call_is_out())
    assert len(buys.provider.calls) == 1
    assert (await buys.now(request)).status is Status.PURCHASED
    [frozen] = [facts_of(entry) for entry in await buys.trail() if entry.event is Event.FROZEN]
    assert frozen["out"] == [{"request": request.id, "e164": NUMBER}]
    assert frozen["returned"] == []


# votes


VOTED = [Event.REQUESTED, Event.VOTED]


@pytest.mark.parametrize(
    ("second_above", "second", "events", "voters"),
    [
        (None, CHIEF, [*APPROVED, Event.DECISION_REFUSED], [BOSS]),
        ("1 INR", CHIEF, [*VOTED, Event.APPROVED], [BOSS, CHIEF]),
        ("1 INR", BOSS, [*VOTED, Event.DECISION_REFUSED], [BOSS]),
    ],
    ids=["one is needed", "two are needed", "two of one person"],
)
async def test_of_votes_at_once_each_counts_as_if_it_had_come_after_the_other(
    benches: Benches, crossing: Crossing, second_above: str | None, second: str, events: list[Event], voters: list[str]
) -> None:
    one, other = benches
    one.rules = other.rules = some_rules(second_approval_above=second_above)
    request = await one.a_request()
    ahead = await a_click_out_of_line(one, request, by=BOSS)
    behind = await a_click_out_of_line(other, request, by=second)
    await crossing.meet(the_row(request.id), one.do(ahead), other.do(behind))
    assert await told(one) == events
    assert await one.voters(request) == voters
    assert len(await one.rows(Purchase)) == events.count(Event.APPROVED)
    for words in await one.words():
        assert words.reason == (refusals.AlreadyVoted.reason if second == BOSS else refusals.NoLongerPossible.reason)
        assert words.evidence.get("last_actor", BOSS) == BOSS


async def test_of_two_approvals_for_the_last_room_in_the_budget_one_fits(benches: Benches, crossing: Crossing) -> None:
    one, other = benches
    one.rules = other.rules = some_rules(monthly_budget="150 INR")
    wanted = [await one.a_request(), await one.a_request(a_request(number="+918069000143"), ts="2.000001")]
    for request in wanted:
        await one.click(Decision.APPROVE, request, by=BOSS)
    first, second = await one.claim(Decide), await other.claim(Decide)
    await crossing.meet(control.hold, one.do(first), other.do(second))
    assert sorted([(await one.now(request)).status for request in wanted]) == [Status.APPROVED, Status.PENDING]
    assert (await one.refusal(Event.DECISION_REFUSED))[0] == refusals.OverBudget.reason
    month = await one.store.read(lambda connection: budgets.of_month(connection, "2026-11", "INR"))
    assert month.used == Money(Decimal(101), "INR")


# a basket


@pytest.mark.parametrize("row", [0, 2], ids=["at its first", "at its last"])
async def test_votes_at_once_for_a_basket_count_for_all_of_it_as_if_one_had_come_after_the_other(
    benches: Benches, crossing: Crossing, row: int
) -> None:
    one, other = benches
    one.rules = other.rules = some_rules(second_approval_above="302 INR", monthly_budget="303 INR")
    made = await one.a_basket(*["100+1 INR"] * 3)
    ahead = await a_click_out_of_line(one, made[0], by=BOSS)
    behind = await a_click_out_of_line(other, made[0], by=CHIEF)
    await crossing.meet(the_row(made[row].id), one.do(ahead), other.do(behind))
    assert await told(one) == [*[Event.REQUESTED] * 3, *[Event.VOTED] * 3, *[Event.APPROVED] * 3]
    for request in made:
        assert await one.voters(request) == [BOSS, CHIEF]
    assert await one.month() == ("303", "0")
    assert len(await one.rows(Purchase)) == 3


async def test_behind_the_attempt_of_one_of_a_basket_the_others_are_denied(
    benches: Benches, crossing: Crossing
) -> None:
    judges, buys = benches
    made = await judges.a_basket(*["100+1 INR"] * 3)
    buys.provider.listing, buys.provider.on_offer = judges.provider.listing, judges.provider.on_offer
    await judges.approve(made[0])
    stop, purchase = await a_decision(judges, made[0], Decision.DENY), await buys.claim(Purchase)
    await crossing.meet(the_row(made[0].id), buys.do(purchase), judges.do(stop))
    statuses = [(await judges.now(request)).status for request in made]
    assert statuses == [Status.PURCHASED, Status.DENIED, Status.DENIED]
    assert (await judges.month(), await judges.words()) == (("0", "101"), [])
    await buys.run_due(Lane.BUY)
    assert len(buys.provider.calls) == 1


async def test_a_basket_that_is_approved_ahead_of_a_freeze_is_taken_back_number_by_number(
    benches: Benches, crossing: Crossing
) -> None:
    one, other = benches
    made = await one.a_basket(*["100+1 INR"] * 3)
    freeze, approval = await a_freeze(other), await a_decision(one, made[0])
    await crossing.meet(the_row(made[2].id), one.do(approval), other.do(freeze))
    now = [await one.now(request) for request in made]
    assert {request.status for request in now} == {Status.PENDING}
    assert len({request.card for request in now} | {made[0].card}) == 4
    assert await one.month() == ("0", "0")
    await one.run_due(Lane.BUY)
    assert one.provider.calls == []


async def test_of_two_baskets_for_the_last_room_in_two_budgets_one_fits_and_of_the_other_nothing(
    benches: Benches, crossing: Crossing
) -> None:
    """The counters are taken in one order, in whichever the numbers were asked for."""
    one, other = benches
    fees = ("100+1 INR", "3+2 USD")
    first = await one.a_basket(*fees)
    second = await one.a_basket(*reversed(fees), begins=60)
    one.rules = other.rules = Rules(
        approvers=(BOSS, CHIEF), monthly_budget={"INR": Money(Decimal(150), "INR"), "USD": Money(Decimal(9), "USD")}
    )
    ahead, behind = await a_decision(one, first[0]), await a_decision(other, second[0])
    await crossing.meet(control.hold, one.do(ahead), other.do(behind))
    statuses = [[(await one.now(request)).status for request in basket] for basket in (first, second)]
    assert sorted(statuses) == [[Status.APPROVED] * 2, [Status.PENDING] * 2]
    assert (await one.month(), await one.month("USD")) == (("101", "0"), ("5", "0"))


# time


async def an_expiring_request(one: Workbench, other: Workbench) -> tuple[PurchaseRequest, Claim, Claim]:
    """By one clock it has just expired, by the other it has not yet; a vote of then, and the expiry of now."""
    one.rules = other.rules = some_rules(remind_after=None)
    await one.ask()
    [request] = await one.requests()
    one.clock.advance(timedelta(hours=72))
    other.clock = FakeClock(one.clock.now() - timedelta(seconds=1))
    other.people = FakePeople(other.clock.now)
    vote = await a_click_out_of_line(other, request, by=BOSS)
    return request, vote, await one.claim(Expire)


async def test_a_vote_behind_the_expiry_is_too_late(benches: Benches, crossing: Crossing) -> None:
    one, other = benches
    request, vote, expiry = await an_expiring_request(one, other)
    await crossing.meet(the_row(request.id), one.do(expiry), other.do(vote))
    assert await told(one) == [Event.REQUESTED, Event.EXPIRED, Event.DECISION_REFUSED]
    assert (await one.refusal(Event.DECISION_REFUSED))[1]["status"] == "expired"


async def test_behind_an_approval_nothing_expires(benches: Benches, crossing: Crossing) -> None:
    one, other = benches
    request, vote, expiry = await an_expiring_request(one, other)
    await crossing.meet(the_row(request.id), other.do(vote), one.do(expiry))
    assert await told(one) == [*APPROVED]
    assert await one.rows(Expire) == []


# one number


async def test_of_two_who_ask_for_one_number_at_once_the_second_hears_of_the_first(
    benches: Benches, crossing: Crossing
) -> None:
    one, other = benches
    for user in (ASKER, "U_SECOND"):
        await one.take(one.an_ask(by=an_address(user, at=one.clock.now())))
    first, second = await one.claim(Ask), await other.claim(Ask)
    await crossing.meet(the_trail, one.do(first), other.do(second))
    [request] = await one.requests()
    assert await one.refusal(Event.REQUEST_REFUSED) == (
        refusals.AlreadyRequested.reason,
        {"e164": NUMBER, "request": request.id, "requester": ASKER, "channel": CHANNEL},
    )
    assert [entry.actor for entry in await one.trail()] == [ASKER, "U_SECOND"]


# one purchase


async def test_an_outcome_that_is_just_being_kept_is_taken_over_by_nobody(benches: Benches, crossing: Crossing) -> None:
    buys, other = benches
    request = await buys.an_approved_request()
    purchase = await buys.claim(Purchase)

    with crossing.holding.begin() as connection:

        async def lock() -> None:
            requests.lock(connection, request.id)

        buys.provider.during_call = lock
        buying = asyncio.create_task(buys.do(purchase))
        await crossing.waiting(1)
        later = buys.clock.now() + timedelta(minutes=2)
        late = partial(claims.claim, lane=Lane.BUY, now=later, lease=timedelta(minutes=1), most=1, kinds=KINDS)
        assert await other.store.write(late) == []
    await buying
    assert (await buys.now(request)).status is Status.PURCHASED
    assert await told(buys) == BOUGHT


@asynccontextmanager
async def _working(bench: Workbench) -> AsyncIterator[None]:
    """All lanes of a process, with the services as they are."""
    crew = Crew(
        [*bench.duties.values()],
        park=Parking(bench.rules),
        store=bench.store,
        clock=bench.clock,
        paces=lanes.paces(bench.rules),
    )
    crew.start()
    yield
    await crew.stop()


@pytest.mark.parametrize("call_timeout", [timedelta(seconds=1), timedelta(seconds=20)])
async def test_a_call_that_outlasts_a_lease_is_not_taken_from_the_process_that_waits_for_it(
    benches: Benches, call_timeout: timedelta
) -> None:
    buys, other = benches
    buys.rules = other.rules = some_rules(vobiz_timeout=call_timeout)
    is_out, may_be_answered = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        is_out.set()
        await may_be_answered.wait()

    buys.provider.during_call = slowly
    await buys.an_approved_request()
    async with asyncio.timeout(PATIENCE), _working(buys):
        await is_out.wait()
        async with _working(other):
            for _ in range(90):
                await buys.clock.until_waiting(2 * len(Lane))
                assert (await other.row(Purchase)).claims == 1
                buys.clock.advance(1)
                await buys.clock.until_heard()
            may_be_answered.set()
    assert await told(buys) == BOUGHT
    assert len(buys.provider.calls) == 1
