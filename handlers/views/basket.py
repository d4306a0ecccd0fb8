"""A basket: its one card, its buttons, and what a decision about all of it is called. Outcomes are told by number.

While it waits it is one question with a line for each number and their sum; then each line gets its sign as it ends.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.domain.basket import charged_by, committed_by, digest_of
from bot.domain.facts import Together
from bot.domain.money import Money, sums
from bot.domain.request import PurchaseRequest, Status
from bot.domain.shown import OnCard, Shown, ShownBasket
from handlers.views import card as one
from handlers.views.again import again_buttons
from handlers.views.blocks import LABEL, Block, Dialog, Element, button, dialog, footer, heading, paragraph, row_of
from handlers.views.message import Message, message
from handlers.views.outcomes import resolve_buttons
from handlers.views.questions import request_changes_button
from handlers.views.request import (
    PARTED,
    a_month,
    binds,
    budget_left,
    payer,
    price,
    warnings,
    what_and_where,
    who_and_why,
)
from handlers.views.wording import cut, ended, escape, join, mention, money, number, when

PLACE = 80
"""Characters of where a number is and what it can do, in its line."""

DIALOG = 300
"""Characters that a confirm dialog holds."""


def card(shown: OnCard) -> Message:
    """The approval message of a request, or of a basket."""
    if isinstance(shown, Shown):
        return one.card(shown)
    waiting = [member for member in shown.members if member.together and member.request.status is Status.PENDING]
    return _question(waiting[0], shown) if waiting else _answer(shown)


def _question(asked: Shown, shown: ShownBasket) -> Message:
    """`asked` is any of it: all share requester, reason, votes and time."""
    all_of_it = asked.together
    notes = [*one.standing(replace(asked, denied_before=None)), *_warnings(shown.members)]
    denials = _denials(shown.members)
    small = PARTED.join([*_small_print(asked, shown), f"#{shown.entry.seq}"])
    lines = [_line(request) for request in all_of_it]
    blocks = [
        heading(f"Buy {_count(all_of_it)}?"),
        paragraph(_price(all_of_it)),
        paragraph(who_and_why(asked.request)),
        *map(paragraph, [*lines, *denials]),
        *([paragraph("\n".join(notes))] if notes else []),
        row_of(decision_buttons(asked), "decision"),
        footer(small),
    ]
    return message("\n".join([_in_a_sentence(asked), *lines, *denials, *notes, small]), blocks)


def _small_print(asked: Shown, shown: ShownBasket) -> list[str]:
    first_year = _amounts(sums(request.terms.first_year for request in asked.together))
    said = [
        f"For {one.deciders(asked.approvers, asked.voters)}",
        f"first year {first_year} before tax",
        *map(budget_left, _one_a_currency(shown.members)),
        f"until {when(asked.request.expires_at)}",
    ]
    return [words for words in said if words]


def _denials(members: Sequence[Shown]) -> list[str]:
    return [
        f"{number(shown.request.terms.e164)}: {one.denied_before(shown.denied_before)}"
        for shown in members
        if shown.denied_before is not None
    ]


def _warnings(members: Sequence[Shown]) -> list[str]:
    found = dict.fromkeys(words for shown in _one_a_currency(members) for words in warnings(shown))
    return [f"⚠️ {words}" for words in found]


def _one_a_currency(members: Sequence[Shown]) -> Iterable[Shown]:
    """What is told of balance and month is the same for all of one currency."""
    return {shown.request.terms.currency: shown for shown in members}.values()


def _line(request: PurchaseRequest) -> str:
    """One number with its price, and under that what binds whoever buys it."""
    terms = request.terms
    first = PARTED.join([f"*{number(terms.e164)}*", price(terms.charge, terms), cut(what_and_where(request), PLACE)])
    return "\n".join([first, *(f"⚠️ {words}" for words in [*binds(terms), *filter(None, [payer(terms.account)])])])


def _in_a_sentence(asked: Shown) -> str:
    request, all_of_it = asked.request, asked.together
    named = ", ".join(number(each.terms.e164) for each in all_of_it)
    reason = f": {ended(escape(request.reason))}" if request.reason else "; no reason given."
    return (
        f"{mention(request.requester)} asks: buy {_count(all_of_it)} for {_amounts(charged_by(all_of_it))} now, "
        f"then {_each_month(all_of_it)} ({named}){reason}"
    )


def _answer(shown: ShownBasket) -> Message:
    """A line for each number, its sign first; what those who decided said is the same for all, and stands once."""
    told = [(member, one.decided(member)) for member in shown.members if member.request.is_in_basket]
    beside = {second for _, (_, second, *_) in told}
    summary = f"*{_count(shown.members)}*: {_states(shown.members)}"
    blocks, text = [paragraph(summary)], [summary]
    for member in shown.members:
        lines = [_has_left(member)]
        if member.request.is_in_basket:
            first, second, *further = one.decided(member)
            lines = [first, *([second] if len(beside) > 1 else []), *further]
        blocks += [paragraph("\n".join(lines)), *_follow_ups(member)]
        text += lines
    small = PARTED.join([*(beside if len(beside) == 1 else []), "details in the thread", f"#{shown.entry.seq}"])
    return message("\n".join([*text, small]), [*blocks, footer(small)])


def _has_left(shown: Shown) -> str:
    return f"↪️ *{number(shown.request.terms.e164)}* is asked for again, on a message of its own."


def _follow_ups(shown: Shown) -> list[Block]:
    if not shown.request.is_in_basket:
        return []
    rows = (("resolve", resolve_buttons(shown)), ("again", again_buttons(shown)))
    return [row_of(buttons, f"{block}.{shown.request.id}") for block, buttons in rows if buttons]


def _states(members: Sequence[Shown]) -> str:
    """`2 bought, 1 not bought`."""
    counted = Counter(
        _WORDS[shown.request.status] if shown.request.is_in_basket else "asked for again" for shown in members
    )
    return ", ".join(f"{many} {words}" for words, many in counted.items())


_WORDS = {
    Status.PENDING: "waiting",
    Status.APPROVED: "approved",
    Status.PURCHASING: "being bought",
    Status.CHECKING: "with an unknown outcome",
    Status.PURCHASED: "bought",
    Status.FAILED: "not bought",
    Status.DENIED: "denied",
    Status.WITHDRAWN: "withdrawn",
    Status.EXPIRED: "expired",
}


def decision_buttons(asked: Shown) -> list[Element]:
    """As of one request: each is about all of it."""
    charges, about = _amounts(charged_by(asked.together)), f"all {len(asked.together)} numbers"
    value = decision_value(asked)
    words = cut(f"Approve {charges}", LABEL)
    label = cut(f"Approve {charges}: {about}", LABEL)
    return [
        button(words, one.APPROVE, value, label, "primary", _asks_to_approve(asked)),
        button("Deny", one.DENY, value, f"Deny buying {about}", "danger"),
        request_changes_button(value, about),
        withdraw_button(asked),
    ]


def withdraw_button(asked: Shown) -> Element:
    """For the requester alone; others hear so when they press it."""
    about = f"all {len(asked.together)} numbers"
    asks = dialog(
        "Withdraw this request?",
        f"What is not bought yet of {about} is not bought then. It can be asked for anew.",
        yes="Withdraw",
        no="Keep it",
    )
    return button("Withdraw all", one.WITHDRAW, decision_value(asked), f"Withdraw the request for {about}", asks=asks)


def decision_value(asked: Shown) -> str:
    """The basket, and the digest of all its terms."""
    return f"{asked.request.thread}.{digest_of(asked.together)}"


def _asks_to_approve(asked: Shown) -> Dialog:
    """Repeats the sums, and promises nothing that this one vote does not do."""
    all_of_it, count = asked.together, _count(asked.together)
    charges, given, needed = _amounts(charged_by(all_of_it)), len(asked.voters) + 1, asked.votes_needed
    is_bound = any(request.terms.minimum_commitment_months for request in all_of_it)
    commits = f" It commits to {_amounts(committed_by(all_of_it))}." if is_bound else ""
    what = f"{charges} now and {_each_month(all_of_it)}.{commits} There is no undo."
    if given < needed:
        said = (
            f"Yours is approval {given} of {needed} for {count}: none is bought before another approver says yes too. "
            f"Then they cost {what}"
        )
    else:
        said = f"The bot buys {count} next, each if its terms still hold: {what}"
    return dialog(cut(f"Approve {charges}?", 100), cut(said, DIALOG), yes="Approve", no="Not yet")


def in_short(asked: Shown) -> str:
    """A basket that waits, in a list: it is decided on its message, where all its terms stand."""
    all_of_it = asked.together
    named = ", ".join(number(request.terms.e164) for request in all_of_it)
    first = PARTED.join([f"🕓 *Waiting: {_count(all_of_it)}*", _price(all_of_it)])
    return "\n".join([first, named, who_and_why(asked.request), *one.standing(asked), "Decide on its message."])


def each_once(listed: Sequence[Shown]) -> Sequence[Shown]:
    """A basket that waits is one entry of a list; what is decided stands by itself."""
    waiting = [
        shown.request.thread if shown.together and shown.request.status is Status.PENDING else None for shown in listed
    ]
    return [shown for at, shown in enumerate(listed) if waiting[at] is None or waiting[at] not in waiting[:at]]


def all_of(together: Together) -> str:
    """What one decision was about: `3 numbers (+91 80 6900 0142, …)`."""
    named = ", ".join(number(member.e164) for member in together.members)
    return f"{_count(together.members)} ({named})"


def _price(all_of_it: Sequence[PurchaseRequest]) -> str:
    return f"*{_amounts(charged_by(all_of_it))} now*, then *{_each_month(all_of_it)}*"


def _each_month(all_of_it: Iterable[PurchaseRequest]) -> str:
    return join([a_month(fee) for fee in sums(request.terms.monthly_fee for request in all_of_it)])


def _amounts(totals: Iterable[Money]) -> str:
    return join([money(total) for total in totals])


def _count(of: Sequence[object]) -> str:
    return "1 number" if len(of) == 1 else f"{len(of)} numbers"
