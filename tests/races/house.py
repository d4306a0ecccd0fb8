"""A house on one PostgreSQL: both stand-ins in the test's process, the bot as processes that a test starts and ends.

Which process does what is left to chance, as it is in life; a column that the bot knows nothing of tells afterwards.
"""

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import httpx
from pydantic import JsonValue
from sqlalchemy import Connection, Engine, select, text, update

from bot.domain.audit import Entry, Event
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.sandbox.slack import Message, SlackStandIn, Workspace, furnish
from bot.sandbox.slack.example import MEERA, NUMBERS, TARA, VIKRAM
from bot.sandbox.vobiz import StockNumber, VobizStandIn
from bot.settings import given
from bot.store import audit, requests, tables
from bot.store.work import CLAIMS, Kind, Lane
from tests.office import Office, buttons
from tests.postgres import Server, engine_of

T = TypeVar("T")

ROOT = Path(__file__).parents[2]

PATIENCE = 30.0
"""Seconds until a test stops waiting for a process; starting one on a busy machine takes a few."""

STOPS_WITHIN = 15.0

CHEAP, DEAR = 100, 5000
"""Setup fees in INR, below and above what needs a second approval."""

GATE = 77
"""An advisory lock of the tests' own."""

WITNESSES = f"""
ALTER TABLE work ADD COLUMN held_by text;
CREATE FUNCTION note_holder() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.held_by := current_setting('application_name'); RETURN NEW; END $$;
CREATE TRIGGER note_holder BEFORE UPDATE OF lease_token ON work FOR EACH ROW EXECUTE FUNCTION note_holder();

CREATE FUNCTION pass_the_gate() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER pass_the_gate AFTER INSERT ON attempts DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION pass_the_gate();
"""
"""Each row of work tells which process claimed it last; and a gate stands in the commit that records an attempt."""

Line = dict[str, JsonValue]

UNREADABLE = "unreadable"
"""The level of what is no log line, as a traceback is not."""


@dataclass(kw_only=True)
class Serve:
    """A running `python -m bot serve`, and what it has logged so far."""

    name: str
    process: asyncio.subprocess.Process
    lines: list[Line] = field(default_factory=list)
    address: str = ""
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    _reading: asyncio.Task[None] | None = None

    def read(self) -> None:
        """Begins to read what it logs: nobody else empties the pipe."""
        self._reading = asyncio.create_task(self._read())

    async def is_open(self) -> None:
        said = await self.logs("serving")
        self.address = f"http://127.0.0.1:{said['port']}"

    @property
    def url(self) -> str:
        """Where Slack delivers."""
        return f"{self.address}/slack/events"

    async def is_stopping(self) -> None:
        """Returns when it says that it is not ready any more."""
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient() as client:
            while (await client.get(f"{self.address}/readyz")).status_code == 200:
                pass

    async def logs(self, event: str, *, after: int = 0, **fields: JsonValue) -> Line:
        """The first line that says so, of those `after` the first so many."""
        seen = after
        async with asyncio.timeout(PATIENCE):
            while True:
                self._more.clear()
                for line in self.lines[seen:]:
                    if line["event"] == event and fields.items() <= line.items():
                        return line
                seen = len(self.lines)
                assert self._reading is not None
                assert not self._reading.done(), f"it ended without saying {event!r}: {self.lines}"
                await self._more.wait()

    def stall(self) -> None:
        """Nothing of it runs until it goes on; its connections stay."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        if self.runs:
            self.process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """Nothing of it runs any more, and nothing is finished; of its last line there may be a part."""
        self.process.kill()
        await self.ended()
        if self.lines and self.lines[-1].get("level") == UNREADABLE:
            self.lines.pop()

    async def stop(self) -> int:
        """As an operator does; its exit code, if it ends within the fifteen seconds it has."""
        self.process.terminate()
        async with asyncio.timeout(STOPS_WITHIN):
            return await self.ended()

    async def ended(self) -> int:
        async with asyncio.timeout(PATIENCE):
            if self._reading is not None:
                await self._reading
            return await self.process.wait()

    @property
    def runs(self) -> bool:
        return self.process.returncode is None

    @property
    def failures(self) -> list[Line]:
        """What it logged of its own mistakes."""
        return [line for line in self.lines if line.get("level") not in ("debug", "info", "warning")]

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.lines.append(_parsed(line.decode()))
            self._more.set()
        self._more.set()


def _parsed(line: str) -> Line:
    try:
        found: Line = json.loads(line)
    except ValueError:
        return {"event": line, "level": UNREADABLE}
    return found


@dataclass(kw_only=True)
class House:
    """People, Slack and the provider as in an office; the bot runs in `serves`."""

    office: Office
    database: str
    server: Server
    folder: Path
    env: dict[str, str]
    engine: Engine
    """For looking."""
    holding: Engine
    """For holding locks."""
    serves: list[Serve] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _names: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def slack(self) -> SlackStandIn:
        return self.office.slack

    @property
    def vobiz(self) -> VobizStandIn:
        return self.office.vobiz

    # processes

    async def serve(self) -> Serve:
        """One more process, which Slack knows when this returns."""
        name = f"serve-{next(self._names)}"
        url = self.server.url(self.database, application_name=name)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", "serve"),
            cwd=self.folder,
            env={**self.env, "PYTHONPATH": str(ROOT), "DATABASE_URL": url},
            stderr=asyncio.subprocess.PIPE,
        )
        serve = Serve(name=name, process=process)
        serve.read()
        self.serves.append(serve)
        await serve.is_open()
        return serve

    async def two(self) -> tuple[Serve, Serve]:
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
            if serve.runs:
                await serve.kill()

    async def at(self, serve: Serve, doing: Awaitable[T]) -> T:
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

    async def told(self, card: Message, words: str) -> None:
        """Returns when a reply in the card's thread says so."""

        def so(_: Workspace) -> bool:
            return any(words in reply.text for reply in self.slack.thread(NUMBERS, card.ts))

        await self.slack.wait_for(so, timeout=PATIENCE)

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

    async def holder(self, kind: Kind, request: RequestId) -> tuple[Serve, Serve]:
        """The process that has this work in hand, once one has, and another that runs."""
        query = text("SELECT held_by FROM work WHERE kind = :kind AND request = :request AND lease_token IS NOT NULL")
        found: list[str] = []

        def so(connection: Connection) -> bool:
            found[:] = connection.execute(query, {"kind": kind, "request": request}).scalars()
            return bool(found)

        await self.until(so, f"nobody has {kind} in hand")
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
        await self.until(lambda connection: connection.execute(state).scalar_one() == status, f"it is not {status}")

    def calls_for(self, request: PurchaseRequest) -> int:
        return [call.e164 for call in self.vobiz.purchase_calls].count(request.terms.e164)

    def leases_are_over(self, gone: Serve, request: RequestId) -> None:
        """What this process has in hand it has had for longer than a lease, the request's attempt too."""
        now = datetime.now(UTC)
        held = text("UPDATE work SET lease_until = not_before WHERE held_by = :name AND lease_token IS NOT NULL")
        tried = tables.attempts.c.request == request, tables.attempts.c.lease_until > now
        with self.holding.begin() as connection:
            connection.execute(held, {"name": gone.name})
            connection.execute(update(tables.attempts).where(*tried).values(lease_until=now))

    def time_passes(self, request: RequestId, by: timedelta) -> None:
        """Since its purchase call; what waits for its time is that much nearer."""
        micros = by // timedelta(microseconds=1)
        looks = text("UPDATE work SET not_before = not_before - :by WHERE kind = 'look' AND request = :request")
        tried = text(
            "UPDATE attempts SET recorded_at = recorded_at - :by, lease_until = lease_until - :by, "
            "call_ended_at = call_ended_at - :by, clean_since = clean_since - :by WHERE request = :request"
        )
        with self.holding.begin() as connection:
            for moved in (looks, tried):
                connection.execute(moved, {"by": micros, "request": request})

    async def server_loses_patience(self, stalled: Serve) -> None:
        """Ends its connections once one of them stands still in a transaction, as it does after ten seconds of that."""
        idle = text(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name AND state = 'idle in transaction'"
        )
        ending = text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = :name")
        named = {"name": stalled.name}
        await self.until(lambda connection: connection.execute(idle, named).scalar_one() > 0, "it is in no transaction")
        self.read(lambda connection: connection.execute(ending, named).all())

    async def wakes(self, serve: Serve) -> None:
        """Somebody asks it something, and it looks at once for what there is to do."""
        await self.at(serve, self.office.ask("status", by=TARA))

    async def looked(self, serve: Serve, request: RequestId) -> None:
        """Returns when a look of this process has shown neither the number nor a debit."""
        await serve.logs("provider answered", kind=Kind.LOOK, request=request, route="transactions")
        seen = select(tables.attempts.c.clean_since).where(tables.attempts.c.request == request)
        await self.until(lambda connection: connection.execute(seen).scalar() is not None, "nobody has looked")

    async def until(self, so: Callable[[Connection], bool], what: str) -> None:
        """Returns when the database has it so; `what` is for the test that waits in vain."""
        end = time.monotonic() + PATIENCE

        def look() -> None:
            while not self.read(so):
                assert time.monotonic() < end, what

        await asyncio.to_thread(look)

    @contextmanager
    def held(self, *locks: Callable[[Connection], object]) -> Iterator["Held"]:
        """Holds all that in a transaction of the test's own, and lets go at the end."""
        with self.holding.begin() as connection:
            for lock in locks:
                lock(connection)
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            yield Held(house=self, connection=connection, backend=backend)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the test holds, and who stands waiting for exactly that."""

    house: House
    connection: Connection
    backend: int

    async def waited_for(self, *serves: Serve) -> None:
        """Returns when all these processes stand waiting for it; without any named, when one does."""
        query = text("SELECT application_name FROM pg_stat_activity WHERE :holder = ANY(pg_blocking_pids(pid))")

        def so(connection: Connection) -> bool:
            found = set(connection.execute(query, {"holder": self.backend}).scalars())
            return bool(found) and found >= {serve.name for serve in serves}

        await self.house.until(so, "nobody waits for what is held")


def the_claims(lane: Lane) -> Callable[[Connection], object]:
    """No work of the lane is claimed."""
    key = text("SELECT pg_advisory_xact_lock(:one, :two)")
    return lambda connection: connection.execute(key, {"one": CLAIMS, "two": list(Lane).index(lane)})


def the_attempts(connection: Connection) -> None:
    """No attempt is recorded."""
    connection.execute(text("LOCK TABLE attempts IN SHARE MODE"))


def the_gate(connection: Connection) -> None:
    """Whoever records an attempt is held up in the middle of the commit."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:gate)"), {"gate": GATE})


def the_row(request: RequestId) -> Callable[[Connection], object]:
    """Nobody moves the request."""
    return lambda connection: requests.lock(connection, request)


@asynccontextmanager
async def a_house(server: Server, *, workspace: Workspace | None = None, **more: str) -> AsyncIterator[House]:
    """Furnished, without a process yet; `more` are settings by their names."""
    database = server.new_database()
    vobiz = VobizStandIn()
    async with AsyncExitStack() as stack:
        stack.callback(server.drop, database)
        folder = Path(stack.enter_context(TemporaryDirectory()))
        engine, holding = (stack.enter_context(engine_of(server.url(database))) for _ in range(2))
        with engine.begin() as connection:
            connection.execute(text(WITNESSES))
        await vobiz.start()
        stack.push_async_callback(vobiz.stop)
        slack = await stack.enter_async_context(SlackStandIn(workspace=workspace or furnish(Workspace())))
        env = _env(slack, vobiz, more)
        office = Office(slack, vobiz, given({**env, "DATABASE_URL": server.url(database)}), None)
        house = House(
            office=office,
            database=database,
            server=server,
            folder=folder,
            env=env,
            engine=engine,
            holding=holding,
        )
        stack.push_async_callback(house.close)
        yield house


def _env(slack: SlackStandIn, vobiz: VobizStandIn, more: dict[str, str]) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": slack.workspace.app.bot_token,
        "SLACK_SIGNING_SECRET": slack.workspace.app.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "VOBIZ_AUTH_ID": vobiz.master.auth_id,
        "VOBIZ_AUTH_TOKEN": vobiz.master.token,
        "VOBIZ_BASE_URL": vobiz.base_url,
        "APPROVERS": f"{MEERA},{VIKRAM}",
        "HOST": "127.0.0.1",
        "PORT": "0",
        "LOG_FORMAT": "json",
        **more,
    }
