"""One act on one element, as `actions` in a payload carries it, and what it leaves in `state.values`.

Knows elements; knows nothing of where they stand.
"""

from collections.abc import Mapping

from bot.sandbox.slack.errors import ImpossibleError
from bot.sandbox.slack.fields import VALUE_KEYS, Element, Values, find_element
from bot.sandbox.slack.shapes import Json, JsonObject, flag_of, object_of, objects_of, text_of
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace

DEFAULT_QUERY_LENGTH = 3
_REPEATED = ("text", "value", "style", "confirm", "url", "placeholder", "initial_option", "initial_options")
_CHOICES_ARE_KNOWN = frozenset({"static_select", "radio_buttons", "overflow"})


def action_of(workspace: Workspace, found: Element, chosen: JsonObject) -> JsonObject:
    """Raises `ImpossibleError` for a choice the element does not offer, or for no choice where one is needed."""
    if text_of(found.block, "type") == "input" and flag_of(found.block, "dispatch_action") is not True:
        raise ImpossibleError(f"{found.action_id} tells the app nothing before it is submitted")
    if found.type in _CHOICES_ARE_KNOWN:
        _check_choice(found, chosen)
    elif found.type != "button" and VALUE_KEYS.get(found.type, ("", ""))[0] not in chosen:
        raise ImpossibleError(f"{found.action_id} needs {VALUE_KEYS.get(found.type, ('a choice', ''))[0]}")
    repeated: JsonObject = {key: found.element[key] for key in _REPEATED if key in found.element}
    return {**_base(workspace, found.type, found.action_id, found.block_id), **repeated, **chosen}


def forged_action(
    workspace: Workspace, found: Element | None, action_id: str, block_id: str | None, value: str | None
) -> JsonObject:
    """A button press that nobody could make, on an element that may not exist."""
    kind = found.type if found is not None else "button"
    block = block_id or (found.block_id if found is not None else "forged")
    action = _base(workspace, kind, action_id, block)
    if found is not None:
        action |= {key: found.element[key] for key in _REPEATED if key in found.element}
    else:
        action["text"] = {"type": "plain_text", "text": "forged", "emoji": True}
    return action if value is None else {**action, "value": value}


def entered_values(found: Element | None, action: JsonObject) -> Values:
    """What the act leaves in `state.values`; buttons and overflow menus leave nothing."""
    if found is None or found.type not in VALUE_KEYS:
        return {}
    key, _ = VALUE_KEYS[found.type]
    return {found.block_id: {found.action_id: {"type": found.type, key: action.get(key)}}}


def typed_into(view: View, values: Mapping[str, Mapping[str, JsonObject | str]]) -> Values:
    """`values` in Slack's shape. Raises `ImpossibleError` for a field the view does not have."""
    entered: Values = {}
    for block_id, actions in values.items():
        for action_id, value in actions.items():
            found = find_element(view.blocks, action_id, block_id)
            if found is None or found.type not in VALUE_KEYS:
                raise ImpossibleError(f"the modal has no field {action_id} in a block {block_id}")
            given: JsonObject = {VALUE_KEYS[found.type][0]: value} if isinstance(value, str) else dict(value)
            entered.setdefault(block_id, {})[action_id] = {"type": found.type, **given}
    return entered


def _base(workspace: Workspace, kind: str, action_id: str, block_id: str) -> JsonObject:
    return {"type": kind, "action_id": action_id, "block_id": block_id, "action_ts": f"{workspace.wall():.6f}"}


def _check_choice(found: Element, chosen: JsonObject) -> None:
    groups = objects_of(found.element, "option_groups")
    offered = [
        *objects_of(found.element, "options"),
        *(option for group in groups for option in objects_of(group, "options")),
    ]
    values: list[Json] = [option.get("value") for option in offered]
    if text_of(object_of(chosen, "selected_option"), "value") not in values:
        raise ImpossibleError(f"{found.action_id} does not offer this choice")
