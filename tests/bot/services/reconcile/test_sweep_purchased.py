"""The hourly sweep: what was bought, and what it cost."""

from datetime import timedelta

import pytest

from bot.domain.facts import Facts
from bot.domain.ledger import LedgerEntry
from bot.domain.money import Money
from bot.domain.outcome import Bought
from bot.domain.policy import Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.plans import DueSweep
from tests.harness.builders import BOSS, an_owned_number
from tests.harness.rows import facts_of
from tests.harness.seen import LOST, ours
from tests.harness.swept import DAY, HOUR, TICK, alerts, is_alerted, named, sweep
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("what a sweep finds is kept as test_sweep keeps it on both")

MINUTE = timedelta(minutes=1)


async def _sold(bench: Workbench, *charges: LedgerEntry, fees: str | None = "100+1 INR") -> PurchaseRequest:
    """It is among our own, and the ledger shows these charges; its answer stated `fees`."""
    request = await bench.a_purchase(Bought(number=an_owned_number(fees, purchased_at=bench.clock.now())))
    ours(bench)
    bench.provider.ledger = list(charges)
    return request


async def _confirmed(bench: Workbench, request: PurchaseRequest) -> bool:
    return (await bench.attempt(request)).confirmed_at is not None


async def _charged(bench: Workbench) -> Facts:
    """What was said last of the charge."""
    said = [facts_of(entry) for entry in await bench.trail() if entry.event is Event.SWEEP_ALERT]
    return next(facts for facts in reversed(said) if facts["what"] == "charged_otherwise")


# whether it is ours


async def test_a_number_that_is_among_our_own_after_an_hour_is_confirmed(bench: Workbench) -> None:
    request = await _sold(bench, named(bench))
    await sweep(bench, after=HOUR - TICK)
    assert not await _confirmed(bench, request)
    await sweep(bench, after=HOUR)
    assert await _confirmed(bench, request)
    assert await alerts(bench) == []
    assert not await bench.findings("bought_elsewhere")
    assert not await bench.findings("unexplained_debit")


async def test_a_number_that_is_not_among_our_own_after_an_hour_is_said_once_until_it_turns_up(
    bench: Workbench,
) -> None:
    request = await bench.a_purchase()
    await sweep(bench, after=HOUR - TICK)
    assert await alerts(bench) == []
    for _ in range(2):
        await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["not_among_own_numbers"]
    assert (await bench.told())[-1] is Event.SWEEP_ALERT
    ours(bench)
    await sweep(bench, after=HOUR)
    assert not await is_alerted(bench, request)
    assert await _confirmed(bench, request)


async def test_a_number_that_was_never_seen_stays_alerted_until_a_person_acknowledges_it(bench: Workbench) -> None:
    request = await bench.a_purchase()
    await sweep(bench, after=2 * HOUR)
    await sweep(bench, after=8 * DAY)
    assert await is_alerted(bench, request)
    await bench.resolve(Resolution.WRITE_OFF, request)
    await sweep(bench, after=DAY)
    assert not await is_alerted(bench, request)
    assert await alerts(bench) == ["not_among_own_numbers"]


async def test_a_number_that_nobody_looked_for_in_its_days_is_peoples_business(bench: Workbench) -> None:
    request = await bench.a_purchase()
    await sweep(bench, after=8 * DAY)
    assert await alerts(bench) == []
    assert await _confirmed(bench, request)


# charged more than once


async def test_two_charges_for_one_number_are_said_once_until_one_is_refunded(bench: Workbench) -> None:
    first, second = named(bench), named(bench)
    request = await _sold(bench, first, second)
    for _ in range(2):
        await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_twice"]
    assert not await _confirmed(bench, request)
    assert await bench.month() == ("0", "202")
    bench.provider.ledger = [first]
    await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_twice", "charged_otherwise"]
    assert (await _charged(bench))["differs"] is False
    assert await bench.month() == ("0", "101")
    assert not await is_alerted(bench, request)
    assert await _confirmed(bench, request)


@pytest.mark.parametrize("amount", ["101 INR", None], ids=["readable", "unreadable"])
async def test_a_second_charge_after_the_number_was_confirmed_is_said_too(bench: Workbench, amount: str | None) -> None:
    first = named(bench)
    request = await _sold(bench, first)
    await sweep(bench, after=HOUR)
    bench.provider.ledger = [named(bench, amount), first]
    for _ in range(2):
        await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_twice"]
    bench.provider.ledger = [first]
    await sweep(bench, after=HOUR)
    assert not await is_alerted(bench, request)


async def test_a_second_charge_that_nobody_will_refund_is_written_off_and_a_third_is_said_again(
    bench: Workbench,
) -> None:
    charges = [named(bench), named(bench)]
    request = await _sold(bench, *charges)
    await sweep(bench, after=HOUR)
    await bench.resolve(Resolution.WRITE_OFF, request)
    assert (await bench.last(Event.WRITTEN_OFF)).actor == BOSS
    assert (await bench.told())[-1] is Event.WRITTEN_OFF
    await sweep(bench, after=HOUR)
    assert not await is_alerted(bench, request)
    assert await alerts(bench) == ["charged_twice"]
    assert (await bench.now(request)).status is Status.PURCHASED
    bench.provider.ledger = [named(bench), *charges]
    await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_twice"] * 2
    assert await bench.month() == ("0", "303")


async def test_a_number_that_was_let_go_and_bought_again_is_charged_once_each_time(bench: Workbench) -> None:
    first = named(bench)
    await _sold(bench, first)
    await sweep(bench, after=HOUR)
    bench.provider.owned_number = None
    bench.clock.advance(10 * MINUTE)
    again = await _sold(bench, named(bench), first)
    await sweep(bench, after=HOUR)
    assert await alerts(bench) == []
    assert await _confirmed(bench, again)
    assert await bench.month() == ("0", "202")


async def test_a_late_debit_of_an_earlier_attempt_is_compared_with_the_sale_after_it(bench: Workbench) -> None:
    earlier = await bench.a_failure(LOST)
    await sweep(bench, after=HOUR)
    late = named(bench)
    bench.clock.advance(10 * MINUTE)
    request = await _sold(bench, named(bench), late)
    await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_twice"]
    assert await is_alerted(bench, request)
    assert not await is_alerted(bench, earlier)


async def test_a_debit_that_is_given_up_is_not_charged_to_the_sale_after_it(bench: Workbench) -> None:
    earlier = await bench.a_failure(LOST)
    lost = named(bench)
    bench.provider.ledger = [lost]
    await sweep(bench, after=2 * HOUR)
    await bench.resolve(Resolution.WRITE_OFF, earlier)
    await sweep(bench, after=HOUR)
    assert not (await bench.attempt(earlier)).is_unsettled
    await _sold(bench, named(bench), lost)
    await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_without_number"]
    assert await bench.month() == ("0", "101")


async def test_one_charge_in_two_rows_is_one_and_next_months_rental_is_no_second(bench: Workbench) -> None:
    charge = [named(bench, "100 INR"), named(bench, "1 INR")]
    request = await _sold(bench, *charge)
    bench.clock.advance(30 * DAY)
    bench.provider.ledger = [*charge, named(bench, "1 INR")]
    await sweep(bench)
    assert await alerts(bench) == []
    assert await _confirmed(bench, request)


# what it cost


@pytest.mark.parametrize(
    ("stated", "amount", "is_said"),
    [
        (None, "101 INR", False),
        (None, "119.18 INR", True),
        ("100+1 INR", "505 INR", True),
        ("100+1 INR", "50 INR", True),
    ],
)
async def test_a_ledger_that_knows_more_than_the_answer_is_believed_and_a_difference_said_once(
    bench: Workbench, stated: str | None, amount: str, is_said: bool
) -> None:
    request = await _sold(bench, named(bench, amount), fees=stated)
    for _ in range(2):
        await sweep(bench, after=HOUR)
    charged = Money.of(amount)
    assert (await bench.attempt(request)).charged == charged
    assert await bench.month() == ("0", charged.plain())
    assert await alerts(bench) == (["charged_otherwise"] if is_said else [])
    assert not await is_alerted(bench, request)
    assert await _confirmed(bench, request)
    if is_said:
        assert (await bench.told())[-1] is Event.SWEEP_ALERT
        facts = await _charged(bench)
        assert (facts["approved"], facts["charged"], facts["charged_currency"]) == ("101", charged.plain(), "INR")


async def test_half_a_charge_is_believed_after_a_minute_and_corrected_once_the_other_half_shows(
    bench: Workbench,
) -> None:
    half = named(bench, "100 INR")
    request = await _sold(bench, half, fees=None)
    await sweep(bench, after=MINUTE)
    assert (await bench.attempt(request)).charged == Money.of("100 INR")
    bench.provider.ledger = [named(bench, "1 INR"), half]
    await sweep(bench, after=HOUR)
    assert (await bench.attempt(request)).charged == Money.of("101 INR")
    assert await bench.month() == ("0", "101")
    assert [(await _charged(bench))[name] for name in ("charged", "differs")] == ["101", False]


async def test_a_charge_that_shows_after_the_number_was_confirmed_is_believed_too(bench: Workbench) -> None:
    request = await _sold(bench)
    await sweep(bench, after=HOUR)
    assert await _confirmed(bench, request)
    bench.provider.ledger = [named(bench, "119.18 INR")]
    await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_otherwise"]
    assert await bench.month() == ("0", "119.18")


async def test_in_the_first_minute_the_ledger_may_show_half_and_is_not_believed(bench: Workbench) -> None:
    request = await _sold(bench, named(bench, "100 INR"), fees=None)
    await sweep(bench, after=MINUTE - TICK)
    assert (await bench.attempt(request)).charged is None
    assert await alerts(bench) == []


# when


async def test_one_sweep_is_planned_and_the_next_one_an_hour_later(bench: Workbench) -> None:
    for _ in range(2):
        await bench.plan_sweep()
    assert (await bench.row(DueSweep)).not_before == bench.clock.now()
    await bench.run(DueSweep)
    await bench.plan_sweep()
    assert (await bench.row(DueSweep)).not_before == bench.clock.now() + HOUR


@pytest.mark.parametrize("unread", ["own_numbers", "transactions"])
async def test_a_sweep_that_cannot_read_changes_nothing_and_is_tried_again(bench: Workbench, unread: str) -> None:
    request = await bench.a_failure(LOST)
    bench.provider.unreadable = {unread}
    await sweep(bench, after=2 * HOUR)
    assert (await bench.attempt(request)).is_unsettled
    assert (await bench.row(DueSweep)).not_before == bench.clock.now() + timedelta(minutes=5)
    bench.provider.unreadable = set()
    await bench.sweep()
    assert not (await bench.attempt(request)).is_unsettled
