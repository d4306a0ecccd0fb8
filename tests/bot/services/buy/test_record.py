"""Right before the money: what is read then decides whether the call may leave, and where the request goes if not.

The domain's `test_readiness.py` tells which reading of the provider means what.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.letters import ReplyTo
from bot.services.plans import Expire, Purchase
from bot.services.ports import Balance
from bot.store.lanes import Lane
from tests.harness.builders import (
    ASKER,
    BOSS,
    CHIEF,
    a_listing,
    an_owned_number,
    some_approvers,
    some_rules,
    some_terms,
)
from tests.harness.fakes import nothing
from tests.harness.rows import facts_of
from tests.harness.seen import meanwhile
from tests.harness.swept import TICK
from tests.harness.workbench import Workbench

QUARTER = timedelta(minutes=15)


async def _turned_back(bench: Workbench, request: PurchaseRequest, **facts: object) -> PurchaseRequest:
    """The request as it waits again: votes void, said in the thread, with new deadlines, and no call was made."""
    pending = await bench.now(request)
    assert (pending.status, pending.terms_version) == (Status.PENDING, request.terms_version + 1)
    assert (pending.decided_at, pending.attempts) == (None, 0)
    assert pending.expires_at == bench.clock.now() + timedelta(hours=72)
    assert await bench.voters(request) == []
    entry = await bench.last(Event.ASKED_AGAIN)
    assert facts_of(entry).items() >= facts.items()
    told = ReplyTo.model_validate_json((await bench.rows(ReplyTo))[-1].payload)
    assert told.entry == entry.seq
    expire = (await bench.rows(Expire))[-1]
    assert expire.not_before == pending.expires_at
    assert Expire.model_validate_json(expire.payload).terms_version == pending.terms_version
    assert await _no_call(bench)
    return pending


async def _no_call(bench: Workbench) -> bool:
    """Was no call made and none recorded, and is nothing left to buy?"""
    return not (bench.provider.calls or await bench.attempts() or await bench.rows(Purchase))


async def _money_is_spent(bench: Workbench) -> None:
    bench.provider.spendable = Balance(currency="INR", available=Decimal("100.999"), may_overdraw=False)


async def _it_costs_more(bench: Workbench) -> None:
    bench.provider.listing = a_listing("100+2 INR")


async def _it_costs_dollars(bench: Workbench) -> None:
    bench.provider.listing = a_listing("1+1 USD")


async def _the_voter_is_no_approver(bench: Workbench) -> None:
    bench.people.list_of_approvers = some_approvers(CHIEF)


async def _the_voter_is_a_guest(bench: Workbench) -> None:
    bench.people.why_not[BOSS] = "guest"


async def _the_approval_grows_old(bench: Workbench) -> None:
    bench.clock.advance(QUARTER)


@pytest.mark.parametrize(
    ("happens", "facts"),
    [
        (_money_is_spent, {"why": "balance_too_low", "required": "101", "available": "100.999"}),
        (Workbench.freeze, {"why": "frozen"}),
        (_the_voter_is_no_approver, {"why": "approver_left", "list": CHIEF}),
        (_the_voter_is_a_guest, {"why": "approver_left", "size": 1}),
        (_the_approval_grows_old, {"why": "lapsed"}),
    ],
)
async def test_what_was_approved_and_does_not_hold_any_more_is_asked_about_again(
    bench: Workbench, happens: Callable[[Workbench], Awaitable[None]], facts: dict[str, Any]
) -> None:
    request = await bench.an_approved_request()
    await happens(bench)
    await bench.run(Purchase)
    await _turned_back(bench, request, **facts)


async def test_other_terms_than_were_approved_are_asked_about_again_and_bought_once_they_are_approved(
    bench: Workbench,
) -> None:
    request = await bench.an_approved_request()
    bench.provider.listing = a_listing("100+2 INR")
    await bench.run(Purchase)
    pending = await _turned_back(bench, request, why="terms_changed", digest=some_terms("100+2 INR").digest)
    assert facts_of(await bench.last(Event.ASKED_AGAIN))["before"]["digest"] == request.terms.digest
    assert (pending.terms, pending.terms_changes) == (some_terms("100+2 INR"), 1)
    await bench.approve(pending)
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED
    assert len(bench.provider.calls) == 1


async def test_waiting_again_for_another_reason_is_no_change_of_terms(bench: Workbench) -> None:
    request = await bench.a_request()
    for _ in range(3):
        await bench.freeze(frozen=False)
        await bench.approve(await bench.now(request))
        await bench.freeze()
        await bench.run(Purchase)
    pending = await bench.now(request)
    assert (pending.status, pending.terms_version, pending.terms_changes) == (Status.PENDING, 4, 0)


async def test_of_two_voters_both_have_to_be_approvers_still(bench: Workbench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    for voter in (BOSS, CHIEF):
        await bench.approve(request, by=voter)
    bench.people.list_of_approvers = some_approvers("U_THIRD", CHIEF)
    await bench.run(Purchase)
    await _turned_back(bench, request, why="approver_left")


async def test_the_requesters_own_vote_buys_nothing_once_that_is_not_allowed(bench: Workbench) -> None:
    bench.rules = some_rules(allow_self_approval=True)
    bench.people.list_of_approvers = some_approvers(ASKER, BOSS)
    request = await bench.a_request()
    await bench.approve(request, by=ASKER)
    bench.rules = some_rules()
    await bench.run(Purchase)
    await _turned_back(bench, request, why="approver_left")


@pytest.mark.parametrize(
    ("most", "happens", "told"),
    [
        ("101 INR", _it_costs_more, {"charge": "102", "why": "terms_changed"}),
        ("101 INR", _it_costs_dollars, {"charge": "2", "currency": "USD"}),
        ("100 INR", nothing, {"charge": "101"}),
        ("100 INR", _money_is_spent, {"charge": "101"}),
    ],
    ids=["it costs more", "it costs another currency", "less may be charged", "less may be charged than is there"],
)
async def test_what_costs_more_than_anything_may_by_now_fails_whoever_approved_it(
    bench: Workbench, most: str, happens: Callable[[Workbench], Awaitable[None]], told: dict[str, object]
) -> None:
    request = await bench.an_approved_request()
    bench.rules = some_rules(max_charge=most)
    await happens(bench)
    await bench.run(Purchase)
    failed = await bench.now(request)
    assert (failed.status, failed.error) == (Status.FAILED, "over_max_charge")
    assert facts_of(await bench.last(Event.FAILED)).items() >= told.items()
    assert await bench.month() == ("0", "0")
    assert await _no_call(bench)


async def test_a_vote_that_did_not_count_at_the_approval_does_not_stand_in_for_one_that_did(bench: Workbench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    bench.people.list_of_approvers = some_approvers(CHIEF, "U_THIRD")
    for voter in (CHIEF, "U_THIRD"):
        await bench.approve(request, by=voter)
    bench.people.list_of_approvers = some_approvers(BOSS, CHIEF)
    await bench.run(Purchase)
    await _turned_back(bench, request, why="approver_left")


async def test_what_was_read_for_an_earlier_approval_buys_nothing_by_the_present_one(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    held = await bench.claim(Purchase)

    async def approve_anew(_: str) -> None:
        bench.people.during_look_up = nothing
        bench.clock.advance(QUARTER)
        await bench.run_due(Lane.JUDGE)
        bench.people.list_of_approvers = some_approvers(BOSS, read_at=bench.clock.now())
        await bench.approve(request)

    bench.people.during_look_up = approve_anew
    await bench.do(held)
    approved = await bench.now(request)
    assert (approved.status, approved.terms_version) == (Status.APPROVED, 2)
    assert not bench.provider.calls
    assert len(await bench.rows(Purchase)) == 1


@pytest.mark.parametrize(
    ("shows", "facts"),
    [
        ({"owned_number": an_owned_number(status="pending_purchase")}, {"error": "already_ours"}),
        ({"listing": None}, {"error": "not_in_inventory", "missing": ""}),
        ({"listing": a_listing(None)}, {"error": "not_in_inventory", "missing": "setup fee"}),
    ],
    ids=["is ours by now", "is not on sale", "has no price"],
)
async def test_a_number_that_cannot_be_bought_any_more_fails(
    bench: Workbench, shows: dict[str, object], facts: dict[str, str]
) -> None:
    request = await bench.an_approved_request()
    await meanwhile(bench, **shows)()
    await bench.run(Purchase)
    failed = await bench.now(request)
    assert (failed.status, failed.error) == (Status.FAILED, facts["error"])
    assert facts_of(await bench.last(Event.FAILED)).items() >= facts.items()
    assert await _no_call(bench)


async def test_at_the_third_change_of_terms_the_request_fails(bench: Workbench) -> None:
    request = await bench.a_request()
    for fees in ("100+2 INR", "100+3 INR", "100+1 INR"):
        assert (await bench.now(request)).status is Status.PENDING
        await bench.approve(await bench.now(request))
        bench.provider.listing = a_listing(fees)
        await bench.run(Purchase)
    failed = await bench.now(request)
    assert (failed.status, failed.error) == (Status.FAILED, "terms_kept_changing")
    assert await _no_call(bench)


@pytest.mark.parametrize(
    "shows",
    [
        {"listing": a_listing("100.00+1.0 INR", months=None, trial=None)},
        {"spendable": Balance(currency="INR", available=Decimal(101), may_overdraw=False)},
        {"spendable": Balance(currency="INR", available=Decimal(-5), may_overdraw=True)},
        {"spendable": None},
        {"unreadable": {"balance"}},
    ],
    ids=["terms written otherwise", "exactly enough", "may be overdrawn", "no balance", "an unreadable balance"],
)
async def test_what_does_not_speak_against_it_lets_the_call_leave_until_the_approval_is_a_quarter_of_an_hour_old(
    bench: Workbench, shows: dict[str, object]
) -> None:
    request = await bench.an_approved_request()
    bench.clock.advance(QUARTER - TICK)
    await meanwhile(bench, **shows)()
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED


async def test_a_call_whose_attempt_was_recorded_before_the_freeze_may_still_leave(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    bench.provider.before_call = bench.freeze
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED
