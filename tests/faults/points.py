"""Points at which a process of the bot can die: before and after every commit, provider call and Slack call.

Put around the real parts from outside, between the moment the process serves and its last delivery. A point is called
by what happens there and the how-manieth time that is: lanes run side by side, so a bare number would mean another
place in every run.
"""

import asyncio
import inspect
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from functools import partial
from threading import Lock
from types import FunctionType, MethodType, ModuleType
from typing import TypeVar, cast

from sqlalchemy import Connection

from bot.app import Service
from bot.domain.ledger import LedgerEntry
from bot.domain.numbers import E164, Listing, OwnedNumber
from bot.domain.outcome import Outcome
from bot.services.ports import Balance, OwnNumbers
from bot.store.store import Writer
from bot.vobiz.client import Vobiz
from handlers.calls import SlackCalls

T = TypeVar("T")

DIED = 70  # the exit code of a process that died where it was told to


class Points:
    """Those that were passed, in their order. At `dies_at` the process is gone, after its `last_words`."""

    def __init__(self, dies_at: str, last_words: Callable[["Points"], None]) -> None:
        self._dies_at = dies_at
        self._last_words = last_words
        self._met: Counter[str] = Counter()
        self._one_at_a_time = Lock()
        self.passed: list[str] = []
        self.are_counted = False

    def reach(self, what: str) -> None:
        """`what` is about to happen, or has just happened; called from any thread."""
        with self._one_at_a_time:
            if not self.are_counted:
                return
            self._met[what] += 1
            point = what if self._met[what] == 1 else f"{what} ({self._met[what]})"
            self.passed.append(point)
            if point == self._dies_at:
                self._last_words(self)
                os._exit(DIED)


def put_around(service: Service, points: Points) -> None:
    """To be called right after `start`, before the event loop goes on: nothing has used these parts by then."""
    store = service._served.store
    assert store._writer is not None
    store._writer = MortalWriter(store._writer, points)
    service._calls = MortalCalls(service._calls, points)
    service._vobiz = MortalVobiz(service._vobiz, points)


class MortalWriter:
    """Every unit of work: before it is handed in, and after its commit, when nobody was answered yet."""

    def __init__(self, inner: Writer, points: Points) -> None:
        self.hears = inner.hears
        self._inner = inner
        self._points = points

    def submit(self, fn: Callable[[Connection], T], *, urgent: bool) -> asyncio.Future[T]:
        return asyncio.ensure_future(self._written(fn, urgent=urgent))

    async def _written(self, fn: Callable[[Connection], T], *, urgent: bool) -> T:
        what = unit_of_work(fn)
        self._points.reach(f"before the commit of {what}")
        kept = await self._inner.submit(fn, urgent=urgent)
        self._points.reach(f"after the commit of {what}")
        return kept

    async def finish(self) -> None:
        await self._inner.finish()

    def close(self) -> None:
        self._inner.close()


def unit_of_work(fn: Callable[[Connection], object]) -> str:
    """The use case or, without one, the method that handed it in and what it calls; of a loop also its lane."""
    function = fn.func if isinstance(fn, partial) else fn
    assert isinstance(function, FunctionType)
    use_case: FunctionType = function
    while (inner := inspect.getclosurevars(use_case).nonlocals.get("use_case")) is not None:
        use_case = cast("FunctionType", inner.__func__ if isinstance(inner, MethodType) else inner)
    if use_case is not function:
        return use_case.__qualname__
    caller, _, within = function.__qualname__.partition(".<locals>.")
    calls = ".".join(_called(function)) if within.endswith("<lambda>") else ""
    lane = getattr(inspect.getclosurevars(function).nonlocals.get("self"), "_lane", None)
    return " ".join(filter(None, [caller, f"({calls})" if calls else "", "" if lane is None else lane.value]))


def _called(function: FunctionType) -> Iterator[str]:
    """The first name that it uses, and what it takes from there if that is a module."""
    names = iter(function.__code__.co_names)
    for name in names:
        yield name
        if not isinstance(function.__globals__.get(name), ModuleType):
            return


class MortalCalls(SlackCalls):
    """Every call to Slack."""

    def __init__(self, inner: SlackCalls, points: Points) -> None:
        vars(self).update(vars(inner))
        self._points = points

    async def run(self, method: str, place: str, call: Callable[[], Awaitable[T]]) -> T:
        self._points.reach(f"before {method}")
        answer = await super().run(method, place, call)
        self._points.reach(f"after {method}")
        return answer


class MortalVobiz(Vobiz):
    """Every call to the provider; the purchase also when everything is ready and its first byte is about to leave."""

    def __init__(self, inner: Vobiz, points: Points) -> None:
        vars(self).update(vars(inner))
        self._points = points

    async def find(self, number: E164, *, within: float | None = None) -> Listing | None:
        return await self._called("find", super().find(number, within=within))

    async def owned(self, number: E164, *, within: float | None = None) -> OwnedNumber | None:
        return await self._called("owned", super().owned(number, within=within))

    async def own_numbers(self) -> OwnNumbers:
        return await self._called("own_numbers", super().own_numbers())

    async def transactions(self, since: datetime) -> list[LedgerEntry] | None:
        return await self._called("transactions", super().transactions(since))

    async def balance(self, currency: str) -> Balance | None:
        return await self._called("balance", super().balance(currency))

    async def purchase(self, number: E164, currency: str, *, timeout: float, may_leave: Callable[[], bool]) -> Outcome:
        def leaves() -> bool:
            self._points.reach("as purchase leaves")
            return may_leave()

        return await self._called("purchase", super().purchase(number, currency, timeout=timeout, may_leave=leaves))

    async def _called(self, what: str, call: Awaitable[T]) -> T:
        self._points.reach(f"before {what}")
        answer = await call
        self._points.reach(f"after {what}")
        return answer
