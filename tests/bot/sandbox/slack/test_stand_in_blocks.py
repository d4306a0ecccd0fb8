"""Block Kit's rules, each with the value at its limit and the one beyond."""

from collections.abc import Callable

import pytest

from bot.sandbox.slack.blocks import Surface, check_blocks, check_options, check_view
from bot.sandbox.slack.shapes import Json, JsonObject
from tests.harness.blocks import actions, asking, button, confirm, modal, mrkdwn, option, plain, section, table

TYPED: JsonObject = {"type": "plain_text_input", "action_id": "a"}
IMAGE: JsonObject = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}

Limit = tuple[Callable[[int], JsonObject], int, str]
"""Something with n of what is measured, the most that Slack takes, and where the problem is."""


def select(**more: Json) -> JsonObject:
    return {"type": "static_select", "options": [option()], **more}


def pie(*values: float, label: str = "x", title: str = "x") -> JsonObject:
    segments: list[Json] = [{"label": label, "value": value} for value in values]
    return {"type": "data_visualization", "title": title, "chart": {"type": "pie", "segments": segments}}


def bars(*names: str, categories: int = 1, points: int | None = None) -> JsonObject:
    data: list[Json] = [{"label": str(at), "value": 1} for at in range(categories if points is None else points)]
    series: list[Json] = [{"name": name, "data": data} for name in names]
    axis: JsonObject = {"categories": [str(at) for at in range(categories)]}
    chart: JsonObject = {"type": "bar", "series": series, "axis_config": axis}
    return {"type": "data_visualization", "title": "x", "chart": chart}


BLOCK_LIMITS: list[Limit] = [
    (lambda n: pie(1, title="x" * n), 50, "title"),
    (lambda n: pie(1, label="x" * n), 20, "chart/segments/0/label"),
    (lambda n: pie(*[1] * n), 6, "chart/segments"),
    (lambda n: bars(*map(str, range(n))), 6, "chart/series"),
    (lambda n: bars("x" * n), 20, "chart/series/0/name"),
    (lambda n: bars("x", categories=20, points=n), 20, "chart/series/0/data"),
    (lambda n: section("x" * n), 3000, "text/text"),
    (lambda n: {"type": "section", "fields": [mrkdwn("x")] * n}, 10, "fields"),
    (lambda n: {"type": "section", "fields": [mrkdwn("x" * n)]}, 2000, "fields/0/text"),
    (lambda n: {"type": "header", "text": plain("x" * n)}, 150, "text/text"),
    (lambda n: actions(*[button()] * n), 25, "elements"),
    (lambda n: {"type": "context", "elements": [mrkdwn("x")] * n}, 10, "elements"),
    (lambda n: section(block_id="x" * n), 255, "block_id"),
    (lambda n: section(accessory={"type": "radio_buttons", "options": [option()] * n}), 10, "accessory/options"),
    (lambda n: table(*[("x",)] * n), 100, "rows"),
    (lambda n: table(("x",) * n), 20, "rows/0"),
    (lambda n: {**IMAGE, "alt_text": "x" * n}, 2000, "alt_text"),
    (lambda n: {"type": "markdown", "text": "x" * n}, 12_000, "text"),
]
ELEMENT_LIMITS: list[Limit] = [
    (lambda n: button("x" * n), 75, "text/text"),
    (lambda n: button(value="x" * n), 2000, "value"),
    (lambda n: button(action_id="x" * n), 255, "action_id"),
    (lambda n: button(url="x" * n), 3000, "url"),
    (lambda n: button(accessibility_label="x" * n), 75, "accessibility_label"),
    (lambda n: button(confirm=confirm(title=plain("x" * n))), 100, "confirm/title/text"),
    (lambda n: button(confirm=confirm(text=plain("x" * n))), 300, "confirm/text/text"),
    (lambda n: button(confirm=confirm(confirm=plain("x" * n))), 30, "confirm/confirm/text"),
    (lambda n: button(confirm=confirm(deny=plain("x" * n))), 30, "confirm/deny/text"),
    (lambda n: select(options=[option()] * n), 100, "options"),
    (lambda n: select(options=[option("x" * n)]), 75, "options/0/text/text"),
    (lambda n: select(options=[option(value="x" * n)]), 150, "options/0/value"),
    (lambda n: select(placeholder=plain("x" * n)), 150, "placeholder/text"),
    (lambda n: {"type": "overflow", "options": [option()] * n}, 5, "options"),
]
MODAL_LIMITS: list[Limit] = [
    (lambda n: modal(title=plain("x" * n)), 24, "title/text"),
    (lambda n: modal(submit=plain("x" * n)), 24, "submit/text"),
    (lambda n: modal(close=plain("x" * n)), 24, "close/text"),
    (lambda n: modal(private_metadata="x" * n), 3000, "private_metadata"),
    (lambda n: modal(callback_id="x" * n), 255, "callback_id"),
    (lambda n: modal(*[section()] * n), 100, "blocks"),
    (lambda n: modal(asking(TYPED, "x" * n)), 2000, "blocks/0/label/text"),
    (lambda n: modal(asking(TYPED, hint=plain("x" * n))), 2000, "blocks/0/hint/text"),
    (lambda n: modal(asking({**TYPED, "max_length": n})), 3000, "blocks/0/element/max_length"),
]


def in_a_message(block: JsonObject) -> list[str]:
    return check_blocks([block], Surface.MESSAGE)


@pytest.mark.parametrize(
    ("check", "within", "given", "most", "pointer"),
    [
        *[(in_a_message, "/blocks/0", *limit) for limit in BLOCK_LIMITS],
        *[(lambda it: in_a_message(actions(it)), "/blocks/0/elements/0", *limit) for limit in ELEMENT_LIMITS],
        *[(check_view, "/view", *limit) for limit in MODAL_LIMITS],
    ],
)
def test_a_limit_is_kept_exactly(
    check: Callable[[JsonObject], list[str]], within: str, given: Callable[[int], JsonObject], most: int, pointer: str
) -> None:
    assert check(given(most)) == []
    [problem] = check(given(most + 1))
    assert problem.endswith(f"[json-pointer:{within}/{pointer}]")


def test_a_message_has_fifty_blocks_at_most() -> None:
    assert check_blocks([section()] * 50, Surface.MESSAGE) == []
    assert check_blocks([section()] * 51, Surface.MESSAGE) == ["no more than 50 items allowed [json-pointer:/blocks]"]


WRONG_BLOCK: list[tuple[Json, str, str]] = [
    ({"type": "poem"}, "unsupported type: poem", "/type"),
    ({"text": plain("x")}, "missing required field: type", ""),
    ("divider", "missing required field: type", ""),
    ({"type": "section"}, "must define either `text` or `fields`", ""),
    (section(""), "must be more than 0 characters", "/text/text"),
    (section(text="plain"), "missing required field: type", "/text"),
    (section(colour="red"), "invalid additional property: colour", ""),
    ({"type": "header", "text": mrkdwn("x")}, "unsupported type: mrkdwn", "/text/type"),
    ({"type": "header"}, "missing required field: text", ""),
    (actions(), "no fewer than 1 items allowed", "/elements"),
    ({"type": "context", "elements": [button()]}, "unsupported type: button", "/elements/0/type"),
    ({"type": "image", "alt_text": "a"}, "must define exactly one of `image_url` or `slack_file`", ""),
    (pie(0), "must be greater than 0", "/chart/segments/0/value"),
    (bars("x", "x"), "names must be unique", "/chart/series"),
    (bars("x", categories=2, points=1), "labels must match the categories", "/chart/series/0/data"),
    (actions(*[button(action_id="a")] * 2), "`action_id` already exists for another interactive element: a", ""),
]
WRONG_ELEMENT: list[tuple[JsonObject, str, str]] = [
    (IMAGE, "unsupported type: image", "/type"),
    (TYPED, "unsupported type: plain_text_input", "/type"),
    (button(text=mrkdwn("x")), "unsupported type: mrkdwn", "/text/type"),
    (button(style="green"), "must be a valid enum value (primary, danger)", "/style"),
    (button(value=None), "must provide a string", "/value"),
    (
        button(confirm={"title": plain("t"), "text": plain("x"), "confirm": plain("y")}),
        "missing required field: deny",
        "/confirm",
    ),
    ({"type": "static_select"}, "must define exactly one of `options` or `option_groups`", ""),
]


@pytest.mark.parametrize(
    ("block", "words", "pointer"),
    [*WRONG_BLOCK, *[(actions(it), words, f"/elements/0{pointer}") for it, words, pointer in WRONG_ELEMENT]],
)
def test_what_slack_would_refuse_is_named_with_its_place(block: Json, words: str, pointer: str) -> None:
    assert check_blocks([block], Surface.MESSAGE) == [f"{words} [json-pointer:/blocks/0{pointer}]"]


def test_what_may_stand_only_once_or_twice() -> None:
    assert check_blocks([actions(button(action_id="a"))] * 2, Surface.MESSAGE) == []
    twice = "`block_id` already exists: a [json-pointer:/blocks/1/block_id]"
    assert check_blocks([section(block_id="a")] * 2, Surface.MESSAGE) == [twice]
    assert check_blocks([pie(1)] * 2, Surface.MESSAGE) == []
    too_many = "no more than 2 data_visualization blocks allowed [json-pointer:/blocks]"
    assert check_blocks([pie(1)] * 3, Surface.MESSAGE) == [too_many]
    assert check_blocks([table(("x",))] * 2, Surface.MESSAGE) == ["only_one_table_allowed [json-pointer:/blocks]"]


@pytest.mark.parametrize(
    ("block", "surfaces"),
    [
        (asking(TYPED), {Surface.MODAL, Surface.HOME}),
        ({"type": "alert", "text": plain("x"), "level": "warning"}, {Surface.MODAL}),
        (table(("x",)), {Surface.MESSAGE}),
        (pie(1), {Surface.MESSAGE}),
        (asking({"type": "file_input", "action_id": "a"}), {Surface.MODAL}),
        (section(), set(Surface)),
    ],
)
def test_blocks_stand_only_where_slack_lets_them(block: JsonObject, surfaces: set[Surface]) -> None:
    assert {surface for surface in Surface if not check_blocks([block], surface)} == surfaces


def test_a_modal_with_inputs_needs_a_submit_button_and_app_home_has_no_title() -> None:
    view = modal(asking(TYPED))
    assert check_view(view) == []
    del view["submit"]
    assert check_view(view) == ["missing required field: submit [json-pointer:/view]"]
    home: JsonObject = {"type": "home", "title": plain("t"), "blocks": []}
    assert check_view(home) == ["invalid additional property: title [json-pointer:/view]"]


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
