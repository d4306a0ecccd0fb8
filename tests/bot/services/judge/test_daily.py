"""How many purchases a day may see: what holds a place of it, what gives it back, and what is said when it is full."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import refusals
from bot.domain.outcome import Refusal, Refused
from bot.domain.policy import Decision, Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.acts import Ask, Decide
from bot.services.plans import Expire, Purchase
from bot.store.lanes import Lane
from bot.work import claims
from tests.bot.services.stories.book import (
    MINUTE,
    Story,
    buy,
    deny,
    later,
    resolve,
    shows,
    story,
    sweep,
    switch,
    tell,
    unread_looks,
    withdraw,
)
from tests.harness.builders import BOSS, CHIEF, NUMBER, a_listing, a_request, an_owned_number, some_rules
from tests.harness.clock import FakeClock
from tests.harness.seen import LOST, OWN_500
from tests.harness.workbench import Workbench
from tests.harness.worker import LEASE

NO = Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file")
BUSY = Refused(why=Refusal.NOT_EXECUTED, code="rate_limited", message="slow down")


@pytest.fixture
def limited(bench: Workbench) -> Workbench:
    """One purchase a day."""
    bench.rules = some_rules(max_purchases_per_day=1)
    return bench


async def _another(bench: Workbench, no: int = 1) -> PurchaseRequest:
    made = a_request(number=f"+9180690{no:05}", created_at=bench.clock.now())
    return await bench.a_request(made, ts=f"{no}.000003")


async def _is_full(bench: Workbench) -> bool:
    """Is one more approval refused? It is denied afterwards, so that it changes nothing."""
    request = await _another(bench, len(await bench.requests()))
    await bench.run_due(Lane.JUDGE)
    await bench.approve(request)
    is_pending = (await bench.now(request)).status is Status.PENDING
    await bench.deny(await bench.now(request))
    await bench.run_due(Lane.BUY)
    return is_pending


async def test_an_approval_past_the_day_changes_nothing_and_hears_until_when_and_then_counts(
    limited: Workbench,
) -> None:
    await limited.an_approved_request()
    await limited.run(Purchase)
    request = await _another(limited)
    await limited.approve(request)
    reason, evidence = await limited.refusal(Event.DECISION_REFUSED)
    assert (reason, evidence) == (refusals.DayIsFull.reason, {"most": 1, "until": "2026-11-03T00:00:00+00:00"})
    assert await limited.now(request) == request
    assert await limited.voters(request) == []
    assert await limited.month() == ("0", "101")
    limited.clock.advance(timedelta(hours=12))
    await limited.run_due(Lane.JUDGE)
    await limited.approve(request)
    assert (await limited.now(request)).status is Status.APPROVED


HELD: dict[str, Story] = {
    "approved": story(),
    "bought": story(buy()),
    "not executed, to be tried again": story(buy(BUSY)),
    "unknown": story(buy(LOST)),
    "not bought, unsettled": story(buy(LOST), unread_looks, shows(unreadable=set()), resolve(Resolution.NOT_BOUGHT)),
}
GIVEN_BACK: dict[str, Story] = {
    "denied": story(deny()),
    "withdrawn": story(withdraw()),
    "asked again": story(switch(), switch(freezes=False)),
    "refused": story(buy(NO)),
    "gone": story(shows(listing=None), buy()),
    "not bought, settled": story(
        *(buy(OWN_500), unread_looks, shows(unreadable=set()), resolve(Resolution.NOT_BOUGHT))
    ),
    "not bought, settled later": story(
        *(buy(LOST), unread_looks, shows(unreadable=set()), resolve(Resolution.NOT_BOUGHT), sweep(60 * MINUTE))
    ),
}


@pytest.mark.parametrize(
    ("way", "is_full"),
    [*((way, True) for way in HELD.values()), *((way, False) for way in GIVEN_BACK.values())],
    ids=[*HELD, *GIVEN_BACK],
)
async def test_a_place_is_held_while_it_may_be_bought_and_given_back_once_that_is_certainly_not_so(
    limited: Workbench, way: Story, *, is_full: bool
) -> None:
    await limited.an_approved_request()
    await tell(limited, way)
    assert await _is_full(limited) is is_full


async def test_the_day_turns_in_the_teams_time_zone(limited: Workbench) -> None:
    limited.rules = some_rules(max_purchases_per_day=1, time_zone="Asia/Kolkata")
    limited.clock = FakeClock(datetime(2026, 11, 29, 18, 29, tzinfo=UTC))
    await limited.approve(await limited.a_request())
    request = await _another(limited)
    await limited.approve(request)
    assert (await limited.refusal(Event.DECISION_REFUSED))[1]["until"] == "2026-11-29T18:30:00+00:00"
    limited.clock.advance(60)
    await limited.approve(request)
    assert (await limited.now(request)).status is Status.APPROVED


async def test_a_first_vote_of_two_takes_no_place_and_the_second_waits_for_one(limited: Workbench) -> None:
    limited.rules = some_rules(max_purchases_per_day=1, second_approval_above="100 INR")
    first, second = await limited.a_request(), await _another(limited)
    await limited.approve(first, by=BOSS)
    await limited.approve(second, by=BOSS)
    await limited.approve(first, by=CHIEF)
    await limited.approve(second, by=CHIEF)
    assert (await limited.now(first)).status is Status.APPROVED
    assert (await limited.refusal(Event.DECISION_REFUSED))[0] == refusals.DayIsFull.reason
    assert await limited.voters(second) == [BOSS]


async def test_what_would_be_approved_automatically_waits_for_people_then(limited: Workbench) -> None:
    limited.rules = some_rules(max_purchases_per_day=1, auto_approve_up_to="101 INR", monthly_budget="500 INR")
    await limited.approve(await _another(limited))
    await limited.ask()
    (request,) = [made for made in await limited.requests() if made.terms.e164 == NUMBER]
    assert (request.status, request.is_automatic) == (Status.PENDING, False)
    assert await limited.month() == ("101", "0")
    assert await limited.rows(Expire)
    assert not await limited.words()


@pytest.mark.parametrize("automatic", [False, True], ids=["two clicks", "two small charges"])
async def test_approvals_at_one_moment_do_not_pass_the_day_together(limited: Workbench, *, automatic: bool) -> None:
    limit = "101 INR" if automatic else None
    limited.rules = some_rules(max_purchases_per_day=1, auto_approve_up_to=limit, monthly_budget="9000 INR")
    listings = [a_listing(number=f"+9180690{no:05}") for no in range(4)]
    limited.provider.listing, limited.provider.on_offer = None, listings
    for no, listing in enumerate(listings):
        if automatic:
            await limited.take(limited.an_ask().model_copy(update={"e164": listing.e164}))
        else:
            await limited.click(Decision.APPROVE, await _another(limited, no), by=BOSS)
    now, kind = limited.clock.now(), Ask if automatic else Decide
    claimed = await limited.store.write(
        lambda connection: claims.claim(connection, Lane.JUDGE, now=now, lease=LEASE, most=4, kinds=[kind.kind])
    )
    await asyncio.gather(*(limited.do(held) for held in claimed))
    statuses = [request.status for request in await limited.requests()]
    assert sorted(statuses) == [Status.APPROVED, *[Status.PENDING] * 3]
    assert len(await limited.rows(Purchase)) == 1


async def test_a_late_truth_takes_its_place_and_is_bought_all_the_same(limited: Workbench) -> None:
    request = await limited.a_failure(OWN_500)
    assert not await _is_full(limited)
    await tell(limited, story(later(MINUTE), shows(owned_number=an_owned_number()), sweep()))
    assert (await limited.now(request)).status is Status.PURCHASED
    assert await _is_full(limited)
