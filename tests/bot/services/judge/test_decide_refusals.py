"""Clicks that do not count: nothing changes, the trail keeps the evidence, and the clicker alone hears why."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from pydantic import JsonValue, SecretStr

from bot.domain import refusals
from bot.domain.policy import Decision
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.domain.trail import Event
from bot.services.acts import Decide
from bot.services.letters import ReplyTo
from bot.services.plans import Purchase
from bot.work.retry import TryLater
from tests.harness.bench import Bench
from tests.harness.builders import (
    ASKER,
    BOSS,
    CHANNEL,
    CHIEF,
    TEAM,
    a_request,
    an_address,
    some_approvers,
    some_rules,
    some_terms,
)
from tests.harness.fakes import UNREADABLE_GROUP

pytestmark = pytest.mark.sqlite_only("what is refused is written as test_decide writes it on both")

STRANGER = "U_STRANGER"

CLOSED = [Status.PURCHASED, Status.FAILED, Status.DENIED, Status.WITHDRAWN, Status.EXPIRED]


async def _refused(bench: Bench, request: PurchaseRequest) -> tuple[str, Mapping[str, JsonValue]]:
    """Why the last click on it did not count; the request is as it was."""
    assert await bench.now(request) == request
    assert (await bench.last(Event.DECISION_REFUSED)).request == request.id
    assert not await bench.rows(ReplyTo, Purchase)
    return await bench.refusal(Event.DECISION_REFUSED)


async def test_nobody_approves_their_own_and_the_list_is_not_even_read(bench: Bench) -> None:
    request = await bench.a_request(a_request(requester=BOSS))
    await bench.approve(request, by=BOSS)
    assert await _refused(bench, request) == (refusals.OwnRequest.reason, {"requester": BOSS})
    assert bench.people.asked_for_list == 0


@pytest.mark.parametrize("decision", [Decision.APPROVE, Decision.DENY])
async def test_somebody_who_is_no_approver_is_refused_with_the_list_its_size_and_its_age(
    bench: Bench, decision: Decision
) -> None:
    request = await bench.a_request()
    bench.clock.advance(40)
    await bench.click(decision, request, by=STRANGER)
    await bench.run(Decide)
    evidence = {"list": "U_BOSS,U_CHIEF", "size": 2, "age_seconds": 40}
    assert await _refused(bench, request) == (refusals.NotAnApprover.reason, evidence)


@pytest.mark.parametrize("decision", [Decision.APPROVE, Decision.DENY])
async def test_an_empty_list_means_nobody(bench: Bench, decision: Decision) -> None:
    bench.people.list_of_approvers = some_approvers()
    request = await bench.a_request()
    await bench.click(decision, request, by=BOSS)
    await bench.run(Decide)
    assert await _refused(bench, request) == (refusals.NoApprovers.reason, {"list": "", "size": 0, "age_seconds": 0})


@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("why", ["guest", "bot", "deactivated"])
async def test_only_full_members_decide(bench: Bench, decision: Decision, why: str) -> None:
    request = await bench.a_request(a_request(requester=CHIEF))
    by = CHIEF if decision is Decision.WITHDRAW else BOSS
    bench.people.why_not[by] = why
    await bench.click(decision, request, by=by)
    await bench.run(Decide)
    assert await _refused(bench, request) == (refusals.NotAFullMember.reason, {"why": why})


async def test_somebody_of_another_workspace_with_the_same_id_is_nobody(bench: Bench) -> None:
    request = await bench.a_request()
    act = _a_click(bench, request, by=BOSS).model_copy(update={"team": "T_OTHER"})
    await bench.take(act)
    await bench.run(Decide)
    assert await _refused(bench, request) == (refusals.NotAFullMember.reason, {"why": "other_workspace"})


async def test_an_approver_cannot_withdraw_for_somebody_else(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.withdraw(request, by=BOSS)
    assert await _refused(bench, request) == (refusals.NotTheRequester.reason, {"requester": ASKER})


async def test_a_second_vote_of_one_person_is_none(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    await bench.approve(request, by=BOSS)
    assert await bench.refusal(Event.DECISION_REFUSED) == (refusals.AlreadyVoted.reason, {"terms_version": 1})
    assert (await bench.now(request)).status is Status.PENDING
    assert await bench.voters(request) == [BOSS]


async def test_a_second_vote_is_none_while_the_other_voter_is_no_approver(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    bench.people.list_of_approvers = some_approvers(CHIEF)
    for _ in range(2):
        await bench.approve(request, by=CHIEF)
    assert (await bench.refusal(Event.DECISION_REFUSED))[0] == refusals.AlreadyVoted.reason
    assert (await bench.now(request)).status is Status.PENDING


async def test_votes_that_are_enough_by_now_do_not_go_past_the_budget(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    bench.rules = some_rules(second_approval_above="101 INR", monthly_budget="100 INR")
    await bench.approve(request, by=BOSS)
    assert (await bench.refusal(Event.DECISION_REFUSED))[0] == refusals.OverBudget.reason
    assert (await bench.now(request)).status is Status.PENDING


async def test_other_terms_than_were_shown_are_not_approved(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.approve(a_request("99+1 INR", id=request.id))
    reason, evidence = await _refused(bench, request)
    assert reason == refusals.TermsChanged.reason
    assert evidence.items() >= {"shown": some_terms("99+1 INR").digest, "present": request.terms.digest}.items()


async def test_an_approval_without_a_digest_is_of_nothing(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.take(_a_click(bench, request).model_copy(update={"digest": None}))
    await bench.run(Decide)
    assert (await _refused(bench, request))[0] == refusals.TermsChanged.reason


async def test_nothing_is_approved_from_the_moment_it_expires(bench: Bench) -> None:
    request = await bench.a_request()
    bench.clock.advance(timedelta(hours=72))
    await bench.approve(request)
    assert (await _refused(bench, request))[0] == refusals.Expired.reason


async def test_nothing_is_approved_while_buying_is_frozen(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.freeze()
    await bench.approve(request)
    reason, evidence = await _refused(bench, request)
    assert reason == refusals.Frozen.reason
    assert (evidence["frozen_at"], evidence["frozen_by"]) == (bench.clock.now().isoformat(), BOSS)


async def test_the_buttons_of_another_requests_card_do_not_count(bench: Bench) -> None:
    other = await bench.a_request(a_request(number="+918069000199"), ts="2.000002")
    request = await bench.a_request()
    await bench.approve(request, message=(CHANNEL, "2.000002"))
    assert await _refused(bench, request) == (
        refusals.OtherCard.reason,
        {"request": request.id, "channel": CHANNEL, "ts": "2.000002"},
    )
    assert await bench.now(other) == other


@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("status", [Status.PURCHASING, Status.CHECKING, *CLOSED])
async def test_after_the_call_left_or_the_end_nothing_can_be_decided(
    bench: Bench, decision: Decision, status: Status
) -> None:
    request = await bench.a_request(a_request(status=status, requester=CHIEF))
    await bench.click(decision, request, by=CHIEF if decision is Decision.WITHDRAW else BOSS)
    await bench.run(Decide)
    evidence = {"status": status.value, "last_event": "requested", "last_actor": CHIEF}
    assert await _refused(bench, request) == (refusals.NoLongerPossible.reason, evidence)


async def test_whoever_comes_after_a_decision_hears_who_took_it(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    await bench.approve(request, by=CHIEF)
    evidence = {"status": "approved", "last_event": "approved", "last_actor": BOSS}
    assert await bench.refusal(Event.DECISION_REFUSED) == (refusals.NoLongerPossible.reason, evidence)


async def test_whoever_comes_after_the_purchase_left_hears_who_approved_it(bench: Bench) -> None:
    request = await bench.an_approved_request()
    await bench.run(Purchase)
    await bench.approve(request, by=CHIEF)
    evidence = {"status": "purchased", "last_event": "purchased", "last_actor": "bot", "approved_by": [BOSS]}
    assert await bench.refusal(Event.DECISION_REFUSED) == (refusals.NoLongerPossible.reason, evidence)


async def test_whoever_comes_after_the_purchase_left_does_not_hear_of_votes_that_did_not_count(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    bench.people.list_of_approvers = some_approvers(BOSS, CHIEF, STRANGER)
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    bench.people.list_of_approvers = some_approvers(CHIEF, STRANGER)
    await bench.approve(request, by=CHIEF)
    await bench.approve(request, by=STRANGER)
    await bench.run(Purchase)
    await bench.approve(request, by=CHIEF)
    assert (await bench.refusal(Event.DECISION_REFUSED))[1]["approved_by"] == [CHIEF, STRANGER]


async def test_a_request_that_is_not_there_is_said_and_kept_with_no_request(bench: Bench) -> None:
    unknown = a_request(id="0" * 32)
    await bench.approve(unknown)
    expected = (refusals.NoSuchRequest.reason, {"request": RequestId("0" * 32)})
    assert await bench.refusal(Event.DECISION_REFUSED) == expected
    assert (await bench.last(Event.DECISION_REFUSED)).request is None


@pytest.mark.parametrize("what", ["silent", "list_is_silent"])
async def test_while_slack_cannot_say_who_decides_it_is_tried_again_for_a_minute(bench: Bench, what: str) -> None:
    setattr(bench.people, what, True)
    request = await bench.a_request()
    with pytest.raises(TryLater):
        await bench.approve(request)
    bench.clock.advance(59)
    with pytest.raises(TryLater):
        await bench.run(Decide)
    assert len(await bench.trail()) == 1


@pytest.mark.parametrize("what", ["silent", "list_is_silent"])
async def test_after_a_minute_without_knowing_who_decides_the_click_is_refused(bench: Bench, what: str) -> None:
    setattr(bench.people, what, True)
    request = await bench.a_request()
    await bench.click(Decision.APPROVE, request, by=BOSS)
    bench.clock.advance(60)
    await bench.run(Decide)
    evidence = {"why": "internal_error"}
    if what == "list_is_silent":
        evidence |= {"list": f"{BOSS},{UNREADABLE_GROUP}", "group": UNREADABLE_GROUP}
    assert await _refused(bench, request) == (refusals.PeopleUnreadable.reason, evidence)


async def test_a_refusal_goes_to_the_clicker_alone_where_they_clicked(bench: Bench) -> None:
    request = await bench.a_request()
    by = an_address(STRANGER, channel="C_OTHER", response_url="https://hooks.slack.com/actions/T1/1/secret")
    await bench.take(_a_click(bench, request).model_copy(update={"by": by}))
    await bench.run(Decide)
    (words,) = await bench.words()
    assert (words.to.user, words.to.channel, words.request) == (STRANGER, "C_OTHER", request.id)
    assert words.to.response_url == SecretStr("https://hooks.slack.com/actions/T1/1/secret")


def _a_click(bench: Bench, request: PurchaseRequest, *, by: str = BOSS) -> Decide:
    return Decide(
        team=TEAM,
        trigger_id=bench.trigger(),
        by=an_address(by, at=bench.clock.now()),
        decision=Decision.APPROVE,
        request=request.id,
        digest=request.terms.digest,
    )
