"""Everything that changes nothing, and why: words to whoever did it, an entry with the evidence, and no call."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import get_args

import pytest
from pydantic import JsonValue

from bot.domain import refusals
from bot.domain.facts import ApproversRead, Seen
from bot.domain.money import Money
from bot.domain.policy import Decision, Resolution
from bot.domain.refusals import NotAllowed
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.acts import Ask, Decide
from bot.services.letters import CardLetter
from bot.services.plans import Purchase
from bot.services.ports import Undeliverable
from bot.work.queue import Lane
from handlers.views.refusals import refusal_words
from tests.harness.bench import Bench
from tests.harness.builders import (
    ASKER,
    BOSS,
    CHANNEL,
    CHIEF,
    NOON,
    NUMBER,
    a_listing,
    a_request,
    an_owned_number,
    some_approvers,
    some_rules,
    some_terms,
)
from tests.harness.fakes import UNREADABLE_GROUP
from tests.harness.rows import facts_of
from tests.harness.seen import LOST, asked, ours

pytestmark = pytest.mark.sqlite_only("each of these refusals is written by a module that runs on both")

Does = Callable[[Bench], Awaitable[None]]


@dataclass(frozen=True)
class Case:
    """What somebody does, why it changes nothing, who is told so, and the event that keeps it."""

    does: Does
    refusal: NotAllowed
    by: str
    event: Event


CASES: dict[str, Case] = {}


def case(refusal: NotAllowed, *, by: str = BOSS, event: Event = Event.DECISION_REFUSED) -> Callable[[Does], Does]:
    """Says why the function below changes nothing."""

    def add(does: Does) -> Does:
        CASES[does.__name__.replace("_", " ")] = Case(does, refusal, by, event)
        return does

    return add


ask_case = partial(case, by=ASKER, event=Event.REQUEST_REFUSED)
again_case = partial(case, by=CHIEF, event=Event.REQUEST_REFUSED)

ID, NO_ID = "5e" * 16, "0" * 32
STRANGER = "U_STRANGER"
UNKNOWN = refusals.NoSuchRequest(request=NO_ID)
UNREADABLE = refusals.ProviderUnreadable(e164=NUMBER, why="timeout")
OVER = refusals.OverBudget(
    charge=some_terms().charge, currency="INR", budget=Money.of("100 INR"), used=Money.of("0 INR"), month="2026-11"
)


def _approvers(*users: str, age: int = 0) -> ApproversRead:
    return ApproversRead(list=",".join(users), size=len(users), age_seconds=age)


CLEAN = Seen(owned=False, owned_status=None, owned_by=None, on_sale=True, ledger_closed=False, debits=())
"""What a look shows of a number that nobody bought."""


async def _pending(bench: Bench, *, votes: int = 1) -> PurchaseRequest:
    if votes == 2:
        bench.rules = some_rules(second_approval_above="1 INR")
    return await bench.a_request(a_request(id=ID, created_at=bench.clock.now()))


async def _ended(bench: Bench) -> PurchaseRequest:
    return await bench.a_request(a_request(id=ID, status=Status.DENIED))


# who


@ask_case(refusals.NotAFullMember(why="guest"))
async def a_guest_asks(bench: Bench) -> None:
    bench.people.why_not[ASKER] = "guest"
    await bench.ask()
    assert not bench.provider.reads


@case(refusals.NotAFullMember(why="other_workspace"))
async def somebody_of_another_workspace_with_the_same_id_approves(bench: Bench) -> None:
    await bench.click(Decision.APPROVE, await _pending(bench), by=BOSS, team="T_OTHER")
    await bench.run(Decide)


@case(refusals.PeopleUnreadable(why="internal_error", list=f"{BOSS},{UNREADABLE_GROUP}", group=UNREADABLE_GROUP))
async def slack_cannot_say_who_the_approvers_are(bench: Bench) -> None:
    request = await _pending(bench)
    bench.people.list_is_silent = True
    await bench.click(Decision.APPROVE, request, by=BOSS)
    bench.clock.advance(timedelta(minutes=1))
    await bench.run(Decide)


@case(refusals.NotAnApprover(approvers=_approvers(BOSS, CHIEF, age=20)), by=STRANGER)
async def somebody_else_approves(bench: Bench) -> None:
    request = await _pending(bench)
    bench.clock.advance(20)
    await bench.approve(request, by=STRANGER)


@case(refusals.NotAnApprover(approvers=_approvers(BOSS, CHIEF)), by=STRANGER)
async def somebody_else_denies(bench: Bench) -> None:
    await bench.deny(await _pending(bench), by=STRANGER)


@case(refusals.NotAnApprover(approvers=_approvers(BOSS, CHIEF)), by=STRANGER)
async def somebody_else_freezes(bench: Bench) -> None:
    await bench.switch(by=STRANGER)


@case(refusals.NotAnApprover(approvers=_approvers(BOSS, CHIEF)), by=STRANGER)
async def somebody_else_says_an_outcome(bench: Bench) -> None:
    request = await asked(bench)
    bench.provider.reads.clear()
    await bench.resolve(Resolution.BOUGHT, request, by=STRANGER)
    assert not bench.provider.reads


@case(refusals.NotAnApprover(approvers=_approvers(CHIEF)))
async def who_says_an_outcome_is_no_approver_any_more_once_the_look_is_made(bench: Bench) -> None:
    request = await asked(bench)

    async def leave(_: str) -> None:
        bench.people.list_of_approvers = some_approvers(CHIEF, read_at=bench.clock.now())

    bench.provider.during_read = leave
    await bench.resolve(Resolution.NOT_BOUGHT, request)


@case(refusals.NoApprovers(approvers=_approvers()))
async def the_list_of_approvers_is_empty(bench: Bench) -> None:
    bench.people.list_of_approvers = some_approvers()
    await bench.approve(await _pending(bench))


@case(refusals.OwnRequest(requester=ASKER), by=ASKER)
async def an_approver_approves_their_own(bench: Bench) -> None:
    bench.people.list_of_approvers = some_approvers(ASKER)
    await bench.approve(await _pending(bench), by=ASKER)
    assert bench.people.asked_for_list == 0


@case(refusals.OwnRequest(requester=ASKER), by=ASKER)
async def an_approver_says_the_outcome_of_their_own(bench: Bench) -> None:
    request = await asked(bench)
    bench.people.list_of_approvers = some_approvers(ASKER)
    await bench.resolve(Resolution.WRITE_OFF, request, by=ASKER)


@case(refusals.NotTheRequester(requester=ASKER))
async def an_approver_withdraws_for_somebody(bench: Bench) -> None:
    await bench.withdraw(await _pending(bench), by=BOSS)


# the request


@case(UNKNOWN)
async def a_button_of_an_unknown_request_is_clicked(bench: Bench) -> None:
    await bench.approve(a_request(id=NO_ID))


@case(UNKNOWN)
async def the_outcome_of_an_unknown_request_is_said(bench: Bench) -> None:
    await bench.resolve(Resolution.BOUGHT, a_request(id=NO_ID))


@again_case(UNKNOWN)
async def an_unknown_request_is_asked_for_again(bench: Bench) -> None:
    await bench.ask_again(a_request(id=NO_ID))


@again_case(refusals.NoSuchRequest(request=ID))
async def a_number_that_was_never_offered_is_asked_for_instead(bench: Bench) -> None:
    await bench.ask_again(await _ended(bench), digest=some_terms(number="+918069000777").digest)


@case(refusals.OtherCard(request=ID, channel=CHANNEL, ts="2.000001"))
async def the_button_of_one_request_is_clicked_on_anothers_card(bench: Bench) -> None:
    request = await _pending(bench)
    await bench.a_request(a_request(number="+918069000143"), ts="2.000001")
    await bench.approve(request, message=(request.channel, "2.000001"))


@case(refusals.AlreadyVoted(terms_version=1))
async def somebody_approves_twice(bench: Bench) -> None:
    request = await _pending(bench, votes=2)
    for _ in range(2):
        await bench.approve(request)
    assert await bench.voters(request) == [BOSS]


@case(refusals.AlreadyVoted(terms_version=1), by=CHIEF)
async def somebody_approves_twice_while_the_other_voter_is_no_approver(bench: Bench) -> None:
    request = await _pending(bench, votes=2)
    await bench.approve(request, by=BOSS)
    bench.people.list_of_approvers = some_approvers(CHIEF)
    for _ in range(2):
        await bench.approve(request, by=CHIEF)


OLD_TERMS = some_terms("1+1 INR").digest


@case(refusals.TermsChanged(shown=OLD_TERMS, present=some_terms().digest, last_event="requested", last_actor=ASKER))
async def an_old_card_is_approved(bench: Bench) -> None:
    request = await _pending(bench)
    await bench.approve(a_request("1+1 INR", id=request.id))


@ask_case(refusals.TermsChanged(shown=OLD_TERMS, present=some_terms().digest))
async def a_number_is_asked_for_at_other_terms_than_were_shown(bench: Bench) -> None:
    await bench.ask(digest=OLD_TERMS)


@case(refusals.NoLongerPossible(status="denied", last_event="denied", last_actor=CHIEF))
async def what_was_denied_is_approved(bench: Bench) -> None:
    request = await _pending(bench)
    await bench.deny(request, by=CHIEF)
    await bench.approve(request)


@case(refusals.NoLongerPossible(status="checking", last_event="requested", last_actor=ASKER), by=ASKER)
async def what_may_have_been_bought_is_withdrawn(bench: Bench) -> None:
    await bench.withdraw(await bench.a_request(a_request(status=Status.CHECKING)))


@case(
    refusals.NoLongerPossible(
        status="purchased", last_event="purchased", last_actor="bot", approved_by=(CHIEF, STRANGER)
    )
)
async def what_was_bought_is_denied_by_whose_vote_did_not_count(bench: Bench) -> None:
    request = await _pending(bench, votes=2)
    await bench.approve(request, by=BOSS)
    bench.people.list_of_approvers = some_approvers(CHIEF, STRANGER)
    for voter in (CHIEF, STRANGER):
        await bench.approve(request, by=voter)
    await bench.run(Purchase)
    bench.people.list_of_approvers = some_approvers(BOSS)
    await bench.deny(request, by=BOSS)


@case(refusals.Expired(last_event="requested", last_actor=ASKER))
async def what_has_expired_is_approved(bench: Bench) -> None:
    request = await _pending(bench)
    bench.clock.advance(timedelta(hours=72))
    await bench.approve(request)


@case(refusals.Frozen(last_event="requested", last_actor=ASKER, frozen_at=NOON, frozen_by=BOSS))
async def it_is_approved_while_frozen(bench: Bench) -> None:
    await bench.freeze()
    await bench.approve(await _pending(bench))


@case(OVER)
async def it_is_approved_past_the_budget(bench: Bench) -> None:
    bench.rules = some_rules(monthly_budget="100 INR")
    await bench.approve(await _pending(bench))


@case(OVER)
async def a_vote_that_is_enough_by_now_would_go_past_the_budget(bench: Bench) -> None:
    request = await _pending(bench, votes=2)
    await bench.approve(request)
    bench.rules = some_rules(second_approval_above="101 INR", monthly_budget="100 INR")
    await bench.approve(request)


@again_case(refusals.NotToBeAskedAgain(status="pending"))
async def what_is_open_is_asked_for_again(bench: Bench) -> None:
    await bench.ask_again(await _pending(bench))


@again_case(refusals.NotToBeAskedAgain(status="purchased"))
async def what_was_bought_is_asked_for_again(bench: Bench) -> None:
    await bench.ask_again(await bench.a_request(a_request(status=Status.PURCHASED)))


# the place


@ask_case(refusals.ChannelNotAllowed(channel="C_OTHER", allowed=("C_NUMBERS",)))
async def it_is_asked_in_a_channel_that_is_not_allowed(bench: Bench) -> None:
    bench.rules = some_rules(allowed_channels=frozenset({"C_NUMBERS"}))
    await bench.ask(channel="C_OTHER")
    assert not bench.provider.reads


@again_case(refusals.ChannelNotAllowed(channel=CHANNEL, allowed=("C_NUMBERS",)))
async def it_is_asked_again_where_that_is_not_allowed_any_more(bench: Bench) -> None:
    bench.rules = some_rules(allowed_channels=frozenset({"C_NUMBERS"}))
    await bench.ask_again(await _ended(bench))


@ask_case(refusals.NoApprovalChannel(channel="D_ASKER"))
async def it_is_asked_in_a_direct_message_without_an_approval_channel(bench: Bench) -> None:
    await bench.ask(channel="D_ASKER")


# the number


OFFERED: dict[str, tuple[NotAllowed, dict[str, object]]] = {
    "a number that is not on sale": (refusals.NotInInventory(e164=NUMBER), {"listing": None}),
    "a number without a price": (refusals.NotForSale(e164=NUMBER, missing="setup fee"), {"listing": a_listing(None)}),
    "our own number, which is not on sale any more": (
        refusals.AlreadyOurs(e164=NUMBER),
        {"listing": None, "owned_number": an_owned_number()},
    ),
    "while the inventory cannot be read": (UNREADABLE, {"unreadable": {"find"}}),
    "while our own numbers cannot be read": (UNREADABLE, {"unreadable": {"owned"}}),
}
"""Asked for, and how the provider stands."""


def _asks(**provider: object) -> Does:
    async def does(bench: Bench) -> None:
        for name, value in provider.items():
            setattr(bench.provider, name, value)
        await bench.ask()

    return does


CASES |= {
    f"asked for: {what}": Case(_asks(**provider), refusal, ASKER, Event.REQUEST_REFUSED)
    for what, (refusal, provider) in OFFERED.items()
}


@ask_case(refusals.AlreadyRequested(e164=NUMBER, request=ID, requester=ASKER, channel=CHANNEL))
async def a_number_is_asked_for_that_may_just_be_bought(bench: Bench) -> None:
    await bench.a_request(a_request(id=ID, status=Status.CHECKING))
    await bench.ask()


@ask_case(refusals.ProviderUnreadable(e164=NUMBER, why="waited"))
async def who_asks_waited_too_long_for_a_turn(bench: Bench) -> None:
    await bench.take(bench.an_ask())
    bench.clock.advance(9)
    await bench.run(Ask)
    assert not bench.provider.reads


@again_case(refusals.Unsettled(e164=NUMBER, is_alerted=False, until=NOON + timedelta(hours=1)))
async def a_number_is_asked_for_that_an_earlier_call_may_still_buy(bench: Bench) -> None:
    await bench.ask_again(await bench.a_failure(LOST))


# the outcome


@case(refusals.StillFindingOut(attempt="", called_at=NOON, resolution="resolve_bought"))
async def an_outcome_is_said_that_nobody_asked_for(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    ours(bench)
    await bench.resolve(Resolution.BOUGHT, request)


@case(refusals.LookDisagrees(said="bought", seen=CLEAN))
async def a_look_shows_otherwise(bench: Bench) -> None:
    await bench.resolve(Resolution.BOUGHT, await asked(bench))


@case(refusals.NothingToWriteOff(status="checking", seen=CLEAN))
async def there_is_no_charge_to_write_off(bench: Bench) -> None:
    await bench.resolve(Resolution.WRITE_OFF, await asked(bench))


@case(refusals.NothingToWriteOff(status="pending", seen=None))
async def there_is_no_purchase_to_write_off(bench: Bench) -> None:
    await bench.resolve(Resolution.WRITE_OFF, await _pending(bench))


@case(refusals.AlreadyKnown(status="failed"))
async def the_outcome_is_known(bench: Bench) -> None:
    await bench.resolve(Resolution.BOUGHT, await bench.a_failure(LOST))


@case(refusals.AlreadyKnown(status="purchased"))
async def the_outcome_becomes_known_during_the_look(bench: Bench) -> None:
    request = await asked(bench)

    async def meanwhile(read: str) -> None:
        if read == "transactions":
            await bench.say_without_asking(Resolution.BOUGHT, request)

    bench.provider.during_read = meanwhile
    await bench.resolve(Resolution.NOT_BOUGHT, request)


# the freeze


@case(refusals.AlreadyFrozen(frozen_at=NOON, frozen_by=BOSS))
async def it_is_frozen_twice(bench: Bench) -> None:
    await bench.freeze()
    await bench.switch()


@case(refusals.NotFrozen())
async def it_is_lifted_without_a_freeze(bench: Bench) -> None:
    await bench.switch(freezes=False)


# the bot


@ask_case(refusals.CardNotPosted(why="card_not_posted", code="is_archived"), event=Event.WITHDRAWN)
async def the_card_cannot_be_posted(bench: Bench) -> None:
    await bench.ask()
    bench.messenger.failures = [Undeliverable("is_archived")]
    await bench.run(CardLetter)


@case(refusals.BotFailed(work=1, kind="decide", error="KeyError"))
async def a_click_cannot_be_judged(bench: Bench) -> None:
    await bench.click(Decision.APPROVE, await _pending(bench), by=BOSS)
    await bench.park(await bench.claim(Decide), "KeyError")


def test_there_is_a_case_for_every_reason() -> None:
    assert {type(case.refusal) for case in CASES.values()} == set(get_args(refusals.AnyRefusal))


def _without_attempt(evidence: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: fact for name, fact in evidence.items() if name != "attempt"}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_a_refusal_is_told_to_whoever_did_it_kept_with_its_evidence_and_calls_nobody(
    bench: Bench, case: Case
) -> None:
    await case.does(bench)
    calls, entry = len(bench.provider.calls), await bench.last(case.event)
    words = (await bench.words())[-1]
    assert (words.reason, words.to.user) == (case.refusal.reason, case.by)
    assert _without_attempt(words.evidence) == _without_attempt(case.refusal.facts())
    assert words.evidence.get("attempt") in (None, *(row.id for row in await bench.attempts()))
    kept = facts_of(entry)["evidence"] if "evidence" in facts_of(entry) else facts_of(entry)
    assert kept == words.evidence
    assert refusal_words(words.refusal)
    await bench.run_due(Lane.TELL)
    assert bench.messenger.took("words")[-1].words == words
    await bench.run_due(Lane.BUY)
    assert len(bench.provider.calls) == calls <= 1
