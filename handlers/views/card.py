"""The card: the approval message, and what it becomes in every state. `card(shown)` is all of it.

While it waits it is a question, with all that the answer rests on; once decided it is two lines, and the thread tells
the rest.
"""

import re
from collections.abc import Sequence
from typing import assert_never

from bot.domain import trail
from bot.domain.audit import BOT, Entry
from bot.domain.policy import Decision
from bot.domain.request import Failure, Status
from bot.domain.shown import Shown
from handlers.views.again import again_buttons, instead
from handlers.views.blocks import Block, Dialog, Element, button, dialog, footer, heading, paragraph, row_of
from handlers.views.failures import because
from handlers.views.message import Message, message
from handlers.views.outcomes import (
    charged_without_number,
    finding_out,
    is_charged,
    is_unusable,
    resolve_buttons,
    settled_after,
)
from handlers.views.questions import question_lines, request_changes_button
from handlers.views.request import (
    PARTED,
    budget_left,
    button_value,
    cautions,
    in_a_sentence,
    made_of,
    money_line,
    months,
    price,
    title,
    what_and_where,
    who_and_why,
)
from handlers.views.void import why_again
from handlers.views.wording import actor, cut, ended, escape, join, mention, mention_approver, money, number, when

APPROVE, DENY, WITHDRAW = Decision.APPROVE.value, Decision.DENY.value, Decision.WITHDRAW.value
"""Action ids of the decision buttons."""

MENTIONED = 50
"""Approvers that one line names: a group is one."""

MOST_OF_A_REASON, MOST_OF_AN_EARLIER_ONE = 30, 160
"""Characters of why it was denied, on a card that is decided, and on the card that asks for it anew: the thread has
them all.
"""

TWO_LINES = 90
"""Characters that a phone shows in two lines of small print. What a request was for gets what is left of them: one
that is short stands beside all but why it was not bought, a long one where it has room for as much.
"""

A_SHORT_PURPOSE = 20

_A_NAME = "@somebody's"
_TOKEN = re.compile(r"<[^<>]*>")


def card(shown: Shown) -> Message:
    """The approval message as of the entry that moved the request last."""
    return _question(shown) if shown.request.status is Status.PENDING else _answer(shown)


def _question(shown: Shown) -> Message:
    request = shown.request
    notes, small = [*standing(shown), *cautions(shown)], f"{small_print(shown)}{PARTED}#{shown.entry.seq}"
    blocks = [
        heading(question(shown)),
        paragraph(f"{money_line(request.terms)}{PARTED}{what_and_where(request)}"),
        paragraph(who_and_why(request)),
        *([paragraph("\n".join(notes))] if notes else []),
        row_of(decision_buttons(shown), "decision"),
        *_follow_ups(shown),
        footer(small),
    ]
    of_it = f"{made_of(request.terms)}{PARTED}{what_and_where(request)}"
    return message("\n".join([in_a_sentence(request), of_it, *notes, small]), blocks)


def _answer(shown: Shown) -> Message:
    """Small print, two lines of it on a desk, unless there is something left to do.

    That its thread has the details is seen of a message, and not of its plain text.
    """
    first, second, *further = decided(shown)
    mark, said = f"#{shown.entry.seq}", "\n".join([first, *further])
    text = f"{said}\n{PARTED.join([second, 'details in the thread', mark])}"
    if not further:
        return message(text, [footer(PARTED.join([first, second, mark])), *_follow_ups(shown)])
    return message(text, [paragraph(said), *_follow_ups(shown), footer(f"{second}{PARTED}{mark}")])


def _follow_ups(shown: Shown) -> list[Block]:
    rows = (("resolve", resolve_buttons(shown)), ("again", again_buttons(shown)))
    return [row_of(buttons, block) for block, buttons in rows if buttons]


def question(shown: Shown) -> str:
    return f"Buy {title(shown)}?"


def small_print(shown: Shown) -> str:
    """Who decides, and what matters little."""
    said = [
        f"For {deciders(shown.approvers, shown.voters)}",
        f"first year {money(shown.request.terms.first_year)} before tax",
        budget_left(shown),
        f"until {when(shown.request.expires_at)}",
    ]
    return PARTED.join(filter(None, said))


def deciders(approvers: Sequence[str], voters: Sequence[str]) -> str:
    """Those of whom an approval is still needed, as mentions: who voted already is not among them."""
    asked = [approver for approver in approvers if approver not in voters]
    more = len(asked[MENTIONED:])
    named = [*map(mention_approver, asked[:MENTIONED]), *([f"{more} others"] if more else [])]
    return join(named, "or") or "another approver"


def standing(shown: Shown) -> list[str]:
    """Where a request stands that waits: an earlier denial, votes, why it was asked again, a question, what is open."""
    told, lines = shown.cause.told, []
    if shown.denied_before is not None:
        lines.append(denied_before(shown.denied_before))
    if shown.votes_needed > 1:
        lines.append(_votes(shown))
    if isinstance(told, trail.AskedAgain):
        lines.append(f"*Asked again*: {why_again(told)}")
    return [*lines, *question_lines(shown.asked), *filter(None, [charged_without_number(shown)])]


def denied_before(entry: Entry) -> str:
    return f"*Denied before* by {actor(entry.actor)}, {when(entry.at)}: {_why(entry, MOST_OF_AN_EARLIER_ONE)}"


def _why(entry: Entry, most: int = MOST_OF_A_REASON) -> str:
    """Why it was denied."""
    reason = entry.told.reason if isinstance(entry.told, trail.Denied) else ""
    return cut(ended(escape(reason or "no reason given")), most)


def _votes(shown: Shown) -> str:
    given, needed = len(shown.voters), shown.votes_needed
    if not given:
        return f"It needs *{needed} approvals*."
    missing = deciders(shown.approvers, shown.voters)
    return f"*{given} of {needed} approvals*, by {_voters(shown)}; it still needs {missing}."


def decision_buttons(shown: Shown) -> list[Element]:
    """Approve with its confirm dialog, Deny, Request changes, Withdraw with a dialog of its own."""
    value, about = button_value(shown), title(shown)
    charge = money(shown.request.terms.charge)
    asks = _asks_to_approve(shown)
    return [
        button(f"Approve {charge}", APPROVE, value, f"Approve {charge}: buying {about}", "primary", asks),
        button("Deny", DENY, value, f"Deny buying {about}", "danger"),
        request_changes_button(value, about),
        withdraw_button(shown),
    ]


def withdraw_button(shown: Shown) -> Element:
    """For the requester alone; others hear so when they press it."""
    about = title(shown)
    asks = dialog(
        "Withdraw this request?", f"{about} is not bought then. It can be asked for anew.", yes="Withdraw", no="Keep it"
    )
    return button("Withdraw", WITHDRAW, button_value(shown), f"Withdraw the request for {about}", asks=asks)


def _asks_to_approve(shown: Shown) -> Dialog:
    """Repeats the amounts, and promises nothing that this one vote does not do."""
    terms, about = shown.request.terms, title(shown)
    bound = terms.minimum_commitment_months
    commits = f" It commits to {money(terms.committed)} over {months(bound)}." if bound else ""
    what = f"{money(terms.charge)} now and {money(terms.monthly_fee)} every month.{commits} There is no undo."
    given, needed = len(shown.voters) + 1, shown.votes_needed
    if given < needed:
        said = (
            f"Yours is approval {given} of {needed} for {about}: nothing is bought before another approver says yes "
            f"too. Then it costs {what}"
        )
    else:
        said = f"The bot buys {about} next, if its terms still hold: {what}"
    return dialog(f"Approve {money(terms.charge)}?", said, yes="Approve", no="Not yet")


def decided(shown: Shown) -> list[str]:
    """What became of a request in lines of mrkdwn: what, for whom and by whom, and what more is to be known."""
    request = shown.request
    sign, word = ("⚠️", "Charged without the number:") if _is_only_charged(shown) else _SIGNS[request.status]
    about, by, *further = _outcome(shown)
    first = PARTED.join(filter(None, [f"{sign} *{word} {title(shown)}*", about]))
    why_not = request.status in (Status.DENIED, Status.FAILED) and not request.is_in_basket
    whose, rest = f"for {mention(request.requester)}", [*filter(None, [by, _asked_anew(shown)])]
    said = PARTED.join([first, whose, *rest, f"#{shown.entry.seq}"])
    room, purpose = TWO_LINES - len(_TOKEN.sub(_A_NAME, said)), escape(request.reason)
    is_short = len(purpose) <= A_SHORT_PURPOSE and not why_not
    if purpose and (is_short or room >= A_SHORT_PURPOSE):
        whose += f", {cut(purpose, max(room, A_SHORT_PURPOSE))}"
    return [first, PARTED.join([whose, *rest]), *filter(None, further)]


def _asked_anew(shown: Shown) -> str:
    """By whom since it ended: the same number, or one that was offered instead."""
    entry = shown.requested_anew
    if entry is None or not isinstance(entry.told, trail.RequestedAnew):
        return ""
    is_same = entry.told.e164 == shown.request.terms.e164
    what = "asked again" if is_same else f"{number(entry.told.e164)} asked for instead"
    return f"{what} by {actor(entry.actor)}"


_SIGNS = {
    Status.PENDING: ("🕓", "Waiting:"),
    Status.APPROVED: ("☑️", "Approved"),
    Status.PURCHASING: ("⏳", "Buying"),
    Status.CHECKING: ("⚠️", "Outcome unknown:"),
    Status.PURCHASED: ("✅", "Bought"),
    Status.FAILED: ("❌", "Not bought:"),
    Status.DENIED: ("🚫", "Denied"),
    Status.WITHDRAWN: ("↩️", "Withdrawn"),
    Status.EXPIRED: ("⌛", "Expired"),
}
"""A sign and its word: neither stands alone."""


def _is_only_charged(shown: Shown) -> bool:
    return shown.request.status is Status.CHECKING and is_charged(shown.attempt)


def _outcome(shown: Shown) -> list[str]:
    """What to know beside the number, by whom, and further lines, of which any may be empty."""
    request, told = shown.request, shown.cause.told
    match request.status:
        case Status.APPROVED | Status.PURCHASING:
            return [price(request.terms.charge, request.terms), approved_by(shown), charged_without_number(shown)]
        case Status.CHECKING:
            return [price(request.terms.charge, request.terms), approved_by(shown), *finding_out(shown)]
        case Status.PURCHASED:
            paid = shown.attempt and shown.attempt.charged
            cost = price(paid or request.terms.charge, request.terms)
            return [cost, PARTED.join(filter(None, [approved_by(shown), on_word(shown)])), _what_does_not_fit(shown)]
        case Status.FAILED:
            return _not_bought(shown)
        case Status.DENIED:
            return [f"by {actor(shown.cause.actor)}: {_why(shown.cause)}", "", charged_without_number(shown)]
        case Status.WITHDRAWN if isinstance(told, trail.Withdrawn) and told.why is not None:
            return ["this message could not be posted at first", "", charged_without_number(shown)]
        case Status.WITHDRAWN:
            return [f"by {actor(shown.cause.actor)}", "", charged_without_number(shown)]
        case Status.EXPIRED:
            return ["nobody decided in time", "", charged_without_number(shown)]
        case Status.PENDING:
            return [price(request.terms.charge, request.terms), _waits(shown), *standing(shown)]
        case _:
            assert_never(request.status)


def _waits(shown: Shown) -> str:
    until = f"until {when(shown.request.expires_at)}"
    return until if shown.voters else f"needs {deciders(shown.approvers, ())} {until}"


def approved_by(shown: Shown) -> str:
    """By people, or by the automatic limit."""
    if shown.request.is_automatic:
        return "approved automatically"
    return f"approved by {_voters(shown)}"


def _voters(shown: Shown) -> str:
    return join([mention(voter) for voter in shown.voters]) or "nobody"


def on_word(shown: Shown) -> str:
    """Whose word an outcome is, when it is not the bot's own finding."""
    by = shown.cause.actor
    return "" if by == BOT else f"as {actor(by)} says"


def _what_does_not_fit(shown: Shown) -> str:
    if shown.attempt is not None and shown.attempt.is_alerted:
        return "*But the provider shows something that does not fit*: see the thread."
    return ""


def _not_bought(shown: Shown) -> list[str]:
    """Why, by whose word, and what is still open: money that went, or time until it can be requested again."""
    attempt, told, by = shown.attempt, shown.cause.told, on_word(shown)
    if not isinstance(told, trail.Failed):
        return ["", by, charged_without_number(shown)]
    if is_unusable(attempt):
        return ["as it seemed", by, charged_without_number(shown)]
    is_alerted = attempt is not None and attempt.is_alerted
    why = "" if is_alerted and told.error is Failure.NOT_BOUGHT else because(told)
    settles_at = None if attempt is None or is_alerted else attempt.settles_at
    again = "" if settles_at is None else f"It can be asked for again {settled_after(settles_at)}."
    return [why, by, charged_without_number(shown), again, instead(shown.offered)]
