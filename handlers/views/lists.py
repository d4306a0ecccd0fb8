"""Requests as lists: `/buynumber status` and the App Home."""

from collections.abc import Sequence

from pydantic import JsonValue
from slack_sdk.models.blocks import ActionsBlock, Block, DividerBlock, HeaderBlock, PlainTextObject

from bot.domain.shown import Shown
from handlers.views.card import decision_buttons, status_line
from handlers.views.facts import title
from handlers.views.message import BLOCKS_A_VIEW, Message, message, paragraph, serialised
from handlers.views.wording import escape, mention, money, when

NOTHING_ASKED = "You have not asked for a number yet. Type `/buynumber` to pick one."
NOTHING_WAITS = "Nothing waits for a decision."


def status_list(own: Sequence[Shown], waiting: Sequence[Shown] | None) -> Message:
    """Own requests, newest first; for approvers (`waiting` is not `None`) also what waits for a decision."""
    blocks: list[Block] = []
    text: list[str] = []
    if waiting is not None:
        _section(blocks, text, "Waiting for a decision", waiting, NOTHING_WAITS)
    _section(blocks, text, "Your requests", own, NOTHING_ASKED)
    return message("\n".join(text), blocks)


def home(own: Sequence[Shown], waiting: Sequence[Shown] | None) -> dict[str, JsonValue]:
    """The App Home: for approvers what waits, with its buttons; for everybody their own requests."""
    blocks: list[Block] = []
    if waiting is not None:
        blocks.append(_heading("Waiting for a decision"))
        blocks += [] if waiting else [paragraph(NOTHING_WAITS)]
        for shown in waiting:
            buttons = ActionsBlock(block_id=f"decision.{shown.request.id}", elements=decision_buttons(shown))
            blocks += [paragraph(line(shown)), buttons]
        blocks.append(DividerBlock())
    blocks.append(_heading("Your requests"))
    blocks += [paragraph(line(shown)) for shown in own] or [paragraph(NOTHING_ASKED)]
    done: list[JsonValue] = [*serialised(blocks, most=BLOCKS_A_VIEW)]
    return {"type": "home", "blocks": done}


def line(shown: Shown) -> str:
    """One request in two lines of mrkdwn."""
    request = shown.request
    why = f": {escape(request.reason)}" if request.reason else ""
    asked = f"{mention(request.requester)}, {when(request.created_at)}{why}"
    return f"*{title(shown)}* · {money(request.terms.charge)} · {request.status.value}\n{status_line(shown)}\n{asked}"


def _section(blocks: list[Block], text: list[str], name: str, requests: Sequence[Shown], none: str) -> None:
    blocks.append(_heading(name))
    lines = [line(shown) for shown in requests] or [none]
    blocks += [paragraph(words) for words in lines]
    text += [name, *lines]


def _heading(name: str) -> HeaderBlock:
    return HeaderBlock(text=PlainTextObject(text=name))
