"""What time does to a request: it expires, is reminded of once, and an approval that is not used lapses."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.domain.audit import BOT
from bot.domain.outcome import Refusal, Refused
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.letters import CardLetter, ReplyTo
from bot.services.plans import Expire, Lapse, Purchase, Remind
from bot.store.lanes import Lane
from bot.work.queue import Work
from bot.work.retry import TryLater
from tests.harness.builders import BOSS, some_rules
from tests.harness.rows import facts_of
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("its statements are test_transitions' and those of the store's own tests, on both")

QUARTER, TICK = timedelta(minutes=15), timedelta(microseconds=1)


async def _asked_for(bench: Workbench) -> PurchaseRequest:
    await bench.ask()
    (request,) = await bench.requests()
    return request


async def _told_last(bench: Workbench) -> int:
    """The entry that the newest reply tells."""
    return ReplyTo.model_validate_json((await bench.rows(ReplyTo))[-1].payload).entry


async def test_a_request_nobody_decided_expires_when_its_time_is_over_and_not_before(bench: Workbench) -> None:
    bench.rules = some_rules(remind_after=None)
    request = await _asked_for(bench)
    bench.clock.advance(timedelta(hours=72) - TICK)
    assert not await bench.is_due(Lane.JUDGE)
    bench.clock.advance(TICK)
    await bench.run(Expire)
    expired = await bench.now(request)
    assert (expired.status, expired.decided_at) == (Status.EXPIRED, bench.clock.now())
    entry = await bench.last(Event.EXPIRED)
    assert entry.actor == BOT
    assert await _told_last(bench) == entry.seq


async def test_a_clock_that_is_set_back_after_the_claim_does_not_keep_a_request_for_ever(bench: Workbench) -> None:
    bench.rules = some_rules(remind_after=None)
    request = await _asked_for(bench)
    bench.clock.advance(timedelta(hours=72))
    held = await bench.claim(Expire)
    bench.clock.set_wall(bench.clock.now() - timedelta(seconds=1))
    await bench.do(held)
    assert (await bench.now(request)).status is Status.EXPIRED


async def test_an_approved_request_does_not_expire(bench: Workbench) -> None:
    bench.rules = some_rules(remind_after=None, request_expires_after=timedelta(minutes=1))
    request = await _asked_for(bench)
    await bench.approve(request)
    bench.clock.advance(timedelta(minutes=1))
    await bench.run(Expire)
    assert (await bench.now(request)).status is Status.APPROVED


async def test_a_request_that_waits_is_reminded_of_in_its_thread_once(bench: Workbench) -> None:
    request = await _asked_for(bench)
    bench.clock.advance(timedelta(hours=24))
    await bench.run(Remind)
    entry = await bench.last(Event.REMINDED)
    assert (entry.actor, entry.request) == (BOT, request.id)
    assert await _told_last(bench) == entry.seq
    assert await bench.now(request) == request
    assert not await bench.rows(Remind)


@pytest.mark.parametrize(
    ("does", "is_reminded"),
    [(Workbench.approve, True), (Workbench.deny, False)],
    ids=["a first of two votes", "a denial"],
)
async def test_only_what_is_not_decided_is_reminded_of(
    bench: Workbench, does: Callable[[Workbench, PurchaseRequest], Awaitable[None]], is_reminded: bool
) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    await does(bench, await _asked_for(bench))
    bench.clock.advance(timedelta(hours=24))
    await bench.run(Remind)
    assert ((await bench.trail())[-1].event is Event.REMINDED) is is_reminded


async def test_a_reminder_that_comes_too_late_is_not_sent(bench: Workbench) -> None:
    await _asked_for(bench)
    bench.clock.advance(timedelta(hours=80))
    await bench.run_due(Lane.JUDGE)
    await bench.last(Event.EXPIRED)


async def test_an_approval_without_a_call_lapses_after_a_quarter_of_an_hour_and_waits_anew(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    bench.clock.advance(QUARTER)
    await bench.run(Lapse)
    pending = await bench.now(request)
    assert (pending.status, pending.terms_version, pending.terms) == (Status.PENDING, 2, request.terms)
    assert pending.expires_at == bench.clock.now() + timedelta(hours=72)
    assert await bench.voters(request) == []
    entry = await bench.last(Event.ASKED_AGAIN)
    assert facts_of(entry)["why"] == "lapsed"
    assert await _told_last(bench) == entry.seq
    rows = await bench.rows(Expire, Remind)
    assert [(row.kind, row.not_before - bench.clock.now()) for row in rows] == [
        (Expire.kind, timedelta(hours=72)),
        (Remind.kind, timedelta(hours=24)),
    ]
    assert {Expire.model_validate_json(row.payload).terms_version for row in rows} == {2}
    await bench.approve(request, by=BOSS)
    assert (await bench.now(request)).status is Status.APPROVED


@pytest.mark.parametrize(
    ("kind", "after"), [(Expire, timedelta(hours=72)), (Remind, timedelta(hours=24)), (Lapse, QUARTER)]
)
async def test_a_deadline_of_an_earlier_waiting_time_or_approval_does_nothing_in_the_present_one(
    bench: Workbench, kind: type[Work], after: timedelta
) -> None:
    await bench.ask()
    await bench.run(CardLetter)
    (request,) = await bench.requests()
    await bench.approve(request)
    await bench.switch()
    await bench.switch(freezes=False)
    if kind is Lapse:
        bench.clock.advance(1)
        await bench.approve(await bench.now(request))
    before, trail = await bench.now(request), await bench.trail()
    bench.clock.advance(after)
    held = await bench.claim(kind)
    assert Expire.model_validate_json(held.payload).terms_version == 1
    await bench.do(held)
    assert (await bench.now(request), await bench.trail()) == (before, trail)


async def test_what_was_bought_does_not_lapse(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    await bench.run(Purchase)
    bench.clock.advance(QUARTER)
    await bench.run(Lapse)
    assert (await bench.now(request)).status is Status.PURCHASED


async def test_while_a_call_is_out_the_end_of_its_approval_waits_for_what_comes_of_it(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    too_many = Refused(why=Refusal.NOT_EXECUTED, code="rate_limited", message="slow down", retry_after=3600)
    bench.provider.outcomes = [too_many]

    async def time_is_over() -> None:
        bench.clock.advance(timedelta(minutes=1))
        with pytest.raises(TryLater):
            await bench.run(Lapse)

    bench.provider.during_call = time_is_over
    bench.clock.advance(timedelta(minutes=14))
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.APPROVED
    bench.clock.advance(timedelta(minutes=1))
    await bench.run(Lapse)
    assert (await bench.now(request)).status is Status.PENDING
