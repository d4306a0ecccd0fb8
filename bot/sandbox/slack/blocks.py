"""Block Kit as strict as Slack: which blocks exist, where they may stand, and every limit.

Knows nothing of channels and people. Problems come as Slack words them, with the JSON pointer of the place; no
problems means that Slack would take it. Newer blocks that the bot does not use count as unsupported here.
"""

from collections.abc import Mapping, Sequence
from enum import Enum

from bot.sandbox.slack.elements import ACCESSORIES, ACTIONS, CONTEXT_ELEMENTS, IMAGE, INPUTS, OPTIONS_ANSWER
from bot.sandbox.slack.fields import elements_of
from bot.sandbox.slack.rules import Problems, Rule, Shape, any_text, anything, flag, listed, one_of, plain, typed, words
from bot.sandbox.slack.shapes import Json, JsonObject, object_of, objects_of, text_of


class Surface(Enum):
    """Where blocks can stand."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


MOST_BLOCKS: Mapping[Surface, int] = {Surface.MESSAGE: 50, Surface.MODAL: 100, Surface.HOME: 100}

_BLOCK: Mapping[str, Rule] = {"type": anything, "block_id": words(255)}


def _section(problems: Problems, value: Json, pointer: str) -> None:
    shape = Shape(
        optional={
            **_BLOCK,
            "text": any_text(3000),
            "fields": listed(any_text(2000), most=10),
            "accessory": ACCESSORIES,
            "expand": flag,
        }
    )
    shape(problems, value, pointer)
    if isinstance(value, dict) and "text" not in value and "fields" not in value:
        problems.note(pointer, "must define either `text` or `fields`")


def _image(problems: Problems, value: Json, pointer: str) -> None:
    if isinstance(value, dict):
        element = {key: held for key, held in value.items() if key not in {"title", "block_id"}}
        around = {key: held for key, held in value.items() if key in {"title", "block_id"}}
        IMAGE(problems, element, pointer)
        Shape(optional={"title": plain(2000), "block_id": words(255)})(problems, around, pointer)


_CELL = typed(
    {
        "raw_text": Shape(required={"type": anything, "text": words(10_000)}),
        "raw_number": Shape(required={"type": anything, "value": anything}, optional={"text": words(255)}),
        "rich_text": Shape(required={"type": anything, "elements": listed(anything, most=100)}),
    }
)
_COLUMN = Shape(optional={"align": one_of("left", "center", "right"), "is_wrapped": flag})


def _column(problems: Problems, value: Json, pointer: str) -> None:
    if value is not None:
        _COLUMN(problems, value, pointer)


_POINT = Shape(required={"label": words(20), "value": anything})
_SERIES = Shape(required={"name": words(20), "data": listed(_POINT, most=20)})
_AXES = Shape(
    required={"categories": listed(words(20), most=20)}, optional={"x_label": words(50), "y_label": words(50)}
)
_CHART = typed(
    {
        "pie": Shape(required={"type": anything, "segments": listed(_POINT, most=6)}),
        "bar": Shape(required={"type": anything, "series": listed(_SERIES, most=6), "axis_config": _AXES}),
    }
)

_BLOCKS: Mapping[str, Rule] = {
    "section": _section,
    "divider": Shape(optional=_BLOCK),
    "header": Shape(required={"text": plain(150)}, optional=_BLOCK),
    "actions": Shape(required={"elements": listed(ACTIONS, most=25)}, optional=_BLOCK),
    "context": Shape(required={"elements": listed(CONTEXT_ELEMENTS, most=10)}, optional=_BLOCK),
    "input": Shape(
        required={"label": plain(2000), "element": INPUTS},
        optional={**_BLOCK, "hint": plain(2000), "optional": flag, "dispatch_action": flag},
    ),
    "image": _image,
    "markdown": Shape(required={"text": words(12_000)}, optional=_BLOCK),
    "rich_text": Shape(required={"elements": listed(anything, most=100)}, optional=_BLOCK),
    "table": Shape(
        required={"rows": listed(listed(_CELL, most=20), most=100)},
        optional={**_BLOCK, "column_settings": listed(_column, most=20)},
    ),
    "data_visualization": Shape(required={"title": words(50), "chart": _CHART}, optional=_BLOCK),
    "alert": Shape(
        required={"text": any_text(3000)},
        optional={**_BLOCK, "level": one_of("default", "info", "warning", "error", "success")},
    ),
}

_ONLY_ON: Mapping[str, frozenset[Surface]] = {
    "input": frozenset({Surface.MODAL, Surface.HOME}),
    "alert": frozenset({Surface.MODAL}),
    "table": frozenset({Surface.MESSAGE}),
    "data_visualization": frozenset({Surface.MESSAGE}),
    "markdown": frozenset({Surface.MESSAGE}),
}

_MODAL = Shape(
    required={"type": anything, "title": plain(24), "blocks": anything},
    optional={
        "close": plain(24),
        "submit": plain(24),
        "private_metadata": words(3000, shortest=0),
        "callback_id": words(255, shortest=0),
        "clear_on_close": flag,
        "notify_on_close": flag,
        "external_id": words(255, shortest=0),
        "submit_disabled": flag,
    },
)
_HOME = Shape(
    required={"type": anything, "blocks": anything},
    optional={
        "private_metadata": words(3000, shortest=0),
        "callback_id": words(255, shortest=0),
        "external_id": words(255, shortest=0),
    },
)


def check_blocks(blocks: Json, surface: Surface, pointer: str = "/blocks") -> list[str]:
    """Every problem of a block list on this surface, in reading order."""
    problems = Problems()
    listed(typed(_BLOCKS), most=MOST_BLOCKS[surface], least=0)(problems, blocks, pointer)
    if isinstance(blocks, list):
        known = [dict(block) if isinstance(block, dict) else {} for block in blocks]
        _check_places(problems, known, surface, pointer)
        _check_ids(problems, known, pointer)
        if sum(text_of(block, "type") == "table" for block in known) > 1:
            problems.note(pointer, "only_one_table_allowed")
        if sum(text_of(block, "type") == "data_visualization" for block in known) > 2:
            problems.note(pointer, "no more than 2 `data_visualization` blocks allowed")
    return problems.found


def check_view(view: JsonObject) -> list[str]:
    """Every problem of a modal or of App Home."""
    problems = Problems()
    typed({"modal": _MODAL, "home": _HOME})(problems, view, "/view")
    if problems.found:
        return problems.found
    surface = Surface(text_of(view, "type"))
    found = check_blocks(view.get("blocks"), surface, "/view/blocks")
    inputs = [block for block in objects_of(view, "blocks") if text_of(block, "type") == "input"]
    if surface is Surface.MODAL and inputs and "submit" not in view:
        found.append("missing required field: submit [json-pointer:/view]")
    return found


def check_options(answer: JsonObject) -> list[str]:
    """Every problem of an answer to an external menu."""
    problems = Problems()
    OPTIONS_ANSWER(problems, answer, "")
    if ("options" in answer) == ("option_groups" in answer):
        problems.note("", "must define exactly one of `options` or `option_groups`")
    return problems.found


def _check_places(problems: Problems, blocks: Sequence[JsonObject], surface: Surface, pointer: str) -> None:
    for index, block in enumerate(blocks):
        kind = text_of(block, "type")
        if surface not in _ONLY_ON.get(kind, frozenset({surface})):
            problems.note(f"{pointer}/{index}/type", f"unsupported type: {kind} on {surface.value}")
        held = text_of(object_of(block, "element"), "type")
        if held == "file_input" and surface is not Surface.MODAL:
            problems.note(f"{pointer}/{index}/element/type", f"unsupported type: {held} on {surface.value}")


def _check_ids(problems: Problems, blocks: Sequence[JsonObject], pointer: str) -> None:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = text_of(block, "block_id")
        if block_id and block_id in seen:
            problems.note(f"{pointer}/{index}/block_id", f"`block_id` already exists: {block_id}")
        seen.add(block_id)
        actions: set[str] = set()
        for found in elements_of([block]):
            if found.action_id in actions:
                double = f"`action_id` already exists for another interactive element: {found.action_id}"
                problems.note(f"{pointer}/{index}", double)
            actions.add(found.action_id)
