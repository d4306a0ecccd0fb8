"""The hourly sweep: own numbers and ledger against all attempts, whatever they ended in."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.domain.attempt import Ending
from bot.domain.audit import BOT
from bot.domain.money import Money
from bot.domain.outcome import Refusal, Refused, Unknown
from bot.domain.policy import Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from tests.harness.builders import NUMBER
from tests.harness.ledger import a_row
from tests.harness.rows import facts_of
from tests.harness.seen import LOST, OWN_500, Shows, another_accounts, asked, ours, under_way
from tests.harness.swept import DAY, HOUR, TICK, alerts, is_alerted, named, sweep
from tests.harness.workbench import Workbench

Before = Callable[[Workbench], Awaitable[PurchaseRequest]]

REJECTED = Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file")


async def _settled(bench: Workbench) -> PurchaseRequest:
    request = await bench.a_failure(LOST)
    await sweep(bench, after=HOUR)
    bench.clock.advance(HOUR)
    return request


async def _settled_long_ago(bench: Workbench) -> PurchaseRequest:
    request = await _settled(bench)
    bench.clock.advance(8 * DAY)
    return request


async def _said_without_asking(bench: Workbench) -> PurchaseRequest:
    request = await asked(bench)
    await bench.say_without_asking(Resolution.NOT_BOUGHT, request)
    return request


# own numbers that cannot be read


async def test_while_an_own_number_cannot_be_read_nothing_is_settled_nor_missed_and_what_is_ours_is_found(
    bench: Workbench,
) -> None:
    bought = await bench.a_purchase()
    bench.provider.unreadable_own = ("n/a",)
    await sweep(bench, after=2 * HOUR)
    assert (await alerts(bench), (await bench.attempt(bought)).confirmed_at) == ([], None)
    ours(bench)
    await sweep(bench, after=HOUR)
    assert (await bench.attempt(bought)).confirmed_at is not None


async def test_a_failure_waits_with_its_money_while_an_own_number_cannot_be_read_unless_an_operator_gave_a_word(
    bench: Workbench,
) -> None:
    bench.provider.unreadable_own = ("n/a",)
    failed = await bench.a_failure(LOST)
    await sweep(bench, after=2 * HOUR)
    assert (await bench.attempt(failed)).is_unsettled
    bench.provider.unreadable_own = ()
    await sweep(bench, after=HOUR)
    assert not (await bench.attempt(failed)).is_unsettled
    bench.provider.unreadable_own = ("n/a",)
    said = await _said_without_asking(bench)
    await sweep(bench, after=2 * HOUR)
    assert not (await bench.attempt(said)).is_unsettled


# a late truth


@pytest.mark.parametrize(
    ("before", "is_late"),
    [
        (lambda bench: bench.a_failure(LOST), True),
        (lambda bench: bench.a_failure(OWN_500), True),
        (_settled, True),
        (_settled_long_ago, True),
        (_said_without_asking, True),
        (asked, None),
    ],
    ids=["looks failed it", "own 500", "settled", "settled long ago", "an operator's word", "people are asked"],
)
async def test_a_number_that_turns_up_is_bought_whatever_was_said_before_and_that_is_said_and_no_call_made(
    bench: Workbench, before: Before, is_late: bool | None
) -> None:
    request = await before(bench)
    ours(bench)
    await sweep(bench)
    bought = await bench.now(request)
    assert (bought.status, bought.error, bought.purchased_at) == (Status.PURCHASED, None, bench.clock.now())
    entry = await bench.last(Event.PURCHASED)
    assert (entry.actor, facts_of(entry).get("late")) == (BOT, is_late)
    assert (await bench.told())[-1] is Event.PURCHASED
    assert await bench.month() == ("0", "101")
    assert ([row.outcome for row in await bench.attempts()], len(bench.provider.calls)) == ([Ending.FOUND], 1)


@pytest.mark.parametrize("is_charged", [True, False])
async def test_a_number_of_another_account_is_no_late_truth(bench: Workbench, *, is_charged: bool) -> None:
    request = await bench.a_failure(LOST)
    another_accounts(bench)
    bench.provider.ledger = [named(bench)] if is_charged else []
    await sweep(bench, after=HOUR)
    assert (await bench.now(request)).status is Status.FAILED
    assert (await bench.attempt(request)).is_unsettled is is_charged
    assert await alerts(bench) == (["charged_without_number"] if is_charged else [])


@pytest.mark.parametrize(
    ("before", "shows"),
    [(lambda bench: bench.a_purchase(LOST), ours), (asked, another_accounts)],
    ids=["what looks are still finding out", "a number of another account"],
)
async def test_a_sweep_leaves_to_looks_and_to_people_what_is_theirs(
    bench: Workbench, before: Before, shows: Shows
) -> None:
    request = await before(bench)
    shows(bench)
    await sweep(bench)
    assert (await bench.now(request)).status is Status.CHECKING


async def test_the_charge_of_a_late_truth_is_read_from_the_ledger(bench: Workbench) -> None:
    request = await bench.a_failure(LOST)
    ours(bench)
    bench.provider.ledger = [named(bench, "119.18 INR")]
    await sweep(bench)
    assert (await bench.attempt(request)).charged == Money.of("119.18 INR")
    assert facts_of(await bench.last(Event.PURCHASED))["differs"] is True
    assert await bench.month() == ("0", "119.18")


async def test_after_a_definite_refusal_a_number_of_ours_was_bought_elsewhere(bench: Workbench) -> None:
    request = await bench.a_purchase(REJECTED)
    ours(bench)
    await sweep(bench)
    assert (await bench.now(request)).status is Status.FAILED
    assert [found.subject for found in await bench.findings("bought_elsewhere")] == [NUMBER]


async def test_of_two_attempts_that_could_have_made_it_the_newest_has_the_sale(bench: Workbench) -> None:
    first, second = [await bench.a_failure(OWN_500) for _ in range(2)]
    ours(bench)
    await sweep(bench)
    assert (await bench.now(first)).status is Status.FAILED
    assert (await bench.now(second)).status is Status.PURCHASED
    assert facts_of(await bench.last(Event.PURCHASED))["rivals"] == [first.id]


# settling


@pytest.mark.parametrize(("after", "is_unsettled"), [(HOUR - TICK, True), (HOUR, False)])
async def test_an_hour_after_the_call_ended_and_not_before_it_is_settled(
    bench: Workbench, after: timedelta, is_unsettled: bool
) -> None:
    request = await bench.a_failure(LOST)
    ended = (await bench.attempt(request)).call_ended
    await sweep(bench, after=ended + after - bench.clock.now())
    assert (await bench.attempt(request)).is_unsettled is is_unsettled
    assert await bench.month() == ("101" if is_unsettled else "0", "0")
    assert [entry.request for entry in await bench.trail() if entry.event is Event.SETTLED] == (
        [] if is_unsettled else [request.id]
    )


async def test_what_was_settled_as_it_failed_is_not_settled_again(bench: Workbench) -> None:
    await bench.a_failure(OWN_500)
    await sweep(bench, after=HOUR)
    assert Event.SETTLED not in [entry.event for entry in await bench.trail()]


async def test_a_number_that_is_still_being_bought_within_the_hour_is_neither_settled_nor_alerted(
    bench: Workbench,
) -> None:
    request = await bench.a_failure(LOST)
    under_way(bench)
    bench.provider.ledger = [named(bench)]
    await sweep(bench)
    assert (await bench.attempt(request)).is_unsettled
    assert await alerts(bench) == []


async def test_an_account_that_may_not_read_its_ledger_is_settled_by_its_numbers(bench: Workbench) -> None:
    request = await bench.a_failure(LOST)
    bench.provider.ledger = None
    await sweep(bench, after=HOUR)
    assert not (await bench.attempt(request)).is_unsettled


@pytest.mark.parametrize("unread", [set(), {"own_numbers"}, {"transactions"}], ids=["read", "numbers", "ledger"])
async def test_an_operators_word_alone_is_settled_after_the_hour_whether_a_sweep_can_read_or_not(
    bench: Workbench, unread: set[str]
) -> None:
    request = await _said_without_asking(bench)
    ended = (await bench.attempt(request)).call_ended
    bench.provider.unreadable = unread
    await sweep(bench, after=ended + HOUR - TICK - bench.clock.now())
    assert (await bench.attempt(request)).is_unsettled
    await sweep(bench, after=HOUR)
    assert not (await bench.attempt(request)).is_unsettled
    assert await bench.month() == ("0", "0")
    assert (await bench.last(Event.SETTLED)).request == request.id


async def test_a_charge_that_a_sweep_saw_is_not_settled_by_time_alone(bench: Workbench) -> None:
    request = await _said_without_asking(bench)
    bench.provider.ledger = [named(bench)]
    await sweep(bench)
    bench.provider.unreadable = {"own_numbers"}
    await sweep(bench, after=2 * HOUR)
    assert (await bench.attempt(request)).is_unsettled
    assert await alerts(bench) == ["charged_without_number"]


# charged without the number


async def _charged(bench: Workbench, outcome: Unknown = LOST) -> PurchaseRequest:
    """A failure that was charged, as a sweep tells two hours later."""
    request = await bench.a_failure(outcome)
    bench.provider.ledger = [named(bench, id="txn_1")]
    await sweep(bench, after=2 * HOUR)
    return request


@pytest.mark.parametrize("outcome", [LOST, OWN_500], ids=["lost", "own 500"])
async def test_a_charge_without_the_number_is_said_once_and_keeps_it_unsettled(
    bench: Workbench, outcome: Unknown
) -> None:
    request = await _charged(bench, outcome)
    facts = facts_of(await bench.last(Event.SWEEP_ALERT))
    assert (facts["what"], facts["provider_request_id"]) == ("charged_without_number", outcome.provider_request_id)
    assert [row["id"] for row in facts["debits"]] == ["txn_1"]
    assert (await bench.told())[-1] is Event.SWEEP_ALERT
    assert (await bench.attempt(request)).is_unsettled
    assert await bench.month() == ("101", "0")
    assert (await bench.now(request)).status is Status.FAILED
    await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_without_number"]


async def test_of_two_attempts_that_could_have_caused_it_the_newest_is_told_of(bench: Workbench) -> None:
    first, second = [await bench.a_failure(OWN_500) for _ in range(2)]
    bench.provider.ledger = [named(bench)]
    await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_without_number"]
    assert [await is_alerted(bench, request) for request in (first, second)] == [False, True]


@pytest.mark.parametrize("is_refunded", [True, False], ids=["a refund", "a write-off"])
async def test_a_refund_or_a_write_off_settles_it(bench: Workbench, is_refunded: bool) -> None:
    request = await _charged(bench)
    if is_refunded:
        bench.provider.ledger = []
    else:
        await bench.resolve(Resolution.WRITE_OFF, request)
    assert (await bench.attempt(request)).is_unsettled
    await sweep(bench, after=HOUR)
    attempt = await bench.attempt(request)
    assert (attempt.alerted_at, attempt.is_unsettled) == (None, False)
    assert await bench.month() == ("0", "0")
    assert await alerts(bench) == ["charged_without_number"]


async def test_a_charge_is_not_forgotten_however_long_nobody_refunds_it(bench: Workbench) -> None:
    charged_at = bench.clock.now()
    request = await _charged(bench)
    await sweep(bench, after=60 * DAY)
    assert (await bench.attempt(request)).is_unsettled
    assert bench.provider.asked_since[-1] <= charged_at


async def test_a_debit_that_names_nobody_days_later_is_not_charged_to_an_old_failure(bench: Workbench) -> None:
    request = await _settled(bench)
    bench.clock.advance(8 * DAY)
    bench.provider.ledger = [a_row("1 INR", type="did_rental", at=bench.clock.now())]
    await sweep(bench)
    assert await alerts(bench) == []
    assert not (await bench.attempt(request)).is_unsettled
    assert len(await bench.findings("unexplained_debit")) == 1
