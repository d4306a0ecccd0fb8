"""Block Kit's rules, each with the value at its limit and the one beyond."""

from collections.abc import Callable

import pytest

from bot.sandbox.slack.blocks import Surface, check_blocks, check_options, check_view
from bot.sandbox.slack.shapes import Json, JsonObject


def plain(text: str) -> JsonObject:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> JsonObject:
    return {"type": "mrkdwn", "text": text}


def section(**more: Json) -> JsonObject:
    return {"type": "section", "text": mrkdwn("x"), **more}


def button(**more: Json) -> JsonObject:
    return {"type": "button", "text": plain("Go"), **more}


def option(text: str = "a", value: str = "a") -> JsonObject:
    return {"text": plain(text), "value": value}


def select(**more: Json) -> JsonObject:
    return {"type": "static_select", **({} if "option_groups" in more else {"options": [option()]}), **more}


def actions(*elements: JsonObject) -> JsonObject:
    return {"type": "actions", "elements": list(elements)}


def asking(element: JsonObject, **more: Json) -> JsonObject:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


def confirm(**more: Json) -> JsonObject:
    return {"title": plain("t"), "text": mrkdwn("x"), "confirm": plain("y"), "deny": plain("n"), **more}


TYPED: JsonObject = {"type": "plain_text_input", "action_id": "a"}
IMAGE: JsonObject = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}
CELL = {"type": "raw_text", "text": "x"}

# What is measured: (blocks with n of it, the most that Slack takes, where the problem is).
LIMITS: list[tuple[Callable[[int], Json], int, str]] = [
    (lambda n: [section(text=mrkdwn("x" * n))], 3000, "/blocks/0/text/text"),
    (lambda n: [{"type": "section", "fields": [mrkdwn("x")] * n}], 10, "/blocks/0/fields"),
    (lambda n: [{"type": "section", "fields": [mrkdwn("x" * n)]}], 2000, "/blocks/0/fields/0/text"),
    (lambda n: [{"type": "header", "text": plain("x" * n)}], 150, "/blocks/0/text/text"),
    (lambda n: [actions(*[button()] * n)], 25, "/blocks/0/elements"),
    (lambda n: [{"type": "context", "elements": [mrkdwn("x")] * n}], 10, "/blocks/0/elements"),
    (lambda n: [section()] * n, 50, "/blocks"),
    (lambda n: [section(block_id="x" * n)], 255, "/blocks/0/block_id"),
    (lambda n: [actions(button(text=plain("x" * n)))], 75, "/blocks/0/elements/0/text/text"),
    (lambda n: [actions(button(value="x" * n))], 2000, "/blocks/0/elements/0/value"),
    (lambda n: [actions(button(action_id="x" * n))], 255, "/blocks/0/elements/0/action_id"),
    (lambda n: [actions(button(url="x" * n))], 3000, "/blocks/0/elements/0/url"),
    (lambda n: [actions(button(accessibility_label="x" * n))], 75, "/blocks/0/elements/0/accessibility_label"),
    (
        lambda n: [actions(button(confirm=confirm(title=plain("x" * n))))],
        100,
        "/blocks/0/elements/0/confirm/title/text",
    ),
    (lambda n: [actions(button(confirm=confirm(text=plain("x" * n))))], 300, "/blocks/0/elements/0/confirm/text/text"),
    (
        lambda n: [actions(button(confirm=confirm(confirm=plain("x" * n))))],
        30,
        "/blocks/0/elements/0/confirm/confirm/text",
    ),
    (lambda n: [actions(button(confirm=confirm(deny=plain("x" * n))))], 30, "/blocks/0/elements/0/confirm/deny/text"),
    (lambda n: [actions(select(options=[option()] * n))], 100, "/blocks/0/elements/0/options"),
    (lambda n: [actions(select(options=[option(text="x" * n)]))], 75, "/blocks/0/elements/0/options/0/text/text"),
    (lambda n: [actions(select(options=[option(value="x" * n)]))], 150, "/blocks/0/elements/0/options/0/value"),
    (lambda n: [actions(select(placeholder=plain("x" * n)))], 150, "/blocks/0/elements/0/placeholder/text"),
    (lambda n: [actions({"type": "overflow", "options": [option()] * n})], 5, "/blocks/0/elements/0/options"),
    (
        lambda n: [section(accessory={"type": "radio_buttons", "options": [option()] * n})],
        10,
        "/blocks/0/accessory/options",
    ),
    (lambda n: [{"type": "table", "rows": [[CELL]] * n}], 100, "/blocks/0/rows"),
    (lambda n: [{"type": "table", "rows": [[CELL] * n]}], 20, "/blocks/0/rows/0"),
    (lambda n: [{**IMAGE, "alt_text": "x" * n}], 2000, "/blocks/0/alt_text"),
    (lambda n: [{"type": "markdown", "text": "x" * n}], 12_000, "/blocks/0/text"),
]


@pytest.mark.parametrize(("blocks", "most", "pointer"), LIMITS)
def test_a_limit_is_kept_exactly(blocks: Callable[[int], Json], most: int, pointer: str) -> None:
    assert check_blocks(blocks(most), Surface.MESSAGE) == []
    [problem] = check_blocks(blocks(most + 1), Surface.MESSAGE)
    assert problem.endswith(f"[json-pointer:{pointer}]")


MODAL_LIMITS: list[tuple[Callable[[int], JsonObject], int, str]] = [
    (lambda n: {"title": plain("x" * n)}, 24, "/view/title/text"),
    (lambda n: {"submit": plain("x" * n)}, 24, "/view/submit/text"),
    (lambda n: {"close": plain("x" * n)}, 24, "/view/close/text"),
    (lambda n: {"private_metadata": "x" * n}, 3000, "/view/private_metadata"),
    (lambda n: {"callback_id": "x" * n}, 255, "/view/callback_id"),
    (lambda n: {"blocks": [section()] * n}, 100, "/view/blocks"),
    (lambda n: {"blocks": [asking(TYPED, label=plain("x" * n))]}, 2000, "/view/blocks/0/label/text"),
    (lambda n: {"blocks": [asking(TYPED, hint=plain("x" * n))]}, 2000, "/view/blocks/0/hint/text"),
    (lambda n: {"blocks": [asking({**TYPED, "max_length": n})]}, 3000, "/view/blocks/0/element/max_length"),
]


@pytest.mark.parametrize(("given", "most", "pointer"), MODAL_LIMITS)
def test_a_modals_limit_is_kept_exactly(given: Callable[[int], JsonObject], most: int, pointer: str) -> None:
    view: JsonObject = {"type": "modal", "title": plain("t"), "submit": plain("s"), "blocks": []}
    assert check_view({**view, **given(most)}) == []
    [problem] = check_view({**view, **given(most + 1)})
    assert problem.endswith(f"[json-pointer:{pointer}]")


WRONG: list[tuple[Json, str]] = [
    ([{"type": "poem"}], "unsupported type: poem [json-pointer:/blocks/0/type]"),
    ([{"text": plain("x")}], "missing required field: type [json-pointer:/blocks/0]"),
    (["divider"], "missing required field: type [json-pointer:/blocks/0]"),
    ([{"type": "section"}], "must define either `text` or `fields` [json-pointer:/blocks/0]"),
    ([section(text=mrkdwn(""))], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ([section(text="plain")], "missing required field: type [json-pointer:/blocks/0/text]"),
    ([section(colour="red")], "invalid additional property: colour [json-pointer:/blocks/0]"),
    ([{"type": "header", "text": mrkdwn("x")}], "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"),
    ([{"type": "header"}], "missing required field: text [json-pointer:/blocks/0]"),
    ([actions()], "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
    ([actions(IMAGE)], "unsupported type: image [json-pointer:/blocks/0/elements/0/type]"),
    ([actions(TYPED)], "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]"),
    ([actions(button(text=mrkdwn("x")))], "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/text/type]"),
    (
        [actions(button(style="green"))],
        "must be a valid enum value (primary, danger) [json-pointer:/blocks/0/elements/0/style]",
    ),
    ([actions(button(value=None))], "must provide a string [json-pointer:/blocks/0/elements/0/value]"),
    (
        [actions(button(confirm={"title": plain("t"), "text": plain("x"), "confirm": plain("y")}))],
        "missing required field: deny [json-pointer:/blocks/0/elements/0/confirm]",
    ),
    (
        [actions({"type": "static_select"})],
        "must define exactly one of `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
    ),
    (
        [{"type": "context", "elements": [button()]}],
        "unsupported type: button [json-pointer:/blocks/0/elements/0/type]",
    ),
    (
        [{"type": "image", "alt_text": "a"}],
        "must define exactly one of `image_url` or `slack_file` [json-pointer:/blocks/0]",
    ),
    ([section(block_id="a"), section(block_id="a")], "`block_id` already exists: a [json-pointer:/blocks/1/block_id]"),
    (
        [actions(button(action_id="a"), button(action_id="a"))],
        "`action_id` already exists for another interactive element: a [json-pointer:/blocks/0]",
    ),
    ([{"type": "table", "rows": [[CELL]]}] * 2, "only_one_table_allowed [json-pointer:/blocks]"),
]


@pytest.mark.parametrize(("blocks", "problem"), WRONG)
def test_what_slack_would_refuse_is_named_with_its_place(blocks: Json, problem: str) -> None:
    assert check_blocks(blocks, Surface.MESSAGE) == [problem]


def test_the_same_action_id_may_stand_in_two_blocks() -> None:
    assert check_blocks([actions(button(action_id="a"))] * 2, Surface.MESSAGE) == []


@pytest.mark.parametrize(
    ("block", "surfaces"),
    [
        (asking(TYPED), {Surface.MODAL, Surface.HOME}),
        ({"type": "alert", "text": plain("x"), "level": "warning"}, {Surface.MODAL}),
        ({"type": "table", "rows": [[CELL]]}, {Surface.MESSAGE}),
        (asking({"type": "file_input", "action_id": "a"}), {Surface.MODAL}),
        (section(), set(Surface)),
    ],
)
def test_blocks_stand_only_where_slack_lets_them(block: JsonObject, surfaces: set[Surface]) -> None:
    assert {surface for surface in Surface if not check_blocks([block], surface)} == surfaces


def test_a_modal_with_inputs_needs_a_submit_button() -> None:
    view: JsonObject = {"type": "modal", "title": plain("t"), "blocks": [asking(TYPED)]}
    assert check_view(view) == ["missing required field: submit [json-pointer:/view]"]
    assert check_view({**view, "submit": plain("Go")}) == []


def test_app_home_has_no_title() -> None:
    view: JsonObject = {"type": "home", "title": plain("t"), "blocks": []}
    assert check_view(view) == ["invalid additional property: title [json-pointer:/view]"]


@pytest.mark.parametrize(
    ("answer", "is_taken"),
    [
        ({"options": []}, True),
        ({"options": [option()]}, True),
        ({"option_groups": [{"label": plain("g"), "options": [option()]}]}, True),
        ({"options": [option()] * 101}, False),
        ({"options": [], "option_groups": []}, False),
        ({}, False),
    ],
)
def test_an_answer_to_a_menu_keeps_the_same_limits(answer: JsonObject, is_taken: bool) -> None:
    assert (check_options(answer) == []) is is_taken
