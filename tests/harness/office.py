"""A whole office for tests: both stand-ins, the real bot between them, and the few things that people do all day.

The bot runs in this process, over real HTTP or real WebSockets, on a real database file.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar

from sqlalchemy import Connection, select

from bot.app import Service
from bot.clock import Clock
from bot.domain.request import PurchaseRequest
from bot.sandbox.slack import Message, Outcome, SlackStandIn, View, Workspace, furnish
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS, VIKRAM
from bot.sandbox.slack.shapes import objects_of, text_of
from bot.sandbox.vobiz import VobizStandIn, demo_inventory
from bot.settings import given
from bot.store import database, requests, tables
from bot.store.lanes import Lane
from bot.work import claims
from bot.work.worker import LOOK_EVERY
from tests.harness.clock import FakeClock
from tests.harness.errands import KINDS
from tests.harness.patience import PATIENCE
from tests.harness.secrecy import assert_kept_in_the_world
from tests.harness.stores import lay_down_a_database

Transport = Literal["http", "socket mode"]
Found = TypeVar("Found")

BENGALURU = "+918069000142"
"""100 + 1 INR, and nothing that binds."""

DATABASE = "office.db"


class Office:
    """Asha asks, Meera and Vikram approve. The bot can be stopped and started again on the same database."""

    def __init__(
        self, slack: SlackStandIn, vobiz: VobizStandIn, environment: Mapping[str, str], clock: Clock | None = None
    ) -> None:
        self.slack = slack
        self.vobiz = vobiz
        self.environment = dict(environment)
        self.settings = given(environment)
        self.service = Service(self.settings, clock)
        self._clock = clock

    async def open(self) -> None:
        """The bot serves and Slack knows it."""
        await self.service.start()
        if self.settings.slack_app_token is None:
            self.slack.events_url = f"http://127.0.0.1:{self.service.port}/slack/events"
        await self.service.ready()

    async def reopen(self) -> None:
        """As after a restart: a new process' worth of the bot on the same database."""
        await self.service.stop()
        self.service = Service(self.settings, self._clock)
        await self.open()

    async def ask(self, text: str, *, by: str = ASHA, channel: str = NUMBERS) -> Outcome:
        return await self.slack.command(by, channel, text)

    async def a_card(self, text: str = f"{BENGALURU} for the support line", *, by: str = ASHA) -> Message:
        """Asks for a number and waits until its card stands."""
        before = len(self.slack.messages(NUMBERS))
        await self.ask(text, by=by)
        posted = await self.sees(lambda: self.slack.messages(NUMBERS)[before:])
        return posted[0]

    async def approve(self, card: Message, *, by: str = MEERA) -> Outcome:
        return await self.slack.click(by, card.ts, "approve")

    async def withdraw(self, card: Message, *, by: str = ASHA) -> Outcome:
        return await self.slack.click(by, card.ts, "withdraw")

    async def deny(self, card: Message, reason: str, *, by: str = VIKRAM) -> Outcome:
        """Opens the form, fills it in and sends it."""
        await self.slack.click(by, card.ts, "deny")
        form = await self.sees(lambda: self.slack.modal(by))
        assert form is not None
        return await self.slack.submit(by, form.id, {"reason": {"reason": reason}})

    async def request_changes(self, card: Message, question: str, *, by: str = VIKRAM) -> Outcome:
        """As `deny`."""
        await self.slack.click(by, card.ts, "request_changes")
        form = await self.sees(lambda: self.slack.modal(by))
        assert form is not None
        return await self.slack.submit(by, form.id, {"reason": {"reason": question}})

    async def sees(self, look: Callable[[], Found]) -> Found:
        """The first true `look()`, looked at whenever something in Slack changed."""
        return await self.slack.wait_for(lambda _: look(), timeout=PATIENCE)

    async def shows(self, card: Message, words: str) -> Message:
        """The card, once it says so."""

        def seen() -> Message | None:
            now = self.slack.message(card.channel, card.ts)
            return now if words in now.text else None

        found = await self.sees(seen)
        assert found is not None
        return found

    async def told(self, card: Message, words: str) -> Message:
        """The reply in the card's thread that says so."""
        found = await self.sees(
            lambda: [reply for reply in self.slack.thread(card.channel, card.ts) if words in reply.text]
        )
        return found[-1]

    async def hears(self, user: str, words: str) -> Message:
        """What this person alone sees, once it says so."""
        found = await self.sees(
            lambda: [message for message in self.slack.ephemerals_for(user) if words in message.text]
        )
        return found[-1]

    async def a_while(self, seconds: float = 5) -> None:
        """Moves the clock, once nothing is due and no lane has anything in hand. Only with a `FakeClock`."""
        clock = self._clock
        assert isinstance(clock, FakeClock)
        store = self.service._served.store
        changed = asyncio.Event()
        store.on_commit(lambda: changed.set())
        while await store.read(lambda connection: in_hand(connection, clock.now())):
            await changed.wait()
            changed.clear()
        await clock.until_waiting(len(Lane), seconds=LOOK_EVERY)
        clock.advance(seconds)

    async def requests(self) -> Sequence[PurchaseRequest]:
        """As the database has them, newest first."""
        store = database.open_to_read(self.settings.database_url.get_secret_value())
        try:
            return await store.read(requests.newest)
        finally:
            store.close()


def in_hand(connection: Connection, now: datetime) -> bool:
    """Is there work that somebody holds, or could take?"""
    held = connection.execute(select(tables.work.c.id).where(tables.work.c.lease_token.is_not(None))).first()
    return held is not None or any(claims.is_due(connection, lane, now=now, kinds=KINDS) for lane in Lane)


def buttons(shown: Message | View) -> dict[str, str]:
    """The buttons that stand on a message or at home, by action id, and what they carry."""
    rows = [objects_of(block, "elements") for block in shown.blocks if block["type"] == "actions"]
    return {text_of(button, "action_id"): text_of(button, "value") for row in rows for button in row}


@asynccontextmanager
async def an_office(
    folder: Path,
    *,
    transport: Transport = "http",
    clock: Clock | None = None,
    workspace: Workspace | None = None,
    vobiz: VobizStandIn | None = None,
    **settings: str,
) -> AsyncIterator[Office]:
    """Furnished and open; `settings` are added to the usual ones, by their names. A given `vobiz` is started here."""
    lay_down_a_database(folder / DATABASE)
    async with a_closed_office(
        folder, settings, transport=transport, clock=clock, workspace=workspace, vobiz=vobiz
    ) as office:
        await office.open()
        yield office


@asynccontextmanager
async def a_closed_office(
    folder: Path,
    settings: Mapping[str, str] = MappingProxyType({}),
    *,
    transport: Transport = "http",
    clock: Clock | None = None,
    workspace: Workspace | None = None,
    vobiz: VobizStandIn | None = None,
) -> AsyncIterator[Office]:
    """Furnished, and nobody serves in it; there is no database either."""
    vobiz = vobiz or VobizStandIn(numbers=demo_inventory())
    await vobiz.start()
    async with a_slack(workspace) as slack:
        office = Office(slack, vobiz, environment_for(slack, vobiz, folder, transport, settings), clock)
        try:
            yield office
        finally:
            await office.service.stop()
            await vobiz.stop()
        assert_kept_in_the_world(office.environment, folder, slack, vobiz)


def a_slack(workspace: Workspace | None = None) -> SlackStandIn:
    """Furnished, unless a workspace is given. No three seconds pass for it while a busy machine is elsewhere."""
    return SlackStandIn(workspace=workspace or furnish(Workspace(monotonic=float)), answer_within=PATIENCE)


OpenOffice = Callable[..., Awaitable[Office]]
"""Takes what `an_office` takes beside its folder; the office is closed when the test ends."""


def environment_for(
    slack: SlackStandIn, vobiz: VobizStandIn, folder: Path, transport: Transport, more: Mapping[str, str]
) -> dict[str, str]:
    """The settings by their names, as a process of its own is given them."""
    app = slack.workspace.app
    door = {"SLACK_APP_TOKEN": app.app_token} if transport == "socket mode" else {}
    return {
        "SLACK_BOT_TOKEN": app.bot_token,
        "SLACK_SIGNING_SECRET": app.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "VOBIZ_AUTH_ID": vobiz.master.auth_id,
        "VOBIZ_AUTH_TOKEN": vobiz.master.token,
        "VOBIZ_BASE_URL": vobiz.base_url,
        "DATABASE_URL": f"sqlite:///{folder / DATABASE}",
        "APPROVERS": f"{MEERA},{VIKRAM}",
        "HOST": "127.0.0.1",
        "PORT": "0",
        **door,
        **more,
    }
