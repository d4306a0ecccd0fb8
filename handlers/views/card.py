"""The card: the approval message, and what it becomes in every state. `card(shown)` is all of it."""

from typing import assert_never

from bot.domain import trail
from bot.domain.policy import Decision
from bot.domain.request import Failure, Status
from bot.domain.shown import Shown
from bot.domain.trail import WhyAgain
from handlers.views.again import BELOW, ON_ITS_MESSAGE, again_buttons, similar_words
from handlers.views.blocks import Element, button, dialog, footer, heading, paragraph, row_of, table_of
from handlers.views.failures import failure
from handlers.views.message import Message, lines_of, message
from handlers.views.outcomes import (
    charged_without_number,
    is_unusable,
    outcome_unknown,
    resolve_buttons,
    said_by,
    settled_after,
)
from handlers.views.request import binds, button_value, card_fields, months, payer, title, warnings
from handlers.views.wording import actor, ended, escape, join, mention, mention_approver, money

APPROVE, DENY, WITHDRAW = Decision.APPROVE.value, Decision.DENY.value, Decision.WITHDRAW.value
"""Action ids of the decision buttons."""


def card(shown: Shown) -> Message:
    """The approval message as of the entry that moved the request last."""
    request = shown.request
    headline = f"{_HEADLINES[request.status]} {title(shown)}"
    state = status_line(shown, BELOW)
    bound = [*binds(request.terms), *filter(None, [payer(request.terms.account)])]
    fields = card_fields(request)
    if request.status is Status.PENDING:
        fields += warnings(shown)
    else:
        fields = [field for field in fields if field[0] != "Expires"]
    mark = f"Entry {shown.entry.mark}"
    blocks = [
        heading(headline),
        paragraph(state),
        *table_of(fields),
        paragraph("*What binds you*\n" + "\n".join(bound)),
    ]
    if request.status is Status.PENDING:
        blocks.append(row_of(decision_buttons(shown), "decision"))
    if buttons := resolve_buttons(shown):
        blocks.append(row_of(buttons, "resolve"))
    if again := again_buttons(shown):
        blocks.append(row_of(again, "again"))
    blocks.append(footer(mark))
    text = "\n".join([headline, state, lines_of(fields), "What binds you: " + " ".join(bound), mark])
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


def decision_buttons(shown: Shown) -> list[Element]:
    """Approve with its confirm dialog, Deny, Withdraw."""
    value, about = button_value(shown), title(shown)
    asks = dialog("Approve this purchase?", what_approving_does(shown), yes="Approve", no="Not yet")
    return [
        button("Approve", APPROVE, value, f"Approve buying {about}", "primary", asks),
        button("Deny", DENY, value, f"Deny buying {about}", "danger"),
        withdraw_button(shown),
    ]


def withdraw_button(shown: Shown) -> Element:
    """For the requester alone; others hear so when they press it."""
    return button("Withdraw", WITHDRAW, button_value(shown), f"Withdraw the request for {title(shown)}")


def what_approving_does(shown: Shown) -> str:
    """The confirm dialog's text: what happens next, and the amounts."""
    terms = shown.request.terms
    is_last = len(shown.voters) + 1 >= shown.votes_needed
    when = "at once" if is_last else "once somebody else approves it too"
    bound = terms.minimum_commitment_months
    commits = f" It commits to {money(terms.committed)} over {months(bound)}." if bound else ""
    return (
        f"{title(shown)} is bought {when}. {money(terms.charge)} is charged then, "
        f"and {money(terms.monthly_fee)} every month.{commits} There is no undo."
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
    request, told = shown.request, shown.cause.told
    match request.status:
        case Status.PENDING:
            return _waiting(shown)
        case Status.APPROVED:
            return f"{approved_by(shown)} The purchase has not left yet."
        case Status.PURCHASING:
            return f"{approved_by(shown)} Being bought right now."
        case Status.CHECKING:
            return outcome_unknown(shown)
        case Status.PURCHASED:
            return f"Bought.{said_by(shown.cause)} {approved_by(shown)} {_after_a_purchase(shown)}"
        case Status.FAILED:
            return _not_bought(shown, buttons)
        case Status.DENIED:
            reason = told.reason if isinstance(told, trail.Denied) else ""
            return f"Denied by {actor(shown.cause.actor)}: {ended(escape(reason or 'no reason given'))}"
        case Status.WITHDRAWN if isinstance(told, trail.Withdrawn) and told.why is not None:
            return "Withdrawn, because this message could not be posted at first."
        case Status.WITHDRAWN:
            return f"Withdrawn by {actor(shown.cause.actor)}."
        case Status.EXPIRED:
            return "Nobody decided in time. Nothing was bought. Ask again if it is still needed."
        case _:
            assert_never(request.status)


def _waiting(shown: Shown) -> str:
    asked = join([mention_approver(approver) for approver in shown.approvers])
    said = f"Waits for a decision by {asked}."
    if shown.votes_needed > 1:
        by = f", by {_voters(shown)}" if shown.voters else ""
        said += f" {len(shown.voters)} of {shown.votes_needed} approvals{by}."
    told = shown.cause.told
    if isinstance(told, trail.Requested) and told.frozen:
        said += " Buying was frozen when it was asked for: approve it once that is lifted."
    if isinstance(told, trail.AskedAgain):
        said += f" *Asked again*: {why_again(told)}"
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


def _not_bought(shown: Shown, buttons: str) -> str:
    """Why, and what is still open: money that went, or time until the number can be requested again."""
    attempt, told = shown.attempt, shown.cause.told
    said = f"Nothing was bought.{said_by(shown.cause)}"
    if is_unusable(attempt):
        return f"Nothing was bought, as it seemed.{said_by(shown.cause)}\n{charged_without_number(shown)}"
    if not isinstance(told, trail.Failed):
        return f"{said}\n{charged_without_number(shown)}".rstrip()
    if attempt is not None and attempt.is_alerted:  # what looks showed before the charge is not repeated beside it
        why = "" if told.error is Failure.NOT_BOUGHT else f" {failure(told, None)}"
        return f"{said}{why}\n{charged_without_number(shown)}"
    if shown.offered:
        told = told.also(similar=shown.offered)
    said += f" {failure(told, buttons if again_buttons(shown) else None)}"
    is_ours = told.error is Failure.SOLD_TO_ANOTHER_REQUEST
    if attempt is not None and attempt.settles_at is not None and not is_ours:
        said += f" The number can be requested again {settled_after(attempt.settles_at)}."
    return f"{said}{similar_words(shown.offered, buttons)}"


def _voters(shown: Shown) -> str:
    return join([mention(voter) for voter in shown.voters]) or "nobody"


def why_again(told: trail.AskedAgain) -> str:
    """Why earlier votes are void."""
    match told.why:
        case WhyAgain.TERMS_CHANGED:
            return "the terms changed, so earlier votes do not count."
        case WhyAgain.BALANCE_TOO_LOW:
            return f"the account's balance is too low{figures(told)}. Top it up, then approve again."
        case WhyAgain.FROZEN:
            return "buying was frozen, so earlier votes do not count. Approve it again once that is lifted."
        case WhyAgain.APPROVER_LEFT:
            return (
                "somebody who approved may not decide any more, or two approvals are needed by now, so earlier votes "
                "do not count."
            )
        case WhyAgain.TERMS_LEFT_OUT:
            named = join([escape(term) for term in told.terms.left_out])
            return f"the provider leaves out terms now ({named}), so it is not bought without an approval."
        case WhyAgain.LIMIT_LOWERED:
            return "a charge like this is not approved automatically any more."
        case WhyAgain.LAPSED:
            return "it was not bought within 15 minutes of the approval, so earlier votes do not count."
        case _:
            assert_never(told.why)


def figures(told: trail.AskedAgain) -> str:
    """Both figures of a balance that is too low, where they are known."""
    if told.required is None or told.available is None:
        return ""
    return f" ({money(told.required)} needed, {money(told.available)} available)"
