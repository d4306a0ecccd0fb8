"""`python -m bot serve` as a process of its own: watched by what it logs, stopped, stalled, killed."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from pydantic import JsonValue

ROOT = Path(__file__).parents[2]

PATIENCE = 45.0
"""Seconds until a test stops waiting for a process; starting one on a busy machine takes a few."""

STOPS_WITHIN = 15.0

LONGEST_LINE = 1024 * 1024
"""A traceback is one line."""

Line = dict[str, JsonValue]

UNREADABLE = "unreadable"
"""The level of what is no log line."""


@dataclass(kw_only=True)
class Serve:
    """A running `python -m bot serve`, and what it has logged so far."""

    name: str
    """As the database knows it."""
    process: asyncio.subprocess.Process
    lines: list[Line] = field(default_factory=list)
    address: str = ""
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    _reading: asyncio.Task[None] | None = None

    def read(self) -> None:
        """Begins to read what it logs: nobody else empties the pipe."""
        self._reading = asyncio.create_task(self._read())

    async def is_open(self) -> None:
        said = await self.logs("serving")
        self.address = f"http://127.0.0.1:{said['port']}"

    @property
    def url(self) -> str:
        """Where Slack delivers."""
        return f"{self.address}/slack/events"

    async def is_stopping(self) -> None:
        """Returns when it says that it is not ready any more."""
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient() as client:
            while (await client.get(f"{self.address}/readyz")).status_code == 200:
                pass

    async def logs(self, event: str, *, after: int = 0, **fields: JsonValue) -> Line:
        """The first line that says so, of those `after` the first so many."""
        seen = after
        async with asyncio.timeout(PATIENCE):
            while True:
                self._more.clear()
                for line in self.lines[seen:]:
                    if line["event"] == event and fields.items() <= line.items():
                        return line
                seen = len(self.lines)
                assert self._reading is not None
                assert not self._reading.done(), f"it ended without saying {event!r}: {self.lines}"
                await self._more.wait()

    def stall(self) -> None:
        """Nothing of it runs until it goes on; its connections stay."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        if self.runs:
            self.process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """Nothing of it runs any more, and nothing is finished; of its last line there may be a part."""
        self.process.kill()
        await self.ended()
        if self.lines and self.lines[-1].get("level") == UNREADABLE:
            self.lines.pop()

    async def stop(self) -> int:
        """As an operator does; its exit code, if it ends within the fifteen seconds it has."""
        self.process.terminate()
        async with asyncio.timeout(STOPS_WITHIN):
            return await self.ended()

    async def ended(self) -> int:
        async with asyncio.timeout(PATIENCE):
            if self._reading is not None:
                await self._reading
            return await self.process.wait()

    @property
    def runs(self) -> bool:
        return self.process.returncode is None

    @property
    def failures(self) -> list[Line]:
        """What it logged of its own mistakes."""
        return [line for line in self.lines if line.get("level") not in ("debug", "info", "warning")]

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.lines.append(_parsed(line.decode()))
            self._more.set()
        self._more.set()


def _parsed(line: str) -> Line:
    try:
        found: Line = json.loads(line)
    except ValueError:
        return {"event": line, "level": UNREADABLE}
    return found


async def a_serve(name: str, folder: Path, env: Mapping[str, str]) -> Serve:
    """Started in `folder`, with nothing in its environment but this; it is not open yet."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "serve"),
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), **env},
        stderr=asyncio.subprocess.PIPE,
        limit=LONGEST_LINE,
    )
    serve = Serve(name=name, process=process)
    serve.read()
    return serve
