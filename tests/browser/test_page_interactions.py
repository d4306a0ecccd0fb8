"""What people press, choose and fill in, by mouse and by keyboard alone, and what of it reaches the app."""

import pytest
from playwright.async_api import expect
from slack_bolt.async_app import AsyncAck

from bot.sandbox.slack.example import ASHA, NUMBERS
from bot.sandbox.slack.shapes import JsonObject, object_of, objects_of
from tests.browser.conftest import Stage, take
from tests.harness.blocks import actions, button, confirm, option, plain

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACT: JsonObject = {"action_id": "act"}
APPROVE = button("Approve", **ACT, value="42")
CONFIRM = confirm(
    title=plain("Approve this purchase?"),
    text=plain("₹350.00 is charged now."),
    confirm=plain("Approve"),
    deny=plain("Not yet"),
)
MENU: JsonObject = {
    **ACT,
    "type": "static_select",
    "placeholder": plain("Country"),
    "options": [option("India"), option("Germany")],
}
EXTERNAL: JsonObject = {**ACT, "type": "external_select", "placeholder": plain("Number"), "min_query_length": 2}


async def chosen(stage: Stage) -> JsonObject:
    """The one action the app is told of."""
    [payload] = await stage.sent("block_actions")
    [action] = objects_of(payload, "actions")
    return action


async def open_with(stage: Stage, *elements: JsonObject) -> None:
    """A message with these elements, each in a block of its own, an app that takes every action, and the page."""
    stage.app.action("act")(take)
    await stage.post(*[actions(element) for element in elements])
    await stage.open()


@pytest.mark.parametrize("answer_within", [3.0])
async def test_a_pressed_button_waits_counts_once_and_says_in_slacks_words_that_nobody_took_it(stage: Stage) -> None:
    await stage.post(actions(APPROVE))
    await stage.open()
    pressed = stage.log.get_by_role("button", name="Approve")
    await pressed.dblclick()
    await expect(pressed).to_have_attribute("aria-busy", "true")
    words = "Operation timed out. Apps need to respond within 3 seconds."
    await expect(stage.log.get_by_role("alert")).to_have_text(words)
    await expect(pressed).not_to_have_attribute("aria-busy", "true")
    assert len(stage.payloads("block_actions")) == 1


async def test_a_confirm_dialog_repeats_the_apps_words_before_the_app_is_told_who_pressed_what(stage: Stage) -> None:
    await open_with(stage, {**APPROVE, "confirm": CONFIRM})
    await stage.log.get_by_role("button", name="Approve").click()
    dialog = stage.page.get_by_role("alertdialog", name="Approve this purchase?")
    await expect(dialog).to_have_accessible_description("₹350.00 is charged now.")
    await expect(dialog.get_by_role("button")).to_have_text(["Not yet", "Approve"])
    assert stage.slack.sent == []
    await dialog.get_by_role("button", name="Approve").click()
    action = await chosen(stage)
    assert (action["action_id"], action["value"]) == ("act", "42")
    assert object_of(stage.payloads("block_actions")[0], "user")["id"] == ASHA


@pytest.mark.parametrize("way_out", ["Not yet", "Escape"])
async def test_nothing_is_sent_when_the_confirm_dialog_is_left(stage: Stage, way_out: str) -> None:
    await open_with(stage, {**APPROVE, "confirm": CONFIRM})
    pressed = stage.log.get_by_role("button", name="Approve")
    await pressed.click()
    if way_out == "Escape":
        await stage.page.keyboard.press("Escape")
    else:
        await stage.page.get_by_role("button", name=way_out).click()
    await expect(stage.page.get_by_role("alertdialog")).to_have_count(0)
    await expect(pressed).to_be_focused()
    assert stage.slack.sent == []


async def test_the_focus_stays_at_a_message_whose_buttons_went(stage: Stage) -> None:
    ts = await stage.post(actions(APPROVE))
    await stage.open()
    await stage.log.get_by_role("button", name="Approve").focus()
    await stage.client.chat_update(channel=NUMBERS, ts=ts, text="Bought", blocks=[])
    await expect(stage.articles).to_contain_text("Bought")
    await expect(stage.articles).to_be_focused()


async def test_a_menu_is_chosen_from_by_keyboard_and_left_with_what_was_chosen_before(stage: Stage) -> None:
    await open_with(stage, {**MENU, "initial_option": option("India")})
    field = stage.log.get_by_role("combobox", name="Country")
    await field.fill("ger")
    await stage.page.keyboard.press("Escape")
    await expect(field).to_have_value("India")
    await expect(field).to_have_attribute("aria-expanded", "false")
    assert stage.slack.sent == []
    await stage.page.keyboard.press("ArrowDown")
    await expect(stage.log.get_by_role("option")).to_have_text(["India", "Germany"])
    await field.fill("ger")
    await expect(stage.log.get_by_role("option")).to_have_text(["Germany"])
    await stage.page.keyboard.press("Enter")
    await expect(field).to_have_value("Germany")
    assert (await chosen(stage))["selected_option"] == option("Germany")


async def offer_numbers(ack: AsyncAck, payload: JsonObject) -> None:
    typed = str(payload["value"])
    numbers = [f"+91 80 6900 {end}" for end in ("0142", "0187", "0231")]
    found = [option(number, description=plain("₹100 + ₹1 a month")) for number in numbers if typed in number]
    if found:
        await ack(option_groups=[{"label": plain("Bengaluru"), "options": found}])
    else:
        await ack(options=[])


async def test_an_external_menu_searches_while_somebody_types(stage: Stage) -> None:
    stage.app.options("act")(offer_numbers)
    await open_with(stage, EXTERNAL)
    field, found = stage.log.get_by_role("combobox", name="Number"), stage.log.get_by_role("option")
    await field.focus()
    await stage.page.keyboard.press("ArrowDown")
    await expect(stage.log.get_by_role("listbox")).to_contain_text("Type at least 2 characters to search.")
    await stage.page.keyboard.type("0")
    await expect(stage.log.get_by_role("listbox")).to_contain_text("Type 1 more character to search.")
    await stage.page.keyboard.type("1")
    labels = found.locator("> span:first-child")
    await expect(labels).to_have_text(["+91 80 6900 0142", "+91 80 6900 0187"])
    await expect(stage.log.get_by_role("group", name="Bengaluru")).to_be_visible()
    await stage.page.keyboard.press("ArrowDown")
    await expect(field).to_have_attribute("aria-activedescendant", str(await found.nth(1).get_attribute("id")))
    await stage.page.keyboard.press("Enter")
    await expect(field).to_have_value("+91 80 6900 0187")
    assert object_of(await chosen(stage), "selected_option")["value"] == "+91 80 6900 0187"


@pytest.mark.parametrize("answer_within", [3.0])
async def test_fast_typing_in_an_external_menu_asks_once_and_nothing_found_or_no_answer_is_said(stage: Stage) -> None:
    await open_with(stage, EXTERNAL)
    field, listed = stage.log.get_by_role("combobox", name="Number"), stage.log.get_by_role("listbox")
    await field.press_sequentially("01")
    await expect(listed).to_contain_text("Operation timed out.")
    stage.app.options("act")(offer_numbers)
    stage.slack.sent.clear()
    await field.press_sequentially("42", delay=5)
    await expect(stage.log.get_by_role("option")).to_have_count(1)
    assert [payload["value"] for payload in stage.payloads("block_suggestion")] == ["0142"]
    await field.fill("999")
    await expect(listed).to_have_text("Nothing found.")


async def test_an_overflow_menu_works_by_keyboard(stage: Stage) -> None:
    await open_with(stage, {**ACT, "type": "overflow", "options": [option("Ask again"), option("Forget")]})
    menu = stage.log.locator(".block").get_by_role("button", name="More actions")
    await menu.focus()
    await stage.page.keyboard.press("Enter")
    await expect(stage.log.get_by_role("menuitem", name="Ask again")).to_be_focused()
    await stage.page.keyboard.press("ArrowDown")
    await stage.page.keyboard.press("Enter")
    assert (await chosen(stage))["selected_option"] == option("Forget")
    await expect(menu).to_be_focused()


async def test_ticked_boxes_a_radio_button_and_a_date_reach_the_app(stage: Stage) -> None:
    boxes = {"options": [option("Voice"), option("SMS")], "initial_options": [option("Voice")]}
    await open_with(
        stage,
        {**ACT, "type": "checkboxes", **boxes},
        {**ACT, "type": "radio_buttons", "options": [option("Left"), option("Right")]},
        {**ACT, "type": "datepicker", "placeholder": plain("From")},
    )
    await stage.log.get_by_role("checkbox", name="SMS").check()
    await stage.log.get_by_role("radio", name="Right").check()
    await stage.log.get_by_label("From").fill("2026-11-01")
    told = {
        str(action["type"]): action
        for sent in await stage.sent("block_actions", 3)
        for action in objects_of(sent, "actions")
    }
    assert told["checkboxes"]["selected_options"] == [option("Voice"), option("SMS")]
    assert told["radio_buttons"]["selected_option"] == option("Right")
    assert told["datepicker"]["selected_date"] == "2026-11-01"
