"""What holds for all the bot says: Slack takes it, and its plain text says all of it."""

from collections.abc import Mapping

import pytest

from bot.domain.numbers import e164
from bot.domain.shown import Listed
from bot.sandbox.slack.blocks import Surface, check_blocks
from bot.services.tell.queries import LISTED
from handlers.command import FORMS
from handlers.views.announcements import announcement
from handlers.views.answers import help_text, pick_instead, which_number
from handlers.views.blocks import WrongBlocks, paragraph
from handlers.views.card import card
from handlers.views.lists import status_list
from handlers.views.message import MESSAGE_TEXT, Message, marked_as_repeat, message
from handlers.views.refusals import refusal
from handlers.views.replies import reply
from tests.handlers.views.cases import ANNOUNCEMENTS, CARDS, REPLIES
from tests.handlers.views.refused import REFUSALS
from tests.handlers.views.sight import bare, facts, texts

MESSAGES: Mapping[str, Message] = {
    **{f"card, {name}": card(shown) for name, shown in CARDS.items()},
    **{f"reply, {name}": reply(shown) for name, shown in REPLIES.items()},
    **{f"announcement, {name}": announcement(entry) for name, entry in ANNOUNCEMENTS.items()},
    **{f"refusal, {name}": refusal(refused) for name, refused in REFUSALS.items()},
    "card again": marked_as_repeat(card(CARDS["pending"])),
    "reply again": marked_as_repeat(reply(REPLIES["purchased"])),
    **{
        f"list of an approver, from {start}": status_list(Listed(own=found, waiting=found))
        for start in range(0, len(CARDS), LISTED)
        if (found := tuple(CARDS.values())[start : start + LISTED])
    },
    "empty list": status_list(Listed(own=(), waiting=())),
    "help": help_text(FORMS),
    "a problem": pick_instead("That is a problem.", "80"),
    "which number": which_number((e164("+4930901820"), "24 lines"), (e164("+493090182024"), "")),
}


@pytest.mark.parametrize("said", MESSAGES.values(), ids=MESSAGES.keys())
def test_slack_takes_every_message_and_makes_no_links_and_mentions_of_its_own(said: Message) -> None:
    assert check_blocks([*said.blocks], Surface.MESSAGE) == []
    assert said.text
    assert all(text.get("verbatim") is True for text in texts([*said.blocks]) if text["type"] == "mrkdwn")


@pytest.mark.parametrize("said", MESSAGES.values(), ids=MESSAGES.keys())
def test_the_plain_text_alone_says_every_fact_of_the_blocks(said: Message) -> None:
    told = bare(said.text)
    assert [fact for fact in facts(said.blocks) if bare(fact) not in told] == []


@pytest.mark.parametrize(("text", "how_many"), [("", 1), ("words", 51)])
def test_a_message_without_a_plain_text_or_with_too_many_blocks_is_refused(text: str, how_many: int) -> None:
    with pytest.raises(WrongBlocks):
        message(text, [paragraph("words")] * how_many)


def test_a_plain_text_is_cut_to_what_slack_takes() -> None:
    assert len(message("x" * 50_000, []).text) == MESSAGE_TEXT
