"""The budget's promise, over whatever is approved, answered, found and charged in whatever order and side by side.

No approval takes what is held and spent past the budget. A charge that came out higher, or a truth that came late, may;
then the trail says so, and to how much it came. And nothing stays held but what may still be charged.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select

from bot.domain.money import Money
from bot.domain.outcome import Bought, Outcome, Refusal, Refused, Unknown
from bot.domain.policy import Decision, Resolution
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.domain.rules import Rules
from bot.domain.trail import Event
from bot.services.letters import CardLetter
from bot.services.plans import DueSweep
from bot.services.transitions import RESERVED
from bot.store import audit, budgets, requests
from bot.store.attempts import newest_of
from bot.store.lanes import Lane
from bot.store.store import Store
from bot.store.tables import requests as table
from bot.store.tables import reservations
from bot.store.tables import work as work_table
from bot.work import claims, queue
from bot.work.queue import Claim
from bot.work.retry import CannotSucceed, TryLater
from tests.harness.builders import BOSS, CHIEF, a_listing, a_request, an_owned_number, some_rules
from tests.harness.clock import FakeClock
from tests.harness.errands import KINDS
from tests.harness.ledger import a_row
from tests.harness.postgres import Server
from tests.harness.rows import facts_of, held_by
from tests.harness.stores import a_store, a_store_at
from tests.harness.workbench import Workbench
from tests.harness.worker import LEASE

BUDGET = Money.of("250 INR")
"""For two of the three numbers."""

RULES = {
    "one vote": some_rules(monthly_budget="250 INR"),
    "two votes": some_rules(monthly_budget="250 INR", second_approval_above="100 INR"),
    "automatic": some_rules(monthly_budget="250 INR", auto_approve_up_to="101 INR"),
}

Step = tuple[str, object]

APPROVING = ("approve", "approve at once", "ask again")
"""Steps that do nothing to the money but approve, and free."""

IS_SWEEP = work_table.c.kind == DueSweep.kind


def an_outcome(name: str, number: str) -> Outcome:
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


def _months(connection: Connection, made: Sequence[PurchaseRequest]) -> Mapping[RequestId, str]:
    """In which month each of them counts, if it ever held anything."""
    mine = reservations.c.request.in_([request.id for request in made])
    rows = connection.execute(select(reservations.c.request, reservations.c.month).where(mine))
    return {row.request: row.month for row in rows}


def _said(
    connection: Connection, made: Sequence[PurchaseRequest], months: Mapping[RequestId, str]
) -> tuple[Mapping[str, Money], Mapping[str, Money]]:
    """By month: by how much charges were said to be higher, or late; and the most that it was said to have come to."""
    said: dict[str, Money] = defaultdict(lambda: Money.of("0 INR"))
    named: dict[str, Money] = defaultdict(lambda: BUDGET)
    for request in made:
        month = months.get(request.id, "")
        for entry in audit.of_request(connection, request.id) if month else ():
            facts = facts_of(entry)
            if entry.event is Event.SWEEP_ALERT or facts.get("late"):
                said[month] += request.terms.charge
            if facts.get("differs"):
                said[month] += Money.of(f"{facts['charged']} INR") - request.terms.charge
            if facts.get("budget") == BUDGET.plain():
                told = Money.of(f"{facts['spent']} INR") + Money.of(f"{facts['reserved']} INR")
                named[month] = max(named[month], told, key=lambda amount: amount.amount)
    return said, named


class Scene:
    """Takes one step after the other. The newest request for each number is the one that people act on."""

    def __init__(self, bench: Workbench, made: Sequence[PurchaseRequest]) -> None:
        self.bench = bench
        self.numbers = [request.terms.e164 for request in made]
        self.made = list(made)
        """All of them, oldest first."""

    async def take(self, step: Step) -> None:
        await self._take(step)
        self.made = await self.bench.store.read(partial(self._checked, step=step))

    def _checked(self, connection: Connection, *, step: Step) -> list[PurchaseRequest]:
        """All requests as they are now, and the promise held."""
        before = {request.id: request.status for request in self.made}
        query = select(table.c.id).where(table.c.e164.in_(self.numbers), table.c.id.not_in(list(before)))
        found = [requests.get(connection, one) for one in (*before, *connection.execute(query).scalars())]
        made = [request for request in found if request is not None]
        newly = [
            request
            for request in made
            if request.status is Status.APPROVED and before.get(request.id) is not Status.APPROVED
        ]
        present = self.bench.rules.month(self.bench.clock.now())
        months = _months(connection, made)
        said, named = _said(connection, made, months)
        for month in {*months.values(), present}:
            used = budgets.of_month(connection, month, "INR").used
            assert used <= BUDGET + said[month]
            assert used <= BUDGET or used <= named[month]
        if newly and step[0] in APPROVING:
            assert budgets.of_month(connection, present, "INR").used <= BUDGET
        for request in made:
            attempt = newest_of(connection, request.id)
            is_unsettled = request.status is Status.FAILED and attempt is not None and attempt.is_unsettled
            held = request.terms.charge.micros if request.status in RESERVED or is_unsettled else 0
            assert held_by(connection, request.id) == held
        return made

    async def _take(self, step: Step) -> None:
        bench = self.bench
        match step:
            case ("approve", (int(no), str(by))):
                await bench.approve(self._newest(no), by=by)
            case ("approve at once", _):
                await self._approve_at_once()
            case ("deny", int(no)):
                await bench.deny(self._newest(no))
            case ("withdraw", int(no)):
                await bench.withdraw(self._newest(no), by=self._newest(no).requester)
            case ("ask again", int(no)):
                await bench.ask_again(self._newest(no))
                await self._stand()
            case ("write off", int(no)):
                await bench.resolve(Resolution.WRITE_OFF, self._newest(no))
            case ("freeze", bool(freezes)):
                await bench.switch(freezes=freezes)
            case _:
                await self._happens(step)

    async def _happens(self, step: Step) -> None:
        """What nobody of the team does."""
        bench, provider = self.bench, self.bench.provider
        match step:
            case ("pass", int(seconds)):
                bench.clock.advance(timedelta(seconds=seconds))
                await bench.run_due(Lane.JUDGE)
            case ("cost", (int(no), str(fees))):
                others = [listing for listing in provider.on_offer if listing.e164 != self.numbers[no]]
                provider.on_offer = [*others, a_listing(fees, number=self.numbers[no], id=f"num_{self.numbers[no]}")]
            case ("work", str(outcome)):
                await self._work(outcome)
            case ("work at once", _):
                await self._together(await self._claimed(Lane.BUY, 3))
            case ("turn up", int(no)):
                provider.others = [own for own in provider.others if own.e164 != self.numbers[no]]
                provider.others.append(an_owned_number(number=self.numbers[no], id=f"num_{self.numbers[no]}"))
            case ("be charged", int(no)):
                assert provider.ledger is not None
                provider.ledger.append(a_row(description=self.numbers[no], at=bench.clock.now()))
            case ("sweep", _):
                await self._sweep()
            case _:
                raise AssertionError(step)

    def _newest(self, no: int) -> PurchaseRequest:
        return [request for request in self.made if request.terms.e164 == self.numbers[no]][-1]

    async def _approve_at_once(self) -> None:
        """Both approvers approve all three, and those of different requests are judged side by side."""
        for by in (BOSS, CHIEF):
            for no in range(3):
                await self.bench.click(Decision.APPROVE, self._newest(no), by=by)
        while claimed := await self._claimed(Lane.JUDGE, 8):
            await self._together(claimed)

    async def _together(self, claimed: Sequence[Claim]) -> None:
        async def do(held: Claim) -> None:
            with suppress(TryLater, CannotSucceed):
                await self.bench.do(held)

        await asyncio.gather(*(do(held) for held in claimed))

    async def _stand(self) -> None:
        """Cards of new requests stand: nothing is bought before that. What else is to be told is not looked at."""
        for held in await self._claimed(Lane.TELL, 99):
            if held.kind is CardLetter.kind:
                await self._together([held])

    async def _work(self, outcome: str) -> None:
        """The next purchase or look that is due, if one is."""
        for held in await self._claimed(Lane.BUY, 1):
            numbers = [request.terms.e164 for request in self.made if request.id == held.request]
            self.bench.provider.outcomes = [an_outcome(outcome, number) for number in numbers]
            await self._together([held])
            self.bench.provider.outcomes = []

    async def _sweep(self) -> None:
        """One that is due now, whatever else is."""
        await self.bench.store.write(lambda connection: connection.execute(delete(work_table).where(IS_SWEEP)))
        await self.bench.plan_sweep()
        for held in await self._claimed(Lane.BUY, 99):
            if held.kind is DueSweep.kind:
                await self.bench.do(held)
            else:
                await self.bench.store.write(partial(queue.put_back, held=held, after=self.bench.clock.now()))

    async def _claimed(self, lane: Lane, most: int) -> list[Claim]:
        now = self.bench.clock.now()
        return await self.bench.store.write(
            partial(claims.claim, lane=lane, now=now, lease=LEASE, most=most, kinds=KINDS)
        )


async def play(store: Store, no: int, rules: Rules, steps: Sequence[Step]) -> None:
    """Every play has two months, numbers and a channel of its own in the shared database, and no work of others.

    It begins six hours before the month turns.
    """
    turn = datetime(2026 + (2 * no + 1) // 12, (2 * no + 1) % 12 + 1, 1, tzinfo=UTC)
    bench = Workbench(store, FakeClock(turn - timedelta(hours=6)))
    bench.rules = rules
    await store.write(lambda connection: connection.execute(delete(work_table)))
    await bench.freeze(frozen=False)
    made = []
    for which in range(3):
        asked = a_request(number=f"+9180{no:05}{which}", channel=f"C_{no}", created_at=bench.clock.now())
        made.append(await bench.a_request(asked, ts=f"{which}.000009"))
        bench.provider.on_offer.append(a_listing(number=asked.terms.e164, id=f"num_{asked.terms.e164}"))
    scene = Scene(bench, made)
    for step in steps:
        await scene.take(step)


WHICH = st.integers(0, 2)
OUTCOMES = st.sampled_from(["bought", "dearer", "rejected", "busy", "poor", "lost", "own 500"])
APPROVALS = st.tuples(WHICH, st.sampled_from([BOSS, CHIEF]))
HALF_A_DAY = 43_200

STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("approve"), APPROVALS),
    st.tuples(st.just("approve"), APPROVALS),
    st.tuples(st.just("approve at once"), st.none()),
    st.tuples(st.just("work"), OUTCOMES),
    st.tuples(st.just("work"), OUTCOMES),
    st.tuples(st.just("work at once"), st.none()),
    st.tuples(st.just("deny"), WHICH),
    st.tuples(st.just("withdraw"), WHICH),
    st.tuples(st.just("ask again"), WHICH),
    st.tuples(st.just("write off"), WHICH),
    st.tuples(st.just("cost"), st.tuples(WHICH, st.sampled_from(["100+1 INR", "130+1 INR"]))),
    st.tuples(st.just("freeze"), st.booleans()),
    st.tuples(st.just("pass"), st.sampled_from([61, 901, 3600, HALF_A_DAY])),
    st.tuples(st.just("turn up"), WHICH),
    st.tuples(st.just("be charged"), WHICH),
    st.tuples(st.just("sweep"), st.none()),
)


def approve(*which: int) -> list[Step]:
    return [("approve", (no, BOSS)) for no in which]


LOOKS: list[Step] = [("pass", 61), ("work", "bought")] * 2
SWEEP: Step = ("sweep", None)
LATE: list[Step] = [*approve(0), ("work", "own 500"), *LOOKS, *approve(1, 2), ("turn up", 0), SWEEP, *approve(0)]
DEARER: list[Step] = [*approve(0), ("work", "dearer"), *approve(1, 2)]
CHARGED: list[Step] = [*LATE[:6], ("be charged", 0), SWEEP, *approve(1, 2)]
WRITTEN_OFF: list[Step] = [*CHARGED, ("write off", 0), ("pass", 3600), SWEEP, *approve(1, 2)]
SETTLED: list[Step] = [*approve(0), ("work", "lost"), *LOOKS, ("pass", 3600), SWEEP, *approve(1, 2)]
LATE_AND_HELD: list[Step] = [*approve(0), ("work", "lost"), *LOOKS, ("turn up", 0), SWEEP, *approve(1, 2)]
AT_ONCE: list[Step] = [("approve at once", None), ("work at once", None), ("ask again", 0), ("approve at once", None)]
CHANGED: list[Step] = [("approve at once", None), ("cost", (0, "130+1 INR")), ("work", "bought"), *AT_ONCE]
TURNED: list[Step] = [*approve(0, 1), ("work", "lost"), ("pass", HALF_A_DAY), ("approve at once", None), *LOOKS]
AGAIN: list[Step] = [
    *(step for no in range(3) for step in (("deny", no), ("ask again", no))),
    ("withdraw", 1),
    ("ask again", 2),
    ("work at once", None),
]


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


@given(rules=st.sampled_from(sorted(RULES)), steps=st.lists(STEPS, min_size=4, max_size=14))
@example(rules="one vote", steps=LATE)
@example(rules="one vote", steps=DEARER)
@example(rules="one vote", steps=WRITTEN_OFF)
@example(rules="one vote", steps=SETTLED)
@example(rules="one vote", steps=LATE_AND_HELD)
@example(rules="one vote", steps=CHANGED)
@example(rules="one vote", steps=TURNED)
@example(rules="two votes", steps=AT_ONCE)
@example(rules="automatic", steps=AGAIN)
@settings(max_examples=6, deadline=None, derandomize=True)
def test_no_approval_passes_the_budget_and_what_does_is_said(store: Store, rules: str, steps: list[Step]) -> None:
    asyncio.run(play(store, next(plays), RULES[rules], steps))
