"""Answers to the command, for its caller alone."""

import json

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from bot.domain.numbers import E164
from bot.sandbox.slack.blocks import Surface, check_blocks
from handlers.command import FORMS
from handlers.grammar import (
    Help,
    LookFor,
    OpenPicker,
    Report,
    RequestNumber,
    RequestNumbers,
    ShowStatus,
    Switch,
    Why,
    read,
)
from handlers.views.answers import FORM_NOT_OPENED, help_text, one_line_answer, pick_instead, which_number
from handlers.views.wording import REASON_LIMIT
from tests.handlers.views.sight import buttons, message_as_seen

SHORTER, LONGER = E164("+4930901820"), E164("+493090182024")

quick = hypothesis_settings(derandomize=True, deadline=None, max_examples=100)


ANSWERS = {
    "help": help_text(FORMS),
    "a problem": pick_instead("“staus” is not understood. Did you mean status?", "80"),
    "one line": one_line_answer("That cannot be read."),
    "form not opened": one_line_answer(FORM_NOT_OPENED),
    "which number": which_number((SHORTER, "24 lines for *support*"), (LONGER, "")),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answer_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(ANSWERS[name]) == snapshot


def test_everything_that_help_shows_can_be_typed() -> None:
    read_as = [type(read(form.removeprefix("/buynumber"), default_country="IN")) for form, _ in FORMS]
    assert read_as == [
        OpenPicker,
        RequestNumber,
        RequestNumbers,
        OpenPicker,
        OpenPicker,
        LookFor,
        ShowStatus,
        Why,
        Report,
        Switch,
        Switch,
        Help,
    ]


@quick
@given(reason=st.text(max_size=REASON_LIMIT))
def test_a_choice_carries_its_reading_whole_and_fits(reason: str) -> None:
    message = which_number((SHORTER, reason), (LONGER, reason[:-1]))
    assert check_blocks([*message.blocks], Surface.MESSAGE) == []
    assert [json.loads(choice["value"]) for choice in buttons(message.blocks).values()] == [
        {"e164": SHORTER, "reason": reason},
        {"e164": LONGER, "reason": reason[:-1]},
    ]


@pytest.mark.parametrize("letter", ["é", "न", "👍", '"', "\\"])
def test_the_longest_reason_fits_into_a_choice_in_every_script(letter: str) -> None:
    message = which_number((SHORTER, letter * REASON_LIMIT), (LONGER, letter * REASON_LIMIT))
    assert check_blocks([*message.blocks], Surface.MESSAGE) == []
