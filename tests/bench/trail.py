"""`python -m tests.bench.trail`: what checking, exporting and adding to a million entries costs. Linux alone.

The commands run as processes of their own; processor time is theirs with their start, memory is the most they held.
"""

import argparse
import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from bot.domain import trail
from bot.domain.audit import BOT, GENESIS, canonical, digest
from bot.domain.request import RequestId
from bot.domain.trail import Event
from bot.store import audit
from tests.bench.figures import table
from tests.harness.builders import ASKER, NOON, a_request, asked_for
from tests.harness.process import ROOT
from tests.harness.stores import a_store, lay_down_a_database

FEW = 1000
ADDED = 200

SECONDS, MEGABYTES = 10, 100
"""What is wanted of a million."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.trail", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    entries: int = parser.parse_args().entries
    with tempfile.TemporaryDirectory(prefix="buynumber-bench-") as name:
        folder = Path(name)
        _fill(folder / "buynumber.db", FEW)
        few = _adding(folder)
        _fill(folder / "buynumber.db", entries)
        many = _adding(folder)
        measured = {what: _run(folder, what) for what in COMMANDS}
    column = f"of {entries:,} entries"
    rows = [
        {column: what, "processor time": f"{seconds:.1f} s", "memory": f"{megabytes:.0f} MB"}
        for what, (seconds, megabytes) in measured.items()
    ]
    added = f"{many * 1e3:.2f} ms, at {FEW:,} {few * 1e3:.2f} ms"
    sys.stdout.write(f"{table([*rows, {column: 'a new entry', 'processor time': added, 'memory': ''}])}\n")
    is_enough = measured["verify"][0] < SECONDS and all(memory < MEGABYTES for _, memory in measured.values())
    return 0 if is_enough else 1


COMMANDS = ("verify", "export", "export --format csv", "export --format xlsx", "archive --before 2999-01-01 sealed")


def _fill(path: Path, entries: int) -> None:
    """A whole chain of so many, each as large as what is told of a new request."""
    path.unlink(missing_ok=True)
    lay_down_a_database(path)
    data, before = canonical(asked_for(a_request()).facts()), GENESIS
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA synchronous = OFF")
        for seq in range(1, entries + 1):
            at = NOON + timedelta(seconds=seq)
            request = RequestId(f"{seq:032x}")
            fields = (ASKER, Event.REQUESTED.value, request, data, before)
            before = digest(seq, at, *fields)
            database.execute(
                "INSERT INTO audit_entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (seq, int(at.timestamp()) * 10**6, *fields, before),
            )
        database.execute("UPDATE audit_head SET seq = ?, hash = ?", (entries, before))


def _adding(folder: Path) -> float:
    """Processor time of one more entry, in seconds."""
    served = a_store(folder)

    async def add() -> float:
        began = time.process_time()
        for _ in range(ADDED):
            await served.store.write(
                lambda connection: audit.append(connection, at=NOON, actor=BOT, told=trail.Reminded(), request=None)
            )
        return (time.process_time() - began) / ADDED

    try:
        return asyncio.run(add())
    finally:
        served.close()


MEASURED = """
import re, sys, time
from pathlib import Path
from bot.__main__ import main
code = main(sys.argv[1:])
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]
Path("measured").write_text(f"{code} {time.process_time()} {int(peak) / 1024}")
"""
"""A process asks for itself: what the system says of one that has ended counts what its parent held when it began."""


def _run(folder: Path, command: str) -> tuple[float, float]:
    """Processor time in seconds and the most memory in megabytes."""
    output = ["--output", "exported"] if command.startswith("export") else []
    subprocess.run(
        [sys.executable, "-c", MEASURED, "audit", *command.split(), *output],
        cwd=folder,
        env={"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    code, seconds, megabytes = (folder / "measured").read_text().split()
    if code != "0":
        sys.exit(f"audit {command} ended with {code}")
    return float(seconds), float(megabytes)


if __name__ == "__main__":
    sys.exit(main())
