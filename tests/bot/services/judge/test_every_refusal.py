"""Every reason why something changes nothing: words to whoever did it, an entry with the evidence, and no call."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import get_args

import pytest
from pydantic import JsonValue

from bot.domain import refusals
from bot.domain.policy import Decision, Resolution
from bot.domain.request import PurchaseRequest
from bot.domain.trail import Event
from bot.services.acts import Decide
from bot.services.letters import CardLetter
from bot.services.ports import Undeliverable
from bot.work.queue import Lane
from handlers.views.refusals import refusal_words
from tests.harness.bench import Bench
from tests.harness.builders import (
    ASKER,
    BOSS,
    CHANNEL,
    CHIEF,
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
from tests.harness.seen import LOST, asked

pytestmark = pytest.mark.sqlite_only("each of these refusals is written by a module that runs on both")

Does = Callable[[Bench], Awaitable[None]]


@dataclass(frozen=True)
class Case:
    """What somebody does, who that is, and the evidence that has to be kept of it."""

    does: Does
    evidence: dict[str, JsonValue]
    by: str = BOSS
    event: Event = Event.DECISION_REFUSED


CASES: dict[str, Case] = {}


def case(
    reason: str, *, by: str = BOSS, event: Event = Event.DECISION_REFUSED, **evidence: JsonValue
) -> Callable[[Does], Does]:
    """Says what the function below is refused for."""

    def add(does: Does) -> Does:
        CASES[reason] = Case(does, evidence, by, event)
        return does

    return add


ID = "5e" * 16

CLEAN: dict[str, JsonValue] = {
    "owned": False,
    "owned_status": None,
    "owned_by": None,
    "on_sale": True,
    "ledger_closed": False,
    "debits": [],
}
"""What a look shows of a number that nobody bought."""


async def _pending(bench: Bench) -> PurchaseRequest:
    return await bench.a_request(a_request(id=ID, created_at=bench.clock.now()))


# who


@case(refusals.NotAFullMember.reason, by=ASKER, event=Event.REQUEST_REFUSED, why="guest")
async def a_guest_asks(bench: Bench) -> None:
    bench.people.why_not[ASKER] = "guest"
    await bench.ask()


@case(refusals.PeopleUnreadable.reason, why="internal_error", list=f"{BOSS},{UNREADABLE_GROUP}", group=UNREADABLE_GROUP)
async def slack_cannot_say_who_the_approvers_are(bench: Bench) -> None:
    request = await _pending(bench)
    bench.people.list_is_silent = True
    await bench.click(Decision.APPROVE, request, by=BOSS)
    bench.clock.advance(timedelta(minutes=1))
    await bench.run(Decide)


@case(refusals.NotAnApprover.reason, by="U_STRANGER", list=f"{BOSS},{CHIEF}", size=2, age_seconds=20)
async def somebody_else_approves(bench: Bench) -> None:
    request = await _pending(bench)
    bench.clock.advance(20)
    await bench.approve(request, by="U_STRANGER")


@case(refusals.NoApprovers.reason, list="", size=0, age_seconds=0)
async def the_list_of_approvers_is_empty(bench: Bench) -> None:
    bench.people.list_of_approvers = some_approvers()
    await bench.approve(await _pending(bench))


@case(refusals.OwnRequest.reason, by=ASKER, requester=ASKER)
async def an_approver_approves_their_own(bench: Bench) -> None:
    bench.people.list_of_approvers = some_approvers(ASKER)
    await bench.approve(await _pending(bench), by=ASKER)


@case(refusals.NotTheRequester.reason, requester=ASKER)
async def an_approver_withdraws_for_somebody(bench: Bench) -> None:
    await bench.withdraw(await _pending(bench), by=BOSS)


# the request


@case(refusals.NoSuchRequest.reason, request="0" * 32)
async def a_button_of_an_unknown_request_is_clicked(bench: Bench) -> None:
    await bench.approve(a_request(id="0" * 32))


@case(refusals.OtherCard.reason, request=ID, channel=CHANNEL, ts="2.000001")
async def the_button_of_one_request_is_clicked_on_anothers_card(bench: Bench) -> None:
    request = await _pending(bench)
    await bench.a_request(a_request(number="+918069000143"), ts="2.000001")
    await bench.approve(request, message=(request.channel, "2.000001"))


@case(refusals.AlreadyVoted.reason, terms_version=1)
async def somebody_approves_twice(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="1 INR")
    request = await _pending(bench)
    for _ in range(2):
        await bench.approve(request)


@case(refusals.TermsChanged.reason, shown=some_terms("1+1 INR").digest, present=some_terms().digest)
async def an_old_card_is_approved(bench: Bench) -> None:
    request = await _pending(bench)
    await bench.approve(a_request("1+1 INR", id=request.id))


@case(refusals.NoLongerPossible.reason, status="denied", last_event="denied", last_actor=CHIEF)
async def what_was_denied_is_approved(bench: Bench) -> None:
    request = await _pending(bench)
    await bench.deny(request, by=CHIEF)
    await bench.approve(request)


@case(refusals.Expired.reason, last_event="requested", last_actor=ASKER)
async def what_has_expired_is_approved(bench: Bench) -> None:
    request = await _pending(bench)
    bench.clock.advance(timedelta(hours=72))
    await bench.approve(request)


@case(
    refusals.Frozen.reason,
    last_event="requested",
    last_actor=ASKER,
    frozen_at="2026-11-02T12:00:00+00:00",
    frozen_by=BOSS,
)
async def it_is_approved_while_frozen(bench: Bench) -> None:
    await bench.freeze()
    await bench.approve(await _pending(bench))


@case(refusals.OverBudget.reason, charge="101", currency="INR", budget="100", used="0", month="2026-11")
async def it_is_approved_past_the_budget(bench: Bench) -> None:
    bench.rules = some_rules(monthly_budget="100 INR")
    await bench.approve(await _pending(bench))


@case(refusals.NotToBeAskedAgain.reason, event=Event.REQUEST_REFUSED, status="pending")
async def what_is_open_is_asked_for_again(bench: Bench) -> None:
    await bench.ask_again(await _pending(bench), by=BOSS)


# the place


@case(
    refusals.ChannelNotAllowed.reason, by=ASKER, event=Event.REQUEST_REFUSED, channel="C_OTHER", allowed=["C_NUMBERS"]
)
async def it_is_asked_in_a_channel_that_is_not_allowed(bench: Bench) -> None:
    bench.rules = some_rules(allowed_channels=frozenset({"C_NUMBERS"}))
    await bench.ask(channel="C_OTHER")


@case(refusals.NoApprovalChannel.reason, by=ASKER, event=Event.REQUEST_REFUSED, channel="D_ASKER")
async def it_is_asked_in_a_direct_message_without_an_approval_channel(bench: Bench) -> None:
    await bench.ask(channel="D_ASKER")


# the number


@case(refusals.NotInInventory.reason, by=ASKER, event=Event.REQUEST_REFUSED, e164=NUMBER)
async def a_number_that_is_not_on_sale_is_asked_for(bench: Bench) -> None:
    bench.provider.listing = None
    await bench.ask()


@case(refusals.NotForSale.reason, by=ASKER, event=Event.REQUEST_REFUSED, e164=NUMBER, missing="setup fee")
async def a_number_without_a_price_is_asked_for(bench: Bench) -> None:
    bench.provider.listing = a_listing(None)
    await bench.ask()


@case(refusals.AlreadyOurs.reason, by=ASKER, event=Event.REQUEST_REFUSED, e164=NUMBER)
async def our_own_number_is_asked_for(bench: Bench) -> None:
    bench.provider.owned_number = an_owned_number()
    await bench.ask()


@case(
    refusals.AlreadyRequested.reason,
    by=ASKER,
    event=Event.REQUEST_REFUSED,
    e164=NUMBER,
    request=ID,
    requester=ASKER,
    channel=CHANNEL,
)
async def a_number_is_asked_for_twice(bench: Bench) -> None:
    await _pending(bench)
    await bench.ask()


@case(refusals.ProviderUnreadable.reason, by=ASKER, event=Event.REQUEST_REFUSED, e164=NUMBER, why="timeout")
async def the_provider_cannot_be_read(bench: Bench) -> None:
    bench.provider.unreadable = {"find"}
    await bench.ask()


@case(refusals.Unsettled.reason, event=Event.REQUEST_REFUSED, e164=NUMBER, is_alerted=False)
async def a_number_is_asked_for_that_an_earlier_call_may_still_buy(bench: Bench) -> None:
    await bench.ask_again(await bench.a_failure(LOST), by=BOSS)


# the outcome


@case(refusals.StillFindingOut.reason, called_at="2026-11-02T12:00:00+00:00", resolution="resolve_bought")
async def an_outcome_is_said_that_nobody_asked_for(bench: Bench) -> None:
    await bench.resolve(Resolution.BOUGHT, await bench.a_purchase(LOST))


@case(refusals.LookDisagrees.reason, said="bought", seen=CLEAN)
async def a_look_shows_otherwise(bench: Bench) -> None:
    await bench.resolve(Resolution.BOUGHT, await asked(bench))


@case(refusals.NothingToWriteOff.reason, status="checking", seen=CLEAN)
async def there_is_no_charge_to_write_off(bench: Bench) -> None:
    await bench.resolve(Resolution.WRITE_OFF, await asked(bench))


@case(refusals.AlreadyKnown.reason, status="failed")
async def the_outcome_is_known(bench: Bench) -> None:
    await bench.resolve(Resolution.BOUGHT, await bench.a_failure(LOST))


# the freeze


@case(refusals.AlreadyFrozen.reason, frozen_at="2026-11-02T12:00:00+00:00", frozen_by=BOSS)
async def it_is_frozen_twice(bench: Bench) -> None:
    await bench.freeze()
    await bench.switch()


@case(refusals.NotFrozen.reason)
async def it_is_lifted_without_a_freeze(bench: Bench) -> None:
    await bench.switch(freezes=False)


# the bot


@case(refusals.CardNotPosted.reason, by=ASKER, event=Event.WITHDRAWN, code="is_archived")
async def the_card_cannot_be_posted(bench: Bench) -> None:
    await bench.ask()
    bench.messenger.failures = [Undeliverable("is_archived")]
    await bench.run(CardLetter)


@case(refusals.BotFailed.reason, kind="decide", error="KeyError")
async def a_click_cannot_be_judged(bench: Bench) -> None:
    await bench.click(Decision.APPROVE, await _pending(bench), by=BOSS)
    await bench.park(await bench.claim(Decide), "KeyError")


REASONS = {refusal.reason for refusal in get_args(refusals.Refusal)}


def test_there_is_a_case_for_every_reason() -> None:
    assert set(CASES) == REASONS


@pytest.mark.parametrize("reason", sorted(REASONS))
async def test_a_refusal_is_told_to_whoever_did_it_kept_with_its_evidence_and_calls_nobody(
    bench: Bench, reason: str
) -> None:
    case = CASES[reason]
    await case.does(bench)
    calls, entry = len(bench.provider.calls), await bench.last(case.event)
    words = (await bench.words())[-1]
    assert (words.reason, words.to.user) == (reason, case.by)
    assert words.evidence.items() >= case.evidence.items()
    kept = facts_of(entry)["evidence"] if "evidence" in facts_of(entry) else facts_of(entry)
    assert kept == words.evidence
    assert refusal_words(words.refusal)
    await bench.run_due(Lane.TELL)
    assert bench.messenger.took("words")[-1].words == words
    await bench.run_due(Lane.BUY)
    assert len(bench.provider.calls) == calls <= 1
