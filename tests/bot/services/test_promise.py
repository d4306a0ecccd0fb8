"""The promise itself, over whatever people, prices, time and the provider do in whatever order.

Checked while a call is out, from the outside: by what the provider offers, who the approvers are, and what the trail
says about the votes at that very moment.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings, target
from hypothesis import strategies as st

from bot.domain.audit import Event
from bot.domain.outcome import Bought, Outcome, Refusal, Refused, Unknown
from bot.domain.policy import Decision
from bot.domain.request import Status
from bot.domain.terms import Terms
from bot.store import cards, control
from bot.store.attempts import Ending
from bot.store.work import Lane
from tests.bench import Bench
from tests.builders import (
    ACCOUNT,
    ASKER,
    BOSS,
    CHIEF,
    FakeClock,
    a_listing,
    a_request,
    a_store,
    an_owned_number,
    some_approvers,
    some_rules,
)

THIRD = "U_THIRD"
PEOPLE = [BOSS, CHIEF, THIRD, ASKER]

OUTCOMES: dict[str, Outcome | Exception] = {
    "bought": Bought(number=an_owned_number()),
    "rejected": Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file"),
    "too little": Refused(why=Refusal.BALANCE_TOO_LOW, code="http_402", message="top up"),
    "not executed": Refused(why=Refusal.NOT_EXECUTED, code="rate_limited", message="slow down", retry_after=1.0),
    "unknown": Unknown(reason="timeout"),
    "died": ConnectionError(),
}

Step = tuple[str, object]

BOTH: list[Step] = [("approve", BOSS), ("approve", CHIEF)]

CLICKS: st.SearchStrategy[Step] = st.tuples(
    st.sampled_from(["approve", "approve what an old card shows"]), st.sampled_from(PEOPLE)
)

DISTURBANCES: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("offer"), st.sampled_from(["100+1 INR", "100+2 INR", "100.0+1.00 INR"])),
    st.tuples(st.just("name approvers"), st.sets(st.sampled_from(PEOPLE), min_size=1)),
    st.tuples(st.just("freeze"), st.booleans()),
    st.tuples(st.just("pass minutes"), st.sampled_from([1, 14, 16])),
    st.tuples(st.just("lose the card"), st.none()),
    st.tuples(st.just("tell"), st.none()),
    st.tuples(st.just("deny"), st.sampled_from(PEOPLE)),
    CLICKS,
)

PURCHASES: st.SearchStrategy[Step] = st.tuples(st.just("buy"), st.sampled_from(sorted(OUTCOMES)))


@st.composite
def rounds(draw: st.DrawFn) -> list[Step]:
    """A few times over: people vote, something comes between, the purchase is tried, something comes after."""
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, 4))):
        steps += draw(st.one_of(st.just(BOTH), st.lists(CLICKS, max_size=4)))
        steps += draw(st.lists(DISTURBANCES, max_size=2))
        steps += [draw(PURCHASES)]
        steps += draw(st.lists(DISTURBANCES, max_size=2))
    return steps


class Witness:
    """Looks at every call while it is out, and at how things stand after each step."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        bench.provider.during_call = self.look

    async def look(self) -> None:
        bench = self.bench
        (request,) = await bench.requests()
        assert bench.provider.listing is not None
        offered = Terms.offered(bench.provider.listing, ACCOUNT)
        approvals = [
            entry
            for entry in await bench.trail()
            if entry.event in (Event.VOTED, Event.APPROVED) and entry.facts()["terms_version"] == request.terms_version
        ]
        assert {entry.facts()["digest"] for entry in approvals} == {offered.digest}
        voters = {entry.actor for entry in approvals} & bench.people.list_of_approvers.users
        assert len(voters - {request.requester}) >= 2
        assert request.status is Status.PURCHASING
        assert request.decided_at is not None
        assert bench.clock.now() < request.decided_at + timedelta(minutes=15)
        assert not await bench.store.read(control.is_frozen)
        assert (await bench.cards(request))[0].ts is not None
        assert [row.outcome for row in await bench.attempts()].count(Ending.OPEN) == 1

    async def check(self) -> None:
        endings = Counter(row.outcome for row in await self.bench.attempts())
        (request,) = await self.bench.requests()
        assert len(self.bench.provider.calls) == endings.total()
        assert endings[Ending.BOUGHT] == (request.status is Status.PURCHASED)
        assert endings[Ending.OPEN] == (request.status in (Status.PURCHASING, Status.CHECKING))
        assert (await self.bench.trail())[request.entry - 1].request == request.id


async def _take(bench: Bench, step: Step) -> None:
    (request,) = await bench.requests()
    match step:
        case ("approve", str(by)):
            await bench.click(Decision.APPROVE, request, by=by)
        case ("approve what an old card shows", str(by)):
            await bench.click(Decision.APPROVE, a_request("100+1 INR", id=request.id), by=by)
        case ("deny", str(by)):
            await bench.click(Decision.DENY, request, by=by)
        case ("buy", str(outcome)):
            bench.provider.outcomes = [OUTCOMES[outcome]]
            with suppress(ConnectionError):
                await bench.run_due(Lane.BUY)
        case ("offer", str(fees)):
            bench.provider.listing = a_listing(fees)
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
    await bench.run_due(Lane.JUDGE)


async def _play(steps: list[Step], folder: Path) -> int:
    served = a_store(folder)
    try:
        bench = Bench(served.store, FakeClock())
        bench.rules = some_rules(second_above="1 INR")
        witness = Witness(bench)
        await bench.ask()
        await bench.run_due(Lane.TELL)
        for step in steps:
            await _take(bench, step)
            await witness.check()
        return len(bench.provider.calls)
    finally:
        served.close()


@given(rounds())
@example([("approve", BOSS), ("approve", CHIEF), ("buy", "bought")])
@example([("approve", BOSS), ("approve", CHIEF), ("buy", "died"), ("pass minutes", 1), ("buy", "bought")])
@settings(max_examples=30, deadline=None)
def test_a_call_leaves_only_for_what_two_approvers_of_now_approved_as_it_is_offered_now(steps: list[Step]) -> None:
    with TemporaryDirectory() as folder:
        target(asyncio.run(_play(steps, Path(folder))))
