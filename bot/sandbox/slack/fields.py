"""What people put into blocks: the elements one can act on, their first values, and what Slack refuses by itself.

Knows nothing of views and messages, only of block lists. The shape is Slack's `state.values`: block id, action id,
then `{"type": …, "value" or "selected_…": …}`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.sandbox.slack.shapes import Json, JsonObject, flag_of, object_of, objects_of, text_of

Values: TypeAlias = dict[str, dict[str, JsonObject]]

# Element type → (the key in `state.values`, the key of the first value in the element).
VALUE_KEYS: Mapping[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", "initial_files"),
}

REQUIRED_WORDS = "Please complete this required field."


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element a person can act on, and the block it stands in."""

    block: JsonObject
    element: JsonObject

    @property
    def block_id(self) -> str:
        return text_of(self.block, "block_id")

    @property
    def action_id(self) -> str:
        return text_of(self.element, "action_id")

    @property
    def type(self) -> str:
        return text_of(self.element, "type")


def elements_of(blocks: Sequence[JsonObject]) -> Iterator[Element]:
    """Every element with an `action_id`, in reading order."""
    for block in blocks:
        held = [object_of(block, "accessory"), object_of(block, "element"), *objects_of(block, "elements")]
        for element in held:
            if text_of(element, "action_id"):
                yield Element(block=block, element=element)


def find_element(blocks: Sequence[JsonObject], action_id: str, block_id: str | None = None) -> Element | None:
    for found in elements_of(blocks):
        if found.action_id == action_id and (block_id is None or found.block_id == block_id):
            return found
    return None


def initial_values(blocks: Sequence[JsonObject]) -> Values:
    """`state.values` before anyone put something in: every input is there, the empty ones as null or []."""
    values: Values = {}
    for found in elements_of(blocks):
        if found.type not in VALUE_KEYS:
            continue
        key, first = VALUE_KEYS[found.type]
        empty: Json = [] if key.endswith("s") else None
        values.setdefault(found.block_id, {})[found.action_id] = {
            "type": found.type,
            key: found.element.get(first, empty),
        }
    return values


def merged(
    below: Mapping[str, Mapping[str, JsonObject]],
    above: Mapping[str, Mapping[str, JsonObject]],
    *,
    only_known: bool = False,
) -> Values:
    """`above` over `below`; with `only_known` fields that are not in `below`, or of another type there, are dropped."""
    result: Values = {block: dict(actions) for block, actions in below.items()}
    for block, actions in above.items():
        for action, value in actions.items():
            known = below.get(block, {}).get(action)
            if only_known and (known is None or known.get("type") != value.get("type", known.get("type"))):
                continue
            result.setdefault(block, {})[action] = {**(known or {}), **value}
    return result


def refusals(blocks: Sequence[JsonObject], values: Mapping[str, Mapping[str, JsonObject]]) -> dict[str, str]:
    """What Slack itself refuses to submit, by block id: required inputs left empty, texts too short or too long."""
    refused: dict[str, str] = {}
    for block in blocks:
        if text_of(block, "type") != "input":
            continue
        element = object_of(block, "element")
        block_id = text_of(block, "block_id")
        key, _ = VALUE_KEYS.get(text_of(element, "type"), ("value", ""))
        value = values.get(block_id, {}).get(text_of(element, "action_id"), {}).get(key)
        if value in (None, "", []) and flag_of(block, "optional") is not True:
            refused[block_id] = REQUIRED_WORDS
        elif isinstance(value, str) and key == "value" and value:
            words = _length_refusal(element, value)
            if words is not None:
                refused[block_id] = words
    return refused


def _length_refusal(element: JsonObject, value: str) -> str | None:
    shortest, longest = element.get("min_length"), element.get("max_length")
    if isinstance(shortest, int) and len(value) < shortest:
        return f"Must be at least {shortest} characters."
    if isinstance(longest, int) and len(value) > longest:
        return f"Must be at most {longest} characters."
    return None
