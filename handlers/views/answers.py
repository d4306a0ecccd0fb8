"""Answers to a command, for its caller alone."""

import json
from collections.abc import Sequence

from bot.domain.numbers import E164
from handlers.views.blocks import Element, button, paragraph, row_of
from handlers.views.message import Message, message
from handlers.views.wording import cut, escape, number

PICK = "pick_number"
"""Action id of the button that opens the picker instead of what was not understood."""

CHOOSE = "choose_number"
"""Action id of the buttons that ask which of two readings was meant; numbered, as ids are unique in a block."""

FORM_NOT_OPENED = "If no form opened, Slack was too slow for it just now: try the same again."


def help_text(forms: Sequence[tuple[str, str]]) -> Message:
    """What can be typed, and what for."""
    words = "\n".join(f"`{form}` {meaning}" for form, meaning in forms)
    return message(words, [paragraph(words)])


def pick_instead(problem: str, search: str, country: str | None = None) -> Message:
    """One line saying what was wrong, and a button that opens the picker, with something to search for."""
    pick = pick_button(search, country)
    return message(f"{problem} Or pick a number with `/buynumber`.", [paragraph(problem), row_of([pick])])


def pick_button(search: str, country: str | None, reason: str = "") -> Element:
    """Opens the picker with all of that in it."""
    carried = {"search": search, "country": country, **({"reason": reason} if reason else {})}
    return button("Pick a number", PICK, json.dumps(carried, ensure_ascii=False), "Pick a number from a list")


def one_line_answer(words: str) -> Message:
    return message(words, [paragraph(words)])


def which_number(shorter: tuple[E164, str], longer: tuple[E164, str]) -> Message:
    """Asks which of two valid readings was meant; each comes with the reason that is left then."""
    readings = (shorter, longer)
    words = "\n".join(["Two numbers can be read there. Which one do you mean?", *(_reading(*one) for one in readings)])
    buttons = [
        button(
            number(e164),
            f"{CHOOSE}_{place}",
            json.dumps({"e164": e164, "reason": reason}, ensure_ascii=False),
            f"Request {number(e164)}",
        )
        for place, (e164, reason) in enumerate(readings, start=1)
    ]
    return message(words, [paragraph(words), row_of(buttons)])


def _reading(e164: E164, reason: str) -> str:
    return f"{number(e164)}, reason: {cut(escape(reason), 200)}" if reason else f"{number(e164)}, no reason given"
