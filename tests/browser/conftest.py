"""The demo's page in a real browser, on the real Slack stand-in, with a small Bolt app of the test's own behind it.

Every test also fails when the page logs an error or asks anything of another origin.
"""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Request, ViewportSize, async_playwright, expect
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.demo import workspace
from bot.sandbox.slack import SlackStandIn, Workspace
from bot.sandbox.slack.example import ASHA, GENERAL, MEERA, NUMBERS, VIKRAM
from bot.sandbox.slack.shapes import JsonObject
from tests.harness.bolt import a_connected_app
from tests.harness.patience import PATIENCE

FLAGS = [
    *("--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-quic", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-features=PreloadTopChromeWebUI"),
]
PATIENCE_MS = PATIENCE * 1000

DESKTOP: ViewportSize = {"width": 1280, "height": 800}


@dataclass(kw_only=True)
class Screen:
    """The page, and `problems`, which are what it must never do; a test that provokes one on purpose clears it."""

    page: Page
    origin: str
    problems: list[str] = field(default_factory=list)

    async def open(self, person: str = ASHA, *, place: str = NUMBERS) -> None:
        """The page with `person` at the screen, its stream running."""
        await self.page.goto(f"{self.origin}/?as={person}#{place}")
        await self.page.wait_for_selector("#log:not([aria-busy])", state="attached")

    async def type(self, text: str) -> None:
        """Into the channel's composer, and sends it."""
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def become(self, name: str) -> None:
        """Switches to the person whose name begins like this."""
        await self.page.get_by_role("radio", name=name).check(force=True)

    @property
    def composer(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message #numbers")

    @property
    def log(self) -> Locator:
        return self.page.locator("#log")

    @property
    def articles(self) -> Locator:
        return self.log.get_by_role("article")

    @property
    def thread(self) -> Locator:
        return self.page.get_by_role("complementary", name="Thread")

    @contextmanager
    def watched(self) -> Iterator[None]:
        """What goes wrong on the page meanwhile is raised at the end."""
        watching = (("console", self._heard), ("pageerror", self._failed), ("request", self._asked))
        for event, hear in watching:
            self.page.on(event, hear)  # type: ignore[call-overload]
        yield
        for event, hear in watching:
            self.page.remove_listener(event, hear)
        assert self.problems == []

    def _failed(self, error: Exception) -> None:
        self.problems.append(str(error))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(f"{self.origin}/"):
            self.problems.append(f"asked for {request.url}")


@dataclass(kw_only=True)
class Stage(Screen):
    """One test's Slack and app, and the page before them."""

    slack: SlackStandIn
    app: AsyncApp
    client: AsyncWebClient

    async def post(self, *blocks: JsonObject, text: str = "words", thread_ts: str | None = None) -> str:
        """A message of the app in `NUMBERS`; returns its `ts`."""
        answer = await self.client.chat_postMessage(
            channel=NUMBERS, text=text, blocks=list(blocks) or None, thread_ts=thread_ts
        )
        return str(answer["ts"])

    def payloads(self, kind: str) -> list[JsonObject]:
        """What the app was sent of this type, oldest first."""
        sent = [envelope.payload for envelope in self.slack.sent]
        return [payload for payload in sent if payload.get("type", "command") == kind]

    async def sent(self, kind: str, how_many: int = 1) -> list[JsonObject]:
        """The same once it is so many, which has to be all."""
        await self.slack.wait_for(lambda _: len(self.payloads(kind)) >= how_many)
        assert len(self.payloads(kind)) == how_many
        return self.payloads(kind)


async def take(ack: AsyncAck) -> None:
    """Whatever the app is told."""
    await ack()


def chromium() -> str:
    """Debian's browser. Without it tests are skipped, except where CI is set: there they fail."""
    path = shutil.which("chromium")
    if path is None:
        how = "these tests need Chromium: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(how)
        pytest.skip(how)
    return path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = chromium()
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        await opened.close()


@asynccontextmanager
async def a_page(browser: Browser) -> AsyncIterator[Page]:
    """In a window of its own."""
    context = await browser.new_context(viewport=DESKTOP, locale="en-US", timezone_id="UTC", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    yield await context.new_page()
    await context.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """One for all tests of a worker, one after another: a window takes a second to open."""
    async with a_page(browser) as opened:
        yield opened


def furnished() -> Workspace:
    """The demo's people and channel, another channel, and everyone's direct messages with the app."""
    furnished = workspace()
    furnished.add_channel(GENERAL, "general", (ASHA, MEERA, VIKRAM))
    for person in (ASHA, MEERA, VIKRAM):
        furnished.channels.direct(person)
    return furnished


@asynccontextmanager
async def set_stage(page: Page, *, answer_within: float = PATIENCE) -> AsyncIterator[Stage]:
    """Everything of one stage, up and then down again; the page is as new then."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(SlackStandIn(workspace=furnished(), answer_within=answer_within))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        app = await stack.enter_async_context(a_connected_app(slack, session))
        stage = Stage(slack=slack, app=app, client=app.client, page=page, origin=slack.origin)
        with stage.watched():
            yield stage
            await page.evaluate("localStorage.clear()")
            await page.goto("about:blank")


@pytest.fixture
def answer_within() -> float:
    """Seconds that the app has, in tests of what comes then."""
    return PATIENCE


@pytest_asyncio.fixture(loop_scope="session")
async def stage(page: Page, answer_within: float) -> AsyncIterator[Stage]:
    await page.set_viewport_size(DESKTOP)
    async with set_stage(page, answer_within=answer_within) as standing:
        yield standing


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gallery(browser: Browser) -> AsyncIterator[Stage]:
    """One page that tests of a module share, because they only look."""
    async with a_page(browser) as page, set_stage(page) as standing:
        yield standing
