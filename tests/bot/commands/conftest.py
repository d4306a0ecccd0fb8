"""What stood in the database before a command, and what stands there after it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from tests.harness.clock import FakeClock
from tests.harness.stores import a_store
from tests.harness.workbench import Workbench

T = TypeVar("T")


def on_a_bench(folder: Path, do: Callable[[Workbench], Awaitable[T]]) -> T:
    """Serves from the default database for as long as this takes, at the present time: commands read no other."""

    async def serve() -> T:
        served = a_store(folder)
        try:
            return await do(Workbench(served.store, FakeClock(datetime.now(UTC))))
        finally:
            served.close()

    return asyncio.run(serve())
