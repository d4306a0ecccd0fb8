"""The one place where the parts are put together, started and stopped."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
import structlog
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot import lanes
from bot.clock import Clock, SystemClock
from bot.http_server import CannotListen, HttpServer
from bot.problems import Problem
from bot.redaction import Redactor
from bot.services.acts import Reception
from bot.services.checkup.line import Line, ok
from bot.services.checkup.provider import provider_lines
from bot.services.checkup.rules import rule_lines
from bot.services.offers import Offers
from bot.services.parking import Parking, deliver_again
from bot.services.plans import plan_rounds
from bot.services.ports import NotDelivered, NotLetIn, ProviderUnavailable, Undeliverable
from bot.services.reconcile.beginning import begin_at
from bot.services.tell.queries import FormQueries
from bot.services.unit import Units
from bot.settings import Settings
from bot.store import database
from bot.vobiz.client import Vobiz
from bot.watch import Watch
from bot.work.crew import Crew
from bot.work.retry import backoff
from handlers import bolt, witness
from handlers import checkup as slack
from handlers.bolt import Identity
from handlers.calls import LOGGER, RedactingClient, SlackCalls
from handlers.http_events import Front
from handlers.inventory import Inventory
from handlers.offering import Offering
from handlers.outgoing import SlackMessenger
from handlers.people import SlackPeople
from handlers.socket_mode import Sockets
from handlers.surfaces import Surfaces

log: structlog.stdlib.BoundLogger = structlog.get_logger()

SLACK_ANSWERS_WITHIN = 10.0
"""Seconds for one call to Slack."""


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
        self._session = await self._closing.enter_async_context(_slack_session())
        await self._be_seen()
        self._calls = SlackCalls(self._clock, Redactor(settings.secrets), self._watch)
        self._client = _web_client(settings, settings.slack_bot_token, self._session)
        self._vobiz = _vobiz(settings, self._watch)
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
            app_client = _web_client(settings, settings.slack_app_token, self._session)
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


async def checkup(settings: Settings) -> list[Line]:
    """Tries every credential and setting against the real services, and says how each stands. Spends nothing."""
    clock, vobiz = SystemClock(), _vobiz(settings)
    calls = SlackCalls(clock, Redactor(settings.secrets))
    async with AsyncExitStack() as closing:
        closing.push_async_callback(vobiz.aclose)
        session = await closing.enter_async_context(_slack_session())
        client = _web_client(settings, settings.slack_bot_token, session)
        team, lines = await slack.token_lines(client, calls, clock)
        if settings.slack_app_token is not None:
            lines.append(await slack.socket_line(_web_client(settings, settings.slack_app_token, session), calls))
        else:
            lines.append(ok("SLACK_SIGNING_SECRET", "is set; Slack's first call shows whether it is the right one"))
        if team is not None:
            lines += [await slack.channel_line(client, calls, *named) for named in _named_channels(settings)]
            people = SlackPeople(client, calls, clock, team=team, approvers=settings.approvers)
            most = settings.rules.most_votes_needed
            lines += await slack.group_lines(client, calls, settings.approvers)
            lines += await slack.approver_lines(people, team, most, self_approval=settings.allow_self_approval)
            lines += await slack.message_lines(client, calls)
        lines += rule_lines(settings.rules)
        lines += await provider_lines(vobiz, settings.default_country, _currencies(settings), clock)
    return lines


async def shown_in_slack(settings: Settings, channels: Sequence[str]) -> AsyncIterator[tuple[int, str, str]]:
    """Number, first digits of the hash, and channel of every entry that the channels still show. Raises `Problem`."""
    calls = SlackCalls(SystemClock(), Redactor(settings.secrets))
    async with _slack_session() as session:
        client = _web_client(settings, settings.slack_bot_token, session)
        try:
            answer = await calls.run("auth.test", "", client.auth_test)
        except (NotDelivered, Undeliverable) as refused:
            raise CannotServe(f"Slack refuses SLACK_BOT_TOKEN, or cannot be reached: {refused}") from refused
        for channel in channels:
            async for shown in witness.shown_in(client, calls, channel, str(answer.get("bot_id"))):
                yield shown.number, shown.hash, shown.channel


def _named_channels(settings: Settings) -> list[tuple[str, str]]:
    approval = [("APPROVAL_CHANNEL", settings.approval_channel)] if settings.approval_channel else []
    return [*approval, *(("ALLOWED_CHANNELS", channel) for channel in sorted(settings.allowed_channels or ()))]


def _currencies(settings: Settings) -> list[str]:
    """Those that the limits name, or else the default country's."""
    from babel.numbers import get_territory_currencies

    limits = (settings.second_approval_above, settings.auto_approve_up_to, settings.monthly_budget, settings.max_charge)
    named = {currency for limit in limits for currency in limit or ()}
    return sorted(named) or get_territory_currencies(settings.default_country)[:1]


def _vobiz(settings: Settings, watch: Watch | None = None) -> Vobiz:
    return Vobiz(
        base_url=settings.vobiz_base_url,
        auth_id=settings.vobiz_auth_id,
        auth_token=settings.vobiz_auth_token,
        timeout=settings.vobiz_timeout.total_seconds(),
        redact=Redactor(settings.secrets),
        watch=watch,
    )


def _slack_session() -> aiohttp.ClientSession:
    """For calls to Slack. The limit has to be the session's: the SDK's own counts only for sessions it makes itself.

    Socket Mode's connections are opened with a session of their own, so that no limit ends them.
    """
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SLACK_ANSWERS_WITHIN))


def _web_client(settings: Settings, token: SecretStr, session: aiohttp.ClientSession) -> AsyncWebClient:
    """Nothing is sent again by the client itself: a lost answer to a post would post twice."""
    client = RedactingClient(
        token=token.get_secret_value(),
        base_url=settings.slack_api_url,
        session=session,
        retry_handlers=[],
        logger=LOGGER,
    )
    client.redact = Redactor(settings.secrets)
    if _goes_past_proxies(settings.slack_api_url):
        client.proxy = None
    return client


def _goes_past_proxies(url: str) -> bool:
    """The SDK takes `HTTPS_PROXY` for every address; `NO_PROXY`, and that no proxy reaches this machine, it ignores."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "127.0.0.1", "::1") or bool(proxy_bypass(host))
