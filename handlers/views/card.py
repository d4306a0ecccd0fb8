"""The card: the approval message, and what it becomes in every state. `card(shown)` is all of it."""

from typing import assert_never

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ConfirmObject, HeaderBlock, PlainTextObject

from bot.domain.audit import Event, Facts
from bot.domain.money import Money
from bot.domain.policy import Decision
from bot.domain.request import Status
from bot.domain.shown import Shown
from handlers.views.again import BELOW, ON_ITS_MESSAGE, again_buttons, similar_words
from handlers.views.facts import (
    binds,
    budget_left,
    button_value,
    card_facts,
    payer,
    shortfall,
    title,
    too_few_approvers,
)
from handlers.views.failures import failure
from handlers.views.looks import (
    charged_without_number,
    is_unusable,
    outcome_unknown,
    resolve_buttons,
    said_by,
    settled_after,
)
from handlers.views.message import Message, footer, lines_of, message, paragraph, table_of
from handlers.views.wording import actor, ended, escape, join, mention, mention_approver, money

APPROVE, DENY, WITHDRAW = Decision.APPROVE.value, Decision.DENY.value, Decision.WITHDRAW.value
"""Action ids of the decision buttons."""


def card(shown: Shown) -> Message:
    """The approval message as of the entry that moved the request last."""
    request = shown.request
    headline = f"{_HEADLINES[request.status]} {title(shown)}"
    state = status_line(shown, BELOW)
    bound = [*binds(request.terms), *filter(None, [payer(request.terms.account)])]
    facts = card_facts(request)
    if request.status is Status.PENDING and shown.month is not None:
        facts.append(("Budget", budget_left(shown.month)))
    if request.status is Status.PENDING and (short := shortfall(shown)):
        facts.append(("Balance", short))
    if request.status is Status.PENDING and (few := too_few_approvers(shown)):
        facts.append(("Approvers", few))
    if request.status is not Status.PENDING:
        facts = [fact for fact in facts if fact[0] != "Expires"]
    mark = f"Entry {shown.entry.mark}"
    blocks: list[Block] = [
        HeaderBlock(text=PlainTextObject(text=headline)),
        paragraph(state),
        *table_of(facts),
        paragraph("*What binds you*\n" + "\n".join(bound)),
    ]
    if request.status is Status.PENDING:
        blocks.append(ActionsBlock(block_id="decision", elements=decision_buttons(shown)))
    if buttons := resolve_buttons(shown):
        blocks.append(ActionsBlock(block_id="resolve", elements=buttons))
    if again := again_buttons(shown):
        blocks.append(ActionsBlock(block_id="again", elements=again))
    blocks.append(footer(mark))
    text = "\n".join([headline, state, lines_of(facts), "What binds you: " + " ".join(bound), mark])
    return message(text, blocks)


_HEADLINES = {
    Status.PENDING: "Approve buying",
    Status.APPROVED: "Approved:",
    Status.PURCHASING: "Buying",
    Status.CHECKING: "Outcome unknown:",
    Status.PURCHASED: "Bought:",
    Status.FAILED: "Not bought:",
    Status.DENIED: "Denied:",
    Status.WITHDRAWN: "Withdrawn:",
    Status.EXPIRED: "Expired:",
}


def decision_buttons(shown: Shown) -> list[ButtonElement]:
    """Approve with its confirm dialog, Deny, Withdraw."""
    value = button_value(shown)
    about = title(shown)
    return [
        ButtonElement(
            text=PlainTextObject(text="Approve"),
            action_id=APPROVE,
            value=value,
            style="primary",
            accessibility_label=f"Approve buying {about}",
            confirm=ConfirmObject(
                title="Approve this purchase?",
                text=PlainTextObject(text=what_approving_does(shown)),
                confirm="Approve",
                deny="Not yet",
            ),
        ),
        ButtonElement(
            text=PlainTextObject(text="Deny"),
            action_id=DENY,
            value=value,
            style="danger",
            accessibility_label=f"Deny buying {about}",
        ),
        withdraw_button(shown),
    ]


def withdraw_button(shown: Shown) -> ButtonElement:
    """For the requester alone; others hear so when they press it."""
    return ButtonElement(
        text=PlainTextObject(text="Withdraw"),
        action_id=WITHDRAW,
        value=button_value(shown),
        accessibility_label=f"Withdraw the request for {title(shown)}",
    )


def what_approving_does(shown: Shown) -> str:
    """The confirm dialog's text: what happens next, and the amounts."""
    terms = shown.request.terms
    is_last = len(shown.voters) + 1 >= shown.votes_needed
    when = "at once" if is_last else "once somebody else approves it too"
    return (
        f"{title(shown)} is bought {when}. {money(terms.charge)} is charged then, "
        f"and {money(terms.monthly_fee)} every month. There is no undo."
    )


def status_line(shown: Shown, buttons: str = ON_ITS_MESSAGE) -> str:
    """Where the request stands, in a few sentences of mrkdwn, and what is open beside that.

    `buttons` says where those of its card stand.
    """
    said = _state(shown, buttons)
    if shown.request.status in (Status.CHECKING, Status.PURCHASED, Status.FAILED):
        return said
    return f"{said}\n{charged_without_number(shown)}".rstrip()


def _state(shown: Shown, buttons: str) -> str:
    request, by = shown.request, actor(shown.cause.actor)
    facts = shown.cause.facts()
    match request.status:
        case Status.PENDING:
            return _waiting(shown, facts)
        case Status.APPROVED:
            return f"{approved_by(shown)} The purchase has not left yet."
        case Status.PURCHASING:
            return f"{approved_by(shown)} Being bought right now."
        case Status.CHECKING:
            return outcome_unknown(shown)
        case Status.PURCHASED:
            return f"Bought.{said_by(shown.cause)} {approved_by(shown)} {_after_a_purchase(shown)}"
        case Status.FAILED:
            return _not_bought(shown, facts, buttons)
        case Status.DENIED:
            return f"Denied by {by}: {ended(escape(str(facts.get('reason') or 'no reason given')))}"
        case Status.WITHDRAWN if "why" in facts:
            return "Withdrawn, because this message could not be posted at first."
        case Status.WITHDRAWN:
            return f"Withdrawn by {by}."
        case Status.EXPIRED:
            return "Nobody decided in time. Nothing was bought. Ask again if it is still needed."
        case _:
            assert_never(request.status)


def _waiting(shown: Shown, facts: Facts) -> str:
    asked = join([mention_approver(approver) for approver in shown.approvers])
    said = f"Waits for a decision by {asked}."
    if shown.votes_needed > 1:
        by = f", by {_voters(shown)}" if shown.voters else ""
        said += f" {len(shown.voters)} of {shown.votes_needed} approvals{by}."
    if shown.cause.event is Event.REQUESTED and facts.get("frozen"):
        said += " Buying was frozen when it was asked for: approve it once that is lifted."
    if shown.cause.event is Event.ASKED_AGAIN:
        said += f" *Asked again*: {why_again(facts)}"
    return said


def approved_by(shown: Shown) -> str:
    """By people, or by the automatic limit."""
    if shown.request.is_automatic:
        return "Approved automatically: a charge this small needs no approval."
    return f"Approved by {join([mention(voter) for voter in shown.voters]) or 'nobody'}."


def _after_a_purchase(shown: Shown) -> str:
    if shown.attempt is not None and shown.attempt.is_alerted:
        return "*But the provider shows something that does not fit*: see the thread."
    return "Details are in the thread."


def _not_bought(shown: Shown, facts: Facts, buttons: str) -> str:
    """Why, and what is still open: money that went, or time until the number can be requested again."""
    attempt, error = shown.attempt, shown.request.error
    said = f"Nothing was bought.{said_by(shown.cause)}"
    if is_unusable(attempt):
        return f"Nothing was bought, as it seemed.{said_by(shown.cause)}\n{charged_without_number(shown)}"
    if attempt is not None and attempt.is_alerted:  # what looks showed before the charge is not repeated beside it
        why = "" if error == "not_bought" else f" {failure(error, facts, None)}"
        return f"{said}{why}\n{charged_without_number(shown)}"
    said += f" {failure(error, facts, buttons if again_buttons(shown) else None)}"
    if attempt is not None and attempt.settles_at is not None:
        said += f" The number can be requested again {settled_after(attempt.settles_at)}."
    return f"{said}{similar_words(shown.cause, buttons)}"


def _voters(shown: Shown) -> str:
    return join([mention(voter) for voter in shown.voters]) or "nobody"


def why_again(facts: Facts) -> str:
    """Why earlier votes are void."""
    match facts.get("why"):
        case "terms_changed":
            return "the terms changed, so earlier votes do not count."
        case "balance_too_low":
            return f"the account's balance is too low{figures(facts)}. Top it up, then approve again."
        case "frozen":
            return "buying was frozen, so earlier votes do not count. Approve it again once that is lifted."
        case "approver_left":
            return "somebody who approved may not decide any more, so earlier votes do not count."
        case "terms_left_out":
            left_out = facts.get("left_out")
            named = join([escape(str(term)) for term in left_out]) if isinstance(left_out, list) else ""
            return f"the provider leaves out terms now ({named}), so it is not bought without an approval."
        case "limit_lowered":
            return "a charge like this is not approved automatically any more."
        case _:
            return "it was not bought within 15 minutes of the approval, so earlier votes do not count."


def figures(facts: Facts) -> str:
    """Both figures of a balance that is too low, where they are known."""
    required, available, currency = facts.get("required"), facts.get("available"), facts.get("currency")
    if required is None or available is None:
        return ""
    needed, there_is = (money(Money.of(f"{amount} {currency}")) for amount in (required, available))
    return f" ({needed} needed, {there_is} available)"
