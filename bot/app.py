"""The one place where the parts are put together, started and stopped."""

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import structlog

from bot import clients, lanes
from bot.clock import Clock, SystemClock
from bot.http_server import CannotListen, HttpServer
from bot.problems import Problem
from bot.redaction import Redactor
from bot.services.acts import Reception
from bot.services.offers import Offers
from bot.services.parking import Parking, deliver_again
from bot.services.plans import plan_rounds
from bot.services.ports import NotDelivered, NotLetIn, ProviderUnavailable, Undeliverable
from bot.services.reconcile.beginning import begin_at
from bot.services.tell.queries import FormQueries
from bot.services.unit import Units
from bot.settings import Settings
from bot.store import database
from bot.watch import Watch
from bot.work.crew import Crew
from bot.work.retry import backoff
from handlers import bolt
from handlers.bolt import Identity
from handlers.calls import SlackCalls
from handlers.http_events import Front
from handlers.inventory import Inventory
from handlers.offering import Offering
from handlers.outgoing import SlackMessenger
from handlers.people import SlackPeople
from handlers.surfaces import Surfaces

if TYPE_CHECKING:
    from handlers.socket_mode import Sockets

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class CannotServe(Problem):
    """One line for the operator: what is wrong."""


class Service:
    """One serving process: the door for Slack, the lanes of work, and what they need.

    `traces_to` is the variable of the environment that says where traces go, if one does.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None, *, traces_to: str | None = None) -> None:
        self._settings = settings
        self._traces_to = traces_to
        self._clock = clock or SystemClock()
        self._ready = asyncio.Event()
        self._fatal: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._sockets: Sockets | None = None
        self._beginnings: list[asyncio.Task[None]] = []
        self._watch = Watch()
        self._closing = AsyncExitStack()
        """What is open, to be closed in the opposite order."""
        self.port = settings.port
        """Where it listens; the chosen one when the setting is 0."""
        self.metrics_port = 0

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
        self._closing.callback(self._served.close)
        self._closing.push_async_callback(self._served.store.finish)
        self._session = await self._closing.enter_async_context(clients.slack_session())
        await self._be_seen()
        self._calls = SlackCalls(self._clock, Redactor(settings.secrets), self._watch)
        self._client = clients.web_client(settings, settings.slack_bot_token, self._session)
        self._vobiz = clients.vobiz(settings, self._watch)
        self._closing.push_async_callback(self._vobiz.aclose)
        self._inventory = Inventory(self._vobiz, self._clock)
        self._closing.push_async_callback(self._inventory.close)
        await self._listen()
        self._beginnings = [asyncio.create_task(self._introduce()), asyncio.create_task(self._learn_casing())]

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
        settings = self._settings
        self._http = HttpServer(
            self._served.store, self._clock, is_known=self._is_known, takes_events=settings.slack_app_token is None
        )
        self._closing.push_async_callback(self._http.close)
        try:
            self.port = await self._http.open(settings.host, settings.port)
        except CannotListen as reason:
            raise CannotServe(f"HOST, PORT: cannot listen there ({reason})") from reason

    async def _be_seen(self) -> None:
        """By whoever is to see it run. What is not asked for is not even imported."""
        if (at := self._settings.metrics_listen) is not None:
            from bot.metrics import Metrics

            rules, ages = self._settings.rules, self._socket_ages
            metrics = Metrics(self._served.store, self._clock, rules, is_known=self._is_known, socket_ages=ages)
            self._closing.push_async_callback(metrics.close)
            try:
                self.metrics_port = await metrics.open(*at)
            except CannotListen as reason:
                raise CannotServe(f"METRICS_LISTEN: cannot listen there ({reason})") from reason
            metrics.join(self._watch)
        if self._traces_to is not None:
            try:
                from bot.traces import Traces
            except ImportError as missing:
                way_out = "pip install 'buynumber[otel]', or take it out"
                raise CannotServe(f"{self._traces_to} asks for traces, which need more: {way_out}") from missing
            traces = Traces()
            self._closing.push_async_callback(traces.close)
            traces.join(self._watch)

    async def _socket_ages(self) -> list[float] | None:
        return None if self._settings.slack_app_token is None else await self._sockets.ages() if self._sockets else []

    async def _is_known(self) -> bool:
        return self._ready.is_set() and (self._sockets is None or await self._sockets.is_up())

    async def _learn_casing(self) -> None:
        try:
            await self._vobiz.learn_casing()
        except ProviderUnavailable as unavailable:
            log.warning("vobiz cannot be read", reason=unavailable.reason)

    async def _introduce(self) -> None:
        """Asks Slack who we are until it says; then the lanes work and the door opens."""
        try:
            await self._open(await self._identity())
        except CannotServe as reason:
            self._end(str(reason))
        except Exception:
            log.exception("the bot cannot start")
            self._end("the bot cannot start, see the log line before this one")

    async def _identity(self) -> Identity:
        tries = 0
        while True:
            tries += 1
            try:
                return await self._who_we_are()
            except (NotLetIn, Undeliverable) as refused:
                raise CannotServe(f"Slack refuses SLACK_BOT_TOKEN: {refused}") from refused
            except NotDelivered as lost:
                log.warning("slack cannot be reached", reason=lost.reason)
                await asyncio.sleep(lost.retry_after or backoff(tries).total_seconds())

    async def _who_we_are(self) -> Identity:
        answer = await self._calls.run("auth.test", "", self._client.auth_test)
        team, user, bot_id = (str(answer.get(name) or "") for name in ("team_id", "user_id", "bot_id"))
        if not team or not user:
            raise NotDelivered("no team in the answer")
        return Identity(team=team, bot_user=user, bot_id=bot_id, workspace=str(answer.get("url") or ""))

    async def _open(self, identity: Identity) -> None:
        settings, store = self._settings, self._served.store
        people = SlackPeople(self._client, self._calls, self._clock, team=identity.team, approvers=settings.approvers)
        messenger = SlackMessenger(self._client, self._session, self._calls, workspace=identity.workspace)
        rules = settings.rules
        units = Units(store=store, clock=self._clock, rules=rules)
        surfaces = Surfaces(
            messenger=messenger,
            reception=Reception(store=store, clock=self._clock, watch=self._watch),
            forms=FormQueries(store=store),
            people=people,
            offering=Offering(inventory=self._inventory, offers=Offers(store=store, clock=self._clock, rules=rules)),
            rules=rules,
            clock=self._clock,
            default_country=settings.default_country,
        )
        self._closing.push_async_callback(surfaces.finish)
        app = bolt.build(identity, surfaces)
        duties = lanes.duties(units, self._vobiz, people, messenger, self._watch)
        crew = Crew(
            duties, park=Parking(rules), store=store, clock=self._clock, paces=lanes.paces(rules), watch=self._watch
        )
        self._closing.push_async_callback(crew.stop)
        now = self._clock.now()
        await units.by_hand(begin_at, self._served.place)
        await store.write(lambda connection: plan_rounds(connection, now))
        await deliver_again(units)
        crew.start()
        if settings.slack_app_token is not None:
            from handlers.socket_mode import Sockets

            app_client = clients.web_client(settings, settings.slack_app_token, self._session)
            self._sockets = Sockets(
                app, settings.slack_app_token, app_client, self._socket_ended, answering=store.turns.answering
            )
            self._closing.push_async_callback(self._sockets.stop)
            await self._sockets.start()
        elif settings.slack_signing_secret is not None:
            self._http.events = Front(app, settings.slack_signing_secret, self._clock).events
        self._ready.set()
        log.info("serving", transport="socket mode" if self._sockets else "http", port=self.port)

    def _socket_ended(self, code: str) -> None:
        self._end(f"Slack refuses SLACK_APP_TOKEN: {code}")

    def _end(self, why: str) -> None:
        if not self._fatal.done():
            self._fatal.set_result(why)
