"""Ask again: always a new request, by whoever clicked, at what it costs now."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import refusals
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.letters import CardLetter
from bot.services.plans import DueSweep
from tests.harness.builders import BOSS, CHANNEL, CHIEF, NUMBER, a_listing, a_request, some_rules, some_terms
from tests.harness.ledger import a_row
from tests.harness.rows import facts_of
from tests.harness.seen import LOST, OWN_500
from tests.harness.swept import HOUR, sweep
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("a new request is written as test_submit writes it on both")


async def _asked_again(bench: Workbench, before: PurchaseRequest) -> PurchaseRequest:
    """The request that a click made."""
    (made,) = [request for request in await bench.requests() if request.id != before.id]
    return made


@pytest.mark.parametrize("status", [Status.FAILED, Status.DENIED, Status.WITHDRAWN, Status.EXPIRED])
async def test_what_ended_without_a_purchase_may_be_asked_for_again(bench: Workbench, status: Status) -> None:
    before = await bench.a_request(a_request(status=status))
    bench.clock.advance(60)
    await bench.ask_again(before, by=CHIEF)
    made = await _asked_again(bench, before)
    assert (made.status, made.requester, made.reason) == (Status.PENDING, CHIEF, before.reason)
    assert (made.terms, made.channel, made.created_at) == (before.terms, CHANNEL, bench.clock.now())
    entry, before_it = await bench.last(Event.REQUESTED), (await bench.trail())[-2]
    assert (entry.actor, entry.request) == (CHIEF, made.id)
    assert (before_it.event, before_it.actor, before_it.request) == (Event.REQUESTED_ANEW, CHIEF, before.id)
    assert facts_of(before_it) == {"request": made.id, "e164": NUMBER}
    assert await bench.now(before) == replace(before, row_version=before.row_version + 1, entry=before_it.seq)
    assert not await bench.told()
    assert [row.request for row in await bench.rows(CardLetter)] == [made.id]


async def test_its_card_shows_how_it_was_denied_before_while_it_waits(bench: Workbench) -> None:
    before = await bench.a_request(ts="9.000001")
    await bench.deny(before, reason="too dear")
    denial = await bench.last(Event.DENIED)
    await bench.ask_again(await bench.now(before), by=CHIEF)
    await bench.deliver()
    assert bench.messenger.took("post_card")[-1].one.denied_before == denial
    await bench.approve(await _asked_again(bench, before), by=BOSS)
    await bench.deliver()
    assert bench.messenger.took("rewrite_card")[-1].one.denied_before is None


@pytest.mark.parametrize(
    ("asked_at", "private_in", "is_told"),
    [
        (timedelta(minutes=2), None, True),
        (timedelta(days=1), None, True),
        (timedelta(days=1, seconds=1), None, False),
        (timedelta(minutes=2), CHANNEL, True),
        (timedelta(minutes=2), "D_ELSEWHERE", False),
    ],
)
async def test_a_number_that_is_typed_anew_within_a_day_shows_how_it_was_denied_where_that_may_be_told(
    bench: Workbench, asked_at: timedelta, private_in: str | None, is_told: bool
) -> None:
    before = await bench.a_request(
        replace(a_request(created_at=bench.clock.now()), is_private=bool(private_in), channel=private_in or CHANNEL),
        ts="9.000001",
    )
    await bench.deny(before, reason="too dear")
    denial = await bench.last(Event.DENIED)
    bench.clock.advance(asked_at.total_seconds())
    await bench.ask()
    await bench.deliver()
    told = bench.messenger.took("post_card")[-1].one.denied_before
    assert told == (denial if is_told else None)


async def test_it_is_asked_for_at_what_it_costs_now_and_stays_private(bench: Workbench) -> None:
    before = await bench.a_request(replace(a_request(status=Status.DENIED), is_private=True))
    bench.provider.listing = a_listing("200+2 INR")
    await bench.ask_again(before)
    made = await _asked_again(bench, before)
    assert (made.terms, made.is_private) == (some_terms("200+2 INR"), True)


@pytest.mark.parametrize(
    ("clicked_in", "asked_in"), [(None, CHANNEL), (CHANNEL, CHANNEL), ("C_APPROVALS", CHANNEL), ("C_OTHER", "C_OTHER")]
)
async def test_it_is_asked_where_it_is_clicked_and_in_the_channel_of_approvals_where_it_was_asked_before(
    bench: Workbench, clicked_in: str | None, asked_in: str
) -> None:
    before = await bench.a_request(a_request(status=Status.DENIED))
    bench.rules = some_rules(approval_channel="C_APPROVALS", allowed_channels=frozenset({CHANNEL, "C_OTHER"}))
    await bench.ask_again(before, channel=clicked_in)
    made = await _asked_again(bench, before)
    assert (made.channel, (await bench.cards(made))[0].channel) == (asked_in, "C_APPROVALS")


async def test_of_two_who_ask_again_the_first_has_the_request(bench: Workbench) -> None:
    before = await bench.a_request(a_request(status=Status.DENIED))
    await bench.ask_again(before, by=CHIEF)
    await bench.ask_again(before, by=BOSS)
    made = await _asked_again(bench, before)
    reason, evidence = await bench.refusal(Event.REQUEST_REFUSED)
    assert (reason, evidence["request"]) == (refusals.AlreadyRequested.reason, made.id)


# a number that is not settled


async def test_until_it_is_settled_the_caller_is_told_from_when_on_it_can_be_requested(bench: Workbench) -> None:
    await sweep(bench)
    before = await bench.a_failure(LOST)
    await bench.ask_again(before)
    reason, evidence = await bench.refusal(Event.REQUEST_REFUSED)
    assert (reason, evidence["e164"], evidence["is_alerted"]) == (refusals.Unsettled.reason, NUMBER, False)
    assert evidence["until"] == (await bench.row(DueSweep)).not_before.isoformat()
    await bench.sweep()
    await bench.ask_again(before)
    assert (await _asked_again(bench, before)).status is Status.PENDING


async def test_the_sweep_that_can_settle_it_comes_after_the_hour(bench: Workbench) -> None:
    await sweep(bench, after=timedelta(minutes=1))
    bench.clock.advance(1)
    before = await bench.a_failure(LOST)
    await bench.ask_again(before)
    until = (await bench.refusal(Event.REQUEST_REFUSED))[1]["until"]
    for _ in range(2):
        await bench.sweep()
    assert until == bench.clock.now().isoformat()
    await bench.ask_again(before)
    assert len(await bench.requests()) == 2


async def test_a_charge_without_the_number_has_no_such_time(bench: Workbench) -> None:
    before = await bench.a_failure(LOST)
    bench.provider.ledger = [a_row(at=bench.clock.now())]
    await sweep(bench, after=HOUR)
    await bench.ask_again(before)
    reason, evidence = await bench.refusal(Event.REQUEST_REFUSED)
    assert (reason, evidence["is_alerted"]) == (refusals.Unsettled.reason, True)


async def test_after_the_providers_own_500_it_can_be_requested_at_once(bench: Workbench) -> None:
    before = await bench.a_failure(OWN_500)
    await bench.ask_again(before)
    assert (await _asked_again(bench, before)).status is Status.PENDING
