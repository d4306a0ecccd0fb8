"""Small charges that bind nobody are approved at submit, without a vote; and then bought like any other."""

from datetime import timedelta

import pytest

from bot.domain.audit import BOT
from bot.domain.numbers import Listing
from bot.domain.outcome import Refusal, Refused
from bot.domain.request import PurchaseRequest, Status
from bot.domain.rules import Rules
from bot.domain.trail import Event
from bot.services.letters import CardLetter, ReplyTo
from bot.services.plans import Expire, Lapse, Purchase
from bot.services.tell.queries import every_request
from bot.work.queue import Lane
from tests.harness.bench import Bench
from tests.harness.builders import a_listing, some_approvers, some_rules
from tests.harness.rows import facts_of

pytestmark = pytest.mark.sqlite_only("it is submitted and approved as test_submit and test_decide do on both")

BUSY = Refused(why=Refusal.NOT_EXECUTED, code="rate_limited", message="slow down", retry_after=7.0)


@pytest.fixture
def automatic(bench: Bench) -> Bench:
    """Up to 101 INR without a vote, 250 INR a month."""
    bench.rules = some_rules(auto_approve_up_to="101 INR", monthly_budget="250 INR")
    return bench


async def _asked_for(bench: Bench) -> PurchaseRequest:
    await bench.ask()
    return (await bench.requests())[0]


async def test_a_small_charge_is_approved_as_it_is_asked_for(automatic: Bench) -> None:
    request = await _asked_for(automatic)
    assert (request.status, request.is_automatic, request.decided_at) == (Status.APPROVED, True, automatic.clock.now())
    requested, approved = await automatic.trail()
    assert (requested.event, approved.event, approved.actor) == (Event.REQUESTED, Event.APPROVED, BOT)
    assert facts_of(approved).items() >= {"automatic": True, "limit": "101", "digest": request.terms.digest}.items()
    assert await automatic.voters(request) == []
    assert await automatic.month() == ("101", "0")


async def test_its_card_and_its_thread_say_so(automatic: Bench) -> None:
    await _asked_for(automatic)
    await automatic.run_due(Lane.TELL)
    (card,) = automatic.messenger.took("post_card")
    assert (card.one.request.status, card.one.request.is_automatic, card.one.voters) == (Status.APPROVED, True, ())
    (reply,) = automatic.messenger.took("reply")
    assert facts_of(reply.one.entry)["automatic"] is True


async def test_it_has_the_same_deadlines_as_any_approval_and_none_of_waiting(automatic: Bench) -> None:
    await _asked_for(automatic)
    assert [row.kind for row in await automatic.rows()] == [CardLetter.kind, ReplyTo.kind, Purchase.kind, Lapse.kind]


async def test_it_is_bought_once_its_card_stands(automatic: Bench) -> None:
    request = await _asked_for(automatic)
    await automatic.run_due(Lane.BUY)
    assert not automatic.provider.calls
    await automatic.run_due(Lane.TELL)
    automatic.clock.advance(1)
    await automatic.run(Purchase)
    assert (await automatic.now(request)).status is Status.PURCHASED
    listed = await automatic.store.read(lambda connection: list(every_request(connection, None)))
    assert [approvers for _, approvers in listed] == [[]]
    assert await automatic.month() == ("0", "101")


@pytest.mark.parametrize(
    "listing",
    [
        a_listing("100.000001+1 INR"),
        a_listing("1+1 USD"),
        a_listing(months=1),
        a_listing(identity_check=True),
        a_listing(trial=True),
        a_listing(months=None),
        a_listing(identity_check=None),
        a_listing(trial=None),
    ],
    ids=["dearer", "other currency", "commitment", "identity check", "trial", *["left out"] * 3],
)
async def test_anything_else_waits_for_a_vote(automatic: Bench, listing: Listing) -> None:
    automatic.provider.listing = listing
    request = await _asked_for(automatic)
    assert (request.status, request.is_automatic) == (Status.PENDING, False)
    assert await automatic.rows(Expire)
    assert await automatic.month() == ("0", "0")


async def test_without_the_setting_nothing_is_automatic(bench: Bench) -> None:
    bench.rules = some_rules(monthly_budget="250 INR")
    bench.provider.listing = a_listing("0+0.01 INR")
    assert (await _asked_for(bench)).status is Status.PENDING


async def test_nothing_is_while_frozen_and_the_card_can_say_why(automatic: Bench) -> None:
    await automatic.switch()
    request = await _asked_for(automatic)
    assert request.status is Status.PENDING
    assert await automatic.month() == ("0", "0")
    await automatic.run_due(Lane.TELL)
    assert facts_of(automatic.messenger.took("post_card")[-1].one.cause)["frozen"] is True


async def test_nothing_is_past_the_budget(automatic: Bench) -> None:
    automatic.rules = some_rules(auto_approve_up_to="101 INR", monthly_budget="100.999999 INR")
    request = await _asked_for(automatic)
    assert request.status is Status.PENDING
    assert await automatic.month() == ("0", "0")
    assert not await automatic.words()


async def test_once_the_terms_changed_people_decide_however_small_the_charge_is(automatic: Bench) -> None:
    request = await _asked_for(automatic)
    await automatic.run_due(Lane.TELL)
    automatic.provider.listing = a_listing("1+1 INR")
    await automatic.run(Purchase)
    pending = await automatic.now(request)
    assert (pending.status, pending.is_automatic, pending.terms.charge.plain()) == (Status.PENDING, False, "2")
    await automatic.approve(pending)
    approved = await automatic.now(request)
    assert (approved.status, approved.is_automatic) == (Status.APPROVED, False)


async def test_a_freeze_voids_it_as_any_approval(automatic: Bench) -> None:
    request = await _asked_for(automatic)
    await automatic.switch()
    await automatic.switch(freezes=False)
    pending = await automatic.now(request)
    assert (pending.status, pending.is_automatic) == (Status.PENDING, False)


@pytest.mark.parametrize("rules", [some_rules(), some_rules(auto_approve_up_to="100 INR", monthly_budget="250 INR")])
async def test_a_limit_that_was_lowered_since_then_buys_nothing(automatic: Bench, rules: Rules) -> None:
    request = await _asked_for(automatic)
    await automatic.run_due(Lane.TELL)
    automatic.rules = rules
    await automatic.run(Purchase)
    assert (await automatic.now(request)).status is Status.PENDING
    assert facts_of(await automatic.last(Event.ASKED_AGAIN))["why"] == "limit_lowered"
    assert not automatic.provider.calls


@pytest.mark.parametrize(
    ("present", "left_out"),
    [
        (a_listing(months=None), "minimum commitment"),
        (a_listing(identity_check=None), "identity check"),
        (a_listing(trial=None), "trial"),
    ],
)
async def test_terms_that_the_provider_does_not_state_any_more_wait_for_a_vote(
    automatic: Bench, present: Listing, left_out: str
) -> None:
    request = await _asked_for(automatic)
    await automatic.run_due(Lane.TELL)
    automatic.provider.listing = present
    await automatic.run(Purchase)
    pending = await automatic.now(request)
    assert (pending.status, pending.is_automatic, pending.terms.left_out) == (Status.PENDING, False, (left_out,))
    facts = facts_of(await automatic.last(Event.ASKED_AGAIN))
    assert (facts["why"], facts["left_out"]) == ("terms_left_out", [left_out])
    assert not automatic.provider.calls
    await automatic.approve(pending)
    await automatic.run(Purchase)
    assert (await automatic.now(request)).status is Status.PURCHASED


async def test_a_list_of_approvers_that_is_empty_does_not_matter_to_it(automatic: Bench) -> None:
    automatic.people.list_of_approvers = some_approvers()
    request = await _asked_for(automatic)
    await automatic.run_due(Lane.TELL)
    await automatic.run(Purchase)
    assert (await automatic.now(request)).status is Status.PURCHASED


async def test_a_call_that_was_not_executed_is_tried_again_by_the_same_approval(automatic: Bench) -> None:
    request = await _asked_for(automatic)
    await automatic.run_due(Lane.TELL)
    automatic.provider.outcomes = [BUSY]
    await automatic.run(Purchase)
    assert (await automatic.now(request)).is_automatic
    automatic.clock.advance(timedelta(seconds=7))
    await automatic.run(Purchase)
    assert (await automatic.now(request)).status is Status.PURCHASED


async def test_an_approver_may_still_deny_it_until_the_call_leaves(automatic: Bench) -> None:
    request = await _asked_for(automatic)
    await automatic.deny(request)
    assert (await automatic.now(request)).status is Status.DENIED
    assert await automatic.month() == ("0", "0")
