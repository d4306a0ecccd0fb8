"""A message as Slack takes it: plain text and blocks that say the same. Holds the limits that Slack's models do not.

The models of `slack_sdk` check lengths when they are serialised; that happens here, where a mistake has a name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from slack_sdk.models.blocks import (
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from handlers.views.wording import cut

BLOCKS_A_MESSAGE = 50
BLOCKS_A_VIEW = 100
SECTION_TEXT = 3000
FIELD_TEXT = 2000
MESSAGE_TEXT = 40_000


class WrongBlocks(ValueError):
    """Slack would refuse these blocks."""


@dataclass(frozen=True, slots=True)
class Message:
    """`text` is mrkdwn and never empty; `blocks` are ready for JSON."""

    text: str
    blocks: list[dict[str, JsonValue]]


def message(text: str, blocks: Sequence[Block]) -> Message:
    """Raises `WrongBlocks` for what Slack would refuse; `text` is cut to Slack's limit."""
    if not text:
        raise WrongBlocks("a message has a plain text")
    return Message(cut(text, MESSAGE_TEXT), serialised(blocks, most=BLOCKS_A_MESSAGE))


def serialised(blocks: Sequence[Block], *, most: int) -> list[dict[str, JsonValue]]:
    """The blocks as JSON. Raises `WrongBlocks`: too many, or an id twice."""
    if len(blocks) > most:
        raise WrongBlocks(f"{len(blocks)} blocks, at most {most}")
    ids = [block.block_id for block in blocks if block.block_id]
    if len(ids) != len(set(ids)):
        raise WrongBlocks("a block id twice")
    return [block.to_dict() for block in blocks]


def paragraph(text: str) -> SectionBlock:
    """A section of mrkdwn, cut to what a section holds."""
    return SectionBlock(text=_mrkdwn(text, SECTION_TEXT))


def table_of(facts: Sequence[tuple[str, str]]) -> list[SectionBlock]:
    """Facts with bold names, in sections of up to ten; each is cut to what a field holds."""
    fields = [_mrkdwn(f"*{name}*\n{value}", FIELD_TEXT) for name, value in facts]
    return [SectionBlock(fields=fields[start : start + 10]) for start in range(0, len(fields), 10)]


def button(words: str, action: str, value: str, label: str, style: str | None = None) -> ButtonElement:
    """`label` is what a screen reader says instead of the words: it names the number."""
    text = PlainTextObject(text=words)
    return ButtonElement(text=text, action_id=action, value=value, accessibility_label=label, style=style)


def asks_first(pressed: ButtonElement, title: str, text: str, *, yes: str, no: str) -> ButtonElement:
    """The button, with a dialog that has to be confirmed."""
    pressed.confirm = ConfirmObject(title=title, text=PlainTextObject(text=text), confirm=yes, deny=no)
    return pressed


def lines_of(facts: Sequence[tuple[str, str]]) -> str:
    """The same facts as plain lines."""
    return "\n".join(f"{name}: {value}" for name, value in facts)


def marked_as_repeat(told: Message) -> Message:
    """Slack has no key that would stop a second copy after a lost answer, so the copy says what it is."""
    return Message(cut(f"{told.text}\n{REPEATED}", MESSAGE_TEXT), [*told.blocks, footer(REPEATED).to_dict()])


REPEATED = "Sent again, because Slack did not confirm it the first time: it may stand here twice and counts once."


def footer(text: str) -> ContextBlock:
    return ContextBlock(elements=[_mrkdwn(text, SECTION_TEXT)])


def _mrkdwn(text: str, limit: int) -> MarkdownTextObject:
    """`verbatim`: Slack makes no links and mentions of its own out of what people wrote, only those that we spell."""
    return MarkdownTextObject(text=cut(text, limit), verbatim=True)
