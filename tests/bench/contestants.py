"""Who is measured, and how each is brought up before the stand-ins: with an account and a database of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from bot.sandbox.slack.example import MEERA, VIKRAM
from tests.bench.client import SECRET, Slack, a_slack
from tests.bench.processes import Process, a_process
from tests.harness.postgres import Server
from tests.harness.stores import lay_down_a_database

_accounts = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """One program. `processes` of it share one PostgreSQL database, or the one has a SQLite file."""

    name: str
    command: tuple[str, ...] = ("bot", "serve")
    processes: int = 1
    on_postgres: bool = False


BARE = Contestant(name="bare Bolt", command=("tests.bench.bare",))
BEFORE = Contestant(name="bare Bolt, process_before_response", command=("tests.bench.bare", "--before"))
NAIVE = Contestant(name="naive", command=("tests.bench.naive",))
SQLITE = Contestant(name="SQLite")
POSTGRES = Contestant(name="PostgreSQL, one process", on_postgres=True)


@dataclass(frozen=True, slots=True)
class Running:
    """A contestant at work, and people in front of it."""

    slack: Slack
    processes: list[Process]

    @property
    def processor_time(self) -> float:
        return sum(process.processor_time for process in self.processes)


class Stage:
    """The stand-ins' process, before which one contestant after the other comes up."""

    def __init__(self, server: Server | None) -> None:
        self._server = server
        self._slack: Slack | None = None
        self._port = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Stage"]:
        async with a_process("tests.bench.standins", env={}, hear=self._hear) as standins:
            self._port = standins.port
            yield self

    @asynccontextmanager
    async def brings(self, contestant: Contestant) -> AsyncIterator[Running]:
        """All its processes are killed in the end."""
        async with AsyncExitStack() as stack:
            database = stack.enter_context(TemporaryDirectory(prefix="buynumber-bench-"))
            file = Path(database) / "bench.db"
            lay_down_a_database(file)  # a bot is started many times, and makes its database once
            url = f"sqlite:///{file}"
            if contestant.on_postgres:
                assert self._server is not None
                name = self._server.new_database()
                stack.callback(self._server.drop, name)
                url = self._server.url(name)
            environment = self._environment(url)
            processes = [
                await stack.enter_async_context(a_process(*contestant.command, env=environment))
                for _ in range(contestant.processes)
            ]
            slack = await stack.enter_async_context(
                a_slack([process.port for process in processes], f"http://127.0.0.1:{self._port}/answers")
            )
            self._slack = slack
            yield Running(slack, processes)
            self._slack = None

    def _hear(self, line: bytes) -> None:
        if self._slack is not None:
            self._slack.hear(line)

    def _environment(self, database: str) -> dict[str, str]:
        there = f"http://127.0.0.1:{self._port}"
        return {
            "SLACK_BOT_TOKEN": "xoxb-7300418852096-7311902641173-Qd5TnZk2VwXrB8yLm3HcJp6s",
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"{there}/slack/",
            "VOBIZ_AUTH_ID": f"MA_BENCH{next(_accounts)}",
            "VOBIZ_AUTH_TOKEN": "jX3kQ9vT1wBn5mLcYd7R",
            "VOBIZ_BASE_URL": f"{there}/vobiz",
            "DATABASE_URL": database,
            "APPROVERS": f"{MEERA},{VIKRAM}",
            "HOST": "127.0.0.1",
            "PORT": "0",
        }


def makes_durable(server: Server) -> None:
    """The tests' server forgets what it wrote when the machine stops; one that is compared with SQLite does not."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            connection.execute(f"ALTER SYSTEM SET {setting} = on")
        connection.execute("SELECT pg_reload_conf()")
