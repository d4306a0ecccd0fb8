"""Slack's limits on what our own words are put into: what would be refused there is refused here, by its name."""

from collections.abc import Callable

import pytest

from handlers.views.blocks import (
    BUTTONS,
    HEADING,
    LABEL,
    OPTION_VALUE,
    QUESTION,
    VALUE,
    Block,
    WrongBlocks,
    button,
    dialog,
    heading,
    option,
    options_for,
    question,
    row_of,
    text_input,
)

FITS = button("Go", "go", "1", "Go there")

TOO_MUCH: dict[str, Callable[[], Block]] = {
    "a heading": lambda: heading("x" * (HEADING + 1)),
    "an empty heading": lambda: heading(""),
    "a button's words": lambda: button("x" * (LABEL + 1), "go", "1", "Go"),
    "a button's value": lambda: button("Go", "go", "x" * (VALUE + 1), "Go"),
    "what a screen reader says": lambda: button("Go", "go", "1", "x" * (LABEL + 1)),
    "a dialog's title": lambda: dialog("x" * 101, "Sure?", yes="Yes", no="No"),
    "a dialog's text": lambda: dialog("Sure?", "x" * 301, yes="Yes", no="No"),
    "a dialog's yes": lambda: dialog("Sure?", "Really?", yes="x" * 31, no="No"),
    "a dialog's no": lambda: dialog("Sure?", "Really?", yes="Yes", no="x" * 31),
    "a row without buttons": lambda: row_of([]),
    "a row of too many": lambda: row_of([FITS] * (BUTTONS + 1)),
    "an option": lambda: option("1", "x" * (LABEL + 1)),
    "an option's description": lambda: option("1", "One", "x" * (LABEL + 1)),
    "an option's value": lambda: option("x" * (OPTION_VALUE + 1), "One"),
    "a placeholder": lambda: options_for("x" * 151, from_length=0),
    "a question": lambda: question("why", "x" * (QUESTION + 1), text_input(10)),
}


@pytest.mark.parametrize("made", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_what_is_longer_than_slack_takes_is_not_made(made: Callable[[], Block]) -> None:
    with pytest.raises(WrongBlocks):
        made()
