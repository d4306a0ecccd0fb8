"""A message as Slack takes it: plain text and blocks that say the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.views.blocks import Block, WrongBlocks, footer
from handlers.views.wording import cut

BLOCKS_A_MESSAGE = 50
BLOCKS_A_VIEW = 100
MESSAGE_TEXT = 40_000


@dataclass(frozen=True, slots=True)
class Message:
    """`text` is mrkdwn and never empty; `blocks` are ready for JSON."""

    text: str
    blocks: list[Block]


def message(text: str, blocks: Sequence[Block]) -> Message:
    """Raises `WrongBlocks` for what Slack would refuse; `text` is cut to Slack's limit."""
    if not text:
        raise WrongBlocks("a message has a plain text")
    return Message(cut(text, MESSAGE_TEXT), [*checked(blocks, most=BLOCKS_A_MESSAGE)])


def checked(blocks: Sequence[Block], *, most: int) -> Sequence[Block]:
    """The blocks. Raises `WrongBlocks`: too many, or an id twice."""
    if len(blocks) > most:
        raise WrongBlocks(f"{len(blocks)} blocks, at most {most}")
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(map(str, ids))):
        raise WrongBlocks("a block id twice")
    return blocks


def marked_as_repeat(told: Message) -> Message:
    """Slack has no key that would stop a second copy after a lost answer, so the copy says what it is."""
    return Message(cut(f"{told.text}\n{REPEATED}", MESSAGE_TEXT), [*told.blocks, footer(REPEATED)])


REPEATED = "Sent again, because Slack did not confirm it the first time: it may stand here twice and counts once."
