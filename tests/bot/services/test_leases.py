"""A worker that stood still until another took its work over changes nothing any more, whatever it had begun."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.policy import Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.services.letters import CardLetter, ReplyTo, Rewrite
from bot.services.plans import DueSweep
from bot.services.ports import MessageGone, Undeliverable
from bot.store import cards
from bot.work.queue import Claim, LeaseLost, Work
from tests.harness.fakes import nothing
from tests.harness.seen import LOST, asked
from tests.harness.swept import HOUR, alerts, named, sweep
from tests.harness.workbench import Workbench
from tests.harness.worker import LEASE


async def _taken_over(bench: Workbench, kind: type[Work]) -> tuple[Claim, Claim]:
    """Such work as it was held, and as another worker has it now."""
    stalled = await bench.claim(kind)
    bench.clock.advance(LEASE)
    return stalled, await bench.claim(kind)


def _newer_sweep_between(
    bench: Workbench, read: str, *, shows: Callable[[], object], hides: Callable[[], object]
) -> None:
    """While a sweep's read is out, a newer sweep comes, sees what is shown then, and is through."""

    async def come(what: str) -> None:
        if what == read:
            bench.provider.during_read = nothing
            bench.clock.advance(LEASE)
            shows()
            await bench.run(DueSweep)
            hides()

    bench.provider.during_read = come


async def test_a_sweep_that_stood_still_takes_back_no_alert_and_frees_no_money(bench: Workbench) -> None:
    request = await bench.a_failure(LOST)
    row = named(bench)
    ledger = bench.provider.ledger = []
    _newer_sweep_between(bench, "transactions", shows=lambda: ledger.append(row), hides=ledger.clear)
    with pytest.raises(LeaseLost):
        await sweep(bench, after=2 * HOUR)
    attempt = await bench.attempt(request)
    assert (attempt.alerted_at is not None, attempt.is_unsettled) == (True, True)
    assert await alerts(bench) == ["charged_without_number"]
    assert await bench.month() == ("101", "0")


async def test_a_sweep_that_stood_still_and_cannot_read_settles_nothing_by_time(bench: Workbench) -> None:
    request = await asked(bench)
    await bench.say_without_asking(Resolution.NOT_BOUGHT, request)
    bench.clock.advance(2 * HOUR)
    await bench.plan_sweep()
    stalled, _ = await _taken_over(bench, DueSweep)
    bench.provider.unreadable = {"own_numbers"}
    with pytest.raises(LeaseLost):
        await bench.do(stalled)
    assert (await bench.attempt(request)).is_unsettled


@pytest.mark.parametrize("unlike", [Undeliverable("channel_not_found"), None], ids=["refused", "posted"])
async def test_who_lost_a_first_card_neither_withdraws_its_request_nor_says_where_it_stands(
    bench: Workbench, unlike: Exception | None
) -> None:
    await bench.ask()
    (request,) = await bench.requests()
    stalled, _ = await _taken_over(bench, CardLetter)
    bench.messenger.failures = [unlike]
    with pytest.raises(LeaseLost):
        await bench.do(stalled)
    assert (await bench.now(request)).status is Status.PENDING
    assert await _stands_at(bench, request) is None


@pytest.mark.parametrize("kind", [Rewrite, ReplyTo])
async def test_who_lost_a_delivery_does_not_say_that_the_card_is_gone(bench: Workbench, kind: type[Work]) -> None:
    request = await bench.a_request()
    await bench.approve(request)
    stalled, _ = await _taken_over(bench, kind)
    bench.messenger.failures = [MessageGone()]
    with pytest.raises(LeaseLost):
        await bench.do(stalled)
    assert await _stands_at(bench, request) == "1.000001"


async def _stands_at(bench: Workbench, request: PurchaseRequest) -> str | None:
    return (await bench.store.read(lambda connection: cards.get(connection, request.card))).ts


async def test_each_transaction_of_held_work_keeps_it_for_a_lease_from_then_and_never_for_less(
    bench: Workbench,
) -> None:
    await bench.ask()
    held = await bench.claim(CardLetter)
    for passed in (timedelta(seconds=20), -timedelta(seconds=10)):
        bench.clock.advance(passed)
        await bench.units.write(held, lambda _: None)
    (row,) = await bench.rows(CardLetter)
    assert row.lease_until == bench.clock.now() + timedelta(seconds=10) + LEASE
