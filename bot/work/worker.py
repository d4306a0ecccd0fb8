"""One loop a lane: it claims what is due, runs it within a bound, and keeps the lease while that lives.

Woken at once by a commit of this process, otherwise it looks every second. What a service raises decides what becomes
of the row; a service that returns has finished its row itself, in its own transaction. A database that is away is
nobody's failure: everything waits for it.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection

from bot.clock import Clock
from bot.store.lanes import Given, Lane
from bot.store.store import DatabaseAway, Store
from bot.watch import Step, Watch, What
from bot.work import claims, queue
from bot.work.duty import Duty
from bot.work.queue import Claim, LeaseLost, Work
from bot.work.retry import CannotSucceed, TryLater, backoff

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Park(Protocol):
    """What it means to people that a row is left for an operator; `payload` is `None` when it cannot be read.

    Raises `LeaseLost`.
    """

    def __call__(
        self, connection: Connection, held: Claim, payload: Work | None, *, error: str, now: datetime
    ) -> None: ...


class NothingToClaim(Exception):
    """What is due is locked elsewhere, waits for other work, or is gone. It undoes the claim, which did nothing."""


LOOK_EVERY = 1.0
"""Seconds between looks when nothing woke the loop: other processes commit too."""

AWAY = timedelta(seconds=1)
"""How long work waits that the database could not be used for."""

_IN_LANE: dict[Lane, What] = {Lane.JUDGE: "judge", Lane.BUY: "buy", Lane.TELL: "deliver", Lane.SHOW: "deliver"}
"""What whoever watches calls its work."""

PARKED_AFTER = 8
"""Failures of one row, bugs and crashed owners, after which an operator is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a lane works: `lease` must outlast any stretch in which the event loop cannot renew it."""

    at_once: int
    lease: timedelta
    slow_at_once: int = 0
    """Of work that waits."""


class LaneLoop:
    """Works one lane until it is stopped."""

    def __init__(
        self,
        lane: Lane,
        duties: Sequence[Duty],
        *,
        park: Park,
        store: Store,
        clock: Clock,
        pace: Pace,
        watch: Watch | None = None,
    ) -> None:
        self.lane = lane
        self._duties = {duty.payload.kind: duty for duty in duties if duty.payload.lane is lane}
        self._parking = park
        self._store = store
        self._clock = clock
        self._pace = pace
        self._watch = watch or Watch()
        self._slow = frozenset(kind for kind, duty in self._duties.items() if duty.waits)
        self._known = frozenset(self._duties)
        self._quick = self._known - self._slow
        self._running: dict[asyncio.Task[None], Claim] = {}
        self._woken = asyncio.Event()
        self._is_given = False
        self._left = set[int]()
        """Rows that were given and are due, and that could not be claimed yet."""
        self._may_be_more = True
        """Of which nobody told."""
        self._due: datetime | None = None
        """When the next look is due, if that is sooner than usual."""
        self._stopping = asyncio.Event()
        self._is_away = False

    def give(self, given: Sequence[Given]) -> None:
        """Somebody left this to the lanes.

        What is due later than the next look waits for that, and what waits for a place for the end of what has it.
        """
        now = self._clock.now()
        for lane, kind, due, row in given:
            if lane is not self.lane:
                continue
            if row is None:
                self._may_be_more = True
            elif due <= now:
                self._left.add(row)
            if kind in self._slow and self._room_for_slow() <= 0:
                continue
            if due <= now:
                self._is_given = True
                self.wake()
            elif (due - now).total_seconds() < LOOK_EVERY and (self._due is None or due < self._due):
                self._due = due
                self.wake()

    def _room_for_slow(self) -> int:
        return self._pace.slow_at_once - sum(held.kind in self._slow for held in self._running.values())

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()

    async def run(self) -> None:
        """Returns when stopped and everything it had begun has ended."""
        keeping = asyncio.create_task(self._keep())
        try:
            await self._work_on()
        finally:
            keeping.cancel()

    async def _work_on(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            for held in await self._claim_if_possible():
                task = asyncio.create_task(self._work(held), name=f"{self.lane.value} {held.kind}")
                self._running[task] = held
                task.add_done_callback(self._ended)
            if not self._woken.is_set():
                await self._clock.wait(self._woken.wait(), self._until_next_look())
        if self._running:
            await asyncio.wait(self._running)

    def _until_next_look(self) -> float:
        """Seconds."""
        left = LOOK_EVERY if self._due is None else (self._due - self._clock.now()).total_seconds()
        return min(max(left, 0.0), LOOK_EVERY)

    def stop(self) -> None:
        """No new work from now on; what runs goes on."""
        self._stopping.set()
        self.wake()

    def abandon(self) -> None:
        """Leaves what still runs for another process to take over when its lease is over."""
        for task in self._running:
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """What waited for a place, or for this work of its request, may be claimed now."""
        self._running.pop(task, None)
        if self._left or self._may_be_more:
            self.wake()

    async def _claim_if_possible(self) -> list[Claim]:
        was_away = self._is_away
        try:
            claimed = await self._claim()
        except DatabaseAway as away:
            self._is_away = True
            if not was_away:
                log.warning("the database is away", lane=self.lane.value, reason=str(away))
            return []
        except Exception:
            log.exception("work cannot be claimed", lane=self.lane.value)
            return []
        self._is_away = False
        if was_away:
            log.info("the database is back", lane=self.lane.value)
        return claimed

    async def _claim(self) -> list[Claim]:
        """As much as there is room for.

        Unless it was given work, or there was more than room last time, it looks first, which locks and writes nothing.
        """
        now = self._clock.now()
        if self._due is not None and self._due <= now:
            self._due = None
        free = self._pace.at_once - len(self._running)
        if free <= 0:
            self._may_be_more = True
            return []
        free_to_slow = self._room_for_slow()
        is_given, self._is_given = self._is_given, False
        running = [held.id for held in self._running.values() if held.lease_until <= now]
        take = partial(
            claims.claim, lane=self.lane, now=now, lease=self._pace.lease, known=self._known, running=running
        )

        def claim(connection: Connection) -> list[Claim]:
            open_to_all = min(free, max(free_to_slow, 0))
            claimed = take(connection, most=open_to_all, kinds=self._known) if open_to_all else []
            if len(claimed) == open_to_all < free:
                claimed += take(connection, most=free - open_to_all, kinds=self._quick)
            if not claimed:
                raise NothingToClaim
            return claimed

        def is_due(connection: Connection) -> bool:
            wanted = self._known if free_to_slow > 0 else self._quick
            return claims.is_due(connection, self.lane, now=now, kinds=wanted, known=self._known, running=running)

        claimed: list[Claim] = []
        with contextlib.suppress(NothingToClaim):
            if is_given or await self._store.read(is_due):
                claimed = await self._store.write(claim)
        ids = {held.id for held in claimed}
        if ids - self._left or len(ids) == free:
            self._may_be_more = True
        elif not (ids or self._running or self._is_given):
            self._left.clear()
            self._may_be_more = False
        self._left -= ids
        self._is_given |= len(ids) == free and bool(self._left)
        return claimed

    async def _work(self, held: Claim) -> None:
        """Runs one row, in a task of its own; whatever it raises, the row is in a definite place afterwards.

        When the loop is being stopped by the time that its turn has come, it is given back unbegun.
        """
        await self._store.turns.take()
        _name_in_logs(held)
        if self._stopping.is_set():
            await self._put_back(held, timedelta(0), "", was_tried=False)
            return
        step = Step(_IN_LANE[self.lane], held.kind, held.request, _cause(held))
        with self._watch.over(step):
            step.outcome = await self._worked(held)

    async def _worked(self, held: Claim) -> str:
        """How it ended."""
        try:
            await self._judge(held)
        except TryLater as later:
            log.info("work waits", reason=later.reason, seconds=later.after.total_seconds())
            await self._put_back(held, later.after, later.reason)
            return "waits"
        except CannotSucceed as hopeless:
            log.warning("work is parked", reason=hopeless.reason)
            await self._park(held, hopeless.reason)
            return "parked"
        except DatabaseAway as away:
            log.warning("work waits", reason=str(away))
            await self._put_back(held, AWAY, "the database was away", was_tried=False)
            return "waits"
        except LeaseLost:
            log.warning("work was taken over by another worker")
            return "taken_over"
        except Exception as bug:
            log.exception("work failed")
            await self._after_failure(held, type(bug).__name__)
            return "failed"
        return "done"

    async def _judge(self, held: Claim) -> None:
        if held.failures >= PARKED_AFTER:
            raise CannotSucceed("its owners keep dying")
        await self._duties[held.kind].judge(held)

    async def _after_failure(self, held: Claim, reason: str) -> None:
        if held.failures + 1 >= PARKED_AFTER:
            await self._park(held, reason)
        else:
            jitter = random.uniform(0.5, 1.5)  # noqa: S311 - spreads retries, guards nothing
            await self._put_back(held, backoff(held.failures + 1) * jitter, reason, failed=True)

    async def _put_back(
        self, held: Claim, after: timedelta, reason: str, *, failed: bool = False, was_tried: bool = True
    ) -> None:
        due = self._clock.now() + after
        await self._let_go(
            lambda connection: queue.put_back(
                connection, held, after=due, failed=failed, was_tried=was_tried, error=reason
            )
        )

    async def _park(self, held: Claim, reason: str) -> None:
        now, payload = self._clock.now(), self._carried(held)
        await self._let_go(lambda connection: self._parking(connection, held, payload, error=reason, now=now))

    def _carried(self, held: Claim) -> Work | None:
        try:
            return self._duties[held.kind].payload.model_validate_json(held.payload)
        except ValidationError:
            log.exception("work cannot be read, so nobody can be told")
            return None

    async def _let_go(self, how: Callable[[Connection], None]) -> None:
        """Tried while the database is away: a row whose lease runs out counts as one whose owner crashed."""
        with contextlib.suppress(LeaseLost):
            while not await self._was_written(how):
                if self._stopping.is_set():
                    log.warning("work is left for takeover")
                    return
                await self._clock.wait(self._stopping.wait(), LOOK_EVERY)

    async def _was_written(self, how: Callable[[Connection], None]) -> bool:
        try:
            await self._store.write(how)
        except DatabaseAway:
            return False
        return True

    async def _keep(self) -> None:
        """Renews the leases while the work runs, so that a worker that lives is not robbed."""
        forever = asyncio.Event()
        pause = usual = self._pace.lease.total_seconds() / 3
        while True:
            await self._clock.wait(forever.wait(), pause)
            kept = await asyncio.gather(*map(self._renew, self._running.values()))
            pause = usual if all(kept) else LOOK_EVERY

    async def _renew(self, held: Claim) -> bool:
        """False when it has to be tried again soon."""
        until = self._clock.now() + self._pace.lease
        try:
            return await self._was_written(partial(queue.extend, held=held, until=until))
        except LeaseLost:
            return True
        except Exception:
            log.exception("a lease could not be renewed", work=held.id, kind=held.kind, request=held.request)
            return False


def _name_in_logs(held: Claim) -> None:
    """Every line that this task writes from now on says which work, and of which request."""
    structlog.contextvars.bind_contextvars(work=held.id, kind=held.kind, request=held.request)


def _cause(held: Claim) -> str | None:
    """What Slack names the click by that it was caused by; a row that cannot be read has none."""
    if "trigger_id" in held.payload:
        with contextlib.suppress(ValueError, AttributeError):
            return json.loads(held.payload).get("trigger_id") or None
    return None
