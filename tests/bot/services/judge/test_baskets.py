"""Numbers that are asked for at once: one card, one decision in one transaction, then each has its own outcome."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from pydantic import JsonValue

from bot.domain import refusals
from bot.domain.outcome import Refusal, Refused
from bot.domain.policy import Decision
from bot.domain.request import Failure, PurchaseRequest, Status
from bot.domain.shown import ShownBasket
from bot.domain.trail import Event
from bot.services.acts import Ask, Decide
from bot.services.letters import CardLetter, ReplyTo
from bot.services.plans import Expire, Lapse, Purchase, Remind
from bot.services.ports import Balance, MessageGone, Undeliverable
from bot.store.lanes import Lane
from handlers.views.basket import card
from tests.harness.builders import ASKER, BOSS, CHANNEL, CHIEF, a_listing, an_owned_number, some_approvers, some_rules
from tests.harness.rows import facts_of, held_by
from tests.harness.workbench import Workbench

THREE = ("100+1 INR",) * 3
SOLD_OUT = Refused(why=Refusal.REJECTED, code="rejected", message="not for you")


async def statuses(bench: Workbench, of: list[PurchaseRequest]) -> list[Status]:
    return [(await bench.now(request)).status for request in of]


async def the_card(bench: Workbench) -> ShownBasket:
    """As Slack has it last."""
    await bench.deliver()
    return [sent for sent in bench.messenger.sent if sent.how in ("post_card", "rewrite_card")][-1].basket


async def test_several_numbers_become_a_request_each_with_one_id_one_card_and_one_time_to_decide(
    bench: Workbench,
) -> None:
    made = await bench.a_basket(*THREE, is_told=False)
    (basket,) = {request.basket for request in made}
    assert {request.card for request in made} == {basket}
    assert [request.status for request in made] == [Status.PENDING] * 3
    entries = await bench.trail()
    assert [(entry.event, entry.request) for entry in entries] == [(Event.REQUESTED, request.id) for request in made]
    assert {facts_of(entry)["basket"] for entry in entries} == {basket}
    assert [(row.kind, row.request) for row in await bench.rows()] == [
        (CardLetter.kind, basket),
        (Expire.kind, made[0].id),
        (Remind.kind, made[0].id),
    ]
    shown = await the_card(bench)
    assert [member.request.id for member in shown.members] == [request.id for request in made]
    assert [sent.how for sent in bench.messenger.sent] == ["post_card"]


async def test_one_approval_buys_all_and_each_has_its_own_outcome_and_reply_in_one_thread(bench: Workbench) -> None:
    bench.rules = some_rules(monthly_budget="303 INR")
    made = await bench.a_basket(*THREE)
    await bench.approve(made[1])
    assert await statuses(bench, made) == [Status.APPROVED] * 3
    assert await bench.month() == ("303", "0")
    assert await bench.told() == [Event.APPROVED]
    assert [row.request for row in await bench.rows(Purchase)] == [request.id for request in made]
    assert len(await bench.rows(Lapse)) == 3
    for request, outcome in zip(made, ([], [SOLD_OUT], []), strict=True):
        bench.provider.outcomes = [*outcome]
        await bench.run(Purchase)
        assert (await bench.now(request)).is_open is False
    assert await statuses(bench, made) == [Status.PURCHASED, Status.FAILED, Status.PURCHASED]
    assert await bench.month() == ("0", "202")
    shown = await the_card(bench)
    assert [member.request.status for member in shown.members] == await statuses(bench, made)
    assert "2 bought, 1 not bought" in card(shown).text
    replies = bench.messenger.took("reply")
    assert {sent.where for sent in replies} == {(CHANNEL, "1.000001")}
    assert [(sent.one.entry.event, sent.one.request.id) for sent in replies] == [
        (Event.APPROVED, made[0].id),
        (Event.PURCHASED, made[0].id),
        (Event.FAILED, made[1].id),
        (Event.PURCHASED, made[2].id),
    ]
    assert bench.messenger.cards == 1


async def test_two_approve_what_commits_to_more_than_the_limit_in_its_sum(bench: Workbench) -> None:
    bench.rules = some_rules(second_approval_above="302 INR")
    made = await bench.a_basket(*THREE)
    await bench.approve(made[0], by=BOSS)
    assert await statuses(bench, made) == [Status.PENDING] * 3
    assert await bench.told() == [Event.VOTED]
    await bench.approve(made[0], by=BOSS)
    assert (await bench.refusal(Event.DECISION_REFUSED))[0] == refusals.AlreadyVoted.reason
    await bench.approve(made[2], by=CHIEF)
    assert await statuses(bench, made) == [Status.APPROVED] * 3
    for request in made:
        assert await bench.voters(request) == [BOSS, CHIEF]
    told = facts_of((await bench.trail())[-1])
    assert told["together"]["committed"] == [{"amount": "303", "currency": "INR"}]
    assert (told["needed"], told["voters"]) == (2, [BOSS, CHIEF])


async def test_the_votes_for_a_sum_hold_for_each_of_it_until_its_call_leaves(bench: Workbench) -> None:
    """Each alone would need one vote."""
    bench.rules = some_rules(second_approval_above="302 INR")
    made = await bench.a_basket(*THREE)
    for by in (BOSS, CHIEF):
        await bench.approve(made[0], by=by)
    await bench.run(Purchase)
    bench.people.list_of_approvers = some_approvers(BOSS)
    await bench.run(Purchase)
    assert await statuses(bench, made) == [Status.PURCHASED, Status.PENDING, Status.APPROVED]
    assert facts_of(await bench.last(Event.ASKED_AGAIN))["why"] == "approver_left"
    await bench.approve(await bench.now(made[1]), by=BOSS)
    assert await statuses(bench, made) == [Status.PURCHASED, Status.APPROVED, Status.APPROVED]


async def test_the_budget_has_room_for_all_or_nothing_is_held(bench: Workbench) -> None:
    bench.rules = some_rules(monthly_budget="302 INR")
    made = await bench.a_basket(*THREE)
    await bench.approve(made[0])
    assert await bench.refusal(Event.DECISION_REFUSED) == (
        refusals.OverBudget.reason,
        {"charge": "303", "currency": "INR", "budget": "302", "used": "0", "month": "2026-11"},
    )
    assert await statuses(bench, made) == [Status.PENDING] * 3
    assert await bench.month() == ("0", "0")
    assert await bench.store.read(lambda connection: [held_by(connection, request.id) for request in made]) == [0] * 3


async def test_each_currency_has_its_own_sum(bench: Workbench) -> None:
    bench.rules = some_rules(monthly_budget="1000 INR", second_approval_above="1000 INR")
    made = await bench.a_basket("3+2 USD", "100+1 INR")
    for by in (BOSS, CHIEF):
        await bench.approve(made[0], by=by)
    reason, evidence = await bench.refusal(Event.DECISION_REFUSED)
    assert (reason, evidence["currency"], evidence["charge"]) == (refusals.OverBudget.reason, "USD", "5")
    assert await bench.month() == ("0", "0")
    bench.rules = some_rules(second_approval_above="1000 INR")
    await bench.approve(made[0], by=BOSS)
    await bench.approve(made[0], by=CHIEF)
    assert await statuses(bench, made) == [Status.APPROVED] * 2
    assert (await bench.month(), await bench.month("USD")) == (("101", "0"), ("5", "0"))


async def test_a_day_has_room_for_all_or_approves_none(bench: Workbench) -> None:
    bench.rules = some_rules(max_purchases_per_day=3)
    made = await bench.a_basket(*THREE)
    one = await bench.a_purchase(number="+918069000150")
    await bench.approve(made[0])
    reason, evidence = await bench.refusal(Event.DECISION_REFUSED)
    assert (reason, evidence["asked"], one.status) == (refusals.DayIsFull.reason, 3, Status.PURCHASED)
    bench.clock.advance(12 * 3600)
    await bench.run_due(Lane.JUDGE)
    await bench.approve(made[0])
    assert await statuses(bench, made) == [Status.APPROVED] * 3


@pytest.mark.parametrize("limit", ["303 INR", "302 INR"])
async def test_it_is_approved_automatically_when_its_sum_is_small(bench: Workbench, limit: str) -> None:
    bench.rules = some_rules(auto_approve_up_to=limit, monthly_budget="1000 INR")
    made = await bench.a_basket(*THREE)
    is_small = limit == "303 INR"
    assert await statuses(bench, made) == [Status.APPROVED if is_small else Status.PENDING] * 3
    if is_small:
        await bench.run(Purchase)
        bench.rules = some_rules(auto_approve_up_to="302 INR", monthly_budget="1000 INR")
        await bench.run(Purchase)
        assert facts_of(await bench.last(Event.ASKED_AGAIN))["why"] == "limit_lowered"
        assert await statuses(bench, made) == [Status.PURCHASED, Status.PENDING, Status.APPROVED]


async def test_whose_terms_changed_leaves_for_a_card_of_its_own_and_the_others_are_bought(bench: Workbench) -> None:
    made = await bench.a_basket(*THREE)
    await bench.approve(made[0])
    bench.provider.on_offer[0] = a_listing("200+1 INR", number=made[1].terms.e164)
    for _ in made:
        await bench.run(Purchase)
    assert await statuses(bench, made) == [Status.PURCHASED, Status.PENDING, Status.PURCHASED]
    left = await bench.now(made[1])
    assert (left.is_in_basket, left.basket) == (False, made[0].basket)
    assert await bench.month() == ("0", "202")
    await bench.deliver()
    assert [sent.one.request.id for sent in bench.messenger.took("post_card")[1:]] == [left.id]
    said = {sent.one.entry.event: sent.where for sent in bench.messenger.took("reply")}
    assert said[Event.ASKED_AGAIN] == (CHANNEL, "1.000001")
    shown = [sent.basket for sent in bench.messenger.took("rewrite_card") if isinstance(sent.shown[0], ShownBasket)]
    assert "2 bought, 1 asked for again" in card(shown[-1]).text.replace("1 asked for again, 1 bought", "")
    await bench.approve(left)
    assert (await bench.now(left)).status is Status.APPROVED
    await bench.run(Purchase)
    assert (await bench.now(left)).status is Status.PURCHASED
    await bench.deliver()
    assert bench.messenger.took("reply")[-1].where == (CHANNEL, "2.000001")


async def test_what_a_freeze_takes_back_leaves_and_the_old_card_decides_nothing_more(bench: Workbench) -> None:
    made = await bench.a_basket(*THREE)
    await bench.approve(made[0])
    await bench.switch()
    assert await statuses(bench, made) == [Status.PENDING] * 3
    assert len({(await bench.now(request)).card for request in made}) == 3
    await bench.switch(freezes=False)
    await bench.approve(made[0])
    assert await bench.refusal(Event.DECISION_REFUSED) == (refusals.LeftTheBasket.reason, {"basket": made[0].basket})
    await bench.deliver()
    assert bench.messenger.cards == 4
    bench.clock.advance(1)
    await bench.approve(await bench.now(made[1]))
    assert await statuses(bench, made) == [Status.PENDING, Status.APPROVED, Status.PENDING]


async def test_all_whose_call_has_not_left_is_denied_with_one_reply(bench: Workbench) -> None:
    made = await bench.a_basket(*THREE)
    await bench.approve(made[0])
    await bench.run(Purchase)
    await bench.deny(made[0], by=CHIEF)
    assert await statuses(bench, made) == [Status.PURCHASED, Status.DENIED, Status.DENIED]
    assert await bench.month() == ("0", "101")
    first, second = [entry for entry in await bench.trail() if entry.event is Event.DENIED]
    assert [member["request"] for member in facts_of(first)["together"]["members"]] == [made[1].id, made[2].id]
    assert facts_of(first) == facts_of(second)
    assert (await bench.told()).count(Event.DENIED) == 1


async def test_its_requester_withdraws_all_of_it_and_nobody_else(bench: Workbench) -> None:
    made = await bench.a_basket(*THREE)
    await bench.withdraw(made[1], by=CHIEF)
    assert (await bench.refusal(Event.DECISION_REFUSED))[0] == refusals.NotTheRequester.reason
    await bench.approve(made[1], by=ASKER)
    assert (await bench.refusal(Event.DECISION_REFUSED))[0] == refusals.OwnRequest.reason
    await bench.withdraw(made[1])
    assert await statuses(bench, made) == [Status.WITHDRAWN] * 3
    await bench.approve(made[0])
    reason, evidence = await bench.refusal(Event.DECISION_REFUSED)
    assert (reason, evidence["status"]) == (refusals.NoLongerPossible.reason, "withdrawn")


async def test_it_is_reminded_of_once_and_expires_as_one(bench: Workbench) -> None:
    made = await bench.a_basket(*THREE)
    for days in (1, 2):
        bench.clock.advance(days * 24 * 3600)
        await bench.run_due(Lane.JUDGE)
        assert await bench.told() == [Event.REMINDED, Event.EXPIRED][:days]
    assert await statuses(bench, made) == [Status.EXPIRED] * 3


async def test_a_card_that_can_never_be_posted_withdraws_all_of_it(bench: Workbench) -> None:
    made = await bench.a_basket(*THREE, is_told=False)
    bench.messenger.failures = [Undeliverable("is_archived")]
    await bench.run(CardLetter)
    assert await statuses(bench, made) == [Status.WITHDRAWN] * 3
    (words,) = await bench.words()
    assert (words.reason, words.to.user) == (refusals.CardNotPosted.reason, ASKER)
    assert not await bench.rows(ReplyTo, CardLetter)


def refused_in(evidence: Mapping[str, JsonValue]) -> list[str]:
    return [one.reason for one in refusals.BasketRefused.model_validate(evidence).refused]


async def test_of_what_cannot_be_asked_for_each_is_named_and_nothing_is_asked_for(bench: Workbench) -> None:
    await bench.a_request()
    numbers = [f"+9180690001{no}" for no in (42, 43, 44, 45)]
    bench.provider.on_offer = [a_listing(number=numbers[1]), a_listing("9000+1 INR", number=numbers[3])]
    bench.provider.others = [an_owned_number(number=numbers[2])]
    asking = bench.an_ask().model_copy(update={"also": tuple(numbers[1:])})
    await bench.take(asking)
    await bench.run(Ask)
    assert len(await bench.requests()) == 1
    reason, evidence = await bench.refusal(Event.REQUEST_REFUSED)
    assert reason == refusals.BasketRefused.reason
    assert refused_in(evidence) == ["already_ours"]
    bench.provider.others = []
    bench.rules = some_rules(max_charge="1000 INR")
    await bench.take(asking.model_copy(update={"trigger_id": bench.trigger(), "also": (numbers[1], numbers[3])}))
    await bench.run(Ask)
    _, evidence = await bench.refusal(Event.REQUEST_REFUSED)
    assert refused_in(evidence) == ["already_requested", "over_max_charge"]
    assert len(await bench.requests()) == 1


@pytest.mark.parametrize(("a_day", "asked", "is_asked"), [(None, 10, True), (None, 11, False), (2, 3, False)])
async def test_no_more_are_asked_for_at_once_than_ten_or_than_a_day_may_buy(
    bench: Workbench, a_day: int | None, asked: int, is_asked: bool
) -> None:
    bench.rules = some_rules(max_purchases_per_day=a_day)
    await bench.a_basket(*["100+1 INR"] * asked, is_told=False)
    assert len(await bench.requests()) == (asked if is_asked else 0)
    if not is_asked:
        reason, evidence = await bench.refusal(Event.REQUEST_REFUSED)
        assert (reason, evidence["asked"]) == (refusals.BasketTooLarge.reason, asked)


async def test_whoever_decides_is_told_what_the_account_and_the_approvers_lack_for_the_sum(bench: Workbench) -> None:
    bench.rules = some_rules(second_approval_above="302 INR")
    bench.people.list_of_approvers = some_approvers(ASKER, BOSS)
    bench.provider.spendable = Balance(currency="INR", available=Decimal(302), may_overdraw=False)
    await bench.a_basket(*THREE)
    for entry in await bench.trail():
        assert facts_of(entry).items() >= {"available": "302", "can_approve": 1}.items()


async def test_in_lists_a_basket_waits_as_one_and_stands_by_number_for_whoever_asked(bench: Workbench) -> None:
    bench.rules = some_rules(second_approval_above="302 INR")
    made = await bench.a_basket(*THREE)
    await bench.approve(made[0], by=BOSS)
    for user, waiting, for_others, own in ((BOSS, 0, 1, 0), (CHIEF, 1, 0, 0), (ASKER, None, 0, 3)):
        await bench.ask_for_status(user)
        await bench.deliver()
        listed = bench.messenger.took("status_list")[-1].listed
        assert listed is not None
        assert (listed.waiting if listed.waiting is None else len(listed.waiting)) == waiting
        assert (len(listed.for_others), len(listed.own)) == (for_others, own)
        for shown in [*(listed.waiting or ()), *listed.for_others, *listed.own]:
            assert (len(shown.together), shown.votes_needed, shown.voters) == (3, 2, (BOSS,))


async def test_one_of_it_is_asked_for_again_by_itself(bench: Workbench) -> None:
    made = await bench.a_basket(*THREE)
    await bench.deny(made[0])
    await bench.ask_again(made[1], by=CHIEF)
    (again,) = [request for request in await bench.requests() if request.status is Status.PENDING]
    assert (again.terms.e164, again.basket, again.requester) == (made[1].terms.e164, None, CHIEF)


async def test_a_number_named_twice_is_asked_for_once(bench: Workbench) -> None:
    await bench.take(bench.an_ask().model_copy(update={"also": (bench.an_ask().e164,)}))
    await bench.run(Ask)
    (request,) = await bench.requests()
    assert (request.basket, request.status) == (None, Status.PENDING)


async def test_what_was_refused_after_it_was_approved_says_so_by_number(bench: Workbench) -> None:
    made = await bench.a_basket("100+1 INR", "200+1 INR")
    await bench.approve(made[0])
    bench.provider.on_offer = []
    await bench.run_due(Lane.BUY)
    assert [(await bench.now(request)).error for request in made] == [None, Failure.NOT_IN_INVENTORY]


async def test_a_click_at_which_the_bot_fails_is_told_in_the_thread_of_the_basket(bench: Workbench) -> None:
    made = await bench.a_basket(*THREE)
    await bench.click(Decision.APPROVE, made[0], by=BOSS)
    await bench.park(await bench.claim(Decide), "KeyError")
    assert await statuses(bench, made) == [Status.PENDING] * 3
    assert (await bench.refusal(Event.DECISION_REFUSED))[0] == refusals.BotFailed.reason
    await bench.deliver()
    told = bench.messenger.took("reply")[-1]
    assert (told.one.entry.event, told.one.request.id, told.where) == (Event.PARKED, made[0].id, (CHANNEL, "1.000001"))


async def test_a_card_that_somebody_deleted_is_posted_anew_while_any_of_the_basket_is_open(bench: Workbench) -> None:
    made = await bench.a_basket(*THREE)
    bench.messenger.failures = [None, MessageGone("message_not_found")]
    await bench.approve(made[0])
    await bench.deliver()
    assert bench.messenger.cards == 2
    assert bench.messenger.took("reply")[-1].where == (CHANNEL, "1.000001")
    await bench.run(Purchase)
    await bench.deliver()
    assert bench.messenger.took("reply")[-1].where == (CHANNEL, "2.000001")
    assert bench.messenger.took("rewrite_card")[-1].where == (CHANNEL, "2.000001")


async def test_what_costs_more_together_than_can_be_kept_exactly_is_not_asked_for(bench: Workbench) -> None:
    await bench.a_basket(*["700000000000+1 INR"] * 10, is_told=False)
    assert len(await bench.requests()) == 10
    await bench.a_basket(*["1000000000000+1 INR"] * 10, begins=60, is_told=False)
    _, evidence = await bench.refusal(Event.REQUEST_REFUSED)
    assert refused_in(evidence) == [refusals.NotForSale.reason] * 10
