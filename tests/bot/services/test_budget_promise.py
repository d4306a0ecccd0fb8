"""The budget's promise, over whatever is approved, answered, found and charged in whatever order.

No approval takes what is held and spent past the budget. A charge that came out higher, or a truth that came late, may;
then the trail says so. And nothing stays held but what may still be charged.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from bot.domain.audit import Event
from bot.domain.money import Money
from bot.domain.outcome import Bought, Outcome, Refusal, Refused, Unknown
from bot.domain.request import PurchaseRequest, Status
from bot.services.moves import RESERVED
from bot.store import audit, budgets, work
from bot.store.attempts import newest_of
from bot.store.store import Store
from bot.store.tables import work as work_table
from bot.store.work import Claim, Kind, Lane
from tests.bench import Bench
from tests.builders import a_listing, a_request, an_owned_number, some_rules
from tests.clock import FakeClock
from tests.ledger import a_row
from tests.postgres import Server
from tests.stores import a_store, a_store_at
from tests.worker import LEASE

BUDGET = Money.of("250 INR")
"""For two of the three numbers."""

IS_SWEEP = work_table.c.kind == Kind.SWEEP

Step = tuple[str, object]

WHICH = st.integers(0, 2)
OUTCOMES = st.sampled_from(["bought", "dearer", "rejected", "busy", "poor", "lost", "own 500"])

STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("approve"), WHICH),
    st.tuples(st.just("approve"), WHICH),
    st.tuples(st.just("work"), OUTCOMES),
    st.tuples(st.just("work"), OUTCOMES),
    st.tuples(st.just("deny"), WHICH),
    st.tuples(st.just("freeze"), st.booleans()),
    st.tuples(st.just("pass"), st.sampled_from([61, 901, 3600])),
    st.tuples(st.just("turn up"), WHICH),
    st.tuples(st.just("be charged"), WHICH),
    st.tuples(st.just("sweep"), st.none()),
)

LATE: list[Step] = [
    ("approve", 0),
    ("work", "own 500"),
    *[("pass", 61), ("work", "bought")] * 2,
    ("approve", 1),
    ("approve", 2),
    ("turn up", 0),
    ("sweep", None),
    ("approve", 0),
]
DEARER: list[Step] = [("approve", 0), ("work", "dearer"), ("approve", 1), ("approve", 2)]
CHARGED: list[Step] = [*LATE[:6], ("be charged", 0), ("sweep", None), ("approve", 1), ("approve", 2)]
SETTLED: list[Step] = [
    ("approve", 0),
    ("work", "lost"),
    *[("pass", 61), ("work", "bought")] * 2,
    ("pass", 3600),
    ("sweep", None),
    ("approve", 1),
    ("approve", 2),
]


class Scene:
    """Three requests for numbers of one price, in a month of their own."""

    def __init__(self, bench: Bench, requests: list[PurchaseRequest]) -> None:
        self.bench = bench
        self.requests = requests

    async def check(self, step: Step, before: list[Status]) -> None:
        bench, month = self.bench, self.bench.rules.month(self.bench.clock.now())
        used = (await bench.store.read(lambda connection: budgets.of_month(connection, month, "INR"))).used
        now = [await bench.now(request) for request in self.requests]
        if step[0] == "approve" and [request.status for request in now] != before:
            assert used <= BUDGET
        assert used <= BUDGET + await self._said(now)
        assert used <= BUDGET or used <= await self._named(now)
        for request in now:
            await self._holds_what_may_still_be_charged(request)

    async def _said(self, requests: list[PurchaseRequest]) -> Money:
        """By how much charges were said to have come out higher, or to have come late."""
        said = Money.of("0 INR")
        for request in requests:
            for entry in await self.bench.store.read(partial(audit.of_request, request=request.id)):
                facts = entry.facts()
                if entry.event is Event.SWEEP_ALERT or facts.get("late"):
                    said += request.terms.charge
                if facts.get("differs"):
                    said += Money.of(f"{facts['charged']} INR") - request.terms.charge
        return said

    async def _named(self, requests: list[PurchaseRequest]) -> Money:
        """The most that the month was said to have come to past the budget."""
        named = BUDGET
        for request in requests:
            for entry in await self.bench.store.read(partial(audit.of_request, request=request.id)):
                facts = entry.facts()
                if facts.get("budget") == BUDGET.plain():
                    told = Money.of(f"{facts['spent']} INR") + Money.of(f"{facts['reserved']} INR")
                    named = max(named, told, key=lambda amount: amount.amount)
        return named

    async def _holds_what_may_still_be_charged(self, request: PurchaseRequest) -> None:
        held = await self.bench.store.read(lambda connection: budgets.held_by(connection, request.id))
        attempt = await self.bench.store.read(lambda connection: newest_of(connection, request.id))
        is_unsettled = request.status is Status.FAILED and attempt is not None and attempt.is_unsettled
        assert held == (request.terms.charge.micros if request.status in RESERVED or is_unsettled else 0)

    async def take(self, step: Step) -> None:
        bench, provider = self.bench, self.bench.provider
        match step:
            case ("approve", int(no)):
                await bench.approve(await bench.now(self.requests[no]))
            case ("deny", int(no)):
                await bench.deny(await bench.now(self.requests[no]))
            case ("freeze", bool(freezes)):
                await bench.switch(freezes=freezes)
            case ("pass", int(seconds)):
                bench.clock.advance(timedelta(seconds=seconds))
                await bench.run_due(Lane.JUDGE)
            case ("work", str(outcome)):
                await self._work(outcome)
            case ("turn up", int(no)):
                number = self.requests[no].terms.e164
                provider.others = [own for own in provider.others if own.e164 != number]
                provider.others.append(an_owned_number(number=number, id=f"num_{number}"))
            case ("be charged", int(no)):
                assert provider.ledger is not None
                provider.ledger.append(a_row(description=self.requests[no].terms.e164, at=bench.clock.now()))
            case ("sweep", _):
                await self._sweep()
            case _:
                raise AssertionError(step)

    async def _work(self, outcome: str) -> None:
        """The next purchase or look that is due, if one is."""
        if not await self.bench.is_due(Lane.BUY):
            return
        (held,) = await self._claimed(1)
        numbers = [request.terms.e164 for request in self.requests if request.id == held.request]
        self.bench.provider.outcomes = [_outcome(outcome, number) for number in numbers]
        await self.bench.do(held)

    async def _sweep(self) -> None:
        """One that is due now, whatever else is."""
        await self.bench.store.write(lambda connection: connection.execute(delete(work_table).where(IS_SWEEP)))
        await self.bench.plan_sweep()
        for held in await self._claimed(99):
            if held.kind is Kind.SWEEP:
                await self.bench.do(held)
            else:
                await self.bench.store.write(partial(work.put_back, held=held, after=self.bench.clock.now()))

    async def _claimed(self, most: int) -> list[Claim]:
        now = self.bench.clock.now()
        return await self.bench.store.write(partial(work.claim, lane=Lane.BUY, now=now, lease=LEASE, most=most))


def _outcome(name: str, number: str) -> Outcome:
    match name:
        case "bought":
            return Bought(number=an_owned_number(number=number))
        case "dearer":
            return Bought(number=an_owned_number("200+1 INR", number=number))
        case "rejected":
            return Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file")
        case "busy":
            return Refused(why=Refusal.NOT_EXECUTED, code="rate_limited", message="slow down")
        case "poor":
            return Refused(why=Refusal.BALANCE_TOO_LOW, code="http_402", message="top up")
        case "own 500":
            return Unknown(reason="http_500", call_is_over=True)
        case _:
            return Unknown(reason="timeout")


async def _play(store: Store, no: int, steps: list[Step]) -> None:
    """Every play has a month, numbers and a channel of its own in the shared database, and no work of earlier ones."""
    bench = Bench(store, FakeClock(datetime(2026 + no // 12, no % 12 + 1, 2, 12, tzinfo=UTC)))
    bench.rules = some_rules(budget="250 INR")
    await store.write(lambda connection: connection.execute(delete(work_table)))
    await bench.freeze(frozen=False)
    requests = []
    for which in range(3):
        made = a_request(number=f"+9180{no:05}{which}", channel=f"C_{no}", created_at=bench.clock.now())
        requests.append(await bench.a_request(made, ts=f"{which}.000001"))
        bench.provider.on_offer.append(a_listing(number=made.terms.e164, id=f"num_{made.terms.e164}"))
    scene = Scene(bench, requests)
    for step in steps:
        before = [(await bench.now(request)).status for request in requests]
        await scene.take(step)
        await scene.check(step, before)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    if request.param == "sqlite":
        served = a_store(tmp_path_factory.mktemp("budget"))
    else:
        server: Server = request.getfixturevalue("postgres")
        served = a_store_at(server.url(server.new_database()))
    yield served.store
    served.close()


plays = count(1)


@given(steps=st.lists(STEPS, min_size=4, max_size=14))
@example(steps=LATE)
@example(steps=DEARER)
@example(steps=CHARGED)
@example(steps=SETTLED)
@settings(max_examples=20, deadline=None, derandomize=True)
def test_no_approval_passes_the_budget_and_what_does_is_said(store: Store, steps: list[Step]) -> None:
    asyncio.run(_play(store, next(plays), steps))
