"""Requests as lists: `/buynumber status` and the App Home."""

import re
from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue

from bot.domain.refusals import AnyRefusal
from bot.domain.request import UNTIL_THE_CALL_LEAVES, Status
from bot.domain.shown import LeftUndone, Listed, MonthSoFar, Shown
from handlers.views import basket
from handlers.views.blocks import Block, Element, button, divider, footer, heading, paragraph, row_of
from handlers.views.card import (
    APPROVE,
    WITHDRAW,
    decided,
    decision_buttons,
    question,
    small_print,
    standing,
    withdraw_button,
)
from handlers.views.forms import REQUEST_NUMBER
from handlers.views.message import BLOCKS_A_VIEW, Message, checked, message
from handlers.views.outcomes import resolve_buttons
from handlers.views.refusals import refusal_words
from handlers.views.request import PARTED, cautions, money_line, price, title, what_and_where, who_and_why
from handlers.views.wording import actor, begun, escape, mention, money, month_name, number, when

NOTHING_ASKED = "You have not asked for a number yet."
PICK_ONE = "Type `/buynumber` to pick one."
NOTHING_WAITS = "Nothing waits for your decision."
NOTHING_BOUGHT = "No number has been bought through the bot yet."
NOTHING_SPENT = "Nothing is spent or reserved this month."


MOST = 15
"""Of each list in App Home, which holds 100 blocks."""

MOST_UNDONE = 3
"""Whoever runs the bot sees them all."""

UNPARK, LET_GO = "parked_again", "parked_drop"
"""Action ids of the buttons beside what the bot gave up; they carry the number of its row."""

LEFT_OUT = f"Only the newest {MOST} are shown here."


def status_list(listed: Listed, workspace: str = "") -> Message:
    """For approvers what waits for a decision, and whose; own requests, newest first; each with its message.

    `workspace` is the address of the Slack workspace, `https://team.slack.com/`: without it there are no links.
    """
    blocks: list[Block] = []
    text: list[str] = []

    def section(name: str, lines: Sequence[str]) -> None:
        blocks.append(heading(name))
        blocks.extend(map(paragraph, lines))
        text.extend([name, *lines])

    if listed.frozen is not None:
        banner = _banner(*listed.frozen)
        blocks.append(paragraph(banner))
        text.append(banner)
    if listed.unread is not None:
        section("Waiting for you", [_why_not(listed.unread)])
    if listed.waiting is not None:
        waiting = [line(shown, workspace) for shown in listed.waiting] or [NOTHING_WAITS]
        section("Waiting for you", [*waiting, *_and_more(listed.more_waiting)])
    if listed.for_others or listed.more_for_others:
        others = [line(shown, workspace) for shown in listed.for_others]
        section("Waiting for somebody else", [*others, *_and_more(listed.more_for_others)])
    own = [line(shown, workspace) for shown in basket.each_once(listed.own)]
    section("Your requests", own or [f"{NOTHING_ASKED} {PICK_ONE}"])
    return message("\n".join(text), blocks)


def home(listed: Listed, workspace: str = "") -> dict[str, JsonValue]:
    """The App Home: what waits, with its buttons; own requests; numbers bought; the month against the budget.

    `workspace` as for `status_list`.
    """
    ask = button("Request a number", REQUEST_NUMBER, "home", "Request a number", style="primary")
    blocks: list[Block] = [row_of([ask])]
    if listed.refused is not None:
        blocks.insert(0, paragraph(refusal_words(listed.refused)))
    if listed.frozen is not None:
        blocks += [paragraph(_banner(*listed.frozen)), divider()]
    if listed.unread is not None:
        blocks += [heading("Waiting for you"), paragraph(_why_not(listed.unread)), divider()]
    if listed.waiting is not None:
        more = len(listed.waiting[MOST:]) + listed.more_waiting
        blocks.append(heading("Waiting for you"))
        blocks += _with_buttons(listed.waiting[:MOST], workspace, is_frozen=listed.frozen is not None)
        blocks += [paragraph(words) for words in _and_more(more)]
        blocks.append(divider())
    blocks += _undone(listed.undone)
    blocks += [heading("Your requests"), *_own(basket.each_once(listed.own[:MOST]), workspace), *_left_out(listed.own)]
    blocks += [divider(), heading("Numbers bought")]
    blocks += [paragraph(bought(one, workspace)) for one in listed.bought[:MOST]] or [paragraph(NOTHING_BOUGHT)]
    blocks += _left_out(listed.bought)
    blocks += [divider(), heading("This month"), paragraph(_months(listed.months))]
    return {"type": "home", "blocks": [*checked(blocks, most=BLOCKS_A_VIEW)]}


def no_home(why: AnyRefusal) -> dict[str, JsonValue]:
    """The App Home of somebody who may not see anything: why, and nothing else."""
    return {"type": "home", "blocks": [paragraph(_why_not(why))]}


def _why_not(why: AnyRefusal) -> str:
    """A refusal's words where nobody tried to change anything."""
    return begun(refusal_words(why).removeprefix("Nothing changed: "))


def line(shown: Shown, workspace: str = "") -> str:
    """One request in a few lines of mrkdwn: what became of it, and for whom."""
    if shown.together and shown.request.status is Status.PENDING:
        return "\n".join(filter(None, [basket.in_short(shown), _link(shown, workspace)]))
    first, second, *further = decided(shown)
    return "\n".join([first, PARTED.join(filter(None, [second, _link(shown, workspace)])), *further])


def _link(shown: Shown, workspace: str) -> str:
    """To its message, as Slack writes permalinks; empty where it does not stand yet."""
    if shown.message is None or not _ADDRESS.fullmatch(workspace):
        return ""
    channel, ts = shown.message
    return f"<{workspace}archives/{channel}/p{ts.replace('.', '')}|message>"


_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+/")


def bought(shown: Shown, workspace: str = "") -> str:
    """One number in one line: for what, when, by whom, why."""
    request = shown.request
    paid = shown.attempt and shown.attempt.charged
    at = when(request.purchased_at) if request.purchased_at else ""
    whose = f"for {mention(request.requester)}{f', {escape(request.reason)}' if request.reason else ''}"
    cost = price(paid or request.terms.charge, request.terms)
    return PARTED.join(filter(None, [f"*{title(shown)}*", cost, at, whose, _link(shown, workspace)]))


def _banner(at: datetime, by: str) -> str:
    return (
        f"🧊 *Buying is frozen* by {actor(by)} since {when(at)}: nothing can be approved. "
        "An approver lifts it with `/buynumber unfreeze`."
    )


def _months(months: Sequence[MonthSoFar]) -> str:
    """The currencies in which anything moved."""
    moved = [month_line(month) for month in months if month.spent.amount or month.reserved.amount]
    return "\n".join(moved) or NOTHING_SPENT


def month_line(month: MonthSoFar) -> str:
    """What is spent and reserved of the budget, in one currency."""
    used, budget, left = month.spent + month.reserved, month.budget, month.left
    reserved = f"{money(month.reserved)} of it reserved" if month.reserved.amount else ""
    if budget is None or left is None or budget.amount == 0:
        of_it, rest = money(used), f"no budget in {escape(used.currency)}"
    else:
        of_it = f"{money(used)} of {money(budget)}"
        rest = f"*{money(left * -1)} over the budget*" if left.amount < 0 else f"{money(left)} left"
    return PARTED.join(filter(None, [f"*{month_name(month.month)}*: {of_it}", reserved, rest]))


def _with_buttons(waiting: Sequence[Shown], workspace: str, *, is_frozen: bool) -> list[Block]:
    """While it is frozen nothing can be approved, but still be denied."""
    blocks: list[Block] = []
    for shown in waiting:
        is_pending = shown.request.status is Status.PENDING and not shown.together
        blocks.append(paragraph(_all_of(shown, workspace) if is_pending else line(shown, workspace)))
        buttons = [*(_decisions(shown, is_frozen=is_frozen) if is_pending else []), *resolve_buttons(shown)]
        if buttons:
            blocks.append(row_of(buttons, f"decision.{shown.request.id}"))
    return blocks or [paragraph(NOTHING_WAITS)]


def _decisions(shown: Shown, *, is_frozen: bool) -> list[Element]:
    left_out = {WITHDRAW, APPROVE} if is_frozen else {WITHDRAW}
    return [button for button in decision_buttons(shown) if button["action_id"] not in left_out]


def _all_of(shown: Shown, workspace: str) -> str:
    """What the card says: nobody approves at home what only the card would show."""
    request = shown.request
    small = PARTED.join(filter(None, [small_print(shown), _link(shown, workspace)]))
    price_of_it = f"{money_line(request.terms)}{PARTED}{what_and_where(request)}"
    return "\n".join(
        [f"*{question(shown)}*", price_of_it, who_and_why(request), *standing(shown), *cautions(shown), small]
    )


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


def _own(own: Sequence[Shown], workspace: str) -> list[Block]:
    blocks: list[Block] = []
    for shown in own:
        blocks.append(paragraph(line(shown, workspace)))
        if shown.request.status in UNTIL_THE_CALL_LEAVES:
            withdraw = basket.withdraw_button(shown) if shown.together else withdraw_button(shown)
            blocks.append(row_of([withdraw], f"own.{shown.request.id}"))
    return blocks or [paragraph(NOTHING_ASKED)]


def _and_more(how_many: int) -> list[str]:
    """Said where a list of what waits is cut: nobody takes what is on show for all there is."""
    if not how_many:
        return []
    return [f"…and {how_many} more {'waits' if how_many == 1 else 'wait'}. What expires first is shown."]


def _left_out(shown: Sequence[Shown]) -> list[Block]:
    return [footer(LEFT_OUT)] if len(shown) > MOST else []
