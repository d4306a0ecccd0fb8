"""Processes of the bot, seen from the test that starts them."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

from tests.faults.dying import Job, Report

ROOT = Path(__file__).parents[2]

PATIENCE = 20.0
"""Seconds until a test stops waiting for a process."""


class Process:
    """One process; `wire` is its connection to us, which ends when the process does."""

    def __init__(self, wire: tuple[asyncio.StreamReader, asyncio.StreamWriter], pid: int) -> None:
        self._from, self._to = wire
        self._pid = pid
        self._is_gone = False
        self.port = 0

    @property
    def events_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/slack/events"

    async def serves(self) -> None:
        """Returns when Slack and the process know each other. Raises `AssertionError` when it ends before."""
        report = await self._hears()
        assert report is not None, "the process ended before it served"
        self.port = report.port

    def goes_on(self) -> None:
        """Tells it that everything it was to be sent has been sent, if it is still there."""
        self._to.write(b"\n")

    async def ended(self) -> Report:
        """How it ended, once it has."""
        report = await self._hears()
        assert report is not None, "the process ended without a word"
        await self._is_over()
        return report

    async def stop(self) -> None:
        """As told to: what it does is finished first. For one that serves on."""
        self.goes_on()
        await self._is_over()

    async def kill(self) -> None:
        """Ends it in the middle of whatever it does; nothing if it has ended."""
        if not self._is_gone:
            os.kill(self._pid, signal.SIGKILL)
            await self._is_over()

    async def _is_over(self) -> None:
        with suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE):
                await self._from.read()
        self._is_gone = True
        self._to.close()

    async def _hears(self) -> Report | None:
        async with asyncio.timeout(PATIENCE):
            try:
                line = await self._from.readline()
            except ConnectionError:
                return None
        return Report.model_validate_json(line) if line else None


class Forks:
    """The process that all others are forked from; one for all tests of a worker."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.faults.dying"]
        self._parent = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True)

    @asynccontextmanager
    async def process(
        self,
        settings: dict[str, str],
        log: Path,
        *,
        now: datetime,
        lives: float | None,
        dies_at: str | None = None,
    ) -> AsyncIterator[Process]:
        """One that serves; it is gone when the context ends, whatever it was doing."""
        arrived: asyncio.Future[Process] = asyncio.get_running_loop().create_future()

        async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            arrived.set_result(Process((reader, writer), Report.model_validate_json(await reader.readline()).pid))

        server = await asyncio.start_server(meet, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self._fork(Job(report_to=port, settings=settings, log=log, now=now, lives=lives, dies_at=dies_at))
        async with asyncio.timeout(PATIENCE):
            process = await arrived
        server.close()
        try:
            await process.serves()
            yield process
        finally:
            await process.kill()

    def stop(self) -> None:
        assert self._parent.stdin is not None
        self._parent.stdin.close()
        self._parent.wait()

    def _fork(self, job: Job) -> None:
        assert self._parent.stdin is not None
        self._parent.stdin.write(job.model_dump_json() + "\n")
        self._parent.stdin.flush()
