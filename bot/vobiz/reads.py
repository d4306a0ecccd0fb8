"""Reads of the provider: repeated while that helps and the deadline allows, in the path casing that works.

Reads change nothing, so repeating one is harmless; the purchase never passes through here. Knows nothing of what the
JSON means.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from random import SystemRandom
from typing import Final

import structlog

from bot.services.ports import ProviderUnavailable
from bot.vobiz.answer import Answer, JsonObject
from bot.vobiz.routes import Casing, Route, path
from bot.vobiz.wire import CallFailed, Deadline, Wire

READS_AT_ONCE: Final = 40
"""As many as all lanes and forms have together: a bound for what nobody thought of."""

_TRIES: Final = 4
_FIRST_WAIT: Final = 0.1
_DENIED: Final = (401, 403)
_ODD: Final = (401, 404)
"""What the wrong path casing answers (source: the provider's editions)."""

_log = structlog.stdlib.get_logger(__name__)
_random = SystemRandom()


class Reads:
    """Reads for one account. `casing` is what reads worked with last; `silent_after` is in seconds."""

    def __init__(self, wire: Wire, auth_id: str, *, silent_after: float) -> None:
        self._wire = wire
        self._auth_id = auth_id
        self._silent_after = silent_after
        self.casing = Casing.NEWEST
        self._turns = asyncio.Semaphore(READS_AT_ONCE)
        self._asking = Counter[Route]()
        """Reads on their way."""
        self._heard_at: dict[Route, float] = {}
        """When one of them was answered last, or the first of them began."""

    @asynccontextmanager
    async def turn(self, seconds: float) -> AsyncIterator[Deadline]:
        """A turn to read, and the deadline that begins with it: the provider is not blamed for our own queue."""
        async with self._turns:
            yield Deadline(seconds)

    @property
    def is_silent(self) -> bool:
        """Is a kind of read out that has had no answer for so long, whoever asks?"""
        silent_since = asyncio.get_running_loop().time() - self._silent_after
        return any(asking and self._heard_at[route] <= silent_since for route, asking in self._asking.items())

    async def read(
        self, route: Route, params: Mapping[str, str], deadline: Deadline, *, currency: str = ""
    ) -> JsonObject:
        """The JSON object of a 200. Raises `ProviderUnavailable` for everything else."""
        return content(await self.ask(route, params, deadline, currency=currency))

    async def ask(self, route: Route, params: Mapping[str, str], deadline: Deadline, *, currency: str = "") -> Answer:
        """The last answer to a read, whatever its status, after both casings were tried where that may be the cause.

        Raises `ProviderUnavailable` when no whole answer came, and for 429 and 5xx after the repetitions.
        """
        casing = self.casing
        answer = await self._persist(route, casing, params, deadline, currency)
        if answer.status in _ODD:
            works = await self._working_casing(casing, deadline)
            if works is not None and works is not casing:
                answer = await self._persist(route, works, params, deadline, currency)
        return answer

    async def learn_casing(self, first: Casing, deadline: Deadline) -> Casing:
        """The casing that reads work with, trying `first` before the other; it is used from then on.

        Asks for one of our own numbers, which is harmless. Raises `ProviderUnavailable` when neither works: `denied`
        when one was answered 401 or 403, which is a login that both casings refuse (the wrong one may say 404).
        """
        refusals = []
        for casing in (first, first.other):
            answer = await self._persist(Route.OWN_NUMBERS, casing, {"page": "1", "per_page": "1"}, deadline, "")
            if answer.status == 200:
                self._use(casing)
                return casing
            refusals.append(answer)
        denied = [answer for answer in refusals if answer.status in _DENIED]
        raise unavailable(denied[0] if denied else refusals[0])

    async def _working_casing(self, first: Casing, deadline: Deadline) -> Casing | None:
        try:
            return await self.learn_casing(first, deadline)
        except ProviderUnavailable:
            return None

    def _use(self, casing: Casing) -> None:
        if casing is not self.casing:
            _log.warning("provider path casing changed", casing=casing.value)
        self.casing = casing

    async def _persist(
        self, route: Route, casing: Casing, params: Mapping[str, str], deadline: Deadline, currency: str
    ) -> Answer:
        clock = asyncio.get_running_loop().time
        if not self._asking[route]:
            self._heard_at[route] = clock()
        self._asking[route] += 1
        try:
            answer = await self._repeated(route, casing, params, deadline, currency)
            self._heard_at[route] = clock()
            return answer
        finally:
            self._asking[route] -= 1

    async def _repeated(
        self, route: Route, casing: Casing, params: Mapping[str, str], deadline: Deadline, currency: str
    ) -> Answer:
        target = path(route, casing, self._auth_id, currency=currency)
        wait = _FIRST_WAIT
        said: Answer | CallFailed | None = None
        for last in (*[False] * (_TRIES - 1), True):
            outcome = await self._try(route, target, params, deadline)
            if isinstance(outcome, Answer) and not _is_passing(outcome):
                return outcome
            if said is None or not _ran_out(outcome):  # a repetition that was cut short says less than the one before
                said = outcome
            pause = _pause(outcome, wait)
            if last or pause >= deadline.remaining:
                raise unavailable(said)
            await asyncio.sleep(pause)
            wait *= 2
        raise AssertionError("the last try returns or raises")

    async def _try(
        self, route: Route, target: str, params: Mapping[str, str], deadline: Deadline
    ) -> Answer | CallFailed:
        try:
            return await self._wire.get(route, target, params, deadline)
        except CallFailed as failure:
            return failure


def unavailable(outcome: Answer | CallFailed) -> ProviderUnavailable:
    """The error for a read that ended so."""
    if isinstance(outcome, CallFailed):
        return ProviderUnavailable(outcome.reason)
    reason = "denied" if outcome.status in _DENIED else f"http_{outcome.status}"
    return ProviderUnavailable(reason, outcome.request_id)


def content(answer: Answer) -> JsonObject:
    """The JSON object of a 200. Raises `ProviderUnavailable` for everything else."""
    if answer.status != 200:
        raise unavailable(answer)
    if not isinstance(answer.content, dict):
        raise ProviderUnavailable("too_big" if answer.is_too_big else "unreadable", answer.request_id)
    return answer.content


def _is_passing(answer: Answer) -> bool:
    return answer.status == 429 or answer.status >= 500


def _ran_out(outcome: Answer | CallFailed) -> bool:
    return isinstance(outcome, CallFailed) and outcome.reason == "timeout"


def _pause(outcome: Answer | CallFailed, wait: float) -> float:
    """As long as the provider asks, and at least `wait` less a random part: callers do not march in step."""
    asked = outcome.retry_after if isinstance(outcome, Answer) else None
    return max(asked or 0.0, wait * _random.uniform(0.5, 1.0))
