"""Freeze: nothing is approved or bought until it is lifted, and what had left already is named."""

from datetime import timedelta

import pytest

from bot.domain import refusals
from bot.domain.attempt import Ending
from bot.domain.audit import OPERATOR
from bot.domain.outcome import Refusal, Refused, Unknown
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.acts import Freeze
from bot.services.judge.freeze import Audience, switch
from bot.services.letters import Announcement
from bot.services.plans import Expire, Purchase
from bot.store import control
from bot.work.retry import TryLater
from tests.harness.bench import Bench
from tests.harness.builders import BOSS, CHIEF, NOON, a_request, some_approvers, some_rules
from tests.harness.rows import facts_of

BUSY = Refused(why=Refusal.NOT_EXECUTED, code="rate_limited", message="slow down", retry_after=7.0)


async def _is_frozen(bench: Bench) -> bool:
    return await bench.store.read(control.looks_frozen)


def _named(request: PurchaseRequest) -> dict[str, str]:
    return {"request": request.id, "e164": request.terms.e164}


async def test_an_approver_freezes_and_it_is_told_to_everybody_where_they_typed_it(bench: Bench) -> None:
    await bench.switch(channel="C_OTHER")
    assert await _is_frozen(bench)
    entry = await bench.last(Event.FROZEN)
    assert (entry.actor, entry.request, facts_of(entry)) == (BOSS, None, {"out": [], "returned": []})
    letter = Announcement.model_validate_json((await bench.row(Announcement)).payload)
    assert (letter.entry, letter.channel) == (entry.seq, "C_OTHER")
    await bench.run(Announcement)
    (sent,) = bench.messenger.took("announce")
    assert (sent.where, sent.entry) == (("C_OTHER",), entry)


async def test_with_an_approval_channel_it_is_told_there(bench: Bench) -> None:
    bench.rules = some_rules(approval_channel="C_APPROVALS")
    await bench.switch()
    await bench.run(Announcement)
    assert bench.messenger.took("announce")[0].where == ("C_APPROVALS",)


async def test_lifting_it_is_told_too(bench: Bench) -> None:
    await bench.switch()
    await bench.switch(freezes=False, by=CHIEF)
    assert not await _is_frozen(bench)
    entry = await bench.last(Event.UNFROZEN)
    assert (entry.actor, facts_of(entry)) == (CHIEF, {})
    assert len(await bench.rows(Announcement)) == 2


async def test_what_was_approved_waits_for_new_votes_with_a_new_end_and_nothing_held(bench: Bench) -> None:
    request = await bench.an_approved_request()
    assert await bench.month() == ("101", "0")
    bench.clock.advance(60)
    await bench.switch()
    pending = await bench.now(request)
    assert (pending.status, pending.terms_version) == (Status.PENDING, 2)
    assert pending.expires_at == bench.clock.now() + timedelta(hours=72)
    assert await bench.voters(request) == []
    assert await bench.month() == ("0", "0")
    expire = (await bench.rows(Expire))[-1]
    assert expire.not_before == pending.expires_at
    assert Expire.model_validate_json(expire.payload).terms_version == 2
    assert (await bench.told())[-1] is Event.ASKED_AGAIN
    assert facts_of(await bench.last(Event.FROZEN))["returned"] == [_named(request)]


async def test_no_call_leaves_for_it_after_that(bench: Bench) -> None:
    await bench.an_approved_request()
    await bench.switch()
    await bench.run(Purchase)
    assert not bench.provider.calls


@pytest.mark.parametrize("status", [Status.PURCHASING, Status.CHECKING])
async def test_a_call_that_may_have_left_is_named_and_goes_on(bench: Bench, status: Status) -> None:
    request = await bench.a_request(a_request(status=status))
    await bench.switch()
    assert facts_of(await bench.last(Event.FROZEN))["out"] == [_named(request)]
    assert await bench.now(request) == request


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.APPROVED])
async def test_a_request_in_any_other_state_stays_as_it_is(bench: Bench, status: Status) -> None:
    request = await bench.a_request(a_request(status=status))
    await bench.switch()
    assert await bench.now(request) == request


async def test_nothing_is_approved_until_it_is_lifted(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.switch()
    await bench.approve(request)
    assert (await bench.refusal(Event.DECISION_REFUSED))[0] == refusals.Frozen.reason
    await bench.switch(freezes=False)
    await bench.approve(request)
    assert (await bench.now(request)).status is Status.APPROVED


@pytest.mark.parametrize("is_lifted", [False, True], ids=["frozen still", "lifted again"])
async def test_a_call_that_comes_back_unexecuted_after_a_freeze_waits_for_new_votes(
    bench: Bench, is_lifted: bool
) -> None:
    async def freeze_meanwhile() -> None:
        await bench.switch()
        if is_lifted:
            await bench.switch(freezes=False)

    bench.provider.during_call = freeze_meanwhile
    request = await bench.a_purchase(BUSY)
    assert request.status is Status.PENDING
    assert facts_of(await bench.last(Event.ASKED_AGAIN))["why"] == "frozen"
    assert [row.outcome for row in await bench.attempts()] == [Ending.UNEXECUTED]
    assert await bench.month() == ("0", "0")


async def test_one_that_comes_back_unexecuted_before_it_is_taken_back_with_the_others(bench: Bench) -> None:
    request = await bench.a_purchase(BUSY)
    assert request.status is Status.APPROVED
    await bench.switch()
    assert (await bench.now(request)).status is Status.PENDING


async def test_an_earlier_freeze_does_not_reach_a_later_attempt(bench: Bench) -> None:
    await bench.switch()
    await bench.switch(freezes=False)
    assert (await bench.a_purchase(BUSY)).status is Status.APPROVED


async def test_a_sale_whose_call_was_out_is_a_sale(bench: Bench) -> None:
    bench.provider.during_call = bench.switch
    assert (await bench.a_purchase()).status is Status.PURCHASED


async def test_looks_go_on_while_frozen(bench: Bench) -> None:
    request = await bench.a_purchase(Unknown(reason="timeout"))
    await bench.switch()
    for _ in range(4):
        await bench.look()
    assert (await bench.now(request)).status is Status.FAILED


@pytest.mark.parametrize(
    ("freezes", "reason"), [(True, refusals.AlreadyFrozen.reason), (False, refusals.NotFrozen.reason)]
)
async def test_what_is_so_already_is_said_to_whoever_typed_it(bench: Bench, freezes: bool, reason: str) -> None:
    if freezes:
        await bench.switch()
    trail = await bench.trail()
    await bench.switch(freezes=freezes)
    evidence = {"frozen_at": bench.clock.now().isoformat(), "frozen_by": BOSS} if freezes else {}
    assert await bench.refusal(Event.DECISION_REFUSED) == (reason, evidence)
    assert len(await bench.trail()) == len(trail) + 1
    assert len(await bench.rows(Announcement)) == len(trail)


@pytest.mark.parametrize("freezes", [True, False])
async def test_only_approvers_freeze_or_lift_it(bench: Bench, freezes: bool) -> None:
    bench.people.list_of_approvers = some_approvers(CHIEF, read_at=NOON - timedelta(seconds=30))
    await bench.switch(freezes=freezes)
    evidence = {"list": CHIEF, "size": 1, "age_seconds": 30}
    assert await bench.refusal(Event.DECISION_REFUSED) == (refusals.NotAnApprover.reason, evidence)
    assert not await _is_frozen(bench)


async def test_a_deactivated_approver_does_not(bench: Bench) -> None:
    bench.people.why_not[BOSS] = "deactivated"
    await bench.switch()
    assert await bench.refusal(Event.DECISION_REFUSED) == (refusals.NotAFullMember.reason, {"why": "deactivated"})


async def test_while_slack_cannot_say_who_typed_it_it_is_tried_again_for_a_minute(bench: Bench) -> None:
    bench.people.silent = True
    with pytest.raises(TryLater):
        await bench.switch()
    bench.people.silent = False
    bench.clock.advance(2)
    await bench.run(Freeze)
    assert await _is_frozen(bench)


async def test_an_operators_freeze_is_told_wherever_a_request_is_open(bench: Bench) -> None:
    await bench.a_request(a_request(channel="C_ONE"))
    await bench.a_request(a_request(channel="C_TWO", number="+918069000143"), ts="2.000001")
    await bench.a_request(a_request(channel="C_DONE", number="+918069000144", status=Status.DENIED), ts="3.000001")
    refusal = await bench.units.write(switch, OPERATOR, [Audience()], freezes=True)
    assert refusal is None
    for _ in range(3):
        await bench.run(Announcement)
    assert [sent.where for sent in bench.messenger.took("announce")] == [("C_ONE",), ("C_TWO",)]
