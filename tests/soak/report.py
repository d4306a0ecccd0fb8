"""What a soak prints: one table, and what differs."""

import sys
import time
from collections import Counter
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

from bot.domain.request import Status
from tests.soak.run import Soak

SHOWN = 30  # differences printed at most

MOST_GROWTH = 64
"""MB of memory that a run may gain after its first tenth; the stand-ins remember every request for good."""


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
    """`again` says how to repeat the run."""

    def __init__(self, seed: int, again: str) -> None:
        self._seed = seed
        self._again = again
        self._began = time.monotonic()
        self._memory = resident()

    def warm(self) -> None:
        self._memory = resident()

    async def write(self, soak: Soak) -> None:
        """Prints it; a memory that grew too much is a difference too."""
        tally, memory = soak.tally, resident()
        if memory - self._memory > MOST_GROWTH:
            tally.differences.append(f"memory grew by {memory - self._memory} MB")
        rest = await soak.timed.store.read(soak.rest)
        statuses = Counter(request.status for request in rest.requests.values())
        rows: dict[str, object] = {
            "seed": self._seed,
            "real time": f"{time.monotonic() - self._began:.0f} s",
            "rounds": tally.rounds,
            "time passed": soak.timed.clock.now() - rest.trail[0].at,
            "requests": len(rest.requests),
            **{f"  {status}": statuses[status] for status in Status if statuses[status]},
            "purchase calls": len(rest.vobiz.purchase_calls),
            "sales": len(rest.vobiz.sales),
            "audit entries": len(rest.trail),
            "acts": _counted(tally.acts),
            "what went wrong": _counted(tally.faults),
            "memory": f"{self._memory} MB, {memory} MB in the end",
            "differences": len(tally.differences),
        }
        sys.stdout.writelines(f"{name:<16} {value!s}\n" for name, value in rows.items())
        sys.stdout.writelines(f"DIFFERS: {found}\n" for found in tally.differences[:SHOWN])
        if tally.differences:
            sys.stdout.write(f"{self._again}\n")


def resident() -> int:
    """MB of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 // 2**20


def _counted(what: Counter[str]) -> str:
    return ", ".join(f"{name} {times}" for name, times in sorted(what.items()))
