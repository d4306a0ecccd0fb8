"""All lanes of one process: their loops are started together, woken by commits, and stopped within a time."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.store.lanes import Given, Lane
from bot.store.store import Store
from bot.watch import Watch
from bot.work.duty import Duty
from bot.work.worker import LaneLoop, Pace, Park

log: structlog.stdlib.BoundLogger = structlog.get_logger()

RUNNING_WORK_GETS = timedelta(seconds=12)
"""A stopping process has fifteen seconds in all."""

ABANDONED_WITHIN = 1.0
"""Seconds for what was abandoned to notice it."""


class Crew:
    """Works all lanes of one process; when it stops, running work gets `grace`, then it is left for takeover."""

    def __init__(
        self,
        duties: Sequence[Duty],
        *,
        park: Park,
        store: Store,
        clock: Clock,
        paces: Mapping[Lane, Pace],
        grace: timedelta = RUNNING_WORK_GETS,
        watch: Watch | None = None,
    ) -> None:
        self._loops = [
            LaneLoop(lane, duties, park=park, store=store, clock=clock, pace=pace, watch=watch)
            for lane, pace in paces.items()
        ]
        self._grace = grace
        self._tasks: list[asyncio.Task[None]] = []
        store.on_given(self.wake)

    def wake(self, given: Sequence[Given]) -> None:
        for loop in self._loops:
            loop.give(given)

    def start(self) -> None:
        self._tasks = [asyncio.create_task(loop.run()) for loop in self._loops]

    async def stop(self) -> None:
        """No new work. Returns when running work has ended or is abandoned."""
        for loop in self._loops:
            loop.stop()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=self._grace.total_seconds())
        if late:
            log.warning("work is left for takeover", lanes=len(late))
            for loop in self._loops:
                loop.abandon()
            for task in late:  # it may wait for its own claim, which a database that hangs never answers
                task.cancel()
            await asyncio.wait(late, timeout=ABANDONED_WITHIN)
