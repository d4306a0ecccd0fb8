"""The hourly sweep: own numbers and ledger against all attempts, whatever they ended in."""

import pytest

from bot.domain.audit import BOT
from bot.domain.facts import Facts
from bot.domain.money import Money
from bot.domain.outcome import Refusal, Refused, Unknown
from bot.domain.policy import Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.judge.resolve import resolve_without_asking
from bot.services.plans import DueSweep
from tests.harness.bench import Bench
from tests.harness.builders import NUMBER
from tests.harness.ledger import a_row
from tests.harness.rows import facts_of
from tests.harness.seen import LOST, OWN_500, another_accounts, asked, ours, under_way
from tests.harness.swept import DAY, HOUR, TICK, alerts, named, sweep


async def _facts(bench: Bench, event: Event) -> Facts:
    return facts_of(await bench.last(event))


# a late truth


@pytest.mark.parametrize("outcome", [LOST, OWN_500], ids=["lost", "own 500"])
async def test_a_number_found_later_corrects_failed_and_that_is_said(bench: Bench, outcome: Unknown) -> None:
    request = await bench.a_failure(outcome)
    ours(bench)
    await sweep(bench)
    bought = await bench.now(request)
    assert (bought.status, bought.error, bought.purchased_at) == (Status.PURCHASED, None, bench.clock.now())
    entry = await bench.last(Event.PURCHASED)
    assert (entry.actor, facts_of(entry)["late"]) == (BOT, True)
    assert (await bench.told())[-1] is Event.PURCHASED
    assert await bench.month() == ("0", "101")


async def test_it_does_so_after_it_was_settled_too(bench: Bench) -> None:
    request = await bench.a_failure(LOST)
    await sweep(bench, after=HOUR)
    assert not (await bench.attempt(request)).is_unsettled
    ours(bench)
    await sweep(bench, after=HOUR)
    assert (await bench.now(request)).status is Status.PURCHASED
    assert await bench.month() == ("0", "101")


@pytest.mark.parametrize("is_charged", [True, False])
async def test_a_number_of_another_account_is_no_late_truth(bench: Bench, *, is_charged: bool) -> None:
    request = await bench.a_failure(LOST)
    another_accounts(bench)
    bench.provider.ledger = [named(bench)] if is_charged else []
    await sweep(bench, after=HOUR)
    assert (await bench.now(request)).status is Status.FAILED
    assert (await bench.attempt(request)).is_unsettled is is_charged
    assert await alerts(bench) == (["charged_without_number"] if is_charged else [])


async def test_the_charge_of_a_late_truth_is_read_from_the_ledger(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    await bench.look(times=4)
    ours(bench)
    bench.provider.ledger = [named(bench, "119.18 INR")]
    await sweep(bench)
    assert (await bench.attempt(request)).charged == Money.of("119.18 INR")
    assert (await _facts(bench, Event.PURCHASED))["differs"] is True
    assert await bench.month() == ("0", "119.18")


@pytest.mark.parametrize("why", [Refusal.REJECTED, Refusal.NOT_SENT, Refusal.NOT_IN_INVENTORY])
async def test_after_a_definite_refusal_a_number_of_ours_was_bought_elsewhere(bench: Bench, why: Refusal) -> None:
    request = await bench.a_purchase(Refused(why=why, code="kyc", message="no KYC on file"))
    ours(bench)
    await sweep(bench)
    assert (await bench.now(request)).status is Status.FAILED
    assert [found.subject for found in await bench.findings("bought_elsewhere")] == [NUMBER]


async def test_of_two_attempts_that_could_have_made_it_the_newest_has_the_sale(bench: Bench) -> None:
    first = await bench.a_failure(OWN_500)
    second = await bench.a_failure(OWN_500)
    ours(bench)
    await sweep(bench)
    assert (await bench.now(first)).status is Status.FAILED
    assert (await bench.now(second)).status is Status.PURCHASED
    assert (await _facts(bench, Event.PURCHASED))["rivals"] == [first.id]


async def test_what_people_are_asked_about_is_answered_when_the_number_turns_up(bench: Bench) -> None:
    request = await asked(bench)
    ours(bench)
    await sweep(bench)
    assert (await bench.now(request)).status is Status.PURCHASED
    assert (await bench.last(Event.PURCHASED)).actor == BOT


async def test_a_number_of_another_account_answers_nothing(bench: Bench) -> None:
    request = await asked(bench)
    another_accounts(bench)
    await sweep(bench)
    assert (await bench.now(request)).status is Status.CHECKING


async def test_what_looks_are_still_finding_out_is_left_to_them(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    ours(bench)
    await bench.plan_sweep()
    await bench.run(DueSweep)
    assert (await bench.now(request)).status is Status.CHECKING


# settling


async def test_an_hour_after_the_call_ended_and_not_before_it_is_settled(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    ended = bench.clock.now()
    await bench.look(times=4)
    await sweep(bench, after=ended + HOUR - TICK - bench.clock.now())
    assert (await bench.attempt(request)).is_unsettled
    assert await bench.month() == ("101", "0")
    await sweep(bench, after=HOUR)
    assert not (await bench.attempt(request)).is_unsettled
    assert await bench.month() == ("0", "0")
    assert (await bench.last(Event.SETTLED)).request == request.id


async def test_it_is_settled_in_the_very_moment_of_the_hour(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    ended = bench.clock.now()
    await bench.look(times=4)
    await sweep(bench, after=ended + HOUR - bench.clock.now())
    assert not (await bench.attempt(request)).is_unsettled


async def test_what_was_settled_as_it_failed_is_not_settled_again(bench: Bench) -> None:
    await bench.a_failure(OWN_500)
    await sweep(bench, after=HOUR)
    assert Event.SETTLED not in [entry.event for entry in await bench.trail()]


async def test_a_number_that_is_still_being_bought_within_the_hour_is_neither_settled_nor_alerted(bench: Bench) -> None:
    request = await bench.a_failure(LOST)
    under_way(bench)
    bench.provider.ledger = [named(bench)]
    await sweep(bench)
    assert (await bench.attempt(request)).is_unsettled
    assert await alerts(bench) == []


async def test_an_account_that_may_not_read_its_ledger_is_settled_by_its_numbers(bench: Bench) -> None:
    request = await bench.a_failure(LOST)
    bench.provider.ledger = None
    await sweep(bench, after=HOUR)
    assert not (await bench.attempt(request)).is_unsettled


# settling an operator's word, given without asking


async def _said_without_asking(bench: Bench) -> PurchaseRequest:
    request = await asked(bench)
    attempt = await bench.attempt(request)
    await bench.store.write(
        lambda connection: resolve_without_asking(bench.case(connection, request, attempt), Resolution.NOT_BOUGHT)
    )
    return request


@pytest.mark.parametrize("unread", [set(), {"own_numbers"}, {"transactions"}], ids=["read", "numbers", "ledger"])
async def test_an_operators_word_alone_is_settled_after_the_hour_whether_a_sweep_can_read_or_not(
    bench: Bench, unread: set[str]
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


async def test_what_is_found_corrects_an_operators_word_too(bench: Bench) -> None:
    request = await _said_without_asking(bench)
    ours(bench)
    await sweep(bench)
    assert (await bench.now(request)).status is Status.PURCHASED


async def test_a_charge_that_a_sweep_saw_is_not_settled_by_time_alone(bench: Bench) -> None:
    request = await _said_without_asking(bench)
    bench.provider.ledger = [named(bench)]
    await sweep(bench)
    bench.provider.unreadable = {"own_numbers"}
    await sweep(bench, after=2 * HOUR)
    assert (await bench.attempt(request)).is_unsettled
    assert await alerts(bench) == ["charged_without_number"]


async def test_what_looks_or_people_found_is_not_settled_by_a_sweep_that_cannot_read(bench: Bench) -> None:
    request = await asked(bench)
    await bench.resolve(Resolution.NOT_BOUGHT, request)
    bench.provider.unreadable = {"own_numbers"}
    await sweep(bench, after=2 * HOUR)
    assert (await bench.attempt(request)).is_unsettled


# charged without the number


@pytest.mark.parametrize("outcome", [LOST, OWN_500], ids=["lost", "own 500"])
async def test_a_charge_without_the_number_is_said_and_keeps_it_unsettled(bench: Bench, outcome: Unknown) -> None:
    request = await bench.a_failure(outcome)
    bench.provider.ledger = [named(bench, id="txn_1")]
    await sweep(bench, after=2 * HOUR)
    facts = await _facts(bench, Event.SWEEP_ALERT)
    assert (facts["what"], facts["provider_request_id"]) == ("charged_without_number", outcome.provider_request_id)
    debits = facts["debits"]
    assert isinstance(debits, list)
    assert [row["id"] for row in debits if isinstance(row, dict)] == ["txn_1"]
    assert (await bench.told())[-1] is Event.SWEEP_ALERT
    assert (await bench.attempt(request)).is_unsettled
    assert await bench.month() == ("101", "0")
    assert (await bench.now(request)).status is Status.FAILED


async def test_it_is_said_once(bench: Bench) -> None:
    await bench.a_failure(LOST)
    bench.provider.ledger = [named(bench)]
    for _ in range(3):
        await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_without_number"]


async def test_of_two_attempts_that_could_have_caused_it_the_newest_is_told_of(bench: Bench) -> None:
    first = await bench.a_failure(OWN_500)
    second = await bench.a_failure(OWN_500)
    bench.provider.ledger = [named(bench)]
    await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_without_number"]
    alerted = [(await bench.attempt(request)).alerted_at is not None for request in (first, second)]
    assert alerted == [False, True]


async def test_a_refund_settles_it(bench: Bench) -> None:
    request = await bench.a_failure(LOST)
    bench.provider.ledger = [named(bench)]
    await sweep(bench, after=2 * HOUR)
    bench.provider.ledger = []
    await sweep(bench, after=HOUR)
    attempt = await bench.attempt(request)
    assert (attempt.alerted_at, attempt.is_unsettled) == (None, False)
    assert await bench.month() == ("0", "0")


async def test_a_write_off_settles_it(bench: Bench) -> None:
    request = await bench.a_failure(LOST)
    bench.provider.ledger = [named(bench)]
    await sweep(bench, after=2 * HOUR)
    await bench.resolve(Resolution.WRITE_OFF, request)
    assert (await bench.attempt(request)).is_unsettled
    await sweep(bench, after=HOUR)
    assert not (await bench.attempt(request)).is_unsettled
    assert await alerts(bench) == ["charged_without_number"]


async def test_a_charge_is_not_forgotten_however_long_nobody_refunds_it(bench: Bench) -> None:
    request = await bench.a_failure(LOST)
    charge = named(bench)
    bench.provider.ledger = [charge]
    await sweep(bench, after=2 * HOUR)
    await sweep(bench, after=60 * DAY)
    assert (await bench.attempt(request)).is_unsettled
    assert charge.at is not None
    assert bench.provider.asked_since[-1] <= charge.at


async def test_a_charge_after_a_definite_refusal_is_said_too(bench: Bench) -> None:
    request = await bench.a_purchase(Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file"))
    bench.provider.ledger = [named(bench)]
    for _ in range(2):
        await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_without_number"]
    bench.provider.ledger = []
    await sweep(bench, after=HOUR)
    assert (await bench.attempt(request)).alerted_at is None


async def test_a_debit_that_names_nobody_days_later_is_not_charged_to_an_old_failure(bench: Bench) -> None:
    request = await bench.a_failure(LOST)
    await sweep(bench, after=HOUR)
    bench.clock.advance(8 * DAY)
    bench.provider.ledger = [a_row("1 INR", type="did_rental", at=bench.clock.now())]
    await sweep(bench)
    assert await alerts(bench) == []
    assert not (await bench.attempt(request)).is_unsettled
    assert len(await bench.findings("unexplained_debit")) == 1
