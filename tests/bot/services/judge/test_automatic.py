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
from bot.store.lanes import Lane
from tests.harness.builders import a_listing, some_approvers, some_rules
from tests.harness.rows import facts_of
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("it is submitted and approved as test_submit and test_decide do on both")

BUSY = Refused(why=Refusal.NOT_EXECUTED, code="rate_limited", message="slow down", retry_after=7.0)


LIMITED = some_rules(auto_approve_up_to="101 INR", monthly_budget="250 INR")


@pytest.fixture
def automatic(bench: Workbench) -> Workbench:
    """Up to 101 INR without a vote, 250 INR a month."""
    bench.rules = LIMITED
    return bench


async def _asked_for(bench: Workbench) -> PurchaseRequest:
    """Its card stands, and nothing was bought yet."""
    await bench.ask()
    await bench.deliver()
    return (await bench.requests())[0]


async def test_a_small_charge_is_approved_as_it_is_asked_for_and_bought_once_its_card_stands_and_says_so(
    automatic: Workbench,
) -> None:
    await automatic.ask()
    (request,) = await automatic.requests()
    assert (request.status, request.is_automatic, request.decided_at) == (Status.APPROVED, True, automatic.clock.now())
    requested, approved = await automatic.trail()
    assert (requested.event, approved.event, approved.actor) == (Event.REQUESTED, Event.APPROVED, BOT)
    assert facts_of(approved).items() >= {"automatic": True, "limit": "101", "digest": request.terms.digest}.items()
    assert await automatic.voters(request) == []
    assert await automatic.month() == ("101", "0")
    assert [row.kind for row in await automatic.rows()] == [CardLetter.kind, ReplyTo.kind, Purchase.kind, Lapse.kind]
    await automatic.run_due(Lane.BUY)
    assert not automatic.provider.calls
    await automatic.deliver()
    (card,) = automatic.messenger.took("post_card")
    assert (card.one.request.status, card.one.request.is_automatic, card.one.voters) == (Status.APPROVED, True, ())
    (reply,) = automatic.messenger.took("reply")
    assert facts_of(reply.one.entry)["automatic"] is True
    automatic.clock.advance(1)
    await automatic.run(Purchase)
    assert (await automatic.now(request)).status is Status.PURCHASED
    listed = await automatic.store.read(lambda connection: list(every_request(connection, None)))
    assert [approvers for _, approvers in listed] == [[]]
    assert await automatic.month() == ("0", "101")


@pytest.mark.parametrize(
    ("rules", "listing"),
    [
        (LIMITED, a_listing("100.000001+1 INR")),
        (LIMITED, a_listing(trial=None)),
        (some_rules(monthly_budget="250 INR"), a_listing("0+0.01 INR")),
        (some_rules(auto_approve_up_to="101 INR", monthly_budget="100.999999 INR"), a_listing()),
    ],
    ids=["dearer", "a term left out", "nothing is automatic", "past the budget"],
)
async def test_anything_else_waits_for_a_vote(bench: Workbench, rules: Rules, listing: Listing) -> None:
    bench.rules, bench.provider.listing = rules, listing
    await bench.ask()
    (request,) = await bench.requests()
    assert (request.status, request.is_automatic) == (Status.PENDING, False)
    assert await bench.rows(Expire)
    assert await bench.month() == ("0", "0")
    assert not await bench.words()


async def test_nothing_is_while_frozen_and_the_card_can_say_why(automatic: Workbench) -> None:
    await automatic.switch()
    assert (await _asked_for(automatic)).status is Status.PENDING
    assert await automatic.month() == ("0", "0")
    assert facts_of(automatic.messenger.took("post_card")[-1].one.cause)["frozen"] is True


async def test_once_the_terms_changed_people_decide_however_small_the_charge_is(automatic: Workbench) -> None:
    request = await _asked_for(automatic)
    automatic.provider.listing = a_listing("1+1 INR")
    await automatic.run(Purchase)
    pending = await automatic.now(request)
    assert (pending.status, pending.is_automatic, pending.terms.charge.plain()) == (Status.PENDING, False, "2")
    await automatic.approve(pending)
    approved = await automatic.now(request)
    assert (approved.status, approved.is_automatic) == (Status.APPROVED, False)


@pytest.mark.parametrize("rules", [some_rules(), some_rules(auto_approve_up_to="100 INR", monthly_budget="250 INR")])
async def test_a_limit_that_was_lowered_since_then_buys_nothing(automatic: Workbench, rules: Rules) -> None:
    request = await _asked_for(automatic)
    automatic.rules = rules
    await automatic.run(Purchase)
    assert (await automatic.now(request)).status is Status.PENDING
    assert facts_of(await automatic.last(Event.ASKED_AGAIN))["why"] == "limit_lowered"
    assert not automatic.provider.calls


async def test_terms_that_the_provider_does_not_state_any_more_wait_for_a_vote(automatic: Workbench) -> None:
    request = await _asked_for(automatic)
    automatic.provider.listing = a_listing(months=None)
    await automatic.run(Purchase)
    pending = await automatic.now(request)
    left_out = "minimum commitment"
    assert (pending.status, pending.is_automatic, pending.terms.left_out) == (Status.PENDING, False, (left_out,))
    facts = facts_of(await automatic.last(Event.ASKED_AGAIN))
    assert (facts["why"], facts["left_out"]) == ("terms_left_out", [left_out])
    assert not automatic.provider.calls
    await automatic.approve(pending)
    await automatic.run(Purchase)
    assert (await automatic.now(request)).status is Status.PURCHASED


async def test_it_needs_no_approvers_and_a_call_that_was_not_executed_is_tried_again_by_it(
    automatic: Workbench,
) -> None:
    automatic.people.list_of_approvers = some_approvers()
    request = await _asked_for(automatic)
    automatic.provider.outcomes = [BUSY]
    await automatic.run(Purchase)
    assert (await automatic.now(request)).is_automatic
    automatic.clock.advance(timedelta(seconds=7))
    await automatic.run(Purchase)
    assert (await automatic.now(request)).status is Status.PURCHASED
