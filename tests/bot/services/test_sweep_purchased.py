"""The hourly sweep: what was bought, what it cost, and what stands at the provider beside the attempts."""

from datetime import timedelta

import pytest

from bot.domain.attempt import Ending
from bot.domain.audit import Event, Facts
from bot.domain.ledger import LedgerEntry
from bot.domain.money import Money
from bot.domain.outcome import Bought
from bot.domain.policy import Reason, Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.store.work import Kind
from tests.bench import Bench
from tests.builders import BOSS, NUMBER, an_owned_number
from tests.ledger import a_row
from tests.seen import LOST, neither, ours

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)


async def _sweep(bench: Bench, *, after: timedelta = timedelta(0)) -> None:
    """The sweep that is due then."""
    bench.clock.advance(after)
    await bench.plan_sweep()
    await bench.run(Kind.SWEEP)


def _named(bench: Bench, amount: str = "101 INR", *, id: str | None = None) -> LedgerEntry:
    return a_row(amount, id=id, description=f"DID purchase {NUMBER}", at=bench.clock.now())


async def _alerts(bench: Bench) -> list[object]:
    return [entry.facts()["what"] for entry in await bench.trail() if entry.event is Event.SWEEP_ALERT]


async def _facts(bench: Bench, event: Event) -> Facts:
    return (await bench.last(event)).facts()


# purchased


async def _confirmed(bench: Bench, request: PurchaseRequest) -> bool:
    return (await bench.attempt(request)).confirmed_at is not None


async def test_a_number_that_is_among_our_own_after_an_hour_is_confirmed(bench: Bench) -> None:
    request = await bench.a_purchase()
    ours(bench)
    bench.provider.ledger = [_named(bench)]
    await _sweep(bench, after=HOUR - TICK)
    assert not await _confirmed(bench, request)
    await _sweep(bench, after=HOUR)
    assert await _confirmed(bench, request)
    assert await _alerts(bench) == []


async def test_a_number_that_is_not_among_our_own_after_an_hour_is_said_once(bench: Bench) -> None:
    await bench.a_purchase()
    await _sweep(bench, after=HOUR - TICK)
    assert await _alerts(bench) == []
    for _ in range(2):
        await _sweep(bench, after=HOUR)
    assert await _alerts(bench) == ["not_among_own_numbers"]
    assert (await bench.told())[-1] is Event.SWEEP_ALERT


async def test_when_it_turns_up_after_all_nothing_is_unexplained_any_more(bench: Bench) -> None:
    request = await bench.a_purchase()
    await _sweep(bench, after=2 * HOUR)
    ours(bench)
    await _sweep(bench, after=HOUR)
    assert (await bench.attempt(request)).alerted_at is None
    assert await _confirmed(bench, request)


async def test_a_number_that_people_release_after_it_was_confirmed_is_their_business(bench: Bench) -> None:
    await bench.a_purchase()
    ours(bench)
    await _sweep(bench, after=HOUR)
    neither(bench)
    bench.provider.owned_number = None
    await _sweep(bench, after=DAY)
    assert await _alerts(bench) == []


async def test_two_charges_for_one_number_are_said_once_until_one_is_refunded(bench: Bench) -> None:
    request = await bench.a_purchase()
    ours(bench)
    first, second = _named(bench), _named(bench)
    bench.provider.ledger = [first, second]
    for _ in range(2):
        await _sweep(bench, after=HOUR)
    assert await _alerts(bench) == ["charged_twice"]
    assert not await _confirmed(bench, request)
    bench.provider.ledger = [first]
    await _sweep(bench, after=HOUR)
    assert (await bench.attempt(request)).alerted_at is None
    assert await _confirmed(bench, request)


async def test_a_second_charge_that_nobody_will_refund_is_written_off(bench: Bench) -> None:
    request = await bench.a_purchase()
    ours(bench)
    bench.provider.ledger = [_named(bench), _named(bench)]
    await _sweep(bench, after=HOUR)
    await bench.resolve(Resolution.WRITE_OFF, request)
    assert (await bench.last(Event.WRITTEN_OFF)).actor == BOSS
    assert (await bench.told())[-1] is Event.WRITTEN_OFF
    assert (await bench.attempt(request)).alerted_at is None
    await _sweep(bench, after=HOUR)
    assert await _alerts(bench) == ["charged_twice"]
    assert (await bench.now(request)).status is Status.PURCHASED


async def test_what_was_bought_and_is_not_alerted_has_nothing_to_write_off(bench: Bench) -> None:
    request = await bench.a_purchase()
    await bench.resolve(Resolution.WRITE_OFF, request)
    assert (await bench.refusal(Event.DECISION_REFUSED))[0] is Reason.NOTHING_TO_WRITE_OFF


@pytest.mark.parametrize("amounts", [["100 INR", "1 INR"], ["118 INR", "1.18 INR"], ["101 INR", "18.18 INR"]])
async def test_one_charge_in_two_rows_is_one(bench: Bench, amounts: list[str]) -> None:
    await bench.a_purchase()
    ours(bench)
    bench.provider.ledger = [_named(bench, amount) for amount in amounts]
    await _sweep(bench, after=HOUR)
    assert await _alerts(bench) == []


async def test_next_months_rental_is_no_second_charge(bench: Bench) -> None:
    request = await bench.a_purchase()
    ours(bench)
    bought = _named(bench)
    bench.clock.advance(30 * DAY)
    bench.provider.ledger = [bought, _named(bench, "1 INR")]
    await _sweep(bench)
    assert await _alerts(bench) == []
    assert await _confirmed(bench, request)


@pytest.mark.parametrize(("amount", "is_said"), [("119.18 INR", True), ("101 INR", False)])
async def test_a_charge_that_becomes_known_later_counts_and_a_difference_is_said(
    bench: Bench, amount: str, is_said: bool
) -> None:
    request = await bench.a_purchase(Bought(number=an_owned_number(None)))
    ours(bench)
    bench.provider.ledger = [_named(bench, amount)]
    await _sweep(bench, after=HOUR)
    charged = Money.of(amount)
    assert (await bench.attempt(request)).charged == charged
    assert await bench.month() == ("0", charged.plain())
    assert await _alerts(bench) == (["charged_otherwise"] if is_said else [])
    assert (await bench.attempt(request)).alerted_at is None
    if is_said:
        facts = await _facts(bench, Event.SWEEP_ALERT)
        assert (facts["approved"], facts["charged"], facts["charged_currency"]) == ("101", charged.plain(), "INR")


# beside the attempts


async def test_numbers_bought_elsewhere_and_charges_that_nobody_explains_are_kept_for_check(bench: Bench) -> None:
    bench.provider.others = [an_owned_number(number="+918069000999", id="num_9", purchased_at=None)]
    bench.provider.ledger = [a_row("77 INR", id="txn_stray", at=bench.clock.now() - 6 * DAY)]
    await _sweep(bench)
    assert [found.subject for found in await bench.findings("bought_elsewhere")] == ["+918069000999"]
    assert [found.subject for found in await bench.findings("unexplained_debit")] == ["txn_stray"]
    bench.provider.others, bench.provider.ledger = [], []
    await _sweep(bench, after=HOUR)
    assert not await bench.findings("bought_elsewhere")
    assert not await bench.findings("unexplained_debit")


async def test_what_was_bought_through_the_bot_is_not_among_them(bench: Bench) -> None:
    await bench.a_purchase()
    ours(bench)
    bench.provider.ledger = [_named(bench)]
    await _sweep(bench, after=HOUR)
    assert not await bench.findings("bought_elsewhere")
    assert not await bench.findings("unexplained_debit")


# when


async def test_one_sweep_is_planned_and_the_next_one_an_hour_later(bench: Bench) -> None:
    for _ in range(2):
        await bench.plan_sweep()
    assert (await bench.row(Kind.SWEEP)).not_before == bench.clock.now()
    await bench.run(Kind.SWEEP)
    await bench.plan_sweep()
    assert (await bench.row(Kind.SWEEP)).not_before == bench.clock.now() + HOUR


@pytest.mark.parametrize("unread", ["own_numbers", "transactions"])
async def test_a_sweep_that_cannot_read_changes_nothing_and_is_tried_again(bench: Bench, unread: str) -> None:
    request = await bench.a_failure(LOST)
    bench.provider.unreadable = {unread}
    await _sweep(bench, after=2 * HOUR)
    assert (await bench.attempt(request)).is_unsettled
    assert (await bench.row(Kind.SWEEP)).not_before == bench.clock.now() + timedelta(minutes=5)
    bench.provider.unreadable = set()
    await bench.sweep()
    assert not (await bench.attempt(request)).is_unsettled


async def test_no_sweep_makes_a_call_and_each_attempt_ends_in_one_way(bench: Bench) -> None:
    request = await bench.a_failure(LOST)
    ours(bench)
    await _sweep(bench)
    assert len(bench.provider.calls) == 1
    assert [row.outcome for row in await bench.attempts()] == [Ending.FOUND]
    assert (await bench.now(request)).status is Status.PURCHASED
