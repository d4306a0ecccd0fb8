"""What a soak prints: one table, and what differs."""

import sys
import time
from collections import Counter
from collections.abc import MutableMapping
from typing import Any

import structlog

from bot.domain.request import Status
from tests.soak.run import Soak
from tests.soak.tally import resident

SHOWN = 30
"""Differences printed at most."""

MOST_GROWTH = 96 * 2**20
"""Bytes of memory that a run may gain after its first tenth; the stand-ins remember every request for good."""


def hear_the_log() -> list[str]:
    """Keeps, from now on, what the bot logs as an error: nothing of what happens to it here is one."""
    heard: list[str] = []

    def keep(_logger: object, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if fields["level"] in ("error", "critical"):
            heard.append(f"logged: {fields['event']} {fields.get('exception', '')}")
        raise structlog.DropEvent

    structlog.configure(processors=[structlog.stdlib.add_log_level, structlog.processors.format_exc_info, keep])
    return heard


class Report:
    def __init__(self, seed: int, seconds: float, database: str) -> None:
        self._seed = seed
        self._seconds = seconds
        self._database = database
        self._began = time.monotonic()
        self._memory = resident()

    def warm(self) -> None:
        self._memory = resident()

    async def write(self, soak: Soak) -> None:
        """Prints it; a memory that grew too much is a difference too."""
        tally, memory = soak.tally, resident()
        if memory - self._memory > MOST_GROWTH:
            tally.differences.append(f"memory grew by {(memory - self._memory) // 2**20} MB")
        rest = await soak.timed.store.read(soak.rest)
        statuses = Counter(request.status for request in rest.requests.values())
        rows = [
            ("seed", str(self._seed)),
            ("real time", f"{time.monotonic() - self._began:.0f} s"),
            ("rounds", str(tally.rounds)),
            ("time passed", str(soak.timed.clock.now() - rest.trail[0].at)),
            ("requests", str(len(rest.requests))),
            *((f"  {status}", str(statuses[status])) for status in Status if statuses[status]),
            ("purchase calls", str(len(rest.vobiz.purchase_calls))),
            ("sales", str(len(rest.vobiz.sales))),
            ("audit entries", str(len(rest.trail))),
            ("acts", ", ".join(f"{what} {times}" for what, times in sorted(tally.acts.items()))),
            ("what went wrong", ", ".join(f"{what} {times}" for what, times in sorted(tally.faults.items()))),
            ("memory", f"{self._memory // 2**20} MB, {memory // 2**20} MB in the end"),
            ("differences", str(len(tally.differences))),
        ]
        for name, value in rows:
            sys.stdout.write(f"{name:<16} {value}\n")
        for found in tally.differences[:SHOWN]:
            sys.stdout.write(f"DIFFERS: {found}\n")
        if tally.differences:
            sys.stdout.write(f"{self.again()}\n")

    def again(self) -> str:
        """How to repeat it; the database's address may hold a password."""
        database = " --database …" if self._database else ""
        return f"Repeat it with: python -m tests.soak --minutes {self._seconds / 60:g} --seed {self._seed}{database}"
