"""Right after the money: what the call's answer makes of the request."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.attempt import Ending
from bot.domain.money import Money
from bot.domain.outcome import Outcome, Refusal, Refused, Unknown
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.letters import ReplyTo
from bot.services.plans import Purchase
from bot.store.lanes import Lane
from bot.work.retry import TryLater
from tests.harness.builders import a_request, an_owned_number
from tests.harness.fakes import nothing
from tests.harness.rows import facts_of
from tests.harness.seen import meanwhile
from tests.harness.workbench import Workbench

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


async def _called(bench: Workbench, *outcomes: Outcome, **meanwhile_shown: object) -> PurchaseRequest:
    """An approved request as its one call left it, which came to the first of these; the others come after it."""
    request = await bench.an_approved_request()
    bench.provider.outcomes = list(outcomes)
    if meanwhile_shown:
        bench.provider.during_call = meanwhile(bench, **meanwhile_shown)
    await bench.run(Purchase)
    assert len(bench.provider.calls) == 1
    return await bench.now(request)


async def _endings(bench: Workbench) -> list[str]:
    return [row.outcome for row in await bench.attempts()]


async def _try_again(bench: Workbench, times: int) -> None:
    for _ in range(times):
        bench.clock.advance(7)
        await bench.run(Purchase)


async def _told_last(bench: Workbench) -> int:
    """The entry that the newest reply tells."""
    return ReplyTo.model_validate_json((await bench.rows(ReplyTo))[-1].payload).entry


@pytest.mark.parametrize("why", [Refusal.REJECTED, Refusal.NOT_SENT, Refusal.NOT_IN_INVENTORY])
async def test_a_definite_refusal_fails_with_the_providers_words_and_is_not_tried_again(
    bench: Workbench, why: Refusal
) -> None:
    refused = Refused(why=why, code="kyc", message="no KYC on file", provider_request_id="req_7")
    failed = await _called(bench, refused)
    assert (failed.status, failed.error) == (Status.FAILED, why.value)
    entry = await bench.last(Event.FAILED)
    told = {"error": why.value, "code": "kyc", "message": "no KYC on file", "provider_request_id": "req_7"}
    assert facts_of(entry).items() >= told.items()
    assert await _told_last(bench) == entry.seq
    (attempt,) = await bench.attempts()
    assert (attempt.outcome, attempt.code, attempt.message) == (Ending.REFUSED, "kyc", "no KYC on file")
    assert not await bench.rows(Purchase)


@pytest.mark.parametrize(
    ("refused", "told"),
    [(BALANCE, ("101", "20.25", "req_7")), (replace(BALANCE, required=None, available=None), (None, None, "req_7"))],
    ids=["with both figures", "without figures"],
)
async def test_a_balance_the_provider_calls_too_low_asks_again_and_a_new_approval_buys(
    bench: Workbench, refused: Refused, told: tuple[str | None, ...]
) -> None:
    pending = await _called(bench, refused)
    assert (pending.status, pending.terms_version, pending.attempts) == (Status.PENDING, 2, 0)
    assert await bench.voters(pending) == []
    entry = await bench.last(Event.ASKED_AGAIN)
    facts = facts_of(entry)
    assert tuple(facts[name] for name in ("required", "available", "provider_request_id")) == told
    assert (facts["why"], await _told_last(bench)) == ("balance_too_low", entry.seq)
    assert await _endings(bench) == [Ending.REFUSED]
    assert not await bench.rows(Purchase)
    await bench.approve(pending)
    await bench.run(Purchase)
    assert (await bench.now(pending)).status is Status.PURCHASED
    assert await _endings(bench) == [Ending.REFUSED, Ending.BOUGHT]


@pytest.mark.parametrize("is_over", [True, False])
async def test_an_unknown_outcome_is_checking_with_its_attempt_open(bench: Workbench, *, is_over: bool) -> None:
    unknown = Unknown(reason="http_500", message="oops", provider_request_id="req_7", call_is_over=is_over)
    assert (await _called(bench, unknown)).status is Status.CHECKING
    facts = facts_of(await bench.last(Event.CHECKING))
    assert (facts["code"], facts["message"], facts["provider_request_id"]) == ("http_500", "oops", "req_7")
    (attempt,) = await bench.attempts()
    assert (attempt.outcome, attempt.call_is_over, attempt.call_ended_at) == (Ending.OPEN, is_over, bench.clock.now())


@pytest.mark.parametrize(("asked", "pause"), [(7.0, 7), (None, 2), (0.0, 2)])
async def test_a_call_that_was_not_executed_is_followed_by_a_new_attempt_after_a_pause_for_which_all_is_read_anew(
    bench: Workbench, asked: float | None, pause: int
) -> None:
    approved = await _called(bench, replace(TOO_MANY, retry_after=asked))
    assert (approved.status, approved.attempts, approved.terms_version) == (Status.APPROVED, 1, 1)
    assert await _told_last(bench) == (await bench.last(Event.NOT_EXECUTED)).seq
    assert (await bench.row(Purchase)).not_before == bench.clock.now() + timedelta(seconds=pause)
    bench.clock.advance(pause)
    await bench.run(Purchase)
    assert (await bench.now(approved)).status is Status.PURCHASED
    assert await _endings(bench) == [Ending.UNEXECUTED, Ending.BOUGHT]
    assert bench.provider.reads == ["owned", "find", "balance"] * 2


async def test_no_pause_is_longer_than_an_hour_whatever_the_provider_asks(bench: Workbench) -> None:
    await _called(bench, replace(TOO_MANY, retry_after=2.5e11))
    assert (await bench.row(Purchase)).not_before == bench.clock.now() + timedelta(hours=1)


async def test_after_three_attempts_that_were_not_executed_the_request_fails(bench: Workbench) -> None:
    request = await _called(bench, TOO_MANY, TOO_MANY, TOO_MANY)
    await _try_again(bench, 2)
    failed = await bench.now(request)
    assert (failed.status, failed.error) == (Status.FAILED, "not_executed")
    assert await _endings(bench) == [Ending.UNEXECUTED] * 3
    assert len(bench.provider.calls) == 3
    assert not await bench.rows(Purchase)


async def test_a_new_approval_has_three_attempts_of_its_own(bench: Workbench) -> None:
    request = await _called(bench, TOO_MANY, TOO_MANY, BALANCE, TOO_MANY, TOO_MANY)
    await _try_again(bench, 2)
    await bench.approve(await bench.now(request))
    await _try_again(bench, 3)
    assert (await bench.now(request)).status is Status.PURCHASED
    assert len(bench.provider.calls) == 6


async def test_a_call_that_was_not_executed_and_frozen_since_waits_for_a_new_approval(bench: Workbench) -> None:
    bench.provider.during_call = bench.freeze
    assert (await _called(bench, TOO_MANY)).status is Status.PENDING
    assert facts_of(await bench.last(Event.ASKED_AGAIN))["why"] == "frozen"
    assert await _endings(bench) == [Ending.UNEXECUTED]
    assert not await bench.rows(Purchase)


OURS, ANOTHERS = an_owned_number(), an_owned_number(owner="SA_OTHER")
UNDER_WAY = an_owned_number(status="pending_purchase")


@pytest.mark.parametrize(
    ("refused", "shows", "status", "ending"),
    [
        (GONE, {"owned_number": OURS}, Status.PURCHASED, Ending.FOUND),
        (GONE, {"owned_number": ANOTHERS}, Status.FAILED, Ending.REFUSED),
        (BALANCE, {"owned_number": ANOTHERS}, Status.PENDING, Ending.REFUSED),
        (GONE, {"owned_number": UNDER_WAY}, Status.CHECKING, Ending.OPEN),
        (BALANCE, {"owned_number": OURS}, Status.CHECKING, Ending.OPEN),
    ],
    ids=[
        "not found but ours since then",
        "not found and another account's",
        "no money and another account's",
        "not found but under way",
        "no money but ours since then",
    ],
)
async def test_a_refusal_is_believed_as_far_as_own_numbers_do_not_contradict_it(
    bench: Workbench, refused: Refused, shows: dict[str, object], status: Status, ending: Ending
) -> None:
    assert (await _called(bench, refused, **shows)).status is status
    (attempt,) = await bench.attempts()
    assert (attempt.outcome, attempt.call_is_over) == (ending, ending is Ending.REFUSED)
    if ending is Ending.OPEN:
        assert facts_of(await bench.last(Event.CHECKING))["code"] == f"{refused.why.value}_unconfirmed"


async def _refused_while_unread(bench: Workbench, refused: Refused) -> PurchaseRequest:
    """Own numbers could not be read since the call, so it is not believed yet."""
    request = await bench.an_approved_request()
    bench.provider.outcomes, bench.provider.during_call = [refused], meanwhile(bench, unreadable={"owned"})
    with pytest.raises(TryLater):
        await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASING
    return request


UNCONFIRMED = pytest.mark.parametrize(
    ("refused", "status"), [(GONE, Status.FAILED), (BALANCE, Status.PENDING)], ids=["gone", "no money"]
)


@UNCONFIRMED
async def test_a_refusal_that_cannot_be_confirmed_yet_is_kept_until_it_can(
    bench: Workbench, refused: Refused, status: Status
) -> None:
    request = await _refused_while_unread(bench, refused)
    bench.clock.advance(timedelta(minutes=10))
    bench.provider.unreadable = set()
    await bench.run(Purchase)
    assert (await bench.now(request)).status is status
    (attempt,) = await bench.attempts()
    assert (attempt.outcome, attempt.code, attempt.message) == (Ending.REFUSED, refused.code, refused.message)
    assert len(bench.provider.calls) == 1


@UNCONFIRMED
async def test_a_refusal_outlives_the_process_that_heard_it(bench: Workbench, refused: Refused, status: Status) -> None:
    request = await bench.an_approved_request()
    bench.provider.outcomes = [refused]

    async def die(_: str) -> None:
        if bench.provider.calls:
            raise ConnectionError

    bench.provider.during_read = die
    with pytest.raises(ConnectionError):
        await bench.run(Purchase)
    bench.provider.during_read = nothing
    bench.clock.advance(timedelta(minutes=1))
    await bench.run(Purchase)
    assert (await bench.now(request)).status is status
    assert facts_of((await bench.trail())[-1]).items() >= {"code": refused.code, "message": refused.message}.items()
    assert len(bench.provider.calls) == 1


@UNCONFIRMED
async def test_a_refusal_that_a_quarter_of_an_hour_does_not_confirm_is_found_out_by_looks(
    bench: Workbench, refused: Refused, status: Status
) -> None:
    request = await _refused_while_unread(bench, refused)
    bench.clock.advance(timedelta(minutes=15))
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.CHECKING
    facts = facts_of(await bench.last(Event.CHECKING))
    assert facts["code"] == f"{refused.why.value}_unconfirmed"
    assert refused.message in str(facts["message"])


# the provider asks to wait


async def test_the_purchase_of_an_earlier_approval_comes_no_sooner_than_the_provider_asked(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    bench.provider.unreadable = {"owned"}
    with pytest.raises(TryLater):
        await bench.run(Purchase)
    bench.provider.unreadable = set()
    bench.clock.advance(timedelta(minutes=15))
    await bench.run_due(Lane.JUDGE)
    await bench.approve(await bench.now(request))
    assert len(await bench.rows(Purchase)) == 2
    bench.provider.outcomes = [TOO_MANY]
    await bench.run(Purchase)
    assert (await bench.row(Purchase)).not_before == bench.clock.now() + timedelta(seconds=7)
    assert not await bench.is_due(Lane.BUY)


async def test_a_new_approval_buys_no_sooner_than_the_provider_asked(bench: Workbench) -> None:
    request = await _called(bench, replace(TOO_MANY, retry_after=1200))
    bench.clock.advance(timedelta(minutes=15))
    await bench.run_due(Lane.JUDGE)
    await bench.approve(await bench.now(request))
    with pytest.raises(TryLater) as later:
        await bench.run(Purchase)
    assert later.value.after == timedelta(minutes=5)
    bench.clock.advance(later.value.after)
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED


async def test_nor_does_any_other_request_and_nothing_is_read_for_it_meanwhile(bench: Workbench) -> None:
    await _called(bench, TOO_MANY)
    other = await bench.a_request(a_request(number="+918069000143", created_at=bench.clock.now()), ts="2.000001")
    await bench.approve(other)
    reads = len(bench.provider.reads)
    with pytest.raises(TryLater) as later:
        await bench.run(Purchase)
    assert later.value.after == timedelta(seconds=7)
    assert len(bench.provider.reads) == reads
    assert (await bench.now(other)).status is Status.APPROVED
