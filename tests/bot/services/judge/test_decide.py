"""Approve, deny, withdraw: what a decision that counts changes. Those that do not count: `test_every_refusal.py`."""

from datetime import timedelta

import pytest

from bot.domain import refusals
from bot.domain.policy import Decision
from bot.domain.request import PurchaseRequest, Status
from bot.domain.rules import Rules
from bot.domain.trail import Event
from bot.services.acts import Decide
from bot.services.letters import ReplyTo, Rewrite
from bot.services.plans import Lapse, Purchase
from bot.store.lanes import Lane
from bot.work.queue import LeaseLost
from tests.harness.builders import ASKER, BOSS, CHANNEL, CHIEF, a_request, some_approvers, some_rules, some_terms
from tests.harness.rows import facts_of
from tests.harness.workbench import Workbench

THIRD = "U_THIRD"
TICK = timedelta(microseconds=1)


@pytest.fixture
async def half_approved(bench: Workbench) -> PurchaseRequest:
    """It needs two votes, and has one."""
    bench.rules = some_rules(second_approval_above="100 INR", monthly_budget="101 INR")
    bench.people.list_of_approvers = some_approvers(BOSS, CHIEF, THIRD)
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    return request


async def test_until_right_before_it_expires_an_approval_counts_causes_the_purchase_and_tells_what_it_rests_on(
    bench: Workbench,
) -> None:
    request = await bench.a_request()
    bench.clock.advance(timedelta(hours=72) - TICK)
    now = bench.clock.now()
    bench.people.list_of_approvers = some_approvers(BOSS, CHIEF, read_at=now - timedelta(seconds=40))
    await bench.approve(request)
    approved = await bench.now(request)
    assert (approved.status, approved.decided_at) == (Status.APPROVED, now)
    assert [(row.kind, row.not_before) for row in await bench.rows()] == [
        (Rewrite.kind, now),
        (ReplyTo.kind, now),
        (Purchase.kind, now),
        (Lapse.kind, now + timedelta(minutes=15)),
    ]
    assert Lapse.model_validate_json((await bench.row(Lapse)).payload).terms_version == 1
    assert await bench.told() == [Event.APPROVED]
    entry = await bench.last(Event.APPROVED)
    assert (entry.actor, entry.request) == (BOSS, request.id)
    assert facts_of(entry).items() >= {"digest": request.terms.digest, "charge": "101", "currency": "INR"}.items()
    assert facts_of(entry).items() >= {"list": "U_BOSS,U_CHIEF", "size": 2, "age_seconds": 40}.items()
    assert facts_of(entry).items() >= {"voters": [BOSS], "needed": 1, "terms_version": 1}.items()


async def test_the_first_of_two_votes_is_said_and_the_second_persons_buys(
    bench: Workbench, half_approved: PurchaseRequest
) -> None:
    assert (await bench.now(half_approved)).status is Status.PENDING
    assert facts_of(await bench.last(Event.VOTED)).items() >= {"voters": [BOSS], "needed": 2}.items()
    assert not await bench.rows(Purchase, Lapse)
    await bench.approve(half_approved, by=CHIEF)
    assert (await bench.now(half_approved)).status is Status.APPROVED
    assert facts_of(await bench.last(Event.APPROVED))["voters"] == [BOSS, CHIEF]
    assert await bench.voters(half_approved) == [BOSS, CHIEF]
    assert len(await bench.rows(Purchase, Lapse)) == 2
    assert await bench.told() == [Event.VOTED, Event.APPROVED]
    assert len(await bench.rows(Rewrite)) == 1  # for both changes


@pytest.mark.parametrize("why", ["off the list", "deactivated", "guest"])
async def test_a_vote_of_somebody_who_is_no_approver_any_more_does_not_count(
    bench: Workbench, half_approved: PurchaseRequest, why: str
) -> None:
    if why == "off the list":
        bench.people.list_of_approvers = some_approvers(CHIEF, THIRD)
    else:
        bench.people.why_not[BOSS] = why
    await bench.approve(half_approved, by=CHIEF)
    assert facts_of(await bench.last(Event.VOTED)).items() >= {"size": 2, "voters": [CHIEF]}.items()
    await bench.approve(half_approved, by=THIRD)
    assert (await bench.now(half_approved)).status is Status.APPROVED


@pytest.mark.parametrize("by", [BOSS, CHIEF])
async def test_either_voter_completes_the_votes_by_clicking_again_once_both_are_approvers(
    bench: Workbench, half_approved: PurchaseRequest, by: str
) -> None:
    bench.people.list_of_approvers = some_approvers(CHIEF)
    await bench.approve(half_approved, by=CHIEF)
    bench.people.list_of_approvers = some_approvers(BOSS, CHIEF)
    await bench.approve(half_approved, by=by)
    entry = await bench.last(Event.APPROVED)
    assert (entry.actor, facts_of(entry)["voters"]) == (by, [BOSS, CHIEF])
    assert await bench.told() == [Event.VOTED, Event.VOTED, Event.APPROVED]
    assert await bench.voters(half_approved) == [BOSS, CHIEF]
    assert await bench.month() == ("101", "0")
    assert len(await bench.rows(Purchase, Lapse)) == 2


@pytest.mark.parametrize(
    ("decision", "rules", "status"),
    [
        (Decision.DENY, some_rules(), Status.DENIED),
        (Decision.APPROVE, some_rules(allow_self_approval=True), Status.APPROVED),
    ],
)
async def test_an_approver_may_deny_their_own_and_approve_it_where_that_is_allowed(
    bench: Workbench, decision: Decision, rules: Rules, status: Status
) -> None:
    bench.rules = rules
    request = await bench.a_request(a_request(requester=BOSS))
    await bench.click(decision, request, by=BOSS)
    await bench.run(Decide)
    assert (await bench.now(request)).status is status


async def test_the_requesters_own_vote_counts_no_more_once_that_is_not_allowed(bench: Workbench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR", allow_self_approval=True)
    bench.people.list_of_approvers = some_approvers(ASKER, BOSS, CHIEF)
    request = await bench.a_request()
    await bench.approve(request, by=ASKER)
    bench.rules = some_rules(second_approval_above="100 INR")
    await bench.approve(request, by=BOSS)
    assert (await bench.now(request)).status is Status.PENDING
    assert facts_of(await bench.last(Event.VOTED)).items() >= {"voters": [BOSS], "size": 3}.items()
    await bench.approve(request, by=CHIEF)
    assert facts_of(await bench.last(Event.APPROVED))["voters"] == [BOSS, CHIEF]


@pytest.mark.parametrize("years", [0, 1], ids=["no commitment", "a year's commitment"])
async def test_two_approve_what_commits_to_more_than_the_limit_however_little_is_charged(
    bench: Workbench, years: int
) -> None:
    bench.rules = some_rules(second_approval_above="1000 INR")
    terms = some_terms("0+99 INR", months=12 * years)
    request = await bench.a_request(a_request(terms=terms))
    await bench.approve(request, by=BOSS)
    assert (await bench.now(request)).status is (Status.PENDING if years else Status.APPROVED)
    if years:
        await bench.approve(request, by=CHIEF)
        assert (await bench.now(request)).status is Status.APPROVED


@pytest.mark.parametrize("decision", Decision)
async def test_only_full_members_decide(bench: Workbench, decision: Decision) -> None:
    request = await bench.a_request(a_request(requester=CHIEF))
    by = CHIEF if decision is Decision.WITHDRAW else BOSS
    bench.people.why_not[by] = "guest"
    await bench.click(decision, request, by=by)
    await bench.run(Decide)
    assert await bench.refusal(Event.DECISION_REFUSED) == (refusals.NotAFullMember.reason, {"why": "guest"})
    assert await bench.now(request) == request


@pytest.mark.parametrize("status", [Status.PENDING, Status.APPROVED])
async def test_an_approver_denies_until_the_call_leaves_saying_why(bench: Workbench, status: Status) -> None:
    request = await bench.a_request(a_request(status=status))
    await bench.deny(request, by=CHIEF, reason="too dear")
    denied = await bench.now(request)
    assert (denied.status, denied.decided_at) == (Status.DENIED, bench.clock.now())
    entry = await bench.last(Event.DENIED)
    assert entry.actor == CHIEF
    assert facts_of(entry) == {"reason": "too dear", "list": "U_BOSS,U_CHIEF", "size": 2, "age_seconds": 0}
    assert await bench.told() == [Event.DENIED]


@pytest.mark.parametrize("status", [Status.PENDING, Status.APPROVED])
async def test_the_requester_withdraws_until_the_call_leaves_without_a_list_of_approvers(
    bench: Workbench, status: Status
) -> None:
    bench.people.list_is_silent = True
    request = await bench.a_request(a_request(status=status))
    await bench.withdraw(request)
    assert (await bench.now(request)).status is Status.WITHDRAWN
    assert (await bench.last(Event.WITHDRAWN)).actor == ASKER
    assert await bench.told() == [Event.WITHDRAWN]


async def test_of_two_clicks_the_first_decides(bench: Workbench) -> None:
    request = await bench.a_request()
    await bench.click(Decision.DENY, request, by=CHIEF)
    await bench.click(Decision.APPROVE, request, by=BOSS)
    await bench.run_due(Lane.JUDGE)
    assert (await bench.now(request)).status is Status.DENIED
    assert [entry.event for entry in (await bench.trail())[1:]] == [Event.DENIED, Event.DECISION_REFUSED]


async def test_a_decision_whose_lease_is_lost_leaves_nothing(bench: Workbench) -> None:
    request = await bench.a_request()
    await bench.click(Decision.APPROVE, request, by=BOSS)
    robbed = await bench.claim(Decide)
    bench.clock.advance(31)
    await bench.claim(Decide)
    with pytest.raises(LeaseLost):
        await bench.do(robbed)
    assert await bench.now(request) == request
    assert len(await bench.trail()) == 1
    assert await bench.voters(request) == []


async def test_a_click_on_its_own_card_or_in_app_home_counts(bench: Workbench, half_approved: PurchaseRequest) -> None:
    await bench.approve(half_approved, by=CHIEF, message=(CHANNEL, "1.000001"))
    assert (await bench.now(half_approved)).status is Status.APPROVED
    assert len(await bench.cards(half_approved)) == 1


async def test_an_unknown_message_with_its_buttons_is_remembered_once_as_a_copy_whoever_clicks_it(
    bench: Workbench,
) -> None:
    request = await bench.a_request()
    for by in (ASKER, BOSS):
        await bench.approve(request, by=by, message=(CHANNEL, "7.000007"))
        assert [card.ts for card in await bench.cards(request) if card.copy_of == request.card] == ["7.000007"]
        assert len(await bench.rows(Rewrite)) == 1
    assert (await bench.now(request)).status is Status.APPROVED
