"""The store: units of work off the event loop, whole whatever becomes of who asked, and reads of one moment."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.store.store import Store, StoreClosed
from bot.store.tables import clicks
from tests.harness.builders import NOON
from tests.harness.patience import PATIENCE
from tests.harness.stores import a_store_at

MANY = 7
"""Writes, of which some have to wait on any database."""


class Gate:
    """A unit of work that stops in the middle until it is let through."""

    def __init__(self, work: Callable[[Connection], None]) -> None:
        self._work = work
        self._begun = threading.Event()
        self._open = threading.Event()

    def __call__(self, connection: Connection) -> None:
        self._begun.set()
        self._open.wait(PATIENCE)
        self._work(connection)

    async def begun(self) -> None:
        await asyncio.to_thread(self._begun.wait, PATIENCE)

    def let_through(self) -> None:
        self._open.set()


@pytest.fixture
def server(postgres_url: str) -> Iterator[Store]:
    """Of PostgreSQL, where units of work run beside the event loop."""
    served = a_store_at(postgres_url)
    yield served.store
    served.close()


def _click(connection: Connection, trigger: str = "1") -> None:
    connection.execute(insert(clicks).values(trigger_id=trigger, at=NOON))


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(clicks)).scalar_one()


def _commits(store: Store) -> asyncio.Queue[None]:
    """Every commit from now on."""
    heard: asyncio.Queue[None] = asyncio.Queue()
    store.on_commit(lambda: heard.put_nowait(None))
    return heard


async def test_what_is_written_can_be_read_and_who_asked_gets_the_result_or_what_was_raised(store: Store) -> None:
    await store.write(_click)
    assert await store.read(_count) == 1
    assert await store.write(lambda _: "done") == "done"
    with pytest.raises(IntegrityError):
        await store.write(_click)
    with pytest.raises(ZeroDivisionError):
        await store.read(lambda _: 1 // 0)


async def test_what_waits_for_a_server_or_may_take_long_runs_off_the_event_loop(store: Store) -> None:
    here, is_file = threading.current_thread(), await store.read(lambda connection: connection.dialect.name == "sqlite")
    assert (await store.write(lambda _: threading.current_thread()) is here) is is_file
    assert (await store.read(lambda _: threading.current_thread()) is here) is is_file
    assert await store.read_at_length(lambda _: threading.current_thread()) is not here


async def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"):
        await store.read(_click)
    assert await store.read(_count) == 0


async def test_reads_do_not_wait_for_a_write(server: Store) -> None:
    gate = Gate(_click)
    writing = asyncio.create_task(server.write(gate))
    await gate.begun()
    assert await server.read(_count) == 0
    gate.let_through()
    await writing
    assert await server.read(_count) == 1


async def test_a_read_sees_one_moment(store: Store) -> None:
    counted: list[int] = []
    gate = Gate(lambda connection: counted.append(_count(connection)))

    def twice(connection: Connection) -> None:
        counted.append(_count(connection))
        gate(connection)

    reading = asyncio.create_task(store.read_at_length(twice))
    await gate.begun()
    await store.write(_click)
    gate.let_through()
    await reading
    assert counted == [0, 0]


async def test_a_write_whose_caller_gave_up_before_it_began_is_wholly_done(store: Store) -> None:
    commits = _commits(store)
    caller = asyncio.create_task(store.write(_click))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await asyncio.wait_for(commits.get(), PATIENCE)
    assert await store.read(_count) == 1


async def test_writes_whose_caller_gave_up_in_the_middle_are_wholly_done(server: Store) -> None:
    commits = _commits(server)
    gate = Gate(_click)
    caller = asyncio.create_task(server.write(gate))
    await gate.begun()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    gate.let_through()
    await asyncio.wait_for(commits.get(), PATIENCE)
    assert await server.read(_count) == 1


async def test_everybody_who_listens_hears_of_a_commit_on_the_event_loop_before_who_asked_goes_on(store: Store) -> None:
    heard: list[tuple[str, threading.Thread]] = []
    store.on_commit(lambda: heard.append(("one", threading.current_thread())))
    store.on_commit(lambda: heard.append(("other", threading.current_thread())))
    await store.write(_click)
    assert heard == [("one", threading.current_thread()), ("other", threading.current_thread())]


async def test_nobody_hears_of_what_was_undone_or_only_read(store: Store) -> None:
    await store.write(_click)
    heard: list[None] = []
    store.on_commit(lambda: heard.append(None))
    with pytest.raises(IntegrityError):
        await store.write(_click)
    await store.read(_count)
    assert heard == []


async def test_finishing_waits_for_writes_that_were_handed_in_and_closing_for_long_reads(store: Store) -> None:
    reading = Gate(lambda _: None)
    heard = _commits(store)
    handed_in = [asyncio.create_task(store.write(partial(_click, trigger=str(number)))) for number in range(MANY)]
    handed_in.append(asyncio.create_task(store.read_at_length(reading)))
    await reading.begun()
    await store.finish()
    assert heard.qsize() == MANY
    with pytest.raises(StoreClosed):
        await store.write(_click)
    closing = asyncio.create_task(asyncio.to_thread(store.close))
    reading.let_through()
    await closing
    await asyncio.gather(*handed_in)


async def test_nothing_is_written_or_read_after_closing(store: Store) -> None:
    store.close()
    with pytest.raises(StoreClosed):
        await store.write(_click)
    with pytest.raises(StoreClosed):
        await store.read(_count)
