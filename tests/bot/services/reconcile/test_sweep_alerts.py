"""What the sweep cannot explain waits for people: they are reminded, and there is a way out of every alert."""

from datetime import timedelta

import pytest

from bot.domain.facts import Facts
from bot.domain.outcome import Outcome, Refusal, Refused
from bot.domain.policy import Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.checkup.database import waiting_lines
from bot.services.plans import Nudge, Purchase
from bot.services.reconcile.alerts import told_debits
from bot.store.lanes import Lane
from tests.harness.builders import BOSS, NUMBER, a_listing, an_owned_number
from tests.harness.ledger import a_row
from tests.harness.rows import facts_of
from tests.harness.seen import LOST, OWN_500, ours, under_way
from tests.harness.swept import DAY, HOUR, alerts, is_alerted, named, sweep
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("what a sweep finds is kept as test_sweep keeps it on both")

OTHER = "+918069000999"
TOO_LITTLE = Refused(why=Refusal.BALANCE_TOO_LOW, code="low", message="top up")
REJECTED = Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file")


async def _charged(bench: Workbench, outcome: Refused) -> PurchaseRequest:
    """Refused, and charged all the same; approvers were told."""
    request = await bench.a_purchase(outcome)
    bench.provider.ledger = [named(bench, id="txn_1")]
    await sweep(bench)
    assert await alerts(bench) == ["charged_without_number"]
    return await bench.now(request)


async def _days_pass(bench: Workbench, days: int) -> None:
    for _ in range(days):
        bench.clock.advance(DAY)
        await bench.run_due(Lane.JUDGE)


async def _reminders(bench: Workbench) -> list[Facts]:
    return [facts_of(entry) for entry in await bench.trail() if entry.event is Event.REMINDED]


# reminders


async def test_people_are_reminded_daily_of_an_alert_until_it_is_settled(bench: Workbench) -> None:
    request = await bench.a_failure(LOST)
    bench.provider.ledger = [named(bench)]
    await sweep(bench)
    await _days_pass(bench, 3)
    assert await _reminders(bench) == [{"about": "alert"}] * 3
    assert (await bench.told()).count(Event.REMINDED) == 3
    await bench.resolve(Resolution.WRITE_OFF, request)
    await _days_pass(bench, 2)
    assert len(await _reminders(bench)) == 3
    assert not await bench.rows(Nudge)


async def test_two_alerts_of_what_was_bought_are_one_reminder_a_day(bench: Workbench) -> None:
    await bench.a_purchase()
    await sweep(bench, after=2 * HOUR)
    ours(bench)
    bench.provider.ledger = [named(bench), named(bench)]
    await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["not_among_own_numbers", "charged_twice"]
    await _days_pass(bench, 1)
    assert await _reminders(bench) == [{"about": "alert"}]
    assert len(await bench.rows(Nudge)) == 1


# a way out of every state


@pytest.mark.parametrize("ends", ["pending", "denied", "withdrawn", "expired"])
async def test_a_charge_that_a_refusal_left_waits_for_approvers_and_is_written_off_whatever_became_of_the_request(
    bench: Workbench, ends: str
) -> None:
    request = await _charged(bench, TOO_LITTLE)
    assert request.status is Status.PENDING
    if ends == "denied":
        await bench.deny(request)
    elif ends == "withdrawn":
        await bench.withdraw(request)
    elif ends == "expired":
        await _days_pass(bench, 3)
    assert (await bench.now(request)).status.value == ends
    await bench.ask_for_status(BOSS)
    await bench.deliver()
    (waits,) = bench.messenger.took("status_list")[0].waiting or ()
    assert (waits.request.id, waits.attempt is not None and waits.attempt.is_alerted) == (request.id, True)
    await bench.resolve(Resolution.WRITE_OFF, request)
    entry = await bench.last(Event.WRITTEN_OFF)
    assert (entry.actor, (await bench.now(request)).status.value) == (BOSS, ends)
    assert (await bench.attempt(request)).written_off == {"txn_1"}
    await sweep(bench, after=HOUR)
    assert not await is_alerted(bench, request)
    assert await alerts(bench) == ["charged_without_number"]


@pytest.mark.parametrize("outcome", [LOST, TOO_LITTLE], ids=["lost", "refused"])
async def test_a_ledger_that_cannot_be_read_any_more_ends_no_alert(bench: Workbench, outcome: Outcome) -> None:
    request = await bench.a_purchase(outcome)
    if outcome is LOST:
        await bench.look(times=4)
    bench.provider.ledger = [named(bench)]
    await sweep(bench, after=HOUR)
    bench.provider.ledger = None
    await sweep(bench, after=HOUR)
    assert await is_alerted(bench, request)


async def test_a_refund_ends_the_alert_of_a_refusal_after_weeks_too(bench: Workbench) -> None:
    request = await _charged(bench, TOO_LITTLE)
    await sweep(bench, after=16 * DAY)
    assert await is_alerted(bench, request)
    bench.provider.ledger = []
    await sweep(bench, after=HOUR)
    assert not await is_alerted(bench, request)
    assert await bench.store.read(waiting_lines) == []


async def test_an_alert_goes_over_to_the_next_attempt_of_its_request(bench: Workbench) -> None:
    request = await _charged(bench, TOO_LITTLE)
    bench.clock.advance(timedelta(minutes=5))
    await bench.approve(request)
    bench.provider.outcomes = [REJECTED]
    await bench.run(Purchase)
    await sweep(bench, after=HOUR)
    first, second = await bench.attempts()
    assert (first.alerted_at, second.alerted_at) == (None, bench.clock.now())
    await bench.resolve(Resolution.WRITE_OFF, request)
    assert (await bench.attempt(request)).written_off == {"txn_1"}


async def test_an_alert_of_an_earlier_request_stays_its_own(bench: Workbench) -> None:
    first = await _charged(bench, REJECTED)
    second = await bench.a_purchase(REJECTED)
    await sweep(bench, after=HOUR)
    assert await is_alerted(bench, first)
    assert not await is_alerted(bench, second)
    assert await alerts(bench) == ["charged_without_number"]


@pytest.mark.parametrize("is_lost", [True, False], ids=["lost", "refused"])
async def test_a_charge_is_told_of_the_last_attempt_before_it(bench: Workbench, *, is_lost: bool) -> None:
    first = await bench.a_purchase(REJECTED)
    bench.clock.advance(timedelta(minutes=10))
    second = await (bench.a_failure(LOST) if is_lost else bench.a_purchase(REJECTED))
    bench.clock.advance(timedelta(minutes=1))
    bench.provider.ledger = [named(bench)]
    for _ in range(2):
        await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_without_number"]
    assert [await is_alerted(bench, request) for request in (first, second)] == [False, True]


async def test_a_further_charge_is_said_beside_the_first(bench: Workbench) -> None:
    request = await bench.a_failure(LOST)
    bench.provider.ledger = [named(bench, id="txn_1")]
    await sweep(bench)
    bench.provider.ledger.append(named(bench, id="txn_2"))
    await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_without_number"] * 2
    assert [debit.id for debit in told_debits(await bench.attempt(request))] == ["txn_1", "txn_2"]


async def test_a_debit_that_two_numbers_could_have_caused_is_said_of_both(bench: Workbench) -> None:
    first = await bench.a_failure(LOST)
    bench.provider.listing = a_listing(number=OTHER)
    second = await bench.a_purchase(LOST, number=OTHER)
    await bench.look(times=4)
    bench.provider.ledger = [a_row(at=bench.clock.now())]
    await sweep(bench)
    assert [await is_alerted(bench, request) for request in (first, second)] == [True, True]
    bench.provider.ledger = []
    await sweep(bench, after=2 * HOUR)
    assert [(await bench.attempt(request)).is_unsettled for request in (first, second)] == [False, False]


# among our own and not usable


@pytest.mark.parametrize(("status", "at_once"), [("blocked", ["not_usable"]), ("pending_purchase", [])])
async def test_a_number_of_ours_that_cannot_be_used_is_said_within_the_hour_unless_it_is_on_its_way_to_us(
    bench: Workbench, status: str, at_once: list[str]
) -> None:
    request = await bench.a_failure(LOST)
    bench.provider.owned_number = an_owned_number(status=status)
    bench.provider.ledger = [named(bench)]
    await sweep(bench)
    assert await alerts(bench) == at_once
    for _ in range(2):
        await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["not_usable"]
    assert (await bench.attempt(request)).is_unsettled
    assert await bench.month() == ("101", "0")
    ours(bench)
    await sweep(bench, after=HOUR)
    assert (await bench.now(request)).status is Status.PURCHASED


async def test_a_number_that_will_never_be_usable_is_acknowledged_and_settled(bench: Workbench) -> None:
    request = await bench.a_failure(LOST)
    under_way(bench)
    bench.provider.ledger = [named(bench, id="txn_1")]
    await sweep(bench, after=HOUR)
    await bench.resolve(Resolution.WRITE_OFF, request)
    assert (await bench.last(Event.WRITTEN_OFF)).actor == BOSS
    await sweep(bench, after=HOUR)
    attempt = await bench.attempt(request)
    assert (attempt.alerted_at, attempt.is_unsettled) == (None, False)
    assert await bench.month() == ("0", "0")
    assert await alerts(bench) == ["not_usable"]


# a sale of another request


@pytest.mark.parametrize("ends", ["a refund", "a write-off"])
@pytest.mark.parametrize("description", ["DID purchase", NUMBER], ids=["silent", "named"])
async def test_a_charge_beside_the_sale_of_another_request_is_said_at_once_and_once_until_a_refund_or_a_write_off(
    bench: Workbench, description: str, ends: str
) -> None:
    first = await bench.a_purchase()
    second = await bench.a_purchase(LOST)  # lists lagged, so that two requests tried, and both were charged
    ours(bench)
    bench.provider.ledger = [a_row(description=description, at=bench.clock.now()) for _ in range(2)]
    await bench.look()
    assert (await bench.now(second)).error == "sold_to_another_request"
    entry = await bench.last(Event.CHARGED_WITHOUT_NUMBER)
    assert (entry.request, facts_of(entry)["what"]) == (second.id, "charged_beside_sale")
    assert (await bench.told())[-1] is Event.CHARGED_WITHOUT_NUMBER
    for _ in range(3):
        await sweep(bench, after=HOUR)
    assert await is_alerted(bench, second)
    assert "charged_twice" not in await alerts(bench)
    assert not await bench.findings("unexplained_debit")
    if ends == "a refund":
        bench.provider.ledger = [named(bench)]
    else:
        await bench.resolve(Resolution.WRITE_OFF, second)
    await sweep(bench, after=HOUR)
    assert [await is_alerted(bench, request) for request in (first, second)] == [False, False]


async def test_an_earlier_attempts_alert_ends_when_only_the_charge_of_the_sale_after_it_is_left(
    bench: Workbench,
) -> None:
    earlier = await bench.a_failure(OWN_500)
    later = await bench.a_request()
    bench.provider.ledger = [named(bench)]
    await sweep(bench)
    bench.clock.advance(timedelta(minutes=5))
    await bench.approve(later)
    await bench.run(Purchase)
    ours(bench)
    bench.provider.ledger = [named(bench), *bench.provider.ledger]
    await sweep(bench, after=HOUR)
    assert [await is_alerted(bench, request) for request in (earlier, later)] == [True, True]
    bench.provider.ledger = bench.provider.ledger[:1]
    await sweep(bench, after=HOUR)
    assert [await is_alerted(bench, request) for request in (earlier, later)] == [False, False]
    assert not (await bench.attempt(earlier)).is_unsettled
    assert await bench.month() == ("0", "101")
