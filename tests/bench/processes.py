"""Processes that are measured from outside, on Linux: when they are ready, the processor time they take, their memory.

Whatever happens here, each is gone when its `async with` is left.
"""

import asyncio
import re
import sys
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.harness.patience import PATIENCE
from tests.harness.process import LONGEST_LINE, ROOT

_SERVING = re.compile(rb"serving\b.*\bport=(\d+)")

Hear = Callable[[bytes], None]
"""Is given each line that a process writes once it serves."""


class Ended(Exception):
    """The process is not there any more; the message is the last that it wrote."""


class Process:
    """One that serves on `port`, `ready_after` so many seconds."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, ready_after: float) -> None:
        self._process = process
        self.port = port
        self.ready_after = ready_after

    @property
    def processor_time(self) -> float:
        """Seconds of all its threads, those that have ended too. Raises `Ended`.

        The clock of another process is named by its id (source: Linux, `include/linux/posix-timers_types.h`, which
        glibc's `clock_getcpuclockid` follows); `/proc` tells the same in hundredths of a second.
        """
        try:
            return time.clock_gettime((~self._process.pid << 3) | 2)
        except OSError as gone:
            raise Ended("a process ended while it was measured") from gone

    @property
    def memory(self) -> float:
        """Resident, in MB of 2^20 bytes."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
        assert found is not None
        return int(found[1]) / 1024


@asynccontextmanager
async def a_process(*command: str, env: Mapping[str, str], hear: Hear | None = None) -> AsyncIterator[Process]:
    """`python -m COMMAND` in a folder of its own, with nothing else in its environment; there once it serves."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="buynumber-bench-") as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *command),
            cwd=folder,
            env={"PYTHONPATH": str(ROOT), **env},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=LONGEST_LINE,
        )
        assert process.stdout is not None
        reading = None
        try:
            async with asyncio.timeout(PATIENCE):
                port = await _port(process.stdout)
            ready_after = time.monotonic() - began
            reading = asyncio.create_task(_read(process.stdout, hear))
            yield Process(process, port, ready_after)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            if reading is not None:
                await reading


async def _port(lines: asyncio.StreamReader) -> int:
    last = deque[bytes](maxlen=20)
    async for line in lines:
        last.append(line)
        if found := _SERVING.search(line):
            return int(found[1])
    raise Ended(b"".join(last).decode(errors="replace"))


async def _read(lines: asyncio.StreamReader, hear: Hear | None) -> None:
    """Somebody has to: what writes into a full pipe waits."""
    async for line in lines:
        if hear is not None:
            hear(line)
