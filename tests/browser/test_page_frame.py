"""The page around the messages: first steps, narrow screens, colours, and what its files may not do."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import ViewportSize, expect

import bot.sandbox
from bot.sandbox.backstage import Backstage
from bot.sandbox.vobiz import VobizStandIn, demo_inventory
from tests.browser.conftest import Stage, take
from tests.harness.blocks import actions, button, section, table

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = Path(bot.sandbox.__file__).parent / "page"
HTML = (PAGE / "index.html").read_text()
CSS = (PAGE / "style.css").read_text()
NARROW: ViewportSize = {"width": 360, "height": 640}

LEAST_CONTRAST = 4.5


async def test_the_steps_are_ticked_off_as_they_are_taken_and_the_first_once_its_card_stands(stage: Stage) -> None:
    stage.app.command("/buynumber")(take)
    stage.app.action("approve")(take)
    await stage.open()
    hint = stage.page.get_by_role("region", name="Try it in three steps")
    await hint.get_by_role("button", name="Try it").click()
    await expect(stage.composer).to_have_value(re.compile(r"^/buynumber \+\d[\d ]+ for "))
    await expect(stage.composer).to_be_focused()
    await stage.composer.press("Enter")
    await stage.sent("command")
    await stage.post(text="Vobiz cannot be read just now.")
    await expect(stage.articles).to_have_count(1)
    await expect(hint.get_by_text("Done:")).to_have_count(0)
    ts = await stage.post(actions(button("Approve", action_id="approve", style="primary")))
    await expect(hint.get_by_text("Done:")).to_have_count(1)
    await stage.post(text="Bought", thread_ts=ts)
    await hint.get_by_role("button", name="Switch to Meera").click()
    await stage.log.get_by_role("button", name="Approve").click()
    await expect(hint.get_by_text("Done:")).to_have_count(2)
    await hint.get_by_role("button", name="Open it").click()
    await expect(stage.page.get_by_role("region", name="That is all there is to it")).to_be_visible()


async def test_a_reload_keeps_the_person_the_place_and_that_the_steps_were_dismissed(stage: Stage) -> None:
    await stage.open()
    await stage.page.get_by_role("button", name="Dismiss the steps").click()
    await stage.become("Vikram")
    await stage.page.get_by_role("navigation").get_by_role("button", name="general").click()
    await stage.page.reload()
    await expect(stage.page.get_by_role("radio", name="Vikram")).to_be_checked()
    await expect(stage.page.get_by_role("heading", name="general", exact=True)).to_be_visible()
    hint = stage.page.get_by_role("region", name="Try it in three steps")
    await expect(hint).to_be_hidden()
    await stage.page.get_by_role("button", name="How to try this").click()
    await expect(hint).to_be_visible()


async def test_the_demos_control_sends_slack_away_until_it_comes_back_and_says_so(stage: Stage) -> None:
    back = asyncio.Event()
    backstage = Backstage(stage.slack, VobizStandIn(), sleep=lambda _: back.wait())
    await stage.open()
    control = stage.page.locator("#backstage-button")
    await expect(control).to_have_accessible_name("Vobiz: sells")
    await control.click()
    panel = stage.page.get_by_role("dialog", name="What should Vobiz do next?")
    await panel.get_by_role("button", name="Slack is away for 20 s").click()
    await expect(panel.get_by_role("button", name="Slack is away now")).to_have_attribute("aria-disabled", "true")
    await stage.page.keyboard.press("Escape")
    await expect(control).to_have_accessible_name("Slack is away")
    await expect(stage.page.get_by_role("status").filter(has_text="Slack is away for 20 s.")).to_be_visible()
    await stage.type("/buynumber status")
    await expect(stage.articles).to_contain_text('/buynumber failed with the error "dispatch_failed"')
    back.set()
    await expect(control).to_have_accessible_name("Vobiz: sells")
    await backstage.stop()


async def test_on_a_narrow_screen_the_channels_are_in_a_drawer(stage: Stage) -> None:
    await stage.page.set_viewport_size(NARROW)
    await stage.open()
    await expect(stage.page.get_by_role("navigation")).to_be_hidden()
    await stage.page.get_by_role("button", name="Channels").click()
    await stage.page.get_by_role("navigation").get_by_role("button", name="general").click()
    await expect(stage.page.get_by_role("navigation")).to_be_hidden()
    await expect(stage.page.get_by_role("heading", name="general", exact=True)).to_be_visible()


async def test_on_a_narrow_screen_nothing_is_wider_and_a_thread_covers_the_channel_and_goes_again(stage: Stage) -> None:
    await stage.page.set_viewport_size(NARROW)
    ts = await stage.post(table(*[("wide " * 12,) * 4] * 2), section("x" * 200))
    await stage.post(text="reply", thread_ts=ts)
    await stage.open()
    await expect(stage.log.get_by_role("table")).to_be_visible()
    assert await stage.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    await stage.log.get_by_role("button", name="1 reply").click()
    await expect(stage.thread).to_be_in_viewport()
    await stage.thread.get_by_role("button", name="Close thread").click()
    await expect(stage.thread).to_be_hidden()


async def test_every_control_has_a_name_and_new_messages_are_announced_politely(stage: Stage) -> None:
    await stage.post(text="reply", thread_ts=await stage.post(text="card"))
    await stage.open()
    await expect(stage.page.get_by_role("log", name="numbers")).to_have_attribute("aria-live", "polite")
    await stage.log.get_by_role("button", name="1 reply").click()
    for role in ("button", "textbox", "radio", "link"):
        for control in await stage.page.get_by_role(role).all():
            await expect(control).to_have_accessible_name(re.compile(r"\S"))


async def test_the_hints_numbers_are_on_sale_in_the_demo() -> None:
    numbers = re.findall(r'number: "([^"]+)"', (PAGE / "examples.js").read_text())
    on_sale = {number.e164 for number in demo_inventory() if not number.blocked and not number.trial}
    assert numbers
    assert {number.replace(" ", "") for number in numbers} <= on_sale


async def test_nothing_in_the_page_needs_inline_script_or_style_or_reads_text_as_html() -> None:
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", HTML)
    dangerous = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")
    assert [path.name for path in PAGE.glob("*.js") if dangerous.search(path.read_text())] == []


async def test_every_module_is_fetched_ahead() -> None:
    ahead = set(re.findall(r'modulepreload" href="/page/static/([\w.]+)"', HTML))
    assert ahead | {"app.js", "types.js"} == {path.name for path in PAGE.glob("*.js")}


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))


LIGHT = colours(CSS.split("@media (prefers-color-scheme: dark)")[0])
DARK = LIGHT | colours(CSS.split("@media (prefers-color-scheme: dark)")[1].split("/* ──")[0])

WORDS_ON = {
    **dict.fromkeys(("page", "sunken", "raised", "hover", "eph-bg"), ("text", "soft", "link", "danger-text")),
    "bar": ("bar-text", "bar-soft"),
    **dict.fromkeys(("bar-2", "bar-hover"), ("bar-soft",)),
    **dict.fromkeys(("primary", "primary-hover", "danger", "danger-hover", "bar-here"), ("primary-text",)),
    "mention-bg": ("mention",),
    "me-bg": ("me",),
    "code-bg": ("code",),
    "warn-bg": ("warn", "text"),
    **dict.fromkeys(("info-bg", "ok-bg"), ("text",)),
    "error-bg": ("danger-text",),
}
ON = [*((words, ground) for ground, all_words in WORDS_ON.items() for words in all_words), ("ok", "sunken")]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("words", "ground"), ON, ids=[f"{words} on {ground}" for words, ground in ON])
async def test_words_stand_out_from_their_ground(theme: dict[str, str], words: str, ground: str) -> None:
    bright, dim = sorted((luminance(theme[words]), luminance(theme[ground])), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= LEAST_CONTRAST
