"""The handlers alone: the real Bolt app behind the real HTTP door, a real database, both stand-ins. Nobody judges.

So what a handler stored stays where it was put, and time is the test's own.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import aiohttp
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from sqlalchemy import select

from bot.domain.refusals import AnyRefusal
from bot.domain.rules import Rules
from bot.sandbox.slack import SlackStandIn, View
from bot.sandbox.slack.example import ASHA, MEERA, VIKRAM
from bot.sandbox.vobiz import VobizStandIn, demo_inventory
from bot.services.acts import (
    Act,
    Answer,
    Ask,
    AskAgain,
    AskForReport,
    AskForStatus,
    AskWhy,
    Decide,
    Freeze,
    Reception,
    RequestChanges,
    Resolve,
    TurnedAway,
    Unpark,
)
from bot.services.offers import Offers
from bot.services.tell.queries import FormQueries
from bot.store.store import Store
from bot.store.tables import work
from bot.vobiz.client import Vobiz
from handlers import bolt
from handlers.bolt import Identity
from handlers.calls import SlackCalls
from handlers.http_events import Front
from handlers.inventory import Inventory
from handlers.offering import Offering
from handlers.outgoing import SlackMessenger
from handlers.people import SlackPeople
from handlers.surfaces import Surfaces
from tests.handlers.desk import a_client, a_workspace
from tests.harness.clock import FakeClock
from tests.harness.office import a_slack
from tests.harness.patience import PATIENCE
from tests.harness.stores import a_store

ANYWHERE = Rules()

JUDGED = (
    *(Answer, Ask, AskAgain, AskForReport, AskForStatus, AskWhy, Decide, Freeze, RequestChanges, Resolve),
    *(TurnedAway, Unpark),
)

KINDS: dict[str, type[Act]] = {act.kind: act for act in JUDGED}

A = TypeVar("A", bound=Act)


@dataclass(frozen=True, slots=True)
class Door:
    """`url` is where the app listens; the stand-in delivers there."""

    slack: SlackStandIn
    vobiz: VobizStandIn
    store: Store
    clock: FakeClock
    surfaces: Surfaces
    app: AsyncApp
    session: aiohttp.ClientSession
    url: str

    @property
    def messenger(self) -> SlackMessenger:
        return self.surfaces.messenger

    async def form(self, user: str = ASHA) -> View:
        """The form in front of somebody, once it is there."""
        return (await self.slack.wait_for(lambda _: self.slack.workspace.views.stack(user)))[-1]

    async def heard(self, user: str = ASHA) -> str:
        """The one thing that this person alone is told."""
        [answer] = await self.slack.wait_for(lambda _: self.slack.ephemerals_for(user))
        return answer.text

    async def acts(self) -> list[Act]:
        """What was handed in, oldest first."""
        rows = await self.store.read(
            lambda connection: connection.execute(select(work.c.kind, work.c.payload).order_by(work.c.id)).all()
        )
        return [KINDS[kind].model_validate_json(payload) for kind, payload in rows]

    async def until_turned_away(self, how_many: int) -> list[TurnedAway]:
        """So many refusals, once they were handed in and nothing else was."""
        committed = asyncio.Event()
        self.store.on_commit(lambda: committed.set())
        async with asyncio.timeout(PATIENCE):
            while len(acts := await self.acts()) < how_many:
                await committed.wait()
                committed.clear()
        return [act for act in acts if isinstance(act, TurnedAway)]

    async def the_act(self, kind: type[A]) -> A:
        """The one thing that was handed in."""
        [act] = await self.acts()
        assert isinstance(act, kind)
        return act

    async def turned_away(self, user: str = ASHA) -> AnyRefusal:
        """Why the one thing that was handed in, which is this person's, came to nothing; no form is open."""
        act = await self.the_act(TurnedAway)
        assert act.user == user
        assert self.slack.modal(user) is None
        return act.refusal

    async def post(self, body: bytes, headers: Mapping[str, str], *, kind: str = "form") -> int:
        """Posts these bytes as they are; the status they are answered with."""
        types = {"form": "application/x-www-form-urlencoded", "json": "application/json"}
        async with self.session.post(self.url, data=body, headers={"Content-Type": types[kind], **headers}) as answer:
            return answer.status

    async def post_signed(self, body: bytes, *, kind: str = "form") -> int:
        return await self.post(body, self.slack.sign(body), kind=kind)


@asynccontextmanager
async def a_door(
    folder: Path,
    *,
    approvers: tuple[str, ...] = (MEERA, VIKRAM),
    rules: Rules = ANYWHERE,
    clock: FakeClock | None = None,
    read_budget: float = 2.0,
) -> AsyncIterator[Door]:
    """Open; `approvers` are users and groups. The client of the provider soon gives up reading."""
    clock = clock or FakeClock()
    workspace = a_workspace(clock)
    async with AsyncExitStack() as opened:
        slack = await opened.enter_async_context(a_slack(workspace))
        vobiz = VobizStandIn(numbers=demo_inventory())
        await vobiz.start()
        opened.push_async_callback(vobiz.stop)
        login, token = vobiz.master.auth_id, SecretStr(vobiz.master.token)
        provider = Vobiz(base_url=vobiz.base_url, auth_id=login, auth_token=token, timeout=5, read_budget=read_budget)
        opened.push_async_callback(provider.aclose)
        served = a_store(folder)
        opened.callback(served.close)
        session = await opened.enter_async_context(aiohttp.ClientSession())
        client = a_client(slack.api_url, session, workspace.app.bot_token)
        calls = SlackCalls(clock)
        inventory = Inventory(provider, clock)
        opened.push_async_callback(inventory.close)
        surfaces = Surfaces(
            messenger=SlackMessenger(client, session, calls),
            reception=Reception(store=served.store, clock=clock),
            forms=FormQueries(store=served.store),
            people=SlackPeople(client, calls, clock, team=workspace.team.id, approvers=approvers),
            offering=Offering(inventory=inventory, offers=Offers(store=served.store, clock=clock, rules=rules)),
            rules=rules,
            clock=clock,
            default_country="IN",
        )
        us = workspace.app
        app = bolt.build(Identity(team=workspace.team.id, bot_user=us.user, bot_id=us.bot_id), surfaces)
        front = Front(app, SecretStr(us.signing_secret), clock)
        slack.events_url = await opened.enter_async_context(a_front(front))
        yield Door(slack, vobiz, served.store, clock, surfaces, app, session, slack.events_url)


@asynccontextmanager
async def listening(*routes: web.RouteDef) -> AsyncIterator[str]:
    """Where they are served, without a path."""
    application = web.Application()
    application.add_routes(routes)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def a_front(front: Front) -> AsyncIterator[str]:
    """Where Slack posts to it."""
    async with listening(web.post("/slack/events", front.events)) as url:
        yield f"{url}/slack/events"
