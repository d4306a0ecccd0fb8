"""A house on one PostgreSQL: both stand-ins in the test's process, the bot as processes that a test starts and ends.

Which process does what is left to chance, as it is in life; a column that the bot knows nothing of tells afterwards.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from sqlalchemy import Connection, Engine, select, text, update

from bot.domain.audit import Entry
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.domain.trail import Event
from bot.sandbox.slack import Message, SlackStandIn, Workspace
from bot.sandbox.slack.example import NUMBERS, TARA
from bot.sandbox.vobiz import StockNumber, VobizStandIn
from bot.services.plans import NextLook
from bot.store import audit, requests, tables
from bot.work.queue import Work
from tests.harness.office import Office, a_closed_office, buttons
from tests.harness.patience import PATIENCE
from tests.harness.postgres import Server, engine_of
from tests.harness.process import Bot, Job, Line, a_fork
from tests.races.locks import A_GATE_BEFORE_ATTEMPTS, Held, Lock, held, until

T = TypeVar("T")

CHEAP, DEAR = 100, 5000  # setup fees in INR, below and above what needs a second approval

TWO_MINUTES = timedelta(minutes=2)  # more than the ledger is behind

APPROVED = (Event.REQUESTED, Event.APPROVED)
BOUGHT = [*APPROVED, Event.ATTEMPT_RECORDED, Event.PURCHASED]
UNKNOWN = (*APPROVED, Event.ATTEMPT_RECORDED, Event.CHECKING)

HOLDERS = """
ALTER TABLE work ADD COLUMN held_by text;
CREATE FUNCTION note_holder() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.held_by := current_setting('application_name'); RETURN NEW; END $$;
CREATE TRIGGER note_holder BEFORE UPDATE OF lease_token ON work FOR EACH ROW EXECUTE FUNCTION note_holder();
"""
"""Each row of work tells which process claimed it last."""


@dataclass(kw_only=True)
class House:
    """People, Slack and the provider as in an office; the bot runs in `serves`."""

    office: Office
    database: str
    server: Server
    folder: Path
    engine: Engine  # for looking
    holding: Engine  # for holding locks
    serves: list[Bot] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _names: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def slack(self) -> SlackStandIn:
        return self.office.slack

    @property
    def vobiz(self) -> VobizStandIn:
        return self.office.vobiz

    # processes

    async def serve(self) -> Bot:
        """One more process, which Slack knows when this returns."""
        name = f"serve-{next(self._names)}"
        url = self.server.url(self.database, application_name=name)
        env = {**self.office.environment, "DATABASE_URL": url}
        job = Job(run="bot.__main__:main", arguments=["serve"], environment=env, folder=self.folder)
        serve = await a_fork(job, name=name)
        self.serves.append(serve)
        await serve.is_open()
        return serve

    async def two(self) -> tuple[Bot, Bot]:
        """Exactly two that run."""
        running = [serve for serve in self.serves if serve.runs]
        started = await asyncio.gather(*(self.serve() for _ in range(2 - len(running))))
        one, another = [*running, *started]
        self.slack.events_url = one.url
        return one, another

    @property
    def failures(self) -> list[Line]:
        """What any process logged of its own mistakes."""
        return [line for serve in self.serves for line in serve.failures]

    async def close(self) -> None:
        for serve in self.serves:
            await serve.close()

    async def at(self, serve: Bot, doing: Awaitable[T]) -> T:
        """What somebody does, delivered to this process."""
        self.slack.events_url = serve.url
        return await doing

    # people

    async def a_card(self, *, setup_fee: int = CHEAP) -> Message:
        """Asha asks for a number that nobody asked for yet."""
        number = f"+9180691{next(self._numbers):05}"
        self.vobiz.world.stock([StockNumber(id=f"num_{number}", e164=number, country="IN", setup_fee=setup_fee)])
        before = len(self.slack.messages(NUMBERS))
        await self.office.ask(f"{number} for the support line")
        [card] = await self.slack.wait_for(lambda _: self.slack.messages(NUMBERS)[before:], timeout=PATIENCE)
        return card

    # the database

    def read(self, fn: Callable[[Connection], T]) -> T:
        with self.engine.begin() as connection:
            return fn(connection)

    def request_of(self, card: Message) -> PurchaseRequest:
        """As it is now; `card` as it was when its buttons stood."""
        request = RequestId(buttons(card)["approve"].partition(".")[0])
        found = self.read(lambda connection: requests.get(connection, request))
        assert found is not None
        return found

    def trail(self, request: RequestId) -> list[Entry]:
        return self.read(lambda connection: audit.of_request(connection, request))

    def events(self, request: RequestId) -> list[Event]:
        return [entry.event for entry in self.trail(request)]

    async def holder(self, kind: type[Work], request: RequestId) -> tuple[Bot, Bot]:
        """The process that has this work in hand, once one has, and another that runs."""
        query = text("SELECT held_by FROM work WHERE kind = :kind AND request = :request AND lease_token IS NOT NULL")
        found: list[str] = []

        def so(connection: Connection) -> bool:
            found[:] = connection.execute(query, {"kind": kind.kind, "request": request}).scalars()
            return bool(found)

        await until(self.engine, so, f"nobody has {kind} in hand")
        running = [serve for serve in self.serves if serve.runs]
        [holds] = [serve for serve in running if serve.name == found[0]]
        other = next(serve for serve in running if serve is not holds)
        return holds, other

    async def call_of(self, card: Message) -> None:
        """Returns when the purchase call for it has arrived at the provider."""
        number = self.request_of(card).terms.e164
        async with asyncio.timeout(PATIENCE):
            while (await self.vobiz.purchase_call()).e164 != number:
                pass

    async def stands(self, card: Message, status: Status) -> None:
        """Returns when the database has it in this state."""
        request = self.request_of(card).id
        state = select(tables.requests.c.status).where(tables.requests.c.id == request)
        await until(
            self.engine, lambda connection: connection.execute(state).scalar_one() == status, f"it is not {status}"
        )

    def calls_for(self, request: PurchaseRequest) -> int:
        return [call.e164 for call in self.vobiz.purchase_calls].count(request.terms.e164)

    def ended(self, card: Message, *, told: Sequence[Event], calls: int) -> None:
        """Nothing but this was ever told of it, so many calls were made, and it was sold once or not at all."""
        request = self.request_of(card)
        sales = [sale.e164 for sale in self.vobiz.sales].count(request.terms.e164)
        assert self.events(request.id) == told
        assert (self.calls_for(request), sales) == (calls, request.status is Status.PURCHASED)

    async def takes_over(self, gone: Bot, other: Bot, card: Message) -> None:
        """The other one finds what that one has had in hand for longer than a lease, the request's attempt too.

        Nor does that one hold a lock any more: what it stood still in, the server has ended, as it does after ten
        seconds.
        """
        await until(self.engine, lambda connection: _stands_in_nothing(connection, gone.name), "it holds locks")
        request, now = self.request_of(card).id, datetime.now(UTC)
        held = text("UPDATE work SET lease_until = not_before WHERE held_by = :name AND lease_token IS NOT NULL")
        tried = tables.attempts.c.request == request, tables.attempts.c.lease_until > now
        with self.holding.begin() as connection:
            connection.execute(held, {"name": gone.name})
            connection.execute(update(tables.attempts).where(*tried).values(lease_until=now))
        await self.wakes(other)

    async def finds_out(self, other: Bot, card: Message) -> None:
        """It has looked once; when it looks again, it is late enough to be certain."""
        request = self.request_of(card).id
        await self.looked(other, request)
        self.time_passes(request, TWO_MINUTES)
        await self.wakes(other)

    def time_passes(self, request: RequestId, by: timedelta) -> None:
        """Since its purchase call; what waits for its time is that much nearer."""
        micros = by // timedelta(microseconds=1)
        looks = text("UPDATE work SET not_before = not_before - :by WHERE kind = 'look' AND request = :request")
        tried = text(
            "UPDATE attempts SET recorded_at = recorded_at - :by, lease_until = lease_until - :by, "
            "call_ended_at = call_ended_at - :by, clean_since = clean_since - :by WHERE request = :request"
        )
        one = tables.attempts.c.request == request
        with self.holding.begin() as connection:
            for moved in (looks, tried):
                connection.execute(moved, {"by": micros, "request": request})
            timed = json.loads(connection.execute(select(tables.attempts.c.timed).where(one)).scalar_one() or "{}")
            earlier = {
                boot: {name: at and at - by.total_seconds() for name, at in times.items()}
                for boot, times in timed.items()
            }
            connection.execute(update(tables.attempts).where(one).values(timed=json.dumps(earlier)))

    async def server_loses_patience(self, stalled: Bot) -> None:
        """Ends its connections once one of them stands still in a transaction, as it does after ten seconds of that."""
        idle = text("SELECT 1 FROM pg_stat_activity WHERE application_name = :name AND state = 'idle in transaction'")
        ending = text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = :name")
        named = {"name": stalled.name}
        await until(self.engine, lambda it: bool(it.execute(idle, named).all()), "it is in no transaction")
        self.read(lambda connection: connection.execute(ending, named).all())

    async def wakes(self, serve: Bot) -> None:
        """Somebody asks it something, and it looks at once for what there is to do."""
        await self.at(serve, self.office.ask("status", by=TARA))

    async def looked(self, serve: Bot, request: RequestId) -> None:
        """Returns when a look of this process has shown neither the number nor a debit."""
        await serve.logs("provider answered", kind=NextLook.kind, request=request, route="transactions")
        seen = select(tables.attempts.c.clean_since).where(tables.attempts.c.request == request)
        await until(self.engine, lambda connection: connection.execute(seen).scalar() is not None, "nobody has looked")

    def held(self, lock: Lock) -> AbstractContextManager[Held]:
        """Holds that in a transaction of the test's own, and lets go at the end."""
        return held(self.holding, self.engine, lock)


def _stands_in_nothing(connection: Connection, name: str) -> bool:
    """Ends the transactions in which this process stands still; has it none?"""
    ending = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = :name AND state = "
    connection.execute(text(f"{ending}'idle in transaction'"), {"name": name}).all()
    busy = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = :name AND state <> 'idle'")
    found: int = connection.execute(busy, {"name": name}).scalar_one()
    return found == 0


@asynccontextmanager
async def a_house(server: Server, *, workspace: Workspace | None = None, **more: str) -> AsyncIterator[House]:
    """Furnished, without a process yet; `more` are settings by their names."""
    database = server.new_database()
    async with AsyncExitStack() as stack:
        stack.callback(server.drop, database)
        folder = Path(stack.enter_context(TemporaryDirectory()))
        engine, holding = (stack.enter_context(engine_of(server.url(database))) for _ in range(2))
        with engine.begin() as connection:
            connection.execute(text(HOLDERS + A_GATE_BEFORE_ATTEMPTS))
        more |= {"LOG_FORMAT": "json", "LOG_LEVEL": "DEBUG", "DATABASE_URL": server.url(database)}
        closed = a_closed_office(folder, more, workspace=workspace, vobiz=VobizStandIn())
        office = await stack.enter_async_context(closed)
        house = House(office=office, database=database, server=server, folder=folder, engine=engine, holding=holding)
        stack.push_async_callback(house.close)
        yield house
