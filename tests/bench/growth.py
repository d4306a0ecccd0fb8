"""How the cost of what is read all the time grows with the past: in this process, by the store and services alone.

What a cost is, is processor time of this process; on PostgreSQL, where the server does the work, time that passes.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from bot.domain.numbers import e164
from bot.domain.request import Status
from bot.services.letters import StatusList
from bot.services.plans import DueSweep
from bot.services.reconcile.debits import WATCHED_FOR
from bot.services.tell.queries import listed_for
from bot.services.unit import Unit
from bot.store import requests
from bot.store.postgres import plain_engine
from bot.store.sqlite import writing_engine
from tests.bench.figures import FEW, GROWTH, MANY, MORE, Line, line
from tests.bench.past import PENDING, Rows, fill, is_bought, made_at, number_id_of, number_of, stories
from tests.bench.rounds import Samples
from tests.harness.builders import BOSS, NOON, TEAM, a_request, an_address, an_owned_number, some_rules
from tests.harness.clock import FakeClock
from tests.harness.fakes import FakeProvider
from tests.harness.ledger import a_row
from tests.harness.postgres import Server
from tests.harness.stores import a_store_at, lay_down_a_database
from tests.harness.workbench import Workbench

READ_FOR = 0.5
"""Seconds: each read is repeated so long, and three times at least."""

AT_ONCE = 200

OUT_OF_REACH = 10**6
"""The numbers from this one on are not of the past: they wait."""

LETTER = StatusList(to=an_address(BOSS), team=TEAM, is_approver=True, in_home=True)

READS: Mapping[str, Callable[[Connection], object]] = {
    "open_for": lambda connection: requests.open_for(connection, e164(number_of(OUT_OF_REACH))),
    "in_state": lambda connection: requests.in_state(connection, (Status.APPROVED,)),
    "newest(PENDING)": lambda connection: requests.newest(connection, statuses=(Status.PENDING,)),
    "App Home": lambda connection: listed_for(Unit(connection, NOON, some_rules()), LETTER),
}


async def measure_growth(rounds: int, server: Server | None) -> list[Line]:
    """Fills a database of each size, and measures all of them in each round, the smallest before and after."""
    past = await stories()
    clock = time.process_time if server is None else time.perf_counter
    taken: dict[int, list[Samples]] = {FEW: [], MORE: [], MANY: []}
    again: list[Samples] = []
    async with AsyncExitStack() as stack:
        benches = {size: await stack.enter_async_context(_a_bench(size, server, past)) for size in taken}
        for number in range(rounds):
            sys.stderr.write(f"round {number + 1} of {rounds}\n")
            for size, bench in benches.items():
                taken[size].append(await _measured(bench, clock))
            again.append(await _measured(benches[FEW], clock))
    beside = list(zip(taken[FEW], again, strict=True))
    return [
        measured
        for size, figures in GROWTH.items()
        for figure in figures
        if (measured := line(figure, taken[size], beside)) is not None
    ]


@asynccontextmanager
async def _a_bench(size: int, server: Server | None, past: Sequence[Rows]) -> AsyncIterator[Workbench]:
    """A past of that size, and a few requests that wait."""
    sys.stderr.write(f"fills a database with {size:,} requests\n")
    with ExitStack() as stack:
        if server is None:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="buynumber-bench-"))) / "past.db"
            lay_down_a_database(path)
            url, engine = f"sqlite:///{path}", writing_engine(path)
            event.listen(engine, "connect", _in_no_hurry)
        else:
            name = server.new_database()
            stack.callback(server.drop, name)
            url, engine = server.url(name), plain_engine(server.url(name))
        await _fill(engine, size, past)
        served = a_store_at(url)
        stack.callback(served.close)
        bench = Workbench(served.store, FakeClock())
        for waiting in range(PENDING):
            await bench.a_request(a_request(number=number_of(OUT_OF_REACH + waiting)), ts=f"{waiting}.000002")
        _stock(bench.provider, size)
        await bench.plan_sweep()
        await bench.run(DueSweep)
        yield bench


async def _fill(engine: Engine, size: int, past: Sequence[Rows]) -> None:
    """May be cancelled on the way."""
    with engine.connect() as connection:
        for first in range(0, size, AT_ONCE):
            fill(connection, past, first, first + AT_ONCE, of=size)
            connection.commit()
            await asyncio.sleep(0)
    engine.dispose()


def _in_no_hurry(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    """What a crash would lose is made again."""
    connection.execute("PRAGMA synchronous = OFF")


def _stock(provider: FakeProvider, size: int) -> None:
    """The account has what was bought in the days that a sweep compares, and a row of the ledger for each.

    One row more has neither a number nor a time: anything may have caused it.
    """
    watched = [request for request in range(size) if made_at(request, size) > NOON - WATCHED_FOR and is_bought(request)]
    provider.others = [
        an_owned_number(number=number_of(one), id=number_id_of(one), purchased_at=made_at(one, size)) for one in watched
    ]
    provider.ledger = [a_row(description=f"DID {number_of(one)}", at=made_at(one, size)) for one in watched]
    provider.ledger.append(a_row(at=None))


async def _measured(bench: Workbench, clock: Callable[[], float]) -> Samples:
    samples = Samples(list)
    for name, read in READS.items():
        samples[name] += await bench.store.read(partial(_costs, read=read, clock=clock))
    with _watched() as transactions:
        await bench.store.read(READS["App Home"])
        samples["statements"].append(transactions.statements)
        transactions.longest_write = 0
        began = clock()
        await bench.sweep()
        samples["sweep"].append(clock() - began)
        samples["transaction"].append(transactions.longest_write)
    return samples


def _costs(connection: Connection, read: Callable[[Connection], object], clock: Callable[[], float]) -> list[float]:
    costs: list[float] = []
    until = time.monotonic() + READ_FOR
    while len(costs) < 3 or time.monotonic() < until:
        began = clock()
        read(connection)
        costs.append(clock() - began)
    return costs


class _Transactions:
    """What all engines of this process do: how many statements, and how long the longest transaction that wrote took,
    from its beginning to its commit.
    """

    def __init__(self) -> None:
        self.statements = 0
        self.longest_write = 0.0

    def begins(self, connection: Connection) -> None:
        connection.info["began"], connection.info["writes"] = time.perf_counter(), False

    def executes(self, connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        self.statements += 1
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            connection.info["writes"] = True

    def commits(self, connection: Connection) -> None:
        if connection.info.get("writes"):
            self.longest_write = max(self.longest_write, time.perf_counter() - connection.info["began"])


@contextmanager
def _watched() -> Iterator[_Transactions]:
    watching = _Transactions()
    heard: dict[str, Callable[..., None]] = {
        "begin": watching.begins,
        "before_cursor_execute": watching.executes,
        "commit": watching.commits,
    }
    for name, hear in heard.items():
        event.listen(Engine, name, hear)
    try:
        yield watching
    finally:
        for name, hear in heard.items():
            event.remove(Engine, name, hear)
