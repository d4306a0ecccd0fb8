"""Right before the money: what is read then decides whether the call may leave, and where the request goes if not."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain.numbers import Listing
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.letters import ReplyTo
from bot.services.plans import Expire, Purchase
from bot.services.ports import Balance
from bot.work.queue import Lane
from tests.harness.bench import Bench
from tests.harness.builders import BOSS, CHIEF, a_listing, an_owned_number, some_approvers, some_rules, some_terms
from tests.harness.fakes import nothing
from tests.harness.rows import facts_of


async def _turned_back(bench: Bench, request: PurchaseRequest, why: str) -> PurchaseRequest:
    """The request as it waits again: votes void, said in the thread, with new deadlines, and no call was made."""
    pending = await bench.now(request)
    assert (pending.status, pending.terms_version) == (Status.PENDING, request.terms_version + 1)
    assert (pending.decided_at, pending.attempts) == (None, 0)
    assert pending.expires_at == bench.clock.now() + timedelta(hours=72)
    assert await bench.voters(request) == []
    entry = await bench.last(Event.ASKED_AGAIN)
    assert facts_of(entry)["why"] == why
    told = ReplyTo.model_validate_json((await bench.rows(ReplyTo))[-1].payload)
    assert told.entry == entry.seq
    expire = (await bench.rows(Expire))[-1]
    assert expire.not_before == pending.expires_at
    assert Expire.model_validate_json(expire.payload).terms_version == pending.terms_version
    assert await _no_call(bench)
    return pending


async def _failed(bench: Bench, request: PurchaseRequest, error: str) -> None:
    failed = await bench.now(request)
    assert (failed.status, failed.error) == (Status.FAILED, error)
    assert facts_of(await bench.last(Event.FAILED))["error"] == error
    assert await _no_call(bench)


async def _no_call(bench: Bench) -> bool:
    """Was no call made and none recorded, and is nothing left to buy?"""
    return not (bench.provider.calls or await bench.attempts() or await bench.rows(Purchase))


@pytest.mark.parametrize(
    "present",
    [
        a_listing("100+2 INR"),
        a_listing("99+1 INR"),
        a_listing("100+1 USD"),
        a_listing(months=12),
        a_listing(identity_check=True),
        a_listing(trial=True),
    ],
    ids=["dearer", "cheaper", "currency", "commitment", "identity check", "trial"],
)
async def test_other_terms_than_were_approved_are_asked_about_again(bench: Bench, present: Listing) -> None:
    request = await bench.an_approved_request()
    bench.provider.listing = present
    await bench.run(Purchase)
    pending = await _turned_back(bench, request, "terms_changed")
    facts = facts_of(await bench.last(Event.ASKED_AGAIN))
    before = facts["before"]
    assert isinstance(before, dict)
    assert (before["digest"], facts["digest"]) == (request.terms.digest, pending.terms.digest)
    assert pending.terms.digest != request.terms.digest
    assert pending.terms_changes == 1


async def test_the_new_terms_are_bought_once_they_are_approved(bench: Bench) -> None:
    request = await bench.an_approved_request()
    bench.provider.listing = a_listing("100+2 INR")
    await bench.run(Purchase)
    pending = await bench.now(request)
    assert pending.terms == some_terms("100+2 INR")
    await bench.approve(pending)
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED
    assert len(bench.provider.calls) == 1


@pytest.mark.parametrize("present", [a_listing("100.00+1.0 INR"), a_listing(months=None, trial=None)])
async def test_the_same_terms_written_otherwise_are_no_change(bench: Bench, present: Listing) -> None:
    request = await bench.an_approved_request()
    bench.provider.listing = present
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED


async def test_at_the_third_change_of_terms_the_request_fails(bench: Bench) -> None:
    request = await bench.a_request()
    for fees in ("100+2 INR", "100+3 INR"):
        await bench.approve(await bench.now(request))
        bench.provider.listing = a_listing(fees)
        await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PENDING
    await bench.approve(await bench.now(request))
    bench.provider.listing = a_listing("100+1 INR")
    await bench.run(Purchase)
    await _failed(bench, request, "terms_kept_changing")


async def test_waiting_again_for_another_reason_is_no_change_of_terms(bench: Bench) -> None:
    request = await bench.a_request()
    for _ in range(3):
        await bench.freeze(frozen=False)
        await bench.approve(await bench.now(request))
        await bench.freeze()
        await bench.run(Purchase)
    pending = await bench.now(request)
    assert (pending.status, pending.terms_version, pending.terms_changes) == (Status.PENDING, 4, 0)


async def test_a_number_that_is_ours_by_now_is_not_bought_again(bench: Bench) -> None:
    request = await bench.an_approved_request()
    bench.provider.owned_number = an_owned_number(status="pending_purchase")
    await bench.run(Purchase)
    await _failed(bench, request, "already_ours")


@pytest.mark.parametrize(
    ("present", "missing"), [(None, ""), (a_listing(None), "setup fee"), (a_listing(blocked=True), "blocked")]
)
async def test_a_number_that_is_not_on_sale_any_more_fails(bench: Bench, present: Listing | None, missing: str) -> None:
    request = await bench.an_approved_request()
    bench.provider.listing = present
    await bench.run(Purchase)
    await _failed(bench, request, "not_in_inventory")
    assert facts_of(await bench.last(Event.FAILED))["missing"] == missing


async def test_a_balance_below_the_charge_asks_again_naming_both_figures(bench: Bench) -> None:
    request = await bench.an_approved_request()
    bench.provider.spendable = Balance(currency="INR", available=Decimal("100.999"), may_overdraw=False)
    await bench.run(Purchase)
    await _turned_back(bench, request, "balance_too_low")
    facts = facts_of(await bench.last(Event.ASKED_AGAIN))
    assert (facts["required"], facts["available"]) == ("101", "100.999")


@pytest.mark.parametrize(
    "spendable",
    [
        Balance(currency="INR", available=Decimal(101), may_overdraw=False),
        Balance(currency="INR", available=Decimal(-5), may_overdraw=True),
        None,
    ],
    ids=["exactly enough", "may be overdrawn", "cannot be read for this account"],
)
async def test_a_balance_that_does_not_speak_against_it_lets_the_call_leave(
    bench: Bench, spendable: Balance | None
) -> None:
    request = await bench.an_approved_request()
    bench.provider.spendable = spendable
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED


async def test_frozen_since_the_approval_it_waits_for_a_new_one(bench: Bench) -> None:
    request = await bench.an_approved_request()
    await bench.freeze()
    await bench.run(Purchase)
    await _turned_back(bench, request, "frozen")


async def test_a_call_whose_attempt_was_recorded_before_the_freeze_may_still_leave(bench: Bench) -> None:
    request = await bench.an_approved_request()
    bench.provider.before_call = bench.freeze
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED


async def test_a_voter_who_is_no_approver_any_more_is_not_enough(bench: Bench) -> None:
    request = await bench.an_approved_request()
    bench.people.list_of_approvers = some_approvers(CHIEF)
    await bench.run(Purchase)
    await _turned_back(bench, request, "approver_left")
    assert facts_of(await bench.last(Event.ASKED_AGAIN))["list"] == CHIEF


@pytest.mark.parametrize("why", ["deactivated", "guest"])
async def test_a_voter_who_is_no_full_member_any_more_is_not_enough_whoever_lists_them(bench: Bench, why: str) -> None:
    request = await bench.an_approved_request()
    bench.people.why_not[BOSS] = why
    await bench.run(Purchase)
    await _turned_back(bench, request, "approver_left")
    assert facts_of(await bench.last(Event.ASKED_AGAIN))["size"] == 1


@pytest.mark.parametrize("left", [[BOSS], [CHIEF], []])
async def test_of_two_voters_both_have_to_be_approvers_still(bench: Bench, left: list[str]) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    await bench.approve(request, by=CHIEF)
    bench.people.list_of_approvers = some_approvers("U_THIRD", *left)
    await bench.run(Purchase)
    await _turned_back(bench, request, "approver_left")


async def test_a_vote_that_did_not_count_at_the_approval_does_not_stand_in_for_one_that_did(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    bench.people.list_of_approvers = some_approvers(CHIEF, "U_THIRD")
    await bench.approve(request, by=CHIEF)
    await bench.approve(request, by="U_THIRD")
    bench.people.list_of_approvers = some_approvers(BOSS, CHIEF)
    await bench.run(Purchase)
    await _turned_back(bench, request, "approver_left")


async def test_an_approval_older_than_a_quarter_of_an_hour_buys_nothing(bench: Bench) -> None:
    request = await bench.an_approved_request()
    bench.clock.advance(timedelta(minutes=15))
    await bench.run(Purchase)
    await _turned_back(bench, request, "lapsed")


async def test_right_before_that_it_still_buys(bench: Bench) -> None:
    request = await bench.an_approved_request()
    bench.clock.advance(timedelta(minutes=15) - timedelta(microseconds=1))
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED


async def test_what_was_read_for_an_earlier_approval_buys_nothing_by_the_present_one(bench: Bench) -> None:
    request = await bench.an_approved_request()
    held = await bench.claim(Purchase)

    async def approve_anew(_: str) -> None:
        bench.people.during_look_up = nothing
        bench.clock.advance(timedelta(minutes=15))
        await bench.run_due(Lane.JUDGE)
        bench.people.list_of_approvers = some_approvers(BOSS, read_at=bench.clock.now())
        await bench.approve(request)

    bench.people.during_look_up = approve_anew
    await bench.do(held)
    approved = await bench.now(request)
    assert (approved.status, approved.terms_version) == (Status.APPROVED, 2)
    assert not bench.provider.calls
    assert len(await bench.rows(Purchase)) == 1
