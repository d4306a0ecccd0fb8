"""Modals and App Home: opened by the app, filled in by people, updated meanwhile."""

import pytest
from playwright.async_api import Locator, expect
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.example import ASHA
from bot.sandbox.slack.shapes import Json, JsonObject, object_of
from tests.browser.conftest import Stage, take
from tests.harness.blocks import actions, asking, button, modal, option, plain, section

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORDS: JsonObject = {"type": "plain_text_input", "action_id": "it", "multiline": True}
SHORT: JsonObject = {"type": "plain_text_input", "action_id": "it", "max_length": 10}
SEVERAL: JsonObject = {"type": "multi_static_select", "action_id": "it", "options": [option("us"), option("support")]}

REASON = asking(WORDS, "Reason", block_id="reason", hint=plain("Shown to everyone"))
DIGITS = asking(SHORT, "Digits", block_id="digits", optional=True)
TAGS = asking(SEVERAL, "Tags", block_id="tags", optional=True)


def form(*blocks: JsonObject, **more: Json) -> JsonObject:
    words = {"title": plain("Deny a purchase"), "submit": plain("Deny"), "close": plain("Cancel")}
    return modal(*blocks, callback_id="form", **words, **more)


async def open_form(stage: Stage, *blocks: JsonObject, **more: Json) -> Locator:
    """The page with this form in front, opened by a command."""

    async def answer(ack: AsyncAck, body: JsonObject, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=str(body["trigger_id"]), view=form(*blocks, **more))

    stage.app.command("/buynumber")(answer)
    await stage.open()
    await stage.type("/buynumber")
    dialog = stage.page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    return dialog


async def test_a_modal_is_a_named_dialog_that_keeps_the_focus_until_escape_gives_it_back(stage: Stage) -> None:
    alert: JsonObject = {"type": "alert", "level": "warning", "text": plain("There is no undo.")}
    dialog = await open_form(stage, section("Say why."), alert, REASON)
    await expect(dialog).to_have_accessible_name("Deny a purchase")
    await expect(dialog.get_by_role("note")).to_have_text("There is no undo.")
    await expect(dialog.get_by_role("textbox", name="Reason")).to_be_focused()
    await expect(dialog.get_by_role("textbox", name="Reason")).to_have_accessible_description("Shown to everyone")
    for _ in range(6):
        await stage.page.keyboard.press("Tab")
        assert await stage.page.evaluate("document.activeElement.matches('body, #modal, #modal *')")
    await stage.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(stage.composer).to_be_focused()


async def test_a_field_left_empty_is_refused_before_the_app_whose_errors_stand_under_their_fields(stage: Stage) -> None:
    @stage.app.view("form")
    async def refuse(ack: AsyncAck) -> None:
        await ack(response_action="errors", errors={"reason": "Too short to be a reason."})

    dialog = await open_form(stage, REASON)
    reason, deny = dialog.get_by_role("textbox", name="Reason"), dialog.get_by_role("button", name="Deny")
    await deny.click()
    await expect(dialog).to_contain_text("Please complete this required field.")
    await expect(reason).to_be_focused()
    await expect(reason).to_have_attribute("aria-invalid", "true")
    assert stage.payloads("view_submission") == []
    await reason.fill("no")
    await deny.click()
    await expect(reason).to_have_accessible_description("Shown to everyone Too short to be a reason.")
    await expect(reason).to_have_value("no")


@pytest.mark.parametrize("answer_within", [3.0])
async def test_a_submission_nobody_answers_says_so_in_slacks_words(stage: Stage) -> None:
    dialog = await open_form(stage, REASON)
    await dialog.get_by_role("textbox", name="Reason").fill("too expensive")
    await dialog.get_by_role("button", name="Deny").click()
    await expect(dialog.get_by_role("button", name="Deny")).to_have_attribute("aria-busy", "true")
    await expect(dialog.get_by_role("alert")).to_have_text("We had some trouble connecting. Try again?")


async def test_a_submitted_modal_closes_and_brings_everything_that_was_filled_in(stage: Stage) -> None:
    stage.app.view("form")(take)
    dialog = await open_form(stage, REASON, DIGITS, TAGS)
    await dialog.get_by_role("textbox", name="Reason").fill("too\nexpensive")
    await dialog.get_by_role("combobox", name="Tags").click()
    await dialog.get_by_role("option", name="support").click()
    await expect(dialog.get_by_role("button", name="Remove support")).to_be_visible()
    await dialog.get_by_role("button", name="Deny").click()
    await expect(dialog).to_be_hidden()
    [payload] = await stage.sent("view_submission")
    values = object_of(object_of(object_of(payload, "view"), "state"), "values")
    reason, digits, tags = [object_of(object_of(values, block_id), "it") for block_id in ("reason", "digits", "tags")]
    assert (reason["value"], digits["value"]) == ("too\nexpensive", None)
    assert tags["selected_options"] == [option("support")]


async def test_enter_in_a_single_line_submits(stage: Stage) -> None:
    stage.app.view("form")(take)
    dialog = await open_form(stage, DIGITS)
    await dialog.get_by_role("textbox", name="Digits").press("Enter")
    await expect(dialog).to_be_hidden()


async def test_escape_in_an_open_menu_leaves_the_modal_open_and_closing_it_tells_the_app(stage: Stage) -> None:
    stage.app.view_closed("form")(take)
    dialog = await open_form(stage, TAGS, notify_on_close=True)
    await dialog.get_by_role("combobox", name="Tags").click()
    await expect(dialog.get_by_role("option")).to_have_count(2)
    await stage.page.keyboard.press("Escape")
    await expect(dialog.get_by_role("option")).to_have_count(0)
    await expect(dialog).to_be_visible()
    assert stage.payloads("view_closed") == []
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog).to_be_hidden()
    await stage.sent("view_closed")


async def test_an_update_by_the_app_keeps_what_was_typed_and_where_the_focus_is(stage: Stage) -> None:
    dialog = await open_form(stage, DIGITS, REASON)
    await dialog.get_by_role("textbox", name="Digits").fill("8069")
    reason = dialog.get_by_role("textbox", name="Reason")
    await reason.press_sequentially("half a reason")
    shown = stage.slack.modal(ASHA)
    assert shown is not None
    relabelled = {**REASON, "hint": plain("Shown to approvers")}
    await stage.client.views_update(view_id=shown.id, view=form(DIGITS, section("₹350.00 now"), relabelled))
    await expect(dialog).to_contain_text("₹350.00 now")
    await expect(dialog.get_by_role("textbox", name="Digits")).to_have_value("8069")
    await expect(reason).to_have_value("half a reason")
    await expect(reason).to_be_focused()


async def test_a_field_that_tells_the_app_at_once_does_so_when_enter_is_pressed(stage: Stage) -> None:
    stage.app.action("it")(take)
    dialog = await open_form(stage, {**DIGITS, "dispatch_action": True})
    await dialog.get_by_role("textbox", name="Digits").fill("8069")
    await dialog.get_by_role("textbox", name="Digits").press("Enter")
    await stage.sent("block_actions")
    await expect(dialog).to_be_visible()
    assert stage.payloads("view_submission") == []


async def test_a_pushed_modal_returns_to_the_one_below_with_its_fields(stage: Stage) -> None:
    @stage.app.view("form")
    async def push(ack: AsyncAck) -> None:
        await ack(response_action="push", view=modal(section("Really?"), title=plain("Sure?")))

    dialog = await open_form(stage, DIGITS)
    await dialog.get_by_role("textbox", name="Digits").fill("8069")
    await dialog.get_by_role("button", name="Deny").click()
    await expect(dialog).to_have_accessible_name("Sure?")
    await stage.page.keyboard.press("Escape")
    await expect(dialog).to_have_accessible_name("Deny a purchase")
    await expect(dialog.get_by_role("textbox", name="Digits")).to_have_value("8069")


async def test_a_persons_modal_is_back_when_they_are(stage: Stage) -> None:
    dialog = await open_form(stage, REASON)
    await dialog.get_by_role("textbox", name="Reason").fill("wait")
    await stage.page.evaluate("document.querySelector('#people input[value=U0MEERA01]').click()")
    await expect(dialog).to_be_hidden()
    await stage.become("Asha")
    await expect(dialog.get_by_role("textbox", name="Reason")).to_have_value("wait")


async def test_app_home_is_drawn_when_opened_its_buttons_act_and_its_messages_tab_is_a_channel(stage: Stage) -> None:
    @stage.app.event("app_home_opened")
    async def show_home(client: AsyncWebClient, event: JsonObject) -> None:
        blocks = [section("Nothing waits for *you*."), actions(button("Look again", action_id="it"))]
        await client.views_publish(user_id=str(event["user"]), view={"type": "home", "blocks": blocks})

    stage.app.action("it")(take)
    await stage.open(place="home")
    await expect(stage.page.get_by_role("tabpanel", name="Home")).to_contain_text("Nothing waits for you.")
    await stage.page.get_by_role("button", name="Look again").click()
    await stage.sent("block_actions")
    await stage.page.get_by_role("tab", name="Messages").click()
    field = stage.page.get_by_role("textbox", name="Message Buynumber")
    await field.fill("hello")
    await field.press("Enter")
    await expect(stage.articles).to_contain_text("hello")
