"""What a test holds in the database, and who stands waiting for exactly that."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from bot.domain.request import RequestId
from bot.store import requests
from bot.store.lanes import Lane
from bot.work.claims import CLAIMS
from tests.harness.patience import PATIENCE
from tests.harness.process import Bot

Lock = Callable[[Connection], object]

GATE = 77  # an advisory lock of the tests' own

A_GATE_BEFORE_ATTEMPTS = f"""
CREATE FUNCTION pass_the_gate() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER pass_the_gate AFTER INSERT ON attempts DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION pass_the_gate();
"""
"""It stands in the commit that records an attempt."""


def the_claims(lane: Lane) -> Lock:
    """No work of the lane is claimed."""
    key = text("SELECT pg_advisory_xact_lock(:one, :two)")
    return lambda connection: connection.execute(key, {"one": CLAIMS, "two": list(Lane).index(lane)})


def the_attempts(connection: Connection) -> None:
    """No attempt is recorded."""
    connection.execute(text("LOCK TABLE attempts IN SHARE MODE"))


def the_gate(connection: Connection) -> None:
    """Whoever records an attempt is held up in the middle of the commit."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:gate)"), {"gate": GATE})


def the_row(request: RequestId) -> Lock:
    """Nobody moves the request."""
    return lambda connection: requests.lock(connection, request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A transaction of the test's own."""

    connection: Connection
    backend: int
    watching: Engine

    async def waited_for(self, *serves: Bot) -> None:
        """Returns when all these processes stand waiting for it; without any named, when one does."""
        query = text("SELECT application_name FROM pg_stat_activity WHERE :holder = ANY(pg_blocking_pids(pid))")

        def so(connection: Connection) -> bool:
            found = set(connection.execute(query, {"holder": self.backend}).scalars())
            return bool(found) and found >= {serve.name for serve in serves}

        await until(self.watching, so, "nobody waits for what is held")


@contextmanager
def held(holding: Engine, watching: Engine, lock: Lock) -> Iterator[Held]:
    """Holds that, and lets go at the end."""
    with holding.begin() as connection:
        lock(connection)
        backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        yield Held(connection=connection, backend=backend, watching=watching)


async def until(engine: Engine, so: Callable[[Connection], bool], what: str) -> None:
    """Returns when the database has it so; `what` is for the test that waits in vain."""
    end = time.monotonic() + PATIENCE

    def look() -> None:
        is_so = False
        while not is_so:
            assert time.monotonic() < end, what
            with engine.begin() as connection:
                is_so = so(connection)

    await asyncio.to_thread(look)
