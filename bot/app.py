"""The one place where the parts are put together, started and stopped."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
import structlog
from aiohttp import web
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock, SystemClock
from bot.domain.policy import Limits
from bot.services.acts import Reception
from bot.services.deadlines import Deadlines
from bot.services.decide import Decisions
from bot.services.ports import NotDelivered, Undeliverable
from bot.services.purchase import Purchases
from bot.services.rules import Rules
from bot.services.status import Status
from bot.services.submit import Submit
from bot.services.tell import Outbox
from bot.services.trying import backoff
from bot.settings import Settings
from bot.store import database
from bot.store.store import Store
from bot.store.work import Kind, Lane
from bot.vobiz.client import Vobiz
from bot.work.crew import Crew
from bot.work.loop import Judge, Pace
from handlers import bolt
from handlers.bolt import Identity
from handlers.calls import SlackCalls
from handlers.front import Front
from handlers.outgoing import SlackMessenger
from handlers.people import SlackPeople
from handlers.sockets import Sockets
from handlers.surfaces import Places, Surfaces

log: structlog.stdlib.BoundLogger = structlog.get_logger()

SLACK_ANSWERS_WITHIN = 10
"""Seconds for one call to Slack."""

AT_ONCE = {Lane.JUDGE: 8, Lane.BUY: 4, Lane.TELL: 8}
"""Work of one lane that runs side by side in a process."""

LEASE = timedelta(seconds=30)


class CannotServe(Exception):
    """One line for the operator: what is wrong."""


class Service:
    """One serving process: the door for Slack, the lanes of work, and what they need."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._ready = asyncio.Event()
        self._fatal: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._front: Front | None = None
        self._sockets: Sockets | None = None
        self._beginnings: list[asyncio.Task[None]] = []
        self._closing = AsyncExitStack()
        """What is open, to be closed in the opposite order."""
        self.port = settings.port
        """Where it listens; the chosen one when the setting is 0."""

    async def start(self) -> None:
        """Returns when the port is open; Slack gets to know us after that. Raises `StoreError` or `CannotServe`."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        settings = self._settings
        self._served = database.open_to_serve(settings.database_url.get_secret_value())
        self._closing.push_async_callback(asyncio.to_thread, self._served.close)
        self._session = await self._closing.enter_async_context(aiohttp.ClientSession())
        self._calls = SlackCalls(self._clock)
        self._client = self._web_client(settings.slack_bot_token)
        self._vobiz = Vobiz(
            base_url=settings.vobiz_base_url,
            auth_id=settings.vobiz_auth_id,
            auth_token=settings.vobiz_auth_token,
            timeout=settings.vobiz_timeout.total_seconds(),
        )
        self._closing.push_async_callback(self._vobiz.aclose)
        await self._listen()
        self._beginnings = [asyncio.create_task(self._introduce()), asyncio.create_task(self._vobiz.learn_casing())]

    async def ready(self) -> None:
        """Returns when Slack knows us. Raises `CannotServe` when it never will."""
        ready = asyncio.create_task(self._ready.wait())
        failing = asyncio.create_task(self.failed())
        try:
            await asyncio.wait([ready, failing], return_when=asyncio.FIRST_COMPLETED)
            if failing.done():
                await failing
        finally:
            ready.cancel()
            failing.cancel()

    async def failed(self) -> None:
        """Raises `CannotServe` once Slack gives an answer that will never get better; returns never."""
        raise CannotServe(await asyncio.shield(self._fatal))

    async def stop(self) -> None:
        """Nothing new is taken; what runs is finished, or left for takeover, within 15 seconds."""
        self._ready.clear()
        for beginning in self._beginnings:
            beginning.cancel()
        await asyncio.gather(*self._beginnings, return_exceptions=True)
        await self._closing.aclose()

    async def _listen(self) -> None:
        door = web.Application()
        door.router.add_get("/healthz", self._healthz)
        door.router.add_get("/readyz", self._readyz)
        door.router.add_post("/slack/events", self._events)
        runner = web.AppRunner(door, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        try:
            await web.TCPSite(runner, self._settings.host, self._settings.port).start()
        except OSError as reason:
            raise CannotServe(f"HOST, PORT: cannot listen there ({reason.strerror})") from reason
        self.port = runner.addresses[0][1]

    async def _introduce(self) -> None:
        """Asks Slack who we are until it says; then the lanes work and the door opens."""
        tries = 0
        while True:
            tries += 1
            try:
                identity = await self._who_we_are()
            except Undeliverable as refused:
                self._end(f"Slack refuses SLACK_BOT_TOKEN: {refused.code}")
                return
            except NotDelivered as lost:
                log.warning("slack cannot be reached", reason=lost.reason)
                await asyncio.sleep(lost.retry_after or backoff(tries).total_seconds())
            else:
                await self._open(identity)
                return

    async def _who_we_are(self) -> Identity:
        answer = await self._calls.run("auth.test", "", self._client.auth_test)
        team, user, bot_id = (str(answer.get(name) or "") for name in ("team_id", "user_id", "bot_id"))
        if not team or not user:
            raise NotDelivered("no team in the answer")
        return Identity(team=team, bot_user=user, bot_id=bot_id)

    async def _open(self, identity: Identity) -> None:
        settings, store = self._settings, self._served.store
        people = SlackPeople(
            self._client,
            self._calls,
            self._clock,
            team=identity.team,
            users=settings.approvers.users,
            groups=settings.approvers.groups,
            source=settings.approvers.written,
        )
        messenger = SlackMessenger(self._client, self._session, self._calls)
        surfaces = Surfaces(
            client=self._client,
            reception=Reception(store=store, clock=self._clock),
            people=people,
            provider=self._vobiz,
            places=Places(allowed=settings.allowed_channels, approval_channel=settings.approval_channel),
            clock=self._clock,
            default_country=settings.default_country,
        )
        app = bolt.build(identity, surfaces)
        rules = rules_of(settings)
        judges = _judges(store, self._vobiz, people, messenger, self._clock, rules)
        crew = Crew(judges, store=store, clock=self._clock, paces=_paces(rules))
        self._closing.push_async_callback(crew.stop)
        crew.start()
        if settings.slack_app_token is not None:
            app_client = self._web_client(settings.slack_app_token)
            self._sockets = Sockets(app, settings.slack_app_token, app_client, self._socket_ended)
            self._closing.push_async_callback(self._sockets.stop)
            await self._sockets.start()
        elif settings.slack_signing_secret is not None:
            self._front = Front(app, settings.slack_signing_secret, self._clock)
        self._ready.set()
        log.info("serving", transport="socket mode" if self._sockets else "http", port=self.port)

    def _web_client(self, token: SecretStr) -> AsyncWebClient:
        """Nothing is sent again by the client itself: a lost answer to a post would post twice."""
        client = AsyncWebClient(
            token=token.get_secret_value(),
            base_url=self._settings.slack_api_url,
            timeout=SLACK_ANSWERS_WITHIN,
            session=self._session,
            retry_handlers=[],
        )
        if _goes_past_proxies(self._settings.slack_api_url):
            client.proxy = None
        return client

    def _socket_ended(self, code: str) -> None:
        self._end(f"Slack refuses SLACK_APP_TOKEN: {code}")

    def _end(self, why: str) -> None:
        if not self._fatal.done():
            self._fatal.set_result(why)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if self._front is None or not self._ready.is_set():
            return web.Response(status=503 if self._settings.slack_app_token is None else 404)
        return await self._front.events(request)

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _readyz(self, _: web.Request) -> web.Response:
        if not self._ready.is_set() or (self._sockets is not None and not await self._sockets.is_up()):
            return web.Response(status=503, text="Slack does not know us yet\n")
        try:
            await self._served.store.write(_answers)
        except SQLAlchemyError as reason:
            log.error("the database does not answer", error=type(reason).__name__)  # noqa: TRY400 - asked every second
            return web.Response(status=503, text="the database does not answer\n")
        return web.Response(text="ready\n")


def _answers(connection: Connection) -> None:
    """Reads a page in a writing transaction: `SELECT 1` alone would never touch the file."""
    connection.execute(text("SELECT version_num FROM alembic_version"))


def _goes_past_proxies(url: str) -> bool:
    """The SDK takes `HTTPS_PROXY` for every address; `NO_PROXY`, and that no proxy reaches this machine, it ignores."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "127.0.0.1", "::1") or bool(proxy_bypass(host))


def rules_of(settings: Settings) -> Rules:
    """The team's rules as the services use them."""
    return Rules(
        approvers=settings.approvers.ids,
        approval_channel=settings.approval_channel,
        limits=Limits(self_approval=settings.allow_self_approval, second_above=settings.second_approval_above),
        expires_after=settings.request_expires_after,
        remind_after=settings.remind_after,
        call_timeout=settings.vobiz_timeout,
    )


def _judges(
    store: Store, provider: Vobiz, people: SlackPeople, messenger: SlackMessenger, clock: Clock, rules: Rules
) -> dict[Kind, Judge]:
    """Which service does which work."""
    deadlines = Deadlines(store=store, clock=clock, rules=rules)
    outbox = Outbox(store=store, messenger=messenger, clock=clock, rules=rules)
    return {
        Kind.SUBMIT: Submit(store=store, provider=provider, people=people, clock=clock, rules=rules).judge,
        Kind.DECIDE: Decisions(store=store, people=people, clock=clock, rules=rules).judge,
        Kind.STATUS: Status(store=store, people=people, clock=clock).judge,
        Kind.EXPIRE: deadlines.expire,
        Kind.REMIND: deadlines.remind,
        Kind.LAPSE: deadlines.lapse,
        Kind.PURCHASE: Purchases(store=store, provider=provider, people=people, clock=clock, rules=rules).buy,
        Kind.CARD: outbox.card,
        Kind.REPLY: outbox.reply,
        Kind.WORDS: outbox.words,
        Kind.LISTING: outbox.listing,
    }


def _paces(rules: Rules) -> dict[Lane, Pace]:
    leases = {Lane.JUDGE: LEASE, Lane.BUY: max(LEASE, rules.purchase_lease), Lane.TELL: LEASE}
    return {lane: Pace(at_once=AT_ONCE[lane], lease=leases[lane]) for lane in Lane}
