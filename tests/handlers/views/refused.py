"""Every reason for which something changed nothing, with the evidence that the services give."""

from collections.abc import Mapping

from bot.domain import refusals
from bot.domain.facts import ApproversRead
from bot.domain.money import Money
from bot.domain.refusals import AnyRefusal
from bot.domain.terms import IMPOSSIBLE_FEES
from tests.handlers.views.cases import AN_HOUR_LATER, SEEN
from tests.harness.builders import ASKER, BOSS, CHANNEL, NUMBER

EACH: tuple[AnyRefusal, ...] = (
    refusals.NotAFullMember(why="guest"),
    refusals.PeopleUnreadable(why="internal_error"),
    refusals.NotAnApprover(approvers=ApproversRead(list=f"{BOSS}, S_MANAGERS", size=1, age_seconds=3)),
    refusals.NoApprovers(approvers=ApproversRead(list="S1", size=0, age_seconds=3)),
    refusals.OwnRequest(requester=ASKER),
    refusals.NotTheRequester(requester=ASKER),
    refusals.NoSuchRequest(request="5e" * 16),
    refusals.OtherCard(request="5e" * 16, channel="C_NUMBERS", ts="2.000001"),
    refusals.AlreadyVoted(terms_version=1),
    refusals.TermsChanged(shown="aa" * 16, present="bb" * 16),
    refusals.NoLongerPossible(status="denied", last_event="denied", last_actor=BOSS),
    refusals.Expired(last_event="requested", last_actor=ASKER),
    refusals.Frozen(last_event="requested", last_actor=ASKER, frozen_at=AN_HOUR_LATER, frozen_by=BOSS),
    refusals.OverBudget(
        charge=Money.of("101 INR"),
        currency="INR",
        budget=Money.of("500 INR"),
        used=Money.of("450 INR"),
        month="2026-11",
    ),
    refusals.OverMaxCharge(e164=NUMBER, charge=Money.of("5000.50 INR"), currency="INR", most=Money.of("1000 INR")),
    refusals.DayIsFull(most=5, until=AN_HOUR_LATER),
    refusals.AskedSince(clicked_at=AN_HOUR_LATER, asked_at=AN_HOUR_LATER),
    refusals.NoLongerAsked(question=8),
    refusals.NothingWritten(),
    refusals.NotToBeAskedAgain(status="purchased"),
    refusals.ChannelNotAllowed(channel="C_OTHER", allowed=("C_NUMBERS", "C_TEAM")),
    refusals.NoApprovalChannel(channel="D_ASKER"),
    refusals.NotInInventory(e164=NUMBER),
    refusals.NotForSale(e164=NUMBER, missing="monthly fee"),
    refusals.AlreadyOurs(e164=NUMBER),
    refusals.AlreadyRequested(e164=NUMBER, request="5e" * 16, requester=ASKER, channel=CHANNEL),
    refusals.Unsettled(e164=NUMBER, until=AN_HOUR_LATER),
    refusals.ProviderUnreadable(e164=NUMBER, why="timeout"),
    refusals.BasketRefused.of([refusals.AlreadyOurs(e164=NUMBER), refusals.NotInInventory(e164="+918069000143")]),
    refusals.BasketTooLarge(asked=12, most=10),
    refusals.LeftTheBasket(basket="5e" * 16),
    refusals.StillFindingOut(attempt="5e" * 16, called_at=AN_HOUR_LATER, resolution="resolve_bought"),
    refusals.LookDisagrees(seen=SEEN["charged"], said="not_bought"),
    refusals.NothingToWriteOff(status="checking", seen=SEEN["clean"]),
    refusals.AlreadyKnown(status="purchased"),
    refusals.AlreadyFrozen(frozen_at=AN_HOUR_LATER, frozen_by=BOSS),
    refusals.FrozenSince(frozen_at=AN_HOUR_LATER, frozen_by=BOSS),
    refusals.NotFrozen(),
    refusals.NotReconciled(copied_at=AN_HOUR_LATER),
    refusals.CardNotPosted(why="card_not_posted", code="not_in_channel"),
    refusals.NotOffered(what="block_actions", name="approve", carried="everything"),
    refusals.NotParked(work=3),
    refusals.BotFailed(kind="decide", work=3, error="OverflowError"),
)

UNREADABLE = refusals.PeopleUnreadable(why="internal_error", list=f"{BOSS},S_MANAGERS", group="S_MANAGERS")

REFUSALS: Mapping[str, AnyRefusal] = {
    **{why.reason: why for why in EACH},
    "the answer of somebody else": refusals.NotTheRequester(requester=ASKER, answering=True),
    "a form that was never opened": refusals.NotOffered(what="view_submission", name="picker"),
    "a command that is not there": refusals.NotOffered(what="command", name="/sellnumber"),
    "something unheard of": refusals.NotOffered(what="shortcut"),
    "already requested in private": refusals.AlreadyRequested(e164=NUMBER, request="5e" * 16),
    "not an approver of an unknown list": refusals.NotAnApprover(
        approvers=ApproversRead(list="", size=0, age_seconds=3)
    ),
    "a group that is unreadable": UNREADABLE,
    "over a budget there is not": refusals.OverBudget(
        charge=Money.of("5 USD"), currency="USD", budget=Money.of("0 USD"), used=Money.of("0 USD"), month="2026-11"
    ),
    "a currency in which nothing may be bought": refusals.OverMaxCharge(
        e164=NUMBER, charge=Money.of("5 USD"), currency="USD", most=None
    ),
    "one purchase a day": refusals.DayIsFull(most=1, until=AN_HOUR_LATER),
    "asked for in a direct message where channels are named": refusals.ChannelNotAllowed(
        channel="D_ASKER", allowed=("C_NUMBERS",)
    ),
    "blocked": refusals.NotForSale(e164=NUMBER, missing="blocked"),
    "impossible fees": refusals.NotForSale(e164=NUMBER, missing=IMPOSSIBLE_FEES),
    "unsettled, money went": refusals.Unsettled(e164=NUMBER, until=AN_HOUR_LATER, is_alerted=True),
    "unsettled, and the provider cannot be read": refusals.Unsettled(e164=NUMBER, until=None),
    "not bought after all": refusals.LookDisagrees(seen=SEEN["gone"], said="bought"),
    "nothing readable": refusals.LookDisagrees(seen=SEEN["nothing readable"], said="bought"),
    "nothing to write off, as it is ours": refusals.NothingToWriteOff(status="failed", seen=SEEN["ours"]),
    "nothing to write off, as nothing was called": refusals.NothingToWriteOff(status="pending", seen=None),
    "known not to be bought": refusals.AlreadyKnown(status="failed"),
    "still open": refusals.NotToBeAskedAgain(status="pending"),
}
