"""What people press, choose and fill in, by mouse and by keyboard alone, and what of it reaches the app."""

from typing import TYPE_CHECKING, TypeAlias

import pytest
from playwright.async_api import Locator, expect
from slack_bolt.async_app import AsyncAck

from bot.sandbox.slack.shapes import JsonObject, object_of, objects_of

if TYPE_CHECKING:
    from tests.browser.conftest import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

Block: TypeAlias = dict[str, object]

NUMBERS = "C0NUMBERS"


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def option(text: str, description: str = "") -> Block:
    return {"text": plain(text), "value": text, **({"description": plain(description)} if description else {})}


def actions(**element: object) -> Block:
    return {"type": "actions", "block_id": "row", "elements": [{"action_id": "act", **element}]}


def button(text: str = "Approve", **more: object) -> Block:
    return actions(type="button", text=plain(text), value="42", **more)


CONFIRM: Block = {
    "title": plain("Approve this purchase?"),
    "text": plain("₹350.00 is charged now."),
    "confirm": plain("Approve"),
    "deny": plain("Not yet"),
}


async def take(ack: AsyncAck) -> None:
    await ack()


def chosen(stage: "Stage") -> JsonObject:
    """The one action the app was told of."""
    (payload,) = stage.payloads("block_actions")
    (action,) = objects_of(payload, "actions")
    return action


def labels(options: Locator) -> Locator:
    return options.locator("> span:first-child")


async def open_with(stage: "Stage", *blocks: Block) -> None:
    """A message with these blocks, an app that takes every action, and the page."""
    stage.app.action("act")(take)
    await stage.post(*blocks)
    await stage.open()


async def test_a_button_tells_the_app_who_pressed_what(stage: "Stage") -> None:
    await open_with(stage, button())
    await stage.log.get_by_role("button", name="Approve").click()
    await stage.slack.wait_for(lambda _: stage.payloads("block_actions"))
    action = chosen(stage)
    assert (action["block_id"], action["action_id"], action["value"]) == ("row", "act", "42")
    assert object_of(stage.payloads("block_actions")[0], "user")["id"] == "U0ASHA001"


async def test_a_pressed_button_shows_that_it_waits(stage: "Stage") -> None:
    await stage.post(button())
    await stage.open()
    pressed = stage.log.get_by_role("button", name="Approve")
    await pressed.click()
    await expect(pressed).to_have_attribute("aria-busy", "true")
    await expect(pressed).not_to_have_attribute("aria-busy", "true")


async def test_a_button_pressed_twice_in_a_row_counts_once(stage: "Stage") -> None:
    await stage.post(button())
    await stage.open()
    await stage.log.get_by_role("button", name="Approve").dblclick()
    await expect(stage.log.get_by_role("alert")).to_be_visible()
    assert len(stage.payloads("block_actions")) == 1


async def test_a_click_the_app_does_not_take_is_answered_in_slacks_words(stage: "Stage") -> None:
    await stage.post(button())
    await stage.open()
    await stage.log.get_by_role("button", name="Approve").click()
    await expect(stage.log.get_by_role("alert")).to_have_text(
        "Operation timed out. Apps need to respond within 3 seconds."
    )


async def test_a_confirm_dialog_repeats_the_apps_words(stage: "Stage") -> None:
    await open_with(stage, button(confirm=CONFIRM))
    await stage.log.get_by_role("button", name="Approve").click()
    dialog = stage.page.get_by_role("alertdialog", name="Approve this purchase?")
    await expect(dialog).to_have_accessible_description("₹350.00 is charged now.")
    await expect(dialog.get_by_role("button")).to_have_text(["Not yet", "Approve"])


@pytest.mark.parametrize("way_out", ["Not yet", "Escape"])
async def test_nothing_is_sent_when_the_confirm_dialog_is_left(stage: "Stage", way_out: str) -> None:
    await open_with(stage, button(confirm=CONFIRM))
    pressed = stage.log.get_by_role("button", name="Approve")
    await pressed.click()
    if way_out == "Escape":
        await stage.page.keyboard.press("Escape")
    else:
        await stage.page.get_by_role("button", name=way_out).click()
    await expect(stage.page.get_by_role("alertdialog")).to_have_count(0)
    await expect(pressed).to_be_focused()
    assert stage.slack.sent == []


async def test_a_confirmed_click_reaches_the_app(stage: "Stage") -> None:
    await open_with(stage, button(confirm=CONFIRM))
    await stage.log.get_by_role("button", name="Approve").click()
    await stage.page.get_by_role("alertdialog").get_by_role("button", name="Approve").click()
    await stage.slack.wait_for(lambda _: stage.payloads("block_actions"))


async def test_a_request_can_be_approved_by_keyboard_alone(stage: "Stage") -> None:
    await open_with(stage, button(confirm=CONFIRM))
    await stage.composer.focus()
    await expect(stage.log.get_by_role("button", name="Approve")).to_be_visible()
    for _ in range(2):  # past "Reply in thread", which stands behind the blocks
        await stage.page.keyboard.press("Shift+Tab")
    await expect(stage.log.get_by_role("button", name="Approve")).to_be_focused()
    await stage.page.keyboard.press("Enter")
    await expect(stage.page.get_by_role("alertdialog").get_by_role("button", name="Approve")).to_be_focused()
    await stage.page.keyboard.press("Enter")
    await stage.slack.wait_for(lambda _: stage.payloads("block_actions"))


async def test_the_focus_stays_at_a_message_whose_buttons_went(stage: "Stage") -> None:
    ts = await stage.post(button())
    await stage.open()
    await stage.log.get_by_role("button", name="Approve").focus()
    await stage.client.chat_update(channel=NUMBERS, ts=ts, text="Bought", blocks=[])
    await expect(stage.log.get_by_role("article")).to_contain_text("Bought")
    await expect(stage.log.get_by_role("article")).to_be_focused()


async def test_a_menu_is_chosen_from_by_keyboard(stage: "Stage") -> None:
    menu = actions(type="static_select", placeholder=plain("Country"), options=[option("India"), option("Germany")])
    await open_with(stage, menu)
    field = stage.log.get_by_role("combobox", name="Country")
    await field.focus()
    await stage.page.keyboard.press("ArrowDown")
    await expect(stage.log.get_by_role("option")).to_have_text(["India", "Germany"])
    await stage.page.keyboard.type("ger")
    await expect(stage.log.get_by_role("option")).to_have_text(["Germany"])
    await stage.page.keyboard.press("Enter")
    await expect(field).to_have_value("Germany")
    await stage.slack.wait_for(lambda _: stage.payloads("block_actions"))
    assert object_of(chosen(stage), "selected_option")["value"] == "Germany"


async def test_escape_leaves_a_menu_with_what_was_chosen_before(stage: "Stage") -> None:
    menu = actions(
        type="static_select",
        placeholder=plain("Country"),
        options=[option("India"), option("Germany")],
        initial_option=option("India"),
    )
    await open_with(stage, menu)
    field = stage.log.get_by_role("combobox", name="Country")
    await field.fill("ger")
    await stage.page.keyboard.press("Escape")
    await expect(field).to_have_value("India")
    await expect(field).to_have_attribute("aria-expanded", "false")
    assert stage.slack.sent == []


async def offer_numbers(ack: AsyncAck, payload: JsonObject) -> None:
    typed = str(payload["value"])
    numbers = [f"+91 80 6900 {end}" for end in ("0142", "0187", "0231")]
    found = [option(number, "₹100 + ₹1 a month") for number in numbers if typed in number]
    if found:
        await ack(option_groups=[{"label": plain("Bengaluru"), "options": found}])
    else:
        await ack(options=[])


EXTERNAL: Block = {"type": "external_select", "placeholder": plain("Number"), "min_query_length": 2}


async def test_an_external_menu_searches_while_somebody_types(stage: "Stage") -> None:
    stage.app.options("act")(offer_numbers)
    await open_with(stage, actions(**EXTERNAL))
    field = stage.log.get_by_role("combobox", name="Number")
    await field.focus()
    await stage.page.keyboard.press("ArrowDown")
    await expect(stage.log.get_by_role("listbox")).to_contain_text("Type at least 2 characters to search.")
    await stage.page.keyboard.type("0")
    await expect(stage.log.get_by_role("listbox")).to_contain_text("Type 1 more character to search.")
    await stage.page.keyboard.type("1")
    await expect(labels(stage.log.get_by_role("option"))).to_have_text(["+91 80 6900 0142", "+91 80 6900 0187"])
    await expect(stage.log.get_by_role("group", name="Bengaluru")).to_be_visible()
    await stage.page.keyboard.press("ArrowDown")
    await expect(field).to_have_attribute(
        "aria-activedescendant", str(await stage.log.get_by_role("option").nth(1).get_attribute("id"))
    )
    await stage.page.keyboard.press("Enter")
    await expect(field).to_have_value("+91 80 6900 0187")
    await stage.slack.wait_for(lambda _: stage.payloads("block_actions"))
    assert object_of(chosen(stage), "selected_option")["value"] == "+91 80 6900 0187"


async def test_an_external_menu_says_when_nothing_was_found(stage: "Stage") -> None:
    stage.app.options("act")(offer_numbers)
    await open_with(stage, actions(**EXTERNAL))
    await stage.log.get_by_role("combobox", name="Number").press_sequentially("999")
    await expect(stage.log.get_by_role("listbox")).to_have_text("Nothing found.")


async def test_an_external_menu_says_when_the_app_does_not_answer(stage: "Stage") -> None:
    await open_with(stage, actions(**EXTERNAL))
    await stage.log.get_by_role("combobox", name="Number").press_sequentially("01")
    await expect(stage.log.get_by_role("listbox")).to_contain_text("Operation timed out.")


async def test_fast_typing_asks_once(stage: "Stage") -> None:
    stage.app.options("act")(offer_numbers)
    await open_with(stage, actions(**EXTERNAL))
    await stage.log.get_by_role("combobox", name="Number").press_sequentially("0142", delay=5)
    await expect(stage.log.get_by_role("option")).to_have_count(1)
    assert [payload["value"] for payload in stage.payloads("block_suggestion")] == ["0142"]


async def test_an_overflow_menu_works_by_keyboard(stage: "Stage") -> None:
    await open_with(stage, actions(type="overflow", options=[option("Ask again"), option("Forget")]))
    await stage.log.get_by_role("button", name="More actions").focus()
    await stage.page.keyboard.press("Enter")
    await expect(stage.log.get_by_role("menuitem", name="Ask again")).to_be_focused()
    await stage.page.keyboard.press("ArrowDown")
    await stage.page.keyboard.press("Enter")
    await stage.slack.wait_for(lambda _: stage.payloads("block_actions"))
    assert object_of(chosen(stage), "selected_option")["value"] == "Forget"
    await expect(stage.log.get_by_role("button", name="More actions")).to_be_focused()


async def test_a_chosen_radio_button_reaches_the_app(stage: "Stage") -> None:
    await open_with(stage, actions(type="radio_buttons", options=[option("Left"), option("Right")]))
    await stage.log.get_by_role("radio", name="Right").check()
    await stage.slack.wait_for(lambda _: stage.payloads("block_actions"))
    assert object_of(chosen(stage), "selected_option")["value"] == "Right"


async def test_ticked_boxes_reach_the_app_together(stage: "Stage") -> None:
    boxes = actions(type="checkboxes", options=[option("Voice"), option("SMS")], initial_options=[option("Voice")])
    await open_with(stage, boxes)
    await stage.log.get_by_role("checkbox", name="SMS").check()
    await stage.slack.wait_for(lambda _: stage.payloads("block_actions"))
    assert [one["value"] for one in objects_of(chosen(stage), "selected_options")] == ["Voice", "SMS"]


async def test_a_picked_date_reaches_the_app(stage: "Stage") -> None:
    await open_with(stage, actions(type="datepicker", placeholder=plain("From")))
    await stage.log.get_by_label("From").fill("2026-11-01")
    await stage.slack.wait_for(lambda _: stage.payloads("block_actions"))
    assert chosen(stage)["selected_date"] == "2026-11-01"
