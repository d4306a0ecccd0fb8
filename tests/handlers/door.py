"""The handlers alone: the real Bolt app behind the real HTTP door, a real database, both stand-ins. Nobody judges.

So what a handler stored stays where it was put, and time is the test's own.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import aiohttp
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select

from bot.domain.rules import Rules
from bot.sandbox.slack import SlackStandIn, Workspace, furnish
from bot.sandbox.slack.example import MEERA, VIKRAM
from bot.sandbox.vobiz import VobizStandIn, demo_inventory
from bot.services.acts import Act, Ask, AskAgain, AskForStatus, Decide, Freeze, Reception, Resolve
from bot.services.tell.queries import FormQueries
from bot.store.store import Store
from bot.store.tables import work
from bot.vobiz.client import Vobiz
from handlers import bolt
from handlers.bolt import Identity
from handlers.calls import SlackCalls
from handlers.http_events import Front
from handlers.outgoing import SlackMessenger
from handlers.people import SlackPeople
from handlers.surfaces import Surfaces
from tests.harness.clock import FakeClock
from tests.harness.office import a_slack
from tests.harness.stores import a_store

ANYWHERE = Rules()

ACTS: tuple[type[Act], ...] = (Ask, AskAgain, AskForStatus, Decide, Freeze, Resolve)


A = TypeVar("A", bound=Act)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """`url` is where the app listens; the stand-in delivers there."""

    slack: SlackStandIn
    vobiz: VobizStandIn
    store: Store
    clock: FakeClock
    people: SlackPeople
    messenger: SlackMessenger
    app: AsyncApp
    session: aiohttp.ClientSession
    url: str

    async def acts(self) -> list[Act]:
        """What was handed in, oldest first."""
        rows = await self.store.read(
            lambda connection: connection.execute(select(work.c.kind, work.c.payload).order_by(work.c.id)).all()
        )
        kinds = {act.kind: act for act in ACTS}
        return [kinds[kind].model_validate_json(payload) for kind, payload in rows]

    async def the_act(self, kind: type[A]) -> A:
        """The one thing that was handed in."""
        [act] = await self.acts()
        assert isinstance(act, kind)
        return act

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
    users: tuple[str, ...] = (MEERA, VIKRAM),
    groups: tuple[str, ...] = (),
    rules: Rules = ANYWHERE,
    clock: FakeClock | None = None,
) -> AsyncIterator[Door]:
    """Open; `users` and `groups` are the approvers."""
    clock = clock or FakeClock()
    workspace = furnish(Workspace(monotonic=clock.monotonic, wall=lambda: clock.now().timestamp()))
    async with AsyncExitStack() as opened:
        slack = await opened.enter_async_context(a_slack(workspace))
        vobiz, provider = await opened.enter_async_context(_a_provider())
        served = a_store(folder)
        opened.callback(served.close)
        session = await opened.enter_async_context(aiohttp.ClientSession())
        client = AsyncWebClient(
            token=workspace.app.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )
        calls = SlackCalls(clock)
        surfaces = Surfaces(
            messenger=SlackMessenger(client, session, calls),
            reception=Reception(store=served.store, clock=clock),
            forms=FormQueries(store=served.store),
            people=SlackPeople(client, calls, clock, team=workspace.team.id, approvers=(*users, *groups)),
            provider=provider,
            rules=rules,
            clock=clock,
            default_country="IN",
        )
        app = bolt.build(_identity(workspace), surfaces)
        front = Front(app, SecretStr(workspace.app.signing_secret), clock)
        slack.events_url = await opened.enter_async_context(listening(front))
        yield Door(
            slack=slack,
            vobiz=vobiz,
            store=served.store,
            clock=clock,
            people=surfaces.people,
            messenger=surfaces.messenger,
            app=app,
            session=session,
            url=slack.events_url,
        )


@asynccontextmanager
async def _a_provider() -> AsyncIterator[tuple[VobizStandIn, Vobiz]]:
    """The stand-in, and a client that soon gives up reading from it."""
    vobiz = VobizStandIn(numbers=demo_inventory())
    await vobiz.start()
    login = vobiz.master
    client = Vobiz(
        base_url=vobiz.base_url, auth_id=login.auth_id, auth_token=SecretStr(login.token), timeout=5, read_budget=2.0
    )
    try:
        yield vobiz, client
    finally:
        await client.aclose()
        await vobiz.stop()


def _identity(workspace: Workspace) -> Identity:
    return Identity(team=workspace.team.id, bot_user=workspace.app.user, bot_id=workspace.app.bot_id)


@asynccontextmanager
async def listening(front: Front) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/slack/events", front.events)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()
