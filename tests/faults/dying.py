"""What a process of the bot does that dies where it is told to; forked like any other.

It says where it serves, waits for a line, lives on its own moved clock until it is at rest, and tells what it passed;
or it dies on the way.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TextIO

from pydantic import BaseModel

from bot.app import Service
from bot.settings import given
from tests.faults.points import Points, put_around
from tests.harness.clock import FakeClock
from tests.harness.timeline import Timeline


class Task(BaseModel):
    """`lives` is how many seconds of its clock pass."""

    settings: dict[str, str]
    now: datetime
    lives: float
    dies_at: str = ""


class Report(BaseModel):
    """One line from a process: where it serves, then how it ended."""

    port: int = 0
    passed: Sequence[str] = ()
    now: datetime | None = None


def live(arguments: Sequence[str]) -> int:
    (task,) = arguments
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as reports:
        os.dup2(2, 1)
        asyncio.run(_live_through(Task.model_validate_json(task), partial(_say, reports)))
    return 0


async def _live_through(task: Task, say: Callable[[Report], None]) -> None:
    clock = FakeClock(task.now)

    def last_words(points: Points) -> None:
        say(Report(passed=points.passed, now=clock.now()))

    points = Points(task.dies_at, last_words)
    service = Service(given(task.settings), clock)
    await service.start()
    put_around(service, points)
    await service.ready()
    points.are_counted = True
    say(Report(port=service.port))
    await asyncio.to_thread(sys.stdin.readline)
    await Timeline(lambda: service, clock).live(task.lives)
    last_words(points)
    os._exit(0)


def _say(reports: TextIO, report: Report) -> None:
    reports.write(report.model_dump_json() + "\n")
    reports.flush()
