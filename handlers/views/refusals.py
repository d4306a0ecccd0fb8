"""Why something a person did changed nothing, in words to that person alone: one sentence, and what to do next."""

from typing import assert_never

from bot.domain import refusals
from bot.domain.audit import BOT
from bot.domain.places import is_direct
from bot.domain.refusals import AnyRefusal
from bot.domain.trail import Event
from handlers.views.blocks import Element, paragraph, row_of
from handlers.views.message import Message, message
from handlers.views.outcomes import seen_words, settled_after
from handlers.views.request import not_for_sale
from handlers.views.wording import (
    actor,
    escape,
    join,
    mention,
    mention_approver,
    mention_channel,
    money,
    month_name,
    number,
    when,
)

PICK_ANOTHER = "Pick another one with `/buynumber`."


def refusal(why: AnyRefusal, pick: Element | None = None) -> Message:
    """The words for a refusal; its evidence says what to name in them. `pick` opens the form again."""
    words = refusal_words(why)
    return message(words, [paragraph(words), *([row_of([pick])] if pick else [])])


def refusal_words(why: AnyRefusal) -> str:  # noqa: C901 - as flat as there are reasons
    """The same as one text of mrkdwn."""
    match why:
        case refusals.NotAFullMember():
            return f"Nothing changed: {_WHY_NOT.get(why.why, 'only full members can do this.')}"
        case refusals.PeopleUnreadable():
            return _unreadable(why)
        case refusals.NotAnApprover():
            return f"Nothing changed: you are not among the approvers. {_ask_one_of(why.approvers.list)}"
        case refusals.NoApprovers():
            return "Nothing changed: the list of approvers is empty, so nobody may decide. Tell whoever runs the bot."
        case refusals.OwnRequest():
            return "Nothing changed: this is your own request, so somebody else has to decide about it."
        case refusals.NotTheRequester():
            requester = mention(why.requester)
            if why.answering:
                return f"Nothing changed: only {requester}, who asked for it, can answer that."
            return f"Nothing changed: only {requester}, who asked for it, can withdraw it. Approvers can deny it."
        case refusals.NoSuchRequest():
            return "Nothing changed: there is no such request. Ask for the number again with `/buynumber`."
        case refusals.OtherCard():
            return "Nothing changed: that button belongs to another request. Use the buttons on its own message."
        case refusals.AlreadyVoted():
            return "You approved this already; somebody else has to approve it too."
        case refusals.TermsChanged():
            return "Nothing changed: the terms are not those you saw. Look at the present ones, then try again."
        case refusals.NoLongerPossible():
            return _too_late(why)
        case refusals.Expired():
            return (
                "Nothing changed: the request has expired. "
                "If it is still needed, ask again with the button on its message."
            )
        case refusals.Frozen():
            return "Nothing changed: buying is frozen. Approve it again once an approver has lifted the freeze."
        case refusals.OverBudget():
            return _over_budget(why)
        case refusals.OverMaxCharge():
            return _over_max_charge(why)
        case refusals.DayIsFull():
            room = f"there is no room for {why.asked} more today" if why.asked > 1 else "today that is used up"
            return (
                f"Nothing changed: {_purchases(why.most)} may be approved in a day, and {room}. "
                f"Approve it again after {when(why.until)}."
            )
        case refusals.AskedSince():
            return (
                "Nothing changed: what you answered was asked anew after your click. "
                "Look at the message as it is now, and click again if you still want to."
            )
        case refusals.NoLongerAsked():
            return (
                "Nothing changed: it was decided since that question, and is asked for anew. "
                "Its message says what there is to answer now."
            )
        case refusals.NothingWritten():
            return "Nothing changed: there was nothing to tell. Press the button again, and write it in the form."
        case refusals.NotToBeAskedAgain():
            return f"Nothing was requested: {_stands(why.status)}. See the thread of the message that you clicked."
        case refusals.ChannelNotAllowed():
            where = "a direct message" if is_direct(why.channel) else mention_channel(why.channel)
            allowed = ", ".join(map(mention_channel, why.allowed))
            return f"Nothing was requested: `/buynumber` cannot be used in {where}. Use it in {allowed}."
        case refusals.NoApprovalChannel():
            return (
                "Nothing was requested: in a direct message `/buynumber` has no channel to ask for approval in. "
                f"Use it in {', '.join(map(mention_channel, why.allowed)) or 'a channel'}."
            )
        case refusals.NotInInventory():
            return f"{number(why.e164)} is not on sale at Vobiz. {PICK_ANOTHER}"
        case refusals.NotForSale():
            return f"{not_for_sale(number(why.e164), why.missing)} {PICK_ANOTHER}"
        case refusals.AlreadyOurs():
            return (
                f"{number(why.e164)} is already ours, so nothing was requested. Use it from the Vobiz console, "
                "or pick another one with `/buynumber`."
            )
        case refusals.AlreadyRequested():
            return f"{number(why.e164)} is already requested{_by_whom(why)}"
        case refusals.Unsettled():
            return f"{number(why.e164)} cannot be requested yet: {_unsettled(why)}"
        case refusals.ProviderUnreadable():
            return f"Vobiz could not be read, so {number(why.e164)} was not requested. Try again in a few minutes."
        case refusals.BasketRefused():
            lines = "\n".join(f"• {refusal_words(one.refusal)}" for one in why.refused)
            return f"Nothing was requested, because of these numbers:\n{lines}"
        case refusals.BasketTooLarge():
            most = (
                f"{_purchases(why.most)} may be approved in a day" if why.a_day else f"at most {why.most} go together"
            )
            return f"Nothing was requested: {most}, and these are {why.asked} numbers. Ask for fewer at once."
        case refusals.LeftTheBasket():
            return (
                "Nothing changed: each of these numbers is asked for again by itself now. Decide on their own messages."
            )
        case refusals.StillFindingOut():
            return (
                "Nothing changed: the bot is still finding out by itself. Wait until the message asks for a decision."
            )
        case refusals.LookDisagrees():
            return _look_disagrees(why)
        case refusals.NothingToWriteOff():
            return f"Nothing was written off. This is what a look made just now shows: {seen_words(why.seen)}"
        case refusals.AlreadyKnown():
            return f"Nothing changed: there is nothing to find out any more; {_stands(why.status)}."
        case refusals.AlreadyFrozen():
            return "Buying is frozen already. Lift it with `/buynumber unfreeze`."
        case refusals.FrozenSince():
            by = f" by {actor(why.frozen_by)}" if why.frozen_by else ""
            return (
                f"Nothing changed: buying was frozen{by} after you asked to lift that. "
                "If it may be lifted all the same, type `/buynumber unfreeze` again."
            )
        case refusals.NotFrozen():
            return "Buying is not frozen. Stop it with `/buynumber freeze`."
        case refusals.NotReconciled():
            return (
                "Nothing changed: the bot's database is a copy, and the bot has to read our numbers and charges from "
                "the provider first. Try again in a few minutes; `buynumber check` says what keeps it from that."
            )
        case refusals.CardNotPosted():
            return (
                f"Nothing was requested: the approval message could not be posted (`{escape(why.code)}`). "
                "Invite the bot to the channel, or use another channel."
            )
        case refusals.NotOffered():
            return f"Nothing changed: {_NOT_OFFERED.get(why.what, 'the bot does not know what was sent')}."
        case refusals.NotParked():
            return "Nothing changed: that does not wait any more. Open App Home again to see what does."
        case refusals.BotFailed():
            return (
                "Nothing changed: the bot failed at this and gave up. "
                "Tell whoever runs it; they find out more with `buynumber check`."
            )
        case _:
            assert_never(why)


_NOT_OFFERED = {
    "block_actions": "this button does nothing any more. See `/buynumber status`",
    "block_suggestion": "this form is not as the bot opened it. Open it again with `/buynumber`",
    "view_submission": "this form is not as the bot opened it. Open it again with `/buynumber`",
    "command": "there is no such command. See `/buynumber help`",
}
"""By Slack's type of what was sent."""

_WHY_NOT = {
    "guest": "guests cannot ask for numbers or decide about them. Ask a member of the team to do it.",
    "bot": "bots cannot ask for numbers or decide about them.",
    "deactivated": "this account is deactivated.",
    "other_workspace": "only members of the workspace that the bot belongs to can do this. Ask one of them.",
}


def _unreadable(why: refusals.PeopleUnreadable) -> str:
    if why.group is None:
        return "Nothing changed: Slack could not say who may do this. Try again in a few minutes."
    group = mention_approver(why.group)
    return (
        f"Nothing changed: the group {group} cannot be read, so it is not known who the approvers are. "
        "Try again in a few minutes, and tell whoever runs the bot if that does not help."
    )


def _ask_one_of(written: str) -> str:
    """The list as the setting names it, people and groups; nobody is notified by words for one person alone."""
    shown = ", ".join(mention_approver(approver.strip()) for approver in written.split(",") if approver.strip())
    return f"Ask one of them: {shown}." if shown else "Ask one of them."


def _by_whom(why: refusals.AlreadyRequested) -> str:
    """What whoever asked may know of the request that has the number: those of private places are not told of."""
    if why.requester is None or why.channel is None:
        return " in a private place. Ask an approver where it stands, or pick another one with `/buynumber`."
    return f" by {mention(why.requester)}: its message in {mention_channel(why.channel)} says where it stands."


def _unsettled(why: refusals.Unsettled) -> str:
    if why.is_alerted:
        return (
            "an earlier purchase of it was charged without the number. "
            "That has to be refunded first, or written off by an approver."
        )
    if why.until is None:
        return (
            "the provider may still act on an earlier purchase of it, and the bot cannot read there what became of it. "
            "Pick another one, or ask again once whoever runs the bot sees with `buynumber check` that it can."
        )
    return f"the provider may still act on an earlier purchase of it. Ask again {settled_after(why.until)}."


def _over_budget(why: refusals.OverBudget) -> str:
    if why.budget.amount == 0:
        return (
            f"Nothing changed: there is no budget in {escape(why.currency)}, so nothing in it can be approved. "
            "Ask whoever runs the bot to set one in MONTHLY_BUDGET."
        )
    return (
        f"Nothing changed: {money(why.charge)} would go past the budget. {money(why.used)} of {money(why.budget)} is "
        f"spent or promised in {month_name(why.month)}. Approve it next month, or ask whoever runs the bot to raise "
        "MONTHLY_BUDGET."
    )


def _over_max_charge(why: refusals.OverMaxCharge) -> str:
    if why.most is None:
        most = f"nothing may be bought in {escape(why.currency)}"
    else:
        most = f"no purchase may cost more than {money(why.most)}"
    return (
        f"{number(why.e164)} cannot be bought: it would cost {money(why.charge)}, and {most}, whoever approves it. "
        "Pick another one with `/buynumber`, or ask whoever runs the bot to raise MAX_CHARGE."
    )


def _purchases(most: int) -> str:
    return "only 1 purchase" if most == 1 else f"at most {most} purchases"


def _look_disagrees(why: refusals.LookDisagrees) -> str:
    claim = "bought" if why.said == "bought" else "not bought"
    elsewhere = " It is ours by another request." if why.credited_elsewhere else ""
    return (
        f"Nothing changed, because a look made just now does not agree that it was {claim}: "
        f"{seen_words(why.seen)}{elsewhere} "
        "Compare with the provider's console, and say it again once both agree."
    )


_STATES = {
    "pending": "it waits for a decision",
    "approved": "it is already approved",
    "purchasing": "the purchase has already left",
    "checking": "the purchase has already left, and its outcome is not known yet",
    "purchased": "it is already bought",
    "failed": "it was not bought",
    "denied": "it was already denied",
    "withdrawn": "it was already withdrawn",
    "expired": "it has already expired",
}


def _stands(status: str) -> str:
    return _STATES.get(status, "it is already decided")


_DECISIONS = (Event.APPROVED, Event.DENIED, Event.WITHDRAWN)
"""Each leads into the state of its name."""


def _too_late(why: refusals.NoLongerPossible) -> str:
    """With who was first, when the last thing that happened is what somebody decided."""
    last = why.last_actor or BOT
    is_decision = why.last_event in _DECISIONS and why.last_event == why.status
    by = f" by {actor(last)}" if is_decision and last != BOT else ""
    approved = f" {join([mention(voter) for voter in why.approved_by])} approved it." if why.approved_by else ""
    return f"Nothing changed: {_stands(why.status)}{by}.{approved}"
