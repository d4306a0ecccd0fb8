"""Right after the money: what the call's answer makes of the request."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.attempt import Ending
from bot.domain.money import Money
from bot.domain.outcome import Bought, Outcome, Refusal, Refused, Unknown
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.letters import ReplyTo
from bot.services.plans import Purchase
from tests.harness.bench import Bench
from tests.harness.builders import ACCOUNT, an_owned_number
from tests.harness.rows import facts_of

BALANCE = Refused(
    why=Refusal.BALANCE_TOO_LOW,
    code="INSUFFICIENT_BALANCE",
    message="top up",
    provider_request_id="req_7",
    required=Money.of("101 INR"),
    available=Money.of("20.25 INR"),
)
GONE = Refused(why=Refusal.NOT_IN_INVENTORY, code="not_found", message="number not found in inventory")
TOO_MANY = Refused(why=Refusal.NOT_EXECUTED, code="rate_limited", message="slow down", retry_after=7.0)


async def _bought_with(bench: Bench, *outcomes: Outcome) -> PurchaseRequest:
    """An approved request whose first call came to the first of these."""
    request = await bench.an_approved_request()
    bench.provider.outcomes = list(outcomes)
    await bench.run(Purchase)
    return request


async def _told_last(bench: Bench) -> int:
    """The entry that the newest reply tells."""
    return ReplyTo.model_validate_json((await bench.rows(ReplyTo))[-1].payload).entry


@pytest.mark.parametrize("why", [Refusal.REJECTED, Refusal.NOT_SENT, Refusal.NOT_IN_INVENTORY])
async def test_a_definite_refusal_fails_with_the_providers_words_and_is_not_tried_again(
    bench: Bench, why: Refusal
) -> None:
    refused = Refused(why=why, code="kyc", message="no KYC on file", provider_request_id="req_7")
    request = await _bought_with(bench, refused)
    failed = await bench.now(request)
    assert (failed.status, failed.error) == (Status.FAILED, why.value)
    entry = await bench.last(Event.FAILED)
    told = {"error": why.value, "code": "kyc", "message": "no KYC on file", "provider_request_id": "req_7"}
    assert facts_of(entry).items() >= told.items()
    assert await _told_last(bench) == entry.seq
    (attempt,) = await bench.attempts()
    assert (attempt.outcome, attempt.code, attempt.message) == (Ending.REFUSED, "kyc", "no KYC on file")
    assert not await bench.rows(Purchase)


async def test_a_balance_the_provider_calls_too_low_asks_again_naming_both_figures(bench: Bench) -> None:
    request = await _bought_with(bench, BALANCE)
    pending = await bench.now(request)
    assert (pending.status, pending.terms_version, pending.attempts) == (Status.PENDING, 2, 0)
    assert await bench.voters(request) == []
    entry = await bench.last(Event.ASKED_AGAIN)
    told = {"why": "balance_too_low", "required": "101", "available": "20.25", "provider_request_id": "req_7"}
    assert facts_of(entry).items() >= told.items()
    assert await _told_last(bench) == entry.seq
    assert [row.outcome for row in await bench.attempts()] == [Ending.REFUSED]
    assert not await bench.rows(Purchase)


async def test_a_balance_refusal_without_figures_is_told_without_figures(bench: Bench) -> None:
    await _bought_with(bench, Refused(why=Refusal.BALANCE_TOO_LOW, code="http_402", message="top up"))
    facts = facts_of(await bench.last(Event.ASKED_AGAIN))
    assert (facts["required"], facts["available"]) == (None, None)


async def test_after_a_balance_refusal_a_new_approval_buys(bench: Bench) -> None:
    request = await _bought_with(bench, BALANCE)
    await bench.approve(await bench.now(request))
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED
    assert [row.outcome for row in await bench.attempts()] == [Ending.REFUSED, Ending.BOUGHT]


@pytest.mark.parametrize(
    ("refused", "pause"),
    [
        (TOO_MANY, timedelta(seconds=7)),
        (Refused(why=Refusal.NOT_EXECUTED, code="http_404", message="?"), timedelta(seconds=2)),
        (Refused(why=Refusal.NOT_EXECUTED, code="rate_limited", message="?", retry_after=0.0), timedelta(seconds=2)),
    ],
)
async def test_a_call_that_was_not_executed_is_followed_by_a_new_attempt_after_a_pause(
    bench: Bench, refused: Refused, pause: timedelta
) -> None:
    request = await _bought_with(bench, refused)
    approved = await bench.now(request)
    assert (approved.status, approved.attempts, approved.terms_version) == (Status.APPROVED, 1, 1)
    assert await _told_last(bench) == (await bench.last(Event.NOT_EXECUTED)).seq
    assert (await bench.row(Purchase)).not_before == bench.clock.now() + pause
    bench.clock.advance(pause)
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED
    assert [row.outcome for row in await bench.attempts()] == [Ending.UNEXECUTED, Ending.BOUGHT]


async def test_no_pause_is_longer_than_an_hour_whatever_the_provider_asks(bench: Bench) -> None:
    await _bought_with(bench, replace(TOO_MANY, retry_after=2.5e11))
    assert (await bench.row(Purchase)).not_before == bench.clock.now() + timedelta(hours=1)


async def test_every_attempt_reads_the_terms_anew(bench: Bench) -> None:
    await _bought_with(bench, TOO_MANY)
    bench.provider.reads.clear()
    bench.clock.advance(7)
    await bench.run(Purchase)
    assert bench.provider.reads == ["owned", "find", "balance"]


async def test_after_three_attempts_that_were_not_executed_the_request_fails(bench: Bench) -> None:
    request = await _bought_with(bench, TOO_MANY, TOO_MANY, TOO_MANY)
    for _ in range(2):
        bench.clock.advance(7)
        await bench.run(Purchase)
    failed = await bench.now(request)
    assert (failed.status, failed.error) == (Status.FAILED, "not_executed")
    assert [row.outcome for row in await bench.attempts()] == [Ending.UNEXECUTED] * 3
    assert len(bench.provider.calls) == 3
    assert not await bench.rows(Purchase)


async def test_a_new_approval_has_three_attempts_of_its_own(bench: Bench) -> None:
    request = await _bought_with(bench, TOO_MANY, TOO_MANY, BALANCE, TOO_MANY, TOO_MANY)
    for _ in range(2):
        bench.clock.advance(7)
        await bench.run(Purchase)
    await bench.approve(await bench.now(request))
    for _ in range(3):
        await bench.run(Purchase)
        bench.clock.advance(7)
    assert (await bench.now(request)).status is Status.PURCHASED
    assert len(bench.provider.calls) == 6


async def test_a_call_that_was_not_executed_and_frozen_since_waits_for_a_new_approval(bench: Bench) -> None:
    bench.provider.during_call = bench.freeze
    request = await _bought_with(bench, TOO_MANY)
    assert (await bench.now(request)).status is Status.PENDING
    assert facts_of(await bench.last(Event.ASKED_AGAIN))["why"] == "frozen"
    assert [row.outcome for row in await bench.attempts()] == [Ending.UNEXECUTED]
    assert not await bench.rows(Purchase)


async def test_a_number_not_found_by_the_call_but_ours_since_then_is_bought(bench: Bench) -> None:
    request = await bench.an_approved_request()
    bench.provider.outcomes = [GONE]
    _ours_during_the_call(bench, "active")
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED
    assert [row.outcome for row in await bench.attempts()] == [Ending.FOUND]


@pytest.mark.parametrize(("refused", "status"), [(GONE, Status.FAILED), (BALANCE, Status.PENDING)])
async def test_a_refused_number_that_another_account_has_since_then_is_not_bought(
    bench: Bench, refused: Refused, status: Status
) -> None:
    request = await bench.an_approved_request()
    bench.provider.outcomes = [refused]
    _ours_during_the_call(bench, "active", owner="SA_OTHER")
    await bench.run(Purchase)
    assert (await bench.now(request)).status is status
    assert [row.outcome for row in await bench.attempts()] == [Ending.REFUSED]


@pytest.mark.parametrize(("refused", "status"), [(GONE, "pending_purchase"), (BALANCE, "active")])
async def test_a_refusal_that_own_numbers_contradict_is_checking(bench: Bench, refused: Refused, status: str) -> None:
    request = await bench.an_approved_request()
    bench.provider.outcomes = [refused]
    _ours_during_the_call(bench, status)
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.CHECKING
    assert [(row.outcome, row.call_is_over) for row in await bench.attempts()] == [(Ending.OPEN, False)]


@pytest.mark.parametrize("refused", [GONE, BALANCE])
async def test_a_refusal_that_own_numbers_cannot_confirm_is_checking(bench: Bench, refused: Refused) -> None:
    request = await bench.an_approved_request()
    bench.provider.outcomes = [refused]

    async def silence() -> None:
        bench.provider.unreadable = {"owned"}

    bench.provider.during_call = silence
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.CHECKING
    assert facts_of(await bench.last(Event.CHECKING))["code"] == f"{refused.why.value}_unconfirmed"


@pytest.mark.parametrize("refused", [GONE, BALANCE])
async def test_after_a_refusal_that_could_not_be_confirmed_nothing_is_settled_for_an_hour(
    bench: Bench, refused: Refused
) -> None:
    request = await bench.an_approved_request()
    bench.provider.outcomes = [refused]

    async def silence() -> None:
        bench.provider.unreadable = {"owned"}

    bench.provider.during_call = silence
    await bench.run(Purchase)
    bench.provider.unreadable = set()
    for _ in range(4):
        await bench.look()
    assert (await bench.now(request)).status is Status.FAILED
    assert (await bench.attempt(request)).is_unsettled


@pytest.mark.parametrize(
    "outcome",
    [
        Bought(number=an_owned_number()),
        Unknown(reason="timeout"),
        Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file"),
        Refused(why=Refusal.NOT_SENT, code="not_sent", message="refused"),
        GONE,
        BALANCE,
        TOO_MANY,
    ],
    ids=["bought", "unknown", "rejected", "not sent", "gone", "balance", "not executed"],
)
async def test_whatever_comes_of_a_call_it_was_made_once(bench: Bench, outcome: Outcome) -> None:
    await _bought_with(bench, outcome)
    assert len(bench.provider.calls) == 1


def _ours_during_the_call(bench: Bench, status: str, *, owner: str = ACCOUNT) -> None:
    async def appear() -> None:
        bench.provider.owned_number = an_owned_number(status=status, owner=owner)

    bench.provider.during_call = appear
