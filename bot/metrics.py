"""`GET /metrics` for Prometheus, on a port of its own: what this process did, and how its database stands.

Counters are this process' own since it started; gauges of the database are read at each scrape, and every process that
serves from it shows the same. Amounts are floats here, exact only to some 15 digits: they are for graphs and alerts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import datetime, time

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from bot.clock import Clock
from bot.domain.policy import Decision
from bot.domain.request import Status
from bot.domain.rules import Rules
from bot.http_server import CannotListen
from bot.store import figures
from bot.store.figures import Figures
from bot.store.lanes import Lane
from bot.store.store import Store, StoreError
from bot.watch import AskedToWait, Decided, Step, Watch

log: structlog.stdlib.BoundLogger = structlog.get_logger()

CALLS_TAKE = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0)
DECISIONS_TAKE = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""Seconds, as the upper ends of a histogram's buckets."""

READ_WITHIN = 5.0
"""Seconds for the database's figures; a scrape that lasts longer than its scraper waits tells nothing."""


class Metrics:
    """`is_known` says whether Slack knows us now; `socket_ages` how many seconds each connection that is alive has been
    up, `None` without Socket Mode.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        rules: Rules,
        *,
        is_known: Callable[[], Awaitable[bool]],
        socket_ages: Callable[[], Awaitable[list[float] | None]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._is_known = is_known
        self._socket_ages = socket_ages
        self._began = clock.now()
        self._closing = AsyncExitStack()
        disable_created_metrics()
        self._registry = CollectorRegistry()
        self._counted = _Counted(self._registry)

    def join(self, watch: Watch) -> None:
        """Counts from now on."""
        watch.watchers.append(self._counted.watch)
        watch.listeners.append(self._counted.hear)

    async def open(self, host: str, port: int) -> int:
        """Returns the port it listens on. Raises `CannotListen`."""
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as reason:
            raise CannotListen(reason.strerror or str(reason)) from reason
        chosen: int = runner.addresses[0][1]
        return chosen

    async def close(self) -> None:
        await self._closing.aclose()

    async def _metrics(self, _: web.Request) -> web.Response:
        found = CollectorRegistry()
        found.register(_Now(is_known=await self._is_known(), ages=await self._socket_ages()))
        found.register(_Stands(await self._figures(), self._rules, self._clock.now(), self._began))
        text = generate_latest(self._registry) + generate_latest(found)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def _figures(self) -> Figures | None:
        """`None` while the database cannot be read: what is counted is shown all the same."""
        now = self._clock.now()
        begins = datetime.combine(now.astimezone(self._rules.time_zone).replace(day=1), time.min, self._rules.time_zone)
        month = self._rules.month(now)
        try:
            async with asyncio.timeout(READ_WITHIN):
                return await self._store.read_at_length(lambda connection: figures.read(connection, month, begins))
        except (StoreError, TimeoutError) as away:
            log.warning("metrics go without the database's", reason=str(away) or "too slow")
            return None


class _Counted:
    """What happens in this process, counted as it does."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.acts = Counter(
            "buynumber_acts_total", "What people did in Slack and was kept.", ["kind"], registry=registry
        )
        self.decisions = Histogram(
            "buynumber_decision_seconds",
            "From a click that counts to its commit.",
            ["decision"],
            buckets=DECISIONS_TAKE,
            registry=registry,
        )
        for decision in Decision:
            self.decisions.labels(decision.value)
        self.work = Counter(
            "buynumber_work_total", "Rows of work by how they ended.", ["kind", "outcome"], registry=registry
        )
        self.calls = Counter(
            "buynumber_provider_calls_total",
            "Calls to the provider by their answer's status, or why there was none.",
            ["route", "outcome"],
            registry=registry,
        )
        self.call_seconds = Histogram(
            "buynumber_provider_call_seconds",
            "How long calls to the provider took.",
            ["route"],
            buckets=CALLS_TAKE,
            registry=registry,
        )
        self.rate_limited = Counter(
            "buynumber_rate_limited_total", "Answers that asked to wait (429).", ["service"], registry=registry
        )
        for service in ("slack", "vobiz"):
            self.rate_limited.labels(service)

    @contextmanager
    def watch(self, step: Step) -> Iterator[None]:
        began = asyncio.get_running_loop().time()
        try:
            yield
        finally:
            if step.what == "act":
                if step.outcome == "done":
                    self.acts.labels(step.kind).inc()
            elif step.what == "provider_call":
                self.calls.labels(step.kind, step.outcome).inc()
                self.call_seconds.labels(step.kind).observe(asyncio.get_running_loop().time() - began)
            else:
                self.work.labels(step.kind, step.outcome).inc()

    def hear(self, what: Decided | AskedToWait) -> None:
        match what:
            case Decided(decision=decision, seconds=seconds):
                self.decisions.labels(decision).observe(max(seconds, 0.0))
            case AskedToWait(service=service):
                self.rate_limited.labels(service).inc()


class _Now(Collector):
    """How this process stands."""

    def __init__(self, *, is_known: bool, ages: list[float] | None) -> None:
        self._is_known = is_known
        self._ages = ages

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _one("buynumber_slack_known", "1 when Slack knows this process and can reach it.", float(self._is_known))
        if self._ages is not None:
            yield _one("buynumber_sockets", "Connections to Slack that are alive.", len(self._ages))
        if self._ages:
            words = "For how long the oldest connection to Slack has been up."
            yield _one("buynumber_socket_age_seconds", words, max(self._ages))


class _Stands(Collector):
    """How the database stands."""

    def __init__(self, found: Figures | None, rules: Rules, now: datetime, began: datetime) -> None:
        self._found = found
        self._rules = rules
        self._now = now
        self._began = began

    def collect(self) -> Iterator[GaugeMetricFamily]:
        words = "1 when the database could be read for this scrape."
        yield _one("buynumber_database_readable", words, float(self._found is not None))
        if self._found is not None:
            yield from self._of_requests(self._found)
            yield from self._of_money(self._found)
            yield from self._of_work(self._found)

    def _of_requests(self, found: Figures) -> Iterator[GaugeMetricFamily]:
        by_state = {status.value: found.requests.get(status, 0) for status in Status}
        yield _by("buynumber_requests", "Requests by state.", "state", by_state)
        words = "Age of the oldest request that waits for a decision, 0 without one."
        yield _one("buynumber_oldest_pending_seconds", words, self._since(found.oldest_pending))
        words = "Purchases that only people can explain: of unknown outcome, or charged and not ours."
        yield _one("buynumber_purchases_for_people", words, found.for_people)
        yield _one("buynumber_frozen", "1 while buying is frozen.", float(found.is_frozen))
        yield _one("buynumber_audit_entries", "Length of the audit trail's chain.", found.chain)

    def _of_money(self, found: Figures) -> Iterator[GaugeMetricFamily]:
        approved = {currency: float(sum_.amount) for currency, sum_ in found.approved.items()}
        yield _by("buynumber_month_approved", "Charges approved this month.", "currency", approved)
        reserved = {one.reserved.currency: float(one.reserved.amount) for one in found.month}
        yield _by("buynumber_month_reserved", "Held of this month for what may still be charged.", "currency", reserved)
        spent = {one.spent.currency: float(one.spent.amount) for one in found.month}
        yield _by("buynumber_month_spent", "Charged this month.", "currency", spent)
        budget = {currency: float(limit.amount) for currency, limit in (self._rules.monthly_budget or {}).items()}
        yield _by("buynumber_month_budget", "MONTHLY_BUDGET, where it is set.", "currency", budget)

    def _of_work(self, found: Figures) -> Iterator[GaugeMetricFamily]:
        words = "For how long the oldest delivery to Slack has been due, 0 when none is."
        yield _one("buynumber_outbox_age_seconds", words, self._since(found.oldest_letter))
        parked = {lane.value: found.parked.get(lane.value, 0) for lane in Lane}
        yield _by("buynumber_parked_rows", "Work that waits for an operator.", "lane", parked)
        words = "Since the last sweep that could read began; since this process started, while there was none."
        yield _one("buynumber_good_sweep_age_seconds", words, self._since(found.good_sweep or self._began))

    def _since(self, moment: datetime | None) -> float:
        return 0.0 if moment is None else max((self._now - moment).total_seconds(), 0.0)


def _one(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def _by(name: str, words: str, label: str, values: dict[str, float] | dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=[label])
    for value in sorted(values):
        family.add_metric([value], values[value])
    return family
