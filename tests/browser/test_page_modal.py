"""Modals and App Home: opened by the app, filled in by people, updated meanwhile."""

from typing import TYPE_CHECKING, TypeAlias

import pytest
from playwright.async_api import Locator, expect
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.shapes import JsonObject, object_of

if TYPE_CHECKING:
    from tests.browser.conftest import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

Block: TypeAlias = dict[str, object]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def asking(block_id: str, label: str, element: Block, **more: object) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": block_id, **element},
        **more,
    }


def section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


REASON = asking("reason", "Reason", {"type": "plain_text_input", "multiline": True}, hint=plain("Shown to everyone"))
DIGITS = asking("digits", "Digits", {"type": "plain_text_input", "max_length": 10}, optional=True)
TAGS = asking(
    "tags",
    "Tags",
    {"type": "multi_static_select", "options": [{"text": plain(tag), "value": tag} for tag in ("sales", "support")]},
    optional=True,
)


def modal(*blocks: Block, title: str = "Deny a purchase", **more: object) -> Block:
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain(title),
        "submit": plain("Deny"),
        "close": plain("Cancel"),
        "blocks": list(blocks),
        **more,
    }


async def open_modal(stage: "Stage", view: Block) -> Locator:
    """The page with this modal in front, opened by a command."""

    async def answer(ack: AsyncAck, body: JsonObject, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=str(body["trigger_id"]), view=view)

    stage.app.command("/buynumber")(answer)
    await stage.open()
    await stage.type("/buynumber")
    dialog = stage.page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    return dialog


async def close_it(ack: AsyncAck) -> None:
    await ack()


async def test_a_modal_is_a_named_dialog_with_the_focus_in_its_first_field(stage: "Stage") -> None:
    dialog = await open_modal(stage, modal(section("Say why."), REASON))
    await expect(dialog).to_have_accessible_name("Deny a purchase")
    await expect(dialog.get_by_role("textbox", name="Reason")).to_be_focused()
    await expect(dialog.get_by_role("textbox", name="Reason")).to_have_accessible_description("Shown to everyone")


async def test_the_focus_stays_inside_and_returns_afterwards(stage: "Stage") -> None:
    dialog = await open_modal(stage, modal(REASON))
    inside = (
        "document.querySelector('#modal').contains(document.activeElement) || document.activeElement === document.body"
    )
    for _ in range(6):
        await stage.page.keyboard.press("Tab")
        assert await stage.page.evaluate(inside)
    await stage.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(stage.composer).to_be_focused()


async def test_a_required_field_left_empty_is_refused_before_the_app_is_asked(stage: "Stage") -> None:
    dialog = await open_modal(stage, modal(REASON))
    await dialog.get_by_role("button", name="Deny").click()
    await expect(dialog).to_contain_text("Please complete this required field.")
    await expect(dialog.get_by_role("textbox", name="Reason")).to_be_focused()
    await expect(dialog.get_by_role("textbox", name="Reason")).to_have_attribute("aria-invalid", "true")
    assert stage.payloads("view_submission") == []


async def test_the_apps_errors_stand_under_their_fields(stage: "Stage") -> None:
    async def refuse(ack: AsyncAck) -> None:
        await ack(response_action="errors", errors={"reason": "Too short to be a reason."})

    stage.app.view("form")(refuse)
    dialog = await open_modal(stage, modal(REASON))
    reason = dialog.get_by_role("textbox", name="Reason")
    await reason.fill("no")
    await dialog.get_by_role("button", name="Deny").click()
    await expect(reason).to_have_accessible_description("Shown to everyone Too short to be a reason.")
    await expect(reason).to_have_value("no")


async def test_a_submission_nobody_answers_says_so_in_slacks_words(stage: "Stage") -> None:
    dialog = await open_modal(stage, modal(REASON))
    await dialog.get_by_role("textbox", name="Reason").fill("too expensive")
    await dialog.get_by_role("button", name="Deny").click()
    await expect(dialog.get_by_role("button", name="Deny")).to_have_attribute("aria-busy", "true")
    await expect(dialog.get_by_role("alert")).to_have_text("We had some trouble connecting. Try again?")


async def test_a_submitted_modal_closes_and_brings_everything_that_was_filled_in(stage: "Stage") -> None:
    stage.app.view("form")(close_it)
    dialog = await open_modal(stage, modal(REASON, DIGITS, TAGS))
    await dialog.get_by_role("textbox", name="Reason").fill("too\nexpensive")
    tags = dialog.get_by_role("combobox", name="Tags")
    await tags.click()
    await dialog.get_by_role("option", name="support").click()
    await expect(dialog.get_by_role("button", name="Remove support")).to_be_visible()
    await dialog.get_by_role("button", name="Deny").click()
    await expect(dialog).to_be_hidden()
    (payload,) = stage.payloads("view_submission")
    values = object_of(object_of(object_of(payload, "view"), "state"), "values")
    assert object_of(object_of(values, "reason"), "reason")["value"] == "too\nexpensive"
    assert object_of(object_of(values, "digits"), "digits")["value"] is None
    options = object_of(object_of(values, "tags"), "tags")["selected_options"]
    assert options == [{"text": plain("support"), "value": "support"}]


async def test_enter_in_a_single_line_submits(stage: "Stage") -> None:
    stage.app.view("form")(close_it)
    dialog = await open_modal(stage, modal(DIGITS))
    await dialog.get_by_role("textbox", name="Digits").press("Enter")
    await expect(dialog).to_be_hidden()


async def test_closing_tells_the_app_when_it_wants_to_know(stage: "Stage") -> None:
    stage.app.view_closed("form")(close_it)
    dialog = await open_modal(stage, modal(REASON, notify_on_close=True))
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog).to_be_hidden()
    assert len(stage.payloads("view_closed")) == 1


async def test_an_update_by_the_app_keeps_what_was_typed_and_where_the_focus_is(stage: "Stage") -> None:
    await open_modal(stage, modal(DIGITS, REASON))
    dialog = stage.page.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="Digits").fill("8069")
    reason = dialog.get_by_role("textbox", name="Reason")
    await reason.press_sequentially("half a reason")
    shown = stage.slack.modal("U0ASHA001")
    assert shown is not None
    relabelled = {**REASON, "hint": plain("Shown to approvers")}
    await stage.client.views_update(view_id=shown.id, view=modal(DIGITS, section("₹350.00 now"), relabelled))
    await expect(dialog).to_contain_text("₹350.00 now")
    await expect(dialog.get_by_role("textbox", name="Digits")).to_have_value("8069")
    await expect(reason).to_have_value("half a reason")
    await expect(reason).to_be_focused()


async def test_a_field_that_tells_the_app_at_once_does_so_when_enter_is_pressed(stage: "Stage") -> None:
    stage.app.action("digits")(close_it)
    dialog = await open_modal(stage, modal({**DIGITS, "dispatch_action": True}))
    digits = dialog.get_by_role("textbox", name="Digits")
    await digits.fill("8069")
    await digits.press("Enter")
    await stage.slack.wait_for(lambda _: stage.payloads("block_actions"))
    await expect(dialog).to_be_visible()
    assert stage.payloads("view_submission") == []


async def test_a_pushed_modal_returns_to_the_one_below_with_its_fields(stage: "Stage") -> None:
    async def push(ack: AsyncAck) -> None:
        await ack(response_action="push", view=modal(section("Really?"), title="Sure?"))

    stage.app.view("form")(push)
    dialog = await open_modal(stage, modal(DIGITS))
    await dialog.get_by_role("textbox", name="Digits").fill("8069")
    await dialog.get_by_role("button", name="Deny").click()
    await expect(dialog).to_have_accessible_name("Sure?")
    await stage.page.keyboard.press("Escape")
    await expect(dialog).to_have_accessible_name("Deny a purchase")
    await expect(dialog.get_by_role("textbox", name="Digits")).to_have_value("8069")


async def test_escape_in_an_open_menu_leaves_the_modal_open(stage: "Stage") -> None:
    dialog = await open_modal(stage, modal(TAGS))
    await dialog.get_by_role("combobox", name="Tags").click()
    await expect(dialog.get_by_role("option")).to_have_count(2)
    await stage.page.keyboard.press("Escape")
    await expect(dialog.get_by_role("option")).to_have_count(0)
    await expect(dialog).to_be_visible()


async def test_an_alert_block_stands_in_a_modal(stage: "Stage") -> None:
    dialog = await open_modal(stage, modal({"type": "alert", "level": "warning", "text": plain("There is no undo.")}))
    await expect(dialog.get_by_role("note")).to_have_text("There is no undo.")


async def test_a_persons_modal_is_back_when_they_are(stage: "Stage") -> None:
    dialog = await open_modal(stage, modal(REASON))
    await dialog.get_by_role("textbox", name="Reason").fill("wait")
    await stage.page.evaluate("document.querySelector('#people input[value=U0MEERA01]').click()")
    await expect(dialog).to_be_hidden()
    await stage.become("Asha")
    await expect(dialog.get_by_role("textbox", name="Reason")).to_have_value("wait")


async def show_home(client: AsyncWebClient, event: JsonObject) -> None:
    pressed: Block = {"type": "button", "action_id": "act", "text": plain("Look again")}
    blocks = [section("Nothing waits for *you*."), {"type": "actions", "elements": [pressed]}]
    await client.views_publish(user_id=str(event["user"]), view={"type": "home", "blocks": blocks})


async def test_app_home_is_drawn_when_its_tab_is_opened(stage: "Stage") -> None:
    stage.app.event("app_home_opened")(show_home)
    await stage.open()
    await stage.page.get_by_role("navigation").get_by_role("button", name="Buynumber").click()
    home = stage.page.get_by_role("tabpanel", name="Home")
    await expect(home).to_contain_text("Nothing waits for you.")


async def test_a_button_in_app_home_reaches_the_app(stage: "Stage") -> None:
    stage.app.event("app_home_opened")(show_home)
    stage.app.action("act")(close_it)
    await stage.open(place="home")
    await stage.page.get_by_role("button", name="Look again").click()
    await stage.slack.wait_for(lambda _: stage.payloads("block_actions"))


async def test_the_apps_messages_tab_is_a_direct_message(stage: "Stage") -> None:
    stage.app.event("app_home_opened")(show_home)
    await stage.open(place="home")
    await stage.page.get_by_role("tab", name="Messages").click()
    field = stage.page.get_by_role("textbox", name="Message Buynumber")
    await field.fill("hello")
    await field.press("Enter")
    await expect(stage.log.get_by_role("article")).to_contain_text("hello")
