"""Makes the pictures beside this file from the demo: `python -m tests.pictures`.

They look right where Lato and a colour emoji font are installed (Debian: fonts-lato, fonts-noto-color-emoji).
"""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Locator, Page, ViewportSize, async_playwright, expect

from bot.sandbox.slack.example import ASHA
from tests.browser.conftest import FLAGS, PATIENCE_MS, Screen, chromium
from tests.harness.process import a_bot

HERE = Path(__file__).parent
DESK: ViewportSize = {"width": 1200, "height": 760}
PHONE: ViewportSize = {"width": 390, "height": 844}
LARGEST = 200_000
"""Bytes a picture may have."""


async def make() -> None:
    async with a_demo() as url, a_page() as page:
        screen = Screen(page=page, origin=url.removesuffix("/"))
        await screen.open(ASHA)
        await page.get_by_role("button", name="Dismiss the steps").click()
        await cards(screen)
        await picker(screen)
        await home(screen)


async def cards(screen: Screen) -> None:
    """One bought, with its thread beside it, and one that waits for its decision."""
    await screen.type("/buynumber +91 80 6900 0142 for the Bengaluru desk")
    bought = screen.articles.filter(has_text="+91 80 6900 0142").last
    await expect(bought).to_contain_text("Buy +91 80 6900 0142?")
    await screen.become("Meera")
    await bought.get_by_role("button", name="Approve").click()
    await screen.page.get_by_role("alertdialog").get_by_role("button", name="Approve").click()
    await expect(bought).to_contain_text("Bought +91 80 6900 0142")
    await screen.become("Asha")
    await screen.type("/buynumber +91 98765 43210 for the support line")
    waiting = screen.articles.filter(has_text="Buy +91 98765 43210?")
    await expect(waiting).to_be_visible()
    await screen.become("Meera")
    await take(screen, "card", waiting, at=(PHONE,))
    await bought.get_by_role("button", name="replies").click()
    await expect(screen.thread).to_contain_text("It does not ring yet")
    await take(screen, "card-and-thread", screen.thread, at=(DESK,))
    await take(screen, "thread", screen.thread, at=(PHONE,))
    await screen.thread.get_by_role("button", name="Close thread").click()


async def picker(screen: Screen) -> None:
    """Two of a city's numbers picked, with what they cost."""
    await screen.become("Asha")
    await screen.type("/buynumber Mumbai for the sales team")
    form = screen.page.get_by_role("dialog")
    await expect(form).to_contain_text("4 numbers fit.")
    for at, told in enumerate(("First year", "2 numbers:")):
        await form.get_by_role("combobox", name="Numbers").click()
        await screen.page.get_by_role("option").nth(at).click()
        await expect(form).to_contain_text(told)
    await take(screen, "picker", form)
    await form.get_by_role("button", name="Cancel").click()


async def home(screen: Screen) -> None:
    """Of somebody who decides."""
    await screen.become("Meera")
    await screen.page.goto(f"{screen.page.url.partition('#')[0]}#home")
    await expect(screen.page.locator("#home")).to_contain_text("Waiting for you")
    await take(screen, "home", screen.page.locator("#home"))


async def take(screen: Screen, name: str, shown: Locator, *, at: tuple[ViewportSize, ...] = (DESK, PHONE)) -> None:
    for size in at:
        await screen.page.set_viewport_size(size)
        await expect(shown).to_be_visible()
        await screen.page.mouse.move(size["width"] / 2, 0)
        file = HERE / f"{name}-{'desk' if size is DESK else 'phone'}.png"
        await screen.page.screenshot(path=file)
        if file.stat().st_size > LARGEST:
            raise ValueError(f"{file} has {file.stat().st_size} bytes, more than {LARGEST}")
    await screen.page.set_viewport_size(DESK)


@asynccontextmanager
async def a_demo() -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        async with a_bot("demo", "--port", "0", folder=Path(folder), env={"TMPDIR": folder}) as demo:
            found = re.search(r"http://\S+/", await demo.writes("The demo is at"))
            assert found is not None
            yield found[0]


@asynccontextmanager
async def a_page() -> AsyncIterator[Page]:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield await browser.new_page(viewport=DESK, locale="en-US", timezone_id="Asia/Kolkata", reduced_motion="reduce")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(make())
