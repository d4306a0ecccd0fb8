"""The promise itself, over whatever people, prices, time and the provider do in whatever order.

Checked while a call is out, from the outside: by what the provider offers, who the approvers are, and what the trail
says about the votes at that very moment.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from bot.domain.attempt import Ending
from bot.domain.policy import Decision
from bot.domain.request import PurchaseRequest, Status
from bot.domain.terms import Terms
from bot.domain.trail import Event
from bot.store import audit, cards, control
from bot.store.store import Store
from bot.store.tables import work as work_table
from bot.work.queue import Lane
from tests.bot.services.judge.playing import Step, an_outcome
from tests.harness.bench import Bench
from tests.harness.builders import ACCOUNT, ASKER, BOSS, CHIEF, a_listing, a_request, some_approvers, some_rules
from tests.harness.clock import FakeClock
from tests.harness.rows import facts_of
from tests.harness.stores import a_store

pytestmark = pytest.mark.sqlite_only("thousands of steps whose statements are those of the modules that run on both")

THIRD = "U_THIRD"
PEOPLE = [BOSS, CHIEF, THIRD, ASKER]

GOES_ON = ["poor", "busy"]
"""Outcomes after which the request may still be bought."""
ENDS = ["bought", "rejected", "lost", "died"]

BOTH: list[Step] = [("approve", BOSS), ("approve", CHIEF)]

CLICKS: st.SearchStrategy[Step] = st.tuples(
    st.sampled_from(["approve", "approve what an old card shows"]), st.sampled_from(PEOPLE)
)

VOTES: st.SearchStrategy[list[Step]] = st.one_of(st.just(BOTH), st.just(BOTH), st.lists(CLICKS, max_size=4))

BETWEEN: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("offer"), st.sampled_from(["100+1 INR", "100+2 INR", "100.0+1.00 INR"])),
    st.tuples(st.just("name approvers"), st.sets(st.sampled_from(PEOPLE), min_size=1, max_size=3)),
    st.tuples(st.just("freeze"), st.just(True)),
    st.tuples(st.just("pass minutes"), st.sampled_from([14, 16])),
    st.tuples(st.just("lose the card"), st.none()),
    CLICKS,
)

AFTER: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("freeze"), st.just(False)),
    st.tuples(st.just("name approvers"), st.just({BOSS, CHIEF, THIRD, ASKER})),
    st.tuples(st.just("pass minutes"), st.just(1)),
    st.tuples(st.just("tell"), st.none()),
)


@st.composite
def rounds(draw: st.DrawFn) -> list[Step]:
    """A few times over: people vote, something comes between, the purchase is tried, something comes after."""
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, 3))):
        steps += draw(VOTES)
        steps += draw(st.lists(BETWEEN, max_size=2))
        steps += [("buy", draw(st.sampled_from(GOES_ON)))]
        steps += draw(st.lists(AFTER, max_size=3))
    return [*steps, *draw(VOTES), *draw(st.lists(BETWEEN, max_size=2)), ("buy", draw(st.sampled_from(ENDS)))]


@dataclass
class Scene:
    """One request, and a witness who looks at every call while it is out and at how things stand after each step."""

    bench: Bench
    request: PurchaseRequest

    async def look(self) -> None:
        bench = self.bench
        request = await bench.now(self.request)
        assert bench.provider.listing is not None
        offered = Terms.offered(bench.provider.listing, ACCOUNT)
        approvals = [
            entry
            for entry in await bench.store.read(lambda connection: audit.of_request(connection, request.id))
            if entry.event in (Event.VOTED, Event.APPROVED)
            and facts_of(entry)["terms_version"] == request.terms_version
        ]
        assert {facts_of(entry)["digest"] for entry in approvals} == {offered.digest}
        voters = {entry.actor for entry in approvals} & bench.people.list_of_approvers.users
        assert len(voters - {request.requester}) >= 2
        assert request.status is Status.PURCHASING
        assert request.decided_at is not None
        assert bench.clock.now() < request.decided_at + timedelta(minutes=15)
        assert not await bench.store.read(control.is_frozen)
        assert (await bench.cards(request))[0].ts is not None

    async def check(self) -> None:
        request = await self.bench.now(self.request)
        endings = Counter(row.outcome for row in await self.bench.attempts() if row.request == request.id)
        assert len(self.bench.provider.calls) == endings.total()
        assert endings[Ending.BOUGHT] == (request.status is Status.PURCHASED)
        assert endings[Ending.OPEN] == (request.status in (Status.PURCHASING, Status.CHECKING))

    async def take(self, step: Step) -> None:
        bench, request = self.bench, await self.bench.now(self.request)
        number = request.terms.e164
        match step:
            case ("approve", str(by)):
                await bench.click(Decision.APPROVE, request, by=by)
            case ("approve what an old card shows", str(by)):
                await bench.click(Decision.APPROVE, self.request, by=by)
            case ("buy", str(outcome)):
                bench.provider.outcomes = [ConnectionError() if outcome == "died" else an_outcome(outcome, number)]
                with suppress(ConnectionError):
                    await bench.run_due(Lane.BUY)
            case ("offer", str(fees)):
                bench.provider.listing = a_listing(fees, number=number)
            case ("name approvers", set(users)):
                bench.people.list_of_approvers = some_approvers(*map(str, users), read_at=bench.clock.now())
            case ("freeze", bool(frozen)):
                await bench.freeze(frozen=frozen)
            case ("pass minutes", int(minutes)):
                bench.clock.advance(timedelta(minutes=minutes))
            case ("lose the card", _):
                await bench.store.write(lambda connection: cards.lost(connection, request.card))
            case ("tell", _):
                await bench.run_due(Lane.TELL)
            case _:
                raise AssertionError(step)
        if step[0] != "pass minutes":
            await bench.run_due(Lane.JUDGE)


async def _play(store: Store, no: int, steps: list[Step]) -> None:
    """Every play has a number and a channel of its own in the shared database, and no work of earlier ones."""
    bench = Bench(store, FakeClock())
    bench.rules = some_rules(second_approval_above="1 INR")
    await store.write(lambda connection: connection.execute(delete(work_table)))
    await bench.freeze(frozen=False)
    request = await bench.a_request(a_request(number=f"+9180690{no:05}", channel=f"C_{no}"), ts="0.000001")
    bench.provider.listing = a_listing(number=request.terms.e164)
    scene = Scene(bench, request)
    bench.provider.during_call = scene.look
    for step in steps:
        await scene.take(step)
        await scene.check()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    served = a_store(tmp_path_factory.mktemp("promise"))
    yield served.store
    served.close()


plays = count(1)


@given(steps=rounds())
@example(steps=[*BOTH, ("buy", "bought")])
@example(steps=[*BOTH, ("buy", "died"), ("pass minutes", 1), ("buy", "bought")])
@example(steps=[*BOTH, ("offer", "100+2 INR"), ("buy", "bought"), *BOTH, ("buy", "bought")])
@example(steps=[*BOTH, ("pass minutes", 16), ("buy", "bought")])
@settings(max_examples=25, deadline=None)
def test_a_call_leaves_only_for_what_two_approvers_of_now_approved_as_it_is_offered_now(
    store: Store, steps: list[Step]
) -> None:
    asyncio.run(_play(store, next(plays), steps))
