"""A unit of work: one transaction of a use case, and what is locked together in it.

A service hands a function of its own to `Units`; whatever that calls gets the unit on, and nothing else opens or
commits anything.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Concatenate, ParamSpec, Protocol, TypeVar

import structlog
from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain.attempt import Attempt
from bot.domain.request import PurchaseRequest
from bot.domain.rules import Rules
from bot.store.store import DatabaseAway, Store
from bot.work import queue
from bot.work.queue import Claim

log: structlog.stdlib.BoundLogger = structlog.get_logger()

DATABASE_IS_AWAITED = 1.0
"""Seconds between tries while it is away."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unit:
    """`now` is when it was handed in; what has to count from a later time, as a vote counts from its locks, says so."""

    connection: Connection
    now: datetime
    rules: Rules

    def at(self, now: datetime) -> "Unit":
        return replace(self, now=now)


@dataclass(frozen=True, slots=True)
class Case:
    """A request, locked, and the attempt of it that this is about."""

    unit: Unit
    request: PurchaseRequest
    attempt: Attempt


class Keeps(Protocol):
    """`Units.write` or `Units.finish`."""

    async def __call__(
        self, held: Claim, use_case: Callable[Concatenate[Unit, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Makes units over the team's store, clock and rules."""

    store: Store
    clock: Clock
    rules: Rules

    async def by_hand(self, use_case: Callable[Concatenate[Unit, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs it in one transaction, for a command or a start: nobody holds work that it belongs to.

        Raises what it raises, which undoes it, and `DatabaseAway`.
        """
        now = self.clock.now()
        return await self.store.write(lambda connection: use_case(Unit(connection, now, self.rules), *args, **kwargs))

    async def write(
        self, held: Claim, use_case: Callable[Concatenate[Unit, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Runs it in one transaction of held work, which extends its lease first: no lease, no arrow.

        Raises `LeaseLost`, and as `by_hand`.
        """

        def holding(unit: Unit) -> T:
            queue.extend(unit.connection, held, until=unit.now + held.lease)
            return use_case(unit, *args, **kwargs)

        return await self.by_hand(holding)

    async def finish(
        self, held: Claim, use_case: Callable[Concatenate[Unit, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `write`, and the held row of work is done with it."""

        def finishing(unit: Unit) -> T:
            queue.finish(unit.connection, held)
            return use_case(unit, *args, **kwargs)

        return await self.by_hand(finishing)

    async def insist(self, write: Callable[[], Awaitable[None]]) -> None:
        """Writes what came of a call, however long the database is away: forgotten, it would be made once more."""
        while True:
            try:
                return await write()
            except DatabaseAway as away:
                log.warning("what came of a call waits to be kept", reason=str(away))
                await self.clock.wait(asyncio.Event().wait(), DATABASE_IS_AWAITED)

    async def done(self, held: Claim) -> None:
        """The held row lost its meaning. Raises `LeaseLost`."""
        await self.store.write(lambda connection: queue.finish(connection, held))

    async def read_at_length(self, use_case: Callable[Concatenate[Unit, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `read`, for what may take long."""
        now = self.clock.now()
        return await self.store.read_at_length(
            lambda connection: use_case(Unit(connection, now, self.rules), *args, **kwargs)
        )

    async def read(self, use_case: Callable[Concatenate[Unit, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs it, a few small queries, over one snapshot; it cannot write."""
        now = self.clock.now()
        return await self.store.read(lambda connection: use_case(Unit(connection, now, self.rules), *args, **kwargs))
