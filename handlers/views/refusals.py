"""Why something a person did changed nothing, in words to that person alone: one sentence, and what to do next."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from pydantic import JsonValue

from bot.domain.audit import BOT, Event
from bot.domain.money import Money
from bot.domain.places import is_direct
from bot.domain.policy import Reason
from bot.domain.terms import IMPOSSIBLE_FEES
from handlers.views.looks import seen_words, settled_after
from handlers.views.message import Message, message, paragraph
from handlers.views.wording import actor, escape, join, mention, mention_approver, mention_channel, money, number

Evidence = Mapping[str, JsonValue]


def refusal(reason: Reason, evidence: Evidence) -> Message:
    """The words for a reason; the evidence says what to name in them."""
    words = refusal_words(reason, evidence)
    return message(words, [paragraph(words)])


def refusal_words(reason: Reason, evidence: Evidence) -> str:
    """The same as one text of mrkdwn."""
    match reason:
        case (
            Reason.NOT_A_FULL_MEMBER
            | Reason.PEOPLE_UNREADABLE
            | Reason.NOT_AN_APPROVER
            | Reason.NO_APPROVERS
            | Reason.OWN_REQUEST
            | Reason.NOT_THE_REQUESTER
        ):
            return _about_who(reason, evidence)
        case (
            Reason.NOT_IN_INVENTORY
            | Reason.NOT_FOR_SALE
            | Reason.ALREADY_OURS
            | Reason.ALREADY_REQUESTED
            | Reason.UNSETTLED
            | Reason.PROVIDER_UNREADABLE
        ):
            return _about_the_number(reason, evidence)
        case Reason.CHANNEL_NOT_ALLOWED | Reason.NO_APPROVAL_CHANNEL:
            return _about_the_place(reason, evidence)
        case (
            Reason.NO_SUCH_REQUEST
            | Reason.OTHER_CARD
            | Reason.ALREADY_VOTED
            | Reason.TERMS_CHANGED
            | Reason.NO_LONGER_POSSIBLE
            | Reason.EXPIRED
            | Reason.FROZEN
            | Reason.OVER_BUDGET
            | Reason.NOT_TO_BE_ASKED_AGAIN
            | Reason.CARD_NOT_POSTED
        ):
            return _about_the_request(reason, evidence)
        case (
            Reason.STILL_FINDING_OUT
            | Reason.LOOK_DISAGREES
            | Reason.NOTHING_TO_WRITE_OFF
            | Reason.ALREADY_KNOWN
            | Reason.ALREADY_FROZEN
            | Reason.NOT_FROZEN
            | Reason.BOT_FAILED
        ):
            return _about_the_outcome(reason, evidence)
        case _:
            assert_never(reason)


_WHY_NOT = {
    "guest": "guests cannot ask for numbers or decide about them. Ask a member of the team to do it.",
    "bot": "bots cannot ask for numbers or decide about them.",
    "deactivated": "this account is deactivated.",
    "other_workspace": "only members of the workspace that the bot belongs to can do this. Ask one of them.",
}


def _about_who(reason: Reason, evidence: Evidence) -> str:
    match reason:
        case Reason.NOT_A_FULL_MEMBER:
            return f"Nothing changed: {_WHY_NOT.get(str(evidence.get('why')), 'only full members can do this.')}"
        case Reason.PEOPLE_UNREADABLE if "group" in evidence:
            group = mention_approver(str(evidence["group"]))
            return (
                f"Nothing changed: the group {group} cannot be read, so it is not known who the approvers are. "
                "Try again in a few minutes, and tell whoever runs the bot if that does not help."
            )
        case Reason.PEOPLE_UNREADABLE:
            return "Nothing changed: Slack could not say who may do this. Try again in a few minutes."
        case Reason.NOT_AN_APPROVER:
            return f"Nothing changed: you are not among the approvers. {_ask_one_of(evidence)}"
        case Reason.NO_APPROVERS:
            return "Nothing changed: the list of approvers is empty, so nobody may decide. Tell whoever runs the bot."
        case Reason.OWN_REQUEST:
            return "Nothing changed: this is your own request, so somebody else has to decide about it."
        case _:
            requester = mention(str(evidence.get("requester")))
            return f"Nothing changed: only {requester}, who asked for it, can withdraw it. Approvers can deny it."


def _ask_one_of(evidence: Evidence) -> str:
    """The list as the setting names it, people and groups; nobody is notified by words for one person alone."""
    named = [approver.strip() for approver in str(evidence.get("list") or "").split(",")]
    shown = ", ".join(mention_approver(approver) for approver in named if approver)
    return f"Ask one of them: {shown}." if shown else "Ask one of them."


def _about_the_place(reason: Reason, evidence: Evidence) -> str:
    if reason is Reason.NO_APPROVAL_CHANNEL:
        return (
            "Nothing was requested: in a direct message `/buynumber` has no channel to ask for approval in. "
            "Use it in a channel."
        )
    channel, allowed = str(evidence.get("channel")), evidence.get("allowed")
    where = "a direct message" if is_direct(channel) else mention_channel(channel)
    named = [mention_channel(str(other)) for other in allowed] if isinstance(allowed, list) else []
    return f"Nothing was requested: `/buynumber` cannot be used in {where}. Use it in {', '.join(named)}."


def _about_the_number(reason: Reason, evidence: Evidence) -> str:
    what = number(str(evidence.get("e164", "")))
    match reason:
        case Reason.NOT_IN_INVENTORY:
            return f"{what} is not on sale at Vobiz. Pick another one with `/buynumber`."
        case Reason.NOT_FOR_SALE if evidence.get("missing") == "blocked":
            return f"{what} is blocked at Vobiz and cannot be bought. Pick another one with `/buynumber`."
        case Reason.NOT_FOR_SALE if evidence.get("missing") == IMPOSSIBLE_FEES:
            return (
                f"{what} cannot be requested: Vobiz states fees for it that cannot be right. "
                "Pick another one with `/buynumber`."
            )
        case Reason.NOT_FOR_SALE:
            missing = escape(str(evidence.get("missing")))
            return (
                f"{what} cannot be requested: Vobiz does not state its {missing}. Pick another one with `/buynumber`."
            )
        case Reason.ALREADY_OURS:
            return (
                f"{what} is already ours, so nothing was requested. Use it from the Vobiz console, "
                "or pick another one with `/buynumber`."
            )
        case Reason.ALREADY_REQUESTED:
            return f"{what} is already requested{_by_whom(evidence)}"
        case Reason.UNSETTLED:
            return f"{what} cannot be requested yet: {_unsettled(evidence)}"
        case _:
            return f"Vobiz could not be read, so {what} was not requested. Try again in a few minutes."


def _by_whom(evidence: Evidence) -> str:
    """What whoever asked may know of the request that has the number: those of private places are not told of."""
    if evidence.get("requester") is None:
        return " in a private place. Ask an approver where it stands, or pick another one with `/buynumber`."
    requester, channel = mention(str(evidence["requester"])), mention_channel(str(evidence["channel"]))
    return f" by {requester}: its message in {channel} says where it stands."


def _unsettled(evidence: Evidence) -> str:
    if evidence.get("is_alerted"):
        return (
            "an earlier purchase of it was charged without the number. "
            "That has to be refunded first, or written off by an approver."
        )
    until = datetime.fromisoformat(str(evidence["until"]))
    return f"the provider may still act on an earlier purchase of it. Ask again {settled_after(until)}."


def _about_the_request(reason: Reason, evidence: Evidence) -> str:
    match reason:
        case Reason.NO_SUCH_REQUEST:
            return "Nothing changed: there is no such request. Ask for the number again with `/buynumber`."
        case Reason.OTHER_CARD:
            return "Nothing changed: that button belongs to another request. Use the buttons on its own message."
        case Reason.ALREADY_VOTED:
            return "You approved this already; somebody else has to approve it too."
        case Reason.TERMS_CHANGED:
            return "Nothing changed: the terms are not those you saw. Look at the present ones, then try again."
        case Reason.EXPIRED:
            return (
                "Nothing changed: the request has expired. "
                "If it is still needed, ask again with the button on its message."
            )
        case Reason.FROZEN:
            return "Nothing changed: buying is frozen. Approve it again once an approver has lifted the freeze."
        case Reason.OVER_BUDGET:
            return _over_budget(evidence)
        case Reason.NOT_TO_BE_ASKED_AGAIN:
            return f"Nothing was requested: {_stands(evidence)}. See the thread of the message that you clicked."
        case Reason.CARD_NOT_POSTED:
            code = escape(str(evidence.get("code")))
            return (
                f"Nothing was requested: the approval message could not be posted (`{code}`). "
                "Invite the bot to the channel, or use another channel."
            )
        case _:
            return _too_late(evidence)


def _over_budget(evidence: Evidence) -> str:
    currency = str(evidence["currency"])
    if Money.of(f"{evidence['budget']} {currency}").amount == 0:
        return (
            f"Nothing changed: there is no budget in {escape(currency)}, so nothing in it can be approved. "
            "Ask whoever runs the bot to set one in MONTHLY_BUDGET."
        )
    charge, budget, used = (money(Money.of(f"{evidence[name]} {currency}")) for name in ("charge", "budget", "used"))
    return (
        f"Nothing changed: {charge} would go past the budget. {used} of {budget} is spent or promised in "
        f"{escape(str(evidence['month']))}. Approve it next month, or ask whoever runs the bot to raise MONTHLY_BUDGET."
    )


def _about_the_outcome(reason: Reason, evidence: Evidence) -> str:
    match reason:
        case Reason.STILL_FINDING_OUT:
            return (
                "Nothing changed: the bot is still finding out by itself. Wait until the message asks for a decision."
            )
        case Reason.LOOK_DISAGREES:
            claim = "bought" if evidence.get("said") == "bought" else "not bought"
            elsewhere = " It is ours by another request." if evidence.get("credited_elsewhere") else ""
            return (
                f"Nothing changed, because a look made just now does not agree that it was {claim}: "
                f"{seen_words(evidence['seen'])}{elsewhere} "
                "Compare with the provider's console, and say it again once both agree."
            )
        case Reason.NOTHING_TO_WRITE_OFF:
            return (
                f"Nothing was written off. This is what a look made just now shows: {seen_words(evidence.get('seen'))}"
            )
        case Reason.ALREADY_KNOWN:
            return f"Nothing changed: there is nothing to find out any more; {_stands(evidence)}."
        case Reason.ALREADY_FROZEN:
            return "Buying is frozen already. Lift it with `/buynumber unfreeze`."
        case Reason.NOT_FROZEN:
            return "Buying is not frozen. Stop it with `/buynumber freeze`."
        case _:
            return (
                "Nothing changed: the bot failed at this and gave up. "
                "Tell whoever runs it; they find out more with `buynumber check`."
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


def _stands(evidence: Evidence) -> str:
    return _STATES.get(str(evidence.get("status")), "it is already decided")


_DECISIONS = (Event.APPROVED.value, Event.DENIED.value, Event.WITHDRAWN.value)
"""Each leads into the state of its name."""


def _too_late(evidence: Evidence) -> str:
    """With who was first, when the last thing that happened is what somebody decided."""
    last, event = str(evidence.get("last_actor", BOT)), evidence.get("last_event")
    is_decision = event in _DECISIONS and event == evidence.get("status")
    by = f" by {actor(last)}" if is_decision and last != BOT else ""
    return f"Nothing changed: {_stands(evidence)}{by}.{_approved(evidence)}"


def _approved(evidence: Evidence) -> str:
    """Whose approval brought the request where it is, when it has gone on since."""
    voters = evidence.get("approved_by")
    named = [mention(str(voter)) for voter in voters] if isinstance(voters, list) else []
    return f" {join(named)} approved it." if named else ""
