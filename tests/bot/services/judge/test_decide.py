"""Approve, deny, withdraw: what a decision that counts changes. Those that do not count: `test_decide_refusals.py`."""

from datetime import timedelta

import pytest

from bot.domain.policy import Decision
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.acts import Decide
from bot.services.letters import CardLetter, ReplyTo
from bot.services.plans import Expire, Lapse, Purchase
from bot.work.queue import Lane, LeaseLost
from tests.harness.bench import Bench
from tests.harness.builders import ASKER, BOSS, CHANNEL, CHIEF, a_request, some_approvers, some_rules
from tests.harness.rows import facts_of

THIRD = "U_THIRD"


async def test_one_vote_approves_when_one_is_needed(bench: Bench) -> None:
    request = await bench.a_request()
    bench.clock.advance(5)
    await bench.approve(request)
    approved = await bench.now(request)
    assert (approved.status, approved.decided_at) == (Status.APPROVED, bench.clock.now())
    assert await bench.voters(request) == [BOSS]


async def test_an_approval_tells_the_terms_the_voters_and_the_list_it_was_counted_by(bench: Bench) -> None:
    request = await bench.a_request()
    bench.clock.advance(40)
    await bench.approve(request)
    entry = await bench.last(Event.APPROVED)
    assert (entry.actor, entry.request) == (BOSS, request.id)
    assert facts_of(entry).items() >= {"digest": request.terms.digest, "charge": "101", "currency": "INR"}.items()
    assert facts_of(entry).items() >= {"list": "U_BOSS,U_CHIEF", "size": 2, "age_seconds": 40}.items()
    assert facts_of(entry).items() >= {"voters": [BOSS], "needed": 1, "terms_version": 1}.items()


async def test_an_approval_causes_the_purchase_its_own_end_the_card_and_a_reply(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.approve(request)
    now = bench.clock.now()
    assert [(row.kind, row.not_before) for row in await bench.rows()] == [
        (CardLetter.kind, now),
        (ReplyTo.kind, now),
        (Purchase.kind, now),
        (Lapse.kind, now + timedelta(minutes=15)),
    ]
    lapse = await bench.row(Lapse)
    assert Expire.model_validate_json(lapse.payload).terms_version == 1
    assert await _told(bench) == [Event.APPROVED]


async def test_the_first_of_two_votes_is_said_and_buys_nothing(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=CHIEF)
    assert (await bench.now(request)).status is Status.PENDING
    assert facts_of(await bench.last(Event.VOTED)).items() >= {"voters": [CHIEF], "needed": 2}.items()
    assert await _told(bench) == [Event.VOTED]
    assert not await bench.rows(Purchase, Lapse)


async def test_the_second_persons_vote_approves(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=CHIEF)
    await bench.approve(request, by=BOSS)
    assert (await bench.now(request)).status is Status.APPROVED
    assert facts_of(await bench.last(Event.APPROVED))["voters"] == [CHIEF, BOSS]
    assert len(await bench.rows(Purchase)) == 1


async def test_a_charge_up_to_the_limit_needs_one_vote(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="101 INR")
    request = await bench.a_request()
    await bench.approve(request)
    assert (await bench.now(request)).status is Status.APPROVED


async def test_a_vote_of_somebody_who_is_no_approver_any_more_does_not_count(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    bench.people.list_of_approvers = some_approvers(CHIEF, THIRD)
    await bench.approve(request, by=CHIEF)
    assert (await bench.now(request)).status is Status.PENDING
    await bench.approve(request, by=THIRD)
    assert (await bench.now(request)).status is Status.APPROVED


@pytest.mark.parametrize("why", ["deactivated", "guest"])
async def test_a_vote_of_somebody_who_is_no_full_member_any_more_does_not_count(bench: Bench, why: str) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    bench.people.list_of_approvers = some_approvers(BOSS, CHIEF, THIRD)
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    bench.people.why_not[BOSS] = why
    await bench.approve(request, by=CHIEF)
    assert (await bench.now(request)).status is Status.PENDING
    assert facts_of(await bench.last(Event.VOTED))["size"] == 2
    await bench.approve(request, by=THIRD)
    assert (await bench.now(request)).status is Status.APPROVED


async def test_who_comes_back_to_the_list_completes_the_votes_by_clicking_again(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR", monthly_budget="101 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    bench.people.list_of_approvers = some_approvers(CHIEF)
    await bench.approve(request, by=CHIEF)
    bench.people.list_of_approvers = some_approvers(BOSS, CHIEF)
    await bench.approve(request, by=BOSS)
    assert (await bench.now(request)).status is Status.APPROVED
    entry = await bench.last(Event.APPROVED)
    assert (entry.actor, facts_of(entry)["voters"]) == (BOSS, [BOSS, CHIEF])
    assert await _told(bench) == [Event.VOTED, Event.VOTED, Event.APPROVED]
    assert await bench.voters(request) == [BOSS, CHIEF]
    assert await bench.month() == ("101", "0")
    assert len(await bench.rows(Purchase, Lapse)) == 2


async def test_either_of_two_voters_completes_the_votes_once_both_are_approvers(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    bench.people.list_of_approvers = some_approvers(CHIEF)
    await bench.approve(request, by=CHIEF)
    bench.people.list_of_approvers = some_approvers(BOSS, CHIEF)
    await bench.approve(request, by=CHIEF)
    entry = await bench.last(Event.APPROVED)
    assert (entry.actor, facts_of(entry)["voters"]) == (CHIEF, [BOSS, CHIEF])


async def test_a_vote_is_enough_by_clicking_again_once_one_is_needed(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    bench.rules = some_rules(second_approval_above="101 INR")
    await bench.approve(request, by=BOSS)
    assert facts_of(await bench.last(Event.APPROVED)).items() >= {"voters": [BOSS], "needed": 1}.items()
    assert (await bench.now(request)).status is Status.APPROVED


async def test_with_self_approval_allowed_an_approver_may_approve_their_own(bench: Bench) -> None:
    bench.rules = some_rules(allow_self_approval=True)
    request = await bench.a_request(a_request(requester=BOSS))
    await bench.approve(request, by=BOSS)
    assert (await bench.now(request)).status is Status.APPROVED


@pytest.mark.parametrize("status", [Status.PENDING, Status.APPROVED])
async def test_an_approver_denies_until_the_call_leaves_saying_why(bench: Bench, status: Status) -> None:
    request = await bench.a_request(a_request(status=status))
    await bench.deny(request, by=CHIEF, reason="too dear")
    denied = await bench.now(request)
    assert (denied.status, denied.decided_at) == (Status.DENIED, bench.clock.now())
    entry = await bench.last(Event.DENIED)
    assert entry.actor == CHIEF
    assert facts_of(entry) == {"reason": "too dear", "list": "U_BOSS,U_CHIEF", "size": 2, "age_seconds": 0}
    assert await _told(bench) == [Event.DENIED]


async def test_an_approver_may_deny_their_own_request(bench: Bench) -> None:
    request = await bench.a_request(a_request(requester=BOSS))
    await bench.deny(request, by=BOSS)
    assert (await bench.now(request)).status is Status.DENIED


@pytest.mark.parametrize("status", [Status.PENDING, Status.APPROVED])
async def test_the_requester_withdraws_until_the_call_leaves(bench: Bench, status: Status) -> None:
    request = await bench.a_request(a_request(status=status))
    await bench.withdraw(request)
    assert (await bench.now(request)).status is Status.WITHDRAWN
    assert (await bench.last(Event.WITHDRAWN)).actor == ASKER
    assert await _told(bench) == [Event.WITHDRAWN]


async def test_withdrawing_needs_no_list_of_approvers(bench: Bench) -> None:
    bench.people.list_is_silent = True
    request = await bench.a_request()
    await bench.withdraw(request)
    assert (await bench.now(request)).status is Status.WITHDRAWN


async def test_freezing_stops_neither_deny_nor_withdraw(bench: Bench) -> None:
    await bench.freeze()
    denied = await bench.a_request()
    await bench.deny(denied)
    withdrawn = await bench.a_request(ts="2.000001")
    await bench.withdraw(withdrawn)
    assert (await bench.now(denied)).status is Status.DENIED
    assert (await bench.now(withdrawn)).status is Status.WITHDRAWN


async def test_deny_and_withdraw_do_not_ask_which_terms_were_shown(bench: Bench) -> None:
    request = await bench.a_request()
    older = a_request("99+1 INR", id=request.id)
    await bench.deny(older)
    assert (await bench.now(request)).status is Status.DENIED


async def test_a_request_may_be_approved_until_right_before_it_expires(bench: Bench) -> None:
    request = await bench.a_request()
    bench.clock.advance(timedelta(hours=72) - timedelta(microseconds=1))
    bench.people.list_of_approvers = some_approvers(BOSS, read_at=bench.clock.now())
    await bench.approve(request)
    assert (await bench.now(request)).status is Status.APPROVED


async def test_of_two_clicks_the_first_decides(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.click(Decision.DENY, request, by=CHIEF)
    await bench.click(Decision.APPROVE, request, by=BOSS)
    await bench.run_due(Lane.JUDGE)
    assert (await bench.now(request)).status is Status.DENIED
    assert [entry.event for entry in (await bench.trail())[1:]] == [Event.DENIED, Event.DECISION_REFUSED]


async def test_clicks_on_one_request_are_judged_one_after_the_other(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.click(Decision.APPROVE, request, by=BOSS)
    await bench.click(Decision.APPROVE, request, by=CHIEF)
    await bench.claim(Decide)
    assert not await bench.is_due(Lane.JUDGE)


async def test_several_changes_before_a_delivery_need_one_rewrite_of_the_card(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    await bench.approve(request, by=CHIEF)
    assert len(await bench.rows(CardLetter)) == 1
    assert await _told(bench) == [Event.VOTED, Event.APPROVED]


async def test_a_decision_whose_lease_is_lost_leaves_nothing(bench: Bench) -> None:
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


async def test_a_click_on_its_own_card_or_in_app_home_counts(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS, message=(CHANNEL, "1.000001"))
    await bench.approve(request, by=CHIEF, message=None)
    assert (await bench.now(request)).status is Status.APPROVED
    assert len(await bench.cards(request)) == 1


async def test_an_unknown_message_with_its_buttons_is_remembered_as_a_copy_of_its_card(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.approve(request, message=(CHANNEL, "7.000007"))
    assert (await bench.now(request)).status is Status.APPROVED
    assert await _copies(bench, request) == ["7.000007"]


async def test_a_copy_is_remembered_once(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS, message=(CHANNEL, "7.000007"))
    await bench.approve(request, by=CHIEF, message=(CHANNEL, "7.000007"))
    assert (await bench.now(request)).status is Status.APPROVED
    assert await _copies(bench, request) == ["7.000007"]


async def test_a_copy_is_remembered_and_rewritten_whoever_clicks_it_first(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.approve(request, by=ASKER, message=(CHANNEL, "7.000007"))
    assert await _copies(bench, request) == ["7.000007"]
    assert len(await bench.rows(CardLetter)) == 1


async def _copies(bench: Bench, request: PurchaseRequest) -> list[str | None]:
    return [card.ts for card in await bench.cards(request) if card.copy_of == request.card]


async def _told(bench: Bench) -> list[Event]:
    """What waits to be told in threads."""
    told = [ReplyTo.model_validate_json(row.payload).entry for row in await bench.rows(ReplyTo)]
    return [entry.event for entry in await bench.trail() if entry.seq in told]
