"""Requests as lists: `/buynumber status` and the App Home."""

from collections.abc import Sequence

from pydantic import JsonValue
from slack_sdk.models.blocks import ActionsBlock, Block, DividerBlock, HeaderBlock, PlainTextObject

from bot.domain.request import UNTIL_THE_CALL_LEAVES, Status
from bot.domain.shown import Listed, MonthSoFar, Shown
from handlers.views.card import WITHDRAW, decision_buttons, status_line, withdraw_button
from handlers.views.facts import title
from handlers.views.looks import resolve_buttons
from handlers.views.message import BLOCKS_A_VIEW, Message, message, paragraph, serialised
from handlers.views.wording import escape, mention, money, when

NOTHING_ASKED = "You have not asked for a number yet. Type `/buynumber` to pick one."
NOTHING_WAITS = "Nothing waits for a decision."
NOTHING_BOUGHT = "No number has been bought through the bot yet."
NOTHING_SPENT = "Nothing was bought this month, and there is no budget."


MOST = 15
"""Of each list in App Home, which holds 100 blocks."""


def status_list(listed: Listed) -> Message:
    """Own requests, newest first; for approvers also what waits for a decision."""
    blocks: list[Block] = []
    text: list[str] = []
    if listed.waiting is not None:
        _section(blocks, text, "Waiting for a decision", [line(one) for one in listed.waiting] or [NOTHING_WAITS])
    _section(blocks, text, "Your requests", [line(shown) for shown in listed.own] or [NOTHING_ASKED])
    return message("\n".join(text), blocks)


def home(listed: Listed) -> dict[str, JsonValue]:
    """The App Home: what waits, with its buttons; own requests; numbers bought; the month against the budget."""
    blocks: list[Block] = []
    if listed.waiting is not None:
        blocks += [_heading("Waiting for you"), *_with_buttons(listed.waiting[:MOST]), DividerBlock()]
    blocks += [_heading("Your requests"), *_own(listed.own[:MOST])]
    blocks += [DividerBlock(), _heading("Numbers bought")]
    blocks += _paragraphs([bought(one) for one in listed.bought[:MOST]], NOTHING_BOUGHT)
    blocks += [DividerBlock(), _heading("This month")]
    blocks += _paragraphs([month_line(month) for month in listed.months], NOTHING_SPENT)
    done: list[JsonValue] = [*serialised(blocks, most=BLOCKS_A_VIEW)]
    return {"type": "home", "blocks": done}


def line(shown: Shown) -> str:
    """One request in three lines of mrkdwn."""
    request = shown.request
    why = f": {escape(request.reason)}" if request.reason else ""
    asked = f"{mention(request.requester)}, {when(request.created_at)}{why}"
    return f"*{title(shown)}* · {money(request.terms.charge)} · {request.status.value}\n{status_line(shown)}\n{asked}"


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
        said += f", {money(month.reserved)} promised"
    if month.budget is None or month.left is None:
        return f"{said}. There is no budget in {escape(month.spent.currency)}."
    if month.left.amount < 0:
        return f"{said}, *{money(month.left * -1)} over* the budget of {money(month.budget)}."
    return f"{said} of {money(month.budget)}; {money(month.left)} left."


def _with_buttons(waiting: Sequence[Shown]) -> list[Block]:
    blocks: list[Block] = []
    for shown in waiting:
        pending = shown.request.status is Status.PENDING
        buttons = decision_buttons(shown) if pending else resolve_buttons(shown)
        if pending:
            buttons = [button for button in buttons if button.action_id != WITHDRAW]
        blocks += [paragraph(line(shown)), ActionsBlock(block_id=f"decision.{shown.request.id}", elements=buttons)]
    return blocks or [paragraph(NOTHING_WAITS)]


def _own(own: Sequence[Shown]) -> list[Block]:
    blocks: list[Block] = []
    for shown in own:
        blocks.append(paragraph(line(shown)))
        if shown.request.status in UNTIL_THE_CALL_LEAVES:
            blocks.append(ActionsBlock(block_id=f"own.{shown.request.id}", elements=[withdraw_button(shown)]))
    return blocks or [paragraph(NOTHING_ASKED)]


def _paragraphs(lines: Sequence[str], nothing: str) -> list[Block]:
    return [paragraph(words) for words in lines] or [paragraph(nothing)]


def _section(blocks: list[Block], text: list[str], name: str, lines: Sequence[str]) -> None:
    blocks.append(_heading(name))
    blocks += [paragraph(words) for words in lines]
    text += [name, *lines]


def _heading(name: str) -> HeaderBlock:
    return HeaderBlock(text=PlainTextObject(text=name))
