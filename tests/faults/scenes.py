"""Scenes: an office as it stood at some moment, in which a process of the bot can live and die.

The stand-ins live in the test's process and outlive every bot. A moment is made once and laid down for every life.
"""

import asyncio
import fcntl
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from bot.domain.request import PurchaseRequest
from bot.lanes import paces
from bot.sandbox.slack import Message, Workspace, furnish
from bot.sandbox.slack.example import MEERA, VIKRAM
from bot.sandbox.vobiz import LedgerRow, Sale, StockNumber, VobizStandIn
from bot.store import requests
from tests.harness.clock import FakeClock
from tests.harness.office import DATABASE, Office, a_closed_office
from tests.harness.promise.invariants import acts_judged, complaints, no_act_is_lost
from tests.harness.promise.rest import AtRest
from tests.harness.timeline import TimedOffice, a_timed_office

Counted = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """How everything stood: the database, what Slack showed, what the provider knew."""

    at: datetime
    judged: Counted  # how often people's acts were judged until then
    database: bytes
    messages: tuple[Message, ...]
    numbers: tuple[StockNumber, ...]
    ledger: tuple[LedgerRow, ...]
    sales: tuple[Sale, ...]


async def a_moment(folder: Path, until: Callable[[TimedOffice], Awaitable[None]]) -> Moment:
    """How everything stands after `until`, with the bot stopped."""
    async with a_timed_office(_made(folder)) as timed:
        await until(timed)
        await timed.rest()
        judged = await timed.store.read(acts_judged)
        await timed.office.service.stop()
        world = timed.office.vobiz.world
        return Moment(
            at=timed.clock.now(),
            judged=judged,
            database=_to_be_served_anywhere(folder / DATABASE),
            messages=tuple(timed.office.slack.workspace.messages),
            numbers=tuple(world.numbers.values()),
            ledger=tuple(world.ledger),
            sales=tuple(world.sales),
        )


class Scene(TimedOffice):
    """The office after a moment; nobody serves in it yet."""

    def __init__(self, office: Office, clock: FakeClock, folder: Path, moment: Moment) -> None:
        super().__init__(office, clock)
        self.slack, self.vobiz = office.slack, office.vobiz
        self.folder = folder
        self._moment = moment

    async def restart(self, died_at: datetime) -> None:
        """Another process' worth of the bot takes over once every lease is over."""
        lease = max(pace.lease for pace in paces(self.office.settings.rules).values())
        self.clock.advance(died_at - self.clock.now() + lease)
        await asyncio.to_thread(_until_let_go, self.folder / f"{DATABASE}.lock")
        await self.office.open()
        await self.rest()

    async def request(self) -> PurchaseRequest | None:
        """The newest one."""
        found = await self.store.read(lambda connection: requests.newest(connection, most=1))
        return found[0] if found else None

    async def complaints(self, *, acknowledged: Counted, done: Counted) -> list[str]:
        """What is not as promised, given how often who did something since the moment."""
        return await self.store.read(partial(self.complaints_over, acknowledged=acknowledged, done=done))

    def complaints_over(self, connection: Connection, *, acknowledged: Counted, done: Counted) -> list[str]:
        """The same without a bot that serves."""
        rest = AtRest(
            connection=connection,
            slack=self.slack,
            vobiz=self.vobiz,
            rules=self.office.settings.rules,
            approvers=frozenset({MEERA, VIKRAM}),
            now=self.clock.now(),
        )
        before = Counter(self._moment.judged)
        lost = no_act_is_lost(rest, before + Counter(acknowledged), before + Counter(done))
        return [*complaints(rest), *(f"no_act_is_lost: {found}" for found in lost)]


@asynccontextmanager
async def a_scene(folder: Path, moment: Moment) -> AsyncIterator[Scene]:
    """Lays the moment down."""
    (_made(folder) / DATABASE).write_bytes(moment.database)
    clock = FakeClock(moment.at + timedelta(seconds=1))  # Slack names messages by their time
    workspace = furnish(Workspace(monotonic=clock.monotonic, wall=lambda: clock.now().timestamp()))
    for message in moment.messages:
        workspace.messages.keep(message)
    vobiz = VobizStandIn(numbers=moment.numbers)
    vobiz.world.clock = clock.now
    vobiz.world.ledger.extend(moment.ledger)
    vobiz.world.sales.extend(moment.sales)
    async with a_closed_office(folder, clock=clock, workspace=workspace, vobiz=vobiz) as office:
        yield Scene(office, clock, folder, moment)


def _to_be_served_anywhere(path: Path) -> bytes:
    """The database as it stands; whoever lays it down goes on with it, and with no copy beside it."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE control SET place = NULL")
    return path.read_bytes()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _until_let_go(lock: Path) -> None:
    """A process that ends closes one file after another: its last word may come before it lets go of its database."""
    with lock.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
