"""No statement reads all of a table that grows: not one of those that the bot makes in any story.

Each is explained by the database that it is made for, over the past of some hundred requests. PostgreSQL would rather
read through a table as small as that, so it is told that this is dear.
"""

import re
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Index, PrimaryKeyConstraint, UniqueConstraint, event

import bot
from bot.domain.audit import BOT
from bot.domain.rules import Rules
from bot.services.checkup.database import waiting_lines
from bot.services.offers import Offers
from bot.store import control
from bot.store.store import Store
from bot.store.tables import metadata
from tests.bot.services.stories.book import (
    OTHER_LISTED,
    THIRD,
    TWO_VOTES,
    Story,
    a_failure,
    a_purchase,
    a_request,
    approve,
    deny,
    leave_nothing_to_chance,
    people_are_asked,
    status,
    step,
    story,
    tell,
    told,
    withdraw,
)
from tests.bot.services.stories.groups import STORIES
from tests.harness.builders import BOSS, NUMBER
from tests.harness.clock import FakeClock
from tests.harness.past import multiply
from tests.harness.postgres import Server
from tests.harness.stores import a_store_at
from tests.harness.workbench import Workbench

GROWING = {"attempts", "audit_entries", "cards", "clicks", "requests", "reservations", "votes"}

PARTIAL = {index.name for table in metadata.tables.values() for index in table.indexes if "where" in index.info}
"""Indexes of some rows alone: reading all of one is no scan."""

LEADING = {
    str(made.name): made.columns[0].name
    for table in metadata.tables.values()
    for made in (*table.constraints, *table.indexes)
    if isinstance(made, Index | PrimaryKeyConstraint | UniqueConstraint)
}
"""The first column of each index: where nothing is asked of that, all of it is read."""

EVERYTHING = re.compile(r"FROM requests ORDER BY requests.created_at DESC, requests.id DESC($| LIMIT )")
"""The command `requests` lists all there are; with a limit they are the first of an index."""

TIMES = 100

Asked = tuple[str, Any]
"""A statement, and the values that it was made with."""

Noted = dict[str, Asked]
"""Statements by their gist, which is the same for any number of values."""


@step
async def check(bench: Workbench) -> None:
    """The command reads how things stand, when the bot itself froze them."""
    now = bench.clock.now()
    await bench.store.write(lambda connection: control.freeze(connection, at=now, by=BOT))
    await bench.store.read(waiting_lines)


@step
async def look_for_a_number(bench: Workbench) -> None:
    await Offers(store=bench.store, clock=bench.clock, rules=Rules()).taken([NUMBER, OTHER_LISTED.e164], age=0)


READING = story(
    people_are_asked, TWO_VOTES, a_request(OTHER_LISTED), approve(), status(BOSS), told, check(), look_for_a_number()
)

PAST = story(
    *(a_purchase(), a_failure(number=THIRD)),
    *(step for _ in range(8) for step in (a_request(OTHER_LISTED), deny(), a_request(OTHER_LISTED), withdraw())),
)
"""Most ended without a purchase: what was bought is found by nothing else than that."""


@dataclass
class World:
    """Stories told over databases of one kind; nothing in them is random."""

    cleaned: Callable[[], str]
    """The address of a database without any requests; there is one at a time."""
    own: str
    """Of one that nothing was ever in."""
    monkeypatch: pytest.MonkeyPatch

    @asynccontextmanager
    async def after(self, steps: Story, url: str) -> AsyncIterator[Store]:
        served, clock = a_store_at(url), FakeClock()
        try:
            with self.monkeypatch.context() as patch:
                leave_nothing_to_chance(patch, clock)
                await tell(Workbench(served.store, clock), steps)
            yield served.store
        finally:
            served.close()

    async def noted(self, stories: Iterable[Story]) -> tuple[Noted, list[Story]]:
        """What the bot asks in them, and the stories in which it asked something for the first time."""
        noted: Noted = {}
        new = []
        for steps in stories:
            before = len(noted)
            with _noting(noted):
                async with self.after(steps, self.cleaned()):
                    pass
            if len(noted) > before:
                new.append(steps)
        return noted, new

    async def scans(self, statements: Iterable[Asked]) -> list[str]:
        """What the database would read all of, and for which statement."""
        async with self.after(PAST, self.own) as store:
            await store.write(lambda connection: multiply(connection, TIMES))
            return await store.write(lambda connection: [*_scans(connection, statements)])


@pytest.fixture
def sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    numbers = count(1)
    return World(
        cleaned=lambda: f"sqlite:///{tmp_path / f'{next(numbers)}.db'}",
        own=f"sqlite:///{tmp_path / 'own.db'}",
        monkeypatch=monkeypatch,
    )


@pytest.fixture
def postgresql(postgres: Server, postgres_url: str, own_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> World:
    def cleaned() -> str:
        postgres.clean_shared()
        return postgres_url

    return World(cleaned=cleaned, own=own_postgres_url, monkeypatch=monkeypatch)


async def test_whatever_the_bot_asks_is_found_by_an_index(sqlite: World, postgresql: World) -> None:
    """Stories that ask nothing new of SQLite are not told over PostgreSQL, where they take longer."""
    noted, new = await sqlite.noted([READING, *(steps for stories in STORIES.values() for steps in stories.values())])
    assert await sqlite.scans(noted.values()) == []
    noted, _ = await postgresql.noted(new)
    assert await postgresql.scans(noted.values()) == []


SCANNING = (
    "SELECT id FROM requests WHERE reason = 'none'",
    "SELECT id FROM requests WHERE reason = 'none' ORDER BY created_at DESC LIMIT 1",
    "SELECT seq FROM audit_entries WHERE actor = 'nobody' ORDER BY seq DESC LIMIT 1",
    "UPDATE attempts SET code = NULL WHERE code = 'none'",
    "SELECT count(*) FROM cards",
    "SELECT votes.at FROM votes JOIN attempts ON attempts.request = votes.request WHERE votes.approver = 'nobody'",
)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_reads_all_of_a_table_is_seen(kind: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(kind)
    assert len(await world.scans((words, ()) for words in SCANNING)) == len(SCANNING)


@contextmanager
def _noting(noted: Noted) -> Iterator[None]:
    """What the bot, and not a test, asks a database."""

    def note(_: Connection, __: object, words: str, given: object, *___: object) -> None:
        if words.startswith(("SELECT", "UPDATE", "DELETE", "WITH")) and _is_asked_by_the_bot():
            noted.setdefault(re.sub(r"(, (\?|%\(\w+\)s(::\w+)?))+", ", …", words), (words, given))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _is_asked_by_the_bot() -> bool:
    frame = sys._getframe(2)
    while "sqlalchemy" in frame.f_code.co_filename and frame.f_back is not None:
        frame = frame.f_back
    return Path(bot.__file__).parent in Path(frame.f_code.co_filename).parents


def _scans(connection: Connection, statements: Iterable[Asked]) -> Iterator[str]:
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.exec_driver_sql("ANALYZE; SET LOCAL enable_seqscan = off")
    for words, given in statements:
        gist = re.sub(r"SELECT .*? FROM", "SELECT … FROM", " ".join(words.split()))
        growing = GROWING | {"work"} if "work.lane = " in words else GROWING  # what is claimed is found, too
        explained = _read_by_sqlite if is_sqlite else _read_by_postgresql
        for table, how in explained(connection, (words, given)):
            if table in growing and not EVERYTHING.search(gist):
                yield f"{how}: {gist}"


def _read_by_sqlite(connection: Connection, asked: Asked) -> Iterator[tuple[str, str]]:
    """Tables that are read from one end to the other, and how that is said."""
    words, given = asked
    for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", given):
        is_scan = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", row.detail)
        if is_scan and is_scan[2] not in PARTIAL:
            yield is_scan[1], row.detail
        elif "AUTOMATIC" in row.detail:
            yield row.detail.split()[1], row.detail


def _read_by_postgresql(connection: Connection, asked: Asked) -> Iterator[tuple[str, str]]:
    words, given = asked
    [explained] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {words}", given).scalar_one()
    yield from _read_by(explained["Plan"], None)


def _read_by(node: Mapping[str, Any], table: str | None) -> Iterator[tuple[str, str]]:
    """By a node and what feeds it; `table` is that of the node above."""
    table, kind, index = node.get("Relation Name", table), node["Node Type"], node.get("Index Name")
    is_whole = index not in PARTIAL and index in LEADING and LEADING[index] not in _words(node.get("Index Cond", ""))
    if table is not None and (kind == "Seq Scan" or is_whole):
        yield table, f"{kind} of {table} {index or ''}"
    for below in node.get("Plans", ()):
        yield from _read_by(below, table)


def _words(said: str) -> list[str]:
    return re.findall(r"\w+", said)
