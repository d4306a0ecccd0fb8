"""Reading and writing on the page: commands, messages, threads, and who sees what."""

import re

import pytest
from playwright.async_api import expect
from slack_bolt.async_app import AsyncAck

from bot.sandbox.slack.example import ASHA, GENERAL, MEERA, NUMBERS
from bot.sandbox.slack.shapes import object_of
from tests.browser.conftest import Stage, take

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_command_is_sent_without_its_word_and_its_answer_is_seen_by_the_caller_alone(stage: Stage) -> None:
    @stage.app.command("/buynumber")
    async def answer(ack: AsyncAck) -> None:
        await ack("Type `/buynumber` to open the picker.")

    await stage.open()
    await stage.type("/buynumber  +91 80 6900 0142 for support ")
    await expect(stage.articles).to_contain_text("Only visible to you")
    await expect(stage.articles).to_contain_text("Type /buynumber to open the picker.")
    [payload] = await stage.sent("command")
    assert (payload["text"], payload["user_id"]) == ("+91 80 6900 0142 for support", ASHA)
    await stage.become("Meera")
    await expect(stage.articles).to_have_count(0)


@pytest.mark.parametrize("answer_within", [0.3])
async def test_a_command_fails_in_slacks_words_when_it_is_unknown_or_nobody_answers(stage: Stage) -> None:
    await stage.open()
    await stage.type("/remind me")
    await expect(stage.log).to_contain_text("/remind is not a valid command.")
    assert stage.slack.sent == []
    await stage.type("/buynumber help")
    await expect(stage.articles.last).to_contain_text('/buynumber failed with the error "operation_timeout"')
    await expect(stage.articles.last).to_contain_text("Slackbot")


async def test_a_plain_message_of_two_lines_reaches_everyone_in_the_channel(stage: Stage) -> None:
    await stage.open()
    await stage.composer.fill("one")
    await stage.composer.press("Shift+Enter")
    await stage.composer.press_sequentially("two")
    await stage.composer.press("Enter")
    await expect(stage.articles).to_contain_text("Asha Rao")
    assert [message.text for message in stage.slack.messages(NUMBERS)] == ["one\ntwo"]
    await stage.become("Vikram")
    await expect(stage.articles).to_contain_text("one")


async def test_a_slash_offers_the_command_with_its_hint_and_the_shortcut_and_enter_takes_one(stage: Stage) -> None:
    stage.app.shortcut("request_number")(take)
    await stage.open()
    await stage.composer.press_sequentially("/")
    offered = stage.page.get_by_role("listbox", name="Commands and shortcuts").get_by_role("option")
    await expect(offered).to_have_count(2)
    await expect(offered.first).to_contain_text("/buynumber [+91 98765 43210 for the support line | IN 80")
    await stage.composer.press_sequentially("buy")
    await expect(offered).to_have_count(1)
    await stage.composer.press("Enter")
    await expect(stage.composer).to_have_value("/buynumber ")
    await expect(offered).to_have_count(1)
    await stage.composer.press_sequentially("status")
    await expect(offered).to_have_count(0)
    assert stage.slack.sent == []
    await stage.composer.fill("/")
    await stage.composer.press("ArrowDown")
    await stage.composer.press("Tab")
    await expect(stage.composer).to_have_value("")
    assert [used["callback_id"] for used in await stage.sent("shortcut")] == ["request_number"]


async def test_the_apps_shortcuts_stand_behind_the_plus_and_in_more_actions_of_a_message(stage: Stage) -> None:
    """A message in a thread has its own too: commands do not work there."""
    for shortcut in ("request_number", "request_number_here"):
        stage.app.shortcut(shortcut)(take)
    ts = await stage.post(text="the card")
    reply = await stage.post(text="a reply", thread_ts=ts)
    await stage.open()
    keyboard = stage.page.keyboard
    await stage.page.get_by_role("button", name="Shortcuts").first.focus()
    await keyboard.press("Enter")
    await expect(stage.page.get_by_role("menuitem", name="Request a number")).to_be_focused()
    await keyboard.press("Enter")
    [used] = await stage.sent("shortcut")
    assert (used["callback_id"], object_of(used, "user")["id"], "channel" in used) == ("request_number", ASHA, False)
    await stage.log.get_by_role("button", name="1 reply").click()
    await stage.thread.get_by_role("article").last.hover()
    await stage.thread.get_by_role("button", name="More actions").last.click()
    await stage.page.get_by_role("menuitem", name="Request a number").click()
    [on] = await stage.sent("message_action")
    assert (on["callback_id"], on["message_ts"]) == ("request_number_here", reply)


async def test_a_shortcut_that_reaches_nobody_says_so_in_slacks_words(stage: Stage) -> None:
    await stage.post(text="the card")
    await stage.open()
    await stage.slack.go_away()
    await stage.articles.hover()
    await stage.articles.get_by_role("button", name="More actions").click()
    await stage.page.get_by_role("menuitem", name="Request a number").click()
    await expect(stage.articles.last).to_contain_text("This app is not reachable.")


async def test_a_reply_shows_live_under_its_message_and_opens_beside_it_until_escape(stage: Stage) -> None:
    ts = await stage.post(text="the card")
    await stage.open()
    await stage.post(text="Approved by Meera", thread_ts=ts)
    summary = stage.log.get_by_role("button", name="1 reply")
    await expect(summary).to_contain_text("New:")
    await summary.click()
    await expect(stage.page.get_by_role("heading", name="Thread")).to_be_focused()
    await expect(stage.thread.get_by_role("article")).to_have_count(2)
    await expect(stage.thread).to_contain_text("Approved by Meera")
    await expect(summary).not_to_contain_text("New:")
    await stage.page.keyboard.press("Escape")
    await expect(stage.thread).to_be_hidden()
    await expect(summary).to_be_focused()


async def test_a_reply_written_in_the_thread_stays_in_the_thread_and_a_command_is_refused_there(stage: Stage) -> None:
    await stage.post(text="the card")
    await stage.open()
    await stage.articles.hover()
    await stage.log.get_by_role("button", name="Reply in thread").click()
    reply = stage.page.get_by_role("textbox", name="Reply…")
    await reply.fill("Why this one?")
    await reply.press("Enter")
    await expect(stage.thread.get_by_role("article").last).to_contain_text("Why this one?")
    await expect(stage.articles).to_have_count(1)
    await reply.fill("/buynumber status")
    await reply.press("Enter")
    await expect(stage.thread).to_contain_text("/buynumber is not supported in threads. Sorry!")
    assert stage.slack.sent == []


async def test_a_rewritten_message_changes_where_it_stands_and_a_deleted_one_goes(stage: Stage) -> None:
    ts = await stage.post(text="Waits for a decision")
    await stage.post(text="Something later")
    await stage.open()
    await expect(stage.articles).to_have_count(2)
    await stage.client.chat_update(channel=NUMBERS, ts=ts, text="Denied")
    await expect(stage.articles.first).to_contain_text("Denied (edited)")
    await stage.client.chat_delete(channel=NUMBERS, ts=ts)
    await expect(stage.articles).to_have_count(1)
    await expect(stage.articles).to_contain_text("Something later")


async def test_what_somebody_began_to_write_waits_for_them(stage: Stage) -> None:
    await stage.open()
    await stage.composer.fill("half a thou")
    await stage.become("Meera")
    await expect(stage.composer).to_have_value("")
    await stage.become("Asha")
    await expect(stage.composer).to_have_value("half a thou")


async def test_the_switch_shows_who_was_mentioned_elsewhere(stage: Stage) -> None:
    await stage.open()
    await stage.post(text=f"Waits for a decision by <@{MEERA}>")
    meera = stage.page.get_by_role("radio", name="Meera")
    await expect(meera).to_have_accessible_name(re.compile("was mentioned"))
    await stage.become("Meera")
    await stage.become("Asha")
    await expect(meera).not_to_have_accessible_name(re.compile("was mentioned"))


async def test_a_channel_with_news_is_marked_until_it_is_opened(stage: Stage) -> None:
    await stage.open()
    stage.slack.say(MEERA, GENERAL, "Lunch?")
    general = stage.page.get_by_role("navigation").get_by_role("button", name="general")
    await expect(general).to_have_accessible_name("general (unread)")
    await general.click()
    await expect(general).to_have_accessible_name("general")
    await expect(stage.log).to_contain_text("Lunch?")


async def test_the_page_says_when_the_server_is_gone_keeps_what_was_not_sent_and_recovers_alone(stage: Stage) -> None:
    await stage.post(text="before")
    await stage.open()
    await stage.slack.stop()
    banner = stage.page.get_by_role("alert").filter(has_text="does not answer")
    await expect(banner).to_be_visible()
    await stage.type("important")
    await expect(stage.composer).to_have_value("important")
    await expect(stage.page.locator(".composer-error")).to_contain_text("server does not answer")
    await stage.slack.start()
    await expect(banner).to_be_hidden()
    stage.slack.say(MEERA, NUMBERS, "after")
    await expect(stage.articles.last).to_contain_text("after")
    stage.problems.clear()
