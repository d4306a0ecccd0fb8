"""Requests as lists: `/buynumber status` and the App Home."""

from collections.abc import Sequence

from pydantic import JsonValue

from bot.domain.refusals import AnyRefusal
from bot.domain.request import UNTIL_THE_CALL_LEAVES, Status
from bot.domain.shown import LeftUndone, Listed, MonthSoFar, Shown
from handlers.views.blocks import Block, button, divider, footer, heading, paragraph, row_of
from handlers.views.card import WITHDRAW, decision_buttons, status_line, withdraw_button
from handlers.views.message import BLOCKS_A_VIEW, Message, checked, message
from handlers.views.outcomes import resolve_buttons
from handlers.views.refusals import refusal_words
from handlers.views.request import binds, budget_left, payer, title
from handlers.views.wording import begun, escape, mention, money, number, when

NOTHING_ASKED = "You have not asked for a number yet. Type `/buynumber` to pick one."
NOTHING_WAITS = "Nothing waits for your decision."
NOTHING_BOUGHT = "No number has been bought through the bot yet."
NOTHING_SPENT = "Nothing was bought this month, and there is no budget."


MOST = 15
"""Of each list in App Home, which holds 100 blocks."""

MOST_UNDONE = 3
"""Whoever runs the bot sees them all."""

UNPARK, LET_GO = "parked_again", "parked_drop"
"""Action ids of the buttons beside what the bot gave up; they carry the number of its row."""

LEFT_OUT = f"Only the newest {MOST} are shown here."


def status_list(listed: Listed) -> Message:
    """Own requests, newest first; for approvers also what waits for a decision, and whose."""
    blocks: list[Block] = []
    text: list[str] = []
    if listed.unread is not None:
        _section(blocks, text, "Waiting for you", [_why_not(listed.unread)])
    if listed.waiting is not None:
        lines = [line(shown) for shown in listed.waiting] or [NOTHING_WAITS]
        _section(blocks, text, "Waiting for you", [*lines, *_and_more(listed.more_waiting)])
    if listed.for_others or listed.more_for_others:
        lines = [line(shown) for shown in listed.for_others]
        _section(blocks, text, "Waiting for somebody else", [*lines, *_and_more(listed.more_for_others)])
    _section(blocks, text, "Your requests", [line(shown) for shown in listed.own] or [NOTHING_ASKED])
    return message("\n".join(text), blocks)


def home(listed: Listed) -> dict[str, JsonValue]:
    """The App Home: what waits, with its buttons; own requests; numbers bought; the month against the budget."""
    blocks: list[Block] = []
    if listed.unread is not None:
        blocks += [heading("Waiting for you"), paragraph(_why_not(listed.unread)), divider()]
    if listed.waiting is not None:
        more = len(listed.waiting[MOST:]) + listed.more_waiting
        blocks += [heading("Waiting for you"), *_with_buttons(listed.waiting[:MOST])]
        blocks += [paragraph(words) for words in _and_more(more)]
        blocks.append(divider())
    blocks += _undone(listed.undone)
    blocks += [heading("Your requests"), *_own(listed.own[:MOST]), *_left_out(listed.own)]
    blocks += [divider(), heading("Numbers bought")]
    blocks += [paragraph(bought(one)) for one in listed.bought[:MOST]] or [paragraph(NOTHING_BOUGHT)]
    blocks += _left_out(listed.bought)
    blocks += [divider(), heading("This month")]
    blocks.append(paragraph("\n".join(month_line(month) for month in listed.months) or NOTHING_SPENT))
    return {"type": "home", "blocks": [*checked(blocks, most=BLOCKS_A_VIEW)]}


def no_home(why: AnyRefusal) -> dict[str, JsonValue]:
    """The App Home of somebody who may not see anything: why, and nothing else."""
    return {"type": "home", "blocks": [paragraph(_why_not(why))]}


def _why_not(why: AnyRefusal) -> str:
    """A refusal's words where nobody tried to change anything."""
    return begun(refusal_words(why).removeprefix("Nothing changed: "))


def line(shown: Shown, terms: str = "") -> str:
    """One request in three lines of mrkdwn; `terms` come second, so that no list of approvers crowds them out."""
    request = shown.request
    why = f": {escape(request.reason)}" if request.reason else ""
    asked = f"{mention(request.requester)}, {when(request.created_at)}{why}"
    what = f"*{title(shown)}* · {money(request.terms.charge)} · {request.status.value}"
    return "\n".join(filter(None, [what, terms, status_line(shown), asked]))


def bought(shown: Shown) -> str:
    """One number in one line: when, for what, by whom."""
    request = shown.request
    paid = shown.attempt and shown.attempt.charged
    cost = f"{money(paid or request.terms.charge)}, then {money(request.terms.monthly_fee)} a month"
    at = f", {when(request.purchased_at)}" if request.purchased_at else ""
    why = f": {escape(request.reason)}" if request.reason else ""
    return f"*{title(shown)}* · {cost}{at}, {mention(request.requester)}{why}"


def month_line(month: MonthSoFar) -> str:
    """Spend against the budget in one currency."""
    said = f"*{month.month}*: {money(month.spent)} spent"
    if month.reserved.amount:
        said += f" and {money(month.reserved)} promised"
    if month.budget is None or month.left is None or month.budget.amount == 0:
        return f"{said}. There is no budget in {escape(month.spent.currency)}."
    if month.left.amount < 0:
        return f"{said}, *{money(month.left * -1)} over* the budget of {money(month.budget)}."
    return f"{said} of {money(month.budget)}; {money(month.left)} left."


def _with_buttons(waiting: Sequence[Shown]) -> list[Block]:
    blocks: list[Block] = []
    for shown in waiting:
        pending = shown.request.status is Status.PENDING
        decisions = decision_buttons(shown) if pending else []
        buttons = [button for button in decisions if button["action_id"] != WITHDRAW] + resolve_buttons(shown)
        blocks.append(paragraph(line(shown, _rests_on(shown) if pending else "")))
        if buttons:
            blocks.append(row_of(buttons, f"decision.{shown.request.id}"))
    return blocks or [paragraph(NOTHING_WAITS)]


def _rests_on(shown: Shown) -> str:
    """What a decision rests on beside the charge: nobody approves at home what only the card would show."""
    terms = shown.request.terms
    fees = (
        f"{money(terms.setup_fee)} setup and {money(terms.monthly_fee)} a month, "
        f"{money(terms.first_year)} in the first year (taxes not included)."
    )
    left = budget_left(shown.cause.told)
    budget = f"\nBudget: {left}" if left else ""
    return " ".join([fees, *binds(terms), *filter(None, [payer(terms.account)])]) + budget


def _undone(undone: Sequence[LeftUndone]) -> list[Block]:
    """What the bot gave up, with a way out; nothing where there is none."""
    if not undone:
        return []
    blocks: list[Block] = [heading("The bot gave up")]
    for left in undone[:MOST_UNDONE]:
        about = f" for {number(left.e164)}" if left.e164 else ""
        what = f"`{escape(left.kind)}` {left.work}{about}, {when(left.at)}: `{escape(left.error)}`"
        buttons = [
            button("Try again", UNPARK, str(left.work), f"Try {left.work} again"),
            button("Let go", LET_GO, str(left.work), f"Let {left.work} go"),
        ]
        blocks += [paragraph(what), row_of(buttons, f"undone.{left.work}")]
    if more := len(undone[MOST_UNDONE:]):
        blocks.append(footer(f"…and {more} more. `buynumber parked` lists them."))
    return [*blocks, divider()]


def _own(own: Sequence[Shown]) -> list[Block]:
    blocks: list[Block] = []
    for shown in own:
        blocks.append(paragraph(line(shown)))
        if shown.request.status in UNTIL_THE_CALL_LEAVES:
            blocks.append(row_of([withdraw_button(shown)], f"own.{shown.request.id}"))
    return blocks or [paragraph(NOTHING_ASKED)]


def _and_more(how_many: int) -> list[str]:
    """Said where a list of what waits is cut: nobody takes what is on show for all there is."""
    if not how_many:
        return []
    return [f"…and {how_many} more {'waits' if how_many == 1 else 'wait'}. What expires first is shown."]


def _left_out(shown: Sequence[Shown]) -> list[Block]:
    return [footer(LEFT_OUT)] if len(shown) > MOST else []


def _section(blocks: list[Block], text: list[str], name: str, lines: Sequence[str]) -> None:
    blocks.append(heading(name))
    blocks += [paragraph(words) for words in lines]
    text += [name, *lines]
