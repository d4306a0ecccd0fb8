"""Block Kit, as much of it as the bot uses: blocks and their parts, ready for JSON, within Slack's limits.

Slack's own models look at every attribute of theirs once more for each text. What people write in mrkdwn is cut here;
everything else that is too long is a mistake of ours, and has a name.
"""

from collections.abc import Sequence

from pydantic import JsonValue

from handlers.views.wording import cut

Block = dict[str, JsonValue]
Element = dict[str, JsonValue]
"""A button, or what a form asks with."""

Dialog = dict[str, JsonValue]
Option = dict[str, JsonValue]
"""One entry of a list to choose from."""

HEADING = 150
SECTION_TEXT = 3000
BUTTONS = 25
VALUE = 2000
ID = 255

LABEL = 75
"""Characters on a button, of what a screen reader says instead, and of an option."""

QUESTION = 2000
OPTION_VALUE = 150
PLACEHOLDER = 150

LONGEST_TEXT = 3000
"""Characters that a field to type into takes at most."""


class WrongBlocks(ValueError):
    """Slack would refuse these blocks."""


def heading(words: str) -> Block:
    return {"text": _plain(words, HEADING), "type": "header"}


def paragraph(text: str) -> Block:
    """A section of mrkdwn, cut to what a section holds."""
    return {"text": _mrkdwn(text, SECTION_TEXT), "type": "section"}


def footer(text: str) -> Block:
    return {"elements": [_mrkdwn(text, SECTION_TEXT)], "type": "context"}


def divider() -> Block:
    return {"type": "divider"}


def row_of(buttons: Sequence[Element], block: str | None = None) -> Block:
    """Buttons beside one another; `block` is the row's id."""
    if not 0 < len(buttons) <= BUTTONS:
        raise WrongBlocks(f"{len(buttons)} buttons in a row, at most {BUTTONS}")
    named: Block = {} if block is None else {"block_id": _within(block, ID)}
    return {**named, "elements": [*buttons], "type": "actions"}


def button(
    words: str, action: str, value: str, label: str, style: str | None = None, asks: Dialog | None = None
) -> Element:
    """`label` is what a screen reader says instead of the words: it names the number. `asks` has to be confirmed."""
    first: Element = {} if asks is None else {"confirm": asks}
    styled: Element = {} if style is None else {"style": style}
    return {
        "accessibility_label": _within(label, LABEL),
        "action_id": _within(action, ID),
        **first,
        **styled,
        "text": _plain(words, LABEL),
        "type": "button",
        "value": _within(value, VALUE),
    }


def dialog(title: str, text: str, *, yes: str, no: str) -> Dialog:
    return {"title": _plain(title, 100), "text": _plain(text, 300), "confirm": _plain(yes, 30), "deny": _plain(no, 30)}


def question(
    field: str, label: str, element: Element, *, block: str = "", is_optional: bool = False, is_told: bool = False
) -> Block:
    """What a form asks for; `field` is its element's id, and its own unless `block` is.

    `is_told`: the bot hears what is put in.
    """
    told: Block = {"dispatch_action": True} if is_told else {}
    optional: Block = {"optional": True} if is_optional else {}
    return {
        "block_id": _within(block or field, ID),
        **told,
        "element": {"action_id": field, **element},
        "label": _plain(label, QUESTION),
        **optional,
        "type": "input",
    }


def text_input(
    most: int, *, initial: str = "", placeholder: str = "", has_lines: bool = False, is_told_at_once: bool = False
) -> Element:
    """For `most` characters; `is_told_at_once`: the bot hears of each."""
    told: Element = {"dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
    return {
        **(told if is_told_at_once else {}),
        **({"initial_value": initial} if initial else {}),
        "max_length": most,
        **({"multiline": True} if has_lines else {}),
        **({"placeholder": _plain(placeholder, PLACEHOLDER)} if placeholder else {}),
        "type": "plain_text_input",
    }


def options_for(placeholder: str, *, from_length: int, chosen: Option | None = None) -> Element:
    """A list whose options the bot is asked for, once `from_length` characters are typed."""
    first: Element = {} if chosen is None else {"initial_option": chosen}
    return {**first, **_asked_for(placeholder, from_length), "type": "external_select"}


def several_options_for(placeholder: str, *, from_length: int, most: int, chosen: Sequence[Option] = ()) -> Element:
    """The same for a choice of `most` options at most."""
    first: Element = {"initial_options": [*chosen]} if chosen else {}
    asked = _asked_for(placeholder, from_length)
    return {**first, "max_selected_items": most, **asked, "type": "multi_external_select"}


def _asked_for(placeholder: str, from_length: int) -> Element:
    return {"min_query_length": from_length, "placeholder": _plain(placeholder, PLACEHOLDER)}


def public_channel() -> Element:
    """One that everybody may read, at first the one that is looked at."""
    return {
        "default_to_current_conversation": True,
        "filter": {"include": ["public"], "exclude_bot_users": True},
        "placeholder": _plain("Choose a channel", PLACEHOLDER),
        "type": "conversations_select",
    }


def option_group(label: str, options: Sequence[Option]) -> Option:
    return {"label": _plain(label, LABEL), "options": [*options]}


def option(value: str, words: str, description: str | None = None) -> Option:
    described: Option = {} if description is None else {"description": _plain(description, LABEL)}
    return {"text": _plain(words, LABEL), "value": _within(value, OPTION_VALUE), **described}


def _plain(text: str, limit: int) -> dict[str, JsonValue]:
    return {"text": _within(text, limit), "type": "plain_text"}


def _mrkdwn(text: str, limit: int) -> dict[str, JsonValue]:
    """`verbatim`: Slack makes no links and mentions of its own out of what people wrote, only those that we spell."""
    return {"text": cut(text, limit), "type": "mrkdwn", "verbatim": True}


def _within(text: str, limit: int) -> str:
    if not 0 < len(text) <= limit:
        raise WrongBlocks(f"{len(text)} characters, at most {limit}: {text[:LABEL]}")
    return text
