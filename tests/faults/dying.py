"""`python -m tests.faults.dying`: processes of the bot that die where they are told to.

Reads one job a line and forks a process for each: the bot takes most of a second to import, and that is done once.
A process connects to whoever wants to know, says where it serves, waits for a line, lives on its own moved clock until
it is at rest, and tells what it passed; or it dies on the way. Ends when nobody writes jobs any more.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from pydantic import BaseModel

from bot.app import Service
from bot.settings import given
from tests.faults.points import Points, put_around
from tests.harness.clock import FakeClock
from tests.harness.sql import share_compiled_statements
from tests.harness.timeline import Timeline, a_timed_office


class Job(BaseModel):
    """`lives` is how many seconds of its clock pass; `None` for one that has the machine's clock, and serves on."""

    report_to: int
    """A port on 127.0.0.1."""
    settings: dict[str, str]
    log: Path
    now: datetime
    lives: float | None
    dies_at: str | None = None


class Report(BaseModel):
    """One line from a process: who it is, then where it serves, then how it ended."""

    pid: int = 0
    port: int = 0
    passed: Sequence[str] = ()
    now: datetime | None = None


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: their connection says when they are gone
    _warm_up()
    for line in sys.stdin:
        if os.fork() == 0:
            _live(Job.model_validate_json(line))


def _warm_up() -> None:
    """Whatever is imported, read or compiled on first use in a purchase, so that nobody who is forked does it anew."""
    share_compiled_statements()
    with TemporaryDirectory() as folder:
        asyncio.run(_buy_once(Path(folder)))


async def _buy_once(folder: Path) -> None:
    async with a_timed_office(folder) as timed:
        card = await timed.office.a_card()
        await timed.office.approve(card)
        await timed.rest()


def _live(job: Job) -> None:
    log = os.open(job.log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    code = 1
    try:
        asyncio.run(_serve(job))
        code = 0
    finally:
        sys.stdout.flush()
        os._exit(code)


async def _serve(job: Job) -> None:
    with socket.create_connection(("127.0.0.1", job.report_to)) as wire, wire.makefile("r") as told:
        say = partial(_say, wire)
        say(Report(pid=os.getpid()))
        if job.lives is None:
            await _serve_on(job, say, told)
        else:
            await _live_through(job, job.lives, say, told)


async def _live_through(job: Job, seconds: float, say: Callable[[Report], None], told: TextIO) -> None:
    clock = FakeClock(job.now)

    def last_words(points: Points) -> None:
        say(Report(passed=points.passed, now=clock.now()))

    points = Points(job.dies_at, last_words)
    service = Service(given(job.settings), clock)
    await service.start()
    put_around(service, points)
    await service.ready()
    points.are_counted = True
    say(Report(port=service.port))
    await asyncio.to_thread(told.readline)
    await Timeline(lambda: service, clock).live(seconds)
    last_words(points)
    os._exit(0)


async def _serve_on(job: Job, say: Callable[[Report], None], told: TextIO) -> None:
    service = Service(given(job.settings))
    await service.start()
    await service.ready()
    say(Report(port=service.port))
    await asyncio.to_thread(told.readline)
    await service.stop()


def _say(wire: socket.socket, report: Report) -> None:
    wire.sendall(report.model_dump_json().encode() + b"\n")


if __name__ == "__main__":
    main()
