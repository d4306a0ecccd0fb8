"""Everything that changes nothing, and why: words to whoever did it, an entry with the evidence, and no call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import get_args

import pytest
from pydantic import JsonValue

from bot.domain import refusals
from bot.domain.facts import ApproversRead, Seen
from bot.domain.money import Money
from bot.domain.policy import Decision, Resolution
from bot.domain.refusals import NotAllowed
from bot.domain.request import Status
from bot.domain.trail import Event
from bot.services.acts import Decide, Resolve
from bot.services.letters import CardLetter
from bot.services.ports import Balance
from bot.services.reconcile.beginning import begin_at
from bot.store.lanes import Lane
from handlers.views.refusals import refusal_words
from tests.bot.services.stories.book import (
    LOST,
    MINUTE,
    OTHER,
    OTHER_LISTED,
    THIRD,
    TWO_VOTES,
    AsyncStep,
    Step,
    Story,
    a_failure,
    a_purchase,
    answer,
    approval_clicked,
    approve,
    ask,
    ask_about,
    ask_again,
    asked_for,
    bars,
    buy,
    click,
    debit,
    deny,
    freeze,
    give_up,
    it,
    judged,
    later,
    lifting_was_typed,
    look,
    no_card_can_be_posted,
    people_are_asked,
    resolve,
    rules,
    run,
    says,
    shows,
    step,
    switch,
    tell,
    turn_away,
    unpark,
    withdraw,
)
from tests.harness.builders import (
    ASKER,
    BOSS,
    CHANNEL,
    CHIEF,
    NOON,
    NUMBER,
    TEAM,
    a_listing,
    a_request,
    an_address,
    an_owned_number,
    some_approvers,
    some_rules,
    some_terms,
)
from tests.harness.fakes import UNREADABLE_GROUP
from tests.harness.rows import facts_of
from tests.harness.seen import ours
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("each of these refusals is written by a module that runs on both")


@dataclass(frozen=True)
class Case:
    """Why the last of the steps changes nothing, who is told so, and the event that keeps it."""

    refusal: NotAllowed
    steps: Story
    by: str
    event: Event


def case(refusal: NotAllowed, *steps: Step, by: str = BOSS, event: Event = Event.DECISION_REFUSED) -> Case:
    return Case(refusal, steps, by, event)


asking = partial(case, by=ASKER, event=Event.REQUEST_REFUSED)
asking_again = partial(case, by=CHIEF, event=Event.REQUEST_REFUSED)

ID, NO_ID = "5e" * 16, "0" * 32
STRANGER = "U_STRANGER"
UNKNOWN = refusals.NoSuchRequest(request=NO_ID)
UNREADABLE = refusals.ProviderUnreadable(e164=NUMBER, why="timeout")
OVER = refusals.OverBudget(
    charge=some_terms().charge, currency="INR", budget=Money.of("100 INR"), used=Money.of("0 INR"), month="2026-11"
)
OLD_TERMS = some_terms("1+1 INR").digest
CLEAN = Seen(owned=False, owned_status=None, owned_by=None, on_sale=True, ledger_closed=False, debits=())
"""What a look shows of a number that nobody bought."""
BOUGHT, NOT_BOUGHT, _, WRITE_OFF = Resolution


def _no_approver(*approvers: str, age: int = 0) -> NotAllowed:
    return refusals.NotAnApprover(approvers=_approvers(*approvers, age=age))


def _approvers(*users: str, age: int = 0) -> ApproversRead:
    return ApproversRead(list=",".join(users), size=len(users), age_seconds=age)


# steps that no story has


async def there_was_a_basket(bench: Workbench) -> None:
    """One that left it."""
    await bench.a_request(a_request(basket=ID, created_at=bench.clock.now()))


@step
async def there_is(bench: Workbench, status: Status = Status.PENDING) -> None:
    """A request in this state."""
    await bench.a_request(a_request(id=ID, status=status, created_at=bench.clock.now()))


def approvers_are(*users: str) -> AsyncStep:
    return says(list_of_approvers=some_approvers(*users))


@step
async def during_the_look(bench: Workbench, happens: AsyncStep) -> None:
    """At its last read."""

    async def meanwhile(read: str) -> None:
        if read == "transactions":
            await happens(bench)

    bench.provider.during_read = meanwhile


async def its_sale_is_said(bench: Workbench) -> None:
    await bench.say_without_asking(BOUGHT, await it(bench))


def nothing_was_read(bench: Workbench) -> None:
    assert not bench.provider.reads


def no_list_was_read(bench: Workbench) -> None:
    assert bench.people.asked_for_list == 0


async def one_voted(bench: Workbench) -> None:
    assert await bench.voters(await it(bench)) == [BOSS]


async def write_off_clicked(bench: Workbench) -> None:
    """It waits to be judged."""
    by, about = an_address(BOSS, at=bench.clock.now()), (await it(bench)).id
    await bench.take(Resolve(team=TEAM, trigger_id=bench.trigger(), by=by, resolution=WRITE_OFF, request=about))


async def it_is_a_copy(bench: Workbench) -> None:
    await bench.units.by_hand(begin_at, "here")
    await bench.units.by_hand(begin_at, "elsewhere")


MOST_100 = some_rules(max_charge="100 INR")
NO_MONEY = Balance(currency="INR", available=Decimal(0), may_overdraw=False)
NUMBERS_ALONE = rules(some_rules(allowed_channels=frozenset({"C_NUMBERS"})))


CASES = {
    # who
    "a guest asks": asking(refusals.NotAFullMember(why="guest"), bars(ASKER, "guest"), ask(), nothing_was_read),
    "somebody of another workspace with the same id approves": case(
        refusals.NotAFullMember(why="other_workspace"), there_is(), click(Decision.APPROVE, team="T_OTHER")
    ),
    "slack cannot say who the approvers are": case(
        refusals.PeopleUnreadable(why="internal_error", list=f"{BOSS},{UNREADABLE_GROUP}", group=UNREADABLE_GROUP),
        *(there_is(), says(list_is_silent=True), approval_clicked, later(MINUTE), judged),
    ),
    "somebody else approves": case(
        _no_approver(BOSS, CHIEF, age=20), there_is(), later(20), approve(by=STRANGER), by=STRANGER
    ),
    "somebody else denies": case(_no_approver(BOSS, CHIEF), there_is(), deny(by=STRANGER), by=STRANGER),
    "somebody else freezes": case(_no_approver(BOSS, CHIEF), switch(by=STRANGER), by=STRANGER),
    "somebody else says an outcome": case(
        _no_approver(BOSS, CHIEF),
        *(people_are_asked, shows(reads=[]), resolve(BOUGHT, by=STRANGER), nothing_was_read),
        by=STRANGER,
    ),
    "who says an outcome is no approver any more once the look is made": case(
        _no_approver(CHIEF), people_are_asked, during_the_look(approvers_are(CHIEF)), resolve(NOT_BOUGHT)
    ),
    "the list of approvers is empty": case(
        refusals.NoApprovers(approvers=_approvers()), approvers_are(), there_is(), approve()
    ),
    "an approver approves their own": case(
        refusals.OwnRequest(requester=ASKER),
        *(approvers_are(ASKER), there_is(), approve(by=ASKER), no_list_was_read),
        by=ASKER,
    ),
    "an approver says the outcome of their own": case(
        refusals.OwnRequest(requester=ASKER),
        *(people_are_asked, approvers_are(ASKER), resolve(WRITE_OFF, by=ASKER)),
        by=ASKER,
    ),
    "an approver withdraws for somebody": case(
        refusals.NotTheRequester(requester=ASKER), there_is(), withdraw(by=BOSS)
    ),
    # the request
    "a button of an unknown request is clicked": case(UNKNOWN, lambda bench: bench.approve(a_request(id=NO_ID))),
    "the outcome of an unknown request is said": case(
        UNKNOWN, lambda bench: bench.resolve(BOUGHT, a_request(id=NO_ID))
    ),
    "an unknown request is asked for again": asking_again(UNKNOWN, lambda bench: bench.ask_again(a_request(id=NO_ID))),
    "a number that was never offered is asked for instead": asking_again(
        refusals.NoSuchRequest(request=ID),
        *(there_is(Status.DENIED), ask_again(digest=some_terms(number="+918069000777").digest)),
    ),
    "the button of one request is clicked on anothers card": case(
        refusals.OtherCard(request=ID, channel=CHANNEL, ts="2.000001"),
        there_is(),
        lambda bench: bench.a_request(a_request(number=OTHER, created_at=NOON + MINUTE), ts="2.000001"),
        approve(of=0, message=(CHANNEL, "2.000001")),
    ),
    "somebody approves twice": case(
        refusals.AlreadyVoted(terms_version=1), TWO_VOTES, there_is(), approve(), approve(), one_voted
    ),
    "somebody approves twice while the other voter is no approver": case(
        refusals.AlreadyVoted(terms_version=1),
        *(TWO_VOTES, there_is(), approve(by=BOSS), approvers_are(CHIEF), approve(by=CHIEF), approve(by=CHIEF)),
        by=CHIEF,
    ),
    "an old card is approved": case(
        refusals.TermsChanged(shown=OLD_TERMS, present=some_terms().digest, last_event="requested", last_actor=ASKER),
        *(there_is(), click(Decision.APPROVE, digest=OLD_TERMS)),
    ),
    "a number is asked for at other terms than were shown": asking(
        refusals.TermsChanged(shown=OLD_TERMS, present=some_terms().digest), ask(digest=OLD_TERMS)
    ),
    "what was denied is approved": case(
        refusals.NoLongerPossible(status="denied", last_event="denied", last_actor=CHIEF),
        *(there_is(), deny(by=CHIEF), approve()),
    ),
    "what may have been bought is withdrawn": case(
        refusals.NoLongerPossible(status="checking", last_event="requested", last_actor=ASKER),
        *(there_is(Status.CHECKING), withdraw()),
        by=ASKER,
    ),
    "what was bought is denied by whose vote did not count": case(
        refusals.NoLongerPossible(
            status="purchased", last_event="purchased", last_actor="bot", approved_by=(CHIEF, STRANGER)
        ),
        *(TWO_VOTES, there_is(), approve(by=BOSS)),
        *(approvers_are(CHIEF, STRANGER), approve(by=CHIEF), approve(by=STRANGER), buy()),
        *(approvers_are(BOSS), deny(by=BOSS)),
    ),
    "what has expired is approved": case(
        refusals.Expired(last_event="requested", last_actor=ASKER), there_is(), later(timedelta(hours=72)), approve()
    ),
    "it is approved while frozen": case(
        refusals.Frozen(last_event="requested", last_actor=ASKER, frozen_at=NOON, frozen_by=BOSS),
        *(freeze(), there_is(), approve()),
    ),
    "it is approved past the budget": case(OVER, rules(some_rules(monthly_budget="100 INR")), there_is(), approve()),
    "a vote that is enough by now would go past the budget": case(
        OVER,
        *(TWO_VOTES, there_is(), approve()),
        *(rules(some_rules(second_approval_above="101 INR", monthly_budget="100 INR")), approve()),
    ),
    "what costs more than anything may is approved": case(
        refusals.OverMaxCharge(e164=NUMBER, charge=some_terms().charge, currency="INR", most=Money.of("100 INR")),
        *(there_is(), rules(MOST_100), approve()),
    ),
    "it is approved on a day that is full": case(
        refusals.DayIsFull(most=1, until=datetime(2026, 11, 3, tzinfo=UTC)),
        *(rules(some_rules(max_purchases_per_day=1)), there_is(), approve(), buy()),
        lambda bench: bench.a_request(a_request(number=OTHER, created_at=NOON + MINUTE), ts="2.000001"),
        *(later(MINUTE), approve()),
    ),
    "what was clicked before a freeze is judged once that is lifted": case(
        refusals.AskedSince(clicked_at=NOON, asked_at=NOON + MINUTE / 2, last_event="requested", last_actor=ASKER),
        *(there_is(), approval_clicked, later(10), freeze(), later(20), freeze(frozen=False), judged),
    ),
    "what was clicked before approval was asked for again is judged after that": case(
        refusals.AskedSince(clicked_at=NOON, asked_at=NOON + MINUTE / 2, last_event="asked_again", last_actor="bot"),
        *(there_is(), approve(), approval_clicked, later(30), shows(spendable=NO_MONEY), buy(), judged),
    ),
    "what is open is asked for again": asking_again(
        refusals.NotToBeAskedAgain(status="pending"), there_is(), ask_again()
    ),
    "what was bought is asked for again": asking_again(
        refusals.NotToBeAskedAgain(status="purchased"), there_is(Status.PURCHASED), ask_again()
    ),
    # a question and its answer
    "somebody else asks before deciding": case(
        _no_approver(BOSS, CHIEF), there_is(), ask_about(by=STRANGER), by=STRANGER
    ),
    "an approver asks about their own request": case(
        refusals.OwnRequest(requester=ASKER), approvers_are(ASKER, BOSS), there_is(), ask_about(by=ASKER), by=ASKER
    ),
    "somebody asks about an old card": case(
        refusals.TermsChanged(shown=OLD_TERMS, present=some_terms().digest, last_event="requested", last_actor=ASKER),
        *(there_is(), ask_about(digest=OLD_TERMS)),
    ),
    "somebody asks about what was denied": case(
        refusals.NoLongerPossible(status="denied", last_event="denied", last_actor=CHIEF),
        *(there_is(), deny(by=CHIEF), ask_about()),
    ),
    "somebody asks about an unknown request": case(UNKNOWN, lambda bench: bench.ask_about(a_request(id=NO_ID))),
    "somebody asks nothing": case(refusals.NothingWritten(), there_is(), ask_about(question="")),
    "somebody else answers": case(
        refusals.NotTheRequester(requester=ASKER, answering=True), there_is(), ask_about(), answer(by=BOSS)
    ),
    "it is answered after time is up": case(
        refusals.Expired(last_event="changes_requested", last_actor=BOSS),
        *(there_is(), ask_about(), later(timedelta(hours=72)), answer()),
        by=ASKER,
    ),
    "what was withdrawn is answered for": case(
        refusals.NoLongerPossible(status="withdrawn", last_event="withdrawn", last_actor=ASKER),
        *(there_is(), ask_about(), withdraw(), answer()),
        by=ASKER,
    ),
    "an answer is to a question from before approval was asked for again": case(
        refusals.NoLongerAsked(question=2),
        *(there_is(), ask_about(), approve(), shows(spendable=NO_MONEY), buy(), answer()),
        by=ASKER,
    ),
    "an answer is to something that is no question": case(
        refusals.NoLongerAsked(question=1), there_is(), ask_about(), answer(question=1), by=ASKER
    ),
    "an answer is to a question about another request": case(
        refusals.NoLongerAsked(question=2),
        *(there_is(), ask_about()),
        lambda bench: bench.a_request(a_request(number=OTHER, created_at=NOON + MINUTE), ts="2.000001"),
        answer(question=2),
        by=ASKER,
    ),
    # the place
    "it is asked in a channel that is not allowed": asking(
        refusals.ChannelNotAllowed(channel="C_OTHER", allowed=("C_NUMBERS",)),
        *(NUMBERS_ALONE, ask(channel="C_OTHER"), nothing_was_read),
    ),
    "it is asked again where that is not allowed any more": asking_again(
        refusals.ChannelNotAllowed(channel=CHANNEL, allowed=("C_NUMBERS",)),
        *(NUMBERS_ALONE, there_is(Status.DENIED), ask_again()),
    ),
    "it is asked in a direct message without an approval channel": asking(
        refusals.NoApprovalChannel(channel="D_ASKER", allowed=()), ask(channel="D_ASKER")
    ),
    # the number
    "a number that costs more than anything may is asked for": asking(
        refusals.OverMaxCharge(e164=NUMBER, charge=some_terms().charge, currency="INR", most=Money.of("100 INR")),
        *(rules(MOST_100), ask()),
    ),
    "a number in a currency in which nothing may be bought is asked for": asking(
        refusals.OverMaxCharge(e164=NUMBER, charge=some_terms("1+1 USD").charge, currency="USD", most=None),
        *(rules(MOST_100), shows(listing=a_listing("1+1 USD")), ask()),
    ),
    "a number that costs more than anything may by now is asked for again": asking_again(
        refusals.OverMaxCharge(e164=NUMBER, charge=some_terms().charge, currency="INR", most=Money.of("100 INR")),
        *(rules(MOST_100), there_is(Status.DENIED), ask_again()),
    ),
    "a number that is not on sale is asked for": asking(
        refusals.NotInInventory(e164=NUMBER), shows(listing=None), ask()
    ),
    "a number without a price is asked for": asking(
        refusals.NotForSale(e164=NUMBER, missing="setup fee"), shows(listing=a_listing(None)), ask()
    ),
    "our own number is asked for, which is not on sale any more": asking(
        refusals.AlreadyOurs(e164=NUMBER), shows(listing=None, owned_number=an_owned_number()), ask()
    ),
    "numbers are asked for of which one is ours and one is not on sale": asking(
        refusals.BasketRefused.of([refusals.AlreadyOurs(e164=NUMBER), refusals.NotInInventory(e164=THIRD)]),
        *(shows(listing=OTHER_LISTED, owned_number=an_owned_number()), ask(also=(OTHER, THIRD))),
    ),
    "more numbers are asked for than a day may buy": asking(
        refusals.BasketTooLarge(asked=3, most=2, a_day=True),
        *(rules(some_rules(max_purchases_per_day=2)), ask(also=(OTHER, THIRD))),
    ),
    "a basket is decided on that nobody is in any more": case(
        refusals.LeftTheBasket(basket=ID), *(there_was_a_basket, click(Decision.APPROVE, request=ID))
    ),
    "a number is asked for while the inventory cannot be read": asking(UNREADABLE, shows(unreadable={"find"}), ask()),
    "a number is asked for while our own cannot be read": asking(UNREADABLE, shows(unreadable={"owned"}), ask()),
    "a number is asked for that may just be bought": asking(
        refusals.AlreadyRequested(e164=NUMBER, request=ID, requester=ASKER, channel=CHANNEL),
        *(there_is(Status.CHECKING), ask()),
    ),
    "who asks waited too long for those who wait for vobiz in vain": asking(
        refusals.ProviderUnreadable(e164=NUMBER, why="waited"),
        *(shows(is_silent=True), asked_for, later(9), judged, nothing_was_read),
    ),
    "a number is asked for that an earlier call may still buy": asking_again(
        refusals.Unsettled(e164=NUMBER, is_alerted=False, until=NOON + timedelta(hours=1)), a_failure(), ask_again()
    ),
    # the outcome
    "an outcome is said that nobody asked for": case(
        refusals.StillFindingOut(attempt="", called_at=NOON, resolution="resolve_bought"),
        *(a_purchase(LOST), ours, resolve(BOUGHT)),
    ),
    "a look shows otherwise": case(
        refusals.LookDisagrees(said="bought", seen=CLEAN), people_are_asked, resolve(BOUGHT)
    ),
    "there is no charge to write off": case(
        refusals.NothingToWriteOff(status="checking", seen=CLEAN), people_are_asked, resolve(WRITE_OFF)
    ),
    "there is no purchase to write off": case(
        refusals.NothingToWriteOff(status="pending", seen=None), there_is(), resolve(WRITE_OFF)
    ),
    "a charge is written off by a click from before it was told": case(
        refusals.AskedSince(clicked_at=NOON, asked_at=NOON + timedelta(seconds=1)),
        *(a_purchase(LOST), write_off_clicked, debit(), look(), judged),
    ),
    "what was bought and is not alerted has nothing to write off": case(
        refusals.NothingToWriteOff(status="purchased", seen=CLEAN), a_purchase(), resolve(WRITE_OFF)
    ),
    "the outcome is known": case(refusals.AlreadyKnown(status="failed"), a_failure(), resolve(BOUGHT)),
    "the outcome becomes known during the look": case(
        refusals.AlreadyKnown(status="purchased"),
        *(people_are_asked, during_the_look(its_sale_is_said), resolve(NOT_BOUGHT)),
    ),
    # the freeze
    "it is frozen twice": case(refusals.AlreadyFrozen(frozen_at=NOON, frozen_by=BOSS), freeze(), switch()),
    "it is lifted by words from before it": case(
        refusals.FrozenSince(frozen_at=NOON + MINUTE, frozen_by=BOSS),
        lifting_was_typed,
        later(MINUTE),
        freeze(),
        judged,
    ),
    "it is lifted of a copy that no sweep has compared yet": case(
        refusals.NotReconciled(copied_at=NOON), there_is(), it_is_a_copy, switch(freezes=False)
    ),
    "it is lifted without a freeze": case(refusals.NotFrozen(), switch(freezes=False)),
    # the bot
    "the card cannot be posted": asking(
        refusals.CardNotPosted(why="card_not_posted", code="is_archived"),
        *(ask(), no_card_can_be_posted, run(CardLetter)),
        event=Event.WITHDRAWN,
    ),
    "what the bot never wrote is sent": asking(
        refusals.NotOffered(what="block_actions", name="approve", carried="everything"),
        turn_away(refusals.NotOffered(what="block_actions", name="approve", carried="everything")),
    ),
    "what is not parked is let go": case(refusals.NotParked(work=7), unpark(7, drops=True)),
    "a click cannot be judged": case(
        refusals.BotFailed(work=1, kind="decide", error="KeyError"), there_is(), approval_clicked, give_up(Decide)
    ),
}


def test_there_is_a_case_for_every_reason() -> None:
    assert {type(case.refusal) for case in CASES.values()} == set(get_args(refusals.AnyRefusal))


def _without_attempt(evidence: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: fact for name, fact in evidence.items() if name != "attempt"}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_a_refusal_is_told_to_whoever_did_it_kept_with_its_evidence_and_calls_nobody(
    bench: Workbench, case: Case
) -> None:
    await tell(bench, case.steps)
    calls, entry = len(bench.provider.calls), await bench.last(case.event)
    words = (await bench.words())[-1]
    assert (words.reason, words.to.user) == (case.refusal.reason, case.by)
    assert _without_attempt(words.evidence) == _without_attempt(case.refusal.facts())
    assert words.evidence.get("attempt") in (None, *(row.id for row in await bench.attempts()))
    kept = facts_of(entry)["evidence"] if "evidence" in facts_of(entry) else facts_of(entry)
    assert kept == words.evidence
    assert refusal_words(words.refusal)
    await bench.deliver()
    assert bench.messenger.took("words")[-1].words == words
    await bench.run_due(Lane.BUY)
    assert len(bench.provider.calls) == calls <= 1
