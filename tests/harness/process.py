"""The bot as a process of its own, with nothing in its environment but what it is given: watched, stalled, killed.

It is forked from one that has imported everything, which takes a tenth of the time; or really started.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import BaseModel, JsonValue

from tests.harness.patience import PATIENCE
from tests.harness.secrecy import assert_a_process_kept
from tests.harness.stalling import stall

ROOT = Path(__file__).parents[2]

LONGEST_LINE = 1024 * 1024
"""A traceback is one line."""

LONGEST_JOB = 65536

UNREADABLE = "unreadable"
"""The level of what is no log line."""

T = TypeVar("T")
Line = dict[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a process ended and all that it wrote."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]
"""Takes a command's words, and its settings by name."""


class Written:
    """What a process writes to one stream, read as it comes: nobody else empties the pipe."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self.lines: list[str] = []
        self._more = asyncio.Event()
        self._reading = asyncio.create_task(self._read(stream))

    async def first(self, so: Callable[[str], T | None], *, after: int = 0) -> T | None:
        """What `so` makes of the first line it knows, of those `after` the first so many; `None` if it ends before."""
        seen = after
        while True:
            self._more.clear()
            for line in self.lines[seen:]:
                if (found := so(line)) is not None:
                    return found
            seen = max(seen, len(self.lines))
            if self._reading.done():
                return None
            await self._more.wait()

    async def whole(self) -> str:
        await self._reading
        return "".join(self.lines)

    async def _read(self, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            self.lines.append(line.decode())
            self._more.set()
        asyncio.get_running_loop().call_soon(self._more.set)


class Bot:
    """A running process. `name` is what the database knows it by, if it was told."""

    def __init__(
        self,
        pid: int,
        into: int,
        out: Written,
        err: Written,
        ends: Awaitable[int],
        environment: Mapping[str, str],
        name: str = "",
    ) -> None:
        self.name = name
        self._environment = environment
        self.address = ""
        self._out = out
        self._pid = pid
        self._into = into
        self._err = err
        self._code = asyncio.ensure_future(ends)

    @property
    def url(self) -> str:
        """Where Slack delivers, once it is open."""
        return f"{self.address}/slack/events"

    @property
    def pid(self) -> int:
        return self._pid

    @property
    def runs(self) -> bool:
        return not self._code.done()

    @property
    def lines(self) -> list[Line]:
        """What it has logged so far."""
        return [_parsed(line) for line in self._err.lines]

    @property
    def failures(self) -> list[Line]:
        """What it logged of its own mistakes."""
        return [line for line in self.lines if line.get("level") not in ("debug", "info", "warning")]

    async def writes(self, words: str, *, after: int = 0) -> str:
        """The first line on stdout that says so, of those `after` the first so many."""
        return await self._soon(self._out, lambda line: line if words in line else None, words, after=after)

    async def says(self, words: str) -> str:
        """The first line on stderr that says so."""
        return await self._soon(self._err, lambda line: line if words in line else None, words)

    async def logs(self, event: str, *, after: int = 0, **fields: JsonValue) -> Line:
        """The first such line of its log, of those `after` the first so many."""

        def so(text: str) -> Line | None:
            line = _parsed(text)
            return line if line["event"] == event and fields.items() <= line.items() else None

        return await self._soon(self._err, so, event, after=after)

    async def is_open(self) -> Line:
        """Returns what it says once it serves."""
        said = await self.logs("serving")
        self.address = f"http://127.0.0.1:{said['port']}"
        return said

    async def is_stopping(self) -> None:
        """Returns when it says that it is not ready any more."""
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient() as client:
            while (await client.get(f"{self.address}/readyz")).status_code == 200:
                pass

    def is_told(self, line: str) -> None:
        """On its stdin; nothing if it has ended."""
        with suppress(BrokenPipeError):
            os.write(self._into, f"{line}\n".encode())

    def tell(self, what: signal.Signals) -> None:
        os.kill(self._pid, what)

    def stall(self) -> None:
        """Nothing of it runs until it goes on; its connections stay."""
        stall(self._pid)

    def go_on(self) -> None:
        if self.runs:
            self.tell(signal.SIGCONT)

    async def kill(self) -> None:
        """Nothing of it runs any more, and nothing is finished; of its last line there may be a part."""
        if self.runs:
            self.tell(signal.SIGKILL)
        await self.ends()
        if self._err.lines and not self._err.lines[-1].endswith("\n"):
            self._err.lines.pop()

    async def stop(self) -> int:
        """As an operator does; its exit code."""
        self.tell(signal.SIGTERM)
        return (await self.ends()).code

    async def ends(self) -> Ended:
        async with asyncio.timeout(PATIENCE):
            return Ended(code=await self._code, out=await self._out.whole(), err=await self._err.whole())

    async def close(self) -> None:
        """It is gone, whatever it was doing, and said no secret."""
        await self.kill()
        os.close(self._into)
        assert_a_process_kept(self._environment, [*self._out.lines, *self._err.lines])

    async def _soon(self, stream: Written, so: Callable[[str], T | None], what: str, *, after: int = 0) -> T:
        async with asyncio.timeout(PATIENCE):
            found = await stream.first(so, after=after)
        assert found is not None, f"it ended without saying {what!r}: {stream.lines}"
        return found


def _parsed(line: str) -> Line:
    with suppress(ValueError):
        found = json.loads(line)
        if isinstance(found, dict):
            return found
    return {"event": line, "level": UNREADABLE}


class Job(BaseModel):
    """`run` is `module:function`; it is given `arguments` and returns the exit code."""

    run: str
    arguments: Sequence[str]
    environment: dict[str, str]
    folder: Path


class Forks:
    """The process that others are forked from."""

    def __init__(self) -> None:
        self._jobs, its_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its_end:
            command = [sys.executable, "-m", "tests.harness.forking"]
            self._process = subprocess.Popen(command, cwd=ROOT, stdin=its_end.fileno())

    def fork(self, job: Job, streams: Sequence[int]) -> None:
        socket.send_fds(self._jobs, [job.model_dump_json().encode()], streams)

    def stop(self) -> None:
        self._jobs.close()
        self._process.wait()


@cache
def forks() -> Forks:
    """One for all tests of a worker, from the first that asks for it."""
    return Forks()


def stop_forking() -> None:
    if forks.cache_info().currsize:
        forks().stop()
        forks.cache_clear()


async def a_fork(job: Job, *, name: str = "") -> Bot:
    """A process that does the job; to be closed by whoever asked."""
    (into_it, into), (out, out_of_it), (err, err_of_it), (code, code_of_it) = (os.pipe() for _ in range(4))
    given = (into_it, out_of_it, err_of_it, code_of_it)
    forks().fork(job, given)
    for stream in given:
        os.close(stream)
    ended = Written(await _reader(code))
    pid = await ended.first(int)
    assert pid is not None, "nobody forks any more"
    written = Written(await _reader(out)), Written(await _reader(err))
    return Bot(pid, into, *written, _last(ended), job.environment, name=name)


async def a_start(*command: str, folder: Path, env: Mapping[str, str]) -> Bot:
    """`python -m bot COMMAND`; to be closed by whoever asked."""
    (into_it, into), (out, out_of_it), (err, err_of_it) = (os.pipe() for _ in range(3))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *command),
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), **env},
        stdin=into_it,
        stdout=out_of_it,
        stderr=err_of_it,
    )
    for stream in (into_it, out_of_it, err_of_it):
        os.close(stream)
    return Bot(process.pid, into, Written(await _reader(out)), Written(await _reader(err)), process.wait(), env)


@asynccontextmanager
async def a_bot(
    *command: str, folder: Path, env: Mapping[str, str] | None = None, started: bool = False
) -> AsyncIterator[Bot]:
    """`bot COMMAND` in `folder`; it is killed if it still runs at the end."""
    environment = {**(env or {})}
    if started:
        bot = await a_start(*command, folder=folder, env=environment)
    else:
        bot = await a_fork(Job(run="bot.__main__:main", arguments=command, environment=environment, folder=folder))
    try:
        yield bot
    finally:
        await bot.close()


async def _reader(stream: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(stream, "rb")
    )
    return reader


async def _last(said: Written) -> int:
    await said.whole()
    assert len(said.lines) > 1, "nobody knows how it ended"
    return int(said.lines[-1])
