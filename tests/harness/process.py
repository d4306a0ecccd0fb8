"""`python -m bot` as a process of its own, with nothing in its environment but what it is given."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]

PATIENCE = 30.0
"""Seconds until a test stops waiting for a process; starting one on a busy machine takes a few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a process ended and all that it wrote."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]
"""Takes a command's words, and its settings by name."""


@dataclass(slots=True, kw_only=True)
class Bot:
    """A running `python -m bot COMMAND`."""

    process: asyncio.subprocess.Process
    _out: list[str] = field(default_factory=list)
    _err: list[str] = field(default_factory=list)

    async def writes(self, words: str) -> str:
        """The first line on stdout that says so."""
        return await self._line(self.process.stdout, self._out, words)

    async def logs(self, words: str) -> str:
        """The first line on stderr that says so."""
        return await self._line(self.process.stderr, self._err, words)

    def tell(self, what: signal.Signals) -> None:
        self.process.send_signal(what)

    async def ends(self) -> Ended:
        async with asyncio.timeout(PATIENCE):
            out, err = await self.process.communicate()
        code = self.process.returncode
        assert code is not None
        return Ended(code=code, out="".join([*self._out, out.decode()]), err="".join([*self._err, err.decode()]))

    async def _line(self, stream: asyncio.StreamReader | None, seen: list[str], words: str) -> str:
        assert stream is not None
        async with asyncio.timeout(PATIENCE):
            async for line in stream:
                seen.append(line.decode())
                if words in seen[-1]:
                    return seen[-1]
        raise AssertionError(f"it ended without saying {words!r}: {''.join(seen)}")


@asynccontextmanager
async def a_bot(*command: str, folder: Path, env: Mapping[str, str] | None = None) -> AsyncIterator[Bot]:
    """Runs in `folder`, and is killed if it still runs at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *command,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), **(env or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Bot(process=process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
