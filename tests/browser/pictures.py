"""`python -m tests.browser.pictures FOLDER`: a picture of every message in every state, on a phone and on a desk.

They are the messages of the snapshots, as the demo's page shows them: for looking at what a change did to all of them.
"""

import argparse
import asyncio
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
from playwright.async_api import ViewportSize, async_playwright

from bot.sandbox.demo import workspace
from bot.sandbox.slack import SlackStandIn, Workspace
from bot.sandbox.slack.example import ASHA, NUMBERS
from handlers.views.announcements import announcement
from handlers.views.card import card
from handlers.views.message import Message
from handlers.views.refusals import refusal
from handlers.views.replies import reply
from tests.browser.conftest import DESKTOP, FLAGS, chromium
from tests.handlers.views.cases import ANNOUNCEMENTS, CARDS, REPLIES
from tests.handlers.views.refused import REFUSALS
from tests.harness.bolt import a_client
from tests.harness.builders import ASKER, BOSS, CHIEF

PHONE: ViewportSize = {"width": 390, "height": 844}

MESSAGES: Mapping[str, Message] = {
    **{f"card, {name}": card(shown) for name, shown in CARDS.items()},
    **{f"reply, {name}": reply(shown) for name, shown in REPLIES.items()},
    **{f"announcement, {name}": announcement(entry) for name, entry in ANNOUNCEMENTS.items()},
    **{f"refusal, {name}": refusal(refused) for name, refused in REFUSALS.items()},
}


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("name", nargs="?", default="", help="a part of the messages' names; default: all")
    given = parser.parse_args(words)
    chosen = {name: message for name, message in MESSAGES.items() if given.name in name}
    asyncio.run(_take(given.folder, chosen))
    sys.stdout.write(f"{2 * len(chosen)} pictures are in {given.folder}\n")


async def _take(folder: Path, chosen: Mapping[str, Message]) -> None:
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(SlackStandIn(workspace=_furnished()))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = a_client(slack, session)
        stood = {
            name: (await client.chat_postMessage(channel=NUMBERS, text=message.text, blocks=message.blocks))["ts"]
            for name, message in chosen.items()
        }
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        stack.push_async_callback(browser.close)
        for place, size in (("phone", PHONE), ("desk", DESKTOP)):
            (folder / place).mkdir(parents=True, exist_ok=True)
            page = await browser.new_page(viewport=size, locale="en-US", timezone_id="UTC")
            await page.goto(f"{slack.origin}/?as={ASHA}#{NUMBERS}")
            await page.wait_for_selector("#log:not([aria-busy])", state="attached")
            for name, ts in stood.items():
                picture = folder / place / f"{re.sub('[^a-z0-9]+', '-', name)}.png"
                await page.locator(f"[data-ts='{ts}']").screenshot(path=picture)


def _furnished() -> Workspace:
    """The demo's, with the people whom the messages name."""
    furnished = workspace()
    for user, name in ((ASKER, "Ada Asker"), (BOSS, "Bo Boss"), (CHIEF, "Cleo Chief")):
        furnished.add_user(user, name)
    return furnished


if __name__ == "__main__":
    main(sys.argv[1:])
