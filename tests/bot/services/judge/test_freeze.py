"""Freeze: nothing is approved or bought until it is lifted, and what had left already is named."""

from datetime import timedelta

import pytest

from bot.domain.attempt import Ending
from bot.domain.audit import OPERATOR
from bot.domain.outcome import Refusal, Refused
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.judge.freeze import Audience, switch
from bot.services.letters import Announcement
from bot.services.plans import Expire, Purchase
from bot.store import control
from tests.harness.builders import BOSS, CHANNEL, CHIEF, a_request, some_rules
from tests.harness.rows import facts_of
from tests.harness.seen import LOST
from tests.harness.workbench import Workbench

BUSY = Refused(why=Refusal.NOT_EXECUTED, code="rate_limited", message="slow down", retry_after=7.0)


def _named(request: PurchaseRequest) -> dict[str, str]:
    return {"request": request.id, "e164": request.terms.e164}


async def test_an_approver_freezes_and_lifts_it_and_both_are_told_to_everybody(bench: Workbench) -> None:
    request = await bench.a_request()
    await bench.switch()
    assert await bench.store.read(control.looks_frozen)
    frozen = await bench.last(Event.FROZEN)
    assert (frozen.actor, frozen.request, facts_of(frozen)) == (BOSS, None, {"out": [], "returned": []})
    await bench.switch(freezes=False, by=CHIEF)
    assert not await bench.store.read(control.looks_frozen)
    lifted = await bench.last(Event.UNFROZEN)
    assert (lifted.actor, facts_of(lifted)) == (CHIEF, {})
    for _ in range(2):
        await bench.run(Announcement)
    assert [(sent.where, sent.entry) for sent in bench.messenger.took("announce")] == [
        ((CHANNEL,), frozen),
        ((CHANNEL,), lifted),
    ]
    await bench.approve(request)
    assert (await bench.now(request)).status is Status.APPROVED


async def test_the_first_vote_of_two_stays_and_only_the_last_one_has_to_come_after_the_freeze(bench: Workbench) -> None:
    """Whoever votes last knows of it, and nothing is bought without them."""
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    bench.clock.advance(1)
    await bench.switch()
    await bench.switch(freezes=False)
    assert await bench.voters(request) == [BOSS]
    bench.clock.advance(1)
    await bench.approve(request, by=CHIEF)
    assert (await bench.now(request)).status is Status.APPROVED


@pytest.mark.parametrize(
    ("approval_channel", "typed_in", "heard"),
    [
        (None, "C_OTHER", [("C_OTHER", False)]),
        ("C_APPROVALS", "C_APPROVALS", [("C_APPROVALS", False)]),
        ("C_APPROVALS", "C_OTHER", [("C_APPROVALS", False), (None, True)]),
        (None, "D_BOSS", [(None, False), (None, True)]),
    ],
)
async def test_it_is_told_in_the_channel_of_approvals_or_where_it_was_typed_and_to_whoever_typed_it_elsewhere(
    bench: Workbench, approval_channel: str | None, typed_in: str, heard: list[tuple[str | None, bool]]
) -> None:
    bench.rules = some_rules(approval_channel=approval_channel)
    await bench.switch(channel=typed_in)
    letters = [Announcement.model_validate_json(row.payload) for row in await bench.rows(Announcement)]
    assert [(letter.channel, letter.alone) for letter in letters] == heard


async def test_what_was_approved_waits_for_new_votes_with_a_new_end_and_nothing_held(bench: Workbench) -> None:
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
    await bench.run(Purchase)
    assert not bench.provider.calls


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.APPROVED])
async def test_a_request_in_any_other_state_stays_as_it_is_and_a_call_that_may_have_left_is_named(
    bench: Workbench, status: Status
) -> None:
    request = await bench.a_request(a_request(status=status))
    await bench.switch()
    may_have_left = status in (Status.PURCHASING, Status.CHECKING)
    assert facts_of(await bench.last(Event.FROZEN))["out"] == ([_named(request)] if may_have_left else [])
    assert await bench.now(request) == request


@pytest.mark.parametrize("is_lifted", [False, True], ids=["frozen still", "lifted again"])
async def test_a_call_that_comes_back_unexecuted_after_a_freeze_waits_for_new_votes(
    bench: Workbench, is_lifted: bool
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


async def test_an_earlier_freeze_does_not_reach_a_later_attempt(bench: Workbench) -> None:
    await bench.switch()
    await bench.switch(freezes=False)
    assert (await bench.a_purchase(BUSY)).status is Status.APPROVED


async def test_a_sale_whose_call_was_out_is_a_sale(bench: Workbench) -> None:
    bench.provider.during_call = bench.switch
    assert (await bench.a_purchase()).status is Status.PURCHASED


async def test_looks_go_on_while_frozen(bench: Workbench) -> None:
    bench.provider.during_call = bench.switch
    await bench.a_failure(LOST)


async def test_an_operators_freeze_is_told_wherever_a_request_is_open(bench: Workbench) -> None:
    await bench.a_request(a_request(channel="C_ONE"))
    await bench.a_request(a_request(channel="C_TWO", number="+918069000143"), ts="2.000001")
    await bench.a_request(a_request(channel="C_DONE", number="+918069000144", status=Status.DENIED), ts="3.000001")
    assert await bench.units.by_hand(switch, OPERATOR, [Audience()], freezes=True) is None
    for _ in range(3):
        await bench.run(Announcement)
    assert [sent.where for sent in bench.messenger.took("announce")] == [("C_ONE",), ("C_TWO",)]
